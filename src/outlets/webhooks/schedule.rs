//! What goes when, and in which order: deliveries of one conversation to one endpoint one after the other, everybody
//! else beside it.
//!
//! Plain values: time is handed in, nothing is awaited, and what it decides is carried out elsewhere. What it holds
//! is bounded for each endpoint and for all together; the rest of an endpoint that is far behind stays in the store,
//! and the schedule knows from where on it has to be read.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::endpoints::Endpoints;
use super::lines::{Lines, Looked, Wanted, Wish};
use super::settings::WebhookSettings;
use super::turns::Turns;
use crate::domain::clock::Millis;
use crate::domain::delivery::{Delivery, DeliveryNo, Endpoint, Progress};
use crate::domain::ids::{ConversationId, TenantId};
use crate::store::{DeliveryRecord, PendingQuery};

/// All that is to be sent.
pub(super) struct Schedule {
    settings: WebhookSettings,
    endpoints: Endpoints,
    turns: Turns,
    /// Lines that wait for a moment.
    timers: BTreeSet<(Millis, Endpoint, ConversationId)>,
    /// Endpoints that are left alone until a moment.
    left_alone: BTreeSet<(Millis, Endpoint)>,
    /// Endpoints that may want a page of the store, in no order that matters.
    hungry: VecDeque<Endpoint>,
    /// Endpoints that wait until others leave room for a page, in their order.
    starved: VecDeque<Endpoint>,
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
        let endpoints = Endpoints::new(settings.held, settings.held_of_all);
        Self {
            settings,
            endpoints,
            turns,
            timers: BTreeSet::new(),
            left_alone: BTreeSet::new(),
            hungry: VecDeque::new(),
            starved: VecDeque::new(),
            paused: HashSet::new(),
        }
    }

    /// A delivery that was just kept.
    pub(super) fn offer(&mut self, record: DeliveryRecord, now: Millis) {
        let Delivery { tenant, conversation, .. } = record.delivery;
        let endpoint = record.delivery.endpoint.clone();
        self.endpoints.change_or_add(tenant, &endpoint, |lines, room| lines.offer(record, room));
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
        let goes = self.endpoints.change_or_add(tenant, endpoint, |lines, _| {
            lines.call_passing(delivery.conversation, per_endpoint)
        });
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
        self.endpoints.change_or_add(tenant, endpoint, |lines, _| lines.leave(from, until));
        self.feed(endpoint);
    }

    /// The next call to be made, until it is [`settled`](Self::settle).
    pub(super) fn next(&mut self, now: Millis) -> Option<(LineKey, Vec<DeliveryRecord>)> {
        loop {
            let (tenant, endpoint) = self.turns.next()?;
            let per_endpoint = self.settings.calls_per_endpoint.get();
            let WebhookSettings { batch, retries, .. } = &self.settings;
            let called = self.endpoints.change(&endpoint, |lines, _| {
                lines.is_waiting = false;
                if !lines.has_next(per_endpoint) {
                    return None;
                }
                lines.call_next(*batch, now, retries)
            });
            let Some((conversation, deliveries)) = called.flatten() else {
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
        self.endpoints.change(&line.endpoint, |lines, _| lines.settle(line.conversation, outcome));
        self.look_at(&line.endpoint, line.conversation, now);
        self.forget_if_over(&line.endpoint);
    }

    /// Sends nothing to an endpoint before a moment, as it has asked. The longest time that it has asked for counts.
    pub(super) fn leave_alone(&mut self, tenant: TenantId, endpoint: &Endpoint, until: Millis) {
        self.endpoints.change_or_add(tenant, endpoint, |lines, _| {
            if lines.alone_until.is_some_and(|present| present >= until) {
                return;
            }
            if let Some(former) = lines.alone_until.replace(until) {
                self.left_alone.remove(&(former, endpoint.clone()));
            }
            self.left_alone.insert((until, endpoint.clone()));
        });
    }

    /// Looks at the endpoints and lines whose moment has come.
    pub(super) fn wake(&mut self, now: Millis) {
        while let Some((until, endpoint)) = self.left_alone.first().cloned()
            && until <= now
        {
            self.left_alone.pop_first();
            self.endpoints.change(&endpoint, |lines, _| lines.alone_until = None);
            self.wait_for_turn(&endpoint);
            self.feed(&endpoint);
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

    /// The next page of the store that is wanted, until it is [`taken`](Self::take_page) or
    /// [`put off`](Self::put_page_off). It counts as held from here on.
    pub(super) fn next_page(&mut self) -> Option<PendingQuery> {
        let batch = self.settings.batch;
        while let Some(endpoint) = self.next_starved().or_else(|| self.hungry.pop_front()) {
            let wanted = self.endpoints.change(&endpoint, |lines, room| {
                lines.is_hungry = false;
                match lines.wants_page(&room) {
                    Wish::Nothing => None,
                    Wish::Page => lines.begin_page(&room, batch).map(|wanted| (lines.tenant, wanted)),
                    Wish::Room => {
                        if !std::mem::replace(&mut lines.is_starved, true) {
                            self.starved.push_back(endpoint.clone());
                        }
                        None
                    }
                }
            });
            if let Some((tenant, Wanted { conversation, after, page })) = wanted.flatten() {
                return Some(PendingQuery { tenant, endpoint, conversation, after, page });
            }
        }
        None
    }

    /// The next of those that wait for room, when there is some: whatever it wants it can have.
    fn next_starved(&mut self) -> Option<Endpoint> {
        let endpoint = self.starved.pop_front_if(|_| self.endpoints.room().is_left_to_all())?;
        self.endpoints.change(&endpoint, |lines, _| lines.is_starved = false);
        Some(endpoint)
    }

    /// Takes a page that was wanted.
    pub(super) fn take_page(&mut self, endpoint: &Endpoint, page: Vec<DeliveryRecord>, now: Millis) {
        let touched = self.endpoints.change(endpoint, |lines, _| lines.take_page(page));
        for conversation in touched.unwrap_or_default() {
            self.look_at(endpoint, conversation, now);
        }
        self.feed(endpoint);
        self.forget_if_over(endpoint);
    }

    /// A page that was wanted cannot be read. Nothing of its endpoint is wanted before it is
    /// [`wanted again`](Self::want_again), and the page holds no room meanwhile.
    pub(super) fn put_page_off(&mut self, endpoint: &Endpoint) {
        self.endpoints.change(endpoint, |lines, _| lines.put_page_off());
    }

    /// Wants pages again of an endpoint that could not be read; whether there is one to be wanted.
    pub(super) fn want_again(&mut self, endpoint: &Endpoint) -> bool {
        let is_wanted = self.endpoints.change(endpoint, |lines, room| {
            lines.is_unreadable = false;
            lines.wants_page(&room) != Wish::Nothing
        });
        self.feed(endpoint);
        is_wanted.unwrap_or_default()
    }

    /// Sends nothing to an endpoint until it is [`resumed`](Self::resume); all of it waits in the store.
    pub(super) fn pause(&mut self, endpoint: &Endpoint) {
        let paused = self.endpoints.change(endpoint, |lines, _| {
            lines.is_paused = true;
            lines.let_go();
        });
        if paused.is_none() {
            return;
        }
        self.paused.insert(endpoint.clone());
        self.forget_timers(endpoint);
    }

    /// Sends to an endpoint again.
    pub(super) fn resume(&mut self, endpoint: &Endpoint) {
        self.paused.remove(endpoint);
        self.endpoints.change(endpoint, |lines, _| lines.is_paused = false);
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
        self.hungry.retain(|hungry| hungry != endpoint);
        if let Some(until) = self.remove(endpoint).and_then(|lines| lines.alone_until) {
            self.left_alone.remove(&(until, endpoint.clone()));
        }
        self.forget_timers(endpoint);
    }

    /// An endpoint wants nothing any more, as it was set to at a moment.
    pub(super) fn stop(&mut self, tenant: TenantId, endpoint: &Endpoint, configured: Millis) {
        self.endpoints.change_or_add(tenant, endpoint, |lines, _| lines.stopped = Some(configured));
    }

    /// As what it was set to an endpoint is stopped, when it is.
    pub(super) fn stopped(&self, endpoint: &Endpoint) -> Option<Millis> {
        self.endpoints.get(endpoint)?.stopped
    }

    /// A stopped endpoint goes on.
    pub(super) fn go_on(&mut self, endpoint: &Endpoint) {
        self.endpoints.change(endpoint, |lines, _| lines.stopped = None);
        self.forget_if_over(endpoint);
    }

    fn look_at(&mut self, endpoint: &Endpoint, conversation: ConversationId, now: Millis) {
        let WebhookSettings { retries, batch, .. } = &self.settings;
        let looked =
            self.endpoints.change(endpoint, |lines, _| lines.look_at(conversation, now, retries, *batch));
        let Some(Looked { former, next }) = looked else { return };
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
        let per_endpoint = self.settings.calls_per_endpoint.get();
        self.endpoints.change(endpoint, |lines, _| {
            if !lines.is_waiting && lines.has_next(per_endpoint) {
                lines.is_waiting = true;
                self.turns.wait(lines.tenant, endpoint.clone());
            }
        });
    }

    fn feed(&mut self, endpoint: &Endpoint) {
        self.endpoints.change(endpoint, |lines, room| {
            if !lines.is_hungry && lines.wants_page(&room) != Wish::Nothing {
                lines.is_hungry = true;
                self.hungry.push_back(endpoint.clone());
            }
        });
    }

    fn forget_timers(&mut self, endpoint: &Endpoint) {
        self.timers.retain(|(_, timed, _)| timed != endpoint);
    }

    fn forget_if_over(&mut self, endpoint: &Endpoint) {
        if self.endpoints.get(endpoint).is_some_and(|lines| lines.is_over() && !lines.is_waiting) {
            self.remove(endpoint);
        }
    }

    fn remove(&mut self, endpoint: &Endpoint) -> Option<Lines> {
        let removed = self.endpoints.remove(endpoint)?;
        if removed.is_starved {
            self.starved.retain(|starved| starved != endpoint);
        }
        Some(removed)
    }
}

#[cfg(test)]
mod tests;
