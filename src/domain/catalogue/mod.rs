//! The event catalogue: every event that the streaming reference documents, with its fields, and the check that
//! the payload of an engagement event keeps to them. It must not know who raises an event, who hears it, or how it
//! travels.
//!
//! Its one source is data: `events.toml` and `values.toml`, which say how they are to be read (`source`). They become
//! a [`Definition`] for each event, made of [`Field`]s (`field`) of certain [`Form`]s (`form`) and [`Values`]
//! (`values`); `check` walks over a payload beside its definition. Whoever has an [`EventType`] has its definition,
//! and a [`Payload`] is one that was checked.

mod check;
mod definition;
mod event_type;
mod fault;
mod field;
mod form;
#[cfg(test)]
mod page;
mod payload;
mod source;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod values;

pub use definition::{Definition, Envelope};
pub use event_type::{Category, EventType, changes, raised};
pub use fault::{PayloadFault, Rule};
pub use field::{Field, Fields};
pub use form::Form;
pub use payload::{Payload, Wrapping};
pub use values::{NamedValue, Values};
