//! Which server is asked, with whose credentials, and for how long.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::Uri;
use clap::Args;
use serde::Deserialize;
use serde::de::Error as _;

use super::error::ControlError;

/// Flags of every verb; they stand before or after it.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Server")]
pub(super) struct Connection {
    /// Where the server is [default: the baseUrl of the credentials]
    #[arg(long, global = true, value_name = "URL", value_parser = server)]
    pub(super) server: Option<String>,
    /// The tenant's credentials [default: credentials.json in the folder for data, which is data/]
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) credentials: Option<PathBuf>,
    /// Seconds to wait for each answer, 1 to 3600
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) timeout: u64,
    /// Print the server's answer as it is, for scripts
    #[arg(long, global = true)]
    pub(super) json: bool,
}

impl Connection {
    /// How long each answer is waited for.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// Which server is asked, and what a token for its control plane is asked for with: a secret goes to the server that
    /// it is of.
    pub(super) fn portal(&self, data: &Path) -> Result<Portal, ControlError> {
        let path = self.credentials.clone().unwrap_or_else(|| data.join("credentials.json"));
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(ControlError::NoCredentials { path, source }),
        };
        let bad = |source| ControlError::BadCredentials { path: path.clone(), source };
        let CredentialsFile { base_url, clients } = serde_json::from_slice(&bytes).map_err(bad)?;
        let its_own = || base_url.ok_or_else(|| bad(serde_json::Error::missing_field("baseUrl")));
        let server = self.server.clone().map_or_else(its_own, Ok)?.trim_end_matches('/').to_owned();
        Ok(Portal { server, client: clients.portal })
    }
}

/// A server, and who may write its configuration.
pub(super) struct Portal {
    pub(super) server: String,
    pub(super) client: PortalClient,
}

/// As much of a credentials file as it takes.
#[derive(Deserialize)]
struct CredentialsFile {
    #[serde(rename = "baseUrl")]
    base_url: Option<String>,
    clients: Clients,
}

#[derive(Deserialize)]
struct Clients {
    portal: PortalClient,
}

/// The client of a tenant that may write its configuration.
#[derive(Deserialize)]
pub(super) struct PortalClient {
    pub(super) client_id: String,
    pub(super) client_secret: String,
}

/// An address that paths can follow.
fn server(text: &str) -> Result<String, String> {
    let is_web = text.parse().is_ok_and(|url: Uri| {
        let has_host = url.host().is_some_and(|host| !host.is_empty());
        matches!(url.scheme_str(), Some("http" | "https")) && has_host && url.query().is_none()
    });
    if !is_web {
        return Err("it has to be an address such as https://broker.example".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_paths_can_follow() {
        assert_eq!(server("http://127.0.0.1:8080/").as_deref(), Ok("http://127.0.0.1:8080"));
        assert_eq!(server("https://b.example/broker").as_deref(), Ok("https://b.example/broker"));
        for text in ["", "127.0.0.1:8080", "b.example", "ftp://b.example", "http://", "http://b/?a=b"] {
            assert!(server(text).is_err(), "{text}");
        }
    }
}
