//! Whole engines whose hub has stages.

mod held;

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::testing::Mood;
use crate::domain::audit::Actor;
use crate::domain::clock::Millis;
use crate::domain::directory::UserState;
use crate::domain::ids::ConversationId;
use crate::domain::integration::SigningKeyPair;
use crate::domain::stage::{
    FailurePolicy, KeywordRule, Keywords, Language, OpenHours, Plugin, Senders, Sentiment, Span, Stage, Week,
    Zone,
};
use crate::pipeline::testing::{Bench, PLUGIN_FAILURES, PLUGIN_PAUSE, PLUGIN_QUESTIONS, WAITING};
use crate::pipeline::{ActivityDraft, Door, EngineError};
use crate::registry::UserPatch;
use crate::store::{HistoryQuery, Page, Store};

async fn bench_with(stages: Vec<Stage>) -> (Bench, ConversationId) {
    let bench = Bench::new().await;
    set(&bench, stages).await;
    let conversation = bench.establish("ada").await.unwrap().id;
    (bench, conversation)
}

async fn set(bench: &Bench, stages: Vec<Stage>) {
    bench.registry.put_pipeline(Actor::operator(bench.tenant), bench.hub.id, stages).await.unwrap();
}

fn plugin(on_failure: FailurePolicy) -> Stage {
    Stage::Plugin(Plugin {
        name: "p".to_owned(),
        url: "https://plugin.example".to_owned(),
        senders: Senders::CUSTOMERS,
        timeout: Duration::from_secs(5),
        on_failure,
        keys: SigningKeyPair { public: String::new(), private: String::new() },
    })
}

fn activity(body: Value) -> ActivityDraft {
    ActivityDraft::from_body(body.as_object().unwrap()).unwrap()
}

/// A message that comes from the business only.
fn list() -> Value {
    json!({"type": "list", "items": [{"title": "One"}]})
}

/// Everything that is kept of a conversation, in its order.
async fn history(bench: &Bench, conversation: ConversationId) -> Vec<Value> {
    let query = HistoryQuery {
        tenant: bench.tenant,
        conversation,
        party: None,
        after: 0,
        page: Page { rows: usize::MAX, bytes: usize::MAX },
    };
    let records = bench.store.history(query).await.unwrap();
    records.iter().map(|record| serde_json::from_str(&record.body).unwrap()).collect()
}

