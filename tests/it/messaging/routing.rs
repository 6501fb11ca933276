//! Routing sessions: every kind of queue, what narrows it down, what is answered, and who hears it.

use serde_json::{Value, json};

use super::sessions::EVENT;
use super::{faults, members};
use crate::harness::{Engine, Messaging, Portal, Server};

/// A hub's people and ways: the demo's agent works for `users[0]`, `bob` and `carol` for themselves.
struct Floor {
    server: Server,
    engine: Engine,
    messaging: Messaging,
    bot: String,
    /// The demo's agent integration and its user.
    agent: (String, String),
    bob: String,
    carol: String,
    session: String,
}

impl Floor {
    /// Bob knows teeth and is in Sales; Carol is in Billing. A customer has said something to the demo's agent.
    async fn open() -> Self {
        let server = Server::start().await;
        let (engine, portal) = (server.engine().await, server.portal().await);
        let hub = server.demo().hub();
        let bob = agent_of(&portal, &hub, "bob", &["dental"]).await;
        let carol = agent_of(&portal, &hub, "carol", &[]).await;
        for (team, member) in [("Sales", "bob"), ("Billing", "carol")] {
            let body = json!({"teamId": team.to_lowercase(), "name": team, "members": [member]});
            portal.post("/api/v1/teams", &body).await.ok();
        }
        let agent = (engine.agent(), server.demo().user());
        for other in [&bob, &carol] {
            portal.set_status(other, 3002).await;
        }
        let session = engine.establish("ada").await;
        engine.say(&session, "hello").await;
        for other in [&bob, &carol, &server.demo().integration("bot")] {
            portal.set_status(other, 3000).await;
        }
        let bot = server.demo().integration("bot");
        let messaging = server.messaging();
        Self { server, engine, messaging, bot, agent, bob, carol, session }
    }

    async fn route(&self, mut body: Value) -> crate::harness::Answer {
        body["sessionId"] = self.session.as_str().into();
        self.messaging.send_to("session/routing", &body).await
    }

    /// Who gets what the customer says next.
    async fn next_recipient(&self) -> Value {
        self.engine.say(&self.session, "and now?").await;
        let said = self.engine.history(&self.session, "type=customer").await;
        let own = |activity: &&Value| activity["sender"]["integrationType"] == "Customer";
        said.iter().rev().find(own).unwrap()["recipient"]["integrationId"].clone()
    }
}

async fn agent_of(portal: &Portal, hub: &str, user: &str, skills: &[&str]) -> String {
    portal.post("/api/v1/users", &json!({"userId": user, "name": user, "skills": skills})).await.ok();
    portal.direct(hub, user, json!({"integrationType": "Agent", "userId": user})).await
}

#[tokio::test]
async fn each_queue_gets_the_session_and_what_the_customer_says_from_then_on() {
    let floor = Floor::open().await;
    let (demo_agent, demo_user) = floor.agent.clone();
    let bob = floor.bob.clone();
    for (body, holder, code, agent) in [
        (json!({"queue": "bot"}), &floor.bot, "bot", ""),
        (json!({"queue": "Sales"}), &bob, "sales", "bob"),
        (json!({"queue": "billing"}), &floor.carol, "billing", "carol"),
        (json!({"queue": floor.bot}), &floor.bot, "bot", ""),
        (json!({"queue": demo_agent}), &demo_agent, "agents", demo_user.as_str()),
        (json!({"queue": "agents", "skills": ["Dental"]}), &bob, "agents", "bob"),
        (json!({"queue": "agents", "team": "Billing"}), &floor.carol, "billing", "carol"),
        (json!({"queue": "agents", "agent": "bob"}), &bob, "agents", "bob"),
        (json!({"queue": "agents", "agent": "carol", "team": "billing"}), &floor.carol, "billing", "carol"),
        (
            json!({"queue": "Sales", "team": "sales", "agent": "bob", "skills": ["dental"]}),
            &bob,
            "sales",
            "bob",
        ),
    ] {
        let events = floor.route(body.clone()).await.enveloped();
        let codes: Vec<_> = events.iter().map(|event| event["eventCode"].as_str().unwrap()).collect();
        assert_eq!(codes, ["SESSION_ROUTED", "SESSION_ASSIGNED"], "{body}");
        for event in &events {
            assert_eq!(event["sessionRouted"]["targetQueue"], code, "{body}");
            assert_eq!(event["sessionAssigned"]["newAgent"], agent, "{body}");
            assert_eq!(event["session"]["queue"], code, "{body}");
        }
        // The embedded bot hands over what it does not know, so the next word may not be its own.
        if code != "bot" {
            assert_eq!(floor.next_recipient().await, **holder, "{body}");
        }
    }
}

