//! How an integration's configuration is kept: a JSON document, and what is secret of it sealed apart from it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RegistryError;
use crate::auth::Sealer;
use crate::domain::ids::UserId;
use crate::domain::integration::{
    Configuration, DirectConfiguration, EventFilter, Integration, ProviderAccount, SigningKeyPair,
    SystemConfiguration, WebChatConfiguration, WebhookBotConfiguration,
};
use crate::domain::origin::AllowedOrigin;
use crate::store::IntegrationRecord;

/// Binds a sealed private key to its use.
const KEY_PURPOSE: &str = "integration signing key";

/// Binds a sealed account at a provider to its use.
const ACCOUNT_PURPOSE: &str = "integration account";

#[derive(Serialize, Deserialize)]
#[serde(tag = "channel")]
enum Document {
    Direct {
        webhook_url: Option<String>,
        echo: bool,
        start: Vec<Value>,
        user: Option<UserId>,
        #[serde(default)]
        sandbox: bool,
        public_key: String,
    },
    WebChat {
        allowed_origins: Vec<String>,
        echo: bool,
        start: Vec<Value>,
    },
    FaqBot,
    WebhookBot {
        webhook_url: String,
        public_key: String,
    },
    System {
        webhook_url: String,
        events: Vec<String>,
        public_key: String,
    },
    /// The account is sealed as a whole.
    Provider,
}

/// The record of an integration, its secrets sealed.
pub(super) fn close_integration(
    integration: &Integration,
    sealer: &Sealer,
) -> Result<IntegrationRecord, RegistryError> {
    let private_key = integration.configuration.keys().map(|keys| keys.private.clone());
    let sealed_key = match integration.configuration.account() {
        Some(account) => {
            let account = serde_json::to_vec(account).map_err(unreadable)?;
            Some(sealer.seal(ACCOUNT_PURPOSE, &account))
        }
        None => private_key.map(|key| sealer.seal(KEY_PURPOSE, key.as_bytes())),
    };
    let document = document(integration.configuration.clone());
    Ok(IntegrationRecord {
        id: integration.id,
        tenant: integration.tenant,
        hub: integration.hub,
        name: integration.name.clone(),
        kind: integration.kind,
        status: integration.status,
        configuration: serde_json::to_string(&document).map_err(unreadable)?,
        sealed_key,
        created: integration.created,
        modified: integration.modified,
    })
}

fn document(configuration: Configuration) -> Document {
    match configuration {
        Configuration::Direct(direct) => Document::Direct {
            webhook_url: direct.webhook_url,
            echo: direct.echo,
            start: direct.start,
            user: direct.user,
            sandbox: direct.sandbox,
            public_key: direct.keys.public,
        },
        Configuration::WebChat(webchat) => Document::WebChat {
            allowed_origins: webchat.allowed_origins.iter().map(|one| one.as_str().to_owned()).collect(),
            echo: webchat.echo,
            start: webchat.start,
        },
        Configuration::FaqBot => Document::FaqBot,
        Configuration::WebhookBot(bot) => {
            Document::WebhookBot { webhook_url: bot.webhook_url, public_key: bot.keys.public }
        }
        Configuration::System(system) => Document::System {
            webhook_url: system.webhook_url,
            events: system.events.iter().map(|event| event.name().to_owned()).collect(),
            public_key: system.keys.public,
        },
        Configuration::Provider(_) => Document::Provider,
    }
}

/// The integration of a record, its secrets opened. Former keys are records of their own.
pub(super) fn open_integration(
    record: IntegrationRecord,
    sealer: &Sealer,
) -> Result<Integration, RegistryError> {
    let document = serde_json::from_str(&record.configuration).map_err(unreadable)?;
    let configuration = configuration(document, Sealed { sealed: record.sealed_key.as_deref(), sealer })?;
    Ok(Integration {
        id: record.id,
        tenant: record.tenant,
        hub: record.hub,
        name: record.name,
        kind: record.kind,
        status: record.status,
        configuration,
        former_keys: Vec::new(),
        created: record.created,
        modified: record.modified,
    })
}

fn configuration(document: Document, sealed: Sealed<'_>) -> Result<Configuration, RegistryError> {
    Ok(match document {
        Document::Direct { webhook_url, echo, start, user, sandbox, public_key } => {
            let keys = sealed.keys(public_key)?;
            Configuration::Direct(DirectConfiguration { webhook_url, echo, start, user, sandbox, keys })
        }
        Document::WebChat { allowed_origins, echo, start } => {
            let read = |text: &String| {
                AllowedOrigin::parse(text).ok_or_else(|| unreadable(format!("an origin '{text}'")))
            };
            let allowed_origins = allowed_origins.iter().map(read).collect::<Result<_, _>>()?;
            Configuration::WebChat(WebChatConfiguration { allowed_origins, echo, start })
        }
        Document::FaqBot => Configuration::FaqBot,
        Document::WebhookBot { webhook_url, public_key } => {
            let keys = sealed.keys(public_key)?;
            Configuration::WebhookBot(WebhookBotConfiguration { webhook_url, keys })
        }
        Document::System { webhook_url, events, public_key } => {
            let read = |name: &String| {
                EventFilter::from_name(name).ok_or_else(|| unreadable(format!("a filter '{name}'")))
            };
            let events = events.iter().map(read).collect::<Result<_, _>>()?;
            Configuration::System(SystemConfiguration { webhook_url, events, keys: sealed.keys(public_key)? })
        }
        Document::Provider => Configuration::Provider(sealed.account()?),
    })
}

/// What is sealed beside a document, and what opens it.
struct Sealed<'a> {
    sealed: Option<&'a [u8]>,
    sealer: &'a Sealer,
}

impl Sealed<'_> {
    fn keys(&self, public: String) -> Result<SigningKeyPair, RegistryError> {
        let private = String::from_utf8(self.open(KEY_PURPOSE)?).map_err(unreadable)?;
        Ok(SigningKeyPair { public, private })
    }

    fn account(&self) -> Result<ProviderAccount, RegistryError> {
        serde_json::from_slice(&self.open(ACCOUNT_PURPOSE)?).map_err(unreadable)
    }

    fn open(&self, purpose: &str) -> Result<Vec<u8>, RegistryError> {
        let sealed = self.sealed.ok_or_else(|| unreadable("an integration without its secrets"))?;
        Ok(self.sealer.open(purpose, sealed)?)
    }
}

pub(super) fn unreadable(cause: impl std::fmt::Display) -> RegistryError {
    RegistryError::Unreadable(cause.to_string())
}
