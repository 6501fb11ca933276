//! Calls from browsers' pages of other origins (platform documentation §8, CORS).
//! It must not know what is called.

use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use futures_util::future::Either;
use tower::{Layer, Service};
use tower_http::cors::{self, AllowHeaders, AllowOrigin, CorsLayer};

use crate::config::CorsOrigins;

/// How long a browser need not ask again: as long as the common ones remember at most.
const PREFLIGHT_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// Lets pages of the configured origins call. Credentials are allowed because SignalR clients in browsers ask for it;
/// nothing here is opened by a cookie.
#[derive(Clone)]
pub(super) struct Cors(CorsLayer);

impl Cors {
    pub(super) fn new(origins: &CorsOrigins) -> Self {
        let origins = match origins {
            CorsOrigins::Any => AllowOrigin::mirror_request(),
            CorsOrigins::Only(list) => {
                AllowOrigin::list(list.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
            }
        };
        let layer = CorsLayer::new()
            .allow_origin(origins)
            .allow_credentials(true)
            .allow_headers(AllowHeaders::mirror_request())
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .expose_headers([
                header::RETRY_AFTER,
                header::WWW_AUTHENTICATE,
                HeaderName::from_static("x-request-id"),
            ])
            .max_age(PREFLIGHT_AGE);
        Self(layer)
    }
}

impl<S> Layer<S> for Cors {
    type Service = CrossOrigin<S>;

    fn layer(&self, inner: S) -> CrossOrigin<S> {
        CrossOrigin(self.0.layer(inner))
    }
}

/// A service that pages of other origins may call.
#[derive(Clone)]
pub(super) struct CrossOrigin<S>(cors::Cors<S>);

/// Whether a request is none of a page's: it has a token and no origin. The answer to it then needs no headers about
/// origins, not even `vary`, since what a token opens is in no shared cache (RFC 9111 §3.5).
fn is_from_a_program(request: &Request) -> bool {
    let headers = request.headers();
    headers.contains_key(header::AUTHORIZATION) && !headers.contains_key(header::ORIGIN)
}

impl<S, B> Service<Request> for CrossOrigin<S>
where
    S: Service<Request, Response = Response<B>>,
    B: Default,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Either<cors::ResponseFuture<S::Future>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if is_from_a_program(&request) {
            Either::Right(self.0.get_mut().call(request))
        } else {
            Either::Left(self.0.call(request))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn allowed_origin(headers: &[(HeaderName, &str)]) -> Option<String> {
        let router = Router::new().route("/", get(|| async {})).layer(Cors::new(&CorsOrigins::Any));
        let mut request = Request::get("/");
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let origin = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        origin.map(|origin| origin.to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn a_page_is_let_in_with_and_without_a_token() {
        let page = (header::ORIGIN, "https://page.example");
        let token = (header::AUTHORIZATION, "Bearer x");
        for headers in [vec![page.clone()], vec![page.clone(), token.clone()]] {
            assert_eq!(allowed_origin(&headers).await.as_deref(), Some("https://page.example"));
        }
        assert_eq!(allowed_origin(&[token]).await, None);
    }
}
