//! The example of an agent desktop, its session and its back-off as they stand in `examples/agent_desktop`: against
//! the real server, and against a service that refuses what it is told to refuse.

#[path = "../../examples/agent_desktop/backoff.rs"]
mod backoff;
mod scripted;
#[path = "../../examples/agent_desktop/session.rs"]
mod session;

use std::time::Duration;

use serde_json::json;

use self::backoff::Backoff;
use self::scripted::{Scripted, expired, failed, throttled, unauthorized};
use self::session::{Account, Desktop, DesktopError, Event, Wish};
use crate::harness::{Server, Streaming, eventually, within};

const USER: &str = "ada";

fn account(server: &Server) -> Account {
    let client = |member: &str| server.demo().get(&format!("/clients/streaming/{member}"));
    Account {
        base_url: server.demo().base().to_owned(),
        org_id: server.demo().org(),
        client_id: client("client_id"),
        client_secret: client("client_secret"),
        api_key: client("api_key"),
    }
}

fn wish() -> Wish {
    Wish { user: USER.to_owned(), subscription: None }
}

async fn connect(account: Account, wish: Wish) -> Desktop {
    within("connecting", Desktop::connect(account, wish)).await.unwrap()
}

async fn next(desktop: &mut Desktop) -> Vec<Event> {
    within("events", desktop.next()).await.unwrap()
}

/// The numbers that events say.
fn interactions(events: &[Event]) -> Vec<i64> {
    let number = |event: &Event| {
        let envelope: serde_json::Value = serde_json::from_str(&event.payload).unwrap();
        envelope["payload"]["interactionId"].as_i64().unwrap()
    };
    assert!(events.iter().all(|event| event.event_type == "engagementCenter.Idle"), "{events:?}");
    events.iter().map(number).collect()
}

async fn publish(producer: &Streaming, numbers: impl IntoIterator<Item = i64>) {
    for number in numbers {
        producer.idle(USER, number).await;
    }
}

#[tokio::test]
async fn a_desktop_hears_what_it_has_not_acknowledged_until_it_does() {
    let server = Server::start().await;
    let producer = server.streaming().await;
    let mut desktop = connect(account(&server), wish()).await;
    publish(&producer, 1..=3).await;
    let events = next(&mut desktop).await;
    assert_eq!(interactions(&events), [1, 2, 3]);
    assert_eq!(interactions(&next(&mut desktop).await), [1, 2, 3]);
    desktop.acknowledge(&events).await.unwrap();
    publish(&producer, 4..=4).await;
    assert_eq!(interactions(&next(&mut desktop).await), [4]);
}

#[tokio::test]
async fn a_desktop_goes_on_after_a_crash_where_it_was() {
    let mut server = Server::start().await;
    let producer = server.streaming().await;
    let mut desktop = connect(account(&server), wish()).await;
    publish(&producer, 1..=2).await;
    let events = next(&mut desktop).await;
    desktop.acknowledge(&events[..1]).await.unwrap();
    let polling = tokio::spawn(async move {
        desktop.acknowledge(&events[1..]).await.unwrap();
        let events = next(&mut desktop).await;
        (desktop, events)
    });
    server.crash().await;
    publish(&producer, 3..=3).await;
    let (_desktop, events) = polling.await.unwrap();
    assert_eq!(interactions(&events), [3]);
}

#[tokio::test]
async fn a_desktop_whose_session_is_over_opens_another() {
    let server = Server::start().await;
    let producer = server.streaming().await;
    let mut desktop = connect(account(&server), wish()).await;
    producer.attach(desktop.session_id()).end().await.has_status(204);
    let polling = tokio::spawn(async move { next(&mut desktop).await });
    eventually("another session", async || {
        let page = server.http().get("/metrics").await.text;
        page.contains("\nsessions_created_total 2\n").then_some(())
    })
    .await;
    publish(&producer, 1..=1).await;
    assert_eq!(interactions(&polling.await.unwrap()), [1]);
}

#[tokio::test]
async fn a_desktop_still_hears_what_it_subscribed_to_after_its_session_was_replaced() {
    let server = Server::start().await;
    let producer = server.streaming().await;
    let subscription = json!({"filterCriteria": {
        "catalogType": "engagementCenterThirdParty", "catalogTypeEvents": ["Idle"],
        "resources": {"resourceType": "users", "resourceIds": ["blair"]},
    }});
    let mut desktop = connect(account(&server), Wish { subscription: Some(subscription), ..wish() }).await;
    producer.attach(desktop.session_id()).end().await.has_status(204);
    let polling = tokio::spawn(async move { next(&mut desktop).await });
    server.sees_polls_waiting(1).await;
    producer.idle("blair", 1).await;
    let events = polling.await.unwrap();
    let types: Vec<_> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, ["engagementCenterThirdParty.Idle"]);
}

#[tokio::test]
async fn a_desktop_that_goes_home_ends_its_session() {
    let server = Server::start().await;
    let producer = server.streaming().await;
    let desktop = connect(account(&server), wish()).await;
    let session = producer.attach(desktop.session_id());
    desktop.end().await.unwrap();
    session.try_poll("maxEvents=1").await.streaming_refused(400);
}

#[tokio::test]
async fn a_desktop_that_may_not_come_in_is_told_so_at_once() {
    let server = Server::start().await;
    let wrong = Account { api_key: "wrong".to_owned(), ..account(&server) };
    let refused = within("connecting", Desktop::connect(wrong, wish())).await.unwrap_err();
    assert_eq!(refused.to_string(), "cannot open a session: 401 Unauthorized ");
    assert!(matches!(refused, DesktopError::Refused { .. }));
}

