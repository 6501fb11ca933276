//! The subscriptions of a session: made, listed, read, replaced and ended (streaming reference, Subscription), at the
//! addresses of both versions and for sessions of both. It must not know what a subscription lets through.

mod body_in;
mod body_out;

use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Json, Router};

use self::body_in::SubscriptionIn;
pub(super) use self::body_in::{MAX_DESCRIPTION, MOST_EVENTS};
use self::body_out::{CollectionOut, SubscriptionOut};
use super::body::JsonBody;
use super::caller::Session;
use super::document_limits;
use super::error::{Reason, Refusal};
use crate::api::state::ApiState;
use crate::domain::subscription::SubscriptionId;
use crate::pipeline::Put;

/// The parameter of an address that names a subscription.
const ID: &str = "subscriptionId";

/// The addresses, written out as those of the versions are.
pub(super) fn router() -> Router<ApiState> {
    let all = || get(list).post(create);
    let one = || get(read).put(put).delete(end);
    Router::new()
        .route("/via/v2/organizations/{orgId}/streaming/subscriptions", all())
        .route("/via/v3/organizations/{orgId}/streaming/subscriptions", all())
        .route("/via/v2/organizations/{orgId}/streaming/subscriptions/{subscriptionId}", one())
        .route("/via/v3/organizations/{orgId}/streaming/subscriptions/{subscriptionId}", one())
        .method_not_allowed_fallback(|| async { Refusal::MethodNotAllowed })
}

/// The subscription that an address names; none when its text can be no id.
struct Named(Option<SubscriptionId>);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let params = RawPathParams::from_request_parts(parts, state).await.ok();
        let text = params.as_ref().and_then(|params| params.iter().find(|(name, _)| *name == ID));
        Ok(Self(text.and_then(|(_, text)| SubscriptionId::try_from(text).ok())))
    }
}

impl Named {
    /// One that has to be there.
    fn existing(self) -> Result<SubscriptionId, Refusal> {
        self.0.ok_or(Refusal::NoSuchSubscription)
    }

    /// One that may be made.
    fn wanted(self) -> Result<SubscriptionId, Refusal> {
        let rule = format!("must have 1 to {} characters", SubscriptionId::MAX_CHARS);
        self.0.ok_or_else(|| Refusal::invalid(ID, Reason::OutOfRange, &rule))
    }
}

async fn create(
    State(state): State<ApiState>,
    session: Session,
    request: Request,
) -> Result<Json<SubscriptionOut>, Refusal> {
    let SubscriptionIn { description, filter } = asked(&state, request).await?;
    let made = state.engine.subscribe(session.of_any_version(), description, filter).await?;
    Ok(Json(SubscriptionOut::of(&made)))
}

async fn list(State(state): State<ApiState>, session: Session) -> Result<Json<CollectionOut>, Refusal> {
    let subscriptions = state.engine.subscriptions(session.of_any_version())?;
    Ok(Json(CollectionOut::of(&subscriptions)))
}

async fn read(
    State(state): State<ApiState>,
    session: Session,
    named: Named,
) -> Result<Json<SubscriptionOut>, Refusal> {
    let subscription = state.engine.subscription(session.of_any_version(), &named.existing()?)?;
    Ok(Json(SubscriptionOut::of(&subscription)))
}

async fn put(
    State(state): State<ApiState>,
    session: Session,
    named: Named,
    request: Request,
) -> Result<(StatusCode, Json<SubscriptionOut>), Refusal> {
    let id = named.wanted()?;
    let SubscriptionIn { description, filter } = asked(&state, request).await?;
    let session = session.of_any_version();
    let (subscription, put) = state.engine.put_subscription(session, id, description, filter).await?;
    let status = match put {
        Put::Created => StatusCode::CREATED,
        Put::Replaced => StatusCode::OK,
    };
    Ok((status, Json(SubscriptionOut::of(&subscription))))
}

async fn end(State(state): State<ApiState>, session: Session, named: Named) -> Result<StatusCode, Refusal> {
    state.engine.unsubscribe(session.of_any_version(), &named.existing()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn asked(state: &ApiState, request: Request) -> Result<SubscriptionIn, Refusal> {
    let body = JsonBody::read(request, document_limits(state)).await?;
    SubscriptionIn::read(body, state.config.limits.resources_per_subscription.get())
}
