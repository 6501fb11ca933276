//! One bot at work: it hears its integration, looks at the conversations in which something was said, and answers.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::agenda::{Agenda, Item};
use super::backlog::{Backlog, Question};
use super::bots::BotParts;
use super::ear::{Ear, where_to_look};
use super::looked_through::LookedThrough;
use super::wording::{Reference, UNREADABLE, UNSAYABLE, draft, parts};
use crate::broker::{Publication, Topic};
use crate::domain::faq::FaqNode;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::faq::Reply;
use crate::pipeline::{Door, EngineError};
use crate::store::StoreError;

/// How long a bot waits before it tries again what the store has refused, or begins again after it broke down.
pub(super) const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often a bot tries to answer before it leaves a conversation to agents: a store that fails for longer may have
/// lost the answer for good.
const TRIES: usize = 5;

/// How much one bot may have to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkLimits {
    /// The most activities that may wait for it.
    pub queue_events: NonZeroUsize,
    /// The most conversations that it looks at at the same time.
    pub conversations_at_once: NonZeroUsize,
}

/// A bot behind one integration.
pub(super) struct Bot {
    tenant: TenantId,
    id: IntegrationId,
    parts: Arc<BotParts>,
    /// A plain lock, since conversations are looked at together, in one task.
    looked_through: Mutex<LookedThrough>,
    /// What it had said when it began that was held then, and is in no history before it is said.
    held: Mutex<HashMap<ConversationId, Vec<Reference>>>,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Answered,
    /// The conversation is somebody else's now, or is over.
    Left,
}

impl Bot {
    pub(super) fn new(tenant: TenantId, id: IntegrationId, parts: Arc<BotParts>) -> Self {
        let looked_through = Mutex::new(LookedThrough::new());
        Self { tenant, id, parts, looked_through, held: Mutex::default() }
    }

