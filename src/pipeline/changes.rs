//! Changes of the directory, told to the sessions that have subscribed to them.
//! It must not know who changes it, nor how a face shows it.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::directory_body::{TeamBody, UserBody};
use super::engine::Engine;
use super::record::{Done, Step, Work};
use crate::domain::directory::{Team, User};
use crate::domain::engagement::{Audience, EngagementEvent, Envelope};
use crate::domain::ids::{TenantId, UserId};
use crate::domain::subscription::{Resource, Watched, WatchedEvent};

/// Something in the directory was changed.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// What was done.
    pub action: ChangeAction,
    /// What it was done to: as it is after the change, or was before it was deleted.
    pub of: ChangedResource,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ChangeAction {
    /// It is new.
    Created,
    /// It is not as it was.
    Updated,
    /// It is gone.
    Deleted,
}

/// What was changed.
#[derive(Clone, Debug)]
pub(super) enum ChangedResource {
    /// A user.
    User(Arc<User>),
    /// A team.
    Team(Arc<Team>),
}

impl Engine {
    /// Puts changes into the recorder's queue, to be told in this order to the sessions that have subscribed to such
    /// changes. Nothing is awaited: the order of the calls is the order in which they are heard.
    pub(super) fn submit_changes(&self, tenant: TenantId, changes: impl IntoIterator<Item = Change>) -> Done {
        let steps = changes.into_iter().map(|change| self.telling(&change)).collect();
        self.recorder.submit(Work::new(tenant, steps))
    }

    fn telling(&self, change: &Change) -> Step {
        let event = EngagementEvent {
            event_type: change.of.event().event_type(),
            correlation_id: Uuid::new_v4().to_string(),
            published: self.now(),
            payload: payload(change).into(),
        };
        let watched = Watched { event: change.of.event(), resource: Some(change.of.resource()) };
        Step::Event(event, Audience::Watchers(watched))
    }
}

impl ChangedResource {
    fn event(&self) -> WatchedEvent {
        match self {
            Self::User(_) => WatchedEvent::USER,
            Self::Team(_) => WatchedEvent::TEAM,
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
    body: Body,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Body {
    User(UserBody),
    Team(TeamBody),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::directory::{TeamState, UserState};
    use crate::domain::ids::TeamId;

    #[test]
    fn a_change_of_a_user_tells_the_user_in_its_envelope() {
        let user = User {
            id: UserId::from("ann"),
            tenant: TenantId::new(),
            number: 7,
            name: "Ann".to_owned(),
            email: "ann@mail.example".to_owned(),
            skills: vec!["orders".to_owned()],
            state: UserState::Away,
        };
        let change = Change { action: ChangeAction::Created, of: ChangedResource::User(Arc::new(user)) };
        assert_eq!(
            payload(&change),
            concat!(
                r#"{"userId":"ann","ehubSessionId":7,"ehubSessionIdRev":"7","payload":"#,
                r#"{"action":"created","resourceType":"users","resourceId":"ann","#,
                r#""user":{"userId":"ann","name":"Ann","email":"ann@mail.example","skills":["orders"],"#,
                r#""state":"away"}}}"#
            )
        );
    }

    #[test]
    fn a_change_of_a_team_has_no_user_in_its_envelope() {
        let members = vec![UserId::from("ann"), UserId::from("bob")];
        let team = Team {
            id: TeamId::from("t1"),
            tenant: TenantId::new(),
            number: 1,
            name: "Sales".to_owned(),
            members,
            state: TeamState::Active,
        };
        let change = Change { action: ChangeAction::Deleted, of: ChangedResource::Team(Arc::new(team)) };
        assert_eq!(
            payload(&change),
            concat!(
                r#"{"userId":"","ehubSessionId":0,"ehubSessionIdRev":"0","payload":"#,
                r#"{"action":"deleted","resourceType":"teams","resourceId":"t1","#,
                r#""team":{"teamId":"t1","name":"Sales","members":["ann","bob"],"state":"active"}}}"#
            )
        );
    }
}
