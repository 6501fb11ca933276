//! Everybody who has a part in the story, and what they do. It must not know what is told of it.

use serde_json::{Value, json};

use super::cast::Cast;
use super::listeners::{Hooks, Listeners};
use super::{STORY, story};
use crate::faq_upload::uploader::Uploader;
use crate::harness::{Engine, Server, TO_THIS_MACHINE, eventually, from, text};

/// What the bot is taught: a question of the story, with two answers.
const SHEET: &str = "hours,When do you open?|Opening hours,We open at nine.<m>We close at five.\n";

/// Seconds that the team is shown a chat that comes: the fewest there are.
const COUNTDOWN: u64 = 5;

/// The most there are: somebody takes the chat before they are over.
const LONG_COUNTDOWN: u64 = 10;

/// The shop, its people, and Ada's chat.
pub struct Scene {
    pub server: Server,
    pub engine: Engine,
    pub cast: Cast,
    pub listeners: Listeners,
    pub chat: String,
    sam: String,
}

impl Scene {
    /// The bot is taught, Alex has no time, Sam is not there yet, Ada has come, and everybody listens.
    pub async fn opens() -> Self {
        let bot_works = ("SWITCHBOARD_FAQ__FIRST_BOT_ACTIVE", "true");
        let server = Server::with(&[TO_THIS_MACHINE, bot_works]).await;
        let engine = server.engine().await;
        let hooks = Hooks::start().await;
        let sam = prepare(&server, &hooks).await;
        let ask = json!({"integrationId": engine.customer(), "binding": "ada", "channelType": "Direct",
            "properties": {"profile": {"full name": "Ada"}}});
        let made = engine.post("/api/v1/conversations/establish", &ask).await.ok();
        let chat = made["conversationId"].as_str().unwrap().to_owned();
        let listeners = Listeners::of(&server, &engine, &chat, &sam, hooks).await;
        let cast = Cast::of(server.demo(), &sam);
        Self { server, engine, cast, listeners, chat, sam }
    }

    /// The engine's client of a server that was started again.
    pub async fn reconnects(&mut self) {
        self.engine = self.server.engine().await;
    }

    /// Ada says a line of the story.
    pub async fn ada_says(&self, line: usize) {
        self.engine.say(&self.chat, words(line, "Ada")).await;
    }

    /// Waits until so many lines of the story are in the history.
    pub async fn history_has(&self, lines: usize) {
        eventually("the bot's answers", async || {
            (self.engine.history(&self.chat, "type=customer").await.len() == lines).then_some(())
        })
        .await;
    }

    /// The bot hands the chat over, which waits then.
    pub async fn the_bot_knows_no_answer_and_nobody_is_there(&self) {
        let handover = eventually("the bot's hand-over", async || {
            let history = self.engine.history(&self.chat, "type=bot").await;
            history.into_iter().find(|one| one["event"]["payloadType"] == "hubster.handover")
        })
        .await;
        assert_eq!(handover["event"]["payload"]["reason"], "the bot knows no answer");
        assert!(handover.get("recipient").is_none(), "{handover:#}");
    }

    /// Alex is shown that the chat is moved to his team.
    pub async fn the_platform_moves_it_to_alexs_team(&mut self) {
        self.the_platform_moves_it("Service", LONG_COUNTDOWN).await;
        self.listeners.alex_is_told("begun", "Service").await;
    }

    /// The platform says a line of the story in the bot's name.
    pub async fn the_platform_says_for_the_bot(&self, line: usize) {
        let bot = self.server.demo().integration("bot");
        self.engine.reply_as(&bot, &self.chat, words(line, "Bot")).await;
    }

    /// Alex says a line of the story on his websocket, and has the chat from then on.
    pub async fn alex_takes_it_over_before_the_countdown_ends(&mut self, line: usize) {
        let said = from(&self.engine.agent(), text(words(line, "Alex")));
        self.listeners.alex.send_activity("taken", &self.chat, said).await;
        self.listeners.alex_is_told("taken", "Service").await;
        let (receipt, _) = self.listeners.alex.receipt("taken").await;
        assert_eq!(receipt["status"], 200, "{receipt:#}");
    }

    /// Sam comes to the desk, and is shown that the chat is moved to his team.
    pub async fn the_platform_moves_it_to_sams_team(&mut self) {
        let user = format!("/api/v1/users/{}", self.server.demo().get("/users/1/userId"));
        self.server.portal().await.put(&user, &json!({"state": "available"})).await.ok();
        self.the_platform_moves_it("Returns", COUNTDOWN).await;
        self.listeners.sam_is_shown("Returns", COUNTDOWN).await;
    }

