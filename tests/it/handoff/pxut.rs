//! Tokens that stand for a user: good with the client that asked for them, and nothing else is.

use serde_json::json;

use super::{HISTORY_2, NOBODY, NOT_DECODED, PXUT, Scene, texts};
use crate::harness::{Answer, Http, Server, eventually};

/// Seconds after which a token of a test expires: enough to begin on a busy machine what is to end then.
const LATER: &str = "5";

async fn minted(scene: &Scene, user: &str) -> String {
    minted_by(&scene.handoff, scene.business, user).await
}

async fn minted_by(handoff: &Http, business: i64, user: &str) -> String {
    let body = json!({"user_name": user, "business_id": business});
    handoff.post(PXUT, &body).await.ok()["pxut"].as_str().unwrap().to_owned()
}

/// The first chat of whom a token stands for.
async fn read(scene: &Scene, token: &str) -> Answer {
    scene.handoff.get(&format!("{HISTORY_2}?pxut={token}&conversation_no=1")).await
}

#[track_caller]
fn refused(answer: &Answer, message: &str) {
    assert_eq!(answer.has_status(400).json()["error_message"], message, "{answer}");
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
    let by_eve = eve.handoff().get(&format!("{HISTORY_2}?pxut={token}&conversation_no=1")).await;
    refused(&by_eve, NOT_DECODED);
    let (claims, signature) = token.split_once('.').unwrap();
    let shorter = &token[..token.len() - 1];
    for wrong in [claims, signature, shorter, "tw389ysgd._aksdjknsk-545641964-B", &format!("{token}A")] {
        refused(&read(&scene, wrong).await, NOT_DECODED);
    }
}

#[tokio::test]
async fn a_token_ends_with_the_secret_that_it_was_asked_for_with() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let client = scene.server.demo().get("/clients/handoff/client_id");
    let secrets = format!("/api/v1/tenants/clients/{client}/tokens");
    let secret = scene.portal.post(&secrets, &json!({"name": "to be deleted"})).await.ok();
    let by_secret = scene.handoff.with_token(secret["token"].as_str().unwrap());
    let token = minted_by(&by_secret, scene.business, "ada").await;
    assert_eq!(texts(&read(&scene, &token).await.ok()), ["hello"], "it is the client's, by whichever secret");
    scene.portal.delete(&format!("{secrets}/{}", secret["id"])).await.has_status(200);
    refused(&read(&scene, &token).await, NOT_DECODED);
}

#[tokio::test]
async fn a_token_expires() {
    let lifetime = [("SWITCHBOARD_AUTH__TOKEN_LIFETIME_SECONDS", LATER)];
    let scene = Scene::on(Server::with(&lifetime).await).await;
    scene.chat("ada").await;
    let token = minted(&scene, "ada").await;
    let answer = eventually("the end of a token", async || {
        let answer = read(&scene, &token).await;
        (answer.status != 200).then_some(answer)
    })
    .await;
    refused(&answer, NOT_DECODED);
}

#[tokio::test]
async fn a_token_for_a_deleted_business_never_stands_for_another() {
    let mut scene = Scene::new().await;
    scene.chat("ada").await;
    let hub = scene.portal.hub("Doomed").await;
    let customer = scene.portal.direct(&hub, "customer", json!({"integrationType": "Customer"})).await;
    scene.portal.direct(&hub, "bot", json!({"integrationType": "Bot"})).await;
    let chat = scene.engine.establish_at(&customer, "ada").await;
    scene.engine.say(&chat, "I am elsewhere").await;
    let doomed = scene.business + 1;
    let token = minted_by(&scene.handoff, doomed, "ada").await;
    assert_eq!(texts(&read(&scene, &token).await.ok()), ["I am elsewhere"]);
    scene.portal.delete(&format!("/api/v1/hubs/{hub}")).await.has_status(200);
    refused(&read(&scene, &token).await, NOBODY);

    scene.server.crash().await;
    let portal = scene.server.portal().await;
    let next = portal.hub("Next").await;
    let customer = portal.direct(&next, "customer", json!({"integrationType": "Customer"})).await;
    portal.direct(&next, "bot", json!({"integrationType": "Bot"})).await;
    let engine = scene.server.engine().await;
    let chat = engine.establish_at(&customer, "ada").await;
    engine.say(&chat, "I am new here").await;
    refused(&read(&scene, &token).await, NOBODY);
    let token = minted_by(&scene.handoff, doomed + 1, "ada").await;
    assert_eq!(texts(&read(&scene, &token).await.ok()), ["I am new here"]);
}
