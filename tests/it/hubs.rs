//! Hubs at work: what a paused one answers, and what ends with a deleted one.

use serde_json::{Value, json};

use crate::harness::{Engine, Hub, Portal, Server, SignalR, Socket, Visitor, event_types, from, text};

const ESTABLISH: &str = "/api/v1/conversations/establish";

async fn set_status(portal: &Portal, hub: &str, status: i64) {
    portal.put(&format!("/api/v1/hubs/{hub}"), &json!({"statusId": status})).await.ok();
}

fn event(kind: &str) -> Value {
    json!({"type": "event", "event": {"type": kind}})
}

/// The receipt of something that a customer tries to say on its socket.
async fn try_to_say(socket: &mut Socket, conversation: &str) -> Value {
    socket.send_activity("r", conversation, text("x")).await;
    socket.receipt("r").await.0
}

/// Customers of the demo's hub, by every door that they have.
struct Customers {
    engine: Engine,
    direct: String,
    visitor: Visitor,
    chat: String,
    direct_socket: Socket,
    chat_socket: Socket,
}

impl Customers {
    async fn of(server: &Server) -> Self {
        let engine = server.engine().await;
        let visitor = Visitor::arrive(&server.http(), &server.demo().integration("webchat")).await;
        let (direct, chat) = (engine.establish("ada").await, visitor.establish("eve").await);
        let direct_socket = engine.listen_to(&engine.customer(), &direct).await;
        let chat_socket = visitor.listen_to(&chat).await;
        Self { engine, direct, visitor, chat, direct_socket, chat_socket }
    }

    fn establishment(&self, binding: &str) -> Value {
        json!({"integrationId": self.engine.customer(), "binding": binding, "channelType": "Direct"})
    }

    async fn are_refused(&mut self) {
        for body in [text("x"), event("typing_on"), event("seen")] {
            self.engine.inbound(&self.direct, &body).await.refused(400, "ENG006503");
            self.visitor.inbound(&self.chat, &body).await.refused(400, "ENG006503");
        }
        // A client of the tenant speaks for a visitor.
        let path = format!("/inbound/customer/v1/web-chat/{}", self.chat);
        let speaking = from(self.visitor.web_chat(), text("x"));
        self.engine.post(&path, &speaking).await.refused(400, "ENG006503");
        for binding in ["ada", "somebody new"] {
            self.engine.post(ESTABLISH, &self.establishment(binding)).await.refused(400, "ENG006503");
            self.visitor.try_establish(binding).await.refused(400, "ENG006503");
        }
        for (socket, conversation) in
            [(&mut self.direct_socket, &self.direct), (&mut self.chat_socket, &self.chat)]
        {
            let receipt = try_to_say(socket, conversation).await;
            assert_eq!(receipt["status"], 400, "{receipt:#}");
            assert_eq!(receipt["errors"][0]["code"], 6503, "{receipt:#}");
        }
    }

    async fn are_heard(&mut self) {
        self.engine.say(&self.direct, "x").await;
        self.visitor.inbound(&self.chat, &text("x")).await.ok();
        assert_eq!(self.engine.establish("ada").await, self.direct);
        assert_eq!(self.visitor.establish("eve").await, self.chat);
        self.engine.establish("somebody new").await;
        for (socket, conversation) in
            [(&mut self.direct_socket, &self.direct), (&mut self.chat_socket, &self.chat)]
        {
            let receipt = try_to_say(socket, conversation).await;
            assert_eq!(receipt["status"], 200, "{receipt:#}");
        }
    }
}

#[tokio::test]
async fn a_paused_hub_hears_no_customer_by_any_door_until_it_is_active_again() {
    let server = Server::start().await;
    let (portal, hub) = (server.portal().await, server.demo().hub());
    let mut customers = Customers::of(&server).await;
    customers.are_heard().await;
    for _ in 0..2 {
        set_status(&portal, &hub, 2002).await;
        customers.are_refused().await;
        set_status(&portal, &hub, 2000).await;
        customers.are_heard().await;
    }
}

#[tokio::test]
async fn the_business_of_a_paused_hub_speaks_on_and_its_customers_hear_it() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let conversation = engine.establish("ada").await;
    let mut customer = engine.listen_to(&engine.customer(), &conversation).await;
    set_status(&portal, &server.demo().hub(), 2002).await;
    engine.reply(&conversation, "we are back on Monday").await;
    assert_eq!(customer.texts(1).await, ["we are back on Monday"]);
}

#[tokio::test]
async fn a_pause_is_a_matter_of_one_hub() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, customer, _) = portal.quiet_hub("Awake").await;
    set_status(&portal, &server.demo().hub(), 2002).await;
    let conversation = engine.establish_at(&customer, "ada").await;
    engine.inbound(&conversation, &text("hello")).await.ok();
}

#[tokio::test]
async fn a_pause_outlives_a_crash() {
    let mut server = Server::start().await;
    let (engine, portal, hub) = (server.engine().await, server.portal().await, server.demo().hub());
    let conversation = engine.establish("ada").await;
    set_status(&portal, &hub, 2002).await;
    server.crash().await;
    engine.inbound(&conversation, &text("x")).await.refused(400, "ENG006503");
    set_status(&portal, &hub, 2000).await;
    engine.say(&conversation, "hello").await;
}