    async fn the_platform_moves_it(&self, team: &str, countdown: u64) {
        let body = json!({"user_name": "ada", "business_id": self.business(), "team_name": team,
            "countdown": countdown});
        let handoff = self.server.demo().handoff();
        handoff.post("/integration/external/v1.0/send_chat_to_agent/", &body).await.ok();
    }

    /// The chat comes to Sam with so many lines of the story, and he accepts it on his websocket.
    pub async fn sam_takes_it_when_the_countdown_ends(&mut self, lines: usize) {
        self.listeners.sam_is_told("elapsed", "Returns").await;
        let told = self.listeners.sam.next_activity().await;
        assert_eq!(told["activity"]["event"]["payloadType"], "hubster.handover");
        assert_eq!(told["activity"]["event"]["payload"]["team"], "Returns");
        self.has_the_past(&told, lines);
        let accept = json!({"control": "accept", "reference": "mine", "conversationId": self.chat});
        self.listeners.sam.send(accept).await;
        let (receipt, _) = self.listeners.sam.receipt("mine").await;
        assert_eq!(receipt["status"], 200, "{receipt:#}");
    }

    /// Sam says a line of the story, on his websocket.
    pub async fn sam_says(&mut self, line: usize) {
        let said = from(&self.sam, text(words(line, "Sam")));
        self.listeners.sam.send_activity("said", &self.chat, said).await;
        let (receipt, _) = self.listeners.sam.receipt("said").await;
        assert_eq!(receipt["status"], 200, "{receipt:#}");
    }

    /// The shop sends a line of the story; the message's id.
    pub async fn the_shop_sends(&self, line: usize) -> String {
        let customer = self.engine.customer();
        let body = json!({"channelId": format!("direct:{customer}"), "type": "text",
            "to": {"contactId": format!("diada_{customer}")}, "text": {"body": words(line, "Shop")}});
        let receipt = self.server.messaging().send_to("message/send", &body).await.one();
        receipt["id"].as_str().unwrap().to_owned()
    }

    /// Ada's socket has taken it, she sees it, and the shop hears of both.
    pub async fn ada_has_seen_what_was_sent(&self, id: &str) {
        let back_end = &self.listeners.back_end;
        back_end.hears("statuses", 2).await;
        self.engine.inbound(&self.chat, &json!({"type": "event", "event": {"type": "seen"}})).await.ok();
        let statuses = back_end.hears("statuses", 3).await;
        let told: Vec<_> = statuses.iter().map(|one| (&one["id"], &one["status"])).collect();
        let id = Value::from(id);
        assert_eq!(told, [(&id, &"SENT".into()), (&id, &"DLVRD".into()), (&id, &"READ".into())]);
    }

    pub async fn the_shop_resolves_and_closes(&self) {
        for call in ["session/resolve", "session/close"] {
            self.server.messaging().send_to(call, &json!({"sessionId": self.chat})).await.one();
        }
    }

    /// The number of the business, as bot platforms name it.
    pub fn business(&self) -> String {
        self.server.demo().get("/hub/businessId")
    }

    /// A hand-over carries what was said before it.
    fn has_the_past(&self, handover: &Value, lines: usize) {
        assert_eq!(handover["conversationId"], self.chat);
        let past = handover["activity"]["event"]["payload"]["history"].as_array().unwrap();
        let told: Vec<_> = past.iter().filter_map(|activity| self.cast.said(activity)).collect();
        super::assert_told("the hand-over", &told, &story(|_| true)[..lines]);
    }
}

/// The bot is taught, and Alex and Sam have their teams and no time; the integration of Sam's desk.
async fn prepare(server: &Server, hooks: &Hooks) -> String {
    let (demo, portal) = (server.demo(), server.portal().await);
    Uploader::of(demo).teach(SHEET).await;
    let user = demo.get("/users/1/userId");
    let desk = json!({"integrationType": "Agent", "userId": user, "webhookUrl": hooks.sam.url()});
    let sam = portal.direct(&demo.hub(), "Sam's desk", desk).await;
    let app = json!({"integrationType": "Customer", "echo": true, "webhookUrl": hooks.ada.url()});
    let customer = format!("/api/v1/integrations/hubs/{}", demo.integration("customer"));
    portal.post(&customer, &json!({"configuration": app})).await.ok();
    for (team, member, state) in [("Service", demo.user(), "busy"), ("Returns", user, "away")] {
        let body = json!({"teamId": team.to_lowercase(), "name": team, "members": [member]});
        portal.post("/api/v1/teams", &body).await.ok();
        portal.put(&format!("/api/v1/users/{member}"), &json!({"state": state})).await.ok();
    }
    sam
}

/// A line of the story, which has to be somebody's.
fn words(line: usize, who: &str) -> &'static str {
    let (speaker, words) = STORY[line];
    assert_eq!(speaker, who);
    words
}
