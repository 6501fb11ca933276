//! What a back end's webhook was sent, what became of it, and having it sent again.

use serde_json::{Value, json};

use super::hearing::BackEnd;
use crate::harness::{Server, TO_THIS_MACHINE, eventually};

const DELIVERIES: &str = "/xms/api/v1/config/webhook/deliveries";
const UNKNOWN: &str = "00000000-0000-0000-0000-000000000001";

/// A server that tries once and gives up.
async fn impatient() -> Server {
    Server::with(&[TO_THIS_MACHINE, ("SWITCHBOARD_WEBHOOKS__RETRY_DELAYS_SECONDS", "0")]).await
}

impl BackEnd {
    /// What the webhook was sent that stands so, once nothing waits any more: a session brings more than messages.
    async fn settled(&self, status: &str) -> Vec<Value> {
        let page = async |status: &str| {
            self.messaging.get(&format!("{DELIVERIES}?pageSize=100&status={status}")).await.one()
        };
        eventually("nothing that waits", async || (page("pending").await["total"] == 0).then_some(())).await;
        page(status).await["results"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn what_an_app_missed_is_listed_and_sent_again_on_request() {
    let server = impatient().await;
    let back_end = BackEnd::of(&server).await;
    back_end.hook.answers_next([503]);
    let conversation = back_end.engine.establish("ada").await;
    back_end.engine.say(&conversation, "hello").await;
    let dead = back_end.settled("dead").await.remove(0);
    let attempt = &dead["attempts"][0];
    assert_eq!((&dead["conversationId"], &dead["url"]), (&json!(conversation), &json!(back_end.hook.url())));
    assert_eq!((&dead["nextAttemptAt"], &attempt["statusCode"]), (&Value::Null, &json!(503)));

    let id = dead["deliveryId"].as_str().unwrap();
    let replay = format!("config/webhook/deliveries/{id}/replay");
    let replayed = back_end.messaging.send_to(&replay, &json!({})).await.one();
    assert_eq!((&replayed["deliveryId"], &replayed["status"]), (&dead["deliveryId"], &json!("pending")));
    let delivered = back_end.settled("delivered").await;
    assert!(delivered.iter().any(|one| one["deliveryId"] == id), "{delivered:#?}");
    let portal = server.portal().await;
    let entry = portal.get("/api/v1/audit?kind=delivery").await.ok()["results"][0].clone();
    let told = ["action", "id", "name"].map(|member| entry[member].clone());
    assert_eq!(told, [json!("replayed"), dead["deliveryId"].clone(), json!(back_end.hook.url())]);
}

#[tokio::test]
async fn all_that_an_app_missed_since_a_moment_is_sent_again() {
    let server = impatient().await;
    let back_end = BackEnd::of(&server).await;
    let conversation = back_end.engine.establish("ada").await;
    back_end.hook.answers_next([500]);
    back_end.engine.say(&conversation, "hello").await;
    let dead = back_end.settled("dead").await.len();
    assert!(dead > 0);
    let replay = "config/webhook/deliveries/replay";
    let late = json!({"since": "2999-01-01"});
    assert_eq!(back_end.messaging.send_to(replay, &late).await.one(), json!({"replayed": 0}));
    let since = json!({"since": "2026-01-01"});
    assert_eq!(back_end.messaging.send_to(replay, &since).await.one(), json!({"replayed": dead}));
    assert_eq!(back_end.settled("dead").await, [] as [Value; 0]);
}

#[tokio::test]
async fn deliveries_come_in_pages_and_what_cannot_be_asked_is_told_by_its_fault() {
    let server = impatient().await;
    let back_end = BackEnd::of(&server).await;
    let conversation = back_end.engine.establish("ada").await;
    for words in ["one", "two"] {
        back_end.engine.say(&conversation, words).await;
    }
    let all = back_end.settled("delivered").await;
    let second = back_end.messaging.get(&format!("{DELIVERIES}?pageNumber=1&pageSize=1")).await.one();
    let told = ["pageNumber", "pageSize", "total"].map(|member| second[member].clone());
    assert_eq!(told, [json!(1), json!(1), json!(all.len())]);
    assert_eq!(second["results"][0]["deliveryId"], all[1]["deliveryId"]);
    for (query, field) in [
        ("status=lost", "status"),
        ("pageNumber=-1", "pageNumber"),
        ("pageSize=0", "pageSize"),
        ("pageSize=101", "pageSize"),
    ] {
        let refused = back_end.messaging.get(&format!("{DELIVERIES}?{query}")).await;
        assert_eq!(refused.field_faults(400), [(field.to_owned(), "INVALID_VALUE".to_owned())], "{query}");
    }
    for id in [UNKNOWN, "7"] {
        let path = format!("config/webhook/deliveries/{id}/replay");
        let refused = back_end.messaging.send_to(&path, &json!({})).await;
        assert_eq!(refused.field_faults(404), [("deliveryId".to_owned(), "NOT_FOUND".to_owned())], "{id}");
    }
}

#[tokio::test]
async fn an_app_sees_and_replays_nothing_of_another_organization() {
    let server = impatient().await;
    let back_end = BackEnd::of(&server).await;
    let conversation = back_end.engine.establish("ada").await;
    back_end.engine.say(&conversation, "hello").await;
    let id = back_end.settled("delivered").await[0]["deliveryId"].as_str().unwrap().to_owned();
    let calls = back_end.hook.calls().len();
    let other = server.another_tenant("Other").await;
    let stranger = server
        .messaging()
        .with_header("x-api-id", &other.get("/clients/messaging/api_id"))
        .with_header("x-api-key", &other.get("/clients/messaging/api_key"));
    assert_eq!(stranger.get(DELIVERIES).await.one()["total"], 0);
    let replay = format!("{DELIVERIES}/{id}/replay");
    assert_eq!(stranger.post(&replay, &json!({})).await.field_faults(404)[0].1, "NOT_FOUND");
    assert_eq!(back_end.hook.calls().len(), calls);
}
