//! Conversations that are steered from outside: where they go, and that nothing of it is lost with a commit.

use std::sync::Arc;

use serde_json::{Map, json};

use super::{Route, Steered};
use crate::domain::conversation::Wanted;
use crate::domain::ids::{ConversationId, IntegrationId};
use crate::domain::integration::IntegrationType;
use crate::domain::standing::{Holder, MoveEvent, Queue};
use crate::pipeline::EngineError;
use crate::pipeline::testing::Bench;

async fn route(bench: &Bench, id: ConversationId, route: Route) -> Result<Steered, EngineError> {
    bench.engine.route_conversation(bench.tenant, id, &route, &Map::new()).await
}

async fn waiting_for_ada(bench: &Bench) -> ConversationId {
    let id = bench.establish("ada").await.unwrap().id;
    bench.say(id, "hello").await.unwrap();
    id
}

#[tokio::test]
async fn a_way_that_there_is_not_leaves_a_conversation_where_it_is() {
    let bench = Bench::new().await;
    let id = waiting_for_ada(&bench).await;
    let before = bench.engine.conversation(bench.tenant, id).await.unwrap();
    let nobody = route(&bench, id, Route::Bot).await.unwrap_err();
    assert!(matches!(nobody, EngineError::NobodyToAnswer), "{nobody:?}");
    let nowhere = route(&bench, id, Route::Integration(IntegrationId::new(), None)).await.unwrap_err();
    assert!(matches!(nowhere, EngineError::IntegrationNotFound), "{nowhere:?}");
    assert_eq!(bench.engine.conversation(bench.tenant, id).await.unwrap(), before);
    let unknown = route(&bench, ConversationId::new(), Route::Bot).await.unwrap_err();
    assert!(matches!(unknown, EngineError::ConversationNotFound), "{unknown:?}");
}

#[tokio::test]
async fn a_move_tells_both_standings_and_a_route_to_the_holder_moves_nothing() {
    let bench = Bench::new().await;
    let bot = bench.integration("bot", IntegrationType::Bot, None).await;
    let (another, user) = bench.another_agent().await;
    let id = waiting_for_ada(&bench).await;
    let agent = route(&bench, id, Route::Integration(another.id, Some(Arc::default()))).await.unwrap();
    assert_eq!(agent.moved.from.holder, Holder::Bot(bot.id));
    assert_eq!(agent.moved.to.holder, Holder::Agent(another.id, Some(user)));
    assert_eq!(agent.moved.events(), [MoveEvent::Routed, MoveEvent::Assigned]);
    let stays = route(&bench, id, Route::Integration(another.id, Some(Arc::default()))).await.unwrap();
    assert_eq!((stays.moved.from == stays.moved.to, stays.moved.events()), (true, vec![MoveEvent::Routed]));
}

#[tokio::test]
async fn a_conversation_for_agents_who_are_not_there_waits_in_the_queue_of_their_team() {
    let bench = Bench::new().await;
    let id = waiting_for_ada(&bench).await;
    let wanted = Wanted::new(None, vec!["juggling".to_owned()]).unwrap();
    let steered = route(&bench, id, Route::Agents(Arc::new(wanted))).await.unwrap();
    assert_eq!((steered.moved.to.holder, steered.moved.to.queue), (Holder::Nobody, Queue::Agents));
    assert!(steered.conversation.queued.is_some());
}

#[tokio::test]
async fn what_could_not_be_kept_is_taken_back() {
    let bench = Bench::new().await;
    bench.integration("bot", IntegrationType::Bot, None).await;
    let id = waiting_for_ada(&bench).await;
    let live = bench.engine.open(bench.tenant, id).unwrap();
    let before = live.head();
    bench.store.break_down();
    assert!(bench.engine.resolve_conversation(bench.tenant, id).await.is_err());
    let profile = json!({"phone": "+14165550001"});
    let changed = bench.engine.change_properties(&live, |properties| {
        properties.insert("profile".to_owned(), profile);
    });
    assert!(changed.await.is_err());
    bench.store.repair();
    assert_eq!(live.head(), before);
    let resolved = bench.engine.resolve_conversation(bench.tenant, id).await.unwrap();
    assert!(resolved.conversation.resolved.is_some());
    assert_eq!(resolved.conversation.properties, before.properties);
}

#[tokio::test]
async fn a_customer_who_writes_on_makes_a_conversation_unresolved_and_one_who_types_does_not() {
    let bench = Bench::new().await;
    let id = waiting_for_ada(&bench).await;
    bench.engine.resolve_conversation(bench.tenant, id).await.unwrap();
    let is_resolved = async || bench.engine.conversation(bench.tenant, id).await.unwrap().resolved.is_some();
    bench.answer(id, bench.agent.id, "bye").await.unwrap();
    assert!(is_resolved().await);
    bench.say(id, "one more thing").await.unwrap();
    assert!(!is_resolved().await);
    bench.engine.resolve_conversation(bench.tenant, id).await.unwrap();
    let routed = route(&bench, id, Route::Agents(Arc::default())).await.unwrap();
    assert!(routed.conversation.resolved.is_none(), "whoever routes it has something to do in it");
}

#[tokio::test]
async fn a_conversation_is_closed_once() {
    let bench = Bench::new().await;
    let id = waiting_for_ada(&bench).await;
    let closed = bench.engine.close_conversation(bench.tenant, id).await.unwrap();
    assert!(closed.conversation.closed.is_some());
    let again = bench.engine.close_conversation(bench.tenant, id).await.unwrap_err();
    assert!(matches!(again, EngineError::ConversationClosed), "{again:?}");
    let late = bench.engine.resolve_conversation(bench.tenant, id).await.unwrap_err();
    assert!(matches!(late, EngineError::ConversationClosed), "{late:?}");
}
