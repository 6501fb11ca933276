//! Other servers that get the same load, to be compared with: what readers and publishers say to them.

use std::rc::Rc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Crowd, Seat, Venue, message};
use crate::address::Address;
use crate::driver::{Dialect, Own, PollScript, PollStyle, Protocol, Script, Subscription, upgrade_request};
use crate::error::LoadError;
use crate::label::Member;
use crate::measure::ledger::Interleaving;

/// Stands in a peer's URL for the number of a topic.
const TOPIC_NUMBER: &str = "{n}";

/// How long readers are left alone after they have come: some servers open a websocket a moment before they count its
/// reader in.
const SETTLING: Duration = Duration::from_millis(250);

/// Ports of the schemes of readers' URLs.
const READERS: &[(&str, u16)] = &[("ws", 80), ("http", 80)];

/// Another server whose readers are held instead of the broker's.
#[derive(Clone, Debug, Args)]
pub(in crate::scenarios) struct PeerReaderArgs {
    /// Load another server instead of the broker.
    #[arg(long, value_enum, value_name = "KIND", requires = "subscribe_url")]
    peer: Option<Peer>,
    /// Where readers go, as ws://HOST/PATH, or http://HOST/PATH for long polls. `{n}` stands for the number of the
    /// topic.
    #[arg(long, value_name = "URL")]
    subscribe_url: Option<String>,
}

/// Another server that gets the same load, to be compared with.
#[derive(Clone, Debug, Args)]
pub(in crate::scenarios) struct PeerArgs {
    #[command(flatten)]
    readers: PeerReaderArgs,
    /// Where publishers go, as http://HOST/PATH or nats://HOST. `{n}` stands for the number of the topic.
    #[arg(long, value_name = "URL", required_if_eq_any([("peer", "generic"), ("peer", "nats")]))]
    publish_url: Option<String>,
}

/// What a peer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::scenarios) enum Peer {
    /// Publishers POST a body, and readers get it as it is.
    Generic,
    /// The NATS protocol, for readers on a websocket.
    Nats,
}

/// How readers of a peer hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenarios) enum PeerReaders {
    /// On websockets.
    Sockets,
    /// By long polls that say what they have heard, as `If-Modified-Since` and `If-None-Match`.
    Polls,
}

impl PeerReaderArgs {
    /// Where the peer's readers connect, and how they hear, by topic; `None` when there is no peer.
    pub(in crate::scenarios) fn seats(
        &self,
        topics: usize,
        how: PeerReaders,
    ) -> Option<Result<(Address, Vec<Seat>), LoadError>> {
        let (peer, url) = (self.peer?, self.subscribe_url.as_deref()?);
        let seat = |number| -> Result<(Address, Seat), LoadError> {
            let at = Address::of(&numbered(url, number), READERS)?;
            let seat = match (peer, how) {
                (Peer::Generic, PeerReaders::Sockets) => on_socket(&at, Dialect::Plain),
                (Peer::Generic, PeerReaders::Polls) => by_polls(&at),
                (Peer::Nats, _) => on_socket(&at, Dialect::Nats(subject(number))),
            };
            Ok((at, seat))
        };
        let seats: Result<Vec<_>, _> = (0..topics.max(1)).map(seat).collect();
        Some(seats.map(|seats| (seats[0].0.clone(), seats.into_iter().map(|(_, seat)| seat).collect())))
    }
}

impl PeerArgs {
    /// Where readers and publishers of the peer meet; `None` when there is no peer.
    pub(in crate::scenarios) fn venue(
        &self,
        crowd: Crowd,
        how: PeerReaders,
    ) -> Option<Result<Venue, LoadError>> {
        let (seats, url) = (self.readers.seats(crowd.topics, how)?, self.publish_url.as_deref()?);
        Some(seats.and_then(|(readers, seats)| {
            let (publishers, script) = match self.readers.peer {
                Some(Peer::Nats) => publications(url, crowd)?,
                _ => posts(url, crowd)?,
            };
            Ok(Venue {
                audience: crowd.audience(&seats),
                readers,
                publishers,
                parts: crowd.part(script),
                streams: crowd.streams(),
                member: Member::ExternalId,
                interleaving: Interleaving::Free,
                settles_in: SETTLING,
            })
        }))
    }
}

fn on_socket(at: &Address, dialect: Dialect) -> Seat {
    let request = upgrade_request(&at.host, &at.path, "");
    Seat::Socket(Rc::new(Subscription { dialect, request }))
}

fn by_polls(at: &Address) -> Seat {
    let poll = format!("GET {} HTTP/1.1\r\nHost: {}\r\n", at.path, at.host);
    Seat::Polls(Rc::new(PollScript { style: PollStyle::Conditional, poll }), Own::default())
}

/// What publishers say by HTTP, and where.
fn posts(url: &str, crowd: Crowd) -> Result<(Address, Script), LoadError> {
    let body = message::activity(crowd.payload);
    let address = |number| Address::of(&numbered(url, number), &[("http", 80)]);
    let addresses: Vec<_> = (0..crowd.topics).map(address).collect::<Result<_, _>>()?;
    let head = |to: &Address| message::post_head(&to.host, &to.path, "", body.len());
    let heads = addresses.iter().map(head).collect();
    let script = Script::new(Protocol::Http, Member::ExternalId, heads, vec![body.clone()]);
    Ok((addresses[0].clone(), script))
}

/// What publishers say by NATS, and where.
fn publications(url: &str, crowd: Crowd) -> Result<(Address, Script), LoadError> {
    let body = message::activity(crowd.payload);
    let head = |number| format!("PUB {} {}\r\n", subject(number), body.len()).into_bytes();
    let heads = (0..crowd.topics).map(head).collect();
    let script = Script::new(Protocol::Nats, Member::ExternalId, heads, vec![body.clone()]);
    Ok((Address::of(url, &[("nats", 4222)])?, script))
}

fn subject(number: usize) -> String {
    format!("loadtest.{number}")
}

fn numbered(url: &str, number: usize) -> String {
    url.replace(TOPIC_NUMBER, &number.to_string())
}
