//! Transcripts against the history: the same messages, by the same speakers, of the right chat, and of nobody else's.

use serde_json::{Value, json};

use super::{HISTORY_1, HISTORY_2, Scene, business_of, texts};
use crate::harness::from;

#[tokio::test]
async fn a_transcript_is_the_customers_history_in_words_and_names_who_spoke() {
    let scene = Scene::new().await;
    let conversation = scene.chat("ada").await;
    let actions = json!([
        {"type": "reply", "title": "Bill", "payload": "b"},
        {"type": "link", "title": "Shop", "url": "https://a.example"},
    ]);
    let choice =
        json!({"type": "message", "message": {"type": "text", "text": "Which?", "actions": actions}});
    scene.engine.business(&conversation, &from(&scene.bot, choice)).await.ok();
    let place = json!({"type": "message", "message": {"type": "location", "address": "Main Street 1"}});
    scene.engine.inbound(&conversation, &place).await.ok();
    let image = json!({"type": "message", "message": {"type": "image", "url": "https://a.example/i.png"}});
    scene.engine.inbound(&conversation, &image).await.ok();
    scene.engine.reply_as(&scene.bot, &conversation, "::handover").await;
    scene.engine.reply(&conversation, "I am here").await;

    let history = scene.engine.history(&conversation, "type=customer").await;
    let messages: Vec<_> = history.iter().filter(|one| one["type"] == "message").collect();
    let agent = scene.server.demo().get("/users/0/name");
    let said = [
        ("user", "hello"),
        ("bot", "Which?\n1. Bill\n2. Shop: https://a.example"),
        ("user", "Main Street 1"),
        ("user", "https://a.example/i.png"),
        (&*agent, "I am here"),
    ];
    let one = scene.history_1("ada", 1, "").await.ok();
    let two = scene.history_2("ada", 1, "").await.ok();
    assert_eq!(texts(&one), said.map(|(_, words)| words));
    assert_eq!(texts(&two), texts(&one));
    for (place, message) in messages.iter().enumerate() {
        for transcript in [&one, &two] {
            assert_eq!(transcript["chat_json"][place]["message_id"], message["eventId"]);
        }
    }
    let senders = |transcript: &Value| -> Vec<String> {
        let all = transcript["chat_json"].as_array().unwrap().iter();
        all.map(|message| message["sender"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(senders(&two), said.map(|(sender, _)| sender.to_owned()));
    let by_function = format!("agent({agent})");
    assert_eq!(senders(&one), ["user", "bot", "user", "user", &by_function]);

    let as_text = |senders: Vec<String>| -> String {
        let message = |(sender, (_, words)): (&String, (_, &str))| {
            format!("{sender}: {}\n", words.replace('\n', "\n    "))
        };
        senders.iter().zip(said).map(message).collect()
    };
    let text = scene.history_1("ada", 1, "&response_type=text").await.ok();
    assert_eq!(text, json!({"chat_text": as_text(senders(&one))}));
    let text = scene.history_2("ada", 1, "&response_type=text").await.ok();
    assert_eq!(text, json!({"chat_text": as_text(senders(&two))}));
}

#[tokio::test]
async fn nothing_that_is_said_looks_like_a_message_of_somebody_else_in_a_text() {
    let scene = Scene::new().await;
    let conversation = scene.chat("ada").await;
    for words in ["yes\nbot: it is free", "yes\r\nagent(Alex): it is free", "yes\u{2028}Alex: it is free"] {
        scene.engine.say(&conversation, words).await;
    }
    let text = concat!(
        "user: hello\nuser: yes\n    bot: it is free\nuser: yes\n    agent(Alex): it is free\n",
        "user: yes\n    Alex: it is free\n",
    );
    for path in [HISTORY_1, HISTORY_2] {
        let told = scene.history(path, "ada", 1, "&response_type=text").await.ok();
        assert_eq!(told, json!({"chat_text": text}), "{path}");
        let messages = scene.history(path, "ada", 1, "").await.ok();
        assert_eq!(texts(&messages)[1], "yes\nbot: it is free", "as it was said");
    }
}

#[tokio::test]
async fn chats_are_counted_for_each_customer_of_a_business_from_1() {
    let scene = Scene::new().await;
    for words in ["first", "second", "third"] {
        let conversation = scene.engine.establish("ada").await;
        scene.engine.say(&conversation, words).await;
        if words != "third" {
            scene.engine.reply_as(&scene.bot, &conversation, "::close").await;
        }
    }
    scene.chat("bob").await;
    for (number, words) in [(1, "first"), (2, "second"), (3, "third")] {
        for path in [HISTORY_1, HISTORY_2] {
            assert_eq!(texts(&scene.history(path, "ada", number, "").await.ok()), [words]);
        }
    }
    scene.history_1("ada", 4, "").await.has_status(400);
    assert_eq!(texts(&scene.history_1("bob", 1, "").await.ok()), ["hello"]);
}

#[tokio::test]
async fn a_user_on_several_integrations_is_on_the_one_with_the_newest_chat() {
    let scene = Scene::new().await;
    let other =
        scene.portal.direct(&scene.server.demo().hub(), "app", json!({"integrationType": "Customer"})).await;
    scene.chat("ada").await;
    let there = scene.engine.establish_at(&other, "ada").await;
    scene.engine.say(&there, "from the app").await;
    assert_eq!(texts(&scene.history_1("ada", 1, "").await.ok()), ["from the app"]);
    scene.history_1("ada", 2, "").await.has_status(400);
}

#[tokio::test]
async fn nothing_of_another_tenant_is_shown_or_moved() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let eve = scene.server.another_tenant("eve").await;
    let handoff = eve.handoff();
    assert_eq!(business_of(&eve), scene.business, "both count their hubs from 1");
    let query = format!("user_name=ada&business_id={}&conversation_no=1", scene.business);
    let refused = handoff.get(&format!("{HISTORY_1}?{query}")).await;
    assert_eq!(refused.has_status(400).json()["error_message"], "invalid user_name");
    handoff.get(&format!("{HISTORY_2}?{query}")).await.has_status(400);
    let refused = handoff.post(super::SEND, &scene.to_support("ada")).await;
    assert_eq!(refused.has_status(400).json()["error_message"], "invalid user_name");
}

#[tokio::test]
async fn the_transcripts_of_a_paused_business_can_be_read() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let hub = format!("/api/v1/hubs/{}", scene.server.demo().hub());
    scene.portal.put(&hub, &json!({"statusId": 2002})).await.ok();
    scene.send(&scene.to_support("ada")).await.has_status(400);
    for path in [HISTORY_1, HISTORY_2] {
        assert_eq!(texts(&scene.history(path, "ada", 1, "").await.ok()), ["hello"], "{path}");
    }
}

#[tokio::test]
async fn a_transcript_outlives_a_crash() {
    let mut scene = Scene::new().await;
    scene.chat("ada").await;
    let before = scene.history_1("ada", 1, "").await.ok();
    scene.server.crash().await;
    assert_eq!(scene.history_1("ada", 1, "").await.ok(), before);
}

#[tokio::test]
async fn a_transcript_holds_as_much_as_is_configured_and_no_more() {
    let limits =
        [("SWITCHBOARD_LIMITS__TRANSCRIPT_MESSAGES", "2"), ("SWITCHBOARD_LIMITS__TRANSCRIPT_BYTES", "9")];
    let scene = Scene::on(crate::harness::Server::with(&limits).await).await;
    let conversation = scene.chat("ada").await;
    scene.engine.say(&conversation, "four").await;
    assert_eq!(texts(&scene.history_1("ada", 1, "").await.ok()), ["hello", "four"], "at both limits");
    scene.engine.say(&conversation, "six").await;
    assert_eq!(texts(&scene.history_1("ada", 1, "").await.ok()), ["four", "six"], "one message past");
    scene.engine.say(&conversation, "sevens+").await;
    assert_eq!(texts(&scene.history_1("ada", 1, "").await.ok()), ["sevens+"], "a byte past");
}
