//! What the extractors and refusals of the platform's faces mean for the description of a call: a word for each, so
//! that a description is put together as its handler is. It must not know any route.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::codes::{Code, Family, Shared, shared};
use super::route_codes::Codes;
use super::said;
use crate::api::openapi::schema::{about, guid, list, named, text, whole, word};
use crate::api::openapi::{Call, JSON, Parameter, schema};
use crate::domain::client::Scope;
use crate::pipeline::{Fault, FaultKind};

/// The name of the schema of what is wrong with a request.
const PROBLEMS: &str = "Problems";

/// The schemas that descriptions name when they use these words.
pub(in crate::api) fn schemas() -> Vec<(&'static str, Value)> {
    let problem = schema::answered(
        [
            ("code", about(whole(), "The digits of the code, or the status where there is none.")),
            ("description", about(text(), "What is wrong, for people; the code stands at its end.")),
        ],
        [],
    );
    let mut problems = schema::answered([("status", whole()), ("errors", list(problem))], []);
    problems["description"] = "Everything that is wrong with a request.".into();
    problems["properties"]["errors"]["minItems"] = 1.into();
    problems["examples"] = json!([{"status": 400, "errors": [
        {"code": 301, "description": "Property 'name' is required. (code: PRT000301)"},
    ]}]);
    [vec![(PROBLEMS, problems)], said::schemas()].concat()
}

/// A page of a list, whose items are of a schema of the document.
pub(in crate::api) fn page_of(item: &str) -> Value {
    schema::answered(
        [
            ("pageNumber", whole()),
            ("pageSize", whole()),
            ("total", about(whole(), "All items, of this page and of others.")),
            ("results", list(named(item))),
        ],
        [],
    )
}

impl Call {
    /// It may be refused with any of these codes, each with its own status.
    #[must_use]
    pub(in crate::api) fn refused_by(self, codes: &[Code]) -> Self {
        codes.iter().fold(self, |call, code| {
            let about = match code.family {
                Some(_) => format!("`{code}` {}", code.meaning()),
                None => format!("{}.", code.meaning()),
            };
            let call = call.answers(code.status, &about, named(PROBLEMS));
            let late = "Seconds after which it makes sense to ask again.";
            match code.status {
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    call.with_header(code.status, "Retry-After", schema::whole_from(1), late)
                }
                StatusCode::UNAUTHORIZED => {
                    let scheme = "The scheme that is needed.";
                    call.with_header(code.status, "WWW-Authenticate", word(["Bearer"]), scheme)
                }
                StatusCode::UPGRADE_REQUIRED => {
                    call.with_header(code.status, "Upgrade", word(["websocket"]), "What is required.")
                }
                StatusCode::METHOD_NOT_ALLOWED => {
                    call.with_header(code.status, "Allow", text(), "The methods that there are.")
                }
                _ => call,
            }
        })
    }

    /// It may be refused with any of these codes, which all families have.
    #[must_use]
    pub(in crate::api) fn refused_as(self, family: Family, codes: &[Shared]) -> Self {
        codes.iter().fold(self, |call, code| call.refused_by(&[code.in_family(family)]))
    }

    /// A client of the control plane calls.
    #[must_use]
    pub(in crate::api) fn for_portal(self) -> Self {
        self.opened_by([("client", &[Scope::PortalApi.as_str()])]).admitting(Family::Portal)
    }

    /// A client of the engine calls.
    #[must_use]
    pub(in crate::api) fn for_engine(self) -> Self {
        self.opened_by([("client", &[Scope::EngineApi.as_str()])]).admitting(Family::Engine)
    }

    /// A client of the engine calls, or a visitor of a web chat.
    #[must_use]
    pub(in crate::api) fn for_chat(self) -> Self {
        self.for_engine().opened_by([("visitor", &[])])
    }

    /// Whoever calls is known and does not call too often.
    #[must_use]
    pub(in crate::api) fn admitting(self, family: Family) -> Self {
        self.refused_as(family, &[shared::UNAUTHORIZED, shared::FORBIDDEN, shared::SYSTEM_ERROR])
            .not_too_often()
    }

    /// Whoever calls does not call too often.
    #[must_use]
    pub(in crate::api) fn not_too_often(self) -> Self {
        self.refused_by(&[Code::of_status(StatusCode::TOO_MANY_REQUESTS)])
    }

    /// Its path has an identifier that is a GUID.
    #[must_use]
    pub(in crate::api) fn on_guid<C: Codes>(self, name: &str, about: &str) -> Self {
        self.taking(Parameter::path(name, guid(), about)).refused_as(C::FAMILY, &[shared::BAD_GUID])
    }

    /// Its path has an identifier that somebody has chosen.
    #[must_use]
    pub(in crate::api) fn on_chosen<C: Codes>(self, name: &str, about: &str) -> Self {
        let id = json!({"type": "string", "minLength": 1});
        self.taking(Parameter::path(name, id, about)).refused_as(C::FAMILY, &[shared::BAD_FORMAT])
    }

    /// It takes an argument in its query; one without a value counts as absent.
    #[must_use]
    pub(in crate::api) fn asked_with(self, name: &str, schema: Value, about: &str) -> Self {
        self.taking(Parameter::query(name, schema, about).possibly_empty())
    }

    /// It answers with a page of what there is.
    #[must_use]
    pub(in crate::api) fn paged<C: Codes>(self) -> Self {
        let size = schema::with_default(
            schema::whole_within(*super::arguments::PAGE_SIZES.start(), *super::arguments::PAGE_SIZES.end()),
            super::arguments::DEFAULT_PAGE_SIZE,
        );
        let number = schema::with_default(schema::whole_within(0, i64::MAX), 0);
        self.asked_with("pageNumber", number, "The page, counted from 0.")
            .asked_with("pageSize", size, "How many items a page has.")
            .refused_as(
                C::FAMILY,
                &[shared::BAD_FORMAT, shared::BAD_NUMBER, shared::NEGATIVE, shared::OUT_OF_BOUNDS],
            )
    }

    /// It takes an object in JSON, in which those faults may be found. Names are read in any case of letters.
    #[must_use]
    pub(in crate::api) fn with_object<'e, C: Codes>(
        self,
        schema: Value,
        examples: impl IntoIterator<Item = (&'e str, Value)>,
        faults: &[FaultKind],
    ) -> Self {
        let of_status = [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNSUPPORTED_MEDIA_TYPE];
        let codes: Vec<_> = faults.iter().map(|kind| C::code(&Fault::at(*kind, ""))).collect();
        self.with_body(JSON, schema, examples)
            .refused_by(&[C::MISSING_BODY, C::MALFORMED_BODY])
            .refused_by(&codes)
            .refused_as(C::FAMILY, &[shared::TIMED_OUT])
            .refused_by(&of_status.map(Code::of_status))
    }
}
