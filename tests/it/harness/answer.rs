//! What a call was answered with, and what tests ask about it. A failure shows the call and the whole answer.

use std::fmt;

use serde_json::Value;

/// An HTTP answer, read to its end.
#[derive(Clone)]
pub struct Answer {
    /// The call that it answers: method and path.
    pub call: String,
    /// The HTTP status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body.
    pub text: String,
}

impl Answer {
    pub fn new(call: String, status: u16, headers: Vec<(String, String)>, text: String) -> Self {
        Self { call, status, headers, text }
    }

    /// A header's value; names are given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self}"))
    }

    /// The body of a good answer.
    #[track_caller]
    pub fn ok(&self) -> Value {
        self.has_status(200);
        self.json()
    }

    #[track_caller]
    pub fn has_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Refused in the platform's error format with exactly this code, such as `PRT000301` (wire facts).
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let errors = self.platform_errors(status);
        let expected = format!("(code: {code})");
        let number: i64 = code.trim_start_matches(char::is_alphabetic).parse().unwrap();
        let found = errors.iter().find(|error| error["description"].as_str().unwrap().ends_with(&expected));
        let error = found.unwrap_or_else(|| panic!("no {code} in {self}"));
        assert_eq!(error["code"], number, "{self}");
        error.clone()
    }

    /// The errors of an answer in the platform's error format, whose `status` is that of the answer.
    #[track_caller]
    pub fn platform_errors(&self, status: u16) -> Vec<Value> {
        self.has_status(status);
        let body = self.json();
        assert_eq!(body["status"], status, "{self}");
        let errors = body["errors"].as_array().unwrap_or_else(|| panic!("no errors in {self}")).clone();
        assert!(!errors.is_empty(), "{self}");
        for error in &errors {
            assert!(error["code"].is_i64() && error["description"].is_string(), "{self}");
        }
        errors
    }

    /// Refused in the streaming face's error format: `code` is the status (streaming reference, ErrorResponse).
    #[track_caller]
    pub fn streaming_refused(&self, status: u16) -> Value {
        self.has_status(status);
        let body = self.json();
        assert_eq!(body["code"], status, "{self}");
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{self}");
        for error in body["errors"].as_array().unwrap_or_else(|| panic!("no errors in {self}")) {
            let all = ["scope", "reason", "message"].iter().all(|name| error[*name].is_string());
            assert!(all, "{self}");
        }
        body
    }

    /// What the streaming face names in a 400: the scope and the reason of each fault.
    #[track_caller]
    pub fn streaming_faults(&self) -> Vec<(String, String)> {
        let body = self.streaming_refused(400);
        let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
        let errors = body["errors"].as_array().unwrap();
        errors.iter().map(|error| (text(error, "scope"), text(error, "reason"))).collect()
    }

    /// Refused as OAuth 2.0 says (RFC 6749 §5.2), never to be cached.
    #[track_caller]
    pub fn oauth_refused(&self, status: u16, error: &str) {
        self.has_status(status);
        let body = self.json();
        assert_eq!(body["error"], error, "{self}");
        assert!(body["error_description"].is_string(), "{self}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self}");
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}\n{:?}\n{}", self.call, self.status, self.headers, self.text)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
