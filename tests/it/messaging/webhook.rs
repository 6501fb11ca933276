//! Registering where a back end hears.

use serde_json::json;

use super::{faults, members};
use crate::harness::Server;

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
