//! The kinds of lines that connections send on: what is written on them, by what was agreed on, within which limits.
//! It must not know who opens one.

use std::sync::Arc;

use crate::broker::{QueueLimits, Stats, WireFormat};
use crate::config;
use crate::outlets::{Compression, LineKind};

/// The kinds of lines that the faces open; what they have in common is shared by all.
pub struct Lines {
    pub(super) direct: LineKinds,
    pub(super) signalr: LineKinds,
    pub(super) signalr_packed: LineKinds,
    /// For clients without a websocket.
    pub(super) signalr_bare: Arc<LineKind>,
    pub(super) signalr_packed_bare: Arc<LineKind>,
    /// For streaming sessions.
    pub(super) sessions: Arc<LineKind>,
}

/// The kinds of lines for websockets of one form, by what was agreed on.
pub(super) struct LineKinds {
    plain: Arc<LineKind>,
    deflated: Arc<LineKind>,
}

impl Lines {
    /// Lines within the configured limits, which count into `stats`.
    pub fn new(queue: config::QueueLimits, stats: &Arc<Stats>) -> Self {
        let limits = QueueLimits { events: queue.events.get(), bytes: queue.bytes.get() };
        let kind = |format| Arc::new(LineKind { format, limits, stats: stats.clone() });
        let kinds = |plain, deflated| LineKinds { plain: kind(plain), deflated: kind(deflated) };
        Self {
            direct: kinds(WireFormat::Direct, WireFormat::DirectDeflated),
            signalr: kinds(WireFormat::SignalrJson, WireFormat::SignalrJsonDeflated),
            signalr_packed: kinds(WireFormat::SignalrPack, WireFormat::SignalrPackDeflated),
            signalr_bare: kind(WireFormat::SignalrJsonBare),
            signalr_packed_bare: kind(WireFormat::SignalrPackBare),
            sessions: kind(WireFormat::StreamV3),
        }
    }
}

impl LineKinds {
    /// The kind for what was agreed on.
    pub(super) fn carried(&self, compression: Compression) -> Arc<LineKind> {
        match compression {
            Compression::Off => self.plain.clone(),
            Compression::Deflate => self.deflated.clone(),
        }
    }
}
