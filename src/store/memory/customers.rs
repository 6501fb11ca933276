//! Customers, and what back ends have told of them.
//! Does not know how a customer is named on any face.

use std::cmp::Reverse;

use super::contents::Contents;
use super::errors::Refusal;
use crate::domain::clock::Millis;
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind};
use crate::domain::ids::{IntegrationId, TenantId};

/// A push by its kind, name and id.
pub(super) type PushKey = (TenantId, PushKind, String, String);

/// A customer by its integration and binding key.
pub(super) type CustomerPlace = (IntegrationId, String);

/// A push as a link of it finds it: of each link and kind the newest comes first.
pub(super) type LinkKey = (TenantId, CustomerKey, PushKind, Reverse<Millis>, String, String);

/// What there may be only so much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counted {
    Customers,
    Pushes(PushKind),
}

impl Contents {
    pub(super) fn put_customer(&mut self, tenant: TenantId, customer: Customer) -> Result<(), Refusal> {
        let place = (customer.integration, customer.binding.clone());
        self.owner(tenant, self.customers.get(&place).map(|(owner, _)| *owner))?;
        if !self.customers.contains(&place) {
            self.count(tenant, Counted::Customers, |count| count + 1);
        }
        self.customers.put(place, (tenant, customer));
        Ok(())
    }

    pub(super) fn forget_customers(&mut self, integration: IntegrationId) {
        let theirs = self.customers.range((integration, String::new())..);
        let theirs = theirs.take_while(|((of, _), _)| *of == integration);
        let gone: Vec<_> = theirs.map(|(place, (owner, _))| (*owner, place.clone())).collect();
        for (owner, place) in gone {
            self.customers.remove(&place);
            self.count(owner, Counted::Customers, |count| count - 1);
        }
    }

    pub(super) fn told_count(&self, tenant: TenantId, of: Counted) -> usize {
        self.told_counts.get(&(tenant, of)).copied().unwrap_or_default()
    }

    fn count(&mut self, tenant: TenantId, of: Counted, change: impl FnOnce(usize) -> usize) {
        let count = change(self.told_count(tenant, of));
        self.told_counts.put((tenant, of), count);
    }

    pub(super) fn customer(
        &self,
        tenant: TenantId,
        integration: IntegrationId,
        binding: &str,
    ) -> Option<Customer> {
        let (owner, customer) = self.customers.get(&(integration, binding.to_owned()))?;
        (*owner == tenant).then(|| customer.clone())
    }

    pub(super) fn put_push(&mut self, tenant: TenantId, push: Push) -> Result<(), Refusal> {
        self.owner(tenant, None)?;
        let key = (tenant, push.kind, push.name.clone(), push.id.clone());
        match self.pushes.get(&key).map(|former| link_keys(tenant, former)) {
            Some(former) => former.iter().for_each(|link| self.push_links.remove(link)),
            None => self.count(tenant, Counted::Pushes(push.kind), |count| count + 1),
        }
        link_keys(tenant, &push).into_iter().for_each(|link| self.push_links.put(link, ()));
        self.pushes.put(key, push);
        Ok(())
    }

    /// The newest of a kind that was told of a customer by any of its keys.
    pub(super) fn pushes_of(
        &self,
        tenant: TenantId,
        keys: &[CustomerKey],
        kind: PushKind,
        most: usize,
    ) -> Vec<Push> {
        let mut found: Vec<(Reverse<Millis>, PushKey)> = Vec::new();
        for key in keys {
            let first = (tenant, key.clone(), kind, Reverse(Millis(i64::MAX)), String::new(), String::new());
            let of_key = self.push_links.range(first..).map(|(link, ())| link);
            let of_key = of_key.take_while(|link| (link.0, &link.1, link.2) == (tenant, key, kind));
            let places =
                of_key.map(|(_, _, _, at, name, id)| (*at, (tenant, kind, name.clone(), id.clone())));
            found.extend(places.take(most));
        }
        // One that is linked in several ways is one.
        found.sort();
        found.dedup();
        found.iter().take(most).filter_map(|(_, key)| self.pushes.get(key).cloned()).collect()
    }

    pub(super) fn told_of(&self) -> Vec<TenantId> {
        let mut tenants: Vec<_> = self.pushes.range(..).map(|(key, _)| key.0).collect();
        tenants.dedup();
        tenants
    }

    /// Removes events that happened before a moment.
    pub(super) fn prune_pushed_events(&mut self, before: Millis, most: usize) -> usize {
        let is_old = |push: &Push| push.kind == PushKind::Event && push.at < before;
        let old = self.pushes.range(..).filter(|(_, push)| is_old(push)).take(most);
        let old: Vec<_> = old.map(|(key, push)| (key.clone(), link_keys(key.0, push))).collect();
        for (key, links) in &old {
            self.pushes.discard(std::slice::from_ref(key));
            self.push_links.discard(links);
            self.count(key.0, Counted::Pushes(key.1), |count| count - 1);
        }
        // There is no commit that could be taken back.
        self.told_counts.settle();
        old.len()
    }
}

/// A push by all of its links.
fn link_keys(tenant: TenantId, push: &Push) -> Vec<LinkKey> {
    let key = |link: &CustomerKey| {
        (tenant, link.clone(), push.kind, Reverse(push.at), push.name.clone(), push.id.clone())
    };
    push.links.iter().map(key).collect()
}
