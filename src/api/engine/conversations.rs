//! Conversations: establish, get, and the open ones of a hub (platform documentation §11.1).

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use crate::api::ApiState;
use crate::api::caller::{ChatCaller, EngineCaller};
use crate::api::moment;
use crate::api::platform::{Conversations, PathId, PlatformJson, Problems, engine_refused};
use crate::api::visitor::own_conversation;
use crate::auth::Identity;
use crate::domain::conversation::{Conversation, MAX_BINDING, Properties};
use crate::domain::hub::Hub;
use crate::domain::ids::{ConversationId, HubId};
use crate::domain::integration::{ChannelType, Integration};
use crate::pipeline::{Body, EngineError, Establish, Fault, FaultKind, Found};

pub(super) async fn establish(
    State(state): State<ApiState>,
    ChatCaller(caller): ChatCaller,
    body: PlatformJson<Conversations>,
) -> Result<Json<Value>, Problems> {
    let channels = if caller.visitor.is_some() { OF_VISITORS } else { OF_CLIENTS };
    let mut ask = parse(&body.object, channels).map_err(Problems::of_faults::<Conversations>)?;
    if let Some(visitor) = caller.visitor {
        if ask.integration != visitor.integration {
            return Err(engine_refused::<Conversations>(EngineError::IntegrationNotFound));
        }
        ask.visitor = Some(visitor.id);
    }
    let established =
        state.engine.establish(caller.tenant, ask).await.map_err(engine_refused::<Conversations>)?;
    let mut answer = render_established(&established.conversation);
    answer["isNew"] = (established.found == Found::New).into();
    Ok(Json(answer))
}

pub(super) async fn get(
    State(state): State<ApiState>,
    ChatCaller(caller): ChatCaller,
    PathId { id, .. }: PathId<Conversations, ConversationId>,
) -> Result<Json<Value>, Problems> {
    let conversation = find(&state, &caller, id).await?;
    let integration = state.registry.integration(caller.tenant, conversation.integration);
    let hub = state.registry.hub(caller.tenant, conversation.hub);
    Ok(Json(render(&conversation, integration.as_deref(), hub.as_deref())))
}

pub(super) async fn established(
    State(state): State<ApiState>,
    ChatCaller(caller): ChatCaller,
    PathId { id, .. }: PathId<Conversations, ConversationId>,
) -> Result<Json<Value>, Problems> {
    let conversation = find(&state, &caller, id).await?;
    Ok(Json(render_established(&conversation)))
}

async fn find(state: &ApiState, caller: &Identity, id: ConversationId) -> Result<Conversation, Problems> {
    own_conversation(state, caller, id).await.map_err(engine_refused::<Conversations>)
}

pub(super) async fn established_in_hub(
    State(state): State<ApiState>,
    EngineCaller(caller): EngineCaller,
    hub: PathId<Conversations, HubId>,
) -> Result<Json<Vec<Value>>, Problems> {
    let open = state.engine.open_in_hub(caller.tenant, hub.id, usize::MAX);
    let open = open.map_err(engine_refused::<Conversations>)?;
    Ok(Json(open.newest.iter().map(|live| render_established(&live.head())).collect()))
}

/// What a client of the tenant may name as `channelType`.
const OF_CLIENTS: &[ChannelType] = &[ChannelType::Direct];

/// What a visitor of a web chat may name as `channelType`.
const OF_VISITORS: &[ChannelType] = &[ChannelType::Direct, ChannelType::WebChat];

fn parse(body: &Map<String, Value>, channels: &[ChannelType]) -> Result<Establish, Vec<Fault>> {
    let mut read = Body::new(body);
    let integration =
        read.required("integrationId", FaultKind::NotAGuid, |value| value.as_str()?.parse().ok());
    let binding = read.required_text("binding").map(str::to_owned);
    if binding.as_ref().is_some_and(|binding| binding.len() > MAX_BINDING) {
        read.fault(FaultKind::TooLong, "binding");
    }
    read.required("channelType", FaultKind::Unsupported, |value| {
        channel(value).filter(|channel| channels.contains(channel))
    });
    let properties = properties(&mut read);
    read.finish()?;
    // Without a fault both were read.
    Ok(Establish {
        integration: integration.unwrap_or_default(),
        binding: binding.unwrap_or_default(),
        properties,
        visitor: None,
    })
}

/// A channel by name or number. Direct has the number of the establish documentation besides its own.
fn channel(value: &Value) -> Option<ChannelType> {
    const DIRECT_AS_DOCUMENTED_HERE: i64 = 2000;
    let code = |code: i64| match code {
        DIRECT_AS_DOCUMENTED_HERE => Some(ChannelType::Direct),
        _ => ChannelType::from_code(code),
    };
    match value {
        Value::String(name) => ChannelType::from_name(name).or_else(|| name.parse().ok().and_then(code)),
        Value::Number(number) => number.as_i64().and_then(code),
        _ => None,
    }
}

/// Properties are collections of key/value pairs.
fn properties(read: &mut Body<'_>) -> Properties {
    let Some(given) = read.object("properties") else { return Properties::new() };
    for (name, collection) in given {
        if !collection.is_object() {
            read.fault(FaultKind::WrongType, &format!("properties.{name}"));
        }
    }
    given.clone()
}

/// The establish answer (wire facts), without `isNew`.
fn render_established(conversation: &Conversation) -> Value {
    let mut answer = json!({
        "tenantId": conversation.tenant,
        "hubId": conversation.hub,
        "integrationId": conversation.integration,
        "conversationId": conversation.id,
        "tokenId": conversation.token,
        "openedDateTime": moment::platform(conversation.opened),
        "properties": *conversation.properties,
    });
    if let Some(closed) = conversation.closed {
        answer["closedDateTime"] = moment::platform(closed).into();
    }
    answer
}

/// A conversation with its integration and hub, as far as these still exist.
fn render(conversation: &Conversation, integration: Option<&Integration>, hub: Option<&Hub>) -> Value {
    let mut answer = json!({
        "conversationId": conversation.id,
        "integrationId": conversation.integration,
        "tokenId": conversation.token,
    });
    if let Some(integration) = integration {
        answer["integration"] = render_integration(integration, hub);
    }
    answer["properties"] = Value::Object(Properties::clone(&conversation.properties));
    answer["openedDateTime"] = moment::platform(conversation.opened).into();
    if let Some(closed) = conversation.closed {
        answer["closedDateTime"] = moment::platform(closed).into();
    }
    answer
}

fn render_integration(integration: &Integration, hub: Option<&Hub>) -> Value {
    let hub = hub.map(|hub| {
        json!({
            "hubId": hub.id,
            "tenantId": hub.tenant,
            "name": hub.name,
            "description": hub.description,
            "statusId": hub.status.code(),
            "created": moment::platform(hub.created),
            "modified": moment::platform(hub.modified),
        })
    });
    json!({
        "integrationId": integration.id,
        "hubId": integration.hub,
        "hub": hub,
        "integrationTypeId": integration.kind.name(),
        "channelId": integration.channel().name(),
        "name": integration.name,
        "statusId": integration.status.code(),
        "created": moment::platform(integration.created),
        "modified": moment::platform(integration.modified),
    })
}
