//! Every documented call of the face with its documented body, and what each of them refuses in the same way: tokens
//! and keys, organizations, sessions, methods, and calling too often.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Answer, Http, Server, Session, Streaming, Version, eventually};

use Version::{V2, V3};

/// A call of the reference.
#[derive(Clone, Copy, Debug)]
struct Call {
    version: Version,
    method: &'static str,
    /// Its address within the organization; `{id}` is a subscription of the session.
    tail: &'static str,
    /// The documented body.
    body: Option<&'static str>,
    needs: Needs,
    /// The status of a good answer.
    good: u16,
}

/// Which session a call is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// One made with the version that is called.
    OwnSession,
    AnySession,
}

use Needs::{AnySession, Nothing, OwnSession};

const NEW_SESSION: Option<&str> =
    Some(r#""[{\"propertyName\":\"inactivityDelay\",\"propertyValue\":\"300\"}]""#);
const NEW_SESSION_V3: Option<&str> = Some(r#"{"inactivityDelay": 300, "requireAcknowledgement": false}"#);
const ACKNOWLEDGE: Option<&str> = Some(r#"{"events": [{"eventId": "1519073278252-0"}]}"#);
const SUBSCRIPTION: Option<&str> = Some(
    r#"{"description": "Filter for users engagement center third party events", "filterCriteria": {
        "catalogType": "engagementCenterThirdParty", "catalogTypeEvents": ["ScreenPop", "Idle", "NotReady"],
        "resources": {"resourceType": "users",
            "resourceIds": ["ef3084eba0ea470", "2d890d0d2a6ac46", "28f10d30ca6047e"]}}}"#,
);
const PUBLISH: Option<&str> = Some(
    r#"{"events": [{"eventType": "engagementCenter.Idle",
        "payload": {"interactionId": 1030, "interactionIdRev": "1030"}}]}"#,
);

const fn call(
    version: Version,
    method: &'static str,
    tail: &'static str,
    body: Option<&'static str>,
    needs: Needs,
    good: u16,
) -> Call {
    Call { version, method, tail, body, needs, good }
}

/// In an order in which each finds what it needs.
const CALLS: &[Call] = &[
    call(V2, "POST", "session", NEW_SESSION, Nothing, 200),
    call(V3, "POST", "session", NEW_SESSION_V3, Nothing, 200),
    call(V2, "POST", "subscriptions", SUBSCRIPTION, AnySession, 200),
    call(V2, "GET", "subscriptions", None, AnySession, 200),
    call(V2, "PUT", "subscriptions/{id}", SUBSCRIPTION, AnySession, 201),
    call(V2, "PUT", "subscriptions/{id}", SUBSCRIPTION, AnySession, 200),
    call(V2, "GET", "subscriptions/{id}", None, AnySession, 200),
    call(V2, "DELETE", "subscriptions/{id}", None, AnySession, 204),
    call(V3, "POST", "subscriptions", SUBSCRIPTION, AnySession, 200),
    call(V3, "GET", "subscriptions", None, AnySession, 200),
    call(V3, "PUT", "subscriptions/{id}", SUBSCRIPTION, AnySession, 201),
    call(V3, "PUT", "subscriptions/{id}", SUBSCRIPTION, AnySession, 200),
    call(V3, "GET", "subscriptions/{id}", None, AnySession, 200),
    call(V3, "DELETE", "subscriptions/{id}", None, AnySession, 204),
    call(V3, "POST", "publish", PUBLISH, Nothing, 200),
    call(V2, "GET", "events", None, OwnSession, 200),
    call(V3, "GET", "events", None, OwnSession, 200),
    call(V3, "GET", "catalog", None, Nothing, 200),
    // As good as it can be without an upgrade: what else is wrong is told first.
    call(V3, "GET", "websocket", None, OwnSession, 426),
    call(V3, "POST", "acknowledge", ACKNOWLEDGE, OwnSession, 200),
    call(V2, "DELETE", "session", None, OwnSession, 204),
    call(V3, "DELETE", "session", None, OwnSession, 204),
];

impl Call {
    fn path(&self, org: &str) -> String {
        let tail = self.tail.replace("{id}", "ab7dbcbc");
        format!("/via/{}/organizations/{org}/streaming/{tail}", self.version.segment())
    }

    async fn make(&self, http: &Http, org: &str) -> Answer {
        let content_type = self.body.and(Some("application/json"));
        http.send(self.method, &self.path(org), content_type, self.body.unwrap_or_default()).await
    }
}

