//! The rules that join two keys.
//! What a single key may be stands where its section reads it, in [`super::sections`].

use std::time::Duration;

use super::Config;
use super::reader::Reader;

/// Notes every broken rule with the key that an operator would change.
pub(super) fn check(config: &Config, reader: &mut Reader<'_>) {
    let last_attempt: Duration = config.webhooks.retry_delays.iter().sum();
    if last_attempt > config.store.delivery_retention {
        let reason = "is shorter than webhooks.retry_delays_seconds taken together: a delivery would be forgotten \
                      as soon as it is given up";
        reader.refuse("store.delivery_retention_days", reason);
    }
}
