//! Deliveries as the contract has them: kept in order, found by who they go to and how they stand, and pruned.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::samples::{ALL, HARD_TEXT, kept_tenant, rows};
use crate::domain::clock::Millis;
use crate::domain::delivery::{
    Attempt, Delivery, DeliveryForm, DeliveryNo, DeliveryStatus, Endpoint, Progress,
};
use crate::domain::ids::{ClientId, ConversationId, DeliveryId, HubId, IntegrationId, TenantId};
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::store::{
    DeliveryHead, DeliveryQuery, DeliveryRecord, IntegrationRecord, LeftAlone, Page, PendingQuery,
    PendingTotal, Retention, StoppedEndpoint, Store, ToldFate, ToldQuery, Write,
};

const FOR_EVER: Millis = Millis(i64::MIN);

/// A delivery that was kept at the moment of its number.
fn record(tenant: TenantId, endpoint: &Endpoint, number: u64) -> DeliveryRecord {
    DeliveryRecord {
        number: DeliveryNo(number),
        delivery: Delivery {
            id: DeliveryId::new(),
            tenant,
            endpoint: endpoint.clone(),
            conversation: ConversationId::new(),
            hub: HubId::new(),
            form: DeliveryForm::Direct,
            event_id: Some(number.cast_signed()),
            envelope: format!("{{\"a\":\"{HARD_TEXT}\"").into(),
            item: format!("{{\"n\":{number}}}").into(),
        },
        created: Millis(number.cast_signed()),
        progress: Progress::default(),
    }
}

fn settled(status: DeliveryStatus) -> Progress {
    let attempts = vec![
        Attempt { at: Millis(-1), status_code: Some(500), error: Some(HARD_TEXT.to_owned()), duration_ms: 0 },
        Attempt { at: Millis(i64::MAX), status_code: None, error: None, duration_ms: u64::MAX },
    ];
    Progress { status, tries: u32::MAX, next_attempt: Some(Millis(i64::MAX)), attempts }
}

fn integration() -> Endpoint {
    Endpoint::Integration(IntegrationId::new())
}

fn app() -> Endpoint {
    Endpoint::App(ClientId::from(HARD_TEXT))
}

async fn keep(store: &dyn Store, records: &[DeliveryRecord]) {
    store.commit(records.iter().cloned().map(Write::PutDelivery).collect()).await.unwrap();
}

async fn note(store: &dyn Store, record: &DeliveryRecord, status: DeliveryStatus) -> DeliveryRecord {
    let progress = settled(status);
    store.commit(vec![Write::NoteDelivery(record.number, progress.clone())]).await.unwrap();
    DeliveryRecord { progress, ..record.clone() }
}

async fn pending(store: &dyn Store, tenant: TenantId, endpoint: &Endpoint) -> Vec<DeliveryRecord> {
    store.pending_deliveries(query(tenant, endpoint, 0, ALL)).await.unwrap()
}

fn query(tenant: TenantId, endpoint: &Endpoint, after: u64, page: Page) -> PendingQuery {
    let after = DeliveryNo(after);
    PendingQuery { tenant, endpoint: endpoint.clone(), conversation: None, after, page }
}

fn heads<const N: usize>(records: [&DeliveryRecord; N]) -> Vec<DeliveryHead> {
    records.into_iter().cloned().map(DeliveryHead::from).collect()
}

pub(crate) async fn what_is_to_be_sent_reads_back_in_order_and_in_pages(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let (one, other) = (integration(), app());
    let records: Vec<_> = (1..=4).map(|n| record(owner, &one, n)).collect();
    let system = record(owner, &other, 5);
    let system =
        DeliveryRecord { delivery: Delivery { form: DeliveryForm::System, ..system.delivery }, ..system };
    keep(store, &records).await;
    keep(store, std::slice::from_ref(&system)).await;

    assert_eq!(pending(store, owner, &one).await, records);
    assert_eq!(pending(store, owner, &other).await, [system]);
    let page = |after, page| store.pending_deliveries(query(owner, &one, after, page));
    assert_eq!(page(1, rows(2)).await.unwrap(), records[1..3]);
    assert_eq!(page(4, ALL).await.unwrap(), []);
    let bytes = records[0].delivery.bytes() * 2;
    assert_eq!(page(0, Page { rows: 9, bytes }).await.unwrap(), records[..2]);
    assert_eq!(page(0, Page { rows: 9, bytes: 1 }).await.unwrap(), records[..1]);
    assert_eq!(store.newest_delivery().await.unwrap(), DeliveryNo(5));
}