/// A session of either version; the one of version 3 requires acknowledgement.
struct Sessions {
    v2: Session,
    v3: Session,
}

impl Sessions {
    async fn of(streaming: &Streaming) -> Self {
        Self { v2: streaming.speaking(V2).session("u").await, v3: streaming.durable_session("u").await }
    }

    fn made_with(&self, version: Version) -> &Session {
        match version {
            V2 => &self.v2,
            V3 => &self.v3,
        }
    }
}

/// A server whose polls do not wait.
async fn quick_server() -> Server {
    Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await
}

#[track_caller]
fn assert_invalid_session(answer: &Answer) {
    assert_eq!(answer.streaming_refused(400)["message"], "Invalid or expired session", "{answer}");
}

#[tokio::test]
async fn every_documented_call_is_answered_with_its_documented_status() {
    let server = quick_server().await;
    let org = server.demo().org();
    let sessions = Sessions::of(&server.streaming().await).await;
    for call in CALLS {
        let answer = call.make(sessions.made_with(call.version), &org).await;
        answer.has_status(call.good);
        if call.good == 204 {
            assert_eq!(answer.text, "", "{answer}");
        } else {
            assert_eq!(answer.header("content-type"), Some("application/json"), "{answer}");
            assert!(answer.json().is_object(), "{answer}");
        }
    }
}

