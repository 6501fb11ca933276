//! What is heard of something that back ends told: by the organization's sessions, on the business's side of the
//! customer's conversations, and by the tenant's apps.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::domain::catalogue::{EventType, Payload};
use crate::domain::customer::{Push, PushKind};
use crate::domain::delivery::{Delivery, DeliveryForm, Endpoint};
use crate::domain::ids::{ConversationId, DeliveryId, HubId, TenantId};
use crate::pipeline::apps::{Pushed, Scene};
use crate::pipeline::engine::Engine;
use crate::pipeline::lane::Live;
use crate::pipeline::record::Step;

/// What is heard of it. `links` are its links as they were given.
pub(super) fn heard(push: &Push, links: &[Value], conversations: &[Arc<Live>]) -> Map<String, Value> {
    let conversations: Vec<_> = conversations.iter().map(|live| live.id.to_string()).collect();
    let mut heard = Map::new();
    let mut put = |name: &str, value: Value| heard.insert(name.to_owned(), value);
    match push.kind {
        PushKind::Data => {
            put("type", push.name.as_str().into());
            put("data", push.data.clone().into());
        }
        PushKind::Event => {
            put("eventName", push.name.as_str().into());
        }
    }
    put("id", push.id.as_str().into());
    put("links", links.to_vec().into());
    put("conversationIds", conversations.into());
    heard
}

/// What the business's side of a conversation hears.
pub(super) fn as_activity(push: &Push, heard: Map<String, Value>) -> Map<String, Value> {
    let payload_type = match push.kind {
        PushKind::Data => "hubster.customer.data",
        PushKind::Event => "hubster.customer.event",
    };
    Map::from_iter([
        ("type".to_owned(), "payload".into()),
        ("payloadType".to_owned(), payload_type.into()),
        ("payload".to_owned(), heard.into()),
    ])
}

/// What the organization's sessions hear.
pub(super) fn as_payload(push: &Push, heard: Map<String, Value>) -> Payload {
    let name = match push.kind {
        PushKind::Data => "messaging.CustomerDataPushed",
        PushKind::Event => "messaging.CustomerEventPushed",
    };
    let event_type = EventType::find(name).expect("the catalogue has it");
    Payload::check(event_type, heard).expect("it is made as the catalogue says")
}

impl Engine {
    /// What the tenant's apps hear of it, once each: in the first of the customer's open conversations, or in none.
    pub(super) fn for_apps(
        &self,
        tenant: TenantId,
        push: &Push,
        heard: &Map<String, Value>,
        conversations: &[Arc<Live>],
    ) -> Vec<Step> {
        let apps = self.registry.hearing_apps(tenant);
        if apps.is_empty() {
            return Vec::new();
        }
        let head = conversations.first().map(|live| live.head());
        let stands = head.as_ref().map(|head| (head, self.standing(head)));
        let scene =
            stands.as_ref().map(|(conversation, standing)| Scene { conversation, standing, at: push.at });
        let pushed = Pushed { kind: push.kind, links: &push.links, heard };
        let item: Arc<str> = self.app_words.pushed(tenant, scene, pushed).into();
        let (conversation, hub) =
            head.as_ref().map_or((ConversationId::NONE, HubId::NONE), |head| (head.id, head.hub));
        let deliveries = apps.iter().map(|app| Delivery {
            id: DeliveryId::new(),
            tenant,
            endpoint: Endpoint::App(app.client.clone()),
            conversation,
            hub,
            form: DeliveryForm::Wrapper,
            event_id: None,
            envelope: self.app_words.envelope(tenant, app).into(),
            item: item.clone(),
        });
        deliveries.map(|delivery| Step::Deliver(Box::new(delivery))).collect()
    }
}
