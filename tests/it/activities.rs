//! What may be said, who hears it, in which order (platform documentation §6.5, §11.3 and §12).

use serde_json::{Value, json};

use crate::harness::{Server, eventually, from, payload, text, together};

fn event(kind: &str) -> Value {
    json!({"type": "event", "event": {"type": kind}})
}

fn event_id(answer: &Value) -> i64 {
    answer["eventId"].as_i64().unwrap()
}

#[tokio::test]
async fn a_text_is_answered_with_its_place_and_its_interaction() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut body = text("Hi there!");
    body["externalId"] = "some-external-id".into();
    let answer = engine.inbound(&conversation, &body).await.ok();
    assert_eq!(answer["status"], 200);
    assert_eq!(answer["externalId"], "some-external-id");
    assert_eq!(answer["hubId"], server.demo().hub());
    assert_eq!(answer["conversationId"], conversation);
    assert_eq!(answer["integrationId"], engine.customer());
    assert!(answer["interactionId"].is_string(), "{answer:#}");
    assert!(event_id(&answer) > 1_600_000_000_000, "milliseconds since 1970: {answer:#}");
}

#[tokio::test]
async fn an_event_has_no_interaction() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let kept = payload("my.payload.01", json!({"data1": "value1"}));
    for body in [kept, event("seen"), event("typing_on"), event("typing_off")] {
        let answer = engine.inbound(&conversation, &body).await.ok();
        assert!(answer.get("interactionId").is_none() && answer["eventId"].is_i64(), "{answer:#}");
    }
}

#[tokio::test]
async fn the_agent_hears_the_documented_payload() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    let conversation = engine.establish("ada").await;
    let mut body = text("Hi there!");
    body["externalId"] = "x".into();
    let answer = engine.inbound(&conversation, &body).await.ok();
    let frame = agent.next_activity().await;
    let established = engine.get(&format!("/api/v1/conversations/{conversation}/established")).await.ok();
    for name in ["hubId", "tenantId", "integrationId", "conversationId"] {
        assert_eq!(frame[name], established[name], "{name}");
    }
    assert_eq!(frame["conversationProperties"], established["properties"]);
    let expected = json!({
        "type": "message",
        "eventTrigger": "message:customer",
        "eventId": answer["eventId"],
        "externalId": "x",
        "isEcho": false,
        "interactionId": answer["interactionId"],
        "flowProcess": "Default",
        "sender": {"integrationId": engine.customer(), "integrationType": "Customer", "channelType": "Direct",
            "tokenId": established["tokenId"]},
        "recipient": {"integrationId": engine.agent(), "integrationType": "Agent", "channelType": "Direct",
            "tokenId": format!("{conversation}.{}", engine.agent())},
        "message": {"type": "text", "text": "Hi there!"},
    });
    assert_eq!(frame["activity"], expected);
    let mut members: Vec<_> = frame.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let documented = [
        "activity",
        "conversationId",
        "conversationProperties",
        "cursor",
        "hubId",
        "integrationId",
        "tenantId",
    ];
    assert_eq!(members, documented);
}

#[tokio::test]
async fn the_customer_hears_what_the_agent_answers() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut customer = engine.listen_at(&engine.customer()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    engine.reply(&conversation, "good morning").await;
    let mut frame = customer.next_activity().await;
    if frame["activity"]["isEcho"] == true {
        frame = customer.next_activity().await;
    }
    assert_eq!(frame["activity"]["message"]["text"], "good morning");
    assert_eq!(frame["activity"]["eventTrigger"], "message:agent");
    assert_eq!(frame["activity"]["recipient"]["integrationId"], engine.customer());
}

#[tokio::test]
async fn events_are_heard_and_only_payloads_are_kept() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    let kept = payload("my.payload.01", json!({"data1": "value1"}));
    for body in [event("typing_on"), event("typing_off"), event("seen"), kept.clone()] {
        engine.inbound(&conversation, &body).await.ok();
        let frame = agent.next_activity().await;
        assert_eq!(frame["activity"]["type"], "event");
        assert_eq!(frame["activity"]["eventTrigger"], "event:customer");
        assert_eq!(frame["activity"]["event"], body["event"]);
        assert!(frame["activity"].get("interactionId").is_none(), "{frame:#}");
    }
    let history = engine.history(&conversation, "type=agent").await;
    assert_eq!(history.len(), 2, "the text and the payload: {history:#?}");
    assert_eq!(history[1]["event"], kept["event"]);
}

#[tokio::test]
async fn seen_marks_are_told_in_the_snapshot_and_outlive_a_crash() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let seen = engine.business(&conversation, &from(&engine.agent(), event("seen"))).await.ok();
    server.crash().await;
    let mut socket = engine.listen(&format!("integrationId={}", engine.agent())).await;
    let snapshot = socket.control("snapshot").await;
    assert_eq!(snapshot["conversations"][0]["seen"]["business"], seen["eventId"], "{snapshot:#}");
}

