//! The platform's error answer (platform documentation §8.3): one body for one or several problems.
//! Which cause gives which code is not said here.

use std::fmt;

use axum::Json;
use axum::http::header::{ALLOW, RETRY_AFTER, SEC_WEBSOCKET_VERSION, UPGRADE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};

use super::codes::Code;
use super::route_codes::Codes;
use crate::pipeline::Fault;

/// One thing that is wrong. As JSON: `{"code":301,"description":"Property 'name' is required. (code: PRT000301)"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    text: String,
}

impl Problem {
    /// A problem; the text is for the developer of the client, a whole sentence without the code.
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Its text, without the code.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What a client reads: the text, with the code where the documents have one.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code.family {
            Some(_) => write!(f, "{} (code: {})", self.text, self.code),
            None => f.write_str(&self.text),
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct ProblemOut {
            code: u32,
            description: String,
        }
        ProblemOut { code: self.code.number, description: self.to_string() }.serialize(serializer)
    }
}

/// Everything that is wrong with a request: at least one problem, whose status is that of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    first: Problem,
    others: Vec<Problem>,
    /// Seconds, for the `Retry-After` header.
    retry_after: Option<u64>,
    /// For the `Allow` header.
    allow: Option<&'static str>,
}

impl Problems {
    /// One problem.
    pub fn one(code: Code, text: impl Into<String>) -> Self {
        Problem::new(code, text).into()
    }

    /// The faults of a body, all in one answer. A list without a fault is taken as a body that cannot be judged.
    pub fn of_faults<C: Codes>(faults: Vec<Fault>) -> Self {
        let problems = faults.into_iter().map(|fault| Problem::new(C::code(&fault), text_of(&fault)));
        Self::all(problems).unwrap_or_else(|| Self::one(C::MALFORMED_BODY, "The body cannot be read."))
    }

    /// All of `problems` in one answer, whose status is that of the first; `None` when there is none.
    pub fn all(problems: impl IntoIterator<Item = Problem>) -> Option<Self> {
        let mut problems = problems.into_iter();
        let first = problems.next()?;
        Some(Self { others: problems.collect(), ..first.into() })
    }

    /// Both of what was asked for, or what is wrong with either: all of it at once.
    pub fn both<A, B>(first: Result<A, Self>, second: Result<B, Self>) -> Result<(A, B), Self> {
        match (first, second) {
            (Ok(first), Ok(second)) => Ok((first, second)),
            (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
            (Err(first), Err(second)) => Err(second.iter().cloned().fold(first, Self::and)),
        }
    }

    /// These problems and one more.
    #[must_use]
    pub fn and(mut self, problem: Problem) -> Self {
        self.others.push(problem);
        self
    }

    /// Tells the client to come back after this many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Tells which methods there are instead; for what the router knows nothing of.
    #[must_use]
    pub fn allow(self, methods: &'static str) -> Self {
        Self { allow: Some(methods), ..self }
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> StatusCode {
        self.first.code.status
    }

    /// The problem that decides the status.
    pub fn first(&self) -> &Problem {
        &self.first
    }

    /// The problems, the one that decides the status first.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl From<Problem> for Problems {
    fn from(first: Problem) -> Self {
        Self { first, others: Vec::new(), retry_after: None, allow: None }
    }
}

/// As JSON the body of the answer: `status` and `errors`.
impl Serialize for Problems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct ProblemsOut<'a> {
            status: u16,
            errors: Vec<&'a Problem>,
        }
        ProblemsOut { status: self.status().as_u16(), errors: self.iter().collect() }.serialize(serializer)
    }
}

impl IntoResponse for Problems {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(&self)).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(methods));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.status() == StatusCode::UPGRADE_REQUIRED {
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        response
    }
}

fn text_of(fault: &Fault) -> String {
    use crate::pipeline::FaultKind::*;
    let property = &fault.property;
    match fault.kind {
        Missing => format!("Property '{property}' is required."),
        WrongType => format!("Property '{property}' is of a wrong type or form."),
        Unsupported | OutOfRange => format!("Property '{property}' has a value that is not supported."),
        NotAGuid => format!("Property '{property}' has to be a GUID."),
        NotADecimal => format!("Property '{property}' has to be a decimal number."),
        NotAnEmail => format!("Property '{property}' has to be an e-mail address."),
        EmptyList => format!("Property '{property}' has to hold at least one element."),
        EmptyMessage => format!("The message is empty: property '{property}' has to say something."),
        EmptyLocation => {
            format!("The location '{property}' has to have an address, or latitude and longitude.")
        }
        NoContent => "The body has to hold either 'message' or 'event'.".to_owned(),
        TwoContents => "The body can hold only one of 'message' and 'event'.".to_owned(),
        TooLong => format!("Property '{property}' is too long."),
        NotADate => format!("Property '{property}' has to be a date of ISO 8601."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::platform::codes::{Family, prt, shared};
    use crate::api::platform::route_codes::Portal;
    use crate::pipeline::FaultKind;

    async fn body_of(response: Response) -> Value {
        let bytes = axum::body::to_bytes(response.into_body(), 65_536).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn every_fault_of_a_body_is_in_the_one_answer() {
        let faults = vec![Fault::at(FaultKind::Missing, "name"), Fault::at(FaultKind::WrongType, "statusId")];
        let response = Problems::of_faults::<Portal>(faults).into_response();
        assert_eq!(response.status(), 400);
        assert_eq!(
            body_of(response).await,
            json!({"status": 400, "errors": [
                {"code": 301, "description": "Property 'name' is required. (code: PRT000301)"},
                {"code": 302, "description": "Property 'statusId' is of a wrong type or form. (code: PRT000302)"},
            ]})
        );
    }

    #[tokio::test]
    async fn the_first_problem_decides_the_status() {
        let both =
            Problems::one(prt::HUB_NOT_FOUND, "No hub.").and(Problem::new(prt::MISSING_PROPERTY, "No name."));
        let response = both.into_response();
        assert_eq!(response.status(), 404);
        assert_eq!(body_of(response).await["status"], 404);
    }

    #[tokio::test]
    async fn a_code_without_a_family_is_not_in_the_description() {
        let code = Code::of_status(StatusCode::TOO_MANY_REQUESTS);
        let response = Problems::one(code, "Too often.").retry_after(3).into_response();
        assert_eq!(response.headers()[RETRY_AFTER], "3");
        let expected = json!({"status": 429, "errors": [{"code": 429, "description": "Too often."}]});
        assert_eq!(body_of(response).await, expected);
    }

    #[test]
    fn an_unauthorized_answer_names_the_scheme() {
        let code = shared::UNAUTHORIZED.in_family(Family::Engine);
        let response = Problems::one(code, "No.").into_response();
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
    }
}