#[tokio::test]
async fn subscriptions_are_served_at_both_versions_for_sessions_of_both() {
    let server = quick_server().await;
    let org = server.demo().org();
    let streaming = server.streaming().await;
    for called in Version::ALL {
        for made_with in Version::ALL {
            let session = Sessions::of(&streaming).await.made_with(made_with).clone();
            for call in CALLS.iter().filter(|call| call.needs == AnySession && call.version == called) {
                let status = call.make(&session, &org).await.status;
                assert!(
                    matches!(status, 200 | 201 | 204),
                    "{call:?} with a session of {made_with:?}: {status}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_missing_or_wrong_token_or_key_is_401_without_a_body() {
    let server = quick_server().await;
    let other = server.another_tenant("other").await;
    let org = server.demo().org();
    let streaming = server.streaming().await;
    let sessions = Sessions::of(&streaming).await;
    let (engine, foreign) = (server.demo().token("engine").await, other.token("streaming").await);
    let foreign_key = other.get("/clients/streaming/api_key");
    for call in CALLS {
        let http = sessions.made_with(call.version);
        for refused in [
            http.without_header("authorization"),
            http.with_token("x"),
            http.with_header("authorization", "Basic eDp5"),
            http.with_token(&engine),
            http.with_token(&foreign),
            http.without_header("x-api-key"),
            http.with_header("x-api-key", ""),
            http.with_header("x-api-key", "x"),
            http.with_header("x-api-key", &foreign_key),
        ] {
            let answer = call.make(&refused, &org).await;
            assert_eq!((answer.status, answer.text.as_str()), (401, ""), "{answer}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{answer}");
        }
    }
    assert!(sessions.v3.subscribed().await.is_empty(), "nothing was done");
}

#[tokio::test]
async fn an_organization_that_is_unknown_or_anothers_is_not_found() {
    let server = quick_server().await;
    let other = server.another_tenant("other").await;
    let sessions = Sessions::of(&server.streaming().await).await;
    for call in CALLS {
        for org in [&other.org(), "nobody", "%20", "%ff", "%2F"] {
            let answer = call.make(sessions.made_with(call.version), org).await;
            let body = answer.streaming_refused(404);
            assert_eq!(
                (&body["errors"][0]["scope"], &body["errors"][0]["reason"]),
                (&"orgId".into(), &"notFound".into())
            );
        }
    }
}

#[tokio::test]
async fn a_session_that_is_missing_unknown_over_anothers_or_of_the_other_version_is_invalid() {
    let server = quick_server().await;
    let other = server.another_tenant("other").await;
    let org = server.demo().org();
    let streaming = server.streaming().await;
    let (sessions, ended) = (Sessions::of(&streaming).await, Sessions::of(&streaming).await);
    let foreign = Sessions::of(&other.streaming().await).await;
    for session in [&ended.v2, &ended.v3] {
        session.end().await.has_status(204);
    }
    for call in CALLS.iter().filter(|call| call.needs != Nothing) {
        assert_invalid_session(&call.make(&streaming, &org).await);
        for id in [
            "",
            "made-up",
            "00000000-0000-0000-0000-000000000000",
            &ended.made_with(call.version).id,
            &foreign.made_with(call.version).id,
        ] {
            assert_invalid_session(&call.make(&streaming.attach(id), &org).await);
        }
        if call.needs == OwnSession {
            assert_invalid_session(&call.make(sessions.made_with(call.version.other()), &org).await);
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_everywhere_and_told_the_right_ones() {
    let server = quick_server().await;
    let org = server.demo().org();
    let sessions = Sessions::of(&server.streaming().await).await;
    let mut allowed: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for call in CALLS {
        let methods = allowed.entry(call.path(&org)).or_default();
        methods.push(call.method);
        if call.method == "GET" && !["events", "websocket"].contains(&call.tail) {
            methods.push("HEAD");
        }
    }
    for (path, mut expected) in allowed {
        expected.sort_unstable();
        expected.dedup();
        for method in ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"] {
            if expected.contains(&method) {
                continue;
            }
            let answer = sessions.v3.send(method, &path, None, "").await;
            if method == "HEAD" {
                answer.has_status(405);
            } else {
                let body = answer.streaming_refused(405);
                assert_eq!(body["errors"][0]["reason"], "methodNotAllowed", "{answer}");
            }
            let mut told: Vec<_> = answer.header("allow").unwrap().split(',').collect();
            told.sort_unstable();
            assert_eq!(told, expected, "{answer}");
        }
    }
    sessions.v3.poll(1).await;
}

#[tokio::test]
async fn a_page_of_another_origin_may_ask_before_it_calls() {
    let server = quick_server().await;
    let org = server.demo().org();
    let page = server.http().with_header("origin", "https://desk.example");
    for call in CALLS {
        let asking = page
            .with_header("access-control-request-method", call.method)
            .with_header("access-control-request-headers", "authorization,x-api-key,via-client-sessionid");
        let answer = asking.send("OPTIONS", &call.path(&org), None, "").await;
        answer.has_status(200);
        let told = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        assert_eq!(told("access-control-allow-origin"), "https://desk.example", "{answer}");
        assert!(told("access-control-allow-methods").contains(call.method), "{answer}");
        assert!(told("access-control-allow-headers").contains("via-client-sessionid"), "{answer}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_not_found_with_or_without_a_token() {
    let server = quick_server().await;
    let org = server.demo().org();
    let streaming = server.streaming().await;
    for version in Version::ALL.map(Version::segment) {
        for tail in [
            String::new(),
            "/".to_owned(),
            "/organizations".to_owned(),
            format!("/organizations/{org}"),
            format!("/organizations/{org}/streaming"),
            format!("/organizations/{org}/streaming/"),
            format!("/organizations/{org}/streaming/sessions"),
            format!("/organizations/{org}/streaming/session/"),
            format!("/organizations/{org}/streaming/Session"),
            format!("/organizations/{org}/streaming/subscriptions/"),
            format!("/organizations/{org}/streaming/subscriptions/a/b"),
            format!("/organizations/a/{org}/streaming/session"),
        ] {
            let path = format!("/via/{version}{tail}");
            for http in [&*streaming, &server.http()] {
                for method in ["GET", "POST", "DELETE"] {
                    let body: Value = http.send(method, &path, None, "").await.streaming_refused(404);
                    assert_eq!(body["errors"][0]["scope"], "path", "{path}");
                }
            }
        }
    }
    for only_in_version_3 in ["acknowledge", "publish", "catalog", "websocket"] {
        let path = streaming.speaking(V2).path(only_in_version_3);
        streaming.send("POST", &path, None, "").await.streaming_refused(404);
    }
}

#[tokio::test]
async fn a_client_that_calls_too_often_is_told_when_to_come_back() {
    let server = Server::with(&[
        ("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0"),
        ("SWITCHBOARD_RATE_LIMITS__STREAMING__PER_SECOND", "1"),
        ("SWITCHBOARD_RATE_LIMITS__STREAMING__BURST", "1"),
    ])
    .await;
    let org = server.demo().org();
    let streaming = server.streaming().await;
    for call in CALLS {
        let refused = eventually("too many requests", async || {
            Some(call.make(&streaming, &org).await).filter(|answer| answer.status == 429)
        })
        .await;
        let body = refused.streaming_refused(429);
        assert_eq!(body["errors"][0]["reason"], "rateLimitExceeded", "{refused}");
        assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1, "{refused}");
    }
    server.engine().await.establish("others are served").await;
}
