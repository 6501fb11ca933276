//! Calls of webhooks as they are counted: how they end, how long they take, and how many webhooks do not take what
//! they are sent. It must not know how a call is made.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::pauses::Webhook;
use crate::outlets::webhooks::{Call, Outcome, Post, Standing, Targets};
use crate::telemetry::{Counts, Metrics, Timer};

/// Upper bounds in seconds: from a receiver next door to one that uses its whole time.
const DURATIONS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// How calls end: by class of status, without an answer, or with the wish to be left alone.
const OUTCOMES: [&str; 6] = ["2xx", "3xx", "4xx", "5xx", "410", "none"];

/// Makes calls and counts them.
pub struct Measured {
    post: Arc<dyn Post>,
    calls: Counts<{ OUTCOMES.len() }>,
    time: Timer,
    failing: Arc<Failing>,
}

/// The webhooks whose last call failed. A plain lock: it is held for one look at most, never across an await.
#[derive(Default)]
struct Failing(Mutex<HashSet<Webhook>>);

impl Failing {
    /// How many of them are called at all. Those that are gone are forgotten.
    fn count(&self, targets: &dyn Targets) -> usize {
        let mut failing = self.0.lock();
        failing.retain(|(tenant, endpoint)| targets.find(*tenant, endpoint) != Standing::Gone);
        let is_called =
            |(tenant, endpoint): &&Webhook| matches!(targets.find(*tenant, endpoint), Standing::Ready(_));
        failing.iter().filter(is_called).count()
    }
}

impl Measured {
    /// Counts on the metrics page what `post` does; `targets` know which webhooks there are.
    pub fn new(post: Arc<dyn Post>, targets: Arc<dyn Targets>, metrics: &Metrics) -> Self {
        let failing = Arc::new(Failing::default());
        let lent = failing.clone();
        metrics.lend_gauge("webhooks_failing", "Webhooks whose last call failed", move || {
            i64::try_from(lent.count(&*targets)).unwrap_or(i64::MAX)
        });
        Self {
            post,
            calls: metrics.counts("webhook_calls", "Calls of webhooks by how they end", "outcome", OUTCOMES),
            time: metrics.timer("webhook_call_duration", "How long calls of webhooks take", &DURATIONS),
            failing,
        }
    }
}

#[async_trait]
impl Post for Measured {
    async fn post(&self, call: Call) -> Outcome {
        let webhook = (call.tenant, call.endpoint.clone());
        let outcome = self.post.post(call).await;
        self.calls.add(place(&outcome), 1);
        self.time.note(outcome.duration);
        let mut failing = self.failing.0.lock();
        if outcome.is_taken() {
            failing.remove(&webhook);
        } else {
            failing.insert(webhook);
        }
        drop(failing);
        outcome
    }
}

/// Where the outcome stands among [`OUTCOMES`].
fn place(outcome: &Outcome) -> usize {
    match outcome.status {
        Some(410) => 4,
        Some(status @ 200..600) => usize::from(status / 100 - 2),
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::domain::clock::Millis;
    use crate::domain::delivery::Endpoint;
    use crate::domain::ids::{ConversationId, DeliveryId, HubId, IntegrationId, TenantId};
    use crate::domain::integration::SigningKeyPair;
    use crate::outlets::webhooks::{Signing, Target};

    /// Answers with one status after the other.
    struct Answers(Mutex<Vec<Option<u16>>>);

    #[async_trait]
    impl Post for Answers {
        async fn post(&self, _: Call) -> Outcome {
            let status = self.0.lock().pop().expect("no more calls than answers");
            Outcome { status, duration: Duration::from_millis(2), ..Outcome::default() }
        }
    }

    /// One webhook, however it stands.
    struct One(Mutex<Standing>);

    impl Targets for One {
        fn find(&self, _: TenantId, _: &Endpoint) -> Standing {
            self.0.lock().clone()
        }

        fn changes(&self) -> tokio::sync::watch::Receiver<()> {
            tokio::sync::watch::channel(()).1
        }
    }

    fn target() -> Target {
        let present = SigningKeyPair { public: "p".to_owned(), private: "s".to_owned() };
        let signing = Signing::Keys { present, former: Vec::new() };
        Target { url: "https://a.example".to_owned(), signing: Arc::new(signing), changed: Millis(0) }
    }

    fn call() -> Call {
        Call {
            target: target(),
            tenant: TenantId::new(),
            endpoint: Endpoint::Integration(IntegrationId::new()),
            hub: HubId::new(),
            conversation: ConversationId::new(),
            first: DeliveryId::new(),
            count: 1,
            at: Millis(0),
            body: Bytes::from_static(b"{}"),
        }
    }

    #[tokio::test]
    async fn calls_are_counted_by_how_they_end_and_those_that_fail_by_webhook() {
        let metrics = Metrics::new();
        let answers = vec![Some(204), Some(410), None, Some(503), Some(302), Some(200)];
        let targets = Arc::new(One(Mutex::new(Standing::Ready(target()))));
        let measured = Measured::new(Arc::new(Answers(Mutex::new(answers))), targets.clone(), &metrics);
        let told = |line: &str| metrics.render().lines().any(|found| found == line);
        let call = call();
        measured.post(call.clone()).await;
        assert!(told("webhook_calls_total{outcome=\"2xx\"} 1") && told("webhooks_failing 0"));
        for outcome in ["3xx", "5xx", "none", "410"] {
            measured.post(call.clone()).await;
            assert!(told(&format!("webhook_calls_total{{outcome=\"{outcome}\"}} 1")), "{outcome}");
            assert!(told("webhooks_failing 1"), "one webhook, however often it fails");
        }
        *targets.0.lock() = Standing::Paused;
        assert!(told("webhooks_failing 0"), "nobody calls it");
        *targets.0.lock() = Standing::Ready(target());
        measured.post(call).await;
        assert!(told("webhooks_failing 0") && told("webhook_call_duration_seconds_count 6"));
    }

    #[tokio::test]
    async fn a_webhook_that_is_gone_does_not_fail_any_more() {
        let metrics = Metrics::new();
        let targets = Arc::new(One(Mutex::new(Standing::Gone)));
        let measured = Measured::new(Arc::new(Answers(Mutex::new(vec![None]))), targets, &metrics);
        measured.post(call()).await;
        assert!(metrics.render().contains("\nwebhooks_failing 0\n"));
        assert!(measured.failing.0.lock().is_empty());
    }
}
