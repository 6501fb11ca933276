//! Tokens that stand for a user: good with the client that asked for them, and nothing else is.

use serde_json::json;

use super::{HISTORY_2, PXUT, Scene, texts};

async fn minted(scene: &Scene, user: &str) -> String {
    let body = json!({"user_name": user, "business_id": scene.business});
    scene.handoff.post(PXUT, &body).await.ok()["pxut"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_finds_the_chat_of_its_user_and_counts_only_without_the_first_group() {
    let mut scene = Scene::new().await;
    scene.chat("ada").await;
    let bobs = scene.engine.establish("bob").await;
    scene.engine.say(&bobs, "I am Bob").await;
    let token = minted(&scene, "ada").await;
    let by_token = format!("{HISTORY_2}?pxut={token}&conversation_no=1");
    assert_eq!(texts(&scene.handoff.get(&by_token).await.ok()), ["hello"]);
    let both = format!("&pxut={token}");
    assert_eq!(texts(&scene.history_2("bob", 1, &both).await.ok()), ["I am Bob"], "the first is preferred");
    let half = format!("{by_token}&user_name=bob");
    assert_eq!(texts(&scene.handoff.get(&half).await.ok()), ["hello"], "the first is not whole");
    let json = Some("application/json");
    let body = json!({"pxut": token, "conversation_no": 1}).to_string();
    assert_eq!(texts(&scene.handoff.send("GET", HISTORY_2, json, body).await.ok()), ["hello"]);
    scene.server.crash().await;
    assert_eq!(texts(&scene.handoff.get(&by_token).await.ok()), ["hello"], "nothing of it is kept");
}

#[tokio::test]
async fn a_token_that_is_none_of_the_client_s_is_not_decoded() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let token = minted(&scene, "ada").await;
    let eve = scene.server.another_tenant("eve").await;
    let refused = eve.handoff().get(&format!("{HISTORY_2}?pxut={token}&conversation_no=1")).await;
    let message = "Unable to decode pxut-client_id pair";
    assert_eq!(refused.has_status(400).json()["error_message"], message);
    let (claims, signature) = token.split_once('.').unwrap();
    let shorter = &token[..token.len() - 1];
    for wrong in [claims, signature, shorter, "tw389ysgd._aksdjknsk-545641964-B", &format!("{token}A")] {
        let refused = scene.handoff.get(&format!("{HISTORY_2}?pxut={wrong}&conversation_no=1")).await;
        assert_eq!(refused.has_status(400).json()["error_message"], message, "{wrong}");
    }
}
