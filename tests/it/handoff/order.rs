//! Of several mistakes in one call the first is told, in the documented order: what is missing before what cannot be,
//! and that before what is not there.

use serde_json::{Value, json};

use super::{HISTORY_1, HISTORY_2, INVALID_GROUP, NO_GROUP, NOBODY, NOT_DECODED, PXUT, Scene};
use crate::harness::Answer;

/// A mistake: a parameter, what stands in its place, and how it is told.
type Mistake<'m> = (&'m str, Value, &'m str);

/// Makes every two of the mistakes in one call: the one that comes first in the list is told.
async fn assert_order(right: &Value, mistakes: &[Mistake<'_>], call: impl AsyncFn(&Value) -> Answer) {
    for (place, (parameter, value, message)) in mistakes.iter().enumerate() {
        let later = mistakes[place + 1..].iter().filter(|(other, ..)| other != parameter);
        let both = later.map(|(other, its_value, _)| (*other, its_value));
        for (other, its_value) in both.chain([(*parameter, value)]) {
            let mut body = right.clone();
            body[other] = its_value.clone();
            body[*parameter] = value.clone();
            let answer = call(&body).await;
            assert_eq!(answer.has_status(400).json()["error_message"], *message, "{body}");
        }
    }
}

/// Ada has a chat, Eve a chat that is over, and nobody has said anything in the chat of `silent`.
async fn scene() -> Scene {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    scene.engine.establish("silent").await;
    let over = scene.chat("eve").await;
    scene.engine.reply_as(&scene.bot, &over, "::close").await;
    scene
}

#[tokio::test]
async fn mistakes_in_moving_a_chat_are_told_in_order() {
    let scene = scene().await;
    let (hub, paused) = (scene.portal.hub("Paused").await, scene.business + 1);
    scene.portal.put(&format!("/api/v1/hubs/{hub}"), &json!({"statusId": 2002})).await.ok();
    let night = json!({"name": "Night", "state": "inactive"});
    scene.portal.post("/api/v1/teams", &night).await.ok();
    let is_paused = format!("business \"{paused}\" is inactive");
    let mistakes = [
        ("user_name", Value::Null, "user_name missing in the request"),
        ("business_id", json!(" "), "business_id missing in the request"),
        ("team_name", Value::Null, "team_name missing in the request"),
        ("user_name", json!(5), "invalid user_name"),
        ("business_id", json!("first"), "invalid business_id provided"),
        ("team_name", json!(5), "invalid team_name provided"),
        ("countdown", json!(11), "invalid countdown provided"),
        ("user_name", json!("nobody"), "invalid user_name"),
        ("business_id", json!(99), "invalid business_id provided"),
        ("business_id", json!(paused), &is_paused),
        ("team_name", json!("Nobody"), "invalid team_name provided"),
        ("team_name", json!("nIGHT"), "team \"nIGHT\" is inactive"),
        ("user_name", json!("silent"), "user has not sent a message"),
        ("user_name", json!("eve"), "the chat has ended"),
    ];
    assert_order(&scene.to_support("ada"), &mistakes, async |body| scene.send(body).await).await;
}

impl Scene {
    /// A transcript that is asked for by a body, which can hold other types than texts.
    async fn ask(&self, path: &str, body: &Value) -> Answer {
        self.handoff.send("GET", path, Some("application/json"), body.to_string()).await
    }
}

#[tokio::test]
async fn mistakes_in_asking_for_a_transcript_are_told_in_order() {
    let scene = scene().await;
    let right = json!({"user_name": "ada", "business_id": scene.business, "conversation_no": 1});
    let version_1 = [
        ("user_name", json!(""), "user_name missing"),
        ("business_id", Value::Null, "business_id missing"),
        ("conversation_no", Value::Null, "conversation_no missing"),
        ("user_name", json!(5), "invalid user_name"),
        ("business_id", json!("first"), "invalid business_id"),
        ("conversation_no", json!(0), "invalid conversation_no"),
        ("limit", json!(0), "invalid limit"),
        ("response_type", json!("xml"), "invalid response_type"),
        ("user_name", json!("nobody"), "invalid user_name"),
        ("business_id", json!(99), "invalid business_id"),
        ("conversation_no", json!(2), "invalid conversation_no"),
        ("user_name", json!("silent"), "user has not sent a message"),
    ];
    assert_order(&right, &version_1, async |body| scene.ask(HISTORY_1, body).await).await;
    let version_2 = [
        ("user_name", json!(""), NO_GROUP),
        ("business_id", Value::Null, NO_GROUP),
        ("conversation_no", Value::Null, NO_GROUP),
        ("business_id", json!("first"), "Invalid business_id"),
        ("user_name", json!(5), INVALID_GROUP),
        ("conversation_no", json!(0), INVALID_GROUP),
        ("limit", json!(0), "Invalid limit"),
        ("response_type", json!("xml"), "Invalid response_type"),
        ("user_name", json!("nobody"), NOBODY),
        ("business_id", json!(99), NOBODY),
        ("conversation_no", json!(2), "Invalid conversation_no"),
        ("user_name", json!("silent"), NOBODY),
    ];
    assert_order(&right, &version_2, async |body| scene.ask(HISTORY_2, body).await).await;
}

#[tokio::test]
async fn mistakes_in_what_a_token_is_asked_for_and_used_for_are_told_in_order() {
    let scene = scene().await;
    let right = json!({"user_name": "ada", "business_id": scene.business});
    let minting = [
        ("user_name", Value::Null, NO_GROUP),
        ("business_id", Value::Null, NO_GROUP),
        ("business_id", json!("first"), "Invalid business_id"),
        ("user_name", json!(5), "Invalid user_name"),
        ("user_name", json!("nobody"), NOBODY),
        ("business_id", json!(99), NOBODY),
        ("user_name", json!("silent"), NOBODY),
    ];
    assert_order(&right, &minting, async |body| scene.handoff.post(PXUT, body).await).await;
    let pxut = scene.handoff.post(PXUT, &right).await.ok()["pxut"].clone();
    let using = [
        ("pxut", Value::Null, NO_GROUP),
        ("conversation_no", Value::Null, NO_GROUP),
        ("pxut", json!(5), INVALID_GROUP),
        ("conversation_no", json!(0), INVALID_GROUP),
        ("limit", json!(0), "Invalid limit"),
        ("response_type", json!("xml"), "Invalid response_type"),
        ("pxut", json!("x"), NOT_DECODED),
        ("conversation_no", json!(2), "Invalid conversation_no"),
    ];
    let right = json!({"pxut": pxut, "conversation_no": 1});
    assert_order(&right, &using, async |body| scene.ask(HISTORY_2, body).await).await;
}
