//! What becomes of a chat that is moved: seen by the agents of the team, by their sockets, and through a crash.

use std::time::Duration;

use serde_json::json;

use super::{Scene, shown};
use crate::harness::{event_payload, event_types};

/// The shortest that there is.
const COUNTDOWN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_chat_is_shown_to_the_team_and_comes_to_its_agent_when_the_countdown_ends() {
    let scene = Scene::new().await;
    let demo = scene.server.demo();
    let session = scene.server.streaming().await.session(&demo.user()).await;
    let mut agent = scene.engine.listen_at(&scene.engine.agent()).await;
    let conversation = scene.chat("ada").await;
    let mut body = scene.to_support("ada");
    body["countdown"] = 5.into();
    scene.send(&body).await.ok();

    let [announced] = &session.collect(1).await[..] else { panic!("one event") };
    assert_eq!(announced["eventType"], "engagementCenter.PreviewScreenPop");
    let payload = event_payload(announced);
    for (key, value) in [("conversationId", &*conversation), ("team", "Support"), ("countdown", "5")] {
        assert_eq!(shown(&payload, key), value);
    }
    for state in ["begun", "elapsed"] {
        let told = agent.next_activity().await;
        assert_eq!(told["activity"]["event"]["payload"]["state"], state, "{told:#}");
    }
    let told = agent.next_activity().await;
    assert_eq!(told["conversationId"], conversation);
    assert_eq!(told["activity"]["event"]["payloadType"], "hubster.handover");
    assert_eq!(told["activity"]["event"]["payload"]["team"], "Support");
    assert_eq!(told["activity"]["event"]["payload"]["history"].as_array().unwrap().len(), 1);
    let events = session.collect(3).await;
    let expected = ["messaging.EntityAdded", "engagementCenter.ScreenPop", "messaging.EntitySendText"];
    assert_eq!(event_types(&events), expected);
    let number = &event_payload(&events[1])["interactionId"];
    assert_eq!(number, &payload["interactionId"], "one interaction from the announcement on");
    scene.engine.say(&conversation, "at last").await;
    assert_eq!(agent.texts(1).await, ["at last"]);
}

#[tokio::test]
async fn a_chat_that_was_moved_comes_to_the_agent_after_a_crash() {
    comes_after_a_crash(Duration::ZERO).await;
}

#[tokio::test]
async fn a_chat_that_was_due_while_the_server_was_down_comes_to_the_agent_at_its_start() {
    comes_after_a_crash(COUNTDOWN).await;
}

/// A chat that is moved comes to its agent although the server dies and is down for a while.
async fn comes_after_a_crash(down: Duration) {
    let mut scene = Scene::new().await;
    let conversation = scene.chat("ada").await;
    let mut body = scene.to_support("ada");
    body["countdown"] = COUNTDOWN.as_secs().into();
    scene.send(&body).await.ok();
    scene.server.kill();
    // Nothing can be awaited while nobody is there who could do it.
    tokio::time::sleep(down).await;
    scene.server.restart().await;
    let engine = scene.server.engine().await;
    let query = format!("integrationId={}&conversationId={conversation}&since=0", engine.agent());
    let mut agent = engine.listen(&query).await;
    agent.control("snapshot").await;
    assert_eq!(agent.texts(1).await, ["hello"]);
    let told = loop {
        let told = agent.next_activity().await;
        // That the countdown is over hears only who is there already.
        if told["activity"]["event"]["payloadType"] != "hubster.countdown" {
            break told;
        }
    };
    assert_eq!(told["activity"]["event"]["payloadType"], "hubster.handover");
    assert_eq!(told["activity"]["recipient"]["integrationId"], engine.agent());
}

#[tokio::test]
async fn a_chat_that_ends_or_goes_elsewhere_is_withdrawn_and_one_without_agents_waits() {
    let scene = Scene::new().await;
    let user = scene.server.demo().user();
    let session = scene.server.streaming().await.session(&user).await;
    let (ended, waits) = (scene.chat("ended").await, scene.chat("waits").await);
    for name in ["ended", "waits"] {
        let mut body = scene.to_support(name);
        body["countdown"] = 5.into();
        scene.send(&body).await.ok();
    }
    scene.engine.reply_as(&scene.bot, &ended, "::close").await;
    let events = session.collect(3).await;
    let expected = [
        "engagementCenter.PreviewScreenPop",
        "engagementCenter.PreviewScreenPop",
        "engagementCenter.InteractionClear",
    ];
    assert_eq!(event_types(&events), expected);
    let number = |place: usize| event_payload(&events[place])["interactionId"].clone();
    assert_eq!(number(2), number(0));

    scene.portal.put(&format!("/api/v1/users/{user}"), &json!({"state": "away"})).await.ok();
    let [cleared] = &session.collect(1).await[..] else { panic!("one event") };
    assert_eq!(
        event_payload(cleared)["interactionId"],
        number(1),
        "the countdown ended, and nobody was there"
    );
    scene.engine.say(&waits, "hello?").await;
    let history = scene.engine.history(&waits, "type=customer").await;
    assert!(history.last().unwrap().get("recipient").is_none(), "it waits: {history:#?}");
    scene.portal.put(&format!("/api/v1/users/{user}"), &json!({"state": "available"})).await.ok();
    let events = session.collect(4).await;
    assert_eq!(event_types(&events)[..2], ["messaging.EntityAdded", "engagementCenter.ScreenPop"]);
    assert_eq!(event_payload(&events[1])["interactionId"], number(1));
    let of_ended = scene.engine.history(&ended, "type=agent").await;
    assert_eq!(of_ended, [] as [serde_json::Value; 0], "what was ended came to no agent");
}
