//! The course of a run with publishers: readers come, load warms up, load is counted, what was said is awaited.

use std::net::SocketAddr;
use std::time::Duration;

use super::load_args::LoadArgs;
use super::venue::Venue;
use crate::driver::{Driver, Goal, Stalled};
use crate::error::LoadError;
use crate::measure::usage::{DriverMeter, ServerMeter};
use crate::report::{Counted, Report, Told, Traffic};
use crate::setting::Setting;

/// How long slow readers are waited for at the end, until it is told that they were not closed.
const SLOW_PATIENCE: Duration = Duration::from_secs(2);

/// A run where readers and publishers meet. `slow` are the numbers of readers that read nothing any more.
pub(super) fn run(
    venue: Venue,
    setting: &Setting,
    load: &LoadArgs,
    slow: impl Iterator<Item = usize>,
    told: Told,
) -> Result<Report, LoadError> {
    let (server, readers) = (venue.readers.socket, venue.audience.len());
    let (arrival, settles_in) = (venue.arrival(load.arrival(readers)), venue.settles_in);
    let mut driver = venue.driver(setting, load.publishers())?;
    driver.open(arrival, load.patience())?;
    driver.hold(settles_in)?;
    for reader in slow {
        driver.stall(reader)?;
    }
    let counted = count(&mut driver, setting, load, server)?;
    let stalled = driver.revive(SLOW_PATIENCE)?;
    let mut report = Report::of(told, &driver, counted);
    report.stalled = Some(stalled).filter(|stalled: &Stalled| stalled.readers > 0);
    driver.close();
    Ok(report)
}

/// Makes the load with readers that have come, and counts.
pub(super) fn count(
    driver: &mut Driver,
    setting: &Setting,
    load: &LoadArgs,
    server: SocketAddr,
) -> Result<Counted, LoadError> {
    let warmup = setting.warmup();
    if warmup > Duration::ZERO {
        let goal = Goal { messages: None, duration: Some(warmup) };
        driver.run(load.pace(), goal, load.patience())?;
    }
    let server = ServerMeter::begin(&setting.server_at(server));
    let own = DriverMeter::begin();
    let span = driver.run(load.pace(), load.goal(), load.patience())?;
    let own = own.end(span.took);
    let traffic = Traffic::of(span);
    let server = server.and_then(|server| server.end(traffic.deliveries));
    Ok(Counted { traffic: Some(traffic), connections: None, server, driver: own })
}
