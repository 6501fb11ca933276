//! The credentials file of a tenant, as far as a client needs it. How it is made is the broker's business.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::LoadError;

/// What a client needs to call the broker as one tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// Where the broker is, such as `http://127.0.0.1:8080`.
    pub base_url: String,
    /// Whose the credentials are.
    pub tenant: TenantPart,
    /// The credentials by API.
    pub clients: ClientsPart,
    /// The tenant's first hub.
    pub hub: HubPart,
    /// The directory; the agent integration works for the first.
    #[serde(default)]
    pub users: Vec<UserPart>,
}

/// The tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantPart {
    /// Its slug in the paths of the streaming API.
    pub org_id: String,
}

/// The clients that the scenarios use.
#[derive(Clone, Debug, Deserialize)]
pub struct ClientsPart {
    /// For conversations, activities and websockets.
    pub engine: ClientPart,
    /// For streaming sessions.
    pub streaming: StreamingPart,
    /// For the control plane, where the file has it.
    pub portal: Option<ClientPart>,
}

/// What a token is asked for with.
#[derive(Clone, Debug, Deserialize)]
pub struct ClientPart {
    /// Names the client.
    pub client_id: String,
    /// Proves it.
    pub client_secret: String,
}

/// A streaming client, which sends its key beside its token.
#[derive(Clone, Debug, Deserialize)]
pub struct StreamingPart {
    /// What a token is asked for with.
    #[serde(flatten)]
    pub client: ClientPart,
    /// Sent as `x-api-key`.
    pub api_key: String,
}

/// A user of the directory.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserPart {
    /// Names the user.
    pub user_id: String,
}

/// A hub.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HubPart {
    /// Its integrations.
    pub integrations: IntegrationsPart,
}

/// A hub's integrations, by what they are for.
#[derive(Clone, Debug, Deserialize)]
pub struct IntegrationsPart {
    /// Customers who come by the Direct channel.
    pub customer: String,
    /// Customers who come by the web chat.
    pub webchat: String,
    /// The agent.
    pub agent: String,
    /// The bot.
    pub bot: String,
}

impl Credentials {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read, or is no credentials file.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let text = fs::read_to_string(path)
            .map_err(|source| LoadError::CredentialsFile { path: path.to_owned(), source })?;
        serde_json::from_str(&text)
            .map_err(|source| LoadError::CredentialsShape { path: path.to_owned(), source })
    }
}

impl IntegrationsPart {
    /// The id of an integration that is given by its id, or by its name in the file.
    pub fn id_of<'a>(&'a self, id_or_name: &'a str) -> &'a str {
        match id_or_name {
            "customer" => &self.customer,
            "webchat" => &self.webchat,
            "agent" => &self.agent,
            "bot" => &self.bot,
            id => id,
        }
    }
}
