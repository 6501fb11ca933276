//! The sender over a store in memory, receivers that answer as they are told, and a clock that only moves when
//! everybody waits.

mod model;
mod stories;

use std::num::NonZeroUsize;

use super::super::doubles::{Deaf, Places, Receiver, RuntimeClock, Told, delivery, record};
use super::super::retries::Retries;
use super::super::{Deliveries, Outcome};
use super::*;
use crate::domain::delivery::{DeliveryForm, Endpoint};
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::pipeline::TakeOutgoing;
use crate::pipeline::testing::{Bench as Engine, FaultyStore};
use crate::store::{DeliveryHead, DeliveryQuery, DeliveryStore, Page, PendingQuery, Write};

/// A sender at work, with what its tests need at hand.
struct Bench {
    store: Arc<FaultyStore>,
    intake: Arc<Intake>,
    places: Arc<Places>,
    receiver: Arc<Receiver>,
    told: Arc<Told>,
    backlog: Arc<Backlog>,
    clock: Arc<RuntimeClock>,
    settings: WebhookSettings,
    tenant: TenantId,
    kept: u64,
    sender: Option<Sender>,
}

/// As documented; two calls an endpoint, three a tenant, and little in memory.
fn settings() -> WebhookSettings {
    WebhookSettings {
        retries: Retries {
            delays: [0, 120, 240, 360, 480, 600].map(Duration::from_secs).to_vec(),
            jitter_percent: 0,
            longest_retry_after: Duration::from_secs(3600),
        },
        calls_per_endpoint: NonZeroUsize::new(2).unwrap(),
        calls_per_tenant: NonZeroUsize::new(3).unwrap(),
        held: Page { rows: 3, bytes: 1 << 30 },
        held_of_all: Page { rows: 5, bytes: 1 << 30 },
        batch: Page { rows: 3, bytes: 1 << 30 },
        reads_at_once: NonZeroUsize::new(2).unwrap(),
        remembered_attempts: NonZeroUsize::new(100).unwrap(),
        longest_read_rest: Duration::from_secs(60),
        count_every: Duration::from_secs(15),
    }
}

impl Bench {
    async fn new(settings: WebhookSettings) -> Self {
        let engine = Engine::new().await;
        let clock = Arc::new(RuntimeClock::new());
        let mut bench = Self {
            store: engine.store.clone(),
            intake: Arc::new(Intake::new(4)),
            places: Arc::new(Places::new()),
            receiver: Arc::new(Receiver::new(clock.clone())),
            told: Arc::default(),
            backlog: Arc::default(),
            clock,
            settings,
            tenant: engine.tenant,
            kept: 0,
            sender: None,
        };
        bench.start().await;
        bench
    }

    /// A sender goes on with what the store holds, as after a crash of the one before.
    async fn start(&mut self) {
        self.sender = None;
        self.intake = Arc::new(Intake::new(4));
        let parts = SenderParts {
            intake: self.intake.clone(),
            store: self.store.clone(),
            targets: self.places.clone(),
            post: self.receiver.clone(),
            operators: self.told.clone(),
            settled: Arc::new(Deaf),
            clock: self.clock.clone(),
            backlog: self.backlog.clone(),
            settings: self.settings.clone(),
        };
        self.sender = Some(Sender::start(parts).await.unwrap());
    }

    fn deliveries(&self) -> Deliveries {
        Deliveries::new(self.store.clone(), self.intake.clone())
    }

    /// Keeps a delivery and hands it over; its item is its number.
    async fn keep(&mut self, endpoint: &Endpoint, talk: ConversationId, form: DeliveryForm) -> DeliveryId {
        self.kept += 1;
        let mut record = record(self.kept, delivery(self.tenant, endpoint, talk));
        record.delivery.form = form;
        record.delivery.item = self.kept.to_string().into();
        record.created = self.clock.now();
        self.store.commit(vec![Write::PutDelivery(record.clone())]).await.unwrap();
        self.intake.take(vec![Outgoing::Kept(record.clone())]);
        record.delivery.id
    }

    async fn keep_direct(&mut self, endpoint: &Endpoint, talk: ConversationId) -> DeliveryId {
        self.keep(endpoint, talk, DeliveryForm::Direct).await
    }

    /// Waits until nothing is to be sent any more, for a day at most.
    async fn until_all_is_sent(&self) {
        for _ in 0..24 * 3600 {
            if self.store.pending_endpoints().await.unwrap().is_empty() {
                return;
            }
            sleep(Duration::from_secs(1)).await;
        }
        panic!("something is still to be sent after a day: {:#?}", self.receiver.received());
    }

    /// All deliveries to an endpoint, the oldest first.
    async fn all(&self, endpoint: &Endpoint) -> Vec<DeliveryHead> {
        let query = DeliveryQuery::all(self.tenant, endpoint.clone());
        let mut all = self.store.deliveries(query).await.unwrap().deliveries;
        all.reverse();
        all
    }
}

fn endpoint() -> Endpoint {
    Endpoint::Integration(IntegrationId::new())
}

fn failed() -> Outcome {
    Outcome { error: Some("nobody is there".to_owned()), ..Outcome::default() }
}
