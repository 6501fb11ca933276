//! What is told while the server stops: requests that were begun are answered, further ones are sent away in the
//! format of their face, and either answer is the last on its connection.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::future::{Either, Ready, ready as at_once};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use super::{handoff, identity, messaging, platform, streaming};
use crate::server::Drain;
use crate::telemetry::Face;

/// The requests of the SignalR hub, without its negotiation: they go on with a connection that was begun, which says
/// goodbye itself, and a new one is told so at once.
const HUB: &str = "/engine-chat-hub";

/// Sends requests away once the drain has started.
#[derive(Clone)]
pub(super) struct Draining(Drain);

impl Draining {
    pub(super) fn new(drain: Drain) -> Self {
        Self(drain)
    }
}

impl<S> Layer<S> for Draining {
    type Service = Drained<S>;

    fn layer(&self, inner: S) -> Drained<S> {
        Drained { inner, drain: self.0.clone() }
    }
}

/// A service that ends with the server.
#[derive(Clone)]
pub(super) struct Drained<S> {
    inner: S,
    drain: Drain,
}

impl<S> Service<Request> for Drained<S>
where
    S: Service<Request, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = LastAnswer<Either<S::Future, Ready<Result<Response, S::Error>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let refused =
            if self.drain.is_draining() { refusal(request.uri().path(), &self.drain) } else { None };
        let answer = match refused {
            Some(refused) => Either::Right(at_once(Ok(refused))),
            None => Either::Left(self.inner.call(request)),
        };
        LastAnswer { answer, drain: self.drain.clone() }
    }
}

/// What a request that comes too late is told; `None` where it is served all the same.
fn refusal(path: &str, drain: &Drain) -> Option<Response> {
    // When the server is back is not known here; it is not before this one has ended.
    let seconds = drain.window().as_secs().max(1);
    match Face::of_path(path) {
        Face::Operation if !path.starts_with("/api/") => None,
        Face::Events if path == HUB => None,
        Face::Identity => Some(identity::stopping(seconds)),
        Face::Streaming => Some(streaming::stopping(seconds)),
        Face::Handoff => Some(handoff::stopping(seconds)),
        Face::Messaging => Some(messaging::stopping(path, seconds)),
        _ => Some(platform::stopping(path, seconds)),
    }
}

pin_project! {
    /// An answer that may turn out to be the last on its connection.
    pub(super) struct LastAnswer<F> {
        #[pin]
        answer: F,
        drain: Drain,
    }
}

impl<F, E> Future for LastAnswer<F>
where
    F: Future<Output = Result<Response, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut answer = ready!(this.answer.poll(context));
        if let Ok(response) = &mut answer
            && response.status() != StatusCode::SWITCHING_PROTOCOLS
            && this.drain.is_draining()
        {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Poll::Ready(answer)
    }
}