pub(crate) async fn what_is_to_be_sent_is_read_by_conversation(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let (one, other) = (integration(), app());
    let mut records: Vec<_> = (1..=5).map(|n| record(owner, &one, n)).collect();
    records.push(record(owner, &other, 6));
    let talk = ConversationId::new();
    for number in [1, 3, 4, 6] {
        records[number - 1].delivery.conversation = talk;
    }
    keep(store, &records).await;
    note(store, &records[3], DeliveryStatus::Dead).await;

    let page = |talk, after, page| {
        store.pending_deliveries(PendingQuery { conversation: Some(talk), ..query(owner, &one, after, page) })
    };
    assert_eq!(page(talk, 0, ALL).await.unwrap(), [records[0].clone(), records[2].clone()]);
    assert_eq!(page(talk, 0, rows(1)).await.unwrap(), records[..1]);
    assert_eq!(page(talk, 1, ALL).await.unwrap(), records[2..3]);
    assert_eq!(page(talk, 3, ALL).await.unwrap(), []);
    assert_eq!(page(ConversationId::new(), 0, ALL).await.unwrap(), []);
}

pub(crate) async fn a_delivery_is_kept_with_the_rest_of_its_commit_or_not_at_all(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let (one, first) = (integration(), 1);
    keep(store, &[record(owner, &one, first)]).await;
    let second = record(owner, &one, 2);
    let refused = store
        .commit(vec![Write::PutDelivery(second.clone()), Write::PutDelivery(record(owner, &one, first))])
        .await;
    assert!(refused.is_err());
    assert_eq!(pending(store, owner, &one).await.len(), 1);
    keep(store, std::slice::from_ref(&second)).await;
    assert_eq!(pending(store, owner, &one).await[1..], [second]);
}

pub(crate) async fn progress_reads_back_and_what_is_settled_is_not_to_be_sent(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let one = integration();
    let records: Vec<_> = (1..=3).map(|n| record(owner, &one, n)).collect();
    keep(store, &records).await;
    let waiting = note(store, &records[0], DeliveryStatus::Pending).await;
    let delivered = note(store, &records[1], DeliveryStatus::Delivered).await;
    let dead = note(store, &records[2], DeliveryStatus::Dead).await;
    store.commit(vec![Write::NoteDelivery(DeliveryNo(9), Progress::default())]).await.unwrap();

    assert_eq!(pending(store, owner, &one).await, std::slice::from_ref(&waiting));
    for record in [&waiting, &delivered, &dead] {
        let found = store.delivery(owner, record.delivery.id).await.unwrap();
        assert_eq!(found, Some(DeliveryHead::from(record.clone())));
    }
    let replayed = dead.progress.clone().replayed();
    store.commit(vec![Write::NoteDelivery(dead.number, replayed.clone())]).await.unwrap();
    let again = DeliveryRecord { progress: replayed, ..dead };
    assert_eq!(pending(store, owner, &one).await, [waiting, again]);
}

pub(crate) async fn endpoints_to_which_something_is_to_be_sent_are_found(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    assert_eq!(store.pending_endpoints().await.unwrap(), []);
    let (one, two, three) = (integration(), app(), integration());
    let done = record(other, &three, 5);
    keep(store, &[record(owner, &one, 1), record(owner, &one, 2), record(other, &two, 3), done.clone()])
        .await;
    note(store, &done, DeliveryStatus::Dead).await;
    let found = store.pending_endpoints().await.unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.contains(&(owner, one)) && found.contains(&(other, two)), "{found:?}");
}

pub(crate) async fn all_that_is_to_be_sent_is_counted_from_the_one_that_was_kept_first(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let total = async || store.pending_total().await.unwrap();
    assert_eq!(total().await, PendingTotal::default());
    let (one, two) = (integration(), app());
    let records = [record(owner, &one, 3), record(other, &two, 4), record(owner, &one, 5)];
    keep(store, &records).await;
    assert_eq!(total().await, PendingTotal { count: 3, oldest: Some(Millis(3)) });
    note(store, &records[0], DeliveryStatus::Delivered).await;
    note(store, &records[2], DeliveryStatus::Pending).await;
    assert_eq!(total().await, PendingTotal { count: 2, oldest: Some(Millis(4)) });
    note(store, &records[1], DeliveryStatus::Dead).await;
    assert_eq!(total().await, PendingTotal { count: 1, oldest: Some(Millis(5)) });
}

