//! Customers and what was told of them, as the contract has it.

use serde_json::{Map, json};

use super::samples::{HARD_TEXT, kept_tenant};
use crate::domain::clock::Millis;
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind};
use crate::domain::ids::IntegrationId;
use crate::store::{Retention, Store, Write};

fn push(kind: PushKind, id: &str, links: &[CustomerKey], at: i64) -> Push {
    let data = Map::from_iter([("text".to_owned(), json!(HARD_TEXT))]);
    Push { kind, name: "ORDER".to_owned(), id: id.to_owned(), data, links: links.to_vec(), at: Millis(at) }
}

fn profile(id: &str) -> CustomerKey {
    CustomerKey::Profile(id.to_owned())
}

pub(crate) async fn a_customer_reads_back_until_its_integration_is_gone(store: &dyn Store) {
    let tenant = kept_tenant(store, "one").await;
    let (integration, other) = (IntegrationId::new(), IntegrationId::new());
    let ada = Customer {
        lang: "en_US".to_owned(),
        opted_out: true,
        ..Customer::new(integration, HARD_TEXT.to_owned())
    };
    let elsewhere = Customer::new(other, HARD_TEXT.to_owned());
    let puts = [&ada, &elsewhere].map(|one| Write::PutCustomer(tenant, one.clone()));
    store.commit(puts.to_vec()).await.unwrap();
    assert_eq!(store.customer(tenant, integration, HARD_TEXT).await.unwrap(), Some(ada.clone()));
    assert_eq!(store.customer(tenant, integration, "other").await.unwrap(), None);

    let back = Customer { opted_out: false, ..ada };
    store.commit(vec![Write::PutCustomer(tenant, back.clone())]).await.unwrap();
    assert_eq!(store.customer(tenant, integration, HARD_TEXT).await.unwrap(), Some(back));

    store.commit(vec![Write::DeleteIntegration(integration)]).await.unwrap();
    assert_eq!(store.customer(tenant, integration, HARD_TEXT).await.unwrap(), None);
    assert_eq!(store.customer(tenant, other, HARD_TEXT).await.unwrap(), Some(elsewhere));
}

pub(crate) async fn a_customer_of_another_tenant_is_not_shown_or_taken_over(store: &dyn Store) {
    let (one, two) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let ada = Customer::new(IntegrationId::new(), "ada".to_owned());
    store.commit(vec![Write::PutCustomer(one, ada.clone())]).await.unwrap();
    assert_eq!(store.customer(two, ada.integration, "ada").await.unwrap(), None);
    assert!(store.commit(vec![Write::PutCustomer(two, ada.clone())]).await.is_err());
    assert_eq!(store.customer(one, ada.integration, "ada").await.unwrap(), Some(ada));
}

pub(crate) async fn what_was_told_is_found_by_any_key_of_the_customer_with_the_newest_first(
    store: &dyn Store,
) {
    let (one, two) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    assert_eq!(store.told_of().await.unwrap(), []);
    let keys = [
        CustomerKey::Contact(IntegrationId::new(), HARD_TEXT.to_owned()),
        CustomerKey::Phone("1416".to_owned()),
        CustomerKey::Email("ada@example.com".to_owned()),
        profile("C1"),
    ];
    let data = [
        push(PushKind::Data, "first", &keys[..1], 1),
        push(PushKind::Data, "second", &keys[1..2], 2),
        push(PushKind::Data, "third", &keys[2..], 3),
    ];
    let event = push(PushKind::Event, "first", &keys, 9);
    let others = push(PushKind::Data, "others", &[profile("C2")], 8);
    let puts = data.iter().chain([&event, &others]).map(|push| Write::PutPush(one, push.clone()));
    store.commit(puts.collect()).await.unwrap();
    store.commit(vec![Write::PutPush(two, push(PushKind::Data, "theirs", &keys, 7))]).await.unwrap();

    let of = async |keys: &[CustomerKey], kind, most| {
        let found = store.pushes_of(one, keys, kind, most).await.unwrap();
        found.into_iter().map(|push| push.id).collect::<Vec<_>>()
    };
    assert_eq!(of(&keys, PushKind::Data, 10).await, ["third", "second", "first"]);
    assert_eq!(of(&keys, PushKind::Data, 2).await, ["third", "second"]);
    assert_eq!(of(&keys[..2], PushKind::Data, 10).await, ["second", "first"]);
    assert_eq!(of(&[profile("nobody")], PushKind::Data, 10).await, [""; 0]);
    assert_eq!(of(&[], PushKind::Data, 10).await, [""; 0]);
    assert_eq!(store.pushes_of(one, &keys, PushKind::Event, 10).await.unwrap(), [event]);
    assert_eq!(store.push_count(one, PushKind::Data).await.unwrap(), 4);
    assert_eq!(store.push_count(one, PushKind::Event).await.unwrap(), 1);
    let mut told = store.told_of().await.unwrap();
    told.sort();
    let mut both = vec![one, two];
    both.sort();
    assert_eq!(told, both);
}

