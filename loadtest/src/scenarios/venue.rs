//! Where readers and publishers meet: what both have to say to a server, be it the broker or a peer of it.
//! It must not know how much load is made.

use std::rc::Rc;

use clap::{Args, ValueEnum};
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use crate::address::Address;
use crate::api::EngineApi;
use crate::credentials::Credentials;
use crate::driver::{BLANK_LABEL, Dialect, Protocol, Script, Subscription, upgrade_request};
use crate::error::LoadError;
use crate::label::Member;
use crate::measure::ledger::Interleaving;

/// Conversations that are established at the same time.
const ESTABLISHING_AT_ONCE: usize = 32;
/// Stands in a peer's URL for the number of a topic.
const TOPIC_NUMBER: &str = "{n}";

/// Another server that gets the same load, to be compared with.
#[derive(Clone, Debug, Args)]
pub(super) struct PeerArgs {
    /// Load another server instead of the broker.
    #[arg(long, value_enum, value_name = "KIND", requires = "subscribe_url", requires = "publish_url")]
    peer: Option<Peer>,
    /// Where readers go, as ws://HOST/PATH. `{n}` stands for the number of the topic.
    #[arg(long, value_name = "URL")]
    subscribe_url: Option<String>,
    /// Where publishers go, as http://HOST/PATH or nats://HOST. `{n}` stands for the number of the topic.
    #[arg(long, value_name = "URL")]
    publish_url: Option<String>,
}

/// What a peer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Peer {
    /// Publishers POST a body, and readers get it as it is.
    Generic,
    /// The NATS protocol, for readers on a websocket.
    Nats,
}

/// What readers on websockets speak with the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum SocketProtocol {
    /// Direct payloads.
    #[default]
    Websocket,
    /// The SignalR hub protocol.
    Signalr,
}

/// What readers on websockets listen to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum SocketScope {
    /// One conversation.
    #[default]
    Conversation,
    /// Everything that concerns the agent.
    Integration,
}

/// Where readers and publishers meet.
pub(super) struct Venue {
    /// Where readers connect.
    pub(super) readers: Address,
    /// Where publishers connect.
    pub(super) publishers: Address,
    /// What a reader does, by topic.
    pub(super) subscriptions: Vec<Rc<Subscription>>,
    /// What publishers say.
    pub(super) script: Rc<Script>,
    /// Whether readers of a topic hear its streams interleaved in one way.
    pub(super) interleaving: Interleaving,
}

/// What is wanted of the broker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// How many topics.
    pub(super) topics: usize,
    /// Bytes of a message's body.
    pub(super) payload: usize,
    /// What readers speak.
    pub(super) protocol: SocketProtocol,
    /// What they listen to.
    pub(super) scope: SocketScope,
}

impl PeerArgs {
    /// Where readers of a websocket and publishers of a peer meet; `None` when there is no peer.
    pub(super) fn venue(&self, topics: usize, payload: usize) -> Option<Result<Venue, LoadError>> {
        match (self.peer?, self.subscribe_url.as_deref()?, self.publish_url.as_deref()?) {
            (Peer::Generic, readers, publishers) => Some(generic(readers, publishers, topics, payload)),
            (Peer::Nats, readers, publishers) => Some(nats(readers, publishers, topics, payload)),
        }
    }
}

/// Conversations of the broker: made for the run, so that nobody else's messages are heard.
pub(super) async fn conversations(target: &Credentials, wanted: Wanted) -> Result<Venue, LoadError> {
    let api = EngineApi::sign_in(target).await?;
    let address = Address::of(&target.base_url, &[("http", 80)])?;
    let run = Uuid::new_v4().simple();
    let customer = &target.hub.integrations.customer;
    let establish = async |number| api.establish(customer, &format!("loadtest-{run}-{number}")).await;
    let establishing = stream::iter(0..wanted.topics).map(establish).buffered(ESTABLISHING_AT_ONCE);
    let ids: Vec<String> = establishing.try_collect().await?;

    let agent = &target.hub.integrations.agent;
    let subscription = |id: &String| {
        Rc::new(subscription_to_broker(
            &address.host,
            api.token(),
            agent,
            Some(id).filter(|_| wanted.scope == SocketScope::Conversation),
            wanted.protocol,
        ))
    };
    let body = activity(wanted.payload);
    let heads = ids.iter().map(|id| {
        let path = format!("/inbound/customer/v1/direct/activity/{id}");
        post_head(&address.host, &path, api.token(), body.len())
    });
    let script = Script::new(Protocol::Http, Member::ExternalId, heads.collect(), body);
    Ok(Venue {
        subscriptions: ids.iter().map(subscription).collect(),
        script: Rc::new(script),
        readers: address.clone(),
        publishers: address,
        interleaving: Interleaving::Shared,
    })
}