pub(crate) async fn deliveries_are_listed_by_endpoint_status_and_age_the_newest_first(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let (one, other) = (integration(), integration());
    let [first, second, third] = [1, 2, 3].map(|n| record(owner, &one, n));
    keep(store, &[first.clone(), second.clone(), third.clone(), record(owner, &other, 4)]).await;
    let first = note(store, &first, DeliveryStatus::Dead).await;
    let second = note(store, &second, DeliveryStatus::Delivered).await;
    let all = DeliveryQuery::all(owner, one.clone());

    let list = |query: DeliveryQuery| async move {
        let page = store.deliveries(query.clone()).await.unwrap();
        assert_eq!(store.delivery_heads(query).await.unwrap(), page.deliveries);
        (page.deliveries, page.total)
    };
    assert_eq!(list(all.clone()).await, (heads([&third, &second, &first]), 3));
    assert_eq!(list(DeliveryQuery { skip: 1, limit: 1, ..all.clone() }).await, (heads([&second]), 3));
    for (status, expected) in [
        (DeliveryStatus::Pending, &third),
        (DeliveryStatus::Delivered, &second),
        (DeliveryStatus::Dead, &first),
    ] {
        let query = DeliveryQuery { status: Some(status), ..all.clone() };
        assert_eq!(list(query).await, (heads([expected]), 1));
    }
    let late = DeliveryQuery { since: Some(Millis(2)), ..all.clone() };
    assert_eq!(list(late.clone()).await, (heads([&third, &second]), 2));
    assert_eq!(list(DeliveryQuery { before: Some(DeliveryNo(3)), ..late }).await, (heads([&second]), 1));
}

pub(crate) async fn what_became_of_what_an_endpoint_was_told_is_found_by_activity(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let endpoint = kept_integration(store, owner).await;
    let conversation = ConversationId::new();
    let told = |number: u64, event_id: Option<i64>, endpoint: &Endpoint| {
        let mut record = record(owner, endpoint, number);
        (record.delivery.conversation, record.delivery.event_id) = (conversation, event_id);
        record
    };
    let records = [
        told(1, Some(30), &endpoint),
        told(2, Some(20), &endpoint),
        told(3, Some(10), &endpoint),
        told(4, Some(40), &endpoint),
        told(5, Some(50), &endpoint),
        told(6, None, &endpoint),
        told(7, Some(30), &integration()),
        record(owner, &endpoint, 8),
    ];
    keep(store, &records).await;
    let attempt =
        |error: Option<&str>| Attempt::new(Millis(1), None, error.map(str::to_owned), Duration::ZERO);
    let mut taken = Progress::default();
    taken.note(attempt(None), DeliveryStatus::Delivered, None, NonZeroUsize::MIN);
    let mut dead = Progress::default();
    dead.note(attempt(Some("none")), DeliveryStatus::Dead, None, NonZeroUsize::MIN);
    let notes = [(1, taken.clone()), (2, dead.clone()), (4, taken.replayed()), (5, dead.replayed())];
    let notes = notes.map(|(number, progress)| Write::NoteDelivery(DeliveryNo(number), progress));
    store.commit(notes.to_vec()).await.unwrap();

    let asked = |tenant, first, last| {
        let (endpoint, store) = (endpoint.clone(), &store);
        async move {
            let query = ToldQuery { tenant, endpoint, conversation, first, last };
            let found = store.told(query).await.unwrap();
            found.into_iter().map(|ToldFate { event_id, status }| (event_id, status)).collect::<Vec<_>>()
        }
    };
    let all = [
        (10, DeliveryStatus::Pending),
        (20, DeliveryStatus::Dead),
        (30, DeliveryStatus::Delivered),
        (40, DeliveryStatus::Delivered),
        (50, DeliveryStatus::Pending),
    ];
    assert_eq!(asked(owner, i64::MIN, i64::MAX).await, all);
    assert_eq!(asked(owner, 20, 30).await, all[1..3]);
    assert_eq!(asked(owner, 30, 20).await, []);
    assert_eq!(asked(kept_tenant(store, "two").await, 10, 50).await, []);
    prune(store, Millis(3)).await;
    assert_eq!(asked(owner, 10, 40).await, [all[0], all[3]], "what is settled goes for its age");
}

pub(crate) async fn deliveries_show_nothing_of_another_tenant(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let one = integration();
    let kept = record(owner, &one, 1);
    keep(store, std::slice::from_ref(&kept)).await;
    assert_eq!(pending(store, other, &one).await, []);
    assert_eq!(store.delivery(other, kept.delivery.id).await.unwrap(), None);
    assert_eq!(store.deliveries(DeliveryQuery::all(other, one.clone())).await.unwrap().total, 0);
    assert_eq!(store.delivery_heads(DeliveryQuery::all(other, one)).await.unwrap(), []);
}

