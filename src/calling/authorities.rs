//! Who vouches for those that are called over TLS: the system's certificates, or a file's. It must not know who is
//! called.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

/// Who vouches for others. The default is whoever the system's certificates name; they are read when somebody is
/// called, since most brokers call nobody.
#[derive(Clone, Debug, Default)]
pub struct Authorities(Option<Arc<RootCertStore>>);

/// Why a file's certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthoritiesError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else, or nothing.
    #[error("{} holds no certificates in PEM", path.display())]
    NotPem {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// What the file holds does not name anybody who could vouch for others.
    #[error("a certificate of {} cannot be used", path.display())]
    Unusable {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },
}

impl Authorities {
    /// Those whose certificates are in a file, and nobody else. It is read once.
    ///
    /// # Errors
    /// When one of its certificates cannot be used, or there is none.
    pub fn of_file(path: &Path) -> Result<Self, AuthoritiesError> {
        let path = || path.to_owned();
        let text =
            fs::read(path()).map_err(|source| AuthoritiesError::Unreadable { path: path(), source })?;
        let not_pem = |source| AuthoritiesError::NotPem { path: path(), source };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&text) {
            let added = roots.add(certificate.map_err(not_pem)?);
            added.map_err(|source| AuthoritiesError::Unusable { path: path(), source })?;
        }
        if roots.is_empty() {
            return Err(not_pem(pem::Error::NoItemsFound));
        }
        Ok(Self(Some(Arc::new(roots))))
    }

    /// How those are called for whom they vouch.
    pub(super) fn client_config(&self) -> ClientConfig {
        match &self.0 {
            Some(roots) => builder().with_root_certificates(roots.clone()).with_no_client_auth(),
            None => trusting_the_system(),
        }
    }
}

fn builder() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has the ciphers of both versions")
}

fn trusting_the_system() -> ClientConfig {
    match builder().with_native_roots() {
        Ok(config) => config.with_no_client_auth(),
        Err(error) => {
            tracing::warn!(%error, "the system has no certificates: nobody can be trusted over TLS");
            builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
        }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    fn certificate() -> String {
        generate_simple_self_signed(["plugin.example".to_owned()]).unwrap().cert.pem()
    }

    /// The authorities of a file with this text.
    fn of(text: &str) -> Result<Authorities, AuthoritiesError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        fs::write(&file, text).unwrap();
        Authorities::of_file(&file)
    }

    #[test]
    fn all_certificates_of_a_file_vouch_for_others() {
        let two = of(&format!("{}\n{}", certificate(), certificate())).unwrap();
        assert_eq!(two.0.unwrap().len(), 2);
    }

    #[test]
    fn a_file_without_certificates_that_can_be_used_is_refused() {
        let missing = Authorities::of_file(Path::new("/nowhere/ca.pem"));
        assert!(matches!(missing, Err(AuthoritiesError::Unreadable { .. })), "{missing:?}");
        for text in ["", "no PEM", "-----BEGIN CERTIFICATE-----\n"] {
            let refused = of(text);
            assert!(matches!(refused, Err(AuthoritiesError::NotPem { .. })), "{text}: {refused:?}");
        }
        let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let refused = of(&format!("{}\n{nonsense}", certificate()));
        assert!(matches!(refused, Err(AuthoritiesError::Unusable { .. })), "{refused:?}");
    }
}
