//! How the effect of a command is kept: as a JSON document.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::command::{Command, Effect, Response, ResponseParty, ResponseType, Transfer};
use crate::registry::RegistryError;
use crate::store::CommandRecord;

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Document {
    Transfer {
        url: String,
        link_description: String,
        mount_delay: i32,
    },
    Response {
        category: String,
        party: String,
        #[serde(rename = "type")]
        kind_of_responses: String,
        responses: Vec<Map<String, Value>>,
    },
}

/// The record of a command.
pub(in crate::registry) fn close_command(command: &Command) -> Result<CommandRecord, RegistryError> {
    let document = match command.effect.clone() {
        Effect::Transfer(Transfer { url, link_description, mount_delay }) => {
            Document::Transfer { url, link_description, mount_delay }
        }
        Effect::Response(Response { category, party, responses }) => Document::Response {
            category,
            party: party.name().to_owned(),
            kind_of_responses: responses.kind().name().to_owned(),
            responses: responses.into_all(),
        },
    };
    Ok(CommandRecord {
        id: command.id,
        tenant: command.tenant,
        hub: command.hub,
        name: command.name.clone(),
        description: command.description.clone(),
        effect: serde_json::to_string(&document).map_err(unreadable)?,
        created: command.created,
        modified: command.modified,
    })
}

/// The command of a record.
pub(in crate::registry) fn open_command(record: CommandRecord) -> Result<Command, RegistryError> {
    let effect = match serde_json::from_str(&record.effect).map_err(unreadable)? {
        Document::Transfer { url, link_description, mount_delay } => {
            Effect::Transfer(Transfer { url, link_description, mount_delay })
        }
        Document::Response { category, party, kind_of_responses, responses } => {
            let party = ResponseParty::from_name(&party).ok_or_else(|| unreadable(&party))?;
            let kind = ResponseType::from_name(&kind_of_responses);
            let kind = kind.ok_or_else(|| unreadable(&kind_of_responses))?;
            Effect::Response(Response { category, party, responses: kind.of(responses) })
        }
    };
    Ok(Command {
        id: record.id,
        tenant: record.tenant,
        hub: record.hub,
        name: record.name,
        description: record.description,
        effect,
        created: record.created,
        modified: record.modified,
    })
}

fn unreadable(cause: impl std::fmt::Display) -> RegistryError {
    RegistryError::Unreadable(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Millis;
    use crate::domain::ids::{CommandId, HubId, TenantId};

    fn open(effect: &str) -> Result<Effect, RegistryError> {
        let record = CommandRecord {
            id: CommandId::new(),
            tenant: TenantId::new(),
            hub: HubId::new(),
            name: "n".to_owned(),
            description: String::new(),
            effect: effect.to_owned(),
            created: Millis(0),
            modified: Millis(0),
        };
        open_command(record).map(|command| command.effect)
    }

    #[test]
    fn a_document_that_says_nothing_that_is_known_is_no_command() {
        let good = r#"{"kind":"Response","category":"","party":"agent","type":"event","responses":[]}"#;
        assert!(matches!(open(good), Ok(Effect::Response(_))));
        for bad in [
            "",
            "{}",
            r#"{"kind":"Spark"}"#,
            r#"{"kind":"Transfer","url":"https://a.example","link_description":"go"}"#,
            &good.replace("agent", "bot"),
            &good.replace("event", "card"),
        ] {
            assert!(matches!(open(bad), Err(RegistryError::Unreadable(_))), "{bad}");
        }
    }
}
