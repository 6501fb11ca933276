//! Web chats: tokens for pages that may carry them, visitors in their own conversations and in no other.

use serde_json::{Value, json};

use crate::harness::{Engine, Http, PAGE, Server, SignalR, Visitor, eventually, from, text};

const NOWHERE: &str = "00000000-0000-0000-0000-000000000000";

async fn arrive(server: &Server) -> Visitor {
    Visitor::arrive(&server.http(), &server.demo().integration("webchat")).await
}

/// How many visitors' pages may have one conversation open (a limit of ours).
const PAGES: usize = 32;

#[tokio::test]
async fn a_token_is_given_to_pages_that_may_carry_the_chat() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let configuration = json!({"allowedOrigins": ["localhost", "https://shop.example", "hubster.io:8443"]});
    let body = json!({"channelId": "WebChat", "name": "Chat", "configuration": configuration});
    let made = portal.create_integration(&server.demo().hub(), &body).await.ok();
    let web_chat = made["integrationId"].as_str().unwrap();
    for origin in [
        "http://localhost",
        "https://localhost:3000",
        "http://LOCALHOST:81",
        "https://shop.example",
        "https://hubster.io:8443",
    ] {
        let answer = Visitor::ask(&server.http().with_header("origin", origin), web_chat).await;
        let token = answer.ok();
        assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("WebBearer"), &json!(2_592_000)));
        assert!(token["access_token"].is_string() && token["scope"].is_string(), "{token:#}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    }
    for origin in [
        "https://localhost.example",
        "https://www.shop.example",
        "http://shop.example",
        "https://shop.example:444",
        "https://hubster.io",
        "null",
        "localhost",
    ] {
        let http = server.http().with_header("origin", origin);
        Visitor::ask(&http, web_chat).await.refused(403, "PRT000101");
    }
    Visitor::ask(&server.http(), web_chat).await.refused(403, "PRT000101");
}

#[tokio::test]
async fn only_a_web_chat_has_tokens_for_visitors() {
    let server = Server::start().await;
    let page = server.http().with_header("origin", PAGE);
    for (integration, status, code) in [
        (NOWHERE.to_owned(), 404, "PRT000799"),
        (server.demo().integration("customer"), 404, "PRT000799"),
        (server.demo().integration("bot"), 404, "PRT000799"),
        ("17".to_owned(), 400, "PRT000203"),
    ] {
        Visitor::ask(&page, &integration).await.refused(status, code);
    }
    let path = format!("/api/v1/integrations/web-chat/token/{}", server.demo().integration("webchat"));
    page.post(&path, &json!({})).await.platform_errors(405);
}

#[tokio::test]
async fn a_visitor_chats_with_an_agent() {
    let server = Server::start().await;
    let (engine, visitor) = (server.engine().await, arrive(&server).await);
    let established = visitor.try_establish("ada").await.ok();
    assert_eq!(
        (&established["isNew"], &established["integrationId"]),
        (&json!(true), &json!(server.demo().integration("webchat")))
    );
    assert_eq!(established["properties"]["profile"]["device"], "WebChat");
    let conversation = established["conversationId"].as_str().unwrap();
    let (mut plain, mut signalr) =
        (visitor.listen_to(conversation).await, visitor.signalr(conversation).await);
    let mut agent = engine.listen_at(&engine.agent()).await;
    let receipt = visitor.inbound(conversation, &text("hello")).await.ok();
    for name in ["eventId", "hubId", "conversationId", "integrationId", "interactionId"] {
        assert!(!receipt[name].is_null(), "{receipt:#}");
    }
    assert_eq!(agent.texts(1).await, ["hello"]);
    engine.reply(conversation, "hi there").await;
    assert_eq!(plain.texts(2).await, ["hello", "hi there"]);
    let mut heard = Vec::new();
    while heard.len() < 2 {
        heard.push(signalr.next_activity().await["message"]["text"].clone());
    }
    assert_eq!(heard, ["hello", "hi there"]);
    plain.send_activity("r", conversation, text("by socket")).await;
    assert_eq!(plain.receipt("r").await.0["status"], 200);
    assert_eq!(agent.texts(1).await, ["by socket"]);
    for path in [
        format!("/api/v1/conversations/{conversation}"),
        format!("/api/v1/conversations/{conversation}/established"),
    ] {
        assert_eq!(visitor.get(&path).await.ok()["conversationId"], conversation);
    }
    let path = format!("/api/v1/interactions/activities/{conversation}");
    let history = visitor.get(&format!("{path}?type=customer")).await.ok();
    assert_eq!(history.as_array().unwrap().len(), 3, "{history:#}");
    visitor.get(&format!("{path}?type=agent")).await.refused(403, "ENG000110");
}

