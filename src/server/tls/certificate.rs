//! The certificate of the listener with its key, read from two files and read again when they change.
//! It must not know who is shown it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// Where a certificate is, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, followed by those that it leans on, but for the root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{} holds no PEM of the kind that is needed", path.display())]
    NotPem {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The two do not belong together, or are of a kind that is not supported.
    #[error("the certificate and the key cannot be used together")]
    Unusable(#[from] rustls::Error),
}

/// What a look at the files found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// They are as they were.
    Unchanged,
    /// They have changed: new connections are shown the new certificate.
    Renewed,
}

/// The certificate that new connections are shown.
#[derive(Debug)]
pub struct Certificate {
    files: CertificateFiles,
    /// A lock that is held for a clone: handshakes read it, a renewal writes it.
    shown: RwLock<Arc<CertifiedKey>>,
    /// Whoever looks holds it while looking.
    seen: Mutex<Seen>,
}

/// What earlier looks saw of the files.
#[derive(Debug)]
struct Seen {
    /// When they were last read, whatever they held.
    read: Traces,
    /// When they could not be read, if that was the last that was seen: it is told once.
    unreadable: Option<Traces>,
}

/// What tells that a file was changed or replaced, of either file; `None` while there is none.
type Traces = [Option<Trace>; 2];

/// Device, inode, size, and the times of the last changes.
type Trace = (u64, u64, u64, [i64; 4]);

impl Certificate {
    /// Reads the certificate.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn load(files: CertificateFiles) -> Result<Self, CertificateError> {
        // Looked at first: what changes while they are read is read again by the next look.
        let seen = traces(&files);
        let shown = read(&files)?;
        let seen = Mutex::new(Seen { read: seen, unreadable: None });
        Ok(Self { files, shown: RwLock::new(Arc::new(shown)), seen })
    }

    /// Reads the files again if they have changed since the last look. Blocks while it reads.
    ///
    /// # Errors
    /// When what they hold now cannot be used; the certificate stays as it was, and the next change is waited for.
    /// Files that could not be read are read again by the next look even so, as what was in the way may be over; of
    /// them the first look tells alone.
    pub fn look(&self) -> Result<Look, CertificateError> {
        self.look_with(read)
    }

    fn look_with(
        &self,
        read: impl FnOnce(&CertificateFiles) -> Result<CertifiedKey, CertificateError>,
    ) -> Result<Look, CertificateError> {
        let mut seen = self.seen.lock();
        let now = traces(&self.files);
        if seen.read == now {
            seen.unreadable = None;
            return Ok(Look::Unchanged);
        }
        match read(&self.files) {
            Err(error @ CertificateError::Unreadable { .. }) => {
                let is_told = seen.unreadable.replace(now) == Some(now);
                if is_told { Ok(Look::Unchanged) } else { Err(error) }
            }
            found => {
                *seen = Seen { read: now, unreadable: None };
                *self.shown.write() = Arc::new(found?);
                Ok(Look::Renewed)
            }
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.read().clone())
    }
}

fn traces(files: &CertificateFiles) -> Traces {
    [&files.certificate, &files.key].map(|path| {
        let of = fs::metadata(path).ok()?;
        Some((of.dev(), of.ino(), of.size(), [of.mtime(), of.mtime_nsec(), of.ctime(), of.ctime_nsec()]))
    })
}