#[tokio::test]
async fn a_throttled_poll_waits_for_as_long_as_it_is_asked_to() {
    let service = Scripted::start(&[("events", throttled(1))]).await;
    let mut desktop = connect(service.account(), wish()).await;
    assert_eq!(interactions(&next(&mut desktop).await), [7]);
    let polls = service.calls("events");
    assert_eq!(polls.len(), 2, "{polls:?}");
    assert!(polls[1].at - polls[0].at >= Duration::from_secs(1), "{polls:?}");
}

#[tokio::test]
async fn failures_of_the_server_are_waited_out_in_every_call() {
    let troubles = ["token", "session", "subscriptions", "events", "acknowledge"];
    let service = Scripted::start(&troubles.map(|operation| (operation, failed()))).await;
    let wish = Wish { subscription: Some(json!({"description": "all"})), ..wish() };
    let mut desktop = connect(service.account(), wish).await;
    let events = next(&mut desktop).await;
    within("an acknowledgement", desktop.acknowledge(&events)).await.unwrap();
    for operation in troubles {
        let calls = service.calls(operation);
        assert_eq!(calls.len(), 2, "{operation}: {calls:?}");
        assert!(calls[1].at - calls[0].at >= Duration::from_millis(250), "{operation}: {calls:?}");
    }
}

#[tokio::test]
async fn a_new_session_is_subscribed_for_and_the_old_one_never_named_again() {
    let service = Scripted::start(&[("events", expired())]).await;
    let subscription = json!({"filterCriteria": {"catalogType": "changeNotification"}});
    let wish = Wish { subscription: Some(subscription.clone()), ..wish() };
    let mut desktop = connect(service.account(), wish).await;
    let events = next(&mut desktop).await;
    desktop.acknowledge(&events).await.unwrap();
    let named = |operation| service.calls(operation).into_iter().map(|call| call.session);
    assert_eq!(named("events").collect::<Vec<_>>(), ["session-1", "session-2"]);
    assert_eq!(named("subscriptions").collect::<Vec<_>>(), ["session-1", "session-2"]);
    assert_eq!(named("acknowledge").collect::<Vec<_>>(), ["session-2"]);
    assert!(service.calls("subscriptions").iter().all(|call| call.body == subscription));
    let opened = &service.calls("session")[1].body;
    let asked = json!({"userId": USER, "requireAcknowledgement": true, "inactivityDelay": 120});
    assert_eq!(opened, &asked);
}

#[tokio::test]
async fn a_session_that_is_over_before_it_is_subscribed_for_is_replaced() {
    let service = Scripted::start(&[("subscriptions", expired())]).await;
    let wish = Wish { subscription: Some(json!({"description": "all"})), ..wish() };
    let mut desktop = connect(service.account(), wish).await;
    service.refuse("events", expired());
    service.refuse("subscriptions", expired());
    assert_eq!(interactions(&next(&mut desktop).await), [7]);
    let named = |operation| service.calls(operation).into_iter().map(|call| call.session).collect::<Vec<_>>();
    assert_eq!(named("events"), ["session-2", "session-4"]);
    assert_eq!(named("subscriptions"), ["session-1", "session-2", "session-3", "session-4"]);
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_and_the_call_made_again() {
    for operation in ["session", "subscriptions", "events", "acknowledge"] {
        let service = Scripted::start(&[(operation, unauthorized())]).await;
        let wish = Wish { subscription: Some(json!({"description": "all"})), ..wish() };
        let mut desktop = connect(service.account(), wish).await;
        let events = next(&mut desktop).await;
        within("an acknowledgement", desktop.acknowledge(&events)).await.unwrap();
        let calls = service.calls(operation);
        let tokens: Vec<_> = calls.iter().map(|call| call.authorization.as_str()).collect();
        assert_eq!(tokens, ["Bearer token-1", "Bearer token-2"], "{operation}");
        assert_eq!(calls[0].body, calls[1].body, "{operation}");
        assert_eq!(service.calls("token").len(), 2, "{operation}");
    }
}

#[tokio::test]
async fn a_call_that_is_refused_with_a_new_token_too_is_given_up() {
    let service = Scripted::start(&[("events", unauthorized()), ("events", unauthorized())]).await;
    let mut desktop = connect(service.account(), wish()).await;
    let refused = within("events", desktop.next()).await.unwrap_err();
    assert_eq!(refused.to_string(), "cannot poll: 401 Unauthorized ");
    assert_eq!((service.calls("events").len(), service.calls("token").len()), (2, 2));
}

#[tokio::test]
async fn a_client_that_gets_no_token_is_told_so_at_once() {
    let service = Scripted::start(&[("token", unauthorized())]).await;
    let refused = within("connecting", Desktop::connect(service.account(), wish())).await.unwrap_err();
    assert_eq!(refused.to_string(), "cannot get a token: 401 Unauthorized ");
    assert_eq!(service.calls("token").len(), 1);
}

#[test]
fn waits_lengthen_up_to_half_a_minute_and_are_never_shorter_than_asked_for() {
    let mut backoff = Backoff::default();
    for bound in [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
        let wait = backoff.after(None).as_millis();
        assert!((bound / 2..=bound).contains(&wait), "{wait} of {bound}");
    }
    assert!(backoff.after(Some(Duration::from_secs(60))) >= Duration::from_secs(60));
    backoff.succeeded();
    assert!(backoff.after(None) <= Duration::from_millis(500));
}
