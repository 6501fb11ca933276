//! How requests find their connection: negotiation, ids, transports, places, tokens.

use std::time::Duration;

use futures_util::future::select;
use serde_json::json;

use crate::harness::{Engine, Hub, Server, SignalR, Socket, eventually, within};

/// A websocket on the id of a negotiation; the status where it is refused.
async fn websocket(hub: &Hub, engine: &Engine) -> Result<Socket, u16> {
    let path = format!("{}&{}", hub.path(), engine.agent_query());
    Socket::open(engine.base(), &path, engine.token()).await.map_err(|answer| answer.status)
}

#[tokio::test]
async fn an_id_that_nobody_gave_is_unknown() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    hub.id = "0123456789abcdef0123456789abcdef".to_owned();
    hub.poll().await.refused(404, "ENG000105");
    hub.listen().await.refused(404, "ENG000105");
    hub.say(&json!({"type": 6})).await.refused(404, "ENG000105");
    hub.end().await.refused(404, "ENG000105");
    assert_eq!(websocket(&hub, &engine).await.err(), Some(404));
}

#[tokio::test]
async fn a_request_without_an_id_is_told_what_is_missing() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let path = format!("/engine-chat-hub?{}", engine.agent_query());
    engine.send("POST", &path, None, "").await.platform_errors(400);
    engine.delete(&path).await.platform_errors(400);
    engine.with_header("accept", "text/event-stream").get(&path).await.platform_errors(400);
    let refused = engine.get(&path).await;
    assert!(refused.platform_errors(400)[0]["description"].as_str().unwrap().contains("'id'"), "{refused}");
}

#[tokio::test]
async fn the_id_of_somebody_else_is_unknown() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let other = server.another_tenant("other").await.engine().await;
    let negotiated = Hub::negotiate(&engine, &engine.agent_query()).await;
    let open = Hub::polling(&engine, &engine.agent_query()).await;
    for hub in [&negotiated, &open] {
        let guessed = hub.seen_by(&other);
        guessed.poll().await.platform_errors(404);
        guessed.listen().await.platform_errors(404);
        guessed.say(&json!({"type": 7})).await.platform_errors(404);
        guessed.end().await.platform_errors(404);
        assert_eq!(websocket(&guessed, &other).await.err(), Some(404));
    }
    open.say(&json!({"type": 6})).await.has_status(200);
    negotiated.poll().await.has_status(200);
}

#[tokio::test]
async fn every_request_needs_a_token_in_its_header_or_its_query() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    let nobody = hub.seen_by(&server.http());
    nobody.poll().await.refused(401, "ENG000102");
    nobody.listen().await.refused(401, "ENG000102");
    nobody.say(&json!({"type": 6})).await.refused(401, "ENG000102");
    nobody.end().await.refused(401, "ENG000102");
    let portal = server.portal().await;
    hub.seen_by(&portal).poll().await.refused(403, "ENG000101");
    let by_query = format!("{}&access_token={}", hub.path(), engine.token().unwrap());
    server.http().send("POST", &by_query, None, "{\"type\":6}\u{1e}").await.has_status(200);
}

#[tokio::test]
async fn a_connection_keeps_the_transport_that_it_was_opened_with() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let polls = Hub::polling(&engine, &engine.agent_query()).await;
    let streamed = Hub::negotiate(&engine, &engine.agent_query()).await;
    let _stream = streamed.stream().await;
    let socketed = Hub::negotiate(&engine, &engine.agent_query()).await;
    let _socket = websocket(&socketed, &engine).await.expect("a websocket");

    polls.listen().await.platform_errors(400);
    assert_eq!(websocket(&polls, &engine).await.err(), Some(400));
    streamed.poll().await.platform_errors(400);
    streamed.end().await.platform_errors(400);
    streamed.listen().await.platform_errors(409);
    assert_eq!(websocket(&streamed, &engine).await.err(), Some(400));
    socketed.poll().await.platform_errors(400);
    socketed.listen().await.platform_errors(400);
    let refused = socketed.say(&json!({"type": 6})).await;
    refused.platform_errors(405);
    assert_eq!(refused.header("allow"), Some("GET"), "{refused}");
    assert_eq!(websocket(&socketed, &engine).await.err(), Some(409));
    polls.say(&json!({"type": 6})).await.has_status(200);
}

