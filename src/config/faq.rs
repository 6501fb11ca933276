//! `[faq]`: what the embedded bots decide by, and how much they may be taught.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::reader::Reader;

/// `[faq]`: the embedded bots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faq {
    /// Percent: how similar a question has to be to what was said.
    pub threshold_percent: u8,
    /// Whether the bot of a new tenant begins active.
    pub first_bot_active: bool,
    /// Words that tell little whatever the questions are.
    pub common_words: Vec<String>,
    /// Phrases by which customers ask for a person.
    pub for_a_person: Vec<String>,
    /// Nodes of one bot.
    pub nodes_per_bot: NonZeroUsize,
    /// Questions of all nodes of one bot.
    pub questions_per_bot: NonZeroUsize,
    /// Answers of one node.
    pub answers_per_node: NonZeroUsize,
    /// Bytes of a name, a question or an answer.
    pub text_bytes: NonZeroUsize,
    /// Bytes of one sheet that are taken in a second.
    pub upload_bytes_per_second: NonZeroUsize,
    /// Bytes of one row of an uploaded sheet.
    pub upload_row_bytes: NonZeroUsize,
    /// Faulty rows that the answer about an upload lists.
    pub upload_faults: NonZeroUsize,
    /// Uploads of one tenant that may be under way.
    pub uploads_under_way: NonZeroUsize,
    /// Uploads of one tenant whose outcome is kept.
    pub uploads_kept: NonZeroUsize,
    /// How long the outcome of an upload is kept.
    pub upload_retention: Duration,
    /// Messages that may wait for one bot.
    pub queue_events: NonZeroUsize,
    /// Conversations that one bot answers at the same time.
    pub conversations_at_once: NonZeroUsize,
}

impl Faq {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let percent = from.number("faq.threshold_percent", 1..=100);
        Self {
            threshold_percent: u8::try_from(percent).unwrap_or(u8::MAX),
            first_bot_active: from.truth("faq.first_bot_active"),
            common_words: from.texts("faq.common_words").to_vec(),
            for_a_person: from.texts("faq.for_a_person").to_vec(),
            nodes_per_bot: from.some("faq.nodes_per_bot", 1_000_000),
            questions_per_bot: from.some("faq.questions_per_bot", 2_000_000),
            answers_per_node: from.some("faq.answers_per_node", 100),
            text_bytes: from.some("faq.text_bytes", 65_536),
            upload_bytes_per_second: from.some("faq.upload_bytes_per_second", 1_073_741_824),
            upload_row_bytes: from.some("faq.upload_row_bytes", 16_777_216),
            upload_faults: from.some("faq.upload_faults", 10_000),
            uploads_under_way: from.some("faq.uploads_under_way", 1000),
            uploads_kept: from.some("faq.uploads_kept", 100_000),
            upload_retention: from.hours("faq.upload_retention_hours", 1..=8760),
            queue_events: from.some("faq.queue_events", 1_000_000),
            conversations_at_once: from.some("faq.conversations_at_once", 10_000),
        }
    }
}
