//! A client with one session, beside the model of it: what it has still to be handed, in order.

use std::fmt;

use proptest::sample::Index;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::ids::Ids;
use crate::harness::{Answer, Http, Streaming, interactions, within};

/// As many events as one poll takes at most.
const MOST: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its session requires acknowledgement.
    Acknowledging,
    /// Its session forgets what it has handed over, and itself when the server ends.
    Plain,
}

/// What an acknowledgement names.
#[derive(Clone, Debug)]
pub(super) enum Pick {
    /// An event that the client was handed and has not acknowledged.
    Seen(Index),
    /// An event that the session holds and the client was not handed: it knows of it from the user's other session.
    NotHandedOver(Index),
    /// An event that the session does not hold, or not any more.
    Elsewhere(Index),
    NeverGiven,
    Nonsense,
}

type Polling = JoinHandle<Result<Answer, reqwest::Error>>;

pub(super) struct Client {
    pub(super) user: &'static str,
    kind: Kind,
    http: Http,
    streaming: Streaming,
    /// What it has to be handed, oldest first; with acknowledgement until it has acknowledged it.
    queue: Vec<i64>,
    /// How many of the queue it has been handed.
    seen: usize,
    /// How many of the queue it may acknowledge: what it has been handed, and what was there when the server began, which
    /// does not know what its predecessor handed over.
    nameable: usize,
    /// A poll that waits, which it only does while the queue is empty; and the most that it takes.
    waiting: Option<(Polling, usize)>,
}