#[tokio::test]
async fn what_is_negotiated_and_not_open_yet_cannot_be_spoken_to() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    hub.say(&json!({"type": 6})).await.platform_errors(409);
    hub.end().await.platform_errors(409);
    hub.poll().await.has_status(200);
}

#[tokio::test]
async fn the_first_version_of_negotiation_joins_requests_by_the_connection_s_id() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let negotiated = SignalR::negotiate(&engine, &engine.agent_query()).await.ok();
    let mut hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    hub.id = negotiated["connectionId"].as_str().unwrap().to_owned();
    hub.poll().await.has_status(200);
    // In the second version that id is public, and opens nothing.
    let negotiated =
        SignalR::negotiate(&engine, &format!("negotiateVersion=1&{}", engine.agent_query())).await.ok();
    hub.id = negotiated["connectionId"].as_str().unwrap().to_owned();
    hub.poll().await.platform_errors(404);
}

#[tokio::test]
async fn what_is_negotiated_and_never_opened_is_forgotten() {
    let server = Server::with(&[
        ("SWITCHBOARD_SIGNALR__HANDSHAKE_SECONDS", "1"),
        ("SWITCHBOARD_LIMITS__CONNECTIONS_PER_TENANT", "1"),
    ])
    .await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    SignalR::negotiate(&engine, &engine.agent_query()).await.platform_errors(429);
    eventually("a free place", async || {
        (SignalR::negotiate(&engine, &engine.agent_query()).await.status == 200).then_some(())
    })
    .await;
    hub.poll().await.platform_errors(404);
}

#[tokio::test]
async fn a_connection_has_the_place_that_its_negotiation_took_until_it_ends() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__CONNECTIONS_PER_TENANT", "2")]).await;
    let engine = server.engine().await;
    let polls = Hub::polling(&engine, &engine.agent_query()).await;
    let streamed = Hub::negotiate(&engine, &engine.agent_query()).await;
    let stream = streamed.stream().await;
    SignalR::negotiate(&engine, &engine.agent_query()).await.platform_errors(429);
    assert!(engine.try_listen(&format!("integrationId={}", engine.agent())).await.is_err());
    polls.end().await.has_status(202);
    drop(stream);
    for _ in 0..2 {
        eventually("a free place", async || {
            (SignalR::negotiate(&engine, &engine.agent_query()).await.status == 200).then_some(())
        })
        .await;
    }
    SignalR::negotiate(&engine, &engine.agent_query()).await.platform_errors(429);
}

