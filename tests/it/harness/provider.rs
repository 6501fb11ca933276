//! A stand-in for the providers of outside channels: it speaks as much of Twilio's, Facebook's and Slack's documented
//! APIs as it takes to look an account up, and fails on demand.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Path, Query, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What the Twilio account is opened with.
pub const TWILIO_TOKEN: &str = "cb8c5367c3c4586ecb589e25570";

/// The client of Slack's that the stand-in knows, and its secret.
pub const SLACK_CLIENT: (&str, &str) = ("193043142226.1", "s1ack-s3cret");

/// How the stand-in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As documented.
    Good,
    /// Never.
    Silent,
    /// With this status, and an error that is not about what it was given.
    Failing(u16),
    /// With a page for people.
    Garbage,
    /// As documented, but without what was asked for.
    Empty,
}

/// A stand-in for all three providers, on a port of its own. Dropped, it is gone.
pub struct StandIn {
    address: SocketAddr,
    state: Arc<Shared>,
    serving: JoinHandle<()>,
}

struct Shared {
    mood: Mutex<Mood>,
    calls: Mutex<Vec<String>>,
    used_codes: Mutex<HashSet<String>>,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl StandIn {
    pub async fn start() -> Self {
        let state = Arc::new(Shared {
            mood: Mutex::new(Mood::Good),
            calls: Mutex::default(),
            used_codes: Mutex::default(),
        });
        let router = Router::new()
            .route("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{number}", get(phone_number))
            .route("/me", get(me))
            .route("/app", get(app))
            .route("/api/oauth.v2.access", post(slack_access))
            .route("/api/auth.test", post(slack_test))
            .with_state(state.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state, serving }
    }

    /// The variables with which a server takes the stand-in for the providers, and waits a second for them.
    pub fn variables(&self) -> Vec<(String, String)> {
        let base = format!("http://{}", self.address);
        let slack = format!("{base}/api");
        [
            ("TWILIO__BASE_URL", base.as_str()),
            ("MESSENGER__BASE_URL", &base),
            ("SLACK__BASE_URL", &slack),
            ("SLACK__CLIENT_ID", SLACK_CLIENT.0),
            ("SLACK__CLIENT_SECRET", SLACK_CLIENT.1),
            ("TWILIO__TIMEOUT_SECONDS", "1"),
            ("MESSENGER__TIMEOUT_SECONDS", "1"),
            ("SLACK__TIMEOUT_SECONDS", "1"),
        ]
        .map(|(name, value)| (format!("SWITCHBOARD_PROVIDERS__{name}"), value.to_owned()))
        .to_vec()
    }

    /// From now on it answers so.
    pub fn becomes(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
    }

    /// The calls so far, each by its path.
    pub fn calls(&self) -> Vec<String> {
        self.state.calls.lock().unwrap().clone()
    }
}

impl Shared {
    /// Counts a call, and answers as documented or as it is in the mood for.
    async fn answer(&self, call: &str, documented: impl FnOnce() -> Response) -> Response {
        self.calls.lock().unwrap().push(call.to_owned());
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Good => documented(),
            Mood::Silent => std::future::pending().await,
            Mood::Failing(status) => {
                let status = StatusCode::from_u16(status).unwrap();
                let error = json!({"ok": false, "error": "internal_error", "code": 20500, "message": "oops"});
                (status, Json(error)).into_response()
            }
            Mood::Garbage => "<!doctype html><title>Maintenance</title>".into_response(),
            Mood::Empty => Json(json!({"ok": true})).into_response(),
        }
    }
}

