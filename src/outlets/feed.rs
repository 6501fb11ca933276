//! The race between what a reader missed and what is live: both as one stream, without gap or double.
//!
//! The outbox is attached before the store is read. What was published after that waits in the outbox; what was
//! committed before it is in the store; what is in both is told apart by its position.

use std::sync::Arc;

use crate::broker::{
    Attachment, Outbox, Overrun, Publication, QueueLimits, Side, Stamp, Stats, Topic, WireFormat,
};
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::domain::order::Position;
use crate::pipeline::{Engine, EngineError, Missed, Since};
use crate::store::ReplayScope;

use super::dialect::Opening;

/// What a reader listens to.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// What is addressed to an integration, and its echoes.
    Integration(IntegrationId),
    /// Everything of a conversation that a side may see.
    Conversation(ConversationId, Side),
}

impl Scope {
    fn topic(self) -> Topic {
        match self {
            Self::Integration(id) => Topic::Integration(id),
            Self::Conversation(id, side) => Topic::Conversation(id, side),
        }
    }

    fn replay(self) -> ReplayScope {
        match self {
            Self::Integration(id) => ReplayScope::Integration(id),
            Self::Conversation(id, _) => ReplayScope::Conversation(id),
        }
    }
}

/// What a feed is made with.
pub struct FeedSettings {
    /// Whose activities.
    pub tenant: TenantId,
    /// Which of them.
    pub scope: Scope,
    /// In which format.
    pub format: WireFormat,
    /// How far the reader may fall behind.
    pub limits: QueueLimits,
    /// Where it goes on from, if it says so.
    pub since: Option<Since>,
}

/// Everything a reader is to hear, in order.
pub struct Feed {
    engine: Arc<Engine>,
    tenant: TenantId,
    scope: Scope,
    outbox: Arc<Outbox>,
    /// Ends the following of the topic when the feed goes.
    _attachment: Attachment,
    /// The last kept position given to the reader, or skipped because it was told otherwise.
    heard: Position,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Replaying,
    Live,
}

/// Why a feed ended.
#[derive(Debug, thiserror::Error)]
pub enum FeedEnd {
    /// The reader fell behind.
    #[error("the reader fell behind")]
    Overrun,
    /// Some of what was missed was removed before the reader came to it. When it comes back it is told of the gap.
    #[error("what the reader missed was removed before it was replayed")]
    Removed,
    /// What was missed could not be read.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<Overrun> for FeedEnd {
    fn from(_: Overrun) -> Self {
        Self::Overrun
    }
}

impl Feed {
    /// Attaches a reader, and says where it stands.
    pub async fn attach(
        engine: Arc<Engine>,
        stats: Arc<Stats>,
        settings: FeedSettings,
    ) -> Result<(Self, Opening), EngineError> {
        let FeedSettings { tenant, scope, format, limits, since } = settings;
        let outbox = Outbox::new(format, limits, stats);
        let attachment = engine.topics().attach(&[scope.topic()], outbox.clone());
        let (heard, stage, gap) = match since {
            None => (engine.present(tenant).position, Stage::Live, None),
            Some(since) => {
                let resumption = engine.resume(tenant, scope.replay(), since).await?;
                (resumption.after, Stage::Replaying, resumption.gap)
            }
        };
        let opening = Opening { cursor: engine.cursor(heard), resumed: since.is_some(), gap };
        Ok((Self { engine, tenant, scope, outbox, _attachment: attachment, heard, stage }, opening))
    }

    /// Waits for more and appends it to `into`. Cancel safe.
    ///
    /// It may come back with nothing: everything that was there had been heard already.
    pub async fn next(&mut self, into: &mut Vec<Arc<Publication>>) -> Result<(), FeedEnd> {
        if self.stage == Stage::Replaying {
            let missed = match self.engine.replay(self.tenant, self.scope.replay(), self.heard).await? {
                Missed::Activities(missed) => missed,
                Missed::Removed => return Err(FeedEnd::Removed),
            };
            match missed.last().and_then(|last| last.stamp().position()) {
                Some(position) => self.heard = position,
                None => self.stage = Stage::Live,
            }
            into.extend(missed);
            return Ok(());
        }
        let before = into.len();
        self.outbox.next(into).await?;
        let fresh = into.split_off(before);
        into.extend(fresh.into_iter().filter(|publication| self.is_news(publication)));
        Ok(())
    }

    /// Waits until the reader has fallen behind; for use while it writes.
    pub async fn overrun(&self) {
        self.outbox.overrun().await;
    }

    /// The format that the reader is to write.
    pub fn format(&self) -> WireFormat {
        self.outbox.format()
    }

