//! What is told of customers, several at once and against a store that fails.

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::{Establish, TellError, Told};
use crate::domain::conversation::Properties;
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind};
use crate::domain::delivery::Endpoint;
use crate::domain::ids::ConversationId;
use crate::pipeline::Outgoing;
use crate::pipeline::testing::{Bench, TOLD_CONVERSATIONS};

fn push(bench: &Bench, kind: PushKind, id: &str, links: Vec<CustomerKey>) -> Push {
    let data = Map::from_iter([("n".to_owned(), json!(1))]);
    let (name, id) = ("ORDER".to_owned(), id.to_owned());
    Push { kind, name, id, data, links, at: bench.engine.now() }
}

fn ada(bench: &Bench) -> Vec<CustomerKey> {
    vec![CustomerKey::Contact(bench.customer, "ada".to_owned())]
}

async fn tell(bench: &Bench, push: Push) -> Result<Told, TellError> {
    bench.engine.tell(bench.tenant, push, Vec::new()).await
}

/// The ids of the orders that a conversation shows.
async fn orders(bench: &Bench, conversation: ConversationId) -> Vec<String> {
    let shown = bench.engine.conversation(bench.tenant, conversation).await.unwrap().properties;
    let orders = shown["additional"]["data"]["ORDER"].as_object();
    orders.map(|orders| orders.keys().cloned().collect()).unwrap_or_default()
}

fn ask(bench: &Bench, binding: &str, properties: Value) -> Establish {
    let Value::Object(properties) = properties else { panic!("properties are an object") };
    Establish { integration: bench.customer, binding: binding.to_owned(), properties, visitor: None }
}

#[tokio::test]
async fn what_is_told_is_shown_though_its_teller_goes_away() {
    let bench = Bench::new().await;
    let id = bench.establish("ada").await.unwrap().id;
    let gone = tell(&bench, push(&bench, PushKind::Data, "a", ada(&bench))).now_or_never();
    assert!(gone.is_none(), "it went away while something was awaited");
    // Somebody else's comes after it.
    let profile = vec![CustomerKey::profile("eve").unwrap()];
    tell(&bench, push(&bench, PushKind::Data, "b", profile)).await.unwrap();
    assert_eq!(orders(&bench, id).await, ["a"]);
}

#[tokio::test]
async fn what_is_kept_but_could_not_be_shown_is_shown_when_it_is_told_again() {
    let bench = Bench::new().await;
    let id = bench.establish("ada").await.unwrap().id;
    bench.store.lose_heads();
    assert!(tell(&bench, push(&bench, PushKind::Data, "a", ada(&bench))).await.is_err());
    assert_eq!(orders(&bench, id).await, [""; 0]);
    bench.store.repair();
    let again = tell(&bench, push(&bench, PushKind::Data, "a", ada(&bench))).await.unwrap();
    assert_eq!(again, Told::Known);
    assert_eq!(orders(&bench, id).await, ["a"]);
}

#[tokio::test]
async fn what_is_told_while_a_conversation_is_opened_is_shown_in_it() {
    let bench = Bench::new().await;
    for (binding, told) in [("ada", vec!["a"]), ("eve", vec!["b"])] {
        let integration = bench.engine.integration(bench.tenant, bench.customer).unwrap();
        let ask = ask(&bench, binding, json!({}));
        let (ask, looked) = bench.engine.with_told(bench.tenant, ask).await.unwrap();
        let contact = vec![CustomerKey::Contact(bench.customer, binding.to_owned())];
        tell(&bench, push(&bench, PushKind::Data, told[0], contact)).await.unwrap();
        let opened = bench.engine.find_or_keep(&integration, &ask, looked).await.unwrap();
        assert_eq!(orders(&bench, opened.conversation.id).await, told);
    }
}

#[tokio::test]
async fn a_customer_who_is_told_nothing_keeps_what_it_gave() {
    let bench = Bench::new().await;
    let profile = vec![CustomerKey::profile("eve").unwrap()];
    tell(&bench, push(&bench, PushKind::Data, "a", profile)).await.unwrap();
    let own = json!({"data": {"CART": "full"}, "events": ["own"]});
    let ask = ask(&bench, "ada", json!({"additional": own}));
    let opened = bench.engine.establish(bench.tenant, ask).await.unwrap();
    assert_eq!(opened.conversation.properties["additional"], own);
}

#[tokio::test]
async fn whoever_a_customer_turns_out_to_be_is_shown_what_was_told_of_it() {
    let bench = Bench::new().await;
    let id = bench.establish("ada").await.unwrap().id;
    let live = bench.engine.open(bench.tenant, id).unwrap();
    let called = |profile_id: &'static str| {
        move |properties: &mut Properties| {
            properties.insert("profile".to_owned(), json!({"profile id": profile_id}));
        }
    };
    bench.engine.learn_of_customer(&live, called("C0")).await.unwrap();
    assert_eq!(orders(&bench, id).await, [""; 0], "nothing was told of anybody");
    let profile = vec![CustomerKey::profile("C1").unwrap()];
    tell(&bench, push(&bench, PushKind::Data, "a", profile)).await.unwrap();
    bench.engine.learn_of_customer(&live, called("C1")).await.unwrap();
    assert_eq!(orders(&bench, id).await, ["a"]);
    bench.engine.learn_of_customer(&live, called("C2")).await.unwrap();
    assert_eq!(orders(&bench, id).await, [""; 0], "it is somebody else");
}