#[tokio::test]
async fn unknown_properties_of_a_message_travel_along() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let message = json!({"type": "text", "text": "Pick", "mood": {"good": true},
        "actions": [{"type": "reply", "title": "Yes", "payload": "y"}], "items": [{"type": "image", "url": "u"}]});
    engine.inbound(&conversation, &json!({"type": "message", "message": message})).await.ok();
    assert_eq!(engine.history(&conversation, "type=customer").await[0]["message"], message);
}

#[tokio::test]
async fn each_mistake_in_an_activity_has_its_code_at_both_doors() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let said = json!({"type": "text", "text": "x"});
    for (body, code) in [
        (json!({}), "ENG005001"),
        (json!({}), "ENG005003"),
        (json!({"type": "message"}), "ENG005003"),
        (json!({"type": "event"}), "ENG005003"),
        (json!({"message": said}), "ENG005001"),
        (json!({"type": "message", "message": said, "event": {"type": "seen"}}), "ENG005004"),
        (json!({"type": "event", "message": said}), "ENG005001"),
        (json!({"type": "action", "message": said}), "ENG005002"),
        (json!({"type": "message", "message": {"text": "x"}}), "ENG005001"),
        (json!({"type": "message", "message": {"type": "hologram"}}), "ENG005002"),
        (json!({"type": "message", "message": {"type": "text"}}), "ENG005023"),
        (json!({"type": "message", "message": {"type": "text", "text": "  "}}), "ENG005023"),
        (json!({"type": "message", "message": {"type": "text", "items": []}}), "ENG005015"),
        (json!({"type": "message", "message": {"type": "text", "actions": []}}), "ENG005015"),
        (event("wave"), "ENG005002"),
        (event("payload"), "ENG005001"),
        (json!({"type": "event", "event": {"type": "payload", "payloadType": "t"}}), "ENG005001"),
        (from("nobody", text("x")), "ENG005020"),
        (json!({"type": 5, "message": said}), "ENG005002"),
        (json!("text"), "ENG000201"),
    ] {
        engine.inbound(&conversation, &body).await.refused(400, code);
        let body =
            if body.is_object() && body.get("sender").is_none() { from(&engine.agent(), body) } else { body };
        engine.business(&conversation, &body).await.refused(400, code);
    }
    let path = format!("/inbound/customer/v1/direct/activity/{conversation}");
    engine.send("POST", &path, Some("application/json"), "").await.refused(400, "ENG005000");
    assert!(engine.history(&conversation, "type=customer").await.is_empty(), "nothing of it was kept");
}

#[tokio::test]
async fn senders_are_checked_at_each_door() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, other_customer, other_agent) = portal.quiet_hub("Elsewhere").await;
    let conversation = engine.establish("ada").await;
    let unknown = "00000000-0000-0000-0000-000000000001";
    engine.business(&conversation, &text("x")).await.refused(400, "ENG005001");
    for sender in [unknown, &other_agent, &engine.customer()] {
        engine.business(&conversation, &from(sender, text("x"))).await.refused(404, "ENG006000");
    }
    for sender in [unknown, &other_agent, &other_customer] {
        engine.inbound(&conversation, &from(sender, text("x"))).await.refused(404, "ENG006000");
    }
    engine.inbound(&conversation, &from(&engine.customer(), text("x"))).await.ok();
    engine.inbound(unknown, &text("x")).await.refused(404, "ENG006500");
    engine.inbound("17", &text("x")).await.refused(400, "ENG000203");
    engine.business("17", &from(&engine.agent(), text("x"))).await.refused(400, "ENG000203");
}

#[tokio::test]
async fn an_agent_may_answer_by_the_customers_door_when_it_names_itself() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let answer = engine.inbound(&conversation, &from(&engine.agent(), text("hello"))).await.ok();
    assert_eq!(answer["integrationId"], engine.agent());
    assert_eq!(engine.history(&conversation, "type=agent").await[0]["eventTrigger"], "message:agent");
}

#[tokio::test]
async fn a_hub_with_nobody_to_answer_says_so() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let hub = portal.hub("Lonely").await;
    let customer = portal.direct(&hub, "c", json!({"integrationType": "Customer"})).await;
    let conversation = engine.establish_at(&customer, "x").await;
    engine.inbound(&conversation, &text("anybody?")).await.refused(400, "ENG005501");
    portal.direct(&hub, "a", json!({"integrationType": "Agent"})).await;
    engine.inbound(&conversation, &text("anybody?")).await.ok();
}

#[tokio::test]
async fn paused_parties_may_not_speak() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (hub, customer, agent) = portal.quiet_hub("Pausing").await;
    let conversation = engine.establish_at(&customer, "x").await;
    portal.set_status(&customer, 3002).await;
    engine.inbound(&conversation, &text("x")).await.refused(400, "ENG006502");
    portal.set_status(&customer, 3000).await;
    portal.set_status(&agent, 3002).await;
    engine.business(&conversation, &from(&agent, text("x"))).await.refused(400, "ENG006502");
    portal.put(&format!("/api/v1/hubs/{hub}"), &json!({"statusId": 2002})).await.ok();
    engine.inbound(&conversation, &text("x")).await.refused(400, "ENG006503");
}

