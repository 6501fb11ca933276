//! Why the broker cannot start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::auth::{KeyError, MasterKeyError};
use crate::calling::AuthoritiesError;
use crate::registry::RegistryError;
use crate::server::CertificateError;
use crate::store::{OpenError, StoreError};

/// Why the broker cannot start, or a tool cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address of `server.listen`.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder cannot be used.
    #[error("cannot use {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The certificate of the listener cannot be used.
    #[error("cannot speak TLS")]
    Certificate(#[from] CertificateError),
    /// TLS cannot be spoken, whatever the certificate.
    #[error("cannot speak TLS")]
    Tls(#[from] rustls::Error),
    /// The certificates of `plugins.ca_file` cannot be used.
    #[error("cannot tell which plug-ins to trust")]
    PluginAuthorities(#[from] AuthoritiesError),
    /// The certificates of `webhooks.ca_file` cannot be used.
    #[error("cannot tell which webhooks to trust")]
    WebhookAuthorities(#[source] AuthoritiesError),
    /// The store cannot be opened.
    #[error("cannot open the store")]
    Open(#[from] OpenError),
    /// The store failed.
    #[error("cannot use the store")]
    Store(#[from] StoreError),
    /// The master key cannot be used.
    #[error("cannot use the master key")]
    MasterKey(#[from] MasterKeyError),
    /// The signing keys cannot be used.
    #[error("cannot use the signing keys")]
    Keys(#[from] KeyError),
    /// The configuration in the store cannot be used.
    #[error("cannot use or change the configuration in the store")]
    Registry(#[from] RegistryError),
    /// A command was to write into a store in memory, which ends with the command.
    #[error(
        "store.durability is \"memory\", which keeps nothing: a tenant created here would be gone with this command"
    )]
    NothingIsKept,
    /// What conversations left behind cannot be cleaned up.
    #[error("cannot take up the stored conversations")]
    Engine(#[from] crate::pipeline::EngineError),
}
