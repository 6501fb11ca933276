//! A server that takes mail, as far as a test needs one: it says yes to everything.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::harness::within;

/// The server. Dropped, it is gone.
pub(super) struct PostOffice {
    pub(super) port: u16,
    mails: mpsc::UnboundedReceiver<String>,
    serving: JoinHandle<()>,
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl PostOffice {
    pub(super) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (taken, mails) = mpsc::unbounded_channel();
        let serving = tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                serve(connection, &taken).await;
            }
        });
        Self { port, mails, serving }
    }

    /// The next mail: its envelope and its text.
    pub(super) async fn mail(&mut self) -> String {
        within("a mail", self.mails.recv()).await.expect("the server is there")
    }
}

async fn serve(connection: TcpStream, taken: &mpsc::UnboundedSender<String>) {
    let mut connection = BufReader::new(connection);
    let mut said = String::new();
    let mut answer = "220 localhost";
    while connection.write_all(format!("{answer}\r\n").as_bytes()).await.is_ok() {
        let before = said.len();
        if connection.read_line(&mut said).await.unwrap_or(0) == 0 {
            break;
        }
        answer = "250 ok";
        if said[before..].starts_with("DATA") {
            connection.write_all(b"354 go on\r\n").await.unwrap();
            while !said.ends_with("\r\n.\r\n") && connection.read_line(&mut said).await.unwrap() > 0 {}
            taken.send(std::mem::take(&mut said)).unwrap();
        }
    }
}
