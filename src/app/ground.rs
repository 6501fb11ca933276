//! What every process that works on a data folder stands on: the store, the registry over it, and the file with the
//! demo tenant's credentials. It must not know what serves.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::credentials::Credentials;
use super::error::StartError;
use super::provision::provision;
use crate::auth::Sealer;
use crate::config::{self, Config};
use crate::domain::clock::{Clock, SystemClock};
use crate::registry::Registry;
use crate::store::{self, Access, DATABASE, Store};

/// Names the demo tenant of an empty store.
const DEMO: &str = "demo";

/// All that a command needs, and what the server's rooms are built on.
pub(super) struct Ground {
    pub(super) config: Arc<Config>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) store: Arc<dyn Store>,
    pub(super) sealer: Arc<Sealer>,
    pub(super) registry: Arc<Registry>,
}

/// Where the demo tenant's credentials are.
pub(super) enum DemoCredentials {
    /// In this file.
    In(PathBuf),
    /// The store has tenants and there is no file of one of them: secrets are not shown twice.
    Gone,
}

impl fmt::Display for DemoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(path) => write!(f, "{}", path.display()),
            Self::Gone => f.write_str("(the file is gone; `switchboard tenant create` makes another tenant)"),
        }
    }
}

impl Ground {
    /// Opens what is kept under the data folder, and makes it where there is nothing.
    pub(super) async fn open(config: Config, access: Access) -> Result<Self, StartError> {
        let config = Arc::new(config);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let data = &config.server.data_dir;
        fs::create_dir_all(data).map_err(|source| StartError::File { path: data.clone(), source })?;
        let sealer = Arc::new(Sealer::load_or_create(&config.auth.master_key_file)?);
        let store = store::open(data, durability(config.store.durability), access)?;
        let registry = Arc::new(Registry::load(store.clone(), sealer.clone(), clock.clone()).await?);
        Ok(Self { config, clock, store, sealer, registry })
    }

    /// Makes the demo tenant in an empty store, and keeps its file true to the address of this broker.
    pub(super) async fn demo_credentials(&self, base_url: &str) -> Result<DemoCredentials, StartError> {
        if self.registry.is_empty() {
            return self.make_demo(base_url).await;
        }
        for path in [self.credentials_path(), self.aside_path()] {
            let is_ours = |known: &Credentials| {
                known.tenant().is_some_and(|tenant| self.registry.tenant(tenant).is_some())
            };
            if let Some(known) = read(path)?.filter(is_ours) {
                return self.write(&known.at(base_url));
            }
        }
        Ok(DemoCredentials::Gone)
    }

    /// The file is written first: nothing else ever knows the secrets. Whoever is killed in between leaves a file
    /// of a tenant that never was and an empty store, in which the next start makes another tenant.
    async fn make_demo(&self, base_url: &str) -> Result<DemoCredentials, StartError> {
        self.put_aside()?;
        let (draft, provisioned) = provision(&self.registry, DEMO, &self.config.faq)?;
        let written = self.write(&Credentials::new(base_url.to_owned(), provisioned))?;
        self.registry.keep_tenant(draft).await?;
        Ok(written)
    }

    /// A store in memory does not take the only copy of a database's secrets away: they come back with the database.
    fn put_aside(&self) -> Result<(), StartError> {
        let (path, aside) = (self.credentials_path(), self.aside_path());
        let in_memory = self.config.store.durability == config::Durability::Memory;
        let has_database = self.config.server.data_dir.join(DATABASE).exists();
        if in_memory && has_database && path.exists() && !aside.exists() {
            fs::rename(&path, &aside).map_err(|source| StartError::File { path, source })?;
        }
        Ok(())
    }

    fn write(&self, credentials: &Credentials) -> Result<DemoCredentials, StartError> {
        let path = self.credentials_path();
        credentials.write(&path).map_err(|source| StartError::File { path: path.clone(), source })?;
        Ok(DemoCredentials::In(path))
    }

    /// What the demo tenant's file says, if there is one.
    pub(super) fn known_credentials(&self) -> Result<Option<Credentials>, StartError> {
        read(self.credentials_path())
    }

    /// Where a server on this data is reached: a server that ran on it has left its address there.
    pub(super) fn base_url(&self) -> Result<String, StartError> {
        Ok(match self.known_credentials()? {
            Some(known) => known.base_url().to_owned(),
            None => self.config.server.base_url(self.config.server.listen),
        })
    }

    /// Where the file of the database is while the broker runs in memory.
    fn aside_path(&self) -> PathBuf {
        self.config.server.data_dir.join("credentials.database.json")
    }

    fn credentials_path(&self) -> PathBuf {
        self.config.server.data_dir.join("credentials.json")
    }

    /// Waits until everything that was taken is kept.
    pub(super) async fn close(self) -> Result<(), StartError> {
        Ok(self.store.close().await?)
    }
}

