//! How the stages of a hub are kept: a JSON document, and the private keys of its plug-ins sealed apart from it.

use crate::auth::Sealer;
use crate::domain::stage::{Pipeline, Stage};
use crate::registry::RegistryError;
use crate::store::PipelineRecord;

/// Binds sealed private keys to their use.
const KEYS_PURPOSE: &str = "plug-in signing keys";

/// The record of a hub's stages, the keys sealed.
pub(in crate::registry) fn close_pipeline(
    pipeline: &Pipeline,
    sealer: &Sealer,
) -> Result<PipelineRecord, RegistryError> {
    let keys: Vec<_> = pipeline.plugins().map(|plugin| plugin.keys.private.as_str()).collect();
    let sealed_keys = match keys.as_slice() {
        [] => None,
        keys => Some(sealer.seal(KEYS_PURPOSE, &serde_json::to_vec(keys).map_err(unreadable)?)),
    };
    Ok(PipelineRecord {
        hub: pipeline.hub,
        tenant: pipeline.tenant,
        stages: serde_json::to_string(&pipeline.stages).map_err(unreadable)?,
        sealed_keys,
        modified: pipeline.modified,
    })
}

/// The stages of a record, the keys opened.
pub(in crate::registry) fn open_pipeline(
    record: PipelineRecord,
    sealer: &Sealer,
) -> Result<Pipeline, RegistryError> {
    let stages: Vec<Stage> = serde_json::from_str(&record.stages).map_err(unreadable)?;
    let mut pipeline = Pipeline { hub: record.hub, tenant: record.tenant, stages, modified: record.modified };
    let keys: Vec<String> = match &record.sealed_keys {
        Some(sealed) => serde_json::from_slice(&sealer.open(KEYS_PURPOSE, sealed)?).map_err(unreadable)?,
        None => Vec::new(),
    };
    if keys.len() != pipeline.plugins().count() {
        return Err(unreadable("plug-ins without their keys"));
    }
    for (plugin, private) in pipeline.plugins_mut().zip(keys) {
        plugin.keys.private = private;
    }
    Ok(pipeline)
}

fn unreadable(cause: impl std::fmt::Display) -> RegistryError {
    RegistryError::Unreadable(cause.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::clock::Millis;
    use crate::domain::ids::{HubId, TenantId};
    use crate::domain::integration::SigningKeyPair;
    use crate::domain::stage::{FailurePolicy, Language, Plugin, Senders};

    fn plugin(name: &str) -> Stage {
        Stage::Plugin(Plugin {
            name: name.to_owned(),
            url: "https://plugin.example/ask".to_owned(),
            senders: Senders::CUSTOMERS,
            timeout: Duration::from_secs(2),
            on_failure: FailurePolicy::Hold,
            keys: SigningKeyPair { public: format!("{name} public"), private: format!("{name} private") },
        })
    }

    fn pipeline() -> Pipeline {
        let language =
            Stage::Language(Language { senders: Senders::CUSTOMERS, languages: vec!["eng".to_owned()] });
        let stages = vec![plugin("first"), language, plugin("second")];
        Pipeline { hub: HubId::new(), tenant: TenantId::new(), stages, modified: Millis(5) }
    }

    #[test]
    fn stages_read_back_with_their_keys_which_the_document_does_not_show() {
        let (sealer, pipeline) = (Sealer::new(&[7; 32]), pipeline());
        let record = close_pipeline(&pipeline, &sealer).unwrap();
        assert!(!record.stages.contains("private"), "{}", record.stages);
        assert_eq!(open_pipeline(record, &sealer).unwrap(), pipeline);
    }

    #[test]
    fn plug_ins_without_their_keys_are_not_read() {
        let sealer = Sealer::new(&[7; 32]);
        let record = PipelineRecord { sealed_keys: None, ..close_pipeline(&pipeline(), &sealer).unwrap() };
        assert!(matches!(open_pipeline(record, &sealer), Err(RegistryError::Unreadable(_))));
    }
}
