//! permessage-deflate: what is agreed on, what goes out deflated, and what comes in (RFC 7692).

use serde_json::{Value, json};

use crate::harness::{DEFLATED, Deflating, Engine, Server, deflated, frame, text};

const OFFER: &str = "permessage-deflate; client_max_window_bits";
const AGREED: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

async fn deflating_server() -> Server {
    Server::with(&[
        ("SWITCHBOARD_WEBSOCKET__COMPRESSION", "true"),
        ("SWITCHBOARD_WEBSOCKET__MAX_FRAME_BYTES", "100000"),
    ])
    .await
}

/// A plain websocket of the agent, its snapshot read.
async fn listen(engine: &Engine, offers: Option<&str>) -> Deflating {
    let mut socket = listen_since(engine, offers, "").await;
    assert_eq!(socket.next_json().await["control"], "snapshot");
    socket
}

async fn listen_since(engine: &Engine, offers: Option<&str>, more: &str) -> Deflating {
    let path = format!("/events/v1/direct?integrationId={}{more}", engine.agent());
    Deflating::open(engine, &path, offers).await
}

/// What a control frame that is not known is answered with.
fn is_bad_frame(answer: &Value) -> bool {
    answer["control"] == "error" && answer["status"] == 400
}

#[tokio::test]
async fn unless_it_is_switched_on_nothing_is_agreed_on() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut socket = listen(&engine, Some(OFFER)).await;
    assert_eq!(socket.agreed, None);
    engine.say(&conversation, &"hello ".repeat(100)).await;
    assert!(!socket.next().await.is_deflated());
    socket.send_deflated("{}").await;
    assert_eq!(socket.closed().await, 1002);
}

#[tokio::test]
async fn what_is_offered_decides() {
    let server = deflating_server().await;
    let engine = server.engine().await;
    let promised = format!("{AGREED}; server_max_window_bits=12");
    for (offers, agreed) in [
        (None, None),
        (Some("x-unheard-of"), None),
        (Some("permessage-deflate; server_max_window_bits=9"), None),
        (Some(OFFER), Some(AGREED)),
        (Some("permessage-deflate; server_max_window_bits=9, permessage-deflate"), Some(AGREED)),
        (Some("permessage-deflate; server_max_window_bits=12; client_max_window_bits=12"), Some(&*promised)),
    ] {
        let socket = listen(&engine, offers).await;
        assert_eq!(socket.agreed.as_deref(), agreed, "{offers:?}");
    }
}

#[tokio::test]
async fn who_has_agreed_hears_the_same_in_fewer_bytes_and_who_has_not_as_before() {
    let server = deflating_server().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut one = listen(&engine, Some(OFFER)).await;
    let mut plain = listen(&engine, None).await;
    for words in ["hello", &"hello ".repeat(1000)] {
        engine.say(&conversation, words).await;
        let (heard, as_before) = (one.next().await, plain.next().await);
        assert!(heard.is_deflated() && !as_before.is_deflated());
        assert_eq!(heard.text(), as_before.text());
        assert_eq!(heard.json()["activity"]["message"]["text"], words);
        assert!(heard.payload.len() < as_before.payload.len());
    }
    plain.send_deflated("{}").await;
    assert_eq!(plain.closed().await, 1002, "who has not agreed may not deflate");
}

#[tokio::test]
async fn snapshots_are_deflated_and_what_was_missed_comes_as_it_is() {
    let server = deflating_server().await;
    let engine = server.engine().await;
    let mut socket = listen_since(&engine, Some(OFFER), "").await;
    let snapshot = socket.next().await;
    assert!(!snapshot.is_deflated(), "little is not worth it");
    let cursor = snapshot.json()["cursor"].as_str().unwrap().to_owned();
    let words: Vec<_> = (0..20).map(|number| format!("message {number}")).collect();
    let conversation = engine.establish("ada").await;
    for words in &words {
        engine.say(&conversation, words).await;
    }
    let mut resumed = listen_since(&engine, Some(OFFER), &format!("&since={cursor}")).await;
    assert_eq!(resumed.next_json().await["control"], "snapshot");
    for words in &words {
        let heard = resumed.next().await;
        assert!(!heard.is_deflated());
        assert_eq!(heard.json()["activity"]["message"]["text"], *words);
    }
    engine.say(&conversation, "live").await;
    assert!(resumed.next().await.is_deflated());
    for number in 0..5 {
        engine.establish(&format!("customer {number}")).await;
    }
    let path = format!("/events/v1/direct?integrationId={}", engine.customer());
    let snapshot = Deflating::open(&engine, &path, Some(OFFER)).await.next().await;
    assert!(snapshot.is_deflated());
    assert_eq!(snapshot.json()["total"], 6);
}

#[tokio::test]
async fn the_hub_deflates_as_well() {
    const SEPARATOR: char = '\u{1e}';
    let server = deflating_server().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let path = format!("/engine-chat-hub?iId={}", engine.agent());
    let mut hub = Deflating::open(&engine, &path, Some(OFFER)).await;
    hub.send_deflated(&format!("{{\"protocol\":\"json\",\"version\":1}}{SEPARATOR}")).await;
    assert_eq!(hub.next().await.text(), format!("{{}}{SEPARATOR}"));
    engine.say(&conversation, "hello").await;
    let heard = hub.next().await;
    assert!(heard.is_deflated());
    let message: Value = serde_json::from_str(heard.text().strip_suffix(SEPARATOR).unwrap()).unwrap();
    assert_eq!(message["target"], "ReceiveDirectActivities");
    assert_eq!(message["arguments"][0]["message"]["text"], "hello");
}