/// The texts that were said in a conversation.
async fn texts(bench: &Bench, conversation: ConversationId) -> Vec<String> {
    let all = history(bench, conversation).await;
    all.iter().filter_map(|activity| activity["message"]["text"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn what_stages_find_out_stands_among_the_tags_of_the_activity() {
    let rule = KeywordRule {
        name: "refunds".to_owned(),
        phrases: vec!["money back".to_owned()],
        tags: vec!["billing".to_owned()],
        alert: false,
        team: None,
    };
    let senders = Senders::CUSTOMERS;
    let (bench, conversation) = bench_with(vec![
        Stage::Keywords(Keywords { senders, rules: vec![rule] }),
        Stage::Language(Language { senders, languages: vec!["eng".to_owned(), "deu".to_owned()] }),
        Stage::Sentiment(Sentiment { senders }),
    ])
    .await;
    bench.say(conversation, "This is terrible, I want my money back!").await.unwrap();
    bench.answer(conversation, bench.agent.id, "You get your money back").await.unwrap();
    bench.say(conversation, "Das ist furchtbar, ich warte seit zwei Wochen auf mein Geld").await.unwrap();
    let all = history(&bench, conversation).await;
    assert_eq!(all[0]["tags"]["keywords"], json!(["billing"]));
    assert_eq!(all[0]["tags"]["language"], "eng");
    assert_eq!(all[0]["tags"]["sentiment"], "negative");
    assert_eq!(all[1]["tags"], Value::Null, "an agent's texts are not looked at");
    assert_eq!(all[2]["tags"]["language"], "deu");
    assert_eq!(all[2]["tags"]["sentiment"], Value::Null, "the lexicon is English");
}

#[tokio::test]
async fn an_alert_is_an_event_for_the_business_and_a_text_of_the_system_for_sessions() {
    let rule = KeywordRule {
        name: "threats".to_owned(),
        phrases: vec!["lawyer".to_owned()],
        tags: Vec::new(),
        alert: true,
        team: None,
    };
    let senders = Senders::CUSTOMERS;
    let (bench, conversation) =
        bench_with(vec![Stage::Keywords(Keywords { senders, rules: vec![rule] })]).await;
    let session = bench.session(&bench.user, crate::broker::Acknowledgement::NotRequired).await;
    let receipt = bench.say(conversation, "I call my lawyer").await.unwrap();
    let all = history(&bench, conversation).await;
    assert_eq!(
        all[1]["event"],
        json!({"type": "payload", "payloadType": "hubster.alert", "payload": {"rule": "threats",
            "phrases": ["lawyer"], "interactionId": receipt.interaction.unwrap().to_string()}})
    );
    assert_eq!(all[1]["recipient"]["integrationId"], bench.agent.id.to_string());
    let heard = bench.taken(&session).await;
    let payload: Value = serde_json::from_str(heard.last().unwrap()["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload["payload"]["entityName"], "threats");
    assert_eq!(payload["payload"]["text"], "lawyer");
}

/// Open from one minute after midnight in UTC to the end of the day, on every day.
fn hours(closed_message: &str) -> Stage {
    let mut week = Week::default();
    week.0.fill(vec![Span::between(1, 24 * 60).unwrap()]);
    let message = json!({"type": "text", "text": closed_message});
    Stage::OpenHours(OpenHours {
        zone: Zone::named("UTC").unwrap(),
        week,
        exceptions: std::collections::BTreeMap::new(),
        closed_message: message.as_object().cloned(),
    })
}

/// A midnight in UTC.
const MIDNIGHT: Millis = Millis(1_700_006_400_000);

#[tokio::test]
async fn while_a_business_is_closed_customers_are_told_once_and_wait_for_its_opening() {
    let (bench, conversation) = bench_with(vec![hours("We are closed")]).await;
    bench.clock.set(MIDNIGHT);
    bench.engine.greet_openings().await;
    bench.say(conversation, "Hello?").await.unwrap();
    bench.say(conversation, "Anybody?").await.unwrap();
    assert_eq!(texts(&bench, conversation).await, ["Hello?", "We are closed", "Anybody?"]);
    let head = || bench.engine.open(bench.tenant, conversation).unwrap().head();
    assert_eq!(head().destination, None);

    bench.engine.greet_openings().await;
    assert_eq!(head().destination, None, "it is closed still");
    bench.clock.advance(Duration::from_secs(60));
    bench.engine.greet_openings().await;
    assert_eq!(head().destination, Some(bench.agent.id));

    bench.clock.set(Millis(MIDNIGHT.0 + 24 * 60 * 60 * 1000));
    bench.say(conversation, "The next night").await.unwrap();
    assert_eq!(texts(&bench, conversation).await[3..], ["The next night", "We are closed"]);
    assert_eq!(head().destination, Some(bench.agent.id), "whoever has it keeps it");
}

#[tokio::test]
async fn who_could_not_be_taken_as_a_business_opened_is_when_that_is_asked_again() {
    let (bench, conversation) = bench_with(vec![hours("We are closed")]).await;
    bench.clock.set(MIDNIGHT);
    bench.engine.greet_openings().await;
    bench.say(conversation, "Hello?").await.unwrap();
    let head = || bench.engine.open(bench.tenant, conversation).unwrap().head();
    bench.clock.advance(Duration::from_secs(60));
    bench.store.break_down();
    for _ in 0..2 {
        bench.engine.greet_openings().await;
        assert_eq!(head().destination, None);
    }
    bench.store.repair();
    bench.engine.greet_openings().await;
    assert_eq!(head().destination, Some(bench.agent.id));
}

#[tokio::test]
async fn a_plug_in_is_asked_about_the_activity_and_its_conversation() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::PassOn)]).await;
    let receipt = bench.say(conversation, "Hello").await.unwrap();
    bench.answer(conversation, bench.agent.id, "An agent's text").await.unwrap();
    assert_eq!(bench.plugins.asked(), ["Hello"]);
    let question = bench.plugins.last_question();
    assert_eq!(question["id"], receipt.interaction.unwrap().to_string());
    assert_eq!(question["conversationId"], conversation.to_string());
    assert_eq!(question["activity"]["sender"]["integrationType"], "Customer");
    assert_eq!(question["conversationProperties"]["profile"]["device"], "Direct");
}

#[tokio::test]
async fn a_plug_in_alters_redirects_and_stops() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::PassOn)]).await;
    let (another, _) = bench.another_agent().await;
    bench.plugins.become_like(Mood::Answering(
        json!({"action": "redirect", "integrationId": another.id.to_string(), "tags": {"vip": true},
            "message": {"type": "text", "text": "***"}}),
    ));
    bench.say(conversation, "4711 0815").await.unwrap();
    let all = history(&bench, conversation).await;
    assert_eq!(all[0]["message"]["text"], "***");
    assert_eq!(all[0]["tags"], json!({"vip": true}));
    assert_eq!(all[0]["recipient"]["integrationId"], another.id.to_string());

    bench.plugins.become_like(Mood::Answering(json!({"action": "stop", "reason": "No links, please."})));
    let refused = bench.say(conversation, "spam").await.unwrap_err();
    assert!(matches!(&refused, EngineError::Stopped(Some(reason)) if reason == "No links, please."));
    assert_eq!(texts(&bench, conversation).await, ["***"]);
}

