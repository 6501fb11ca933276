//! Each documented field: what it takes, and what it is answered with.

use serde_json::{Value, json};

use super::{HISTORY_1, HISTORY_2, PXUT, SEND, Scene, shown, texts};
use crate::harness::event_payload;

#[tokio::test]
async fn a_chat_is_moved_with_numbers_as_numbers_and_as_texts_at_either_address() {
    let scene = Scene::new().await;
    let session = scene.server.streaming().await.session(&scene.server.demo().user()).await;
    let business = scene.business;
    let without_slash = SEND.trim_end_matches('/');
    let asked = [
        (SEND, json!(business), Value::Null, "10"),
        (without_slash, json!(business.to_string()), json!(10), "10"),
        (SEND, json!(business), json!(5), "5"),
        (SEND, json!(business), json!(6), "6"),
        (SEND, json!(business), json!(8), "8"),
        (SEND, json!(business), json!(9), "9"),
        (without_slash, json!(business), json!("5"), "5"),
        (SEND, json!(business), json!(""), "10"),
        (SEND, json!(format!(" {business} ")), json!("7"), "7"),
    ];
    for (place, (path, business_id, countdown, seconds)) in asked.into_iter().enumerate() {
        // Each has a chat of its own: how far the countdown of another has come does not matter.
        let name = format!("customer-{place}");
        scene.chat(&name).await;
        let mut body = scene.to_support(&name);
        body["business_id"] = business_id;
        body["countdown"] = countdown;
        assert_eq!(scene.handoff.post(path, &body).await.ok(), json!({"success": true}));
        let announced = loop {
            let told = session.collect(1).await.remove(0);
            if told["eventType"] == "engagementCenter.PreviewScreenPop" {
                break told;
            }
        };
        assert_eq!(shown(&event_payload(&announced), "countdown"), seconds, "{body}");
    }
}

#[tokio::test]
async fn a_body_without_a_content_type_is_read_as_json() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let answer = scene.handoff.send("POST", SEND, None, scene.to_support("ada").to_string()).await;
    assert_eq!(answer.ok(), json!({"success": true}));
}

#[tokio::test]
async fn a_team_is_named_in_any_case_of_letters_and_works_again_once_it_is_active() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let team = format!("/api/v1/teams/{}", scene.server.demo().get("/team/teamId"));
    let mut body = scene.to_support("ada");
    body["team_name"] = "sUPPORT".into();
    for (state, status) in [("active", 200), ("inactive", 400), ("ACTIVE", 200)] {
        scene.portal.put(&team, &json!({"state": state})).await.ok();
        scene.send(&body).await.has_status(status);
        let kept = scene.portal.get(&team).await.ok()["state"].clone();
        assert_eq!(kept, state.to_lowercase());
    }
}

#[tokio::test]
async fn a_transcript_has_the_documented_members_in_either_version_at_either_address() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    for path in [HISTORY_1, HISTORY_2] {
        for path in [path, path.trim_end_matches('/')] {
            let body = scene.history(path, "ada", 1, "").await.ok();
            let [message] = &body["chat_json"].as_array().unwrap()[..] else { panic!("{body:#}") };
            let members: Vec<_> = message.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(members, ["text", "sender", "message_id", "timestamp"]);
            assert_eq!((&message["text"], &message["sender"]), (&json!("hello"), &json!("user")));
            assert!(message["message_id"].is_i64());
            let timestamp = message["timestamp"].as_str().unwrap();
            let shape: String =
                timestamp.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
            assert!(
                ["00/00/00 00:00:00 AM UTC", "00/00/00 00:00:00 PM UTC"].contains(&&*shape),
                "{timestamp}"
            );
            assert_eq!(body.as_object().unwrap().len(), 1);
            let body = scene.history(path, "ada", 1, "&response_type=text").await.ok();
            assert_eq!(body, json!({"chat_text": "user: hello\n"}));
        }
    }
}

