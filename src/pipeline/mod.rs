//! What happens to an activity between its arrival and its readers: checked, routed, ordered, kept, published.
//! It must not know HTTP, sockets or any face's JSON.
//!
//! In the order in which an activity meets them: [`ActivityDraft`] is the checked body; [`Engine::submit`] takes it
//! through its conversation's lane, where it is routed and numbered and causes engagement events; the recorder
//! commits it and hands it to the broker. [`Engine::resume`] and [`Engine::replay`] read back what was missed.

mod apps;
mod body;
mod business;
mod by_customer;
mod changes;
mod close;
mod command;
mod countdown;
mod cursor;
mod customers;
pub mod deflate;
mod deliveries;
mod directory;
mod directory_body;
mod dormant;
mod encode;
mod engine;
mod enrich;
mod error;
mod establish;
mod fates;
mod frame;
mod give_up;
mod idempotency;
mod keep_going;
mod lane;
pub mod messagepack;
mod newcomers;
mod past;
mod places;
mod publish;
mod raise;
mod record;
mod render;
mod replay;
mod restore;
mod route;
mod session_record;
mod stages;
mod steering;
mod streaming;
mod submit;
mod subscriptions;
mod taking;
mod telling;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod transcript;
mod validate;
mod waiting;
mod wishes;

pub use apps::{AppNews, Pushed, Scene, WordForApps, Wordless};
pub use body::Body;
pub use business::{BusinessSays, MASK, Shown};
pub use cursor::Cursor;
pub use deliveries::{Outgoing, TakeOutgoing, Unsent};
pub use directory_body::{TeamBody, UserBody};
pub use encode::utc;
pub use engine::{Engine, EngineParts};
pub use enrich::{enrich, mime_type_of};
pub use error::{EngineError, Fault, FaultKind};
pub use establish::{Establish, Established};
pub use idempotency::{Answered, BeginError, Begun, FirstTurn, IdempotencyKey, RepeatableRequest};
pub use keep_going::keep_going;
pub use lane::{Found, Live, OpenConversations};
pub use newcomers::{Newcomer, Newcomers};
pub use publish::{Addressee, PreparedEvent, PublishedEvent, TeamAllowance, UnreachableTeam};
pub use record::Put;
pub use render::{render, words};
pub use replay::{Gap, Missed, Resumption, Scope, Since, Untaken};
pub use stages::{
    AskError, AskPlugin, Question, Releaser, StageSettings, is_known_language, known_languages,
};
pub use steering::{Route, Steered};
pub use streaming::{EndSessionError, NewSession, OpenSessionError, SessionAcknowledgeError};
pub use submit::{Door, PlatformSays, Receipt, Toward, handover_event};
pub use subscriptions::SubscriptionError;
pub use taking::{Taker, Taking};
pub use telling::{TellError, TellingLimits, Told};
pub use transcript::{Speaker, Spoken};
pub use validate::{ActivityDraft, Keeping, MAX_EXTERNAL_ID, checked_event, checked_message};
pub use wishes::{Alert, WishedDestination, Wishes};
