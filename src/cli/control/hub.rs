//! `switchboard hub`.

use clap::{Args, Subcommand};

use super::Call;
use super::body::BodyFlag;
use super::error::ControlError;
use super::id::Id;
use super::status::Status;
use super::table::{Column, Form};

/// Where hubs are.
pub(super) const PATH: &str = "/api/v1/hubs";

const COLUMNS: &[Column] = &[
    Column { title: "HUB ID", member: "hubId", form: Form::Id },
    Column { title: "NAME", member: "name", form: Form::Text },
    Column { title: "STATUS", member: "statusId", form: Form::Status },
    Column { title: "CLOSE AFTER DAYS", member: "closeDormantConversation", form: Form::Text },
    Column { title: "DESCRIPTION", member: "description", form: Form::Text },
];

/// What to do with hubs.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum HubVerb {
    /// List all hubs
    List,
    /// Show a hub
    Get(Id),
    /// Make a hub
    Create(CreateHub),
    /// Delete a hub with its integrations; its conversations are closed
    Delete(Id),
}

/// A hub to be made.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CreateHub {
    /// Its name, unique among your hubs
    #[arg(long, required_unless_present = "body")]
    name: Option<String>,
    /// What it is for
    #[arg(long, required_unless_present = "body")]
    description: Option<String>,
    /// Days without a word after which a conversation is closed; 0 is never, and the default
    #[arg(long, value_name = "DAYS")]
    close_dormant_conversation: Option<u32>,
    /// Whether it works; it does by default
    #[arg(long)]
    status: Option<Status>,
    #[command(flatten)]
    body: BodyFlag,
}

impl HubVerb {
    pub(super) fn call(&self) -> Result<Call, ControlError> {
        Ok(match self {
            Self::List => Call::Pages { path: PATH.to_owned(), columns: COLUMNS },
            Self::Get(id) => Call::Get { path: id.path(PATH) },
            Self::Create(hub) => {
                let body = hub.body.read()?;
                let body = body
                    .with("name", hub.name.clone())
                    .with("description", hub.description.clone())
                    .with("closeDormantConversation", hub.close_dormant_conversation)
                    .with("statusId", hub.status.map(Status::of_hub));
                Call::Create { path: PATH.to_owned(), body: body.finish(), first: None }
            }
            Self::Delete(id) => Call::Delete { path: id.path(PATH), name: id.name("hub") },
        })
    }
}
