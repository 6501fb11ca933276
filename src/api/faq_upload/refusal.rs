//! What callers of this face are told when a call is refused: one object with `error_message`. The words of the
//! documented errors are here and nowhere else.

use std::fmt::Display;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::form::FormFault;
use crate::api::handoff::caller::NotAdmitted;
use crate::api::rate_limit::TooManyRequests;
use crate::bot::NotTaken;

pub(super) const UNAUTHORIZED: &str = "Unauthorized Access or invalid token";
pub(super) const FORBIDDEN: &str = "Access Forbidden";
/// Followed by what is wrong.
pub(super) const BAD_BODY: &str = "Invalid or bad request body";
/// As it is documented, the missing letter included: clients compare it.
pub(super) const NO_SUCH_DOMAIN: &str = "invalid doman";

/// Why a call is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The caller is nobody's client, or its token is not good.
    Unauthorized,
    /// The caller is a client for other calls.
    Forbidden,
    /// The caller calls too often.
    TooManyRequests(TooManyRequests),
    /// The caller has as many uploads under way as it may.
    TooManyUploads,
    /// The form is not what it must be.
    Form(FormFault),
    /// The domain is no bot of the caller.
    NoSuchDomain,
    /// Several bots of the caller have that name.
    SeveralDomains,
    /// The caller has no such task, or it was forgotten.
    NoSuchTask,
    /// Nothing is at this address.
    NoSuchPath,
    /// The address does not take that method.
    WrongMethod,
    /// It is our fault; the cause was logged.
    Unexpected,
}

impl Refusal {
    /// Something of ours failed: the log is told why.
    pub(super) fn unexpected(error: impl Display) -> Self {
        tracing::error!(%error, "an upload failed on our side");
        Self::Unexpected
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::TooManyRequests(_) | Self::TooManyUploads => StatusCode::TOO_MANY_REQUESTS,
            Self::Form(FormFault::FileTooLarge(_)) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Form(FormFault::TooSlow) => StatusCode::REQUEST_TIMEOUT,
            Self::Form(_) | Self::NoSuchDomain | Self::SeveralDomains => StatusCode::BAD_REQUEST,
            Self::NoSuchTask | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unexpected => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Unauthorized => UNAUTHORIZED.to_owned(),
            Self::Forbidden => FORBIDDEN.to_owned(),
            Self::TooManyRequests(_) => "too many requests".to_owned(),
            Self::TooManyUploads => "too many uploads are in progress".to_owned(),
            Self::Form(fault) => format!("{BAD_BODY}: {fault}"),
            Self::NoSuchDomain => NO_SUCH_DOMAIN.to_owned(),
            Self::SeveralDomains => "several domains have this name: give the id of one".to_owned(),
            Self::NoSuchTask => "invalid task id".to_owned(),
            Self::NoSuchPath => "nothing is at this address".to_owned(),
            Self::WrongMethod => "the address does not take this method".to_owned(),
            Self::Unexpected => "something went wrong on our side".to_owned(),
        }
    }
}

impl From<NotAdmitted> for Refusal {
    fn from(reason: NotAdmitted) -> Self {
        match reason {
            NotAdmitted::ClientOfAnotherApi => Self::Forbidden,
            NotAdmitted::TooMany(refused) => Self::TooManyRequests(refused),
            NotAdmitted::ClientMissing
            | NotAdmitted::ClientUnknown
            | NotAdmitted::TokenMissing
            | NotAdmitted::NotBearer
            | NotAdmitted::TokenWrong => Self::Unauthorized,
        }
    }
}

impl From<NotTaken> for Refusal {
    fn from(reason: NotTaken) -> Self {
        match reason {
            NotTaken::TooMany => Self::TooManyUploads,
            failed @ NotTaken::Spool(_) => Self::unexpected(failed),
        }
    }
}

impl From<FormFault> for Refusal {
    fn from(fault: FormFault) -> Self {
        Self::Form(fault)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({"error_message": self.message()}));
        let mut response = (self.status(), body).into_response();
        if let Self::TooManyRequests(refused) = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(refused.seconds()));
        }
        response
    }
}

/// The handler for methods that an address does not have; the router adds which ones it has.
pub(super) async fn wrong_method() -> Refusal {
    Refusal::WrongMethod
}
