//! What a customer's readers hear that say nothing of their place.

use serde_json::Value;

use super::*;

/// What a customer's reader hears of a conversation, by its text and the flow that it took.
type Heard = (String, String);

fn live(text: impl ToString) -> Heard {
    (text.to_string(), "Default".to_owned())
}

fn replayed(text: impl ToString) -> Heard {
    (text.to_string(), "AutoReplay".to_owned())
}

async fn customer(bench: &Bench, conversation: ConversationId) -> Reader {
    reader(bench, Scope::Conversation(conversation, Side::Customer), None).await.0
}

impl Reader {
    async fn hears(&mut self, count: usize) -> Vec<Heard> {
        let Self { feed, socket, client } = self;
        let mut heard = Vec::new();
        while heard.len() < count {
            tokio::select! {
                message = client.next() => heard.push(told(&message.unwrap().unwrap())),
                caught_up = feed.catch_up(), if feed.is_behind() => caught_up.unwrap(),
                end = socket.line().attend() => panic!("{end}"),
            }
        }
        heard
    }

    /// Goes, and then reads what it had been sent.
    async fn leave(self) -> Vec<Heard> {
        let Self { feed, socket, mut client } = self;
        drop((feed, socket));
        let mut heard = Vec::new();
        while let Some(Ok(message)) = client.next().await {
            heard.push(told(&message));
        }
        heard
    }
}

fn told(message: &Message) -> Heard {
    let payload: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&payload["activity"]["message"]["text"]), text(&payload["activity"]["flowProcess"]))
}

/// A conversation in which the agent has said `texts`.
async fn conversation_with(bench: &Bench, texts: &[&str]) -> ConversationId {
    let conversation = bench.establish("a").await.unwrap().id;
    for text in texts {
        bench.answer(conversation, bench.agent.id, text).await.unwrap();
    }
    conversation
}

#[tokio::test]
async fn what_the_business_said_to_a_customer_who_was_away_comes_first_and_then_what_is_live() {
    let bench = Bench::new().await;
    let conversation = conversation_with(&bench, &["one"]).await;
    bench.say(conversation, "my own").await.unwrap();
    bench.answer(conversation, bench.agent.id, "two").await.unwrap();
    let scope = Scope::Conversation(conversation, Side::Customer);
    let (mut away, opening) = reader(&bench, scope, None).await;
    assert_eq!((opening.cursor.position, opening.resumed, opening.gap), (Position(0), false, None));
    bench.answer(conversation, bench.agent.id, "three").await.unwrap();
    assert_eq!(away.hears(3).await, [replayed("one"), replayed("two"), live("three")]);
    bench.say(conversation, "and mine").await.unwrap();
    assert_eq!(away.hears(1).await, [live("and mine")]);
}

#[tokio::test]
async fn what_one_reader_has_taken_no_other_hears_again_and_no_store_is_asked() {
    let bench = Bench::new().await;
    let conversation = conversation_with(&bench, &["one"]).await;
    let mut first = customer(&bench, conversation).await;
    assert_eq!(first.hears(1).await, [replayed("one")]);
    bench.answer(conversation, bench.agent.id, "two").await.unwrap();
    assert_eq!(first.hears(1).await, [live("two")]);
    let asked = bench.store.replays();
    let mut beside = customer(&bench, conversation).await;
    assert_eq!(first.leave().await, []);
    let mut after = customer(&bench, conversation).await;
    bench.answer(conversation, bench.agent.id, "three").await.unwrap();
    for reader in [&mut beside, &mut after] {
        assert_eq!(reader.hears(1).await, [live("three")]);
    }
    assert_eq!(bench.store.replays(), asked);
}

#[tokio::test]
async fn the_business_takes_nothing_for_the_customer_and_hears_nothing_again() {
    let bench = Bench::new().await;
    let conversation = conversation_with(&bench, &["one"]).await;
    for scope in [Scope::Conversation(conversation, Side::Business), Scope::Integration(bench.customer)] {
        let (mut listener, _) = reader(&bench, scope, None).await;
        bench.answer(conversation, bench.agent.id, "two").await.unwrap();
        assert_eq!(listener.hears(1).await, [live("two")]);
    }
    let mut away = customer(&bench, conversation).await;
    assert_eq!(away.hears(3).await, [replayed("one"), replayed("two"), replayed("two")]);
}

