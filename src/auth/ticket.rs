//! Tickets: what a browser, which cannot send headers with a websocket, presents in its address instead of
//! its token. Knows nothing of sockets.
//!
//! An address ends up in logs and histories, so a ticket opens one socket, once, within a minute.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::secret::random_text;
use super::token::{Identity, SecretState, is_founded};
use crate::domain::clock::Millis;
use crate::domain::ids::TenantId;

/// How long a ticket waits to be used: enough for a page on a slow line to open its socket, and the most
/// that the protocol allows.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(60);

/// Unused tickets that one tenant may have: more than it has browsers reconnecting within one minute, about
/// 2 MiB. Counted by tenant so that none can use up what another needs.
const TICKETS_PER_TENANT: usize = 10_000;

/// The tenant has too many unused tickets; in a minute at most there is room again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many unused tickets")]
pub struct TooManyTickets;

/// The tickets that are out.
pub struct Tickets {
    secrets: Arc<dyn SecretState>,
    /// Held for a few steps at a time and never while waiting, so a plain lock does.
    waiting: Mutex<Waiting>,
    per_tenant: usize,
}

impl Tickets {
    /// No tickets yet. `secrets` is asked when one is used, because its token may have been revoked since.
    pub fn new(secrets: Arc<dyn SecretState>) -> Self {
        Self { secrets, waiting: Mutex::default(), per_tenant: TICKETS_PER_TENANT }
    }

    /// A ticket for whoever has shown a token; good for [`TICKET_LIFETIME`] and no longer than that token.
    ///
    /// # Errors
    /// [`TooManyTickets`].
    pub fn issue(&self, identity: Arc<Identity>, now: Millis) -> Result<String, TooManyTickets> {
        let mut waiting = self.waiting.lock();
        waiting.sweep(now);
        if waiting.count(identity.tenant) >= self.per_tenant {
            return Err(TooManyTickets);
        }
        let ticket = random_text();
        waiting.put(ticket.clone(), identity, now.plus(TICKET_LIFETIME));
        Ok(ticket)
    }

    /// Who the ticket was given to. `None` when it was never given, has been used or is too old, and when
    /// the token behind it has ended meanwhile.
    pub fn redeem(&self, ticket: &str, now: Millis) -> Option<Arc<Identity>> {
        let (identity, until) = self.waiting.lock().take(ticket)?;
        let counts = now < until && !identity.is_expired(now) && is_founded(&*self.secrets, &identity, now);
        counts.then_some(identity)
    }
}

/// Unused tickets, with what finds the expired ones and counts a tenant's.
#[derive(Default)]
struct Waiting {
    by_ticket: HashMap<String, (Arc<Identity>, Millis)>,
    /// Every ticket in the order of issue, which is that of expiry. Used ones stay here until their time.
    by_expiry: VecDeque<(Millis, TenantId, String)>,
    /// Entries of `by_expiry`: what the bound is about, because those are what takes memory.
    by_tenant: HashMap<TenantId, usize>,
}

impl Waiting {
    fn count(&self, tenant: TenantId) -> usize {
        self.by_tenant.get(&tenant).copied().unwrap_or(0)
    }

    fn put(&mut self, ticket: String, identity: Arc<Identity>, until: Millis) {
        *self.by_tenant.entry(identity.tenant).or_default() += 1;
        self.by_expiry.push_back((until, identity.tenant, ticket.clone()));
        self.by_ticket.insert(ticket, (identity, until));
    }

    fn take(&mut self, ticket: &str) -> Option<(Arc<Identity>, Millis)> {
        self.by_ticket.remove(ticket)
    }

    fn sweep(&mut self, now: Millis) {
        while let Some((_, tenant, ticket)) = self.by_expiry.pop_front_if(|(until, ..)| *until <= now) {
            self.by_ticket.remove(&ticket);
            if let Some(count) = self.by_tenant.get_mut(&tenant) {
                *count -= 1;
                if *count == 0 {
                    self.by_tenant.remove(&tenant);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{LIFETIME, OneClient, START, client};
    use crate::domain::client::Api;

    const MILLISECOND: Duration = Duration::from_millis(1);

    fn setting() -> (Arc<OneClient>, Tickets, Arc<Identity>) {
        let clients = OneClient::new(client(Api::Engine).0);
        let tokens = clients.tokens();
        let identity = tokens.verify(&clients.token(&tokens), START).unwrap();
        let secrets: Arc<dyn SecretState> = Arc::<OneClient>::clone(&clients);
        (clients, Tickets::new(secrets), identity)
    }

    #[test]
    fn a_ticket_opens_once() {
        let (_, tickets, identity) = setting();
        let ticket = tickets.issue(Arc::clone(&identity), START).unwrap();
        assert_eq!(tickets.redeem(&ticket, START), Some(identity));
        assert_eq!(tickets.redeem(&ticket, START), None);
    }

    #[test]
    fn a_ticket_that_was_never_given_opens_nothing() {
        let (_, tickets, _) = setting();
        assert_eq!(tickets.redeem(&random_text(), START), None);
        assert_eq!(tickets.redeem("", START), None);
    }

    #[test]
    fn a_ticket_is_good_for_a_minute() {
        let (_, tickets, identity) = setting();
        let first = tickets.issue(Arc::clone(&identity), START).unwrap();
        let second = tickets.issue(identity, START).unwrap();
        let end = START.plus(TICKET_LIFETIME);
        assert!(tickets.redeem(&first, end.minus(MILLISECOND)).is_some());
        assert_eq!(tickets.redeem(&second, end), None);
    }

    #[test]
    fn a_ticket_ends_with_its_token() {
        let (_, tickets, identity) = setting();
        let shortly_before = START.plus(LIFETIME).minus(MILLISECOND);
        let ticket = tickets.issue(identity, shortly_before).unwrap();
        assert_eq!(tickets.redeem(&ticket, START.plus(LIFETIME)), None);
    }

    #[test]
    fn a_ticket_ends_when_the_secret_behind_it_is_deleted() {
        let (clients, tickets, identity) = setting();
        let ticket = tickets.issue(identity, START).unwrap();
        clients.change(|client| client.secrets.clear());
        assert_eq!(tickets.redeem(&ticket, START), None);
    }

    #[test]
    fn a_tenant_with_too_many_unused_tickets_waits_and_others_do_not() {
        let (_, mut tickets, identity) = setting();
        tickets.per_tenant = 2;
        let other = Arc::new(Identity { tenant: TenantId::new(), ..(*identity).clone() });
        for _ in 0..2 {
            tickets.issue(Arc::clone(&identity), START).unwrap();
        }
        assert_eq!(tickets.issue(Arc::clone(&identity), START), Err(TooManyTickets));
        assert!(tickets.issue(other, START).is_ok());
        assert!(tickets.issue(identity, START.plus(TICKET_LIFETIME)).is_ok());
    }

    #[test]
    fn issuing_sweeps_every_expired_ticket_used_or_not() {
        let (_, tickets, identity) = setting();
        let used = tickets.issue(Arc::clone(&identity), START).unwrap();
        tickets.redeem(&used, START);
        tickets.issue(Arc::clone(&identity), START).unwrap();
        tickets.issue(Arc::clone(&identity), START.plus(TICKET_LIFETIME)).unwrap();

        let waiting = tickets.waiting.lock();
        assert_eq!((waiting.by_ticket.len(), waiting.by_expiry.len()), (1, 1));
        assert_eq!(waiting.count(identity.tenant), 1);
    }
}
