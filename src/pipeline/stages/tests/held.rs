//! What is held for a plug-in, and said later.

use serde_json::{Value, json};

use super::{activity, bench_with, history, list, plugin, set, texts};
use crate::domain::audit::Actor;
use crate::domain::hub::HubStatus;
use crate::domain::ids::ConversationId;
use crate::domain::integration::IntegrationStatus;
use crate::domain::stage::FailurePolicy;
use crate::pipeline::stages::testing::Mood;
use crate::pipeline::testing::{Bench, HELD, PLUGIN_PAUSE};
use crate::pipeline::{Door, EngineError, Releaser};
use crate::registry::{HubPatch, IntegrationPatch};
use crate::store::{HeldRecord, Store, Write};

/// Tries once to say all that is held.
async fn release_held(bench: &Bench) {
    let mut releaser = Releaser::new(bench.engine.clone());
    releaser.begin();
    releaser.finish().await;
}

/// A conversation in which a text of the customer is held.
async fn holding(text: &str) -> (Bench, ConversationId) {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::Hold)]).await;
    bench.plugins.become_like(Mood::Failing);
    bench.say(conversation, text).await.unwrap();
    (bench, conversation)
}

#[tokio::test]
async fn what_is_held_is_said_in_its_order_when_the_plug_in_answers_again() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::Hold)]).await;
    bench.plugins.become_like(Mood::Failing);
    let first = bench.say(conversation, "first").await.unwrap();
    let second = bench.answer(conversation, bench.agent.id, "second").await.unwrap();
    bench.say(conversation, "third").await.unwrap();
    assert_eq!(history(&bench, conversation).await, [] as [Value; 0]);
    release_held(&bench).await;
    assert_eq!(history(&bench, conversation).await, [] as [Value; 0], "it fails still");

    bench.clock.advance(PLUGIN_PAUSE);
    bench.plugins.become_like(Mood::Answering(json!({"tags": {"seen": true}})));
    release_held(&bench).await;
    assert_eq!(texts(&bench, conversation).await, ["first", "second", "third"]);
    let all = history(&bench, conversation).await;
    for (receipt, activity) in [first, second].iter().zip(&all) {
        assert_eq!(activity["interactionId"], receipt.interaction.unwrap().to_string());
        assert!(activity["eventId"].as_i64().unwrap() > receipt.event_id, "its place is that of now");
    }
    assert_eq!(all[0]["tags"], json!({"seen": true}));
    assert_eq!(bench.store.held().await.unwrap(), [], "nothing is held any more");
    bench.say(conversation, "fourth").await.unwrap();
    assert_eq!(texts(&bench, conversation).await.len(), 4);
}

#[tokio::test]
async fn what_is_held_outlives_a_restart() {
    let (mut bench, conversation) = holding("first").await;
    bench.restart().await;
    bench.plugins.become_like(Mood::Answering(json!({})));
    bench.answer(conversation, bench.agent.id, "second").await.unwrap();
    assert_eq!(texts(&bench, conversation).await, [] as [String; 0], "it waits behind the first");
    release_held(&bench).await;
    assert_eq!(texts(&bench, conversation).await, ["first", "second"]);
}

#[tokio::test]
async fn what_is_held_is_said_when_the_plug_in_is_not_set_any_more() {
    let (bench, conversation) = holding("first").await;
    set(&bench, Vec::new()).await;
    bench.say(conversation, "second").await.unwrap();
    release_held(&bench).await;
    assert_eq!(texts(&bench, conversation).await, ["first", "second"]);
}

#[tokio::test]
async fn a_conversation_holds_as_much_as_it_may_and_no_more() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::Hold)]).await;
    bench.plugins.become_like(Mood::Failing);
    for word in 0..HELD.get() {
        bench.say(conversation, &word.to_string()).await.unwrap();
    }
    assert!(matches!(bench.say(conversation, "more").await, Err(EngineError::TooManyHeld)));
}

#[tokio::test]
async fn what_could_not_be_kept_is_not_held() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::Hold)]).await;
    bench.plugins.become_like(Mood::Failing);
    bench.store.break_down();
    assert!(matches!(bench.say(conversation, "lost").await, Err(EngineError::Store(_))));
    bench.store.repair();
    bench.plugins.become_like(Mood::Answering(json!({})));
    bench.say(conversation, "said").await.unwrap();
    assert_eq!(texts(&bench, conversation).await, ["said"]);
}

#[tokio::test]
async fn what_is_held_ends_with_its_conversation() {
    let (bench, conversation) = holding("held").await;
    let by = Actor::operator(bench.tenant);
    bench.engine.delete_integration(by, bench.customer).await.unwrap();
    assert_eq!(bench.store.held().await.unwrap(), []);
    release_held(&bench).await;
    assert_eq!(texts(&bench, conversation).await, [] as [String; 0]);
}

