mod early;
mod ends;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::COME_BACK;
use crate::broker::{Acknowledgement, SessionSpec};
use crate::domain::audit::Actor;
use crate::domain::conversation::{AgentState, Conversation, Wanted};
use crate::domain::directory::UserState;
use crate::domain::ids::{ConversationId, IntegrationId, TeamId, UserId};
use crate::domain::integration::{Integration, IntegrationStatus, IntegrationType};
use crate::pipeline::testing::Bench;
use crate::pipeline::{EngineError, Route};
use crate::registry::{IntegrationPatch, TeamPatch, TeamSpec, UserPatch};

const COUNTDOWN: Duration = Duration::from_secs(10);

/// A customer who talks to the bot, while Alex and Sam are agents.
struct Scene {
    bench: Bench,
    bot: Arc<Integration>,
    sams: Arc<Integration>,
    sam: UserId,
    id: ConversationId,
}

impl Scene {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let bot = bench.integration("bot", IntegrationType::Bot, None).await;
        let (sams, sam) = bench.another_agent().await;
        let members = vec![bench.user.clone(), sam.clone()];
        team(&bench, "both", members).await;
        team(&bench, "sams", vec![sam.clone()]).await;
        let id = bench.establish("ada").await.unwrap().id;
        bench.say(id, "hello").await.unwrap();
        Self { bench, bot, sams, sam, id }
    }

    async fn announce(&self, team: &str) -> Result<(), EngineError> {
        let wanted = Wanted::new(Some(TeamId::from(team)), Vec::new()).unwrap();
        let (engine, tenant) = (&self.bench.engine, self.bench.tenant);
        engine.announce_handover(tenant, self.id, wanted, COUNTDOWN).await.map(drop)
    }

    async fn set_state(&self, user: &UserId, state: UserState) {
        let patch = UserPatch { state: Some(state), ..UserPatch::default() };
        self.bench.engine.update_user(Actor::operator(self.bench.tenant), user, patch).await.unwrap();
    }

    async fn head(&self) -> Conversation {
        self.bench.engine.conversation(self.bench.tenant, self.id).await.unwrap()
    }

    /// Lets the countdown end.
    async fn end(&self) {
        self.bench.clock.advance(COUNTDOWN);
        self.bench.engine.hand_over_due().await;
    }

    async fn listen(&self, user: &UserId) -> SessionSpec {
        self.bench.session(user, Acknowledgement::NotRequired).await
    }
}

async fn team(bench: &Bench, id: &str, members: Vec<UserId>) {
    let spec =
        TeamSpec { id: Some(TeamId::from(id)), name: format!("Team {id}"), members, ..TeamSpec::default() };
    bench.engine.create_team(Actor::operator(bench.tenant), spec, None).await.unwrap();
}

async fn pause(bench: &Bench, id: IntegrationId) {
    let patch = IntegrationPatch { status: Some(IntegrationStatus::Paused), ..IntegrationPatch::default() };
    bench.registry.update_integration(Actor::operator(bench.tenant), id, patch).await.unwrap();
}

/// What an event about an interaction says of it by name.
fn shown(event: &Value, key: &str) -> Value {
    let payload: Value = serde_json::from_str(event["payload"].as_str().unwrap()).unwrap();
    let data = payload["payload"]["interactionInfo"]["interactionData"].as_array().unwrap().clone();
    data.into_iter().find(|one| one["key"] == key).unwrap()["value"].clone()
}