#[tokio::test]
async fn a_form_is_asked_for_by_either_spelling_in_version_1() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    for (rest, member) in [
        ("", "chat_json"),
        ("&response_type=json", "chat_json"),
        ("&response_type=TEXT", "chat_text"),
        ("&respose_type=text", "chat_text"),
        ("&respose_type=text&response_type=json", "chat_json"),
        ("&response_type=", "chat_json"),
    ] {
        let body = scene.history_1("ada", 1, rest).await.ok();
        assert!(body.get(member).is_some(), "{rest}: {body}");
    }
}

#[tokio::test]
async fn a_limit_takes_the_newest_and_shows_them_in_their_order() {
    let scene = Scene::new().await;
    let conversation = scene.chat("ada").await;
    for words in ["one", "two", "three"] {
        scene.engine.reply_as(&scene.bot, &conversation, words).await;
    }
    let all = ["hello", "one", "two", "three"];
    for (rest, from) in
        [("", 0), ("&limit=4", 0), ("&limit=5", 0), ("&limit=2", 2), ("&limit=1", 3), ("&limit=", 0)]
    {
        for path in [HISTORY_1, HISTORY_2] {
            let body = scene.history(path, "ada", 1, rest).await.ok();
            assert_eq!(texts(&body), all[from..], "{rest}");
        }
    }
}

#[tokio::test]
async fn parameters_of_a_transcript_may_stand_in_a_body_and_those_of_the_query_go_before() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let business = scene.business;
    let body = json!({"user_name": "ada", "business_id": business, "conversation_no": 1, "limit": "1"});
    for path in [HISTORY_1, HISTORY_2] {
        let json = Some("application/json");
        let answer = scene.handoff.send("GET", path, json, body.to_string()).await;
        assert_eq!(texts(&answer.ok()), ["hello"]);
        let other = format!("{path}?user_name=nobody");
        scene.handoff.send("GET", &other, json, body.to_string()).await.has_status(400);
        let announced = scene.handoff.with_header("content-type", "application/json");
        let query = format!("{path}?user_name=ada&business_id={business}&conversation_no=1");
        announced.get(&query).await.ok();
    }
}

#[tokio::test]
async fn the_numbers_of_a_transcript_are_taken_as_numbers_and_as_texts() {
    let scene = Scene::new().await;
    let conversation = scene.chat("ada").await;
    scene.engine.reply_as(&scene.bot, &conversation, "one").await;
    let business = scene.business;
    let pxut = scene.handoff.post(PXUT, &json!({"user_name": "ada", "business_id": business})).await.ok();
    for (business, number, limit) in [
        (json!(business), json!(1), json!(1)),
        (json!(business.to_string()), json!(1), json!("1")),
        (json!(business), json!("1"), json!(" 1 ")),
    ] {
        let mut body =
            json!({"business_id": business, "user_name": "ada", "conversation_no": number, "limit": limit});
        for path in [HISTORY_1, HISTORY_2] {
            let answer = scene.handoff.send("GET", path, Some("application/json"), body.to_string()).await;
            assert_eq!(texts(&answer.ok()), ["one"], "{path} {body}");
        }
        for name in ["business_id", "user_name"] {
            body.as_object_mut().unwrap().remove(name);
        }
        body["pxut"] = pxut["pxut"].clone();
        let answer = scene.handoff.send("GET", HISTORY_2, Some("application/json"), body.to_string()).await;
        assert_eq!(texts(&answer.ok()), ["one"], "{body}");
    }
}

#[tokio::test]
async fn a_token_is_minted_at_either_address_and_says_how_long_it_is_good() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let body = json!({"user_name": "ada", "business_id": scene.business.to_string()});
    for path in [PXUT.to_owned(), format!("{PXUT}/")] {
        let minted = scene.handoff.post(&path, &body).await.ok();
        assert!(minted["pxut"].as_str().is_some_and(|token| token.len() > 40), "{minted}");
        assert_eq!(minted["expires_in"], 2_592_000);
    }
}