#[tokio::test]
async fn commands_wait_behind_what_is_held_and_are_never_shown_to_a_plug_in() {
    let (bench, conversation) = holding("held").await;
    bench.answer(conversation, bench.agent.id, "::close").await.unwrap();
    bench.plugins.become_like(Mood::Answering(json!({})));
    release_held(&bench).await;
    assert_eq!(texts(&bench, conversation).await, ["held"]);
    assert!(bench.engine.open(bench.tenant, conversation).is_none(), "it was closed after that");
    assert!(bench.plugins.asked().iter().all(|text| text == "held"));
}

#[tokio::test]
async fn what_its_sender_may_not_send_is_not_held() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::Hold)]).await;
    bench.plugins.become_like(Mood::Failing);
    let list = activity(json!({"type": "message", "message": list()}));
    let refused = bench.engine.submit(bench.tenant, conversation, Door::Customer, list).await;
    assert!(matches!(refused, Err(EngineError::Invalid(_))));
    assert_eq!(bench.store.held().await.unwrap(), []);
}

#[tokio::test]
async fn a_held_command_is_carried_out_once_though_the_store_fails() {
    let (bench, conversation) = holding("first").await;
    bench.answer(conversation, bench.agent.id, "::help").await.unwrap();
    set(&bench, Vec::new()).await;
    bench.store.break_down();
    release_held(&bench).await;
    bench.store.repair();
    release_held(&bench).await;
    release_held(&bench).await;
    assert_eq!(history(&bench, conversation).await.len(), 2, "the text, and the answer to the command");
    assert_eq!(bench.store.held().await.unwrap(), []);
}

#[tokio::test]
async fn a_slow_plug_in_does_not_keep_other_conversations_waiting() {
    let (bench, conversation) = holding("slow").await;
    release_held(&bench).await;
    bench.clock.advance(PLUGIN_PAUSE);
    bench.plugins.become_like(Mood::Silent);
    let mut releaser = Releaser::new(bench.engine.clone());
    releaser.begin();
    while bench.plugins.asked().len() < 3 {
        tokio::task::yield_now().await;
    }
    // Nobody else asks a plug-in that has failed while one tries.
    let other = bench.establish("bob").await.unwrap().id;
    bench.say(other, "quick").await.unwrap();
    assert_eq!(bench.store.held().await.unwrap().len(), 2);
    set(&bench, Vec::new()).await;
    releaser.begin();
    while texts(&bench, other).await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(texts(&bench, conversation).await, [] as [String; 0], "it is asked about still");
    bench.plugins.become_like(Mood::Answering(json!({})));
    releaser.finish().await;
    assert_eq!(texts(&bench, conversation).await, ["slow"]);
}

#[tokio::test]
async fn what_is_held_waits_while_its_hub_or_its_sender_is_paused() {
    let (bench, conversation) = holding("first").await;
    set(&bench, Vec::new()).await;
    let by = Actor::operator(bench.tenant);
    let hub = |status| HubPatch { status: Some(status), ..HubPatch::default() };
    bench.registry.update_hub(by.clone(), bench.hub.id, hub(HubStatus::Paused)).await.unwrap();
    release_held(&bench).await;
    assert_eq!(texts(&bench, conversation).await, [] as [String; 0]);
    bench.registry.update_hub(by.clone(), bench.hub.id, hub(HubStatus::Active)).await.unwrap();
    let integration = |status| IntegrationPatch { status: Some(status), ..IntegrationPatch::default() };
    let paused = integration(IntegrationStatus::Paused);
    bench.registry.update_integration(by.clone(), bench.customer, paused).await.unwrap();
    release_held(&bench).await;
    assert_eq!(texts(&bench, conversation).await, [] as [String; 0]);
    let active = integration(IntegrationStatus::Active);
    bench.registry.update_integration(by, bench.customer, active).await.unwrap();
    release_held(&bench).await;
    assert_eq!(texts(&bench, conversation).await, ["first"]);
}

#[tokio::test]
async fn what_cannot_be_read_of_what_is_held_takes_nothing_else_with_it() {
    let (mut bench, conversation) = holding("first").await;
    let (tenant, body) = (bench.tenant, "{".to_owned());
    bench
        .store
        .commit(vec![Write::Hold(HeldRecord { tenant, conversation, number: 2, body })])
        .await
        .unwrap();
    bench.restart().await;
    let left: Vec<_> = bench.store.held().await.unwrap().iter().map(|held| held.number).collect();
    assert_eq!(left, [1]);
    bench.restart().await;
    bench.plugins.become_like(Mood::Answering(json!({})));
    release_held(&bench).await;
    assert_eq!(texts(&bench, conversation).await, ["first"]);
}
