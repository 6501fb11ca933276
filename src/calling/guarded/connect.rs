//! Connections to addresses that may be called. It must not know what is said on them.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::{Response, Uri};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use pin_project_lite::pin_project;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower::Service;

use super::look_ups::{Asker, LookUps};
use super::reach::{Reach, Unreachable};
use crate::domain::ids::TenantId;

tokio::task_local! {
    /// Whose call is under way. The client hands a connector the address and nothing else, but it asks for a
    /// connection within the call.
    static CALLER: TenantId;
}

/// Makes a call of a tenant: connections that it needs are made on the tenant's behalf.
pub(super) fn on_behalf_of<F: Future>(tenant: TenantId, call: F) -> impl Future<Output = F::Output> {
    CALLER.scope(tenant, call)
}

/// How long an address has to answer before the next one is tried as well: longer than the way to most of them takes,
/// and a small part of the time that a call has.
const HEAD_START: Duration = Duration::from_millis(300);

/// Connects to what is within reach.
#[derive(Clone)]
pub(super) struct Connect {
    reach: Reach,
    look_ups: LookUps,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("the address names no host")]
    NoHost,
    #[error("the name stands for no address")]
    NoAddress,
    #[error("the name cannot be looked up")]
    LookUp(#[source] Arc<io::Error>),
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    #[error("nobody listens there, or it cannot be reached")]
    Io(#[from] io::Error),
}

impl Connect {
    pub(super) fn new(reach: Reach, look_ups: LookUps) -> Self {
        Self { reach, look_ups }
    }

    async fn stream(&self, caller: Asker, uri: &Uri) -> Result<TcpStream, ConnectError> {
        let host = uri.host().ok_or(ConnectError::NoHost)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_plain = uri.scheme_str() != Some("https");
        let port = uri.port_u16().unwrap_or(if is_plain { 80 } else { 443 });
        let found = self.look_ups.addresses(caller, host, port).await.map_err(ConnectError::LookUp)?;
        let attempts = found.iter().map(async |&address| {
            let ip = address.ip();
            if is_plain {
                self.reach.plain(ip)?;
            } else {
                self.reach.encrypted(ip)?;
            }
            Ok(TcpStream::connect(address).await?)
        });
        let stream = first_of(attempts).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// What the first attempt to succeed comes to, or the last one to fail. Each has a head start on the next, and goes on
/// beside it: an address that says nothing takes no more of a call's time than that.
async fn first_of<T>(
    attempts: impl Iterator<Item = impl Future<Output = Result<T, ConnectError>>>,
) -> Result<T, ConnectError> {
    let (mut under_way, mut why_not) = (FuturesUnordered::new(), ConnectError::NoAddress);
    for attempt in attempts {
        under_way.push(attempt);
        match timeout(HEAD_START, under_way.next()).await {
            Ok(Some(Ok(first))) => return Ok(first),
            Ok(Some(Err(error))) => why_not = error,
            Ok(None) | Err(_) => {}
        }
    }
    while let Some(attempted) = under_way.next().await {
        match attempted {
            Ok(first) => return Ok(first),
            Err(error) => why_not = error,
        }
    }
    Err(why_not)
}

impl Service<Uri> for Connect {
    type Response = Stream;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connect, caller) = (self.clone(), CALLER.try_with(|caller| *caller).ok());
        Box::pin(async move {
            let stream = TokioIo::new(connect.stream(caller, &uri).await?);
            Ok(Stream { stream, proven: Proven::default() })
        })
    }
}

/// Whether a connection has carried an answer. All who call on it share it; nothing else is ordered by it.
#[derive(Clone, Debug, Default)]
pub(super) struct Proven(Arc<AtomicBool>);

impl Proven {
    /// Notes that its connection has carried this answer.
    pub(super) fn by<T>(answer: &Response<T>) {
        if let Some(proven) = answer.extensions().get::<Self>() {
            proven.0.store(true, Ordering::Relaxed);
        }
    }

    /// Whether a call failed on a connection that had carried an answer before.
    pub(super) fn of_failed(error: &legacy::Error) -> bool {
        let mut extras = hyper::http::Extensions::new();
        if let Some(connection) = error.connect_info() {
            connection.get_extras(&mut extras);
        }
        extras.get::<Self>().is_some_and(|proven| proven.0.load(Ordering::Relaxed))
    }
}

pin_project! {
    /// A connection that tells those who call on it whether it has carried an answer.
    pub(super) struct Stream {
        #[pin]
        stream: TokioIo<TcpStream>,
        proven: Proven,
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.proven.clone())
    }
}

impl Read for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.project().stream.poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write_vectored(context, bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;
    use tokio::time::{Instant, sleep};

    use super::*;

    type Attempt = BoxFuture<'static, Result<&'static str, ConnectError>>;

    fn after(delay: Duration, outcome: Result<&'static str, ConnectError>) -> Attempt {
        sleep(delay).map(|()| outcome).boxed()
    }

    fn refused() -> Result<&'static str, ConnectError> {
        Err(io::Error::from(io::ErrorKind::ConnectionRefused).into())
    }

    async fn first(attempts: Vec<Attempt>) -> (Option<&'static str>, Duration) {
        let began = Instant::now();
        (first_of(attempts.into_iter()).await.ok(), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_says_nothing_holds_the_next_up_for_a_moment_only() {
        let silent = || pending().boxed();
        let attempts = vec![silent(), silent(), ready(Ok("third")).boxed()];
        assert_eq!(first(attempts).await, (Some("third"), 2 * HEAD_START));
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_refuses_does_not_hold_the_next_up() {
        let attempts = vec![ready(refused()).boxed(), ready(Ok("second")).boxed(), pending().boxed()];
        assert_eq!(first(attempts).await, (Some("second"), Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_address_is_not_given_up_for_the_next() {
        let attempts = vec![after(2 * HEAD_START, Ok("first")), ready(refused()).boxed()];
        assert_eq!(first(attempts).await, (Some("first"), 2 * HEAD_START));
    }

    #[tokio::test(start_paused = true)]
    async fn there_is_no_connection_once_all_have_refused() {
        let attempts = vec![after(2 * HEAD_START, refused()), ready(refused()).boxed()];
        assert_eq!(first(attempts).await, (None, 2 * HEAD_START));
        let error = first_of(Vec::<Attempt>::new().into_iter()).await.unwrap_err();
        assert!(matches!(error, ConnectError::NoAddress), "{error:?}");
    }
}
