//! Reading what was said in a chat: `get_chat_history`, in either version. It must not know how words are made of
//! messages.

use std::num::NonZeroU64;

use axum::extract::State;
use axum::response::Response;

use super::arguments::Arguments;
use super::caller::HandoffCaller;
use super::customer::{business, conversation};
use super::refusal::{Cause, HistoryV1, HistoryV2, Parameter, Refusal};
use super::transcript::{Form, Naming, render};
use crate::api::state::ApiState;
use crate::auth::UserToken;
use crate::domain::conversation::Conversation;
use crate::store::{Page, Which};

/// How the reference spells `response_type` where it lists what version 1 takes. Either is good there.
const MISSPELT_RESPONSE_TYPE: &str = "respose_type";

pub(super) async fn version_1(
    State(state): State<ApiState>,
    caller: HandoffCaller<Refusal<HistoryV1>>,
    arguments: Arguments<Refusal<HistoryV1>>,
) -> Result<Response, Refusal<HistoryV1>> {
    let user = arguments.user_name()?.ok_or(Cause::Missing(Parameter::UserName))?;
    let number = arguments.whole(Parameter::BusinessId)?.ok_or(Cause::Missing(Parameter::BusinessId))?;
    let which = number_of_chat(&arguments)?.ok_or(Cause::Missing(Parameter::ConversationNo))?;
    let (limit, form) = (limit(&arguments)?, form(&arguments, MISSPELT_RESPONSE_TYPE)?);

    let hub = business(&state, caller.tenant, number);
    let chat = conversation(&state, caller.tenant, hub.as_deref(), user, which).await?;
    let chat = match (hub, chat) {
        (None, Err(Cause::NothingSaid)) => Err(Cause::UnknownBusiness),
        (_, chat) => chat,
    }?;
    Ok(answer(&state, &chat, limit, form, Naming::Function).await?)
}

pub(super) async fn version_2(
    State(state): State<ApiState>,
    caller: HandoffCaller<Refusal<HistoryV2>>,
    arguments: Arguments<Refusal<HistoryV2>>,
) -> Result<Response, Refusal<HistoryV2>> {
    let (limit, form) = (limit(&arguments)?, form(&arguments, Parameter::ResponseType.name())?);
    let (number, user, which) = whose(&state, &caller, &arguments)?;
    let hub = business(&state, caller.tenant, number);
    let chat = conversation(&state, caller.tenant, hub.as_deref(), &user, which).await??;
    Ok(answer(&state, &chat, limit, form, Naming::Name).await?)
}

/// What version 2 asks for, by the first group of arguments that is whole: a business, a user there, and which chat.
fn whose<R>(
    state: &ApiState,
    caller: &HandoffCaller<R>,
    arguments: &Arguments<R>,
) -> Result<(i64, String, Which), Cause> {
    use Parameter::{BusinessId, ConversationNo, Pxut, UserName};
    let groups = [&[BusinessId, UserName, ConversationNo][..], &[Pxut, ConversationNo]];
    let missing = groups.map(|group| -> Vec<_> {
        group.iter().copied().filter(|parameter| !arguments.has(*parameter)).collect()
    });
    let in_group = |cause| match cause {
        // Of this one the reference tells by itself.
        Cause::Invalid(Parameter::BusinessId) => cause,
        Cause::Invalid(parameter) => Cause::InvalidGroup(parameter),
        other => other,
    };
    if missing[0].is_empty() {
        let number = arguments.whole(BusinessId).map_err(in_group)?.ok_or(Cause::Missing(BusinessId))?;
        let user = arguments.user_name().map_err(in_group)?.ok_or(Cause::Missing(UserName))?;
        let which = number_of_chat(arguments).map_err(in_group)?.ok_or(Cause::Missing(ConversationNo))?;
        return Ok((number, user.to_owned(), which));
    }
    if missing[1].is_empty() {
        let text = arguments.text(Pxut).map_err(in_group)?.ok_or(Cause::Missing(Pxut))?;
        let which = number_of_chat(arguments).map_err(in_group)?.ok_or(Cause::Missing(ConversationNo))?;
        let token = UserToken::read(text, &caller.by.client, state.engine.now()).ok_or(Cause::UserToken)?;
        return Ok((token.business, token.user, which));
    }
    Err(Cause::NoGroup(missing.to_vec()))
}

/// `conversation_no`, counted from 1.
fn number_of_chat<R>(arguments: &Arguments<R>) -> Result<Option<Which>, Cause> {
    let Some(number) = arguments.whole(Parameter::ConversationNo)? else { return Ok(None) };
    let number = u64::try_from(number).ok().and_then(NonZeroU64::new);
    Ok(Some(Which::Number(number.ok_or(Cause::Invalid(Parameter::ConversationNo))?)))
}

/// `limit`: how many messages are asked for, the newest; none for all.
fn limit<R>(arguments: &Arguments<R>) -> Result<Option<usize>, Cause> {
    let Some(limit) = arguments.whole(Parameter::Limit)? else { return Ok(None) };
    match usize::try_from(limit) {
        Ok(limit) if limit > 0 => Ok(Some(limit)),
        _ => Err(Cause::Invalid(Parameter::Limit)),
    }
}

/// `response_type`, also by another name.
fn form<R>(arguments: &Arguments<R>, other_name: &str) -> Result<Form, Cause> {
    let refused = Cause::Invalid(Parameter::ResponseType);
    let named = arguments.value_of(Parameter::ResponseType.name()).or_else(|| arguments.value_of(other_name));
    match named {
        None => Ok(Form::default()),
        Some(value) => value.as_str().and_then(Form::from_name).ok_or(refused),
    }
}

async fn answer(
    state: &ApiState,
    chat: &Conversation,
    limit: Option<usize>,
    form: Form,
    naming: Naming,
) -> Result<Response, Cause> {
    let most = Page {
        rows: state.config.limits.transcript_messages.min(limit.unwrap_or(usize::MAX)),
        bytes: state.config.limits.transcript_bytes,
    };
    let spoken = state.engine.spoken(chat, most).await?;
    Ok(render(&spoken, form, naming))
}
