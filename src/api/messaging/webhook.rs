//! Where a back end hears: registering its webhook (messaging reference, Set Webhook and ClientApp), and withdrawing it,
//! for which the reference has no call.

use axum::extract::State;
use serde_json::{Value, json};

use super::body::JsonObject;
use super::caller::Caller;
use super::envelope::{Answer, Reply};
use super::error::{FaultCode, FieldFault, Refusal};
use super::fields::Fields;
use crate::api::state::ApiState;
use crate::api::web_address::{MAX_URL, is_callable};
use crate::domain::messaging::App;
use crate::registry::RegistryError;

/// The body, as the reference calls it.
pub(super) const SCHEMA: &str = "WebhookUrlRequest";

/// Registers the address, in place of the one before. Its token is shown in this answer and never again: whoever has
/// lost it registers anew.
pub(super) async fn register(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let mut fields = Fields::new(SCHEMA, &body);
    let url = fields.required_text("url", MAX_URL).map(|url| url.trim().to_owned());
    if let Some(url) = &url {
        check(&state, url, &mut fields);
    }
    fields.finish()?;
    // Without a fault there is one.
    let url = url.unwrap_or_default();
    let (app, token) = state.registry.register_app(caller.actor(), caller.client.clone(), url).await?;
    Ok(Answer::One(render(&app, json!({"verifyToken": token.expose()}))))
}

/// Withdraws the address. What waits for it is given up.
pub(super) async fn withdraw(State(state): State<ApiState>, caller: Caller) -> Reply {
    let app =
        state.registry.withdraw_app(caller.actor(), &caller.client).await.map_err(|error| match error {
            RegistryError::MessagingNotFound => {
                let rule = "names the address that is registered, and none is";
                Refusal::Missing(Box::new(FieldFault::new(SCHEMA, "url", FaultCode::NotFound, rule)))
            }
            other => other.into(),
        })?;
    Ok(Answer::One(render(&app, json!({}))))
}

/// Plain http is good where webhooks may go over it; where an address leads is looked at when it is called.
fn check(state: &ApiState, url: &str, fields: &mut Fields<'_>) {
    let webhooks = &state.config.webhooks;
    let may_be_plain = webhooks.allow_http || webhooks.allow_private;
    let is_plain = url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
    if !is_callable(url) {
        fields.fault("url", FaultCode::InvalidValue, "must be an absolute https address, without a user");
    } else if is_plain && !may_be_plain {
        fields.fault("url", FaultCode::InvalidValue, "must be an https address");
    }
}

/// A registration; its secret is known to whoever was shown it.
fn render(app: &App, secret: Value) -> Value {
    json!({
        "agentApp": false,
        "appHook": app.url,
        "appHookFrwrd": "",
        "appMode": "LIVE",
        "appType": "WEBHOOK",
        "config": {},
        "forward": "",
        "id": app.id,
        "key": app.client.as_str(),
        "keyName": "x-verify-token",
        "keyVersion": app.registered.0.to_string(),
        "props": {},
        "queue": "",
        "readOnly": false,
        "secret": secret,
        "shared": false,
        "webhook": app.url,
    })
}
