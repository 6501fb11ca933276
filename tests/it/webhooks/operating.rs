//! What operators see of webhooks: deliveries and what became of them, notifications, events, metrics, replays.

use serde_json::{Value, json};

use super::post_office::PostOffice;
use crate::harness::{Hook, Portal, Server, TO_THIS_MACHINE, event_payload, eventually, run};

/// A server that tries once and gives up, and an agent behind a webhook.
struct Desk {
    server: Server,
    portal: Portal,
    hook: Hook,
    agent: String,
    conversation: String,
}

const UNKNOWN: &str = "00000000-0000-0000-0000-000000000001";

impl Desk {
    async fn open() -> Self {
        Self::with(&[]).await
    }

    async fn with(variables: &[(&str, &str)]) -> Self {
        let own = [TO_THIS_MACHINE, ("SWITCHBOARD_WEBHOOKS__RETRY_DELAYS_SECONDS", "0")];
        let server = Server::with(&[&own, variables].concat()).await;
        let (portal, hook) = (server.portal().await, Hook::start().await);
        let hub = portal.hub("Support").await;
        let customer = portal.direct(&hub, "customer", json!({"integrationType": "Customer"})).await;
        let configuration = json!({"integrationType": "Agent", "webhookUrl": hook.url()});
        let agent = portal.direct(&hub, "desk", configuration).await;
        let conversation = server.engine().await.establish_at(&customer, "ada").await;
        Self { server, portal, hook, agent, conversation }
    }

    async fn say(&self, words: &str) {
        self.server.engine().await.say(&self.conversation, words).await;
    }

    fn path(&self) -> String {
        format!("/api/v1/integrations/{}/deliveries", self.agent)
    }

    async fn listed(&self, query: &str) -> Vec<Value> {
        let page = self.portal.get(&format!("{}{query}", self.path())).await.ok();
        page["results"].as_array().unwrap().clone()
    }

    /// Waits until so many deliveries stand so.
    async fn lists(&self, status: &str, count: usize) -> Vec<Value> {
        let query = format!("?status={status}");
        eventually(status, async || {
            let listed = self.listed(&query).await;
            (listed.len() == count).then_some(listed)
        })
        .await
    }