#[tokio::test]
async fn the_agents_of_the_team_are_shown_the_countdown_and_one_of_them_gets_the_chat_at_its_end() {
    let scene = Scene::new().await;
    let (alex, sam) = (scene.listen(&scene.bench.user).await, scene.listen(&scene.sam).await);
    // Sam has one more already.
    let busy = scene.bench.establish("bob").await.unwrap().id;
    scene.bench.answer(busy, scene.sams.id, "hello").await.unwrap();
    scene.bench.taken(&sam).await;

    scene.announce("both").await.unwrap();
    for session in [&alex, &sam] {
        let [preview] = &scene.bench.taken(session).await[..] else { panic!("one event") };
        assert_eq!(preview["eventType"], "engagementCenter.PreviewScreenPop");
        let of_it = ["team", "countdown", "conversationId", "dueDateTime"].map(|key| shown(preview, key));
        assert_eq!(of_it[..3], ["Team both".into(), "10".into(), Value::from(scene.id.to_string())]);
        assert_eq!(of_it[3], "2023-11-14T22:13:30.000Z");
    }
    scene.bench.clock.advance(COUNTDOWN - Duration::from_millis(1));
    scene.bench.engine.hand_over_due().await;
    assert_eq!(scene.head().await.destination, Some(scene.bot.id), "not a moment too early");

    scene.bench.clock.advance(Duration::from_millis(1));
    scene.bench.engine.hand_over_due().await;
    let head = scene.head().await;
    assert_eq!((head.destination, head.agent), (Some(scene.bench.agent.id), AgentState::Offered));
    assert_eq!((head.scheduled, head.wanted.unwrap().team.clone()), (None, Some(TeamId::from("both"))));
    let offered = ["messaging.EntityAdded", "engagementCenter.ScreenPop", "messaging.EntitySendText"];
    assert_eq!(scene.bench.heard(&alex).await, offered, "with what was said before");
    assert_eq!(scene.bench.heard(&sam).await, ["engagementCenter.InteractionClear"]);
    let (tenant, kind) = (scene.bench.tenant, IntegrationType::Agent);
    let told = scene.bench.engine.history(tenant, scene.id, kind, 0).await.unwrap();
    let told: Value = serde_json::from_str(&told[0].body).unwrap();
    assert_eq!(told["event"]["payload"]["team"], "Team both");
    assert_eq!(told["event"]["payload"]["history"][0]["message"]["text"], "hello");
}

#[tokio::test]
async fn a_chat_waits_when_nobody_of_the_team_is_there_at_the_end_of_the_countdown() {
    let scene = Scene::new().await;
    pause(&scene.bench, scene.sams.id).await;
    scene.announce("sams").await.unwrap();
    scene.end().await;
    let head = scene.head().await;
    assert_eq!((head.destination, head.queued), (None, Some(scene.bench.engine.now())));
    assert_eq!(head.wanted.unwrap().team, Some(TeamId::from("sams")), "Alex is no member");
}

#[tokio::test]
async fn a_chat_of_a_hub_that_has_nobody_any_more_waits_for_the_first_to_come() {
    let scene = Scene::new().await;
    scene.announce("both").await.unwrap();
    let by = || Actor::operator(scene.bench.tenant);
    for id in [scene.bot.id, scene.sams.id, scene.bench.agent.id] {
        scene.bench.engine.delete_integration(by(), id).await.unwrap();
    }
    scene.end().await;
    let head = scene.head().await;
    assert_eq!((head.destination, head.scheduled), (None, None));
    assert!(head.queued.is_some() && head.wanted.is_some());
}

#[tokio::test]
async fn a_chat_that_is_ended_during_the_countdown_goes_to_nobody() {
    let scene = Scene::new().await;
    let alex = scene.listen(&scene.bench.user).await;
    scene.announce("both").await.unwrap();
    scene.bench.answer(scene.id, scene.bot.id, "::close").await.unwrap();
    let heard = ["engagementCenter.PreviewScreenPop", "engagementCenter.InteractionClear"];
    assert_eq!(scene.bench.heard(&alex).await, heard);
    scene.end().await;
    let head = scene.head().await;
    assert_eq!((head.destination, head.scheduled), (Some(scene.bot.id), None));
    assert_eq!(scene.bench.heard(&alex).await, [] as [&str; 0]);
    assert!(matches!(scene.announce("both").await, Err(EngineError::ConversationClosed)));
}

#[tokio::test]
async fn a_chat_that_an_agent_takes_over_during_the_countdown_stays_there() {
    let scene = Scene::new().await;
    let (alex, sam) = (scene.listen(&scene.bench.user).await, scene.listen(&scene.sam).await);
    scene.announce("sams").await.unwrap();
    scene.bench.answer(scene.id, scene.bench.agent.id, "I take it").await.unwrap();
    scene.end().await;
    assert_eq!(scene.head().await.destination, Some(scene.bench.agent.id));
    let shown = ["engagementCenter.PreviewScreenPop", "engagementCenter.InteractionClear"];
    assert_eq!(scene.bench.heard(&sam).await, shown);
    assert!(!scene.bench.heard(&alex).await.contains(&shown[0].to_owned()), "Alex is no member");
}

