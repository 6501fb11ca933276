//! What the faces in the platform's style share: how they tell errors, by which codes, and how they read bodies,
//! identifiers and query arguments. It must not know what any route does.
//!
//! Public, so that the documentation lists the codes that clients meet.

mod arguments;
mod body;
mod causes;
pub mod codes;
mod described;
mod fallback;
mod paged;
mod path;
mod problem;
mod route_codes;
pub(in crate::api) mod said;

pub use arguments::Arguments;
pub use body::PlatformJson;
pub(in crate::api) use causes::denied;
pub use causes::{Named, engine_refused, portal_refused, registry_refused, unexpected};
pub use codes::{Code, Family};
pub(in crate::api) use described::{page_of, schemas};
pub(in crate::api) use fallback::{failed, stopping};
pub use fallback::{unknown_path, wrong_method};
pub use paged::Paged;
pub(in crate::api) use path::guid as guid_named;
pub use path::{PathId, PathText};
pub use problem::{Problem, Problems};
pub use route_codes::{Codes, Conversations, Direct, Events, Portal};
