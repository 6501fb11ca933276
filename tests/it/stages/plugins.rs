//! Plug-ins on live traffic: what they are asked, what their answers do, what happens without one.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::put;
use crate::harness::{Plugin, PluginMood, SelfSigned, Server, eventually, files, from, run, text};

/// Plug-ins may be on this machine, and are left alone for a second after two failures.
const VARIABLES: [(&str, &str); 3] = [
    ("SWITCHBOARD_PLUGINS__ALLOW_PRIVATE", "true"),
    ("SWITCHBOARD_PLUGINS__FAILURES", "2"),
    ("SWITCHBOARD_PLUGINS__PAUSE_SECONDS", "1"),
];

/// Names those who vouch for plug-ins over TLS.
const CA_FILE: &str = "SWITCHBOARD_PLUGINS__CA_FILE";

#[tokio::test]
async fn a_question_is_signed_as_webhooks_are_and_as_libraries_verify_it() {
    let server = Server::with(&VARIABLES).await;
    let (portal, engine, plugin) = (server.portal().await, server.engine().await, Plugin::start().await);
    let shown = put(&portal, &server.demo().hub(), json!([plugin.stage(json!({}))])).await.ok();
    let conversation = engine.establish("ada").await;
    let said = engine.say(&conversation, "Hello").await;
    let asked = plugin.asked().remove(0);
    let stage = &shown["stages"][0];
    assert_eq!(asked.header("x-hubster-public-key"), stage["publicSigningKey"]);
    assert_eq!(asked.header("content-type"), "application/json");
    let key = hmac::Key::new(HMAC_SHA256, stage["privateSigningKey"].as_str().unwrap().as_bytes());
    let verify =
        |message: &[u8], signature: &str| hmac::verify(&key, message, &STANDARD.decode(signature).unwrap());
    verify(&asked.body, asked.header("x-hubster-signature")).unwrap();
    let (id, timestamp) = (asked.header("webhook-id"), asked.header("webhook-timestamp"));
    let signed = [format!("{id}.{timestamp}.").as_bytes(), &asked.body].concat();
    verify(&signed, asked.header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();

    assert_eq!(id, said["interactionId"]);
    let question = asked.json();
    assert_eq!(question["id"], said["interactionId"]);
    assert_eq!(question["conversationId"], conversation);
    assert_eq!(question["hubId"], server.demo().hub());
    let sender =
        json!({"integrationId": engine.customer(), "integrationType": "Customer", "channelType": "Direct"});
    assert_eq!(
        question["activity"],
        json!({"type": "message", "sender": sender, "message": {"type": "text", "text": "Hello"}})
    );
}

#[tokio::test]
async fn a_plug_in_alters_tags_and_stops_what_is_said() {
    let server = Server::with(&VARIABLES).await;
    let (portal, engine, plugin) = (server.portal().await, server.engine().await, Plugin::start().await);
    let stage = plugin.stage(json!({"senders": ["customer", "agent"]}));
    put(&portal, &server.demo().hub(), json!([stage])).await.ok();
    let conversation = engine.establish("ada").await;
    plugin.becomes(PluginMood::Answering(json!({"action": "alter", "tags": {"card": true},
        "message": {"type": "text", "text": "My card is ****"}})));
    engine.say(&conversation, "My card is 4711").await;
    plugin.becomes(PluginMood::Answering(json!({"action": "stop", "reason": "Mind your words."})));
    let rude = from(&engine.agent(), text("!!!"));
    let refused = engine.business(&conversation, &rude).await.refused(403, "ENG000110");
    assert!(refused.to_string().contains("Mind your words."), "{refused}");
    plugin.becomes(PluginMood::Status(204));
    engine.reply(&conversation, "Thank you").await;

    let history = engine.history(&conversation, "type=agent").await;
    let texts: Vec<_> = history.iter().map(|one| one["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["My card is ****", "Thank you"]);
    assert_eq!(history[0]["tags"], json!({"card": true}));
}

#[tokio::test]
async fn without_an_answer_that_can_be_used_an_activity_passes_on_where_that_is_set() {
    let server = Server::with(&VARIABLES).await;
    let (portal, engine, plugin) = (server.portal().await, server.engine().await, Plugin::start().await);
    put(&portal, &server.demo().hub(), json!([plugin.stage(json!({"timeoutSeconds": 1}))])).await.ok();
    for (mood, words) in [
        (PluginMood::Status(500), "status"),
        (PluginMood::Answering(json!({"action": "sing"})), "action"),
        (PluginMood::Elsewhere, "redirect"),
        (PluginMood::Silent, "silence"),
        (PluginMood::Answering(json!([])), "list"),
    ] {
        // A hub whose stages were just put has no failures behind it.
        let stages = json!([plugin.stage(json!({"name": words, "timeoutSeconds": 1}))]);
        put(&portal, &server.demo().hub(), stages).await.ok();
        plugin.becomes(mood);
        let asked_before = plugin.asked().len();
        let conversation = engine.establish(words).await;
        engine.say(&conversation, words).await;
        let history = engine.history(&conversation, "type=agent").await;
        assert_eq!(history[0]["message"]["text"], words);
        assert_eq!(plugin.asked().len(), asked_before + 1, "{words}: asked once and followed nowhere");
    }
}

#[tokio::test]
async fn a_plug_in_on_a_private_address_is_not_connected_to_unless_that_is_allowed() {
    let server = Server::start().await;
    let (portal, engine, plugin) = (server.portal().await, server.engine().await, Plugin::start().await);
    let port = plugin.url().rsplit_once(':').unwrap().1.to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let url = format!("http://{host}:{port}");
        put(&portal, &server.demo().hub(), json!([plugin.stage(json!({"url": url, "name": host}))]))
            .await
            .ok();
        let conversation = engine.establish(host).await;
        engine.say(&conversation, "Hello").await;
    }
    assert!(plugin.asked().is_empty());
    assert!(server.printed().contains("a plug-in gave no answer"), "{}", server.printed());
}

#[tokio::test]
async fn a_plug_in_over_tls_is_asked_where_the_configured_file_vouches_for_it() {
    let (folder, signed) = (tempfile::tempdir().unwrap(), SelfSigned::new());
    signed.write(folder.path());
    let vouching = files(folder.path()).0;
    let variables = [&VARIABLES[..], &[(CA_FILE, vouching.to_str().unwrap())]].concat();
    let server = Server::with(&variables).await;
    let (portal, engine) = (server.portal().await, server.engine().await);
    let (trusted, stranger) = (Plugin::secured(&signed).await, Plugin::secured(&SelfSigned::new()).await);
    let stages =
        json!([stranger.stage(json!({"name": "stranger"})), trusted.stage(json!({"name": "trusted"}))]);
    put(&portal, &server.demo().hub(), stages).await.ok();
    trusted.becomes(PluginMood::Answering(
        json!({"action": "alter", "message": {"type": "text", "text": "bye"}}),
    ));
    let conversation = engine.establish("ada").await;
    for _ in 0..2 {
        engine.say(&conversation, "hello").await;
    }
    let history = engine.history(&conversation, "type=agent").await;
    assert_eq!([&history[0]["message"]["text"], &history[1]["message"]["text"]], ["bye", "bye"]);
    assert_eq!((stranger.asked().len(), trusted.asked().len()), (0, 2));
}

#[tokio::test]
async fn a_plug_in_over_tls_is_not_asked_where_only_the_system_s_certificates_vouch() {
    let server = Server::with(&VARIABLES).await;
    let (portal, engine) = (server.portal().await, server.engine().await);
    let plugin = Plugin::secured(&SelfSigned::new()).await;
    put(&portal, &server.demo().hub(), json!([plugin.stage(json!({}))])).await.ok();
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let history = engine.history(&conversation, "type=agent").await;
    assert_eq!(history[0]["message"]["text"], "hello");
    assert!(plugin.asked().is_empty());
}

#[test]
fn a_file_that_vouches_for_nobody_is_told_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("ca.pem"), folder.path().join("data"));
    std::fs::write(&file, "").unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let refused = run(&arguments, &[(CA_FILE, file.to_str().unwrap())]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("cannot tell which plug-ins to trust"), "{refused:?}");
    assert!(refused.err.contains(file.to_str().unwrap()), "{refused:?}");
    assert!(!data.exists());
}