#[tokio::test]
async fn as_many_conversations_of_a_customer_as_may_show_what_is_told_and_no_more() {
    let bench = Bench::new().await;
    let profile = json!({"profile": {"profile id": "C1"}});
    let link = vec![CustomerKey::profile("C1").unwrap()];
    let mut opened = Vec::new();
    for nth in 0..TOLD_CONVERSATIONS.get() {
        let ask = ask(&bench, &nth.to_string(), profile.clone());
        opened.push(bench.engine.establish(bench.tenant, ask).await.unwrap().conversation.id);
    }
    tell(&bench, push(&bench, PushKind::Data, "a", link.clone())).await.unwrap();
    for id in &opened {
        assert_eq!(orders(&bench, *id).await, ["a"]);
    }
    let one_more = bench.engine.establish(bench.tenant, ask(&bench, "more", profile)).await.unwrap();
    tell(&bench, push(&bench, PushKind::Data, "b", link)).await.unwrap();
    let newest = one_more.conversation.id;
    assert_eq!(orders(&bench, newest).await, ["a", "b"]);
    assert_eq!(orders(&bench, opened[0]).await, ["a"], "the oldest is one too many");
    assert_eq!(orders(&bench, opened[1]).await, ["a", "b"]);
}

#[tokio::test]
async fn of_many_who_tell_at_once_each_is_shown() {
    let bench = Bench::new().await;
    let id = bench.establish("ada").await.unwrap().id;
    let ids = ["a", "b", "c"];
    let told = ids.map(|id| tell(&bench, push(&bench, PushKind::Data, id, ada(&bench))));
    assert!(join_all(told).await.into_iter().all(|told| matches!(told, Ok(Told::News))));
    let shown = bench.engine.conversation(bench.tenant, id).await.unwrap().properties;
    let orders = shown["additional"]["data"]["ORDER"].as_object().unwrap();
    assert_eq!(orders.keys().collect::<Vec<_>>(), ids, "{shown:?}");
}

#[tokio::test]
async fn what_is_known_is_no_news_and_one_too_many_is_not_taken() {
    let bench = Bench::new().await;
    // As many as the bench allows.
    for id in ["1", "2", "3", "4", "5"] {
        assert!(matches!(tell(&bench, push(&bench, PushKind::Data, id, ada(&bench))).await, Ok(Told::News)));
    }
    assert!(matches!(tell(&bench, push(&bench, PushKind::Data, "5", ada(&bench))).await, Ok(Told::Known)));
    assert!(matches!(
        tell(&bench, push(&bench, PushKind::Data, "6", ada(&bench))).await,
        Err(TellError::TooMany)
    ));
    for (expected, id) in [(Told::News, "1"), (Told::Known, "1"), (Told::News, "2")] {
        let told = tell(&bench, push(&bench, PushKind::Event, id, ada(&bench))).await.unwrap();
        assert_eq!(told, expected, "events have no such bound");
    }
}

#[tokio::test]
async fn an_event_happens_to_one_customer_however_that_is_linked() {
    let bench = Bench::new().await;
    let (phone, email) = (CustomerKey::phone("1").unwrap(), CustomerKey::email("a@b").unwrap());
    let event = async |links| tell(&bench, push(&bench, PushKind::Event, "1", links)).await;
    assert!(matches!(event(vec![phone.clone()]).await, Ok(Told::News)));
    assert!(matches!(event(vec![email.clone(), phone]).await, Ok(Told::Known)));
    assert!(matches!(event(vec![email.clone()]).await, Err(TellError::AnothersEvent)));
    // A thing may change hands.
    assert!(matches!(tell(&bench, push(&bench, PushKind::Data, "1", ada(&bench))).await, Ok(Told::News)));
    assert!(matches!(tell(&bench, push(&bench, PushKind::Data, "1", vec![email])).await, Ok(Told::News)));
}

