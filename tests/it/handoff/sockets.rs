//! What sockets hear of a countdown: those of the team's agents, by either kind of websocket, and nobody else's.

use serde_json::{Value, json};

use super::Scene;
use crate::harness::{SignalR, Socket};

/// The desk of the demo's agent, who is in the team.
struct Desk {
    plain: Socket,
    signalr: SignalR,
}

impl Desk {
    async fn of(scene: &Scene) -> Self {
        let agent = scene.engine.agent();
        Self {
            plain: scene.engine.listen_at(&agent).await,
            signalr: scene.engine.signalr(&format!("iId={agent}")).await,
        }
    }

    /// What either websocket is told of a countdown next: the same.
    async fn is_told(&mut self, conversation: &str) -> Value {
        let on_plain = loop {
            let mut frame = self.plain.next_activity().await;
            if is_of_countdown(&frame["activity"]) {
                assert_eq!(frame["conversationId"], conversation);
                break frame["activity"].take();
            }
        };
        let on_signalr = loop {
            let activity = self.signalr.next_activity().await;
            if is_of_countdown(&activity) {
                break activity;
            }
        };
        assert_eq!(on_signalr["conversationId"], conversation);
        assert_eq!(on_signalr["eventId"], on_plain["eventId"]);
        assert_eq!(on_signalr["event"], on_plain["event"]);
        assert_eq!(on_plain["type"], "event");
        assert_eq!(on_plain["sender"]["integrationType"], "Hubster");
        assert!(on_plain.get("recipient").is_none(), "it is the team's: {on_plain:#}");
        on_plain["event"]["payload"].clone()
    }
}

fn is_of_countdown(activity: &Value) -> bool {
    activity["event"]["payloadType"] == "hubster.countdown"
}

impl Scene {
    fn state(&self, state: &str) -> Value {
        json!({"state": state, "teamId": self.server.demo().get("/team/teamId"), "team": "Support"})
    }

    /// A chat of a customer that is moved to the demo's team.
    async fn moves(&self, user: &str, countdown: i64) -> String {
        let conversation = self.chat(user).await;
        let mut body = self.to_support(user);
        body["countdown"] = countdown.into();
        self.send(&body).await.ok();
        conversation
    }

    async fn asserts_begun(&self, told: &Value, countdown: i64) {
        let mut expected = self.state("begun");
        expected["countdown"] = countdown.into();
        expected["dueDateTime"] = told["dueDateTime"].clone();
        assert_eq!(*told, expected);
        let due = told["dueDateTime"].as_str().unwrap();
        assert!(due.len() == 24 && due.ends_with('Z'), "{due}");
    }
}

#[tokio::test]
async fn the_team_s_agents_hear_a_countdown_begin_and_how_it_is_over() {
    let scene = Scene::new().await;
    let mut desk = Desk::of(&scene).await;
    let taken = scene.moves("taken", 10).await;
    scene.asserts_begun(&desk.is_told(&taken).await, 10).await;
    scene.engine.reply(&taken, "I take it").await;
    assert_eq!(desk.is_told(&taken).await, scene.state("taken"));

    let handed_over = scene.moves("handed-over", 10).await;
    scene.asserts_begun(&desk.is_told(&handed_over).await, 10).await;
    scene.engine.reply_as(&scene.bot, &handed_over, "::handover").await;
    assert_eq!(desk.is_told(&handed_over).await, scene.state("taken"), "by the one who got it");

    let closed = scene.moves("closed", 10).await;
    scene.asserts_begun(&desk.is_told(&closed).await, 10).await;
    scene.engine.reply_as(&scene.bot, &closed, "::close").await;
    assert_eq!(desk.is_told(&closed).await, scene.state("cancelled"));

    let again = scene.moves("again", 10).await;
    scene.asserts_begun(&desk.is_told(&again).await, 10).await;
    let mut body = scene.to_support("again");
    body["countdown"] = 5.into();
    scene.send(&body).await.ok();
    assert_eq!(desk.is_told(&again).await, scene.state("cancelled"));
    scene.asserts_begun(&desk.is_told(&again).await, 5).await;
    assert_eq!(desk.is_told(&again).await, scene.state("elapsed"));

    let deleted = scene.moves("deleted", 10).await;
    scene.asserts_begun(&desk.is_told(&deleted).await, 10).await;
    let team = scene.server.demo().get("/team/teamId");
    scene.portal.delete(&format!("/api/v1/teams/{team}")).await.has_status(200);
    assert_eq!(desk.is_told(&deleted).await, scene.state("cancelled"));
}

