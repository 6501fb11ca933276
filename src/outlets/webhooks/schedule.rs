//! What goes when, and in which order: deliveries of one conversation to one endpoint one after the other, everybody
//! else beside it.
//!
//! Plain values: time is handed in, nothing is awaited, and what it decides is carried out elsewhere. What it holds
//! is bounded for each endpoint; the rest of an endpoint that is far behind stays in the store, and the schedule
//! knows from where on it has to be read.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::lines::{Lines, Looked, Wanted};
use super::settings::WebhookSettings;
use super::turns::Turns;
use crate::domain::clock::Millis;
use crate::domain::delivery::{Delivery, DeliveryNo, Endpoint, Progress};
use crate::domain::ids::{ConversationId, TenantId};
use crate::store::{DeliveryRecord, PendingQuery};

/// All that is to be sent.
pub(super) struct Schedule {
    settings: WebhookSettings,
    endpoints: HashMap<Endpoint, Lines>,
    turns: Turns,
    /// Lines that wait for a moment.
    timers: BTreeSet<(Millis, Endpoint, ConversationId)>,
    /// Endpoints that are left alone until a moment.
    left_alone: BTreeSet<(Millis, Endpoint)>,
    /// Endpoints that may want a page of the store, in no order that matters.
    hungry: VecDeque<Endpoint>,
    paused: HashSet<Endpoint>,
}

/// The line of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LineKey {
    pub(super) tenant: TenantId,
    pub(super) endpoint: Endpoint,
    pub(super) conversation: ConversationId,
}

impl Schedule {
    pub(super) fn new(settings: WebhookSettings) -> Self {
        let turns = Turns::new(settings.calls_per_tenant.get());
        Self {
            settings,
            endpoints: HashMap::new(),
            turns,
            timers: BTreeSet::new(),
            left_alone: BTreeSet::new(),
            hungry: VecDeque::new(),
            paused: HashSet::new(),
        }
    }

    /// A delivery that was just kept.
    pub(super) fn offer(&mut self, record: DeliveryRecord, now: Millis) {
        let Delivery { tenant, conversation, .. } = record.delivery;
        let endpoint = record.delivery.endpoint.clone();
        let room = self.settings.held;
        self.lines(tenant, &endpoint).offer(record, room);
        self.look_at(&endpoint, conversation, now);
    }

    /// Something that nobody keeps: it goes now, or not at all.
    ///
    /// It goes when nothing waits in its line and a call may be made. It neither overtakes what is kept nor keeps it
    /// waiting for long.
    pub(super) fn pass(&mut self, delivery: &Delivery) -> bool {
        let per_endpoint = self.settings.calls_per_endpoint.get();
        let (tenant, endpoint) = (delivery.tenant, &delivery.endpoint);
        if !self.turns.take_now(tenant) {
            return false;
        }
        let goes = self.lines(tenant, endpoint).call_passing(delivery.conversation, per_endpoint);
        if !goes {
            self.turns.ended(tenant);
            self.forget_if_over(endpoint);
        }
        goes
    }

    /// The store has something for an endpoint that waits, after `from` and up to `until`.
    pub(super) fn leave(
        &mut self,
        tenant: TenantId,
        endpoint: &Endpoint,
        from: DeliveryNo,
        until: DeliveryNo,
    ) {
        self.lines(tenant, endpoint).leave(from, until);
        self.feed(endpoint);
    }

    /// The next call to be made, until it is [`settled`](Self::settle).
    pub(super) fn next(&mut self, now: Millis) -> Option<(LineKey, Vec<DeliveryRecord>)> {
        loop {
            let (tenant, endpoint) = self.turns.next()?;
            let per_endpoint = self.settings.calls_per_endpoint.get();
            let called = self.endpoints.get_mut(&endpoint).and_then(|lines| {
                lines.is_waiting = false;
                if !lines.has_next(per_endpoint) {
                    return None;
                }
                lines.call_next(self.settings.batch, now, &self.settings.retries)
            });
            let Some((conversation, deliveries)) = called else {
                self.turns.ended(tenant);
                self.forget_if_over(&endpoint);
                continue;
            };
            self.wait_for_turn(&endpoint);
            return Some((LineKey { tenant, endpoint, conversation }, deliveries));
        }
    }

