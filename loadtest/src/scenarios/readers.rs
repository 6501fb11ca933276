//! Readers without publishers: who comes when nothing will be said.

use std::iter;
use std::net::SocketAddr;

use uuid::Uuid;

use super::venue::broker::{self, Polling, Sessions, SocketProtocol};
use super::venue::peer::{PeerReaderArgs, PeerReaders};
use super::venue::{Seat, seat_reader};
use crate::address::Address;
use crate::api::{Acknowledge, EngineApi, StreamingApi};
use crate::driver::{Arrival, Driver};
use crate::error::LoadError;
use crate::label::Member;
use crate::measure::ledger::{Hears, Interleaving, Ledger};
use crate::measure::tally::Tally;
use crate::setting::Setting;
use crate::target::Target;

/// Sessions are polled as desktops do.
const POLLING: Polling = Polling { acknowledge: Acknowledge::NotRequired, max_events: 200, batch: 1 };

/// Where readers connect, and how each hears.
pub(super) struct Readers {
    at: Address,
    seats: Vec<Seat>,
}

impl Readers {
    /// So many websockets of the broker, on one conversation that is made for them.
    pub(super) async fn of_broker(
        target: &Target,
        count: usize,
        protocol: SocketProtocol,
    ) -> Result<Self, LoadError> {
        let target = target.credentials()?;
        let (api, at) = (EngineApi::sign_in(&target).await?, broker::address(&target)?);
        let conversations = broker::establish(&api, &target, 1).await?;
        let agent = &target.hub.integrations.agent;
        let conversation = conversations.first().map(String::as_str);
        let subscription = broker::subscription(&at, api.token(), agent, conversation, protocol);
        Ok(Self { at, seats: vec![Seat::Socket(subscription); count] })
    }

    /// So many connections of a peer; `None` when there is no peer.
    pub(super) fn of_peer(
        peer: &PeerReaderArgs,
        count: usize,
        how: PeerReaders,
    ) -> Option<Result<Self, LoadError>> {
        let seats = peer.seats(count, how)?;
        Some(seats.map(|(at, seats)| Self { at, seats }))
    }

    /// Polls of sessions of the broker.
    pub(super) fn of_sessions(sessions: &Sessions, at: Address) -> Self {
        let seats = sessions.seats(&at, POLLING).collect();
        Self { at, seats }
    }

    /// How they come.
    pub(super) fn arrival(&self, arrival: Arrival) -> Arrival {
        self.seats.first().map_or(arrival, |seat| seat.arrival(arrival))
    }

    /// Nobody: what is held is not connected.
    pub(super) fn none(at: Address) -> Self {
        Self { at, seats: Vec::new() }
    }

    /// An event loop with all of them; nobody has come so far.
    pub(super) fn driver(self, setting: &Setting) -> Result<Driver, LoadError> {
        let tally = Tally::new(Ledger::new(1, Interleaving::Free), Member::ExternalId);
        let mut driver = Driver::new(tally, setting.sources(), setting.progress())?;
        for seat in self.seats {
            seat_reader(&mut driver, Hears::all_of(0..1), &self.at, seat);
        }
        Ok(driver)
    }
}

/// Opens so many sessions of a user who is made up for them.
pub(super) async fn open_sessions(target: &Target, count: usize) -> Result<(Sessions, Address), LoadError> {
    let target = target.credentials()?;
    let api = StreamingApi::sign_in(&target).await?;
    let user = format!("loadtest-{}", Uuid::new_v4().simple());
    let users = iter::repeat_n(user.as_str(), count);
    let sessions = Sessions::open(api, users, POLLING.acknowledge).await?;
    Ok((sessions, broker::address(&target)?))
}

/// The socket at which the broker is called, without calling it.
pub(super) fn broker_socket(target: &Target) -> Result<SocketAddr, LoadError> {
    Ok(broker::address(&target.credentials()?)?.socket)
}

/// The socket at which a target or a peer is called, without calling it.
pub(super) fn server_socket(target: &Target, peer: &PeerReaderArgs) -> Result<SocketAddr, LoadError> {
    match peer.seats(1, PeerReaders::Sockets) {
        Some(seats) => Ok(seats?.0.socket),
        None => broker_socket(target),
    }
}
