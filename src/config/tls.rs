//! `[server.tls]`: whether the listener speaks TLS, with which certificate, and what handshakes may take.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;

/// `[server.tls]`, where it names a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerTls {
    /// File with the certificate and the intermediate ones.
    pub certificate_file: PathBuf,
    /// File with the certificate's private key.
    pub key_file: PathBuf,
    /// How long a handshake may take, its client waited for.
    pub handshake: Duration,
    /// How many are computed at once.
    pub handshakes_at_once: NonZeroUsize,
}

impl ServerTls {
    /// `None` where no certificate is named.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let (certificate, key) = ("server.tls.certificate_file", "server.tls.key_file");
        let tls = Self {
            certificate_file: from.text(certificate).into(),
            key_file: from.text(key).into(),
            handshake: from.seconds("server.tls.handshake_seconds", 1..=300),
            handshakes_at_once: from.some("server.tls.handshakes_at_once", 1_000_000),
        };
        match (from.text(certificate).is_empty(), from.text(key).is_empty()) {
            (true, true) => return None,
            (true, false) => from.refuse(certificate, "must name the certificate of server.tls.key_file"),
            (false, true) => from.refuse(key, "must name the key of server.tls.certificate_file"),
            (false, false) => {}
        }
        Some(tls)
    }
}
