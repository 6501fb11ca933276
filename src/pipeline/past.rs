//! What was said before: what goes along when a conversation is handed over, so that whoever gets it knows what it is
//! about. It must not know who gets it.

use std::sync::Arc;

use serde_json::Value;

use super::engine::Engine;
use super::error::EngineError;
use super::lane::{Lane, Live};
use crate::domain::integration::IntegrationType;
use crate::store::LatestQuery;

/// How often the past is read anew because something was said meanwhile. A customer who goes on talking does not hold
/// up the hand-over; what is said after the last reading is missing then.
const READINGS: usize = 3;

/// The last activities that the customer said or was told, the oldest first. They end before the first, from the
/// newest back, that would make them larger than they may be: nothing is missing between two of them.
#[derive(Clone, Debug, Default)]
pub(in crate::pipeline) struct Past {
    /// In the platform's common JSON format.
    pub activities: Vec<Value>,
}

impl Engine {
    /// Visits a conversation's lane knowing what was said in it. Nothing of it can change while the lane is held; but
    /// the store is read before, and again when something was said between.
    ///
    /// # Errors
    /// [`EngineError::Store`]; then there was no visit.
    pub(super) async fn visit_with_past<T>(
        &self,
        live: &Arc<Live>,
        visit: impl FnOnce(&mut Lane, Past) -> T,
    ) -> Result<T, EngineError> {
        for _ in 1..READINGS {
            // What the store can give is no measure: the newest may be gone for its age, or never have been kept.
            let said = live.enter().last_kept();
            let past = self.past(live, said).await?;
            let mut lane = live.enter();
            if lane.last_kept() == said {
                return Ok(visit(&mut lane, past));
            }
        }
        let said = live.enter().last_kept();
        let past = self.past(live, said).await?;
        Ok(visit(&mut live.enter(), past))
    }

    /// The past, with the activity of the `eventId` `said` in it if that is kept.
    async fn past(&self, live: &Live, said: i64) -> Result<Past, EngineError> {
        let page = self.handover_past;
        if page.rows == 0 {
            return Ok(Past::default());
        }
        if live.published_event() < said {
            self.recorder.catch_up(live.tenant).await?;
        }
        let (tenant, conversation, party) = (live.tenant, live.id, IntegrationType::Customer);
        let query = LatestQuery { tenant, conversation, party, before: i64::MAX, page };
        let mut newest = self.store.latest(query).await?;
        // A page holds one however large it is.
        newest.retain(|record| record.body.len() <= page.bytes);
        let activities = newest.iter().rev().filter_map(|record| serde_json::from_str(&record.body).ok());
        Ok(Past { activities: activities.collect() })
    }
}

#[cfg(test)]
mod tests;
