//! A user and a team as JSON: the same in the control plane's answers and in the events that tell of changes.
//! It must not know who reads it, nor what was changed.

use serde::Serialize;

use crate::domain::directory::{Team, User};
use crate::domain::ids::{TeamId, UserId};

/// A user; all members are always there.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserBody {
    user_id: UserId,
    name: String,
    email: String,
    skills: Vec<String>,
    state: &'static str,
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self {
            user_id: user.id.clone(),
            name: user.name.clone(),
            email: user.email.clone(),
            skills: user.skills.clone(),
            state: user.state.name(),
        }
    }
}

/// A team; all members are always there.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamBody {
    team_id: TeamId,
    name: String,
    members: Vec<UserId>,
    state: &'static str,
}

impl From<&Team> for TeamBody {
    fn from(team: &Team) -> Self {
        Self {
            team_id: team.id.clone(),
            name: team.name.clone(),
            members: team.members.clone(),
            state: team.state.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::directory::{TeamState, UserState};
    use crate::domain::ids::TenantId;

    #[test]
    fn a_user_is_written_with_all_that_is_told_of_it() {
        let user = User {
            id: UserId::from("ada"),
            tenant: TenantId::new(),
            number: 7,
            name: "Ada".to_owned(),
            email: String::new(),
            skills: vec!["returns".to_owned()],
            state: UserState::Busy,
        };
        assert_eq!(
            serde_json::to_string(&UserBody::from(&user)).unwrap(),
            r#"{"userId":"ada","name":"Ada","email":"","skills":["returns"],"state":"busy"}"#
        );
    }

    #[test]
    fn a_team_is_written_with_its_members() {
        let team = Team {
            id: TeamId::from("first"),
            tenant: TenantId::new(),
            number: 1,
            name: "First line".to_owned(),
            members: vec![UserId::from("ada"), UserId::from("bob")],
            state: TeamState::Inactive,
        };
        assert_eq!(
            serde_json::to_string(&TeamBody::from(&team)).unwrap(),
            r#"{"teamId":"first","name":"First line","members":["ada","bob"],"state":"inactive"}"#
        );
    }
}
