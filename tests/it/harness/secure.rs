//! Certificates of a test's own, a way to a server over TLS for clients that speak plainly, and a way in over TLS to
//! what a test serves.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, server};

/// A certificate for the address of every test's server, which vouches for itself.
pub struct SelfSigned(CertifiedKey<KeyPair>);

impl SelfSigned {
    pub fn new() -> Self {
        Self(generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.cert.pem()
    }

    pub fn key_pem(&self) -> String {
        self.0.signing_key.serialize_pem()
    }

    /// Writes both files into a folder; the variables that name them.
    pub fn write(&self, folder: &Path) -> [(&'static str, String); 2] {
        let (certificate, key) = files(folder);
        fs::write(&certificate, self.pem()).unwrap();
        fs::write(&key, self.key_pem()).unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        [
            ("SWITCHBOARD_SERVER__TLS__CERTIFICATE_FILE", text(certificate)),
            ("SWITCHBOARD_SERVER__TLS__KEY_FILE", text(key)),
        ]
    }

    /// Shakes hands with a server that has to show this certificate.
    pub async fn call(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let name = ServerName::from(address.ip());
        self.connector().connect(name, TcpStream::connect(address).await?).await
    }

    fn acceptor(&self) -> TlsAcceptor {
        let (chain, key) = (vec![self.0.cert.der().clone()], self.0.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.unwrap().with_no_client_auth();
        let config = builder.with_single_cert(chain, PrivatePkcs8KeyDer::from(key).into()).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        TlsConnector::from(Arc::new(builder.unwrap().with_root_certificates(roots).with_no_client_auth()))
    }
}

/// A port on which TLS is spoken, for what a test serves.
pub struct SecureListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl SecureListener {
    /// A port of its own, on which this certificate is shown.
    pub async fn bind(signed: &SelfSigned) -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap(), acceptor: signed.acceptor() }
    }
}

impl axum::serve::Listener for SecureListener {
    type Io = server::TlsStream<TcpStream>;
    type Addr = SocketAddr;

    /// The next connection; those that do not trust the certificate are let go.
    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, from) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// Where the certificate and the key are in a folder.
pub fn files(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("certificate.pem"), folder.join("key.pem"))
}

/// A port of its own behind which a server is reached: what a client's TLS library does, so that every client of the
/// harness can be used over TLS as it is. Closed when dropped, together with its connections.
pub struct Tunnel {
    entrance: SocketAddr,
    digging: AbortHandle,
}

impl Tunnel {
    /// To a server that shows this certificate.
    pub async fn to(address: SocketAddr, signed: Arc<SelfSigned>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let entrance = listener.local_addr().unwrap();
        let digging = tokio::spawn(dig(listener, address, signed)).abort_handle();
        Self { entrance, digging }
    }

    /// Where clients that speak plainly go in.
    pub fn base(&self) -> String {
        format!("http://{}", self.entrance)
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.digging.abort();
    }
}

async fn dig(listener: TcpListener, address: SocketAddr, signed: Arc<SelfSigned>) {
    let mut connections = JoinSet::new();
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let signed = signed.clone();
        connections.spawn(async move {
            // Whoever is at the other end sees what a broken connection looks like.
            let Ok(mut server) = signed.call(address).await else { return };
            drop(copy_bidirectional(&mut client, &mut server).await);
        });
        while connections.try_join_next().is_some() {}
    }
}
