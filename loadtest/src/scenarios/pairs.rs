//! Pairs: many conversations with one websocket each, and publishers who speak in all of them in turn.

use std::iter;

use clap::Args;
use serde_json::{Map, Value};

use super::course;
use super::load_args::LoadArgs;
use super::venue::broker::{self, Listening, SocketProtocol, SocketScope};
use super::venue::peer::{PeerArgs, PeerReaders};
use super::venue::{Crowd, Venue};
use crate::error::LoadError;
use crate::report::{Report, Told};
use crate::setting::Setting;
use crate::target::Target;

/// How much load is made.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// Conversations, each with a websocket.
    #[arg(long, value_name = "N", default_value_t = 100)]
    conversations: usize,
    /// Bytes of a message's body, as it is posted.
    #[arg(long, value_name = "BYTES", default_value_t = 512)]
    payload: usize,
    /// What the subscribers speak.
    #[arg(long, value_enum, default_value_t)]
    protocol: SocketProtocol,
    /// How much of it.
    #[command(flatten)]
    load: LoadArgs,
    /// Another server instead of the broker.
    #[command(flatten)]
    peer: PeerArgs,
}

impl Load {
    async fn venue(&self, target: &Target) -> Result<Venue, LoadError> {
        let (topics, publishers) = (self.conversations.max(1), self.load.publishers());
        let crowd = Crowd { topics, readers: topics, publishers, payload: self.payload };
        if let Some(venue) = self.peer.venue(crowd, PeerReaders::Sockets) {
            return venue;
        }
        let listening = Listening { protocol: self.protocol, scope: SocketScope::Conversation };
        broker::conversations(&target.credentials()?, crowd, listening).await
    }

    fn title(&self) -> String {
        format!("{} conversations with one websocket each, {}", self.conversations, self.load.in_words())
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = self.load.parameters();
        parameters.insert("conversations".to_owned(), self.conversations.into());
        parameters.insert("payloadBytes".to_owned(), self.payload.into());
        parameters
    }
}

/// Makes the load.
///
/// # Errors
/// When it cannot be made. What the server does with it is in the report.
pub async fn run(target: &Target, setting: &Setting, load: &Load) -> Result<Report, LoadError> {
    let venue = load.venue(target).await?;
    let told = Told { scenario: "pairs", title: load.title(), parameters: load.parameters() };
    course::run(venue, setting, &load.load, iter::empty(), told)
}
