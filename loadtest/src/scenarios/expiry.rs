//! Expiry: thousands of sessions that nobody polls end within a second, again and again, while publishers go on. What
//! that costs a publish is told beside what one takes when no session ends.
//!
//! A wave of sessions is opened at once and so is due at once, an inactivity delay later. The time around that is cut
//! into pairs: just before a wave is due no session ends, in the time after it a whole wave does. Both kinds take
//! turns, so that whatever else the machine does meets both alike.

mod wave;

use std::time::{Duration, Instant};

use clap::{Args, value_parser};
use serde_json::{Map, Value, json};

use self::wave::Opener;
use super::load_args::seconds;
use super::venue::Crowd;
use super::venue::broker::{self, Polling, Sessions};
use crate::api::Acknowledge;
use crate::driver::{Arrival, Driver, Failures, Goal, Pace};
use crate::error::LoadError;
use crate::measure::latency::Latencies;
use crate::measure::usage::{DriverMeter, ServerMeter};
use crate::metrics::Metrics;
use crate::report::{Counted, Expiry, Report, Told, Waves};
use crate::setting::Setting;
use crate::target::Target;

/// How long nothing may happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// Sessions of a wave have to be opened within this time: it is the time over which they are due.
const A_SECOND: Duration = Duration::from_secs(1);
/// What listeners need to come after the last wave was opened.
const COMING: Duration = Duration::from_secs(2);
/// The broker's own count of sessions that ended for want of polls.
const ENDED: &str = "sessions_expired_total";

/// Which sessions end, and who publishes meanwhile.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// Sessions of a wave, which all end within a second.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=100_000))]
    sessions: u32,
    /// Waves.
    #[arg(long, value_name = "W", default_value_t = 5, value_parser = value_parser!(u32).range(1..))]
    waves: u32,
    /// Seconds without a poll after which the sessions end; the broker takes no less than 60.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    inactivity: u16,
    /// Seconds of publishing that are counted for each wave before it is due, and after. The broker looks for silent
    /// sessions once a second.
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    window: f64,
    /// Publishes a second.
    #[arg(long, value_name = "R", default_value_t = 500.0)]
    rate: f64,
    /// Connections that publish.
    #[arg(long, value_name = "N", default_value_t = 16)]
    publishers: usize,
    /// Sessions that hear what is published.
    #[arg(long, value_name = "N", default_value_t = 10)]
    listeners: usize,
    /// Bytes of an event, as it is published.
    #[arg(long, value_name = "BYTES", default_value_t = 512)]
    payload: usize,
    /// How many times as long as without ending sessions a publish may take, at the 99th percentile.
    #[arg(long, value_name = "RATIO", default_value_t = 1.2)]
    most_ratio: f64,
}

impl Load {
    fn window(&self) -> Duration {
        seconds(self.window)
    }

    fn inactivity(&self) -> Duration {
        Duration::from_secs(self.inactivity.into())
    }

    /// From the opening of a wave to that of the next.
    fn period(&self) -> Duration {
        self.window() * 2
    }

    fn pace(&self) -> Pace {
        Pace::Open { per_second: self.rate.max(0.001) }
    }

    /// The last wave has to be open, and the listeners have to have come, before the first is watched.
    fn check(&self) -> Result<(), LoadError> {
        let busy = self.period() * (self.waves - 1) + A_SECOND + COMING;
        if self.window() > Duration::ZERO && busy + self.window() <= self.inactivity() {
            Ok(())
        } else {
            Err(LoadError::TooManyWaves(self.waves))
        }
    }

    fn crowd(&self) -> Crowd {
        let Self { listeners, publishers, payload, .. } = *self;
        Crowd { topics: 1, readers: listeners, publishers: publishers.max(1), payload }
    }

    fn told(&self) -> Told {
        let Self { sessions, waves, inactivity, window, rate, publishers, listeners, payload, most_ratio } =
            self;
        let members = json!({
            "sessions": sessions, "waves": waves, "inactivitySeconds": inactivity, "windowSeconds": window,
            "ratePerSecond": rate, "publishers": publishers, "listeners": listeners, "payloadBytes": payload,
            "mostRatio": most_ratio,
        });
        let parameters = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let title = format!("{waves} times {sessions} sessions that end within a second, {rate} publishes/s");
        Told { scenario: "expiry", title, parameters }
    }
}

