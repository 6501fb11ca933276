//! Long polls: many streaming sessions, each with a poll always out, fed through `publish`.

use std::iter;

use clap::Args;
use serde_json::{Map, Value};

use super::course;
use super::load_args::LoadArgs;
use super::venue::broker::{self, Polling, Sessions};
use super::venue::peer::{PeerArgs, PeerReaders};
use super::venue::{Crowd, Venue};
use crate::api::Acknowledge;
use crate::error::LoadError;
use crate::report::{Report, Told};
use crate::setting::Setting;
use crate::target::Target;

/// How much load is made.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// Streaming sessions.
    #[arg(long, value_name = "N", default_value_t = 100)]
    sessions: usize,
    /// Users whom the sessions belong to, in turn. A session hears what is published for its user.
    #[arg(long, value_name = "U", default_value_t = 1)]
    users: usize,
    /// Sessions require acknowledgement, and get it after every poll.
    #[arg(long)]
    acknowledge: bool,
    /// Events that one poll may hand over.
    #[arg(long, value_name = "M", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=200))]
    max_events: u16,
    /// Events in one publish. A peer gets them one by one.
    #[arg(long, value_name = "B", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    batch: u16,
    /// Bytes of an event, as it is published.
    #[arg(long, value_name = "BYTES", default_value_t = 512)]
    payload: usize,
    /// How much of it.
    #[command(flatten)]
    load: LoadArgs,
    /// Another server instead of the broker.
    #[command(flatten)]
    peer: PeerArgs,
}

impl Load {
    async fn venue(&self, target: &Target) -> Result<(Venue, Option<Sessions>), LoadError> {
        let (readers, publishers) = (self.sessions, self.load.publishers());
        let crowd = Crowd { topics: self.users.max(1), readers, publishers, payload: self.payload };
        if let Some(venue) = self.peer.venue(crowd, PeerReaders::Polls) {
            return Ok((venue?, None));
        }
        let acknowledge = if self.acknowledge { Acknowledge::Required } else { Acknowledge::NotRequired };
        let polling = Polling { acknowledge, max_events: self.max_events, batch: self.batch.into() };
        let (venue, sessions) = broker::sessions(&target.credentials()?, crowd, polling).await?;
        Ok((venue, Some(sessions)))
    }

    fn title(&self) -> String {
        let with = if self.acknowledge { "with" } else { "without" };
        let (sessions, users) = (self.sessions, self.users);
        let of = if users > 1 { format!("{users} users") } else { "one user".to_owned() };
        format!("{sessions} streaming sessions of {of}, {with} acknowledgement, {}", self.load.in_words())
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = self.load.parameters();
        parameters.insert("sessions".to_owned(), self.sessions.into());
        parameters.insert("users".to_owned(), self.users.into());
        parameters.insert("acknowledge".to_owned(), self.acknowledge.into());
        parameters.insert("maxEvents".to_owned(), self.max_events.into());
        parameters.insert("batch".to_owned(), self.batch.into());
        parameters.insert("payloadBytes".to_owned(), self.payload.into());
        parameters
    }
}

/// Makes the load.
///
/// # Errors
/// When it cannot be made. What the server does with it is in the report.
pub async fn run(target: &Target, setting: &Setting, load: &Load) -> Result<Report, LoadError> {
    let (venue, sessions) = load.venue(target).await?;
    let told = Told { scenario: "longpoll", title: load.title(), parameters: load.parameters() };
    let report = course::run(venue, setting, &load.load, iter::empty(), told);
    if let Some(sessions) = sessions {
        sessions.end().await;
    }
    report
}
