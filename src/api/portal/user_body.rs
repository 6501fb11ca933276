//! A user of the directory as clients write it.

use serde_json::{Map, Value};

use super::fields::{Purpose, chosen_id, distinct_texts, same_id, text};
use super::hub_body::MAX_NAME;
use crate::domain::directory::{MAX_SKILL, MAX_SKILLS, UserState, is_email};
use crate::domain::ids::UserId;
use crate::pipeline::{Body, Fault, FaultKind};
use crate::registry::{UserPatch, UserSpec};

/// Characters of an address: the longest that mail can be sent to (RFC 5321, section 4.5.3.1.3).
pub(super) const MAX_EMAIL: usize = 254;

/// Reads a user to be created; only the name is required.
pub(super) fn user_in(body: &Map<String, Value>) -> Result<UserSpec, Vec<Fault>> {
    let mut read = Body::new(body);
    let id = chosen_id(&mut read, "userId").map(UserId::from);
    let UserPatch { name, email, skills, state } = members(&mut read, Purpose::Create);
    read.finish()?;
    Ok(UserSpec {
        id,
        // It is there: its absence is a fault.
        name: name.unwrap_or_default(),
        email: email.unwrap_or_default(),
        skills: skills.unwrap_or_default(),
        state: state.unwrap_or_default(),
    })
}

/// Reads what of the user `id` is to be changed.
pub(super) fn user_patch(body: &Map<String, Value>, id: &UserId) -> Result<UserPatch, Vec<Fault>> {
    let mut read = Body::new(body);
    same_id(&mut read, "userId", id.as_str());
    let patch = members(&mut read, Purpose::Update);
    read.finish()?;
    Ok(patch)
}

fn members(read: &mut Body<'_>, purpose: Purpose) -> UserPatch {
    UserPatch {
        name: text(read, purpose, "name", MAX_NAME),
        email: email(read),
        skills: distinct_texts(read, "skills", MAX_SKILLS, MAX_SKILL, |skill| skill.to_lowercase()),
        state: state(read),
    }
}

/// An address, or nothing to take the present one away.
fn email(read: &mut Body<'_>) -> Option<String> {
    const NAME: &str = "email";
    let email = read.text(NAME)?;
    if email.chars().count() > MAX_EMAIL {
        read.fault(FaultKind::TooLong, NAME);
    } else if !email.is_empty() && !is_email(email) {
        read.fault(FaultKind::NotAnEmail, NAME);
    }
    Some(email.to_owned())
}

fn state(read: &mut Body<'_>) -> Option<UserState> {
    const NAME: &str = "state";
    let found = UserState::from_name(read.text(NAME)?);
    if found.is_none() {
        read.fault(FaultKind::Unsupported, NAME);
    }
    found
}

#[cfg(test)]
mod tests;
