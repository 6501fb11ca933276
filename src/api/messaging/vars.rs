//! Global variables: values that any template may name (messaging reference, Global Vars and CompanyVarsConfigDoc).

use axum::extract::State;
use serde_json::{Map, Value, json};

use super::arguments::{Arguments, IdInPath, QUERY};
use super::body::JsonObject;
use super::caller::Caller;
use super::envelope::{Answer, Reply};
use super::error::{FaultCode, FieldFault, Refusal};
use super::fields::Fields;
use super::ids::{Channel, MAX_CHANNEL_ID};
use crate::api::state::ApiState;
use crate::domain::ids::{MessagingId, TenantId};
use crate::domain::messaging::{ValueKind, Variable};
use crate::registry::{Registry, RegistryError};

/// The body, as the reference calls it.
pub(super) const SCHEMA: &str = "CompanyVarsConfigDoc";

/// The longest description, in characters.
pub(super) const MAX_DESCRIPTION: usize = 1024;

/// The longest name of a group, in characters.
pub(super) const MAX_GROUP: usize = 128;

/// The longest type, in characters.
pub(super) const MAX_TYPE: usize = 64;

/// Lists the variables, or those that are for one channel.
pub(super) async fn list(State(state): State<ApiState>, caller: Caller, arguments: Arguments) -> Reply {
    let channel = channel_asked_for(&state.registry, caller.tenant, &arguments)?;
    let all = state.registry.messaging::<Variable>(caller.tenant);
    let shown = all
        .iter()
        .filter(|variable| channel.as_ref().is_none_or(|channel| variable.is_for(channel.integration.id)));
    Ok(Answer::List(shown.map(|variable| render(&state, caller.tenant, variable)).collect()))
}

/// Makes a variable.
pub(super) async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let spec = read(&state, caller.tenant, &body)?;
    let most = Some(state.config.messaging.variables_per_tenant);
    let made = state.registry.create_messaging(caller.actor(), most, |id, _| spec.variable(id)).await;
    shown(&state, &caller, made.map_err(refused)?.as_ref())
}

/// Puts a variable in the place of another.
pub(super) async fn replace(
    State(state): State<ApiState>,
    caller: Caller,
    IdInPath(id): IdInPath,
    JsonObject(body): JsonObject,
) -> Reply {
    let id = find_id(&id)?;
    let spec = read(&state, caller.tenant, &body)?;
    let put = state.registry.replace_messaging(caller.actor(), id, |_: &Variable| spec.variable(id)).await;
    shown(&state, &caller, put.map_err(refused)?.as_ref())
}

/// Forgets a variable; it is answered as it was.
pub(super) async fn delete(State(state): State<ApiState>, caller: Caller, IdInPath(id): IdInPath) -> Reply {
    let gone = state.registry.delete_messaging::<Variable>(caller.actor(), find_id(&id)?).await;
    shown(&state, &caller, gone.map_err(refused)?.as_ref())
}

/// The channel of the argument `channelId`, if there is one.
pub(super) fn channel_asked_for(
    registry: &Registry,
    tenant: TenantId,
    arguments: &Arguments,
) -> Result<Option<Channel>, Refusal> {
    const NAME: &str = "channelId";
    let Some(id) = arguments.get(NAME) else { return Ok(None) };
    match Channel::find(registry, tenant, id) {
        Some(channel) => Ok(Some(channel)),
        None => {
            let rule = "names a channel that there is not";
            Err(Refusal::Missing(Box::new(FieldFault::new(QUERY, NAME, FaultCode::NotFound, rule))))
        }
    }
}

/// A variable as its client gave it.
struct Spec(Variable);

impl Spec {
    fn variable(self, id: MessagingId) -> Variable {
        Variable { id, ..self.0 }
    }
}

/// A variable is for every channel, unless it is not `shared`: then its group is the id of the only one.
fn read(state: &ApiState, tenant: TenantId, body: &Map<String, Value>) -> Result<Spec, Refusal> {
    let mut fields = Fields::new(SCHEMA, body);
    let key = fields.required_text("key", MAX_GROUP).unwrap_or_default();
    if !key.is_empty() && !Variable::is_key(&key) {
        let rule = "must have 1 to 64 letters, digits and _ . -";
        fields.fault("key", FaultCode::InvalidValue, rule);
    }
    let kind = fields.text("type", MAX_TYPE).filter(|kind| !kind.trim().is_empty());
    let kind = kind.unwrap_or_else(|| ValueKind::Text.word().to_owned());
    let value = fields.get("value").cloned();
    match &value {
        None => fields.fault("value", FaultCode::Required, "is required"),
        // Of which type it should be is not known where that has a fault.
        Some(value) if !fields.has_fault("type") && !Variable::is_of(&kind, value) => {
            fields.fault("value", FaultCode::InvalidType, &format!("must be a value of the type {kind}"));
        }
        Some(_) => {
            fields.is_within("value", state.config.messaging.value_bytes);
        }
    }
    let group = fields.text("group", MAX_GROUP.max(MAX_CHANNEL_ID)).unwrap_or_default();
    let is_shared = fields.boolean("shared").unwrap_or(true);
    let channel = if is_shared { None } else { Channel::find(&state.registry, tenant, &group) };
    // One that is of another type or too long has its fault already.
    if !is_shared && channel.is_none() && !fields.has_fault("group") {
        let code = if group.trim().is_empty() { FaultCode::Required } else { FaultCode::NotFound };
        fields.fault("group", code, "must be the id of a channel where a variable is not shared");
    }
    let variable = Variable {
        id: MessagingId::default(),
        key,
        description: fields.text("description", MAX_DESCRIPTION).unwrap_or_default(),
        group,
        kind,
        value: value.unwrap_or_default(),
        disabled: fields.boolean("disabled").unwrap_or(false),
        channel: channel.map(|channel| channel.integration.id),
    };
    fields.finish()?;
    Ok(Spec(variable))
}

/// The id of a thing in an address; one that cannot be is not there.
fn find_id(text: &str) -> Result<MessagingId, Refusal> {
    text.parse().map_err(|_| refused(RegistryError::MessagingNotFound))
}

fn refused(error: RegistryError) -> Refusal {
    match error {
        RegistryError::MessagingNotFound => {
            let rule = "names a variable that there is not";
            Refusal::Missing(Box::new(FieldFault::new(SCHEMA, "id", FaultCode::NotFound, rule)))
        }
        RegistryError::NameTaken => Refusal::one(FieldFault::new(
            SCHEMA,
            "key",
            FaultCode::Conflict,
            "is the key of another variable for the same channels",
        )),
        RegistryError::TooManyOfMessaging => {
            let rule = "is one more variable than there may be";
            Refusal::one(FieldFault::new(SCHEMA, "", FaultCode::LimitReached, rule))
        }
        other => other.into(),
    }
}

fn shown(state: &ApiState, caller: &Caller, variable: &Variable) -> Reply {
    Ok(Answer::One(render(state, caller.tenant, variable)))
}

/// A variable as the reference has it. Its domain is the organization, its server where clients reach this one.
fn render(state: &ApiState, tenant: TenantId, variable: &Variable) -> Value {
    let domain = state.registry.tenant(tenant).map(|tenant| tenant.org.to_string()).unwrap_or_default();
    json!({
        "description": variable.description,
        "disabled": variable.disabled,
        "domain": domain,
        "group": variable.group,
        "id": variable.id,
        "key": variable.key,
        "server": state.base_url,
        "shared": variable.channel.is_none(),
        "type": variable.kind,
        "value": variable.value,
    })
}
