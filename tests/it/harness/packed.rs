//! A SignalR client by hand that speaks MessagePack over a websocket, and the format itself.

use std::collections::VecDeque;

use rmp::Marker;
use rmp::decode::read_marker;
use rmp::encode;
use serde_json::{Map, Value, json};

use super::signalr::SEPARATOR;
use super::socket::Told;
use super::{Http, Socket};

/// An open connection.
pub struct Packed {
    pub socket: Socket,
    waiting: VecDeque<Value>,
}

impl Packed {
    /// Opens a connection and shakes hands.
    pub async fn connect(http: &Http, query: &str) -> Self {
        let path = format!("/engine-chat-hub?{query}");
        let socket = Socket::open(http.base(), &path, http.token()).await;
        let mut socket = socket.unwrap_or_else(|answer| panic!("{answer}"));
        let handshake = json!({"protocol": "messagepack", "version": 1});
        socket.send_text(&format!("{handshake}{SEPARATOR}")).await;
        match socket.told().await {
            Told::Binary(answer) => assert_eq!(answer, format!("{{}}{SEPARATOR}").into_bytes()),
            Told::Text(text) => panic!("the answer to the handshake is text: {text}"),
            Told::Closed(code) => panic!("closed with {code} instead of a handshake"),
        }
        Self { socket, waiting: VecDeque::new() }
    }

    pub async fn send(&mut self, message: &Value) {
        self.socket.send_binary(packed(message)).await;
    }

    /// The next message, or the code with which the websocket beneath was closed.
    pub async fn next_message(&mut self) -> Result<Value, u16> {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Ok(message);
            }
            match self.socket.told().await {
                Told::Binary(bytes) => self.waiting.extend(unpacked(&bytes)),
                Told::Text(text) => panic!("a text frame: {text}"),
                Told::Closed(code) => return Err(code),
            }
        }
    }

    /// The next message that is not a ping.
    pub async fn next(&mut self) -> Value {
        loop {
            let message = self.next_message().await.unwrap_or_else(|code| panic!("closed with {code}"));
            if message[0] != 6 {
                return message;
            }
        }
    }

    /// The code with which the websocket beneath is closed; messages on the way are let go.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next_message().await {
                return code;
            }
        }
    }
}

/// A message with its length before it.
pub fn packed(message: &Value) -> Vec<u8> {
    let mut body = Vec::new();
    write(&mut body, message);
    let mut length = body.len();
    let mut bytes = Vec::new();
    while length > 0x7f {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(body);
    bytes
}

fn write(to: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => encode::write_nil(to).unwrap(),
        Value::Bool(truth) => encode::write_bool(to, *truth).unwrap(),
        Value::Number(number) => drop(encode::write_sint(to, number.as_i64().unwrap()).unwrap()),
        Value::String(text) => encode::write_str(to, text).unwrap(),
        Value::Array(items) => {
            encode::write_array_len(to, items.len() as u32).unwrap();
            items.iter().for_each(|item| write(to, item));
        }
        Value::Object(members) => {
            encode::write_map_len(to, members.len() as u32).unwrap();
            for (name, value) in members {
                encode::write_str(to, name).unwrap();
                write(to, value);
            }
        }
    }
}

/// The messages in a row of them, each after its length.
pub fn unpacked(mut bytes: &[u8]) -> Vec<Value> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let mut length = 0;
        for place in 0.. {
            let (byte, rest) = bytes.split_first().unwrap();
            bytes = rest;
            length |= usize::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                break;
            }
        }
        let (mut message, rest) = bytes.split_at(length);
        messages.push(read(&mut message));
        assert!(message.is_empty(), "{message:?} is behind a message");
        bytes = rest;
    }
    messages
}

fn read(from: &mut &[u8]) -> Value {
    let marker = read_marker(from).unwrap();
    match marker {
        Marker::Null => Value::Null,
        Marker::True => true.into(),
        Marker::False => false.into(),
        Marker::FixPos(number) => number.into(),
        Marker::FixNeg(number) => number.into(),
        Marker::U8 => whole::<1>(from).into(),
        Marker::U16 => whole::<2>(from).into(),
        Marker::U32 => whole::<4>(from).into(),
        Marker::U64 => whole::<8>(from).into(),
        Marker::FixStr(length) => text(from, length.into()),
        Marker::Str8 => text_of(from, whole::<1>),
        Marker::Str16 => text_of(from, whole::<2>),
        Marker::Str32 => text_of(from, whole::<4>),
        Marker::FixArray(count) => (0..count).map(|_| read(from)).collect(),
        Marker::Array16 => (0..whole::<2>(from)).map(|_| read(from)).collect(),
        Marker::FixMap(count) => map(from, count.into()),
        Marker::Map16 => {
            let count = whole::<2>(from);
            map(from, count)
        }
        other => panic!("{other:?} is not expected from a server"),
    }
}

/// A number of so many bytes, the highest first.
fn whole<const BYTES: usize>(from: &mut &[u8]) -> u64 {
    let (bytes, rest) = from.split_at(BYTES);
    *from = rest;
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn text_of(from: &mut &[u8], length: impl Fn(&mut &[u8]) -> u64) -> Value {
    let length = length(from);
    text(from, length)
}

fn text(from: &mut &[u8], length: u64) -> Value {
    let (text, rest) = from.split_at(length as usize);
    *from = rest;
    std::str::from_utf8(text).unwrap().into()
}

fn map(from: &mut &[u8], count: u64) -> Value {
    let mut members = Map::new();
    for _ in 0..count {
        let name = read(from).as_str().unwrap().to_owned();
        members.insert(name, read(from));
    }
    members.into()
}