fn refusal(status: u16, body: Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

/// Accounts are `AC..`, all with one token; numbers are `PN` and their digits.
async fn phone_number(
    State(state): State<Arc<Shared>>,
    Path((account, number)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let documented = || {
        let pair = STANDARD.encode(format!("{account}:{TWILIO_TOKEN}"));
        let is_allowed = headers.get(AUTHORIZATION).is_some_and(|value| *value == format!("Basic {pair}"));
        if !is_allowed || !account.starts_with("AC") {
            let said = json!({"code": 20003, "message": "Authenticate", "status": 401,
                "more_info": "https://www.twilio.com/docs/errors/20003"});
            return refusal(401, said);
        }
        let sid = number.strip_suffix(".json").unwrap_or(&number);
        match sid.strip_prefix("PN").filter(|digits| digits.bytes().all(|b| b.is_ascii_digit())) {
            Some(digits) => Json(json!({"account_sid": account, "sid": sid, "friendly_name": "a number",
                "phone_number": format!("+{digits}"), "status": "in-use",
                "capabilities": {"fax": false, "mms": true, "sms": true, "voice": false}}))
            .into_response(),
            None => refusal(404, json!({"code": 20404, "message": "not found", "status": 404})),
        }
    };
    state.answer("twilio", documented).await
}

/// Tokens of pages are `EAA` and the page's id.
fn page_of(query: &HashMap<String, String>) -> Option<String> {
    let page = query.get("access_token")?.strip_prefix("EAA")?;
    page.bytes().all(|b| b.is_ascii_digit()).then(|| page.to_owned())
}

fn graph(found: Option<Value>) -> Response {
    match found {
        Some(node) => Json(node).into_response(),
        None => refusal(
            400,
            json!({"error": {"message": "Invalid OAuth access token.", "type": "OAuthException",
                "code": 190, "fbtrace_id": "A1"}}),
        ),
    }
}

async fn me(State(state): State<Arc<Shared>>, Query(query): Query<HashMap<String, String>>) -> Response {
    assert_eq!(query.get("fields").map(String::as_str), Some("id,name"));
    let page = page_of(&query).map(|id| json!({"id": id, "name": "Biz"}));
    state.answer("me", || graph(page)).await
}

async fn app(State(state): State<Arc<Shared>>, Query(query): Query<HashMap<String, String>>) -> Response {
    let app = page_of(&query).map(|_| json!({"id": "35360465938"}));
    state.answer("app", || graph(app)).await
}

/// Codes are `good-` and the team's id, and what tells several codes of a team apart after a dot; each is good for
/// one exchange.
async fn slack_access(
    State(state): State<Arc<Shared>>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let documented = || {
        let given = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let error = |error: &str| Json(json!({"ok": false, "error": error})).into_response();
        if given("client_id") != SLACK_CLIENT.0 {
            return error("invalid_client_id");
        }
        if given("client_secret") != SLACK_CLIENT.1 {
            return error("bad_client_secret");
        }
        let Some(team) = given("code").strip_prefix("good-") else { return error("invalid_code") };
        if !state.used_codes.lock().unwrap().insert(given("code").to_owned()) {
            return error("code_already_used");
        }
        let team = team.split('.').next().unwrap_or_default();
        Json(json!({"ok": true, "access_token": format!("xoxb-{team}"), "token_type": "bot",
            "scope": "chat:write", "bot_user_id": "U0KRQLJ9H", "app_id": "A0KRD7HC3",
            "team": {"name": "Slack Softball Team", "id": team}, "enterprise": null,
            "authed_user": {"id": "U1234", "scope": "chat:write", "access_token": format!("xoxp-{team}"),
                "token_type": "user"},
            "incoming_webhook": {"channel": "#support", "channel_id": "C1"}}))
        .into_response()
    };
    state.answer("oauth.v2.access", documented).await
}

async fn slack_test(State(state): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let is_bot = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("Bearer xoxb-"));
    let answer = match is_bot {
        true => json!({"ok": true, "url": "https://subarachnoid.slack.com/", "team": "Subarachnoid",
            "user": "Hubster.io", "team_id": "T1", "user_id": "U1", "bot_id": "B1"}),
        false => json!({"ok": false, "error": "not_authed"}),
    };
    state.answer("auth.test", || Json(answer).into_response()).await
}
