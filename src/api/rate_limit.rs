//! How often one client, or one API key, may call each API family.

use std::hash::Hash;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::{RateLimit, RateLimits};
use crate::domain::client::SecretHash;
use crate::telemetry::Face;

type Limiter<K = Box<str>> = DefaultKeyedRateLimiter<K>;

/// A limiter per API family, keyed by client; where a family asks for an API key, another one keyed by that.
pub struct RateLimiters {
    identity: Limiter,
    portal: Limiter,
    engine: Limiter,
    streaming: Limiter,
    handoff: Limiter,
    streaming_api_keys: Limiter<[u8; 32]>,
    messaging: Limiter,
    messaging_api_keys: Limiter<[u8; 32]>,
    clock: DefaultClock,
}

/// The client calls too often, or all that share its API key do.
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
            handoff: limiter(limits.handoff),
            streaming_api_keys: limiter(limits.api_keys.streaming),
            messaging: limiter(limits.messaging),
            messaging_api_keys: limiter(limits.api_keys.messaging),
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
            Face::Handoff => &self.handoff,
            Face::Messaging => &self.messaging,
            Face::Operation => return Ok(()),
        };
        self.check(limiter, &Box::from(client))
    }

    /// Counts one call with an API key that opens `face`, whichever client makes it; faces without a limit for keys
    /// are not counted.
    pub fn count_api_key(&self, face: Face, key: SecretHash) -> Result<(), TooManyRequests> {
        match face {
            Face::Streaming => self.check(&self.streaming_api_keys, &key.0),
            Face::Messaging => self.check(&self.messaging_api_keys, &key.0),
            _ => Ok(()),
        }
    }

    /// Forgets clients and keys that have not called lately; without this the limiters would grow for ever.
    pub fn forget_idle(&self) {
        let clients =
            [&self.identity, &self.portal, &self.engine, &self.streaming, &self.messaging, &self.handoff];
        for limiter in clients {
            forget_idle(limiter);
        }
        for limiter in [&self.streaming_api_keys, &self.messaging_api_keys] {
            forget_idle(limiter);
        }
    }

    fn check<K: Clone + Eq + Hash>(&self, limiter: &Limiter<K>, key: &K) -> Result<(), TooManyRequests> {
        limiter
            .check_key(key)
            .map_err(|refused| TooManyRequests { retry_after: refused.wait_time_from(self.clock.now()) })
    }
}

fn limiter<K: Clone + Eq + Hash>(limit: RateLimit) -> Limiter<K> {
    RateLimiter::keyed(Quota::per_second(limit.per_second).allow_burst(limit.burst))
}

fn forget_idle<K: Clone + Eq + Hash>(limiter: &Limiter<K>) {
    limiter.retain_recent();
    limiter.shrink_to_fit();
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

    #[test]
    fn an_api_key_has_a_share_of_its_own() {
        let (one, another) = (SecretHash([1; 32]), SecretHash([2; 32]));
        let burst = NonZeroU32::new(3).expect("3 is not 0");
        let mut limits = Config::default().rate_limits;
        limits.api_keys.streaming = RateLimit { per_second: NonZeroU32::MIN, burst };
        let limiters = RateLimiters::new(&limits);
        for _ in 0..3 {
            assert_eq!(limiters.count_api_key(Face::Streaming, one), Ok(()));
        }
        assert_eq!(limiters.count_api_key(Face::Streaming, one).unwrap_err().seconds(), 1);
        assert_eq!(limiters.count_api_key(Face::Streaming, another), Ok(()));
        assert_eq!(limiters.count(Face::Streaming, "one"), Ok(()));
    }

    #[test]
    fn who_has_not_called_lately_is_forgotten() {
        let mut limits = Config::default().rate_limits;
        // At this rate a call is over as soon as it was counted.
        let fast = RateLimit {
            per_second: NonZeroU32::new(1_000_000_000).expect("it is not 0"),
            burst: NonZeroU32::MIN,
        };
        (limits.streaming, limits.api_keys.streaming) = (fast, fast);
        let limiters = RateLimiters::new(&limits);
        for number in 0..100 {
            assert_eq!(limiters.count(Face::Streaming, &number.to_string()), Ok(()));
            assert_eq!(limiters.count_api_key(Face::Streaming, SecretHash([number; 32])), Ok(()));
        }
        assert_eq!((limiters.streaming.len(), limiters.streaming_api_keys.len()), (100, 100));
        limiters.forget_idle();
        assert_eq!((limiters.streaming.len(), limiters.streaming_api_keys.len()), (0, 0));
    }
}
