//! The directory: users and teams.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::openapi::schema::{
    about, answered, asked, list, list_within, named, telling_text, text, with_default, word,
};
use crate::api::openapi::{Call, Group};
use crate::api::platform::codes::{Code, prt, shared};
use crate::api::platform::{Family, Portal, page_of};
use crate::api::portal::hub_body::MAX_NAME;
use crate::api::portal::team_body::MAX_MEMBERS;
use crate::api::portal::user_body::MAX_EMAIL;
use crate::domain::directory::{MAX_ID_CHARS, MAX_SKILL, MAX_SKILLS, TeamState, UserState};
use crate::pipeline::FaultKind;
use crate::pipeline::FaultKind::{Missing, NotAnEmail, TooLong, Unsupported, WrongType};

const USERS: &str = "/api/v1/users";
const USER: &str = "/api/v1/users/{userId}";
const TEAMS: &str = "/api/v1/teams";
const TEAM: &str = "/api/v1/teams/{teamId}";

const USER_FAULTS: &[FaultKind] = &[Missing, WrongType, TooLong, Unsupported, NotAnEmail];
const TEAM_FAULTS: &[FaultKind] = &[Missing, WrongType, TooLong, Unsupported];

pub(super) fn users() -> Group {
    let list_users = Call::get(USERS, "listUsers", "List users, the oldest first")
        .for_portal()
        .paged::<Portal>()
        .answers(StatusCode::OK, "A page of them.", named("UserPage"));
    let full = json!({"userId": "ann", "name": "Ann Example", "email": "ann@example.com",
        "skills": ["French", "billing"], "state": UserState::Away.name()});
    let examples = [("least", json!({"name": "Ben Example"})), ("all", full)];
    let create = Call::post(USERS, "createUser", "Create a user")
        .about("Without an id the user gets one.")
        .for_portal()
        .with_object::<Portal>(named("UserIn"), examples, USER_FAULTS)
        .answers(StatusCode::OK, "The user.", named("User"))
        .leading_to(&["getUser", "updateUser", "deleteUser"], "userId", "userId")
        .refused_as(Family::Portal, &[shared::NOT_ALLOWED])
        .refused_by(&[prt::USER_EXISTS]);
    let get =
        on_user(Call::get(USER, "getUser", "Get a user")).answers(StatusCode::OK, "The user.", named("User"));
    let examples = [
        ("state", json!({"state": UserState::Busy.name()})),
        ("all", json!({"name": "Ann B. Example", "email": "", "skills": []})),
    ];
    let update = on_user(Call::put(USER, "updateUser", "Change what the body names of a user"))
        .with_object::<Portal>(named("UserPatch"), examples, USER_FAULTS)
        .answers(StatusCode::OK, "The user as it is now.", named("User"));
    let delete = on_user(Call::delete(USER, "deleteUser", "Delete a user, who is then in no team"))
        .answers_nothing(StatusCode::OK, "The user is gone.");
    let of_user = || {
        [
            ("email", email()),
            ("skills", skills()),
            ("state", with_default(state(), UserState::default().name())),
        ]
    };
    let [email, skills, state] = of_user();
    Group {
        name: "Users",
        about: "The directory: who works for the tenant.",
        calls: vec![list_users, create, get, update, delete],
        schemas: vec![
            ("User", user()),
            ("UserPage", page_of("User")),
            ("UserIn", asked([name()], [("userId", chosen_id()), email, skills, state])),
            ("UserPatch", {
                let [email, skills, state] = of_user();
                asked([], [("userId", same_id()), name(), email, skills, state])
            }),
        ],
    }
}

