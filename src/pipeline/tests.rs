//! The engine as a whole, on a store in memory.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use super::replay::{Gap, Missed, Scope, Since};
use super::testing::Bench;
use super::{EngineError, Found};
use crate::broker::{Acknowledgement, Side};
use crate::domain::audit::Actor;
use crate::domain::ids::{IntegrationId, VisitorId};
use crate::domain::integration::IntegrationType;
use crate::domain::order::Position;
use crate::pipeline::Establish;
use crate::store::{Retention, Store};

#[tokio::test]
async fn event_ids_increase_strictly_while_the_clock_stands_still() {
    let bench = Bench::new().await;
    let conversation = bench.establish("a").await.unwrap().id;
    let mut last = 0;
    for _ in 0..5 {
        let receipt = bench.say(conversation, "hi").await.unwrap();
        assert!(receipt.event_id > last, "{} after {last}", receipt.event_id);
        last = receipt.event_id;
    }
}

#[tokio::test]
async fn of_a_hundred_who_establish_one_binding_at_once_one_makes_it() {
    let bench = Arc::new(Bench::new().await);
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let bench = bench.clone();
            tokio::spawn(async move {
                let ask = Establish {
                    integration: bench.customer,
                    binding: "one".to_owned(),
                    properties: serde_json::Map::new(),
                    visitor: None,
                };
                bench.engine.establish(bench.tenant, ask).await.unwrap()
            })
        })
        .collect();
    let mut made = Vec::new();
    for task in tasks {
        made.push(task.await.unwrap());
    }
    assert_eq!(made.iter().filter(|one| one.found == Found::New).count(), 1);
    assert!(made.iter().all(|one| one.conversation.id == made[0].conversation.id));
}

#[tokio::test]
async fn what_could_not_be_kept_is_not_heard_and_leaves_no_hole() {
    let bench = Bench::new().await;
    let conversation = bench.establish("a").await.unwrap().id;
    bench.say(conversation, "kept").await.unwrap();
    let before = bench.engine.present(bench.tenant).position;

    bench.store.break_down();
    assert!(matches!(bench.say(conversation, "lost").await, Err(EngineError::Store(_))));
    assert_eq!(bench.engine.present(bench.tenant).position, before);

    bench.store.repair();
    bench.say(conversation, "kept again").await.unwrap();
    assert_eq!(bench.engine.present(bench.tenant).position, before.next());
    let history =
        bench.engine.history(bench.tenant, conversation, IntegrationType::Customer, 0).await.unwrap();
    let bodies: Vec<_> = history.iter().map(|record| record.body.contains("lost")).collect();
    assert_eq!(bodies, [false, false]);
}

#[tokio::test]
async fn a_binding_that_could_not_be_kept_is_free_again() {
    let bench = Bench::new().await;
    bench.store.break_down();
    assert!(matches!(bench.establish("a").await, Err(EngineError::Store(_))));
    bench.store.repair();
    assert!(bench.establish("a").await.is_ok());
}

#[tokio::test]
async fn a_visitor_who_could_not_be_kept_is_not_let_in() {
    let bench = Bench::new().await;
    let visitors = async || {
        let id = bench.establish("a").await.unwrap().id;
        bench.engine.conversation(bench.tenant, id).await.unwrap().visitors
    };
    assert_eq!(visitors().await, []);
    let (first, late) = (VisitorId::new(), VisitorId::new());
    bench.visit("a", first).await.unwrap();
    bench.store.break_down();
    assert!(matches!(bench.visit("a", late).await, Err(EngineError::Store(_))));
    bench.store.repair();
    assert_eq!(visitors().await, [first]);
    assert_eq!(bench.visit("a", late).await.unwrap().visitors, [first, late]);
}

#[tokio::test]
async fn a_reader_that_was_away_for_longer_than_activities_are_kept_is_told_of_the_gap() {
    let bench = Bench::new().await;
    let conversation = bench.establish("a").await.unwrap().id;
    let early = bench.say(conversation, "old").await.unwrap().event_id;
    let cursor = bench.engine.present(bench.tenant);
    bench.say(conversation, "old too").await.unwrap();
    bench.clock.advance(Duration::from_secs(10 * 24 * 60 * 60));
    bench.say(conversation, "new").await.unwrap();

    let week_ago = bench.engine.now().minus(Duration::from_secs(7 * 24 * 60 * 60));
    bench
        .store
        .prune(Retention { events: week_ago, idempotency: week_ago, audit: week_ago, deliveries: week_ago })
        .await
        .unwrap();

    let scope = Scope::Conversation(conversation, Side::Business);
    for since in [Since::Cursor(cursor), Since::Event(early)] {
        let resumption = bench.engine.resume(bench.tenant, scope, since).await.unwrap();
        assert_eq!(resumption.gap, Some(Gap::Retention), "{since:?}");
        let Missed::Activities(rest) =
            bench.engine.replay(bench.tenant, scope, resumption.after).await.unwrap()
        else {
            panic!("the gap was told already")
        };
        assert_eq!(rest.len(), 1, "what is left is given all the same");
    }
    let present = Since::Cursor(bench.engine.present(bench.tenant));
    assert_eq!(bench.engine.resume(bench.tenant, scope, present).await.unwrap().gap, None);
}

