//! Changes of the directory, told to the sessions that have subscribed to them.
//! It must not know who changes it, nor how a face shows it.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::engine::Engine;
use super::record::Step;
use crate::domain::directory::{Team, User};
use crate::domain::engagement::{Audience, EngagementEvent, Envelope};
use crate::domain::ids::{TeamId, TenantId, UserId};
use crate::domain::subscription::{CatalogEvent, Resource, Watched};
use crate::store::StoreError;

/// Something in the directory was changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// What was done.
    pub action: ChangeAction,
    /// What it was done to: as it is after the change, or was before it was deleted.
    pub of: ChangedResource,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeAction {
    /// It is new.
    Created,
    /// It is not as it was.
    Updated,
    /// It is gone.
    Deleted,
}

/// What was changed.
#[derive(Clone, Debug)]
pub enum ChangedResource {
    /// A user.
    User(Arc<User>),
    /// A team.
    Team(Arc<Team>),
}

impl Engine {
    /// Tells a change that was kept to the sessions that have subscribed to such changes. Answered when they have it.
    ///
    /// Changes of one resource are announced one after the other; the order of the calls is the order in which they
    /// are heard.
    pub async fn announce_change(&self, tenant: TenantId, change: Change) -> Result<(), StoreError> {
        let event = EngagementEvent {
            event_type: change.of.event().event_type(),
            correlation_id: Uuid::new_v4().to_string(),
            published: self.now(),
            payload: payload(&change).into(),
        };
        let watched = Watched { event: change.of.event(), resource: Some(change.of.resource()) };
        self.recorder.record(tenant, vec![Step::Event(event, Audience::Watchers(watched))]).await
    }
}

impl ChangedResource {
    fn event(&self) -> CatalogEvent {
        match self {
            Self::User(_) => CatalogEvent::USER,
            Self::Team(_) => CatalogEvent::TEAM,
        }
    }

    fn resource(&self) -> Resource {
        match self {
            Self::User(user) => Resource::User(user.id.clone()),
            Self::Team(team) => Resource::Team(team.id.clone()),
        }
    }
}

/// The documented envelope with what was changed in it. A team has no user and no number.
fn payload(change: &Change) -> String {
    let nobody = UserId::from("");
    let (user, number, resource_type, resource_id, body) = match &change.of {
        ChangedResource::User(user) => {
            (&user.id, user.number, "users", user.id.as_str(), Body::User(user.as_ref().into()))
        }
        ChangedResource::Team(team) => {
            (&nobody, 0, "teams", team.id.as_str(), Body::Team(team.as_ref().into()))
        }
    };
    let changed = Changed { action: change.action, resource_type, resource_id, body };
    serde_json::to_string(&Envelope::new(user, number, changed))
        .expect("a payload is texts and numbers, which JSON can always say")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed<'a> {
    action: ChangeAction,
    resource_type: &'static str,
    resource_id: &'a str,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Body<'a> {
    User(UserBody<'a>),
    Team(TeamBody<'a>),
}

/// A user as the directory shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserBody<'a> {
    user_id: &'a UserId,
    name: &'a str,
}

impl<'a> From<&'a User> for UserBody<'a> {
    fn from(user: &'a User) -> Self {
        Self { user_id: &user.id, name: &user.name }
    }
}

/// A team as the directory shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamBody<'a> {
    team_id: &'a TeamId,
    name: &'a str,
    members: &'a [UserId],
}

impl<'a> From<&'a Team> for TeamBody<'a> {
    fn from(team: &'a Team) -> Self {
        Self { team_id: &team.id, name: &team.name, members: &team.members }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_user_tells_the_user_in_its_envelope() {
        let user =
            User { id: UserId::from("ann"), tenant: TenantId::new(), number: 7, name: "Ann".to_owned() };
        let change = Change { action: ChangeAction::Created, of: ChangedResource::User(Arc::new(user)) };
        assert_eq!(
            payload(&change),
            concat!(
                r#"{"userId":"ann","ehubSessionId":7,"ehubSessionIdRev":"7","payload":"#,
                r#"{"action":"created","resourceType":"users","resourceId":"ann","#,
                r#""user":{"userId":"ann","name":"Ann"}}}"#
            )
        );
    }

    #[test]
    fn a_change_of_a_team_has_no_user_in_its_envelope() {
        let members = vec![UserId::from("ann"), UserId::from("bob")];
        let team =
            Team { id: TeamId::from("t1"), tenant: TenantId::new(), name: "Sales".to_owned(), members };
        let change = Change { action: ChangeAction::Deleted, of: ChangedResource::Team(Arc::new(team)) };
        assert_eq!(
            payload(&change),
            concat!(
                r#"{"userId":"","ehubSessionId":0,"ehubSessionIdRev":"0","payload":"#,
                r#"{"action":"deleted","resourceType":"teams","resourceId":"t1","#,
                r#""team":{"teamId":"t1","name":"Sales","members":["ann","bob"]}}}"#
            )
        );
    }
}
