//! What a new conversation begins with, and when there is one.

use serde_json::json;

use super::*;
use crate::domain::audit::Actor;
use crate::pipeline::testing::Bench;
use crate::registry::{ConfigurationSpec, DirectSpec, IntegrationPatch, KeyChange};
use crate::store::{ActivityRecord, StoreError};

/// An engine whose customers are welcomed with these texts.
async fn welcoming(texts: &[&str]) -> Bench {
    let bench = Bench::new().await;
    let start = texts.iter().map(|text| json!({"type": "text", "text": text})).collect();
    let configuration = ConfigurationSpec::Direct(DirectSpec { start, ..DirectSpec::default() });
    let patch = IntegrationPatch {
        configuration: Some((configuration, KeyChange::Keep)),
        ..IntegrationPatch::default()
    };
    bench.registry.update_integration(Actor::operator(bench.tenant), bench.customer, patch).await.unwrap();
    bench
}

async fn history(bench: &Bench, conversation: ConversationId) -> Vec<ActivityRecord> {
    bench.engine.history(bench.tenant, conversation, IntegrationType::Customer, 0).await.unwrap()
}

#[tokio::test]
async fn the_opening_comes_from_the_platform_and_is_kept_with_the_conversation() {
    let bench = welcoming(&["one", "two"]).await;
    let conversation = bench.establish("ada").await.unwrap();
    let said = history(&bench, conversation.id).await;
    assert_eq!(said.len(), 2);
    for activity in said {
        assert_eq!(
            (activity.sender, activity.sender_kind),
            (IntegrationId::PLATFORM, IntegrationType::Hubster)
        );
        assert_eq!(activity.recipient, Some(bench.customer));
    }
    // It is no answer, and nobody is asked for one yet.
    assert_eq!((conversation.destination, conversation.queued), (None, None));
}

#[tokio::test]
async fn an_opening_that_could_not_be_kept_leaves_no_conversation_and_comes_with_the_next_attempt() {
    let bench = welcoming(&["one"]).await;
    bench.store.break_down();
    let refused = bench.establish("ada").await;
    assert!(matches!(refused, Err(EngineError::Store(StoreError::Failed(_)))), "{refused:?}");
    bench.store.repair();
    let conversation = bench.establish("ada").await.unwrap().id;
    assert_eq!(history(&bench, conversation).await.len(), 1);
    assert_eq!(bench.establish("ada").await.unwrap().id, conversation);
    assert_eq!(history(&bench, conversation).await.len(), 1);
}

#[tokio::test]
async fn a_binding_whose_conversation_was_closed_opens_the_next_which_is_begun_anew() {
    let bench = welcoming(&["one"]).await;
    let first = bench.establish("ada").await.unwrap();
    bench.engine.close(&bench.engine.open(bench.tenant, first.id).unwrap()).await.unwrap();
    let second = bench.establish("ada").await.unwrap();
    assert_ne!((second.id, &second.token), (first.id, &first.token));
    assert_eq!(history(&bench, second.id).await.len(), 1);
    assert_eq!(history(&bench, first.id).await.len(), 1, "what was said stays readable");
}
