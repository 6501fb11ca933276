//! Wires the configuration to the rooms and decides nothing itself.
//! No room knows it.

use std::io;
use std::net::SocketAddr;

use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;

use crate::config::Config;
use crate::server::{Drain, Limits, Server, descriptors, log_requests};
use crate::telemetry::{self, Metrics};

/// Why the broker cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address of `server.listen`.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// There is no store to keep a tenant in.
    #[error("there is no store to keep a tenant in")]
    NoStore,
}

/// Binds `server.listen` and serves until `stop` ends and the drain after it is over.
///
/// # Errors
/// When the start fails; nothing is served then.
pub async fn serve(config: Config, stop: impl Future<Output = ()> + Send) -> Result<(), StartError> {
    let address = config.server.listen;
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    tracing::info!(url = config.server.base_url(bound), "serving");
    serve_on(listener, &config, stop).await;
    Ok(())
}

/// Serves on a bound listener until `stop` ends and the drain after it is over.
pub async fn serve_on(listener: TcpListener, config: &Config, stop: impl Future<Output = ()> + Send) {
    let limits = Limits {
        connections: descriptors::connections_within(descriptors::raise()),
        header_bytes: config.http.max_header_bytes,
        header_timeout: config.http.header_timeout,
    };
    let metrics = Metrics::new();
    let (trigger, drain) = Drain::new(config.server.drain);
    let server = Server::new(router(&metrics), limits, drain, metrics);
    let stopped = async {
        stop.await;
        trigger.start();
    };
    tokio::join!(server.serve(listener), stopped);
}

/// Creates a tenant with its first credentials, which the answer shows.
///
/// # Errors
/// When there is nowhere to keep it.
pub fn create_tenant(_config: &Config, _name: &str) -> Result<serde_json::Value, StartError> {
    Err(StartError::NoStore)
}

fn router(metrics: &Metrics) -> Router {
    let page = metrics.clone();
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/metrics", get(|| async move { ([(CONTENT_TYPE, telemetry::CONTENT_TYPE)], page.render()) }))
        .layer(middleware::from_fn_with_state(metrics.clone(), log_requests))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn serves_until_it_is_told_to_stop() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            serve_on(listener, &Config::default(), async { drop(stopped.await) }).await;
        });
        assert_eq!(reqwest::get(format!("{url}/healthz")).await.unwrap().text().await.unwrap(), "ok");
        let metrics = reqwest::get(format!("{url}/metrics")).await.unwrap().text().await.unwrap();
        assert!(metrics.contains("http_requests_total{face=\"operation\",status=\"2xx\"} 1\n"), "{metrics}");
        stop.send(()).unwrap();
        timeout(Duration::from_secs(5), serving).await.expect("idle connections do not hold it up").unwrap();
    }

    #[tokio::test]
    async fn an_address_in_use_is_told_by_name() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut config = Config::default();
        config.server.listen = taken.local_addr().unwrap();
        let error = serve(config, std::future::pending()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen on {}", taken.local_addr().unwrap()));
    }
}
