//! `switchboard notification`: which webhooks have failed for good.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::Call;
use super::error::ControlError;
use super::table::{Column, Form};
use crate::calling::segment;

const PATH: &str = "/api/v1/notifications";

const COLUMNS: &[Column] = &[
    Column { title: "AT", member: "dateTime", form: Form::Text },
    Column { title: "INTEGRATION ID", member: "integrationId", form: Form::Id },
    Column { title: "CONVERSATION ID", member: "conversationId", form: Form::Id },
    Column { title: "REASON", member: "reason", form: Form::Text },
    Column { title: "DELIVERIES", member: "count", form: Form::Text },
];

/// What to do with notifications.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum NotificationVerb {
    /// List all notifications, or those about an integration, the newest first
    List(ListNotifications),
}

/// Which notifications are listed.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ListNotifications {
    /// Those about the integration of this id only
    #[arg(long, value_name = "INTEGRATION", value_parser = NonEmptyStringValueParser::new())]
    integration: Option<String>,
}

impl NotificationVerb {
    pub(super) fn call(&self) -> Result<Call, ControlError> {
        let Self::List(ListNotifications { integration }) = self;
        let only = integration.as_deref().map(|id| format!("?integrationId={}", segment(id)));
        Ok(Call::Pages { path: format!("{PATH}{}", only.unwrap_or_default()), columns: COLUMNS })
    }
}
