//! Deliveries, endpoints and receivers for tests: no sockets, and time that only moves when everybody waits.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::{
    Call, GivenUp, HearSettled, Outcome, Post, Signing, Standing, Target, Targets, TellOperators, Unsent,
};
use crate::domain::clock::{Clock, Millis};
use crate::domain::delivery::{Delivery, DeliveryForm, DeliveryNo, DeliveryStatus, Endpoint, Progress};
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
        event_id: None,
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
    /// What it was answered; none when it was cut off before.
    pub(super) answered: Option<u16>,
}

/// Answers calls as it was told, and with 200 where it was told nothing.
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

    /// All calls so far.
    pub(super) fn received(&self) -> Vec<Received> {
        self.state.lock().received.clone()
    }

    /// The calls of one endpoint: when each was made, in seconds, and its body.
    pub(super) fn calls_of(&self, endpoint: &Endpoint) -> Vec<(f64, String)> {
        let received = self.received().into_iter().filter(|call| call.endpoint == *endpoint);
        received.map(|call| (call.at.0 as f64 / 1000.0, call.body)).collect()
    }

    /// The most calls that one endpoint, and that all together had at the same time.
    pub(super) fn most(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.most.values().copied().max().unwrap_or(0), state.most_of_all)
    }
}

impl ReceiverState {
    fn begin(&mut self, at: Millis, call: &Call) -> (Outcome, Duration, usize) {
        let line = (call.endpoint.clone(), call.conversation);
        assert!(self.lines.insert(line), "one call of a line at a time");
        let count = self.under_way.entry(call.endpoint.clone()).or_default();
        *count += 1;
        let most = self.most.entry(call.endpoint.clone()).or_default();
        *most = (*most).max(*count);
        self.most_of_all = self.most_of_all.max(self.lines.len());
        self.received.push(Received {
            at,
            endpoint: call.endpoint.clone(),
            conversation: call.conversation,
            first: call.first,
            count: call.count,
            body: String::from_utf8(call.body.to_vec()).unwrap(),
            answered: None,
        });
        let next = self.answers.get_mut(&call.endpoint).and_then(VecDeque::pop_front);
        let outcome = next.or_else(|| self.always.get(&call.endpoint).cloned());
        (outcome.unwrap_or_else(|| status(200)), self.takes, self.received.len() - 1)
    }
}

/// A call that has begun; it is over when this is dropped, answered or cut off.
struct UnderWay<'a> {
    receiver: &'a Receiver,
    line: (Endpoint, ConversationId),
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut state = self.receiver.state.lock();
        state.lines.remove(&self.line);
        state.under_way.entry(self.line.0.clone()).and_modify(|count| *count -= 1);
    }
}

/// An answer of this status.
pub(super) fn status(status: u16) -> Outcome {
    Outcome { status: Some(status), ..Outcome::default() }
}

#[async_trait]
impl Post for Receiver {
    async fn post(&self, call: Call) -> Outcome {
        let (outcome, takes, index) = self.state.lock().begin(self.clock.now(), &call);
        let _under_way = UnderWay { receiver: self, line: (call.endpoint.clone(), call.conversation) };
        if takes > Duration::ZERO {
            sleep(takes).await;
        }
        self.state.lock().received[index].answered = outcome.status;
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
pub(super) struct Told {
    all: Mutex<Vec<GivenUp>>,
    /// Nobody is told while a test holds this.
    pub(super) ear: tokio::sync::Mutex<()>,
    breaks: Mutex<usize>,
    unsent: Mutex<Vec<Unsent>>,
}

impl Told {
    /// Why deliveries were given up without a call, once for each.
    pub(super) fn unsent(&self) -> Vec<Unsent> {
        self.unsent.lock().clone()
    }

    /// So many times it breaks down over what it is to keep.
    pub(super) fn break_down(&self, times: usize) {
        *self.breaks.lock() = times;
    }

    pub(super) fn all(&self) -> Vec<GivenUp> {
        self.all.lock().clone()
    }
}

#[async_trait]
impl TellOperators for Told {
    fn kept(&self, _: &GivenUp) -> Vec<Write> {
        let mut breaks = self.breaks.lock();
        if *breaks > 0 {
            *breaks -= 1;
            drop(breaks);
            panic!("broken for a test");
        }
        Vec::new()
    }

    async fn tell(&self, given_up: GivenUp) {
        let _heard = self.ear.lock().await;
        self.all.lock().push(given_up);
    }

    fn count_unsent(&self, why: Unsent, deliveries: usize) {
        self.unsent.lock().extend(std::iter::repeat_n(why, deliveries));
    }
}

/// Hears nothing of single deliveries.
pub(super) struct Deaf;

impl HearSettled for Deaf {
    fn taken(&self, _: &Delivery) {}

    fn settled(&self, _: &Delivery, _: DeliveryStatus) {}
}
