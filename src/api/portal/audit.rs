//! The call for the audit log: who changed what of the tenant's configuration, and when. The documents have none; it
//! is asked in the manner of the other lists.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::{Arguments, PortalCaller};
use crate::api::moment;
use crate::api::platform::codes::{Shared, shared};
use crate::api::platform::{Family, Paged, Problems, unexpected};
use crate::api::state::ApiState;
use crate::domain::audit::{AuditEntry, AuditKind, Who};
use crate::domain::clock::Millis;
use crate::domain::ids::ClientId;
use crate::registry::Page;
use crate::store::AuditQuery;

/// A page of the log, the newest entry first: of one `kind` of thing, of the thing with one `id`, not before `since`,
/// before `until`.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: PortalCaller,
    arguments: Arguments,
) -> Result<Json<Paged<EntryOut>>, Problems> {
    let which = Problems::both(arguments.page(), kind(&arguments));
    let when = Problems::both(moment_of(&arguments, "since"), moment_of(&arguments, "until"));
    let ((page, kind), (since, until)) = Problems::both(which, when)?;
    let query = AuditQuery {
        tenant: caller.tenant,
        kind,
        id: arguments.get("id").map(str::to_owned),
        since,
        until,
        skip: page.number.saturating_mul(page.size),
        limit: page.size,
    };
    let found = state.registry.audit(query).await.map_err(|cause| unexpected(Family::Portal, &cause))?;
    let found = Page { items: found.entries, total: found.total };
    Ok(Json(Paged::new(page, found, EntryOut::from)))
}

fn kind(arguments: &Arguments) -> Result<Option<AuditKind>, Problems> {
    let Some(text) = arguments.get("kind") else { return Ok(None) };
    let kind = AuditKind::from_name(text);
    kind.map(Some).ok_or_else(|| refused(shared::VALUE_NOT_SUPPORTED, "kind", "names no kind of thing"))
}

fn moment_of(arguments: &Arguments, name: &str) -> Result<Option<Millis>, Problems> {
    let Some(text) = arguments.get(name) else { return Ok(None) };
    moment::read(text)
        .map(Some)
        .ok_or_else(|| refused(shared::BAD_DATE, name, "has to be a date of ISO 8601"))
}

fn refused(code: Shared, name: &str, rule: &str) -> Problems {
    Problems::one(code.in_family(Family::Portal), format!("Query parameter '{name}' {rule}."))
}

/// One change.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryOut {
    date_time: String,
    action: &'static str,
    kind: &'static str,
    id: String,
    name: String,
    /// Of an update, the properties that were changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<String>,
    by: ByOut,
}

/// Who made it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ByOut {
    /// `client`, or `operator` for whoever runs the broker.
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    /// The token, as the client lists it among its secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

impl From<AuditEntry> for EntryOut {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { by, at, action, kind, id, name, changed } = entry;
        let address = by.address.map(|address| address.to_string());
        let by = match by.who {
            Who::Operator => ByOut { kind: "operator", client_id: None, token_id: None, address },
            Who::Client { client, secret } => {
                ByOut { kind: "client", client_id: Some(client), token_id: secret, address }
            }
        };
        let date_time = moment::platform(at);
        Self { date_time, action: action.name(), kind: kind.name(), id, name, changed, by }
    }
}
