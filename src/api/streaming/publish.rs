//! Publishing: a batch of events from a trusted producer, each judged on its own, answered event by event.
//! It must not know who hears the events, how a repeated batch is recognised, or what the fields of an event are.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::body::{self, BodyLimits, JsonBody};
use super::caller::Publisher;
use super::error::{Fault, Reason, Refusal};
use crate::api::state::ApiState;
use crate::domain::catalogue::{EventType, Payload, PayloadFault, Rule};
use crate::domain::ids::{TeamId, TenantId};
use crate::pipeline::{
    Addressee, Begun, Engine, IdempotencyKey, PreparedEvent, PublishedEvent, RepeatableRequest,
    TeamAllowance, UnreachableTeam,
};

/// Makes a batch repeatable.
const KEY_HEADER: &str = "idempotency-key";

/// Names the team that an event is for.
const TEAM: &str = "teamId";

/// The longest correlation id and team id, in characters.
const MAX_ID: usize = crate::domain::directory::MAX_ID_CHARS;

/// Publishes a batch: what is good goes out even when the rest is refused.
pub(super) async fn publish(
    State(state): State<ApiState>,
    Publisher(identity): Publisher,
    request: Request,
) -> Result<Response, Refusal> {
    let key = idempotency_key(request.headers())?;
    let limits = BodyLimits::of(state.config.http.max_publish_bytes, &state);
    let body = JsonBody::read(request, limits).await?;
    let repeatable =
        key.map(|key| RepeatableRequest::new(identity.tenant, identity.client.clone(), key, &body.text));
    let entries = super::batch(&mut body.into_object()?, state.config.streaming.max_batch_events)?;
    let turn = match repeatable {
        None => None,
        Some(request) => match state.engine.begin(request, state.config.streaming.idempotency).await? {
            Begun::Repeated(answer) => return Ok(render(answer)),
            Begun::First(turn) => Some(turn),
        },
    };
    let allowance = TeamAllowance {
        deliveries: state.config.streaming.max_team_deliveries,
        bytes: state.config.streaming.max_team_delivery_bytes,
    };
    let (events, answer) = judge(&state.engine, identity.tenant, entries, allowance)?;
    let answered = turn.map(|turn| turn.answered(answer.clone()));
    state.engine.publish_events(identity.tenant, events, answered).await?;
    Ok(render(answer))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Refusal> {
    let Some(value) = headers.get(KEY_HEADER) else { return Ok(None) };
    let rule = "must have 1 to 255 visible characters";
    let refused = || Refusal::invalid(KEY_HEADER, Reason::InvalidValue, rule);
    IdempotencyKey::read(value.as_bytes()).map(Some).ok_or_else(refused)
}

fn render(answer: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], answer).into_response()
}

/// Sorts the good from the bad and answers for each; when none is good, the batch is refused with every fault.
fn judge(
    engine: &Engine,
    tenant: TenantId,
    entries: Vec<Value>,
    allowance: TeamAllowance,
) -> Result<(Vec<PreparedEvent>, String), Refusal> {
    let mut left = allowance;
    let (mut events, mut faults, mut results) = (Vec::new(), Vec::new(), Vec::with_capacity(entries.len()));
    for (index, entry) in entries.into_iter().enumerate() {
        let prepared = read_event(entry).and_then(|event| {
            let refused = |error| team_fault(&error, allowance);
            engine.prepare_event(tenant, event, &mut left).map_err(refused)
        });
        match prepared {
            Ok(event) => {
                results.push(
                    json!({"index": index, "status": "accepted", "correlationId": event.correlation_id}),
                );
                events.push(event);
            }
            Err(fault) => {
                results.push(json!({
                    "index": index, "status": "rejected", "field": fault.scope, "message": fault.message,
                }));
                faults.push(fault.within(&format!("events[{index}]")));
            }
        }
    }
    if events.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    Ok((events, json!({"results": results}).to_string()))
}

fn team_fault(error: &UnreachableTeam, of_batch: TeamAllowance) -> Fault {
    match error {
        UnreachableTeam::NotFound => Fault::new(TEAM, Reason::NotFound, "is not a team of the organization"),
        UnreachableTeam::TooLarge => {
            let TeamAllowance { deliveries, bytes } = of_batch;
            let rule = format!(
                "has too many members: a batch may come to {deliveries} deliveries and {bytes} bytes of payload for \
                 members of teams"
            );
            Fault::new(TEAM, Reason::OutOfRange, &rule)
        }
    }
}

/// An event of the batch; its first fault when it has any.
fn read_event(entry: Value) -> Result<PublishedEvent, Fault> {
    let Value::Object(mut object) = entry else {
        return Err(Fault::new("event", Reason::InvalidType, "must be an object"));
    };
    with_canonical_names(&mut object);
    let event_type = event_type(&object)?;
    let addressee = addressee(&object)?;
    let correlation_id = body::text(&object, "correlationId", MAX_ID)?;
    let payload = match object.get_mut("payload").map(Value::take) {
        Some(Value::Object(payload)) => payload,
        None | Some(Value::Null) => return Err(Fault::new("payload", Reason::Required, "is required")),
        Some(_) => return Err(Fault::new("payload", Reason::InvalidType, "must be an object")),
    };
    let payload = Payload::check(event_type, payload).map_err(|fault| payload_fault(&fault))?;
    Ok(PublishedEvent { addressee, correlation_id, payload })
}

/// A fault that the catalogue finds in the payload.
fn payload_fault(fault: &PayloadFault) -> Fault {
    let reason = match fault.rule {
        Rule::Form(..) => Reason::InvalidType,
        Rule::OneOf(_) => Reason::InvalidValue,
        Rule::AtMost(_) => Reason::OutOfRange,
    };
    Fault::new(&fault.path, reason, &format!("must {}", fault.rule)).within("payload")
}

/// The members of an event by their own names, in whatever case they came: a `userID` that counted for nothing would
/// send to everybody what is for one.
fn with_canonical_names(object: &mut Map<String, Value>) {
    for name in ["eventType", "userId", "teamId", "correlationId", "payload"] {
        if object.contains_key(name) {
            continue;
        }
        let spelled = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
        if let Some(value) = spelled.and_then(|spelled| object.remove(&spelled)) {
            object.insert(name.to_owned(), value);
        }
    }
}

fn event_type(object: &Map<String, Value>) -> Result<EventType, Fault> {
    const NAME: &str = "eventType";
    let value =
        body::member(object, NAME).ok_or_else(|| Fault::new(NAME, Reason::Required, "is required"))?;
    let name = value.as_str().ok_or_else(|| Fault::new(NAME, Reason::InvalidType, "must be a string"))?;
    EventType::find(name)
        .ok_or_else(|| Fault::new(NAME, Reason::InvalidValue, "is not one of the documented event types"))
}

fn addressee(object: &Map<String, Value>) -> Result<Addressee, Fault> {
    // Elsewhere null counts as absent. Here that would tell everybody what was meant for somebody who got lost.
    if let Some(name) =
        ["userId", TEAM].into_iter().find(|name| object.get(*name).is_some_and(Value::is_null))
    {
        return Err(Fault::new(name, Reason::Required, "must not be null"));
    }
    match (super::user(object)?, body::text(object, TEAM, MAX_ID)?) {
        (Some(_), Some(_)) => Err(Fault::new(TEAM, Reason::Conflict, "cannot stand beside userId")),
        (Some(user), None) => Ok(Addressee::User(user)),
        (None, Some(team)) => Ok(Addressee::Team(TeamId::from(team))),
        (None, None) => Ok(Addressee::Organization),
    }
}

#[cfg(test)]
mod tests;
