//! What a back end's webhook was sent, what became of it, and having it sent again. The reference has no such calls;
//! they answer as the control plane's do of integrations, within the face's envelope.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::{Value, json};

use super::arguments::{Arguments, IdInPath, QUERY};
use super::body::JsonObject;
use super::caller::Caller;
use super::envelope::{Answer, Reply};
use super::error::{FaultCode, FieldFault, Refusal};
use super::fields::Fields;
use crate::api::deliveries::{DeliveryOut, ReplayedOut};
use crate::api::moment;
use crate::api::state::ApiState;
use crate::domain::audit::{Action, AuditEntry, AuditKind};
use crate::domain::clock::Millis;
use crate::domain::delivery::{DeliveryStatus, Endpoint};
use crate::domain::ids::DeliveryId;
use crate::domain::messaging::App;
use crate::outlets::webhooks::ReplayError;
use crate::store::{DeliveryQuery, Write};

/// The body that asks for a replay.
pub(super) const SCHEMA: &str = "WebhookReplayRequest";

/// The most characters of a moment.
pub(super) const MAX_MOMENT: usize = 64;

/// How many deliveries a page has that asks for no size, and at most.
pub(super) const PAGE_SIZE: u32 = 50;
pub(super) const MAX_PAGE_SIZE: u32 = 100;

/// A page of the deliveries to the caller's webhook, the newest first; of one `status`, where it is asked for.
pub(super) async fn list(State(state): State<ApiState>, caller: Caller, arguments: Arguments) -> Reply {
    let Page { number, size, status } = page(&arguments)?;
    let query = DeliveryQuery {
        status,
        skip: number.saturating_mul(size),
        limit: size,
        ..DeliveryQuery::all(caller.tenant, endpoint(&caller))
    };
    let listed = state.deliveries.list(query).await?;
    let app = app(&state, &caller);
    let url = app.as_ref().map(|app| app.url.as_str());
    let results: Vec<_> =
        listed.deliveries.into_iter().map(|head| rendered(DeliveryOut::new(head, url))).collect();
    let page = json!({"pageNumber": number, "pageSize": size, "total": listed.total, "results": results});
    Ok(Answer::One(page))
}

/// Sends one delivery again, whatever became of it.
pub(super) async fn replay(State(state): State<ApiState>, caller: Caller, IdInPath(id): IdInPath) -> Reply {
    let id: DeliveryId = id.parse().map_err(|_| not_found())?;
    let app = app(&state, &caller);
    let entry = replayed(&state, &caller, AuditKind::Delivery, id.to_string(), app.as_deref());
    let replayed = state.deliveries.replay(caller.tenant, &endpoint(&caller), id, entry).await;
    let head = replayed.map_err(|error| match error {
        ReplayError::NotFound => not_found(),
        ReplayError::Store(cause) => cause.into(),
    })?;
    Ok(Answer::One(rendered(DeliveryOut::new(head, app.as_ref().map(|app| app.url.as_str())))))
}

/// Sends again all deliveries that were given up and made at a moment or later.
pub(super) async fn replay_dead(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let mut fields = Fields::new(SCHEMA, &body);
    let since = since_in(&mut fields);
    fields.finish()?;
    let app = app(&state, &caller);
    let id = app.as_ref().map_or_else(String::new, |app| app.id.to_string());
    let entry = replayed(&state, &caller, AuditKind::Webhook, id, app.as_deref());
    // Without a fault there is one.
    let since = since.unwrap_or_default();
    let count = state.deliveries.replay_dead(caller.tenant, &endpoint(&caller), since, entry).await?;
    Ok(Answer::One(rendered(ReplayedOut { replayed: count })))
}

/// Which page of which deliveries is asked for.
struct Page {
    number: usize,
    size: usize,
    status: Option<DeliveryStatus>,
}

fn page(arguments: &Arguments) -> Result<Page, Refusal> {
    let number = arguments.whole("pageNumber", 0, 0..=u32::MAX);
    let size = arguments.whole("pageSize", PAGE_SIZE, 1..=MAX_PAGE_SIZE);
    match (number, size, status(arguments)) {
        (Ok(number), Ok(size), Ok(status)) => {
            Ok(Page { number: number as usize, size: size as usize, status })
        }
        (number, size, status) => {
            let faults = [number.err(), size.err(), status.err()];
            Err(Refusal::Invalid(faults.into_iter().flatten().collect()))
        }
    }
}

fn status(arguments: &Arguments) -> Result<Option<DeliveryStatus>, FieldFault> {
    let Some(word) = arguments.get("status") else { return Ok(None) };
    let names = DeliveryStatus::ALL.map(DeliveryStatus::name);
    DeliveryStatus::from_name(word).map(Some).ok_or_else(|| {
        let rule = format!("must be one of {}", names.join(", "));
        FieldFault::new(QUERY, "status", FaultCode::InvalidValue, &rule).may_be(names)
    })
}

fn since_in(fields: &mut Fields<'_>) -> Option<Millis> {
    let text = fields.required_text("since", MAX_MOMENT)?;
    let since = moment::read(text.trim());
    if since.is_none() {
        fields.fault("since", FaultCode::InvalidValue, "must be a moment in ISO 8601");
    }
    since
}

fn endpoint(caller: &Caller) -> Endpoint {
    Endpoint::App(caller.client.clone())
}

fn app(state: &ApiState, caller: &Caller) -> Option<Arc<App>> {
    state.registry.app(caller.tenant, &caller.client)
}

/// What the audit log says of a replay; nothing where no webhook is registered, to which nothing was ever sent.
fn replayed(state: &ApiState, caller: &Caller, kind: AuditKind, id: String, app: Option<&App>) -> Vec<Write> {
    let entry = |app: &App| AuditEntry {
        by: caller.actor(),
        at: state.clock.now(),
        action: Action::Replayed,
        kind,
        id,
        name: app.url.clone(),
        changed: Vec::new(),
    };
    app.map(entry).map(Write::PutAuditEntry).into_iter().collect()
}

fn not_found() -> Refusal {
    let rule = "names a delivery that there is not";
    Refusal::Missing(Box::new(FieldFault::new("Delivery", "deliveryId", FaultCode::NotFound, rule)))
}

fn rendered(out: impl Serialize) -> Value {
    serde_json::to_value(out).expect("texts, numbers and lists of them can be said in JSON")
}
