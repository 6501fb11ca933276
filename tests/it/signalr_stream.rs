//! The SignalR hub for clients with a stream of server-sent events.

use serde_json::json;

use crate::harness::{Hub, Server, eventually};

#[tokio::test]
async fn a_stream_brings_what_is_said_in_order() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    let mut stream = hub.stream().await;
    let header =
        |name: &str| stream.response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
    assert_eq!(header("cache-control").as_deref(), Some("no-cache, no-store"));
    let conversation = engine.establish("ada").await;
    for words in ["one", "two\r\n\r\nlines", "three"] {
        engine.say(&conversation, words).await;
    }
    for words in ["one", "two\r\n\r\nlines", "three"] {
        assert_eq!(stream.next_text().await, words);
    }
}

#[tokio::test]
async fn a_call_beside_the_stream_is_answered_on_it() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    let mut stream = hub.stream().await;
    hub.say(&json!({"type": 1, "invocationId": "7", "target": "Dance", "arguments": []}))
        .await
        .has_status(200);
    let completion = stream.next().await.unwrap();
    assert_eq!((&completion["type"], &completion["invocationId"]), (&json!(3), &json!("7")));
    assert!(completion["error"].as_str().unwrap().starts_with("HubException: ["), "{completion:#}");
}

#[tokio::test]
async fn a_stream_carries_text_only() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    let listening = tokio::spawn({
        let hub = hub.clone();
        async move { hub.listen().await }
    });
    eventually("an open connection", async || {
        let said = hub.say(&json!({"protocol": "messagepack", "version": 1})).await;
        (said.status == 200).then_some(())
    })
    .await;
    let told = listening.await.unwrap();
    assert!(told.text.contains("{\"error\":"), "{told}");
}

#[tokio::test]
async fn a_client_that_closes_the_stream_is_let_go() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    drop(hub.stream().await);
    eventually("the end of the connection", async || {
        (hub.say(&json!({"type": 6})).await.status == 404).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_client_that_says_goodbye_has_its_stream_ended() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    let mut stream = hub.stream().await;
    hub.say(&json!({"type": 7})).await.has_status(200);
    assert_eq!(stream.rest().await, [json!({"type": 7, "allowReconnect": false})]);
}

#[tokio::test]
async fn silence_is_broken_by_pings_and_a_client_that_answers_none_is_let_go() {
    let server = Server::with(&[("SWITCHBOARD_SIGNALR__KEEPALIVE_SECONDS", "1")]).await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    let mut stream = hub.stream().await;
    for _ in 0..4 {
        assert_eq!(stream.next().await, Some(json!({"type": 6})));
        hub.say(&json!({"type": 6})).await.has_status(200);
    }
    let heard = stream.rest().await;
    assert!(heard.iter().all(|message| message["type"] == 6), "{heard:#?}");
    hub.say(&json!({"type": 6})).await.platform_errors(404);
}

#[tokio::test]
async fn a_cursor_brings_back_what_was_missed_on_any_transport() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let polls = Hub::polling(&engine, &engine.agent_query()).await;
    engine.say(&conversation, "one").await;
    let cursor = polls.poll_messages().await[0]["arguments"][0]["cursor"].as_str().unwrap().to_owned();
    engine.say(&conversation, "two").await;
    let query = format!("{}&since={cursor}", engine.agent_query());
    let mut stream = Hub::negotiate(&engine, &query).await.stream().await;
    engine.say(&conversation, "three").await;
    for words in ["two", "three"] {
        assert_eq!(stream.next_text().await, words);
    }
    let mut socket = engine.signalr(&query).await;
    for words in ["two", "three"] {
        assert_eq!(socket.next_activity().await["message"]["text"], words);
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_counted_and_its_stream_ended() {
    let server = Server::with(&[
        ("SWITCHBOARD_WEBSOCKET__QUEUE_EVENTS", "20"),
        ("SWITCHBOARD_STORE__DURABILITY", "memory"),
    ])
    .await;
    let engine = server.engine().await;
    let conversation = engine.establish("loud").await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    let mut sleeper = hub.stream().await;
    let words = "x".repeat(100_000);
    let mut said = 0;
    eventually("a reader that fell behind", async || {
        engine.say(&conversation, &words).await;
        said += 1;
        engine.get("/metrics").await.text.contains("\noutboxes_overrun_total 1\n").then_some(())
    })
    .await;
    let heard = sleeper.rest().await;
    let activities = heard.iter().filter(|message| message["type"] == 1).count();
    assert!(activities < said, "{activities} of {said}");
    eventually("the end of the id", async || {
        (hub.say(&json!({"type": 6})).await.status == 404).then_some(())
    })
    .await;
}
