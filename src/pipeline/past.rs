//! What was said before: what goes along when a conversation is handed over, so that whoever gets it knows what it is
//! about. It must not know who gets it.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use super::engine::Engine;
use super::error::EngineError;
use super::lane::{Lane, Live};
use crate::domain::integration::IntegrationType;
use crate::store::{HistoryQuery, Page};

/// How much of the store one step reads.
const STEP: Page = Page { rows: 256, bytes: 1 << 20 };

/// How often the past is read anew because something was said meanwhile. A customer who goes on talking does not hold
/// up the hand-over; what is said after the last reading is missing then.
const READINGS: usize = 3;

/// The last activities that the customer said or was told, the oldest first.
#[derive(Clone, Debug, Default)]
pub(in crate::pipeline) struct Past {
    /// In the platform's common JSON format.
    pub activities: Vec<Value>,
    /// The `eventId` of the newest kept activity, of whomever; 0 when there is none.
    up_to: i64,
}

impl Engine {
    /// Visits a conversation's lane knowing what was said in it. Nothing of it can change while the lane is held; but the
    /// store is read before, and again when something was said between.
    ///
    /// # Errors
    /// [`EngineError::Store`]; then there was no visit.
    pub(super) async fn visit_with_past<T>(
        &self,
        live: &Arc<Live>,
        visit: impl FnOnce(&mut Lane, Past) -> T,
    ) -> Result<T, EngineError> {
        for _ in 1..READINGS {
            let past = self.past(live).await?;
            {
                let mut lane = live.enter();
                if past.up_to >= lane.last_kept() {
                    return Ok(visit(&mut lane, past));
                }
            }
            self.recorder.catch_up(live.tenant).await?;
        }
        let past = self.past(live).await?;
        Ok(visit(&mut live.enter(), past))
    }

    async fn past(&self, live: &Live) -> Result<Past, EngineError> {
        let mut past = VecDeque::new();
        let mut up_to = 0;
        loop {
            let query = HistoryQuery {
                tenant: live.tenant,
                conversation: live.id,
                party: None,
                after: up_to,
                page: STEP,
            };
            let records = self.store.history(query).await?;
            let Some(last) = records.last() else { break };
            up_to = last.event_id;
            for record in records {
                let customer = IntegrationType::Customer;
                if record.sender_kind == customer || record.recipient_kind == Some(customer) {
                    past.push_back(record.body);
                }
                if past.len() > self.handover_activities {
                    past.pop_front();
                }
            }
        }
        let activities = past.iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
        Ok(Past { activities, up_to })
    }
}
