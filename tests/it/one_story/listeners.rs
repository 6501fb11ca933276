//! Everybody who hears the story while it happens, and what they have to have heard. They must not know who acts.

use std::ops::Range;

use serde_json::{Value, json};

use super::cast::Cast;
use super::scene::Scene;
use super::{STORY, assert_told, story};
use crate::harness::{
    Engine, Hook, Server, Session, SignalR, Socket, Version, event_payload, event_types, eventually,
};
use crate::messaging::hearing::BackEnd;

/// What becomes of the chat for Sam, texts apart.
const FOR_SAM: [&str; 7] = [
    "engagementCenter.PreviewScreenPop",
    "messaging.EntityAdded",
    "engagementCenter.ScreenPop",
    "engagementCenter.Active",
    "engagementCenter.InteractionClear",
    "engagementCenter.Wrap",
    "engagementCenter.Idle",
];

/// What becomes of the chat for Alex, texts apart.
const FOR_ALEX: [&str; 5] = [
    "engagementCenter.PreviewScreenPop",
    "messaging.EntityAdded",
    "engagementCenter.ScreenPop",
    "engagementCenter.Active",
    "engagementCenter.InteractionTransferred",
];

/// What of the story was told while Alex had the chat.
const WITH_ALEX: Range<usize> = 5..7;

/// What becomes of the chat for the shop: it goes to the bot, waits, goes to Alex, to Sam, and ends.
const FOR_THE_SHOP: [&str; 9] = [
    "SESSION_ROUTED",
    "SESSION_ASSIGNED",
    "SESSION_ROUTED",
    "SESSION_ASSIGNED",
    "SESSION_ASSIGNED",
    "SESSION_ROUTED",
    "SESSION_ASSIGNED",
    "SESSION_RESOLVED",
    "SESSION_CLOSED",
];

/// The Direct webhooks, which have to be there before their integrations are.
pub struct Hooks {
    /// Of Ada's app, which hears itself as well.
    pub ada: Hook,
    /// Of Sam's desk.
    pub sam: Hook,
}

impl Hooks {
    pub async fn start() -> Self {
        Self { ada: Hook::start().await, sam: Hook::start().await }
    }
}

