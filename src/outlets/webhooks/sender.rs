//! The sender at work: what comes is put into the schedule, and what the schedule wants is done, each call beside the
//! others. It must not know when anything is due: that is the schedule's.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::sleep;
use tracing::Instrument;

use super::backlog::Backlog;
use super::call::Post;
use super::errand::{Done, Errands};
use super::intake::{Intake, Left};
use super::notice::{HearSettled, TellOperators, Unsent};
use super::reads::{ReadNews, Reads};
use super::schedule::{LineKey, Schedule};
use super::settings::{LONGEST_SLEEP, WebhookSettings};
use super::target::{Standing, Target, Targets};
use crate::domain::clock::Clock;
use crate::domain::delivery::{Delivery, DeliveryNo};
use crate::domain::ids::DeliveryId;
use crate::pipeline::Outgoing;
use crate::store::{DeliveryRecord, Store, StoreError};

/// What the sender works with.
pub struct SenderParts {
    /// Where what is to be sent comes in.
    pub intake: Arc<Intake>,
    /// Keeps what became of it.
    pub store: Arc<dyn Store>,
    /// Knows where it goes.
    pub targets: Arc<dyn Targets>,
    /// Makes the calls.
    pub post: Arc<dyn Post>,
    /// Tells operators what was given up.
    pub operators: Arc<dyn TellOperators>,
    /// Hears what became of single deliveries.
    pub settled: Arc<dyn HearSettled>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Takes note of how much waits.
    pub backlog: Arc<Backlog>,
    /// How deliveries are sent.
    pub settings: WebhookSettings,
}

/// Sends deliveries until it is dropped. What is under way then is sent again after the next start, unless it was
/// [`finished`](Self::finish).
#[must_use = "nothing is sent any more when this is dropped"]
pub struct Sender {
    task: JoinHandle<()>,
    counting: JoinHandle<()>,
    stop: watch::Sender<()>,
}

impl Sender {
    /// Goes on with what the store holds and takes what comes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn start(parts: SenderParts) -> Result<Self, StoreError> {
        let mut schedule = Schedule::new(parts.settings.clone());
        for stopped in parts.store.stopped_endpoints().await? {
            schedule.stop(stopped.tenant, &stopped.endpoint, stopped.configured);
        }
        // What may be asked for may have been set lower, and the clock back.
        let now = parts.clock.now();
        let latest = now.plus(parts.settings.retries.longest_retry_after);
        for left in parts.store.endpoints_left_alone().await?.into_iter().filter(|left| left.until > now) {
            schedule.leave_alone(left.tenant, &left.endpoint, left.until.min(latest));
        }
        // What is kept from here on comes in by itself, and may be read here as well.
        let until = parts.store.newest_delivery().await?;
        for (tenant, endpoint) in parts.store.pending_endpoints().await? {
            schedule.leave(tenant, &endpoint, DeliveryNo::default(), until);
        }
        let counting = parts.backlog.clone().count(parts.store.clone(), parts.settings.count_every);
        let counting = tokio::spawn(counting.instrument(tracing::info_span!("webhooks")));
        let changes = parts.targets.changes();
        let reads = Reads::new(parts.store.clone(), parts.backlog, &parts.settings);
        let errands = Arc::new(Errands {
            settings: parts.settings,
            store: parts.store,
            clock: parts.clock.clone(),
            post: parts.post,
            operators: parts.operators,
            settled: parts.settled,
        });
        let (stop, stopped) = watch::channel(());
        let work = Work {
            intake: parts.intake,
            targets: parts.targets,
            clock: parts.clock,
            errands,
            schedule,
            under_way: JoinSet::new(),
            reads,
        };
        let task = tokio::spawn(work.run(changes, stopped).instrument(tracing::info_span!("webhooks")));
        Ok(Self { task, counting, stop })
    }

    /// Begins no more calls and waits for those under way, whose time is bounded.
    pub async fn finish(mut self) {
        // It ends by itself only when the store is closed.
        let _ = self.stop.send(());
        // A panic was told by the panic hook.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.task.abort();
        self.counting.abort();
    }
}

struct Work {
    intake: Arc<Intake>,
    targets: Arc<dyn Targets>,
    clock: Arc<dyn Clock>,
    errands: Arc<Errands>,
    schedule: Schedule,
    /// Calls and what is kept of them; ends with this.
    under_way: JoinSet<Result<Done, StoreError>>,
    reads: Reads,
}

impl Work {
    async fn run(mut self, mut changes: watch::Receiver<()>, mut stopped: watch::Receiver<()>) {
        loop {
            // What is known already comes first: what is taken in may be an operator's answer to it.
            while let Some(done) = self.under_way.try_join_next() {
                if !self.note(done) {
                    return;
                }
            }
            self.take_in();
            self.schedule.wake(self.clock.now());
            self.begin_calls();
            self.begin_reads();
            let sleep_for = self.until_due();
            tokio::select! {
                () = self.intake.filled() => {}
                Some(done) = self.under_way.join_next() => {
                    if !self.note(done) {
                        return;
                    }
                }
                Some(news) = self.reads.next() => match news {
                    Ok(news) => self.note_read(news),
                    // The store is closed.
                    Err(_) => return,
                },
                () = sleep(sleep_for) => {}
                // Whoever tells of changes may be gone: there are none then.
                Ok(()) = changes.changed() => self.look_at_paused(),
                _ = stopped.changed() => break,
            }
        }
        while let Some(done) = self.under_way.join_next().await {
            self.note(done);
        }
    }