#[tokio::test]
async fn nothing_of_a_conversation_overtakes_what_waits_for_a_plug_in() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::PassOn)]).await;
    let other = bench.establish("bob").await.unwrap().id;
    bench.plugins.become_like(Mood::Silent);
    let first = bench.say(conversation, "first");
    let second = bench.answer(conversation, bench.agent.id, "second");
    let third = bench.say(conversation, "third");
    let release = async {
        while bench.plugins.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(bench.plugins.asked(), ["first"], "the others wait for their turns");
        bench.answer(other, bench.agent.id, "elsewhere").await.unwrap();
        bench.plugins.become_like(Mood::Answering(json!({})));
    };
    let (first, second, third, ()) = tokio::join!(first, second, third, release);
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!(texts(&bench, conversation).await, ["first", "second", "third"]);
    assert_eq!(texts(&bench, other).await, ["elsewhere"]);
}

#[tokio::test]
async fn as_many_wait_for_a_plug_in_as_may_and_no_more() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::PassOn)]).await;
    bench.plugins.become_like(Mood::Silent);
    // One is asked about, the others wait.
    let mut all: Vec<_> = (0..=WAITING.get()).map(|_| Box::pin(bench.say(conversation, "x"))).collect();
    assert!(all.iter_mut().all(|said| said.as_mut().now_or_never().is_none()));
    assert!(matches!(bench.say(conversation, "more").await, Err(EngineError::TooManyHeld)));
    // Who hangs up makes room.
    drop(all.pop());
    let mut last = Box::pin(bench.say(conversation, "last"));
    assert!(last.as_mut().now_or_never().is_none());
    bench.plugins.become_like(Mood::Answering(json!({})));
    assert!(join_all(all).await.iter().all(Result::is_ok));
    last.await.unwrap();
    assert_eq!(texts(&bench, conversation).await.len(), WAITING.get() + 1);
}

#[tokio::test]
async fn typing_is_heard_while_a_plug_in_is_asked() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::PassOn)]).await;
    bench.plugins.become_like(Mood::Silent);
    let mut waits = Box::pin(bench.say(conversation, "first"));
    assert!(waits.as_mut().now_or_never().is_none());
    let typing = activity(json!({"type": "event", "event": {"type": "typing_on"}}));
    bench.engine.submit(bench.tenant, conversation, Door::Customer, typing).await.unwrap();
    bench.plugins.become_like(Mood::Answering(json!({})));
    waits.await.unwrap();
}

#[tokio::test]
async fn what_a_plug_in_makes_of_a_message_is_one_that_its_sender_may_send() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::PassOn)]).await;
    bench.plugins.become_like(Mood::Answering(json!({"action": "alter", "message": list()})));
    assert!(matches!(bench.say(conversation, "Hello").await, Err(EngineError::Invalid(_))));
    assert_eq!(history(&bench, conversation).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_plug_in_sends_nothing_to_an_agent_who_is_busy_or_whose_business_is_closed() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::PassOn)]).await;
    let (another, user) = bench.another_agent().await;
    bench
        .plugins
        .become_like(Mood::Answering(json!({"action": "redirect", "integrationId": another.id.to_string()})));
    let by = Actor::operator(bench.tenant);
    let state = |state| UserPatch { state: Some(state), ..UserPatch::default() };
    bench.engine.update_user(by.clone(), &user, state(UserState::Busy)).await.unwrap();
    bench.say(conversation, "one").await.unwrap();
    let head = |id| bench.engine.open(bench.tenant, id).unwrap().head();
    assert_eq!(head(conversation).destination, Some(bench.agent.id));

    bench.engine.update_user(by, &user, state(UserState::Available)).await.unwrap();
    bench.say(conversation, "two").await.unwrap();
    assert_eq!(head(conversation).destination, Some(another.id));

    bench.clock.set(MIDNIGHT);
    set(&bench, vec![hours("We are closed"), plugin(FailurePolicy::PassOn)]).await;
    let late = bench.establish("bob").await.unwrap().id;
    bench.say(late, "Hello?").await.unwrap();
    bench.say(conversation, "three").await.unwrap();
    assert_eq!(head(late).destination, None);
    assert_eq!(head(conversation).destination, Some(another.id), "whoever has it keeps it");
}

