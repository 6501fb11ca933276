//! The messaging face's refusals: each with its status, and what is wrong with each field (messaging reference,
//! ApiFieldError). It must not know how a refusal comes about, nor what surrounds it in an answer.

mod causes;

use axum::http::StatusCode;
use serde_json::{Value, json};

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldFault {
    /// The field: the path of a member of the body, or the name of a parameter; empty for the body as a whole.
    pub field: String,
    /// The schema of the object that has the field, as the reference names it; `query` for parameters.
    pub schema: &'static str,
    /// What is wrong, for programs.
    pub code: FaultCode,
    /// What is wrong, for people.
    pub description: String,
    /// The values that the field may have, where they are counted.
    pub possible: Vec<Value>,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultCode {
    /// It has to be there and is not.
    Required,
    /// It is of another type.
    InvalidType,
    /// It is not one of the values, or not of the form, that it may have.
    InvalidValue,
    /// It is longer than it may be.
    TooLong,
    /// It names something that there is not.
    NotFound,
    /// It cannot stand beside another field, or beside what there is already.
    Conflict,
    /// It means nothing in this request.
    NotApplicable,
    /// It names something that cannot be used at present.
    Unavailable,
    /// It names a session that was closed.
    SessionClosed,
    /// There is as much as there may be.
    LimitReached,
}

impl FaultCode {
    /// All of them.
    pub(super) const ALL: [Self; 10] = [
        Self::Required,
        Self::InvalidType,
        Self::InvalidValue,
        Self::TooLong,
        Self::NotFound,
        Self::Conflict,
        Self::NotApplicable,
        Self::Unavailable,
        Self::SessionClosed,
        Self::LimitReached,
    ];

    /// Its word on the wire.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::InvalidType => "INVALID_TYPE",
            Self::InvalidValue => "INVALID_VALUE",
            Self::TooLong => "TOO_LONG",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::Unavailable => "UNAVAILABLE",
            Self::SessionClosed => "SESSION_CLOSED",
            Self::LimitReached => "LIMIT_REACHED",
        }
    }
}

impl FieldFault {
    /// A fault of a field, which the description names: `rule` continues its sentence.
    pub(super) fn new(schema: &'static str, field: impl Into<String>, code: FaultCode, rule: &str) -> Self {
        let field = field.into();
        let subject = if field.is_empty() { "The body" } else { &field };
        let description = format!("{subject} {rule}");
        Self { field, schema, code, description, possible: Vec::new() }
    }

    /// The same with the values that the field may have.
    pub(super) fn may_be(mut self, possible: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.possible = possible.into_iter().map(Into::into).collect();
        self
    }

    /// As the reference has it, with every member.
    pub(super) fn render(&self) -> Value {
        let Self { field, schema, code, description, possible } = self;
        let code = code.as_str();
        json!({
            "field": field,
            "obzect": schema,
            "code": code,
            "codeKey": code,
            "codes": [format!("{code}.{schema}.{field}"), code],
            "description": description,
            "descriptionKey": format!("{code}:{field}"),
            "possibleValues": possible,
            "body": {},
        })
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 400: fields are not what they must be; all of them are told.
    Invalid(Vec<FieldFault>),
    /// 401: the key is missing or wrong, or is not the key of the id beside it.
    Unauthorized,
    /// 403: it is right, and for another API.
    Forbidden,
    /// 404: what a field names is not there.
    Missing(Box<FieldFault>),
    /// 404: nothing is at this address.
    NoSuchPath,
    /// 405: the address does not take this method.
    MethodNotAllowed,
    /// 408: the body did not arrive in time.
    TooSlow,
    /// 413: the body has more bytes than this.
    TooLarge(usize),
    /// 415: the body is something else than JSON.
    UnsupportedMediaType,
    /// 429: the client calls too often, and may come back after so many seconds.
    TooManyRequests(u64),
    /// 500: something went wrong on our side.
    Internal,
    /// 503: the server stops; another one may be there after so many seconds.
    Stopping(u64),
}

impl Refusal {
    /// A request with one fault.
    pub(super) fn one(fault: FieldFault) -> Self {
        Self::Invalid(vec![fault])
    }

    /// Its HTTP status.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Missing(_) | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Stopping(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The status in words, for programs.
    pub(super) fn key(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "BAD_REQUEST",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Forbidden => "FORBIDDEN",
            Self::Missing(_) | Self::NoSuchPath => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::TooSlow => "REQUEST_TIMEOUT",
            Self::TooLarge(_) => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::TooManyRequests(_) => "TOO_MANY_REQUESTS",
            Self::Internal => "INTERNAL_SERVER_ERROR",
            Self::Stopping(_) => "SERVICE_UNAVAILABLE",
        }
    }

    /// What is wrong, for people.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Invalid(faults) if faults.len() == 1 => "One field is not what it must be".to_owned(),
            Self::Invalid(faults) => format!("{} fields are not what they must be", faults.len()),
            Self::Unauthorized => {
                "x-api-key does not open this API, or not for the client of x-api-id".to_owned()
            }
            Self::Forbidden => "x-api-key is for another API".to_owned(),
            Self::Missing(fault) => fault.description.clone(),
            Self::NoSuchPath => "Nothing is at this address".to_owned(),
            Self::MethodNotAllowed => "The address does not take this method".to_owned(),
            Self::TooSlow => "The body took too long".to_owned(),
            Self::TooLarge(most) => format!("The body has more than {most} bytes"),
            Self::UnsupportedMediaType => "The content type has to be application/json".to_owned(),
            Self::TooManyRequests(_) => "Too many requests".to_owned(),
            Self::Internal => "Something went wrong on our side".to_owned(),
            Self::Stopping(_) => "The server is stopping".to_owned(),
        }
    }

    /// What is wrong with which field.
    pub(super) fn faults(&self) -> &[FieldFault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::Missing(fault) => std::slice::from_ref(fault),
            _ => &[],
        }
    }

    /// Seconds after which it makes sense to come back.
    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests(seconds) | Self::Stopping(seconds) => Some(*seconds),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_fault_has_every_member_of_the_reference() {
        let fault =
            FieldFault::new("WebhookUrlRequest", "url", FaultCode::InvalidValue, "must be an address")
                .may_be(["https"]);
        assert_eq!(
            fault.render(),
            json!({
                "field": "url",
                "obzect": "WebhookUrlRequest",
                "code": "INVALID_VALUE",
                "codeKey": "INVALID_VALUE",
                "codes": ["INVALID_VALUE.WebhookUrlRequest.url", "INVALID_VALUE"],
                "description": "url must be an address",
                "descriptionKey": "INVALID_VALUE:url",
                "possibleValues": ["https"],
                "body": {},
            })
        );
    }

    #[test]
    fn every_code_has_a_word_of_its_own() {
        let words: HashSet<_> = FaultCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), FaultCode::ALL.len());
    }
}
