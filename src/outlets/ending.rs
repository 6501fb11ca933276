//! What ends a connection from outside: the drain, and the end of the client's right to listen.
//! It must not know the socket; whoever has it waits for the end beside everything that it waits for.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt, unfold};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::close::Close;
use super::connection::ConnectionSettings;
use super::dialect::Dialect;
use super::parting::CLOSE_PATIENCE;
use crate::domain::clock::{Clock, Millis};
use crate::server::Drain;

/// Far enough to be looked at again, near enough for the timer.
const FAR: Duration = Duration::from_secs(24 * 60 * 60);

/// What ends a connection from outside. Each source is subscribed to once and stays so between waits, because a
/// connection waits anew for every batch of events.
pub(super) struct Ending {
    drain: Drain,
    /// Ready once, when the drain starts; not to be asked again after that.
    draining: BoxFuture<'static, ()>,
    /// Something each time that a right to listen may have ended.
    rights: BoxStream<'static, ()>,
    expiry: Pin<Box<Sleep>>,
    /// The moment for which `expiry` is set.
    expires: Option<Millis>,
    clock: Arc<dyn Clock>,
}

impl Ending {
    pub(super) fn new(settings: ConnectionSettings) -> Self {
        let ConnectionSettings { drain, rights, clock, .. } = settings;
        let watched = drain.clone();
        let rights = unfold(rights, |mut rights| async move { Some((rights.changed().await.ok()?, rights)) });
        Self {
            drain,
            draining: Box::pin(async move { watched.started().await }),
            rights: rights.fuse().boxed(),
            expiry: Box::pin(sleep(FAR)),
            expires: None,
            clock,
        }
    }

    /// Waits until the connection has to end, and says why. Cancel safe.
    pub(super) async fn come(&mut self, dialect: &impl Dialect) -> Close {
        loop {
            if self.drain.is_draining() {
                return Close::Restarting;
            }
            self.set_expiry(dialect.entitled_until());
            tokio::select! {
                () = &mut self.draining => return Close::Restarting,
                Some(()) = self.rights.next() => {}
                () = self.expiry.as_mut() => self.expires = None,
            }
            if let Err(close) = dialect.entitlement() {
                return close;
            }
        }
    }

    /// Waits until what was begun before the drain has to be over, so that there is time left for a goodbye.
    pub(super) async fn last_call(&mut self) {
        if !self.drain.is_draining() {
            (&mut self.draining).await;
        }
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
