//! Random days: whatever happens, and whatever of it cannot be kept, a conversation stands in exactly the lists that
//! its head says, in memory and in the store.

use proptest::prelude::*;
use serde_json::json;

use super::Door;
use crate::domain::audit::Actor;
use crate::domain::ids::{ConversationId, IntegrationId};
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::pipeline::ActivityDraft;
use crate::pipeline::testing::Bench;
use crate::registry::IntegrationPatch;
use crate::store::Store;

/// What may happen next; each number takes one of what there is.
#[derive(Clone, Copy, Debug)]
enum Happens {
    CustomerSays { conversation: usize },
    Says { by: usize, conversation: usize },
    Commands { by: usize, conversation: usize, line: usize },
    HandsOver { by: usize, conversation: usize },
    ComesOrGoes { who: usize },
    StoreFails,
    StoreWorks,
}

/// Turns of the loop after which what is on its way has arrived, and what the queue's task makes of it: each
/// conversation takes it a few.
const TURNS: usize = 50;

const LINES: [&str; 4] = ["::takeover", "::handover", "::handover -s law", "::close"];

fn happens() -> impl Strategy<Value = Happens> {
    let (by, conversation) = (0..3_usize, 0..2_usize);
    prop_oneof![
        4 => conversation.clone().prop_map(|conversation| Happens::CustomerSays { conversation }),
        2 => (by.clone(), conversation.clone()).prop_map(|(by, conversation)| Happens::Says { by, conversation }),
        3 => (by.clone(), conversation.clone(), 0..LINES.len())
            .prop_map(|(by, conversation, line)| Happens::Commands { by, conversation, line }),
        2 => (by.clone(), conversation)
            .prop_map(|(by, conversation)| Happens::HandsOver { by, conversation }),
        3 => by.prop_map(|who| Happens::ComesOrGoes { who }),
        1 => Just(Happens::StoreFails),
        2 => Just(Happens::StoreWorks),
    ]
}

/// A hub with a bot and two agents.
struct Day {
    bench: Bench,
    business: [IntegrationId; 3],
}

impl Day {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let bot = bench.integration("bot", IntegrationType::Bot, None).await.id;
        let another = bench.another_agent().await.0.id;
        let business = [bot, bench.agent.id, another];
        Self { bench, business }
    }

    /// The open conversation of one of two customers, if there is one or can be.
    async fn conversation(&self, number: usize) -> Option<ConversationId> {
        self.bench.establish(["a", "b"][number]).await.ok().map(|head| head.id)
    }

    async fn submit(&self, number: usize, door: Door, by: Option<usize>, body: serde_json::Value) {
        let Some(id) = self.conversation(number).await else { return };
        let mut draft = ActivityDraft::from_body(body.as_object().unwrap()).unwrap();
        draft.sender = by.map(|by| self.business[by]);
        // What is refused may be refused: what is left behind is looked at.
        let _taken_or_refused = self.bench.engine.submit(self.bench.tenant, id, door, draft).await;
    }

    async fn let_happen(&self, what: Happens) {
        let text = |words: &str| json!({"type": "message", "message": {"type": "text", "text": words}});
        match what {
            Happens::CustomerSays { conversation } => {
                self.submit(conversation, Door::Customer, None, text("hello?")).await;
            }
            Happens::Says { by, conversation } => {
                self.submit(conversation, Door::Business, Some(by), text("hello!")).await;
            }
            Happens::Commands { by, conversation, line } => {
                self.submit(conversation, Door::Business, Some(by), text(LINES[line])).await;
            }
            Happens::HandsOver { by, conversation } => {
                let event = json!({"type": "payload", "payloadType": "hubster.handover", "payload": {}});
                let body = json!({"type": "event", "event": event});
                self.submit(conversation, Door::Business, Some(by), body).await;
            }
            Happens::ComesOrGoes { who } => {
                let present = self.bench.registry.integration(self.bench.tenant, self.business[who]).unwrap();
                let status =
                    if present.is_active() { IntegrationStatus::Paused } else { IntegrationStatus::Active };
                let patch = IntegrationPatch { status: Some(status), ..IntegrationPatch::default() };
                let by = Actor::operator(self.bench.tenant);
                let _changed_or_not =
                    self.bench.registry.update_integration(by, self.business[who], patch).await;
            }
            Happens::StoreFails => self.bench.store.break_down(),
            Happens::StoreWorks => self.bench.store.repair(),
        }
    }

    /// Whether every list has what the heads say, and the store has the heads.
    async fn is_in_order(&self) {
        let engine = &self.bench.engine;
        let heads: Vec<_> = engine.conversations.all().iter().map(|live| live.head()).collect();
        for integration in self.business {
            let listed = engine.open_at(integration, usize::MAX).total;
            let standing = heads.iter().filter(|head| head.destination == Some(integration)).count();
            assert_eq!(listed, standing, "{heads:#?}");
        }
        let queued = heads.iter().filter(|head| head.queued.is_some()).count();
        assert_eq!(engine.conversations.waiting().len(), queued, "{heads:#?}");
        for head in heads {
            assert!(head.queued.is_none() || head.destination.is_none(), "{head:#?}");
            let kept = self.bench.store.conversation(self.bench.tenant, head.id).await.unwrap();
            assert_eq!(kept.as_ref(), Some(&head));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lists_heads_and_store_agree_whatever_happens(happens in prop::collection::vec(happens(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let day = Day::new().await;
            for what in happens {
                day.let_happen(what).await;
            }
            day.bench.store.repair();
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
                day.bench.engine.recorder.catch_up(day.bench.tenant).await.unwrap();
            }
            day.is_in_order().await;
        });
    }
}