fn read(path: PathBuf) -> Result<Option<Credentials>, StartError> {
    Credentials::read(&path).map_err(|source| StartError::File { path, source })
}

fn durability(configured: config::Durability) -> store::Durability {
    match configured {
        config::Durability::Fsync => store::Durability::Fsync,
        config::Durability::Process => store::Durability::Process,
        config::Durability::Memory => store::Durability::Memory,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::super::{create_tenant, rooms::Rooms};
    use super::*;
    use crate::config::Flags;
    use crate::domain::hub::Hub;
    use crate::registry::PageQuery;

    const URL: &str = "http://127.0.0.1:1";

    fn config(data: &Path, durability: &str) -> Config {
        let flags = Flags { data: Some(data.to_str().unwrap().to_owned()), listen: None };
        let variables = [("SWITCHBOARD_STORE__DURABILITY".into(), durability.into())];
        Config::load(None, variables, &flags).unwrap()
    }

    async fn open(data: &Path) -> Ground {
        Ground::open(config(data, "process"), Access::Server).await.unwrap()
    }

    fn first_hub(ground: &Ground, credentials: &Credentials) -> Arc<Hub> {
        let tenant = credentials.tenant().unwrap();
        ground.registry.hubs(tenant, PageQuery { number: 0, size: 1 }).items.remove(0)
    }

    #[tokio::test]
    async fn a_first_start_that_dies_before_the_tenant_is_kept_is_repeated_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let dying = open(folder.path()).await;
        dying.store.close().await.unwrap();
        assert!(dying.demo_credentials(URL).await.is_err(), "nothing can be kept any more");
        let lost = dying.known_credentials().unwrap().expect("the secrets were written down first");
        drop(dying);

        let next = open(folder.path()).await;
        assert!(next.registry.is_empty());
        next.demo_credentials(URL).await.unwrap();
        let known = next.known_credentials().unwrap().unwrap();
        assert_ne!(known.tenant(), lost.tenant());
        assert_eq!(first_hub(&next, &known).name, "First hub");
        assert_eq!(next.registry.integrations_of(first_hub(&next, &known).id).len(), 4);
    }

    #[tokio::test]
    async fn a_file_of_a_tenant_that_never_was_is_not_shown_as_the_credentials() {
        let folder = tempfile::tempdir().unwrap();
        let dying = open(folder.path()).await;
        dying.store.close().await.unwrap();
        assert!(dying.demo_credentials(URL).await.is_err());
        drop(dying);
        create_tenant(config(folder.path(), "process"), "acme").await.unwrap();
        let next = open(folder.path()).await;
        assert!(matches!(next.demo_credentials(URL).await.unwrap(), DemoCredentials::Gone));
    }

    #[tokio::test]
    async fn a_run_in_memory_gives_the_databases_credentials_back() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path()).await;
        first.demo_credentials(URL).await.unwrap();
        let tenant = first.known_credentials().unwrap().unwrap().tenant();
        drop(first);
        for _ in 0..2 {
            let in_memory = Ground::open(config(folder.path(), "memory"), Access::Server).await.unwrap();
            in_memory.demo_credentials(URL).await.unwrap();
            assert_ne!(in_memory.known_credentials().unwrap().unwrap().tenant(), tenant);
        }
        let again = open(folder.path()).await;
        assert!(matches!(again.demo_credentials(URL).await.unwrap(), DemoCredentials::In(_)));
        assert_eq!(again.known_credentials().unwrap().unwrap().tenant(), tenant);
    }

    #[tokio::test]
    async fn the_credentials_are_for_their_owner_only_whatever_was_left_in_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let draft = folder.path().join("credentials.json.new");
        fs::write(&draft, "half of an older file").unwrap();
        fs::set_permissions(&draft, fs::Permissions::from_mode(0o644)).unwrap();
        let DemoCredentials::In(path) = open(folder.path()).await.demo_credentials(URL).await.unwrap() else {
            panic!("a first start writes the file");
        };
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!draft.exists());
    }

    #[tokio::test]
    async fn a_tenant_is_not_created_where_nothing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let refused = create_tenant(config(folder.path(), "memory"), "acme").await;
        assert!(matches!(refused, Err(StartError::NothingIsKept)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was touched");
    }

    #[tokio::test]
    async fn a_command_leaves_signing_keys_and_conversations_to_the_server() {
        let folder = tempfile::tempdir().unwrap();
        create_tenant(config(folder.path(), "process"), "acme").await.unwrap();
        let ground = open(folder.path()).await;
        assert!(ground.store.configuration().await.unwrap().signing_keys.is_empty());
        ground.close().await.unwrap();
        let rooms = Rooms::open(config(folder.path(), "process")).await.unwrap();
        assert_eq!(rooms.ground.store.configuration().await.unwrap().signing_keys.len(), 1);
    }
}
