//! The SignalR hub, protocol included.

use std::time::Duration;

use serde_json::json;

use crate::harness::{SEPARATOR, Server, SignalR};

#[tokio::test]
async fn negotiation_answers_in_the_version_that_was_asked_for() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let scope = format!("iId={}", engine.agent());
    let expected = json!([
        {"transport": "WebSockets", "transferFormats": ["Text", "Binary"]},
        {"transport": "ServerSentEvents", "transferFormats": ["Text"]},
        {"transport": "LongPolling", "transferFormats": ["Text", "Binary"]},
    ]);
    for query in [scope.clone(), format!("negotiateVersion=0&{scope}")] {
        let answer = SignalR::negotiate(&engine, &query).await.ok();
        assert_eq!(answer["negotiateVersion"].as_i64().unwrap_or(0), 0, "{answer:#}");
        assert!(answer["connectionId"].is_string() && answer.get("connectionToken").is_none(), "{answer:#}");
        assert_eq!(answer["availableTransports"], expected);
    }
    let answer = SignalR::negotiate(&engine, &format!("negotiateVersion=1&{scope}")).await.ok();
    assert_eq!(answer["negotiateVersion"], 1);
    assert!(answer["connectionId"].is_string() && answer["connectionToken"].is_string(), "{answer:#}");
    assert_eq!(answer["availableTransports"], expected);
}

#[tokio::test]
async fn a_connection_receives_activities_with_their_cursor() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut hub = engine.signalr(&format!("iId={}", engine.agent())).await;
    let conversation = engine.establish("ada").await;
    let said = engine.say(&conversation, "hello").await;
    let activity = hub.next_activity().await;
    assert_eq!(activity["eventId"], said["eventId"]);
    assert_eq!(activity["interactionId"], said["interactionId"]);
    assert_eq!(activity["message"], json!({"type": "text", "text": "hello"}));
    assert_eq!(activity["sender"]["integrationType"], "Customer");
    assert!(activity["cursor"].is_string(), "{activity:#}");
}

#[tokio::test]
async fn a_connection_may_follow_one_conversation() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let (ada, bob) = (engine.establish("ada").await, engine.establish("bob").await);
    let mut hub = engine.signalr(&format!("iId={}&cId={ada}", engine.customer())).await;
    engine.say(&bob, "elsewhere").await;
    engine.say(&ada, "question").await;
    engine.reply(&ada, "answer").await;
    assert_eq!(hub.next_activity().await["message"]["text"], "question");
    assert_eq!(hub.next_activity().await["message"]["text"], "answer");
}

#[tokio::test]
async fn a_cursor_brings_back_what_was_missed_on_either_kind_of_socket() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut hub = engine.signalr(&format!("iId={}", engine.agent())).await;
    engine.say(&conversation, "one").await;
    let cursor = hub.next_activity().await["cursor"].as_str().unwrap().to_owned();
    drop(hub);
    engine.say(&conversation, "two").await;
    engine.say(&conversation, "three").await;
    let mut again = engine.signalr(&format!("iId={}&since={cursor}", engine.agent())).await;
    assert_eq!(again.next_activity().await["message"]["text"], "two");
    let second = again.next_activity().await;
    assert_eq!(second["message"]["text"], "three");
    let mut plain = engine.listen(&format!("integrationId={}&since={cursor}", engine.agent())).await;
    plain.control("snapshot").await;
    plain.next_activity().await;
    assert_eq!(plain.next_activity().await["cursor"], second["cursor"]);
}

#[tokio::test]
async fn protocols_that_are_not_spoken_are_refused_in_the_handshake() {
    let server = Server::start().await;
    let engine = server.engine().await;
    for (protocol, version) in [("morse", 1), ("json", 99), ("", 1)] {
        let mut hub = SignalR::open(&engine, &format!("iId={}", engine.agent())).await.unwrap();
        let answer = hub.shake_hands(protocol, version).await;
        assert!(answer["error"].as_str().is_some_and(|error| !error.is_empty()), "{answer:#}");
        hub.closed().await;
    }
}

#[tokio::test]
async fn a_handshake_that_does_not_come_ends_the_connection() {
    let server = Server::with(&[("SWITCHBOARD_SIGNALR__HANDSHAKE_SECONDS", "1")]).await;
    let engine = server.engine().await;
    let mut hub = SignalR::open(&engine, &format!("iId={}", engine.agent())).await.unwrap();
    hub.closed().await;
}

#[tokio::test]
async fn the_server_pings_and_takes_pings() {
    let server = Server::with(&[("SWITCHBOARD_SIGNALR__KEEPALIVE_SECONDS", "1")]).await;
    let engine = server.engine().await;
    let mut hub = engine.signalr(&format!("iId={}", engine.agent())).await;
    hub.send(json!({"type": 6})).await;
    for _ in 0..2 {
        assert_eq!(hub.next_message().await, json!({"type": 6}));
    }
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    hub.next_activity().await;
}

#[tokio::test]
async fn a_method_that_the_hub_does_not_have_completes_with_an_error() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut hub = engine.signalr(&format!("iId={}", engine.agent())).await;
    hub.send(json!({"type": 1, "target": "Dance", "arguments": []})).await;
    hub.send(json!({"type": 1, "invocationId": "7", "target": "Dance", "arguments": []})).await;
    let completion = hub.next().await;
    assert_eq!((&completion["type"], &completion["invocationId"]), (&json!(3), &json!("7")));
    let error = completion["error"].as_str().unwrap();
    let number = error.strip_prefix("HubException: [").and_then(|rest| rest.split_once("]: "));
    let (number, words) = number.unwrap_or_else(|| panic!("{error}"));
    assert!(number.parse::<u32>().is_ok() && !words.is_empty(), "{error}");
}

