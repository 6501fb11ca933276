//! The faces: one folder or file per API family. Each parses, calls and renders, and nothing else; none calls
//! another. What they share is who calls ([`Caller`](caller)), and what they call ([`ApiState`]).

mod caller;
pub mod identity;
pub mod platform;
pub mod portal;
mod rate_limit;
mod state;

pub use rate_limit::RateLimiters;
pub use state::{ApiParts, ApiState};