#[tokio::test]
async fn a_place_that_the_store_never_gave_is_unknown() {
    let bench = Bench::new().await;
    let scope = Scope::Integration(IntegrationId::new());
    let ahead = bench.engine.cursor(Position(1_000));
    let resumption = bench.engine.resume(bench.tenant, scope, Since::Cursor(ahead)).await.unwrap();
    assert_eq!(resumption.gap, Some(Gap::Unknown));
    assert_eq!(resumption.after, Position(0), "what there is follows");
}

#[tokio::test]
async fn a_chat_is_offered_answered_and_closed_in_the_sessions_of_its_agent() {
    let bench = Bench::new().await;
    let session = bench.session(&bench.user, Acknowledgement::NotRequired).await;
    let conversation = bench.establish("a").await.unwrap().id;
    bench.say(conversation, "hello?").await.unwrap();
    assert_eq!(
        bench.heard(&session).await,
        ["messaging.EntityAdded", "engagementCenter.ScreenPop", "messaging.EntitySendText"]
    );
    bench.answer(conversation, bench.agent.id, "hello!").await.unwrap();
    assert_eq!(bench.heard(&session).await, ["engagementCenter.Active", "messaging.EntitySendText"]);
    bench.answer(conversation, bench.agent.id, "still there?").await.unwrap();
    assert_eq!(bench.heard(&session).await, ["messaging.EntitySendText"]);

    bench.engine.delete_hub(Actor::operator(bench.tenant), bench.hub.id).await.unwrap();
    assert_eq!(
        bench.heard(&session).await,
        ["engagementCenter.InteractionClear", "engagementCenter.Wrap", "engagementCenter.Idle"]
    );
    let closed = bench.engine.conversation(bench.tenant, conversation).await.unwrap();
    assert!(closed.closed.is_some());
    assert!(matches!(bench.say(conversation, "anyone?").await, Err(EngineError::ConversationClosed)));
}

#[tokio::test]
async fn a_chat_that_is_offered_while_its_hub_is_being_deleted_is_cleared_as_well() {
    let bench = Bench::new().await;
    bench.establish("a").await.unwrap();
    let session = bench.session(&bench.user, Acknowledgement::NotRequired).await;
    let mut deleting = Box::pin(bench.engine.delete_hub(Actor::operator(bench.tenant), bench.hub.id));
    assert!((&mut deleting).now_or_never().is_none(), "it waits for the close of the first chat");
    let late = bench.establish("b").await.unwrap().id;
    bench.say(late, "hello?").await.unwrap();
    deleting.await.unwrap();
    assert!(bench.engine.open(bench.tenant, late).is_none());
    assert_eq!(
        bench.heard(&session).await,
        [
            "messaging.EntityAdded",
            "engagementCenter.ScreenPop",
            "messaging.EntitySendText",
            "engagementCenter.InteractionClear",
            "engagementCenter.Wrap",
            "engagementCenter.Idle"
        ]
    );
}

#[tokio::test]
async fn accepting_counts_as_an_answer_and_only_from_who_was_offered_it() {
    let bench = Bench::new().await;
    let (another, _) = bench.another_agent().await;
    let session = bench.session(&bench.user, Acknowledgement::NotRequired).await;
    let conversation = bench.establish("a").await.unwrap().id;
    bench.say(conversation, "hello?").await.unwrap();
    let refused = bench.engine.accept(bench.tenant, conversation, &another).await;
    assert!(matches!(refused, Err(EngineError::NotTheDestination)));
    bench.engine.accept(bench.tenant, conversation, &bench.agent).await.unwrap();
    bench.engine.accept(bench.tenant, conversation, &bench.agent).await.unwrap();
    let heard = bench.heard(&session).await;
    assert_eq!(heard.iter().filter(|kind| *kind == "engagementCenter.Active").count(), 1, "{heard:?}");
}

