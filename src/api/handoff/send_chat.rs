//! Moving a chat to agents: `send_chat_to_agent`. It must not know how a conversation goes to anybody.

use std::ops::RangeInclusive;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::arguments::{Arguments, Given};
use super::caller::HandoffCaller;
use super::customer::{business, conversation};
use super::refusal::{Cause, Parameter, Refusal, ToAgent};
use crate::api::state::ApiState;
use crate::domain::conversation::Wanted;
use crate::domain::directory::TeamState;
use crate::domain::hub::HubStatus;
use crate::store::Which;

/// Seconds that a countdown may take.
pub(super) const COUNTDOWNS: RangeInclusive<i64> = 5..=10;

/// Seconds that it takes when the caller does not say.
pub(super) const DEFAULT_COUNTDOWN: i64 = 10;

/// What is looked at, and in which order, is that of the reference's table: first what is missing, then what is not of
/// its type.
pub(super) async fn to_agent(
    State(state): State<ApiState>,
    caller: HandoffCaller<Refusal<ToAgent>>,
    arguments: Arguments<Refusal<ToAgent>>,
) -> Result<Json<Value>, Refusal<ToAgent>> {
    let user = arguments.needed(Parameter::UserName)?;
    let number = arguments.needed(Parameter::BusinessId)?;
    let team_name = arguments.needed(Parameter::TeamName)?;
    let (user, number, team_name) = (user.user_name()?, number.whole()?, team_name.text()?);
    let countdown = countdown(&arguments)?;

    let hub = business(&state, caller.tenant, number);
    let found = conversation(&state, caller.tenant, hub.as_deref(), user, Which::Newest).await?;
    if matches!(found, Err(Cause::UnknownUser)) {
        return Err(Cause::UnknownUser.into());
    }
    let hub = hub.ok_or(Cause::UnknownBusiness)?;
    if hub.status == HubStatus::Paused {
        return Err(Cause::BusinessInactive(number).into());
    }
    let team = state.registry.team_named(caller.tenant, team_name).ok_or(Cause::UnknownTeam)?;
    if team.state == TeamState::Inactive {
        return Err(Cause::TeamInactive(team_name.to_owned()).into());
    }
    let chat = found?;

    let wanted = Wanted { team: Some(team.id.clone()), skills: Vec::new() };
    state.engine.announce_handover(caller.tenant, chat.id, wanted, countdown).await?;
    Ok(Json(json!({"success": true})))
}

fn countdown<R>(arguments: &Arguments<R>) -> Result<Duration, Cause> {
    let given = arguments.given(Parameter::Countdown);
    let seconds = given.map_or(Ok(DEFAULT_COUNTDOWN), Given::whole)?;
    if !COUNTDOWNS.contains(&seconds) {
        return Err(Cause::Invalid(Parameter::Countdown));
    }
    Ok(Duration::from_secs(seconds.unsigned_abs()))
}
