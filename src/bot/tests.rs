//! Bots over a whole engine on a store in memory.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::ear::Ear;
use super::wording::{Reference, draft, parts};
use super::worker::Bot;
use super::*;
use crate::broker::{Attachment, Publication, Side, Topic, WireFormat};
use crate::domain::audit::Actor;
use crate::domain::clock::{Clock, Millis};
use crate::domain::faq::{FaqNode, NodeChanges};
use crate::domain::ids::{ConversationId, IntegrationId};
use crate::domain::integration::{IntegrationStatus, IntegrationType, SigningKeyPair};
use crate::domain::stage::{FailurePolicy, Plugin, Senders, Stage};
use crate::faq::{CommonWords, FaqFaultKind, Limits, Phrases, Reply, Rules};
use crate::pipeline::testing::{Bench, HELD, Mood};
use crate::pipeline::{Door, EngineError, Releaser};
use crate::registry::{ConfigurationSpec, IntegrationPatch, IntegrationSpec};
use crate::store::{FaqPartRecord, FaqRetention, Page, Store, Write};
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

#[tokio::test]
async fn a_question_is_answered_with_all_of_its_answers_in_their_order() {
    let shop = Shop::new().await;
    let _bots = shop.open(100);
    let talk = shop.customer("ada").await;
    let mut ada = shop.listen(talk);
    shop.bench.say(talk, "how do I return an ITEM").await.unwrap();
    assert_eq!(ada.take(3).await, ["in its box", "by post", "within a month"]);
    shop.bench.say(talk, "opening hours?").await.unwrap();
    assert_eq!(ada.next().await, "nine to five");
}

#[tokio::test]
async fn what_a_bot_does_not_know_it_hands_over_with_the_reason() {
    let shop = Shop::new().await;
    let _bots = shop.open(100);
    let mut agent = shop.listen_on(Topic::Integration(shop.bench.agent.id));
    for (said, reason) in [("Is anybody there?", UNKNOWN), ("Agent!", "the customer asked for a person")] {
        let talk = shop.customer(said).await;
        shop.bench.say(talk, said).await.unwrap();
        assert_eq!(agent.next().await, reason);
        let head = shop.bench.engine.conversation(shop.bench.tenant, talk).await.unwrap();
        assert_eq!(head.destination, Some(shop.bench.agent.id));
        assert_eq!(shop.said(talk).await, [reason]);
    }
}

#[tokio::test]
async fn what_was_asked_while_no_bot_was_at_work_is_answered_when_one_is() {
    let shop = Shop::new().await;
    let (one, two) = (shop.customer("ada").await, shop.customer("bo").await);
    shop.bench.say(one, "opening hours").await.unwrap();
    shop.bench.say(two, "how do I return an item").await.unwrap();
    let (mut ada, mut bo) = (shop.listen(one), shop.listen(two));
    let _bots = shop.open(100);
    assert_eq!(ada.next().await, "nine to five");
    assert_eq!(bo.take(3).await, ["in its box", "by post", "within a month"]);
}

#[tokio::test]
async fn what_was_answered_is_not_answered_again_after_a_restart() {
    let mut shop = Shop::new().await;
    let bots = shop.open(100);
    let talk = shop.customer("ada").await;
    let mut ada = shop.listen(talk);
    shop.bench.say(talk, "opening hours").await.unwrap();
    assert_eq!(ada.next().await, "nine to five");
    let _bots = shop.restart(bots).await;
    let mut ada = shop.listen(talk);
    shop.bench.say(talk, "what are your opening hours").await.unwrap();
    assert_eq!(ada.next().await, "nine to five");
    assert_eq!(shop.said(talk).await, ["nine to five"; 2]);
}

#[tokio::test]
async fn an_answer_that_was_cut_in_two_is_completed() {
    let shop = Shop::new().await;
    let talk = shop.customer("ada").await;
    say_some(&shop, talk, "how do I return an item", 1).await;
    let mut ada = shop.listen(talk);
    let _bots = shop.open(100);
    assert_eq!(ada.take(2).await, ["by post", "within a month"]);
    assert_eq!(shop.said(talk).await, ["in its box", "by post", "within a month"]);
}