#[tokio::test]
async fn an_agent_that_speaks_takes_the_conversation_over() {
    let bench = Bench::new().await;
    let (another, sam) = bench.another_agent().await;
    let first = bench.session(&bench.user, Acknowledgement::NotRequired).await;
    let second = bench.session(&sam, Acknowledgement::NotRequired).await;
    let conversation = bench.establish("a").await.unwrap().id;
    bench.say(conversation, "hello?").await.unwrap();
    bench.heard(&first).await;
    bench.answer(conversation, another.id, "mine").await.unwrap();
    assert_eq!(bench.heard(&first).await, ["engagementCenter.InteractionTransferred"]);
    assert_eq!(
        bench.heard(&second).await,
        [
            "messaging.EntityAdded",
            "engagementCenter.ScreenPop",
            "engagementCenter.Active",
            "messaging.EntitySendText"
        ]
    );
    let head = bench.engine.conversation(bench.tenant, conversation).await.unwrap();
    assert_eq!(head.destination, Some(another.id));
}

#[tokio::test]
async fn chats_go_to_the_agent_with_the_fewest() {
    let bench = Bench::new().await;
    let (another, _) = bench.another_agent().await;
    let mut destinations = Vec::new();
    for binding in ["a", "b", "c", "d"] {
        let conversation = bench.establish(binding).await.unwrap().id;
        bench.say(conversation, "hello?").await.unwrap();
        let head = bench.engine.conversation(bench.tenant, conversation).await.unwrap();
        destinations.push(head.destination.unwrap());
    }
    assert_eq!(destinations, [bench.agent.id, another.id, bench.agent.id, another.id]);
}

/// Polls a future once and drops it, as a server does with the request of a client that hangs up.
fn hang_up(request: impl Future) {
    drop(Box::pin(request).now_or_never());
}

#[tokio::test]
async fn a_client_that_hangs_up_while_it_establishes_does_not_block_its_binding() {
    let bench = Bench::new().await;
    hang_up(bench.establish("a"));
    let first = bench.establish("a").await.unwrap();
    assert_eq!(bench.establish("a").await.unwrap().id, first.id);
    bench.say(first.id, "hello?").await.unwrap();
}

#[tokio::test]
async fn a_close_is_finished_though_nobody_waits_for_it() {
    let bench = Bench::new().await;
    let first = bench.establish("a").await.unwrap();
    let live = bench.engine.open(bench.tenant, first.id).unwrap();
    hang_up(bench.engine.close(&live));
    let second = bench.establish("a").await.unwrap();
    assert_ne!(second.id, first.id);
    let open = bench.engine.open_in_hub(bench.tenant, bench.hub.id, 10).unwrap();
    assert_eq!(open.newest.iter().map(|live| live.id).collect::<Vec<_>>(), [second.id]);
}

#[tokio::test]
async fn a_close_that_could_not_be_kept_leaves_the_conversation_open() {
    let bench = Bench::new().await;
    let conversation = bench.establish("a").await.unwrap();
    let live = bench.engine.open(bench.tenant, conversation.id).unwrap();
    bench.store.break_down();
    assert!(matches!(bench.engine.close(&live).await, Err(EngineError::Store(_))));
    bench.store.repair();
    assert_eq!(bench.establish("a").await.unwrap().id, conversation.id);
    bench.say(conversation.id, "still here").await.unwrap();
}

#[tokio::test]
async fn a_chat_whose_first_message_could_not_be_kept_is_offered_with_the_next() {
    let bench = Bench::new().await;
    let session = bench.session(&bench.user, Acknowledgement::NotRequired).await;
    let conversation = bench.establish("a").await.unwrap().id;
    bench.store.break_down();
    assert!(bench.say(conversation, "lost").await.is_err());
    assert_eq!(bench.engine.open_at(bench.agent.id, 10).total, 0);
    bench.store.repair();
    bench.say(conversation, "hello?").await.unwrap();
    assert_eq!(
        bench.heard(&session).await,
        ["messaging.EntityAdded", "engagementCenter.ScreenPop", "messaging.EntitySendText"]
    );
    let kept = bench.store.conversation(bench.tenant, conversation).await.unwrap().unwrap();
    assert_eq!(kept.destination, Some(bench.agent.id));
    assert_eq!(bench.engine.open_at(bench.agent.id, 10).total, 1);
}

#[tokio::test]
async fn what_was_built_on_a_lost_head_is_lost_with_it() {
    let bench = Bench::new().await;
    let conversation = bench.establish("a").await.unwrap().id;
    bench.store.break_down();
    let first = bench.say(conversation, "routes it");
    let second = bench.say(conversation, "relies on that");
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_err() && second.is_err());
    bench.store.repair();
    assert!(bench.say(conversation, "again").await.is_ok());
}
