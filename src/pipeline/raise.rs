//! The engagement events that a conversation causes, for the agent's streaming sessions
//! (streaming reference, the event schemas).

use serde::Serialize;
use serde_json::{Value, json};

use super::encode::utc;
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::directory::{Team, User};
use crate::domain::engagement::{Audience, Digits, EngagementEvent, Envelope};

/// `entityType` of the messaging events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    /// 1
    Agent,
    /// 3
    Customer,
    /// 4
    System,
}

impl Entity {
    fn code(self) -> i64 {
        match self {
            Self::Agent => 1,
            Self::Customer => 3,
            Self::System => 4,
        }
    }
}

/// `category` of a chat that came in (EventECActive, INBOUND_CHAT).
const INBOUND_CHAT: i64 = 23;
/// `statusReason` of an active agent (EventECActive, AgActive).
const AGENT_ACTIVE: i64 = 2;
/// `state` of an interaction that is cleared: the user goes on to wrap-up (EventECInteractionClear, the example).
const NEXT_STATE_WRAP: i64 = 14;
/// `interactionCategory` of what came in (EventECScreenPop, INBOUND).
const INBOUND: i64 = 1;
/// `screenpopType` of what is no mail (EventECScreenPop, OTHER).
const OTHER: i64 = 31;

/// Makes the events of one conversation for one user.
pub(super) struct Raise<'a> {
    /// The conversation; it has a number by now.
    pub conversation: &'a Conversation,
    /// Who hears them.
    pub user: &'a User,
    /// When they happen.
    pub now: Millis,
}

/// An event and who hears it.
pub(super) type Raised = (EngagementEvent, Audience);

impl Raise<'_> {
    /// The conversation was routed to the user: who is in it, and all that is known of it.
    pub(super) fn offered(&self) -> [Raised; 2] {
        [self.entity_added(), self.screen_pop()]
    }

    /// The user answered or accepted.
    pub(super) fn active(&self) -> Raised {
        self.event("engagementCenter.Active", json!({"category": INBOUND_CHAT, "statusReason": AGENT_ACTIVE}))
    }

    /// Somebody said a text.
    pub(super) fn text(&self, entity: Entity, name: &str, text: &str) -> Raised {
        let said = SentText { entity_type: entity.code(), entity_name: name, text };
        self.event("messaging.EntitySendText", said)
    }

    /// The conversation went from the user to somebody else.
    pub(super) fn transferred(&self) -> Raised {
        let number = self.conversation.number.unwrap_or_default();
        self.event(
            "engagementCenter.InteractionTransferred",
            json!({
                "consultInteractionId": 0,
                "consultInteractionIdRev": "0",
                "newInteractionId": number,
                "newInteractionIdRev": number.to_string(),
                "originalEhubSessionId": self.user.number.to_string(),
            }),
        )
    }

    /// The conversation was closed: cleared, wrapped up and gone, in that order.
    pub(super) fn closed(&self) -> [Raised; 3] {
        [
            self.event("engagementCenter.InteractionClear", json!({"state": NEXT_STATE_WRAP})),
            self.event("engagementCenter.Wrap", json!({})),
            self.event("engagementCenter.Idle", json!({})),
        ]
    }

    /// The conversation will go to the user's team when a countdown ends, and is shown until then.
    pub(super) fn announced(&self, countdown: &Countdown<'_>) -> Raised {
        let mut known = self.interaction_data();
        known.extend([
            field("teamId", countdown.team.id.as_str()),
            field("team", &countdown.team.name),
            field("countdown", &countdown.seconds.to_string()),
            field("dueDateTime", &utc(countdown.due)),
        ]);
        self.event(
            "engagementCenter.PreviewScreenPop",
            json!({
                "preemptive": 0,
                "statusReason": INBOUND_CHAT,
                "interactionInfo": self.interaction_info(known),
            }),
        )
    }

    /// What was announced is over: somebody else has the conversation, or nobody will.
    pub(super) fn withdrawn(&self) -> Raised {
        self.event("engagementCenter.InteractionClear", json!({}))
    }

    fn entity_added(&self) -> Raised {
        self.event(
            "messaging.EntityAdded",
            json!({
                "entityType": Entity::Customer.code(),
                "entityId": self.conversation.id.to_string(),
                "entityName": self.conversation.customer_name(),
            }),
        )
    }

    fn screen_pop(&self) -> Raised {
        self.event(
            "engagementCenter.ScreenPop",
            json!({
                "playAudioAlert": false,
                "preemptive": 1,
                "requiredRejectReason": false,
                "requiredResponse": true,
                "mediaType": "InboundChat",
                "switchInteractionId": 0,
                "switchInteractionIdRev": "0",
                "timeoutForAcceptCall": 0,
                "timeoutForAudioAlert": 0,
                "interactionInfo": self.interaction_info(self.interaction_data()),
            }),
        )
    }

    fn interaction_info(&self, known: Vec<Value>) -> Value {
        let profile = |key: &str| self.conversation.profile(key).unwrap_or("");
        json!({
            "otherData": {
                "interactionCategory": INBOUND,
                "interactionType": "CHAT",
                "screenpopType": OTHER,
            },
            "screenData": {
                "firstName": profile("first name"),
                "lastName": profile("last name"),
                "phoneNumber": profile("phone"),
                "callerId": profile("full name"),
            },
            "interactionData": known,
        })
    }

    fn interaction_data(&self) -> Vec<Value> {
        vec![
            field("conversationId", &self.conversation.id.to_string()),
            field("hubId", &self.conversation.hub.to_string()),
            field("bindingKey", &self.conversation.binding),
        ]
    }

    /// An event about the conversation: its number first, then what belongs to the type.
    ///
    /// Written straight into its text: every text that is said in a chat comes through here.
    fn event(&self, event_type: &str, details: impl Serialize) -> Raised {
        let number = self.conversation.number.unwrap_or_default();
        let payload =
            AboutConversation { interaction_id: number, interaction_id_rev: Digits(number), details };
        let envelope = Envelope::new(&self.user.id, self.user.number, payload);
        let event = EngagementEvent {
            event_type: event_type.to_owned(),
            correlation_id: self.conversation.id.to_string(),
            published: self.now,
            payload: serde_json::to_string(&envelope)
                .expect("a payload has text keys, which JSON can always say")
                .into(),
        };
        (event, Audience::Users(vec![self.user.id.clone()]))
    }
}

