//! A contact centre at the broker: customers and agents who talk in many conversations, and everybody who listens.

use std::iter;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::broker::{self, CALLS_AT_ONCE, Polling, Sessions, SocketProtocol};
use super::{Seat, Venue, message};
use crate::address::Address;
use crate::api::{Acknowledge, EngineApi, StreamingApi};
use crate::credentials::Credentials;
use crate::driver::{Protocol, Script};
use crate::error::LoadError;
use crate::label::Member;
use crate::measure::ledger::{Hears, Interleaving};

/// Sessions are polled as desktops do, and keep what they were handed until they acknowledge it.
const POLLING: Polling = Polling { acknowledge: Acknowledge::Required, max_events: 200, batch: 1 };

/// Who takes part.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenarios) struct Staff {
    /// Websockets that hear everything the agent hears.
    pub(in crate::scenarios) agents: usize,
    /// Streaming sessions of the agent's user.
    pub(in crate::scenarios) sessions: usize,
    /// Customers, each with a conversation and a websocket on it.
    pub(in crate::scenarios) customers: usize,
    /// Bytes of a message.
    pub(in crate::scenarios) payload: usize,
}

/// Begins all conversations, and seats everybody.
///
/// Each conversation has two streams: the first half of all streams is the customers', the second the agents'. Agents
/// on sockets hear what is addressed to them, the others both sides: sessions of all conversations, customers of
/// theirs.
pub(in crate::scenarios) async fn contact_centre(
    target: &Credentials,
    staff: Staff,
) -> Result<(Venue, Sessions), LoadError> {
    let (engine, streaming) = (EngineApi::sign_in(target).await?, StreamingApi::sign_in(target).await?);
    let address = broker::address(target)?;
    let ids = broker::establish(&engine, target, staff.customers).await?;
    // The first word brings a conversation to the agent. Nobody listens so far.
    let begin = async |id: &String| engine.say(id, "hello").await;
    stream::iter(&ids).map(begin).buffer_unordered(CALLS_AT_ONCE).try_collect::<Vec<()>>().await?;

    let user = target.users.first().map(|user| user.user_id.as_str()).unwrap_or_default();
    let users = iter::repeat_n(user, staff.sessions);
    let sessions = Sessions::open(streaming, users, POLLING.acknowledge).await?;

    let integrations = &target.hub.integrations;
    let listen = |integration: &str, conversation: Option<&str>| {
        let protocol = SocketProtocol::Websocket;
        Seat::Socket(broker::subscription(&address, engine.token(), integration, conversation, protocol))
    };
    let (count, both) = (ids.len(), Hears::all_of(0..ids.len() * 2));
    let agents = iter::repeat_n((Hears::all_of(0..count), listen(&integrations.agent, None)), staff.agents);
    let desktops = sessions.seats(&address, POLLING).map(|seat| (both, seat));
    let customers = ids.iter().enumerate().map(|(first, id)| {
        (Hears { first, step: count, end: count * 2 }, listen(&integrations.customer, Some(id)))
    });

    let parts = vec![
        (0..count, script(&address, engine.token(), "customer", &ids, None, staff.payload)),
        (
            count..count * 2,
            script(&address, engine.token(), "business", &ids, Some(&integrations.agent), staff.payload),
        ),
    ];
    let venue = Venue {
        audience: agents.chain(desktops).chain(customers).collect(),
        parts,
        streams: count * 2,
        member: Member::Text,
        interleaving: Interleaving::Shared,
        settles_in: Duration::ZERO,
        readers: address.clone(),
        publishers: address,
    };
    Ok((venue, sessions))
}

/// What one side says.
fn script(
    to: &Address,
    token: &str,
    side: &str,
    conversations: &[String],
    sender: Option<&String>,
    payload: usize,
) -> Rc<Script> {
    let body = message::labelled_text(sender.map(String::as_str), payload);
    let heads = conversations.iter().map(|id| {
        let path = format!("/inbound/{side}/v1/direct/activity/{id}");
        message::post_head(&to.host, &path, &broker::bearer(token), body.len())
    });
    let heads = heads.collect();
    Rc::new(Script::new(Protocol::Http, Member::Text, heads, vec![body.clone()]))
}
