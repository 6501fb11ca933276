//! What operators are told of webhooks that failed: kept as notifications, raised as an event for the tenant's
//! streaming sessions, and mailed; and how calls of webhooks are counted.
//! It must not know when a delivery is given up, nor how anything is sent to a webhook.

mod backlog;
mod event;
mod letter;
mod mail;
mod measured;
mod measures;
mod notifications;
mod pauses;
mod postman;
mod tell;
#[cfg(test)]
mod tests;

pub use backlog::show_backlog;
pub use mail::{Mail, MailError};
pub use measured::Measured;
pub use measures::Measures;
pub use notifications::Notifications;
pub use postman::{Postbox, Postman, PostmanParts};
pub use tell::{Notices, NoticesParts};
