//! `switchboard webhook`: tools for those who write receivers of webhooks. It must not know what is delivered, or
//! when.

mod arrival;
mod listen;

use clap::Subcommand;

pub use listen::{Listen, ListenError};

/// What to do with webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum WebhookCommand {
    /// Receive webhooks on this machine, print and verify them
    Listen(Listen),
}
