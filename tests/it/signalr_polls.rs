//! The SignalR hub for clients that poll.

use futures_util::future::select;
use serde_json::json;

use crate::harness::{Hub, Server, eventually, unpacked, within};

#[tokio::test]
async fn the_first_poll_is_answered_at_once_and_the_others_with_what_is_said() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    let first = hub.poll().await;
    assert_eq!((first.status, first.text.as_str()), (200, ""), "{first}");
    hub.say(&json!({"protocol": "json", "version": 1})).await.has_status(200);
    let answer = hub.poll().await;
    assert_eq!(answer.text, "{}\u{1e}");
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"), "{answer}");
    assert_eq!(answer.header("cache-control"), Some("no-cache, no-store"), "{answer}");

    let conversation = engine.establish("ada").await;
    let waiting = tokio::spawn(async move { hub.poll_messages().await });
    let said = engine.say(&conversation, "hello").await;
    let heard = waiting.await.unwrap();
    let activity = &heard[0]["arguments"][0];
    assert_eq!((heard.len(), &heard[0]["target"]), (1, &json!("ReceiveDirectActivities")), "{heard:#?}");
    assert_eq!(activity["eventId"], said["eventId"]);
    assert_eq!(activity["message"], json!({"type": "text", "text": "hello"}));
    assert!(activity["cursor"].is_string(), "{activity:#}");
}

#[tokio::test]
async fn what_is_said_between_two_polls_comes_with_the_next_one_in_order() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    let conversation = engine.establish("ada").await;
    for words in ["one", "two", "three"] {
        engine.say(&conversation, words).await;
    }
    assert_eq!(hub.poll_texts(3).await, ["one", "two", "three"]);
}

#[tokio::test]
async fn a_second_poll_takes_the_place_of_one_that_waits() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    let [first, second] = [hub.clone(), hub].map(|hub| tokio::spawn(async move { hub.poll().await }));
    // Whichever came first is told that it was replaced, before anything is said.
    let (replaced, waiting) = within("the first answer", select(first, second)).await.factor_first();
    replaced.unwrap().has_status(204);
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    waiting.await.unwrap().has_status(200);
}

#[tokio::test]
async fn a_client_that_ends_the_connection_is_let_go() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    hub.end().await.has_status(202);
    hub.poll().await.platform_errors(404);
    hub.say(&json!({"type": 6})).await.platform_errors(404);
    hub.end().await.platform_errors(404);
}

#[tokio::test]
async fn a_client_that_says_goodbye_hears_the_same_and_that_it_is_over() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    hub.say(&json!({"type": 7})).await.has_status(200);
    assert_eq!(hub.poll_to_the_end().await, [json!({"type": 7, "allowReconnect": false})]);
    eventually("the end of the id", async || (hub.poll().await.status == 404).then_some(())).await;
}

#[tokio::test]
async fn a_client_that_stays_away_is_let_go() {
    let server = Server::with(&[("SWITCHBOARD_SIGNALR__DISCONNECT_SECONDS", "1")]).await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    eventually("the end of the connection", async || {
        (hub.say(&json!({"type": 6})).await.status == 404).then_some(())
    })
    .await;
    hub.poll().await.platform_errors(404);
}

#[tokio::test]
async fn a_client_that_falls_behind_is_told_counted_and_resumes() {
    let server = Server::with(&[("SWITCHBOARD_WEBSOCKET__QUEUE_EVENTS", "10")]).await;
    let engine = server.engine().await;
    let conversation = engine.establish("loud").await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    engine.say(&conversation, "heard").await;
    let cursor = hub.poll_messages().await[0]["arguments"][0]["cursor"].as_str().unwrap().to_owned();
    for number in 0..10 {
        engine.say(&conversation, &number.to_string()).await;
    }
    assert!(engine.get("/metrics").await.text.contains("\noutboxes_overrun_total 0\n"), "ten may wait");
    engine.say(&conversation, "10").await;
    assert!(engine.get("/metrics").await.text.contains("\noutboxes_overrun_total 1\n"));
    let told = hub.poll_to_the_end().await;
    assert_eq!((told.len(), &told[0]["allowReconnect"]), (1, &json!(true)), "{told:#?}");
    let again = Hub::polling(&engine, &format!("{}&since={cursor}", engine.agent_query())).await;
    assert_eq!(again.poll_texts(11).await, (0..11).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_cursor_brings_back_more_than_fits_into_one_answer() {
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "memory")]).await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    engine.say(&conversation, "first").await;
    let cursor = hub.poll_messages().await[0]["arguments"][0]["cursor"].as_str().unwrap().to_owned();
    let words: Vec<_> = (0..300).map(|number| format!("{number} {}", "x".repeat(2000))).collect();
    for words in &words {
        engine.say(&conversation, words).await;
    }
    let again = Hub::polling(&engine, &format!("{}&since={cursor}", engine.agent_query())).await;
    assert_eq!(again.poll_texts(300).await, words);
    engine.say(&conversation, "live").await;
    assert_eq!(again.poll_texts(1).await, ["live"]);
}

