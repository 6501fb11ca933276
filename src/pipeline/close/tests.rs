//! Integrations that change sides, and what a deletion closes then.

use super::*;
use crate::pipeline::testing::Bench;
use IntegrationType::{Agent, Bot, Customer};

fn of_kind(kind: IntegrationType) -> IntegrationPatch {
    IntegrationPatch { kind: Some(kind), ..IntegrationPatch::default() }
}

impl Bench {
    fn by(&self) -> Actor {
        Actor::operator(self.tenant)
    }

    /// Changes its side behind the engine's back, as when a conversation is opened during the change.
    async fn takes_side(&self, id: IntegrationId, kind: IntegrationType) {
        self.registry.update_integration(self.by(), id, of_kind(kind)).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_customers_integration_opened_ends_with_it_also_once_it_is_an_agents() {
    let bench = Bench::new().await;
    let conversation = bench.establish("ada").await.unwrap().id;
    bench.say(conversation, "hello").await.unwrap();
    bench.takes_side(bench.customer, Agent).await;
    bench.engine.delete_integration(bench.by(), bench.customer).await.unwrap();
    assert!(bench.engine.open(bench.tenant, conversation).is_none());
}

#[tokio::test]
async fn what_an_agents_integration_answered_goes_on_without_it_also_once_it_is_a_customers() {
    let bench = Bench::new().await;
    let conversation = bench.establish("ada").await.unwrap().id;
    bench.say(conversation, "hello").await.unwrap();
    assert_eq!(bench.engine.conversations.load_of(bench.agent.id), 1);
    bench.takes_side(bench.agent.id, Customer).await;
    bench.engine.delete_integration(bench.by(), bench.agent.id).await.unwrap();
    assert!(bench.engine.open(bench.tenant, conversation).is_some());
}

#[tokio::test]
async fn an_integration_stays_on_its_side_while_it_takes_part_in_conversations() {
    let bench = Bench::new().await;
    let conversation = bench.establish("ada").await.unwrap().id;
    bench.say(conversation, "hello").await.unwrap();
    let become_a = async |id, kind| bench.engine.update_integration(bench.by(), id, of_kind(kind)).await;
    for (id, kind) in [(bench.customer, Agent), (bench.customer, Bot), (bench.agent.id, Customer)] {
        let refused = become_a(id, kind).await;
        assert!(matches!(refused, Err(EngineError::TakesPart)), "{refused:?}");
    }
    become_a(bench.customer, Customer).await.unwrap();
    become_a(bench.agent.id, Bot).await.unwrap();
    become_a(bench.agent.id, Agent).await.unwrap();

    bench.answer(conversation, bench.agent.id, "::close").await.unwrap();
    assert!(bench.engine.open(bench.tenant, conversation).is_none());
    assert_eq!(become_a(bench.customer, Agent).await.unwrap().kind, Agent);
    assert_eq!(become_a(bench.agent.id, Customer).await.unwrap().kind, Customer);
}
