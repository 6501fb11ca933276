//! Everybody who has a part in the day, and what they do. It must not know the story.

use serde_json::{Value, json};

use super::cast::Cast;
use super::listeners::{Ear, Heard, Listeners};
use super::reader::{Face, Reader};
use super::story::Place;
use crate::harness::{Engine, Http, Portal, Server, Visitor, from, text};

/// Who asks for something.
#[derive(Clone, Copy)]
pub enum Customer {
    /// By a Direct integration.
    Ada,
    /// By the web chat.
    Ben,
}

/// The day as it goes on.
pub struct Day {
    server: Server,
    engine: Engine,
    portal: Portal,
    bens_page: Visitor,
    cast: Cast,
    listeners: Listeners,
    /// Where a reader stands that has heard nothing of the day.
    dawn: String,
    sams_user: String,
    /// All conversations by their names in the story.
    conversations: Vec<(&'static str, String)>,
    /// The agents, as they are at their desks.
    pub alex: String,
    pub sam: String,
    /// The present conversation of each customer.
    pub ada: String,
    pub ben: String,
}

impl Day {
    /// Before the doors open: the first tenant with its bot at work, a second agent and a team, and both agents'
    /// inboxes and sessions open.
    pub async fn dawns() -> Self {
        let server = Server::start().await;
        let (engine, portal, streaming) =
            (server.engine().await, server.portal().await, server.streaming().await);
        let demo = server.demo().clone();
        portal.set_status(&demo.integration("bot"), 3000).await;
        let sams_user = demo.get("/users/1/userId");
        let desk = json!({"integrationType": "Agent", "userId": sams_user, "echo": true});
        let (alex, sam) = (engine.agent(), portal.direct(&demo.hub(), "Sam's desk", desk).await);
        let team = json!({"teamId": "returns", "name": "Returns", "members": [sams_user]});
        portal.post("/api/v1/teams", &team).await.ok();
        let web_chat = demo.integration("webchat");
        let configuration = json!({"allowedOrigins": ["localhost:3000"],
            "start": [{"type": "text", "text": "Welcome! What can we do for you?"}]});
        let path = format!("/api/v1/integrations/hubs/{web_chat}");
        portal.post(&path, &json!({"configuration": configuration})).await.ok();
        let bens_page = Visitor::arrive(&server.http(), &web_chat).await;

        let ears = [("Alex", demo.user()), ("Sam", sams_user.clone())];
        let mut open = Vec::new();
        for (agent, user) in ears {
            open.push(Ear::open(&streaming, agent, &user).await);
        }
        let mut listeners = Listeners::new(open);
        listeners.join(Reader::new(Place::Inbox("Alex"), Face::Plain, &engine, &alex)).await;
        let dawn = listeners.first_at(|_| true).cursor().to_owned();
        listeners.join(Reader::new(Place::EchoingInbox("Sam"), Face::SignalR, &engine, &sam)).await;
        let cast = Cast::of(&demo, &sam);
        let (ada, ben, conversations) = (String::new(), String::new(), Vec::new());
        Self {
            server,
            engine,
            portal,
            bens_page,
            cast,
            listeners,
            dawn,
            sams_user,
            conversations,
            alex,
            sam,
            ada,
            ben,
        }
    }

    /// The business sets its hours, day by day, and what it looks for in what customers say.
    pub async fn keeps_hours(&self, week: Value) {
        let closed = json!({"type": "text", "text": "We open at nine."});
        let refunds =
            json!({"name": "refunds", "phrases": ["money back"], "alert": true, "teamId": "returns"});
        let stages = json!({"stages": [
            {"type": "openHours", "timeZone": "UTC", "week": week, "closedMessage": closed},
            {"type": "keywords", "rules": [refunds]}, {"type": "language"}, {"type": "sentiment"}]});
        let path = format!("/api/v1/hubs/{}/pipeline", self.server.demo().hub());
        self.portal.put(&path, &stages).await.ok();
    }

    /// What agents can give by a command: a response for customers, one for themselves, and a page.
    pub async fn prepares_commands(&self) {
        let hub = self.server.demo().hub();
        let texts = |all: &[&str]| -> Vec<Value> {
            all.iter().map(|one| json!({"type": "text", "text": one})).collect()
        };
        for (name, party, responses) in [
            ("refund", "customer", texts(&["I am sorry for that.", "It takes three days."])),
            ("trouble", "agent", texts(&["Up to ten percent for the trouble."])),
        ] {
            let body = json!({"name": name, "category": "returns", "integrationTypeId": party, "type": "message",
                "responses": responses});
            self.portal.post(&format!("/api/v1/commands/responses/{hub}"), &body).await.ok();
        }
        let page =
            json!({"name": "form", "url": "https://shop.example/refunds", "linkDescription": "The form"});
        self.portal.post(&format!("/api/v1/commands/transfers/{hub}"), &page).await.ok();
    }

