//! Idle: connections, or sessions, that are held and on which nothing is said; what each costs the server.

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use super::load_args::seconds;
use super::readers::{self, Readers};
use super::venue::broker::{Sessions, SocketProtocol};
use super::venue::peer::{PeerReaderArgs, PeerReaders};
use crate::driver::{Arrival, Driver, Failures};
use crate::error::LoadError;
use crate::measure::cpu::CpuReading;
use crate::measure::usage::{DriverMeter, ServerMeter};
use crate::report::{Connections, Counted, Held, Report, Told};
use crate::setting::Setting;
use crate::target::Target;

/// How long the server is left alone after everybody has come, before it counts as idle.
const QUIET: Duration = Duration::from_secs(2);
/// How long may pass without anybody coming.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is held, and for how long.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// What is held.
    #[arg(long, value_enum, default_value_t)]
    kind: IdleKind,
    /// How many.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    connections: usize,
    /// Seconds for which they are held.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    hold: f64,
    /// Connections that are opened at the same time.
    #[arg(long, value_name = "C", default_value_t = 64)]
    concurrency: usize,
    /// Another server instead of the broker.
    #[command(flatten)]
    peer: PeerReaderArgs,
}

/// What is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum IdleKind {
    /// Websockets on one conversation; pings are answered.
    #[default]
    Websocket,
    /// SignalR clients on one conversation; pings are answered.
    Signalr,
    /// Streaming sessions, each with a poll that waits.
    Poll,
    /// Streaming sessions that nobody polls.
    Session,
}

impl Load {
    async fn come(&self, target: &Target) -> Result<(Readers, Option<Sessions>), LoadError> {
        let how = if self.kind == IdleKind::Poll { PeerReaders::Polls } else { PeerReaders::Sockets };
        if let Some(readers) = Readers::of_peer(&self.peer, self.connections, how) {
            return Ok((readers?, None));
        }
        let protocol = match self.kind {
            IdleKind::Websocket => SocketProtocol::Websocket,
            IdleKind::Signalr => SocketProtocol::Signalr,
            IdleKind::Poll | IdleKind::Session => {
                let (sessions, at) = readers::open_sessions(target, self.connections).await?;
                let readers = match self.kind {
                    IdleKind::Poll => Readers::of_sessions(&sessions, at),
                    _ => Readers::none(at),
                };
                return Ok((readers, Some(sessions)));
            }
        };
        Ok((Readers::of_broker(target, self.connections, protocol).await?, None))
    }

    fn arrival(&self) -> Arrival {
        Arrival { at_once: self.concurrency.max(1), per_second: None, failures: Failures::Stop }
    }

    fn told(&self) -> Told {
        let what = match self.kind {
            IdleKind::Websocket => "idle websockets",
            IdleKind::Signalr => "idle SignalR clients",
            IdleKind::Poll => "waiting polls",
            IdleKind::Session => "idle sessions",
        };
        let mut parameters = Map::new();
        let kind = self.kind.to_possible_value().map_or(Value::Null, |value| value.get_name().into());
        parameters.insert("kind".to_owned(), kind);
        parameters.insert("connections".to_owned(), self.connections.into());
        parameters.insert("holdSeconds".to_owned(), self.hold.into());
        let title = format!("{} {what}, held for {} s", self.connections, self.hold);
        Told { scenario: "idle", title, parameters }
    }
}

/// Holds the connections.
///
/// # Errors
/// When one of them cannot be opened.
pub async fn run(target: &Target, setting: &Setting, load: &Load) -> Result<Report, LoadError> {
    let processes = setting.server_at(readers::server_socket(target, &load.peer)?);
    let own = DriverMeter::begin();
    let server = ServerMeter::begin(&processes);
    let begun = Instant::now();
    let (readers, sessions) = load.come(target).await?;
    let arrival = readers.arrival(load.arrival());
    let mut driver = readers.driver(setting)?;
    let took = match load.kind {
        IdleKind::Session => begun.elapsed(),
        _ => driver.open(arrival, PATIENCE)?,
    };
    let held = hold(&mut driver, &processes, load)?;
    let own = own.end(begun.elapsed());
    let server = server.and_then(|server| server.end(0));
    let mut connections = Connections::of(load.connections, took, &driver);
    connections.pss_bytes_each = server.as_ref().and_then(|server| server.grown_bytes(load.connections));
    connections.held = Some(held);
    let counted = Counted { traffic: None, connections: Some(connections), server, driver: own };
    let report = Report::of(load.told(), &driver, counted);
    driver.close();
    if let Some(sessions) = sessions {
        sessions.end().await;
    }
    Ok(report)
}

/// Holds what is open, and measures what that takes.
fn hold(driver: &mut Driver, processes: &[u32], load: &Load) -> Result<Held, LoadError> {
    driver.hold(QUIET)?;
    let (before, begun) = (CpuReading::of(processes), Instant::now());
    driver.hold(seconds(load.hold))?;
    let (after, seconds) = (CpuReading::of(processes), begun.elapsed().as_secs_f64());
    let cpu_seconds = before.zip(after).map(|(before, after)| after.since(&before).total);
    let each = seconds * load.connections.max(1) as f64;
    Ok(Held { seconds, cpu_seconds, cpu_micros_per_second_each: cpu_seconds.map(|cpu| cpu * 1e6 / each) })
}
