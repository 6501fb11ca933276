use std::time::Duration;

use serde_json::{Map, Value, json};

use super::*;
use crate::domain::audit::Actor;
use crate::domain::client::Api;
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::{
    Attempt, Delivery, DeliveryForm, DeliveryNo, DeliveryStatus, Endpoint, Progress,
};
use crate::domain::ids::{ConversationId, DeliveryId};
use crate::domain::integration::IntegrationType;
use crate::pipeline::testing::{AWAITED_MESSAGES, Bench, draft};
use crate::pipeline::{Door, Outgoing};
use crate::store::{DeliveryRecord, Store, Write};

async fn with_app() -> Bench {
    let bench = Bench::new().await;
    bench.register_app().await;
    bench
}

fn says(text: &str, shown: Shown) -> BusinessSays {
    let message = Map::from_iter([("type".to_owned(), json!("text")), ("text".to_owned(), json!(text))]);
    BusinessSays { client: "".into(), message, shown }
}

async fn say(bench: &Bench, binding: &str, says: BusinessSays) -> InteractionId {
    let (integration, properties) = (bench.customer, Map::new());
    let ask = Establish { integration, binding: binding.to_owned(), properties, visitor: None };
    let says = BusinessSays { client: bench.messaging_client(), ..says };
    bench.engine.say_for_business(bench.tenant, ask, says).await.unwrap()
}

/// What apps were sent since this was last asked, in order.
fn heard(bench: &Bench) -> Vec<String> {
    let sent = bench.outgoing.taken().into_iter().filter_map(|one| match one {
        Outgoing::Kept(record) => Some(record.delivery),
        Outgoing::Passing(_) => None,
    });
    let for_apps = sent.filter(|delivery| {
        assert_eq!(delivery.form == DeliveryForm::Wrapper, matches!(delivery.endpoint, Endpoint::App(_)));
        delivery.form == DeliveryForm::Wrapper
    });
    for_apps.map(|delivery| delivery.item.to_string()).collect()
}

async fn kept_texts(bench: &Bench, conversation: ConversationId) -> Vec<Value> {
    let party = IntegrationType::Customer;
    let kept = bench.engine.history(bench.tenant, conversation, party, 0).await.unwrap();
    kept.iter()
        .map(|one| serde_json::from_str::<Value>(&one.body).unwrap()["message"]["text"].clone())
        .collect()
}

/// Waits for what is done beside the calls.
async fn settled(bench: &Bench) {
    for _ in 0..50 {
        tokio::task::yield_now().await;
        // It is told as well of what the store has lost.
        bench.engine.catch_up(bench.tenant).await.ok();
    }
}

#[tokio::test]
async fn a_conversation_is_opened_where_there_is_none_and_the_next_one_goes_into_it() {
    let bench = Bench::new().await;
    let first = say(&bench, "ada", says("one", Shown::ToAll)).await;
    let conversation = bench.establish("ada").await.unwrap();
    assert_ne!(first, say(&bench, "ada", says("two", Shown::ToAll)).await);
    assert_eq!(kept_texts(&bench, conversation.id).await, [json!("one"), json!("two")]);
    let head = bench.engine.conversation(bench.tenant, conversation.id).await.unwrap();
    assert_eq!(head.destination, None, "nobody is woken");
    assert!(head.receipts.is_empty(), "nobody waits to hear");
}

#[tokio::test]
async fn what_is_masked_is_kept_masked() {
    let bench = Bench::new().await;
    say(&bench, "ada", says("4711", Shown::Masked)).await;
    let conversation = bench.establish("ada").await.unwrap();
    assert_eq!(kept_texts(&bench, conversation.id).await, [json!(MASK)]);
}

#[tokio::test]
async fn its_app_hears_each_status_once_and_in_order() {
    let bench = with_app().await;
    say(&bench, "ada", says("one", Shown::ToAll)).await;
    let conversation = bench.establish("ada").await.unwrap();
    assert_eq!(heard(&bench), ["Sent"]);
    let seen = json!({"type": "event", "event": {"type": "seen"}});
    for _ in 0..2 {
        let seen = crate::pipeline::ActivityDraft::from_body(seen.as_object().unwrap()).unwrap();
        bench.engine.submit(bench.tenant, conversation.id, Door::Customer, seen).await.unwrap();
    }
    assert_eq!(heard(&bench), ["Delivered", "Read"]);
}

#[tokio::test]
async fn what_nobody_has_taken_when_a_conversation_is_closed_is_deleted() {
    let bench = with_app().await;
    say(&bench, "ada", says("one", Shown::ToAll)).await;
    let conversation = bench.establish("ada").await.unwrap();
    heard(&bench);
    bench.engine.close_conversation(bench.tenant, conversation.id).await.unwrap();
    assert_eq!(heard(&bench), ["Deleted", "Closed"]);
}

