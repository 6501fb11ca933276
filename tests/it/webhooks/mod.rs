//! Webhooks: what is sent to them, what operators see of it, and through a crash.

mod crash;
mod operating;
mod post_office;
mod receiver;
