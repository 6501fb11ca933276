//! Deliveries, endpoints and receivers for tests: no sockets, and time that only moves when everybody waits.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::{Call, GivenUp, Outcome, Post, Signing, Standing, Target, Targets, TellOperators};
use crate::domain::clock::{Clock, Millis};
use crate::domain::delivery::{Delivery, DeliveryForm, DeliveryNo, Endpoint, Progress};
use crate::domain::ids::{ConversationId, DeliveryId, HubId, TenantId};
use crate::domain::integration::SigningKeyPair;
use crate::store::{DeliveryRecord, Write};

/// A delivery with a body of its own.
pub(super) fn delivery(tenant: TenantId, endpoint: &Endpoint, conversation: ConversationId) -> Delivery {
    Delivery {
        id: DeliveryId::new(),
        tenant,
        endpoint: endpoint.clone(),
        conversation,
        hub: HubId::new(),
        form: DeliveryForm::Direct,
        envelope: r#"{"a":1"#.into(),
        item: "{}".into(),
    }
}

/// A delivery that was kept at the beginning of time.
pub(super) fn record(number: u64, delivery: Delivery) -> DeliveryRecord {
    let number = DeliveryNo(number);
    DeliveryRecord { number, delivery, created: Millis(0), progress: Progress::default() }
}

/// A clock that goes with the runtime's, which tests pause.
pub(super) struct RuntimeClock(Instant);

impl RuntimeClock {
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Millis {
        Millis(0).plus(self.0.elapsed())
    }
}

/// A call as a receiver saw it.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) at: Millis,
    pub(super) endpoint: Endpoint,
    pub(super) conversation: ConversationId,
    pub(super) first: DeliveryId,
    pub(super) count: usize,
    pub(super) body: String,
}

/// Answers calls as it was told, and taken ones with 200.
pub(super) struct Receiver {
    clock: Arc<dyn Clock>,
    state: Mutex<ReceiverState>,
}

#[derive(Default)]
struct ReceiverState {
    answers: HashMap<Endpoint, VecDeque<Outcome>>,
    always: HashMap<Endpoint, Outcome>,
    takes: Duration,
    received: Vec<Received>,
    lines: HashSet<(Endpoint, ConversationId)>,
    under_way: HashMap<Endpoint, usize>,
    most: HashMap<Endpoint, usize>,
    all_under_way: usize,
    most_of_all: usize,
}

impl Receiver {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// How long a call takes from now on.
    pub(super) fn take(&self, time: Duration) {
        self.state.lock().takes = time;
    }

    /// What the next calls of an endpoint come to.
    pub(super) fn answer(&self, endpoint: &Endpoint, outcomes: impl IntoIterator<Item = Outcome>) {
        self.state.lock().answers.entry(endpoint.clone()).or_default().extend(outcomes);
    }

    /// What all other calls of an endpoint come to from now on.
    pub(super) fn always_answer(&self, endpoint: &Endpoint, outcome: Outcome) {
        self.state.lock().always.insert(endpoint.clone(), outcome);
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.state.lock().received.clone()
    }

    /// The most calls that an endpoint had at the same time.
    pub(super) fn most(&self, endpoint: &Endpoint) -> usize {
        self.state.lock().most.get(endpoint).copied().unwrap_or(0)
    }

    /// The most calls that there were at the same time.
    pub(super) fn most_of_all(&self) -> usize {
        self.state.lock().most_of_all
    }
}

/// An answer of this status.
pub(super) fn status(status: u16) -> Outcome {
    Outcome { status: Some(status), ..Outcome::default() }
}

#[async_trait]
impl Post for Receiver {
    async fn post(&self, call: Call) -> Outcome {
        let line = (call.endpoint.clone(), call.conversation);
        let (outcome, takes) = {
            let state = &mut *self.state.lock();
            assert!(state.lines.insert(line.clone()), "one call of a line at a time");
            let count = state.under_way.entry(call.endpoint.clone()).or_default();
            *count += 1;
            let most = state.most.entry(call.endpoint.clone()).or_default();
            *most = (*most).max(*count);
            state.all_under_way += 1;
            state.most_of_all = state.most_of_all.max(state.all_under_way);
            state.received.push(Received {
                at: self.clock.now(),
                endpoint: call.endpoint.clone(),
                conversation: call.conversation,
                first: call.first,
                count: call.count,
                body: String::from_utf8(call.body.to_vec()).unwrap(),
            });
            let next = state.answers.get_mut(&call.endpoint).and_then(VecDeque::pop_front);
            let always = || state.always.get(&call.endpoint).cloned();
            (next.or_else(always).unwrap_or_else(|| status(200)), state.takes)
        };
        if takes > Duration::ZERO {
            sleep(takes).await;
        }
        let state = &mut *self.state.lock();
        state.lines.remove(&line);
        state.under_way.entry(call.endpoint).and_modify(|count| *count -= 1);
        state.all_under_way -= 1;
        Outcome { duration: takes, ..outcome }
    }
}

/// Endpoints that stand as they were told, and are ready otherwise.
pub(super) struct Places {
    standings: Mutex<HashMap<Endpoint, Standing>>,
    changes: watch::Sender<()>,
}

impl Places {
    pub(super) fn new() -> Self {
        Self { standings: Mutex::default(), changes: watch::Sender::new(()) }
    }

    pub(super) fn put(&self, endpoint: &Endpoint, standing: Standing) {
        self.standings.lock().insert(endpoint.clone(), standing);
        self.changes.send_replace(());
    }
}

/// Ready, as it was set to at a moment.
pub(super) fn ready(changed: Millis) -> Standing {
    let present = SigningKeyPair { public: "public".to_owned(), private: "private".to_owned() };
    let signing = Arc::new(Signing::Keys { present, former: Vec::new() });
    Standing::Ready(Target { url: "https://receiver.example".to_owned(), signing, changed })
}

impl Targets for Places {
    fn find(&self, _: TenantId, endpoint: &Endpoint) -> Standing {
        self.standings.lock().get(endpoint).cloned().unwrap_or_else(|| ready(Millis(0)))
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

/// Collects what operators are told.
#[derive(Default)]
pub(super) struct Told(Mutex<Vec<GivenUp>>);

impl Told {
    pub(super) fn all(&self) -> Vec<GivenUp> {
        self.0.lock().clone()
    }
}

#[async_trait]
impl TellOperators for Told {
    fn kept(&self, _: &GivenUp) -> Vec<Write> {
        Vec::new()
    }

    async fn tell(&self, given_up: GivenUp) {
        self.0.lock().push(given_up);
    }
}