    #[cfg(test)]
    pub(super) fn looked_through(&self) -> parking_lot::MutexGuard<'_, LookedThrough> {
        self.looked_through.lock()
    }

    /// Works for ever. When it falls behind it begins anew.
    pub(super) async fn work(&self) {
        loop {
            let (ear, heard) = Ear::new(self.parts.limits.queue_events.get());
            let attachment = self.parts.engine.topics().attach(&[Topic::Integration(self.id)], ear);
            // What is said from here on is heard, and what was said before is looked for.
            match self.unanswered().await {
                Ok(agenda) => self.listen(heard, agenda).await,
                Err(error) => {
                    tracing::error!(bot = %self.id, %error, "a bot could not begin");
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
            }
            drop(attachment);
        }
    }

    /// The conversations that the bot has to answer, each to be looked at from where it was looked through.
    async fn unanswered(&self) -> Result<Agenda, EngineError> {
        if let Err(error) = self.parts.library.prepare(self.tenant, self.id).await {
            // Whoever asks something gets an agent, if it stays so.
            tracing::error!(bot = %self.id, %error, "what a bot knows cannot be read");
        }
        let mut agenda = Agenda::new(self.parts.limits.conversations_at_once.get());
        // What an earlier bot has said, and did not wait for, is part of the conversation too.
        self.parts.engine.catch_up(self.tenant).await?;
        let held = self.parts.engine.held_references(self.tenant, self.id).await?;
        self.remember_held(held);
        let open = self.parts.engine.open_at(self.id, usize::MAX).newest;
        let ids: HashSet<_> = open.iter().map(|live| live.id).collect();
        self.looked_through.lock().keep(|conversation| ids.contains(&conversation));
        for live in open.into_iter().rev() {
            agenda.wake(Item { conversation: live.id, after: 0 });
        }
        Ok(agenda)
    }

    /// Looks at what waits and at what is heard, until it falls behind.
    async fn listen(&self, mut heard: mpsc::Receiver<Arc<Publication>>, mut agenda: Agenda) {
        let mut under_way = FuturesUnordered::new();
        let mut keeps_up = true;
        while keeps_up || !under_way.is_empty() {
            while let Some(item) = agenda.next() {
                under_way.push(self.look(item));
            }
            tokio::select! {
                next = heard.recv(), if keeps_up => match next {
                    Some(publication) => where_to_look(&publication).into_iter().for_each(|item| agenda.wake(item)),
                    None => keeps_up = false,
                },
                Some(conversation) = under_way.next() => agenda.done(conversation),
            }
        }
        self.parts.measures.note_fell_behind();
        tracing::warn!(bot = %self.id, "a bot fell behind and looks through its conversations");
    }

    /// Answers what is unanswered in a conversation. While the store fails it tries again; after some tries it leaves
    /// the conversation to agents, as soon as that can be kept.
    async fn look(&self, item: Item) -> ConversationId {
        let mut tries = 0;
        loop {
            tries += 1;
            let done = match self.answer_all(item).await {
                Err(error) if is_of_the_store(&error) && tries >= TRIES => {
                    self.give_up(item.conversation, UNREADABLE, &error).await
                }
                done => done,
            };
            match done {
                Ok(()) => break,
                Err(error) if is_of_the_store(&error) => tokio::time::sleep(AGAIN_AFTER).await,
                Err(error) => {
                    tracing::debug!(bot = %self.id, conversation = %item.conversation, %error, "a bot gave up");
                    break;
                }
            }
        }
        item.conversation
    }

    async fn answer_all(&self, item: Item) -> Result<(), EngineError> {
        if !self.has(item.conversation) {
            // What is unanswered may be for the bot again, some day, and is looked for then.
            self.looked_through.lock().forget(item.conversation);
            return Ok(());
        }
        let backlog = self.backlog(item).await?;
        let read = backlog.read();
        for question in backlog.into_questions() {
            match self.answer(item.conversation, question).await {
                Ok(Outcome::Answered) => {}
                Ok(Outcome::Left) => {
                    self.looked_through.lock().forget(item.conversation);
                    return Ok(());
                }
                Err(error) if is_unsayable(&error) => {
                    return self.give_up(item.conversation, UNSAYABLE, &error).await;
                }
                Err(error) => return Err(error),
            }
        }
        self.looked_through.lock().note(item.conversation, read, |conversation| self.has(conversation));
        Ok(())
    }

    /// Leaves a conversation to agents in which the bot cannot answer.
    async fn give_up(
        &self,
        conversation: ConversationId,
        reason: &str,
        cause: &EngineError,
    ) -> Result<(), EngineError> {
        tracing::warn!(bot = %self.id, %conversation, reason, error = %cause, "a bot gives a conversation up");
        self.parts.engine.give_up(self.tenant, conversation, self.id, reason).await?;
        self.looked_through.lock().forget(conversation);
        self.parts.measures.note_handed_over();
        Ok(())
    }

    fn remember_held(&self, references: Vec<(ConversationId, String)>) {
        let mut held = self.held.lock();
        held.clear();
        for (conversation, reference) in references {
            held.entry(conversation).or_default().extend(Reference::read(&reference));
        }
    }

    async fn backlog(&self, item: Item) -> Result<Backlog, EngineError> {
        let looked_through = self.looked_through.lock().of(item.conversation);
        let mut backlog = Backlog::new(self.id, item.after.max(looked_through));
        loop {
            let said = self.parts.engine.transcript(self.tenant, item.conversation, backlog.read()).await?;
            if said.is_empty() {
                let held = self.held.lock();
                held.get(&item.conversation)
                    .into_iter()
                    .flatten()
                    .for_each(|part| backlog.note_answered(*part));
                return Ok(backlog);
            }
            said.iter().for_each(|record| backlog.take(record));
        }
    }

    async fn answer(&self, conversation: ConversationId, question: Question) -> Result<Outcome, EngineError> {
        let reply = self.reply(question.text.as_deref().unwrap_or("")).await?;
        let said = parts(&reply);
        let parts = said.len();
        let reference_of = |part| Reference { question: question.event_id, part, parts };
        let all = (1..).map(reference_of).zip(said);
        // Parts of an answer of another length are of what the bot knew before: it begins anew.
        for (reference, body) in all.filter(|(reference, _)| !question.said.contains(reference)) {
            if !self.has(conversation) {
                return Ok(Outcome::Left);
            }
            let draft = draft(body, self.id, reference)?;
            self.parts.engine.submit(self.tenant, conversation, Door::Business, draft).await?;
        }
        Ok(match reply {
            Reply::Answer(node, closeness) => {
                self.parts.measures.note_answered();
                tracing::debug!(bot = %self.id, %conversation, node = node.name, ?closeness, "answered");
                Outcome::Answered
            }
            Reply::HandOver(why) => {
                self.parts.measures.note_handed_over();
                tracing::debug!(bot = %self.id, %conversation, ?why, "handed over");
                Outcome::Left
            }
        })
    }

    async fn reply(&self, text: &str) -> Result<Reply<FaqNode>, EngineError> {
        let looked_up = |elapsed| self.parts.measures.note_looked_up(elapsed);
        self.parts.library.reply(self.tenant, self.id, text, looked_up).await
    }

    /// Whether the conversation is the bot's to answer.
    fn has(&self, conversation: ConversationId) -> bool {
        let live = self.parts.engine.open(self.tenant, conversation);
        live.is_some_and(|live| {
            let lane = live.enter();
            lane.head.closed.is_none() && lane.head.destination == Some(self.id)
        })
    }
}

/// Whether it may be worth another try.
fn is_of_the_store(error: &EngineError) -> bool {
    matches!(error, EngineError::Store(StoreError::Failed(_)))
}

/// Whether an answer will not be said, however often it is tried.
fn is_unsayable(error: &EngineError) -> bool {
    matches!(error, EngineError::Invalid(_) | EngineError::Stopped(_) | EngineError::TooManyHeld)
}
