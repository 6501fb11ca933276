//! The receiver of all webhooks of a run: a small HTTP server on a thread of its own, which answers at once, holds
//! its answers back, or on one address never answers.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::Instant;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};

use super::books::Label;
use crate::error::LoadError;

/// The path on which nothing is ever answered.
const SILENT: &str = "/silent";
/// What a label begins with, where it is said.
const MARK: &str = "loadtest-label-";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
/// Headers of a request; the broker sends fewer.
const MAX_HEADERS: usize = 64;
/// Bodies that are kept, to be sent again by the loop that deliveries are held against.
const SAMPLES: usize = 256;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// At once.
    Answering,
    /// Once it is in another mood.
    Holding,
}

/// Something that has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    pub(super) label: Label,
    pub(super) at: Instant,
}

/// The receiver, which ends when it is dropped.
pub(super) struct Receiver {
    address: SocketAddr,
    mood: watch::Sender<Mood>,
    heard: mpsc::UnboundedReceiver<Heard>,
    samples: watch::Receiver<Vec<Vec<u8>>>,
}

impl Receiver {
    pub(super) async fn start() -> Result<Self, LoadError> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(LoadError::System)?;
        listener.set_nonblocking(true).map_err(LoadError::System)?;
        let address = listener.local_addr().map_err(LoadError::System)?;
        let (mood, moods) = watch::channel(Mood::Answering);
        let (told, heard) = mpsc::unbounded_channel();
        let (sampled, samples) = watch::channel(Vec::new());
        let runtime = Builder::new_current_thread().enable_all().build().map_err(LoadError::System)?;
        let desk = Desk { moods, told, sampled };
        thread::spawn(move || runtime.block_on(desk.receive(listener)));
        Ok(Self { address, mood, heard, samples })
    }

    /// Where deliveries are answered.
    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Where they never are.
    pub(super) fn silent_url(&self) -> String {
        format!("http://{}{SILENT}", self.address)
    }

    pub(super) fn becomes(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// What comes next.
    pub(super) async fn next(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }

    /// What has come already.
    pub(super) fn try_next(&mut self) -> Option<Heard> {
        self.heard.try_recv().ok()
    }

    /// Some of the bodies that came.
    pub(super) fn samples(&self) -> Vec<Vec<u8>> {
        self.samples.borrow().clone()
    }
}

/// A text that carries a label.
pub(super) fn labelled(label: Label) -> String {
    format!("{MARK}{}-{}.", label.conversation, label.number)
}

/// The label in a body, if there is one.
fn label_in(body: &[u8]) -> Option<Label> {
    let begin = memmem::find(body, MARK.as_bytes())? + MARK.len();
    let rest = &body[begin..];
    let text = std::str::from_utf8(&rest[..memchr::memchr(b'.', rest)?]).ok()?;
    let (conversation, number) = text.split_once('-')?;
    Some(Label { conversation: conversation.parse().ok()?, number: number.parse().ok()? })
}

/// What connections work with.
#[derive(Clone)]
struct Desk {
    moods: watch::Receiver<Mood>,
    told: mpsc::UnboundedSender<Heard>,
    sampled: watch::Sender<Vec<Vec<u8>>>,
}

impl Desk {
    /// Until whoever started it is gone.
    async fn receive(mut self, listener: std::net::TcpListener) {
        let Ok(listener) = TcpListener::from_std(listener) else { return };
        let mut connections = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((connection, _)) = accepted {
                        connections.spawn(self.clone().serve(connection));
                    }
                }
                Some(_) = connections.join_next() => {}
                changed = self.moods.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
            }
        }
    }

    async fn serve(mut self, mut connection: TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        let mut read = Vec::with_capacity(16 * 1024);
        loop {
            let Some(Request { is_silent, body, end }) = next_request(&mut connection, &mut read).await?
            else {
                return Ok(());
            };
            let at = Instant::now();
            if is_silent {
                // Whatever the client does.
                std::future::pending::<()>().await;
            }
            if self.moods.wait_for(|mood| *mood == Mood::Answering).await.is_err() {
                return Ok(());
            }
            self.note(&read[body..end], at);
            read.drain(..end);
            connection.write_all(ANSWER).await?;
        }
    }

    fn note(&self, body: &[u8], at: Instant) {
        if let Some(label) = label_in(body) {
            // Whoever listens may be gone.
            let _ = self.told.send(Heard { label, at });
            if self.sampled.borrow().len() < SAMPLES {
                self.sampled.send_modify(|samples| samples.push(body.to_vec()));
            }
        }
    }
}

/// Where the next request is in what was read.
struct Request {
    is_silent: bool,
    body: usize,
    end: usize,
}

/// Reads until there is a whole request; none when the client has no more.
async fn next_request(connection: &mut TcpStream, read: &mut Vec<u8>) -> io::Result<Option<Request>> {
    loop {
        if let Some(request) = parse(read)? {
            return Ok(Some(request));
        }
        if connection.read_buf(read).await? == 0 {
            return Ok(None);
        }
    }
}

fn parse(read: &[u8]) -> io::Result<Option<Request>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let bad = |error: httparse::Error| io::Error::new(io::ErrorKind::InvalidData, error);
    let httparse::Status::Complete(body) = request.parse(read).map_err(bad)? else { return Ok(None) };
    let is_silent = request.path == Some(SILENT);
    let length = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok());
    let end = body + length.unwrap_or(0);
    Ok((read.len() >= end).then_some(Request { is_silent, body, end }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_found_where_it_was_said() {
        let label = Label { conversation: 17, number: 4 };
        let body = format!(r#"{{"activity":{{"message":{{"text":"{}"}}}}}}"#, labelled(label));
        assert_eq!(label_in(body.as_bytes()), Some(label));
        assert_eq!(label_in(br#"{"activity":{"message":{"text":"hello"}}}"#), None);
    }

    #[test]
    fn a_request_is_whole_once_its_body_is_there() {
        let whole = b"POST /silent HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcPOST";
        assert!(parse(&whole[..whole.len() - 5]).unwrap().is_none());
        let request = parse(whole).unwrap().unwrap();
        assert!(request.is_silent);
        assert_eq!(&whole[request.body..request.end], b"abc");
        assert!(parse(b"no HTTP\r\n\r\n").is_err());
    }
}
