//! Certificates of a test's own, and clients that trust them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Certificate, CertificateFiles, HandshakeLimits, Tls};

/// A certificate for `localhost` that vouches for itself.
pub(super) struct SelfSigned(CertifiedKey<KeyPair>);

impl SelfSigned {
    pub(super) fn new() -> Self {
        Self(generate_simple_self_signed(["localhost".to_owned()]).unwrap())
    }

    pub(super) fn der(&self) -> CertificateDer<'static> {
        self.0.cert.der().clone()
    }

    pub(super) fn pem(&self) -> String {
        self.0.cert.pem()
    }

    pub(super) fn key_pem(&self) -> String {
        self.0.signing_key.serialize_pem()
    }

    /// Writes both files, the key last.
    pub(super) fn write(&self, folder: &Path) -> CertificateFiles {
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        fs::write(&certificate, self.pem()).unwrap();
        fs::write(&key, self.key_pem()).unwrap();
        CertificateFiles { certificate, key }
    }

    /// TLS that shows it.
    pub(super) fn tls(&self, limits: HandshakeLimits) -> Tls {
        let folder = tempfile::tempdir().unwrap();
        Tls::new(Arc::new(Certificate::load(self.write(folder.path())).unwrap()), limits).unwrap()
    }

    /// A client that trusts nothing else.
    pub(super) fn client(&self) -> ClientConfig {
        self.client_of(rustls::ALL_VERSIONS)
    }

    /// The same, of some versions.
    pub(super) fn client_of(&self, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}

/// What connections that are shown the certificate are made with.
pub(super) fn config_of(signed: &SelfSigned) -> Arc<ServerConfig> {
    signed.tls(LIMITS).config
}

/// Limits that nothing reaches.
pub(super) const LIMITS: HandshakeLimits =
    HandshakeLimits { timeout: std::time::Duration::from_secs(300), at_once: 100 };

/// Shakes hands, as a client.
pub(super) async fn call(config: ClientConfig, tcp: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await
}
