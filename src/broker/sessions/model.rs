//! A streaming session against a model of it: random publishes, subscriptions, polls, hand-overs, acknowledgements
//! and time.

mod expected;
mod steps;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::broker::testing::{event, id, numbers, publish_watched, subscription};
use crate::broker::{Acknowledgement, Outcome, QueueLimits};
use crate::domain::clock::ManualClock;
use crate::domain::ids::UserId;
use crate::domain::subscription::SubscriptionId;
use expected::{Asked, INACTIVITY, LIMIT, Life, Model};
use steps::{Step, step};

type Waiting = Pin<Box<dyn Future<Output = Result<Handover, PollError>>>>;

/// The real session beside its model.
struct Run {
    model: Model,
    sessions: Arc<Sessions>,
    topics: Topics,
    clock: ManualClock,
    spec: SessionSpec,
    poll: Option<Waiting>,
    handover: Option<Handover>,
    /// Whether a later poll has come than the one that was given the hand-over.
    is_taken_over: bool,
    published: u32,
    /// Events whose hand-over was completed, in order.
    arrived: Vec<u32>,
    acknowledged: Vec<u32>,
}

impl Run {
    fn new(acknowledgement: Acknowledgement) -> Self {
        let clock = ManualClock::at(Millis(0));
        let stats = Arc::<Stats>::default();
        let topics = Topics::new(stats.clone());
        let sessions = Arc::new(Sessions::new(topics.clone(), Arc::new(clock.clone()), stats));
        let spec = SessionSpec {
            id: SessionId::new(),
            tenant: TenantId::new(),
            user: UserId::from("ann"),
            format: WireFormat::StreamV3,
            inactivity: INACTIVITY,
            acknowledgement,
            created: Millis(0),
            limits: QueueLimits { events: LIMIT, bytes: usize::MAX },
        };
        sessions.create(spec.clone());
        let model = Model {
            acknowledgement,
            queue: vec![],
            heard: vec![],
            subscriptions: vec![],
            delivered: 0,
            lent: 0,
            waiting: None,
            seen: vec![],
            life: Life::Live,
            now: 0,
            idle_since: 0,
        };
        Self {
            model,
            sessions,
            topics,
            clock,
            spec,
            poll: None,
            handover: None,
            is_taken_over: false,
            published: 0,
            arrived: vec![],
            acknowledged: vec![],
        }
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Publish { count, to_user } => self.publish(count, to_user),
            Step::PublishWatched(watched) => {
                self.published += 1;
                publish_watched(&self.topics, self.spec.tenant, &watched, self.published);
                self.model.publish_watched(&watched, self.published);
            }
            Step::Subscribe(name, filter) => {
                let subscription = subscription(name, filter.clone());
                self.sessions.put_subscription(self.spec.tenant, &self.spec.id, subscription);
                self.model.subscribe(name, filter);
            }
            Step::Unsubscribe(name) => {
                let id = SubscriptionId::try_from(name).unwrap();
                self.sessions.end_subscription(self.spec.tenant, &self.spec.id, &id);
                self.model.subscriptions.retain(|(other, _)| *other != name);
            }
            Step::Poll { max, after } => self.poll(self.asked(max, after))?,
            Step::Follow { max, after } => self.follow(self.asked(max, after))?,
            Step::GiveUp => self.presence_ends(|run| {
                run.poll = None;
                run.model.waiting = None;
            }),
            Step::CompleteFirst => self.complete_first(),
            Step::Complete => self.settle(true),
            Step::Break => self.settle(false),
            Step::Acknowledge(back) => self.acknowledge(&back)?,
            Step::Advance { seconds } => {
                self.clock.advance(Duration::from_secs(seconds));
                self.model.now += seconds;
            }
            Step::Expire => self.expire()?,
            Step::Restart => self.restart()?,
            Step::End => self.end()?,
        }
        self.compare_poll()?;
        let found = self.sessions.find(self.spec.tenant, &self.spec.id).is_some();
        prop_assert_eq!(found, self.model.is_live(self.handover.is_some()));
        Ok(())
    }

    fn publish(&mut self, count: u32, to_user: bool) {
        let events: Vec<u32> = (self.published + 1..).take(count as usize).collect();
        self.published += count;
        let (tenant, user) = (self.spec.tenant, self.spec.user.clone());
        let topic = if to_user { Topic::User(tenant, user) } else { Topic::Organization(tenant) };
        self.topics.publish(&topic, &events.iter().copied().map(event).collect::<Vec<_>>());
        self.model.publish(&events);
    }

    /// What a reader asks for that has the event so far back from the latest published.
    fn asked(&self, max: usize, back: Option<u32>) -> Asked {
        Asked { max, after: back.map(|back| (self.published + 2).saturating_sub(back)) }
    }

    fn poll(&mut self, asked: Asked) -> Result<(), TestCaseError> {
        let request = PollRequest {
            tenant: self.spec.tenant,
            id: self.spec.id,
            format: self.spec.format,
            max: asked.max,
            wait: Duration::from_secs(15),
            after: asked.after.map(id),
        };
        let sessions = Arc::clone(&self.sessions);
        let mut poll: Waiting = Box::pin(async move { sessions.poll(request).await });
        let live = self.model.is_live(self.handover.is_some());
        let first_look = look(&mut poll);
        if let Some(mut former) = self.poll.take() {
            let outcome = look(&mut former).map(|result| result.map(|handover| handover.outcome()));
            prop_assert_eq!(outcome, Some(Ok(Outcome::TakenOver)));
        }
        if !live {
            prop_assert_eq!(first_look.map(|result| result.err()), Some(Some(SessionGone.into())));
            return Ok(());
        }
        self.model.waiting = Some(asked);
        self.is_taken_over = true;
        match first_look {
            Some(result) => self.come_back(result),
            None => {
                self.poll = Some(poll);
                Ok(())
            }
        }
    }

    /// Asks the waiting poll, if there is one, whether it has come back, and the model whether it should have.
    fn compare_poll(&mut self) -> Result<(), TestCaseError> {
        let Some(mut poll) = self.poll.take() else { return Ok(()) };
        match look(&mut poll) {
            Some(result) => self.come_back(result),
            None => {
                self.poll = Some(poll);
                prop_assert_eq!(self.model.resolve(), None);
                self.take_seen();
                Ok(())
            }
        }
    }

    fn come_back(&mut self, result: Result<Handover, PollError>) -> Result<(), TestCaseError> {
        let expected = self.model.resolve();
        let events = result.as_ref().map(|handover| numbers(handover.events())).map_err(|error| *error);
        prop_assert_eq!(Some(events), expected);
        self.take_seen();
        if let Ok(handover) = result {
            self.handover = Some(handover);
            self.is_taken_over = false;
        }
        Ok(())
    }

    /// The hand-over that is out goes on, with what there is.
    fn follow(&mut self, asked: Asked) -> Result<(), TestCaseError> {
        let Some(handover) = &mut self.handover else { return Ok(()) };
        let follow = handover.follow(asked.max, asked.after.map(id), Duration::ZERO);
        let result = follow.now_or_never().expect("without a wait it does not wait");
        self.model.settle(false);
        if self.model.life != Life::Live {
            prop_assert_eq!(result, Err(SessionGone));
            return Ok(());
        }
        prop_assert_eq!(result, Ok(()));
        let expected = if self.is_taken_over { vec![] } else { self.model.lend(asked) };
        let outcome = match (self.is_taken_over, expected.is_empty()) {
            (true, _) => Outcome::TakenOver,
            (false, true) => Outcome::TimedOut,
            (false, false) => Outcome::Events,
        };
        prop_assert_eq!((numbers(handover.events()), handover.outcome()), (expected, outcome));
        self.take_seen();
        Ok(())
    }

    /// What a reader says that it has did arrive.
    fn take_seen(&mut self) {
        self.arrived.append(&mut self.model.seen);
    }

    /// Another server brings the session back with what it holds, as is done where it requires acknowledgement. What was
    /// connected to the former is cut off.
    fn restart(&mut self) -> Result<(), TestCaseError> {
        let (tenant, id) = (self.spec.tenant, self.spec.id);
        let is_kept = self.model.acknowledgement == Acknowledgement::Required;
        if !is_kept || !self.model.is_live(self.handover.is_some()) {
            return Ok(());
        }
        let held: Vec<_> = self.model.queue.iter().copied().map(event).collect();
        self.handover = None;
        let delivered = held.len();
        self.sessions.restore(self.spec.clone(), held, delivered);
        if let Some(mut poll) = self.poll.take() {
            prop_assert_eq!(look(&mut poll).map(|result| result.err()), Some(Some(SessionGone.into())));
        }
        for (name, filter) in &self.model.subscriptions {
            self.sessions.put_subscription(tenant, &id, subscription(name, filter.clone()));
        }
        self.model.restart();
        Ok(())
    }

    fn settle(&mut self, arrived: bool) {
        self.presence_ends(|run| {
            let Some(handover) = run.handover.take() else { return };
            if arrived {
                run.arrived.extend(numbers(handover.events()));
                handover.complete();
            } else {
                drop(handover);
            }
            run.model.settle(arrived);
        });
    }

    fn complete_first(&mut self) {
        if let Some(handover) = &mut self.handover {
            self.arrived.extend(numbers(&handover.events()[..1.min(handover.events().len())]));
            handover.complete_first(1);
            self.model.settle_first();
        }
    }

    /// Runs `change`, and starts the model's inactivity clock if the last presence ended with it.
    fn presence_ends(&mut self, change: impl FnOnce(&mut Self)) {
        let present = |run: &Self| run.handover.is_some() || run.model.waiting.is_some();
        let before = present(self);
        change(self);
        if before && !present(self) {
            self.model.idle_since = self.model.now;
        }
    }

    fn acknowledge(&mut self, back: &[u32]) -> Result<(), TestCaseError> {
        let named: Vec<u32> = back.iter().map(|back| (self.published + 2).saturating_sub(*back)).collect();
        let ids: Vec<_> = named.iter().copied().map(id).collect();
        let answer = self.sessions.acknowledge(self.spec.tenant, &self.spec.id, &ids);
        let expected = if !self.model.is_live(self.handover.is_some()) {
            Err(SessionGone.into())
        } else if self.model.acknowledgement == Acknowledgement::NotRequired {
            Err(NotRequired.into())
        } else {
            let (acknowledged, not_found) = self.model.acknowledge(&named);
            self.acknowledged.extend(&acknowledged);
            let oldest = self.model.queue.first();
            let settled = acknowledged.iter().filter(|number| oldest.is_none_or(|oldest| *number < oldest));
            let up_to = settled.max().copied().map(id);
            let ids = |numbers: Vec<u32>| numbers.into_iter().map(id).collect();
            Ok(Acknowledged { acknowledged: ids(acknowledged), not_found: ids(not_found), up_to })
        };
        prop_assert_eq!(answer, expected);
        Ok(())
    }

    fn expire(&mut self) -> Result<(), TestCaseError> {
        let expired = self.sessions.expire(self.clock.now(), 10).ended;
        let live = self.model.is_live(self.handover.is_some());
        let expected = match self.model.life {
            Life::Over(ending) if !live => {
                self.model.life = Life::Removed;
                vec![ExpiredSession { session: self.spec.head(), ending }]
            }
            _ => vec![],
        };
        prop_assert_eq!(expired, expected);
        prop_assert_eq!(self.sessions.count(), usize::from(self.model.life != Life::Removed));
        Ok(())
    }

    fn end(&mut self) -> Result<(), TestCaseError> {
        let live = self.model.is_live(self.handover.is_some());
        let ended = self.sessions.end(self.spec.tenant, &self.spec.id);
        prop_assert_eq!(ended.is_ok(), live);
        if live {
            self.model.finish(Life::Removed);
        }
        Ok(())
    }

    /// What must hold whatever happened, said without the model's help.
    fn check_promises(&self) -> Result<(), TestCaseError> {
        match self.model.acknowledgement {
            // Everything up to the last event that arrived did arrive, once, in order.
            Acknowledgement::NotRequired => {
                prop_assert_eq!(&self.arrived, &self.model.heard[..self.arrived.len()]);
            }
            // While the session lives, an event is either acknowledged or still there.
            Acknowledgement::Required if self.model.life == Life::Live => {
                let mut all = [&self.acknowledged[..], &self.model.queue].concat();
                all.sort_unstable();
                prop_assert_eq!(&all, &self.model.heard);
            }
            Acknowledgement::Required => {}
        }
        self.check_subscriptions()
    }

    fn check_subscriptions(&self) -> Result<(), TestCaseError> {
        let listed = self.sessions.subscriptions(self.spec.tenant, &self.spec.id);
        if self.model.life == Life::Live {
            let names: Vec<_> = self.model.subscriptions.iter().map(|(name, _)| *name).collect();
            let listed = listed.unwrap();
            prop_assert_eq!(listed.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), names);
        } else {
            prop_assert_eq!(listed, Err(SessionGone));
        }
        let count = match self.model.life {
            Life::Removed => 0,
            Life::Live | Life::Over(_) => self.model.subscriptions.len(),
        };
        prop_assert_eq!(self.sessions.subscription_count(self.spec.tenant).all, count);
        Ok(())
    }
}

fn look(poll: &mut Waiting) -> Option<Result<Handover, PollError>> {
    match poll.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

fn runtime() -> tokio::runtime::Runtime {
    // Never driven: the polls' timers stand still, and everything else is asked for step by step.
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

fn follow(acknowledgement: Acknowledgement, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let runtime = runtime();
    let _entered = runtime.enter();
    let mut run = Run::new(acknowledgement);
    for step in steps {
        run.step(step)?;
        run.check_promises()?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn without_acknowledgement_nothing_is_lost_doubled_or_out_of_order(steps in vec(step(), 1..80)) {
        follow(Acknowledgement::NotRequired, steps)?;
    }

    #[test]
    fn with_acknowledgement_everything_comes_until_it_is_named(steps in vec(step(), 1..80)) {
        follow(Acknowledgement::Required, steps)?;
    }
}
