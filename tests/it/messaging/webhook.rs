//! Registering where a back end hears.

use serde_json::json;

use super::hearing::BackEnd;
use super::{faults, members};
use crate::harness::{Messaging, Server};

const WEBHOOK: &str = "config/webhook";

#[tokio::test]
async fn a_registration_shows_its_token_once_and_another_has_another() {
    let mut server = Server::start().await;
    let messaging = server.messaging();
    let body = json!({"url": "https://www.example.com/webhook"});
    let answer = messaging.send_to(WEBHOOK, &body).await;
    let app = answer.one();
    assert_eq!(answer.json()["data"], app);
    let names = [
        "agentApp",
        "appHook",
        "appHookFrwrd",
        "appMode",
        "appType",
        "config",
        "forward",
        "id",
        "key",
        "keyName",
        "keyVersion",
        "props",
        "queue",
        "readOnly",
        "secret",
        "shared",
        "webhook",
    ];
    assert_eq!(members(&app), names);
    assert_eq!((&app["webhook"], &app["appHook"]), (&body["url"], &body["url"]));
    assert_eq!(app["key"], server.demo().get("/clients/messaging/api_id"));
    let token = app["secret"]["verifyToken"].as_str().unwrap().to_owned();
    assert!(token.len() >= 32, "{token}");
    server.crash().await;
    let again = server.messaging().send_to(WEBHOOK, &body).await.one();
    assert_eq!(again["id"], app["id"], "the same registration");
    assert_ne!(again["secret"]["verifyToken"].as_str().unwrap(), token);
}

#[tokio::test]
async fn a_registration_is_withdrawn_once_and_nothing_is_sent_there_any_more() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let (engine, messaging) = (&back_end.engine, &back_end.messaging);
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "one").await;
    back_end.hears("messages", 1).await;
    let path = Messaging::path(WEBHOOK);
    let withdrawn = messaging.delete(&path).await.one();
    assert_eq!((&withdrawn["webhook"], &withdrawn["secret"]), (&json!(back_end.hook.url()), &json!({})));
    assert_eq!(messaging.delete(&path).await.field_faults(404), faults(&[("url", "NOT_FOUND")]));
    engine.say(&conversation, "two").await;
    let entry = server.portal().await.get("/api/v1/audit?kind=webhook").await.ok()["results"][0].clone();
    assert_eq!((&entry["action"], &entry["id"]), (&json!("deleted"), &withdrawn["id"]));
    messaging.send_to(WEBHOOK, &json!({"url": back_end.hook.url()})).await.one();
    engine.say(&conversation, "three").await;
    let heard = back_end.hears("messages", 2).await;
    let texts: Vec<_> = heard.iter().map(|message| message["text"]["body"].as_str().unwrap()).collect();
    assert_eq!(texts, ["one", "three"]);
}

#[tokio::test]
async fn a_client_that_is_shut_out_hears_nothing_until_it_has_a_key_again() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let (engine, portal) = (&back_end.engine, server.portal().await);
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "one").await;
    back_end.hears("messages", 1).await;
    let client = server.demo().get("/clients/messaging/api_id");
    let client = format!("/api/v1/tenants/clients/{client}");
    portal.delete(&format!("{client}/tokens/1")).await.has_status(200);
    assert_eq!(back_end.messaging.send_to(WEBHOOK, &json!({})).await.status, 401);
    engine.say(&conversation, "two").await;
    portal.post(&format!("{client}/tokens"), &json!({"name": "again"})).await.ok();
    engine.say(&conversation, "three").await;
    let heard = back_end.hears("messages", 2).await;
    let texts: Vec<_> = heard.iter().map(|message| message["text"]["body"].as_str().unwrap()).collect();
    assert_eq!(texts, ["one", "three"], "it was told nothing while it was shut out");
}

#[tokio::test]
async fn an_address_names_no_user_and_no_password() {
    let server = Server::start().await;
    let named = json!({"url": "https://user:word@www.example.com/webhook"});
    let refused = server.messaging().send_to(WEBHOOK, &named).await;
    assert_eq!(refused.field_faults(400), faults(&[("url", "INVALID_VALUE")]));
}

#[tokio::test]
async fn plain_http_is_good_where_webhooks_may_go_over_it() {
    let plain = json!({"url": "http://127.0.0.1:9/hear"});
    let server = Server::start().await;
    let refused = server.messaging().send_to(WEBHOOK, &plain).await;
    assert_eq!(refused.field_faults(400), faults(&[("url", "INVALID_VALUE")]));
    for variable in ["SWITCHBOARD_WEBHOOKS__ALLOW_HTTP", "SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE"] {
        let server = Server::with(&[(variable, "true")]).await;
        assert_eq!(server.messaging().send_to(WEBHOOK, &plain).await.one()["webhook"], plain["url"]);
    }
}

#[tokio::test]
async fn an_address_may_be_as_long_as_it_may_be() {
    let server = Server::start().await;
    let url = format!("https://e.com/{}", "x".repeat(2048 - "https://e.com/".len()));
    server.messaging().send_to(WEBHOOK, &json!({"url": url})).await.one();
}