#[tokio::test]
async fn every_socket_of_a_deleted_hub_is_closed_and_no_other() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, elsewhere, _) = portal.quiet_hub("Another").await;
    let mut other = engine.listen_at(&elsewhere).await;
    let visitor = Visitor::arrive(&server.http(), &server.demo().integration("webchat")).await;
    let (conversation, chat) = (engine.establish("ada").await, visitor.establish("eve").await);
    let plain = [
        engine.listen_at(&engine.customer()).await,
        engine.listen_at(&engine.agent()).await,
        engine.listen_to(&engine.customer(), &conversation).await,
        engine.listen_to(&engine.agent(), &conversation).await,
        visitor.listen_to(&chat).await,
    ];
    let signalr = [engine.signalr(&engine.agent_query()).await, visitor.signalr(&chat).await];
    let mut stream = Hub::negotiate(&engine, &engine.agent_query()).await.stream().await;
    let polling = Hub::polling(&engine, &engine.agent_query()).await;

    portal.delete(&format!("/api/v1/hubs/{}", server.demo().hub())).await.has_status(200);
    for mut socket in plain {
        assert_eq!(socket.closed().await.1, 1008);
    }
    for mut socket in signalr {
        assert_eq!(socket.closed().await, 1008);
    }
    for told in [stream.rest().await, polling.poll_to_the_end().await] {
        let last = told.last().unwrap();
        assert_eq!((&last["type"], &last["allowReconnect"]), (&json!(7), &json!(false)), "{told:#?}");
    }
    let Err(refused) = engine.try_listen(&format!("integrationId={}", engine.agent())).await else {
        panic!("an agent of a deleted hub listens")
    };
    refused.refused(404, "ENG006000");
    SignalR::negotiate(&engine, &engine.agent_query()).await.refused(404, "ENG006000");

    let going_on = engine.establish_at(&elsewhere, "ada").await;
    other.send_activity("r", &going_on, text("still here")).await;
    assert_eq!(other.receipt("r").await.0["status"], 200);
}

#[tokio::test]
async fn nothing_of_a_deleted_hub_is_found_or_takes_anything() {
    let server = Server::start().await;
    let (engine, portal, hub) = (server.engine().await, server.portal().await, server.demo().hub());
    let visitor = Visitor::arrive(&server.http(), &server.demo().integration("webchat")).await;
    let (conversation, chat) = (engine.establish("ada").await, visitor.establish("eve").await);
    engine.say(&conversation, "hello").await;
    let transfer = json!({"name": "away", "url": "https://a.example", "linkDescription": "here"});
    let made = portal.post(&format!("/api/v1/commands/transfers/{hub}"), &transfer).await.ok();
    let command = format!("/api/v1/commands/transfers/{}", made["commandId"].as_str().unwrap());
    portal.get(&command).await.ok();

    portal.delete(&format!("/api/v1/hubs/{hub}")).await.has_status(200);
    portal.get(&format!("/api/v1/hubs/{hub}")).await.refused(404, "PRT000699");
    portal.get(&command).await.refused(404, "PRT000105");
    for whom in ["customer", "webchat", "agent", "bot"] {
        let path = format!("/api/v1/integrations/{}", server.demo().integration(whom));
        portal.get(&path).await.refused(404, "PRT000799");
    }
    assert_eq!(portal.get("/api/v1/integrations").await.ok()["total"], 0);
    let ask = json!({"integrationId": engine.customer(), "binding": "ada", "channelType": "Direct"});
    engine.post(ESTABLISH, &ask).await.refused(404, "ENG006000");
    engine.inbound(&conversation, &text("x")).await.refused(410, "ENG000104");
    engine.business(&conversation, &from(&engine.agent(), text("x"))).await.refused(400, "ENG006501");
    engine.get(&format!("/api/v1/conversations/hubs/{hub}/established")).await.refused(404, "ENG005500");
    visitor.inbound(&chat, &text("x")).await.refused(401, "ENG000102");
    let web_chat = server.demo().integration("webchat");
    Visitor::ask(&visitor, &web_chat).await.refused(404, "PRT000799");
    // What was said stays readable.
    let read = engine.get(&format!("/api/v1/conversations/{conversation}/established")).await.ok();
    assert!(read["closedDateTime"].is_string(), "{read:#}");
    assert_eq!(engine.history(&conversation, "type=customer").await.len(), 1);
}

#[tokio::test]
async fn sessions_stay_when_a_hub_is_deleted_and_hear_its_conversations_closed() {
    let server = Server::start().await;
    let (engine, streaming, portal) =
        (server.engine().await, server.streaming().await, server.portal().await);
    let user = server.demo().user();
    let session = streaming.durable_session(&user).await;
    for binding in ["ada", "eve"] {
        let conversation = engine.establish(binding).await;
        engine.say(&conversation, "hello").await;
    }
    session.acknowledge_events(&session.collect(6).await).await;
    portal.delete(&format!("/api/v1/hubs/{}", server.demo().hub())).await.has_status(200);
    let closed = ["engagementCenter.InteractionClear", "engagementCenter.Wrap", "engagementCenter.Idle"];
    let told = session.collect(6).await;
    assert_eq!(event_types(&told), [closed, closed].concat());
    session.acknowledge_events(&told).await;
    streaming.idle(&user, 7).await;
    assert_eq!(event_types(&session.collect(1).await), ["engagementCenter.Idle"]);
}

#[tokio::test]
async fn a_hub_with_more_conversations_than_are_closed_at_once_leaves_none_open() {
    const CONVERSATIONS: usize = 300;
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "memory")]).await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (hub, customer, _) = portal.quiet_hub("Crowded").await;
    let mut conversations = Vec::with_capacity(CONVERSATIONS);
    for number in 0..CONVERSATIONS {
        conversations.push(engine.establish_at(&customer, &number.to_string()).await);
    }
    portal.delete(&format!("/api/v1/hubs/{hub}")).await.has_status(200);
    for conversation in conversations {
        let read = engine.get(&format!("/api/v1/conversations/{conversation}")).await;
        assert!(read.ok()["closedDateTime"].is_string(), "{read}");
    }
}
