//! The sections about stages: `[pipeline]` and `[plugins]`, resolved.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;

/// `[pipeline]`: what the stages of one hub can make grow, and how closely they look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// Stages of one hub.
    pub stages_per_hub: usize,
    /// Words and phrases of all keyword stages of one hub.
    pub phrases_per_hub: usize,
    /// Bytes of a text in which keywords are looked for.
    pub keyword_bytes: usize,
    /// Bytes of a text that its language is told from.
    pub language_bytes: usize,
    /// Bytes of a text that its mood is told from.
    pub sentiment_bytes: usize,
}

impl Pipeline {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        Self {
            stages_per_hub: from.size("pipeline.stages_per_hub", 0..=100),
            phrases_per_hub: from.size("pipeline.phrases_per_hub", 0..=100_000),
            keyword_bytes: from.size("pipeline.keyword_bytes", 16..=1_048_576),
            language_bytes: from.size("pipeline.language_bytes", 16..=65_536),
            sentiment_bytes: from.size("pipeline.sentiment_bytes", 16..=65_536),
        }
    }
}

/// `[plugins]`: where plug-ins may be, and how they are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugins {
    /// Whether private, loopback and link-local addresses are allowed.
    pub allow_private: bool,
    /// Whether plain http to public addresses is allowed.
    pub allow_http: bool,
    /// File with the certificates of those who vouch for plug-ins over TLS; without it the system's do.
    pub ca_file: Option<PathBuf>,
    /// The longest time that a plug-in may be given to answer.
    pub timeout: Duration,
    /// Failures in a row after which a plug-in is left alone.
    pub failures: NonZeroU32,
    /// For how long it is left alone.
    pub pause: Duration,
    /// Questions that one plug-in of a hub may be asked at the same time.
    pub questions_at_once: NonZeroUsize,
    /// Names of all plug-ins that may be looked up at the same time.
    pub look_ups_at_once: NonZeroUsize,
    /// Bytes of an answer.
    pub max_answer_bytes: usize,
    /// Activities of one conversation that may wait while a plug-in is asked about another of it.
    pub waiting_per_conversation: NonZeroUsize,
    /// Activities that may be held in one conversation.
    pub held_per_conversation: NonZeroUsize,
}

impl Plugins {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let ca_file = from.text("plugins.ca_file");
        let failures = u32::try_from(from.number("plugins.failures", 1..=1000)).ok();
        Self {
            allow_private: from.truth("plugins.allow_private"),
            allow_http: from.truth("plugins.allow_http"),
            ca_file: (!ca_file.is_empty()).then(|| ca_file.into()),
            timeout: from.seconds("plugins.timeout_seconds", 1..=60),
            failures: failures.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN),
            pause: from.seconds("plugins.pause_seconds", 1..=3600),
            questions_at_once: from.some("plugins.questions_at_once", 100_000),
            look_ups_at_once: from.some("plugins.look_ups_at_once", 256),
            max_answer_bytes: from.size("plugins.max_answer_bytes", 1024..=16_777_216),
            waiting_per_conversation: from.some("plugins.waiting_per_conversation", 100_000),
            held_per_conversation: from.some("plugins.held_per_conversation", 100_000),
        }
    }
}
