//! How what is published reads on the wire, in each format; written at most once per format, when somebody
//! listens in it.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::cursor::Cursor;
use super::frame;
use super::messagepack::MessagePack;
use crate::broker::{Encode, WireFormat};
use crate::domain::activity::FlowProcess;
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::engagement::EngagementEvent;
use crate::domain::ids::{ConversationId, HubId, IntegrationId, TenantId};
use crate::domain::json::JsonObject;
use crate::domain::order::EventId;

/// The conversation that an activity belongs to, as the Direct payload tells it (platform documentation §6.5).
#[derive(Clone, Debug)]
pub(super) struct ConversationDetails {
    hub: HubId,
    tenant: TenantId,
    integration: IntegrationId,
    conversation: ConversationId,
    properties: Arc<crate::domain::conversation::Properties>,
}

impl From<&Conversation> for ConversationDetails {
    fn from(head: &Conversation) -> Self {
        Self {
            hub: head.hub,
            tenant: head.tenant,
            integration: head.integration,
            conversation: head.id,
            properties: head.properties.clone(),
        }
    }
}

impl ConversationDetails {
    pub(super) fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub(super) fn hub(&self) -> HubId {
        self.hub
    }

    pub(super) fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// What surrounds activities in a payload: an object without its closing brace, open for more members.
    pub(super) fn envelope(&self) -> String {
        const AROUND_THE_PROPERTIES: usize = 240;
        let mut text = String::with_capacity(AROUND_THE_PROPERTIES);
        let mut object = JsonObject::begin(&mut text);
        self.write(&mut object);
        text
    }

    fn write(&self, object: &mut JsonObject<'_>) {
        object.plain("hubId", self.hub);
        object.plain("tenantId", self.tenant);
        object.plain("integrationId", self.integration);
        object.plain("conversationId", self.conversation);
        object.map("conversationProperties", &self.properties);
    }
}

/// An activity that is published, with its place.
pub(super) struct ActivityNotice {
    /// The conversation it belongs to.
    pub details: ConversationDetails,
    /// The activity in the platform's common JSON format.
    pub body: Arc<str>,
    /// Where a reader stands that has heard it.
    pub cursor: Cursor,
}

/// The method of a SignalR client that hears activities (wire facts, `/engine-chat-hub`).
const CLIENT_METHOD: &str = "ReceiveDirectActivities";

/// The same activity for the one who sent it.
pub(super) fn as_echo(body: &str) -> String {
    // Inside a JSON string the quotes would be escaped, so the first match is the activity's own member.
    body.replacen("\"isEcho\":false", "\"isEcho\":true", 1)
}

/// The same activity for a customer who comes back and did not ask for it.
pub(super) fn as_auto_replay(body: &str) -> String {
    let (usual, replayed) = (FlowProcess::Default.name(), FlowProcess::AutoReplay.name());
    // The first match is the activity's own member, as for an echo.
    body.replacen(&format!("\"flowProcess\":\"{usual}\""), &format!("\"flowProcess\":\"{replayed}\""), 1)
}

impl ActivityNotice {
    fn direct(&self) -> String {
        const AROUND_THE_ACTIVITY: usize = 400;
        let mut text = String::with_capacity(AROUND_THE_ACTIVITY + self.body.len());
        let mut object = JsonObject::begin(&mut text);
        self.details.write(&mut object);
        object.json("activity", &self.body);
        object.plain("cursor", self.cursor);
        object.end();
        text
    }

    /// An invocation of the client's method (wire facts, `/engine-chat-hub`), ended by the record separator. The
    /// activity carries its cursor, and its conversation, which the Direct payload tells around it.
    fn signalr(&self) -> String {
        let open_body = self.body.strip_suffix('}').unwrap_or(&self.body);
        format!(
            concat!(
                r#"{{"type":1,"target":"{}","arguments":[{},"#,
                r#""conversationId":"{}","cursor":"{}"}}]}}{}"#
            ),
            CLIENT_METHOD, open_body, self.details.conversation, self.cursor, '\u{1e}',
        )
    }

    /// The same invocation in MessagePack: type, headers, id, method, arguments, streams.
    fn signalr_packed(&self) -> Vec<u8> {
        let activity: Map<String, Value> = serde_json::from_str(&self.body)
            .expect("an activity is kept as the object that it was written as");
        let mut message = MessagePack::default();
        message.list(6).number(1).map(0).nil().text(CLIENT_METHOD);
        let members = u32::try_from(activity.len() + 2).expect("an activity has few members");
        message.list(1).map(members).members(&activity);
        message.text("conversationId").text(&self.details.conversation.to_string());
        message.text("cursor").text(&self.cursor.encode());
        message.list(0);
        message.into_message()
    }
}

