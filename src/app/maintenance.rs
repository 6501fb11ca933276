//! What has to be done from time to time: ending silent sessions, closing dormant conversations, forgetting what is
//! old, rotating keys, taking up what the command line wrote and what the listener's certificate was changed to.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::elsewhere::Elsewhere;
use super::error::StartError;
use super::rooms::Rooms;
use super::signing::rotate_keys;
use super::tls;
use crate::api::ApiState;
use crate::auth::{Sealer, SigningKeys};
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::pipeline::Releaser;
use crate::server::Certificate;
use crate::store::{Retention, Store, Write};

/// How late a silent session may end, what was negotiated for nothing be forgotten, what is held be tried again, and an
/// opening be noticed.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How late a dormant conversation may be closed, also after a hub's days were changed; they are days. The first look
/// is at the start.
const DORMANT_EVERY: Duration = Duration::from_secs(60);
/// How late what another process wrote may be noticed; new tenants and certificates are served within a second.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long the writing of what a bot is to know may take; what is older was cut short.
const UNFINISHED_EDITION: Duration = Duration::from_secs(24 * 60 * 60);
/// How often old things are looked for; ages are hours and days.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// The work, which ends when this is dropped.
#[must_use = "maintenance ends when this is dropped"]
pub(super) struct Maintenance(JoinSet<()>);

impl Maintenance {
    /// Keeps the certificate of the listener true to its files, too.
    pub(super) fn renew(&mut self, certificate: Arc<Certificate>) {
        self.0.spawn(tls::renew(certificate));
    }
}

/// Starts all recurring work.
pub(super) fn start(rooms: &Rooms, state: &ApiState) -> Maintenance {
    let mut work = JoinSet::new();
    work.spawn(sweep_sessions(state.clone()));
    work.spawn(sweep_conversations(state.clone()));
    work.spawn(greet_openings(state.clone()));
    work.spawn(sweep_held(state.clone()));
    work.spawn(sweep_negotiations(state.clone()));
    work.spawn(tidy(Parts::of(rooms), state.clone()));
    let elsewhere = Elsewhere::new(rooms.ground.store.clone(), rooms.ground.registry.clone());
    work.spawn(look_elsewhere(elsewhere));
    Maintenance(work)
}

#[derive(Clone)]
struct Parts {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    store: Arc<dyn Store>,
    sealer: Arc<Sealer>,
    keys: Arc<SigningKeys>,
}

impl Parts {
    fn of(rooms: &Rooms) -> Self {
        Self {
            config: rooms.ground.config.clone(),
            clock: rooms.ground.clock.clone(),
            store: rooms.ground.store.clone(),
            sealer: rooms.ground.sealer.clone(),
            keys: rooms.keys.clone(),
        }
    }
}

async fn sweep_sessions(state: ApiState) {
    let mut ticks = every(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = state.engine.expire_sessions().await {
            tracing::error!(%error, "sessions could not be forgotten");
        }
    }
}

async fn sweep_conversations(state: ApiState) {
    let mut ticks = every(DORMANT_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = state.engine.close_dormant().await {
            tracing::error!(%error, "dormant conversations could not be closed");
        }
    }
}

async fn greet_openings(state: ApiState) {
    let mut ticks = every(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        state.engine.greet_openings().await;
    }
}

async fn sweep_held(state: ApiState) {
    let mut ticks = every(SWEEP_EVERY);
    let mut releaser = Releaser::new(state.engine.clone());
    loop {
        ticks.tick().await;
        releaser.begin();
    }
}

async fn sweep_negotiations(state: ApiState) {
    let mut ticks = every(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        state.hub.forget_unopened(state.clock.now());
    }
}

async fn tidy(parts: Parts, state: ApiState) {
    let mut ticks = every(TIDY_EVERY);
    loop {
        ticks.tick().await;
        state.rate_limiters.forget_idle();
        if let Err(error) = forget_old(&parts).await {
            tracing::error!(%error, "old records could not be removed");
        }
        let rotated =
            rotate_keys(&parts.keys, &parts.sealer, &*parts.store, &*parts.clock, &parts.config).await;
        if let Err(error) = rotated {
            tracing::error!(%error, "signing keys could not be rotated");
        }
    }
}

async fn forget_old(parts: &Parts) -> Result<(), StartError> {
    let now = parts.clock.now();
    let retention = Retention {
        events: now.minus(parts.config.store.event_retention),
        idempotency: now.minus(parts.config.streaming.idempotency),
        audit: now.minus(parts.config.store.audit_retention),
        deliveries: now.minus(parts.config.store.delivery_retention),
    };
    parts.store.prune(retention).await?;
    parts.store.commit(vec![Write::ForgetFormerKeys(now)]).await?;
    Ok(parts.store.forget_faq(now.minus(UNFINISHED_EDITION)).await?)
}

async fn look_elsewhere(mut elsewhere: Elsewhere) {
    let mut ticks = every(LOOK_EVERY);
    loop {
        ticks.tick().await;
        let is_told = elsewhere.is_behind();
        if let Err(error) = elsewhere.look().await
            && !is_told
        {
            tracing::error!(%error, "what another process wrote could not be taken up: it is tried again");
        }
    }
}

pub(super) fn every(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
