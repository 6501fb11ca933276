//! The words of each call for what is wrong. Clients look for them, so that those of the reference are as it has
//! them, letter for letter. It must not know which status they come with.

use std::borrow::Cow;

use super::{Cause, Parameter};
use crate::api::handoff::caller::NotAdmitted;

/// The words of a call.
pub(in crate::api::handoff) trait Wording {
    /// What a client is told of a cause.
    fn words(cause: &Cause) -> Cow<'static, str>;
}

/// The words of moving a chat to agents.
pub(in crate::api::handoff) struct ToAgent;

impl Wording for ToAgent {
    fn words(cause: &Cause) -> Cow<'static, str> {
        match cause {
            Cause::Caller(NotAdmitted::ClientMissing) => "client_id missing in headers".into(),
            Cause::Caller(NotAdmitted::ClientUnknown | NotAdmitted::ClientOfAnotherApi) => {
                "invalid client_id in headers".into()
            }
            Cause::Caller(NotAdmitted::NotBearer) => "invalid authorization in headers".into(),
            Cause::Caller(NotAdmitted::TokenMissing) => "token missing in headers".into(),
            Cause::Caller(NotAdmitted::TokenWrong) => "invalid token provided".into(),
            Cause::Missing(parameter) => format!("{} missing in the request", parameter.name()).into(),
            Cause::Invalid(Parameter::UserName) | Cause::UnknownUser => "invalid user_name".into(),
            Cause::Invalid(parameter) => format!("invalid {} provided", parameter.name()).into(),
            Cause::UnknownBusiness => "invalid business_id provided".into(),
            Cause::UnknownTeam => "invalid team_name provided".into(),
            other => words_of_version_1(other),
        }
    }
}

/// The words of version 1 of the transcript.
pub(in crate::api::handoff) struct HistoryV1;

impl Wording for HistoryV1 {
    fn words(cause: &Cause) -> Cow<'static, str> {
        match cause {
            Cause::Caller(NotAdmitted::ClientMissing) => "client_id missing".into(),
            Cause::Caller(NotAdmitted::ClientUnknown | NotAdmitted::ClientOfAnotherApi) => {
                "invalid client_id".into()
            }
            Cause::Caller(NotAdmitted::NotBearer) => "invalid authorization".into(),
            Cause::Caller(NotAdmitted::TokenMissing) => "token missing".into(),
            Cause::Caller(NotAdmitted::TokenWrong) => "invalid token".into(),
            Cause::Missing(parameter) => format!("{} missing", parameter.name()).into(),
            Cause::Invalid(parameter) => format!("invalid {}", parameter.name()).into(),
            Cause::UnknownUser => "invalid user_name".into(),
            Cause::UnknownBusiness => "invalid business_id".into(),
            Cause::UnknownConversation => "invalid conversation_no".into(),
            other => words_of_version_1(other),
        }
    }
}

/// The words of version 2 of the transcript, and of what is asked for its sake.
pub(in crate::api::handoff) struct HistoryV2;

impl Wording for HistoryV2 {
    fn words(cause: &Cause) -> Cow<'static, str> {
        match cause {
            Cause::Caller(
                NotAdmitted::ClientMissing | NotAdmitted::ClientUnknown | NotAdmitted::ClientOfAnotherApi,
            ) => "Invalid client_id".into(),
            Cause::Caller(
                NotAdmitted::NotBearer | NotAdmitted::TokenMissing | NotAdmitted::TokenWrong,
            ) => "Invalid token".into(),
            Cause::Missing(parameter) => format!("Missing {}", parameter.name()).into(),
            Cause::Invalid(parameter) => format!("Invalid {}", parameter.name()).into(),
            Cause::UnknownUser | Cause::UnknownBusiness | Cause::NothingSaid => {
                "Either the user has not sent a message yet, or the provided user_name-business_id pair is invalid."
                    .into()
            }
            Cause::UnknownConversation => "Invalid conversation_no".into(),
            Cause::NoGroup(_) => "Argument group validation: no valid group.".into(),
            Cause::InvalidGroup(_) => "Argument group validation: invalid group found.".into(),
            Cause::UserToken => "Unable to decode pxut-client_id pair".into(),
            other => words_of_any_call(other),
        }
    }
}

/// What the calls of version 1 say alike.
fn words_of_version_1(cause: &Cause) -> Cow<'static, str> {
    match cause {
        Cause::BusinessInactive(business) => format!("business \"{business}\" is inactive").into(),
        Cause::TeamInactive(team) => format!("team \"{team}\" is inactive").into(),
        Cause::NothingSaid => "user has not sent a message".into(),
        Cause::ChatEnded => "the chat has ended".into(),
        other => words_of_any_call(other),
    }
}

/// What all calls say alike; the reference has words for one of these.
fn words_of_any_call(cause: &Cause) -> Cow<'static, str> {
    match cause {
        Cause::Caller(NotAdmitted::TooMany(_)) => "Too many requests".into(),
        Cause::Unreadable => "The request cannot be read".into(),
        Cause::NotJson => "The content type of the body has to be application/json".into(),
        Cause::TooSlow => "The body took too long".into(),
        Cause::TooLarge => "The body is too large".into(),
        Cause::NoSuchPath => "Nothing is at this address".into(),
        Cause::WrongMethod => "The address does not take this method".into(),
        Cause::Stopping(_) => "The server is stopping".into(),
        _ => "An unknown error occurred".into(),
    }
}
