//! What is told when the handling of a request panics: that we failed, in the format of the face. The log has what
//! was wrong, and the server goes on.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::http::Uri;
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::{CatchUnwind, Either, Ready, ready as at_once};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use super::{handoff, messaging, platform, streaming};
use crate::telemetry::Face;

/// Answers requests whose handling panics.
#[derive(Clone, Copy)]
pub(super) struct CatchingPanics;

impl<S> Layer<S> for CatchingPanics {
    type Service = Caught<S>;

    fn layer(&self, inner: S) -> Caught<S> {
        Caught(inner)
    }
}

/// A service that does not panic.
#[derive(Clone)]
pub(super) struct Caught<S>(S);

impl<S> Service<Request> for Caught<S>
where
    S: Service<Request, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Answer<Either<CatchUnwind<AssertUnwindSafe<S::Future>>, Ready<Outcome<S::Future>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let uri = request.uri().clone();
        // Safe to unwind: what handlers share is behind locks that do not poison, and each guards one step.
        let answer = match catch_unwind(AssertUnwindSafe(|| self.0.call(request))) {
            Ok(answer) => Either::Left(AssertUnwindSafe(answer).catch_unwind()),
            Err(panic) => Either::Right(at_once(Err(panic))),
        };
        Answer { answer, uri }
    }
}

/// What a handling came to; the error is a panic.
type Outcome<F> = Result<<F as Future>::Output, Box<dyn Any + Send>>;

pin_project! {
    /// An answer in place of which a panic may come.
    pub(super) struct Answer<F> {
        #[pin]
        answer: F,
        uri: Uri,
    }
}

impl<F, E> Future for Answer<F>
where
    F: Future<Output = Result<Result<Response, E>, Box<dyn Any + Send>>>,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        Poll::Ready(ready!(this.answer.poll(context)).unwrap_or_else(|panic| {
            let path = this.uri.path();
            tracing::error!(panic = message(&*panic), path, "the handling of a request panicked");
            Ok(failed(path))
        }))
    }
}

fn failed(path: &str) -> Response {
    match Face::of_path(path) {
        Face::Streaming => streaming::failed(),
        Face::Handoff => handoff::failed(),
        Face::Messaging => messaging::failed(path),
        _ => platform::failed(path),
    }
}

/// What the panic says, where it says it in words.
fn message(panic: &(dyn Any + Send)) -> &str {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use serde_json::Value;
    use tower::{ServiceExt, service_fn};

    use super::*;

    /// The answer of something that panics with every request.
    async fn panicked(path: &str) -> (u16, Value) {
        let broken = Router::new().fallback(get(async || -> Response { panic!("of {}", "a test") }));
        told(broken.layer(CatchingPanics), path).await
    }

    async fn told<S>(service: S, path: &str) -> (u16, Value)
    where
        S: Service<Request, Response = Response>,
        S::Error: std::fmt::Debug,
    {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (head, body) = service.oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 65_536).await.unwrap();
        (head.status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_panic_is_told_in_the_format_of_the_face() {
        for (path, code) in [
            ("/api/v1/hubs", "PRT000100"),
            ("/inbound/customer/v1/direct/activity/1", "ENG000100"),
            ("/connect/token", "IDT000100"),
        ] {
            let (status, body) = panicked(path).await;
            let description = body["errors"][0]["description"].as_str().unwrap();
            assert!(status == 500 && description.ends_with(&format!("(code: {code})")), "{body:#}");
        }
        let (status, body) = panicked("/via/v3/organizations/acme/streaming/sessions").await;
        assert_eq!((status, &body["code"]), (500, &Value::from(500)), "{body:#}");
        let (status, body) = panicked("/integration/external/v2.0/pxut").await;
        assert_eq!((status, &body["error_message"]), (500, &Value::from("An unknown error occurred")));
        assert_eq!(panicked("/healthz").await, (500, Value::Null));
    }

    #[tokio::test]
    async fn a_panic_before_the_first_wait_is_told_too() {
        let broken = service_fn(|_: Request| -> Ready<Result<Response, ()>> { panic!("of a test") });
        assert_eq!(told(CatchingPanics.layer(broken), "/healthz").await, (500, Value::Null));
    }

    #[tokio::test]
    async fn an_answer_comes_through_as_it_is() {
        let whole = Router::new().route("/", get(async || axum::Json(7))).layer(CatchingPanics);
        assert_eq!(told(whole, "/").await, (200, Value::from(7)));
    }

    #[test]
    fn what_a_panic_says_is_found() {
        assert_eq!(message(&String::from("a")), "a");
        assert_eq!(message(&"b"), "b");
        assert_eq!(message(&7), "");
    }
}