    fn is_news(&mut self, publication: &Publication) -> bool {
        match publication.stamp() {
            Stamp::Activity { position } if position <= self.heard => false,
            Stamp::Activity { position } => {
                self.heard = position;
                true
            }
            Stamp::Transient { .. } | Stamp::Event(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::pipeline::Gap;
    use crate::pipeline::testing::Bench;
    use crate::store::{Retention, Store};

    /// More than one step of a replay.
    const MUCH: u64 = 300;
    const LIMITS: QueueLimits = QueueLimits { events: 10_000, bytes: 1 << 24 };

    async fn feed(bench: &Bench, scope: Scope, since: Option<Since>) -> (Feed, Opening) {
        let settings =
            FeedSettings { tenant: bench.tenant, scope, format: WireFormat::Direct, limits: LIMITS, since };
        Feed::attach(bench.engine.clone(), Arc::default(), settings).await.unwrap()
    }

    /// The positions that a feed gives, until it has given the one of `last`.
    async fn positions(feed: &mut Feed, last: Position) -> Vec<u64> {
        let mut heard = Vec::new();
        while heard.last() != Some(&last.0) {
            let mut batch = Vec::new();
            feed.next(&mut batch).await.unwrap();
            heard.extend(batch.iter().filter_map(|one| one.stamp().position()).map(|position| position.0));
        }
        heard
    }

    /// Readers attach with all kinds of places while a conversation goes on: each hears what follows its place, once
    /// and in order, whether that was missed, is live, or is both at the moment.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn what_was_missed_and_what_is_live_join_without_a_seam() {
        const SAID: u64 = 400;
        let bench = Arc::new(Bench::new().await);
        let conversation = bench.establish("a").await.unwrap().id;
        let talking = tokio::spawn({
            let bench = bench.clone();
            async move {
                for number in 0..SAID {
                    bench.say(conversation, &number.to_string()).await.unwrap();
                }
            }
        });
        let mut readers = Vec::new();
        for number in 0..40 {
            let place = bench.engine.present(bench.tenant).position;
            let after = Position(place.0 * (number % 3) / 2).min(place);
            let scope = match number % 2 {
                0 => Scope::Conversation(conversation, Side::Business),
                _ => Scope::Integration(bench.agent.id),
            };
            let bench = bench.clone();
            readers.push(tokio::spawn(async move {
                let since = Since::Cursor(bench.engine.cursor(after));
                let (mut feed, opening) = feed(&bench, scope, Some(since)).await;
                assert_eq!(opening.cursor.position, after);
                (after, positions(&mut feed, Position(SAID)).await)
            }));
            tokio::task::yield_now().await;
        }
        talking.await.unwrap();
        for reader in readers {
            let (after, heard) = reader.await.unwrap();
            assert_eq!(heard, (after.0 + 1..=SAID).collect::<Vec<_>>());
        }
    }

    /// Says so much that a replay takes more than one step, each a second after the one before.
    async fn say_much(bench: &Bench, conversation: ConversationId) {
        for number in 1..=MUCH {
            bench.say(conversation, &number.to_string()).await.unwrap();
            bench.clock.advance(Duration::from_secs(1));
        }
    }

    /// Removes all but the newest `left` of what [`say_much`] said.
    async fn forget_all_but(bench: &Bench, left: u64) {
        let before = bench.engine.now().minus(Duration::from_secs(left));
        bench.store.prune(Retention { events: before, idempotency: before }).await.unwrap();
    }

    #[tokio::test]
    async fn a_feed_ends_when_retention_overtakes_its_replay() {
        let bench = Bench::new().await;
        let conversation = bench.establish("a").await.unwrap().id;
        let scope = Scope::Conversation(conversation, Side::Business);
        say_much(&bench, conversation).await;
        let begin = Since::Cursor(bench.engine.cursor(Position(0)));
        let (mut running, opening) = feed(&bench, scope, Some(begin)).await;
        assert_eq!(opening.gap, None);
        let mut heard = Vec::new();
        running.next(&mut heard).await.unwrap();
        let (mut waiting, _) = feed(&bench, scope, Some(begin)).await;

        forget_all_but(&bench, 5).await;

        for overtaken in [&mut running, &mut waiting] {
            assert!(matches!(overtaken.next(&mut heard).await, Err(FeedEnd::Removed)));
        }
        let last = heard.last().and_then(|one| one.stamp().position()).unwrap();
        let again = Since::Cursor(bench.engine.cursor(last));
        let (mut resumed, opening) = feed(&bench, scope, Some(again)).await;
        assert_eq!(opening.gap, Some(Gap::Retention));
        assert_eq!(opening.cursor.position, Position(MUCH - 5));
        assert_eq!(positions(&mut resumed, Position(MUCH)).await, (MUCH - 4..=MUCH).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_feed_goes_on_when_retention_removes_what_its_reader_has_heard() {
        let bench = Bench::new().await;
        let conversation = bench.establish("a").await.unwrap().id;
        say_much(&bench, conversation).await;
        let since = Since::Cursor(bench.engine.cursor(Position(0)));
        let (mut feed, _) =
            feed(&bench, Scope::Conversation(conversation, Side::Business), Some(since)).await;
        let mut heard = Vec::new();
        feed.next(&mut heard).await.unwrap();
        forget_all_but(&bench, MUCH - heard.len() as u64).await;
        let next = heard.len() as u64 + 1;
        assert_eq!(positions(&mut feed, Position(MUCH)).await, (next..=MUCH).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn without_a_place_a_reader_hears_what_follows_the_present() {
        let bench = Bench::new().await;
        let conversation = bench.establish("a").await.unwrap().id;
        bench.say(conversation, "before").await.unwrap();
        let (mut feed, opening) = feed(&bench, Scope::Conversation(conversation, Side::Customer), None).await;
        assert_eq!((opening.cursor.position, opening.resumed), (Position(1), false));
        bench.say(conversation, "after").await.unwrap();
        assert_eq!(positions(&mut feed, Position(2)).await, [2]);
    }
}
