//! Deliveries to webhooks: when each is sent, in which order, and what becomes of it.
//! It must not know what addresses are configured where ([`Targets`]); of HTTP and signatures only what stands behind
//! [`Post`] knows.
//!
//! A delivery is kept with what it is about, in one commit, and comes here by the [`Intake`] once that is published.
//! Those of one conversation to one endpoint are a line, which is sent in order, one call at a time, and goes on when
//! it is kept what became of the call; all lines go beside each other, as many at the same time as an endpoint and a
//! tenant may have. What an endpoint that is far behind has waiting stays in the store and is read back in pages.

mod backlog;
mod behind;
mod body;
mod broken;
mod call;
mod deliveries;
#[cfg(test)]
mod doubles;
mod endpoints;
mod errand;
mod intake;
mod line;
mod lines;
mod notice;
mod post;
mod reads;
mod retries;
mod retry_after;
mod room;
mod schedule;
mod sender;
mod settings;
mod signing;
mod target;
#[cfg(test)]
mod testing;
mod trouble;
mod turns;
mod wrapper;

pub use backlog::Backlog;
pub use call::{Call, Outcome, Post};
pub use deliveries::{Deliveries, ReplayError};
pub use intake::Intake;
pub use notice::{GivenUp, HearSettled, Reason, TellOperators, Unsent};
pub use post::WebhookPost;
pub use retries::Retries;
pub use sender::{Sender, SenderParts};
pub use settings::WebhookSettings;
pub use target::{ConfiguredTargets, Signing, Standing, Target, Targets};
