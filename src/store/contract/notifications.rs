//! Notifications as the contract has them: listed by who they are about, and pruned by age.

use super::samples::{HARD_TEXT, kept_tenant};
use crate::domain::clock::Millis;
use crate::domain::delivery::{Attempt, Endpoint};
use crate::domain::ids::{ClientId, ConversationId, DeliveryId, IntegrationId, NotificationId, TenantId};
use crate::domain::notification::{Notification, Reason};
use crate::store::{NotificationPage, NotificationQuery, Retention, Store, Write};

fn notification(tenant: TenantId, endpoint: &Endpoint, at: i64) -> Notification {
    Notification {
        id: NotificationId::new(),
        tenant,
        endpoint: endpoint.clone(),
        conversation: ConversationId::new(),
        deliveries: vec![DeliveryId::new(), DeliveryId::new()],
        count: 2,
        reason: Reason::Exhausted,
        last: Attempt { at: Millis(at), status_code: None, error: None, duration_ms: 0 },
        at: Millis(at),
    }
}

fn integration() -> Endpoint {
    Endpoint::Integration(IntegrationId::new())
}

fn everything(tenant: TenantId) -> NotificationQuery {
    NotificationQuery { tenant, endpoint: None, skip: 0, limit: usize::MAX }
}

async fn keep(store: &dyn Store, notifications: &[Notification]) {
    let writes = notifications.iter().cloned().map(Write::PutNotification).collect();
    store.commit(writes).await.unwrap();
}

pub(crate) async fn notifications_read_back_with_the_one_that_was_kept_last_first(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let app = Endpoint::App(ClientId::from(HARD_TEXT));
    let attempt = Attempt {
        at: Millis(i64::MIN),
        status_code: Some(599),
        error: Some(HARD_TEXT.to_owned()),
        duration_ms: u64::MAX,
    };
    let telling = Notification {
        deliveries: Vec::new(),
        count: u64::MAX,
        reason: Reason::Stopped,
        last: attempt,
        ..notification(owner, &app, i64::MAX)
    };
    let stopped = Notification { reason: Reason::Stopped, ..notification(owner, &integration(), -1) };
    keep(store, &[telling.clone(), stopped.clone()]).await;
    let page = store.notifications(everything(owner)).await.unwrap();
    assert_eq!(page, NotificationPage { notifications: vec![stopped, telling], total: 2 });
}

pub(crate) async fn notifications_are_listed_by_endpoint_in_pages(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let (one, other) = (integration(), integration());
    let mixed = [&one, &other, &one, &one].into_iter().zip(1..);
    let all: Vec<_> = mixed.map(|(endpoint, at)| notification(owner, endpoint, at)).collect();
    keep(store, &all).await;
    let of_one = NotificationQuery { endpoint: Some(one), ..everything(owner) };
    for (query, expected, total) in [
        (everything(owner), vec![4, 3, 2, 1], 4),
        (of_one.clone(), vec![4, 3, 1], 3),
        (NotificationQuery { skip: 1, limit: 1, ..of_one.clone() }, vec![3], 3),
        (NotificationQuery { skip: 3, ..of_one }, vec![], 3),
        (NotificationQuery { endpoint: Some(integration()), ..everything(owner) }, vec![], 0),
    ] {
        let page = store.notifications(query.clone()).await.unwrap();
        let moments: Vec<_> = page.notifications.iter().map(|notification| notification.at.0).collect();
        assert_eq!((moments, page.total), (expected, total), "{query:?}");
    }
}

pub(crate) async fn notifications_show_nothing_of_another_tenant(store: &dyn Store) {
    let (one, two) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let endpoint = integration();
    let own = notification(one, &endpoint, 1);
    keep(store, &[own.clone(), notification(two, &endpoint, 2)]).await;
    let query = NotificationQuery { endpoint: Some(endpoint.clone()), ..everything(one) };
    assert_eq!(store.notifications(query).await.unwrap().notifications, [own]);
    let nobody = TenantId::new();
    assert_eq!(store.notifications(everything(nobody)).await.unwrap(), NotificationPage::default());
    let strange = notification(nobody, &endpoint, 3);
    assert!(store.commit(vec![Write::PutNotification(strange)]).await.is_err());
}

pub(crate) async fn old_notifications_go(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let endpoint = integration();
    let all: Vec<_> = (1..=1_200).map(|at| notification(owner, &endpoint, at)).collect();
    keep(store, &all).await;
    store.prune(Retention { notifications: Millis(1_199), ..Retention::NONE }).await.unwrap();
    let left = store.notifications(everything(owner)).await.unwrap().notifications;
    assert_eq!(left, [all[1_199].clone(), all[1_198].clone()]);
}
