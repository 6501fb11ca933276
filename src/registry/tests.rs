//! Changes whose callers go away, what another process writes, and what an update leaves alone.

mod accounts;
mod audit;
mod commands;
mod directory;
mod former_keys;
mod secrets;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::*;
use crate::domain::audit::Actor;
use crate::domain::clock::{ManualClock, Millis};
use crate::domain::hub::HubStatus;
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::store::{Access, SqliteStore, Syncs};

/// A registry with one tenant, which has one hub with one integration.
struct Bench {
    registry: Arc<Registry>,
    store: Arc<SqliteStore>,
    clock: ManualClock,
    tenant: TenantId,
    hub: Arc<Hub>,
    integration: Arc<Integration>,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Millis(1_700_000_000_000));
        let store = SqliteStore::open(folder.path(), Syncs::WriteBack, Access::Server).unwrap();
        let registry = load(store.clone(), &clock).await;
        let tenant = registry.create_tenant("demo").await.unwrap().tenant.id;
        let hub = registry.create_hub(Actor::operator(tenant), hub("Sales"), None).await.unwrap();
        let integration =
            registry.create_integration(Actor::operator(tenant), hub.id, bot("Bot"), None).await.unwrap();
        Self { registry, store, clock, tenant, hub, integration, folder }
    }

    /// What is kept, as a registry finds it that starts now.
    async fn restarted(&self) -> Arc<Registry> {
        load(self.store.clone(), &self.clock).await
    }

    /// A registry of another process, on the same data.
    async fn beside(&self) -> Arc<Registry> {
        let store = SqliteStore::open(self.folder.path(), Syncs::WriteBack, Access::Tool).unwrap();
        load(store, &self.clock).await
    }

    /// Names of the hubs and of their integrations.
    fn names(&self, registry: &Registry) -> Vec<String> {
        let all = PageQuery { number: 0, size: 100 };
        let hubs = registry.hubs(self.tenant, all).items.into_iter().map(|hub| hub.name.clone());
        let integrations = registry.integrations(self.tenant, None, all).items;
        hubs.chain(integrations.into_iter().map(|integration| integration.name.clone())).collect()
    }
}

async fn load(store: Arc<SqliteStore>, clock: &ManualClock) -> Arc<Registry> {
    let sealer = Arc::new(Sealer::new(&[7; 32]));
    Arc::new(Registry::load(store, sealer, Arc::new(clock.clone())).await.unwrap())
}

fn hub(name: &str) -> HubSpec {
    HubSpec {
        name: name.to_owned(),
        description: String::new(),
        close_dormant_days: 0,
        status: HubStatus::Active,
    }
}

fn bot(name: &str) -> IntegrationSpec {
    integration(name, ConfigurationSpec::FaqBot)
}

fn direct(name: &str) -> IntegrationSpec {
    integration(name, ConfigurationSpec::Direct(DirectSpec::default()))
}

fn integration(name: &str, configuration: ConfigurationSpec) -> IntegrationSpec {
    let kind = IntegrationType::Customer;
    IntegrationSpec { name: name.to_owned(), kind, status: IntegrationStatus::Active, configuration }
}

fn renamed(name: &str) -> IntegrationPatch {
    IntegrationPatch { name: Some(name.to_owned()), ..IntegrationPatch::default() }
}

async fn user(registry: &Arc<Registry>, tenant: TenantId, name: &str) -> Arc<User> {
    registry.create_user(Actor::operator(tenant), UserSpec::named(name), None, |_| ()).await.unwrap().0
}

