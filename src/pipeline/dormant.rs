//! Dormant conversations: in which nobody has said anything that is kept for the days that their hub gives them.
//! It must not know what a close tells whom.

use std::time::Duration;

use super::close::CLOSE_BATCH;
use super::engine::Engine;
use super::error::EngineError;
use super::places::{HubKey, Place};
use super::record::{Done, kept};
use crate::domain::clock::Millis;
use crate::domain::conversation::{Conversation, SAID_STEP};
use crate::domain::ids::{ConversationId, TenantId};

/// What a hub's days are counted in.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Since when nobody has said anything that is kept in a conversation that the store gave; `last_event_id` is that of
/// its newest kept activity, 0 when there is none.
pub(super) fn silent_since(head: &Conversation, last_event_id: i64) -> Millis {
    match head.said {
        // Activities go for their age, and then the head alone tells: late rather than early.
        Some(said) if last_event_id == 0 => said.plus(SAID_STEP),
        _ => head.opened.max(Millis(last_event_id)),
    }
}

/// A way through all hubs, and through the conversations of each from the longest silent on. It comes to each
/// conversation once.
struct Round {
    hubs: Vec<HubKey>,
    /// How far the last of the hubs has been gone through.
    after: Option<Place>,
}

/// A conversation that may be dormant.
struct Candidate {
    tenant: TenantId,
    id: ConversationId,
    /// It is dormant if it is silent since then or before.
    until: Millis,
}

impl Engine {
    /// Closes all conversations that are dormant by what their hubs say now.
    ///
    /// They are closed in batches. Between two of them everything is published that waited for that when the first
    /// was over, however many follow.
    ///
    /// # Errors
    /// When closes could not be kept. Those conversations stay open, and the next sweep comes to them again.
    pub async fn close_dormant(&self) -> Result<(), EngineError> {
        let mut round = Round { hubs: self.conversations.by_silence().hubs(), after: None };
        while let Some((tenant, _)) = round.hubs.last().copied() {
            let batch = self.next_candidates(&mut round);
            // All are handed over before the first is waited for, so that they share a commit.
            let closing: Vec<_> =
                batch.iter().filter_map(|candidate| self.close_if_dormant(candidate)).collect();
            for done in closing {
                kept(done).await?;
            }
            self.recorder.catch_up(tenant).await?;
        }
        Ok(())
    }

    /// The next of a round: at most [`CLOSE_BATCH`], found in at most as many hubs.
    fn next_candidates(&self, round: &mut Round) -> Vec<Candidate> {
        let mut batch = Vec::new();
        for _ in 0..CLOSE_BATCH {
            let Some(hub) = round.hubs.last().copied() else { break };
            if let Some(until) = self.dormant_until(hub) {
                let limit = CLOSE_BATCH - batch.len();
                let places = self.conversations.by_silence().up_to(hub, round.after, until, limit);
                round.after = places.last().copied();
                batch.extend(places.into_iter().map(|(_, id)| Candidate { tenant: hub.0, id, until }));
                if batch.len() == CLOSE_BATCH {
                    break;
                }
            }
            round.hubs.pop();
            round.after = None;
        }
        batch
    }

    /// Since when, at the latest, a hub's conversation has to be silent to be dormant now; none where none ever is.
    fn dormant_until(&self, (tenant, hub): HubKey) -> Option<Millis> {
        let days = self.registry.hub(tenant, hub)?.close_dormant_days;
        (days > 0).then(|| self.now().minus(DAY.saturating_mul(days)))
    }

    /// Closes a conversation unless something has been said in it after all.
    fn close_if_dormant(&self, candidate: &Candidate) -> Option<Done> {
        let live = self.conversations.get(candidate.tenant, candidate.id)?;
        if live.stage_turns.is_holding() {
            return None;
        }
        let mut lane = live.enter();
        if lane.silent_since() > candidate.until {
            self.conversations.list_anew(&mut lane);
            return None;
        }
        let done = self.begin_close(&live, &mut lane, &[])?;
        tracing::info!(conversation = %live.id, "dormant conversation closed");
        Some(done)
    }
}

#[cfg(test)]
mod tests;
