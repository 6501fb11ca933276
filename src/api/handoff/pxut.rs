//! Minting tokens that stand for a user, by which version 2 of the transcript finds the chat too.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::caller::HandoffCaller;
use super::customer::{business, conversation};
use super::refusal::{Cause, HistoryV2, Parameter, Refusal};
use crate::api::state::ApiState;
use crate::auth::UserToken;
use crate::store::Which;

/// A token is for a user who has said something to the business, and is good as long as access tokens are.
pub(super) async fn mint(
    State(state): State<ApiState>,
    caller: HandoffCaller<Refusal<HistoryV2>>,
    arguments: Arguments<Refusal<HistoryV2>>,
) -> Result<Json<Value>, Refusal<HistoryV2>> {
    let needed = [Parameter::BusinessId, Parameter::UserName];
    let [Some(number), Some(user)] = needed.map(|parameter| arguments.given(parameter)) else {
        let is_missing = |parameter: &Parameter| arguments.given(*parameter).is_none();
        return Err(Cause::NoGroup(vec![needed.into_iter().filter(is_missing).collect()]).into());
    };
    let (number, user) = (number.whole()?, user.user_name()?);
    let hub = business(&state, caller.tenant, number);
    conversation(&state, caller.tenant, hub.as_deref(), user, Which::Newest).await??;
    let lifetime = state.config.auth.token_lifetime;
    let expires = state.engine.now().plus(lifetime);
    let token = UserToken { business: number, user: user.to_owned(), expires };
    let text = token.sign(&caller.by.secret.hash);
    Ok(Json(json!({"pxut": text, "expires_in": lifetime.as_secs()})))
}
