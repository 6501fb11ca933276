//! A team of the directory as clients write it.

use serde_json::{Map, Value};

use super::fields::{Purpose, chosen_id, distinct_texts, same_id, text};
use super::hub_body::MAX_NAME;
use crate::domain::directory::{MAX_ID_CHARS, TeamState};
use crate::domain::ids::{TeamId, UserId};
use crate::pipeline::{Body, Fault, FaultKind};
use crate::registry::{TeamPatch, TeamSpec};

/// Users in one team: what is published to a team is an event for each of them.
pub(super) const MAX_MEMBERS: usize = 10_000;

/// Reads a team to be created; only the name is required. Whether its members are in the directory is not said here.
pub(super) fn team_in(body: &Map<String, Value>) -> Result<TeamSpec, Vec<Fault>> {
    let mut read = Body::new(body);
    let id = chosen_id(&mut read, "teamId").map(TeamId::from);
    let TeamPatch { name, members, state } = members(&mut read, Purpose::Create);
    read.finish()?;
    Ok(TeamSpec {
        id,
        // It is there: its absence is a fault.
        name: name.unwrap_or_default(),
        members: members.unwrap_or_default(),
        state: state.unwrap_or_default(),
    })
}

/// Reads what of the team `id` is to be changed.
pub(super) fn team_patch(body: &Map<String, Value>, id: &TeamId) -> Result<TeamPatch, Vec<Fault>> {
    let mut read = Body::new(body);
    same_id(&mut read, "teamId", id.as_str());
    let patch = members(&mut read, Purpose::Update);
    read.finish()?;
    Ok(patch)
}

fn members(read: &mut Body<'_>, purpose: Purpose) -> TeamPatch {
    let members = distinct_texts(read, "members", MAX_MEMBERS, MAX_ID_CHARS, str::to_owned);
    TeamPatch {
        name: text(read, purpose, "name", MAX_NAME),
        members: members.map(|ids| ids.into_iter().map(UserId::from).collect()),
        state: state(read),
    }
}

fn state(read: &mut Body<'_>) -> Option<TeamState> {
    const NAME: &str = "state";
    let found = TeamState::from_name(read.text(NAME)?);
    if found.is_none() {
        read.fault(FaultKind::Unsupported, NAME);
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::FaultKind::*;

    fn created(body: &Value) -> Result<TeamSpec, Vec<(FaultKind, String)>> {
        team_in(body.as_object().unwrap()).map_err(named)
    }

    fn named(faults: Vec<Fault>) -> Vec<(FaultKind, String)> {
        faults.into_iter().map(|fault| (fault.kind, fault.property)).collect()
    }

    #[test]
    fn of_a_new_team_only_the_name_has_to_be_said() {
        let team = created(&json!({"name": "First line"})).unwrap();
        assert_eq!((team.id, team.name.as_str(), team.members.len()), (None, "First line", 0));
        assert_eq!(team.state, TeamState::Active);
    }

    #[test]
    fn a_member_that_is_named_twice_is_in_the_team_once() {
        let body = json!({"teamId": "first", "name": "n", "members": ["ada", "bob", "ada", "ADA"]});
        let team = created(&body).unwrap();
        assert_eq!(team.id, Some(TeamId::from("first")));
        assert_eq!(team.members, ["ada", "bob", "ADA"].map(UserId::from));
    }

    #[test]
    fn every_bound_of_a_team_is_good_and_one_past_it_is_told() {
        let ids = |count: usize| -> Value { (0..count).map(|number| number.to_string()).collect() };
        let wide = |length: usize| "ä".repeat(length);
        for (name, good, bad, at) in [
            ("teamId", json!(wide(MAX_ID_CHARS)), json!(wide(MAX_ID_CHARS + 1)), "teamId"),
            ("name", json!(wide(MAX_NAME)), json!(wide(MAX_NAME + 1)), "name"),
            ("members", ids(MAX_MEMBERS), ids(MAX_MEMBERS + 1), "members"),
            ("members", json!([wide(MAX_ID_CHARS)]), json!([wide(MAX_ID_CHARS + 1)]), "members[0]"),
        ] {
            let with = |value: Value| {
                let mut body = json!({"name": "n"});
                body[name] = value;
                body
            };
            assert!(created(&with(good)).is_ok(), "{name}");
            assert_eq!(created(&with(bad)).unwrap_err(), [(TooLong, at.to_owned())]);
        }
    }

    #[test]
    fn every_fault_of_a_team_is_told_at_once() {
        let faults =
            created(&json!({"teamId": "*", "members": ["ada", 5, ""], "state": "available"})).unwrap_err();
        let expected = [
            (Unsupported, "teamId"),
            (WrongType, "members[1]"),
            (Missing, "members[2]"),
            (Missing, "name"),
            (Unsupported, "state"),
        ];
        assert_eq!(faults, expected.map(|(kind, at)| (kind, at.to_owned())));
    }

    #[test]
    fn an_update_changes_what_it_names_and_nothing_else() {
        let id = TeamId::from("first");
        let patch = |body: Value| team_patch(body.as_object().unwrap(), &id).map_err(named);
        let empty = patch(json!({"teamId": "first"})).unwrap();
        assert!(empty.name.is_none() && empty.members.is_none() && empty.state.is_none());
        assert_eq!(patch(json!({"state": "INACTIVE"})).unwrap().state, Some(TeamState::Inactive));
        assert_eq!(patch(json!({"members": []})).unwrap().members, Some(Vec::new()));
        assert_eq!(patch(json!({"teamId": "x"})).unwrap_err(), [(Unsupported, "teamId".to_owned())]);
    }
}
