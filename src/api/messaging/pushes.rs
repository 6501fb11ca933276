//! What back ends tell of customers: data and events (messaging reference, Digital Analytics).

use axum::extract::State;
use serde_json::{Map, Value, json};

use super::body::JsonObject;
use super::caller::Caller;
use super::envelope::{Answer, Reply};
use super::error::{FaultCode, FieldFault, Refusal};
use super::fields::Fields;
use super::ids::{Contact, MAX_CONTACT_ID, NoContact};
use crate::api::state::ApiState;
use crate::domain::customer::{CustomerKey, Push, PushKind};
use crate::domain::ids::TenantId;
use crate::pipeline::TellError;
use crate::registry::Registry;

/// The body with data, as the reference calls it.
pub(super) const OBJECT: &str = "DigitalObjectDto";

/// The body with an event.
pub(super) const EVENT: &str = "DigitalEventDto";

/// The ways in which a customer is told from others.
pub(super) const LINK_TYPES: [&str; 4] = ["CONTACT_ID", "PHONE", "EMAIL", "PROFILE_ID"];

/// The longest type, event name, id or name of a link, in characters.
pub(super) const MAX_NAME: usize = 255;

/// Takes something that a customer has; told again under its type and id, it takes its own place.
pub(super) async fn push_data(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let mut fields = Fields::new(OBJECT, &body);
    let name = fields.required_text("type", MAX_NAME);
    let id = fields.required_text("id", MAX_NAME);
    let data = fields.map_within("data", state.config.messaging.data_bytes).cloned();
    if fields.get("data").is_none() {
        fields.fault("data", FaultCode::Required, "is required");
    }
    let links = Links::read(&state, &caller, &mut fields);
    fields.finish()?;
    let (name, id, data) = (name.unwrap_or_default(), id.unwrap_or_default(), data.unwrap_or_default());
    let answer = json!({"data": data, "id": id, "links": links.given, "type": name});
    tell(&state, &caller, OBJECT, PushKind::Data, (name, id, data), links).await?;
    Ok(Answer::One(answer))
}

/// Takes something that happened to a customer. One of a name and an id happens once, however often it is told.
pub(super) async fn push_event(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let mut fields = Fields::new(EVENT, &body);
    let name = fields.required_text("eventName", MAX_NAME);
    let id = fields.required_text("id", MAX_NAME);
    let links = Links::read(&state, &caller, &mut fields);
    fields.finish()?;
    let (name, id) = (name.unwrap_or_default(), id.unwrap_or_default());
    let answer = json!({"eventName": name, "id": id, "links": links.given});
    tell(&state, &caller, EVENT, PushKind::Event, (name, id, Map::new()), links).await?;
    Ok(Answer::One(answer))
}

async fn tell(
    state: &ApiState,
    caller: &Caller,
    schema: &'static str,
    kind: PushKind,
    (name, id, data): (String, String, Map<String, Value>),
    links: Links,
) -> Result<(), Refusal> {
    let push = Push { kind, name, id, data, links: links.keys, at: state.engine.now() };
    match state.engine.tell(caller.tenant, push, links.given).await {
        Ok(_) => Ok(()),
        Err(TellError::TooMany) => {
            let rule = "is one more thing than may be kept";
            Err(Refusal::one(FieldFault::new(schema, "", FaultCode::LimitReached, rule)))
        }
        Err(TellError::AnothersEvent) => {
            let rule = "is of an event that was told of another customer";
            Err(Refusal::one(FieldFault::new(schema, "id", FaultCode::Conflict, rule)))
        }
        Err(TellError::Engine(error)) => Err(error.into()),
    }
}

/// Whose a push is.
struct Links {
    keys: Vec<CustomerKey>,
    /// In the words in which they were given.
    given: Vec<Value>,
}

impl Links {
    /// At least one link, each of a type that there is and with a value that can be of it.
    fn read(state: &ApiState, caller: &Caller, fields: &mut Fields<'_>) -> Self {
        let most = state.config.messaging.links_per_push;
        let links = fields.objects("links", "DigitalObjectLink", most, |one| {
            let name = one.text("linkName", MAX_NAME).unwrap_or_default();
            let kind = one.word("linkType", &LINK_TYPES);
            if one.get("linkType").is_none() {
                one.fault("linkType", FaultCode::Required, "is required");
            }
            let value = one.required_text("linkValue", MAX_CONTACT_ID);
            let (kind, value) = (kind?, value?);
            match key(&state.registry, caller.tenant, kind, &value) {
                Ok(key) => Some((key, json!({"linkName": name, "linkType": kind, "linkValue": value}))),
                Err((code, rule)) => {
                    one.fault("linkValue", code, rule);
                    None
                }
            }
        });
        if fields.get("links").is_none_or(|links| links == &json!([])) {
            fields.fault("links", FaultCode::Required, "must name at least one customer");
        }
        let (keys, given) = links.into_iter().flatten().unzip();
        Self { keys, given }
    }
}

/// Whom a link names, or what is wrong with its value.
fn key(
    registry: &Registry,
    tenant: TenantId,
    kind: &str,
    value: &str,
) -> Result<CustomerKey, (FaultCode, &'static str)> {
    let (key, rule) = match kind {
        "CONTACT_ID" => {
            let contact = Contact::find(registry, tenant, value).map_err(NoContact::fault)?;
            return Ok(CustomerKey::Contact(contact.channel.integration.id, contact.csid));
        }
        "PHONE" => (CustomerKey::phone(value), "names nobody by PHONE"),
        "EMAIL" => (CustomerKey::email(value).filter(|_| value.contains('@')), "names nobody by EMAIL"),
        _ => (CustomerKey::profile(value), "names nobody by PROFILE_ID"),
    };
    key.ok_or((FaultCode::InvalidValue, rule))
}