#[tokio::test]
async fn a_bot_comes_before_agents_and_a_paused_bot_does_not() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (hub, customer, agent) = portal.quiet_hub("Botted").await;
    let bot = portal.direct(&hub, "bot", json!({"integrationType": "Bot"})).await;
    let recipient = async |conversation: &str| {
        engine.inbound(conversation, &text("x")).await.ok();
        let history = engine.history(conversation, "type=customer").await;
        history.last().unwrap()["recipient"]["integrationId"].as_str().unwrap().to_owned()
    };
    let conversation = engine.establish_at(&customer, "one").await;
    assert_eq!(recipient(&conversation).await, bot);
    portal.set_status(&bot, 3002).await;
    assert_eq!(recipient(&conversation).await, agent, "a paused destination is left");
    assert_eq!(recipient(&engine.establish_at(&customer, "two").await).await, agent);
}

#[tokio::test]
async fn conversations_go_to_the_agent_with_the_fewest() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (hub, customer, first) = portal.quiet_hub("Shared").await;
    let second = portal.direct(&hub, "second", json!({"integrationType": "Agent"})).await;
    let mut to = Vec::new();
    for binding in ["a", "b", "c", "d"] {
        let conversation = engine.establish_at(&customer, binding).await;
        engine.inbound(&conversation, &text("x")).await.ok();
        let history = engine.history(&conversation, "type=customer").await;
        to.push(history[0]["recipient"]["integrationId"].as_str().unwrap().to_owned());
    }
    for agent in [&first, &second] {
        assert_eq!(to.iter().filter(|one| *one == agent).count(), 2, "{to:?}");
    }
}

#[tokio::test]
async fn an_agent_that_speaks_takes_the_conversation_over() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (hub, customer, first) = portal.quiet_hub("Takeover").await;
    let conversation = engine.establish_at(&customer, "x").await;
    engine.inbound(&conversation, &text("to the first")).await.ok();
    let second = portal.direct(&hub, "second", json!({"integrationType": "Agent"})).await;
    let mut listener = engine.listen_at(&second).await;
    engine.reply_as(&second, &conversation, "I take it").await;
    engine.inbound(&conversation, &text("to the second")).await.ok();
    assert_eq!(listener.texts(1).await, ["to the second"]);
    let history = engine.history(&conversation, "type=customer").await;
    let parties: Vec<_> = history
        .iter()
        .map(|one| (one["sender"]["integrationId"].clone(), one["recipient"]["integrationId"].clone()))
        .collect();
    let (customer, first, second) = (json!(customer), json!(first), json!(second));
    let expected = [(customer.clone(), first), (second.clone(), customer.clone()), (customer, second)];
    assert_eq!(parties, expected);
}

#[tokio::test]
async fn event_ids_increase_under_concurrent_senders_and_all_readers_hear_one_order() {
    const EACH: usize = 25;
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("busy").await;
    engine.say(&conversation, "first").await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    let mut everything = engine.listen_to(&engine.customer(), &conversation).await;
    together((0..8).map(|sender| {
        let (engine, conversation) = (engine.clone(), conversation.clone());
        async move {
            for number in 0..EACH {
                engine.say(&conversation, &format!("{sender}.{number}")).await;
            }
        }
    }))
    .await;
    let history = engine.history(&conversation, "type=customer").await;
    let ids: Vec<_> = history.iter().map(event_id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "strictly increasing: {ids:?}");
    let order: Vec<_> = history[1..].iter().map(|one| one["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(order.len(), 8 * EACH);
    assert_eq!(agent.texts(8 * EACH).await, order);
    assert_eq!(everything.texts(8 * EACH).await, order);
    for sender in 0..8 {
        let own: Vec<_> = order.iter().filter(|text| text.starts_with(&format!("{sender}."))).collect();
        let expected: Vec<_> = (0..EACH).map(|number| format!("{sender}.{number}")).collect();
        assert_eq!(own, expected.iter().map(String::as_str).collect::<Vec<_>>().iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_conversation_that_waits_goes_to_the_agent_that_becomes_present() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, customer, agent) = portal.quiet_hub("Waiting").await;
    portal.set_status(&agent, 3002).await;
    let conversation = engine.establish_at(&customer, "x").await;
    engine.inbound(&conversation, &text("is anybody there?")).await.ok();
    let waiting = engine.history(&conversation, "type=customer").await;
    assert!(waiting[0].get("recipient").is_none(), "{waiting:#?}");
    portal.set_status(&agent, 3000).await;
    engine.inbound(&conversation, &text("hello?")).await.ok();
    let history = eventually("the second text", async || {
        Some(engine.history(&conversation, "type=agent").await).filter(|history| !history.is_empty())
    })
    .await;
    assert_eq!(history[0]["recipient"]["integrationId"], agent);
}