#[tokio::test]
async fn a_client_that_says_goodbye_is_let_go() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut hub = engine.signalr(&format!("iId={}", engine.agent())).await;
    hub.send(json!({"type": 7})).await;
    assert_eq!(hub.closed().await, 1000);
}

#[tokio::test]
async fn what_is_no_message_ends_the_connection_and_not_the_server() {
    let server = Server::start().await;
    let engine = server.engine().await;
    for nonsense in [json!([]), json!({"type": "x"}), json!("x")] {
        let mut hub = engine.signalr(&format!("iId={}", engine.agent())).await;
        hub.send(nonsense).await;
        hub.closed().await;
    }
    engine.signalr(&format!("iId={}", engine.agent())).await;
}

#[tokio::test]
async fn what_is_not_ones_own_cannot_be_listened_to() {
    let server = Server::start().await;
    let other = server.another_tenant("other").await;
    let engine = server.engine().await;
    let theirs = other.engine().await.establish("eve").await;
    for (query, status) in [
        (String::new(), 400),
        ("iId=17".to_owned(), 400),
        (format!("iId={}", other.integration("agent")), 404),
        (format!("iId={}&cId={theirs}", engine.agent()), 404),
    ] {
        SignalR::negotiate(&engine, &query).await.platform_errors(status);
        let refused = SignalR::open(&engine, &query).await.err().unwrap_or_else(|| panic!("{query} is open"));
        refused.platform_errors(status);
    }
}

#[tokio::test]
async fn a_restart_is_survived_by_reconnecting_with_the_cursor() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut hub = engine.signalr(&format!("iId={}", engine.agent())).await;
    engine.say(&conversation, "before").await;
    let cursor = hub.next_activity().await["cursor"].as_str().unwrap().to_owned();
    engine.say(&conversation, "missed").await;
    server.crash().await;
    let mut hub = engine.signalr(&format!("iId={}&since={cursor}", engine.agent())).await;
    engine.say(&conversation, "after").await;
    assert_eq!(hub.next_activity().await["message"]["text"], "missed");
    assert_eq!(hub.next_activity().await["message"]["text"], "after");
}

#[tokio::test]
async fn a_client_whose_token_expired_is_told_to_come_back_with_another() {
    let server = Server::with(&[("SWITCHBOARD_AUTH__TOKEN_LIFETIME_SECONDS", "2")]).await;
    let engine = server.engine().await;
    let mut hub = engine.signalr(&format!("iId={}", engine.agent())).await;
    let told = hub.next().await;
    assert_eq!((&told["type"], &told["allowReconnect"]), (&json!(7), &json!(true)), "{told:#}");
    assert_eq!(hub.closed().await, 1008);
}

#[tokio::test]
async fn a_client_whose_integration_is_gone_is_told_to_stay_away() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, _, agent) = portal.quiet_hub("Deleted").await;
    let mut hub = engine.signalr(&format!("iId={agent}")).await;
    portal.delete(&format!("/api/v1/integrations/{agent}")).await.has_status(200);
    let told = hub.next().await;
    assert_eq!((&told["type"], &told["allowReconnect"]), (&json!(7), &json!(false)), "{told:#}");
    assert_eq!(hub.closed().await, 1008);
}

#[tokio::test]
async fn a_client_that_has_not_shaken_hands_does_not_hold_up_the_drain() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let mut hub = SignalR::open(&engine, &format!("iId={}", engine.agent())).await.unwrap();
    let closed = tokio::spawn(async move { hub.closed().await });
    server.stop(Duration::from_secs(8)).await;
    assert_eq!(closed.await.unwrap(), 1012);
}

/// Calls of a method that the hub does not have, all in one message, whose ids are their numbers.
fn calls(count: usize) -> String {
    let call =
        |id: usize| json!({"type": 1, "invocationId": id.to_string(), "target": "Dance", "arguments": []});
    (0..count).map(|id| format!("{}{SEPARATOR}", call(id))).collect()
}

#[tokio::test]
async fn every_call_in_a_message_is_counted_and_beyond_the_limit_refused() {
    let limits = [("PER_SECOND", "1"), ("BURST", "10")]
        .map(|(name, value)| (format!("SWITCHBOARD_RATE_LIMITS__ENGINE__{name}"), value));
    let server = Server::with(&limits.each_ref().map(|(name, value)| (name.as_str(), *value))).await;
    let engine = server.engine().await;
    let mut hub = engine.signalr(&engine.agent_query()).await;
    hub.send_text(&calls(40)).await;
    let mut errors = Vec::new();
    for id in 0..40 {
        let completion = hub.next().await;
        assert_eq!(completion["invocationId"], id.to_string());
        errors.push(completion["error"].as_str().unwrap().to_owned());
    }
    let refused = errors.iter().filter(|error| error.starts_with("HubException: [429]: ")).count();
    assert!((25..40).contains(&refused), "{errors:#?}");
    assert!(!errors[0].contains("429"), "{}", errors[0]);
}

#[tokio::test]
async fn as_many_calls_are_answered_at_once_as_may_wait_and_one_more_ends_the_connection() {
    let server = Server::with(&[("SWITCHBOARD_WEBSOCKET__QUEUE_EVENTS", "10")]).await;
    let engine = server.engine().await;
    let mut hub = engine.signalr(&engine.agent_query()).await;
    for count in [10, 11] {
        hub.send_text(&calls(count)).await;
        for id in 0..10 {
            assert_eq!(hub.next().await["invocationId"], id.to_string());
        }
    }
    let told = hub.next().await;
    assert_eq!((&told["type"], &told["allowReconnect"]), (&json!(7), &json!(true)), "{told:#}");
    assert_eq!(hub.closed().await, 1013);
}
