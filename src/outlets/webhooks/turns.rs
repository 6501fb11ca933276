//! Whose turn it is to be called: tenants one after the other, of each its endpoints one after the other, and no
//! tenant more often at the same time than it may. It must not know what there is to send.

use std::collections::{HashMap, VecDeque};

use crate::domain::delivery::Endpoint;
use crate::domain::ids::TenantId;

/// The tenants with something to send.
pub(super) struct Turns {
    calls_per_tenant: usize,
    tenants: HashMap<TenantId, Tenant>,
    /// Those that have an endpoint waiting and may call, each once.
    order: VecDeque<TenantId>,
}

#[derive(Default)]
struct Tenant {
    calls: usize,
    waiting: VecDeque<Endpoint>,
    is_listed: bool,
}

impl Turns {
    pub(super) fn new(calls_per_tenant: usize) -> Self {
        Self { calls_per_tenant, tenants: HashMap::new(), order: VecDeque::new() }
    }

    /// An endpoint has something to send. It gets one turn for each time that it says so.
    pub(super) fn wait(&mut self, tenant: TenantId, endpoint: Endpoint) {
        self.tenants.entry(tenant).or_default().waiting.push_back(endpoint);
        self.list(tenant);
    }

    /// The next whose turn it is, for a call that counts until it has [`ended`](Self::ended).
    pub(super) fn next(&mut self) -> Option<(TenantId, Endpoint)> {
        let tenant = self.order.pop_front()?;
        let known = self.tenants.get_mut(&tenant)?;
        known.is_listed = false;
        let endpoint = known.waiting.pop_front()?;
        known.calls += 1;
        self.list(tenant);
        Some((tenant, endpoint))
    }

    /// Takes a turn out of turn, when the tenant may call; whether it did.
    pub(super) fn take_now(&mut self, tenant: TenantId) -> bool {
        let known = self.tenants.entry(tenant).or_default();
        let is_free = known.calls < self.calls_per_tenant;
        known.calls += usize::from(is_free);
        is_free
    }

    /// A call of a tenant has ended.
    pub(super) fn ended(&mut self, tenant: TenantId) {
        if let Some(known) = self.tenants.get_mut(&tenant) {
            known.calls = known.calls.saturating_sub(1);
            if known.calls == 0 && known.waiting.is_empty() {
                self.tenants.remove(&tenant);
            }
        }
        self.list(tenant);
    }

    fn list(&mut self, tenant: TenantId) {
        let Some(known) = self.tenants.get_mut(&tenant) else { return };
        if !known.is_listed && !known.waiting.is_empty() && known.calls < self.calls_per_tenant {
            known.is_listed = true;
            self.order.push_back(tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::IntegrationId;

    fn endpoint() -> Endpoint {
        Endpoint::Integration(IntegrationId::new())
    }

    #[test]
    fn tenants_have_their_turns_one_after_the_other_and_so_have_their_endpoints() {
        let (one, two) = (TenantId::new(), TenantId::new());
        let (a, b, c) = (endpoint(), endpoint(), endpoint());
        let mut turns = Turns::new(9);
        for (tenant, endpoint) in [(one, &a), (one, &b), (one, &a), (two, &c)] {
            turns.wait(tenant, endpoint.clone());
        }
        let order: Vec<_> = std::iter::from_fn(|| turns.next()).collect();
        assert_eq!(order, [(one, a.clone()), (two, c), (one, b), (one, a)]);
    }

    #[test]
    fn a_tenant_has_no_more_calls_than_it_may_and_goes_on_when_one_ends() {
        let (one, two) = (TenantId::new(), TenantId::new());
        let mut turns = Turns::new(2);
        let endpoints = [endpoint(), endpoint(), endpoint()];
        endpoints.iter().for_each(|endpoint| turns.wait(one, endpoint.clone()));
        assert!(turns.next().is_some() && turns.next().is_some());
        assert_eq!(turns.next(), None, "one past the limit");
        assert!(!turns.take_now(one) && turns.take_now(two));
        turns.ended(one);
        assert_eq!(turns.next(), Some((one, endpoints[2].clone())));
        assert_eq!(turns.next(), None);
    }

    #[test]
    fn who_has_nothing_to_send_is_forgotten() {
        let tenant = TenantId::new();
        let mut turns = Turns::new(1);
        assert!(turns.take_now(tenant));
        turns.ended(tenant);
        turns.wait(tenant, endpoint());
        assert!(turns.next().is_some());
        turns.ended(tenant);
        assert!(turns.tenants.is_empty() && turns.order.is_empty());
    }
}
