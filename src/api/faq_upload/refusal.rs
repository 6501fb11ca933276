//! What callers of this face are told when a call is refused: one object with `error_message`, and with `detail`
//! where the documented message does not say what is wrong. The words of the documented errors are here and nowhere
//! else.

use std::error::Error;

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::form::{FormFault, NotRead};
use crate::api::handoff::caller::NotAdmitted;
use crate::api::rate_limit::TooManyRequests;
use crate::bot::NotTaken;

pub(super) const UNAUTHORIZED: &str = "Unauthorized Access or invalid token";
pub(super) const FORBIDDEN: &str = "Access Forbidden";
/// Whatever is wrong with a form; `detail` tells.
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
    pub(super) fn unexpected(error: impl Error + 'static) -> Self {
        tracing::error!(error = &error as &(dyn Error + 'static), "an upload failed on our side");
        Self::Unexpected
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::TooManyRequests(_) | Self::TooManyUploads => StatusCode::TOO_MANY_REQUESTS,
            Self::Form(FormFault::FileTooLarge(_) | FormFault::FormTooLarge(_)) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::Form(FormFault::TooSlow) => StatusCode::REQUEST_TIMEOUT,
            Self::Form(_) | Self::NoSuchDomain | Self::SeveralDomains => StatusCode::BAD_REQUEST,
            Self::NoSuchTask | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unexpected => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn message(&self) -> &'static str {
        match self {
            Self::Unauthorized => UNAUTHORIZED,
            Self::Forbidden => FORBIDDEN,
            Self::TooManyRequests(_) => "too many requests",
            Self::TooManyUploads => "too many uploads are in progress",
            Self::Form(_) => BAD_BODY,
            Self::NoSuchDomain => NO_SUCH_DOMAIN,
            Self::SeveralDomains => "several domains have this name: give the id of one",
            Self::NoSuchTask => "invalid task id",
            Self::NoSuchPath => "nothing is at this address",
            Self::WrongMethod => "the address does not take this method",
            Self::Unexpected => "An unknown error occurred",
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Unauthorized => Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            Self::TooManyRequests(refused) => Some((RETRY_AFTER, HeaderValue::from(refused.seconds()))),
            _ => None,
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

impl From<NotRead> for Refusal {
    fn from(reason: NotRead) -> Self {
        match reason {
            NotRead::Fault(fault) => Self::Form(fault),
            failed @ NotRead::NotPutBy(_) => Self::unexpected(failed),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({"error_message": self.message()});
        if let Self::Form(fault) = &self {
            body["detail"] = fault.to_string().into();
        }
        let mut response = (self.status(), Json(body)).into_response();
        response.headers_mut().extend(self.header());
        response
    }
}

/// The handler for methods that an address does not have; the router adds which ones it has.
pub(super) async fn wrong_method() -> Refusal {
    Refusal::WrongMethod
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_file_that_cannot_be_put_by_is_our_fault_and_a_form_that_is_none_is_not() {
        let ours = Refusal::from(NotRead::from(io::Error::other("the disk is full")));
        assert_eq!(ours.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let theirs = Refusal::from(NotRead::from(FormFault::Malformed));
        assert_eq!(theirs.status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn who_is_not_let_in_is_told_by_what_it_would_be() {
        assert_eq!(Refusal::Unauthorized.into_response().headers()[WWW_AUTHENTICATE], "Bearer");
        assert!(!Refusal::Forbidden.into_response().headers().contains_key(WWW_AUTHENTICATE));
    }
}
