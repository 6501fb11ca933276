//! What can be set of deliveries.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::retries::Retries;
use crate::store::Page;

/// How deliveries are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// When each is tried.
    pub retries: Retries,
    /// How many calls one endpoint gets at the same time; those of one conversation come one after the other.
    pub calls_per_endpoint: NonZeroUsize,
    /// How many calls all endpoints of one tenant get at the same time.
    pub calls_per_tenant: NonZeroUsize,
    /// How much of what waits for one endpoint is in memory; the rest stays in the store and is read back in pages.
    pub held: Page,
    /// How much of what waits for all endpoints together is in memory. An endpoint that has nothing there gets one
    /// delivery all the same, or those that are tried again together: those that are slow keep no other waiting.
    pub held_of_all: Page,
    /// How much goes together in one call, where it does. The first delivery goes whatever its size.
    pub batch: Page,
    /// How many endpoints are read back at the same time: the store's readers are shared with those who ask for
    /// history.
    pub reads_at_once: NonZeroUsize,
    /// How many attempts are remembered of a delivery, the newest.
    pub remembered_attempts: NonZeroUsize,
    /// The longest rest between two tries to read what the store cannot read of an endpoint.
    pub longest_read_rest: Duration,
    /// How often all that waits is counted.
    pub count_every: Duration,
}

/// The longest time for which the schedule sleeps without a look at the clock, which somebody may have set.
pub(super) const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// How long the sender waits before it asks the store again that has failed.
pub(super) const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How long a line rests whose errand broke down.
pub(super) const BROKEN_REST: Duration = Duration::from_secs(60);