/// Says what a bot was able to say of an answer before it was killed.
async fn say_some(shop: &Shop, talk: ConversationId, question: &str, count: usize) {
    let tenant = shop.bench.tenant;
    let asked = shop.bench.say(talk, question).await.unwrap().event_id;
    let all = parts(&shop.library.reply(tenant, shop.bot, question, |_| {}).await.unwrap());
    let parts = all.len();
    for (part, body) in (1..).zip(all).take(count) {
        let part = draft(body, shop.bot, Reference { question: asked, part, parts }).unwrap();
        shop.bench.engine.submit(tenant, talk, Door::Business, part).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_in_two_begins_anew_when_the_bot_knows_another_by_then() {
    let question = "How do I return an item?";
    for (answers, said) in [
        (&["in a parcel"][..], &["in its box", "in a parcel"][..]),
        (&["in a parcel", "by train"], &["in its box", "in a parcel", "by train"]),
        (&["in its box", "at once", "by train"], &["in its box", "at once", "by train"]),
    ] {
        let shop = Shop::new().await;
        let talk = shop.customer("ada").await;
        say_some(&shop, talk, question, 1).await;
        let nodes =
            vec![node("returns", &[question], answers), node("hours", &["Opening hours?"], &["never"])];
        shop.library.replace(shop.by(), shop.bot, nodes).await.unwrap();
        let mut ada = shop.listen(talk);
        let _bots = shop.open(100);
        shop.bench.say(talk, "opening hours").await.unwrap();
        while ada.next().await != "never" {}
        assert_eq!(shop.said(talk).await, [said, &["never"]].concat());
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_in_two_does_not_count_as_a_hand_over() {
    let shop = Shop::new().await;
    let talk = shop.customer("ada").await;
    say_some(&shop, talk, "How do I return an item?", 2).await;
    let nodes = vec![node("hours", &["Opening hours?"], &["never"])];
    shop.library.replace(shop.by(), shop.bot, nodes).await.unwrap();
    let mut agent = shop.listen_on(Topic::Integration(shop.bench.agent.id));
    let _bots = shop.open(100);
    assert_eq!(agent.next().await, UNKNOWN);
    let head = shop.bench.engine.conversation(shop.bench.tenant, talk).await.unwrap();
    assert_eq!(head.destination, Some(shop.bench.agent.id));
    assert_eq!(shop.said(talk).await, ["in its box", "by post", UNKNOWN]);
}

/// Damages what is kept of the nodes that are in force.
async fn damage(shop: &Shop) {
    let edition = shop.bench.store.faq_edition(shop.bench.tenant, shop.bot).await.unwrap().unwrap().id;
    let damaged = FaqPartRecord { edition, first: 0, count: 2, packed: "so".into() };
    shop.bench.store.commit(vec![Write::PutFaqPart(damaged)]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_conversation_whose_answer_cannot_be_read_goes_to_an_agent_and_others_are_answered() {
    let shop = Shop::new().await;
    let mut agent = shop.listen_on(Topic::Integration(shop.bench.agent.id));
    let (one, two) = (shop.customer("ada").await, shop.customer("bo").await);
    let _bots = shop.open(100);
    let mut ada = shop.listen(one);
    shop.bench.say(one, "opening hours").await.unwrap();
    assert_eq!(ada.next().await, "nine to five");
    damage(&shop).await;
    shop.bench.say(one, "what are your opening hours").await.unwrap();
    assert_eq!(agent.next().await, "the bot could not read its answer");
    let head = shop.bench.engine.conversation(shop.bench.tenant, one).await.unwrap();
    assert_eq!(head.destination, Some(shop.bench.agent.id));
    shop.bench.say(two, "is anybody there").await.unwrap();
    assert_eq!(agent.next().await, UNKNOWN);
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_cannot_read_what_it_knows_leaves_its_conversations_to_agents() {
    let shop = Shop::new().await;
    let mut agent = shop.listen_on(Topic::Integration(shop.bench.agent.id));
    damage(&shop).await;
    let talk = shop.customer("ada").await;
    let _bots = shop.open(100);
    shop.bench.say(talk, "opening hours").await.unwrap();
    assert_eq!(agent.next().await, "the bot could not read its answer");
}

#[tokio::test]
async fn nothing_is_remembered_of_a_conversation_that_is_not_the_bots_any_more() {
    let shop = Shop::new().await;
    let bot = shop.bot();
    let talk = shop.customer("ada").await;
    let mut ada = shop.listen(talk);
    let handed_over = async {
        shop.bench.say(talk, "opening hours").await.unwrap();
        assert_eq!(ada.next().await, "nine to five");
        while bot.looked_through().of(talk) == 0 {
            tokio::task::yield_now().await;
        }
        shop.bench.say(talk, "is anybody there").await.unwrap();
        while bot.looked_through().of(talk) != 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = bot.work() => unreachable!("it works for ever"),
        done = tokio::time::timeout(Duration::from_secs(30), handed_over) => done.expect("it is let go"),
    }
}

#[tokio::test]
async fn what_a_paused_bot_knows_is_not_kept_in_memory() {
    let shop = Shop::new().await;
    let is_kept = || shop.library.is_kept(shop.bot);
    let nodes = || vec![node("hours", &["Opening hours?"], &["never"])];
    shop.library.replace(shop.by(), shop.bot, nodes()).await.unwrap();
    assert_eq!(answers(&shop, &shop.library, "opening hours").await, Some(vec!["never".to_owned()]));
    assert!(!is_kept(), "it is not at work yet");
    shop.library.keep(shop.bot);
    shop.library.replace(shop.by(), shop.bot, nodes()).await.unwrap();
    assert!(is_kept());
    shop.library.let_go(shop.bot);
    assert!(!is_kept());
    shop.library.replace(shop.by(), shop.bot, nodes()).await.unwrap();
    assert!(!is_kept());
}

#[tokio::test]
async fn a_bot_that_falls_behind_answers_everything_once_all_the_same() {
    let shop = Shop::new().await;
    let _bots = shop.open(1);
    let mut listeners = Vec::new();
    for customer in 0..20 {
        let talk = shop.customer(&customer.to_string()).await;
        listeners.push((talk, shop.listen(talk)));
    }
    let asked = listeners.iter().map(|(talk, _)| shop.bench.say(*talk, "opening hours"));
    futures_util::future::try_join_all(asked).await.unwrap();
    for (talk, customer) in &mut listeners {
        assert_eq!(customer.next().await, "nine to five");
        shop.bench.say(*talk, "your opening hours").await.unwrap();
        assert_eq!(customer.next().await, "nine to five");
        assert_eq!(shop.said(*talk).await.len(), 2);
    }
}

/// A plug-in that looks at what bots say.
fn asks_about_bots(on_failure: FailurePolicy) -> Stage {
    Stage::Plugin(Plugin {
        name: "p".to_owned(),
        url: "https://plugin.example".to_owned(),
        senders: Senders::named(["bot"]).unwrap(),
        timeout: Duration::from_secs(5),
        on_failure,
        keys: SigningKeyPair { public: String::new(), private: String::new() },
    })
}

#[tokio::test]
async fn an_answer_that_is_held_is_not_said_again_after_a_restart() {
    let mut shop = Shop::new().await;
    let stages = vec![asks_about_bots(FailurePolicy::Hold)];
    shop.bench.registry.put_pipeline(shop.by(), shop.bench.hub.id, stages).await.unwrap();
    shop.bench.plugins.become_like(Mood::Failing);
    let talk = shop.customer("ada").await;
    shop.bench.say(talk, "opening hours").await.unwrap();
    let bots = shop.open(100);
    while shop.bench.store.held().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let _bots = shop.restart(bots).await;
    let mut ada = shop.listen(talk);
    shop.bench.plugins.become_like(Mood::Answering(json!({})));
    shop.bench.say(talk, "what are your opening hours").await.unwrap();
    let mut releaser = Releaser::new(shop.bench.engine.clone());
    releaser.begin();
    assert_eq!(ada.take(2).await, ["nine to five"; 2]);
    assert_eq!(shop.said(talk).await, ["nine to five"; 2]);
}

#[tokio::test]
async fn a_conversation_in_which_a_bot_may_not_say_its_answer_goes_to_an_agent() {
    let stopping = Mood::Answering(json!({"action": "stop"}));
    for (mood, on_failure) in [(stopping, FailurePolicy::PassOn), (Mood::Failing, FailurePolicy::Hold)] {
        let shop = Shop::new().await;
        let stages = vec![asks_about_bots(on_failure)];
        shop.bench.registry.put_pipeline(shop.by(), shop.bench.hub.id, stages).await.unwrap();
        shop.bench.plugins.become_like(mood);
        let mut agent = shop.listen_on(Topic::Integration(shop.bench.agent.id));
        let talk = shop.customer("ada").await;
        // Where its answers are held, the first question takes all the room there is.
        assert_eq!(HELD.get(), 3);
        for _ in 0..2 {
            shop.bench.say(talk, "how do I return an item").await.unwrap();
        }
        let _bots = shop.open(100);
        assert_eq!(agent.next().await, "the bot could not say its answer");
        let head = shop.bench.engine.conversation(shop.bench.tenant, talk).await.unwrap();
        assert_eq!(head.destination, Some(shop.bench.agent.id));
    }
}

#[tokio::test]
async fn a_bot_that_is_activated_goes_to_work_and_a_paused_one_stops() {
    let shop = Shop::new().await;
    let set = async |status| {
        let patch = IntegrationPatch { status: Some(status), ..IntegrationPatch::default() };
        shop.bench.registry.update_integration(shop.by(), shop.bot, patch).await.unwrap();
    };
    set(IntegrationStatus::Paused).await;
    let _bots = shop.open(100);
    let talk = shop.customer("ada").await;
    let mut ada = shop.listen(talk);
    set(IntegrationStatus::Active).await;
    shop.bench.say(talk, "opening hours").await.unwrap();
    assert_eq!(ada.next().await, "nine to five");
    set(IntegrationStatus::Paused).await;
    shop.bench.say(talk, "opening hours").await.unwrap();
    assert_eq!(
        shop.bench.engine.conversation(shop.bench.tenant, talk).await.unwrap().destination,
        Some(shop.bench.agent.id)
    );
    assert_eq!(shop.said(talk).await.len(), 1);
}

#[tokio::test]
async fn nodes_are_replaced_as_a_whole_and_outlive_the_process() {
    let shop = Shop::new().await;
    let nodes = vec![
        node("hours", &["What are your opening hours?"], &["always"]),
        node("parking", &["Where do I park?"], &["behind the house"]),
    ];
    let changes = shop.library.replace(shop.by(), shop.bot, nodes.clone()).await.unwrap();
    assert_eq!(changes, NodeChanges { created: 1, updated: 1, unchanged: 0, removed: 1 });
    for library in [shop.library.clone(), library(&shop.bench)] {
        assert_eq!(kept(&shop).await, nodes);
        assert_eq!(library.prepare(shop.bench.tenant, shop.bot).await.unwrap(), 2);
        assert_eq!(answers(&shop, &library, "opening hours").await, Some(vec!["always".to_owned()]));
    }
}

/// The nodes that are in force, as they are kept.
async fn kept(shop: &Shop) -> Vec<FaqNode> {
    let store = &shop.bench.store;
    let edition = store.faq_edition(shop.bench.tenant, shop.bot).await.unwrap().unwrap();
    store.faq_nodes(edition.id, 0, Page { rows: 100, bytes: usize::MAX }).await.unwrap()
}

/// What the bot answers, if it does.
pub(super) async fn answers(shop: &Shop, library: &Library, text: &str) -> Option<Vec<String>> {
    match library.reply(shop.bench.tenant, shop.bot, text, |_| {}).await.unwrap() {
        Reply::Answer(node, _) => Some(node.answers),
        Reply::HandOver(_) => None,
    }
}

#[tokio::test]
async fn an_answer_is_found_though_its_edition_is_forgotten_meanwhile() {
    let shop = Shop::new().await;
    let knows_the_old = library(&shop.bench);
    knows_the_old.keep(shop.bot);
    knows_the_old.prepare(shop.bench.tenant, shop.bot).await.unwrap();
    let nodes = vec![node("hours", &["What are your opening hours?"], &["always"])];
    shop.library.replace(shop.by(), shop.bot, nodes).await.unwrap();
    let all = FaqRetention { unfinished: Millis(0), uploads: Millis(0) };
    shop.bench.store.forget_faq(all).await.unwrap();
    assert_eq!(answers(&shop, &knows_the_old, "opening hours").await, Some(vec!["always".to_owned()]));
}

#[tokio::test]
async fn nodes_are_put_beside_the_others_and_in_place_of_those_of_their_names() {
    let shop = Shop::new().await;
    let upserted = vec![node("parking", &["Where?"], &["there"]), node("hours", &["When?"], &["always"])];
    let changes = shop.library.upsert(shop.by(), shop.bot, upserted.clone()).await.unwrap();
    assert_eq!(changes, NodeChanges { created: 1, updated: 1, unchanged: 1, removed: 0 });
    let names: Vec<_> = kept(&shop).await.into_iter().map(|node| node.name).collect();
    assert_eq!(names, ["hours", "returns", "parking"]);
    let too_many = vec![node("one more", &["Who?"], &["me"])];
    let refused = shop.library.upsert(shop.by(), shop.bot, too_many).await;
    let Err(LibraryError::Fault(fault)) = refused else { panic!("four nodes are one too many") };
    assert_eq!(fault.kind, FaqFaultKind::TooManyNodes);
}

#[tokio::test]
async fn a_change_that_cannot_be_kept_changes_nothing() {
    let shop = Shop::new().await;
    shop.bench.store.break_down();
    let refused = shop.library.replace(shop.by(), shop.bot, Vec::new()).await;
    assert!(matches!(refused, Err(LibraryError::Refused(EngineError::Store(_)))));
    shop.bench.store.repair();
    for library in [shop.library.clone(), library(&shop.bench)] {
        assert_eq!(library.prepare(shop.bench.tenant, shop.bot).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn only_embedded_bots_of_the_tenant_itself_can_be_taught() {
    let shop = Shop::new().await;
    let other = shop.bench.registry.create_tenant("other").await.unwrap().tenant.id;
    let agent = shop.library.replace(shop.by(), shop.bench.agent.id, Vec::new()).await;
    assert!(matches!(agent, Err(LibraryError::Refused(EngineError::Registry(_)))));
    let stranger = shop.library.replace(Actor::operator(other), shop.bot, Vec::new()).await;
    assert!(matches!(stranger, Err(LibraryError::Refused(EngineError::Registry(_)))));
    assert!(shop.library.prepare(other, shop.bot).await.is_err());
}

#[tokio::test]
async fn what_was_asked_while_nobody_was_there_is_answered_when_the_bot_comes() {
    let shop = Shop::new().await;
    let set = async |id, status| {
        let patch = IntegrationPatch { status: Some(status), ..IntegrationPatch::default() };
        shop.bench.registry.update_integration(shop.by(), id, patch).await.unwrap();
    };
    set(shop.bot, IntegrationStatus::Paused).await;
    set(shop.bench.agent.id, IntegrationStatus::Paused).await;
    let _bots = shop.open(100);
    let talk = shop.customer("ada").await;
    let mut ada = shop.listen(talk);
    shop.bench.say(talk, "opening hours").await.unwrap();
    set(shop.bot, IntegrationStatus::Active).await;
    assert_eq!(ada.next().await, "nine to five");
}
