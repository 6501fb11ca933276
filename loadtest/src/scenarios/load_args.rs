//! The flags that scenarios with publishers have in common, and what they come to.

use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::driver::{Arrival, Failures, Goal, Pace};

/// Publishers of an open loop when their number is not given: enough that a slow answer delays few messages.
const OPEN_PUBLISHERS: usize = 16;
/// Messages when neither a number nor a time is given.
const MESSAGES: u64 = 1000;
/// Readers that are opened at the same time.
const OPENING_AT_ONCE: usize = 64;

/// How much load is made, and how long.
#[derive(Clone, Debug, Args)]
pub(super) struct LoadArgs {
    /// Connections that publish. Without --rate each waits for an answer before it says the next.
    #[arg(long, value_name = "N")]
    publishers: Option<usize>,
    /// Messages a second in all, evenly spread, whether the server keeps up or not.
    #[arg(long, value_name = "R")]
    rate: Option<f64>,
    /// Messages in all.
    #[arg(long, visible_alias = "events", value_name = "N")]
    messages: Option<u64>,
    /// Seconds for which load is made.
    #[arg(long, value_name = "SECONDS")]
    duration: Option<f64>,
    /// Seconds over which the readers come, evenly spread; without it as fast as they can.
    #[arg(long, value_name = "SECONDS")]
    ramp_up: Option<f64>,
    /// Seconds without any message or answer after which the rest is taken for lost.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    patience: u64,
}

impl LoadArgs {
    /// How many publishers there are.
    pub(super) fn publishers(&self) -> usize {
        let default = if self.rate.is_some() { OPEN_PUBLISHERS } else { 1 };
        self.publishers.unwrap_or(default).max(1)
    }

    /// When they speak.
    pub(super) fn pace(&self) -> Pace {
        self.rate.map_or(Pace::Closed, |per_second| Pace::Open { per_second: per_second.max(0.001) })
    }

    /// When they have said enough.
    pub(super) fn goal(&self) -> Goal {
        let messages = self.messages.or(self.duration.is_none().then_some(MESSAGES));
        Goal { messages, duration: self.duration.map(seconds) }
    }

    /// How `readers` come.
    pub(super) fn arrival(&self, readers: usize) -> Arrival {
        let per_second =
            self.ramp_up.filter(|seconds| *seconds > 0.0).map(|seconds| readers as f64 / seconds);
        Arrival { at_once: OPENING_AT_ONCE, per_second, failures: Failures::Stop }
    }

    /// How long nothing may happen.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }

    /// The flags as the report tells them.
    pub(super) fn parameters(&self) -> Map<String, Value> {
        let members = json!({
            "publishers": self.publishers(),
            "ratePerSecond": self.rate,
            "messages": self.goal().messages,
            "durationSeconds": self.duration,
            "rampUpSeconds": self.ramp_up,
        });
        match members {
            Value::Object(members) => members.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            _ => Map::new(),
        }
    }

    /// The publishers in a few words, such as "4 publishers" or "50 messages/s".
    pub(super) fn in_words(&self) -> String {
        match self.rate {
            Some(rate) => format!("{rate} messages/s"),
            None if self.publishers() == 1 => "1 publisher".to_owned(),
            None => format!("{} publishers", self.publishers()),
        }
    }
}

/// Seconds of the command line; what is no time is none.
pub(super) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
