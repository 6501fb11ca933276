//! A websocket client beneath the protocol: it offers what it is told to, sends the frames that it is given, and
//! shows the frames that it gets.

use flate2::{Decompress, FlushDecompress};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;

use super::{Http, within};

/// In a frame's first byte: the message is deflated.
pub const DEFLATED: u8 = 0x40;

/// Bytes that the largest message of the tests inflates to, and more.
const ROOM: usize = 1 << 22;

/// An open websocket.
pub struct Deflating {
    stream: BufReader<TcpStream>,
    /// What the server agreed to.
    pub agreed: Option<String>,
}

/// A frame of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The first byte.
    pub first: u8,
    /// What it carries, deflated or not.
    pub payload: Vec<u8>,
}

impl Frame {
    pub fn is_deflated(&self) -> bool {
        self.first & DEFLATED != 0
    }

    /// The text of a whole message.
    pub fn text(&self) -> String {
        assert_eq!(self.first & !DEFLATED, 0x81, "{self:?} is not a text");
        let text = if self.is_deflated() { inflated(&self.payload) } else { self.payload.clone() };
        String::from_utf8(text).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    /// The code of a close.
    pub fn code(&self) -> u16 {
        assert_eq!(self.first, 0x88, "{self:?} is not a close");
        u16::from_be_bytes([self.payload[0], self.payload[1]])
    }
}

impl Deflating {
    /// Opens a websocket with these offers of extensions.
    pub async fn open(http: &Http, path: &str, offers: Option<&str>) -> Self {
        within("the handshake", Self::shake_hands(http, path, offers)).await
    }

    async fn shake_hands(http: &Http, path: &str, offers: Option<&str>) -> Self {
        let host = http.base().strip_prefix("http://").unwrap();
        let mut stream = BufReader::new(TcpStream::connect(host).await.unwrap());
        let (key, head) = (generate_key(), http.as_sent("GET", path));
        let offered =
            offers.map(|offers| format!("Sec-WebSocket-Extensions: {offers}\r\n")).unwrap_or_default();
        let request = format!(
            "{}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: {key}\r\n{offered}\r\n",
            head.strip_suffix("\r\n").unwrap()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        while !answer.ends_with("\r\n\r\n") {
            assert_ne!(stream.read_line(&mut answer).await.unwrap(), 0, "{answer}");
        }
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        let header = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("sec-websocket-extensions").then(|| value.to_owned())
        };
        Self { stream, agreed: answer.lines().find_map(header) }
    }

    /// The next frame that is no ping.
    pub async fn next(&mut self) -> Frame {
        loop {
            let frame = within("a frame", self.read()).await;
            if frame.first != 0x89 {
                return frame;
            }
        }
    }

    /// The next frame's JSON.
    pub async fn next_json(&mut self) -> Value {
        self.next().await.json()
    }

    /// The code with which the server closes; what comes before is let go.
    pub async fn closed(&mut self) -> u16 {
        loop {
            let frame = self.next().await;
            if frame.first == 0x88 {
                return frame.code();
            }
        }
    }

    async fn read(&mut self) -> Frame {
        let first = self.stream.read_u8().await.unwrap();
        let length = match self.stream.read_u8().await.unwrap() {
            126 => usize::from(self.stream.read_u16().await.unwrap()),
            127 => usize::try_from(self.stream.read_u64().await.unwrap()).unwrap(),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await.unwrap();
        Frame { first, payload }
    }

    /// Sends a frame; the server may refuse it while it still comes in.
    pub async fn send(&mut self, first: u8, payload: &[u8]) {
        self.send_bytes(&frame(first, payload)).await;
    }

    /// Sends several frames in one piece.
    pub async fn send_bytes(&mut self, frames: &[u8]) {
        let _refused_midway = self.stream.write_all(frames).await;
    }

    /// Sends a message in one deflated frame.
    pub async fn send_deflated(&mut self, text: &str) {
        self.send(0x81 | DEFLATED, &deflated(text)).await;
    }
}

/// A frame as clients send it.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [1, 2, 3, 4];
    let mut bytes = vec![first, 0x80 | 127];
    bytes.extend((payload.len() as u64).to_be_bytes());
    if let Ok(short @ 0..=125) = u8::try_from(payload.len()) {
        bytes = vec![first, 0x80 | short];
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// A message as a client deflates it.
pub fn deflated(text: &str) -> Vec<u8> {
    let mut deflater = flate2::Compress::new(flate2::Compression::best(), false);
    let mut bytes = Vec::with_capacity(text.len() + 64);
    deflater.compress_vec(text.as_bytes(), &mut bytes, flate2::FlushCompress::Sync).unwrap();
    assert!(bytes.ends_with(&[0, 0, 0xff, 0xff]));
    bytes.truncate(bytes.len() - 4);
    bytes
}

fn inflated(bytes: &[u8]) -> Vec<u8> {
    let whole = [bytes, &[0, 0, 0xff, 0xff]].concat();
    let mut message = Vec::with_capacity(ROOM);
    let mut inflater = Decompress::new(false);
    inflater.decompress_vec(&whole, &mut message, FlushDecompress::Sync).unwrap();
    assert_eq!(inflater.total_in(), whole.len() as u64, "all of it is read");
    message
}
