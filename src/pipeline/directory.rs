//! Changes of the directory: made by the registry, and told to whoever subscribed to them. A change goes into the
//! recorder's queue before the next one of its tenant can be made, whether or not its caller is still there: so
//! changes are heard in the order in which they were made, and none is left out. It is answered when both are done.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::changes::{Change, ChangeAction, ChangedResource};
use super::engine::Engine;
use super::error::EngineError;
use super::record::{Done, kept};
use crate::domain::audit::Actor;
use crate::domain::directory::{Team, User};
use crate::domain::ids::{TeamId, UserId};
use crate::registry::{Departure, TeamPatch, TeamSpec, UserPatch, UserSpec};

impl Engine {
    /// Creates a user of a tenant, which has `most` users at most.
    pub async fn create_user(
        self: &Arc<Self>,
        by: Actor,
        spec: UserSpec,
        most: Option<NonZeroUsize>,
    ) -> Result<Arc<User>, EngineError> {
        let tell = self.tell_user(ChangeAction::Created);
        let (user, told) = self.registry.create_user(by, spec, most, tell).await?;
        kept(told).await?;
        Ok(user)
    }

    /// Changes a user. What changes nothing is not told.
    pub async fn update_user(
        self: &Arc<Self>,
        by: Actor,
        id: &UserId,
        patch: UserPatch,
    ) -> Result<Arc<User>, EngineError> {
        let tell = self.tell_user(ChangeAction::Updated);
        let (user, told) = self.registry.update_user(by, id, patch, tell).await?;
        if let Some(told) = told {
            kept(told).await?;
        }
        Ok(user)
    }

    /// Deletes a user. The teams that it was in have changed by that, and are told first: so nobody who hears of a
    /// team finds a member there who is gone.
    pub async fn delete_user(self: &Arc<Self>, by: Actor, id: &UserId) -> Result<(), EngineError> {
        let (engine, tenant) = (self.clone(), by.tenant);
        let tell = move |gone: &Departure| {
            let teams = gone.teams.iter().cloned().map(ChangedResource::Team);
            let changes = teams.map(|team| Change { action: ChangeAction::Updated, of: team });
            let user = ChangedResource::User(gone.user.clone());
            let deleted = Change { action: ChangeAction::Deleted, of: user };
            engine.submit_changes(tenant, changes.chain([deleted]))
        };
        let told = self.registry.delete_user(by, id, tell).await?;
        Ok(kept(told).await?)
    }

    /// Creates a team of a tenant, which has `most` teams at most.
    pub async fn create_team(
        self: &Arc<Self>,
        by: Actor,
        spec: TeamSpec,
        most: Option<NonZeroUsize>,
    ) -> Result<Arc<Team>, EngineError> {
        let tell = self.tell_team(ChangeAction::Created);
        let (team, told) = self.registry.create_team(by, spec, most, tell).await?;
        kept(told).await?;
        Ok(team)
    }

    /// Changes a team. What changes nothing is not told. Who is not in it any more is shown no chat that comes to it.
    pub async fn update_team(
        self: &Arc<Self>,
        by: Actor,
        id: &TeamId,
        patch: TeamPatch,
    ) -> Result<Arc<Team>, EngineError> {
        let (engine, tell_change) = (self.clone(), self.tell_team(ChangeAction::Updated));
        let tell = move |before: &Arc<Team>, team: &Arc<Team>| {
            if let Some(left) = who_left(before, team) {
                engine.withdraw_countdowns_from(&left);
            }
            tell_change(team)
        };
        let (team, told) = self.registry.update_team(by, id, patch, tell).await?;
        if let Some(told) = told {
            kept(told).await?;
        }
        Ok(team)
    }

    /// Deletes a team; who was in it stays, and is shown no chat that comes to it.
    pub async fn delete_team(self: &Arc<Self>, by: Actor, id: &TeamId) -> Result<(), EngineError> {
        let (engine, tell_change) = (self.clone(), self.tell_team(ChangeAction::Deleted));
        let tell = move |team: &Arc<Team>| {
            engine.withdraw_countdowns_to(team);
            tell_change(team)
        };
        let told = self.registry.delete_team(by, id, tell).await?;
        Ok(kept(told).await?)
    }

    fn tell_user(self: &Arc<Self>, action: ChangeAction) -> impl FnOnce(&Arc<User>) -> Done + use<> {
        let engine = self.clone();
        move |user| {
            let change = Change { action, of: ChangedResource::User(user.clone()) };
            engine.submit_changes(user.tenant, [change])
        }
    }

    fn tell_team(self: &Arc<Self>, action: ChangeAction) -> impl FnOnce(&Arc<Team>) -> Done + use<> {
        let engine = self.clone();
        move |team| {
            let change = Change { action, of: ChangedResource::Team(team.clone()) };
            engine.submit_changes(team.tenant, [change])
        }
    }
}

/// A team with those alone who were in it before and are not now; none when nobody left.
fn who_left(before: &Team, now: &Team) -> Option<Team> {
    let mut left = before.clone();
    left.members.retain(|member| !now.members.contains(member));
    (!left.members.is_empty()).then_some(left)
}

#[cfg(test)]
mod tests;
