//! Webhooks: many endpoints that together take so many deliveries a second, first alone and then beside one that
//! never answers; and what a delivery costs when many wait, beside a loop of requests with the same bodies.
//!
//! Each endpoint is the webhook of an agent in a hub of its own, made for the run and deleted after it; the receiver
//! is this program. The broker has to let webhooks go to a private address (`webhooks.allow_private`).

mod bare;
mod books;
mod receiver;
mod stage;

use std::time::{Duration, Instant};

use clap::{Args, value_parser};
use serde_json::{Map, Value, json};
use tokio::time::{sleep_until, timeout};

use self::books::Books;
use self::receiver::{Mood, Receiver};
use self::stage::{Says, Stage};
use super::load_args::seconds;
use super::venue::broker;
use crate::api::EngineApi;
use crate::error::LoadError;
use crate::measure::latency::Latencies;
use crate::measure::usage::{DriverMeter, ServerMeter, ServerUse};
use crate::report::{Backlog, Counted, Report, Told, Webhooks};
use crate::setting::Setting;
use crate::target::Target;

/// How many endpoints there are, and how much they are sent.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// Endpoints that answer.
    #[arg(long, value_name = "N", default_value_t = 99, value_parser = value_parser!(u32).range(1..=10_000))]
    endpoints: u32,
    /// Conversations of each.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..=10_000))]
    conversations: u32,
    /// Deliveries a second to those that answer, all together.
    #[arg(long, value_name = "R", default_value_t = 1000.0)]
    rate: f64,
    /// Seconds for which they are counted, without the endpoint that never answers and with it.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    duration: f64,
    /// Deliveries that wait before they are let go, to tell what one costs. They have to be said within the time that
    /// the broker gives a call; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    backlog: u32,
    /// How many times as long as without the endpoint that never answers a delivery may take beside it, at the 99th
    /// percentile.
    #[arg(long, value_name = "RATIO", default_value_t = 1.2)]
    most_ratio: f64,
    /// Seconds without a delivery after which the rest is taken for lost.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    patience: u64,
}

impl Load {
    fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }

    fn told(&self) -> Told {
        let Self { endpoints, conversations, rate, duration, backlog, most_ratio, .. } = self;
        let members = json!({
            "endpoints": endpoints, "conversations": conversations, "ratePerSecond": rate,
            "durationSeconds": duration, "backlog": backlog, "mostRatio": most_ratio,
        });
        let parameters = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let title =
            format!("{endpoints} webhooks that take {rate} deliveries/s, beside one that never answers");
        Told { scenario: "webhooks", title, parameters }
    }
}

/// Makes the endpoints and sends to them.
///
/// # Errors
/// When it cannot be done. What the deliveries took is in the report.
pub async fn run(target: &Target, setting: &Setting, load: &Load) -> Result<Report, LoadError> {
    let credentials = target.credentials()?;
    let receiver = Receiver::start().await?;
    let engine = EngineApi::sign_in(&credentials).await?;
    let stage = Stage::build(&credentials, &engine, &receiver, load.endpoints, load.conversations).await?;
    let begun = Instant::now();
    let own = DriverMeter::begin();
    let processes = setting.server_at(broker::address(&credentials)?.socket);
    let mut run = Run { engine, receiver, load, books: Books::new(stage.conversations()), stage };

    let warmup = setting.warmup();
    run.say(Says::ToThoseThatAnswer, warmup).await?;
    run.books.take_latencies();
    let alone = run.say(Says::ToThoseThatAnswer, seconds(load.duration)).await?;
    let beside = run.say(Says::ToAll, seconds(load.duration)).await?;
    let (backlog, server) = match load.backlog {
        0 => (None, None),
        many => {
            let server = run.let_go(many, &processes).await?;
            let per_cpu_second = server.as_ref().and_then(|server| server.deliveries_per_cpu_second);
            let bare = bare::post_in_a_loop(&run.receiver, many).await?;
            let backlog = Backlog {
                deliveries: many,
                deliveries_per_cpu_second: per_cpu_second,
                bare_posts_per_cpu_second: bare,
            };
            (Some(backlog), server)
        }
    };
    let Run { stage, books, .. } = run;
    stage.strike().await?;
    let webhooks = Webhooks::judge(&alone, &beside, load.most_ratio, backlog);
    let counted = Counted { traffic: None, connections: None, server, driver: own.end(begun.elapsed()) };
    Ok(Report::of_webhooks(load.told(), counted, books.faults(), webhooks))
}

/// A run as it goes on.
struct Run<'l> {
    engine: EngineApi,
    receiver: Receiver,
    stage: Stage,
    load: &'l Load,
    books: Books,
}

impl Run<'_> {
    /// Says so much a second for so long, and waits until all of it has come; how long it took to come.
    async fn say(&mut self, says: Says, duration: Duration) -> Result<Latencies, LoadError> {
        let begun = Instant::now();
        let per_second = self.load.rate.max(0.001);
        for number in 0.. {
            let at = begun + Duration::from_secs_f64(f64::from(number) / per_second);
            if at >= begun + duration {
                break;
            }
            // What comes meanwhile is noted when it came, not when it is looked at.
            sleep_until(at.into()).await;
            let (chosen, silent) = self.stage.turn(says, number);
            for conversation in std::iter::once(chosen).chain(silent) {
                let label = self.books.say(conversation, at);
                self.stage.say(&self.engine, conversation, label);
            }
            self.books.hear(&mut self.receiver);
        }
        self.stage.all_said().await?;
        self.hear_the_rest().await;
        Ok(self.books.take_latencies())
    }

    /// Lets many deliveries wait for an answer, then has them all taken; what the server used from then on.
    async fn let_go(&mut self, many: u32, processes: &[u32]) -> Result<Option<ServerUse>, LoadError> {
        self.receiver.becomes(Mood::Holding);
        let at = Instant::now();
        for number in 0..many {
            let (conversation, _) = self.stage.turn(Says::ToThoseThatAnswer, number);
            let label = self.books.say(conversation, at);
            self.stage.say(&self.engine, conversation, label);
        }
        self.stage.all_said().await?;
        let server = ServerMeter::begin(processes);
        let before = self.books.heard();
        self.receiver.becomes(Mood::Answering);
        self.hear_the_rest().await;
        Ok(server.and_then(|server| server.end(self.books.heard() - before)))
    }

    /// Until all that was said has come, or nothing does any more.
    async fn hear_the_rest(&mut self) {
        while !self.books.is_complete() {
            match timeout(self.load.patience(), self.receiver.next()).await {
                Ok(Some(heard)) => self.books.note(heard),
                Ok(None) | Err(_) => return,
            }
        }
    }
}
