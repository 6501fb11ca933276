//! Long polls: many streaming sessions of one user, fed through `publish`.
//! The user is made up for the run, so that nobody else's events are heard.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::reader::{self, Heard};
use crate::api::{Acknowledge, PolledEvent, StreamingApi};
use crate::credentials::Credentials;
use crate::error::LoadError;
use crate::latency::Said;
use crate::report::Report;
use crate::sequence::Label;

/// How much load is made.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// Streaming sessions.
    #[arg(long, value_name = "N", default_value_t = 100)]
    sessions: usize,
    /// Events in all; every session hears each of them.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    events: usize,
    /// Events in one publish.
    #[arg(long, value_name = "N", default_value_t = 10)]
    batch: usize,
    /// Events that one poll may hand over, 1 to 200.
    #[arg(long, value_name = "N", default_value_t = 200)]
    max_events: u16,
    /// Sessions require acknowledgement, and get it after every poll.
    #[arg(long)]
    acknowledge: bool,
    /// Polls in a row that may come back empty before a reader gives up.
    #[arg(long, value_name = "N", default_value_t = 2)]
    patience: usize,
}

impl Load {
    fn acknowledgement(&self) -> Acknowledge {
        if self.acknowledge { Acknowledge::Required } else { Acknowledge::NotRequired }
    }

    fn title(&self) -> String {
        let with = if self.acknowledge { "with" } else { "without" };
        format!("{} streaming sessions {with} acknowledgement", self.sessions)
    }
}

/// Makes the load.
///
/// # Errors
/// When it cannot be made. What the broker does with it is in the report.
pub async fn run(target: &Credentials, load: &Load) -> Result<Report, LoadError> {
    let api = StreamingApi::sign_in(target).await?;
    let user = format!("loadtest-{}", Uuid::new_v4().simple());
    let mut sessions = Vec::with_capacity(load.sessions);
    for _ in 0..load.sessions {
        sessions.push(api.open_session(&user, load.acknowledgement()).await?);
    }

    let said = Arc::new(Said::new(1, load.events));
    let begun = Instant::now();
    let mut readers = JoinSet::new();
    for session in sessions {
        readers.spawn(read(api.clone(), session, said.clone(), load.clone()));
    }
    publish(&api, &user, load, &said).await?;
    let heard = readers.join_all().await;
    Ok(reader::report(load.title(), load.events, begun, heard))
}

async fn publish(api: &StreamingApi, user: &str, load: &Load, said: &Said) -> Result<(), LoadError> {
    let labels: Vec<_> = (0..load.events).map(|number| Label { publisher: 0, number }).collect();
    for batch in labels.chunks(load.batch.max(1)) {
        batch.iter().for_each(|label| said.note(*label));
        let names: Vec<_> = batch.iter().map(Label::to_string).collect();
        api.publish(user, &names).await?;
    }
    Ok(())
}

async fn read(api: StreamingApi, session: String, said: Arc<Said>, load: Load) -> Heard<Place> {
    let mut heard = Heard::nothing(1, load.events);
    heard.broken = poll_all(&api, &session, &said, &load, &mut heard).await.err();
    if heard.broken.is_none() {
        heard.broken = api.end_session(&session).await.err();
    }
    heard
}

async fn poll_all(
    api: &StreamingApi,
    session: &str,
    said: &Said,
    load: &Load,
    heard: &mut Heard<Place>,
) -> Result<(), LoadError> {
    let mut in_vain = 0;
    while heard.hearing.count() < load.events && in_vain < load.patience {
        let events = api.poll(session, load.max_events).await?;
        in_vain = if events.is_empty() { in_vain + 1 } else { 0 };
        for event in &events {
            if let (Some(label), Some(place)) = (Label::parse(&event.correlation_id), Place::of(event)) {
                heard.latencies.note(said.since(label));
                heard.hearing.hear(label, place);
            }
        }
        if load.acknowledgement() == Acknowledge::Required && !events.is_empty() {
            api.acknowledge(session, &events).await?;
        }
    }
    Ok(())
}

/// An `eventId`, `<milliseconds>-<n>`, as it is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u64, u64);

impl Place {
    fn of(event: &PolledEvent) -> Option<Self> {
        let (milliseconds, n) = event.event_id.split_once('-')?;
        Some(Self(milliseconds.parse().ok()?, n.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_are_ordered_as_numbers() {
        let place =
            |id: &str| Place::of(&PolledEvent { event_id: id.to_owned(), correlation_id: String::new() });
        assert!(place("1519073278252-9") < place("1519073278252-10"));
        assert!(place("1519073278252-10") < place("1519073278253-0"));
        assert_eq!(place("1519073278252"), None);
    }
}
