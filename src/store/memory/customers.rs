//! Customers, and what back ends have told of them.
//! Does not know how a customer is named on any face.

use super::contents::Contents;
use super::errors::Refusal;
use crate::domain::clock::Millis;
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind};
use crate::domain::ids::{IntegrationId, TenantId};

/// A push by its kind, name and id.
pub(super) type PushKey = (TenantId, PushKind, String, String);

/// A customer by its integration and binding key.
pub(super) type CustomerPlace = (IntegrationId, String);

impl Contents {
    pub(super) fn put_customer(&mut self, tenant: TenantId, customer: Customer) -> Result<(), Refusal> {
        let place = (customer.integration, customer.binding.clone());
        self.owner(tenant, self.customers.get(&place).map(|(owner, _)| *owner))?;
        self.customers.put(place, (tenant, customer));
        Ok(())
    }

    pub(super) fn forget_customers(&mut self, integration: IntegrationId) {
        let theirs = self.customers.range((integration, String::new())..);
        let theirs = theirs.take_while(|((of, _), _)| *of == integration);
        let gone: Vec<_> = theirs.map(|(place, _)| place.clone()).collect();
        gone.iter().for_each(|place| self.customers.remove(place));
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
        self.pushes.put((tenant, push.kind, push.name.clone(), push.id.clone()), push);
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
        let is_theirs = |push: &&Push| push.links.iter().any(|link| keys.contains(link));
        let mut found: Vec<_> = self.pushes_of_kind(tenant, kind).filter(is_theirs).cloned().collect();
        found.sort_by_key(|push| std::cmp::Reverse(push.at));
        found.truncate(most);
        found
    }

    pub(super) fn pushes_of_kind(&self, tenant: TenantId, kind: PushKind) -> impl Iterator<Item = &Push> {
        let first = (tenant, kind, String::new(), String::new());
        let own = move |(key, _): &(&PushKey, &Push)| key.0 == tenant && key.1 == kind;
        self.pushes.range(first..).take_while(own).map(|(_, push)| push)
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
        let old: Vec<_> = old.map(|(key, _)| key.clone()).collect();
        self.pushes.discard(&old);
        old.len()
    }
}
