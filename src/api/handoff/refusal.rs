//! Why a call is refused, and how that is answered: `{"error_message": ..}` with a status, in the words of the call
//! (hand-off reference, the tables of error messages). Each version has words of its own for the same cause; where
//! the reference has none, they are ours. It must not know how a refusal comes about.

mod words;

use std::marker::PhantomData;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::caller::NotAdmitted;
use crate::pipeline::EngineError;

pub(super) use words::{HistoryV1, HistoryV2, ToAgent, Wording};

/// A parameter of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    /// `user_name`
    UserName,
    /// `business_id`
    BusinessId,
    /// `team_name`
    TeamName,
    /// `countdown`
    Countdown,
    /// `conversation_no`
    ConversationNo,
    /// `limit`
    Limit,
    /// `response_type`
    ResponseType,
    /// `pxut`
    Pxut,
}

impl Parameter {
    /// Its name on the wire.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::UserName => "user_name",
            Self::BusinessId => "business_id",
            Self::TeamName => "team_name",
            Self::Countdown => "countdown",
            Self::ConversationNo => "conversation_no",
            Self::Limit => "limit",
            Self::ResponseType => "response_type",
            Self::Pxut => "pxut",
        }
    }
}

/// What is wrong, whichever call it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The caller is not let in.
    Caller(NotAdmitted),
    /// The parameter has to be there and is not.
    Missing(Parameter),
    /// The parameter is of another type, or beyond its bounds.
    Invalid(Parameter),
    /// No conversation of the tenant is with this user.
    UnknownUser,
    /// The tenant has no such business.
    UnknownBusiness,
    /// The business of this number is paused.
    BusinessInactive(i64),
    /// The tenant has no such team.
    UnknownTeam,
    /// The team, which the request names so, does not work.
    TeamInactive(String),
    /// The user has no chat with the business, or has not said anything in it.
    NothingSaid,
    /// The user's chat with the business is over.
    ChatEnded,
    /// The user has not had so many chats with the business.
    UnknownConversation,
    /// No group of arguments is whole; of each group, what is missing.
    NoGroup(Vec<Vec<Parameter>>),
    /// An argument of a group is not of its type.
    InvalidGroup(Parameter),
    /// The token that stands for a user is none of this client's.
    UserToken,
    /// What was sent cannot be read.
    Unreadable,
    /// The body is not JSON by its content type.
    NotJson,
    /// The body took too long.
    TooSlow,
    /// The body is larger than it may be.
    TooLarge,
    /// Nothing is at this address.
    NoSuchPath,
    /// The address does not take the method.
    WrongMethod,
    /// Something failed on our side; it is in the log.
    Failed,
    /// The server is stopping; it is worth a try after so many seconds.
    Stopping(u64),
}

impl Cause {
    fn status(&self) -> StatusCode {
        match self {
            Self::Caller(NotAdmitted::ClientOfAnotherApi) => StatusCode::FORBIDDEN,
            Self::Caller(NotAdmitted::TooMany(_)) => StatusCode::TOO_MANY_REQUESTS,
            Self::Caller(_) => StatusCode::UNAUTHORIZED,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Stopping(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// What a client is told besides the words, for those that point to it.
    fn data(&self) -> Option<Value> {
        let names = |parameters: &Vec<Parameter>| -> Vec<_> {
            parameters.iter().map(|parameter| parameter.name()).collect()
        };
        match self {
            Self::NoGroup(groups) => {
                let groups = groups.iter().zip(1..);
                let groups: Vec<_> = groups
                    .map(|(missing, group)| json!({"group": group, "missing": names(missing)}))
                    .collect();
                Some(json!({"groups": groups}))
            }
            Self::InvalidGroup(parameter) => Some(json!({"invalid": [parameter.name()]})),
            _ => None,
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Caller(NotAdmitted::TooMany(refused)) => {
                Some((RETRY_AFTER, HeaderValue::from(refused.seconds())))
            }
            Self::Caller(NotAdmitted::ClientOfAnotherApi) => None,
            Self::Caller(_) => Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            Self::Stopping(seconds) => Some((RETRY_AFTER, HeaderValue::from(*seconds))),
            _ => None,
        }
    }
}

impl From<EngineError> for Cause {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::ConversationClosed => Self::ChatEnded,
            other => {
                tracing::error!(error = %other, "a request of the hand-off face failed");
                Self::Failed
            }
        }
    }
}

/// A refusal in the words of a call.
pub(super) struct Refusal<W> {
    cause: Cause,
    wording: PhantomData<fn() -> W>,
}

impl<W> From<Cause> for Refusal<W> {
    fn from(cause: Cause) -> Self {
        Self { cause, wording: PhantomData }
    }
}

impl<W> From<NotAdmitted> for Refusal<W> {
    fn from(refused: NotAdmitted) -> Self {
        Cause::Caller(refused).into()
    }
}

impl<W> From<EngineError> for Refusal<W> {
    fn from(error: EngineError) -> Self {
        Cause::from(error).into()
    }
}

impl<W: Wording> IntoResponse for Refusal<W> {
    fn into_response(self) -> Response {
        let mut body = json!({"error_message": W::words(&self.cause)});
        if let Some(data) = self.cause.data() {
            body["data"] = data;
        }
        let content_type = [(CONTENT_TYPE, "application/json")];
        let mut response = (self.cause.status(), content_type, body.to_string()).into_response();
        response.headers_mut().extend(self.cause.header());
        response
    }
}
