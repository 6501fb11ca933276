//! The face of knowledge bases: a sheet of questions and answers is uploaded for a bot, and asked after until the bot
//! answers from it. It parses, calls the bots' uploads and renders; it must not know how a sheet is read.
//!
//! Clients show what the hand-off family asks for: their id in `client-id`, their token as `Bearer`.

mod answer;
mod described;
mod form;
mod paced;
mod refusal;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State};
use axum::routing::{any, get, post};

use super::handoff::caller::HandoffCaller;
use super::state::ApiState;
use crate::bot::UploadStatus;
use crate::domain::audit::{Actor, Who};
use crate::domain::ids::{FaqUploadId, IntegrationId, TenantId};
use crate::server::Peer;
use answer::Answer;
use form::FormLimits;
use refusal::{Refusal, wrong_method};

pub(super) use described::described;

/// Who calls this face.
type Caller = HandoffCaller<Refusal>;

/// Every address of the face, each with a slash at its end and without.
pub fn router() -> Router<ApiState> {
    let nothing_here = || any(|| async { Refusal::NoSuchPath });
    let creating = || post(create).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/mogambo_api/nodes/faq/create", creating())
        .route("/mogambo_api/nodes/faq/create/", creating())
        .route("/mogambo_api/nodes/faq/create/status/{task_id}", get(status))
        .route("/mogambo_api/nodes/faq/create/status/{task_id}/", get(status))
        .route("/mogambo_api", nothing_here())
        .route("/mogambo_api/", nothing_here())
        .route("/mogambo_api/{*path}", nothing_here())
        .method_not_allowed_fallback(wrong_method)
}

/// Takes a sheet for a bot. What becomes of it is asked for by the id of its task.
async fn create(State(state): State<ApiState>, caller: Caller, request: Request) -> Result<Answer, Refusal> {
    let actor = actor(&caller, &request);
    let incoming = state.uploads.receive(caller.tenant).await?;
    let http = &state.config.http;
    let limits = FormLimits { file_bytes: http.max_upload_bytes, patience: http.upload_timeout };
    let form = form::read(request, incoming, limits).await?;
    let bot = bot_of(&state, caller.tenant, &form.domain)?;
    let upload = form.sheet.submit(actor, bot).await.map_err(Refusal::unexpected)?;
    Ok(Answer::taken(upload))
}

/// How a task stands.
async fn status(
    State(state): State<ApiState>,
    caller: Caller,
    Path(task): Path<String>,
) -> Result<Answer, Refusal> {
    let upload: FaqUploadId = task.parse().map_err(|_| Refusal::NoSuchTask)?;
    let found = state.uploads.status(caller.tenant, upload).await.map_err(Refusal::unexpected)?;
    Ok(match found.ok_or(Refusal::NoSuchTask)? {
        UploadStatus::InProgress(rows) => Answer::in_progress(rows),
        UploadStatus::Succeeded(changes) => Answer::succeeded(changes),
        UploadStatus::Failed(why) => Answer::failed(&why),
    })
}

/// The caller as the one who makes a change.
fn actor(caller: &Caller, request: &Request) -> Actor {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    let who = Who::Client { client: caller.by.client.id.clone(), secret: Some(caller.by.secret.number) };
    Actor { tenant: caller.tenant, who, address: peer.map(|ConnectInfo(peer)| peer.address.ip()) }
}

/// The bot that a domain stands for: it is the name of its integration, or the id.
fn bot_of(state: &ApiState, tenant: TenantId, domain: &str) -> Result<IntegrationId, Refusal> {
    if let Ok(id) = domain.parse()
        && let Ok(bot) = state.registry.faq_bot(tenant, id)
    {
        return Ok(bot.id);
    }
    match state.registry.faq_bots_named(tenant, domain).as_slice() {
        [] => Err(Refusal::NoSuchDomain),
        [one] => Ok(one.id),
        _ => Err(Refusal::SeveralDomains),
    }
}
