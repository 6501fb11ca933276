//! One line and one measurement per request.
//! It never writes a query: queries carry tokens and tickets.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use pin_project_lite::pin_project;
use tower::{Layer, Service};
use uuid::Uuid;

use crate::domain::ids::{ClientId, TenantId};
use crate::telemetry::{Face, Metrics};

/// Who made a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant whose credentials were used.
    pub tenant: TenantId,
    /// The client of that tenant.
    pub client: ClientId,
}

/// Where whoever checks credentials leaves the [`Caller`] for the log; an extension of every request. An extractor
/// can reach it, as it cannot reach the response's extensions, and it serves refused requests as well.
#[derive(Clone, Debug, Default)]
pub struct CallerSlot(Arc<OnceLock<Caller>>);

impl CallerSlot {
    /// Says who made the request; the first to say so is believed.
    pub fn fill(&self, caller: Caller) {
        self.0.get_or_init(|| caller);
    }

    fn get(&self) -> Option<&Caller> {
        self.0.get()
    }
}

/// Logs and measures every request once its answer begins. Those that failed are at `error`, all others at `info`;
/// where a line each costs too much, the filter `info,switchboard::request=error` leaves only failures. The answer
/// names its request in `x-request-id`.
///
/// A layer with a future of its own, because middleware made of a function costs every request three allocations.
#[derive(Clone)]
pub struct RequestLog {
    metrics: Metrics,
}

impl RequestLog {
    /// A log that counts into `metrics`.
    pub fn new(metrics: Metrics) -> Self {
        Self { metrics }
    }
}

impl<S> Layer<S> for RequestLog {
    type Service = Logged<S>;

    fn layer(&self, inner: S) -> Logged<S> {
        Logged { inner, metrics: self.metrics.clone() }
    }
}

/// A service whose requests are logged.
#[derive(Clone)]
pub struct Logged<S> {
    inner: S,
    metrics: Metrics,
}

impl<S, B> Service<Request> for Logged<S>
where
    S: Service<Request, Response = Response<B>>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = LoggedAnswer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let slot = CallerSlot::default();
        request.extensions_mut().insert(slot.clone());
        let asked = Asked {
            started: Instant::now(),
            id: Uuid::now_v7(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            slot,
        };
        LoggedAnswer { answer: self.inner.call(request), asked, metrics: self.metrics.clone() }
    }
}

/// What is known of a request before it is answered.
struct Asked {
    started: Instant,
    id: Uuid,
    method: Method,
    uri: Uri,
    slot: CallerSlot,
}

pin_project! {
    /// The answer to a logged request.
    pub struct LoggedAnswer<F> {
        #[pin]
        answer: F,
        asked: Asked,
        metrics: Metrics,
    }
}

impl<F, B, E> Future for LoggedAnswer<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut answered = ready!(this.answer.poll(context));
        if let Ok(response) = &mut answered {
            this.asked.answered(response, this.metrics);
        }
        Poll::Ready(answered)
    }
}

impl Asked {
    fn answered<B>(&self, response: &mut Response<B>, metrics: &Metrics) {
        let elapsed = self.started.elapsed();
        let face = Face::of_path(self.uri.path());
        metrics.answered(face, response.status(), elapsed);
        let mut text = Uuid::encode_buffer();
        let id = &*self.id.hyphenated().encode_lower(&mut text);
        if let Ok(value) = HeaderValue::from_str(id) {
            response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
        }
        let line = Line {
            id,
            method: &self.method,
            path: self.uri.path(),
            status: response.status(),
            face,
            caller: self.slot.get(),
        };
        line.write(elapsed);
    }
}

struct Line<'r> {
    id: &'r str,
    method: &'r Method,
    path: &'r str,
    status: StatusCode,
    face: Face,
    caller: Option<&'r Caller>,
}

/// Server errors that are no fault: what is not there yet, and what cannot be had at the moment.
const EXPECTED: [StatusCode; 2] = [StatusCode::NOT_IMPLEMENTED, StatusCode::SERVICE_UNAVAILABLE];

impl Line<'_> {
    fn write(&self, elapsed: Duration) {
        // To the microsecond: more digits say nothing.
        let milliseconds = elapsed.as_micros() as f64 / 1000.0;
        /// The level of an event is part of its call site, so each level has one.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "switchboard::request",
                    method = self.method.as_str(),
                    path = self.path,
                    status = self.status.as_u16(),
                    milliseconds,
                    face = self.face.name(),
                    request = self.id,
                    tenant = self.caller.map(|caller| tracing::field::display(caller.tenant)),
                    client = self.caller.map(|caller| tracing::field::display(&caller.client)),
                    "request"
                )
            };
        }
        if self.status.is_server_error() && !EXPECTED.contains(&self.status) {
            line!(error);
        } else {
            line!(info);
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use axum::{Extension, Router};
    use tower::ServiceExt;

    use crate::config::{Log, LogFormat};
    use crate::telemetry::{Capture, log_subscriber};

    use super::*;

    /// The lines that a request for `uri` leaves, and the metrics after it.
    async fn lines_of(router: Router, uri: &str) -> (Vec<serde_json::Value>, String) {
        let (capture, metrics) = (Capture::default(), Metrics::new());
        let log = Log { format: LogFormat::Json, filter: "switchboard::request=debug".into() };
        let _logging = tracing::subscriber::set_default(log_subscriber(&log, capture.clone()));
        let request = Request::get(uri).header("authorization", "Bearer s3cret").body(Body::empty()).unwrap();
        router.layer(RequestLog::new(metrics.clone())).oneshot(request).await.unwrap();
        let lines = capture.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (lines, metrics.render())
    }

    #[tokio::test]
    async fn a_line_tells_the_request_and_its_caller_but_no_query_and_no_secret() {
        let caller = Caller { tenant: TenantId::new(), client: ClientId::from("desk") };
        let filled = caller.clone();
        let router = Router::new().route(
            "/events/v1/direct",
            get(|Extension(slot): Extension<CallerSlot>| async move { slot.fill(filled) }),
        );
        let (lines, metrics) = lines_of(router, "/events/v1/direct?access_token=s3cret").await;
        let [line] = lines.as_slice() else { panic!("one line expected: {lines:?}") };
        assert!(!line.to_string().contains("s3cret"), "{line}");
        assert_eq!(line["level"], "INFO");
        let fields = &line["fields"];
        assert_eq!(fields["method"], "GET");
        assert_eq!(fields["path"], "/events/v1/direct");
        assert_eq!(fields["status"], 200);
        assert_eq!(fields["face"], "events");
        assert_eq!(fields["tenant"], caller.tenant.to_string());
        assert_eq!(fields["client"], "desk");
        assert!(fields["milliseconds"].is_number(), "{line}");
        assert!(fields["request"].as_str().unwrap().parse::<Uuid>().is_ok(), "{line}");
        assert!(metrics.contains("http_requests_total{face=\"events\",status=\"2xx\"} 1\n"), "{metrics}");
    }

    #[tokio::test]
    async fn failed_requests_are_logged_at_error_and_all_others_at_info() {
        for (status, level) in [
            (StatusCode::NOT_FOUND, "INFO"),
            (StatusCode::INTERNAL_SERVER_ERROR, "ERROR"),
            (StatusCode::OK, "INFO"),
            (StatusCode::NOT_IMPLEMENTED, "INFO"),
        ] {
            let (lines, _) =
                lines_of(Router::new().route("/", get(move || async move { status })), "/").await;
            assert_eq!(lines[0]["level"], level);
            assert_eq!(lines[0]["fields"]["tenant"], serde_json::Value::Null);
        }
    }
}
