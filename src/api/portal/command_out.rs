//! A command as clients see it (platform documentation §10.4 and §10.5).

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::domain::command::{Command, Effect};
use crate::domain::ids::{CommandId, HubId};

/// A command as clients see it, with the properties of its kind. It is written from where it is kept, and not copied:
/// a list holds all that a hub has.
#[derive(Debug)]
pub(super) struct CommandOut(Arc<Command>);

impl From<Arc<Command>> for CommandOut {
    fn from(command: Arc<Command>) -> Self {
        Self(command)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TransferOut<'a> {
    command_id: CommandId,
    hub_id: HubId,
    name: &'a str,
    description: &'a str,
    url: &'a str,
    link_description: &'a str,
    mount_delay: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseOut<'a> {
    command_id: CommandId,
    hub_id: HubId,
    name: &'a str,
    category: &'a str,
    description: &'a str,
    integration_type_id: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    responses: &'a [Map<String, Value>],
}

impl Serialize for CommandOut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Command { id, hub, name, description, effect, .. } = &*self.0;
        match effect {
            Effect::Transfer(transfer) => TransferOut {
                command_id: *id,
                hub_id: *hub,
                name,
                description,
                url: &transfer.url,
                link_description: &transfer.link_description,
                mount_delay: transfer.mount_delay,
            }
            .serialize(serializer),
            Effect::Response(response) => ResponseOut {
                command_id: *id,
                hub_id: *hub,
                name,
                category: &response.category,
                description,
                integration_type_id: response.party.name(),
                kind: response.responses.kind().name(),
                responses: response.responses.all(),
            }
            .serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::clock::Millis;
    use crate::domain::command::{Response, ResponseParty, Responses, Transfer};
    use crate::domain::ids::TenantId;

    fn shown(effect: Effect) -> (String, CommandId, HubId) {
        let (id, hub) = (CommandId::new(), HubId::new());
        let command = Command {
            id,
            tenant: TenantId::new(),
            hub,
            name: "n".to_owned(),
            description: "d".to_owned(),
            effect,
            created: Millis(0),
            modified: Millis(0),
        };
        (serde_json::to_string(&CommandOut::from(Arc::new(command))).unwrap(), id, hub)
    }

    #[test]
    fn a_transfer_is_shown_as_documented() {
        let url = "https://mysite.io".to_owned();
        let transfer = Transfer { url, link_description: "go".to_owned(), mount_delay: -1 };
        let (json, id, hub) = shown(Effect::Transfer(transfer));
        let expected = format!(
            concat!(
                r#"{{"commandId":"{}","hubId":"{}","name":"n","description":"d","url":"https://mysite.io","#,
                r#""linkDescription":"go","mountDelay":-1}}"#
            ),
            id, hub
        );
        assert_eq!(json, expected);
    }

    #[test]
    fn a_response_is_shown_as_documented() {
        let Value::Object(payload) =
            json!({"type": "payload", "payloadType": "t", "payload": {"z": 1, "a": 2}})
        else {
            unreachable!("written as an object above")
        };
        let (json, id, hub) = shown(Effect::Response(Response {
            category: "c".to_owned(),
            party: ResponseParty::Agent,
            responses: Responses::Events(vec![payload]),
        }));
        let expected = format!(
            concat!(
                r#"{{"commandId":"{}","hubId":"{}","name":"n","category":"c","description":"d","#,
                r#""integrationTypeId":"agent","type":"event","#,
                r#""responses":[{{"type":"payload","payloadType":"t","payload":{{"z":1,"a":2}}}}]}}"#
            ),
            id, hub
        );
        assert_eq!(json, expected);
    }
}
