//! `switchboard command`: the transfer and response commands of hubs.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::Call;
use super::body::{Body, BodyFlag, list};
use super::error::ControlError;
use super::id::Id;
use super::table::{Column, Form};
use crate::calling::segment;

const TRANSFERS: &[Column] = &[
    Column { title: "COMMAND ID", member: "commandId", form: Form::Id },
    Column { title: "NAME", member: "name", form: Form::Text },
    Column { title: "URL", member: "url", form: Form::Text },
    Column { title: "LINK", member: "linkDescription", form: Form::Text },
    Column { title: "DESCRIPTION", member: "description", form: Form::Text },
];

const RESPONSES: &[Column] = &[
    Column { title: "COMMAND ID", member: "commandId", form: Form::Id },
    Column { title: "NAME", member: "name", form: Form::Text },
    Column { title: "CATEGORY", member: "category", form: Form::Text },
    Column { title: "FOR", member: "integrationTypeId", form: Form::Text },
    Column { title: "TYPE", member: "type", form: Form::Text },
    Column { title: "RESPONSES", member: "responses", form: Form::Count },
    Column { title: "DESCRIPTION", member: "description", form: Form::Text },
];

/// What to do with commands.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum CommandVerb {
    /// List a hub's commands of one kind
    List(ListCommands),
    /// Show a command
    Get(OneCommand),
    /// Make a command
    Create(Box<CreateCommand>),
    /// Delete a command
    Delete(OneCommand),
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// It offers a link to somewhere else
    Transfer,
    /// It says something that was prepared
    Response,
}

/// Which commands are listed.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ListCommands {
    /// The id of their hub
    #[arg(long, alias = "hub-id", value_name = "HUB", value_parser = NonEmptyStringValueParser::new())]
    hub: String,
    /// Their kind
    #[arg(long)]
    kind: Kind,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct OneCommand {
    #[command(flatten)]
    id: Id,
    /// Its kind
    #[arg(long)]
    kind: Kind,
}

/// A command to be made.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CreateCommand {
    /// The id of its hub
    #[arg(long, alias = "hub-id", value_name = "HUB", value_parser = NonEmptyStringValueParser::new())]
    hub: String,
    /// Its kind
    #[arg(long)]
    kind: Kind,
    /// Its name, unique in its hub
    #[arg(long, required_unless_present = "body")]
    name: Option<String>,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    #[command(flatten)]
    transfer: TransferFlags,
    #[command(flatten)]
    response: ResponseFlags,
    #[command(flatten)]
    body: BodyFlag,
}

/// What a transfer does.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "What a transfer does")]
struct TransferFlags {
    /// The page that its link leads to
    #[arg(long)]
    url: Option<String>,
    /// The text of the link
    #[arg(long, value_name = "TEXT")]
    link_description: Option<String>,
    /// Milliseconds after which the web chat is mounted there; below 0 is never
    #[arg(long, value_name = "MILLISECONDS", allow_negative_numbers = true)]
    mount_delay: Option<i32>,
}

impl TransferFlags {
    /// A flag that was given.
    fn any(&self) -> Option<&'static str> {
        first([
            ("--url", self.url.is_some()),
            ("--link-description", self.link_description.is_some()),
            ("--mount-delay", self.mount_delay.is_some()),
        ])
    }

    fn over(&self, body: Body) -> Body {
        body.with("url", self.url.clone())
            .with("linkDescription", self.link_description.clone())
            .with("mountDelay", self.mount_delay)
    }
}

/// What a response says.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "What a response says")]
struct ResponseFlags {
    /// Under which it is listed
    #[arg(long)]
    category: Option<String>,
    /// Whom it is for: agent or customer
    #[arg(long, value_name = "TYPE")]
    integration_type_id: Option<String>,
    /// What it says: message or event
    #[arg(long = "type", value_name = "TYPE")]
    response_type: Option<String>,
    /// The messages or events, as a JSON list
    #[arg(long, value_name = "JSON", value_parser = list)]
    responses: Option<Value>,
}

impl ResponseFlags {
    /// A flag that was given.
    fn any(&self) -> Option<&'static str> {
        first([
            ("--category", self.category.is_some()),
            ("--integration-type-id", self.integration_type_id.is_some()),
            ("--type", self.response_type.is_some()),
            ("--responses", self.responses.is_some()),
        ])
    }

    fn over(&self, body: Body) -> Body {
        body.with("category", self.category.clone())
            .with("integrationTypeId", self.integration_type_id.clone())
            .with("type", self.response_type.clone())
            .with("responses", self.responses.clone())
    }
}

/// The first of some flags that was given.
fn first<const N: usize>(flags: [(&'static str, bool); N]) -> Option<&'static str> {
    flags.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag))
}

impl CreateCommand {
    /// The body of the call; a flag of the other kind is a mistake, since the server would not notice.
    fn content(&self) -> Result<Body, ControlError> {
        let strange = match self.kind {
            Kind::Transfer => self.response.any(),
            Kind::Response => self.transfer.any(),
        };
        if let Some(flag) = strange {
            return Err(ControlError::OtherKind { flag, kind: self.kind.word() });
        }
        let body = self.body.read()?;
        let body = body.with("name", self.name.clone()).with("description", self.description.clone());
        Ok(match self.kind {
            Kind::Transfer => self.transfer.over(body),
            Kind::Response => self.response.over(body),
        })
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Response => "response",
        }
    }

    /// Where commands of this kind are.
    fn path(self) -> &'static str {
        match self {
            Self::Transfer => "/api/v1/commands/transfers",
            Self::Response => "/api/v1/commands/responses",
        }
    }

    fn columns(self) -> &'static [Column] {
        match self {
            Self::Transfer => TRANSFERS,
            Self::Response => RESPONSES,
        }
    }
}

impl CommandVerb {
    pub(super) fn call(&self) -> Result<Call, ControlError> {
        Ok(match self {
            Self::List(ListCommands { hub, kind }) => {
                Call::List { path: format!("{}/hub/{}", kind.path(), segment(hub)), columns: kind.columns() }
            }
            Self::Get(OneCommand { id, kind }) => Call::Get { path: id.path(kind.path()) },
            Self::Create(command) => {
                let path = format!("{}/{}", command.kind.path(), segment(&command.hub));
                Call::Create { path, body: command.content()?.finish(), first: None }
            }
            Self::Delete(OneCommand { id, kind }) => {
                Call::Delete { path: id.path(kind.path()), name: id.name("command") }
            }
        })
    }
}
