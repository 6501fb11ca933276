//! The rules of repetition, over a store that keeps answers and nothing else.

use async_trait::async_trait;
use futures_util::FutureExt;
use proptest::prelude::*;

use super::*;
use crate::domain::conversation::Conversation;
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind};
use crate::domain::delivery::{DeliveryNo, Endpoint};
use crate::domain::faq::FaqNode;
use crate::domain::ids::{ConversationId, DeliveryId, FaqEditionId, FaqUploadId, IntegrationId};
use crate::domain::order::{EventId, Position};
use crate::store::{
    ActivityRecord, AuditPage, AuditQuery, Configuration, ConversationRecord, CustomerFound, CustomerQuery,
    DeliveryHead, DeliveryPage, DeliveryQuery, DeliveryRecord, DeliveryStore, EventRecord, FaqEditionRecord,
    FaqRetention, FaqUploadRecord, HeldRecord, HistoryQuery, Identity, LatestQuery, LeftAlone,
    NotificationPage, NotificationQuery, NotificationStore, Page, PendingQuery, PendingTotal, Place, Pruned,
    Replay, ReplayScope, Retention, SessionRecord, StoppedEndpoint, TenantOrder, ToldFate, ToldQuery,
};

const NOW: Millis = Millis(1_000_000);
const LONG_AGO: Millis = Millis(0);

/// Keeps answers; everything else is refused.
#[derive(Default)]
struct Answers {
    kept: Mutex<Vec<IdempotencyRecord>>,
    fails: bool,
}

fn unexpected<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("answers are all that this store keeps".to_owned()))
}

#[async_trait]
impl NotificationStore for Answers {
    async fn notifications(&self, _: NotificationQuery) -> Result<NotificationPage, StoreError> {
        unexpected()
    }
}

#[async_trait]
impl DeliveryStore for Answers {
    async fn newest_delivery(&self) -> Result<DeliveryNo, StoreError> {
        unexpected()
    }

    async fn pending_endpoints(&self) -> Result<Vec<(TenantId, Endpoint)>, StoreError> {
        unexpected()
    }

    async fn pending_total(&self) -> Result<PendingTotal, StoreError> {
        unexpected()
    }

    async fn pending_deliveries(&self, _: PendingQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        unexpected()
    }

    async fn deliveries(&self, _: DeliveryQuery) -> Result<DeliveryPage, StoreError> {
        unexpected()
    }

    async fn delivery_heads(&self, _: DeliveryQuery) -> Result<Vec<DeliveryHead>, StoreError> {
        unexpected()
    }

    async fn delivery(&self, _: TenantId, _: DeliveryId) -> Result<Option<DeliveryHead>, StoreError> {
        unexpected()
    }

    async fn told(&self, _: ToldQuery) -> Result<Vec<ToldFate>, StoreError> {
        unexpected()
    }

    async fn endpoints_left_alone(&self) -> Result<Vec<LeftAlone>, StoreError> {
        unexpected()
    }

    async fn stopped_endpoints(&self) -> Result<Vec<StoppedEndpoint>, StoreError> {
        unexpected()
    }
}

