//! Fan-out: many websockets on one conversation, and publishers who speak in it as its customer.

use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use super::course;
use super::load_args::LoadArgs;
use super::venue::{self, PeerArgs, SocketProtocol, SocketScope, Venue, Wanted};
use crate::driver::Driver;
use crate::error::LoadError;
use crate::label::Member;
use crate::measure::ledger::{Ledger, Streams};
use crate::measure::tally::Tally;
use crate::report::Report;
use crate::setting::Setting;
use crate::target::Target;

/// How long slow readers are waited for at the end, until it is told that they were not closed.
const SLOW_PATIENCE: Duration = Duration::from_secs(2);

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
        match self.peer.venue(1, self.payload) {
            Some(venue) => venue,
            None => {
                let (protocol, scope) = (self.protocol, self.scope);
                let wanted = Wanted { topics: 1, payload: self.payload, protocol, scope };
                venue::conversations(&target.credentials()?, wanted).await
            }
        }
    }

    /// Spread evenly over all.
    fn slow_readers(&self) -> impl Iterator<Item = usize> {
        let share = usize::from(self.slow);
        (0..self.subscribers).filter(move |reader| (reader + 1) * share / 100 > reader * share / 100)
    }

    fn title(&self) -> String {
        format!("{} websockets on one conversation, {}", self.subscribers, self.load.in_words())
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = self.load.parameters();
        parameters.insert("subscribers".to_owned(), self.subscribers.into());
        parameters.insert("payloadBytes".to_owned(), self.payload.into());
        parameters.insert("slowPercent".to_owned(), self.slow.into());
        parameters
    }
}

/// Makes the load.
///
/// # Errors
/// When it cannot be made. What the server does with it is in the report.
pub async fn run(target: &Target, setting: &Setting, load: &Load) -> Result<Report, LoadError> {
    let venue = load.venue(target).await?;
    let publishers = load.load.publishers();
    let ledger = Ledger::new(Streams::of(1, publishers), venue.interleaving);
    let tally = Tally::new(ledger, Member::ExternalId);
    let mut driver = Driver::new(tally, setting.sources(), setting.progress())?;
    for _ in 0..load.subscribers {
        driver.add_reader(0, venue.readers.socket, venue.subscriptions[0].clone());
    }
    driver.set_publishers(publishers, venue.publishers.socket, &venue.script);
    driver.open(load.load.arrival(load.subscribers), load.load.patience())?;
    for reader in load.slow_readers() {
        driver.stall(reader)?;
    }
    let counted = course::run(&mut driver, setting, &load.load, venue.readers.socket)?;
    let stalled = driver.revive(SLOW_PATIENCE)?;
    let mut report = Report::of("fanout", load.title(), load.parameters(), &driver, counted);
    report.stalled = (stalled.readers > 0).then_some(stalled);
    driver.close();
    Ok(report)
}
