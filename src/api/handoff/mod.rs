//! The hand-off face: a bot platform gives chats to agents, and reads back what was said. It parses, calls the engine
//! and renders; it must not know how a conversation goes to anybody.

pub(in crate::api) mod caller;
