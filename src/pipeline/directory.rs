//! Changes of the directory: made by the registry, and told to whoever subscribed to them in the order in which they
//! were made.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::engine::Engine;
use super::error::EngineError;
use crate::domain::directory::{Team, User};
use crate::domain::ids::{TeamId, TenantId, UserId};
use crate::registry::{TeamPatch, TeamSpec, UserPatch, UserSpec};

impl Engine {
    /// Creates a user of a tenant, which has `most` users at most.
    pub async fn create_user(
        self: &Arc<Self>,
        tenant: TenantId,
        spec: UserSpec,
        most: Option<NonZeroUsize>,
    ) -> Result<Arc<User>, EngineError> {
        let (user, ()) = self.registry.create_user(tenant, spec, most, |_| ()).await?;
        Ok(user)
    }

    /// Changes a user. What changes nothing is not told.
    pub async fn update_user(
        self: &Arc<Self>,
        tenant: TenantId,
        id: &UserId,
        patch: UserPatch,
    ) -> Result<Arc<User>, EngineError> {
        let (user, _) = self.registry.update_user(tenant, id, patch, |_| ()).await?;
        Ok(user)
    }

    /// Deletes a user. The teams that it was in have changed by that, and are told first: so nobody who hears of a team
    /// finds a member there who is gone.
    pub async fn delete_user(self: &Arc<Self>, tenant: TenantId, id: &UserId) -> Result<(), EngineError> {
        self.registry.delete_user(tenant, id, |_| ()).await?;
        Ok(())
    }

    /// Creates a team of a tenant, which has `most` teams at most.
    pub async fn create_team(
        self: &Arc<Self>,
        tenant: TenantId,
        spec: TeamSpec,
        most: Option<NonZeroUsize>,
    ) -> Result<Arc<Team>, EngineError> {
        let (team, ()) = self.registry.create_team(tenant, spec, most, |_| ()).await?;
        Ok(team)
    }

    /// Changes a team. What changes nothing is not told.
    pub async fn update_team(
        self: &Arc<Self>,
        tenant: TenantId,
        id: &TeamId,
        patch: TeamPatch,
    ) -> Result<Arc<Team>, EngineError> {
        let (team, _) = self.registry.update_team(tenant, id, patch, |_| ()).await?;
        Ok(team)
    }

    /// Deletes a team.
    pub async fn delete_team(self: &Arc<Self>, tenant: TenantId, id: &TeamId) -> Result<(), EngineError> {
        self.registry.delete_team(tenant, id, |_| ()).await?;
        Ok(())
    }
}
