//! Reading what was said in a chat: `get_chat_history`, in either version. It must not know how words are made of
//! messages.

use std::num::NonZeroU64;

use axum::extract::State;
use axum::response::Response;

use super::arguments::{Arguments, Given};
use super::caller::HandoffCaller;
use super::customer::{business, conversation};
use super::refusal::{Cause, HistoryV1, HistoryV2, Parameter, Refusal};
use super::transcript::{Form, Naming, render};
use crate::api::state::ApiState;
use crate::auth::UserToken;
use crate::domain::conversation::Conversation;
use crate::store::{Page, Which};

/// How the reference spells `response_type` where it lists what version 1 takes. Either is good there.
pub(super) const MISSPELT_RESPONSE_TYPE: &str = "respose_type";

pub(super) async fn version_1(
    State(state): State<ApiState>,
    caller: HandoffCaller<Refusal<HistoryV1>>,
    arguments: Arguments<Refusal<HistoryV1>>,
) -> Result<Response, Refusal<HistoryV1>> {
    let user = arguments.needed(Parameter::UserName)?;
    let number = arguments.needed(Parameter::BusinessId)?;
    let which = arguments.needed(Parameter::ConversationNo)?;
    let (user, number, which) = (user.user_name()?, number.whole()?, number_of_chat(which)?);
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
    let group = group_in(&arguments)?;
    let (limit, form) = (limit(&arguments)?, form(&arguments, Parameter::ResponseType.name())?);
    let (number, user, which) = match group {
        ArgumentGroup::User { business, user, which } => (business, user.to_owned(), which),
        ArgumentGroup::Token { pxut, which } => {
            let now = state.engine.now();
            let token = UserToken::read(pxut, &caller.by.client, now).ok_or(Cause::UserToken)?;
            (token.business, token.user, which)
        }
    };
    let hub = business(&state, caller.tenant, number);
    let chat = conversation(&state, caller.tenant, hub.as_deref(), &user, which).await??;
    Ok(answer(&state, &chat, limit, form, Naming::Name).await?)
}

/// How version 2 is told which chat is meant.
enum ArgumentGroup<'a> {
    /// A user of a business.
    User { business: i64, user: &'a str, which: Which },
    /// A token that stands for both.
    Token { pxut: &'a str, which: Which },
}

/// The first group of arguments that is whole.
fn group_in<R>(arguments: &Arguments<R>) -> Result<ArgumentGroup<'_>, Cause> {
    use Parameter::{BusinessId, ConversationNo, Pxut, UserName};
    let given = |parameter| arguments.given(parameter);
    let in_group = |cause| match cause {
        // Of this one the reference tells by itself.
        Cause::Invalid(BusinessId) => cause,
        Cause::Invalid(parameter) => Cause::InvalidGroup(parameter),
        other => other,
    };
    match (given(BusinessId), given(UserName), given(Pxut), given(ConversationNo)) {
        (Some(business), Some(user), _, Some(number)) => {
            let business = business.whole().map_err(in_group)?;
            let user = user.user_name().map_err(in_group)?;
            Ok(ArgumentGroup::User { business, user, which: number_of_chat(number).map_err(in_group)? })
        }
        (_, _, Some(pxut), Some(number)) => {
            let pxut = pxut.text().map_err(in_group)?;
            Ok(ArgumentGroup::Token { pxut, which: number_of_chat(number).map_err(in_group)? })
        }
        _ => {
            let groups = [&[BusinessId, UserName, ConversationNo][..], &[Pxut, ConversationNo]];
            let is_missing = |parameter: &Parameter| arguments.given(*parameter).is_none();
            let missing = |group: &[Parameter]| group.iter().copied().filter(is_missing).collect();
            Err(Cause::NoGroup(groups.map(missing).to_vec()))
        }
    }
}

/// `conversation_no`, counted from 1.
fn number_of_chat(given: Given<'_>) -> Result<Which, Cause> {
    let number = u64::try_from(given.whole()?).ok().and_then(NonZeroU64::new);
    number.map(Which::Number).ok_or(given.refused())
}

/// `limit`: how many messages are asked for, the newest; none for all.
fn limit<R>(arguments: &Arguments<R>) -> Result<Option<usize>, Cause> {
    let Some(given) = arguments.given(Parameter::Limit) else { return Ok(None) };
    match usize::try_from(given.whole()?) {
        Ok(limit) if limit > 0 => Ok(Some(limit)),
        _ => Err(given.refused()),
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
