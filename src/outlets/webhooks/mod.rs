//! Deliveries to webhooks: when each is sent, in which order, and what becomes of it.
//! It must not know HTTP, nor how a call is signed ([`Post`]), nor what addresses are configured where ([`Targets`]).

mod call;
mod notice;
mod target;

pub use call::{Call, Outcome, Post};
pub use notice::{GivenUp, Reason, TellOperators};
pub use target::{Signing, Standing, Target, Targets};
