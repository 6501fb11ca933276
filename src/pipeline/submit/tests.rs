//! What stages ask for with an activity, and what the platform says, as one piece with it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Door, PlatformSays, Toward};
use crate::broker::Acknowledgement;
use crate::domain::audit::Actor;
use crate::domain::conversation::{Conversation, Wanted};
use crate::domain::directory::UserState;
use crate::domain::ids::{ConversationId, IntegrationId};
use crate::domain::integration::IntegrationType;
use crate::pipeline::testing::Bench;
use crate::pipeline::{ActivityDraft, Alert, EngineError, WishedDestination, Wishes};
use crate::registry::{TeamSpec, UserPatch};

async fn say(bench: &Bench, id: ConversationId, wishes: Wishes) -> Result<(), EngineError> {
    let body = json!({"type": "message", "message": {"type": "text", "text": "hello?"}});
    let draft = ActivityDraft { wishes, ..ActivityDraft::from_body(body.as_object().unwrap()).unwrap() };
    bench.engine.submit(bench.tenant, id, Door::Customer, draft).await.map(drop)
}

fn wish(destination: WishedDestination) -> Wishes {
    Wishes { destination: Some(destination), ..Wishes::default() }
}

async fn head(bench: &Bench, id: ConversationId) -> Conversation {
    bench.engine.conversation(bench.tenant, id).await.unwrap()
}

async fn destination(bench: &Bench, id: ConversationId) -> Option<IntegrationId> {
    head(bench, id).await.destination
}

async fn history(bench: &Bench, id: ConversationId, party: IntegrationType) -> Vec<Value> {
    let records = bench.engine.history(bench.tenant, id, party, 0).await.unwrap();
    records.iter().map(|record| serde_json::from_str(&record.body).unwrap()).collect()
}

fn text(text: &str) -> Map<String, Value> {
    Map::from_iter([("type".to_owned(), "text".into()), ("text".to_owned(), text.into())])
}

#[tokio::test]
async fn tags_are_members_of_the_activity_and_left_out_when_there_are_none() {
    let bench = Bench::new().await;
    let id = bench.establish("a").await.unwrap().id;
    say(&bench, id, Wishes::default()).await.unwrap();
    let tags = Map::from_iter([("language".to_owned(), "en".into())]);
    say(&bench, id, Wishes { tags, ..Wishes::default() }).await.unwrap();
    let history = history(&bench, id, IntegrationType::Customer).await;
    assert_eq!((history[0].get("tags"), &history[1]["tags"]), (None, &json!({"language": "en"})));
}

#[tokio::test]
async fn alerts_and_what_the_platform_says_come_after_the_activity_and_fail_with_it() {
    let bench = Bench::new().await;
    let session = bench.session(&bench.user, Acknowledgement::NotRequired).await;
    let id = bench.establish("a").await.unwrap().id;
    let wishes = Wishes {
        alerts: vec![Alert { rule: "a rule".to_owned(), text: "a word".to_owned() }],
        said_after: vec![
            PlatformSays::message(text("closed"), Toward::Customer),
            PlatformSays::message(text("a note"), Toward::Business),
            PlatformSays::message(text("nobody hears this"), Toward::Only(IntegrationId::new())),
        ],
        ..Wishes::default()
    };
    bench.store.break_down();
    assert!(say(&bench, id, wishes.clone()).await.is_err());
    bench.store.repair();
    assert!(history(&bench, id, IntegrationType::Customer).await.is_empty());
    say(&bench, id, wishes).await.unwrap();

    let texts = |all: &[Value]| -> Vec<String> {
        all.iter().map(|one| one["message"]["text"].as_str().unwrap().to_owned()).collect()
    };
    let of_customer = history(&bench, id, IntegrationType::Customer).await;
    assert_eq!(texts(&of_customer), ["hello?", "closed"]);
    let of_agent = history(&bench, id, IntegrationType::Agent).await;
    assert_eq!(texts(&of_agent), ["hello?", "a note"]);
    let sender = json!({"integrationId": "00000000-0000-0000-0000-000000000000", "integrationType": "Hubster",
        "channelType": "System", "tokenId": format!("{id}.00000000-0000-0000-0000-000000000000")});
    assert_eq!(of_customer[1]["sender"], sender);
    assert_eq!(of_customer[1]["eventTrigger"], "message:hubster");
    let heard = bench.heard(&session).await;
    assert_eq!(heard.last().unwrap(), "messaging.EntitySendText", "{heard:?}");
}

#[tokio::test]
async fn a_wished_integration_gets_the_conversation_and_one_that_is_not_there_changes_nothing() {
    let bench = Bench::new().await;
    let bot = bench.integration("bot", IntegrationType::Bot, None).await;
    let id = bench.establish("a").await.unwrap().id;
    say(&bench, id, wish(WishedDestination::Integration(IntegrationId::new()))).await.unwrap();
    assert_eq!(destination(&bench, id).await, Some(bot.id));
    say(&bench, id, wish(WishedDestination::Integration(bench.customer))).await.unwrap();
    assert_eq!(destination(&bench, id).await, Some(bot.id), "customers answer nobody");
    for _ in 0..2 {
        say(&bench, id, wish(WishedDestination::Integration(bench.agent.id))).await.unwrap();
        assert_eq!(destination(&bench, id).await, Some(bench.agent.id));
    }
}

#[tokio::test]
async fn a_wished_agent_who_takes_no_conversations_gets_none_and_keeps_what_it_has() {
    let bench = Bench::new().await;
    let bot = bench.integration("bot", IntegrationType::Bot, None).await;
    let (one, other) = (bench.establish("a").await.unwrap().id, bench.establish("b").await.unwrap().id);
    let to_the_agent = || wish(WishedDestination::Integration(bench.agent.id));
    say(&bench, one, to_the_agent()).await.unwrap();
    let patch = UserPatch { state: Some(UserState::Away), ..UserPatch::default() };
    bench.engine.update_user(Actor::operator(bench.tenant), &bench.user, patch).await.unwrap();
    for (conversation, expected) in [(one, bench.agent.id), (other, bot.id)] {
        say(&bench, conversation, to_the_agent()).await.unwrap();
        assert_eq!(destination(&bench, conversation).await, Some(expected));
    }
}

#[tokio::test]
async fn a_wished_team_gets_the_conversation_from_a_bot_and_not_from_an_active_agent() {
    let bench = Bench::new().await;
    bench.integration("bot", IntegrationType::Bot, None).await;
    let (another, sam) = bench.another_agent().await;
    let spec = TeamSpec { name: "Billing".to_owned(), members: vec![sam], ..TeamSpec::default() };
    let team = bench.engine.create_team(Actor::operator(bench.tenant), spec, None).await.unwrap();
    let billing =
        WishedDestination::Agents(Arc::new(Wanted { team: Some(team.id.clone()), skills: Vec::new() }));
    let id = bench.establish("a").await.unwrap().id;
    bench.say(id, "to the bot").await.unwrap();
    say(&bench, id, wish(billing.clone())).await.unwrap();
    assert_eq!(destination(&bench, id).await, Some(another.id));
    bench.answer(id, bench.agent.id, "I take it").await.unwrap();
    say(&bench, id, wish(billing)).await.unwrap();
    assert_eq!(destination(&bench, id).await, Some(bench.agent.id));
}
