//! What goes to webhooks as steps of the recorder: numbered, kept with what it is about, and handed on once that is
//! published. It must not know who sends it.

use std::sync::Arc;

use super::PendingActivity;
use super::task::{Batch, Task};
use crate::domain::delivery::{Delivery, DeliveryForm, Progress};
use crate::pipeline::deliveries::{Outgoing, Version};
use crate::store::{DeliveryRecord, Write};

impl Task {
    /// An activity on its way to the webhooks that hear it; `echo` is it as its sender hears it.
    pub(super) fn arrange_deliveries(
        &mut self,
        activity: &PendingActivity,
        echo: Option<&Arc<str>>,
        batch: &mut Batch,
    ) {
        if activity.hearers.is_empty() {
            return;
        }
        let envelope: Arc<str> = activity.details.envelope().into();
        for hearer in &activity.hearers {
            let item = match (hearer.version, echo) {
                (Version::Echo, Some(echo)) => echo,
                // Whoever listens is not meant.
                _ if hearer.form == DeliveryForm::Direct => {
                    activity.unmasked.as_ref().unwrap_or(&activity.body)
                }
                _ => &activity.body,
            };
            let delivery =
                hearer.delivery(&activity.details, activity.event_id, envelope.clone(), item.clone());
            if !activity.kept {
                batch.outgoing.push(Outgoing::Passing(delivery));
                continue;
            }
            self.arrange_delivery(delivery, batch);
        }
    }

    /// Something on its way to a webhook.
    pub(super) fn arrange_delivery(&mut self, delivery: Delivery, batch: &mut Batch) {
        self.newest_delivery = self.newest_delivery.next();
        let record = DeliveryRecord {
            number: self.newest_delivery,
            delivery,
            created: self.parts.clock.now(),
            progress: Progress::default(),
        };
        batch.writes.push(Write::PutDelivery(record.clone()));
        batch.outgoing.push(Outgoing::Kept(record));
    }
}