#[async_trait]
impl Store for Answers {
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        for write in writes {
            let Write::PutIdempotentAnswer(record) = write else { return unexpected() };
            self.kept.lock().push(record);
        }
        Ok(())
    }

    async fn idempotent_answer(
        &self,
        tenant: TenantId,
        client: &str,
        key: &str,
        not_before: Millis,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        if self.fails {
            return unexpected();
        }
        let is_it = |kept: &&IdempotencyRecord| {
            (kept.tenant, kept.client.as_str(), kept.key.as_str()) == (tenant, client, key)
                && kept.created >= not_before
        };
        Ok(self.kept.lock().iter().rev().find(is_it).cloned())
    }

    fn identity(&self) -> Identity {
        Identity(1)
    }

    async fn configuration(&self) -> Result<Configuration, StoreError> {
        unexpected()
    }

    async fn open_conversations(&self) -> Result<Vec<ConversationRecord>, StoreError> {
        unexpected()
    }

    async fn conversation(&self, _: TenantId, _: ConversationId) -> Result<Option<Conversation>, StoreError> {
        unexpected()
    }

    async fn conversation_of(&self, _: CustomerQuery) -> Result<CustomerFound, StoreError> {
        unexpected()
    }

    async fn history(&self, _: HistoryQuery) -> Result<Vec<ActivityRecord>, StoreError> {
        unexpected()
    }

    async fn latest(&self, _: LatestQuery) -> Result<Vec<ActivityRecord>, StoreError> {
        unexpected()
    }

    async fn replay(&self, _: TenantId, _: ReplayScope, _: Position, _: Page) -> Result<Replay, StoreError> {
        unexpected()
    }

    async fn position_at(&self, _: TenantId, _: ConversationId, _: i64) -> Result<Place, StoreError> {
        unexpected()
    }

    async fn pruned(&self, _: TenantId) -> Result<Pruned, StoreError> {
        unexpected()
    }

    async fn orders(&self) -> Result<Vec<TenantOrder>, StoreError> {
        unexpected()
    }

    async fn sessions(&self) -> Result<Vec<SessionRecord>, StoreError> {
        unexpected()
    }

    async fn events(&self, _: TenantId, _: EventId, _: Page) -> Result<Vec<EventRecord>, StoreError> {
        unexpected()
    }

    async fn held(&self) -> Result<Vec<HeldRecord>, StoreError> {
        unexpected()
    }

    async fn audit(&self, _: AuditQuery) -> Result<AuditPage, StoreError> {
        unexpected()
    }

    async fn faq_edition(
        &self,
        _: TenantId,
        _: IntegrationId,
    ) -> Result<Option<FaqEditionRecord>, StoreError> {
        unexpected()
    }

    async fn faq_nodes(&self, _: FaqEditionId, _: usize, _: Page) -> Result<Vec<FaqNode>, StoreError> {
        unexpected()
    }

    async fn faq_upload(&self, _: TenantId, _: FaqUploadId) -> Result<Option<FaqUploadRecord>, StoreError> {
        unexpected()
    }

    async fn forget_faq(&self, _: FaqRetention) -> Result<(), StoreError> {
        unexpected()
    }

    async fn customer(&self, _: TenantId, _: IntegrationId, _: &str) -> Result<Option<Customer>, StoreError> {
        unexpected()
    }

    async fn push(&self, _: TenantId, _: PushKind, _: &str, _: &str) -> Result<Option<Push>, StoreError> {
        unexpected()
    }

    async fn pushes_of(
        &self,
        _: TenantId,
        _: &[CustomerKey],
        _: PushKind,
        _: usize,
    ) -> Result<Vec<Push>, StoreError> {
        unexpected()
    }

    async fn customer_count(&self, _: TenantId) -> Result<usize, StoreError> {
        unexpected()
    }

    async fn push_count(&self, _: TenantId, _: PushKind) -> Result<usize, StoreError> {
        unexpected()
    }

    async fn told_of(&self) -> Result<Vec<TenantId>, StoreError> {
        unexpected()
    }

    async fn prune(&self, _: Retention) -> Result<(), StoreError> {
        unexpected()
    }

    async fn changed_elsewhere(&self) -> Result<bool, StoreError> {
        unexpected()
    }

    async fn close(&self) -> Result<(), StoreError> {
        unexpected()
    }
}

struct Bench {
    store: Answers,
    turns: Turns,
    tenant: TenantId,
}

impl Bench {
    fn new() -> Self {
        Self { store: Answers::default(), turns: Turns::default(), tenant: TenantId::new() }
    }

    fn request(&self, key: &str, body: &str) -> RepeatableRequest {
        self.request_of("desk", key, body)
    }

    fn request_of(&self, client: &str, key: &str, body: &str) -> RepeatableRequest {
        let key = IdempotencyKey::read(key.as_bytes()).unwrap();
        RepeatableRequest::new(self.tenant, ClientId::from(client), key, body.as_bytes())
    }

    async fn begin(&self, request: RepeatableRequest) -> Result<Begun, BeginError> {
        self.turns.begin(&self.store, request, LONG_AGO).await
    }

    #[track_caller]
    fn first(begun: Option<Result<Begun, BeginError>>) -> FirstTurn {
        match begun {
            Some(Ok(Begun::First(turn))) => turn,
            Some(Ok(Begun::Repeated(answer))) => panic!("answered before: {answer}"),
            Some(Err(error)) => panic!("{error}"),
            None => panic!("it waits"),
        }
    }

