//! A tenant that is worked out before any of it is kept, so that it is then kept whole or not at all.
//! It must not know what a tenant begins with: whoever makes one says so.

use std::sync::Arc;

use super::hubs::{HubSpec, new_hub};
use super::integrations::{IntegrationSpec, new_integration};
use super::people::{UserSpec, new_user};
use super::teams::{TeamSpec, new_team};
use super::tenancy::Tenancy;
use crate::domain::clock::Millis;
use crate::domain::directory::{Team, User};
use crate::domain::faq::FaqNode;
use crate::domain::hub::Hub;
use crate::domain::ids::{HubId, IntegrationId};
use crate::domain::integration::Integration;

/// A tenant that is not kept yet; [`Registry::keep_tenant`](super::Registry::keep_tenant) keeps it.
///
/// Names and ids are not checked: whoever gives the tenant its first things gives them different ones.
pub struct TenantDraft {
    pub(super) tenancy: Tenancy,
    pub(super) now: Millis,
}

impl TenantDraft {
    /// Adds a user.
    pub fn user(&mut self, spec: UserSpec) -> Arc<User> {
        let number = self.tenancy.users.iter().map(|user| user.number).max().unwrap_or(0) + 1;
        let user = new_user(self.tenancy.tenant.id, number, spec);
        add(&mut self.tenancy.users, user)
    }

    /// Adds a team.
    pub fn team(&mut self, spec: TeamSpec) -> Arc<Team> {
        let number = self.tenancy.teams.iter().map(|team| team.number).max().unwrap_or(0) + 1;
        let team = new_team(self.tenancy.tenant.id, number, spec);
        add(&mut self.tenancy.teams, team)
    }

    /// Adds a hub.
    pub fn hub(&mut self, spec: HubSpec) -> Arc<Hub> {
        let number = self.tenancy.hubs.iter().map(|hub| hub.number).max().unwrap_or(0) + 1;
        let hub = new_hub(self.tenancy.tenant.id, number, spec, self.now);
        add(&mut self.tenancy.hubs, hub)
    }

    /// Adds an integration to one of its hubs; on the Direct channel with a new signing key pair.
    pub fn integration(&mut self, hub: HubId, spec: IntegrationSpec) -> Arc<Integration> {
        let integration = new_integration(self.tenancy.tenant.id, hub, spec, self.now);
        add(&mut self.tenancy.integrations, integration)
    }

    /// Teaches one of its bots what it answers from.
    pub fn faq(&mut self, bot: IntegrationId, nodes: impl IntoIterator<Item = FaqNode>) {
        self.tenancy.faq.push((bot, nodes.into_iter().collect()));
    }
}

fn add<T>(all: &mut Vec<Arc<T>>, new: T) -> Arc<T> {
    let new = Arc::new(new);
    all.push(new.clone());
    new
}