#[tokio::test]
async fn a_chat_that_is_handed_over_in_another_way_during_the_countdown_goes_there() {
    let scene = Scene::new().await;
    scene.announce("both").await.unwrap();
    scene.bench.answer(scene.id, scene.bot.id, "::handover -t sams").await.unwrap();
    assert_eq!(scene.head().await.scheduled, None);
    scene.end().await;
    let head = scene.head().await;
    assert_eq!(head.destination, Some(scene.sams.id));
    assert_eq!(head.wanted.unwrap().team, Some(TeamId::from("sams")));
}

#[tokio::test]
async fn a_chat_that_is_routed_from_outside_during_the_countdown_goes_there() {
    let scene = Scene::new().await;
    for (route, holder) in
        [(Route::Bot, scene.bot.id), (Route::Integration(scene.bench.agent.id, None), scene.bench.agent.id)]
    {
        scene.announce("sams").await.unwrap();
        let (engine, tenant) = (&scene.bench.engine, scene.bench.tenant);
        engine.route_conversation(tenant, scene.id, &route, &Map::new()).await.unwrap();
        assert_eq!(scene.head().await.scheduled, None, "{holder}");
        scene.end().await;
        assert_eq!(scene.head().await.destination, Some(holder));
    }
}

#[tokio::test]
async fn a_second_announcement_takes_the_place_of_the_first() {
    let scene = Scene::new().await;
    let alex = scene.listen(&scene.bench.user).await;
    scene.announce("both").await.unwrap();
    scene.bench.clock.advance(Duration::from_secs(6));
    scene.announce("sams").await.unwrap();
    let shown = ["engagementCenter.PreviewScreenPop", "engagementCenter.InteractionClear"];
    assert_eq!(scene.bench.heard(&alex).await, shown);
    scene.bench.clock.advance(Duration::from_secs(4));
    scene.bench.engine.hand_over_due().await;
    assert_eq!(scene.head().await.destination, Some(scene.bot.id), "the first would be due now");
    scene.bench.clock.advance(Duration::from_secs(6));
    scene.bench.engine.hand_over_due().await;
    assert_eq!(scene.head().await.destination, Some(scene.sams.id));
}

#[tokio::test]
async fn a_deleted_team_is_shown_its_countdowns_no_more_and_the_chats_go_to_whoever_is_there() {
    let scene = Scene::new().await;
    let (alex, sam) = (scene.listen(&scene.bench.user).await, scene.listen(&scene.sam).await);
    scene.announce("sams").await.unwrap();
    let by = Actor::operator(scene.bench.tenant);
    scene.bench.engine.delete_team(by, &TeamId::from("sams")).await.unwrap();
    let shown = ["engagementCenter.PreviewScreenPop", "engagementCenter.InteractionClear"];
    assert_eq!(scene.bench.heard(&sam).await, shown);
    assert_eq!(scene.bench.heard(&alex).await, [] as [&str; 0]);

    pause(&scene.bench, scene.sams.id).await;
    scene.end().await;
    let head = scene.head().await;
    assert_eq!((head.destination, head.scheduled), (Some(scene.bench.agent.id), None));
    assert_eq!(scene.bench.heard(&sam).await, [] as [&str; 0], "it was withdrawn once");
}

#[tokio::test]
async fn only_those_who_leave_a_team_during_the_countdown_are_shown_it_no_more() {
    let scene = Scene::new().await;
    let (alex, sam) = (scene.listen(&scene.bench.user).await, scene.listen(&scene.sam).await);
    scene.announce("both").await.unwrap();
    let change = async |patch: TeamPatch| {
        let by = Actor::operator(scene.bench.tenant);
        scene.bench.engine.update_team(by, &TeamId::from("both"), patch).await.unwrap();
    };
    change(TeamPatch { name: Some("Renamed".to_owned()), ..TeamPatch::default() }).await;
    for session in [&alex, &sam] {
        assert_eq!(scene.bench.heard(session).await, ["engagementCenter.PreviewScreenPop"]);
    }
    change(TeamPatch { members: Some(vec![scene.sam.clone()]), ..TeamPatch::default() }).await;
    assert_eq!(scene.bench.heard(&alex).await, ["engagementCenter.InteractionClear"]);
    assert_eq!(scene.bench.heard(&sam).await, [] as [&str; 0]);
    scene.end().await;
    assert_eq!(scene.head().await.destination, Some(scene.sams.id));
}

