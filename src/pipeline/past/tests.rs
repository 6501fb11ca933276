//! How much of what was said before goes along, and how often it is read.

use serde_json::{Value, json};

use crate::domain::ids::ConversationId;
use crate::domain::integration::IntegrationType;
use crate::pipeline::testing::{Bench, HANDOVER_ACTIVITIES, HANDOVER_BYTES};
use crate::pipeline::{ActivityDraft, Door};
use crate::store::{Retention, Store};

/// A bench with a bot, whose conversation it is, before anybody has said anything.
async fn bench_with_bot() -> (Bench, ConversationId) {
    let bench = Bench::new().await;
    bench.integration("bot", IntegrationType::Bot, None).await;
    let id = bench.establish("a").await.unwrap().id;
    (bench, id)
}

/// The bot hands the conversation over. Gives the texts that go along.
async fn texts_of_before(bench: &Bench, id: ConversationId) -> Vec<String> {
    let bot = bench.engine.conversation(bench.tenant, id).await.unwrap().destination;
    let event = json!({"type": "payload", "payloadType": "hubster.handover", "payload": {}});
    let body = json!({"type": "event", "event": event});
    let mut draft = ActivityDraft::from_body(body.as_object().unwrap()).unwrap();
    draft.sender = bot;
    bench.engine.submit(bench.tenant, id, Door::Business, draft).await.unwrap();
    let told = bench.engine.history(bench.tenant, id, IntegrationType::Agent, 0).await.unwrap();
    let told: Value = serde_json::from_str(&told[0].body).unwrap();
    let history = told["event"]["payload"]["history"].as_array().unwrap();
    history.iter().map(|activity| activity["message"]["text"].as_str().unwrap().to_owned()).collect()
}

/// What the activity of a text of no length would have.
async fn overhead(bench: &Bench, id: ConversationId) -> usize {
    bench.say(id, "x").await.unwrap();
    let said = bench.engine.history(bench.tenant, id, IntegrationType::Customer, 0).await.unwrap();
    said[0].body.len() - 1
}

#[tokio::test]
async fn no_more_bytes_of_before_go_along_than_may_with_the_newest_first() {
    for (more, expected) in [(0, vec!["first", "second"]), (1, vec!["second"])] {
        let (bench, id) = bench_with_bot().await;
        let overhead = overhead(&bench, id).await;
        let first = "f".repeat(HANDOVER_BYTES - 2 * overhead - 6 + more);
        bench.say(id, &first).await.unwrap();
        bench.say(id, "second").await.unwrap();
        let texts = texts_of_before(&bench, id).await;
        let expected: Vec<_> =
            expected.into_iter().map(|text| if text == "first" { first.as_str() } else { text }).collect();
        assert_eq!(texts, expected);
    }
}

#[tokio::test]
async fn nothing_goes_along_that_is_larger_alone_than_all_may_be() {
    for (more, goes_along) in [(0, true), (1, false)] {
        let (bench, id) = bench_with_bot().await;
        let overhead = overhead(&bench, id).await;
        let large = "l".repeat(HANDOVER_BYTES - overhead + more);
        bench.say(id, &large).await.unwrap();
        let texts = texts_of_before(&bench, id).await;
        assert_eq!(texts, if goes_along { vec![large] } else { Vec::new() });
    }
}

#[tokio::test]
async fn what_was_said_before_is_read_once_however_long_the_conversation_is() {
    let (bench, id) = bench_with_bot().await;
    let texts: Vec<_> = (0..100).map(|n| format!("text {n}")).collect();
    for text in &texts {
        bench.say(id, text).await.unwrap();
    }
    assert_eq!(texts_of_before(&bench, id).await, texts[texts.len() - HANDOVER_ACTIVITIES..]);
    assert_eq!(bench.store.pasts(), 1);
}

#[tokio::test]
async fn what_could_not_be_kept_is_not_waited_for() {
    let (bench, id) = bench_with_bot().await;
    bench.say(id, "kept").await.unwrap();
    bench.store.break_down();
    bench.say(id, "lost").await.unwrap_err();
    bench.store.repair();
    assert_eq!(texts_of_before(&bench, id).await, ["kept"]);
    assert_eq!(bench.store.pasts(), 1);
}

#[tokio::test]
async fn what_is_gone_for_its_age_is_not_waited_for() {
    let (bench, id) = bench_with_bot().await;
    bench.say(id, "long ago").await.unwrap();
    bench.clock.advance(std::time::Duration::from_secs(60));
    let other = bench.establish("b").await.unwrap().id;
    bench.say(other, "the newest of the organization").await.unwrap();
    let now = bench.engine.now();
    let retention = Retention { events: now, idempotency: now, audit: now, deliveries: now };
    bench.store.prune(retention).await.unwrap();
    assert_eq!(texts_of_before(&bench, id).await, [] as [&str; 0]);
    assert_eq!(bench.store.pasts(), 1);
}