#[tokio::test]
async fn a_plug_in_that_fails_is_left_alone_and_asked_again_after_a_pause() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::PassOn)]).await;
    bench.plugins.become_like(Mood::Failing);
    for word in ["a", "b", "c", "d"] {
        bench.say(conversation, word).await.unwrap();
    }
    assert_eq!(bench.plugins.asked().len(), PLUGIN_FAILURES.get() as usize);
    assert_eq!(texts(&bench, conversation).await, ["a", "b", "c", "d"], "they passed on");
    bench.clock.advance(PLUGIN_PAUSE);
    bench.plugins.become_like(Mood::Answering(json!({})));
    bench.say(conversation, "e").await.unwrap();
    bench.say(conversation, "f").await.unwrap();
    assert_eq!(bench.plugins.asked()[2..], ["e", "f"]);
}

#[tokio::test]
async fn one_question_more_than_a_plug_in_may_be_asked_at_once_is_not_asked() {
    let (bench, conversation) = bench_with(vec![plugin(FailurePolicy::PassOn)]).await;
    bench.plugins.become_like(Mood::Silent);
    let mut others = Vec::new();
    for number in 0..PLUGIN_QUESTIONS.get() {
        others.push(bench.establish(&number.to_string()).await.unwrap().id);
    }
    let asked = futures_util::future::join_all(others.iter().map(|other| bench.say(*other, "asked about")));
    let one_more = async {
        while bench.plugins.asked().len() < PLUGIN_QUESTIONS.get() {
            tokio::task::yield_now().await;
        }
        bench.say(conversation, "passed on").await.unwrap();
        assert_eq!(texts(&bench, conversation).await, ["passed on"]);
        bench.plugins.become_like(Mood::Answering(json!({})));
    };
    let (asked, ()) = tokio::join!(asked, one_more);
    assert!(asked.iter().all(Result::is_ok));
    bench.say(conversation, "asked about again").await.unwrap();
    assert_eq!(bench.plugins.asked(), ["asked about", "asked about", "asked about again"]);
}

#[tokio::test]
async fn an_agent_is_redirected_to_while_the_business_is_open() {
    let (bench, conversation) = bench_with(vec![hours("closed"), plugin(FailurePolicy::PassOn)]).await;
    let answer = json!({"action": "redirect", "integrationId": bench.agent.id.to_string()});
    bench.plugins.become_like(Mood::Answering(answer));
    let destination = || bench.engine.open(bench.tenant, conversation).unwrap().head().destination;
    bench.clock.set(MIDNIGHT);
    bench.say(conversation, "Hello?").await.unwrap();
    assert_eq!(destination(), None);
    bench.clock.advance(Duration::from_secs(60));
    bench.say(conversation, "Hello!").await.unwrap();
    assert_eq!(destination(), Some(bench.agent.id));
}

#[tokio::test]
async fn stages_apply_from_the_moment_at_which_they_are_set() {
    let (bench, conversation) = bench_with(Vec::new()).await;
    bench.say(conversation, "good").await.unwrap();
    set(&bench, vec![Stage::Sentiment(Sentiment { senders: Senders::CUSTOMERS })]).await;
    bench.say(conversation, "good").await.unwrap();
    set(&bench, Vec::new()).await;
    bench.say(conversation, "good").await.unwrap();
    let tags: Vec<_> = history(&bench, conversation).await.iter().map(|one| one["tags"].clone()).collect();
    let map = Value::Object(Map::from_iter([
        ("sentiment".to_owned(), "positive".into()),
        ("sentimentScore".to_owned(), 0.44.into()),
    ]));
    assert_eq!(tags, [Value::Null, map, Value::Null]);
}
