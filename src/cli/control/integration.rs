//! `switchboard integration`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::body::{BodyFlag, Object, object};
use super::error::ControlError;
use super::id::Id;
use super::status::Status;
use super::table::{Column, Form};
use super::{Call, hub};
use crate::calling::segment;

const PATH: &str = "/api/v1/integrations";

const COLUMNS: &[Column] = &[
    Column { title: "INTEGRATION ID", member: "integrationId", form: Form::Id },
    Column { title: "HUB ID", member: "hubId", form: Form::Id },
    Column { title: "CHANNEL", member: "channelId", form: Form::Text },
    Column { title: "TYPE", member: "integrationTypeId", form: Form::Text },
    Column { title: "STATUS", member: "statusId", form: Form::Status },
    Column { title: "NAME", member: "name", form: Form::Text },
];

/// What to do with integrations.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum IntegrationVerb {
    /// List all integrations, or those of a hub
    List(ListIntegrations),
    /// Show an integration, with its configuration and its secrets
    Get(Id),
    /// Make an integration
    Create(CreateIntegration),
    /// Delete an integration; the conversations that came by it are closed
    Delete(Id),
}

/// Which integrations are listed.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ListIntegrations {
    /// Those of the hub of this id only
    #[arg(long, alias = "hub-id", value_name = "HUB", value_parser = NonEmptyStringValueParser::new())]
    hub: Option<String>,
}

/// An integration to be made.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CreateIntegration {
    /// The id of its hub
    #[arg(long, alias = "hub-id", value_name = "HUB", value_parser = NonEmptyStringValueParser::new())]
    hub: String,
    /// Its channel: Direct, WebChat, Bot, System, TwilioSMS, Messenger, Slack, Line, Telegram or Kik
    #[arg(long, alias = "channel-id", required_unless_present = "body")]
    channel: Option<String>,
    /// Its name, unique in its hub
    #[arg(long, required_unless_present = "body")]
    name: Option<String>,
    /// Whether it works; it does by default
    #[arg(long)]
    status: Option<Status>,
    /// What it is set to, which its channel decides, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = object)]
    configuration: Option<Object>,
    #[command(flatten)]
    body: BodyFlag,
}

impl IntegrationVerb {
    pub(super) fn call(&self) -> Result<Call, ControlError> {
        Ok(match self {
            Self::List(ListIntegrations { hub: None }) => {
                Call::Pages { path: PATH.to_owned(), columns: COLUMNS }
            }
            Self::List(ListIntegrations { hub: Some(hub) }) => {
                Call::Pages { path: format!("{PATH}?hubId={}", segment(hub)), columns: COLUMNS }
            }
            Self::Get(id) => Call::Get { path: id.path(PATH) },
            Self::Create(integration) => {
                let hub = segment(&integration.hub);
                let body = integration.body.read()?;
                let body = body
                    .with("channelId", integration.channel.clone())
                    .with("name", integration.name.clone())
                    .with("statusId", integration.status.map(Status::of_integration))
                    .with("configuration", integration.configuration.clone());
                Call::Create {
                    path: format!("{PATH}/hubs/{hub}"),
                    body: body.finish(),
                    // The address that makes an integration of a hub changes the integration whose id it is given.
                    first: Some(format!("{}/{hub}", hub::PATH)),
                }
            }
            Self::Delete(id) => Call::Delete { path: id.path(PATH), name: id.name("integration") },
        })
    }
}