/// All of them.
pub struct Listeners {
    /// The agents' inboxes.
    pub alex: Socket,
    pub sam: Socket,
    sams_signalr: SignalR,
    /// The shop's back end, which hears of all chats.
    pub back_end: BackEnd,
    /// Who follows the chat: the customer's side and the business's, by either kind of websocket.
    plain: [(&'static str, Socket); 2],
    signalr: [(&'static str, SignalR); 2],
    /// A System integration, which hears all messages of the hub.
    system: Hook,
    hooks: Hooks,
    /// Sam's desktop, in version 3, and what it has heard so far.
    desktop: Session,
    on_desktop: Vec<Value>,
    /// The same in version 2.
    sams_old_desktop: Session,
    /// Alex's desktop, in version 2.
    old_desktop: Session,
}

impl Listeners {
    pub async fn of(server: &Server, engine: &Engine, chat: &str, sam: &str, hooks: Hooks) -> Self {
        let (customer, agent) = (engine.customer(), engine.agent());
        let plain = [
            ("the customer's websocket", engine.listen_to(&customer, chat).await),
            ("the agent's websocket", engine.listen_to(&agent, chat).await),
        ];
        let signalr = [
            ("the customer's SignalR", engine.signalr(&format!("iId={customer}&cId={chat}")).await),
            ("the agent's SignalR", engine.signalr(&format!("iId={sam}&cId={chat}")).await),
        ];
        let system = Hook::start().await;
        let body = json!({"channelId": "System", "name": "listener",
            "configuration": {"webhookUrl": system.url(), "events": ["message"]}});
        server.portal().await.create_integration(&server.demo().hub(), &body).await.ok();
        let (streaming, sams_user) = (server.streaming().await, server.demo().get("/users/1/userId"));
        Self {
            alex: engine.listen_at(&agent).await,
            sam: engine.listen_at(sam).await,
            sams_signalr: engine.signalr(&format!("iId={sam}")).await,
            back_end: BackEnd::of(server).await,
            plain,
            signalr,
            system,
            hooks,
            desktop: streaming.session(&sams_user).await,
            on_desktop: Vec::new(),
            sams_old_desktop: streaming.speaking(Version::V2).session(&sams_user).await,
            old_desktop: streaming.speaking(Version::V2).session(&server.demo().user()).await,
        }
    }

    /// Sam's desktop and his sockets show a chat that comes to a team.
    pub async fn sam_is_shown(&mut self, team: &str, countdown: u64) {
        self.on_desktop.extend(self.desktop.collect(1).await);
        let payload = event_payload(&self.on_desktop[0]);
        let shown = payload["interactionInfo"]["interactionData"].as_array().unwrap();
        for (key, value) in [("team", team), ("countdown", &countdown.to_string())] {
            assert!(shown.iter().any(|one| one["key"] == key && one["value"] == value), "{key}: {payload:#}");
        }
        self.sam_is_told("begun", team).await;
    }

    /// Alex's socket is told how it stands with a countdown.
    pub async fn alex_is_told(&mut self, state: &str, team: &str) {
        is_of_countdown(&self.alex.next_activity().await["activity"], state, team);
    }

    /// Sam's sockets are told how it stands with a countdown.
    pub async fn sam_is_told(&mut self, state: &str, team: &str) {
        let plain = self.sam.next_activity().await["activity"].take();
        let signalr = self.sams_signalr.next_activity().await;
        for told in [plain, signalr] {
            is_of_countdown(&told, state, team);
        }
    }
}

#[track_caller]
fn is_of_countdown(told: &Value, state: &str, team: &str) {
    let payload = &told["event"]["payload"];
    assert_eq!((&payload["state"], &payload["team"]), (&json!(state), &json!(team)), "{told:#}");
}

/// Everybody has heard the part of the story that is theirs.
pub async fn assert_heard(scene: &mut Scene) {
    let (cast, listeners) = (&scene.cast, &mut scene.listeners);
    let whole = story(|_| true);
    for (face, socket) in &mut listeners.plain {
        let told = to_the_end(cast, async || socket.next_activity().await["activity"].clone()).await;
        assert_told(face, &told, &whole);
    }
    for (face, connection) in &mut listeners.signalr {
        let told = to_the_end(cast, async || connection.next_activity().await).await;
        assert_told(face, &told, &whole);
    }
    let to_sam = [whole[8].clone(), whole[10].clone()];
    let told = to_the_end(cast, async || listeners.sam.next_activity().await["activity"].clone()).await;
    assert_told("Sam's inbox", &told, &to_sam);
    let told = to_the_end(cast, async || listeners.sams_signalr.next_activity().await).await;
    assert_told("Sam's inbox by SignalR", &told, &to_sam);

    for (face, hook, expected) in [
        ("the System webhook", &listeners.system, &whole[..]),
        ("the Direct webhook of Ada's app", &listeners.hooks.ada, &whole[..]),
        ("the Direct webhook of Sam's desk", &listeners.hooks.sam, &to_sam[..]),
    ] {
        assert_told(face, &by_webhook(cast, hook, expected.len()).await, expected);
    }

    assert_heard_by_the_shop(&scene.chat, &listeners.back_end).await;
    let missing = FOR_SAM.len() + STORY.len() - listeners.on_desktop.len();
    listeners.on_desktop.extend(listeners.desktop.collect(missing).await);
    assert_on_desktop(cast, "Sam's session", &listeners.on_desktop, &FOR_SAM, &whole);
    let events = listeners.sams_old_desktop.collect(FOR_SAM.len() + STORY.len()).await;
    assert_on_desktop(cast, "Sam's session of version 2", &events, &FOR_SAM, &whole);
    let events = listeners.old_desktop.collect(FOR_ALEX.len() + WITH_ALEX.len()).await;
    assert_on_desktop(cast, "Alex's session", &events, &FOR_ALEX, &whole[WITH_ALEX]);
}

/// What is said, up to the last line of the story.
async fn to_the_end(cast: &Cast, mut next: impl AsyncFnMut() -> Value) -> Vec<String> {
    let last = story(|_| true).pop();
    let mut told = Vec::new();
    while told.last() != last.as_ref() {
        told.extend(cast.said(&next().await));
    }
    told
}

/// What is said by a webhook, once that is so many lines.
async fn by_webhook(cast: &Cast, hook: &Hook, lines: usize) -> Vec<String> {
    eventually("what is said at the webhook", async || {
        let calls = hook.calls();
        let told: Vec<_> =
            calls.iter().flat_map(|call| call.activities()).filter_map(|one| cast.said(&one)).collect();
        (told.len() >= lines).then_some(told)
    })
    .await
}

/// The messaging webhook hears what the customer says, and where the session goes.
async fn assert_heard_by_the_shop(chat: &str, back_end: &BackEnd) {
    let adas = story(|who| who == "Ada");
    let messages = back_end.hears("messages", adas.len()).await;
    let told = messages.iter().map(|one| super::cast::line("Ada", one["text"]["body"].as_str().unwrap()));
    assert_told("the messaging webhook", &told.collect::<Vec<_>>(), &adas);
    assert!(messages.iter().all(|one| one["session"]["sessionId"] == *chat), "{messages:#?}");
    let events = back_end.hears("events", FOR_THE_SHOP.len()).await;
    let codes: Vec<_> = events.iter().map(|event| event["eventCode"].as_str().unwrap()).collect();
    assert_eq!(codes, FOR_THE_SHOP);
}

/// A desktop hears the past when the chat is brought, every word from then on, and what becomes of it.
fn assert_on_desktop(cast: &Cast, whose: &str, heard: &[Value], becomes: &[&str], story: &[String]) {
    const TEXT: &str = "messaging.EntitySendText";
    let types = event_types(heard);
    let other: Vec<_> = types.iter().copied().filter(|event_type| *event_type != TEXT).collect();
    assert_eq!(other, becomes, "{whose}");
    let texts = heard.iter().zip(&types).filter(|(_, event_type)| **event_type == TEXT);
    let payloads = texts.map(|(event, _)| event_payload(event));
    let told: Vec<_> = payloads.map(|one| cast.said_by(&one["entityName"], &one["text"])).collect();
    assert_told(whose, &told, story);
}
