//! The embedded bots as they are configured, and what they are to know in the beginning.

use std::sync::Arc;

use super::ground::Ground;
use crate::bot::{BotParts, Bots, Library, Measures, UploadLimits, UploadParts, Uploads, WorkLimits};
use crate::config::Faq;
use crate::domain::faq::FaqNode;
use crate::faq::{CommonWords, Limits, Phrases, Rules};
use crate::pipeline::Engine;
use crate::telemetry::Metrics;

/// A number that the bots count: its name and what it says on the metrics page, and where it is read.
type BotCounter = (&'static str, &'static str, fn(&Measures) -> u64);

const COUNTERS: [BotCounter; 3] = [
    ("faq_answered", "Questions that bots answered", Measures::answered),
    ("faq_handed_over", "Conversations that bots handed over", Measures::handed_over),
    ("faq_fell_behind", "Bots that did not keep up with what was said", Measures::fell_behind),
];

/// What all bots know, over the store.
pub(super) fn library(ground: &Ground) -> Arc<Library> {
    let Faq { nodes_per_bot, questions_per_bot, answers_per_node, text_bytes, .. } = ground.config.faq;
    let faq = &ground.config.faq;
    let rules = Rules {
        threshold_percent: faq.threshold_percent,
        common: CommonWords::new(&faq.common_words),
        for_a_person: Phrases::new(&faq.for_a_person),
        longest_question: text_bytes.get(),
    };
    let limits = Limits { nodes: nodes_per_bot, questions: questions_per_bot, answers_per_node, text_bytes };
    Library::new(ground.store.clone(), ground.registry.clone(), ground.clock.clone(), rules, limits)
}

/// Sets the bots to work, counted on the metrics page.
pub(super) fn start(faq: &Faq, library: Arc<Library>, engine: Arc<Engine>, metrics: &Metrics) -> Bots {
    let measures = Arc::new(Measures::new(metrics));
    for (name, help, read) in COUNTERS {
        let measures = measures.clone();
        metrics.lend_counter(name, help, move || read(&measures));
    }
    let limits =
        WorkLimits { queue_events: faq.queue_events, conversations_at_once: faq.conversations_at_once };
    Bots::start(BotParts { engine, library, measures, limits })
}

/// Takes sheets for bots, and reads them.
pub(super) fn uploads(ground: &Ground, library: Arc<Library>) -> Uploads {
    let faq = &ground.config.faq;
    let limits = UploadLimits {
        bytes_per_second: faq.upload_bytes_per_second,
        row_bytes: faq.upload_row_bytes,
        faults: faq.upload_faults,
        under_way: faq.uploads_under_way,
        kept: faq.uploads_kept,
    };
    let folder = ground.config.server.data_dir.join("uploads");
    Uploads::start(UploadParts {
        library,
        store: ground.store.clone(),
        clock: ground.clock.clone(),
        limits,
        folder,
    })
}

/// What the bot of a new tenant knows.
pub(super) fn first_nodes() -> Vec<FaqNode> {
    let node = |name: &str, questions: &[&str], answers: &[&str]| FaqNode {
        name: name.to_owned(),
        questions: questions.iter().map(|question| (*question).to_owned()).collect(),
        answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
    };
    vec![
        node(
            "opening hours",
            &[
                "What are your opening hours?",
                "When do you open?",
                "When do you close?",
                "Are you open today?",
            ],
            &["We are here from Monday to Friday, 9:00 to 17:00."],
        ),
        node(
            "returns",
            &["How do I return an item?", "Can I send something back?", "I want my money back"],
            &[
                "You can send anything back within 30 days.",
                "Put it into its box with the return slip and leave it at any post office.",
            ],
        ),
        node(
            "delivery",
            &["How long does delivery take?", "When will my order arrive?"],
            &["An order is with you within three working days."],
        ),
        node(
            "payment",
            &["How can I pay?", "Which cards do you take?", "Can I pay by invoice?"],
            &["You can pay by card, by bank transfer or on invoice."],
        ),
        node(
            "contact",
            &["How can I reach you?", "What is your phone number?", "What is your address?"],
            &["You have reached us: write here, and one of us answers."],
        ),
    ]
}
