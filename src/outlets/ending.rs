//! What ends a connection from outside: the drain, and the end of the client's right to listen.
//! It must not know the socket; whoever has it waits for the end beside everything that it waits for.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::close::Close;
use super::connection::ConnectionSettings;
use super::dialect::Entitled;
use super::parting::CLOSE_PATIENCE;
use crate::domain::clock::{Clock, Millis};
use crate::server::Drain;

/// Far enough to be looked at again, near enough for the timer.
const FAR: Duration = Duration::from_secs(24 * 60 * 60);

/// What ends a connection from outside. A connection waits anew only when its client has said something or its heart
/// has beaten, so it keeps no subscription in between but that to its own expiry.
pub(super) struct Ending {
    drain: Drain,
    /// Moves each time that a right to listen may have ended.
    rights: watch::Receiver<u64>,
    expiry: Pin<Box<Sleep>>,
    /// The moment for which `expiry` is set.
    expires: Option<Millis>,
    clock: Arc<dyn Clock>,
}

impl Ending {
    pub(super) fn new(settings: ConnectionSettings) -> Self {
        let ConnectionSettings { drain, rights, clock, .. } = settings;
        Self { drain, rights, expiry: Box::pin(sleep(FAR)), expires: None, clock }
    }

    /// Waits until the connection has to end, and says why. Cancel safe.
    pub(super) async fn come(&mut self, client: &impl Entitled) -> Close {
        loop {
            if self.drain.is_draining() {
                return Close::Restarting;
            }
            self.set_expiry(client.until());
            tokio::select! {
                () = self.drain.started() => return Close::Restarting,
                Ok(()) = self.rights.changed() => {}
                () = self.expiry.as_mut() => self.expires = None,
            }
            if let Err(close) = client.check() {
                return close;
            }
        }
    }

    /// Waits until what was begun before the drain has to be over, so that there is time left for a goodbye.
    pub(super) async fn last_call(&self) {
        self.drain.started().await;
        if let Some(deadline) = self.drain.deadline() {
            sleep_until(deadline - CLOSE_PATIENCE.min(self.drain.window() / 2)).await;
        }
    }

    /// How long to wait before coming back: spread over the drain window, so that a restarted broker does not meet
    /// everybody at once.
    pub(super) fn come_back_after(&self) -> Duration {
        let random = uuid::Uuid::new_v4();
        let fraction = f64::from(random.as_bytes()[0]) / 255.0;
        self.drain.window().mul_f64(fraction)
    }

    /// The moment moves when the client renews its token, and is looked at again when it has come.
    fn set_expiry(&mut self, moment: Millis) {
        if self.expires.replace(moment) != Some(moment) {
            let left = moment.since(self.clock.now());
            self.expiry.as_mut().reset(Instant::now() + left.min(FAR));
        }
    }
}