impl Client {
    pub(super) async fn open(streaming: &Streaming, user: &'static str, kind: Kind) -> Self {
        let session = match kind {
            Kind::Acknowledging => streaming.durable_session(user).await,
            Kind::Plain => streaming.session(user).await,
        };
        let http = streaming.with_header("via-client-sessionid", &session.id);
        let streaming = streaming.clone();
        Self { user, kind, http, streaming, queue: vec![], seen: 0, nameable: 0, waiting: None }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether a poll would be the first that waits.
    pub(super) fn is_up_to_date(&self) -> bool {
        self.waiting.is_none() && self.queue.is_empty()
    }

    /// Something was published for it.
    pub(super) fn expect(&mut self, numbers: &[i64]) {
        self.queue.extend(numbers);
    }

    /// Polls. What there is comes at once; else the poll waits, and one that has waited so far comes back empty.
    pub(super) async fn poll(&mut self, max: usize, ids: &mut Ids) {
        let polling = self.begin_poll(max);
        if self.queue.is_empty() {
            if let Some((taken_over, _)) = self.waiting.replace((polling, max)) {
                assert!(heard(&answered(taken_over).await, ids).is_empty(), "a poll that was taken over");
            }
        } else {
            let heard = heard(&answered(polling).await, ids);
            assert_eq!(heard, self.queue[..max.min(self.queue.len())], "{self}");
            self.take(heard.len());
        }
    }

    /// The poll that waits is answered with the beginning of what has come.
    pub(super) async fn hear_what_it_waits_for(&mut self, ids: &mut Ids) {
        if let Some((polling, max)) = self.waiting.take() {
            let heard = heard(&answered(polling).await, ids);
            assert!(!heard.is_empty() && heard.len() <= max, "{heard:?} of {self}");
            assert_eq!(heard, self.queue[..heard.len()], "{self}");
            self.take(heard.len());
        }
    }

    /// Breaks the connection of the poll that waits, or else of one whose answer has come and is not read; how many
    /// events it may have taken with it.
    pub(super) async fn break_poll(&mut self, max: usize) -> usize {
        if let Some((polling, max)) = self.waiting.take() {
            polling.abort();
            return max;
        }
        let (_, address) = self.http.base().split_once("://").unwrap();
        let mut connection = TcpStream::connect(address).await.unwrap();
        let request = self.http.as_sent("GET", &self.poll_path(max));
        connection.write_all(request.as_bytes()).await.unwrap();
        within("an answer", connection.readable()).await.unwrap();
        max
    }

    /// What was published last came after a broken poll had gone. With acknowledgement everything comes; without it
    /// all but what the broken poll took, once and in order.
    pub(super) async fn find_out_what_was_lost(&mut self, at_most: usize, ids: &mut Ids) {
        if self.kind == Kind::Acknowledging {
            return self.poll(MOST, ids).await;
        }
        let mut all = Vec::new();
        while all.last() != self.queue.last() {
            all.extend(heard(&answered(self.begin_poll(MOST)).await, ids));
        }
        let mut expected = std::mem::take(&mut self.queue);
        let published = expected.len();
        expected.retain(|number| all.contains(number));
        assert_eq!(all, expected, "once and in order");
        assert!(published - all.len() <= at_most, "{all:?} of {published}");
    }

    /// Acknowledges what is picked.
    pub(super) async fn acknowledge(&mut self, picks: &[Pick], ids: &Ids) {
        let elsewhere: Vec<_> = ids.numbers().filter(|number| !self.queue.contains(number)).collect();
        let known = |number: &i64| ids.find(*number).is_some();
        let not_handed_over: Vec<_> = self.queue[self.seen..].iter().copied().filter(known).collect();
        let of = |index: &Index, numbers: &[i64]| {
            (!numbers.is_empty()).then(|| ids.of(*index.get(numbers)).to_owned())
        };
        let named = picks.iter().map(|pick| {
            let known = match pick {
                Pick::Seen(index) => of(index, &self.queue[..self.seen]),
                Pick::NotHandedOver(index) => of(index, &not_handed_over),
                Pick::Elsewhere(index) => of(index, &elsewhere),
                Pick::NeverGiven => None,
                Pick::Nonsense => Some("nonsense".to_owned()),
            };
            known.unwrap_or_else(|| "1519073282456-0".to_owned())
        });
        let named: Vec<_> = named.collect();
        self.name(&named, ids).await;
    }

    /// Acknowledges by ids; what is told of them is exact.
    async fn name(&mut self, named: &[String], ids: &Ids) {
        let events: Vec<_> = named.iter().map(|id| json!({"eventId": id})).collect();
        let answer = self.http.post(&self.streaming.path("acknowledge"), &json!({"events": events})).await;
        if self.kind == Kind::Plain {
            answer.streaming_refused(400);
            return;
        }
        let mut once: Vec<&str> = Vec::new();
        for id in named {
            if !once.contains(&id.as_str()) {
                once.push(id);
            }
        }
        let may_name =
            |id: &&str| self.queue[..self.nameable].iter().any(|number| ids.find(*number) == Some(id));
        let (found, not_found): (Vec<_>, Vec<_>) = once.into_iter().partition(may_name);
        let expected = json!({"eventIdsAcknowledged": found, "eventIdsNotFound": not_found});
        assert_eq!(answer.ok(), expected, "{self} named {named:?}");
        let is_left = |number: &i64| ids.find(*number).is_none_or(|id| !found.contains(&id));
        let count_left = |numbers: &[i64]| numbers.iter().filter(|number| is_left(number)).count();
        (self.seen, self.nameable) =
            (count_left(&self.queue[..self.seen]), count_left(&self.queue[..self.nameable]));
        self.queue.retain(is_left);
    }

    /// The server was killed under a poll that waits. It may have answered with its last breath.
    pub(super) async fn is_cut_off(&mut self, ids: &mut Ids) {
        if let Some((polling, _)) = self.waiting.take()
            && let Ok(answer) = within("a poll of a dead server", polling).await.unwrap()
        {
            heard(&answer, ids);
        }
    }

    /// The server stops in order: a poll that waits is answered.
    pub(super) async fn comes_back_empty(&mut self, ids: &mut Ids) {
        if let Some((polling, _)) = self.waiting.take() {
            assert!(heard(&answered(polling).await, ids).is_empty(), "a poll of a server that stops");
        }
    }

    /// The server has begun anew: all that a session with acknowledgement holds counts as handed over.
    pub(super) fn server_has_begun(&mut self) {
        if self.kind == Kind::Acknowledging {
            self.nameable = self.queue.len();
        }
    }

    /// After a restart: a session without acknowledgement is over, and the client opens another.
    pub(super) async fn replace_lost_session(&mut self) {
        if self.kind == Kind::Plain {
            let refusal = self.http.get(&self.poll_path(MOST)).await.streaming_refused(400);
            assert_eq!(refusal["message"], "Invalid or expired session");
            *self = Self::open(&self.streaming.clone(), self.user, self.kind).await;
        }
    }

    /// How many events its session holds when the server begins anew.
    pub(super) fn kept(&self) -> usize {
        match self.kind {
            Kind::Acknowledging => self.queue.len(),
            Kind::Plain => 0,
        }
    }

    /// Hears everything that is left, and acknowledges it.
    pub(super) async fn hear_the_rest(&mut self, ids: &mut Ids) {
        while !self.queue.is_empty() {
            self.poll(MOST, ids).await;
            if self.kind == Kind::Acknowledging {
                let all: Vec<_> =
                    self.queue[..self.seen].iter().map(|number| ids.of(*number).to_owned()).collect();
                self.name(&all, ids).await;
            }
        }
    }

    /// A poll was answered with so many events of the queue.
    fn take(&mut self, count: usize) {
        match self.kind {
            Kind::Acknowledging => {
                self.seen = self.seen.max(count);
                self.nameable = self.nameable.max(count);
            }
            Kind::Plain => drop(self.queue.drain(..count)),
        }
    }

    fn poll_path(&self, max: usize) -> String {
        self.streaming.path(&format!("events?maxEvents={max}"))
    }

    fn begin_poll(&self, max: usize) -> Polling {
        let (http, path) = (self.http.clone(), self.poll_path(max));
        tokio::spawn(async move { http.try_send("GET", &path, None, "").await })
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, kind, queue, seen, .. } = self;
        write!(f, "{user} ({kind:?}) with {queue:?}, {seen} of them seen")
    }
}

async fn answered(polling: Polling) -> Answer {
    within("a poll", polling).await.unwrap().unwrap()
}

/// The numbers of the events in an answer, whose ids are noted.
fn heard(answer: &Answer, ids: &mut Ids) -> Vec<i64> {
    let body = answer.ok();
    let events = body["events"].as_array().unwrap();
    let numbers = interactions(events);
    for (number, event) in numbers.iter().zip(events) {
        ids.note(*number, event["eventId"].as_str().unwrap());
    }
    numbers
}
