use super::COME_BACK;
use crate::broker::Acknowledgement;
use crate::domain::audit::Actor;
use crate::domain::conversation::{AgentState, Conversation};
use crate::domain::directory::UserState;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId, UserId};
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::pipeline::testing::{Bench, HANDOVER_ACTIVITIES};
use crate::registry::{IntegrationPatch, UserPatch, Whose};
use crate::store::Store;

async fn set_status(bench: &Bench, id: IntegrationId, status: IntegrationStatus) {
    let patch = IntegrationPatch { status: Some(status), ..IntegrationPatch::default() };
    bench.registry.update_integration(Actor::operator(bench.tenant), id, patch).await.unwrap();
}

async fn set_state(bench: &Bench, user: &UserId, state: UserState) {
    let patch = UserPatch { state: Some(state), ..UserPatch::default() };
    bench.engine.update_user(Actor::operator(bench.tenant), user, patch).await.unwrap();
}

async fn head(bench: &Bench, id: ConversationId) -> Conversation {
    bench.engine.conversation(bench.tenant, id).await.unwrap()
}

/// The head once the conversation waits no more.
async fn fetched(bench: &Bench, id: ConversationId) -> Conversation {
    loop {
        let head = head(bench, id).await;
        if head.queued.is_none() {
            // The head says so before it is kept.
            bench.engine.recorder.catch_up(bench.tenant).await.unwrap();
            return head;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_waits_is_taken_to_an_agent_at_once_when_one_comes_and_told_in_full() {
    let bench = Bench::new().await;
    set_status(&bench, bench.agent.id, IntegrationStatus::Paused).await;
    let session = bench.session(&bench.user, Acknowledgement::NotRequired).await;
    let id = bench.establish("a").await.unwrap().id;
    let texts: Vec<_> = (0..=HANDOVER_ACTIVITIES).map(|n| format!("text {n}")).collect();
    for text in &texts {
        bench.say(id, text).await.unwrap();
    }
    let waiting = head(&bench, id).await;
    assert_eq!((waiting.destination, waiting.queued), (None, Some(bench.engine.now())));
    assert_eq!(bench.heard(&session).await, [] as [&str; 0]);

    set_status(&bench, bench.agent.id, IntegrationStatus::Active).await;
    let fetched = fetched(&bench, id).await;
    assert_eq!((fetched.destination, fetched.agent), (Some(bench.agent.id), AgentState::Offered));
    let history = bench.engine.history(bench.tenant, id, IntegrationType::Agent, 0).await.unwrap();
    let told: serde_json::Value = serde_json::from_str(&history[0].body).unwrap();
    assert_eq!(told["sender"]["integrationType"], "Hubster");
    assert_eq!(told["event"]["payloadType"], "hubster.handover");
    let past = told["event"]["payload"]["history"].as_array().unwrap();
    let past: Vec<_> = past.iter().map(|activity| activity["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(past, texts[1..], "no more than are configured, the newest");
    let heard = bench.heard(&session).await;
    assert_eq!(heard[..2], ["messaging.EntityAdded", "engagementCenter.ScreenPop"]);
    assert_eq!(heard[2..], ["messaging.EntitySendText"; HANDOVER_ACTIVITIES]);
    let customers = bench.engine.history(bench.tenant, id, IntegrationType::Customer, 0).await.unwrap();
    assert_eq!(customers.len(), texts.len(), "the customer is told nothing of it");
}

#[tokio::test]
async fn an_agent_who_comes_back_gets_those_who_wait_and_two_share_them() {
    let bench = Bench::new().await;
    let (another, sam) = bench.another_agent().await;
    set_state(&bench, &bench.user, UserState::Away).await;
    set_state(&bench, &sam, UserState::Offline).await;
    let mut waiting = Vec::new();
    for binding in ["a", "b", "c", "d", "e"] {
        let id = bench.establish(binding).await.unwrap().id;
        bench.say(id, "hello?").await.unwrap();
        waiting.push(id);
    }
    set_state(&bench, &sam, UserState::Busy).await;
    assert!(head(&bench, waiting[0]).await.queued.is_some(), "busy is not free");
    let patch = IntegrationPatch { name: Some("renamed".to_owned()), ..IntegrationPatch::default() };
    bench.registry.update_integration(Actor::operator(bench.tenant), another.id, patch).await.unwrap();
    set_state(&bench, &sam, UserState::Available).await;
    for id in &waiting {
        assert_eq!(fetched(&bench, *id).await.destination, Some(another.id));
    }
    set_state(&bench, &bench.user, UserState::Available).await;
    let late = bench.establish("f").await.unwrap().id;
    bench.say(late, "hello?").await.unwrap();
    assert_eq!(head(&bench, late).await.destination, Some(bench.agent.id));
}

#[tokio::test]
async fn who_waits_still_waits_after_a_restart_and_is_taken_to_whoever_is_there_then() {
    let mut bench = Bench::new().await;
    set_status(&bench, bench.agent.id, IntegrationStatus::Paused).await;
    let id = bench.establish("a").await.unwrap().id;
    bench.say(id, "hello?").await.unwrap();
    bench.restart().await;
    assert!(head(&bench, id).await.queued.is_some());
    set_status(&bench, bench.agent.id, IntegrationStatus::Active).await;
    assert_eq!(fetched(&bench, id).await.destination, Some(bench.agent.id));
    let kept = bench.store.conversation(bench.tenant, id).await.unwrap().unwrap();
    assert_eq!((kept.destination, kept.queued), (Some(bench.agent.id), None));
}

#[tokio::test]
async fn a_conversation_that_could_not_be_kept_in_the_queue_is_not_in_it() {
    let bench = Bench::new().await;
    set_status(&bench, bench.agent.id, IntegrationStatus::Paused).await;
    let id = bench.establish("a").await.unwrap().id;
    bench.store.break_down();
    assert!(bench.say(id, "lost").await.is_err());
    assert_eq!(head(&bench, id).await.queued, None);
    assert!(bench.engine.conversations.waiting().hubs().is_empty());
    bench.store.repair();
    bench.say(id, "hello?").await.unwrap();
    assert_eq!(bench.engine.conversations.waiting().hubs(), [(bench.tenant, bench.hub.id)]);
}

#[tokio::test(start_paused = true)]
async fn who_could_not_be_taken_is_come_back_to_until_the_store_has_recovered() {
    let bench = Bench::new().await;
    set_status(&bench, bench.agent.id, IntegrationStatus::Paused).await;
    let id = bench.establish("a").await.unwrap().id;
    bench.say(id, "hello?").await.unwrap();
    bench.store.lose_heads();
    set_status(&bench, bench.agent.id, IntegrationStatus::Active).await;
    let tries = bench.store.pasts();
    tokio::time::sleep(COME_BACK * 3).await;
    assert!(bench.store.pasts() > tries + 1, "it is tried again");
    assert!(head(&bench, id).await.queued.is_some());

    bench.store.repair();
    tokio::time::sleep(COME_BACK).await;
    assert_eq!(fetched(&bench, id).await.destination, Some(bench.agent.id));
    let tries = bench.store.pasts();
    tokio::time::sleep(COME_BACK * 3).await;
    assert_eq!(bench.store.pasts(), tries, "and then nothing is left to try");
}

#[tokio::test(start_paused = true)]
async fn whoever_breaks_down_when_taken_is_come_back_to_and_holds_up_nobody() {
    let bench = Bench::new().await;
    set_status(&bench, bench.agent.id, IntegrationStatus::Paused).await;
    let mut waiting = Vec::new();
    for binding in ["a", "b"] {
        let id = bench.establish(binding).await.unwrap().id;
        bench.say(id, "hello?").await.unwrap();
        waiting.push(id);
    }
    bench.store.break_next_pasts(1);
    set_status(&bench, bench.agent.id, IntegrationStatus::Active).await;
    assert_eq!(fetched(&bench, waiting[1]).await.destination, Some(bench.agent.id));
    assert!(head(&bench, waiting[0]).await.queued.is_some());
    tokio::time::sleep(COME_BACK).await;
    assert_eq!(fetched(&bench, waiting[0]).await.destination, Some(bench.agent.id));
}

#[tokio::test]
async fn who_comes_in_one_organization_has_nobody_looked_at_in_another() {
    let bench = Bench::new().await;
    set_status(&bench, bench.agent.id, IntegrationStatus::Paused).await;
    let id = bench.establish("a").await.unwrap().id;
    bench.say(id, "hello?").await.unwrap();
    let mut arrivals = bench.registry.arrivals();
    set_status(&bench, bench.agent.id, IntegrationStatus::Active).await;
    let here = Whose::These([bench.tenant].into());
    assert_eq!(arrivals.next().await, Some(here.clone()));
    fetched(&bench, id).await;

    let tries = bench.store.pasts();
    let head = bench.engine.open(bench.tenant, id).unwrap().head();
    let place = (bench.engine.now(), head.id);
    bench.engine.conversations.waiting().put((bench.tenant, bench.hub.id), place);
    bench.engine.open(bench.tenant, id).unwrap().enter().head.queued = Some(place.0);
    let elsewhere = Whose::These([TenantId::new()].into());
    assert!(bench.engine.route_waiting(&elsewhere).await.is_empty());
    assert_eq!(bench.store.pasts(), tries);
    bench.engine.route_waiting(&here).await;
    assert_eq!(bench.store.pasts(), tries + 1);
}

#[tokio::test]
async fn a_closed_conversation_waits_no_more() {
    let bench = Bench::new().await;
    set_status(&bench, bench.agent.id, IntegrationStatus::Paused).await;
    let id = bench.establish("a").await.unwrap().id;
    bench.say(id, "hello?").await.unwrap();
    let live = bench.engine.open(bench.tenant, id).unwrap();
    bench.engine.close(&live).await.unwrap();
    assert!(bench.engine.conversations.waiting().hubs().is_empty());
    let closed = bench.store.conversation(bench.tenant, id).await.unwrap().unwrap();
    assert_eq!((closed.queued, closed.closed.is_some()), (None, true));
}