/// One of the named values that are shown of an interaction.
fn field(key: &str, value: &str) -> Value {
    json!({"key": key, "value": value, "isMasked": false})
}

/// A hand-over that is announced.
pub(super) struct Countdown<'a> {
    /// To whom.
    pub team: &'a Team,
    /// When.
    pub due: Millis,
    /// How many seconds there are until then.
    pub seconds: u64,
}

/// What every event about a conversation begins with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AboutConversation<D> {
    interaction_id: i64,
    interaction_id_rev: Digits,
    #[serde(flatten)]
    details: D,
}

/// What `messaging.EntitySendText` says.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SentText<'a> {
    entity_type: i64,
    entity_name: &'a str,
    text: &'a str,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Map;

    use super::*;
    use crate::domain::catalogue::{EventType, Payload, Wrapping};
    use crate::domain::conversation::{AgentState, Properties, SeenMarks};
    use crate::domain::directory::{TeamState, UserState};
    use crate::domain::ids::{ConversationId, HubId, IntegrationId, TeamId, TenantId, UserId};
    use crate::domain::order::Position;
    use crate::domain::receipt::Receipts;

    fn conversation(tenant: TenantId) -> Conversation {
        Conversation {
            id: ConversationId::new(),
            tenant,
            hub: HubId::new(),
            integration: IntegrationId::new(),
            binding: String::new(),
            token: String::new(),
            properties: Arc::new(Properties::new()),
            opened: Millis(0),
            closed: None,
            said: None,
            spoken: false,
            told_closed: None,
            resolved: None,
            receipts: Receipts::default(),
            destination: None,
            queued: None,
            wanted: None,
            scheduled: None,
            agent: AgentState::Active,
            number: Some(12),
            seen: SeenMarks::default(),
            taken: Position::default(),
            visitors: Vec::new(),
        }
    }

    fn alex(tenant: TenantId) -> User {
        User {
            id: UserId::from("alex"),
            tenant,
            number: 5,
            name: "Alex".to_owned(),
            email: String::new(),
            skills: Vec::new(),
            state: UserState::Available,
        }
    }

    #[test]
    fn whatever_is_raised_keeps_to_the_catalogue_and_leaves_nothing_to_fill_in() {
        let tenant = TenantId::new();
        let (conversation, user) = (conversation(tenant), alex(tenant));
        let raise = Raise { conversation: &conversation, user: &user, now: Millis(1) };
        let texts = [Entity::Agent, Entity::Customer, Entity::System].map(|who| raise.text(who, "Ada", "hi"));
        let team = Team {
            id: TeamId::from("t"),
            tenant,
            number: 1,
            name: "Support".to_owned(),
            members: vec![user.id.clone()],
            state: TeamState::Active,
        };
        let announced = raise.announced(&Countdown { team: &team, due: Millis(10_001), seconds: 10 });
        let single = [raise.active(), raise.transferred(), announced, raise.withdrawn()];
        let all = [&raise.offered()[..], &single[..], &texts[..], &raise.closed()[..]].concat();
        assert_eq!(all.len(), 12);
        for (event, _) in all {
            let event_type = EventType::find(&event.event_type).unwrap();
            let raised: Map<String, Value> = serde_json::from_str(&event.payload).unwrap();
            let checked = Payload::check(event_type, raised.clone()).unwrap();
            assert_eq!(checked.wrapping(), Wrapping::Done, "{event:?}");
            assert_eq!(checked.into_members(), raised);
        }
    }

    #[test]
    fn a_text_s_payload_has_the_number_of_its_conversation_before_what_was_said() {
        let tenant = TenantId::new();
        let (conversation, user) = (conversation(tenant), alex(tenant));
        let raise = Raise { conversation: &conversation, user: &user, now: Millis(1) };
        let (event, audience) = raise.text(Entity::Customer, "Ada", "say \"hi\"");
        assert_eq!(
            &*event.payload,
            concat!(
                r#"{"userId":"alex","ehubSessionId":5,"ehubSessionIdRev":"5","payload":"#,
                r#"{"interactionId":12,"interactionIdRev":"12","#,
                r#""entityType":3,"entityName":"Ada","text":"say \"hi\""}}"#,
            )
        );
        assert_eq!(event.correlation_id, conversation.id.to_string());
        assert_eq!(audience, Audience::Users(vec![user.id.clone()]));
        let (wrap, _) = raise.closed()[1].clone();
        assert!(wrap.payload.ends_with(r#""payload":{"interactionId":12,"interactionIdRev":"12"}}"#));
    }
}