#[tokio::test]
async fn an_agent_of_the_team_who_has_the_chat_already_takes_it_by_accepting_or_answering() {
    let scene = Scene::new().await;
    let mut desk = Desk::of(&scene).await;
    let accept = |chat: &str| json!({"control": "accept", "reference": "a", "conversationId": chat});
    for accepts in [true, false] {
        let user = format!("accepts-{accepts}");
        let chat = scene.chat(&user).await;
        scene.engine.reply_as(&scene.bot, &chat, "::handover").await;
        scene.send(&scene.to_support(&user)).await.ok();
        scene.asserts_begun(&desk.is_told(&chat).await, 10).await;
        if accepts {
            desk.plain.send(accept(&chat)).await;
        } else {
            scene.engine.reply(&chat, "I am here").await;
        }
        assert_eq!(desk.is_told(&chat).await, scene.state("taken"), "{user}");
        if accepts {
            assert_eq!(desk.plain.receipt("a").await.0["status"], 200);
        }
    }
}

#[tokio::test]
async fn an_agent_of_the_team_takes_a_chat_by_accepting_it_during_the_countdown_and_a_stranger_does_not() {
    let scene = Scene::new().await;
    let mut desk = Desk::of(&scene).await;
    let as_agent = json!({"integrationType": "Agent"});
    let stranger = scene.portal.direct(&scene.server.demo().hub(), "stranger", as_agent).await;
    let mut stranger = scene.engine.listen_at(&stranger).await;
    let chat = scene.moves("ada", 10).await;
    scene.asserts_begun(&desk.is_told(&chat).await, 10).await;
    let accept = json!({"control": "accept", "reference": "a", "conversationId": chat});
    stranger.send(accept.clone()).await;
    let (refused, _) = stranger.receipt("a").await;
    assert_eq!(refused["status"], 403, "{refused:#}");
    desk.plain.send(accept).await;
    assert_eq!(desk.is_told(&chat).await, scene.state("taken"));
    assert_eq!(desk.plain.receipt("a").await.0["status"], 200);
    scene.engine.say(&chat, "at last").await;
    assert_eq!(desk.plain.texts(1).await, ["at last"]);
}

#[tokio::test]
async fn a_bot_that_hands_over_to_anybody_during_the_countdown_leaves_the_chat_to_the_team() {
    let scene = Scene::new().await;
    scene.portal.post("/api/v1/teams", &json!({"name": "Empty", "members": []})).await.ok();
    let chat = scene.chat("ada").await;
    let mut follows = scene.engine.listen_to(&scene.engine.agent(), &chat).await;
    let mut body = scene.to_support("ada");
    body["team_name"] = "Empty".into();
    scene.send(&body).await.ok();
    scene.engine.say(&chat, "what the bot does not know").await;
    let handover = json!({"type": "payload", "payloadType": "hubster.handover", "payload": {}});
    let said = json!({"type": "event", "sender": {"integrationId": scene.bot}, "event": handover});
    scene.engine.business(&chat, &said).await.ok();
    let mut states = Vec::new();
    while states.len() < 2 {
        let told = follows.next_activity().await;
        if is_of_countdown(&told["activity"]) {
            states.push(told["activity"]["event"]["payload"]["state"].clone());
        }
    }
    assert_eq!(states, ["begun", "cancelled"], "it waits");
    scene.engine.say(&chat, "hello?").await;
    let history = scene.engine.history(&chat, "type=customer").await;
    assert!(history.last().unwrap().get("recipient").is_none(), "the agent is not of the team: {history:#?}");
}