    /// A call has ended, and this became of what it carried; all of it is kept by now.
    pub(super) fn settle(&mut self, line: &LineKey, outcome: Vec<(DeliveryNo, Progress)>, now: Millis) {
        self.turns.ended(line.tenant);
        if let Some(lines) = self.endpoints.get_mut(&line.endpoint) {
            lines.settle(line.conversation, outcome);
        }
        self.look_at(&line.endpoint, line.conversation, now);
        self.forget_if_over(&line.endpoint);
    }

    /// Sends nothing to an endpoint before a moment, as it has asked. The longest time that it has asked for counts.
    pub(super) fn leave_alone(&mut self, endpoint: &Endpoint, until: Millis) {
        let Some(lines) = self.endpoints.get_mut(endpoint) else { return };
        if lines.alone_until.is_some_and(|present| present >= until) {
            return;
        }
        if let Some(former) = lines.alone_until.replace(until) {
            self.left_alone.remove(&(former, endpoint.clone()));
        }
        self.left_alone.insert((until, endpoint.clone()));
    }

    /// Looks at the endpoints and lines whose moment has come.
    pub(super) fn wake(&mut self, now: Millis) {
        while let Some((until, endpoint)) = self.left_alone.first().cloned()
            && until <= now
        {
            self.left_alone.pop_first();
            if let Some(lines) = self.endpoints.get_mut(&endpoint) {
                lines.alone_until = None;
            }
            self.wait_for_turn(&endpoint);
            self.forget_if_over(&endpoint);
        }
        while let Some((at, endpoint, conversation)) = self.timers.first().cloned()
            && at <= now
        {
            self.timers.pop_first();
            self.look_at(&endpoint, conversation, now);
        }
    }

    /// When there is something to [`wake`](Self::wake) for.
    pub(super) fn due(&self) -> Option<Millis> {
        let line = self.timers.first().map(|(at, _, _)| *at);
        let endpoint = self.left_alone.first().map(|(until, _)| *until);
        line.into_iter().chain(endpoint).min()
    }

    /// The next page of the store that is wanted, until it is [`taken`](Self::take_page).
    pub(super) fn next_page(&mut self) -> Option<PendingQuery> {
        let (room, batch) = (self.settings.held, self.settings.batch);
        while let Some(endpoint) = self.hungry.pop_front() {
            let Some(lines) = self.endpoints.get_mut(&endpoint) else { continue };
            lines.is_hungry = false;
            if !lines.wants_page(room) {
                continue;
            }
            let tenant = lines.tenant;
            if let Some(Wanted { conversation, after, page }) = lines.begin_page(room, batch) {
                return Some(PendingQuery { tenant, endpoint, conversation, after, page });
            }
        }
        None
    }

    /// Takes a page that was wanted.
    pub(super) fn take_page(&mut self, endpoint: &Endpoint, page: Vec<DeliveryRecord>, now: Millis) {
        let Some(lines) = self.endpoints.get_mut(endpoint) else { return };
        for conversation in lines.take_page(page) {
            self.look_at(endpoint, conversation, now);
        }
        self.feed(endpoint);
        self.forget_if_over(endpoint);
    }

    /// Sends nothing to an endpoint until it is [`resumed`](Self::resume); all of it waits in the store.
    pub(super) fn pause(&mut self, endpoint: &Endpoint) {
        let Some(lines) = self.endpoints.get_mut(endpoint) else { return };
        lines.is_paused = true;
        lines.let_go();
        self.paused.insert(endpoint.clone());
        self.forget_timers(endpoint);
    }