impl Encode for ActivityNotice {
    fn encode(&self, format: WireFormat) -> Bytes {
        match format {
            WireFormat::SignalrJson => frame::text(self.signalr().as_bytes()),
            WireFormat::SignalrJsonDeflated => frame::deflated_text(self.signalr().as_bytes()),
            WireFormat::SignalrJsonBare => self.signalr().into(),
            WireFormat::SignalrPack => frame::binary(&self.signalr_packed()),
            WireFormat::SignalrPackDeflated => frame::deflated_binary(&self.signalr_packed()),
            WireFormat::SignalrPackBare => self.signalr_packed().into(),
            WireFormat::Direct => frame::text(self.direct().as_bytes()),
            WireFormat::DirectBare => self.direct().into(),
            WireFormat::DirectDeflated => frame::deflated_text(self.direct().as_bytes()),
            // Sessions hear no activities.
            WireFormat::StreamV2 | WireFormat::StreamV3 | WireFormat::StreamV3Deflated => {
                self.direct().into()
            }
        }
    }
}

/// An engagement event that is published, with its id.
pub(super) struct EventNotice {
    /// The event.
    pub event: EngagementEvent,
    /// Its place in the organization.
    pub id: EventId,
}

/// `schemaVersion` of every event: the references know one.
const SCHEMA_VERSION: &str = "1";

impl EventNotice {
    fn v2(&self) -> String {
        self.listed(|object| {
            object.plain("id", self.id);
            object.text("type", &self.event.event_type);
        })
    }

    fn v3(&self) -> String {
        self.listed(|object| {
            object.plain("eventId", self.id);
            object.text("correlationId", &self.event.correlation_id);
            object.text("eventType", &self.event.event_type);
        })
    }

