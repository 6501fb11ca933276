//! How an integration's configuration is kept: a JSON document, and its private key sealed apart from it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RegistryError;
use crate::auth::Sealer;
use crate::domain::ids::UserId;
use crate::domain::integration::{
    Configuration, DirectConfiguration, Integration, SigningKeyPair, WebChatConfiguration,
};
use crate::store::IntegrationRecord;

/// Binds a sealed private key to its use.
const PURPOSE: &str = "integration signing key";

#[derive(Serialize, Deserialize)]
#[serde(tag = "channel")]
enum Document {
    Direct {
        webhook_url: Option<String>,
        echo: bool,
        start: Vec<Value>,
        user: Option<UserId>,
        public_key: String,
    },
    WebChat {
        allowed_origins: Vec<String>,
        echo: bool,
        start: Vec<Value>,
    },
    FaqBot,
}

/// The record of an integration, its private key sealed.
pub(super) fn close_integration(
    integration: &Integration,
    sealer: &Sealer,
) -> Result<IntegrationRecord, RegistryError> {
    let (document, private_key) = match integration.configuration.clone() {
        Configuration::Direct(direct) => (
            Document::Direct {
                webhook_url: direct.webhook_url,
                echo: direct.echo,
                start: direct.start,
                user: direct.user,
                public_key: direct.keys.public,
            },
            Some(direct.keys.private),
        ),
        Configuration::WebChat(webchat) => (
            Document::WebChat {
                allowed_origins: webchat.allowed_origins,
                echo: webchat.echo,
                start: webchat.start,
            },
            None,
        ),
        Configuration::FaqBot => (Document::FaqBot, None),
    };
    Ok(IntegrationRecord {
        id: integration.id,
        tenant: integration.tenant,
        hub: integration.hub,
        name: integration.name.clone(),
        kind: integration.kind,
        status: integration.status,
        configuration: serde_json::to_string(&document).map_err(unreadable)?,
        sealed_key: private_key.map(|key| sealer.seal(PURPOSE, key.as_bytes())),
        created: integration.created,
        modified: integration.modified,
    })
}

/// The integration of a record, its private key opened.
pub(super) fn open_integration(
    record: IntegrationRecord,
    sealer: &Sealer,
) -> Result<Integration, RegistryError> {
    let document: Document = serde_json::from_str(&record.configuration).map_err(unreadable)?;
    let configuration = match document {
        Document::Direct { webhook_url, echo, start, user, public_key } => {
            let sealed = record
                .sealed_key
                .as_deref()
                .ok_or_else(|| unreadable("a Direct integration without its key"))?;
            let private = String::from_utf8(sealer.open(PURPOSE, sealed)?).map_err(unreadable)?;
            Configuration::Direct(DirectConfiguration {
                webhook_url,
                echo,
                start,
                user,
                keys: SigningKeyPair { public: public_key, private },
            })
        }
        Document::WebChat { allowed_origins, echo, start } => {
            Configuration::WebChat(WebChatConfiguration { allowed_origins, echo, start })
        }
        Document::FaqBot => Configuration::FaqBot,
    };
    Ok(Integration {
        id: record.id,
        tenant: record.tenant,
        hub: record.hub,
        name: record.name,
        kind: record.kind,
        status: record.status,
        configuration,
        created: record.created,
        modified: record.modified,
    })
}

fn unreadable(cause: impl std::fmt::Display) -> RegistryError {
    RegistryError::Unreadable(cause.to_string())
}
