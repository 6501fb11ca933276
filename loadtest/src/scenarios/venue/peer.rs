//! Other servers that get the same load, to be compared with: what readers and publishers say to them.

use std::rc::Rc;

use clap::{Args, ValueEnum};

use super::{Crowd, Seat, Venue, message};
use crate::address::Address;
use crate::driver::{Dialect, PollScript, PollStyle, Protocol, Script, Subscription, upgrade_request};
use crate::error::LoadError;
use crate::label::Member;
use crate::measure::ledger::{Hears, Interleaving};

/// Stands in a peer's URL for the number of a topic.
const TOPIC_NUMBER: &str = "{n}";

/// Ports of the schemes of readers' URLs.
const READERS: &[(&str, u16)] = &[("ws", 80), ("http", 80)];
/// Ports of the schemes of publishers' URLs.
const PUBLISHERS: &[(&str, u16)] = &[("http", 80)];

/// Another server that gets the same load, to be compared with.
#[derive(Clone, Debug, Args)]
pub(in crate::scenarios) struct PeerArgs {
    /// Load another server instead of the broker.
    #[arg(long, value_enum, value_name = "KIND", requires = "subscribe_url", requires = "publish_url")]
    peer: Option<Peer>,
    /// Where readers go, as ws://HOST/PATH, or http://HOST/PATH for long polls. `{n}` stands for the number of the topic.
    #[arg(long, value_name = "URL")]
    subscribe_url: Option<String>,
    /// Where publishers go, as http://HOST/PATH or nats://HOST. `{n}` stands for the number of the topic.
    #[arg(long, value_name = "URL")]
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

impl PeerArgs {
    /// Where readers and publishers of the peer meet; `None` when there is no peer.
    pub(in crate::scenarios) fn venue(
        &self,
        crowd: Crowd,
        how: PeerReaders,
    ) -> Option<Result<Venue, LoadError>> {
        let (readers, publishers) = (self.subscribe_url.as_deref()?, self.publish_url.as_deref()?);
        Some(match self.peer? {
            Peer::Generic => generic(readers, publishers, crowd, how),
            Peer::Nats => nats(readers, publishers, crowd),
        })
    }
}

fn generic(readers: &str, publishers: &str, crowd: Crowd, how: PeerReaders) -> Result<Venue, LoadError> {
    let addresses = |url: &str, schemes| -> Result<Vec<Address>, LoadError> {
        (0..crowd.topics).map(|number| Address::of(&numbered(url, number), schemes)).collect()
    };
    let (readers, publishers) = (addresses(readers, READERS)?, addresses(publishers, PUBLISHERS)?);
    let body = message::activity(crowd.payload);
    let head = |to: &Address| message::post_head(&to.host, &to.path, "", body.len());
    let heads = publishers.iter().map(head).collect();
    let audience = match how {
        PeerReaders::Sockets => {
            let subscriptions: Vec<_> = readers.iter().map(subscription).collect();
            crowd.on_sockets(&subscriptions)
        }
        PeerReaders::Polls => {
            let scripts: Vec<_> = readers.iter().map(poll_script).collect();
            let seat =
                |topic: usize| (Hears::Topic(topic), Seat::Polls(scripts[topic].clone(), String::new()));
            crowd.readers_topics().map(seat).collect()
        }
    };
    Ok(Venue {
        readers: readers[0].clone(),
        publishers: publishers[0].clone(),
        audience,
        script: Rc::new(Script::new(Protocol::Http, Member::ExternalId, heads, vec![body.clone()])),
        streams: crowd.streams(),
        member: Member::ExternalId,
        interleaving: Interleaving::Free,
    })
}

fn subscription(to: &Address) -> Rc<Subscription> {
    Rc::new(Subscription { dialect: Dialect::Plain, request: upgrade_request(&to.host, &to.path, "") })
}

fn poll_script(to: &Address) -> Rc<PollScript> {
    let poll = format!("GET {} HTTP/1.1\r\nHost: {}\r\n", to.path, to.host);
    Rc::new(PollScript { style: PollStyle::Conditional, poll })
}

fn nats(readers: &str, publishers: &str, crowd: Crowd) -> Result<Venue, LoadError> {
    let readers = Address::of(readers, READERS)?;
    let publishers = Address::of(publishers, &[("nats", 4222)])?;
    let subject = |number| format!("loadtest.{number}");
    let subscription = |number| {
        let request = upgrade_request(&readers.host, &readers.path, "");
        Rc::new(Subscription { dialect: Dialect::Nats(subject(number)), request })
    };
    let subscriptions: Vec<_> = (0..crowd.topics).map(subscription).collect();
    let body = message::activity(crowd.payload);
    let head = |number| format!("PUB {} {}\r\n", subject(number), body.len()).into_bytes();
    let heads = (0..crowd.topics).map(head).collect();
    Ok(Venue {
        audience: crowd.on_sockets(&subscriptions),
        script: Rc::new(Script::new(Protocol::Nats, Member::ExternalId, heads, vec![body.clone()])),
        readers,
        publishers,
        streams: crowd.streams(),
        member: Member::ExternalId,
        interleaving: Interleaving::Free,
    })
}

fn numbered(url: &str, number: usize) -> String {
    url.replace(TOPIC_NUMBER, &number.to_string())
}
