//! What can be read of the story afterwards, and that all of it says the same.

use serde_json::{Value, json};

use super::cast::Marks;
use super::scene::Scene;
use super::{STORY, assert_told, story};

/// The history, the messages of the session and the transcripts tell the story, each message by the same number.
pub async fn assert_kept(scene: &Scene) {
    let whole = story(|_| true);
    let history = messages(&scene.engine.history(&scene.chat, "type=customer").await);
    let told: Vec<_> = history.iter().filter_map(|activity| scene.cast.said(activity)).collect();
    assert_told("the customer's history", &told, &whole);
    let numbers: Vec<_> = history.iter().map(|activity| activity["eventId"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert_told("the business's history", &of_the_business(scene).await, &story(|who| who != "Shop"));

    let asked = json!({"sessionId": scene.chat});
    let listed = scene.server.messaging().send_to("session/messages", &asked).await.enveloped();
    let told: Vec<_> = listed.iter().map(|one| scene.cast.said_by(&one["name"], &one["text"])).collect();
    assert_told("the messages of the session", &told, &whole);
    let references: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    assert!(listed.iter().map(|one| &one["messageIdRef"]).eq(&references), "{listed:#?}");

    for (version, marks) in [("v1.0", Marks::Agents), ("v2.0", Marks::Nobody)] {
        let expected = scene.cast.as_in_transcripts(&STORY, marks);
        let body = transcript(scene, version, "json").await;
        let chat = body["chat_json"].as_array().unwrap();
        let part = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        let told = chat.iter().map(|one| super::cast::line(&part(one, "sender"), &part(one, "text")));
        assert_told(version, &told.collect::<Vec<_>>(), &expected);
        assert!(chat.iter().map(|one| &one["message_id"]).eq(&numbers), "{body:#}");
        let lines: String = expected.iter().map(|line| line.replace('\n', "\n    ") + "\n").collect();
        assert_eq!(transcript(scene, version, "text").await, json!({"chat_text": lines}), "{version}");
    }
}

/// What bots and agents said or were told, in its order.
async fn of_the_business(scene: &Scene) -> Vec<String> {
    let mut all = scene.engine.history(&scene.chat, "type=bot").await;
    all.extend(scene.engine.history(&scene.chat, "type=agent").await);
    all.sort_by_key(|activity| activity["eventId"].as_i64());
    all.dedup();
    all.iter().filter_map(|activity| scene.cast.said(activity)).collect()
}

fn messages(history: &[Value]) -> Vec<Value> {
    history.iter().filter(|activity| activity["type"] == "message").cloned().collect()
}

async fn transcript(scene: &Scene, version: &str, form: &str) -> Value {
    let query =
        format!("user_name=ada&business_id={}&conversation_no=1&response_type={form}", scene.business());
    let path = format!("/integration/external/{version}/get_chat_history/?{query}");
    scene.server.demo().handoff().get(&path).await.ok()
}