/// Opens the waves, and publishes while they end.
///
/// # Errors
/// When it cannot be done. What the publishes took is in the report.
pub async fn run(target: &Target, setting: &Setting, load: &Load) -> Result<Report, LoadError> {
    load.check()?;
    let credentials = target.credentials()?;
    let begun = Instant::now();
    let own = DriverMeter::begin();
    let server = ServerMeter::begin(&setting.server_at(broker::address(&credentials)?.socket));
    let polling = Polling { acknowledge: Acknowledge::NotRequired, max_events: 200, batch: 1 };
    let (venue, listeners) = broker::sessions(&credentials, load.crowd(), polling).await?;
    let mut waves = Waves::default();
    let due = open_waves(Opener::sign_in(&credentials, setting, load).await?, load, &mut waves)?;
    let mut driver = venue.driver(setting, load.publishers)?;
    driver.open(Arrival { at_once: 64, per_second: None, failures: Failures::Stop }, PATIENCE)?;
    for due in due {
        // Before the first wave this is the warm-up, afterwards what is left of the wave before.
        publish_until(&mut driver, due - load.window(), load)?;
        // Not when the wave is due: the broker may end it before the page has been read.
        let before = Metrics::read(&credentials.base_url).await?.number(ENDED)?;
        let quiet = publish_until(&mut driver, due, load)?;
        let ending = publish_until(&mut driver, due + load.window(), load)?;
        let after = Metrics::read(&credentials.base_url).await?.number(ENDED)?;
        waves.note(&quiet, &ending, after.saturating_sub(before));
    }
    let expiry = judge(waves, load);
    let server = server.and_then(|server| server.end(driver.tally().ledger.heard()));
    let counted = Counted { traffic: None, connections: None, server, driver: own.end(begun.elapsed()) };
    let report = Report::of(load.told(), &driver, counted).with_expiry(expiry);
    end(driver, listeners).await;
    Ok(report)
}

/// Opens every wave in its time; when each is due.
fn open_waves(mut opener: Opener, load: &Load, waves: &mut Waves) -> Result<Vec<Instant>, LoadError> {
    let first = Instant::now();
    let mut due = Vec::new();
    for wave in 0..load.waves {
        let begin = first + load.period() * wave;
        opener.hold(begin.saturating_duration_since(Instant::now()))?;
        let begun = Instant::now();
        waves.opened(opener.open_wave()?);
        due.push(begun + load.inactivity());
    }
    Ok(due)
}

/// Publishes until a moment; how long the answers took.
fn publish_until(driver: &mut Driver, end: Instant, load: &Load) -> Result<Latencies, LoadError> {
    let left = end.saturating_duration_since(Instant::now());
    let goal = Goal { messages: None, duration: Some(left) };
    Ok(driver.run(load.pace(), goal, PATIENCE)?.window.answers)
}

fn judge(waves: Waves, load: &Load) -> Expiry {
    let sessions = u64::from(load.sessions) * u64::from(load.waves);
    waves.judge(sessions, A_SECOND, load.most_ratio)
}

async fn end(driver: Driver, listeners: Sessions) {
    driver.close();
    listeners.end().await;
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        load: Load,
    }

    fn load(line: &str) -> Load {
        Line::try_parse_from(line.split(' ')).unwrap().load
    }

    #[test]
    fn as_many_waves_fit_as_are_open_before_the_first_is_due() {
        assert!(load("expiry").check().is_ok());
        assert!(load("expiry --waves 14").check().is_ok());
        assert!(matches!(load("expiry --waves 15").check(), Err(LoadError::TooManyWaves(15))));
        assert!(load("expiry --waves 15 --inactivity 64").check().is_ok());
    }

    #[test]
    fn a_wave_needs_time_to_be_watched() {
        assert!(load("expiry --window 0").check().is_err());
    }
}
