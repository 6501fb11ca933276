//! `switchboard hub|integration|command|user|team|delivery|notification`: the control plane of a running server, from
//! the command line. One file for each kind of thing says which verbs it has and what they call; what the server
//! makes of a call, and what it accepts, is the server's.

mod body;
mod call;
mod command;
mod connection;
mod delivery;
mod error;
mod hub;
mod id;
mod integration;
mod notification;
mod plane;
mod status;
mod table;
mod team;
mod user;

use std::path::Path;

use clap::{Args, Subcommand};

use call::Call;
use command::CommandVerb;
use connection::Connection;
use delivery::DeliveryVerb;
use hub::HubVerb;
use integration::IntegrationVerb;
use notification::NotificationVerb;
use plane::ControlPlane;
use team::TeamVerb;
use user::UserVerb;

pub use error::{ControlError, Refusal};

/// Which things of a running server it is about.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ControlCommand {
    /// Look after the hubs of a running server
    Hub(Asking<HubVerb>),
    /// Look after the integrations of a running server
    Integration(Asking<IntegrationVerb>),
    /// Look after the transfer and response commands of a running server
    Command(Asking<CommandVerb>),
    /// Look after the users in the directory of a running server
    User(Asking<UserVerb>),
    /// Look after the teams in the directory of a running server
    Team(Asking<TeamVerb>),
    /// Look at what webhooks of a running server were sent, and have it sent again
    Delivery(Asking<DeliveryVerb>),
    /// Look at which webhooks of a running server have failed for good
    Notification(Asking<NotificationVerb>),
}

/// A verb, and the server that is asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Asking<V: Subcommand> {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: V,
}

impl ControlCommand {
    /// Asks the server. `data` is the folder whose credentials are used when the command line names none. What there
    /// is to print, if anything.
    ///
    /// # Errors
    /// [`ControlError`]. When no answer came, the server may have done what it was asked all the same.
    pub async fn run(&self, data: &Path) -> Result<Option<String>, ControlError> {
        let (connection, call) = match self {
            Self::Hub(asking) => (&asking.connection, asking.verb.call()),
            Self::Integration(asking) => (&asking.connection, asking.verb.call()),
            Self::Command(asking) => (&asking.connection, asking.verb.call()),
            Self::User(asking) => (&asking.connection, asking.verb.call()),
            Self::Team(asking) => (&asking.connection, asking.verb.call()),
            Self::Delivery(asking) => (&asking.connection, asking.verb.call()),
            Self::Notification(asking) => (&asking.connection, asking.verb.call()),
        };
        let call = call?;
        let plane = ControlPlane::open(connection, data).await?;
        let answer = call.perform(&plane).await?;
        Ok(if connection.json { answer.for_scripts() } else { Some(answer.for_people()) })
    }
}

#[cfg(test)]
mod tests;
