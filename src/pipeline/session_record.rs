//! Streaming sessions as the store keeps them, and back.

use std::time::Duration;

use crate::broker::{Acknowledgement, QueueLimits, SessionSpec, WireFormat};
use crate::domain::order::EventId;
use crate::store::SessionRecord;

/// The record of a session that requires acknowledgement and hears what comes after `after`.
pub(super) fn session_record(spec: &SessionSpec, after: EventId) -> SessionRecord {
    SessionRecord {
        id: spec.id,
        tenant: spec.tenant,
        user: spec.user.clone(),
        version: if spec.format == WireFormat::StreamV2 { 2 } else { 3 },
        inactivity_seconds: u32::try_from(spec.inactivity.as_secs()).unwrap_or(u32::MAX),
        created: spec.created,
        after,
        acknowledged: Vec::new(),
        subscriptions: Vec::new(),
    }
}

/// The session of a record.
pub(super) fn spec_of(record: SessionRecord, limits: QueueLimits) -> SessionSpec {
    SessionSpec {
        id: record.id,
        tenant: record.tenant,
        user: record.user,
        format: if record.version == 2 { WireFormat::StreamV2 } else { WireFormat::StreamV3 },
        inactivity: Duration::from_secs(record.inactivity_seconds.into()),
        acknowledgement: Acknowledgement::Required,
        created: record.created,
        limits,
    }
}
