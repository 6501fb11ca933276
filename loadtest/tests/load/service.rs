//! A streaming service as small as can be, with sessions of one organization. It may be told to refuse some requests,
//! and notes how its clients behave.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::timeout;

use super::server::request;

pub(crate) const THROTTLED: &str =
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nslow";
pub(crate) const FAILED: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\noops!";
pub(crate) const EXPIRED: &str = "HTTP/1.1 400 Bad Request\r\nContent-Length: 63\r\n\r\n\
     {\"code\":400,\"message\":\"Invalid or expired session\",\"errors\":[]}";

/// What happens to one request of an operation: `events`, `acknowledge`, `publish` or `session`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    pub(crate) operation: &'static str,
    /// Which request it is, counted from 1.
    pub(crate) request: usize,
    pub(crate) answer: &'static str,
}

/// How the service behaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// How long a poll waits for an event.
    pub(crate) poll_wait: Duration,
    /// How long its metrics take to be read.
    pub(crate) metrics_take: Duration,
    pub(crate) troubles: &'static [Trouble],
}

/// A running service, until it is dropped.
pub(crate) struct Service {
    address: SocketAddr,
    shared: Arc<Shared>,
    folder: PathBuf,
    _runtime: Runtime,
}

struct Shared {
    manner: Manner,
    state: Mutex<State>,
    /// The correlations that were published, in their order.
    log: watch::Sender<Vec<String>>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<String, Session>,
    requests: HashMap<String, usize>,
    noted: Noted,
    refused: Vec<Refused>,
}

struct Session {
    /// How much of the log it was handed.
    heard: usize,
    polls: usize,
    polls_out: usize,
    opened: Instant,
    inactivity: Duration,
}

/// A request that was to be made again later and was not so far.
struct Refused {
    trouble: Trouble,
    at: Instant,
}

/// How clients behave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    pub(crate) opened: usize,
    pub(crate) most_polls_out: usize,
    /// Requests that named a session which is over.
    pub(crate) of_the_dead: usize,
    /// The answers that ask to wait, each with the time from then to the next request of the same operation.
    pub(crate) came_back_after: Vec<(&'static str, Duration)>,
}

