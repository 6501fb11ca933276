//! How often one client may call each API family.

use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::{RateLimit, RateLimits};
use crate::telemetry::Face;

type Limiter = DefaultKeyedRateLimiter<Box<str>>;

/// A limiter per API family, keyed by client.
pub struct RateLimiters {
    identity: Limiter,
    portal: Limiter,
    engine: Limiter,
    streaming: Limiter,
    clock: DefaultClock,
}

/// The client calls too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyRequests {
    /// When it may call again.
    pub retry_after: Duration,
}

impl TooManyRequests {
    /// The value of a `Retry-After` header: whole seconds, at least one.
    pub fn seconds(self) -> u64 {
        self.retry_after.as_secs_f64().ceil().max(1.0) as u64
    }
}

impl RateLimiters {
    /// Limiters as configured.
    pub fn new(limits: &RateLimits) -> Self {
        Self {
            identity: limiter(limits.identity),
            portal: limiter(limits.portal),
            engine: limiter(limits.engine),
            streaming: limiter(limits.streaming),
            clock: DefaultClock::default(),
        }
    }

    /// Counts one call of `client`; faces without a limit of their own are not counted.
    pub fn count(&self, face: Face, client: &str) -> Result<(), TooManyRequests> {
        let limiter = match face {
            Face::Identity => &self.identity,
            Face::Portal => &self.portal,
            Face::Engine | Face::Events => &self.engine,
            Face::Streaming => &self.streaming,
            Face::Messaging | Face::Handoff | Face::Operation => return Ok(()),
        };
        limiter
            .check_key(&Box::from(client))
            .map_err(|refused| TooManyRequests { retry_after: refused.wait_time_from(self.clock.now()) })
    }

    /// Forgets clients that have not called lately; without this the limiters would grow for ever.
    pub fn forget_idle(&self) {
        for limiter in [&self.identity, &self.portal, &self.engine, &self.streaming] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

fn limiter(limit: RateLimit) -> Limiter {
    RateLimiter::keyed(Quota::per_second(limit.per_second).allow_burst(limit.burst))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::config::Config;

    #[test]
    fn a_burst_is_let_through_and_the_call_after_it_is_told_when_to_come_back() {
        let burst = NonZeroU32::new(3).expect("3 is not 0");
        let mut limits = Config::default().rate_limits;
        limits.portal = RateLimit { per_second: NonZeroU32::MIN, burst };
        let limiters = RateLimiters::new(&limits);
        for _ in 0..3 {
            assert_eq!(limiters.count(Face::Portal, "one"), Ok(()));
        }
        let refused = limiters.count(Face::Portal, "one").unwrap_err();
        assert_eq!(refused.seconds(), 1);
        assert_eq!(limiters.count(Face::Portal, "another"), Ok(()));
        assert_eq!(limiters.count(Face::Engine, "one"), Ok(()));
    }
}