#[tokio::test]
async fn a_cursor_of_another_store_is_answered_with_a_gap_first() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &format!("{}&since=AQkJCQkAAAAAAAAAAQ", engine.agent_query())).await;
    hub.poll().await.has_status(200);
    hub.say(&json!({"protocol": "json", "version": 1})).await.has_status(200);
    let heard = hub.poll_messages().await;
    assert_eq!(heard[0], json!({}));
    assert_eq!(
        (&heard[1]["target"], &heard[1]["arguments"][0]["reason"]),
        (&json!("ReceiveControl"), &json!("unknown"))
    );
}

#[tokio::test]
async fn silence_is_broken_by_a_ping() {
    let server = Server::with(&[("SWITCHBOARD_SIGNALR__KEEPALIVE_SECONDS", "1")]).await;
    let engine = server.engine().await;
    let hub = Hub::polling(&engine, &engine.agent_query()).await;
    for _ in 0..4 {
        assert_eq!(hub.poll_messages().await, [json!({"type": 6})]);
    }
}

#[tokio::test]
async fn a_handshake_that_is_not_good_or_does_not_come_ends_the_connection() {
    let server = Server::with(&[("SWITCHBOARD_SIGNALR__HANDSHAKE_SECONDS", "1")]).await;
    let engine = server.engine().await;
    for handshake in [Some(json!({"protocol": "morse", "version": 1})), None] {
        let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
        hub.poll().await.has_status(200);
        if let Some(handshake) = handshake {
            hub.say(&handshake).await.has_status(200);
        }
        let told = hub.poll_to_the_end().await;
        assert!(told[0]["error"].as_str().is_some_and(|error| !error.is_empty()), "{told:#?}");
    }
}

#[tokio::test]
async fn a_handshake_and_what_follows_may_come_in_any_pieces() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    hub.poll().await.has_status(200);
    let call = r#"{"type":1,"invocationId":"1","target":"Dance","arguments":[]}"#;
    let said = format!("{{\"protocol\":\"json\",\"version\":1}}\u{1e}{call}\u{1e}{call}");
    let (first, rest) = said.split_at(12);
    hub.say_bytes(first.to_owned()).await.has_status(200);
    hub.say_bytes(rest.to_owned()).await.has_status(200);
    hub.say_bytes("\u{1e}").await.has_status(200);
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.extend(hub.poll_messages().await);
    }
    assert_eq!(heard[0], json!({}));
    assert_eq!((&heard[1]["type"], &heard[2]["type"]), (&json!(3), &json!(3)), "{heard:#?}");
}

#[tokio::test]
async fn what_is_no_message_ends_the_connection() {
    let server = Server::start().await;
    let engine = server.engine().await;
    for nonsense in [&b"[]\x1e"[..], b"{\"type\":\"x\"}\x1e", b"\xff\xfe\x1e"] {
        let hub = Hub::polling(&engine, &engine.agent_query()).await;
        hub.say_bytes(nonsense.to_vec()).await.has_status(200);
        let told = hub.poll_to_the_end().await;
        assert_eq!((&told[0]["type"], &told[0]["allowReconnect"]), (&json!(7), &json!(false)), "{told:#?}");
    }
}

#[tokio::test]
async fn polls_carry_messagepack() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let hub = Hub::negotiate(&engine, &engine.agent_query()).await;
    hub.poll().await.has_status(200);
    hub.say(&json!({"protocol": "messagepack", "version": 1})).await.has_status(200);
    assert_eq!(hub.poll_messages().await, [json!({})]);
    let conversation = engine.establish("ada").await;
    let said = engine.say(&conversation, "hello").await;
    let bytes = engine.begin("GET", &hub.path()).await.bytes().await.unwrap();
    let heard = unpacked(&bytes);
    assert_eq!((&heard[0][0], &heard[0][3]), (&json!(1), &json!("ReceiveDirectActivities")));
    assert_eq!(heard[0][4][0]["eventId"], said["eventId"]);
    assert_eq!(heard[0][4][0]["message"], json!({"type": "text", "text": "hello"}));
}
