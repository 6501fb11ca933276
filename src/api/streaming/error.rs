//! The streaming face's errors: every refusal with its status and its body (streaming reference, ErrorResponse).
//! It must not know how a refusal comes about.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, UPGRADE, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::caller::Denied;
use crate::broker::{AcknowledgeError, PollError, SessionGone};
use crate::outlets::NotAnUpgrade;
use crate::pipeline::{
    BeginError, EndSessionError, OpenSessionError, SessionAcknowledgeError, SubscribeError,
    SubscriptionError, UnsubscribeError,
};
use crate::store::StoreError;

/// What a client is told of a session that it cannot use; clients look for these very words
/// (streaming reference, API Client Implementation Recommendations).
const INVALID_SESSION: &str = "Invalid or expired session";

/// Seconds after which it makes sense to ask again for a session that did not fit the organization's limit: the
/// shortest inactivity delay, within which an abandoned session may end. For a subscription that did not fit its
/// session's limit there is no such time, since only its client can make room; it waits as long.
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
    /// 429: the session has as many subscriptions as it may have.
    TooManySubscriptions,
    /// 429: the organization has as many websockets and event streams as it may have.
    TooManyConnections,
    /// 500: our fault, which is in the log and not in the answer.
    Internal,
}

impl Refusal {
    /// A request with one fault.
    pub(super) fn invalid(scope: impl Into<String>, reason: Reason, rule: &str) -> Self {
        Self::Invalid(vec![Fault::new(scope, reason, rule)])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) | Self::InvalidSession | Self::OtherVersion | Self::NoAcknowledgement => {
                StatusCode::BAD_REQUEST
            }
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
            | Self::TooManySubscriptions
            | Self::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
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
            Self::TooManyConnections => "The organization has too many connections",
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
            Self::TooManyConnections => same("organization", "connectionLimitExceeded"),
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
            Self::TooManyRequests(seconds) => Some((RETRY_AFTER, HeaderValue::from(*seconds))),
            Self::TooManySessions | Self::TooManySubscriptions => {
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

impl From<Denied> for Refusal {
    /// A token for another API is as good as none here.
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated | Denied::WrongScope => Self::Unauthorized,
            Denied::TooMany(refused) => Self::TooManyRequests(refused.seconds()),
        }
    }
}

impl From<PollError> for Refusal {
    fn from(error: PollError) -> Self {
        match error {
            PollError::Gone(_) => Self::InvalidSession,
            PollError::OtherVersion => Self::OtherVersion,
        }
    }
}

impl From<OpenSessionError> for Refusal {
    fn from(error: OpenSessionError) -> Self {
        match error {
            OpenSessionError::TooMany(_) => Self::TooManySessions,
            OpenSessionError::Store(error) => error.into(),
        }
    }
}

impl From<EndSessionError> for Refusal {
    fn from(error: EndSessionError) -> Self {
        match error {
            EndSessionError::Gone(_) => Self::InvalidSession,
            EndSessionError::Store(error) => error.into(),
        }
    }
}

impl From<SessionAcknowledgeError> for Refusal {
    fn from(error: SessionAcknowledgeError) -> Self {
        match error {
            SessionAcknowledgeError::Refused(AcknowledgeError::Gone(_)) => Self::InvalidSession,
            SessionAcknowledgeError::Refused(AcknowledgeError::NotRequired(_)) => Self::NoAcknowledgement,
            SessionAcknowledgeError::Store(error) => error.into(),
        }
    }
}

impl From<SubscribeError> for Refusal {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::Gone(_) => Self::InvalidSession,
            SubscribeError::TooMany(_) => Self::TooManySubscriptions,
            SubscribeError::Store(error) => error.into(),
        }
    }
}

impl From<SubscriptionError> for Refusal {
    fn from(error: SubscriptionError) -> Self {
        match error {
            SubscriptionError::Gone(_) => Self::InvalidSession,
            SubscriptionError::NotFound(_) => Self::NoSuchSubscription,
        }
    }
}

impl From<UnsubscribeError> for Refusal {
    fn from(error: UnsubscribeError) -> Self {
        match error {
            UnsubscribeError::Gone(_) => Self::InvalidSession,
            UnsubscribeError::NotFound(_) => Self::NoSuchSubscription,
            UnsubscribeError::Store(error) => error.into(),
        }
    }
}

impl From<SessionGone> for Refusal {
    fn from(_: SessionGone) -> Self {
        Self::InvalidSession
    }
}

impl From<BeginError> for Refusal {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::OtherRequest => Self::KeyReused,
            BeginError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a streaming request failed");
        Self::Internal
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn rendered(refusal: Refusal) -> (Response<()>, Vec<u8>) {
        let (parts, body) = refusal.into_response().into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        (Response::from_parts(parts, ()), body)
    }

    #[tokio::test]
    async fn faults_are_told_in_the_documented_body() {
        let fault = Fault::new("payload", Reason::Required, "is required").within("events[2]");
        let (head, body) = rendered(Refusal::Invalid(vec![fault])).await;
        assert_eq!(head.status(), StatusCode::BAD_REQUEST);
        assert_eq!(head.headers()[CONTENT_TYPE], "application/json");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            body,
            json!({"code": 400, "message": "The request is not valid", "errors": [{
                "scope": "events[2].payload", "reason": "required", "message": "events[2].payload is required",
            }]})
        );
    }

    #[tokio::test]
    async fn unauthorized_has_no_body() {
        let (head, body) = rendered(Refusal::Unauthorized).await;
        assert_eq!(head.status(), StatusCode::UNAUTHORIZED);
        assert!(body.is_empty());
    }

    #[tokio::test]
    async fn all_kinds_of_too_many_tell_when_to_come_back() {
        for (refusal, seconds) in [
            (Refusal::TooManyRequests(7), "7"),
            (Refusal::TooManySessions, "60"),
            (Refusal::TooManySubscriptions, "60"),
        ] {
            let (head, body) = rendered(refusal).await;
            assert_eq!(head.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(head.headers()[RETRY_AFTER], seconds);
            assert!(!body.is_empty());
        }
    }

    #[tokio::test]
    async fn our_own_failures_say_nothing() {
        let (_, body) = rendered(StoreError::Failed("disk /dev/sda1".to_owned()).into()).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body, json!({"code": 500, "message": "Internal server error", "errors": []}));
    }

    #[tokio::test]
    async fn sessions_of_any_trouble_are_told_in_the_words_that_clients_look_for() {
        for refusal in [Refusal::InvalidSession, Refusal::OtherVersion] {
            let (_, body) = rendered(refusal).await;
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["message"], "Invalid or expired session");
        }
    }
}