#[tokio::test]
async fn a_routed_session_tells_its_old_and_its_new_holder() {
    let floor = Floor::open().await;
    let params = json!({"reason": "toothache", "n": 1});
    let events = floor.route(json!({"queue": "Sales", "params": params})).await.enveloped();
    assert_eq!(members(&events[0]), EVENT);
    let routing = format!("{}.{}", floor.session, floor.bob);
    let expected = json!({"params": params, "routingId": routing, "sessionStart": false, "sourceQueue": "agents",
        "targetQueue": "sales"});
    assert_eq!(events[0]["sessionRouted"], expected);
    let (_, user) = &floor.agent;
    let expected = json!({"newAgent": "bob", "newBot": "", "newDept": "sales", "oldAgent": user, "oldBot": "",
        "oldDept": ""});
    assert_eq!(events[1]["sessionAssigned"], expected);

    let back = floor.route(json!({"queue": "bot"})).await.enveloped();
    let expected = json!({"newAgent": "", "newBot": floor.bot, "newDept": "", "oldAgent": "bob", "oldBot": "",
        "oldDept": "sales"});
    assert_eq!(back[1]["sessionAssigned"], expected);
    let stays = floor.route(json!({"queue": "bot"})).await.enveloped();
    assert_eq!(stays.len(), 1, "nobody else holds it: {stays:?}");
    assert_eq!(stays[0]["sessionRouted"]["sourceQueue"], "bot");
}

#[tokio::test]
async fn who_gets_a_session_hears_what_was_said_and_what_the_back_end_sent_along() {
    let floor = Floor::open().await;
    let mut bob = floor.engine.listen_at(&floor.bob).await;
    floor.route(json!({"queue": "Sales", "params": {"reason": "toothache"}})).await.enveloped();
    let told = bob.next_activity().await;
    let event = &told["activity"]["event"];
    assert_eq!(event["payloadType"], "hubster.handover");
    assert_eq!(
        (&event["payload"]["team"], &event["payload"]["params"]),
        (&json!("Sales"), &json!({"reason": "toothache"}))
    );
    assert_eq!(event["payload"]["history"][0]["message"]["text"], "hello");
    assert_eq!(told["activity"]["sender"]["integrationType"], "Hubster");
}

#[tokio::test]
async fn a_session_for_agents_of_whom_nobody_is_there_waits_and_a_silent_one_starts() {
    let floor = Floor::open().await;
    let portal = floor.server.portal().await;
    portal.set_status(&floor.carol, 3002).await;
    let events = floor.route(json!({"queue": "Billing"})).await.enveloped();
    assert_eq!(
        (&events[0]["session"]["mode"], &events[0]["session"]["agent"]),
        (&json!("QUEUE"), &json!(""))
    );
    assert_eq!(events[0]["session"]["queue"], "billing");
    assert_eq!(floor.next_recipient().await, Value::Null);

    let silent = floor.engine.establish("silent").await;
    let body = json!({"sessionId": silent, "queue": "Sales"});
    let events = floor.messaging.send_to("session/routing", &body).await.enveloped();
    assert_eq!(events[0]["sessionRouted"]["sessionStart"], true);
    assert_eq!(events[0]["sessionRouted"]["sourceQueue"], "");
    assert_eq!(events[1]["sessionAssigned"]["newAgent"], "bob");
}

