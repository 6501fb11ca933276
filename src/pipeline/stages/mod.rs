//! The stages of a hub at work: what an activity goes through before its lane. It must not know destinations, orders
//! or how a plug-in is reached.
//!
//! A stage is a small value with one method, [`Stage::meet`]; adding one is a file here, its settings in
//! [`crate::domain::stage`], and a line in [`line`]. Only what is kept meets stages: typing says nothing. All of a
//! conversation goes through them one after the other ([`turn`]), so that nothing overtakes what waits for a plug-in;
//! what a plug-in cannot be asked about now may be held ([`hold`]) and
//! said later ([`release`]).

mod held;
mod hold;
mod keywords;
mod language;
mod line;
mod open_hours;
mod opening;
mod passing;
mod plugin;
mod release;
mod sentiment;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod through;
mod turn;

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub(super) use line::Stages;
pub(super) use through::Passed;
pub(super) use turn::StageTurns;

pub use language::{is_known_language, known_languages};
pub use plugin::{AskError, AskPlugin, Question};
pub use release::Releaser;

use passing::Passing;

/// One stage of a hub.
#[async_trait]
trait Stage: Send + Sync {
    /// Looks at an activity, and may change it or ask for something with it.
    async fn meet(&self, activity: &mut Passing<'_>) -> Verdict;
}

/// What becomes of an activity after a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// It goes on to the next one.
    On,
    /// It is not said at all; the sender may be told why.
    Stop(Option<String>),
    /// It waits, and with it what is said after it.
    Hold,
}

/// What stages work with beside what they are set to.
#[derive(Clone)]
pub struct StageSettings {
    /// How much of a text keywords are looked for in, in bytes.
    pub keyword_bytes: usize,
    /// How much of a text the language is told from, in bytes.
    pub language_bytes: usize,
    /// How much of a text the mood is told from, in bytes.
    pub sentiment_bytes: usize,
    /// After how many failures in a row a plug-in is left alone.
    pub plugin_failures: NonZeroU32,
    /// For how long it is left alone.
    pub plugin_pause: Duration,
    /// How many questions it may be asked at the same time.
    pub plugin_questions: NonZeroUsize,
    /// How many activities of one conversation may be held.
    pub held_per_conversation: NonZeroUsize,
    /// How many activities of one conversation may wait while a plug-in is asked about another of it.
    pub waiting_per_conversation: NonZeroUsize,
    /// Asks plug-ins.
    pub plugins: Arc<dyn AskPlugin>,
}
