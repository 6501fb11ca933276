//! Open hours: while a business is closed, what customers say is taken all the same, and they are told so. It must not
//! know how time is reckoned, nor that agents are offered nothing meanwhile ([`super::opening`]).
//!
//! A customer is told once for each time that the business is closed, in each of its conversations.

use async_trait::async_trait;

use super::passing::Passing;
use super::{Stage, Verdict};
use crate::domain::clock::Millis;
use crate::domain::stage::{Hours, OpenHours};
use crate::pipeline::enrich;
use crate::pipeline::submit::{PlatformSays, Toward};

pub(super) struct KeepHours(OpenHours);

impl KeepHours {
    pub(super) fn new(mut hours: OpenHours) -> Self {
        hours.closed_message.iter_mut().for_each(enrich);
        Self(hours)
    }
}

#[async_trait]
impl Stage for KeepHours {
    async fn meet(&self, activity: &mut Passing<'_>) -> Verdict {
        if !activity.is_customers() {
            return Verdict::On;
        }
        // Whether somebody is there is asked of now, whenever it was said.
        let now = activity.clock.now();
        let Some(message) = &self.0.closed_message else { return Verdict::On };
        // When it opens is asked once for each time that somebody is told: it is looked for day by day.
        let was_told = activity.with_head(|head| head.told_closed.is_some_and(|told| now < told));
        if was_told {
            return Verdict::On;
        }
        if let Hours::Closed { until } = self.0.at(now) {
            let wishes = &mut activity.draft.wishes;
            wishes.said_after.push(PlatformSays::message(message.clone(), Toward::Customer));
            wishes.told_closed = Some(until.unwrap_or(Millis(i64::MAX)));
        }
        Verdict::On
    }
}
