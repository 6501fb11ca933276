//! The credentials file of a tenant: everything a script needs to begin, in a shape that stays.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::provision::Provisioned;
use crate::domain::ids::TenantId;
use crate::registry::NewClient;

/// The credentials of a tenant. Ids are strings.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    base_url: String,
    tenant: TenantPart,
    clients: ClientsPart,
    hub: HubPart,
    users: Vec<UserPart>,
    team: TeamPart,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TenantPart {
    tenant_id: String,
    org_id: String,
    name: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct ClientsPart {
    portal: ClientPart,
    engine: ClientPart,
    streaming: StreamingPart,
    messaging: MessagingPart,
    handoff: HandoffPart,
}

#[derive(Clone, Serialize, Deserialize)]
struct ClientPart {
    client_id: String,
    client_secret: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct StreamingPart {
    client_id: String,
    client_secret: String,
    api_key: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct MessagingPart {
    api_key: String,
    api_id: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct HandoffPart {
    client_id: String,
    token: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HubPart {
    hub_id: String,
    business_id: String,
    integrations: IntegrationsPart,
}

#[derive(Clone, Serialize, Deserialize)]
struct IntegrationsPart {
    customer: String,
    webchat: String,
    agent: String,
    bot: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserPart {
    user_id: String,
    name: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TeamPart {
    team_id: String,
    name: String,
}

impl Credentials {
    /// The credentials of a new tenant, for the broker at `base_url`.
    pub(super) fn new(base_url: String, made: Provisioned) -> Self {
        let client = |client: &NewClient| ClientPart {
            client_id: client.id.to_string(),
            client_secret: client.secret.expose().to_owned(),
        };
        let new = &made.tenant;
        let streaming = client(&new.streaming);
        Self {
            base_url,
            tenant: TenantPart {
                tenant_id: new.tenant.id.to_string(),
                org_id: new.tenant.org.to_string(),
                name: new.tenant.name.clone(),
            },
            clients: ClientsPart {
                portal: client(&new.portal),
                engine: client(&new.engine),
                streaming: StreamingPart {
                    client_id: streaming.client_id,
                    client_secret: streaming.client_secret,
                    api_key: new.streaming_api_key.expose().to_owned(),
                },
                messaging: MessagingPart {
                    api_key: new.messaging.secret.expose().to_owned(),
                    api_id: new.messaging.id.to_string(),
                },
                handoff: HandoffPart {
                    client_id: new.handoff.id.to_string(),
                    token: new.handoff.secret.expose().to_owned(),
                },
            },
            hub: HubPart {
                hub_id: made.hub.id.to_string(),
                business_id: made.hub.number.to_string(),
                integrations: IntegrationsPart {
                    customer: made.integrations.customer.to_string(),
                    webchat: made.integrations.webchat.to_string(),
                    agent: made.integrations.agent.to_string(),
                    bot: made.integrations.bot.to_string(),
                },
            },
            users: made
                .users
                .iter()
                .map(|user| UserPart { user_id: user.id.to_string(), name: user.name.clone() })
                .collect(),
            team: TeamPart { team_id: made.team.id.to_string(), name: made.team.name.clone() },
        }
    }

    /// Writes the file, readable by its owner only, whole or not at all. After a power cut it is still there.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let draft = path.with_extension("json.new");
        // One that a killed process left may be readable by others.
        fs::remove_file(&draft).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Reads the file, if there is one.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whose they are; `None` when the file was changed into something else.
    pub(super) fn tenant(&self) -> Option<TenantId> {
        self.tenant.tenant_id.parse().ok()
    }

    /// Where the broker is reached.
    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The same credentials for a broker at another address.
    pub(super) fn at(self, base_url: &str) -> Self {
        Self { base_url: base_url.to_owned(), ..self }
    }
}