    async fn notifications(&self) -> Vec<Value> {
        let path = format!("/api/v1/notifications?integrationId={}", self.agent);
        self.portal.get(&path).await.ok()["results"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_delivery_is_listed_with_its_attempts() {
    let desk = Desk::open().await;
    desk.say("hello").await;
    let delivered = desk.lists("delivered", 1).await;
    let attempt = &delivered[0]["attempts"][0];
    assert_eq!(
        delivered[0],
        json!({"deliveryId": delivered[0]["deliveryId"], "conversationId": desk.conversation,
            "url": desk.hook.url(), "status": "delivered", "createdAt": delivered[0]["createdAt"],
            "nextAttemptAt": null, "attempts": [{"at": attempt["at"], "statusCode": 200, "error": null,
                "durationMs": attempt["durationMs"]}]})
    );
    assert!(attempt["durationMs"].is_u64() && attempt["at"].as_str().unwrap() > "2026", "{attempt}");
    assert!(desk.server.http().get("/metrics").await.text.contains("webhook_calls_total{outcome=\"2xx\"} 1"));
}

#[tokio::test]
async fn a_delivery_that_was_given_up_is_notified_heard_and_sent_again_on_request() {
    let desk = Desk::open().await;
    let session = desk.server.streaming().await.session("whoever").await;
    desk.hook.answers_next([503]);
    desk.say("hello").await;
    let dead = desk.lists("dead", 1).await.remove(0);
    assert_eq!(dead["attempts"][0]["statusCode"], 503);
    assert!(!dead["attempts"][0]["error"].as_str().unwrap().is_empty(), "{dead}");

    let notifications = eventually("a notification", async || desk.notifications().await.pop()).await;
    let expected = json!({"notificationId": notifications["notificationId"],
        "dateTime": notifications["dateTime"], "reason": "exhausted", "integrationId": desk.agent,
        "conversationId": desk.conversation, "count": 1, "deliveries": [dead["deliveryId"]],
        "lastAttempt": dead["attempts"][0]});
    assert_eq!(notifications, expected);
    let heard = session.collect(1).await.remove(0);
    assert_eq!(
        (&heard["eventType"], &heard["kind"]),
        (&json!("messaging.DeliveryFailed"), &json!("via#messagingEvent"))
    );
    let said = json!({"integrationId": desk.agent, "conversationId": desk.conversation,
        "reason": "exhausted", "deliveries": 1, "notifications": 1, "statusCode": 503});
    assert_eq!(event_payload(&heard), said);
    let metrics = desk.server.http().get("/metrics").await.text;
    for line in ["webhook_deliveries_given_up_total{reason=\"exhausted\"} 1", "webhooks_failing 1"] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }

    let id = dead["deliveryId"].as_str().unwrap();
    let replayed = desk.portal.post(&format!("{}/{id}/replay", desk.path()), &json!({})).await.ok();
    assert_eq!((&replayed["deliveryId"], &replayed["status"]), (&dead["deliveryId"], &json!("pending")));
    let delivered = desk.lists("delivered", 1).await.remove(0);
    let statuses = [0, 1].map(|place: usize| delivered["attempts"][place]["statusCode"].clone());
    assert_eq!(statuses, [json!(503), json!(200)], "what was tried before is remembered");
    let calls = desk.hook.calls();
    let ids = [0, 1].map(|place: usize| calls[place].header("webhook-id"));
    assert_eq!(ids[0], ids[1], "whoever is called knows it again");
    let entry = desk.portal.get("/api/v1/audit?kind=delivery").await.ok()["results"][0].clone();
    let told = ["action", "id", "name"].map(|member| entry[member].clone());
    assert_eq!(told, [json!("replayed"), dead["deliveryId"].clone(), json!("desk")]);
}

#[tokio::test]
async fn all_that_was_given_up_since_a_moment_is_sent_again_in_its_order() {
    let desk = Desk::open().await;
    desk.hook.answers_next([500; 3]);
    for (words, count) in [("early", 1), ("first", 2), ("second", 3)] {
        desk.say(words).await;
        desk.lists("dead", count).await;
    }
    let dead = desk.lists("dead", 3).await;
    let since = json!({"since": dead[1]["createdAt"]});
    let replay = format!("{}/replay", desk.path());
    assert_eq!(desk.portal.post(&replay, &since).await.ok(), json!({"replayed": 2}));
    desk.lists("delivered", 2).await;
    assert_eq!(desk.hook.taken(), ["first", "second"]);
    assert_eq!(desk.lists("dead", 1).await[0]["deliveryId"], dead[2]["deliveryId"]);
    let late = json!({"since": "2999-01-01"});
    assert_eq!(desk.portal.post(&replay, &late).await.ok(), json!({"replayed": 0}));
    let audit = desk.portal.get(&format!("/api/v1/audit?id={}", desk.agent)).await.ok();
    let entry = &audit["results"][0];
    assert_eq!((&entry["action"], &entry["kind"]), (&json!("replayed"), &json!("integration")));
}

#[tokio::test]
async fn a_webhook_that_wants_nothing_any_more_is_notified_once_and_goes_on_when_asked_to() {
    let desk = Desk::open().await;
    desk.hook.answers_next([410]);
    desk.say("one").await;
    desk.lists("dead", 1).await;
    desk.say("two").await;
    desk.lists("dead", 2).await;
    assert_eq!(desk.hook.calls().len(), 1, "the second was not sent");
    let notifications = desk.notifications().await;
    let reasons: Vec<_> = notifications.iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["stopped"]);

    let since = json!({"since": "2026-01-01"});
    desk.portal.post(&format!("{}/replay", desk.path()), &since).await.ok();
    desk.lists("delivered", 2).await;
    desk.say("three").await;
    desk.lists("delivered", 3).await;
}

#[tokio::test]
async fn what_waits_is_on_the_metrics_page() {
    let desk = Desk::with(&[
        ("SWITCHBOARD_WEBHOOKS__COUNT_SECONDS", "1"),
        ("SWITCHBOARD_WEBHOOKS__RETRY_DELAYS_SECONDS", "0,600"),
    ])
    .await;
    desk.hook.answers_next([503]);
    desk.say("one").await;
    desk.say("two").await;
    let metrics = eventually("two deliveries that wait", async || {
        let page = desk.server.http().get("/metrics").await.text;
        page.lines().any(|line| line == "webhook_deliveries_pending 2").then_some(page)
    })
    .await;
    assert!(metrics.contains("\nwebhook_deliveries_pending_oldest_seconds "), "{metrics}");
}

#[tokio::test]
async fn operators_are_mailed_where_a_server_for_it_is_configured() {
    let mut office = PostOffice::open().await;
    let port = office.port.to_string();
    let desk = Desk::with(&[
        ("SWITCHBOARD_SMTP__HOST", "127.0.0.1"),
        ("SWITCHBOARD_SMTP__PORT", &port),
        ("SWITCHBOARD_SMTP__SECURITY", "none"),
        ("SWITCHBOARD_SMTP__TO", "other=other@b.example,demo=ops@b.example"),
    ])
    .await;
    desk.hook.answers_next([500]);
    desk.say("hello").await;
    let mail = office.mail().await;
    assert!(mail.contains("RCPT TO:<ops@b.example>") && !mail.contains("other@b.example"), "{mail}");
    assert!(mail.contains("Subject: [demo] The webhook of \"desk\" fails"), "{mail}");
    assert!(!mail.contains("hello"), "what was said stays in the conversation: {mail}");
}

#[tokio::test]
async fn what_cannot_be_asked_is_told_by_its_code() {
    let desk = Desk::open().await;
    let (path, portal) = (desk.path(), &desk.portal);
    portal.get(&format!("{path}?status=lost")).await.refused(400, "PRT000206");
    portal.get(&format!("{path}?pageSize=101")).await.refused(400, "PRT000207");
    portal.get(&format!("/api/v1/integrations/{UNKNOWN}/deliveries")).await.refused(404, "PRT000799");
    portal.post(&format!("{path}/replay"), &json!({})).await.refused(400, "PRT000301");
    portal.post(&format!("{path}/replay"), &json!({"since": 7})).await.refused(400, "PRT000302");
    portal.post(&format!("{path}/replay"), &json!({"since": "then"})).await.refused(400, "PRT000204");
    portal.post(&format!("{path}/{UNKNOWN}/replay"), &json!({})).await.refused(404, "PRT000105");
    portal.post(&format!("{path}/7/replay"), &json!({})).await.refused(400, "PRT000203");
    portal.get("/api/v1/notifications?integrationId=7").await.refused(400, "PRT000203");
    let unknown = format!("/api/v1/notifications?integrationId={UNKNOWN}");
    portal.get(&unknown).await.refused(404, "PRT000799");
}

#[tokio::test]
async fn a_delivery_is_found_by_its_own_integration_only() {
    let desk = Desk::open().await;
    desk.say("hello").await;
    let delivered = desk.lists("delivered", 1).await;
    let id = delivered[0]["deliveryId"].as_str().unwrap();
    let other = desk.server.demo().integration("agent");
    let elsewhere = format!("/api/v1/integrations/{other}/deliveries/{id}/replay");
    desk.portal.post(&elsewhere, &json!({})).await.refused(404, "PRT000105");
    assert_eq!(desk.hook.calls().len(), 1);
}

#[tokio::test]
async fn the_notifications_of_an_integration_outlive_it() {
    let desk = Desk::open().await;
    desk.hook.answers_next([500]);
    desk.say("hello").await;
    desk.lists("dead", 1).await;
    desk.portal.delete(&format!("/api/v1/integrations/{}", desk.agent)).await.has_status(200);
    assert_eq!(desk.notifications().await.len(), 1);
    desk.portal.get(&desk.path()).await.refused(404, "PRT000799");
}

#[tokio::test]
async fn deliveries_are_listed_and_replayed_on_the_command_line() {
    let desk = Desk::open().await;
    desk.hook.answers_next([500]);
    desk.say("hello").await;
    let dead = desk.lists("dead", 1).await.remove(0);
    let data = desk.server.data();
    let (base, data) = (desk.server.demo().base().to_owned(), data.to_str().unwrap().to_owned());
    let ask = |words: &[&str]| {
        let line = [words, &["--integration", &desk.agent, "--server", &base, "--data", &data]].concat();
        run(&line, &[])
    };
    let listed = ask(&["delivery", "list", "--status", "dead"]);
    assert!(listed.out.contains(dead["deliveryId"].as_str().unwrap()), "{listed:?}");
    let told = ask(&["notification", "list"]);
    assert!(told.out.contains("exhausted"), "{told:?}");
    let replayed = ask(&["delivery", "replay", "--since", "2026-01-01", "--json"]);
    assert_eq!(replayed.out.trim(), r#"{"replayed":1}"#, "{replayed:?}");
    desk.lists("delivered", 1).await;
}