    /// Sam is there for conversations, or not.
    pub async fn sam_is(&self, state: &str) {
        self.portal.put(&format!("/api/v1/users/{}", self.sams_user), &json!({"state": state})).await.ok();
    }

    /// A customer begins a conversation, and they listen who are to hear it: the customer, and the business by both
    /// kinds of websocket, from the beginning.
    pub async fn begins(&mut self, customer: Customer, name: &'static str) {
        let (integration, channel, who, face) = match customer {
            Customer::Ada => (self.engine.customer(), "Direct", "Ada", Face::Plain),
            Customer::Ben => (self.bens_page.web_chat().to_owned(), "WebChat", "Ben", Face::SignalR),
        };
        let http: Http = match customer {
            Customer::Ada => (*self.engine).clone(),
            Customer::Ben => (*self.bens_page).clone(),
        };
        let body = json!({"integrationId": integration, "binding": who, "channelType": channel,
            "properties": {"profile": {"full name": who}}});
        let made = http.post("/api/v1/conversations/establish", &body).await.ok();
        assert_eq!(made["isNew"], true, "{made:#}");
        let id = made["conversationId"].as_str().unwrap();
        for (face, agent) in [(Face::Plain, &self.alex), (Face::SignalR, &self.sam)] {
            let reader = Reader::new(Place::Conversation(name), face, &self.engine, agent);
            self.listeners.join(reader.of(id).since(&self.dawn)).await;
        }
        self.listeners.join(Reader::new(Place::Customer(name), face, &http, &integration).of(id)).await;
        self.cast.name(id, name);
        self.conversations.push((name, id.to_owned()));
        match customer {
            Customer::Ada => id.clone_into(&mut self.ada),
            Customer::Ben => id.clone_into(&mut self.ben),
        }
    }

    /// A customer says something.
    pub async fn says(&self, customer: Customer, words: &str) {
        match customer {
            Customer::Ada => self.engine.inbound(&self.ada, &text(words)).await.ok(),
            Customer::Ben => self.bens_page.inbound(&self.ben, &text(words)).await.ok(),
        };
    }

    /// An agent says something, or gives a command.
    pub async fn types(&self, agent: &str, conversation: &str, words: &str) {
        self.engine.reply_as(agent, conversation, words).await;
    }

    /// Ada sees what she was told.
    pub async fn ada_has_seen(&self) {
        self.engine.inbound(&self.ada, &sign("seen")).await.ok();
    }

    /// Alex accepts Ada's conversation on the websocket of the inbox, sees what she said, and types.
    pub async fn alex_accepts(&mut self) {
        self.listeners.first_at(|place| matches!(place, Place::Inbox("Alex"))).accept(&self.ada).await;
        for kind in ["seen", "typing_on"] {
            self.engine.business(&self.ada, &from(&self.alex, sign(kind))).await.ok();
        }
    }

    /// Waits until the business's side has heard somebody in a conversation so many times in all.
    pub async fn hears(&mut self, conversation: &str, who: &str, times: usize) {
        let is_meant = |place: &Place| matches!(place, Place::Conversation(name) if *name == conversation);
        let sender = self.cast.integration_of(who);
        self.listeners.first_at(is_meant).hear(&sender, times).await;
    }

    /// The server is killed and started again; whoever listened does not know yet.
    pub async fn is_cut_by_a_crash(&mut self) {
        self.listeners.live_through_a_crash_of(&mut self.server).await;
    }

    /// Whoever was cut off listens again.
    pub async fn readers_come_back(&mut self) {
        self.listeners.come_back().await;
    }

    pub async fn sam_pauses(&mut self) {
        self.portal.set_status(&self.sam, 3002).await;
        self.listeners.are_sent_away_from(&self.sam).await;
    }

    pub async fn sam_goes_on(&self) {
        self.portal.set_status(&self.sam, 3000).await;
    }

    /// A customer is told that its conversation is closed.
    pub async fn ada_finds_it_closed(&self) {
        self.engine.inbound(&self.ada, &text("One more thing")).await.refused(410, "ENG000104");
    }

    /// Night falls: the record is read, and everything is heard to its end.
    pub async fn ends(mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        for (name, id) in &self.conversations {
            let (history, id) = (self.history(id).await, Value::from(id.as_str()));
            let lines = history.iter().map(|activity| self.cast.line(&id, activity));
            heard.push((Place::History(name), lines.collect()));
        }
        heard.extend(self.listeners.hear_the_end_of(&mut self.server, &self.cast).await);
        heard
    }

    /// What all kinds of parties sent or received in a conversation, each thing once, in its order.
    async fn history(&self, conversation: &str) -> Vec<Value> {
        let mut all = Vec::new();
        for party in ["customer", "agent", "bot"] {
            all.extend(self.engine.history(conversation, &format!("type={party}")).await);
        }
        all.sort_by_key(|activity| activity["eventId"].as_i64());
        all.dedup();
        all
    }
}

/// The body of a Direct call with an event that carries nothing.
fn sign(kind: &str) -> Value {
    json!({"type": "event", "event": {"type": kind}})
}
