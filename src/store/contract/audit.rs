//! The audit log's side of the contract.

use super::samples::{HARD_TEXT, kept_tenant};
use crate::domain::audit::{Action, Actor, AuditEntry, AuditKind, Who};
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, TenantId};
use crate::store::{AuditPage, AuditQuery, Retention, Store, StoreError, Write};

fn entry(tenant: TenantId, at: i64, kind: AuditKind, id: &str) -> AuditEntry {
    let by = Actor::operator(tenant);
    let (at, id) = (Millis(at), id.to_owned());
    AuditEntry { by, at, action: Action::Created, kind, id, name: "n".to_owned(), changed: Vec::new() }
}

/// Two entries in which every field says something.
fn telling(tenant: TenantId) -> [AuditEntry; 2] {
    let by = |secret, address: &str| Actor {
        tenant,
        who: Who::Client { client: ClientId::from(HARD_TEXT), secret },
        address: Some(address.parse().unwrap()),
    };
    let changed = vec!["name".to_owned(), HARD_TEXT.to_owned()];
    let text = || HARD_TEXT.to_owned();
    let updated = AuditEntry {
        by: by(Some(u32::MAX), "::1"),
        at: Millis(-1),
        action: Action::Updated,
        kind: AuditKind::Team,
        id: text(),
        name: text(),
        changed,
    };
    let deleted = AuditEntry {
        by: by(None, "192.0.2.1"),
        action: Action::Deleted,
        kind: AuditKind::Token,
        changed: Vec::new(),
        ..updated.clone()
    };
    [updated, deleted]
}

fn everything(tenant: TenantId) -> AuditQuery {
    AuditQuery { tenant, kind: None, id: None, since: None, until: None, skip: 0, limit: usize::MAX }
}

async fn keep(store: &dyn Store, entries: impl IntoIterator<Item = AuditEntry>) -> Result<(), StoreError> {
    store.commit(entries.into_iter().map(Write::PutAuditEntry).collect()).await
}

pub(crate) async fn entries_read_back_with_the_newest_first(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let plain = entry(owner, 9, AuditKind::Hub, "1");
    let [updated, deleted] = telling(owner);
    keep(store, [plain.clone(), updated.clone()]).await.unwrap();
    keep(store, [deleted.clone()]).await.unwrap();
    let page = store.audit(everything(owner)).await.unwrap();
    assert_eq!(page, AuditPage { entries: vec![deleted, updated, plain], total: 3 });
}

pub(crate) async fn a_page_of_the_log_tells_how_many_entries_were_asked_for(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let entries: Vec<_> = (1..=5).map(|at| entry(owner, at, AuditKind::User, "u")).collect();
    keep(store, entries.clone()).await.unwrap();
    for (skip, limit, expected) in [(0, 2, vec![4, 3]), (2, 2, vec![2, 1]), (4, 2, vec![0]), (5, 2, vec![])] {
        let page = store.audit(AuditQuery { skip, limit, ..everything(owner) }).await.unwrap();
        let expected = expected.into_iter().map(|place: usize| entries[place].clone()).collect();
        assert_eq!(page, AuditPage { entries: expected, total: 5 }, "{skip}");
    }
}

pub(crate) async fn the_log_is_searched_by_thing_and_by_time(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let hub = |at, id| entry(owner, at, AuditKind::Hub, id);
    let entries = [hub(1, "a"), hub(2, "b"), entry(owner, 3, AuditKind::Team, "a"), hub(4, "a")];
    keep(store, entries).await.unwrap();
    let all = everything(owner);
    let (hubs, since, until) = (Some(AuditKind::Hub), Some(Millis(2)), Some(Millis(4)));
    let id = Some("a".to_owned());
    for (query, expected) in [
        (AuditQuery { kind: hubs, ..all.clone() }, vec![4, 2, 1]),
        (AuditQuery { id: id.clone(), ..all.clone() }, vec![4, 3, 1]),
        (AuditQuery { since, ..all.clone() }, vec![4, 3, 2]),
        (AuditQuery { until, ..all.clone() }, vec![3, 2, 1]),
        (AuditQuery { kind: hubs, id, since, until: None, ..all.clone() }, vec![4]),
        (AuditQuery { kind: Some(AuditKind::Command), ..all }, vec![]),
    ] {
        let page = store.audit(query.clone()).await.unwrap();
        let moments: Vec<_> = page.entries.iter().map(|entry| entry.at.0).collect();
        assert_eq!((moments, page.total), (expected.clone(), expected.len()), "{query:?}");
    }
}

pub(crate) async fn a_log_shows_nothing_of_another_tenant(store: &dyn Store) {
    let (one, two) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    keep(store, [entry(one, 1, AuditKind::Hub, "a"), entry(two, 2, AuditKind::Hub, "a")]).await.unwrap();
    let page = store.audit(everything(one)).await.unwrap();
    assert_eq!(page, AuditPage { entries: vec![entry(one, 1, AuditKind::Hub, "a")], total: 1 });
    let nobody = TenantId::new();
    assert_eq!(store.audit(everything(nobody)).await.unwrap(), AuditPage::default());
    assert!(keep(store, [entry(nobody, 1, AuditKind::Hub, "a")]).await.is_err());
}

pub(crate) async fn old_entries_of_the_log_go(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    keep(store, (1..=1200).map(|at| entry(owner, at, AuditKind::User, "u"))).await.unwrap();
    let for_ever = Millis(i64::MIN);
    let retention =
        Retention { events: for_ever, idempotency: for_ever, audit: Millis(1199), deliveries: for_ever };
    store.prune(retention).await.unwrap();
    let page = store.audit(everything(owner)).await.unwrap();
    assert_eq!(page.entries.iter().map(|entry| entry.at.0).collect::<Vec<_>>(), [1200, 1199]);
    keep(store, [entry(owner, 1, AuditKind::User, "late")]).await.unwrap();
    assert_eq!(store.audit(everything(owner)).await.unwrap().entries[0].id, "late");
}
