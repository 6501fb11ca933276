//! Who is calling, and what they may do. Knows neither HTTP nor the store: faces read headers and write
//! answers, callers keep what must be kept.

mod seal;
pub mod secret;

pub use seal::{MasterKeyError, SealError, Sealer};