#[tokio::test]
async fn an_agent_of_the_team_who_has_the_chat_already_keeps_it() {
    let scene = Scene::new().await;
    scene.bench.answer(scene.id, scene.sams.id, "I take it").await.unwrap();
    scene.announce("sams").await.unwrap();
    let sam = scene.listen(&scene.sam).await;
    scene.end().await;
    let head = scene.head().await;
    assert_eq!((head.destination, head.agent), (Some(scene.sams.id), AgentState::Active));
    assert_eq!(scene.bench.heard(&sam).await, [] as [&str; 0]);
}

#[tokio::test]
async fn an_agent_who_has_the_chat_takes_it_out_of_the_countdown_to_a_team_of_several() {
    for accepts in [true, false] {
        let scene = Scene::new().await;
        let (bench, alexs) = (&scene.bench, &scene.bench.agent);
        // Alex is offered the chat, and does nothing yet.
        bench.answer(scene.id, scene.bot.id, "::handover").await.unwrap();
        assert_eq!(scene.head().await.destination, Some(alexs.id));
        let (alex, sam) = (scene.listen(&bench.user).await, scene.listen(&scene.sam).await);
        scene.announce("both").await.unwrap();
        if accepts {
            bench.engine.accept(bench.tenant, scene.id, alexs).await.unwrap();
        } else {
            bench.answer(scene.id, alexs.id, "I am here").await.unwrap();
        }
        assert_eq!(scene.head().await.scheduled, None, "accepts: {accepts}");
        let shown = ["engagementCenter.PreviewScreenPop", "engagementCenter.InteractionClear"];
        assert_eq!(bench.heard(&sam).await, shown);
        let heard = bench.heard(&alex).await;
        assert_eq!(heard[..2], ["engagementCenter.PreviewScreenPop", "engagementCenter.Active"]);
        scene.end().await;
        let head = scene.head().await;
        assert_eq!((head.destination, head.agent), (Some(alexs.id), AgentState::Active));
    }
}

#[tokio::test]
async fn an_agent_of_another_team_who_has_the_chat_may_speak_until_it_goes() {
    let scene = Scene::new().await;
    scene.bench.answer(scene.id, scene.bench.agent.id, "I take it").await.unwrap();
    scene.announce("sams").await.unwrap();
    scene.bench.answer(scene.id, scene.bench.agent.id, "Sam will help you").await.unwrap();
    assert!(scene.head().await.scheduled.is_some(), "Alex is no member");
    scene.end().await;
    assert_eq!(scene.head().await.destination, Some(scene.sams.id));
}

#[tokio::test]
async fn who_has_the_chat_when_it_is_due_keeps_it_although_others_of_the_team_have_less_to_do() {
    let scene = Scene::new().await;
    let (alex, sam) = (&scene.bench.user, &scene.sam);
    scene.bench.answer(scene.id, scene.bench.agent.id, "I take it").await.unwrap();
    let on_alexs_desk = scene.listen(alex).await;
    for state in [UserState::Available, UserState::Busy] {
        scene.set_state(alex, state).await;
        scene.announce("both").await.unwrap();
        scene.end().await;
        let head = scene.head().await;
        assert_eq!((head.destination, head.scheduled), (Some(scene.bench.agent.id), None), "{state:?}");
        assert_eq!(head.wanted.unwrap().team, Some(TeamId::from("both")));
    }
    scene.announce("both").await.unwrap();
    scene.announce("both").await.unwrap();
    let heard = scene.bench.heard(&on_alexs_desk).await;
    assert_eq!(heard, ["engagementCenter.PreviewScreenPop"; 4], "nothing clears what Alex has");

    scene.set_state(alex, UserState::Away).await;
    scene.end().await;
    assert_eq!(scene.head().await.destination, Some(scene.sams.id), "Alex is not there any more");
    scene.set_state(alex, UserState::Available).await;
    scene.set_state(sam, UserState::Available).await;
    pause(&scene.bench, scene.sams.id).await;
    scene.announce("both").await.unwrap();
    scene.end().await;
    assert_eq!(scene.head().await.destination, Some(scene.bench.agent.id), "nobody answers at Sam's desk");
}

