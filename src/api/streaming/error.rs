//! The streaming face's errors: every refusal with its status and its body (streaming reference, ErrorResponse).
//! It must not know how a refusal comes about.

mod causes;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, UPGRADE, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::outlets::NotAnUpgrade;

/// What a client is told of a session that it cannot use; clients look for these very words
/// (streaming reference, API Client Implementation Recommendations).
const INVALID_SESSION: &str = "Invalid or expired session";

/// Seconds after which it makes sense to ask again for a session that did not fit the organization's limit: the
/// shortest inactivity delay, within which an abandoned session may end.
const SESSION_RETRY_SECONDS: u64 = 60;

/// Seconds after which it makes sense to ask again for a connection that did not fit the organization's limit: about as
/// long as a desk takes to be closed.
const CONNECTION_RETRY_SECONDS: u64 = 10;

/// What is wrong with one part of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The part: a header, a parameter, or the path of a member of the body.
    pub scope: String,
    /// What is wrong, for programs.
    pub reason: Reason,
    /// What is wrong, for people.
    pub message: String,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It has to be there and is not.
    Required,
    /// It is of another type or form.
    InvalidType,
    /// It is not one of the values that are allowed.
    InvalidValue,
    /// It is beyond its bounds.
    OutOfRange,
    /// It names something that does not exist.
    NotFound,
    /// It cannot stand beside another member.
    Conflict,
}

impl Reason {
    fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::InvalidType => "invalidType",
            Self::InvalidValue => "invalidValue",
            Self::OutOfRange => "outOfRange",
            Self::NotFound => "notFound",
            Self::Conflict => "conflict",
        }
    }
}

impl Fault {
    /// A fault of `scope`, which the message names: `rule` continues its sentence.
    pub(super) fn new(scope: impl Into<String>, reason: Reason, rule: &str) -> Self {
        let scope = scope.into();
        let message = format!("{scope} {rule}");
        Self { scope, reason, message }
    }

    /// The same fault of a member of `parent`.
    pub(super) fn within(mut self, parent: &str) -> Self {
        self.scope = format!("{parent}.{}", self.scope);
        self.message = format!("{parent}.{}", self.message);
        self
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 400: what was sent is not what has to be sent.
    Invalid(Vec<Fault>),
    /// 400: the session is not named, unknown, over, or another organization's.
    InvalidSession,
    /// 400: the session was made with the other version of the API.
    OtherVersion,
    /// 400: the session does not take acknowledgements.
    NoAcknowledgement,
    /// 400: the session has as many subscriptions as it may have. Only its client can make room, so it is not told to
    /// wait, as it would be with 429.
    TooManySubscriptions,
    /// 401, without a body: the token or the API key is missing or opens nothing here.
    Unauthorized,
    /// 403: the token opens this API and not this call.
    Forbidden,
    /// 404: there is no such address.
    NoSuchPath,
    /// 404: the organization is unknown or another's.
    NoSuchOrganization,
    /// 404: the session has no such subscription.
    NoSuchSubscription,
    /// 405: the address is right and the method is not.
    MethodNotAllowed,
    /// 408: the body took too long to arrive.
    TooSlow,
    /// 409: the idempotency key stands for another request.
    KeyReused,
    /// 413: the body is larger than this many bytes.
    TooLarge(usize),
    /// 415: the body is not JSON by its content type.
    UnsupportedMediaType,
    /// 426: the address speaks websocket only.
    UpgradeRequired(NotAnUpgrade),
    /// 429: the client calls too often; it may call again after so many seconds.
    TooManyRequests(u64),
    /// 429: the organization has as many sessions as it may have.
    TooManySessions,
    /// 429: the sessions of the organization have as many subscriptions as they may have together.
    TooManySubscriptionsOfAll,
    /// 429: the organization has as many websockets and event streams as it may have.
    TooManyConnections,
    /// 500: our fault, which is in the log and not in the answer.
    Internal,
    /// 503: the server is stopping; the client may call another one, or this one after so many seconds.
    Stopping(u64),
}

impl Refusal {
    /// A request with one fault.
    pub(super) fn invalid(scope: impl Into<String>, reason: Reason, rule: &str) -> Self {
        Self::Invalid(vec![Fault::new(scope, reason, rule)])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_)
            | Self::InvalidSession
            | Self::OtherVersion
            | Self::NoAcknowledgement
            | Self::TooManySubscriptions => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NoSuchPath | Self::NoSuchOrganization | Self::NoSuchSubscription => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::KeyReused => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UpgradeRequired(_) => StatusCode::UPGRADE_REQUIRED,
            Self::TooManyRequests(_)
            | Self::TooManySessions
            | Self::TooManySubscriptionsOfAll
            | Self::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
            Self::Stopping(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn message(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "The request is not valid",
            Self::InvalidSession | Self::OtherVersion => INVALID_SESSION,
            Self::NoAcknowledgement => "The session does not require acknowledgement",
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden => "The token does not allow this call",
            Self::NoSuchPath => "There is nothing at this address",
            Self::NoSuchOrganization => "There is no such organization",
            Self::NoSuchSubscription => "The session has no such subscription",
            Self::MethodNotAllowed => "The method is not allowed at this address",
            Self::TooSlow => "The body took too long",
            Self::KeyReused => "The idempotency key was used for another request",
            Self::TooLarge(_) => "The body is too large",
            Self::UnsupportedMediaType => "The content type of the body must be application/json",
            Self::TooManyRequests(_) => "Too many requests",
            Self::UpgradeRequired(_) => "A websocket is required",
            Self::TooManySessions => "The organization has too many sessions",
            Self::TooManySubscriptions => "The session has too many subscriptions",
            Self::TooManySubscriptionsOfAll => "The organization has too many subscriptions",
            Self::TooManyConnections => "The organization has too many connections",
            Self::Stopping(_) => "The server is stopping",
            Self::Internal => "Internal server error",
        }
    }

