//! The hub's connections by their ids: negotiated and not opened yet, open by requests, or open as a websocket.
//! It must not know HTTP, nor what is said on a connection.
//!
//! An id is only good for the client that negotiated it: to anybody else it is unknown.

use std::collections::VecDeque;
use std::sync::Arc;

use dashmap::DashMap;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::refusal::Refused;
use crate::api::connection_places::Place;
use crate::api::events::listener::Listener;
use crate::auth::{Identity, Visitor};
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, TenantId};
use crate::outlets::RequestSender;

/// The connections that are known by an id. Clones share them.
#[derive(Clone, Default)]
pub struct HubConnections(Arc<Shared>);

#[derive(Default)]
struct Shared {
    by_id: DashMap<Arc<str>, Known>,
    /// Every negotiation in the order of its end, which is that of its beginning; a plain lock, held for a few steps.
    /// Those that were opened stay until their time.
    negotiations: Mutex<VecDeque<(Millis, Arc<str>)>>,
}

struct Known {
    tenant: TenantId,
    client: ClientId,
    visitor: Option<Visitor>,
    stage: Stage,
}

enum Stage {
    Negotiated(Box<Negotiated>),
    Requests(Arc<Channel>),
    WebSocket,
}

/// What a negotiation has come to.
pub(super) struct Negotiated {
    pub(super) listener: Listener,
    pub(super) place: Place,
}

/// How a connection without a websocket hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By an answer that does not end.
    Stream,
    /// By polls.
    Polls,
}

/// How requests reach their connection.
pub(super) struct Channel {
    pub(super) way: Way,
    pub(super) requests: RequestSender,
    /// The newest identity that its client has shown: a connection outlives a token when the next request has another.
    pub(super) identity: watch::Sender<Arc<Identity>>,
}

/// What opening came to.
pub(super) enum Opened<T> {
    /// The connection is open from now on.
    Now(T),
    /// It was open before.
    Before(Arc<Channel>),
}

/// An open connection's place among those that are known; it is unknown when this is dropped.
pub(super) struct Registration {
    connections: HubConnections,
    id: Arc<str>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.connections.0.by_id.remove(&self.id);
    }
}

impl HubConnections {
    /// Somebody has negotiated, and may open the connection before `until`.
    pub(super) fn negotiated(&self, id: &str, negotiated: Negotiated, until: Millis) {
        let id = Arc::<str>::from(id);
        let Identity { tenant, client, visitor, .. } = &*negotiated.listener.identity;
        let (tenant, client, visitor) = (*tenant, client.clone(), *visitor);
        let stage = Stage::Negotiated(Box::new(negotiated));
        self.0.by_id.insert(id.clone(), Known { tenant, client, visitor, stage });
        self.0.negotiations.lock().push_back((until, id));
    }

    /// Forgets what was negotiated and not opened in time.
    pub fn forget_unopened(&self, now: Millis) {
        loop {
            // The lock is free again behind this statement.
            let Some((_, id)) = self.0.negotiations.lock().pop_front_if(|(until, _)| *until <= now) else {
                return;
            };
            self.0.by_id.remove_if(&id, |_, known| matches!(known.stage, Stage::Negotiated(_)));
        }
    }

    /// How many connections are known.
    #[cfg(test)]
    fn count(&self) -> usize {
        self.0.by_id.len()
    }

    /// Opens a negotiated connection as a websocket, which gets the place that was taken for it.
    pub(super) fn open_websocket(
        &self,
        id: &str,
        identity: &Identity,
    ) -> Result<(Place, Registration), Refused> {
        let mut known = self.known(id, identity)?;
        match std::mem::replace(&mut known.stage, Stage::WebSocket) {
            Stage::Negotiated(negotiated) => Ok((negotiated.place, self.registration(known.key()))),
            Stage::WebSocket => Err(Refused::AlreadyOpen),
            requests @ Stage::Requests(_) => {
                known.stage = requests;
                Err(Refused::OtherTransport)
            }
        }
    }

    /// Opens a negotiated connection that hears in `way`; `begin` makes it. One that is open already is given as it is.
    pub(super) fn open<T>(
        &self,
        id: &str,
        identity: &Identity,
        way: Way,
        begin: impl FnOnce(Negotiated, Registration) -> (Channel, T),
    ) -> Result<Opened<T>, Refused> {
        let mut known = self.known(id, identity)?;
        match &known.stage {
            Stage::Requests(channel) if channel.way == way => return Ok(Opened::Before(channel.clone())),
            Stage::Requests(_) | Stage::WebSocket => return Err(Refused::OtherTransport),
            Stage::Negotiated(_) => {}
        }
        let Stage::Negotiated(negotiated) = std::mem::replace(&mut known.stage, Stage::WebSocket) else {
            unreachable!("all other stages have returned")
        };
        let (channel, begun) = begin(*negotiated, self.registration(known.key()));
        known.stage = Stage::Requests(Arc::new(channel));
        Ok(Opened::Now(begun))
    }

    /// The connection that requests of this id reach.
    pub(super) fn find(&self, id: &str, identity: &Identity) -> Result<Arc<Channel>, Refused> {
        match &self.known(id, identity)?.stage {
            Stage::Requests(channel) => Ok(channel.clone()),
            Stage::Negotiated(_) => Err(Refused::NotOpen),
            Stage::WebSocket => Err(Refused::IsWebSocket),
        }
    }

    /// From now on the id is unknown.
    pub(super) fn forget(&self, id: &str) {
        self.0.by_id.remove(id);
    }

    fn known(
        &self,
        id: &str,
        identity: &Identity,
    ) -> Result<dashmap::mapref::one::RefMut<'_, Arc<str>, Known>, Refused> {
        let known = self.0.by_id.get_mut(id).ok_or(Refused::Unknown)?;
        let is_own = known.tenant == identity.tenant
            && known.client == identity.client
            && known.visitor == identity.visitor;
        if is_own { Ok(known) } else { Err(Refused::Unknown) }
    }

    fn registration(&self, id: &Arc<str>) -> Registration {
        Registration { connections: self.clone(), id: id.clone() }
    }
}

impl Channel {
    /// A request of the client has shown this identity.
    pub(super) fn renew(&self, identity: Arc<Identity>) {
        self.identity.send_if_modified(|newest| {
            let is_later = identity.expires > newest.expires;
            if is_later {
                *newest = identity;
            }
            is_later
        });
    }
}

#[cfg(test)]
mod tests;
