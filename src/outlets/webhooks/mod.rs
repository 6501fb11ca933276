//! Deliveries to webhooks: when each is sent, in which order, and what becomes of it.
//! It must not know what addresses are configured where ([`Targets`]); of HTTP and signatures only what stands behind
//! [`Post`] knows.

mod call;
mod notice;
mod post;
mod retry_after;
mod signing;
mod target;
#[cfg(test)]
mod testing;

pub use call::{Call, Outcome, Post};
pub use notice::{GivenUp, Reason, TellOperators};
pub use post::WebhookPost;
pub use target::{Signing, Standing, Target, Targets};
