//! The directory of a tenant: users and teams, which the control plane writes and every face uses.
//!
//! - [`calls`]: properties, defaults, ranges, paging
//! - [`rules`]: who may be where and how many, what a deletion takes along, who sees what
//! - [`changes`]: what streaming sessions hear of it

use serde_json::{Value, json};

mod calls;
mod changes;
mod rules;

const USERS: &str = "/api/v1/users";
const TEAMS: &str = "/api/v1/teams";

fn at(collection: &str, id: &str) -> String {
    format!("{collection}/{id}")
}

fn user(id: &str, name: &str) -> Value {
    json!({"userId": id, "name": name})
}

fn team(id: &str, name: &str, members: &[&str]) -> Value {
    json!({"teamId": id, "name": name, "members": members, "state": "active"})
}
