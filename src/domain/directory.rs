//! The directory: a tenant's users and teams, shared by all faces.

use crate::domain::ids::{TeamId, TenantId, UserId};

/// Someone who works for a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Identifies the user within the tenant.
    pub id: UserId,
    /// Whose directory it is.
    pub tenant: TenantId,
    /// The user's number within the tenant, from 1: the `ehubSessionId` of the user's engagement events.
    pub number: i64,
    /// The user's name for people.
    pub name: String,
}

/// Users who work together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Identifies the team within the tenant.
    pub id: TeamId,
    /// Whose directory it is.
    pub tenant: TenantId,
    /// The team's name for people.
    pub name: String,
    /// Who is in it.
    pub members: Vec<UserId>,
}
