//! The SignalR hub's binary protocol over websockets.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Engine, Packed, Server, packed};

async fn agent(engine: &Engine) -> Packed {
    Packed::connect(engine, &engine.agent_query()).await
}

#[tokio::test]
async fn an_activity_is_the_same_in_either_protocol() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let (mut hub, mut other) = (agent(&engine).await, engine.signalr(&engine.agent_query()).await);
    let conversation = engine.establish("ada").await;
    for words in ["short", &"long ".repeat(1000), "wörds \u{1e} 🦀"] {
        engine.say(&conversation, words).await;
        let message = hub.next().await;
        let expected = other.next_activity().await;
        assert_eq!(expected["message"]["text"], words);
        assert_eq!(message, json!([1, {}, null, "ReceiveDirectActivities", [expected], []]));
    }
}

#[tokio::test]
async fn the_server_pings_and_takes_pings() {
    let server = Server::with(&[("SWITCHBOARD_SIGNALR__KEEPALIVE_SECONDS", "1")]).await;
    let engine = server.engine().await;
    let mut hub = agent(&engine).await;
    for _ in 0..4 {
        hub.send(&json!([6])).await;
        assert_eq!(hub.next_message().await, Ok(json!([6])));
    }
}

#[tokio::test]
async fn a_method_that_the_hub_does_not_have_completes_with_an_error() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut hub = agent(&engine).await;
    hub.send(&json!([1, {}, null, "Dance", [1, {"a": [2]}], []])).await;
    hub.send(&json!([1, {"header": "value"}, "7", "Dance", [1, {"a": [2]}]])).await;
    let completion = hub.next().await;
    assert_eq!(completion.as_array().unwrap()[..4], [json!(3), json!({}), json!("7"), json!(1)]);
    assert!(completion[4].as_str().unwrap().starts_with("HubException: ["), "{completion:#}");
}

fn call(id: &str) -> Vec<u8> {
    packed(&json!([1, {}, id, "Dance", [], []]))
}

async fn completed(hub: &mut Packed) -> Value {
    hub.next().await[2].clone()
}

#[tokio::test]
async fn messages_may_share_a_frame_and_be_spread_over_several() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut hub = agent(&engine).await;
    hub.socket.send_binary([call("1"), call("2")].concat()).await;
    assert_eq!((completed(&mut hub).await, completed(&mut hub).await), (json!("1"), json!("2")));
    for byte in call("3") {
        hub.socket.send_binary(vec![byte]).await;
    }
    assert_eq!(completed(&mut hub).await, "3");
    hub.socket.send_binary(call("4")[..5].to_vec()).await;
    hub.socket.send_binary([&call("4")[5..], &call("5")].concat()).await;
    assert_eq!((completed(&mut hub).await, completed(&mut hub).await), (json!("4"), json!("5")));
}

#[tokio::test]
async fn a_message_may_be_as_large_as_a_frame_and_no_larger() {
    let server = Server::with(&[("SWITCHBOARD_WEBSOCKET__MAX_FRAME_BYTES", "300")]).await;
    let engine = server.engine().await;
    let mut hub = agent(&engine).await;
    let call = |size: usize| {
        let message = packed(&json!([1, {}, "1", "Dance", ["x".repeat(size - 16)], []]));
        assert_eq!(message.len(), 2 + size);
        message
    };
    hub.socket.send_binary(call(300)[..100].to_vec()).await;
    hub.socket.send_binary(call(300)[100..].to_vec()).await;
    assert_eq!(completed(&mut hub).await, "1");
    // Its length says so before the rest has come.
    hub.socket.send_binary(call(301)[..10].to_vec()).await;
    assert_eq!(hub.next().await[0], 7);
    assert_eq!(hub.closed().await, 1009);
}

#[tokio::test]
async fn what_is_no_message_ends_the_connection_and_not_the_server() {
    let server = Server::start().await;
    let engine = server.engine().await;
    for nonsense in [&[1, 0xc1][..], &[0], &[2, 0x91, 0xa1], &[0x80; 5], &[3, 0x92, 1, 0x80]] {
        let mut hub = agent(&engine).await;
        hub.socket.send_binary(nonsense.to_vec()).await;
        let told = hub.next().await;
        assert_eq!((&told[0], &told[2]), (&json!(7), &json!(false)), "{told:#}");
        assert_eq!(hub.closed().await, 1002);
    }
}

#[tokio::test]
async fn a_gap_is_told_before_anything_newer() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let query = format!("iId={}&since=AQkJCQkAAAAAAAAAAQ", engine.agent());
    let mut hub = Packed::connect(&engine, &query).await;
    let gap = hub.next().await;
    assert_eq!((&gap[3], &gap[4][0]["reason"]), (&json!("ReceiveControl"), &json!("unknown")), "{gap:#}");
}

#[tokio::test]
async fn goodbyes_say_whether_to_come_back() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let (mut leaves, mut stays) = (agent(&engine).await, agent(&engine).await);
    leaves.send(&json!([7, null])).await;
    assert_eq!(leaves.next().await, json!([7, null, false]));
    assert_eq!(leaves.closed().await, 1000);
    let told = tokio::spawn(async move { (stays.next().await, stays.closed().await) });
    server.stop(Duration::from_secs(8)).await;
    assert_eq!(told.await.unwrap(), (json!([7, null, true]), 1012));
}