pub(crate) async fn stopped_endpoints_are_remembered_until_they_go_on(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let stopped = |endpoint, at| StoppedEndpoint { tenant: owner, endpoint, configured: Millis(at) };
    let (one, two) = (stopped(integration(), 1), stopped(app(), 2));
    let put = [&one, &two].map(|one| Write::StopEndpoint(one.clone()));
    store.commit(put.to_vec()).await.unwrap();
    let again = StoppedEndpoint { configured: Millis(3), ..one.clone() };
    store
        .commit(vec![Write::StopEndpoint(again.clone()), Write::ResumeEndpoint(two.endpoint)])
        .await
        .unwrap();
    assert_eq!(store.stopped_endpoints().await.unwrap(), [again]);
}

pub(crate) async fn old_deliveries_go_unless_they_are_to_be_sent(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let endpoint = kept_integration(store, owner).await;
    let records: Vec<_> = (1..=4).map(|n| record(owner, &endpoint, n)).collect();
    keep(store, &records).await;
    note(store, &records[1], DeliveryStatus::Delivered).await;
    note(store, &records[2], DeliveryStatus::Dead).await;
    let young = note(store, &records[3], DeliveryStatus::Dead).await;
    prune(store, Millis(4)).await;
    let left = store.deliveries(DeliveryQuery::all(owner, endpoint)).await.unwrap().deliveries;
    assert_eq!(left, heads([&young, &records[0]]));
}

pub(crate) async fn what_went_to_a_deleted_integration_goes(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let endpoint = kept_integration(store, owner).await;
    let Endpoint::Integration(id) = endpoint else { unreachable!("it was made of one") };
    let many: Vec<_> = (1..=1_200).map(|n| record(owner, &endpoint, n)).collect();
    keep(store, &many).await;
    let stopped = StoppedEndpoint { tenant: owner, endpoint: endpoint.clone(), configured: Millis(1) };
    store.commit(vec![Write::StopEndpoint(stopped), Write::DeleteIntegration(id)]).await.unwrap();
    prune(store, FOR_EVER).await;
    assert_eq!(store.deliveries(DeliveryQuery::all(owner, endpoint)).await.unwrap().total, 0);
    assert_eq!(store.pending_endpoints().await.unwrap(), []);
    assert_eq!(store.stopped_endpoints().await.unwrap(), []);
}

pub(crate) async fn endpoints_are_left_alone_until_the_latest_moment_and_that_goes_with_them(
    store: &dyn Store,
) {
    let owner = kept_tenant(store, "one").await;
    let there = kept_integration(store, owner).await;
    let left = |endpoint: &Endpoint, until| LeftAlone {
        tenant: owner,
        endpoint: endpoint.clone(),
        until: Millis(until),
    };
    let app = app();
    let noted = [left(&there, 5), left(&there, 3), left(&app, 1), left(&app, 2)];
    store.commit(noted.map(Write::LeaveEndpointAlone).to_vec()).await.unwrap();
    let found = store.endpoints_left_alone().await.unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.contains(&left(&there, 5)) && found.contains(&left(&app, 2)), "{found:?}");
    prune(store, FOR_EVER).await;
    assert_eq!(store.endpoints_left_alone().await.unwrap(), [left(&there, 5)]);
}

pub(crate) async fn that_an_endpoint_is_stopped_goes_with_it(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let there = kept_integration(store, owner).await;
    let stopped = |endpoint| StoppedEndpoint { tenant: owner, endpoint, configured: Millis(1) };
    let [there, gone, app] = [there, integration(), app()].map(stopped);
    store.commit([&there, &gone, &app].map(|one| Write::StopEndpoint(one.clone())).to_vec()).await.unwrap();
    prune(store, FOR_EVER).await;
    assert_eq!(store.stopped_endpoints().await.unwrap(), [there]);
}

async fn prune(store: &dyn Store, deliveries: Millis) {
    let retention = Retention { deliveries, ..Retention::NONE };
    store.prune(retention).await.unwrap();
}

async fn kept_integration(store: &dyn Store, tenant: TenantId) -> Endpoint {
    let record = IntegrationRecord {
        id: IntegrationId::new(),
        tenant,
        hub: HubId::new(),
        name: "hook".to_owned(),
        kind: IntegrationType::System,
        status: IntegrationStatus::Active,
        configuration: "{}".to_owned(),
        sealed_key: None,
        created: Millis(1),
        modified: Millis(1),
    };
    let id = record.id;
    store.commit(vec![Write::PutIntegration(record)]).await.unwrap();
    Endpoint::Integration(id)
}
