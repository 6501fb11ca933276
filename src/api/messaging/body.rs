//! The body of a messaging call: a JSON object within its limits of size, depth and time.
//! What its members mean is for the calls.

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};

use super::error::{FaultCode, FieldFault, Refusal};
use crate::api::bodies::{NoObject, Unread, is_json, object, receive};
use crate::api::state::ApiState;

/// What faults of the body as a whole are said to be of.
const BODY: &str = "body";

/// The object that a request carries. One without a content type is taken for JSON, since simple clients send none.
pub(super) struct JsonObject(pub(super) Map<String, Value>);

impl FromRequest<ApiState> for JsonObject {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            return Err(Refusal::UnsupportedMediaType);
        }
        let http = &state.config.http;
        let received = receive(request.into_body(), http.max_body_bytes, http.body_timeout).await;
        let text = received.map_err(|unread| match unread {
            Unread::TooLarge => Refusal::TooLarge(http.max_body_bytes),
            Unread::TooSlow => Refusal::TooSlow,
            Unread::Broken => whole(FaultCode::InvalidValue, "did not arrive as a whole"),
        })?;
        let depth = state.config.limits.json_depth;
        object(&text, depth).map(Self).map_err(|why| match why {
            NoObject::Blank => whole(FaultCode::Required, "is required"),
            NoObject::TooDeep => {
                whole(FaultCode::InvalidValue, &format!("must not be nested deeper than {depth} levels"))
            }
            NoObject::OtherType => whole(FaultCode::InvalidType, "must be a JSON object"),
            NoObject::NotJson => whole(FaultCode::InvalidValue, "is not valid JSON"),
        })
    }
}

fn whole(code: FaultCode, rule: &str) -> Refusal {
    Refusal::one(FieldFault::new(BODY, "", code, rule))
}
