//! What subscribers hear of the directory, in which order, and what goes on without a user.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::broker::{Acknowledgement, PollRequest, SessionSpec, WireFormat};
use crate::domain::audit::Actor;
use crate::domain::subscription::{Events, Filter, Ids, Resources, WatchedGroup};
use crate::pipeline::testing::Bench;
use crate::registry::RegistryError;

fn spec(id: &str) -> UserSpec {
    UserSpec { id: Some(UserId::from(id)), ..UserSpec::named(id) }
}

fn team_spec(id: &str, members: &[&str]) -> TeamSpec {
    let members = members.iter().map(|member| UserId::from(*member)).collect();
    TeamSpec { id: Some(TeamId::from(id)), name: id.to_owned(), members, ..TeamSpec::default() }
}

fn renamed(name: &str) -> UserPatch {
    UserPatch { name: Some(name.to_owned()), ..UserPatch::default() }
}

/// A session that hears all changes.
async fn watcher(bench: &Bench) -> SessionSpec {
    let session = bench.session(&UserId::from("watcher"), Acknowledgement::NotRequired).await;
    let filter = Filter::new(WatchedGroup::ChangeNotification, Events::All, Resources::Any).unwrap();
    bench.engine.subscribe(session.head(), String::new(), filter).await.unwrap();
    session
}

/// The changes that wait in a session, which takes them.
async fn changes(bench: &Bench, session: &SessionSpec) -> Vec<Value> {
    let request = PollRequest {
        tenant: bench.tenant,
        id: session.id,
        format: session.format,
        max: 200,
        wait: Duration::ZERO,
        after: None,
    };
    let handover = bench.engine.poll(request).await.unwrap();
    let change = |bytes: &[u8]| {
        let event: Value = serde_json::from_slice(bytes).unwrap();
        let envelope: Value = serde_json::from_str(event["payload"].as_str().unwrap()).unwrap();
        envelope["payload"].clone()
    };
    let all = handover.events().iter().map(|event| change(event.bytes(WireFormat::StreamV3))).collect();
    handover.complete();
    all
}

/// Each change as a line: what was done to what.
async fn lines(bench: &Bench, session: &SessionSpec) -> Vec<String> {
    let all = changes(bench, session).await;
    let text = |change: &Value, name: &str| change[name].as_str().unwrap().to_owned();
    all.iter().map(|one| format!("{} {}", text(one, "action"), text(one, "resourceId"))).collect()
}

#[tokio::test]
async fn each_change_is_heard_with_the_whole_of_what_was_changed() {
    let bench = Bench::new().await;
    let (engine, tenant) = (&bench.engine, bench.tenant);
    let session = watcher(&bench).await;
    engine.create_user(Actor::operator(tenant), spec("ada"), None).await.unwrap();
    engine.update_user(Actor::operator(tenant), &UserId::from("ada"), renamed("Ada L.")).await.unwrap();
    engine.create_team(Actor::operator(tenant), team_spec("t", &["ada"]), None).await.unwrap();
    let patch = TeamPatch { name: Some("T".to_owned()), ..TeamPatch::default() };
    engine.update_team(Actor::operator(tenant), &TeamId::from("t"), patch).await.unwrap();
    engine.delete_team(Actor::operator(tenant), &TeamId::from("t")).await.unwrap();
    engine.delete_user(Actor::operator(tenant), &UserId::from("ada")).await.unwrap();
    let user = |action: &str, name: &str| {
        let user = json!({"userId": "ada", "name": name, "email": "", "skills": [], "state": "available"});
        json!({"action": action, "resourceType": "users", "resourceId": "ada", "user": user})
    };
    let team = |action: &str, name: &str| {
        let team = json!({"teamId": "t", "name": name, "members": ["ada"], "state": "active"});
        json!({"action": action, "resourceType": "teams", "resourceId": "t", "team": team})
    };
    let expected = [
        user("created", "ada"),
        user("updated", "Ada L."),
        team("created", "t"),
        team("updated", "T"),
        team("deleted", "T"),
        user("deleted", "Ada L."),
    ];
    assert_eq!(changes(&bench, &session).await, expected);
}