    /// Does the work of a first request.
    async fn answer(&self, turn: FirstTurn, answer: &str) {
        let answered = turn.answered(answer.to_owned());
        self.store.commit(vec![answered.write(NOW)]).await.unwrap();
    }

    fn under_way(&self) -> usize {
        self.turns.0.lock().len()
    }
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_the_first_time() {
    let bench = Bench::new();
    let first = Bench::first(Some(bench.begin(bench.request("k", "body")).await));
    bench.answer(first, "done").await;
    let Ok(Begun::Repeated(answer)) = bench.begin(bench.request("k", "body")).await else {
        panic!("done twice")
    };
    assert_eq!(answer, "done");
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let bench = Bench::new();
    let first = Bench::first(Some(bench.begin(bench.request("k", "body")).await));
    bench.answer(first, "done").await;
    let other = bench.begin(bench.request("k", "another")).await;
    assert!(matches!(other, Err(BeginError::OtherRequest)));
}

#[tokio::test]
async fn clients_and_keys_do_not_meet() {
    let bench = Bench::new();
    let first = Bench::first(Some(bench.begin(bench.request_of("desk", "k", "body")).await));
    bench.answer(first, "done").await;
    Bench::first(bench.begin(bench.request_of("bot", "k", "body")).now_or_never());
    Bench::first(bench.begin(bench.request_of("desk", "K", "body")).now_or_never());
}

#[tokio::test]
async fn an_answer_that_is_too_old_is_forgotten() {
    let bench = Bench::new();
    let first = Bench::first(Some(bench.begin(bench.request("k", "body")).await));
    bench.answer(first, "done").await;
    let later =
        bench.turns.begin(&bench.store, bench.request("k", "another"), NOW.plus(Duration::from_millis(1)));
    Bench::first(Some(later.await));
}

#[tokio::test]
async fn a_request_repeated_while_the_first_is_under_way_waits_for_its_answer() {
    let bench = Bench::new();
    let first = Bench::first(Some(bench.begin(bench.request("k", "body")).await));
    let mut second = Box::pin(bench.begin(bench.request("k", "body")));
    assert!((&mut second).now_or_never().is_none());
    bench.answer(first, "done").await;
    assert!(matches!(second.await, Ok(Begun::Repeated(answer)) if answer == "done"));
}

#[tokio::test]
async fn when_the_first_fails_the_next_in_line_does_the_work() {
    let bench = Bench::new();
    let first = Bench::first(Some(bench.begin(bench.request("k", "body")).await));
    let mut second = Box::pin(bench.begin(bench.request("k", "body")));
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    Bench::first(Some(second.await));
}

#[tokio::test]
async fn nothing_stays_of_requests_that_are_over_given_up_or_failed() {
    let mut bench = Bench::new();
    let first = Bench::first(Some(bench.begin(bench.request("k", "body")).await));
    let mut given_up = Box::pin(bench.begin(bench.request("k", "body")));
    assert!((&mut given_up).now_or_never().is_none());
    drop(given_up);
    assert_eq!(bench.under_way(), 1);
    drop(first);
    assert_eq!(bench.under_way(), 0);
    bench.store.fails = true;
    assert!(matches!(bench.begin(bench.request("k", "body")).await, Err(BeginError::Store(_))));
    assert_eq!(bench.under_way(), 0);
}

#[test]
fn a_key_has_1_to_255_visible_characters() {
    assert!(IdempotencyKey::read("k".repeat(255).as_bytes()).is_some());
    for bad in ["", " ", "a b", "tab\t", "ü", &"k".repeat(256)] {
        assert_eq!(IdempotencyKey::read(bad.as_bytes()), None, "{bad:?}");
    }
    assert_eq!(IdempotencyKey::read(b"\xff"), None);
}

proptest! {
    #[test]
    fn a_key_that_is_read_is_kept_as_it_was_sent(header in "[!-~]{1,255}") {
        prop_assert_eq!(IdempotencyKey::read(header.as_bytes()), Some(IdempotencyKey(header)));
    }
}
