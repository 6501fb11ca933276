//! Many listeners, many messages.

use std::time::Instant;

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Engine, Server, together, within};

const SUBSCRIBERS: usize = 1000;
const MESSAGES: usize = 1000;
/// Messages under way at once.
const SPEAKERS: usize = 20;

/// Descriptors for every subscriber's two ends; the server inherits the limit.
fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

/// A websocket that only reads, by hand: a million frames are too many for a client that was not optimised.
struct Reader {
    stream: TcpStream,
    buffer: Vec<u8>,
    read: usize,
}

impl Reader {
    async fn open(engine: &Engine, conversation: &str) -> Self {
        let address = engine.base().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /events/v1/direct?integrationId={}&conversationId={conversation} HTTP/1.1\r\nhost: {address}\r\n\
             authorization: Bearer {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            engine.customer(),
            engine.token().unwrap(),
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reader = Self { stream, buffer: Vec::with_capacity(1 << 16), read: 0 };
        let head = reader.until_blank_line().await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        reader
    }

    async fn until_blank_line(&mut self) -> String {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                self.read = end + 4;
                return String::from_utf8(self.buffer[..end].to_vec()).unwrap();
            }
            self.fill().await;
        }
    }

    async fn fill(&mut self) {
        self.buffer.drain(..self.read);
        self.read = 0;
        let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
        assert!(read > 0, "the server hung up");
    }

    /// The next text frame, handed to `see`.
    async fn frame<T>(&mut self, see: impl FnOnce(&str) -> T) -> T {
        loop {
            match parse(&self.buffer[self.read..]) {
                Some((opcode, head, length)) if self.buffer.len() - self.read >= head + length => {
                    let start = self.read + head;
                    self.read = start + length;
                    match opcode {
                        1 => return see(std::str::from_utf8(&self.buffer[start..start + length]).unwrap()),
                        9 => {}
                        other => panic!("a frame of kind {other}"),
                    }
                }
                _ => self.fill().await,
            }
        }
    }
}

/// Kind, length of the head, and length of the payload of an unmasked, unfragmented frame.
fn parse(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    assert_eq!((first & 0x80, second & 0x80), (0x80, 0), "one whole frame, not masked");
    let (head, length) = match second {
        126 => (4, u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
        short => (2, u64::from(short)),
    };
    Some((first & 0x0f, head, usize::try_from(length).ok()?))
}

/// The `eventId` of a Direct payload; a full JSON parser would take most of the test's time.
fn event_id(payload: &str) -> i64 {
    const NAME: &str = "\"eventId\":";
    let rest = &payload[payload.find(NAME).unwrap_or_else(|| panic!("{payload}")) + NAME.len()..];
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap();
    rest[..digits].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_subscribers_each_hear_a_thousand_messages_in_order_and_once() {
    raise_descriptor_limit();
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("crowd").await;
    let mut listeners = Vec::with_capacity(SUBSCRIBERS);
    for _ in 0..SUBSCRIBERS / 50 {
        listeners.extend(
            together((0..50).map(|_| {
                let (engine, conversation) = (engine.clone(), conversation.clone());
                async move {
                    let mut reader = Reader::open(&engine, &conversation).await;
                    reader.frame(|text| assert!(text.contains("\"snapshot\""), "{text}")).await;
                    reader
                }
            }))
            .await,
        );
    }
    let started = Instant::now();
    let listening: Vec<_> = listeners
        .into_iter()
        .map(|mut reader| {
            tokio::spawn(async move {
                let mut heard = Vec::with_capacity(MESSAGES);
                for _ in 0..MESSAGES {
                    heard.push(reader.frame(event_id).await);
                }
                (heard, reader)
            })
        })
        .collect();
    let mut expected: Vec<i64> = together((0..SPEAKERS).map(|speaker| {
        let (engine, conversation) = (engine.clone(), conversation.clone());
        async move {
            let mut said = Vec::with_capacity(MESSAGES / SPEAKERS);
            for number in 0..MESSAGES / SPEAKERS {
                let answer = engine.say(&conversation, &format!("{speaker}.{number}")).await;
                said.push(answer["eventId"].as_i64().unwrap());
            }
            said
        }
    }))
    .await
    .concat();
    expected.sort_unstable();
    let mut readers = Vec::with_capacity(SUBSCRIBERS);
    for listener in listening {
        let (heard, reader) = within("a listener", listener).await.unwrap();
        assert_eq!(heard, expected, "every message, in order, once");
        readers.push(reader);
    }
    let took = started.elapsed();
    let last = engine.say(&conversation, "the end").await["eventId"].as_i64().unwrap();
    for mut reader in readers {
        assert_eq!(reader.frame(event_id).await, last, "nothing came twice");
    }
    assert!(took.as_secs() < 60, "{SUBSCRIBERS} listeners took {took:?} for {MESSAGES} messages");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_streaming_sessions_of_one_user_each_hear_every_event_in_order() {
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "process")]).await;
    let streaming = server.streaming().await;
    let sessions = together((0..100).map(|_| {
        let streaming = streaming.clone();
        async move { streaming.session("u").await }
    }))
    .await;
    let event = |number: i64| {
        serde_json::json!({"eventType": "engagementCenter.Idle", "userId": "u", "payload":
            {"interactionId": number, "interactionIdRev": number.to_string()}})
    };
    for batch in 0..10 {
        streaming.publish((batch * 20..batch * 20 + 20).map(event).collect()).await.ok();
    }
    let heard = together(
        sessions
            .into_iter()
            .map(|session| async move { crate::harness::interactions(&session.collect(200).await) }),
    )
    .await;
    let expected: Vec<_> = (0..200).collect();
    assert!(heard.iter().all(|one| *one == expected));
}

/// Listeners of whom every tenth stops reading.
const MIXED: usize = 50;

/// So much that what the system keeps for a socket is full after a few hundred.
const LONG_MESSAGE: usize = 32 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listeners_that_stop_reading_are_closed_and_counted_and_the_others_miss_nothing() {
    let server = Server::with(&[
        ("SWITCHBOARD_STORE__DURABILITY", "memory"),
        ("SWITCHBOARD_WEBSOCKET__QUEUE_BYTES", "1048576"),
    ])
    .await;
    let engine = server.engine().await;
    let conversation = engine.establish("mixed").await;
    let (mut listening, mut stuck) = (Vec::new(), Vec::new());
    for number in 0..MIXED {
        let mut reader = Reader::open(&engine, &conversation).await;
        if number % 10 == 0 {
            stuck.push(reader);
            continue;
        }
        listening.push(tokio::spawn(async move {
            reader.frame(|text| assert!(text.contains("\"snapshot\""), "{text}")).await;
            let mut heard = Vec::new();
            while let Some(event) =
                reader.frame(|text| (!text.contains("the end")).then(|| event_id(text))).await
            {
                heard.push(event);
            }
            heard
        }));
    }
    let words = "x".repeat(LONG_MESSAGE);
    let mut said = Vec::new();
    let all_closed = format!("outboxes_overrun_total {}", stuck.len());
    while !server.http().get("/metrics").await.text.contains(&all_closed) {
        assert!(said.len() < 5000, "{} listeners that do not read are not closed", stuck.len());
        said.push(engine.say(&conversation, &words).await["eventId"].as_i64().unwrap());
    }
    engine.say(&conversation, "the end").await;
    for listener in listening {
        assert_eq!(within("a listener", listener).await.unwrap(), said, "every message, in order, once");
    }
}
