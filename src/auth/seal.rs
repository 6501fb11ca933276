//! Sealing: what the store holds in confidence (signing keys, integrations' private keys) is encrypted with
//! the master key, a file of the operator's. Knows nothing of what it seals.
//!
//! AES-256-GCM with a random nonce. A purpose is bound to every sealed value, so that a value copied from
//! one place of the store to another does not open there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand;

use super::secret::random_text;

/// Bytes of the master key: what AES-256 takes.
const KEY_BYTES: usize = 32;

/// The first byte of a sealed value: how the rest is to be read (nonce, then ciphertext with its tag).
const FORMAT: u8 = 1;

/// The permission bits that let somebody other than the owner at a file.
const OTHERS: u32 = 0o077;

/// Why there is no usable master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read, or not be made.
    #[error("master key file {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is something at this path, but it is not 32 bytes in a file.
    #[error("master key file {} is not a file of {KEY_BYTES} bytes", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The file is open to others than its owner, so what it protects has to be taken as known.
    #[error("master key file {} has mode {mode:04o}: only its owner may have access (0600)", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

/// Why a sealed value does not open: it is damaged, was sealed for another purpose or with another master
/// key. Which of them cannot be known.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a value sealed for '{purpose}' with this master key")]
pub struct SealError {
    /// What the value should have been for.
    pub purpose: String,
}

/// Seals and opens with one master key.
pub struct Sealer(RandomizedNonceKey);

impl Sealer {
    /// A sealer with the given master key.
    pub fn new(master_key: &[u8; KEY_BYTES]) -> Self {
        Self(RandomizedNonceKey::new(&AES_256_GCM, master_key).expect("AES-256 takes any 32 bytes"))
    }

    /// A sealer with the master key in the file at `path`, which is made with a new key when there is none.
    ///
    /// The folder must exist. Of several processes that start at once all get the same key.
    ///
    /// # Errors
    /// [`MasterKeyError`]; an existing file is never changed or replaced.
    pub fn load_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        let in_file = |source| MasterKeyError::Io { path: path.to_owned(), source };
        match File::open(path) {
            Ok(file) => return load(file, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path).map_err(in_file)?,
            Err(error) => return Err(in_file(error)),
        }
        load(File::open(path).map_err(in_file)?, path)
    }

    /// Encrypts `plain`, bound to `purpose`. Two calls never give the same bytes.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let mut body = plain.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(purpose), &mut body)
            .expect("values are far below the 64 GiB at which the cipher refuses");
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut body);
        sealed
    }

    /// Decrypts what [`Sealer::seal`] gave for the same purpose.
    ///
    /// # Errors
    /// [`SealError`] when it is anything else; nothing of such a value is given out.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.try_open(purpose, sealed).ok_or_else(|| SealError { purpose: purpose.to_owned() })
    }

    fn try_open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.strip_prefix(&[FORMAT])?.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = body.to_vec();
        let plain = self.0.open_in_place(nonce, Aad::from(purpose), &mut body).ok()?;
        Some(plain.to_vec())
    }
}

/// Reads the master key from `file`, whose permissions are asked of the open file so that nobody can
/// exchange it in between.
fn load(file: File, path: &Path) -> Result<Sealer, MasterKeyError> {
    let in_file = |source| MasterKeyError::Io { path: path.to_owned(), source };
    let about = file.metadata().map_err(in_file)?;
    let mode = about.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(MasterKeyError::Exposed { path: path.to_owned(), mode });
    }
    let not_a_key = || MasterKeyError::NotAKey { path: path.to_owned() };
    if !about.is_file() {
        return Err(not_a_key());
    }
    let mut key = Vec::with_capacity(KEY_BYTES + 1);
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut key).map_err(in_file)?;
    let key: [u8; KEY_BYTES] = key.try_into().map_err(|_| not_a_key())?;
    Ok(Sealer::new(&key))
}

/// Makes the file with a new key, or leaves the one that another process has just made.
///
/// The key is written and synced under a passing name and then linked to its own. A rename would replace
/// a file of another process that already seals with it; a file written in place could be left half full.
fn create(path: &Path) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", random_text()));
    let draft = PathBuf::from(draft);
    let made = write_key(&draft).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    fs::remove_file(&draft).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    made?;
    sync_folder_of(path)
}

fn write_key(path: &Path) -> io::Result<()> {
    let mut key = [0; KEY_BYTES];
    rand::fill(&mut key).map_err(|_| io::Error::other("no random bytes"))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&key)?;
    file.sync_all()
}

/// Makes the new name in the folder durable: without it a power loss could take the key and leave what was
/// sealed with it.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer() -> Sealer {
        Sealer::new(&[7; KEY_BYTES])
    }

    fn key_file(bytes: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn what_was_sealed_opens_again_for_the_same_purpose() {
        let sealed = sealer().seal("key", b"in confidence");
        assert_eq!(sealer().open("key", &sealed), Ok(b"in confidence".to_vec()));
    }

    #[test]
    fn a_sealed_value_does_not_contain_the_plain_one_and_differs_every_time() {
        let first = sealer().seal("key", b"in confidence");
        let second = sealer().seal("key", b"in confidence");
        assert!(!first.windows(13).any(|part| part == b"in confidence"));
        assert_ne!(first, second);
    }

    #[test]
    fn another_purpose_does_not_open_it() {
        let sealed = sealer().seal("signing-key/a", b"x");
        assert_eq!(
            sealer().open("signing-key/b", &sealed),
            Err(SealError { purpose: "signing-key/b".to_owned() })
        );
    }

    #[test]
    fn another_master_key_does_not_open_it() {
        let sealed = sealer().seal("key", b"x");
        assert!(Sealer::new(&[8; KEY_BYTES]).open("key", &sealed).is_err());
    }

    #[test]
    fn a_value_changed_or_cut_anywhere_does_not_open() {
        let sealed = sealer().seal("key", b"x");
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(sealer().open("key", &changed).is_err(), "byte {place} changed");
            assert!(sealer().open("key", &sealed[..place]).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn the_key_file_is_made_for_its_owner_only_and_read_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let sealed = Sealer::load_or_create(&path).unwrap().seal("key", b"x");

        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Sealer::load_or_create(&path).unwrap().open("key", &sealed), Ok(b"x".to_vec()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn creating_leaves_a_key_that_is_there_already_as_it_is() {
        let (_folder, path) = key_file(&[7; KEY_BYTES], 0o600);
        create(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), [7; KEY_BYTES]);
    }

    #[test]
    fn a_key_file_of_the_wrong_length_is_refused_and_kept() {
        for length in [0, 31, 33] {
            let (_folder, path) = key_file(&vec![7; length], 0o600);
            assert!(
                matches!(Sealer::load_or_create(&path), Err(MasterKeyError::NotAKey { .. })),
                "{length} bytes"
            );
            assert_eq!(fs::read(&path).unwrap().len(), length);
        }
    }

    #[test]
    fn a_key_file_that_others_can_reach_is_refused() {
        for mode in [0o640, 0o604, 0o620] {
            let (_folder, path) = key_file(&[7; KEY_BYTES], mode);
            assert!(
                matches!(Sealer::load_or_create(&path), Err(MasterKeyError::Exposed { mode: found, .. }) if found == mode),
                "{mode:o}"
            );
        }
    }

    #[test]
    fn a_missing_folder_is_told_with_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("absent").join("master.key");
        let error = Sealer::load_or_create(&path).err().unwrap();
        assert!(error.to_string().contains("absent"), "{error}");
    }
}
