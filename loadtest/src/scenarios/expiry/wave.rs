//! Opens sessions as fast as the broker lets it, and forgets them: they end by themselves.

use std::rc::Rc;
use std::time::Duration;

use uuid::Uuid;

use super::{Load, PATIENCE};
use crate::api::{Acknowledge, StreamingApi, opening};
use crate::credentials::Credentials;
use crate::driver::{Driver, Goal, Pace, Protocol, Script};
use crate::error::LoadError;
use crate::label::Member;
use crate::measure::ledger::{Interleaving, Ledger};
use crate::measure::tally::Tally;
use crate::scenarios::venue::{broker, message};
use crate::setting::Setting;

/// Connections that open sessions.
const CONNECTIONS: usize = 64;

/// Opens one wave of sessions after another, each session for a user of its own.
pub(super) struct Opener {
    driver: Driver,
    sessions: u32,
}

impl Opener {
    /// Asks for a token, and makes ready what is said.
    pub(super) async fn sign_in(
        credentials: &Credentials,
        setting: &Setting,
        load: &Load,
    ) -> Result<Self, LoadError> {
        let api = StreamingApi::sign_in(credentials).await?;
        let address = broker::address(credentials)?;
        let (run, count) = (Uuid::new_v4().simple(), load.sessions as usize);
        let body = |number| {
            let user = format!("loadtest-{run}-{number:06}");
            opening(&user, Acknowledge::NotRequired, load.inactivity).into_bytes()
        };
        let bodies: Vec<_> = (0..count).map(body).collect();
        let length = bodies.first().map_or(0, Vec::len);
        let head = message::post_head(&address.host, &api.path("session"), &api.header_lines(), length);
        // What is posted carries no label: nobody hears it.
        let script = Rc::new(Script::new(Protocol::Http, Member::ExternalId, vec![head], bodies));
        let tally = Tally::new(Ledger::new(count, Interleaving::Free), Member::ExternalId);
        let mut driver = Driver::new(tally, setting.sources(), setting.progress())?;
        driver.add_publishers(CONNECTIONS, 0..count, address.socket, &script);
        Ok(Self { driver, sessions: load.sessions })
    }

    /// Opens a wave; how long that took.
    pub(super) fn open_wave(&mut self) -> Result<Duration, LoadError> {
        let goal = Goal { messages: Some(self.sessions.into()), duration: None };
        let span = self.driver.run(Pace::Closed, goal, PATIENCE)?;
        match &self.driver.refusals().first_reason {
            Some(reason) => Err(LoadError::Publisher(reason.clone())),
            None => Ok(span.took),
        }
    }

    /// Waits for the time of the next.
    pub(super) fn hold(&mut self, time: Duration) -> Result<(), LoadError> {
        self.driver.hold(time)
    }
}