#[tokio::test]
async fn a_session_websocket_carries_the_events_of_a_poll_in_fewer_bytes() {
    let server = deflating_server().await;
    let streaming = server.streaming().await;
    let (one, another) = (streaming.durable_session("u").await, streaming.durable_session("u").await);
    let polled = streaming.session("u").await;
    let mut plain = streaming.session("u").await.offering_websocket(None).await;
    let (mut one, mut another) =
        (one.offering_websocket(Some(OFFER)).await, another.offering_websocket(Some(OFFER)).await);
    assert_eq!((one.agreed.as_deref(), plain.agreed.as_deref()), (Some(AGREED), None));
    streaming.idle("u", 1).await;
    let (heard, as_before) = (one.next().await, plain.next().await);
    assert!(heard.is_deflated() && !as_before.is_deflated());
    assert_eq!(heard.text(), as_before.text());
    assert_eq!(heard.json(), polled.poll(1).await[0]);
    assert!(heard.payload.len() < as_before.payload.len());
    assert_eq!(another.next().await, heard, "every reader gets the same bytes");
    let named = json!({"control": "acknowledge", "events": [{"eventId": heard.json()["eventId"]}]});
    one.send_deflated(&named.to_string()).await;
    assert_eq!(one.next_json().await["eventIdsAcknowledged"], json!([heard.json()["eventId"]]));
    plain.send_deflated(&named.to_string()).await;
    assert_eq!(plain.closed().await, 1002, "who has not agreed may not deflate");
}

#[tokio::test]
async fn unless_it_is_switched_on_a_session_websocket_agrees_on_nothing() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let mut socket = streaming.session("u").await.offering_websocket(Some(OFFER)).await;
    assert_eq!(socket.agreed, None);
    streaming.idle("u", 1).await;
    assert!(!socket.next().await.is_deflated());
}

#[tokio::test]
async fn a_client_may_deflate_what_it_sends_in_fragments_with_pings_between() {
    let server = deflating_server().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let path = format!("/events/v1/direct?integrationId={}", engine.customer());
    let mut socket = Deflating::open(&engine, &path, Some(OFFER)).await;
    socket.next_json().await;
    let send = json!({"control": "send", "reference": "r", "conversationId": conversation,
        "activity": text(&"hello ".repeat(50))});
    let bytes = deflated(&send.to_string());
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    socket.send(0x01 | DEFLATED, head).await;
    socket.send(0x89, b"still there?").await;
    let pong = socket.next().await;
    assert_eq!((pong.first, pong.payload.as_slice()), (0x8a, &b"still there?"[..]));
    socket.send(0x80, tail).await;
    let mut told = socket.next_json().await;
    while told["control"].is_null() {
        told = socket.next_json().await;
    }
    assert_eq!((&told["control"], &told["status"]), (&json!("receipt"), &json!(200)), "{told:#}");
    socket.send(0x81, b"{}").await;
    assert!(is_bad_frame(&socket.next_json().await), "what is not deflated is heard as well");
}

#[tokio::test]
async fn what_a_message_inflates_to_may_be_as_large_as_a_frame_and_no_larger() {
    let server = deflating_server().await;
    let engine = server.engine().await;
    let mut socket = listen(&engine, Some(OFFER)).await;
    let padded = |size: usize| format!("{{}}{}", " ".repeat(size - 2));
    socket.send_deflated(&padded(100_000)).await;
    assert!(is_bad_frame(&socket.next_json().await));
    socket.send_deflated(&padded(100_001)).await;
    assert_eq!(socket.closed().await, 1009);
    let mut talkative = listen(&engine, Some(OFFER)).await;
    talkative.send_bytes(&frame(0x81 | DEFLATED, &deflated(&padded(100_000))).repeat(20)).await;
    for _ in 0..20 {
        assert!(is_bad_frame(&talkative.next_json().await), "what comes together is heard one by one");
    }
    let mut bombed = listen(&engine, Some(OFFER)).await;
    bombed.send(0x01 | DEFLATED, &deflated(&padded(5_000_000))).await;
    assert_eq!(bombed.closed().await, 1009, "it is not inflated first, and need not end");
}

#[tokio::test]
async fn what_cannot_be_inflated_closes_with_1007_and_a_misplaced_mark_with_1002() {
    let server = deflating_server().await;
    let engine = server.engine().await;
    let (text, whole) = (0x81, deflated("{\"control\":\"x\"}"));
    // What is wrong, the frames by their first bytes, and the code.
    type Case<'c> = (&'c str, &'c [(u8, &'c [u8])], u16);
    let cases: [Case<'_>; 6] = [
        ("no deflated data", &[(text | DEFLATED, &[0x07])], 1007),
        ("text that is not UTF-8", &[(text | DEFLATED, &[0x00, 1, 0, 0xfe, 0xff, 0xff, 0x00])], 1007),
        ("a mark on a continuation", &[(0x01 | DEFLATED, &whole), (0x80 | DEFLATED, &[])], 1002),
        ("a mark on a ping", &[(0x89 | DEFLATED, b"?")], 1002),
        ("another mark", &[(text | 0x20, &whole)], 1002),
        ("a message within a message", &[(0x01 | DEFLATED, &whole), (text, b"{}")], 1002),
    ];
    for (what, frames, code) in cases {
        let mut socket = listen(&engine, Some(OFFER)).await;
        for (first, payload) in frames {
            socket.send(*first, payload).await;
        }
        assert_eq!(socket.closed().await, code, "{what}");
    }
}