#[tokio::test]
async fn a_chat_that_a_back_end_closes_or_whose_customers_come_no_more_is_cancelled() {
    let scene = Scene::new().await;
    let mut desk = Desk::of(&scene).await;
    let closed = scene.moves("closed", 10).await;
    scene.asserts_begun(&desk.is_told(&closed).await, 10).await;
    scene.server.messaging().send_to("session/close", &json!({"sessionId": closed})).await.one();
    assert_eq!(desk.is_told(&closed).await, scene.state("cancelled"));
    let left = scene.moves("left", 10).await;
    scene.asserts_begun(&desk.is_told(&left).await, 10).await;
    let customer = scene.engine.customer();
    scene.portal.delete(&format!("/api/v1/integrations/{customer}")).await.has_status(200);
    assert_eq!(desk.is_told(&left).await, scene.state("cancelled"));
}

#[tokio::test]
async fn a_chat_that_is_routed_during_its_countdown_is_taken_by_an_agent_and_not_by_a_bot() {
    let scene = Scene::new().await;
    let messaging = scene.server.messaging();
    let mut desk = Desk::of(&scene).await;
    let (bot, agent) = (scene.bot.clone(), scene.engine.agent());
    let routes =
        [("named", bot, "cancelled"), ("any", "bot".to_owned(), "cancelled"), ("agent", agent, "taken")];
    for (user, queue, state) in routes {
        let conversation = scene.moves(user, 10).await;
        scene.asserts_begun(&desk.is_told(&conversation).await, 10).await;
        let routing = json!({"sessionId": conversation, "queue": queue});
        messaging.send_to("session/routing", &routing).await.has_status(200);
        assert_eq!(desk.is_told(&conversation).await, scene.state(state), "{queue}");
    }
}

#[tokio::test]
async fn a_countdown_that_elapses_is_over_before_the_chat_comes() {
    let scene = Scene::new().await;
    let mut agent = scene.engine.listen_at(&scene.engine.agent()).await;
    let conversation = scene.moves("ada", 5).await;
    let mut types = Vec::new();
    for _ in 0..3 {
        let told = agent.next_activity().await;
        assert_eq!(told["conversationId"], conversation);
        types.push(told["activity"]["event"]["payloadType"].as_str().unwrap().to_owned());
    }
    assert_eq!(types, ["hubster.countdown", "hubster.countdown", "hubster.handover"]);
}

#[tokio::test]
async fn nobody_but_the_team_hears_of_a_countdown_and_nothing_of_it_is_kept() {
    let scene = Scene::new().await;
    let desk = json!({"integrationType": "Agent"});
    let other = scene.portal.direct(&scene.server.demo().hub(), "other", desk).await;
    let conversation = scene.chat("ada").await;
    let (customer, bot) = (scene.engine.customer(), &scene.bot);
    let customers =
        [scene.engine.listen_to(&customer, &conversation).await, scene.engine.listen_at(&customer).await];
    let strangers = [scene.engine.listen_at(&other).await, scene.engine.listen_at(bot).await];
    let mut follows = scene.engine.listen_to(&other, &conversation).await;
    scene.send(&scene.to_support("ada")).await.ok();
    scene.engine.reply_as(bot, &conversation, "bye").await;
    scene.engine.reply_as(bot, &conversation, "::close").await;
    let told = [follows.next_activity().await, follows.next_activity().await, follows.next_activity().await];
    let states = told.each_ref().map(|one| &one["activity"]["event"]["payload"]["state"]);
    assert_eq!(states, [&json!("begun"), &Value::Null, &json!("cancelled")], "who follows the chat is told");
    for mut socket in customers {
        assert_eq!(socket.texts(1).await, ["bye"]);
    }
    let next = scene.chat("ada").await;
    scene.engine.reply_as(&other, &next, "I take it").await;
    scene.engine.say(&next, "hi").await;
    for mut stranger in strangers {
        let told = stranger.next_activity().await;
        assert_eq!(told["conversationId"], next, "of the first there is nothing to hear: {told:#}");
    }
    for party in ["customer", "agent", "bot"] {
        let history = scene.engine.history(&conversation, &format!("type={party}")).await;
        assert!(!history.iter().any(is_of_countdown), "{history:#?}");
    }
}
