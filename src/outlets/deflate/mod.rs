//! permessage-deflate (RFC 7692) for websockets of the server's side: what is agreed on, and the reading of what
//! comes in deflated. Both sides forget each message with its end, so an idle connection keeps next to nothing for
//! it. It must not know what is said, nor who is written to: deflating is the work of [`crate::pipeline::deflate`].

mod inflating;
mod inflow;
mod offer;

pub(super) use inflow::Inflow;
pub(super) use offer::Agreement;