#[tokio::test]
async fn what_changes_nothing_and_what_is_refused_is_not_heard() {
    let bench = Bench::new().await;
    let (engine, tenant) = (&bench.engine, bench.tenant);
    engine.create_user(Actor::operator(tenant), spec("ada"), None).await.unwrap();
    engine.create_team(Actor::operator(tenant), team_spec("t", &["ada"]), None).await.unwrap();
    let session = watcher(&bench).await;
    engine.update_user(Actor::operator(tenant), &UserId::from("ada"), renamed("ada")).await.unwrap();
    engine.update_team(Actor::operator(tenant), &TeamId::from("t"), TeamPatch::default()).await.unwrap();
    let taken = engine.create_user(Actor::operator(tenant), spec("ada"), None).await;
    assert!(matches!(taken, Err(EngineError::Registry(RegistryError::UserIdTaken))), "{taken:?}");
    bench.store.break_down();
    assert!(engine.update_user(Actor::operator(tenant), &UserId::from("ada"), renamed("Ada")).await.is_err());
    assert!(engine.delete_user(Actor::operator(tenant), &UserId::from("ada")).await.is_err());
    bench.store.repair();
    assert_eq!(changes(&bench, &session).await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_teams_of_a_deleted_user_are_told_before_the_user() {
    let bench = Bench::new().await;
    let (engine, tenant) = (&bench.engine, bench.tenant);
    for id in ["ada", "bob"] {
        engine.create_user(Actor::operator(tenant), spec(id), None).await.unwrap();
    }
    engine.create_team(Actor::operator(tenant), team_spec("both", &["ada", "bob"]), None).await.unwrap();
    engine.create_team(Actor::operator(tenant), team_spec("bob", &["bob"]), None).await.unwrap();
    engine.create_team(Actor::operator(tenant), team_spec("ada", &["ada"]), None).await.unwrap();
    let session = watcher(&bench).await;
    engine.delete_user(Actor::operator(tenant), &UserId::from("ada")).await.unwrap();
    let heard = changes(&bench, &session).await;
    assert_eq!(heard.len(), 3, "{heard:#?}");
    assert_eq!((&heard[0]["action"], &heard[0]["team"]["members"]), (&json!("updated"), &json!(["bob"])));
    assert_eq!((&heard[1]["resourceId"], &heard[1]["team"]["members"]), (&json!("ada"), &json!([])));
    assert_eq!((&heard[2]["action"], &heard[2]["user"]["userId"]), (&json!("deleted"), &json!("ada")));
}

#[tokio::test]
async fn a_change_whose_caller_hung_up_is_heard_before_the_next() {
    let bench = Bench::new().await;
    let (engine, tenant) = (&bench.engine, bench.tenant);
    let session = watcher(&bench).await;
    {
        let mut change = std::pin::pin!(engine.create_user(Actor::operator(tenant), spec("ada"), None));
        assert!(matches!(change.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
    }
    engine.create_user(Actor::operator(tenant), spec("bob"), None).await.unwrap();
    assert_eq!(lines(&bench, &session).await, ["created ada", "created bob"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_made_at_once_are_heard_in_the_order_in_which_they_were_made() {
    const CHANGES: usize = 100;
    let bench = Bench::new().await;
    let (engine, tenant, id) = (&bench.engine, bench.tenant, UserId::from("ada"));
    engine.create_user(Actor::operator(tenant), spec("ada"), None).await.unwrap();
    let session = watcher(&bench).await;
    let all: Vec<_> = (0..CHANGES)
        .map(|number| {
            let (engine, id) = (engine.clone(), id.clone());
            tokio::spawn(async move {
                engine.update_user(Actor::operator(tenant), &id, renamed(&number.to_string())).await
            })
        })
        .collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
    let heard = changes(&bench, &session).await;
    assert_eq!(heard.len(), CHANGES, "each was another name");
    let present = bench.registry.user(tenant, &id).unwrap();
    assert_eq!(heard.last().unwrap()["user"]["name"], present.name.as_str(), "the last is what is there");
}

#[tokio::test]
async fn a_subscriber_to_one_team_hears_what_a_deletion_made_of_it() {
    let bench = Bench::new().await;
    let (engine, tenant) = (&bench.engine, bench.tenant);
    engine.create_user(Actor::operator(tenant), spec("ada"), None).await.unwrap();
    for id in ["first", "second"] {
        engine.create_team(Actor::operator(tenant), team_spec(id, &["ada"]), None).await.unwrap();
    }
    let session = bench.session(&UserId::from("watcher"), Acknowledgement::NotRequired).await;
    let teams = Resources::Teams(Ids::listed(vec![TeamId::from("second")]));
    let filter = Filter::new(WatchedGroup::ChangeNotification, Events::All, teams).unwrap();
    engine.subscribe(session.head(), String::new(), filter).await.unwrap();
    engine.delete_user(Actor::operator(tenant), &UserId::from("ada")).await.unwrap();
    assert_eq!(lines(&bench, &session).await, ["updated second"]);
}

#[tokio::test]
async fn an_agent_whose_user_is_gone_answers_on_and_nobody_hears_its_events() {
    let bench = Bench::new().await;
    let session = bench.session(&bench.user, Acknowledgement::NotRequired).await;
    let conversation = bench.establish("ada").await.unwrap().id;
    bench.say(conversation, "before").await.unwrap();
    assert!(!bench.heard(&session).await.is_empty());
    bench.engine.delete_user(Actor::operator(bench.tenant), &bench.user).await.unwrap();
    bench.say(conversation, "after").await.unwrap();
    bench.answer(conversation, bench.agent.id, "still here").await.unwrap();
    let next = bench.establish("bob").await.unwrap().id;
    bench.say(next, "routed to whom?").await.unwrap();
    assert_eq!(
        bench.engine.conversation(bench.tenant, next).await.unwrap().destination,
        Some(bench.agent.id)
    );
    bench.engine.delete_hub(Actor::operator(bench.tenant), bench.hub.id).await.unwrap();
    assert_eq!(bench.heard(&session).await, Vec::<String>::new());
}
