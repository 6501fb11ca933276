//! When silence ends a conversation, what outlives a restart of it, and that a wave of closes holds nobody up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::*;
use crate::broker::Acknowledgement;
use crate::domain::audit::Actor;
use crate::domain::hub::HubStatus;
use crate::domain::ids::HubId;
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::pipeline::testing::Bench;
use crate::pipeline::{ActivityDraft, Addressee, Door, Establish};
use crate::registry::{ConfigurationSpec, DirectSpec, HubPatch, HubSpec, IntegrationSpec};
use crate::store::{Retention, Store};

const MILLISECOND: Duration = Duration::from_millis(1);

async fn bench_with_days(days: u32) -> Bench {
    let bench = Bench::new().await;
    set_days(&bench, days).await;
    bench
}

async fn set_days(bench: &Bench, days: u32) {
    let patch = HubPatch { close_dormant_days: Some(days), ..HubPatch::default() };
    bench.registry.update_hub(Actor::operator(bench.tenant), bench.hub.id, patch).await.unwrap();
}

async fn sweep(bench: &Bench) {
    bench.engine.close_dormant().await.unwrap();
}

fn is_open(bench: &Bench, id: ConversationId) -> bool {
    bench.engine.open(bench.tenant, id).is_some()
}

/// A conversation in which the customer has said something.
async fn talk(bench: &Bench, binding: &str) -> ConversationId {
    let id = bench.establish(binding).await.unwrap().id;
    bench.say(id, "hello?").await.unwrap();
    id
}

/// Asserts that a conversation is closed once `span` from now is over, and not a millisecond before.
async fn assert_closed_after(bench: &Bench, id: ConversationId, span: Duration) {
    bench.clock.advance(span - MILLISECOND);
    sweep(bench).await;
    assert!(is_open(bench, id), "closed before its time");
    bench.clock.advance(MILLISECOND);
    sweep(bench).await;
    assert!(!is_open(bench, id), "still open");
}

#[tokio::test]
async fn a_conversation_is_closed_when_its_days_of_silence_are_over_as_by_any_close() {
    let bench = bench_with_days(2).await;
    let id = talk(&bench, "ada").await;
    bench.clock.advance(DAY * 2);
    let session = bench.session(&bench.user, Acknowledgement::NotRequired).await;
    sweep(&bench).await;
    assert_eq!(
        bench.heard(&session).await,
        ["engagementCenter.InteractionClear", "engagementCenter.Wrap", "engagementCenter.Idle"]
    );
    let closed = bench.engine.conversation(bench.tenant, id).await.unwrap().closed;
    assert_eq!(closed, Some(bench.engine.now()));
    assert!(matches!(bench.say(id, "late").await, Err(EngineError::ConversationClosed)));
    assert_ne!(bench.establish("ada").await.unwrap().id, id, "the binding is free");
}

#[tokio::test]
async fn the_last_millisecond_of_the_days_is_part_of_them() {
    let bench = bench_with_days(2).await;
    let id = talk(&bench, "ada").await;
    assert_closed_after(&bench, id, DAY * 2).await;
}

#[tokio::test]
async fn a_conversation_in_which_nothing_was_said_counts_from_its_opening() {
    let bench = bench_with_days(1).await;
    let id = bench.establish("ada").await.unwrap().id;
    assert_closed_after(&bench, id, DAY).await;
}

#[tokio::test]
async fn whoever_says_something_lets_the_days_begin_anew() {
    let bench = bench_with_days(1).await;
    let id = talk(&bench, "ada").await;
    bench.clock.advance(DAY - MILLISECOND);
    bench.say(id, "are you there?").await.unwrap();
    bench.clock.advance(DAY - MILLISECOND);
    sweep(&bench).await;
    bench.answer(id, bench.agent.id, "I am").await.unwrap();
    assert_closed_after(&bench, id, DAY).await;
}

#[tokio::test]
async fn what_is_not_kept_breaks_no_silence() {
    let bench = bench_with_days(1).await;
    let id = talk(&bench, "ada").await;
    bench.clock.advance(DAY - MILLISECOND);
    for event in ["typing_on", "seen"] {
        let body = json!({"type": "event", "event": {"type": event}});
        let draft = ActivityDraft::from_body(body.as_object().unwrap()).unwrap();
        bench.engine.submit(bench.tenant, id, Door::Customer, draft).await.unwrap();
    }
    bench.establish("ada").await.unwrap();
    assert_closed_after(&bench, id, MILLISECOND).await;
}

