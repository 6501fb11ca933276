//! Calls over TLS: who is trusted, and which version of HTTP is spoken.

use std::convert::Infallible;
use std::fs;
use std::future::pending;

use futures_util::future::{Either, join_all};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A server that shows a certificate for one name, which vouches for itself.
struct Secured {
    certificate: CertifiedKey<KeyPair>,
    port: u16,
    connections: Arc<AtomicUsize>,
    silence: watch::Sender<bool>,
}

impl Secured {
    async fn named(name: &str, protocols: &[&str]) -> Self {
        let certificate = generate_simple_self_signed([name.to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let mut config = config.with_single_cert(vec![certificate.cert.der().clone()], key.into()).unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (silence, silent) = watch::channel(false);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(serve(listener, acceptor, connections.clone(), silent));
        Self { certificate, port, connections, silence }
    }

    /// From now on it is as if its cable had been cut: nothing is read or answered, and no connection ended or begun.
    async fn fall_silent(&self) {
        self.silence.send_replace(true);
        self.silence.closed().await;
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/", self.port)
    }

    /// A client that trusts this server and nobody else.
    fn client(&self) -> GuardedClient {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        fs::write(&file, self.certificate.cert.pem()).unwrap();
        let trusted = Authorities::of_file(&file).unwrap();
        GuardedClient::new(CallSettings { trusted, ..settings(true) })
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    connections: Arc<AtomicUsize>,
    silent: watch::Receiver<bool>,
) {
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => accepted.unwrap(),
            () = fallen(silent.clone()) => return,
        };
        // Whoever does not trust the certificate is let go.
        let Ok(stream) = acceptor.accept(stream).await else { continue };
        connections.fetch_add(1, Ordering::SeqCst);
        let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let answer = service_fn(async |request: Request<Incoming>| {
            let version = format!("{:?}", request.version());
            request.into_body().collect().await.unwrap();
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(version))))
        });
        let silent = silent.clone();
        tokio::spawn(async move {
            let stream = TokioIo::new(stream);
            let mut served = if is_h2 {
                let served = http2::Builder::new(TokioExecutor::new()).serve_connection(stream, answer);
                Either::Left(served)
            } else {
                Either::Right(http1::Builder::new().serve_connection(stream, answer))
            };
            tokio::select! {
                _ = &mut served => {}
                () = fallen(silent) => pending().await,
            }
        });
    }
}

/// Waits until it is to be silent.
async fn fallen(mut silent: watch::Receiver<bool>) {
    drop(silent.wait_for(|is_silent| *is_silent).await);
}

async fn version(client: &GuardedClient, url: &str) -> String {
    let body = Bytes::from_static(b"{}");
    let answer = client.post(TenantId::new(), url, HeaderMap::new(), body, 100).await.unwrap();
    String::from_utf8(answer.bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn calls_to_a_server_that_speaks_http_2_share_one_connection() {
    let server = Secured::named("localhost", &["h2", "http/1.1"]).await;
    let client = server.client();
    assert_eq!(version(&client, &server.url()).await, "HTTP/2.0");
    let url = server.url();
    let versions = join_all((0..50).map(|_| version(&client, &url))).await;
    assert_eq!(versions, vec!["HTTP/2.0"; 50]);
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_speaks_nothing_newer_is_called_in_http_1() {
    for protocols in [&["http/1.1"][..], &[]] {
        let server = Secured::named("localhost", protocols).await;
        let client = server.client();
        for _ in 0..3 {
            assert_eq!(version(&client, &server.url()).await, "HTTP/1.1");
        }
        assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_no_call() {
    let server = Secured::named("localhost", &[]).await;
    let error = call(&client(true), &server.url()).await.err().unwrap();
    assert!(causes(&error).contains("certificate"), "{}", causes(&error));
}

#[tokio::test]
async fn a_certificate_of_another_name_is_not_taken() {
    let server = Secured::named("elsewhere.example", &[]).await;
    let error = call(&server.client(), &server.url()).await.err().unwrap();
    assert!(causes(&error).contains("certificate"), "{}", causes(&error));
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_gets_no_call() {
    let server = Server::answering(Reply::text("{}")).await;
    let error = call(&client(true), &format!("https://localhost:{}/", server.port())).await.err().unwrap();
    assert!(matches!(error, CallError::Connection(_)), "{error:?}");
    assert!(!server.requests().iter().any(|request| request.contains("POST")));
}

#[tokio::test]
async fn a_connection_whose_server_has_fallen_silent_is_found_out_by_a_probe() {
    let server = Secured::named("localhost", &["h2"]).await;
    let client = server.client();
    assert_eq!(version(&client, &server.url()).await, "HTTP/2.0");
    server.fall_silent().await;
    tokio::time::pause();
    let began = Instant::now();
    let error = call(&client, &server.url()).await.err().unwrap();
    let waited = began.elapsed();
    assert!(matches!(error, CallError::Connection(_)), "{error:?}");
    assert!(waited >= PROBED && waited < PROBED * 3, "{waited:?}");
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}
