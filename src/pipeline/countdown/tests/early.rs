//! Who gets a chat before its countdown ends: whoever of the team takes it, and nobody else unless that is asked for.

use std::sync::Arc;

use super::{Scene, pause, team};
use crate::domain::audit::Actor;
use crate::domain::conversation::AgentState;
use crate::domain::hub::HubStatus;
use crate::domain::ids::{IntegrationId, TeamId};
use crate::domain::integration::{Integration, IntegrationStatus, IntegrationType};
use crate::pipeline::EngineError;
use crate::registry::{ConfigurationSpec, DirectSpec, HubSpec, IntegrationPatch, IntegrationSpec, Whose};

impl Scene {
    async fn accept(&self, agent: &Integration) -> Result<(), EngineError> {
        self.bench.engine.accept(self.bench.tenant, self.id, agent).await
    }

    /// An agent of another hub who is Sam as well.
    async fn sam_elsewhere(&self) -> Arc<Integration> {
        let (by, registry) = (|| Actor::operator(self.bench.tenant), &self.bench.registry);
        let (name, description) = ("elsewhere".to_owned(), String::new());
        let hub = HubSpec { name, description, close_dormant_days: 0, status: HubStatus::Active };
        let hub = registry.create_hub(by(), hub, None).await.unwrap();
        let direct = DirectSpec { user: Some(self.sam.clone()), ..DirectSpec::default() };
        let spec = IntegrationSpec {
            name: "elsewhere".to_owned(),
            kind: IntegrationType::Agent,
            status: IntegrationStatus::Active,
            configuration: ConfigurationSpec::Direct(direct),
        };
        registry.create_integration(by(), hub.id, spec, None).await.unwrap()
    }

    /// Who has the chat, and the team that is wanted.
    async fn stands(&self) -> (Option<IntegrationId>, Option<TeamId>) {
        let head = self.head().await;
        (head.destination, head.wanted.and_then(|wanted| wanted.team.clone()))
    }

    async fn resume(&self, agent: &Integration) {
        let patch =
            IntegrationPatch { status: Some(IntegrationStatus::Active), ..IntegrationPatch::default() };
        let by = Actor::operator(self.bench.tenant);
        self.bench.registry.update_integration(by, agent.id, patch).await.unwrap();
    }
}

#[tokio::test]
async fn an_agent_of_the_team_takes_the_chat_by_accepting_it() {
    let scene = Scene::new().await;
    let (alex, sam) = (scene.listen(&scene.bench.user).await, scene.listen(&scene.sam).await);
    scene.announce("both").await.unwrap();
    scene.accept(&scene.sams).await.unwrap();
    let head = scene.head().await;
    assert_eq!((head.destination, head.agent), (Some(scene.sams.id), AgentState::Active));
    assert_eq!(head.scheduled, None);
    let cleared = ["engagementCenter.PreviewScreenPop", "engagementCenter.InteractionClear"];
    assert_eq!(scene.bench.heard(&alex).await, cleared);
    let has_it = ["messaging.EntityAdded", "engagementCenter.ScreenPop", "engagementCenter.Active"];
    assert_eq!(scene.bench.heard(&sam).await[1..], has_it);

    let late = scene.accept(&scene.bench.agent).await;
    assert!(matches!(late, Err(EngineError::NotTheDestination)), "who comes second takes it from nobody");
    scene.accept(&scene.sams).await.unwrap();
    scene.end().await;
    assert_eq!(scene.head().await.destination, Some(scene.sams.id));
}

#[tokio::test]
async fn nobody_accepts_what_is_not_announced_to_them() {
    let scene = Scene::new().await;
    scene.announce("sams").await.unwrap();
    for one in [&scene.bench.agent, &scene.bot] {
        let refused = scene.accept(one).await;
        assert!(matches!(refused, Err(EngineError::NotTheDestination)), "{}", one.name);
    }
    pause(&scene.bench, scene.sams.id).await;
    let refused = scene.accept(&scene.sams).await;
    assert!(matches!(refused, Err(EngineError::IntegrationPaused)), "it could not answer either");
    let head = scene.head().await;
    assert_eq!((head.destination, head.scheduled.is_some()), (Some(scene.bot.id), true));
}