/// Every call that names a conversation, and what it answers when the conversation is not the caller's.
async fn assert_shut_out(visitor: &Visitor, web_chat: &str, conversation: &str) {
    for path in [
        format!("/api/v1/conversations/{conversation}"),
        format!("/api/v1/conversations/{conversation}/established"),
        format!("/api/v1/interactions/activities/{conversation}?type=customer"),
    ] {
        visitor.get(&path).await.refused(404, "ENG006500");
    }
    visitor.inbound(conversation, &text("x")).await.refused(404, "ENG006500");
    let query = format!("integrationId={web_chat}&conversationId={conversation}");
    let refused = visitor.try_listen(&query).await.err().expect("it is not the visitor's");
    refused.refused(404, "ENG006500");
    let query = format!("iId={web_chat}&cId={conversation}");
    SignalR::negotiate(visitor, &query).await.refused(404, "ENG006500");
    SignalR::open(visitor, &query).await.err().expect("it is not the visitor's").refused(404, "ENG006500");
}

#[tokio::test]
async fn a_visitor_takes_no_part_in_anothers_conversation() {
    let server = Server::start().await;
    let web_chat = server.demo().integration("webchat");
    let (ada, eve) = (arrive(&server).await, arrive(&server).await);
    let (hers, own) = (ada.establish("ada").await, eve.establish("eve").await);
    assert_shut_out(&eve, &web_chat, &hers).await;
    let direct = server.engine().await.establish("direct").await;
    assert_shut_out(&eve, &web_chat, &direct).await;
    assert_shut_out(&eve, &web_chat, NOWHERE).await;
    let mut socket = eve.listen_to(&own).await;
    socket.send_activity("r", &hers, text("x")).await;
    let (receipt, _) = socket.receipt("r").await;
    assert_eq!((&receipt["status"], &receipt["errors"][0]["code"]), (&json!(404), &json!(6500)));
}

#[tokio::test]
async fn a_visitor_may_do_nothing_but_chat() {
    let server = Server::start().await;
    let (demo, visitor) = (server.demo(), arrive(&server).await);
    let conversation = visitor.establish("ada").await;
    let as_bearer = server.http().with_header("origin", PAGE).with_token(&visitor.token());
    let said = text("x");
    for who in [&*visitor, &as_bearer] {
        let door = |side: &str| format!("/inbound/{side}/v1/direct/activity/{conversation}");
        // By its own scheme it is no token at all where only clients call.
        let (portal, engine) = match who.token() {
            Some(_) => ((403, "PRT000101"), (403, "ENG000101")),
            None => ((401, "PRT000102"), (401, "ENG000102")),
        };
        who.get("/api/v1/hubs").await.refused(portal.0, portal.1);
        who.get("/api/v1/integrations").await.refused(portal.0, portal.1);
        who.post(&door("customer"), &said).await.refused(engine.0, engine.1);
        who.post(&door("business"), &from(&demo.integration("agent"), said.clone()))
            .await
            .refused(engine.0, engine.1);
        let hub = format!("/api/v1/conversations/hubs/{}/established", demo.hub());
        who.get(&hub).await.refused(engine.0, engine.1);
        who.send("POST", "/events/v1/ticket", None, "").await.refused(engine.0, engine.1);
        let session = format!("/via/v3/organizations/{}/streaming/session", demo.org());
        who.post(&session, &json!({})).await.has_status(401);
    }
    let customer = demo.integration("customer");
    let body = json!({"integrationId": customer, "binding": "x", "channelType": "Direct"});
    visitor.post("/api/v1/conversations/establish", &body).await.refused(404, "ENG006000");
    visitor
        .inbound(&conversation, &from(&demo.integration("agent"), text("x")))
        .await
        .refused(404, "ENG006000");
    let listen =
        async |query: String| visitor.try_listen(&query).await.err().expect("it is not the visitor's");
    listen(format!("integrationId={}", demo.integration("webchat"))).await.refused(400, "ENG000200");
    listen(format!("integrationId={customer}&conversationId={conversation}")).await.refused(404, "ENG006000");
    let agents = format!("integrationId={}&conversationId={conversation}", demo.integration("agent"));
    listen(agents).await.refused(404, "ENG006000");
}