#[tokio::test]
async fn who_says_where_it_stands_has_taken_what_was_before() {
    let bench = Bench::new().await;
    let conversation = conversation_with(&bench, &["one", "two", "three"]).await;
    let since = Since::Cursor(bench.engine.cursor(Position(2)));
    let scope = Scope::Conversation(conversation, Side::Customer);
    let (mut resumed, _) = reader(&bench, scope, Some(since)).await;
    let mut beside = customer(&bench, conversation).await;
    assert_eq!(resumed.hears(1).await, [live("three")]);
    assert_eq!(beside.hears(1).await, [replayed("three")]);
}

#[tokio::test]
async fn what_was_taken_is_known_after_a_restart() {
    let mut bench = Bench::new().await;
    let conversation = conversation_with(&bench, &["one"]).await;
    let mut before = customer(&bench, conversation).await;
    assert_eq!(before.hears(1).await, [replayed("one")]);
    assert_eq!(before.leave().await, []);
    bench.answer(conversation, bench.agent.id, "two").await.unwrap();
    bench.restart().await;
    let mut after = customer(&bench, conversation).await;
    assert_eq!(after.hears(1).await, [replayed("two")]);
    assert_eq!(after.leave().await, []);
    bench.engine.settle().await.unwrap();
    bench.restart().await;
    let asked = bench.store.replays();
    let mut later = customer(&bench, conversation).await;
    bench.answer(conversation, bench.agent.id, "three").await.unwrap();
    assert_eq!(later.hears(1).await, [live("three")]);
    assert_eq!(bench.store.replays(), asked);
}

#[tokio::test]
async fn what_readers_took_until_a_crash_comes_again() {
    let mut bench = Bench::new().await;
    let conversation = conversation_with(&bench, &["one"]).await;
    let mut reading = customer(&bench, conversation).await;
    assert_eq!(reading.hears(1).await, [replayed("one")]);
    bench.restart().await;
    assert_eq!(customer(&bench, conversation).await.hears(1).await, [replayed("one")]);
}

#[tokio::test]
async fn more_than_a_step_of_the_store_comes_in_order() {
    let bench = Bench::new().await;
    let conversation = bench.establish("a").await.unwrap().id;
    for number in 0..MUCH {
        bench.say(conversation, "something of mine").await.unwrap();
        bench.answer(conversation, bench.agent.id, &number.to_string()).await.unwrap();
    }
    let mut away = customer(&bench, conversation).await;
    let expected: Vec<_> = (0..MUCH).map(replayed).collect();
    assert_eq!(away.hears(expected.len()).await, expected);
}

#[tokio::test]
async fn what_retention_has_removed_is_left_out() {
    let bench = Bench::new().await;
    let conversation = bench.establish("a").await.unwrap().id;
    for number in 1..=5 {
        bench.answer(conversation, bench.agent.id, &number.to_string()).await.unwrap();
        bench.clock.advance(Duration::from_secs(1));
    }
    forget_all_but(&bench, 2).await;
    let mut away = customer(&bench, conversation).await;
    assert_eq!(away.hears(2).await, [replayed(4), replayed(5)]);
}

/// Readers come and go while the agent talks: together they hear everything, once and in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_that_follow_one_another_hear_everything_once() {
    const SAID: usize = 400;
    let bench = Arc::new(Bench::new().await);
    let conversation = bench.establish("a").await.unwrap().id;
    let talking = tokio::spawn({
        let bench = bench.clone();
        async move {
            for number in 0..SAID {
                bench.answer(conversation, bench.agent.id, &number.to_string()).await.unwrap();
            }
        }
    });
    let mut heard = Vec::new();
    while heard.len() < SAID {
        let mut reader = customer(&bench, conversation).await;
        let some = (1 + heard.len() % 3).min(SAID - heard.len());
        heard.extend(reader.hears(some).await);
        heard.extend(reader.leave().await);
    }
    talking.await.unwrap();
    let texts: Vec<_> = heard.iter().map(|(text, _)| text.clone()).collect();
    assert_eq!(texts, (0..SAID).map(|number| number.to_string()).collect::<Vec<_>>());
}
