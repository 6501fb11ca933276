use super::*;
use crate::domain::audit::Actor;
use crate::domain::ids::UserId;
use crate::domain::integration::IntegrationStatus;
use crate::pipeline::testing::Bench;
use crate::registry::{IntegrationPatch, TeamSpec, UserPatch};

/// A choice, by the name of the integration.
fn named(choice: Result<Choice, EngineError>) -> String {
    match choice.unwrap() {
        Choice::To(to) => to.name.clone(),
        Choice::Queue => "queue".to_owned(),
    }
}

async fn set_status(bench: &Bench, id: IntegrationId, status: IntegrationStatus) {
    let patch = IntegrationPatch { status: Some(status), ..IntegrationPatch::default() };
    bench.registry.update_integration(Actor::operator(bench.tenant), id, patch).await.unwrap();
}

async fn patch(bench: &Bench, user: &UserId, patch: UserPatch) {
    bench.engine.update_user(Actor::operator(bench.tenant), user, patch).await.unwrap();
}

#[tokio::test]
async fn a_bot_that_answers_comes_before_agents_unless_agents_are_wanted() {
    let bench = Bench::new().await;
    let bot = bench.integration("bot", IntegrationType::Bot, None).await;
    let choose = |wanted: Option<&Wanted>| named(bench.engine.choose(bench.hub.id, wanted));
    assert_eq!(choose(None), "bot");
    assert_eq!(choose(Some(&Wanted::default())), "agent");
    assert_eq!(bench.engine.choose_bot(bench.hub.id).unwrap().id, bot.id);
    set_status(&bench, bot.id, IntegrationStatus::Paused).await;
    assert_eq!(choose(None), "agent");
    assert!(bench.engine.choose_bot(bench.hub.id).is_none());
}

#[tokio::test]
async fn without_anybody_there_a_conversation_waits_and_without_anybody_at_all_it_is_refused() {
    let bench = Bench::new().await;
    set_status(&bench, bench.agent.id, IntegrationStatus::Paused).await;
    assert_eq!(named(bench.engine.choose(bench.hub.id, None)), "queue");
    bench.registry.delete_integration(Actor::operator(bench.tenant), bench.agent.id).await.unwrap();
    for refused in
        [bench.engine.choose(bench.hub.id, None), bench.engine.choose(bench.hub.id, Some(&Wanted::default()))]
    {
        assert!(matches!(refused, Err(EngineError::NobodyToAnswer)));
    }
}

#[tokio::test]
async fn an_agent_whose_user_is_not_available_gets_nothing_new() {
    let bench = Bench::new().await;
    for (state, chosen) in [
        (UserState::Busy, "queue"),
        (UserState::Away, "queue"),
        (UserState::Offline, "queue"),
        (UserState::Available, "agent"),
    ] {
        patch(&bench, &bench.user, UserPatch { state: Some(state), ..UserPatch::default() }).await;
        assert_eq!(named(bench.engine.choose(bench.hub.id, None)), chosen, "{state:?}");
    }
    let nobodys = bench.integration("nobody's", IntegrationType::Agent, None).await;
    patch(&bench, &bench.user, UserPatch { state: Some(UserState::Away), ..UserPatch::default() }).await;
    assert_eq!(named(bench.engine.choose(bench.hub.id, None)), nobodys.name, "nobody says that it is away");
}

#[tokio::test]
async fn only_members_of_a_wanted_team_with_all_wanted_skills_are_chosen() {
    let bench = Bench::new().await;
    let (another, sam) = bench.another_agent().await;
    bench.integration("nobody's", IntegrationType::Agent, None).await;
    let spec = TeamSpec { name: "Billing".to_owned(), members: vec![sam.clone()], ..TeamSpec::default() };
    let by = Actor::operator(bench.tenant);
    let billing = bench.engine.create_team(by.clone(), spec, None).await.unwrap();
    let skills = ["Refunds", "orders"].map(str::to_owned).to_vec();
    patch(&bench, &sam, UserPatch { skills: Some(skills), ..UserPatch::default() }).await;

    let choose = |team: Option<&str>, skills: &[&str]| {
        let skills = skills.iter().map(|skill| (*skill).to_owned()).collect();
        let wanted = Wanted { team: team.map(|_| billing.id.clone()), skills };
        named(bench.engine.choose_agent(bench.hub.id, &wanted, None))
    };
    assert_eq!(choose(None, &[]), "agent");
    assert_eq!(choose(Some("Billing"), &[]), another.name);
    assert_eq!(choose(None, &["REFUNDS"]), another.name);
    assert_eq!(choose(Some("Billing"), &["refunds", "orders"]), another.name);
    assert_eq!(choose(Some("Billing"), &["refunds", "law"]), "queue");
    bench.engine.delete_team(by, &billing.id).await.unwrap();
    assert_eq!(choose(Some("Billing"), &[]), "agent", "a team that is gone keeps nobody away");
}

#[tokio::test]
async fn of_those_who_are_free_the_one_with_the_fewest_is_chosen_and_never_the_one_who_leaves() {
    let bench = Bench::new().await;
    let (another, _) = bench.another_agent().await;
    let choose = |leaves| named(bench.engine.choose_agent(bench.hub.id, &Wanted::default(), leaves));
    assert_eq!(choose(None), "agent");
    assert_eq!(choose(Some(bench.agent.id)), another.name);
    let conversation = bench.establish("a").await.unwrap().id;
    bench.say(conversation, "hello?").await.unwrap();
    assert_eq!(choose(None), another.name);
    assert_eq!(choose(Some(another.id)), "agent");
}
