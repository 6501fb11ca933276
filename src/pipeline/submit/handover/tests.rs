//! Whom the event of a hand-over asks for.

use serde_json::{Value, json};

use crate::domain::conversation::Conversation;
use crate::domain::directory::{MAX_SKILL, MAX_SKILLS};
use crate::domain::ids::{ConversationId, IntegrationId};
use crate::domain::integration::IntegrationType;
use crate::pipeline::testing::Bench;
use crate::pipeline::{ActivityDraft, Door, EngineError, Fault, FaultKind};

async fn hand_over(
    bench: &Bench,
    id: ConversationId,
    sender: IntegrationId,
    payload: Value,
) -> Result<(), EngineError> {
    let event = json!({"type": "payload", "payloadType": "hubster.handover", "payload": payload});
    let body = json!({"type": "event", "event": event});
    let mut draft = ActivityDraft::from_body(body.as_object().unwrap()).unwrap();
    draft.sender = Some(sender);
    bench.engine.submit(bench.tenant, id, Door::Business, draft).await.map(drop)
}

async fn head(bench: &Bench, id: ConversationId) -> Conversation {
    bench.engine.conversation(bench.tenant, id).await.unwrap()
}

#[tokio::test]
async fn an_agent_who_asks_for_a_team_that_there_is_not_asks_for_any_agent_and_not_for_the_bot() {
    let bench = Bench::new().await;
    let bot = bench.integration("bot", IntegrationType::Bot, None).await;
    let (another, _) = bench.another_agent().await;
    let id = bench.establish("a").await.unwrap().id;
    bench.say(id, "hello").await.unwrap();
    for (payload, to) in [
        (json!({"team": "nobody knows it"}), another.id),
        (json!({"team": ""}), bot.id),
        (json!({"team": null, "skills": []}), bot.id),
        (json!({}), bot.id),
    ] {
        bench.answer(id, bench.agent.id, "I take it").await.unwrap();
        hand_over(&bench, id, bench.agent.id, payload.clone()).await.unwrap();
        let head = head(&bench, id).await;
        assert_eq!((head.destination, head.wanted.is_some()), (Some(to), to == another.id), "{payload}");
    }
}

#[tokio::test]
async fn no_more_and_no_longer_skills_are_asked_for_than_a_user_can_have() {
    let bench = Bench::new().await;
    let bot = bench.integration("bot", IntegrationType::Bot, None).await;
    let id = bench.establish("a").await.unwrap().id;
    bench.say(id, "hello").await.unwrap();
    let skills = |count: usize, length: usize| json!({"skills": vec!["é".repeat(length); count]});
    for bad in [skills(MAX_SKILLS + 1, 1), skills(1, MAX_SKILL + 1)] {
        let refused = hand_over(&bench, id, bot.id, bad).await.unwrap_err();
        let EngineError::Invalid(faults) = refused else { panic!("{refused:?}") };
        assert_eq!(faults, [Fault::at(FaultKind::TooLong, "event.payload.skills")]);
        assert_eq!(head(&bench, id).await.destination, Some(bot.id), "it stays where it is");
    }
    hand_over(&bench, id, bot.id, skills(MAX_SKILLS, MAX_SKILL)).await.unwrap();
    let wanted = head(&bench, id).await.wanted.unwrap();
    assert_eq!(wanted.skills.len(), MAX_SKILLS);
}
