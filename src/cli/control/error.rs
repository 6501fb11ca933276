//! Why the control plane did not do what it was asked, and how that is told.

use std::fmt;
use std::io;
use std::path::PathBuf;

use hyper::StatusCode;
use serde::Deserialize;

use crate::calling::{Answer, CallError};
use crate::cli::Failure;

/// Why the control plane did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The body that was given cannot be sent.
    #[error("--body: {0}")]
    Body(String),
    /// A flag that says nothing of a command of this kind.
    #[error("{flag} does not go with --kind {kind}")]
    OtherKind {
        /// The flag.
        flag: &'static str,
        /// The kind.
        kind: &'static str,
    },
    /// There are no credentials to read.
    #[error("no credentials in {}", path.display())]
    NoCredentials {
        /// Where they should be.
        path: PathBuf,
        /// Why they cannot be read.
        source: io::Error,
    },
    /// A file that holds no credentials for the control plane.
    #[error("{} holds no credentials of a portal client", path.display())]
    BadCredentials {
        /// The file.
        path: PathBuf,
        /// What it lacks.
        source: serde_json::Error,
    },
    /// No answer came, or not all of it.
    #[error("{server} cannot be asked")]
    Unreachable {
        /// Who.
        server: String,
        /// Why.
        source: CallError,
    },
    /// No answer came in time.
    #[error("{server} did not answer in {seconds} s")]
    TimedOut {
        /// Who.
        server: String,
        /// For how long it was waited.
        seconds: u64,
    },
    /// The server said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The answer is none that a Switchboard gives.
    #[error("{server} does not answer as a Switchboard does: {what}")]
    Unexpected {
        /// Who.
        server: String,
        /// What is odd about the answer.
        what: String,
    },
}

impl From<ControlError> for Failure {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::Body(_) | ControlError::OtherKind { .. } => Self::Usage(error.into()),
            ControlError::Refused(refusal) => Self::Refused(refusal.into()),
            other => Self::runtime(other),
        }
    }
}

/// What the server has against a call, in its own words: at least one thing, a line each.
#[derive(Debug, thiserror::Error)]
pub struct Refusal(Vec<String>);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// The body of the platform's refusals.
#[derive(Deserialize)]
struct Problems {
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    code: i64,
    description: String,
}

/// The body of a refused token.
#[derive(Deserialize)]
struct OAuthProblem {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Refusal {
    /// The refusal that an answer is.
    pub(super) fn of(answer: &Answer) -> Self {
        if let Ok(Problems { errors }) = serde_json::from_slice(&answer.bytes)
            && !errors.is_empty()
        {
            return Self(errors.iter().map(line).collect());
        }
        if let Ok(OAuthProblem { error, error_description }) = serde_json::from_slice(&answer.bytes) {
            return Self(vec![format!("{error}: {error_description}")]);
        }
        Self(vec![status_line(answer.status)])
    }
}

/// The code, then what is wrong. The whole code stands at the end of the description, but for what has none.
fn line(problem: &Problem) -> String {
    let (code, description) = (problem.code, &problem.description);
    let whole = description.strip_suffix(')').and_then(|text| text.rsplit_once(" (code: "));
    match whole {
        Some((text, code)) => format!("{code}: {text}"),
        None => format!("{code}: {description}"),
    }
}

fn status_line(status: StatusCode) -> String {
    format!(
        "{}: {}",
        status.as_u16(),
        status.canonical_reason().unwrap_or("the server refused, without a reason")
    )
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::*;

    fn told(status: u16, body: &Value) -> String {
        let bytes = Bytes::from(body.to_string());
        Refusal::of(&Answer { status: StatusCode::from_u16(status).unwrap(), bytes }).to_string()
    }

    #[test]
    fn every_error_of_the_server_is_a_line_that_begins_with_its_code() {
        let errors = json!([
            {"code": 301, "description": "Property 'name' is required. (code: PRT000301)"},
            {"code": 302, "description": "Property 'a (code: b)' is wrong. (code: PRT000302)"},
            {"code": 429, "description": "Too many requests."},
        ]);
        let lines = "PRT000301: Property 'name' is required.\n\
            PRT000302: Property 'a (code: b)' is wrong.\n\
            429: Too many requests.";
        assert_eq!(told(400, &json!({"status": 400, "errors": errors})), lines);
    }

    #[test]
    fn a_refused_token_is_told_with_its_word() {
        let body = json!({"error": "invalid_client", "error_description": "The client is unknown."});
        assert_eq!(told(401, &body), "invalid_client: The client is unknown.");
    }

    #[test]
    fn what_is_no_answer_of_a_switchboard_is_told_by_its_status() {
        assert_eq!(told(502, &json!("<html>")), "502: Bad Gateway");
        assert_eq!(told(400, &json!({"errors": []})), "400: Bad Request");
        assert_eq!(told(599, &json!(null)), "599: the server refused, without a reason");
    }
}
