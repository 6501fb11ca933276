//! Switchboard, a realtime engagement event broker: customers, agents and bots talk in conversations, and what they
//! say, and what happens around it, reaches everyone who listens, in one order and at once.
//!
//! The rooms, in the order in which a request meets them; a room uses those below it and none above:
//!
//! | room | its task |
//! |---|---|
//! | [`cli`] | the command line: what to do, and how its outcome is told |
//! | [`app`] | wires the configuration to the rooms; the only one that knows all of them |
//! | [`server`] | sockets: accepting, bounding, draining, one log line per request |
//! | [`api`] | the faces: each parses, calls and renders one API family |
//! | [`outlets`] | ways out: to sockets, missed and live as one stream; to webhooks, in order and retried |
//! | [`bot`] | the embedded bots: what each knows, and how it answers its customers |
//! | [`pipeline`] | what happens to an activity: checked, routed, ordered, kept, published |
//! | [`providers`] | asks outside channels about the accounts that integrations are made of |
//! | [`plugins`] | asks services of tenants about activities |
//! | [`calling`] | calls other people's HTTP APIs |
//! | [`faq`] | answering from frequently asked questions: which node a text asks for |
//! | [`registry`] | the configuration in force: tenants, clients, hubs, integrations, users and teams |
//! | [`auth`] | who calls and what they may do: secrets, tokens, tickets, and the keys behind them |
//! | [`broker`] | who follows what, and what waits for them: topics, queues, streaming sessions |
//! | [`store`] | what outlives the process |
//! | [`domain`] | plain types and rules, without I/O |
//!
//! Beside them, [`config`] says what can be set and [`telemetry`] what can be seen from outside.
//!
//! There is one way through: face, pipeline, store, broker, outlet. An activity is answered when it is kept and
//! published; nobody hears what a crash could take back.

pub mod api;
pub mod app;
pub mod auth;
pub mod bot;
pub mod broker;
pub mod calling;
pub mod cli;
pub mod config;
pub mod domain;
pub mod faq;
pub mod outlets;
pub mod pipeline;
pub mod plugins;
pub mod providers;
pub mod registry;
pub mod server;
pub mod store;
pub mod telemetry;
