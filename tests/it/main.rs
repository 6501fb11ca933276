//! Black-box tests: the real server binary, spoken to as its clients speak to it. One binary, one file per theme.
//! A test must not know the inside of the broker: what it needs comes from the documentation of a face.
//!
//! What belongs where:
//! - [`startup`]: the command line, configuration, first credentials, health, metrics, logs, stopping in order
//! - [`identity`]: asking for tokens, and every face refusing those that are not good for it
//! - [`control_plane`]: the control plane beside its documentation, row by row: calls, properties, pages, codes
//! - [`portal`]: hubs and integrations as stories: made, changed, listed, deleted
//! - [`hubs`]: hubs at work: paused ones, and what ends with a deleted one
//! - [`integrations`]: every channel's configuration, providers, changes of live traffic
//! - [`tenants`]: clients and their tokens, what ends with a token
//! - [`audit`]: who changed what
//! - [`tokens`]: `switchboard token`
//! - [`commands`]: transfer and response commands: properties, defaults, ranges, whose they are
//! - [`control_plane_client`]: the command line that asks a running server for any of these
//! - [`agent_commands`]: commands that agents and bots give in a conversation
//! - [`routing`]: who answers a conversation: hand-over, takeover, the queue
//! - [`contact_centre_day`]: one whole day, told the same way wherever one listens
//! - [`one_story`]: one chat across all faces, told the same way by each
//! - [`directory`]: users and teams, what is told of their changes
//! - [`conversations`]: establishing, finding and reading conversations
//! - [`activities`]: what may be said, who hears it, in which order
//! - [`customer`]: what opens a conversation, echoes, and what a customer hears that was away
//! - [`messages`]: every type of message and event: who may say it, how it is heard, what links become
//! - [`faq_bot`]: the embedded bot: what it answers, what it hands over, and through a crash
//! - [`faq_upload`]: sheets of questions and answers that are uploaded for a bot, and what becomes of them
//! - [`websocket`]: the plain websocket: snapshot, replay, control frames, closing
//! - [`signalr`]: the SignalR hub, protocol included
//! - [`compression`]: permessage-deflate on either kind of websocket
//! - [`signalr_requests`]: how requests find their connection: negotiation, ids, transports, places
//! - [`signalr_polls`]: the hub for clients that poll
//! - [`signalr_stream`]: the hub for clients with a stream of server-sent events
//! - [`signalr_messagepack`]: the hub's binary protocol
//! - [`stages`]: the stages of hubs, plug-ins among them
//! - [`webhooks`]: what is sent to webhooks, what operators see of it, through a crash
//! - [`streaming`]: long-poll sessions, acknowledgement, subscriptions, the events that a conversation causes
//! - [`stream_delivery`]: event streams and websockets on streaming sessions, and changing between them and polls
//! - [`openapi`]: the document of all calls: its examples, and the page that shows it
//! - [`publish`]: what may be published, and the catalogue that says so
//! - [`webhooks`]: what goes to webhooks, and that it arrives
//! - [`handoff`]: bot platforms move chats to teams, and read back what was said
//! - [`webchat`]: visitors of web chats: their tokens, their own conversations, and nothing else
//! - [`webhook_listener`]: the tool that prints what arrives at a receiver of webhooks
//! - [`rate_limits`]: each family's limit for a client and for an API key
//! - [`session_model`]: random clients of sessions against a model, through restarts
//! - [`reference_client`]: the example of an agent desktop, through throttling, failures and sessions that end
//! - [`messaging`]: the messaging face beside its documentation, and what business back ends do with it
//! - [`isolation`]: one tenant against another, on every route
//! - [`recovery`]: killing the server and losing nothing that was answered
//! - [`fanout`]: many listeners, many messages
//! - [`tls`]: the listener over TLS, and certificates that are renewed
//! - [`limits`]: what a tenant and a request may take: at each limit, and one past it, on every face
//! - [`badinput`]: what no endpoint may stumble over
//!
//! Each test starts its own server through [`harness::Server`] on a free port with its own data folder, waits for
//! what it wants to see and never for time to pass.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the report; clippy only knows the test functions"
)]
#![allow(
    unreachable_pub,
    reason = "the harness is a library to the themes, and a test binary exports nothing"
)]

mod harness;

mod activities;
mod agent_commands;
mod audit;
mod badinput;
mod commands;
mod compression;
mod contact_centre_day;
mod control_plane;
mod control_plane_client;
mod conversations;
mod customer;
mod directory;
mod fanout;
mod faq_bot;
mod faq_upload;
mod handoff;
mod hubs;
mod identity;
mod integrations;
mod isolation;
mod limits;
mod messaging;

mod messages;
mod one_story;
mod openapi;
mod portal;
mod publish;
mod rate_limits;
mod recovery;
mod reference_client;
mod routing;
mod session_model;
mod signalr;
mod signalr_messagepack;
mod signalr_polls;
mod signalr_requests;
mod signalr_stream;
mod stages;
mod startup;
mod stream_delivery;
mod streaming;
mod tenants;
mod tls;
mod tokens;
mod webchat;
mod webhook_listener;
mod webhooks;
mod websocket;
