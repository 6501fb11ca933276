//! What becomes of messages that a back end has sent, told to its webhook.

use serde_json::{Value, json};

use super::hearing::BackEnd;
use super::members;
use crate::harness::{Hook, Server};

/// Sends a text to a customer of a channel; the message's id.
async fn send(back_end: &BackEnd, channel: &str, binding: &str) -> String {
    let body = json!({
        "channelId": format!("direct:{channel}"),
        "to": {"contactId": format!("di{binding}_{channel}")},
        "type": "text",
        "text": {"body": "Hello"},
    });
    let receipt = back_end.messaging.send_to("message/send", &body).await.one();
    receipt["id"].as_str().unwrap().to_owned()
}

/// The statuses of a message once there are so many.
async fn statuses(back_end: &BackEnd, id: &str, count: usize) -> Vec<String> {
    let all = back_end.hears("statuses", count).await;
    let of_it = all.iter().filter(|status| status["id"] == id);
    of_it.map(|status| status["status"].as_str().unwrap().to_owned()).collect()
}

async fn on_the_demo_channel(server: &Server) -> (BackEnd, String) {
    let back_end = BackEnd::of(server).await;
    let customer = back_end.engine.customer();
    (back_end, customer)
}

#[tokio::test]
async fn a_socket_that_took_it_delivers_it_and_seen_reads_it() {
    let server = BackEnd::server().await;
    let (back_end, customer) = on_the_demo_channel(&server).await;
    let conversation = back_end.engine.establish("ada").await;
    let mut socket = back_end.engine.listen_to(&customer, &conversation).await;
    let id = send(&back_end, &customer, "ada").await;
    socket.next_activity().await;
    assert_eq!(statuses(&back_end, &id, 2).await, ["SENT", "DLVRD"]);
    let seen = json!({"type": "event", "event": {"type": "seen"}});
    back_end.engine.inbound(&conversation, &seen).await.ok();
    assert_eq!(statuses(&back_end, &id, 3).await, ["SENT", "DLVRD", "READ"]);
    let status = back_end.heard("statuses").remove(0);
    let members: Vec<_> = status.as_object().unwrap().keys().collect();
    assert_eq!(members, ["contactId", "errors", "id", "messageIdExt", "status", "timestamp"]);
    assert_eq!(status["contactId"], format!("diada_{customer}"));
    assert_eq!(status["errors"], json!([]));
}

#[tokio::test]
async fn a_socket_that_comes_later_delivers_what_it_missed() {
    let server = BackEnd::server().await;
    let (back_end, customer) = on_the_demo_channel(&server).await;
    let id = send(&back_end, &customer, "ada").await;
    assert_eq!(statuses(&back_end, &id, 1).await, ["SENT"]);
    let conversation = back_end.engine.establish("ada").await;
    let mut socket = back_end.engine.listen_to(&customer, &conversation).await;
    socket.next_activity().await;
    assert_eq!(statuses(&back_end, &id, 2).await, ["SENT", "DLVRD"]);
}

#[tokio::test]
async fn a_socket_of_the_whole_channel_delivers_as_well() {
    let server = BackEnd::server().await;
    let (back_end, customer) = on_the_demo_channel(&server).await;
    let mut socket = back_end.engine.listen_at(&customer).await;
    let id = send(&back_end, &customer, "ada").await;
    socket.next_activity().await;
    assert_eq!(statuses(&back_end, &id, 2).await, ["SENT", "DLVRD"]);
}

#[tokio::test]
async fn a_webhook_of_the_channel_delivers_or_fails() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let portal = server.portal().await;
    let hub = portal.hub("hooked").await;
    let hook = Hook::start().await;
    let channel = json!({"integrationType": "Customer", "webhookUrl": hook.url()});
    let channel = portal.direct(&hub, "channel", channel).await;
    let listed = async |binding: &str| {
        let session = back_end.engine.establish_at(&channel, binding).await;
        let body = json!({"sessionId": session});
        let said = back_end.messaging.send_to("session/messages", &body).await.enveloped();
        said.iter().map(|message| message["status"].clone()).collect::<Vec<_>>()
    };
    let taken = send(&back_end, &channel, "ada").await;
    assert_eq!(statuses(&back_end, &taken, 2).await, ["SENT", "DLVRD"]);
    assert_eq!(listed("ada").await, ["DLVRD"]);
    hook.answers_next([500, 500]);
    let lost = send(&back_end, &channel, "eve").await;
    let all = back_end.hears("statuses", 4).await;
    let failed: Vec<&Value> = all.iter().filter(|status| status["id"] == lost).collect();
    assert_eq!((&failed[0]["status"], &failed[1]["status"]), (&json!("SENT"), &json!("FAILD")));
    assert_eq!(listed("eve").await, ["FAILD"]);
    let error = &failed[1]["errors"][0];
    assert_eq!(members(error), ["code", "details", "href", "title"]);
    assert!(
        ["code", "title"].iter().all(|name| error[*name].as_str().is_some_and(|text| !text.is_empty())),
        "{error}"
    );
}

#[tokio::test]
async fn what_nobody_took_before_the_end_is_deleted() {
    let server = BackEnd::server().await;
    let (back_end, customer) = on_the_demo_channel(&server).await;
    let id = send(&back_end, &customer, "ada").await;
    let conversation = back_end.engine.establish("ada").await;
    back_end.messaging.send_to("session/close", &json!({"sessionId": conversation})).await.enveloped();
    assert_eq!(statuses(&back_end, &id, 2).await, ["SENT", "DELTD"]);
}

#[tokio::test]
async fn what_ends_by_a_deletion_is_told_like_any_other_end() {
    for by_hub in [false, true] {
        let server = BackEnd::server().await;
        let back_end = BackEnd::of(&server).await;
        let portal = server.portal().await;
        let hub = portal.hub("short-lived").await;
        let channel = portal.direct(&hub, "channel", json!({"integrationType": "Customer"})).await;
        let id = send(&back_end, &channel, "ada").await;
        let session = back_end.engine.establish_at(&channel, "ada").await;
        let path =
            if by_hub { format!("/api/v1/hubs/{hub}") } else { format!("/api/v1/integrations/{channel}") };
        portal.delete(&path).await.has_status(200);
        assert_eq!(statuses(&back_end, &id, 2).await, ["SENT", "DELTD"]);
        let event = back_end.hears("events", 1).await.remove(0);
        assert_eq!((&event["eventCode"], &event["sessionId"]), (&json!("SESSION_CLOSED"), &json!(session)));
        let listed = back_end.messaging.send_to("session/messages", &json!({"sessionId": session})).await;
        assert_eq!(listed.enveloped()[0]["status"], "DELTD");
    }
}
