//! The streaming face's calls as the document describes them, in both versions. What events say is in the AsyncAPI
//! document and not here.

mod bodies;

use axum::http::StatusCode;
use serde_json::json;

use self::bodies::schemas;
use super::caller::SESSION_HEADER;
use super::poll::{DEFAULT, MOST, PARAMETER};
use crate::api::openapi::schema::{any_object, named, text, whole_from, whole_within, with_default, word};
use crate::api::openapi::{Call, Group, JSON, Parameter};
use crate::domain::client::Scope;

/// The two versions of the API.
struct Version {
    /// What stands behind names of calls.
    suffix: &'static str,
    session: &'static str,
    events: &'static str,
    subscriptions: &'static str,
    subscription: &'static str,
}

const V2: Version = Version {
    suffix: "V2",
    session: "/via/v2/organizations/{orgId}/streaming/session",
    events: "/via/v2/organizations/{orgId}/streaming/events",
    subscriptions: "/via/v2/organizations/{orgId}/streaming/subscriptions",
    subscription: "/via/v2/organizations/{orgId}/streaming/subscriptions/{subscriptionId}",
};

const V3: Version = Version {
    suffix: "",
    session: "/via/v3/organizations/{orgId}/streaming/session",
    events: "/via/v3/organizations/{orgId}/streaming/events",
    subscriptions: "/via/v3/organizations/{orgId}/streaming/subscriptions",
    subscription: "/via/v3/organizations/{orgId}/streaming/subscriptions/{subscriptionId}",
};

/// Everything that [`router`](super::router) routes.
pub(in crate::api) fn described() -> Vec<Group> {
    let asyncapi = Call::get("/asyncapi.json", "getAsyncApi", "The events as an AsyncAPI document").answers(
        StatusCode::OK,
        "Everything that can be published and heard.",
        any_object(),
    );
    let v3 =
        [vec![create_v3()], V3.calls(), vec![websocket(), acknowledge(), publish(), catalog(), asyncapi]];
    let v2 = [vec![create_v2()], V2.calls()].concat();
    vec![
        Group {
            name: "Streaming",
            about: "Sessions that hear engagement events, and what producers publish.",
            calls: v3.concat(),
            schemas: schemas(),
        },
        Group {
            name: "Streaming, version 2",
            about: "The same sessions as they were: without acknowledgement.",
            calls: v2,
            schemas: Vec::new(),
        },
    ]
}

fn create_v3() -> Call {
    let example = json!({"inactivityDelay": 120, "requireAcknowledgement": true, "userId": "ann"});
    let call = Call::post(V3.session, "createSession", "Open a session");
    taking_json(listening(call).with_optional_body(JSON, named("SessionIn"), [("acknowledged", example)]))
        .answers(StatusCode::OK, "The session.", named("Session"))
}

fn create_v2() -> Call {
    let example = json!([{"propertyName": "inactivityDelay", "propertyValue": "120"}]);
    let call = Call::post(V2.session, "createSessionV2", "Open a session");
    taking_json(listening(call).with_optional_body(JSON, named("SessionV2In"), [("patient", example)]))
        .answers(StatusCode::OK, "The session.", named("SessionV2"))
}

impl Version {
    fn calls(&self) -> Vec<Call> {
        let id = |verb: &str| format!("{verb}{}", self.suffix);
        let end = in_session(Call::delete(self.session, &id("endSession"), "End a session"))
            .answers_nothing(StatusCode::NO_CONTENT, "It has ended.");
        let poll = in_session(Call::get(self.events, &id("retrieveEvents"), "Hear events: by poll or by stream"))
            .about(
                "A poll waits until there is something, or for as long as is configured. A request that names \
                 `text/event-stream` first is answered by a stream; on it the credentials may stand in the query.",
            )
            .taking(Parameter::query(
                PARAMETER,
                with_default(whole_within(1, MOST as i64), DEFAULT),
                "How many events a poll takes at most.",
            ))
            .taking(last_event())
            .answers(StatusCode::OK, "The events, which may be none.", named("Events"))
            .answers_as(StatusCode::OK, "The events, which may be none.", "text/event-stream", text());
        let create = Call::post(self.subscriptions, &id("createSubscription"), "Subscribe");
        let create =
            taking_json(in_session(create).with_body(JSON, named("SubscriptionIn"), subscriptions()))
                .answers(StatusCode::OK, "The subscription.", named("Subscription"));
        let list = in_session(Call::get(self.subscriptions, &id("listSubscriptions"), "List subscriptions"))
            .answers(StatusCode::OK, "All of the session.", named("Subscriptions"));
        let get = on_subscription(Call::get(self.subscription, &id("getSubscription"), "Get a subscription"))
            .answers(StatusCode::OK, "It.", named("Subscription"));
        let put = Call::put(self.subscription, &id("putSubscription"), "Make or replace a subscription");
        let put = taking_json(in_session(put).taking(subscription_id()).with_body(
            JSON,
            named("SubscriptionIn"),
            subscriptions(),
        ))
        .answers(StatusCode::OK, "It has replaced one.", named("Subscription"))
        .answers(StatusCode::CREATED, "It is a new one.", named("Subscription"));
        let unsubscribe =
            on_subscription(Call::delete(self.subscription, &id("endSubscription"), "End a subscription"))
                .answers_nothing(StatusCode::NO_CONTENT, "It has ended.");
        vec![poll, end, list, create, get, put, unsubscribe]
    }
}