#[tokio::test]
async fn a_way_that_there_is_not_is_told_by_field_and_changes_nothing() {
    let floor = Floor::open().await;
    let portal = floor.server.portal().await;
    let elsewhere = portal.hub("elsewhere").await;
    let strange = portal.direct(&elsewhere, "agent", json!({"integrationType": "Agent"})).await;
    portal.post("/api/v1/users", &json!({"userId": "dan", "name": "dan"})).await.ok();
    let customer = floor.server.demo().integration("customer");
    portal.set_status(&floor.carol, 3002).await;
    for (body, expected) in [
        (json!({"queue": "nowhere"}), &[("queue", "NOT_FOUND")][..]),
        (json!({"queue": strange}), &[("queue", "NOT_FOUND")]),
        (json!({"queue": customer}), &[("queue", "INVALID_VALUE")]),
        (json!({"queue": floor.carol}), &[("queue", "UNAVAILABLE")]),
        (json!({"queue": "agents", "team": "nobody"}), &[("team", "NOT_FOUND")]),
        (json!({"queue": "Sales", "team": "Billing"}), &[("team", "CONFLICT")]),
        (json!({"queue": "Sales", "team": "nobody"}), &[("team", "NOT_FOUND")]),
        (json!({"queue": "agents", "agent": "nobody"}), &[("agent", "NOT_FOUND")]),
        (json!({"queue": "agents", "agent": "dan"}), &[("agent", "UNAVAILABLE")]),
        (json!({"queue": "agents", "agent": "carol"}), &[("agent", "UNAVAILABLE")]),
        (json!({"queue": "Billing", "agent": "bob"}), &[("agent", "CONFLICT")]),
        (json!({"queue": "agents", "agent": "bob", "skills": ["ortho"]}), &[("agent", "CONFLICT")]),
        (
            json!({"queue": "bot", "agent": "bob", "team": "Sales", "skills": ["dental"]}),
            &[("agent", "NOT_APPLICABLE"), ("team", "NOT_APPLICABLE"), ("skills", "NOT_APPLICABLE")],
        ),
        (json!({"queue": floor.bob, "agent": "bob"}), &[("agent", "NOT_APPLICABLE")]),
    ] {
        let answer = floor.route(body.clone()).await;
        assert_eq!(answer.field_faults(400), faults(expected), "{body}");
    }
    assert_eq!(floor.next_recipient().await, floor.agent.0);
    portal.set_status(&floor.bot, 3002).await;
    let answer = floor.route(json!({"queue": "bot"})).await;
    assert_eq!(answer.field_faults(400), faults(&[("queue", "UNAVAILABLE")]));
}

#[tokio::test]
async fn what_cannot_name_agents_is_told_by_field() {
    let floor = Floor::open().await;
    let long = |chars: usize| "x".repeat(chars);
    for (body, expected) in [
        (json!({"queue": "agents", "skills": "dental"}), &[("skills", "INVALID_TYPE")][..]),
        (json!({"queue": "agents", "skills": vec!["dental"; 101]}), &[("skills", "TOO_LONG")]),
        (json!({"queue": "agents", "skills": [long(129)]}), &[("skills[0]", "TOO_LONG")]),
        (json!({"queue": "agents", "team": long(256)}), &[("team", "TOO_LONG")]),
        (json!({"queue": "agents", "team": long(255)}), &[("team", "NOT_FOUND")]),
    ] {
        assert_eq!(floor.route(body.clone()).await.field_faults(400), faults(expected), "{body}");
    }
}

#[tokio::test]
async fn a_routed_session_is_resolved_no_more() {
    let floor = Floor::open().await;
    let resolved = floor.messaging.send_to("session/resolve", &json!({"sessionId": floor.session})).await;
    assert_eq!(resolved.one()["session"]["resolved"], true);
    let routed = floor.route(json!({"queue": "agents"})).await.enveloped();
    assert_eq!(routed[0]["session"]["resolved"], false);
}

#[tokio::test]
async fn a_session_of_a_paused_hub_can_be_routed() {
    let floor = Floor::open().await;
    let hub = format!("/api/v1/hubs/{}", floor.server.demo().hub());
    floor.server.portal().await.put(&hub, &json!({"statusId": 2002})).await.ok();
    let routed = floor.route(json!({"queue": "Sales"})).await.enveloped();
    assert_eq!(routed[1]["sessionAssigned"]["newAgent"], "bob");
}
