//! What the built-in stages do to live traffic.

use serde_json::json;

use super::put;
use crate::harness::Server;

#[tokio::test]
async fn readers_see_what_the_stages_found_out_from_the_moment_at_which_they_are_set() {
    let server = Server::start().await;
    let (portal, engine) = (server.portal().await, server.engine().await);
    let mut agent = engine.listen_at(&engine.agent()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "I hate waiting, give me a refund!").await;
    let stages = json!([
        {"type": "keywords", "rules": [{"name": "refunds", "phrases": ["Refund"], "tags": ["billing"]}]},
        {"type": "language"}, {"type": "sentiment"}]);
    put(&portal, &server.demo().hub(), stages).await.ok();
    engine.say(&conversation, "I hate waiting for my parcel, give me a refund!").await;
    put(&portal, &server.demo().hub(), json!([])).await.ok();
    engine.say(&conversation, "I hate waiting, give me a refund!").await;

    let heard = [agent.next_activity().await, agent.next_activity().await, agent.next_activity().await];
    let tags = heard.each_ref().map(|frame| frame["activity"].get("tags").cloned());
    assert_eq!((&tags[0], &tags[2]), (&None, &None));
    let tags = tags[1].clone().unwrap();
    assert_eq!(tags["keywords"], json!(["billing"]));
    assert_eq!((&tags["language"], &tags["sentiment"]), (&json!("eng"), &json!("negative")));
    assert!(tags["sentimentScore"].as_f64().unwrap() < 0.0);
    assert!((0.2..=1.0).contains(&tags["languageConfidence"].as_f64().unwrap()));
    let history = engine.history(&conversation, "type=agent").await;
    assert_eq!(history[1]["tags"], tags, "history tells the same");
}

#[tokio::test]
async fn an_alert_reaches_the_agent_and_never_the_customer() {
    let server = Server::start().await;
    let (portal, engine) = (server.portal().await, server.engine().await);
    let stages = json!([{"type": "keywords", "rules": [{"name": "threats", "phrases": ["my lawyer"], "alert": true}]}]);
    put(&portal, &server.demo().hub(), stages).await.ok();
    let conversation = engine.establish("ada").await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    let mut customer = engine.listen_to(&engine.customer(), &conversation).await;
    let said = engine.say(&conversation, "I will call MY  lawyer").await;
    engine.reply(&conversation, "Please wait").await;

    assert_eq!(agent.next_activity().await["activity"]["message"]["text"], "I will call MY  lawyer");
    let alert = agent.next_activity().await;
    assert_eq!(alert["activity"]["sender"]["integrationType"], "Hubster");
    assert_eq!(
        alert["activity"]["event"],
        json!({"type": "payload", "payloadType": "hubster.alert", "payload": {"rule": "threats",
            "phrases": ["my lawyer"], "interactionId": said["interactionId"]}})
    );
    assert_eq!(customer.texts(2).await, ["I will call MY  lawyer", "Please wait"]);
}

#[tokio::test]
async fn a_business_that_never_opens_tells_its_customers_once_and_offers_them_to_nobody() {
    let server = Server::start().await;
    let (portal, engine) = (server.portal().await, server.engine().await);
    let closed = json!([{"type": "openHours", "timeZone": "UTC", "week": {},
        "closedMessage": {"type": "text", "text": "We are closed."}}]);
    put(&portal, &server.demo().hub(), closed).await.ok();
    let conversation = engine.establish("ada").await;
    let mut customer = engine.listen_to(&engine.customer(), &conversation).await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    engine.say(&conversation, "Hello?").await;
    engine.say(&conversation, "Anybody?").await;
    assert_eq!(customer.texts(3).await, ["Hello?", "We are closed.", "Anybody?"]);

    // Without hours the business is open, and who waits is taken to the agent.
    put(&portal, &server.demo().hub(), json!([])).await.ok();
    let handed_over = agent.next_activity().await;
    assert_eq!(handed_over["conversationId"], conversation);
    assert_eq!(handed_over["activity"]["event"]["payloadType"], "hubster.handover");
}

#[tokio::test]
async fn a_phrase_takes_a_conversation_to_its_team() {
    let server = Server::start().await;
    let (portal, engine) = (server.portal().await, server.engine().await);
    let (hub, customer, _) = portal.quiet_hub("Support").await;
    portal
        .post("/api/v1/users", &json!({"userId": "vera", "name": "Vera", "email": "vera@mail.example"}))
        .await
        .ok();
    portal.post("/api/v1/teams", &json!({"teamId": "gold", "name": "Gold", "members": ["vera"]})).await.ok();
    let gold = portal.direct(&hub, "gold", json!({"integrationType": "Agent", "userId": "vera"})).await;
    let stages =
        json!([{"type": "keywords", "rules": [{"name": "vip", "phrases": ["gold card"], "teamId": "gold"}]}]);
    put(&portal, &hub, stages).await.ok();
    let conversation = engine.establish_at(&customer, "ada").await;
    let mut listener = engine.listen_to(&customer, &conversation).await;
    engine.say(&conversation, "I have a gold card").await;
    let heard = listener.next_activity().await;
    assert_eq!(heard["activity"]["recipient"]["integrationId"], gold);
}
