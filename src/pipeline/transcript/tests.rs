use serde_json::{Value, json};

use super::{Speaker, Spoken};
use crate::domain::audit::Actor;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::domain::integration::IntegrationType;
use crate::pipeline::testing::Bench;
use crate::pipeline::{ActivityDraft, Door};
use crate::store::Page;

const ALL: Page = Page { rows: usize::MAX, bytes: usize::MAX };

async fn send(bench: &Bench, id: ConversationId, door: Door, sender: Option<IntegrationId>, body: Value) {
    let mut draft = ActivityDraft::from_body(body.as_object().unwrap()).unwrap();
    draft.sender = sender;
    bench.engine.submit(bench.tenant, id, door, draft).await.unwrap();
}

async fn spoken(bench: &Bench, id: ConversationId, most: Page) -> Vec<Spoken> {
    let head = bench.engine.conversation(bench.tenant, id).await.unwrap();
    bench.engine.spoken(&head, most).await.unwrap()
}

fn words(spoken: &[Spoken]) -> Vec<&str> {
    spoken.iter().map(|one| one.words.as_str()).collect()
}

#[tokio::test]
async fn everybody_who_spoke_to_the_customer_is_named_and_what_they_said_is_words() {
    let bench = Bench::new().await;
    let bot = bench.integration("bot", IntegrationType::Bot, None).await;
    let unnamed = bench.integration("desk", IntegrationType::Agent, None).await;
    let id = bench.establish("ada").await.unwrap().id;
    bench.say(id, "hello").await.unwrap();
    let choice = json!({"type": "message", "message": {"type": "text", "text": "Which?", "actions": [
        {"type": "reply", "title": "One", "payload": "1"}, {"type": "link", "title": "Two", "url": "https://a.b"}]}});
    send(&bench, id, Door::Business, Some(bot.id), choice).await;
    bench.answer(id, bot.id, "::handover").await.unwrap();
    bench.answer(id, bench.agent.id, "I am here").await.unwrap();
    bench.answer(id, unnamed.id, "me too").await.unwrap();
    let spoken = spoken(&bench, id, ALL).await;
    let said: Vec<_> = spoken.iter().map(|one| (one.by.clone(), one.words.as_str())).collect();
    let agent = |name: &str| Speaker::Agent(Some(name.to_owned()));
    let expected = [
        (Speaker::Customer, "hello"),
        (Speaker::Bot, "Which?\n1. One\n2. Two: https://a.b"),
        (agent("Alex"), "I am here"),
        (agent("desk"), "me too"),
    ];
    assert_eq!(said, expected, "the hand-over is nothing that the customer was told");
    assert!(spoken.is_sorted_by_key(|one| one.event_id));
    assert_eq!(spoken[0].at, bench.engine.now());

    bench.engine.delete_integration(Actor::operator(bench.tenant), unnamed.id).await.unwrap();
    let head = bench.engine.conversation(bench.tenant, id).await.unwrap();
    let spoken = bench.engine.spoken(&head, ALL).await.unwrap();
    assert_eq!(spoken[3].by, Speaker::Agent(None), "it is gone, and what it said is not");
}

#[tokio::test]
async fn the_newest_are_given_in_their_order_whatever_stands_between_them() {
    let bench = Bench::new().await;
    let id = bench.establish("ada").await.unwrap().id;
    let event = json!({"type": "event", "event": {"type": "payload", "payloadType": "x", "payload": {}}});
    for number in 0..300 {
        bench.say(id, &number.to_string()).await.unwrap();
        send(&bench, id, Door::Customer, None, event.clone()).await;
    }
    let all = spoken(&bench, id, ALL).await;
    assert_eq!(all.len(), 300);
    assert!(all.iter().zip(0..).all(|(one, number): (_, i32)| one.words == number.to_string()));
    assert_eq!(spoken(&bench, id, Page { rows: 200, ..ALL }).await, all[100..]);
    assert_eq!(spoken(&bench, id, Page { rows: 0, ..ALL }).await, []);
    let few = spoken(&bench, id, Page { bytes: 7, ..ALL }).await;
    assert_eq!(words(&few), ["298", "299"]);
    let one = spoken(&bench, id, Page { bytes: 2, ..ALL }).await;
    assert_eq!(words(&one), ["299"], "one is given however large it is");
}

#[tokio::test]
async fn a_customer_has_spoken_once_it_said_something_itself() {
    let bench = Bench::new().await;
    let id = bench.establish("ada").await.unwrap().id;
    let spoke = async || bench.engine.conversation(bench.tenant, id).await.unwrap().spoken;
    assert!(!spoke().await);
    bench.answer(id, bench.agent.id, "anybody there?").await.unwrap();
    assert!(!spoke().await, "an agent did");
    bench.say(id, "yes").await.unwrap();
    assert!(spoke().await);
}

#[tokio::test]
async fn nothing_is_given_of_another_tenant() {
    let bench = Bench::new().await;
    let id = bench.establish("ada").await.unwrap().id;
    bench.say(id, "secret").await.unwrap();
    let mut head = bench.engine.conversation(bench.tenant, id).await.unwrap();
    head.tenant = TenantId::new();
    assert_eq!(bench.engine.spoken(&head, ALL).await.unwrap(), []);
}