pub(super) fn teams() -> Group {
    let list_teams = Call::get(TEAMS, "listTeams", "List teams, the oldest first")
        .for_portal()
        .paged::<Portal>()
        .answers(StatusCode::OK, "A page of them.", named("TeamPage"));
    let examples = [
        ("least", json!({"name": "Billing"})),
        ("chosenId", json!({"teamId": "night-shift", "name": "Night shift", "members": []})),
    ];
    let taken = Family::Portal;
    let create = Call::post(TEAMS, "createTeam", "Create a team")
        .about("Without an id the team gets one. Its members have to be in the directory.")
        .for_portal()
        .with_object::<Portal>(named("TeamIn"), examples, TEAM_FAULTS)
        .answers(StatusCode::OK, "The team.", named("Team"))
        .leading_to(&["getTeam", "updateTeam", "deleteTeam"], "teamId", "teamId")
        .refused_as(taken, &[shared::NOT_ALLOWED, shared::ALREADY_EXISTS])
        .refused_by(&[prt::HUB_NAME_TAKEN]);
    let get =
        on_team(Call::get(TEAM, "getTeam", "Get a team")).answers(StatusCode::OK, "The team.", named("Team"));
    let examples = [("rename", json!({"name": "Early shift"})), ("empty", json!({"members": []}))];
    let update = on_team(Call::put(TEAM, "updateTeam", "Change what the body names of a team"))
        .with_object::<Portal>(named("TeamPatch"), examples, TEAM_FAULTS)
        .answers(StatusCode::OK, "The team as it is now.", named("Team"))
        .refused_by(&[prt::HUB_NAME_TAKEN]);
    let delete = on_team(Call::delete(TEAM, "deleteTeam", "Delete a team"))
        .answers_nothing(StatusCode::OK, "The team is gone.");
    Group {
        name: "Teams",
        about: "The directory: users who work together.",
        calls: vec![list_teams, create, get, update, delete],
        schemas: vec![
            ("Team", team()),
            ("TeamPage", page_of("Team")),
            ("TeamIn", asked([name()], [("teamId", chosen_id()), ("members", members()), team_state()])),
            ("TeamPatch", asked([], [("teamId", same_id()), name(), ("members", members()), team_state()])),
        ],
    }
}

fn team() -> Value {
    let state = word(TeamState::ALL.map(TeamState::name));
    answered([("teamId", text()), ("name", text()), ("members", list(text())), ("state", state)], [])
}

fn team_state() -> (&'static str, Value) {
    let state = about(word(TeamState::ALL.map(TeamState::name)), "In any case of letters.");
    ("state", with_default(state, TeamState::default().name()))
}

fn on_user(call: Call) -> Call {
    on_chosen(call, "userId", "The user.", prt::USER_NOT_FOUND)
}

fn on_team(call: Call) -> Call {
    on_chosen(call, "teamId", "The team.", shared::NOT_FOUND.in_family(Family::Portal))
}

fn on_chosen(call: Call, name: &str, about: &str, absent: Code) -> Call {
    call.for_portal().on_chosen::<Portal>(name, about).refused_by(&[absent])
}

fn user() -> Value {
    answered(
        [
            ("userId", text()),
            ("name", text()),
            ("email", about(text(), "Empty when nobody said.")),
            ("skills", list(text())),
            ("state", state()),
        ],
        [],
    )
}

fn name() -> (&'static str, Value) {
    ("name", telling_text(MAX_NAME))
}

/// An id that stands in addresses and lists.
fn chosen_id() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_ID_CHARS,
        // No blanks at its ends, nothing that cannot be seen.
        "pattern": "^[^\\s\\u0000-\\u001f\\u007f-\\u009f]([^\\u0000-\\u001f\\u007f-\\u009f]*\
                    [^\\s\\u0000-\\u001f\\u007f-\\u009f])?$",
        "not": {"enum": ["*", ".", ".."]},
    })
}

fn same_id() -> Value {
    about(text(), "That of the address, if it is given at all.")
}

fn email() -> Value {
    let part = "[^@\\s\\u0000-\\u001f\\u007f-\\u009f]+";
    let schema = json!({"type": "string", "maxLength": MAX_EMAIL, "pattern": format!("^({part}@{part})?$")});
    about(schema, "Empty to take the present one away.")
}

fn skills() -> Value {
    about(
        list_within(telling_text(MAX_SKILL), 0, MAX_SKILLS),
        "Those that are the same in any case of letters are one.",
    )
}

fn state() -> Value {
    word(UserState::ALL.map(UserState::name))
}

fn members() -> Value {
    list_within(telling_text(MAX_ID_CHARS), 0, MAX_MEMBERS)
}
