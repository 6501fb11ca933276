//! A storm of connections: websockets that come at once or at a rate, and go; how long each takes to be heard.

use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use super::readers::{self, Readers};
use super::venue::broker::SocketProtocol;
use super::venue::peer::{PeerReaderArgs, PeerReaders};
use crate::driver::{Arrival, Failures};
use crate::error::LoadError;
use crate::measure::usage::{DriverMeter, ServerMeter};
use crate::report::{Connections, Counted, Report, Told};
use crate::setting::Setting;
use crate::target::Target;

/// How long may pass without anybody coming.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who comes.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// Connections.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    connections: usize,
    /// Connections that are opened at the same time.
    #[arg(long, value_name = "C", default_value_t = 64, conflicts_with = "rate")]
    concurrency: usize,
    /// Connections a second, evenly spread, whether the server keeps up or not.
    #[arg(long, value_name = "R")]
    rate: Option<f64>,
    /// What they speak.
    #[arg(long, value_enum, default_value_t)]
    kind: SocketProtocol,
    /// Another server instead of the broker.
    #[command(flatten)]
    peer: PeerReaderArgs,
}

impl Load {
    async fn readers(&self, target: &Target) -> Result<Readers, LoadError> {
        match Readers::of_peer(&self.peer, self.connections, PeerReaders::Sockets) {
            Some(readers) => readers,
            None => Readers::of_broker(target, self.connections, self.kind).await,
        }
    }

    fn arrival(&self) -> Arrival {
        let at_once = if self.rate.is_some() { usize::MAX } else { self.concurrency.max(1) };
        Arrival { at_once, per_second: self.rate.filter(|rate| *rate > 0.0), failures: Failures::Count }
    }

    fn told(&self) -> Told {
        let how = match self.rate {
            Some(rate) => format!("{rate} a second"),
            None => format!("{} at a time", self.concurrency),
        };
        let mut parameters = Map::new();
        parameters.insert("connections".to_owned(), self.connections.into());
        match self.rate {
            Some(rate) => parameters.insert("ratePerSecond".to_owned(), rate.into()),
            None => parameters.insert("concurrency".to_owned(), Value::from(self.concurrency)),
        };
        Told {
            scenario: "connect-storm",
            title: format!("{} connections, {how}", self.connections),
            parameters,
        }
    }
}

/// Opens the connections, and closes them.
///
/// # Errors
/// When the run cannot be made. Connections that the server refuses are in the report.
pub async fn run(target: &Target, setting: &Setting, load: &Load) -> Result<Report, LoadError> {
    let readers = load.readers(target).await?;
    let processes = setting.server_at(readers::server_socket(target, &load.peer)?);
    let mut driver = readers.driver(setting)?;
    let server = ServerMeter::begin(&processes);
    let own = DriverMeter::begin();
    let took = driver.open(load.arrival(), PATIENCE)?;
    let own = own.end(took);
    let server = server.and_then(|server| server.end(0));
    let connections = Connections::of(load.connections - driver.broken().readers, took, &driver);
    let counted = Counted { traffic: None, connections: Some(connections), server, driver: own };
    let report = Report::of(load.told(), &driver, counted);
    driver.close();
    Ok(report)
}
