//! The course of a run with publishers: load warms up, load is counted, everything that was said is awaited.

use std::net::SocketAddr;
use std::time::Duration;

use super::load_args::LoadArgs;
use crate::driver::{Driver, Goal};
use crate::error::LoadError;
use crate::measure::usage::{DriverMeter, ServerMeter};
use crate::report::{Counted, Traffic};
use crate::setting::Setting;

/// Makes the load with readers that have come, and counts.
pub(super) fn run(
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
    Ok(Counted { traffic: Some(traffic), server, driver: own })
}
