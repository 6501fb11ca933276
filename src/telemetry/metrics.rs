//! The metrics: what is counted here, and what other rooms count and lend to the scrape.
//! Labels come from small fixed sets, never from a request: an identifier in a label grows without bound.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::face::Face;

/// The media type of what [`Metrics::render`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds in seconds: from a cached token to a long poll that waits its 15 seconds.
const DURATIONS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 20.0];

/// Classes of status codes, by their first digit less one.
const STATUS_CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

type Labels<const N: usize> = [(&'static str, &'static str); N];

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionKind {
    /// HTTP, until it is upgraded.
    Http,
    /// A plain websocket.
    WebSocket,
    /// The SignalR hub protocol.
    SignalR,
    /// HTTP as well, with a response that is a stream of events.
    EventStream,
}

impl ConnectionKind {
    const ALL: [Self; 4] = [Self::Http, Self::WebSocket, Self::SignalR, Self::EventStream];

    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::WebSocket => "websocket",
            Self::SignalR => "signalr",
            Self::EventStream => "event_stream",
        }
    }
}

/// The process's metrics; clones are the same.
#[derive(Clone)]
pub struct Metrics(Arc<Shared>);

struct Shared {
    /// A lock, for rooms lend their counters once everything else is running; only scrapes contend for it.
    registry: Mutex<Registry>,
    /// By face. The series are made at the start, so that counting is an atomic addition and not a look-up.
    requests: [Requests; Face::ALL.len()],
    connections: [Gauge; ConnectionKind::ALL.len()],
    refused: Counter,
    handshakes_failed: Counter,
}

struct Requests {
    by_status_class: [Counter; STATUS_CLASSES.len()],
    duration: Histogram,
}

impl Metrics {
    /// All of them at zero.
    pub fn new() -> Self {
        let answers = Family::<Labels<2>, Counter>::default();
        let durations = Family::<Labels<1>, Histogram>::new_with_constructor(|| Histogram::new(DURATIONS));
        let connections = Family::<Labels<1>, Gauge>::default();
        let (refused, handshakes_failed) = (Counter::default(), Counter::default());
        let shared = Shared {
            requests: Face::ALL.map(|face| Requests {
                by_status_class: STATUS_CLASSES
                    .map(|class| answers.get_or_create_owned(&[("face", face.name()), ("status", class)])),
                duration: durations.get_or_create_owned(&[("face", face.name())]),
            }),
            connections: ConnectionKind::ALL
                .map(|kind| connections.get_or_create_owned(&[("kind", kind.name())])),
            refused: refused.clone(),
            handshakes_failed: handshakes_failed.clone(),
            registry: Mutex::default(),
        };
        let mut registry = shared.registry.lock();
        registry.register("http_requests", "Requests answered, by API family and class of status", answers);
        let help = "Time from a request's head to its answer's, by API family";
        registry.register_with_unit("request_duration", help, Unit::Seconds, durations);
        registry.register("connections", "Open connections, by what they speak", connections);
        registry.register(
            "connections_refused",
            "Connections turned away because there were too many",
            refused,
        );
        let help = "Connections that ended without a TLS handshake";
        registry.register("tls_handshakes_failed", help, handshakes_failed);
        drop(registry);
        Self(Arc::new(shared))
    }

    /// Counts a request that was answered.
    pub fn answered(&self, face: Face, status: StatusCode, elapsed: Duration) {
        let requests = &self.0.requests[face as usize];
        if let Some(counter) =
            requests.by_status_class.get(usize::from(status.as_u16() / 100).wrapping_sub(1))
        {
            counter.inc();
        }
        requests.duration.observe(elapsed.as_secs_f64());
    }

    /// Counts a connection that was to become secure and did not.
    pub fn handshake_failed(&self) {
        self.0.handshakes_failed.inc();
    }

    /// Counts a connection as open until what is returned is dropped.
    pub fn connected(&self, kind: ConnectionKind) -> Connected {
        let gauge = self.0.connections[kind as usize].clone();
        gauge.inc();
        Connected(gauge)
    }

    /// Counts a connection that was one too many.
    pub fn connection_refused(&self) {
        self.0.refused.inc();
    }

    /// Lends a number that only grows, kept by another room, to every scrape. `name` is without `_total`.
    pub fn lend_counter(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.lend(Lent { name, help, number: Number::Counter(Box::new(read)) });
    }

    /// Lends a number that grows and shrinks, kept by another room, to every scrape.
    pub fn lend_gauge(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> i64 + Send + Sync + 'static,
    ) {
        self.lend(Lent { name, help, number: Number::Gauge(Box::new(read)) });
    }

    /// A histogram of how long something takes, in seconds, with these upper bounds. `name` is without `_seconds`.
    pub fn timer(&self, name: &'static str, help: &'static str, bounds: &[f64]) -> Timer {
        let histogram = Histogram::new(bounds.iter().copied());
        self.0.registry.lock().register_with_unit(name, help, Unit::Seconds, histogram.clone());
        Timer(histogram)
    }