fn read(files: &CertificateFiles) -> Result<CertifiedKey, CertificateError> {
    let CertificateFiles { certificate, key } = files;
    let not_pem = |path: &Path| {
        let path = path.to_owned();
        move |source| CertificateError::NotPem { path, source }
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&bytes_of(certificate)?)
        .collect::<Result<_, _>>()
        .map_err(not_pem(certificate))?;
    if chain.is_empty() {
        return Err(not_pem(certificate)(pem::Error::NoItemsFound));
    }
    let secret = PrivateKeyDer::from_pem_slice(&bytes_of(key)?).map_err(not_pem(key))?;
    Ok(CertifiedKey::from_der(chain, secret, &aws_lc_rs::default_provider())?)
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, CertificateError> {
    fs::read(path).map_err(|source| CertificateError::Unreadable { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::super::testing::SelfSigned;
    use super::*;

    fn shown(certificate: &Certificate) -> Vec<CertificateDer<'static>> {
        certificate.shown.read().cert.clone()
    }

    #[test]
    fn a_renewed_certificate_is_shown_from_the_next_look_on() {
        let (old, new) = (SelfSigned::new(), SelfSigned::new());
        let folder = tempfile::tempdir().unwrap();
        let certificate = Certificate::load(old.write(folder.path())).unwrap();
        assert_eq!(certificate.look().unwrap(), Look::Unchanged);
        new.write(folder.path());
        assert_eq!(shown(&certificate), [old.der()]);
        assert_eq!(certificate.look().unwrap(), Look::Renewed);
        assert_eq!(shown(&certificate), [new.der()]);
    }

    #[test]
    fn a_key_of_another_certificate_changes_nothing_and_is_told_once() {
        let (old, other) = (SelfSigned::new(), SelfSigned::new());
        let folder = tempfile::tempdir().unwrap();
        let files = old.write(folder.path());
        let certificate = Certificate::load(files.clone()).unwrap();
        fs::write(&files.key, other.key_pem()).unwrap();
        assert!(matches!(certificate.look(), Err(CertificateError::Unusable(_))));
        assert_eq!(shown(&certificate), [old.der()]);
        assert_eq!(certificate.look().unwrap(), Look::Unchanged);
        // As when a certificate is renewed a moment after its key.
        fs::write(&files.certificate, other.pem()).unwrap();
        assert_eq!(certificate.look().unwrap(), Look::Renewed);
        assert_eq!(shown(&certificate), [other.der()]);
    }

    #[test]
    fn files_that_are_gone_change_nothing_until_they_are_back() {
        let (old, new) = (SelfSigned::new(), SelfSigned::new());
        let folder = tempfile::tempdir().unwrap();
        let files = old.write(folder.path());
        let certificate = Certificate::load(files.clone()).unwrap();
        fs::remove_file(&files.key).unwrap();
        assert!(matches!(certificate.look(), Err(CertificateError::Unreadable { .. })));
        assert_eq!(certificate.look().unwrap(), Look::Unchanged);
        assert_eq!(shown(&certificate), [old.der()]);
        new.write(folder.path());
        assert_eq!(certificate.look().unwrap(), Look::Renewed);
    }

    #[test]
    fn what_could_not_be_read_is_told_once_and_read_again_though_nothing_has_changed() {
        let (old, new) = (SelfSigned::new(), SelfSigned::new());
        let folder = tempfile::tempdir().unwrap();
        let certificate = Certificate::load(old.write(folder.path())).unwrap();
        new.write(folder.path());
        let out_of_files = |files: &CertificateFiles| {
            let source = io::Error::other("too many open files");
            Err(CertificateError::Unreadable { path: files.key.clone(), source })
        };
        certificate.look_with(out_of_files).unwrap_err();
        assert_eq!(certificate.look_with(out_of_files).unwrap(), Look::Unchanged);
        assert_eq!(shown(&certificate), [old.der()]);
        assert_eq!(certificate.look().unwrap(), Look::Renewed);
        assert_eq!(shown(&certificate), [new.der()]);
    }

    #[test]
    fn what_is_no_certificate_is_named_by_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = SelfSigned::new().write(folder.path());
        fs::write(&files.certificate, "-----BEGIN NOTHING-----").unwrap();
        let error = Certificate::load(files.clone()).unwrap_err();
        assert!(
            matches!(&error, CertificateError::NotPem { path, .. } if *path == files.certificate),
            "{error:?}"
        );
        let files = SelfSigned::new().write(folder.path());
        fs::write(&files.key, "").unwrap();
        let error = Certificate::load(files.clone()).unwrap_err();
        assert!(matches!(&error, CertificateError::NotPem { path, .. } if *path == files.key), "{error:?}");
    }
}
