//! How much waits for webhooks, on the metrics page.

use std::sync::Arc;

use crate::domain::clock::Clock;
use crate::outlets::webhooks::Backlog;
use crate::telemetry::Metrics;

/// Shows what is known of it to every scrape.
pub fn show_backlog(metrics: &Metrics, backlog: &Arc<Backlog>, clock: Arc<dyn Clock>) {
    let lent = backlog.clone();
    metrics.lend_gauge("webhook_deliveries_pending", "Deliveries that wait to be sent", move || {
        whole(lent.pending())
    });
    let lent = backlog.clone();
    metrics.lend_gauge("webhooks_unreadable", "Webhooks of which what waits cannot be read", move || {
        whole(lent.unreadable_webhooks())
    });
    let lent = backlog.clone();
    let help = "Seconds since the one was kept that waits longest";
    metrics.lend_gauge("webhook_deliveries_pending_oldest_seconds", help, move || {
        whole(lent.oldest_for(clock.now()).as_secs())
    });
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