    /// Counters of one name, one for each value of a label. `name` is without `_total`.
    pub fn counts<const N: usize>(
        &self,
        name: &'static str,
        help: &'static str,
        label: &'static str,
        values: [&'static str; N],
    ) -> Counts<N> {
        let family = Family::<Labels<1>, Counter>::default();
        let counters = values.map(|value| family.get_or_create_owned(&[(label, value)]));
        self.0.registry.lock().register(name, help, family);
        Counts(counters)
    }

    fn lend(&self, lent: Lent) {
        self.0.registry.lock().register_collector(Box::new(lent));
    }

    /// Everything in the OpenMetrics text format, see [`CONTENT_TYPE`].
    pub fn render(&self) -> String {
        let mut page = String::new();
        text::encode(&mut page, &self.0.registry.lock()).expect("a string takes all that is written to it");
        page
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Takes times for the metrics page; see [`Metrics::timer`].
#[derive(Clone, Debug)]
pub struct Timer(Histogram);

impl Timer {
    /// Notes that it took so long once.
    pub fn note(&self, elapsed: Duration) {
        self.0.observe(elapsed.as_secs_f64());
    }
}

/// Counts by the values of a label; see [`Metrics::counts`].
#[derive(Clone, Debug)]
pub struct Counts<const N: usize>([Counter; N]);

impl<const N: usize> Counts<N> {
    /// Adds so many to the counter of the value at `place`.
    pub fn add(&self, place: usize, many: u64) {
        if let Some(counter) = self.0.get(place) {
            counter.inc_by(many);
        }
    }
}

/// An open connection; see [`Metrics::connected`].
#[derive(Debug)]
pub struct Connected(Gauge);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A number that another room keeps, read when somebody scrapes.
struct Lent {
    name: &'static str,
    help: &'static str,
    number: Number,
}

enum Number {
    Counter(Box<dyn Fn() -> u64 + Send + Sync>),
    Gauge(Box<dyn Fn() -> i64 + Send + Sync>),
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lent").field(&self.name).finish()
    }
}

impl Collector for Lent {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        match &self.number {
            Number::Counter(read) => {
                let counter = ConstCounter::new(read());
                counter.encode(encoder.encode_descriptor(
                    self.name,
                    self.help,
                    None,
                    counter.metric_type(),
                )?)
            }
            Number::Gauge(read) => {
                let gauge = ConstGauge::new(read());
                gauge.encode(encoder.encode_descriptor(self.name, self.help, None, gauge.metric_type())?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn answers_are_counted_by_face_and_class_and_measured_by_face() {
        let metrics = Metrics::new();
        metrics.answered(Face::Streaming, StatusCode::OK, Duration::from_millis(3));
        metrics.answered(Face::Streaming, StatusCode::CREATED, Duration::from_millis(30));
        metrics.answered(Face::Portal, StatusCode::BAD_GATEWAY, Duration::ZERO);
        let page = metrics.render();
        for line in [
            "http_requests_total{face=\"streaming\",status=\"2xx\"} 2",
            "http_requests_total{face=\"portal\",status=\"5xx\"} 1",
            "http_requests_total{face=\"engine\",status=\"2xx\"} 0",
            "request_duration_seconds_count{face=\"streaming\"} 2",
            "request_duration_seconds_bucket{le=\"0.005\",face=\"streaming\"} 1",
            "# EOF",
        ] {
            assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
        }
    }

    #[test]
    fn connections_are_counted_while_they_are_open() {
        let metrics = Metrics::new();
        let first = metrics.connected(ConnectionKind::WebSocket);
        let _second = metrics.connected(ConnectionKind::WebSocket);
        drop(first);
        assert!(metrics.render().contains("connections{kind=\"websocket\"} 1\n"));
    }

    #[test]
    fn a_timer_tells_how_often_something_took_how_long() {
        let metrics = Metrics::new();
        let timer = metrics.timer("look_up", "Looking up", &[0.001, 0.1]);
        timer.note(Duration::from_millis(2));
        timer.note(Duration::from_micros(2));
        let page = metrics.render();
        for line in ["look_up_seconds_count 2", "look_up_seconds_bucket{le=\"0.001\"} 1"] {
            assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
        }
    }

    #[test]
    fn counts_stand_by_the_values_of_their_label() {
        let metrics = Metrics::new();
        let counts = metrics.counts("mails", "Mails", "outcome", ["sent", "failed"]);
        counts.add(1, 3);
        let page = metrics.render();
        for line in ["mails_total{outcome=\"sent\"} 0", "mails_total{outcome=\"failed\"} 3"] {
            assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
        }
    }

    #[test]
    fn lent_numbers_are_read_at_every_scrape() {
        let (metrics, published) = (Metrics::new(), Arc::new(AtomicU64::new(1)));
        let lent = Arc::clone(&published);
        metrics.lend_counter("events_published", "Events published", move || lent.load(Ordering::Relaxed));
        metrics.lend_gauge("topics", "Topics followed", || -3);
        assert!(metrics.render().contains("\nevents_published_total 1\n"), "{}", metrics.render());
        published.store(5, Ordering::Relaxed);
        let page = metrics.render();
        assert!(page.contains("\nevents_published_total 5\n") && page.contains("\ntopics -3\n"), "{page}");
    }
}
