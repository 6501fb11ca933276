//! How often a webhook is told about: once, then not again until a while has passed. It must not know
//! who is told, nor how.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::clock::Millis;
use crate::domain::delivery::Endpoint;
use crate::domain::ids::TenantId;

/// A webhook.
pub(super) type Webhook = (TenantId, Endpoint);

/// What was told about each webhook.
#[derive(Debug)]
pub(super) struct Pauses {
    pause: Duration,
    begun: HashMap<Webhook, Pause>,
    /// So many pauses are looked through for some that are over.
    tidy_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Pause {
    since: Millis,
    /// Notices that came since.
    withheld: u64,
}

/// Pauses that are kept before any is looked for that is over.
const TIDY_FROM: usize = 1024;

impl Pauses {
    pub(super) fn new(pause: Duration) -> Self {
        Self { pause, begun: HashMap::new(), tidy_at: TIDY_FROM }
    }

    /// A notice about a webhook: how many others came since it was last told about when it is to be told about now,
    /// and none, the notice being counted, when not.
    pub(super) fn notice(&mut self, webhook: &Webhook, now: Millis) -> Option<u64> {
        match self.begun.get_mut(webhook) {
            None => Some(0),
            Some(pause) if now.since(pause.since) >= self.pause => Some(pause.withheld),
            Some(pause) => {
                pause.withheld += 1;
                None
            }
        }
    }

    /// A notice about a webhook that is told about at once, where it is to be told about.
    pub(super) fn take(&mut self, webhook: Webhook, now: Millis) -> Option<u64> {
        let withheld = self.notice(&webhook, now)?;
        self.begin(webhook, now);
        Some(withheld)
    }

    /// A webhook was told about. One that nobody could be told about after all is told about at the next notice.
    pub(super) fn begin(&mut self, webhook: Webhook, now: Millis) {
        if self.begun.len() >= self.tidy_at {
            // What such a one has withheld is told by nobody any more: it has been quiet for as long again.
            self.begun.retain(|_, pause| now.since(pause.since) < 2 * self.pause);
            self.tidy_at = TIDY_FROM.max(2 * self.begun.len());
        }
        self.begun.insert(webhook, Pause { since: now, withheld: 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::IntegrationId;

    const HOUR: Duration = Duration::from_secs(3600);

    fn webhook() -> Webhook {
        (TenantId::new(), Endpoint::Integration(IntegrationId::new()))
    }

    #[test]
    fn a_webhook_is_told_about_once_in_a_pause_and_others_by_themselves() {
        let (mut pauses, one, other) = (Pauses::new(HOUR), webhook(), webhook());
        assert_eq!(pauses.notice(&one, Millis(0)), Some(0));
        pauses.begin(one.clone(), Millis(0));
        assert_eq!(pauses.notice(&other, Millis(1)), Some(0));
        let last = Millis(0).plus(HOUR).minus(Duration::from_millis(1));
        assert_eq!([Millis(1), last].map(|now| pauses.notice(&one, now)), [None, None]);
        assert_eq!(pauses.notice(&one, Millis(0).plus(HOUR)), Some(2));
    }

    #[test]
    fn what_nobody_could_be_told_begins_no_pause() {
        let (mut pauses, one) = (Pauses::new(HOUR), webhook());
        assert_eq!(pauses.notice(&one, Millis(0)), Some(0));
        assert_eq!(pauses.notice(&one, Millis(1)), Some(0));
    }

    #[test]
    fn without_a_pause_everything_is_told() {
        let (mut pauses, one) = (Pauses::new(Duration::ZERO), webhook());
        let told = [1, 1, 2].map(|now| pauses.take(one.clone(), Millis(now)));
        assert_eq!(told, [Some(0); 3]);
    }

    #[test]
    fn pauses_that_are_long_over_are_forgotten() {
        let mut pauses = Pauses::new(HOUR);
        (0..10 * TIDY_FROM).for_each(|n| pauses.begin(webhook(), Millis(0).plus(HOUR * n as u32)));
        assert!(pauses.begun.len() <= TIDY_FROM, "{}", pauses.begun.len());
    }
}
