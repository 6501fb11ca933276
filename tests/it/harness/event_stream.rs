//! A reader of server-sent events, as plain as the standard allows.

use reqwest::Response;
use serde_json::Value;

use super::{Answer, Http, within};

/// An open event stream.
pub struct EventStream {
    response: Response,
    unread: String,
}

/// What stands between two blank lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Streamed {
    /// An event: its id and its data, as they were sent.
    Event(String, String),
    /// How long to wait before coming back, in milliseconds.
    Retry(u64),
    /// A comment.
    Comment,
}

impl EventStream {
    /// Opens a stream, which begins with the time to wait before coming back; the answer when it is refused.
    pub async fn open(http: &Http, path: &str) -> Result<Self, Answer> {
        let http = http.with_header("accept", "text/event-stream");
        let response = within("the head of a stream", http.open(path)).await?;
        let mut stream = Self { response, unread: String::new() };
        let opening = stream.next().await;
        assert!(matches!(opening, Some(Streamed::Retry(_))), "{opening:?}");
        Ok(stream)
    }

    /// A header of the answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    /// What comes next; none at a good end.
    pub async fn next(&mut self) -> Option<Streamed> {
        self.try_next().await.unwrap_or_else(|error| panic!("the stream broke: {error:?}"))
    }

    /// As [`next`](Self::next), for streams that may break.
    pub async fn try_next(&mut self) -> Result<Option<Streamed>, reqwest::Error> {
        within("something on the stream", self.read_next()).await
    }

    async fn read_next(&mut self) -> Result<Option<Streamed>, reqwest::Error> {
        loop {
            if let Some((block, rest)) = self.unread.split_once("\n\n") {
                let streamed = Streamed::read(block);
                self.unread = rest.to_owned();
                return Ok(Some(streamed));
            }
            let Some(chunk) = self.response.chunk().await? else {
                assert_eq!(self.unread, "", "the stream ended in the middle");
                return Ok(None);
            };
            self.unread.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event, past comments: its id and its data.
    pub async fn next_raw(&mut self) -> (String, String) {
        loop {
            match self.next().await {
                Some(Streamed::Event(id, data)) => return (id, data),
                Some(Streamed::Comment) => {}
                other => panic!("no event but {other:?}"),
            }
        }
    }

    /// The next event, whose id is that of the stream's.
    pub async fn next_event(&mut self) -> Value {
        let (id, data) = self.next_raw().await;
        read_event(&id, &data)
    }

    /// The next events.
    pub async fn events(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::with_capacity(count);
        while events.len() < count {
            events.push(self.next_event().await);
        }
        events
    }

    /// Reads to a good end: the events that still came.
    pub async fn rest(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some(streamed) = self.next().await {
            if let Streamed::Event(id, data) = streamed {
                events.push(read_event(&id, &data));
            }
        }
        events
    }
}

impl Streamed {
    fn read(block: &str) -> Self {
        if block.starts_with(':') {
            return Self::Comment;
        }
        if let Some(delay) = block.strip_prefix("retry: ") {
            return Self::Retry(delay.parse().unwrap());
        }
        let lines: Vec<_> = block.lines().collect();
        let [id, data] = *lines else { panic!("no event of two lines: {block}") };
        let value =
            |line: &str, field: &str| line.strip_prefix(field).unwrap_or_else(|| panic!("{line}")).to_owned();
        Self::Event(value(id, "id: "), value(data, "data: "))
    }
}

fn read_event(id: &str, data: &str) -> Value {
    let event: Value = serde_json::from_str(data).unwrap();
    let own = event.get("eventId").or(event.get("id"));
    assert_eq!(own.unwrap(), id);
    event
}