impl Service {
    pub(crate) fn start(manner: Manner) -> Self {
        let runtime = Runtime::new().expect("a runtime starts");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let log = watch::Sender::new(Vec::new());
        let shared = Arc::new(Shared { manner, state: Mutex::default(), log });
        let serving = shared.clone();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, serving.clone()));
            }
        });
        let folder = std::env::temp_dir().join(format!("loadtest-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).expect("a folder can be made");
        Self { address, shared, folder, _runtime: runtime }
    }

    /// A file of credentials that lead here.
    pub(crate) fn credentials(&self) -> PathBuf {
        let client = json!({"client_id": "c", "client_secret": "s", "api_key": "k"});
        let file = json!({
            "baseUrl": format!("http://{}", self.address),
            "tenant": {"orgId": "org"},
            "clients": {"engine": client, "streaming": client},
            "hub": {"integrations": {"customer": "c", "webchat": "w", "agent": "a", "bot": "b"}},
        });
        let path = self.folder.join("credentials.json");
        std::fs::write(&path, file.to_string()).expect("the folder can be written to");
        path
    }

    /// Where a report may go.
    pub(crate) fn report(&self) -> PathBuf {
        self.folder.join("report.json")
    }

    pub(crate) fn noted(&self) -> Noted {
        self.shared.state().noted.clone()
    }

    /// Sessions that were opened and neither ended nor over.
    pub(crate) fn left_open(&self) -> usize {
        self.shared.state().sessions.len()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _left_behind = std::fs::remove_dir_all(&self.folder);
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut stream = BufReader::new(stream);
    while let Some((head, body)) = request(&mut stream).await {
        let answer = shared.answer(&head, &body).await;
        if stream.get_mut().write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panicked with it")
    }

    async fn answer(&self, head: &str, body: &str) -> String {
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let operation = path.rsplit('/').next().unwrap_or_default().split('?').next().unwrap_or_default();
        let header = |line: &str| Some(line.split_once(": ")?.1.to_owned());
        let is_session = |line: &&str| line.to_ascii_lowercase().starts_with("via-client-sessionid:");
        let session = head.lines().find(is_session).and_then(header).unwrap_or_default();
        if let Some(refusal) = self.refuse(operation, &session) {
            return refusal;
        }
        match (method, operation) {
            ("POST", "token") => ok(&json!({"access_token": "t"})),
            ("POST", "session") => self.open(body),
            ("DELETE", "session") => self.end(&session),
            ("GET", "events") => self.poll(&session).await,
            ("POST", "acknowledge") => ok(&json!({"eventIdsAcknowledged": [], "eventIdsNotFound": []})),
            ("POST", "publish") => self.publish(body),
            ("GET", "metrics") => {
                tokio::time::sleep(self.manner.metrics_take).await;
                text(&self.state().metrics())
            }
            _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
        }
    }

    /// Refuses the request when it is one with trouble, and notes how long a refused client stayed away.
    fn refuse(&self, operation: &str, session: &str) -> Option<String> {
        let mut state = self.state();
        let State { noted, refused, requests, sessions } = &mut *state;
        for Refused { trouble, at } in
            refused.extract_if(.., |refused| refused.trouble.operation == operation)
        {
            noted.came_back_after.push((trouble.answer, at.elapsed()));
        }
        let requests = requests.entry(operation.to_owned()).or_default();
        *requests += 1;
        let is_met = |trouble: &&Trouble| trouble.operation == operation && trouble.request == *requests;
        let trouble = *self.manner.troubles.iter().find(is_met)?;
        if trouble.answer == EXPIRED {
            sessions.remove(session);
        } else {
            refused.push(Refused { trouble, at: Instant::now() });
        }
        Some(trouble.answer.to_owned())
    }

    fn open(&self, body: &str) -> String {
        let asked: Value = serde_json::from_str(body).unwrap_or_default();
        let inactivity = Duration::from_secs(asked["inactivityDelay"].as_u64().unwrap_or(60));
        let heard = self.log.borrow().len();
        let mut state = self.state();
        state.noted.opened += 1;
        let id = format!("session-{}", state.noted.opened);
        let session = Session { heard, polls: 0, polls_out: 0, opened: Instant::now(), inactivity };
        state.sessions.insert(id.clone(), session);
        ok(&json!({"sessionId": id}))
    }

    fn end(&self, id: &str) -> String {
        self.state().sessions.remove(id);
        "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
    }

    async fn poll(&self, id: &str) -> String {
        let Some(heard) = self.state().begin_poll(id) else { return EXPIRED.to_owned() };
        let mut log = self.log.subscribe();
        let waited = timeout(self.manner.poll_wait, log.wait_for(|log| log.len() > heard)).await;
        let events: Vec<_> = match waited {
            // One at a time, so that there are as many polls as events.
            Ok(Ok(log)) => vec![log[heard].clone()],
            _ => Vec::new(),
        };
        self.state().end_poll(id, heard + events.len());
        let event = |(place, correlation): (usize, &String)| {
            let id = format!("{}-0", heard + place);
            json!({"eventId": id, "correlationId": correlation})
        };
        let events: Vec<_> = events.iter().enumerate().map(event).collect();
        ok(&json!({"totalItems": events.len(), "events": events}))
    }

    fn publish(&self, body: &str) -> String {
        let asked: Value = serde_json::from_str(body).unwrap_or_default();
        let events = asked["events"].as_array().cloned().unwrap_or_default();
        let correlation = |event: &Value| event["correlationId"].as_str().map(str::to_owned);
        self.log.send_modify(|log| log.extend(events.iter().filter_map(correlation)));
        ok(&json!({"results": []}))
    }
}

impl State {
    /// How much of the log the session was handed; `None` when it is over.
    fn begin_poll(&mut self, id: &str) -> Option<usize> {
        let Some(session) = self.sessions.get_mut(id) else {
            self.noted.of_the_dead += 1;
            return None;
        };
        session.polls += 1;
        session.polls_out += 1;
        self.noted.most_polls_out = self.noted.most_polls_out.max(session.polls_out);
        Some(session.heard)
    }

    fn end_poll(&mut self, id: &str, heard: usize) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.polls_out -= 1;
            session.heard = heard;
        }
    }

    fn metrics(&self) -> String {
        let waiting: usize = self.sessions.values().map(|session| session.polls_out).sum();
        format!("polls_waiting {waiting}\nsessions_expired_total {}\n", self.ended())
    }

    /// Sessions that were never polled for as long as they may.
    fn ended(&self) -> usize {
        let is_over =
            |session: &&Session| session.polls == 0 && session.opened.elapsed() >= session.inactivity;
        self.sessions.values().filter(is_over).count()
    }
}

fn ok(body: &Value) -> String {
    text(&body.to_string())
}

fn text(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
