use std::time::Duration;

use serde_json::{Map, Value, json};

use super::*;
use crate::domain::audit::Actor;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::{Delivery, DeliveryForm, Endpoint};
use crate::domain::ids::{ConversationId, DeliveryId};
use crate::domain::integration::IntegrationType;
use crate::pipeline::testing::{AWAITED_MESSAGES, Bench, draft};
use crate::pipeline::{Door, Outgoing};

const CLIENT: &str = "messaging.one";

async fn with_app() -> Bench {
    let bench = Bench::new().await;
    let by = Actor::operator(bench.tenant);
    bench.registry.register_app(by, CLIENT.into(), "https://shop.example".to_owned()).await.unwrap();
    bench
}

fn says(text: &str, shown: Shown) -> BusinessSays {
    let message = Map::from_iter([("type".to_owned(), json!("text")), ("text".to_owned(), json!(text))]);
    BusinessSays { client: CLIENT.into(), message, shown }
}

async fn say(bench: &Bench, binding: &str, says: BusinessSays) -> InteractionId {
    let (integration, properties) = (bench.customer, Map::new());
    let ask = Establish { integration, binding: binding.to_owned(), properties, visitor: None };
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
        bench.engine.catch_up(bench.tenant).await.unwrap();
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
