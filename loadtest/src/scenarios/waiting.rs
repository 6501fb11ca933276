//! Waiting: many polls that wait on one process at the same time, on sessions on which nothing comes. What each
//! costs, and whether all of them wait as long as they should and no longer.

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Map, Value, json};

use super::load_args::seconds;
use super::readers::{self, Readers};
use crate::driver::{Arrival, Driver, Failures};
use crate::error::LoadError;
use crate::measure::usage::{DriverMeter, ServerMeter};
use crate::measure::waits::{WaitBounds, Waited};
use crate::metrics::Metrics;
use crate::report::{Connections, Counted, Report, Told};
use crate::setting::Setting;
use crate::target::Target;

/// How long may pass without anybody coming.
const PATIENCE: Duration = Duration::from_secs(30);
/// Polls that are sent at the same time while they come.
const AT_ONCE: usize = 64;
/// How long the broker is left alone after the last poll has come, before its memory is read.
const QUIET: Duration = Duration::from_secs(1);
/// The broker's own count of polls that wait.
const WAITING: &str = "polls_waiting";

/// How many polls wait, and for how long they should.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// Streaming sessions, each with a poll that waits.
    #[arg(long, value_name = "N", default_value_t = 15_000)]
    sessions: usize,
    /// Seconds for which the broker lets a poll wait, its `streaming.poll_wait_seconds`; none may be answered before.
    #[arg(long, value_name = "SECONDS", default_value_t = 15.0)]
    wait: f64,
    /// Seconds after which a poll that should be answered may be answered at the latest.
    #[arg(long, value_name = "SECONDS", default_value_t = 1.5)]
    slack: f64,
    /// How often every poll is waited for. Each is made again as soon as it was answered.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

impl Load {
    fn bounds(&self) -> WaitBounds {
        WaitBounds { least: seconds(self.wait), most: seconds(self.wait + self.slack) }
    }

    fn told(&self) -> Told {
        let Self { sessions, wait, slack, rounds } = self;
        let mut parameters = Map::new();
        let members =
            [("sessions", json!(sessions)), ("waitSeconds", json!(wait)), ("slackSeconds", json!(slack))];
        parameters.extend(members.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
        parameters.insert("rounds".to_owned(), json!(rounds));
        let title = format!("{sessions} polls that wait for {wait} s at the same time, {rounds} times");
        Told { scenario: "waiting", title, parameters }
    }
}

/// Lets the polls wait.
///
/// # Errors
/// When the sessions or the connections cannot be opened. How long the polls waited is in the report.
pub async fn run(target: &Target, setting: &Setting, load: &Load) -> Result<Report, LoadError> {
    let own = DriverMeter::begin();
    let begun = Instant::now();
    let processes = setting.server_at(readers::broker_socket(target)?);
    let server = ServerMeter::begin(&processes);
    let (sessions, at) = readers::open_sessions(target, load.sessions).await?;
    let readers = Readers::of_sessions(&sessions, at);
    let arrival = readers.arrival(Arrival { at_once: AT_ONCE, per_second: None, failures: Failures::Stop });
    let mut driver = readers.driver(setting)?;
    let took = driver.open(arrival, PATIENCE)?;
    driver.hold(QUIET)?;
    let server = server.and_then(|server| server.end(0));
    let at_once = Metrics::read(&target.credentials()?.base_url).await?.number(WAITING)?;
    let waited = wait(&mut driver, load, at_once)?;
    let mut connections = Connections::of(load.sessions, took, &driver);
    connections.pss_bytes_each = server.as_ref().and_then(|server| server.grown_bytes(load.sessions));
    let driver_use = own.end(begun.elapsed());
    let counted = Counted { traffic: None, connections: Some(connections), server, driver: driver_use };
    let report = Report::of(load.told(), &driver, counted).with_waited(waited);
    driver.close();
    sessions.end().await;
    Ok(report)
}

/// Holds the polls until each must have been answered as often as it is waited for.
fn wait(driver: &mut Driver, load: &Load, at_once: u64) -> Result<Waited, LoadError> {
    let bounds = load.bounds();
    driver.hold(bounds.most * load.rounds)?;
    let overdue = driver.overdue(bounds.most);
    Ok(driver.tally().waits.judge(bounds, load.sessions, at_once, overdue))
}