fn websocket() -> Call {
    let path = "/via/v3/organizations/{orgId}/streaming/websocket";
    in_session(Call::get(path, "connectSession", "Open a websocket on a session"))
        .about(
            "Credentials and headers may stand in the query. What is said on it is in the AsyncAPI document.",
        )
        .taking(last_event())
        .answers_nothing(StatusCode::SWITCHING_PROTOCOLS, "The websocket is open.")
        .answers(StatusCode::UPGRADE_REQUIRED, "A websocket is required.", named("StreamingError"))
        .with_header(StatusCode::UPGRADE_REQUIRED, "Upgrade", word(["websocket"]), "What is required.")
}

fn acknowledge() -> Call {
    let path = "/via/v3/organizations/{orgId}/streaming/acknowledge";
    let example = json!({"events": [{"eventId": "1519073278252-0"}]});
    let call = in_session(Call::post(path, "acknowledgeEvents", "Say which events were taken care of"));
    taking_json(call.with_body(JSON, named("AcknowledgeIn"), [("one", example)])).answers(
        StatusCode::OK,
        "Which of them were there.",
        named("Acknowledged"),
    )
}

fn publish() -> Call {
    let path = "/via/v3/organizations/{orgId}/streaming/publish";
    let example = json!({"events": [
        {"eventType": "engagementCenter.Idle", "userId": "ann", "correlationId": "shift-7", "payload": {}},
    ]});
    let key = json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"});
    let call = Call::post(path, "publishEvents", "Publish events")
        .about("Good events go out even when others of the batch are refused; 400 when none is good.");
    let call = for_scope(call, Scope::StreamingPublish)
        .taking(Parameter::header("Idempotency-Key", key, "Sent again with it, a batch counts once."))
        .with_body(JSON, named("EventsIn"), [("idle", example)]);
    taking_json(call)
        .answers(StatusCode::OK, "What became of each.", named("Published"))
        .answers(StatusCode::FORBIDDEN, "The token does not allow this call.", named("StreamingError"))
        .answers(StatusCode::CONFLICT, "The key was used for another request.", named("StreamingError"))
}

fn catalog() -> Call {
    let path = "/via/v3/organizations/{orgId}/streaming/catalog";
    listening(Call::get(path, "getCatalog", "All events, with their fields")).answers(
        StatusCode::OK,
        "The catalogue.",
        named("Catalog"),
    )
}

fn listening(call: Call) -> Call {
    for_scope(call, Scope::Streaming)
}

/// A client with its organization's key, in its own organization.
fn for_scope(call: Call, scope: Scope) -> Call {
    let late = "Seconds after which it makes sense to ask again.";
    let call = call
        .opened_by([("client", &[scope.as_str()]), ("apiKey", &[])])
        .taking(Parameter::path("orgId", text(), "The organization."))
        .answers_nothing(StatusCode::UNAUTHORIZED, "The token or the API key opens nothing here.")
        .with_header(StatusCode::UNAUTHORIZED, "WWW-Authenticate", word(["Bearer"]), "What is needed.");
    [
        (StatusCode::BAD_REQUEST, "What was sent is not what has to be sent."),
        (StatusCode::NOT_FOUND, "The organization is unknown, or another's."),
        (
            StatusCode::TOO_MANY_REQUESTS,
            "The client calls too often, or the organization has all it may have.",
        ),
        (StatusCode::INTERNAL_SERVER_ERROR, "Something failed on our side."),
    ]
    .into_iter()
    .fold(call, |call, (status, about)| call.answers(status, about, named("StreamingError")))
    .with_header(StatusCode::TOO_MANY_REQUESTS, "Retry-After", whole_from(1), late)
}

fn in_session(call: Call) -> Call {
    listening(call).taking(Parameter::header(SESSION_HEADER, text(), "The session.").required()).answers(
        StatusCode::BAD_REQUEST,
        "Invalid or expired session.",
        named("StreamingError"),
    )
}

fn on_subscription(call: Call) -> Call {
    in_session(call).taking(subscription_id()).answers(
        StatusCode::NOT_FOUND,
        "The session has no such subscription.",
        named("StreamingError"),
    )
}

fn taking_json(call: Call) -> Call {
    [
        (StatusCode::REQUEST_TIMEOUT, "The body took too long."),
        (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON by its content type."),
    ]
    .into_iter()
    .fold(call, |call, (status, about)| call.answers(status, about, named("StreamingError")))
}

fn last_event() -> Parameter {
    Parameter::query(
        "lastEventId",
        text(),
        "The last event that the client has; the header `Last-Event-ID` comes first.",
    )
}

fn subscription_id() -> Parameter {
    Parameter::path("subscriptionId", json!({"type": "string", "minLength": 1}), "The subscription.")
}

fn subscriptions() -> [(&'static str, serde_json::Value); 2] {
    let colleagues = json!({"description": "The team's calls", "filterCriteria": {
        "catalogType": "engagementCenterThirdParty", "catalogTypeEvents": ["all"],
        "resources": {"resourceType": "users", "resourceIds": ["ann", "ben"]}}});
    let changes = json!({"filterCriteria": {
        "catalogType": "changeNotification", "catalogTypeEvents": ["user", "team"],
        "resources": {"resourceType": "*"}}});
    [("colleagues", colleagues), ("changes", changes)]
}