/// Starts a change and hangs up before it is committed.
fn begin_and_hang_up<T>(change: impl Future<Output = T>) {
    let mut change = std::pin::pin!(change);
    assert!(matches!(change.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
}

#[tokio::test]
async fn a_hub_whose_creator_hung_up_is_there_for_whoever_tries_again() {
    let bench = Bench::new().await;
    begin_and_hang_up(bench.registry.create_hub(Actor::operator(bench.tenant), hub("Support"), None));
    let again = bench.registry.create_hub(Actor::operator(bench.tenant), hub("SUPPORT"), None).await;
    assert!(matches!(again, Err(RegistryError::NameTaken)), "{again:?}");
    assert_eq!(bench.names(&bench.registry), ["Sales", "Support", "Bot"]);
    assert_eq!(bench.names(&*bench.restarted().await), ["Sales", "Support", "Bot"]);
}

#[tokio::test]
async fn every_change_is_carried_out_when_its_caller_hangs_up() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let other = registry.create_hub(Actor::operator(tenant), hub("Other"), None).await.unwrap();
    let doomed =
        registry.create_integration(Actor::operator(tenant), other.id, bot("Doomed"), None).await.unwrap();
    begin_and_hang_up(registry.delete_integration(Actor::operator(tenant), doomed.id));
    user(registry, tenant, "in turn").await;
    assert!(registry.integration(tenant, doomed.id).is_none());

    begin_and_hang_up(registry.create_integration(Actor::operator(tenant), other.id, bot("Late"), None));
    user(registry, tenant, "in turn").await;
    begin_and_hang_up(registry.update_integration(
        Actor::operator(tenant),
        bench.integration.id,
        renamed("Renamed"),
    ));
    user(registry, tenant, "in turn").await;
    assert_eq!(bench.names(registry), ["Sales", "Other", "Renamed", "Late"]);

    let patch = HubPatch { name: Some("Moved".to_owned()), ..HubPatch::default() };
    begin_and_hang_up(registry.update_hub(Actor::operator(tenant), bench.hub.id, patch));
    user(registry, tenant, "in turn").await;
    begin_and_hang_up(registry.delete_hub(Actor::operator(tenant), other.id));
    user(registry, tenant, "in turn").await;
    assert_eq!(bench.names(registry), ["Moved", "Renamed"]);

    begin_and_hang_up(registry.create_user(Actor::operator(tenant), UserSpec::named("gone"), None, |_| ()));
    let next = user(registry, tenant, "next").await;
    assert_eq!(next.number, 7, "the numbers before it are given");

    begin_and_hang_up(registry.create_tenant("acme"));
    assert!(matches!(registry.create_tenant("Acme").await, Err(RegistryError::OrgIdTaken)));
    assert_eq!(bench.names(&*bench.restarted().await), bench.names(registry));
}

#[tokio::test]
async fn the_number_of_a_deleted_hub_is_not_given_again_after_a_restart() {
    let bench = Bench::new().await;
    let by = || Actor::operator(bench.tenant);
    let doomed = bench.registry.create_hub(by(), hub("Doomed"), None).await.unwrap();
    bench.registry.delete_hub(by(), doomed.id).await.unwrap();
    let restarted = bench.restarted().await;
    let next = restarted.create_hub(by(), hub("Next"), None).await.unwrap();
    assert_eq!(next.number, doomed.number + 1);
    assert!(restarted.hub_numbered(bench.tenant, doomed.number).is_none());
}

#[tokio::test]
async fn what_the_store_refuses_is_not_shown_and_ends_the_turn() {
    let bench = Bench::new().await;
    bench.store.close().await.unwrap();
    for _ in 0..2 {
        let refused = bench.registry.create_hub(Actor::operator(bench.tenant), hub("Support"), None).await;
        assert!(matches!(refused, Err(RegistryError::Store(StoreError::Closed))), "{refused:?}");
        assert!(bench.registry.create_tenant("acme").await.is_err());
    }
    assert_eq!(bench.names(&bench.registry), ["Sales", "Bot"]);
    assert_eq!(bench.registry.organization(&OrgId::from("acme")), None);
}

#[tokio::test]
async fn taking_up_what_another_wrote_brings_nothing_back_and_undoes_nothing() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let doomed = registry
        .create_integration(Actor::operator(tenant), bench.hub.id, bot("Doomed"), None)
        .await
        .unwrap();
    // The store reads on a thread of its own and may be done at once: a reload has to be caught while it reads.
    let reload = loop {
        let mut reload = Box::pin(registry.reload());
        if reload.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            break reload;
        }
    };
    registry.delete_integration(Actor::operator(tenant), doomed.id).await.unwrap();
    registry
        .update_integration(Actor::operator(tenant), bench.integration.id, renamed("Renamed"))
        .await
        .unwrap();
    reload.await.unwrap();
    assert_eq!(bench.names(registry), ["Sales", "Renamed"]);
}

#[tokio::test]
async fn a_tenant_that_another_process_added_is_taken_up_with_all_it_has() {
    let bench = Bench::new().await;
    let beside = bench.beside().await;
    let (mut draft, new) = beside.draft_tenant("Acme").unwrap();
    let user = draft.user(UserSpec::named("Alex"));
    let members = vec![user.id.clone()];
    let team = draft.team(TeamSpec { name: "Support".to_owned(), members, ..TeamSpec::default() });
    let first = draft.hub(hub("First"));
    let line = draft.integration(first.id, direct("Line"));
    beside.keep_tenant(draft).await.unwrap();

    let registry = &bench.registry;
    assert!(registry.tenant(new.tenant.id).is_none());
    registry.reload().await.unwrap();
    let id = registry.organization(&OrgId::from("acme")).unwrap();
    assert_eq!(id, new.tenant.id);
    assert_eq!(registry.user(id, &user.id), Some(user));
    assert_eq!(registry.team(id, &team.id), Some(team));
    assert_eq!(registry.hub(id, first.id), Some(first.clone()));
    assert_eq!(registry.integration(id, line.id), Some(line.clone()));
    assert_eq!(registry.integrations_of(first.id), [line]);
    assert_eq!(registry.api_key(crate::auth::secret::hash(new.streaming_api_key.expose())), Some(id));
    let known = crate::auth::ClientDirectory::find(&**registry, &new.engine.id).unwrap();
    assert_eq!(known.tenant, id);
    assert_eq!(bench.names(registry), ["Sales", "Bot"]);
}

