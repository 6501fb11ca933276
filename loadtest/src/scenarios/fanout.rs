//! Fan-out: many websockets on one conversation, and publishers who speak in it as its customer.

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
    /// Websockets on the conversation.
    #[arg(long, value_name = "N", default_value_t = 100)]
    subscribers: usize,
    /// Bytes of a message's body, as it is posted.
    #[arg(long, value_name = "BYTES", default_value_t = 512)]
    payload: usize,
    /// What the subscribers speak.
    #[arg(long, value_enum, default_value_t)]
    protocol: SocketProtocol,
    /// What they listen to.
    #[arg(long, value_enum, default_value_t)]
    scope: SocketScope,
    /// Percent of the subscribers that read nothing any more once they are open. The server is expected to close them;
    /// that is counted, and no fault.
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    slow: u8,
    /// How much of it.
    #[command(flatten)]
    load: LoadArgs,
    /// Another server instead of the broker.
    #[command(flatten)]
    peer: PeerArgs,
}

impl Load {
    async fn venue(&self, target: &Target) -> Result<Venue, LoadError> {
        let (readers, publishers) = (self.subscribers, self.load.publishers());
        let crowd = Crowd { topics: 1, readers, publishers, payload: self.payload };
        if let Some(venue) = self.peer.venue(crowd, PeerReaders::Sockets) {
            return venue;
        }
        let listening = Listening { protocol: self.protocol, scope: self.scope };
        broker::conversations(&target.credentials()?, crowd, listening).await
    }

    /// Spread evenly over all.
    fn slow_readers(&self) -> impl Iterator<Item = usize> {
        let share = usize::from(self.slow);
        (0..self.subscribers).filter(move |reader| (reader + 1) * share / 100 > reader * share / 100)
    }

    fn title(&self) -> String {
        let (count, what, load) = (self.subscribers, self.protocol.in_words(), self.load.in_words());
        format!("{count} {what} on one conversation, {load}")
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = self.load.parameters();
        parameters.insert("subscribers".to_owned(), self.subscribers.into());
        parameters.insert("payloadBytes".to_owned(), self.payload.into());
        parameters.insert("slowPercent".to_owned(), self.slow.into());
        parameters.insert("readers".to_owned(), self.protocol.in_words().into());
        parameters
    }
}

/// Makes the load.
///
/// # Errors
/// When it cannot be made. What the server does with it is in the report.
pub async fn run(target: &Target, setting: &Setting, load: &Load) -> Result<Report, LoadError> {
    let venue = load.venue(target).await?;
    let told = Told { scenario: "fanout", title: load.title(), parameters: load.parameters() };
    course::run(venue, setting, &load.load, load.slow_readers(), told)
}