#[tokio::test]
async fn a_resolved_chat_is_so_no_more_when_it_was_handed_over() {
    for team in ["sams", "both"] {
        let scene = Scene::new().await;
        let (engine, tenant) = (&scene.bench.engine, scene.bench.tenant);
        // One time it moves, one time it stays.
        scene.bench.answer(scene.id, scene.bench.agent.id, "I take it").await.unwrap();
        engine.resolve_conversation(tenant, scene.id).await.unwrap();
        scene.announce(team).await.unwrap();
        assert!(scene.head().await.resolved.is_some(), "as long as it stays where it is");
        scene.end().await;
        assert_eq!(scene.head().await.resolved, None, "{team}");
    }
}

#[tokio::test]
async fn what_breaks_down_when_it_is_due_is_done_a_moment_later_and_holds_up_nothing_else() {
    let scene = Scene::new().await;
    scene.announce("sams").await.unwrap();
    let other = scene.bench.establish("bob").await.unwrap().id;
    scene.bench.say(other, "hello").await.unwrap();
    let wanted = Wanted::new(Some(TeamId::from("sams")), Vec::new()).unwrap();
    let (engine, tenant) = (&scene.bench.engine, scene.bench.tenant);
    engine.announce_handover(tenant, other, wanted, COUNTDOWN).await.unwrap();

    scene.bench.store.break_next_pasts(1);
    scene.end().await;
    let destination = async |id| engine.conversation(tenant, id).await.unwrap().destination;
    let went = [destination(scene.id).await, destination(other).await];
    assert_eq!(went.iter().filter(|to| **to == Some(scene.sams.id)).count(), 1, "{went:?}");
    scene.bench.clock.advance(COME_BACK);
    engine.hand_over_due().await;
    assert_eq!([destination(scene.id).await, destination(other).await], [Some(scene.sams.id); 2]);
}

#[tokio::test]
async fn what_was_announced_is_done_after_a_restart() {
    let mut scene = Scene::new().await;
    scene.announce("sams").await.unwrap();
    scene.bench.restart().await;
    assert_eq!(scene.head().await.destination, Some(scene.bot.id));
    scene.end().await;
    assert_eq!(scene.head().await.destination, Some(scene.sams.id));
}

#[tokio::test]
async fn what_could_not_be_kept_when_it_was_due_is_done_a_moment_later() {
    let scene = Scene::new().await;
    scene.announce("sams").await.unwrap();
    scene.bench.store.break_down();
    scene.end().await;
    assert_eq!(scene.head().await.destination, Some(scene.bot.id));
    scene.bench.store.repair();
    scene.bench.clock.advance(COME_BACK);
    scene.bench.engine.hand_over_due().await;
    assert_eq!(scene.head().await.destination, Some(scene.sams.id));
}

#[tokio::test]
async fn an_announcement_that_could_not_be_kept_is_none() {
    let scene = Scene::new().await;
    scene.bench.store.break_down();
    assert!(scene.announce("sams").await.is_err());
    scene.bench.store.repair();
    scene.end().await;
    let head = scene.head().await;
    assert_eq!((head.destination, head.scheduled), (Some(scene.bot.id), None));
}

#[tokio::test(start_paused = true)]
async fn the_engine_looks_after_the_countdowns_by_itself() {
    let scene = Scene::new().await;
    scene.announce("sams").await.unwrap();
    scene.bench.clock.advance(COUNTDOWN);
    // Time stands still until everybody waits: then the countdown's end comes first.
    tokio::time::sleep(COUNTDOWN + Duration::from_millis(1)).await;
    scene.bench.engine.settle().await.unwrap();
    assert_eq!(scene.head().await.destination, Some(scene.sams.id));
}
