//! TLS as it is configured, and the certificate kept true to its files.

use std::sync::Arc;

use super::error::StartError;
use super::maintenance::{LOOK_EVERY, every};
use crate::config;
use crate::server::{Certificate, CertificateError, CertificateFiles, HandshakeLimits, Look, Tls};

/// What the listener speaks TLS with; `None` where it does not.
pub(super) fn configured(server: &config::Server) -> Result<Option<Tls>, StartError> {
    let Some(tls) = &server.tls else { return Ok(None) };
    let files = CertificateFiles { certificate: tls.certificate_file.clone(), key: tls.key_file.clone() };
    let limits = HandshakeLimits { timeout: tls.handshake, at_once: tls.handshakes_at_once.get() };
    Ok(Some(Tls::new(Arc::new(Certificate::load(files)?), limits)?))
}

/// Takes up what the certificate's files are changed to.
pub(super) async fn renew(certificate: Arc<Certificate>) {
    let mut ticks = every(LOOK_EVERY);
    loop {
        ticks.tick().await;
        let looking = certificate.clone();
        match tokio::task::spawn_blocking(move || looking.look()).await {
            Ok(Ok(Look::Unchanged)) => {}
            Ok(Ok(Look::Renewed)) => tracing::info!("the certificate was renewed"),
            Ok(Err(error)) => warn(&error),
            Err(error) => tracing::error!(%error, "the look at the certificate panicked"),
        }
    }
}

fn warn(error: &CertificateError) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(%error, cause, "the new certificate cannot be used: the old one stays");
}
