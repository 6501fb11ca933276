//! What a run found out. The fields are those of the JSON, and keep their names; the table is for people, the page of
//! HTML for looking into how it went.

mod chart;
mod expiry;
pub mod html;
pub mod json;
mod table;
mod webhooks;

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::driver::{Broken, Driver, Refusals, Span, Stalled};
use crate::measure::latency::Percentiles;
use crate::measure::ledger::Faults;
use crate::measure::setbacks::Setbacks;
use crate::measure::timeline::Bucket;
use crate::measure::usage::{DriverUse, ServerUse};
use crate::measure::waits::Waited;

pub use self::expiry::{Expiry, Waves};
pub use self::webhooks::{Backlog, Webhooks};

/// Whether the server kept its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All was heard once and in order, nobody was refused or cut off, and what the scenario is about was kept.
    Faultless,
    /// Something was not.
    Faulty,
}

/// What a run found out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The scenario's name on the command line.
    pub scenario: &'static str,
    /// The run in a few words, such as "1000 websockets on one conversation, 4 publishers".
    pub title: String,
    /// What was asked for.
    pub parameters: Map<String, Value>,
    /// Whether the server kept its word.
    pub verdict: Verdict,
    /// What was counted.
    #[serde(flatten)]
    pub counted: Counted,
    /// What went wrong, warm-up included.
    pub faults: Faults,
    /// Readers whose connection ended though it should not have.
    pub broken: Broken,
    /// Requests that the server did not take.
    pub refused: Refusals,
    /// What readers by polls had to bear.
    pub setbacks: Setbacks,
    /// Readers that stopped reading, where the run had any.
    pub stalled: Option<Stalled>,
    /// Polls that waited, where they are what it was about.
    pub waited: Option<Waited>,
    /// Sessions that ended, where they are what it was about.
    pub expiry: Option<Expiry>,
    /// Deliveries to webhooks, where they are what it was about.
    pub webhooks: Option<Webhooks>,
}

/// How a run is told.
#[derive(Clone, Debug)]
pub struct Told {
    /// The scenario's name on the command line.
    pub scenario: &'static str,
    /// The run in a few words.
    pub title: String,
    /// What was asked for.
    pub parameters: Map<String, Value>,
}

/// What was counted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    /// Messages, where there were any.
    #[serde(flatten)]
    pub traffic: Option<Traffic>,
    /// Connections, where they are what it was about.
    pub connections: Option<Connections>,
    /// What the server used, where it is on this machine and may be looked into.
    pub server: Option<ServerUse>,
    /// What making the load used.
    pub driver: DriverUse,
}

/// Messages that were said and heard while it was counted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Traffic {
    /// From the first message that was to be said to the last that was heard.
    pub seconds: f64,
    /// Messages heard for the first time, all readers together.
    pub deliveries: u64,
    /// The same, for each second.
    pub deliveries_per_second: f64,
    /// Messages that the server has taken.
    pub publishes: u64,
    /// The same, for each second.
    pub publishes_per_second: f64,
    /// From intended saying to hearing, in microseconds.
    pub latency_micros: Option<Percentiles>,
    /// From intended saying to the server's answer, in microseconds.
    pub publish_latency_micros: Option<Percentiles>,
    /// How the latencies are spread: the share of messages (0 to 1) that took no longer than so many microseconds.
    pub latency_distribution: Vec<(f64, u64)>,
    /// How it went.
    pub timeline: Vec<Bucket>,
}

/// Connections that were opened, or sessions.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Connections {
    /// How many.
    pub count: usize,
    /// From the first that was opened to the last that was open.
    pub opening_seconds: f64,
    /// How many were opened in a second.
    pub opened_per_second: f64,
    /// From intended opening to hearing, in microseconds.
    pub opening_micros: Option<Percentiles>,
    /// Memory of the server (proportional set size) for each, in bytes, after they were held.
    pub pss_bytes_each: Option<f64>,
    /// How they were held.
    pub held: Option<Held>,
}

/// A time in which connections were only held.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// How long it was.
    pub seconds: f64,
    /// Processor seconds of the server in it.
    pub cpu_seconds: Option<f64>,
    /// The same for each connection and second, in microseconds.
    pub cpu_micros_per_second_each: Option<f64>,
}

impl Connections {
    /// What the driver found out when it opened them.
    pub fn of(count: usize, took: Duration, driver: &Driver) -> Self {
        let seconds = took.as_secs_f64();
        Self {
            count,
            opening_seconds: seconds,
            opened_per_second: count as f64 / seconds.max(f64::EPSILON),
            opening_micros: driver.openings().percentiles(),
            pss_bytes_each: None,
            held: None,
        }
    }
}

impl Traffic {
    /// What happened in a span.
    pub fn of(span: Span) -> Self {
        let seconds = span.took.max(Duration::from_micros(1)).as_secs_f64();
        let (deliveries, publishes) = (span.window.timeline.deliveries(), span.window.timeline.published());
        let (timeline, latencies) = span.window.timeline.finish(span.end);
        Self {
            seconds,
            deliveries,
            deliveries_per_second: deliveries as f64 / seconds,
            publishes,
            publishes_per_second: publishes as f64 / seconds,
            latency_micros: latencies.percentiles(),
            publish_latency_micros: span.window.answers.percentiles(),
            latency_distribution: latencies.distribution(),
            timeline,
        }
    }
}

impl Report {
    /// What the driver found out in the run that was counted.
    pub fn of(told: Told, driver: &Driver, counted: Counted) -> Self {
        let Told { scenario, title, parameters } = told;
        let faults = driver.tally().ledger.faults();
        let (broken, refused) = (driver.broken().clone(), driver.refusals().clone());
        let setbacks = driver.tally().setbacks.clone();
        let faultless = faults.is_none() && broken.readers == 0 && refused.count == 0 && setbacks.is_none();
        Self {
            scenario,
            title,
            parameters,
            verdict: if faultless { Verdict::Faultless } else { Verdict::Faulty },
            counted,
            faults,
            broken,
            refused,
            setbacks,
            stalled: None,
            waited: None,
            expiry: None,
            webhooks: None,
        }
    }

    /// What was found out of webhooks, without readers of any other kind.
    pub fn of_webhooks(told: Told, counted: Counted, faults: Faults, webhooks: Webhooks) -> Self {
        let Told { scenario, title, parameters } = told;
        let faultless = faults.is_none() && webhooks.kept;
        Self {
            scenario,
            title,
            parameters,
            verdict: if faultless { Verdict::Faultless } else { Verdict::Faulty },
            counted,
            faults,
            broken: Broken::default(),
            refused: Refusals::default(),
            setbacks: Setbacks::default(),
            stalled: None,
            waited: None,
            expiry: None,
            webhooks: Some(webhooks),
        }
    }

    /// The same with what its polls waited, which has to have been kept.
    #[must_use]
    pub fn with_waited(self, waited: Waited) -> Self {
        let verdict = if waited.kept { self.verdict } else { Verdict::Faulty };
        Self { verdict, waited: Some(waited), ..self }
    }

    /// The same with what the end of sessions cost, which has to have been kept within its limit.
    #[must_use]
    pub fn with_expiry(self, expiry: Expiry) -> Self {
        let verdict = if expiry.kept { self.verdict } else { Verdict::Faulty };
        Self { verdict, expiry: Some(expiry), ..self }
    }
}
