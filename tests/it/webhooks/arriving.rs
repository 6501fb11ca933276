//! Everything arrives: tried again, in order, through pauses and crashes.

use std::time::Duration;

use serde_json::json;

use super::{Desk, RETRIES};
use crate::harness::{Hook, Server, TO_THIS_MACHINE, eventually};

fn numbers(range: std::ops::RangeInclusive<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_and_what_follows_waits_behind_it() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let conversation = desk.establish("ada").await;
    desk.hook.answers_next([500, 302, 404]);
    for words in numbers(1..=3) {
        desk.say(&conversation, &words).await;
    }
    assert_eq!(desk.hook.took(3).await, numbers(1..=3));
    let calls = desk.hook.calls();
    let statuses: Vec<_> = calls.iter().filter_map(|call| call.status).collect();
    assert_eq!(statuses, [500, 302, 404, 200, 200, 200]);
    let first = calls[0].header("webhook-id").to_owned();
    assert!(
        calls[..4].iter().all(|call| call.header("webhook-id") == first),
        "a repetition is known by its id"
    );
    assert!(calls[..4].iter().all(|call| call.body == calls[0].body));
    assert_ne!(calls[4].header("webhook-id"), first);
}

#[tokio::test]
async fn a_delivery_is_given_up_after_the_last_attempt_and_the_next_one_follows() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let conversation = desk.establish("ada").await;
    desk.hook.answers_next([500; 4]);
    desk.say(&conversation, "1").await;
    desk.say(&conversation, "2").await;
    assert_eq!(desk.hook.took(1).await, ["2"]);
    assert_eq!(desk.hook.calls().len(), 5);
}

#[tokio::test]
async fn a_webhook_that_does_not_answer_holds_up_nobody_else() {
    let server = Server::with(&[TO_THIS_MACHINE, ("SWITCHBOARD_WEBHOOKS__TIMEOUT_SECONDS", "60")]).await;
    let desk = Desk::of(&server).await;
    let other = Hook::start().await;
    desk.listener(&other, &["message"]).await;
    desk.hook.sleeps();
    for binding in ["ada", "bob", "eve"] {
        let conversation = desk.establish(binding).await;
        for words in numbers(1..=5) {
            desk.say(&conversation, &words).await;
        }
    }
    assert_eq!(other.took(15).await.len(), 15);
    assert_eq!(desk.hook.was_called(3).await.len(), 3, "each conversation has one call under way");
    assert!(desk.hook.taken().is_empty());
}

#[tokio::test]
async fn what_was_not_delivered_before_a_crash_is_delivered_after_it_in_order() {
    let mut server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let listener = Hook::start().await;
    desk.listener(&listener, &["message"]).await;
    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "1").await;
    desk.hook.took(1).await;
    listener.took(1).await;
    desk.hook.sleeps();
    listener.sleeps();
    for words in numbers(2..=20) {
        desk.say(&conversation, &words).await;
    }
    desk.hook.was_called(2).await;
    server.kill();
    desk.hook.wakes();
    listener.wakes();
    server.restart().await;
    // What was cut off comes again, under the id that it had.
    assert_eq!(took_each_once(&desk.hook, 20).await, numbers(1..=20));
    assert_eq!(took_each_once(&listener, 20).await, numbers(1..=20));
    let calls = desk.hook.calls();
    let of_two: Vec<_> = calls.iter().filter(|call| call.texts() == ["2"]).collect();
    assert!(of_two.iter().all(|call| call.header("webhook-id") == of_two[0].header("webhook-id")));
}

/// Waits until a hook has taken so many different texts; each of them once, where it came first.
async fn took_each_once(hook: &Hook, count: usize) -> Vec<String> {
    eventually("different texts at the webhook", async || {
        Some(in_order_of_first(hook.taken())).filter(|taken| taken.len() >= count)
    })
    .await
}

fn in_order_of_first(texts: Vec<String>) -> Vec<String> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

#[tokio::test]
async fn what_is_for_a_paused_integration_waits_and_what_was_for_a_deleted_one_is_not_sent() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let (listener, deleted) = (Hook::start().await, Hook::start().await);
    let paused = desk.listener(&listener, &["message"]).await;
    let gone = desk.listener(&deleted, &["message"]).await;
    let conversation = desk.establish("ada").await;
    for hook in [&listener, &deleted] {
        hook.answers_next([500]);
        hook.sleeps();
    }
    desk.say(&conversation, "1").await;
    listener.was_called(1).await;
    deleted.was_called(1).await;
    desk.portal.set_status(&paused, 3002).await;
    desk.portal.delete(&format!("/api/v1/integrations/{gone}")).await.has_status(200);
    listener.wakes();
    deleted.wakes();
    desk.say(&conversation, "2").await;
    desk.hook.took(2).await;
    desk.portal.set_status(&paused, 3000).await;
    desk.say(&conversation, "3").await;
    assert_eq!(listener.took(2).await, ["1", "3"], "while it was paused it heard nothing new");
    assert_eq!(deleted.calls().len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_called_again_when_its_integration_is_changed() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let conversation = desk.establish("ada").await;
    desk.hook.answers_next([410]);
    desk.say(&conversation, "1").await;
    desk.hook.was_called(1).await;
    let moved = Hook::start().await;
    let configuration = json!({"integrationType": "Agent", "webhookUrl": moved.url()});
    let path = format!("/api/v1/integrations/hubs/{}", desk.agent);
    desk.portal.post(&path, &json!({"configuration": configuration})).await.ok();
    desk.say(&conversation, "2").await;
    assert_eq!(moved.took(1).await, ["2"]);
    assert_eq!(desk.hook.calls().len(), 1);
}

#[tokio::test]
async fn a_broker_that_stops_waits_for_the_calls_under_way() {
    let mut server = Server::with(&[TO_THIS_MACHINE, RETRIES]).await;
    let desk = Desk::of(&server).await;
    let conversation = desk.establish("ada").await;
    desk.hook.sleeps();
    desk.say(&conversation, "1").await;
    desk.say(&conversation, "2").await;
    desk.hook.was_called(1).await;
    server.terminate();
    desk.hook.wakes();
    server.ended().await;
    server.restart().await;
    assert_eq!(desk.hook.took(2).await, ["1", "2"], "and what was taken is not sent again");
    server.stop(Duration::from_secs(30)).await;
    assert_eq!(desk.hook.taken().len(), 2);
}
