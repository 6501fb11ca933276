//! The broker: conversations and streaming sessions made for a run, and what readers and publishers say to it.

use std::rc::Rc;
use std::time::Duration;

use clap::ValueEnum;
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use super::{Crowd, Seat, Venue, message};
use crate::address::Address;
use crate::api::{Acknowledge, EngineApi, StreamingApi, opening};
use crate::credentials::Credentials;
use crate::driver::{
    Dialect, Own, PollScript, PollStyle, Protocol, Replacements, Script, SessionScript, Subscription,
    session_line, upgrade_request,
};
use crate::error::LoadError;
use crate::label::Member;
use crate::measure::ledger::Interleaving;

/// Calls of the set-up that are under way at the same time.
pub(super) const CALLS_AT_ONCE: usize = 32;
/// Seconds without a poll after which a session ends: as many as there may be, so that slow runs are not cut.
const INACTIVITY_SECONDS: u16 = 600;

/// What readers on websockets speak with the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::scenarios) enum SocketProtocol {
    /// Direct payloads.
    #[default]
    Websocket,
    /// The SignalR hub protocol.
    Signalr,
}

impl SocketProtocol {
    /// Readers that speak it, in a few words.
    pub(in crate::scenarios) fn in_words(self) -> &'static str {
        match self {
            Self::Websocket => "websockets",
            Self::Signalr => "SignalR clients",
        }
    }
}

/// What readers on websockets listen to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::scenarios) enum SocketScope {
    /// One conversation.
    #[default]
    Conversation,
    /// Everything that concerns the agent.
    Integration,
}

/// How readers on websockets listen.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::scenarios) struct Listening {
    /// What they speak.
    pub(in crate::scenarios) protocol: SocketProtocol,
    /// What they listen to.
    pub(in crate::scenarios) scope: SocketScope,
}

/// How sessions are polled, and fed.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenarios) struct Polling {
    /// Whether what was handed over has to be acknowledged.
    pub(in crate::scenarios) acknowledge: Acknowledge,
    /// Events that one poll may hand over.
    pub(in crate::scenarios) max_events: u16,
    /// Events in one publish.
    pub(in crate::scenarios) batch: usize,
}

/// Where the broker is.
pub(in crate::scenarios) fn address(target: &Credentials) -> Result<Address, LoadError> {
    Address::of(&target.base_url, &[("http", 80)])
}

/// Conversations, one a topic, made for the run so that nobody else's messages are heard, and with the agent from the
/// beginning. Their ids in the order of the topics.
pub(in crate::scenarios) async fn establish(
    api: &EngineApi,
    target: &Credentials,
    count: usize,
) -> Result<Vec<String>, LoadError> {
    let run = Uuid::new_v4().simple();
    let integrations = &target.hub.integrations;
    let establish = async |number| {
        let binding = format!("loadtest-{run}-{number}");
        let conversation = api.establish(&integrations.customer, &binding).await?;
        api.take_over(&integrations.agent, &conversation).await?;
        Ok(conversation)
    };
    stream::iter(0..count).map(establish).buffered(CALLS_AT_ONCE).try_collect().await
}

/// Readers on websockets, and publishers who speak as the customers of conversations.
pub(in crate::scenarios) async fn conversations(
    target: &Credentials,
    crowd: Crowd,
    listening: Listening,
) -> Result<Venue, LoadError> {
    let api = EngineApi::sign_in(target).await?;
    let address = address(target)?;
    let ids = establish(&api, target, crowd.topics).await?;
    let agent = &target.hub.integrations.agent;
    let subscription = |id: &String| {
        let conversation = (listening.scope == SocketScope::Conversation).then_some(id.as_str());
        subscription(&address, api.token(), agent, conversation, listening.protocol)
    };
    let seats: Vec<_> = ids.iter().map(|id| Seat::Socket(subscription(id))).collect();
    let body = message::activity(crowd.payload);
    let heads = ids.iter().map(|id| {
        let path = format!("/inbound/customer/v1/direct/activity/{id}");
        message::post_head(&address.host, &path, &bearer(api.token()), body.len())
    });
    let heads = heads.collect();
    Ok(Venue {
        audience: crowd.audience(&seats),
        parts: crowd.part(Script::new(Protocol::Http, Member::ExternalId, heads, vec![body.clone()])),
        streams: crowd.streams(),
        member: Member::ExternalId,
        interleaving: Interleaving::Shared,
        settles_in: Duration::ZERO,
        readers: address.clone(),
        publishers: address,
    })
}

