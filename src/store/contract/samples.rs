//! Values to keep: small ones with telling fields, and the ones that are hard to keep right.

use std::num::NonZeroUsize;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::clock::Millis;
use crate::domain::conversation::{
    AgentState, Conversation, Properties, ScheduledHandover, SeenMarks, Wanted,
};
use crate::domain::engagement::Audience;
use crate::domain::ids::{
    ConversationId, HubId, IntegrationId, InteractionId, OrgId, SessionId, TenantId, UserId, VisitorId,
};
use crate::domain::integration::IntegrationType;
use crate::domain::order::{EventId, Position};
use crate::domain::receipt::Receipts;
use crate::domain::subscription::{
    Events, Filter, Resources, Subscription, SubscriptionId, Watched, WatchedEvent, WatchedGroup,
};
use crate::domain::tenant::Tenant;
use crate::store::{
    ActivityRecord, EventRecord, Page, SessionRecord, Store, SubscriptionRecord, TenantOrder, Write,
};

/// Text that shows whether bytes, quotes and planes survive.
pub(super) const HARD_TEXT: &str = "Zoë 'Ω' \"名前\" 👩‍🚀 \u{0}\n\t\\ \u{202e}";

/// As much as there is.
pub(super) const ALL: Page = Page { rows: usize::MAX, bytes: usize::MAX };

/// At most so many rows.
pub(super) fn rows(rows: usize) -> Page {
    Page { rows, ..ALL }
}

pub(super) fn tenant(org: &str) -> Tenant {
    Tenant { id: TenantId::new(), org: OrgId::from(org), name: org.to_owned(), created: Millis(7) }
}

/// A tenant that the store already keeps.
pub(super) async fn kept_tenant(store: &dyn Store, org: &str) -> TenantId {
    let tenant = tenant(org);
    store.commit(vec![Write::PutTenant(tenant.clone())]).await.unwrap();
    tenant.id
}

pub(super) fn conversation(tenant: TenantId) -> Conversation {
    Conversation {
        id: ConversationId::new(),
        tenant,
        hub: HubId::new(),
        integration: IntegrationId::new(),
        binding: "customer-1".to_owned(),
        token: "token".to_owned(),
        properties: Arc::new(Properties::new()),
        opened: Millis(1_000),
        closed: None,
        said: None,
        spoken: false,
        told_closed: None,
        resolved: None,
        receipts: Receipts::default(),
        destination: None,
        queued: None,
        wanted: None,
        scheduled: None,
        agent: AgentState::None,
        number: None,
        seen: SeenMarks::default(),
        taken: Position::default(),
        visitors: Vec::new(),
    }
}

/// A conversation in which every field says something.
pub(super) fn full_conversation(tenant: TenantId) -> Conversation {
    let properties =
        json!({"profile": {"full name": HARD_TEXT, "z": 1, "a": 2.5}, "additional": {"list": [null, {}]}});
    let Value::Object(properties) = properties else { unreachable!("written as an object above") };
    let mut receipts = Receipts::default();
    receipts.sent("messaging.one".into(), InteractionId::new(), 17, NonZeroUsize::MIN);
    receipts.taken(17);
    Conversation {
        binding: HARD_TEXT.to_owned(),
        properties: Arc::new(properties),
        closed: Some(Millis(-1)),
        said: Some(Millis(i64::MAX)),
        spoken: true,
        told_closed: Some(Millis(i64::MIN)),
        resolved: Some(Millis(8)),
        destination: Some(IntegrationId::new()),
        queued: Some(Millis(i64::MIN)),
        wanted: Some(Arc::new(Wanted { team: Some("t".into()), skills: vec![HARD_TEXT.to_owned()] })),
        scheduled: Some(Arc::new(ScheduledHandover {
            due: Millis(i64::MAX),
            wanted: Wanted { team: Some("late".into()), skills: Vec::new() },
        })),
        agent: AgentState::Active,
        number: Some(i64::MAX),
        seen: SeenMarks { customer: 17, business: i64::MAX },
        taken: Position(1 << 40),
        visitors: vec![VisitorId::new(), VisitorId::new()],
        receipts,
        ..conversation(tenant)
    }
}

/// An activity from a customer to nobody. Its event id is ten times its position.
pub(super) fn activity(tenant: TenantId, conversation: ConversationId, position: u64) -> ActivityRecord {
    ActivityRecord {
        tenant,
        position: Position(position),
        conversation,
        event_id: position.cast_signed() * 10,
        sender: IntegrationId::new(),
        sender_kind: IntegrationType::Customer,
        recipient: None,
        recipient_kind: None,
        echo: None,
        taken: Millis(position.cast_signed() * 1_000),
        body: format!("{{\"at\":{position}}}").into(),
    }
}

pub(super) fn session(tenant: TenantId) -> SessionRecord {
    SessionRecord {
        id: SessionId::new(),
        tenant,
        user: UserId::from("ada"),
        version: 3,
        inactivity_seconds: 600,
        created: Millis(5),
        after: EventId { ms: 9, n: u32::MAX },
        acknowledged: Vec::new(),
        subscriptions: Vec::new(),
    }
}

/// A version of a subscription that is in force since `after`.
pub(super) fn subscription(id: &str, after: EventId) -> SubscriptionRecord {
    let filter = Filter::new(WatchedGroup::ChangeNotification, Events::All, Resources::Any);
    let subscription = Subscription {
        id: SubscriptionId::try_from(id).unwrap(),
        description: HARD_TEXT.to_owned(),
        filter: filter.unwrap(),
        created: Millis(1),
        modified: Millis(2),
    };
    SubscriptionRecord { subscription, after, until: None }
}

pub(super) fn event(tenant: TenantId, id: EventId) -> EventRecord {
    EventRecord { tenant, id, audience: Audience::Organization, body: format!("{{\"id\":\"{id}\"}}") }
}

/// An event for those who watch the changes of users.
pub(super) fn watched_event(tenant: TenantId, id: EventId) -> EventRecord {
    let watched = Watched { event: WatchedEvent::USER, resource: None };
    EventRecord { audience: Audience::Watchers(watched), ..event(tenant, id) }
}

/// Keeps the activities, each by a commit of its own.
pub(super) async fn keep_activities(store: &dyn Store, activities: &[ActivityRecord]) {
    for activity in activities {
        store.commit(vec![Write::PutActivity(activity.clone())]).await.unwrap();
    }
}

/// How far one tenant has come.
pub(super) async fn order_of(store: &dyn Store, tenant: TenantId) -> TenantOrder {
    let orders = store.orders().await.unwrap();
    orders.into_iter().find(|order| order.tenant == tenant).expect("every tenant has an order")
}