#[tokio::test]
async fn a_clients_token_is_no_visitors() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let body = json!({"integrationId": server.demo().integration("webchat"), "binding": "x",
        "channelType": "Direct"});
    let made = engine.post("/api/v1/conversations/establish", &body).await.ok();
    let conversation = made["conversationId"].as_str().unwrap();
    let door = format!("/inbound/customer/v1/web-chat/{conversation}");
    engine.post(&door, &text("for a visitor")).await.ok();
    let token = engine.token().unwrap();
    for scheme in [format!("WebBearer {token}"), format!("Basic {token}"), token.to_owned()] {
        let http = engine.with_header("authorization", &scheme);
        http.post(&door, &text("x")).await.refused(401, "ENG000102");
    }
    let portal = server.portal().await;
    portal.post(&door, &text("x")).await.refused(403, "ENG000101");
    engine.without_header("authorization").post(&door, &text("x")).await.refused(401, "ENG000102");
    engine.post(&door, &json!({})).await.refused(400, "ENG005001");
}

#[tokio::test]
async fn web_chats_are_named_or_numbered_when_a_conversation_is_established() {
    let server = Server::start().await;
    let visitor = arrive(&server).await;
    let establish = async |channel: Value| {
        let web_chat = server.demo().integration("webchat");
        let body = json!({"integrationId": web_chat, "binding": "x", "channelType": channel});
        visitor.post("/api/v1/conversations/establish", &body).await
    };
    for channel in
        [json!("WebChat"), json!("webchat"), json!(106), json!("106"), json!("Direct"), json!(2000)]
    {
        establish(channel).await.ok();
    }
    for channel in [json!("Slack"), json!(1001), json!("106.0"), json!([])] {
        establish(channel).await.refused(400, "ENG000206");
    }
}

#[tokio::test]
async fn a_page_that_knows_the_binding_finds_the_conversation_again() {
    let server = Server::start().await;
    let web_chat = server.demo().integration("webchat");
    let first = arrive(&server).await;
    let conversation = first.establish("ada").await;
    for _ in 1..PAGES {
        let again = arrive(&server).await.try_establish("ada").await.ok();
        assert_eq!((&again["isNew"], &again["conversationId"]), (&json!(false), &json!(conversation)));
    }
    first.inbound(&conversation, &text("still here")).await.ok();
    arrive(&server).await.establish("ada").await;
    assert_shut_out(&first, &web_chat, &conversation).await;
    first.establish("ada").await;
    first.inbound(&conversation, &text("here again")).await.ok();
}

#[tokio::test]
async fn a_visitor_and_its_conversation_outlive_a_crash() {
    let mut server = Server::start().await;
    let web_chat = server.demo().integration("webchat");
    let (ada, late, eve) = (arrive(&server).await, arrive(&server).await, arrive(&server).await);
    let conversation = ada.establish("ada").await;
    assert_eq!(late.establish("ada").await, conversation);
    server.crash().await;
    for visitor in [&ada, &late] {
        visitor.inbound(&conversation, &text("hello")).await.ok();
        visitor.listen_to(&conversation).await;
    }
    assert_shut_out(&eve, &web_chat, &conversation).await;
}

#[tokio::test]
async fn a_visitors_calls_come_from_pages_that_may_carry_the_chat() {
    let server = Server::start().await;
    let visitor = arrive(&server).await;
    let conversation = visitor.establish("ada").await;
    let elsewhere = visitor.on(Some("https://evil.example"));
    elsewhere.inbound(&conversation, &text("x")).await.refused(403, "ENG000101");
    elsewhere.try_establish("eve").await.refused(403, "ENG000101");
    // A browser leaves the header out where page and broker are of one origin, but never with a websocket.
    let nowhere = visitor.on(None);
    nowhere.inbound(&conversation, &text("x")).await.ok();
    let query =
        format!("integrationId={}&conversationId={conversation}", server.demo().integration("webchat"));
    for visitor in [elsewhere, nowhere] {
        let refused = visitor.try_listen(&query).await.err().expect("not from this page");
        refused.refused(403, "ENG000101");
    }
}

async fn change(server: &Server, change: Value) {
    let path = format!("/api/v1/integrations/{}", server.demo().integration("webchat"));
    server.portal().await.put(&path, &change).await.ok();
}