#[tokio::test]
async fn a_hub_without_days_keeps_its_conversations_open_for_ever() {
    let bench = bench_with_days(0).await;
    let id = talk(&bench, "ada").await;
    bench.clock.advance(DAY * 100_000);
    sweep(&bench).await;
    assert!(is_open(&bench, id));
}

#[tokio::test]
async fn other_days_of_a_hub_count_with_the_next_sweep() {
    let bench = bench_with_days(30).await;
    let id = talk(&bench, "ada").await;
    bench.clock.advance(DAY * 10);
    for days in [30, 11, 0] {
        set_days(&bench, days).await;
        sweep(&bench).await;
        assert!(is_open(&bench, id), "{days} days");
    }
    set_days(&bench, 10).await;
    sweep(&bench).await;
    assert!(!is_open(&bench, id));
}

#[tokio::test]
async fn each_hub_has_its_own_days() {
    let bench = bench_with_days(3).await;
    let slow = talk(&bench, "ada").await;
    let spec = HubSpec {
        name: "hasty".to_owned(),
        description: String::new(),
        close_dormant_days: 1,
        status: HubStatus::Active,
    };
    let hub = bench.registry.create_hub(Actor::operator(bench.tenant), spec, None).await.unwrap();
    let spec = IntegrationSpec {
        name: "customer".to_owned(),
        kind: IntegrationType::Customer,
        status: IntegrationStatus::Active,
        configuration: ConfigurationSpec::Direct(DirectSpec::default()),
    };
    let integration = bench
        .registry
        .create_integration(Actor::operator(bench.tenant), hub.id, spec, None)
        .await
        .unwrap()
        .id;
    let ask =
        Establish { integration, binding: "eve".to_owned(), properties: Default::default(), visitor: None };
    let hasty = bench.engine.establish(bench.tenant, ask).await.unwrap().conversation.id;
    bench.clock.advance(DAY);
    sweep(&bench).await;
    assert_eq!((is_open(&bench, slow), is_open(&bench, hasty)), (true, false));
}

#[tokio::test]
async fn days_go_on_while_the_broker_is_down() {
    let mut bench = bench_with_days(2).await;
    let (silent, talking) = (bench.establish("ada").await.unwrap().id, talk(&bench, "eve").await);
    bench.clock.advance(DAY);
    bench.say(talking, "still there").await.unwrap();
    bench.clock.advance(DAY);
    bench.restart().await;
    sweep(&bench).await;
    assert_eq!((is_open(&bench, silent), is_open(&bench, talking)), (false, true));
    assert_closed_after(&bench, talking, DAY).await;
}

#[tokio::test]
async fn a_restart_knows_of_words_that_are_gone_for_their_age_and_closes_an_hour_late_at_most() {
    let mut bench = bench_with_days(30).await;
    let id = talk(&bench, "ada").await;
    bench.clock.advance(DAY * 10);
    bench.say(id, "a first word after a long time").await.unwrap();
    bench.clock.advance(SAID_STEP - MILLISECOND);
    bench.say(id, "for which the head was not kept again").await.unwrap();
    bench.clock.advance(DAY * 20);
    // The newest activity of an organization stays, whatever its age.
    let other = talk(&bench, "eve").await;
    let now = bench.engine.now();
    bench
        .store
        .prune(Retention { events: now.minus(DAY), idempotency: now, audit: now, deliveries: now })
        .await
        .unwrap();
    let left = bench.engine.history(bench.tenant, id, IntegrationType::Customer, 0).await.unwrap();
    assert_eq!(left.len(), 0, "what was said is gone");
    bench.restart().await;
    assert_closed_after(&bench, id, DAY * 10 + MILLISECOND).await;
    assert!(is_open(&bench, other));
}

#[tokio::test]
async fn a_close_that_could_not_be_kept_is_done_by_the_next_sweep() {
    let bench = bench_with_days(1).await;
    let id = talk(&bench, "ada").await;
    bench.clock.advance(DAY);
    bench.store.break_down();
    assert!(matches!(bench.engine.close_dormant().await, Err(EngineError::Store(_))));
    assert!(is_open(&bench, id));
    bench.store.repair();
    sweep(&bench).await;
    assert!(!is_open(&bench, id));
}

