//! Bots over a whole engine on a store in memory.
//!
//! - `answering`: what a bot says, hands over and remembers
//! - `interrupted`: answers of a bot that ended before, or within them
//! - `nodes`: what a bot is taught
//! - `presence`: what was asked while nobody was there
//! - `stages`: stages that hold or stop what a bot says
//! - `unreadable`: nodes that are damaged

mod answering;
mod interrupted;
mod nodes;
mod presence;
mod stages;
mod unreadable;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;

use super::ear::Ear;
use super::worker::Bot;
use super::*;
use crate::broker::{Attachment, Publication, Side, Topic, WireFormat};
use crate::domain::audit::Actor;
use crate::domain::clock::Clock;
use crate::domain::faq::FaqNode;
use crate::domain::ids::{ConversationId, IntegrationId};
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::faq::{CommonWords, Limits, Phrases, Reply, Rules};
use crate::pipeline::testing::Bench;
use crate::registry::{ConfigurationSpec, IntegrationSpec};
use crate::telemetry::Metrics;

/// An engine with a bot that knows two things, and is not at work yet.
pub(super) struct Shop {
    pub(super) bench: Bench,
    pub(super) bot: IntegrationId,
    pub(super) library: Arc<Library>,
}

fn node(name: &str, questions: &[&str], answers: &[&str]) -> FaqNode {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    FaqNode { name: name.to_owned(), questions: texts(questions), answers: texts(answers) }
}

pub(super) fn some(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

fn library(bench: &Bench) -> Arc<Library> {
    let rules = Rules {
        threshold_percent: 60,
        common: CommonWords::new(["what are your how do I"]),
        for_a_person: Phrases::new(["agent"]),
        longest_question: 100,
    };
    let limits =
        Limits { nodes: some(3), questions: some(9), answers_per_node: some(3), text_bytes: some(100) };
    let clock: Arc<dyn Clock> = Arc::new(bench.clock.clone());
    Library::new(bench.store.clone(), bench.registry.clone(), clock, rules, limits)
}

impl Shop {
    pub(super) async fn new() -> Self {
        let bench = Bench::new().await;
        let spec = IntegrationSpec {
            name: "bot".to_owned(),
            kind: IntegrationType::Bot,
            status: IntegrationStatus::Active,
            configuration: ConfigurationSpec::FaqBot,
        };
        let bot =
            bench.registry.create_integration(Actor::operator(bench.tenant), bench.hub.id, spec, None).await;
        let (bot, library) = (bot.unwrap().id, library(&bench));
        let nodes = vec![
            node("hours", &["What are your opening hours?"], &["nine to five"]),
            node("returns", &["How do I return an item?"], &["in its box", "by post", "within a month"]),
        ];
        library.replace(Actor::operator(bench.tenant), bot, nodes).await.unwrap();
        Self { bench, bot, library }
    }

    pub(super) fn by(&self) -> Actor {
        Actor::operator(self.bench.tenant)
    }

    fn open(&self, queue_events: usize) -> Bots {
        Bots::start(self.parts(queue_events))
    }

    fn parts(&self, queue_events: usize) -> BotParts {
        let limits = WorkLimits { queue_events: some(queue_events), conversations_at_once: some(2) };
        let measures = Arc::new(Measures::new(&Metrics::new()));
        BotParts { engine: self.bench.engine.clone(), library: self.library.clone(), measures, limits }
    }

    /// The bot by itself.
    fn bot(&self) -> Bot {
        Bot::new(self.bench.tenant, self.bot, Arc::new(self.parts(100)))
    }

    /// The engine and the bots end, and others begin on the same store.
    async fn restart(&mut self, bots: Bots) -> Bots {
        drop(bots);
        self.bench.restart().await;
        self.library = library(&self.bench);
        self.open(100)
    }

    async fn customer(&self, binding: &str) -> ConversationId {
        self.bench.establish(binding).await.unwrap().id
    }

    /// Hears what the customer hears.
    fn listen(&self, conversation: ConversationId) -> Listener {
        self.listen_on(Topic::Conversation(conversation, Side::Customer))
    }

    fn listen_on(&self, topic: Topic) -> Listener {
        let (ear, heard) = Ear::new(1_000);
        Listener { heard, _attachment: self.bench.engine.topics().attach(&[topic], ear) }
    }

    /// All that the bot has said, hand-overs as their reasons.
    async fn said(&self, conversation: ConversationId) -> Vec<String> {
        let records = self.bench.engine.transcript(self.bench.tenant, conversation, 0).await.unwrap();
        let own = records.iter().filter(|record| record.sender == self.bot);
        own.map(|record| words(&serde_json::from_str(&record.body).unwrap())).collect()
    }
}

/// Hears what is said on a topic.
struct Listener {
    heard: mpsc::Receiver<Arc<Publication>>,
    _attachment: Attachment,
}

impl Listener {
    /// The next thing that the business says.
    async fn next(&mut self) -> String {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(30), self.heard.recv()).await;
            let publication = next.expect("nothing is said").expect("the listener keeps up");
            let payload: Value = serde_json::from_slice(publication.bytes(WireFormat::DirectBare)).unwrap();
            if payload["activity"]["sender"]["integrationType"] != "Customer" {
                return words(&payload["activity"]);
            }
        }
    }

    async fn take(&mut self, count: usize) -> Vec<String> {
        let mut said = Vec::new();
        for _ in 0..count {
            said.push(self.next().await);
        }
        said
    }
}

fn words(activity: &Value) -> String {
    let text = activity["message"]["text"].as_str();
    text.or_else(|| activity["event"]["payload"]["reason"].as_str()).unwrap().to_owned()
}

const UNKNOWN: &str = "the bot knows no answer";

/// What the bot answers, if it does.
pub(super) async fn answers(shop: &Shop, library: &Library, text: &str) -> Option<Vec<String>> {
    match library.reply(shop.bench.tenant, shop.bot, text, |_| {}).await.unwrap() {
        Reply::Answer(node, _) => Some(node.answers),
        Reply::HandOver(_) => None,
    }
}