#[tokio::test]
async fn a_member_of_the_team_accepts_nothing_in_another_hub() {
    let scene = Scene::new().await;
    let elsewhere = scene.sam_elsewhere().await;
    scene.announce("sams").await.unwrap();
    assert!(matches!(scene.accept(&elsewhere).await, Err(EngineError::NotTheDestination)));
}

#[tokio::test]
async fn a_resolved_chat_that_is_taken_is_so_no_more() {
    let scene = Scene::new().await;
    scene.bench.engine.resolve_conversation(scene.bench.tenant, scene.id).await.unwrap();
    scene.announce("sams").await.unwrap();
    scene.accept(&scene.sams).await.unwrap();
    assert_eq!(scene.head().await.resolved, None);
}

#[tokio::test]
async fn a_bot_that_hands_over_to_anybody_hands_over_to_the_team() {
    let scene = Scene::new().await;
    scene.announce("sams").await.unwrap();
    scene.bench.answer(scene.id, scene.bot.id, "::handover").await.unwrap();
    assert_eq!(scene.stands().await, (Some(scene.sams.id), Some(TeamId::from("sams"))));
    assert_eq!(scene.head().await.scheduled, None);

    let scene = Scene::new().await;
    pause(&scene.bench, scene.sams.id).await;
    scene.announce("sams").await.unwrap();
    scene.bench.answer(scene.id, scene.bot.id, "::handover").await.unwrap();
    assert_eq!(scene.stands().await, (None, Some(TeamId::from("sams"))), "Alex is no member");
    scene.end().await;
    assert_eq!(scene.stands().await, (None, Some(TeamId::from("sams"))));

    let scene = Scene::new().await;
    scene.announce("sams").await.unwrap();
    let (engine, tenant) = (&scene.bench.engine, scene.bench.tenant);
    engine.give_up(tenant, scene.id, scene.bot.id, "it is not let through").await.unwrap();
    assert_eq!(
        scene.stands().await,
        (Some(scene.sams.id), Some(TeamId::from("sams"))),
        "a bot that gives up"
    );
}

#[tokio::test]
async fn a_bot_that_names_a_team_hands_over_to_that_one() {
    let scene = Scene::new().await;
    team(&scene.bench, "alexs", vec![scene.bench.user.clone()]).await;
    scene.announce("sams").await.unwrap();
    scene.bench.answer(scene.id, scene.bot.id, "::handover -t alexs").await.unwrap();
    assert_eq!(scene.stands().await, (Some(scene.bench.agent.id), Some(TeamId::from("alexs"))));
}

#[tokio::test]
async fn a_chat_that_waits_or_whose_bot_is_gone_goes_to_no_other_team() {
    for speaks in [true, false] {
        let scene = Scene::new().await;
        pause(&scene.bench, scene.bot.id).await;
        for agent in [&scene.bench.agent, &scene.sams] {
            pause(&scene.bench, agent.id).await;
        }
        if !speaks {
            scene.bench.say(scene.id, "is nobody there?").await.unwrap();
        }
        scene.announce("sams").await.unwrap();
        scene.resume(&scene.bench.agent).await;
        if speaks {
            scene.bench.say(scene.id, "is nobody there?").await.unwrap();
        }
        scene.bench.engine.route_waiting(&Whose::Anybodys).await;
        let head = scene.head().await;
        assert!(head.destination.is_none() && head.scheduled.is_some(), "Alex is no member: {head:?}");
        scene.resume(&scene.sams).await;
        scene.bench.engine.route_waiting(&Whose::Anybodys).await;
        assert_eq!(scene.stands().await, (Some(scene.sams.id), Some(TeamId::from("sams"))));
        assert_eq!(scene.head().await.scheduled, None);
    }
}