#[tokio::test]
async fn a_websocket_has_the_place_of_its_negotiation_and_its_id_ends_with_it() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__CONNECTIONS_PER_TENANT", "1")]).await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    let socket = websocket(&hub, &engine).await.expect("a websocket");
    drop(socket);
    eventually("the end of the id", async || (hub.poll().await.status == 404).then_some(())).await;
    eventually("a free place", async || {
        (SignalR::negotiate(&engine, &engine.agent_query()).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_said_may_be_as_large_as_the_limit_and_no_larger() {
    let server = Server::with(&[("SWITCHBOARD_HTTP__MAX_BODY_BYTES", "1024")]).await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    let ping = |size: usize| format!("{{\"type\":6,\"x\":\"{}\"}}\u{1e}", "x".repeat(size - 18));
    assert_eq!(ping(1024).len(), 1024);
    hub.say_bytes(ping(1025)).await.platform_errors(413);
    hub.say_bytes(ping(1024)).await.has_status(200);
    hub.say(&json!({"type": 1, "invocationId": "1", "target": "Dance", "arguments": []}))
        .await
        .has_status(200);
    assert_eq!(hub.poll_messages().await[0]["invocationId"], "1");
}

#[tokio::test]
async fn a_message_in_pieces_may_be_as_large_as_a_frame_and_no_larger() {
    let server = Server::with(&[("SWITCHBOARD_WEBSOCKET__MAX_FRAME_BYTES", "200")]).await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    let call = |size: usize| {
        let call = r#"{"type":1,"invocationId":"1","target":"Dance","arguments":[""#;
        format!("{call}{}\"]}}", "x".repeat(size - call.len() - 3))
    };
    assert_eq!(call(200).len(), 200);
    for piece in [&call(200)[..100], &call(200)[100..], "\u{1e}"] {
        hub.say_bytes(piece.to_owned()).await.has_status(200);
    }
    assert_eq!(hub.poll_messages().await[0]["invocationId"], "1");
    hub.say_bytes(call(201)[..150].to_owned()).await.has_status(200);
    hub.say_bytes(call(201)[150..].to_owned()).await.has_status(200);
    let told = hub.poll_to_the_end().await;
    assert_eq!((&told[0]["type"], &told[0]["allowReconnect"]), (&json!(7), &json!(false)), "{told:#?}");
}

#[tokio::test]
async fn other_methods_are_refused() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    for method in ["PUT", "PATCH", "HEAD"] {
        engine.send(method, &hub.path(), None, "").await.has_status(405);
    }
    engine.get("/engine-chat-hub/negotiate").await.has_status(405);
}

#[tokio::test]
async fn a_connection_outlives_its_first_token_when_its_requests_bring_another() {
    let server = Server::with(&[
        ("SWITCHBOARD_AUTH__TOKEN_LIFETIME_SECONDS", "3"),
        ("SWITCHBOARD_SIGNALR__KEEPALIVE_SECONDS", "1"),
    ])
    .await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    let mut newest = hub.clone();
    // Until the first token is good for nothing any more.
    while hub.say(&json!({"type": 6})).await.status != 401 {
        newest = hub.seen_by(&*server.engine().await);
        let heard = newest.poll_messages().await;
        assert!(heard.iter().all(|message| message["type"] == 6), "{heard:#?}");
    }
    newest.say(&json!({"type": 6})).await.has_status(200);
    let conversation = server.engine().await.establish("ada").await;
    server.engine().await.say(&conversation, "still heard").await;
    assert_eq!(newest.poll_texts(1).await, ["still heard"]);
}

#[tokio::test]
async fn a_connection_whose_token_expired_is_told_to_come_back_with_another() {
    let server = Server::with(&[("SWITCHBOARD_AUTH__TOKEN_LIFETIME_SECONDS", "2")]).await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    let mut stream = hub.stream().await;
    let told = stream.rest().await;
    let last = told.last().unwrap();
    assert_eq!((&last["type"], &last["allowReconnect"]), (&json!(7), &json!(true)), "{told:#?}");
}

#[tokio::test]
async fn a_connection_whose_integration_is_gone_is_told_to_stay_away() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, _, agent) = portal.quiet_hub("Deleted").await;
    let polls = Hub::polling(&engine, &format!("iId={agent}")).await;
    let streamed = Hub::negotiate(&engine, &format!("iId={agent}")).await;
    let mut stream = streamed.stream().await;
    portal.delete(&format!("/api/v1/integrations/{agent}")).await.has_status(200);
    for told in [polls.poll_to_the_end().await, stream.rest().await] {
        assert_eq!((&told[0]["type"], &told[0]["allowReconnect"]), (&json!(7), &json!(false)), "{told:#?}");
    }
}

#[tokio::test]
async fn stopping_lets_every_connection_come_back() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let polls = Hub::polling(&engine, &engine.agent_query()).await;
    let streamed = Hub::negotiate(&engine, &engine.agent_query()).await;
    let mut stream = streamed.stream().await;
    // Of two polls one is replaced, and then the other is known to wait.
    let [first, second] = [polls.clone(), polls].map(|hub| tokio::spawn(async move { hub.poll().await }));
    let (replaced, waiting) = within("the first answer", select(first, second)).await.factor_first();
    replaced.unwrap().has_status(204);
    server.stop(Duration::from_secs(8)).await;
    let told = stream.rest().await;
    assert_eq!(told, [json!({"type": 7, "allowReconnect": true})]);
    let told = waiting.await.unwrap();
    assert_eq!(told.has_status(200).text, "{\"type\":7,\"allowReconnect\":true}\u{1e}");
}
