//! A server that takes mail, as far as a test needs one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rcgen::{CertifiedKey, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// A mail that was taken.
pub(super) struct Mail {
    /// Who it is for, as the envelope says.
    pub(super) to: Vec<String>,
    /// Its head and body.
    pub(super) text: String,
}

impl Mail {
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines()
    }
}

/// The server, which ends when it is dropped.
pub(super) struct Receiver {
    pub(super) port: u16,
    refuses: Arc<AtomicBool>,
    mails: mpsc::UnboundedReceiver<Mail>,
    _work: JoinSet<()>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        Self::listen(None).await
    }

    /// One that speaks TLS from the first byte on.
    pub(super) async fn start_secure(certificate: &CertifiedKey<KeyPair>) -> Self {
        let key = PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.cert.der().clone()], PrivateKeyDer::Pkcs8(key))
            .unwrap();
        Self::listen(Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    /// None at all: nobody can be reached there.
    pub(super) fn nowhere() -> Self {
        let (_, mails) = mpsc::unbounded_channel();
        Self { port: 1, refuses: Arc::default(), mails, _work: JoinSet::new() }
    }

    async fn listen(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(("localhost", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let refuses = Arc::new(AtomicBool::new(false));
        let (taken, mails) = mpsc::unbounded_channel();
        let mut work = JoinSet::new();
        let shared = refuses.clone();
        work.spawn(async move {
            loop {
                let Ok((tcp, _)) = listener.accept().await else { return };
                match &tls {
                    None => serve(tcp, &shared, &taken).await,
                    Some(tls) => {
                        // Whoever does not trust the certificate goes away.
                        if let Ok(secure) = tls.accept(tcp).await {
                            serve(secure, &shared, &taken).await;
                        }
                    }
                }
            }
        });
        Self { port, refuses, mails, _work: work }
    }

    /// The next mail is not taken.
    pub(super) fn refuse_next(&self) {
        self.refuses.store(true, Ordering::SeqCst);
    }

    pub(super) async fn mail(&mut self) -> Mail {
        self.mails.recv().await.expect("it works as long as it is there")
    }

    pub(super) fn is_empty(&mut self) -> bool {
        self.mails.try_recv().is_err()
    }
}

/// One connection, until the client is done.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    refuses: &AtomicBool,
    taken: &mpsc::UnboundedSender<Mail>,
) {
    let mut stream = BufReader::new(stream);
    let mut to = Vec::new();
    let mut answer = "220 localhost";
    loop {
        let told = stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_ok()
            && stream.flush().await.is_ok();
        let mut line = String::new();
        if !told || stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let (verb, rest) = line.trim_end().split_once([' ', ':']).unwrap_or((line.trim_end(), ""));
        answer = match verb {
            "MAIL" if refuses.swap(false, Ordering::SeqCst) => "451 not now",
            "RCPT" => {
                to.push(rest.trim_start_matches("TO:<").trim_end_matches('>').to_owned());
                "250 ok"
            }
            "DATA" => {
                if stream.write_all(b"354 go on\r\n").await.is_err() || stream.flush().await.is_err() {
                    return;
                }
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") && stream.read_line(&mut text).await.unwrap_or(0) > 0 {}
                // Lines that were broken to be sent are whole again.
                let text = text.replace("=\r\n", "");
                drop(taken.send(Mail { to: std::mem::take(&mut to), text }));
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
    }
}
