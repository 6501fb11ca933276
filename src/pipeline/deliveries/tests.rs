//! Who hears what by webhook, and that it is kept with what is said.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::domain::audit::Actor;
use crate::domain::delivery::{DeliveryNo, DeliveryStatus};
use crate::domain::integration::{EventFilter, Integration, IntegrationStatus};
use crate::pipeline::testing::Bench;
use crate::pipeline::{ActivityDraft, Door};
use crate::registry::{ConfigurationSpec, DirectSpec, IntegrationSpec};
use crate::store::{DeliveryQuery, DeliveryStore, Page, PendingQuery};

const ADDRESS: &str = "https://receiver.example/hook";

async fn create(bench: &Bench, kind: IntegrationType, configuration: ConfigurationSpec) -> Arc<Integration> {
    let name = format!("{} {}", kind.name(), IntegrationId::new());
    let spec = IntegrationSpec { name, kind, status: IntegrationStatus::Active, configuration };
    let by = Actor::operator(bench.tenant);
    bench.registry.create_integration(by, bench.hub.id, spec, None).await.unwrap()
}

async fn listener(bench: &Bench, events: &[EventFilter]) -> Endpoint {
    let (webhook_url, events) = (ADDRESS.to_owned(), events.to_vec());
    let spec = ConfigurationSpec::System { webhook_url, events };
    Endpoint::Integration(create(bench, IntegrationType::System, spec).await.id)
}

async fn bot(bench: &Bench, echo: bool) -> Arc<Integration> {
    let spec = DirectSpec { webhook_url: Some(ADDRESS.to_owned()), echo, ..DirectSpec::default() };
    create(bench, IntegrationType::Bot, ConfigurationSpec::Direct(spec)).await
}

fn kept(outgoing: &[Outgoing]) -> Vec<&DeliveryRecord> {
    let records = outgoing.iter().filter_map(|one| match one {
        Outgoing::Kept(record) => Some(record),
        Outgoing::Passing(_) => None,
    });
    records.collect()
}

fn item(delivery: &Delivery) -> Value {
    serde_json::from_str(&delivery.item).unwrap()
}

#[tokio::test]
async fn without_a_webhook_nothing_goes_out() {
    let bench = Bench::new().await;
    let talk = bench.establish("ada").await.unwrap().id;
    bench.say(talk, "hello").await.unwrap();
    assert_eq!(bench.outgoing.taken(), []);
    assert_eq!(bench.store.newest_delivery().await.unwrap(), DeliveryNo(0));
}

#[tokio::test]
async fn what_is_said_goes_to_its_recipient_and_the_listeners_and_is_kept_in_the_same_commit() {
    let bench = Bench::new().await;
    let own = Endpoint::Integration(bot(&bench, false).await.id);
    let listening = listener(&bench, &[EventFilter::Messages, EventFilter::CustomerMessages]).await;
    listener(&bench, &[EventFilter::AgentMessages]).await;
    let talk = bench.establish("ada").await.unwrap().id;
    bench.say(talk, "one").await.unwrap();
    let receipt = bench.say(talk, "two").await.unwrap();

    let outgoing = bench.outgoing.taken();
    let records = kept(&outgoing);
    let told: Vec<_> = records
        .iter()
        .map(|record| (record.number.0, record.delivery.endpoint.clone(), record.delivery.form))
        .collect();
    let (direct, system) = (DeliveryForm::Direct, DeliveryForm::System);
    let expected = [
        (1, own.clone(), direct),
        (2, listening.clone(), system),
        (3, own.clone(), direct),
        (4, listening, system),
    ];
    assert_eq!(told, expected);
    let last = &records[2].delivery;
    assert_eq!((last.conversation, last.hub, last.tenant), (talk, bench.hub.id, bench.tenant));
    assert_eq!(item(last)["eventId"], json!(receipt.event_id));
    let envelope: Value = serde_json::from_str(&format!("{}}}", last.envelope)).unwrap();
    assert_eq!(envelope["conversationId"], json!(talk));
    assert!(envelope["conversationProperties"]["profile"].is_object());
    let page = Page { rows: 9, bytes: usize::MAX };
    let after = DeliveryNo(0);
    let query = PendingQuery { tenant: bench.tenant, endpoint: own, conversation: None, after, page };
    let found = bench.store.pending_deliveries(query).await.unwrap();
    assert_eq!(found.iter().collect::<Vec<_>>(), [records[0], records[2]]);
}

#[tokio::test]
async fn numbers_go_on_after_a_restart_and_after_a_commit_that_failed() {
    let mut bench = Bench::new().await;
    let own = Endpoint::Integration(bot(&bench, false).await.id);
    let talk = bench.establish("ada").await.unwrap().id;
    bench.say(talk, "one").await.unwrap();
    bench.store.break_down();
    bench.say(talk, "lost").await.unwrap_err();
    bench.store.repair();
    bench.say(talk, "two").await.unwrap();
    bench.restart().await;
    bench.say(talk, "three").await.unwrap();
    let outgoing = bench.outgoing.taken();
    let numbers: Vec<_> = kept(&outgoing).iter().map(|record| record.number).collect();
    assert!(numbers.len() == 3 && numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    let all = bench.store.deliveries(DeliveryQuery::all(bench.tenant, own)).await.unwrap();
    assert_eq!(all.total, 3);
    assert!(all.deliveries.iter().all(|head| head.progress.status == DeliveryStatus::Pending));
}

#[tokio::test]
async fn whoever_hears_itself_hears_an_echo() {
    let bench = Bench::new().await;
    let own = bot(&bench, true).await;
    let talk = bench.establish("ada").await.unwrap().id;
    bench.say(talk, "hello").await.unwrap();
    bench.answer(talk, own.id, "good morning").await.unwrap();
    let outgoing = bench.outgoing.taken();
    let told: Vec<_> = kept(&outgoing)
        .iter()
        .map(|record| {
            let item = item(&record.delivery);
            (item["message"]["text"].clone(), item["isEcho"].clone())
        })
        .collect();
    assert_eq!(told, [(json!("hello"), json!(false)), (json!("good morning"), json!(true))]);
}

#[tokio::test]
async fn what_is_not_kept_passes_to_the_recipient_alone() {
    let bench = Bench::new().await;
    let own = Endpoint::Integration(bot(&bench, false).await.id);
    listener(&bench, &[EventFilter::Messages]).await;
    let talk = bench.establish("ada").await.unwrap().id;
    bench.say(talk, "hello").await.unwrap();
    bench.outgoing.taken();
    for kind in ["typing_on", "seen"] {
        let body = json!({"type": "event", "event": {"type": kind}});
        let draft = ActivityDraft::from_body(body.as_object().unwrap()).unwrap();
        bench.engine.submit(bench.tenant, talk, Door::Customer, draft).await.unwrap();
    }
    let outgoing = bench.outgoing.taken();
    let told: Vec<_> = outgoing
        .iter()
        .map(|one| match one {
            Outgoing::Passing(delivery) => {
                (delivery.endpoint.clone(), item(delivery)["event"]["type"].clone())
            }
            Outgoing::Kept(record) => panic!("{record:?}"),
        })
        .collect();
    assert_eq!(told, [(own.clone(), json!("typing_on")), (own, json!("seen"))]);
}
