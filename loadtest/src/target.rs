//! Which broker is called, and as whom.

use std::path::PathBuf;

use clap::Args;

use crate::credentials::Credentials;
use crate::error::LoadError;

/// Which broker is called, and as whom.
#[derive(Clone, Debug, Args)]
pub struct Target {
    /// The tenant's credentials file, as the broker writes it.
    #[arg(long, global = true, value_name = "PATH", default_value = "data/credentials.json")]
    credentials: PathBuf,
    /// The broker's address, when it is not the file's `baseUrl`.
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
}

impl Target {
    /// Reads the credentials.
    ///
    /// # Errors
    /// When the file cannot be read, or is no credentials file.
    pub fn credentials(&self) -> Result<Credentials, LoadError> {
        let mut credentials = Credentials::read(&self.credentials)?;
        if let Some(url) = &self.url {
            credentials.base_url.clone_from(url);
        }
        Ok(credentials)
    }
}
