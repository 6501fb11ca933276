//! Why the engine refuses, by cause. Faces turn causes into their own answers.

use crate::registry::RegistryError;
use crate::store::StoreError;

/// What is wrong with a body, at the property that it is wrong with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The path of the property, such as `message.text`; empty for the body as a whole.
    pub property: String,
}

impl Fault {
    /// A fault of one property.
    pub fn at(kind: FaultKind, property: impl Into<String>) -> Self {
        Self { kind, property: property.into() }
    }
}

/// The kinds of faults that a body may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A required property is not there.
    Missing,
    /// The property holds a value of another type or form.
    WrongType,
    /// The property holds a value that is not one of those it may hold.
    Unsupported,
    /// The property holds a number or a moment beyond those that it may hold.
    OutOfRange,
    /// The property is not a GUID.
    NotAGuid,
    /// The property is not a decimal number.
    NotADecimal,
    /// The property is not an address of electronic mail.
    NotAnEmail,
    /// A list that must hold something is empty.
    EmptyList,
    /// A message that says nothing.
    EmptyMessage,
    /// A location that is nowhere: it has neither an address nor both coordinates.
    EmptyLocation,
    /// Neither a message nor an event.
    NoContent,
    /// Both a message and an event.
    TwoContents,
    /// A text is longer than it may be.
    TooLong,
    /// The property is not a date.
    NotADate,
}

/// Why the engine refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The body is not what it must be.
    #[error("the body has {} faults", .0.len())]
    Invalid(Vec<Fault>),
    /// The tenant has no such hub.
    #[error("there is no such hub")]
    HubNotFound,
    /// The tenant has no such integration, or it has no part in the conversation.
    #[error("there is no such integration")]
    IntegrationNotFound,
    /// The tenant has no such conversation.
    #[error("there is no such conversation")]
    ConversationNotFound,
    /// The conversation was closed.
    #[error("the conversation was closed")]
    ConversationClosed,
    /// A business side wrote to a customer whose conversation was closed.
    #[error("the customer has left")]
    CustomerGone,
    /// The hub is paused, and with it what customers say.
    #[error("the hub is paused")]
    HubPaused,
    /// The integration is paused.
    #[error("the integration is paused")]
    IntegrationPaused,
    /// The hub has neither an agent nor a bot.
    #[error("nobody is there to answer")]
    NobodyToAnswer,
    /// Conversations are established on customer integrations only.
    #[error("the integration is not a customer's")]
    NotACustomerIntegration,
    /// A business side did not say which integration speaks.
    #[error("the sender is not named")]
    SenderMissing,
    /// A stage of the hub does not let it be said; it may say why.
    #[error("a stage of the hub does not let it be said")]
    Stopped(Option<String>),
    /// A plug-in of the hub does not answer, or not yet, and as much waits for it in the conversation as may.
    #[error("as much as may waits for a plug-in that does not answer")]
    TooManyHeld,
    /// The integration takes part in open conversations, and so stays on its side.
    #[error("the integration takes part in open conversations")]
    TakesPart,
    /// The conversation is with somebody else.
    #[error("the conversation is not with this integration")]
    NotTheDestination,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The configuration could not be changed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}
