//! What streaming sessions hear of a failed webhook: `messaging.DeliveryFailed`, for the whole organization. It says
//! what failed and not how: the address and the receiver's words are for operators, and agents hear it too.

use serde_json::{Map, Value, json};

use crate::domain::catalogue::{EventType, Payload};
use crate::domain::delivery::Endpoint;
use crate::outlets::webhooks::GivenUp;
use crate::pipeline::{Addressee, Engine, PreparedEvent, PublishedEvent, TeamAllowance};

/// Its type in the catalogue.
pub(super) const TYPE: &str = "messaging.DeliveryFailed";

/// The event, ready to be published, for so many notifications about the webhook since the event before it.
pub(super) fn prepare(engine: &Engine, given_up: &GivenUp, notifications: u64) -> PreparedEvent {
    let event_type = EventType::raised(TYPE).expect("the catalogue has it: a test looks it up");
    let payload = Payload::check(event_type, members(given_up, notifications))
        .expect("a test holds it to the catalogue");
    let event = PublishedEvent { addressee: Addressee::Organization, correlation_id: None, payload };
    engine
        .prepare_event(given_up.tenant, event, &mut TeamAllowance { deliveries: 0, bytes: 0 })
        .expect("only teams cannot be reached")
}

fn members(given_up: &GivenUp, notifications: u64) -> Map<String, Value> {
    let mut members = Map::new();
    match &given_up.endpoint {
        Endpoint::Integration(id) => members.insert("integrationId".to_owned(), json!(id)),
        Endpoint::App(client) => members.insert("clientId".to_owned(), json!(client)),
    };
    members.insert("conversationId".to_owned(), json!(given_up.conversation));
    members.insert("reason".to_owned(), json!(given_up.reason.name()));
    members.insert("deliveries".to_owned(), json!(given_up.deliveries.len()));
    members.insert("notifications".to_owned(), json!(notifications));
    if let Some(status) = given_up.last.status_code {
        members.insert("statusCode".to_owned(), json!(status));
    }
    members
}
