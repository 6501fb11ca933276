//! `switchboard delivery`: what an integration's webhook was sent, and having it sent again.

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Subcommand};
use serde_json::Map;

use super::Call;
use super::error::ControlError;
use super::table::{Column, Form};
use crate::calling::segment;

const COLUMNS: &[Column] = &[
    Column { title: "DELIVERY ID", member: "deliveryId", form: Form::Id },
    Column { title: "CONVERSATION ID", member: "conversationId", form: Form::Id },
    Column { title: "STATUS", member: "status", form: Form::Text },
    Column { title: "CREATED", member: "createdAt", form: Form::Text },
    Column { title: "NEXT ATTEMPT", member: "nextAttemptAt", form: Form::Text },
    Column { title: "ATTEMPTS", member: "attempts", form: Form::Count },
];

/// What to do with deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum DeliveryVerb {
    /// List what an integration's webhook was sent, the newest first
    List(ListDeliveries),
    /// Send a delivery again by its id, or with --since all that the webhook would not take
    Replay(ReplayDeliveries),
}

/// Which deliveries are listed.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ListDeliveries {
    /// The id of the integration
    #[arg(long, value_name = "INTEGRATION", value_parser = NonEmptyStringValueParser::new())]
    integration: String,
    /// Only those that are pending, delivered or dead
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    status: Option<String>,
}

/// Which deliveries are sent again.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["id", "since"]))]
pub struct ReplayDeliveries {
    /// The id of the integration
    #[arg(long, value_name = "INTEGRATION", value_parser = NonEmptyStringValueParser::new())]
    integration: String,
    /// The id of the delivery
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    id: Option<String>,
    /// All dead ones that were made at this moment or later, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = NonEmptyStringValueParser::new())]
    since: Option<String>,
}

impl DeliveryVerb {
    pub(super) fn call(&self) -> Result<Call, ControlError> {
        Ok(match self {
            Self::List(ListDeliveries { integration, status }) => {
                let status = status.as_deref().map(|status| format!("?status={}", segment(status)));
                let path = format!("{}{}", path(integration), status.unwrap_or_default());
                Call::Pages { path, columns: COLUMNS }
            }
            Self::Replay(ReplayDeliveries { integration, id, since }) => {
                let mut body = Map::new();
                let id = id.as_deref().map(|id| format!("/{}", segment(id))).unwrap_or_default();
                body.extend(since.clone().map(|since| ("since".to_owned(), since.into())));
                Call::Create { path: format!("{}{id}/replay", path(integration)), body, first: None }
            }
        })
    }
}

/// Where the deliveries of an integration are.
fn path(integration: &str) -> String {
    format!("/api/v1/integrations/{}/deliveries", segment(integration))
}