    /// The `errors` of the body: every fault, or the one thing that the refusal is about.
    fn errors(&self) -> Vec<Value> {
        let one = |scope: &str, reason: &str, message: String| {
            vec![json!({"scope": scope, "reason": reason, "message": message})]
        };
        let same = |scope, reason| one(scope, reason, self.message().to_owned());
        match self {
            Self::Invalid(faults) => faults
                .iter()
                .flat_map(|fault| one(&fault.scope, fault.reason.as_str(), fault.message.clone()))
                .collect(),
            Self::InvalidSession => same("via-client-sessionid", "invalidSession"),
            Self::OtherVersion => {
                let why = "The session was made with another version of this API";
                one("via-client-sessionid", "otherVersion", why.to_owned())
            }
            Self::NoAcknowledgement => same("via-client-sessionid", "acknowledgementNotRequired"),
            Self::Forbidden => same("authorization", "insufficientScope"),
            Self::NoSuchPath => same("path", "notFound"),
            Self::NoSuchOrganization => same("orgId", "notFound"),
            Self::NoSuchSubscription => same("subscriptionId", "notFound"),
            Self::MethodNotAllowed => same("method", "methodNotAllowed"),
            Self::TooSlow => same("body", "timeout"),
            Self::KeyReused => same("idempotency-key", "conflict"),
            Self::TooLarge(most) => one("body", "tooLarge", format!("The body may have {most} bytes")),
            Self::UnsupportedMediaType => same("content-type", "unsupportedMediaType"),
            Self::TooManyRequests(_) => same("client", "rateLimitExceeded"),
            Self::UpgradeRequired(why) => one("upgrade", "required", why.to_string()),
            Self::TooManySessions => same("organization", "sessionLimitExceeded"),
            Self::TooManySubscriptions => same("via-client-sessionid", "subscriptionLimitExceeded"),
            Self::TooManySubscriptionsOfAll => same("organization", "subscriptionLimitExceeded"),
            Self::TooManyConnections => same("organization", "connectionLimitExceeded"),
            Self::Stopping(_) => same("server", "stopping"),
            Self::Unauthorized | Self::Internal => Vec::new(),
        }
    }

    /// What a client is told, as the body of an answer has it; on a websocket it stands in a frame.
    pub(super) fn body(&self) -> Value {
        json!({"code": self.status().as_u16(), "message": self.message(), "errors": self.errors()})
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Unauthorized => Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            Self::TooManyRequests(seconds) | Self::Stopping(seconds) => {
                Some((RETRY_AFTER, HeaderValue::from(*seconds)))
            }
            Self::TooManySessions | Self::TooManySubscriptionsOfAll => {
                Some((RETRY_AFTER, HeaderValue::from(SESSION_RETRY_SECONDS)))
            }
            Self::TooManyConnections => Some((RETRY_AFTER, HeaderValue::from(CONNECTION_RETRY_SECONDS))),
            Self::UpgradeRequired(_) => Some((UPGRADE, HeaderValue::from_static("websocket"))),
            _ => None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = if self == Self::Unauthorized {
            status.into_response()
        } else {
            (status, [(CONTENT_TYPE, "application/json")], self.body().to_string()).into_response()
        };
        response.headers_mut().extend(self.header());
        response
    }
}

#[cfg(test)]
mod tests;
