//! A business back end at the messaging face, and what it is answered.

use std::ops::Deref;

use serde_json::Value;

use super::{Answer, Http, Tenant};

/// Calls the messaging face for one tenant.
#[derive(Clone)]
pub struct Messaging(Http);

impl Messaging {
    pub fn new(http: Http, tenant: &Tenant) -> Self {
        let http = http.with_header("x-api-id", &tenant.get("/clients/messaging/api_id"));
        Self(http.with_header("x-api-key", &tenant.get("/clients/messaging/api_key")))
    }

    /// The path of a call, behind the base.
    pub fn path(call: &str) -> String {
        format!("/xms/api/v1/{call}")
    }

    /// What a call found.
    pub async fn results(&self, call: &str) -> Vec<Value> {
        self.get(&Self::path(call)).await.enveloped()
    }

    /// Posts a body to a call.
    pub async fn send_to(&self, call: &str, body: &Value) -> Answer {
        self.post(&Self::path(call), body).await
    }
}

impl Deref for Messaging {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.0
    }
}

/// The members of the compact envelope.
pub const COMPACT: [&str; 8] =
    ["message", "messageKey", "meta", "results", "status", "statusKey", "timestamp", "traceid"];

/// The members that the full envelope has besides.
pub const FULL: [&str; 13] = [
    "data",
    "details",
    "error",
    "errors",
    "exception",
    "extra",
    "logs",
    "params",
    "path",
    "query",
    "redirectUrl",
    "warningKey",
    "warnings",
];

/// The members of a fault of a field.
const FAULT: [&str; 9] = [
    "body",
    "code",
    "codeKey",
    "codes",
    "description",
    "descriptionKey",
    "field",
    "obzect",
    "possibleValues",
];

impl Answer {
    /// The results of a good answer in either envelope.
    #[track_caller]
    pub fn enveloped(&self) -> Vec<Value> {
        let body = self.ok();
        assert_eq!((&body["status"], &body["statusKey"]), (&200.into(), &"SUCCESS".into()), "{self}");
        self.is_envelope(&body);
        body["results"].as_array().unwrap_or_else(|| panic!("no results in {self}")).clone()
    }

    /// The only result of a good answer.
    #[track_caller]
    pub fn one(&self) -> Value {
        let results = self.enveloped();
        assert_eq!(results.len(), 1, "{self}");
        results[0].clone()
    }

    /// Refused by the messaging face: field and code of each fault, in their order.
    #[track_caller]
    pub fn field_faults(&self, status: u16) -> Vec<(String, String)> {
        self.has_status(status);
        let body = self.json();
        assert_eq!(body["status"], status, "{self}");
        self.is_envelope(&body);
        assert!(FULL.iter().all(|name| body.get(*name).is_some()), "{self}");
        assert_ne!(body["error"], "", "{self}");
        let text = |fault: &Value, name: &str| fault[name].as_str().unwrap().to_owned();
        let faults = body["errors"].as_array().unwrap();
        for fault in faults {
            assert!(FAULT.iter().all(|name| fault.get(*name).is_some()), "{self}");
        }
        faults.iter().map(|fault| (text(fault, "field"), text(fault, "code"))).collect()
    }

    #[track_caller]
    fn is_envelope(&self, body: &Value) {
        assert!(COMPACT.iter().all(|name| body.get(*name).is_some()), "{self}");
        assert!(body["timestamp"].as_i64().is_some_and(|at| at > 1_600_000_000_000), "{self}");
        assert!(body["traceid"].as_str().is_some_and(|id| !id.is_empty()), "{self}");
        assert_eq!(body["messageKey"], body["statusKey"], "{self}");
    }
}