/// How a reader comes to hear the agent's side of the broker: of one conversation, or of all.
pub(super) fn subscription_to_broker(
    host: &str,
    token: &str,
    agent: &str,
    conversation: Option<&String>,
    protocol: SocketProtocol,
) -> Subscription {
    let (dialect, mut path, parameter) = match protocol {
        SocketProtocol::Websocket => {
            (Dialect::Direct, format!("/events/v1/direct?integrationId={agent}"), "conversationId")
        }
        SocketProtocol::Signalr => (Dialect::SignalR, format!("/engine-chat-hub?iId={agent}"), "cId"),
    };
    if let Some(conversation) = conversation {
        path.push_str(&format!("&{parameter}={conversation}"));
    }
    let request = upgrade_request(host, &path, &format!("Authorization: Bearer {token}\r\n"));
    Subscription { dialect, request }
}

fn generic(readers: &str, publishers: &str, topics: usize, payload: usize) -> Result<Venue, LoadError> {
    let subscriptions = (0..topics).map(|number| {
        let address = Address::of(&numbered(readers, number), &[("ws", 80), ("http", 80)])?;
        let request = upgrade_request(&address.host, &address.path, "");
        Ok(Rc::new(Subscription { dialect: Dialect::Plain, request }))
    });
    let body = activity(payload);
    let heads = (0..topics).map(|number| {
        let address = Address::of(&numbered(publishers, number), &[("http", 80)])?;
        Ok(post_head(&address.host, &address.path, "", body.len()))
    });
    Ok(Venue {
        readers: Address::of(&numbered(readers, 0), &[("ws", 80), ("http", 80)])?,
        publishers: Address::of(&numbered(publishers, 0), &[("http", 80)])?,
        subscriptions: subscriptions.collect::<Result<_, LoadError>>()?,
        script: Rc::new(Script::new(
            Protocol::Http,
            Member::ExternalId,
            heads.collect::<Result<_, LoadError>>()?,
            body.clone(),
        )),
        interleaving: Interleaving::Free,
    })
}

fn nats(readers: &str, publishers: &str, topics: usize, payload: usize) -> Result<Venue, LoadError> {
    let readers = Address::of(readers, &[("ws", 80)])?;
    let publishers = Address::of(publishers, &[("nats", 4222)])?;
    let subject = |number| format!("loadtest.{number}");
    let subscription = |number| {
        let request = upgrade_request(&readers.host, &readers.path, "");
        Rc::new(Subscription { dialect: Dialect::Nats(subject(number)), request })
    };
    let body = activity(payload);
    let head = |number| format!("PUB {} {}\r\n", subject(number), body.len()).into_bytes();
    let heads = (0..topics).map(head).collect();
    Ok(Venue {
        subscriptions: (0..topics).map(subscription).collect(),
        script: Rc::new(Script::new(Protocol::Nats, Member::ExternalId, heads, body.clone())),
        readers,
        publishers,
        interleaving: Interleaving::Free,
    })
}

fn numbered(url: &str, number: usize) -> String {
    url.replace(TOPIC_NUMBER, &number.to_string())
}

/// The body of a message: a text, filled up to so many bytes where it is not longer without filling.
pub(super) fn activity(bytes: usize) -> Vec<u8> {
    let with = |text: &str| {
        format!(
            r#"{{"type":"message","externalId":"{BLANK_LABEL}","message":{{"type":"text","text":"{text}"}}}}"#
        )
    };
    let filling = bytes.saturating_sub(with("").len()).max(1);
    with(&"x".repeat(filling)).into_bytes()
}

/// What goes before the body of a POST. Without a token the request carries none.
pub(super) fn post_head(host: &str, path: &str, token: &str, length: usize) -> Vec<u8> {
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    );
    if !token.is_empty() {
        head.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    head.push_str("\r\n");
    head.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_as_long_as_was_asked_for_and_json() {
        for bytes in [200, 512, 2048] {
            let body = activity(bytes);
            assert_eq!(body.len(), bytes);
            let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(value["externalId"], BLANK_LABEL);
        }
        assert!(activity(0).len() < 110);
    }
}