    /// Sends to an endpoint again.
    pub(super) fn resume(&mut self, endpoint: &Endpoint) {
        self.paused.remove(endpoint);
        if let Some(lines) = self.endpoints.get_mut(endpoint) {
            lines.is_paused = false;
        }
        self.feed(endpoint);
        self.forget_if_over(endpoint);
    }

    /// The endpoints that are paused, with their tenants.
    pub(super) fn paused(&self) -> Vec<(TenantId, Endpoint)> {
        let known =
            self.paused.iter().filter_map(|one| self.endpoints.get(one).map(|lines| (lines.tenant, one)));
        known.map(|(tenant, endpoint)| (tenant, endpoint.clone())).collect()
    }

    /// Forgets an endpoint that is gone, with all that waits for it.
    pub(super) fn forget(&mut self, endpoint: &Endpoint) {
        self.paused.remove(endpoint);
        let gone = self.endpoints.remove(endpoint);
        if let Some(until) = gone.and_then(|lines| lines.alone_until) {
            self.left_alone.remove(&(until, endpoint.clone()));
        }
        self.forget_timers(endpoint);
    }

    /// An endpoint wants nothing any more, as it was set to at a moment.
    pub(super) fn stop(&mut self, tenant: TenantId, endpoint: &Endpoint, configured: Millis) {
        self.lines(tenant, endpoint).stopped = Some(configured);
    }

    /// As what it was set to an endpoint is stopped, when it is.
    pub(super) fn stopped(&self, endpoint: &Endpoint) -> Option<Millis> {
        self.endpoints.get(endpoint)?.stopped
    }

    /// A stopped endpoint goes on.
    pub(super) fn go_on(&mut self, endpoint: &Endpoint) {
        if let Some(lines) = self.endpoints.get_mut(endpoint) {
            lines.stopped = None;
        }
        self.forget_if_over(endpoint);
    }

    fn lines(&mut self, tenant: TenantId, endpoint: &Endpoint) -> &mut Lines {
        self.endpoints.entry(endpoint.clone()).or_insert_with(|| Lines::new(tenant))
    }

    fn look_at(&mut self, endpoint: &Endpoint, conversation: ConversationId, now: Millis) {
        let Some(lines) = self.endpoints.get_mut(endpoint) else { return };
        let WebhookSettings { retries, batch, .. } = &self.settings;
        let Looked { former, next } = lines.look_at(conversation, now, retries, *batch);
        if former != next {
            if let Some(former) = former {
                self.timers.remove(&(former, endpoint.clone(), conversation));
            }
            if let Some(next) = next {
                self.timers.insert((next, endpoint.clone(), conversation));
            }
        }
        self.wait_for_turn(endpoint);
        self.feed(endpoint);
    }

    fn wait_for_turn(&mut self, endpoint: &Endpoint) {
        let Some(lines) = self.endpoints.get_mut(endpoint) else { return };
        if !lines.is_waiting && lines.has_next(self.settings.calls_per_endpoint.get()) {
            lines.is_waiting = true;
            self.turns.wait(lines.tenant, endpoint.clone());
        }
    }

    fn feed(&mut self, endpoint: &Endpoint) {
        let Some(lines) = self.endpoints.get_mut(endpoint) else { return };
        if !lines.is_hungry && lines.wants_page(self.settings.held) {
            lines.is_hungry = true;
            self.hungry.push_back(endpoint.clone());
        }
    }

    fn forget_timers(&mut self, endpoint: &Endpoint) {
        self.timers.retain(|(_, timed, _)| timed != endpoint);
    }

    fn forget_if_over(&mut self, endpoint: &Endpoint) {
        if self.endpoints.get(endpoint).is_some_and(|lines| lines.is_over() && !lines.is_waiting) {
            self.endpoints.remove(endpoint);
        }
    }
}

#[cfg(test)]
mod tests;