#[tokio::test]
async fn sockets_of_pages_that_may_no_longer_carry_the_chat_are_closed() {
    let server = Server::start().await;
    let visitor = arrive(&server).await;
    let conversation = visitor.establish("ada").await;
    let mut plain = visitor.listen_to(&conversation).await;
    let mut signalr = visitor.signalr(&conversation).await;
    change(&server, json!({"configuration": {"allowedOrigins": ["localhost", "a.example"]}})).await;
    server.engine().await.reply(&conversation, "still on").await;
    assert_eq!(plain.texts(1).await, ["still on"]);
    change(&server, json!({"configuration": {"allowedOrigins": ["a.example"]}})).await;
    assert_eq!((plain.closed().await.1, signalr.closed().await), (1008, 1008));
    visitor.inbound(&conversation, &text("x")).await.refused(403, "ENG000101");
}

#[tokio::test]
async fn visitors_of_a_paused_web_chat_or_hub_are_told_so() {
    let server = Server::start().await;
    let visitor = arrive(&server).await;
    let conversation = visitor.establish("ada").await;
    let socket = visitor.listen_to(&conversation).await;
    change(&server, json!({"statusId": 3002})).await;
    assert_eq!({ socket }.closed().await.1, 1008);
    arrive(&server).await.try_establish("eve").await.refused(400, "ENG006502");
    visitor.inbound(&conversation, &text("x")).await.refused(400, "ENG006502");
    change(&server, json!({"statusId": 3000})).await;
    let hub = format!("/api/v1/hubs/{}", server.demo().hub());
    server.portal().await.put(&hub, &json!({"statusId": 2002})).await.ok();
    visitor.inbound(&conversation, &text("x")).await.refused(400, "ENG006503");
}

#[tokio::test]
async fn a_visitors_token_ends_with_its_web_chat() {
    let server = Server::start().await;
    let visitor = arrive(&server).await;
    let conversation = visitor.establish("ada").await;
    let mut socket = visitor.listen_to(&conversation).await;
    let web_chat = server.demo().integration("webchat");
    server.portal().await.delete(&format!("/api/v1/integrations/{web_chat}")).await.has_status(200);
    assert_eq!(socket.closed().await.1, 1008);
    visitor.try_establish("ada").await.refused(401, "ENG000102");
    visitor.get(&format!("/api/v1/conversations/{conversation}")).await.refused(401, "ENG000102");
    Visitor::ask(&visitor, &web_chat).await.refused(404, "PRT000799");
}

/// The error of a socket that is offered a token, or none when it takes it.
async fn renewed(socket: &mut crate::harness::Socket, token: &str) -> Option<i64> {
    socket.send(json!({"control": "token", "access_token": token})).await;
    let frame = socket.next_frame().await;
    match frame["control"].as_str().unwrap() {
        "token" => None,
        _ => Some(frame["status"].as_i64().unwrap()),
    }
}

#[tokio::test]
async fn a_visitors_socket_is_renewed_by_who_has_established_its_conversation() {
    let server = Server::start().await;
    let (ada, again, eve) = (arrive(&server).await, arrive(&server).await, arrive(&server).await);
    let conversation = ada.establish("ada").await;
    let mut socket = ada.listen_to(&conversation).await;
    assert_eq!(renewed(&mut socket, &again.token()).await, Some(403));
    again.establish("ada").await;
    assert_eq!(renewed(&mut socket, &again.token()).await, None);
    assert_eq!(renewed(&mut socket, &eve.token()).await, Some(403));
    let engine: Engine = server.engine().await;
    assert_eq!(renewed(&mut socket, engine.token().unwrap()).await, Some(403));
    let mut agents = engine.listen_at(&engine.agent()).await;
    assert_eq!(renewed(&mut agents, &ada.token()).await, Some(403));
}

#[tokio::test]
async fn visitors_of_one_web_chat_share_its_rate() {
    let burst = ("SWITCHBOARD_RATE_LIMITS__IDENTITY__BURST", "3");
    let slowly = ("SWITCHBOARD_RATE_LIMITS__IDENTITY__PER_SECOND", "1");
    let server = Server::with(&[burst, slowly]).await;
    let page: Http = server.http().with_header("origin", PAGE);
    let web_chat = server.demo().integration("webchat");
    let late = eventually("a refusal", async || {
        let answer = Visitor::ask(&page, &web_chat).await;
        (answer.status != 200).then_some(answer)
    })
    .await;
    late.platform_errors(429);
    assert!(late.header("retry-after").is_some(), "{late}");
    Visitor::ask(&page, NOWHERE).await.refused(404, "PRT000799");
}
