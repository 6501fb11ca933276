//! What the benches play on, whether they time or count: a topic with readers, a conversation with stages,
//! and streaming sessions.
//! It must not know what is measured.

pub(crate) mod audience;
pub(crate) mod conversation;
pub(crate) mod desk;