#[tokio::test]
async fn statuses_are_for_the_app_that_sent_and_the_rest_for_every_app_that_is_not_shut_out() {
    let bench = with_app().await;
    let own = bench.messaging_client();
    let [other, shut_out] = [Api::Handoff, Api::Engine]
        .map(|api| bench.registry.client_for(bench.tenant, api).unwrap().id.clone());
    for client in [&other, &shut_out] {
        bench.register_app_of(client.clone()).await;
    }
    bench.registry.delete_secret(Actor::operator(bench.tenant), &shut_out, 1).await.unwrap();
    say(&bench, "ada", says("one", Shown::ToAll)).await;
    let conversation = bench.establish("ada").await.unwrap();
    bench.engine.close_conversation(bench.tenant, conversation.id).await.unwrap();
    let told = bench.outgoing.taken().into_iter().filter_map(|one| match one {
        Outgoing::Kept(record) => Some((record.delivery.endpoint, record.delivery.item.to_string())),
        Outgoing::Passing(_) => None,
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    let mut expected = [(&own, "Sent"), (&own, "Deleted"), (&own, "Closed"), (&other, "Closed")]
        .map(|(client, item)| (Endpoint::App(client.clone()), item.to_owned()));
    expected.sort();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn nothing_further_is_heard_of_the_oldest_of_more_messages_than_are_followed() {
    let bench = with_app().await;
    for (binding, beyond) in [("ada", 0), ("eve", 1)] {
        for _ in 0..AWAITED_MESSAGES.get() + beyond {
            say(&bench, binding, says("one", Shown::ToAll)).await;
        }
        let conversation = bench.establish(binding).await.unwrap();
        heard(&bench);
        bench.engine.close_conversation(bench.tenant, conversation.id).await.unwrap();
        assert_eq!(heard(&bench), ["Deleted", "Deleted", "Deleted", "Closed"]);
    }
}

#[tokio::test]
async fn a_restart_remembers_what_is_waited_for() {
    let mut bench = with_app().await;
    say(&bench, "ada", says("one", Shown::ToAll)).await;
    let conversation = bench.establish("ada").await.unwrap();
    heard(&bench);
    bench.restart().await;
    bench.engine.close_conversation(bench.tenant, conversation.id).await.unwrap();
    assert_eq!(heard(&bench), ["Deleted", "Closed"]);
}

/// The first that a customer was told, on its way to a webhook.
async fn first_delivery(bench: &Bench, conversation: &Conversation) -> Delivery {
    let party = IntegrationType::Customer;
    let kept = bench.engine.history(bench.tenant, conversation.id, party, 0).await.unwrap();
    Delivery {
        id: DeliveryId::new(),
        tenant: bench.tenant,
        endpoint: Endpoint::Integration(bench.customer),
        conversation: conversation.id,
        hub: conversation.hub,
        form: DeliveryForm::Direct,
        event_id: Some(kept[0].event_id),
        envelope: "{".into(),
        item: kept[0].body.clone(),
    }
}

#[tokio::test]
async fn what_was_delivered_is_told_though_it_could_not_be_kept_at_once() {
    let bench = with_app().await;
    say(&bench, "ada", says("one", Shown::ToAll)).await;
    let conversation = bench.establish("ada").await.unwrap();
    heard(&bench);
    let delivery = first_delivery(&bench, &conversation).await;
    bench.store.lose_next_heads(1);
    bench.engine.note_delivered(bench.customer, &delivery);
    let told = async {
        loop {
            let told = heard(&bench);
            if !told.is_empty() {
                return told;
            }
            tokio::task::yield_now().await;
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(30), told).await.expect("it is told");
    assert_eq!(told, ["Delivered"]);
    bench.engine.close_conversation(bench.tenant, conversation.id).await.unwrap();
    assert_eq!(heard(&bench), ["Closed"]);
}

#[tokio::test]
async fn what_breaks_down_when_it_is_told_holds_up_nothing_else() {
    let bench = with_app().await;
    let mut delivered = Vec::new();
    for binding in ["ada", "bob"] {
        say(&bench, binding, says(binding, Shown::ToAll)).await;
        let conversation = bench.establish(binding).await.unwrap();
        delivered.push((conversation.id, first_delivery(&bench, &conversation).await));
    }
    heard(&bench);
    bench.words.break_next(1);
    for (_, delivery) in &delivered {
        bench.engine.note_delivered(bench.customer, delivery);
    }
    let bobs = async {
        while !bench.engine.fates.known_of(delivered[1].0).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), bobs).await.expect("it is told");
    assert_eq!(heard(&bench), ["Delivered"]);
    assert_ne!(bench.engine.fates.known_of(delivered[0].0), [], "it is come back to");
}

/// A customer of whom an app waits to hear that a message reached it, and that message on its way to a webhook.
async fn with_delivery(bench: &Bench) -> (ConversationId, Delivery) {
    say(bench, "ada", says("one", Shown::ToAll)).await;
    let conversation = bench.establish("ada").await.unwrap();
    heard(bench);
    (conversation.id, first_delivery(bench, &conversation).await)
}

#[tokio::test]
async fn what_was_delivered_is_not_deleted_when_the_conversation_ends_at_once() {
    let bench = with_app().await;
    for is_kept in [false, true] {
        let (conversation, delivery) = with_delivery(&bench).await;
        if is_kept {
            bench.engine.note_delivered(bench.customer, &delivery);
        } else {
            bench.engine.foresee_delivered(bench.customer, &delivery);
        }
        bench.engine.close_conversation(bench.tenant, conversation).await.unwrap();
        assert_eq!(heard(&bench), ["Delivered", "Closed"]);
        bench.engine.note_delivered(bench.customer, &delivery);
        settled(&bench).await;
        assert_eq!(heard(&bench), Vec::<String>::new(), "nothing is told twice");
        assert_eq!(bench.engine.fates.known_of(conversation), [], "and nothing stays");
    }
}

#[tokio::test]
async fn what_was_delivered_is_not_deleted_however_often_its_note_is_lost() {
    let bench = with_app().await;
    let (conversation, delivery) = with_delivery(&bench).await;
    bench.store.lose_heads();
    bench.engine.note_delivered(bench.customer, &delivery);
    settled(&bench).await;
    assert!(bench.engine.close_conversation(bench.tenant, conversation).await.is_err());
    assert_eq!(heard(&bench), Vec::<String>::new(), "nothing is kept");
    bench.store.lose_next_heads(0);
    bench.engine.close_conversation(bench.tenant, conversation).await.unwrap();
    assert_eq!(heard(&bench), ["Delivered", "Closed"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_delivered_is_told_when_the_store_has_recovered_without_anything_else_to_tell() {
    let bench = with_app().await;
    let (_, delivery) = with_delivery(&bench).await;
    bench.store.lose_heads();
    bench.engine.note_delivered(bench.customer, &delivery);
    settled(&bench).await;
    bench.store.lose_next_heads(0);
    assert_eq!(heard(&bench), Vec::<String>::new());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(heard(&bench), ["Delivered"]);
}

#[tokio::test]
async fn what_a_crash_kept_from_being_told_is_told_after_the_restart() {
    for (status, told) in [(DeliveryStatus::Delivered, "Delivered"), (DeliveryStatus::Dead, "Failed")] {
        let mut bench = with_app().await;
        let (conversation, delivery) = with_delivery(&bench).await;
        let attempt = Attempt::new(Millis(1), None, Some("none".to_owned()), Duration::ZERO);
        let attempts = vec![attempt];
        let progress = Progress { status, attempts, ..Progress::default() };
        let record = DeliveryRecord { number: DeliveryNo(1_000), delivery, created: Millis(1), progress };
        bench.store.commit(vec![Write::PutDelivery(record)]).await.unwrap();
        bench.restart().await;
        bench.engine.close_conversation(bench.tenant, conversation).await.unwrap();
        assert_eq!(heard(&bench), [told, "Closed"]);
    }
}

#[tokio::test]
async fn a_delivery_that_arrives_or_is_given_up_tells_of_its_message() {
    let bench = with_app().await;
    for (binding, status) in [("ada", "Delivered"), ("eve", "Failed")] {
        say(&bench, binding, says("one", Shown::ToAll)).await;
        let conversation = bench.establish(binding).await.unwrap();
        heard(&bench);
        let delivery = first_delivery(&bench, &conversation).await;
        for _ in 0..2 {
            match status {
                "Delivered" => bench.engine.note_delivered(bench.customer, &delivery),
                _ => bench.engine.note_given_up(bench.customer, &delivery),
            }
            bench.engine.note_delivered(bench.agent.id, &delivery);
        }
        settled(&bench).await;
        assert_eq!(heard(&bench), [status]);
    }
}

#[tokio::test]
async fn an_app_hears_what_customers_say_and_where_it_goes() {
    let bench = with_app().await;
    let conversation = bench.establish("ada").await.unwrap();
    assert_eq!(heard(&bench), Vec::<String>::new());
    let said = bench.say(conversation.id, "hello").await.unwrap();
    assert_eq!(
        heard(&bench),
        [format!("said {}", said.event_id), "Routed".to_owned(), "Assigned".to_owned()]
    );
    let answer = draft("good day", Some(bench.agent.id));
    bench.engine.submit(bench.tenant, conversation.id, Door::Business, answer).await.unwrap();
    assert_eq!(heard(&bench), Vec::<String>::new(), "what the business says it knows");
    bench.engine.resolve_conversation(bench.tenant, conversation.id).await.unwrap();
    assert_eq!(heard(&bench), ["Resolved"]);
}