    fn until_due(&self) -> Duration {
        let due = self.schedule.due().map(|due| due.since(self.clock.now()));
        due.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP)
    }

    fn take_in(&mut self) {
        let basket = self.intake.fetch();
        let now = self.clock.now();
        for endpoint in &basket.resumed {
            self.schedule.go_on(endpoint);
        }
        for outgoing in basket.outgoing {
            match outgoing {
                Outgoing::Kept(record) => self.schedule.offer(record, now),
                Outgoing::Passing(delivery) => self.pass(delivery),
            }
        }
        for (endpoint, Left { tenant, from, until }) in basket.left {
            self.schedule.leave(tenant, &endpoint, from, until);
        }
    }

    fn pass(&mut self, delivery: Delivery) {
        let Standing::Ready(target) = self.targets.find(delivery.tenant, &delivery.endpoint) else { return };
        if !self.schedule.pass(&delivery) {
            return;
        }
        let line = LineKey {
            tenant: delivery.tenant,
            endpoint: delivery.endpoint.clone(),
            conversation: delivery.conversation,
        };
        let errands = self.errands.clone();
        self.begin(
            line.clone(),
            Vec::new(),
            async move { errands.send_passing(line, target, delivery).await },
        );
    }

    fn begin_calls(&mut self) {
        while let Some((line, deliveries)) = self.schedule.next(self.clock.now()) {
            match self.targets.find(line.tenant, &line.endpoint) {
                Standing::Ready(target) => self.begin_call(line, target, deliveries),
                Standing::NoAddress => self.give_up(line, Unsent::NoAddress, deliveries),
                Standing::Paused => {
                    self.schedule.pause(&line.endpoint);
                    self.schedule.settle(&line, Vec::new(), self.clock.now());
                }
                Standing::Gone => {
                    self.schedule.forget(&line.endpoint);
                    self.schedule.settle(&line, Vec::new(), self.clock.now());
                }
            }
        }
    }

    fn begin_call(&mut self, line: LineKey, target: Target, deliveries: Vec<DeliveryRecord>) {
        let (errands, carried) = (self.errands.clone(), numbers(&deliveries));
        match self.schedule.stopped(&line.endpoint) {
            Some(configured) if target.changed <= configured => {
                self.give_up(line, Unsent::Stopped, deliveries);
            }
            Some(_) => {
                self.schedule.go_on(&line.endpoint);
                self.begin(line.clone(), carried, async move {
                    errands.go_on(line.endpoint.clone()).await?;
                    errands.send(line, target, deliveries).await
                });
            }
            None => {
                self.begin(
                    line.clone(),
                    carried,
                    async move { errands.send(line, target, deliveries).await },
                );
            }
        }
    }

    fn give_up(&mut self, line: LineKey, why: Unsent, deliveries: Vec<DeliveryRecord>) {
        let (errands, carried) = (self.errands.clone(), numbers(&deliveries));
        self.begin(line.clone(), carried, async move { errands.give_up(line, why, deliveries).await });
    }

    /// Begins an errand of a line with deliveries.
    fn begin(
        &mut self,
        line: LineKey,
        deliveries: Vec<(DeliveryNo, DeliveryId)>,
        errand: impl Future<Output = Result<Done, StoreError>> + Send + 'static,
    ) {
        let errands = self.errands.clone();
        self.under_way.spawn(async move { errands.guarded(line, deliveries, errand).await });
    }

    fn begin_reads(&mut self) {
        // A page takes its room from others as soon as it is handed out, so none is before it is read.
        while self.reads.has_place()
            && let Some(wanted) = self.schedule.next_page()
        {
            self.reads.begin(wanted);
        }
    }

    fn note_read(&mut self, news: ReadNews) {
        match news {
            ReadNews::Page(endpoint, page) => self.schedule.take_page(&endpoint, page, self.clock.now()),
            ReadNews::Rests(endpoint) => self.schedule.put_page_off(&endpoint),
            ReadNews::Rested(endpoint) => {
                if !self.schedule.want_again(&endpoint) {
                    self.reads.forget(&endpoint);
                }
            }
        }
    }

    /// Takes note of an errand; whether there may be more.
    fn note(&mut self, done: Result<Result<Done, StoreError>, JoinError>) -> bool {
        let Done { line, outcome, stopped, left_alone, given_up } = match done {
            Ok(Ok(done)) => done,
            // The store is closed.
            Ok(Err(_)) => return false,
            // Not even what became of it could be looked up: its line waits for the next start.
            Err(error) => {
                tracing::error!(%error, "an errand broke down");
                return true;
            }
        };
        if let Some(configured) = stopped {
            self.schedule.stop(line.tenant, &line.endpoint, configured);
        }
        if let Some(until) = left_alone {
            self.schedule.leave_alone(line.tenant, &line.endpoint, until);
        }
        if let Some(given_up) = given_up {
            // Its line waits until operators are told. Whether the endpoint is stopped is noted before they are: a
            // replay is their answer.
            let errands = self.errands.clone();
            self.under_way.spawn(async move {
                errands.tell(given_up).await;
                Ok(Done { line, outcome, stopped: None, left_alone: None, given_up: None })
            });
            return true;
        }
        self.schedule.settle(&line, outcome, self.clock.now());
        true
    }

    fn look_at_paused(&mut self) {
        for (tenant, endpoint) in self.schedule.paused() {
            match self.targets.find(tenant, &endpoint) {
                Standing::Paused => {}
                Standing::Gone => self.schedule.forget(&endpoint),
                Standing::Ready(_) | Standing::NoAddress => self.schedule.resume(&endpoint),
            }
        }
    }
}

fn numbers(deliveries: &[DeliveryRecord]) -> Vec<(DeliveryNo, DeliveryId)> {
    deliveries.iter().map(|record| (record.number, record.delivery.id)).collect()
}

#[cfg(test)]
mod tests;