    /// The members that both versions have, around those that tell `what` it is.
    fn listed(&self, what: impl FnOnce(&mut JsonObject<'_>)) -> String {
        const AROUND_THE_PAYLOAD: usize = 300;
        let event = &self.event;
        let mut text = String::with_capacity(AROUND_THE_PAYLOAD + event.payload.len() * 5 / 4);
        let mut object = JsonObject::begin(&mut text);
        object.text("kind", event.kind());
        what(&mut object);
        object.text("publishedTime", &utc(event.published));
        object.text("schemaVersion", SCHEMA_VERSION);
        object.text("payload", &event.payload);
        object.end();
        text
    }
}

impl Encode for EventNotice {
    fn encode(&self, format: WireFormat) -> Bytes {
        match format {
            WireFormat::StreamV2 => self.v2().into(),
            WireFormat::StreamV3Deflated => frame::deflated_text(self.v3().as_bytes()),
            // Nobody else hears events.
            _ => self.v3().into(),
        }
    }
}

/// A moment as the streaming face writes it: ISO 8601 in UTC with milliseconds and `Z`.
pub fn utc(moment: Millis) -> String {
    match Timestamp::from_millisecond(moment.0) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => Timestamp::UNIX_EPOCH.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::order::Position;
    use crate::store::Identity;

    fn notice(body: &str) -> ActivityNotice {
        ActivityNotice {
            details: ConversationDetails {
                hub: HubId::new(),
                tenant: TenantId::new(),
                integration: IntegrationId::new(),
                conversation: ConversationId::new(),
                properties: Arc::new(Map::new()),
            },
            body: body.into(),
            cursor: Cursor { store: Identity(1), position: Position(2) },
        }
    }

    #[test]
    fn the_direct_payload_tells_the_conversation_around_the_activity() {
        let notice = notice(r#"{"type":"message"}"#);
        let value: Value =
            serde_json::from_slice(&frame::payload(&notice.encode(WireFormat::Direct))).unwrap();
        let members: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            members,
            [
                "hubId",
                "tenantId",
                "integrationId",
                "conversationId",
                "conversationProperties",
                "activity",
                "cursor"
            ]
        );
        assert_eq!(value["activity"]["type"], "message");
        assert_eq!(value["cursor"], notice.cursor.encode());
    }

    #[test]
    fn a_signalr_invocation_carries_the_activity_with_its_cursor() {
        let bytes = frame::payload(&notice(r#"{"type":"message"}"#).encode(WireFormat::SignalrJson));
        let text = std::str::from_utf8(&bytes).unwrap();
        let value: Value = serde_json::from_str(text.strip_suffix('\u{1e}').unwrap()).unwrap();
        assert_eq!(value["target"], "ReceiveDirectActivities");
        assert_eq!(value["arguments"][0]["type"], "message");
        assert!(value["arguments"][0]["cursor"].is_string());
    }

    #[test]
    fn without_a_frame_the_bytes_are_those_in_the_frame() {
        let notice = notice(r#"{"type":"message"}"#);
        for (framed, bare) in [
            (WireFormat::Direct, WireFormat::DirectBare),
            (WireFormat::SignalrJson, WireFormat::SignalrJsonBare),
            (WireFormat::SignalrPack, WireFormat::SignalrPackBare),
        ] {
            assert_eq!(frame::payload(&notice.encode(framed)), notice.encode(bare));
        }
    }

    #[test]
    fn in_messagepack_the_activity_is_a_map_among_the_parts_of_an_invocation() {
        let notice = notice(r#"{"type":"message","eventId":1603933721542,"isEcho":false}"#);
        let (conversation, cursor) = (notice.details.conversation.to_string(), notice.cursor.encode());
        let message = notice.encode(WireFormat::SignalrPackBare);
        let mut expected = b"\x96\x01\x80\xc0\xb7ReceiveDirectActivities\x91\x85\xa4type\xa7message".to_vec();
        expected.extend_from_slice(b"\xa7eventId\xcf\x00\x00\x01\x75\x71\xe6\x53\xc6\xa6isEcho\xc2");
        expected.extend_from_slice(b"\xaeconversationId\xd9\x24");
        expected.extend_from_slice(conversation.as_bytes());
        expected.extend_from_slice(b"\xa6cursor\xb2");
        expected.extend_from_slice(cursor.as_bytes());
        expected.push(0x90);
        assert_eq!(message[2..], expected[..], "{message:?}");
        assert_eq!(usize::from(message[0] & 0x7f) | usize::from(message[1]) << 7, expected.len());
    }

    #[test]
    fn an_echo_differs_in_one_member_only() {
        let body =
            r#"{"externalId":"\"isEcho\":false","isEcho":false,"message":{"text":"\"isEcho\":false"}}"#;
        let echo: Value = serde_json::from_str(&as_echo(body)).unwrap();
        assert_eq!(echo["isEcho"], true);
        assert_eq!(echo["externalId"], "\"isEcho\":false");
        assert_eq!(echo["message"]["text"], "\"isEcho\":false");
    }

    #[test]
    fn what_is_replayed_differs_in_one_member_only() {
        let body = concat!(
            r#"{"externalId":"\"flowProcess\":\"Default\"","flowProcess":"Default","#,
            r#""message":{"flowProcess":"Default"}}"#
        );
        let replayed: Value = serde_json::from_str(&as_auto_replay(body)).unwrap();
        assert_eq!(replayed["flowProcess"], "AutoReplay");
        assert_eq!(replayed["externalId"], "\"flowProcess\":\"Default\"");
        assert_eq!(replayed["message"]["flowProcess"], "Default");
    }

    #[test]
    fn both_versions_of_the_streaming_face_carry_the_payload_as_a_text() {
        let notice = EventNotice {
            event: EngagementEvent {
                event_type: "engagementCenter.Idle".to_owned(),
                correlation_id: "def61349".to_owned(),
                published: Millis(1_517_321_060_539),
                payload: r#"{"userId":"u"}"#.into(),
            },
            id: EventId { ms: 1_519_073_278_252, n: 0 },
        };
        let v3: Value = serde_json::from_slice(&notice.encode(WireFormat::StreamV3)).unwrap();
        assert_eq!(
            v3,
            json!({"kind": "via#engagementCenterEvent", "eventId": "1519073278252-0", "correlationId": "def61349",
                "eventType": "engagementCenter.Idle", "publishedTime": "2018-01-30T14:04:20.539Z",
                "schemaVersion": "1", "payload": "{\"userId\":\"u\"}"})
        );
        let framed = notice.encode(WireFormat::StreamV3Deflated);
        assert_eq!(framed, frame::deflated_text(&notice.encode(WireFormat::StreamV3)));
        let v2: Value = serde_json::from_slice(&notice.encode(WireFormat::StreamV2)).unwrap();
        assert_eq!(v2["id"], "1519073278252-0");
        assert_eq!(v2["type"], "engagementCenter.Idle");
    }
}