/// How a reader comes to hear an integration: one conversation of it, or all.
pub(in crate::scenarios) fn subscription(
    to: &Address,
    token: &str,
    integration: &str,
    conversation: Option<&str>,
    protocol: SocketProtocol,
) -> Rc<Subscription> {
    let (dialect, mut path, parameter) = match protocol {
        SocketProtocol::Websocket => {
            (Dialect::Direct, format!("/events/v1/direct?integrationId={integration}"), "conversationId")
        }
        SocketProtocol::Signalr => (Dialect::SignalR, format!("/engine-chat-hub?iId={integration}"), "cId"),
    };
    if let Some(conversation) = conversation {
        path.push_str(&format!("&{parameter}={conversation}"));
    }
    Rc::new(Subscription { dialect, request: upgrade_request(&to.host, &path, &bearer(token)) })
}

/// Sessions of users who are made up for the run, and publishers who feed them.
pub(in crate::scenarios) async fn sessions(
    target: &Credentials,
    crowd: Crowd,
    polling: Polling,
) -> Result<(Venue, Sessions), LoadError> {
    let api = StreamingApi::sign_in(target).await?;
    let address = address(target)?;
    let run = Uuid::new_v4().simple();
    let users: Vec<_> = (0..crowd.topics).map(|number| format!("loadtest-{run}-{number}")).collect();
    let of_users = crowd.readers_topics().map(|topic| users[topic].as_str());
    let sessions = Sessions::open(api.clone(), of_users, polling.acknowledge).await?;
    let seats = sessions.seats(&address, polling);
    let bodies: Vec<_> =
        users.iter().map(|user| message::events(user, polling.batch, crowd.payload)).collect();
    let head = |body: &Vec<u8>| {
        message::post_head(&address.host, &api.path("publish"), &api.header_lines(), body.len())
    };
    let heads = bodies.iter().map(head).collect();
    let venue = Venue {
        audience: crowd.readers_topics().map(|topic| crowd.hears(topic)).zip(seats).collect(),
        parts: crowd.part(Script::new(Protocol::Http, Member::CorrelationId, heads, bodies)),
        streams: crowd.streams(),
        member: Member::CorrelationId,
        interleaving: Interleaving::Shared,
        settles_in: Duration::ZERO,
        readers: address.clone(),
        publishers: address,
    };
    Ok((venue, sessions))
}

/// Streaming sessions, open until they are ended.
pub(in crate::scenarios) struct Sessions {
    api: StreamingApi,
    opened: Vec<Opened>,
    /// Those that readers have opened in the place of others.
    replacements: Replacements,
}

/// A session, and how another is opened in its place.
struct Opened {
    id: String,
    opening: Rc<str>,
}

impl Sessions {
    /// Opens a session for each of the users.
    pub(in crate::scenarios) async fn open(
        api: StreamingApi,
        users: impl Iterator<Item = &str>,
        acknowledge: Acknowledge,
    ) -> Result<Self, LoadError> {
        let openings: Vec<Rc<str>> =
            users.map(|user| opening(user, acknowledge, INACTIVITY_SECONDS).into()).collect();
        let open = async |opening: Rc<str>| -> Result<Opened, LoadError> {
            Ok(Opened { id: api.open_session(&opening).await?, opening })
        };
        let opened = stream::iter(openings).map(open).buffered(CALLS_AT_ONCE).try_collect().await?;
        Ok(Self { api, opened, replacements: Replacements::default() })
    }

    /// How each is polled.
    pub(in crate::scenarios) fn seats(
        &self,
        to: &Address,
        polling: Polling,
    ) -> impl Iterator<Item = Seat> + use<'_> {
        let script = self.poll_script(to, polling);
        self.opened.iter().map(move |Opened { id, opening }| {
            Seat::Polls(script.clone(), Own { lines: session_line(id), opening: opening.clone() })
        })
    }

    /// Ends them all, and those that readers have opened in their place. Those that the broker has ended already are
    /// not missed.
    pub(in crate::scenarios) async fn end(self) {
        let Self { api, opened, replacements } = self;
        let ids = opened.into_iter().map(|opened| opened.id).chain(replacements.take());
        let end = async |id: String| api.end_session(&id).await;
        let ended = stream::iter(ids).map(end).buffer_unordered(CALLS_AT_ONCE);
        ended.for_each(async |_ended| ()).await;
    }

    fn poll_script(&self, to: &Address, polling: Polling) -> Rc<PollScript> {
        let Self { api, replacements, .. } = self;
        let (host, headers) = (&to.host, api.header_lines());
        let post = |operation| {
            let path = api.path(operation);
            format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Type: application/json\r\n")
        };
        let acknowledge = (polling.acknowledge == Acknowledge::Required).then(|| post("acknowledge"));
        let (open, replacements) = (post("session"), replacements.clone());
        let style = PollStyle::Session(SessionScript { acknowledge, open, replacements });
        let path = format!("{}?maxEvents={}", api.path("events"), polling.max_events);
        Rc::new(PollScript { style, poll: format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}") })
    }
}

pub(super) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}
