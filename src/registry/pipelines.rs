//! The stages of hubs. They are read and written as a whole. It must not know what a stage does.

mod document;

use std::sync::Arc;

use super::configurations::new_key_pair;
use super::{Registry, RegistryError};
use crate::domain::audit::Actor;
use crate::domain::ids::HubId;
use crate::domain::integration::SigningKeyPair;
use crate::domain::stage::{Pipeline, Stage};
use crate::store::Write;

pub(super) use document::{close_pipeline, open_pipeline};

impl Registry {
    /// The stages of a hub; none where there are none, which is what most hubs have.
    pub fn pipeline(&self, hub: HubId) -> Option<Arc<Pipeline>> {
        self.pipelines.get(&hub).map(|pipeline| pipeline.clone())
    }

    /// The hubs that have stages.
    pub fn hubs_with_stages(&self) -> Vec<HubId> {
        self.pipelines.iter().map(|pipeline| *pipeline.key()).collect()
    }

    /// Puts the stages of a hub in force, in place of all that it had. A plug-in whose name it had before keeps its
    /// signing keys; for others a pair is made, whatever `stages` say. Stages that are the same as before stay as they
    /// are, with the moment of their last change.
    pub async fn put_pipeline(
        self: &Arc<Self>,
        by: Actor,
        hub: HubId,
        stages: Vec<Stage>,
    ) -> Result<Arc<Pipeline>, RegistryError> {
        let tenant = by.tenant;
        let (turn, _) = self.turn(by).await?;
        self.hub(tenant, hub).ok_or(RegistryError::HubNotFound)?;
        let present = self.pipeline(hub);
        let mut pipeline = Pipeline { hub, tenant, stages, modified: self.clock.now() };
        for plugin in pipeline.plugins_mut() {
            plugin.keys = kept_keys(present.as_deref(), &plugin.name).unwrap_or_else(new_key_pair);
        }
        let stays = present.as_ref().map_or(&[][..], |present| &present.stages) == pipeline.stages;
        if stays {
            return Ok(present.unwrap_or_else(|| Arc::new(pipeline)));
        }
        let record = close_pipeline(&pipeline, &self.sealer)?;
        let pipeline = Arc::new(pipeline);
        turn.keep(vec![Write::PutPipeline(record)], move |registry| {
            registry.show_pipeline(pipeline.clone());
            // Their agents may rest no more.
            registry.answering_changed(tenant);
            pipeline
        })
        .await
    }

    pub(super) fn show_pipeline(&self, pipeline: Arc<Pipeline>) {
        if pipeline.stages.is_empty() {
            self.pipelines.remove(&pipeline.hub);
        } else {
            self.pipelines.insert(pipeline.hub, pipeline);
        }
    }
}

fn kept_keys(present: Option<&Pipeline>, name: &str) -> Option<SigningKeyPair> {
    present?.plugins().find(|plugin| plugin.name == name).map(|plugin| plugin.keys.clone())
}