#[tokio::test]
async fn apps_hear_once_what_is_told_in_the_conversation_or_outside_of_any() {
    let bench = Bench::new().await;
    bench.register_app().await;
    let id = bench.establish("ada").await.unwrap().id;
    bench.outgoing.taken();
    let stranger = vec![CustomerKey::profile("eve").unwrap()];
    for (kind, links, item, conversation) in [
        (PushKind::Data, ada(&bench), r#"Data "1" here"#, id),
        (PushKind::Event, ada(&bench), r#"Event "1" here"#, id),
        (PushKind::Event, stranger, r#"Event "2" nowhere"#, ConversationId::NONE),
    ] {
        let id = if conversation == ConversationId::NONE { "2" } else { "1" };
        for _ in 0..2 {
            tell(&bench, push(&bench, kind, id, links.clone())).await.unwrap();
        }
        let sent = bench.outgoing.taken();
        let [Outgoing::Kept(record)] = &sent[..] else { panic!("it is sent once: {sent:?}") };
        assert_eq!((&*record.delivery.item, record.delivery.conversation), (item, conversation));
        assert_eq!(record.delivery.endpoint, Endpoint::App(bench.messaging_client()));
    }
}

#[tokio::test]
async fn nothing_stays_of_whoever_told() {
    let bench = Bench::new().await;
    bench.establish("ada").await.unwrap();
    let told = ["a", "b"].map(|id| tell(&bench, push(&bench, PushKind::Data, id, ada(&bench))));
    join_all(told).await;
    let telling = &bench.engine.telling;
    assert!(telling.things.is_empty() && telling.conversations.is_empty() && telling.additions.is_empty());
}

#[tokio::test]
async fn what_could_not_be_kept_is_neither_shown_nor_known() {
    let bench = Bench::new().await;
    let id = bench.establish("ada").await.unwrap().id;
    bench.store.break_down();
    assert!(tell(&bench, push(&bench, PushKind::Data, "a", ada(&bench))).await.is_err());
    bench.store.repair();
    let properties = bench.engine.conversation(bench.tenant, id).await.unwrap().properties;
    assert_eq!(properties["additional"], Value::Object(Map::new()));
    assert!(matches!(tell(&bench, push(&bench, PushKind::Data, "a", ada(&bench))).await, Ok(Told::News)));
}

#[tokio::test]
async fn what_is_known_of_a_customer_is_changed_one_after_the_other() {
    let bench = Bench::new().await;
    let (tenant, customer) = (bench.tenant, bench.customer);
    let lang = bench.engine.change_customer(tenant, customer, "ada", |ada| ada.lang = "en".to_owned());
    let opted_out = bench.engine.change_customer(tenant, customer, "ada", |ada| ada.opted_out = true);
    let (lang, opted_out) = tokio::join!(lang, opted_out);
    assert!(lang.is_ok() && opted_out.is_ok());
    let known = bench.engine.customer(tenant, customer, "ada").await.unwrap();
    assert_eq!((known.lang.as_str(), known.opted_out), ("en", true));
}

#[tokio::test]
async fn what_is_changed_of_a_customer_is_kept_though_whoever_changes_it_goes_away() {
    let bench = Bench::new().await;
    let (tenant, customer) = (bench.tenant, bench.customer);
    bench.store.slow_down();
    let opted_out = bench.engine.change_customer(tenant, customer, "ada", |ada| ada.opted_out = true);
    assert!(opted_out.now_or_never().is_none(), "it went away while something was awaited");
    // Somebody else's comes after it.
    let ada = bench.engine.change_customer(tenant, customer, "ada", |ada| ada.lang = "en".to_owned());
    let ada = ada.await.unwrap();
    assert_eq!((ada.lang.as_str(), ada.opted_out), ("en", true));
    assert_eq!(bench.engine.customer(tenant, customer, "ada").await.unwrap(), ada);
}

#[tokio::test]
async fn as_many_customers_as_may_have_preferences_and_no_more() {
    let bench = Bench::new().await;
    let speak = async |binding: &str| {
        let change = |customer: &mut Customer| customer.lang = "en".to_owned();
        bench.engine.change_customer(bench.tenant, bench.customer, binding, change).await
    };
    let opt_out = async |binding: &str| {
        let change = |customer: &mut Customer| customer.opted_out = true;
        bench.engine.change_customer(bench.tenant, bench.customer, binding, change).await
    };
    let opt_in = async |binding: &str| {
        let change = |customer: &mut Customer| customer.opted_out = false;
        bench.engine.change_customer(bench.tenant, bench.customer, binding, change).await
    };
    for binding in ["ada", "eve", "bob"] {
        speak(binding).await.unwrap();
    }
    assert!(matches!(speak("kim").await, Err(TellError::TooMany)));
    assert_eq!(bench.engine.customer(bench.tenant, bench.customer, "kim").await.unwrap().lang, "");
    assert!(opt_in("kim").await.is_ok(), "of whom nothing is to be kept there may be any number");
    assert!(opt_out("ada").await.unwrap().opted_out, "those who are known may change");
    opt_out("kim").await.unwrap();
    assert!(
        bench.engine.customer(bench.tenant, bench.customer, "kim").await.unwrap().opted_out,
        "nobody is refused that"
    );
    assert_eq!(speak("kim").await.unwrap().lang, "en", "it is known from then on");
    assert!(matches!(speak("tom").await, Err(TellError::TooMany)));
}

#[tokio::test]
#[should_panic(expected = "this change cannot be made")]
async fn a_change_of_a_customer_that_panics_is_no_failure_of_the_store() {
    let bench = Bench::new().await;
    let change = |_: &mut Customer| panic!("this change cannot be made");
    bench.engine.change_customer(bench.tenant, bench.customer, "ada", change).await.ok();
}