#[tokio::test]
async fn a_sweep_looks_at_a_talk_once_in_the_days_of_its_hub() {
    let bench = bench_with_days(2).await;
    let id = talk(&bench, "ada").await;
    let due = || {
        let until = bench.engine.now().minus(DAY * 2);
        let hub = (bench.tenant, bench.hub.id);
        bench.engine.conversations.by_silence().up_to(hub, None, until, CLOSE_BATCH).len()
    };
    bench.clock.advance(DAY);
    bench.say(id, "hello again").await.unwrap();
    assert_eq!(due(), 0);
    bench.clock.advance(DAY);
    assert_eq!(due(), 1);
    sweep(&bench).await;
    assert_eq!(due(), 0);
    bench.clock.advance(DAY);
    assert_eq!(due(), 1);
    sweep(&bench).await;
    assert_eq!((due(), bench.engine.conversations.by_silence().hubs().len()), (0, 0), "nothing stays behind");
}

#[tokio::test]
async fn of_many_hubs_at_most_256_are_looked_at_in_one_go_and_none_is_left_out() {
    let bench = bench_with_days(1).await;
    let id = talk(&bench, "ada").await;
    for _ in 0..CLOSE_BATCH * 2 {
        let elsewhere = (Millis(0), ConversationId::new());
        bench.engine.conversations.by_silence().put((bench.tenant, HubId::new()), elsewhere);
    }
    bench.clock.advance(DAY);
    let mut round = Round { hubs: bench.engine.conversations.by_silence().hubs(), after: None };
    let (mut left, mut found) = (vec![round.hubs.len()], Vec::new());
    while !round.hubs.is_empty() {
        found.extend(bench.engine.next_candidates(&mut round).into_iter().map(|candidate| candidate.id));
        left.push(round.hubs.len());
    }
    assert_eq!((left, found), (vec![CLOSE_BATCH * 2 + 1, CLOSE_BATCH + 1, 1, 0], vec![id]));
}

/// Conversations that go on come up as well, once in the days of their hub. They stay, and looking at them takes its
/// time too.
#[tokio::test(start_paused = true)]
async fn of_many_conversations_that_go_on_at_most_256_are_looked_at_between_two_publishes_that_wait() {
    const CONVERSATIONS: usize = 2_000;
    let bench = Arc::new(bench_with_days(2).await);
    let mut talks = Vec::with_capacity(CONVERSATIONS);
    for number in 0..CONVERSATIONS {
        talks.push(bench.establish(&number.to_string()).await.unwrap().id);
    }
    bench.clock.advance(DAY);
    for id in talks {
        bench.say(id, "still there").await.unwrap();
    }
    bench.clock.advance(DAY);
    let published = Arc::new(AtomicUsize::new(0));
    let publishing = tokio::spawn({
        let (bench, published) = (bench.clone(), published.clone());
        async move {
            loop {
                bench.publish("engagementCenter.Idle", Addressee::Organization).await;
                published.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    sweep(&bench).await;
    publishing.abort();
    let open = bench.engine.open_in_hub(bench.tenant, bench.hub.id, 0).unwrap().total;
    assert_eq!(open, CONVERSATIONS);
    let published = published.load(Ordering::Relaxed);
    assert!(published >= CONVERSATIONS / CLOSE_BATCH, "{published} publishes amid {CONVERSATIONS} looks");
}

#[tokio::test(start_paused = true)]
async fn of_many_dormant_conversations_at_most_256_are_closed_between_two_publishes_that_wait() {
    const CONVERSATIONS: usize = 2_000;
    let bench = Arc::new(bench_with_days(1).await);
    for number in 0..CONVERSATIONS {
        bench.establish(&number.to_string()).await.unwrap();
    }
    bench.clock.advance(DAY);
    let open = |bench: &Bench| bench.engine.open_in_hub(bench.tenant, bench.hub.id, 0).unwrap().total;
    let publishing = tokio::spawn({
        let bench = bench.clone();
        async move {
            let mut left = Vec::new();
            while left.last() != Some(&0) {
                bench.publish("engagementCenter.Idle", Addressee::Organization).await;
                left.push(open(&bench));
            }
            left
        }
    });
    sweep(&bench).await;
    let mut before = CONVERSATIONS;
    for left in publishing.await.unwrap() {
        assert!(before - left <= CLOSE_BATCH, "{before} before a publish, {left} after it");
        before = left;
    }
}