pub(crate) async fn what_is_told_again_takes_the_place_of_what_was(store: &dyn Store) {
    let (one, two) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let before = push(PushKind::Data, "o1", &[profile("C1")], 1);
    let after = Push { data: Map::new(), ..push(PushKind::Data, "o1", &[profile("C2")], 2) };
    let theirs = push(PushKind::Data, "o1", &[profile("C1")], 3);
    store.commit(vec![Write::PutPush(one, before), Write::PutPush(two, theirs.clone())]).await.unwrap();
    store.commit(vec![Write::PutPush(one, after.clone())]).await.unwrap();
    assert_eq!(store.push(one, PushKind::Data, "ORDER", "o1").await.unwrap(), Some(after.clone()));
    assert_eq!(store.push(two, PushKind::Data, "ORDER", "o1").await.unwrap(), Some(theirs));
    assert_eq!(store.push(one, PushKind::Event, "ORDER", "o1").await.unwrap(), None);
    assert_eq!(store.push(one, PushKind::Data, "PAID", "o1").await.unwrap(), None);
    assert_eq!(store.pushes_of(one, &[profile("C1")], PushKind::Data, 9).await.unwrap(), []);
    assert_eq!(store.pushes_of(one, &[profile("C2")], PushKind::Data, 9).await.unwrap(), [after]);
    assert_eq!(store.push_count(one, PushKind::Data).await.unwrap(), 1);
}

pub(crate) async fn events_go_for_their_age_and_things_stay(store: &dyn Store) {
    let tenant = kept_tenant(store, "one").await;
    let key = [profile("C1")];
    let all = [
        push(PushKind::Event, "old", &key, 1),
        push(PushKind::Event, "new", &key, 5),
        push(PushKind::Data, "old", &key, 1),
    ];
    store.commit(all.iter().map(|one| Write::PutPush(tenant, one.clone())).collect()).await.unwrap();
    let for_ever = Millis(i64::MIN);
    let retention = Retention {
        events: Millis(5),
        idempotency: for_ever,
        audit: for_ever,
        deliveries: for_ever,
        notifications: for_ever,
    };
    store.prune(retention).await.unwrap();
    assert_eq!(store.pushes_of(tenant, &key, PushKind::Event, 9).await.unwrap(), all[1..2]);
    assert_eq!(store.pushes_of(tenant, &key, PushKind::Data, 9).await.unwrap(), all[2..]);
}

pub(crate) async fn customers_and_what_was_told_of_them_are_counted_as_they_come_and_go(store: &dyn Store) {
    let (one, two) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let counts = async |tenant| {
        let data = store.push_count(tenant, PushKind::Data).await.unwrap();
        let events = store.push_count(tenant, PushKind::Event).await.unwrap();
        (store.customer_count(tenant).await.unwrap(), data, events)
    };
    assert_eq!(counts(one).await, (0, 0, 0));
    let (integration, other) = (IntegrationId::new(), IntegrationId::new());
    let customer = |integration, binding: &str| Customer::new(integration, binding.to_owned());
    let told = |kind, id: &str, at| Write::PutPush(one, push(kind, id, &[profile("C1")], at));
    let writes = vec![
        Write::PutCustomer(one, customer(integration, "ada")),
        Write::PutCustomer(one, customer(integration, "eve")),
        Write::PutCustomer(one, Customer { opted_out: true, ..customer(integration, "ada") }),
        Write::PutCustomer(one, customer(other, "ada")),
        told(PushKind::Data, "o1", 1),
        told(PushKind::Data, "o2", 1),
        told(PushKind::Data, "o1", 2),
        told(PushKind::Event, "e1", 1),
        told(PushKind::Event, "e2", 3),
    ];
    store.commit(writes).await.unwrap();
    assert_eq!((counts(one).await, counts(two).await), ((3, 2, 2), (0, 0, 0)));
    let refused = vec![told(PushKind::Data, "o3", 1), Write::PutCustomer(two, customer(other, "ada"))];
    assert!(store.commit(refused).await.is_err());
    assert_eq!(counts(one).await, (3, 2, 2), "nothing of it is kept");
    store.commit(vec![Write::DeleteIntegration(integration)]).await.unwrap();
    store.prune(Retention { events: Millis(3), ..Retention::NONE }).await.unwrap();
    assert_eq!(counts(one).await, (1, 2, 1));
    let again = vec![told(PushKind::Event, "e1", 4), Write::PutCustomer(one, customer(integration, "ada"))];
    store.commit(again).await.unwrap();
    assert_eq!(counts(one).await, (2, 2, 2));
}