#[tokio::test]
async fn a_tenant_is_kept_with_everything_in_one_commit() {
    let bench = Bench::new().await;
    let before = bench.store.stats().commits;
    let (mut draft, new) = bench.registry.draft_tenant("Acme").unwrap();
    let first = draft.hub(hub("First"));
    draft.integration(first.id, direct("Line"));
    assert!(bench.registry.organization(&new.tenant.org).is_none());
    bench.registry.keep_tenant(draft).await.unwrap();
    assert_eq!(bench.store.stats().commits - before, 1);
    let taken = bench.registry.create_hub(Actor::operator(new.tenant.id), hub("first"), None).await;
    assert!(matches!(taken, Err(RegistryError::NameTaken)));
}

#[tokio::test]
async fn an_update_of_nothing_keeps_nothing() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let rights = registry.revision();
    let before = bench.store.stats().commits;
    bench.clock.advance(Duration::from_secs(1));
    let same = registry.update_hub(Actor::operator(tenant), bench.hub.id, HubPatch::default()).await.unwrap();
    assert_eq!(same, bench.hub);
    let patch = IntegrationPatch::default();
    let same =
        registry.update_integration(Actor::operator(tenant), bench.integration.id, patch).await.unwrap();
    assert_eq!(same, bench.integration);
    assert_eq!(bench.store.stats().commits, before);
    assert!(!rights.has_changed().unwrap());

    let same = registry
        .update_integration(Actor::operator(tenant), bench.integration.id, renamed("bot"))
        .await
        .unwrap();
    assert_eq!(same.modified, bench.clock.now(), "another case of letters is another name");
}

#[tokio::test]
async fn a_name_is_taken_in_any_case_until_its_owner_is_renamed_or_deleted() {
    let bench = Bench::new().await;
    let (registry, tenant, hub) = (&bench.registry, bench.tenant, bench.hub.id);
    let taken = registry.create_integration(Actor::operator(tenant), hub, bot("BOT"), None).await;
    assert!(matches!(taken, Err(RegistryError::NameTaken)));
    registry
        .update_integration(Actor::operator(tenant), bench.integration.id, renamed("Other"))
        .await
        .unwrap();
    let second = registry.create_integration(Actor::operator(tenant), hub, bot("BOT"), None).await.unwrap();
    let taken = registry.update_integration(Actor::operator(tenant), second.id, renamed("other")).await;
    assert!(matches!(taken, Err(RegistryError::NameTaken)));
    registry.delete_integration(Actor::operator(tenant), bench.integration.id).await.unwrap();
    registry.update_integration(Actor::operator(tenant), second.id, renamed("other")).await.unwrap();
}

#[tokio::test]
async fn a_tenant_has_as_many_hubs_and_a_hub_as_many_integrations_as_may_be_and_not_one_more() {
    let bench = Bench::new().await;
    let (registry, by, two) = (&bench.registry, Actor::operator(bench.tenant), NonZeroUsize::new(2));
    let second = registry.create_hub(by.clone(), hub("Second"), two).await.unwrap();
    let third = registry.create_hub(by.clone(), hub("Third"), two).await;
    assert!(matches!(third, Err(RegistryError::TooManyHubs)), "{third:?}");
    let create = async |hub, name| registry.create_integration(by.clone(), hub, direct(name), two).await;
    create(bench.hub.id, "Second").await.unwrap();
    let third = create(bench.hub.id, "Third").await;
    assert!(matches!(third, Err(RegistryError::TooManyIntegrations)), "{third:?}");
    create(second.id, "Elsewhere").await.unwrap();

    registry.delete_integration(by.clone(), bench.integration.id).await.unwrap();
    create(bench.hub.id, "Third").await.unwrap();
    registry.delete_hub(by.clone(), second.id).await.unwrap();
    registry.create_hub(by, hub("Third"), two).await.unwrap();
}
