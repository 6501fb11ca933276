//! What is told of customers, several at once and against a store that fails.

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::{TellError, Told};
use crate::domain::customer::{CustomerKey, Push, PushKind};
use crate::pipeline::testing::Bench;

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