#[tokio::test]
async fn what_is_held_is_said_in_order_and_once_after_a_crash_and_when_the_plug_in_is_back() {
    let mut server = Server::with(&VARIABLES).await;
    let (portal, engine, plugin) = (server.portal().await, server.engine().await, Plugin::start().await);
    put(&portal, &server.demo().hub(), json!([plugin.stage(json!({"onFailure": "hold"}))])).await.ok();
    let conversation = engine.establish("ada").await;
    plugin.becomes(PluginMood::Status(503));
    let mut answers = Vec::new();
    for words in ["one", "two", "three"] {
        answers.push(engine.say(&conversation, words).await);
    }
    engine.reply(&conversation, "four").await;
    assert_eq!(engine.history(&conversation, "type=agent").await, [] as [serde_json::Value; 0]);

    server.crash().await;
    let engine = server.engine().await;
    engine.say(&conversation, "five").await;
    plugin.becomes(PluginMood::Answering(json!({})));
    let history = eventually("what was held", async || {
        let history = engine.history(&conversation, "type=agent").await;
        (history.len() >= 5).then_some(history)
    })
    .await;
    let texts: Vec<_> = history.iter().map(|one| one["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["one", "two", "three", "four", "five"]);
    for (answer, said) in answers.iter().zip(&history) {
        assert_eq!(said["interactionId"], answer["interactionId"]);
        let asked = plugin.asked();
        let ids = asked.iter().filter(|asked| asked.text() == said["message"]["text"]);
        assert!(
            ids.map(|asked| asked.header("webhook-id").to_owned()).all(|id| id == answer["interactionId"])
        );
    }
}

#[tokio::test]
async fn nothing_of_a_conversation_overtakes_what_waits_for_a_plug_in() {
    let server = Server::with(&VARIABLES).await;
    let (portal, engine, plugin) = (server.portal().await, server.engine().await, Plugin::start().await);
    put(&portal, &server.demo().hub(), json!([plugin.stage(json!({}))])).await.ok();
    let conversation = engine.establish("ada").await;
    let other = engine.establish("bob").await;
    plugin.becomes(PluginMood::Silent);
    let say = |words: &'static str| {
        let (engine, conversation) = (engine.clone(), conversation.clone());
        tokio::spawn(async move { engine.say(&conversation, words).await })
    };
    let first = say("first");
    plugin.was_asked(1).await;
    let reply = {
        let (engine, conversation) = (engine.clone(), conversation.clone());
        tokio::spawn(async move { engine.reply(&conversation, "reply").await })
    };
    engine.reply(&other, "elsewhere nobody waits").await;
    plugin.becomes(PluginMood::Answering(json!({})));
    let (first, reply) = (first.await.unwrap(), reply.await.unwrap());
    assert!(first["eventId"].as_i64() < reply["eventId"].as_i64(), "{first} {reply}");
}

#[tokio::test]
async fn a_conversation_holds_as_much_as_is_configured_and_no_more() {
    let variables = [&VARIABLES[..], &[("SWITCHBOARD_PLUGINS__HELD_PER_CONVERSATION", "2")]].concat();
    let server = Server::with(&variables).await;
    let (portal, engine, plugin) = (server.portal().await, server.engine().await, Plugin::start().await);
    put(&portal, &server.demo().hub(), json!([plugin.stage(json!({"onFailure": "hold"}))])).await.ok();
    plugin.becomes(PluginMood::Status(500));
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "one").await;
    engine.say(&conversation, "two").await;
    engine.inbound(&conversation, &text("three")).await.refused(400, "ENG007512");
}
