//! One door to the server: [`Server::start`], then a client that speaks the face.
//! Nothing here is about one theme.

mod answer;
mod command;
mod deflating;
mod engine;
mod event_stream;
mod hook;
mod http;
mod hub;
mod messaging;
mod packed;
mod plugin;
mod portal;
mod provider;
mod secure;
mod server;
mod signalr;
mod socket;
mod streaming;
mod style;
mod tenant;
mod visitor;
mod wait;

pub use answer::Answer;
pub use command::{Finished, run, run_reading, switchboard};
pub use deflating::{DEFLATED, Deflating, deflated, frame};
pub use engine::{Engine, from, payload, text};
pub use event_stream::{EventStream, Streamed};
pub use hook::{Hook, TO_THIS_MACHINE};
pub use http::Http;
pub use hub::Hub;
pub use messaging::{COMPACT, FULL, Messaging};
pub use packed::{Packed, packed, unpacked};
pub use plugin::{Plugin, PluginMood};
pub use portal::Portal;
pub use provider::{Mood, StandIn, TWILIO_TOKEN};
pub use secure::{SelfSigned, files};
pub use server::{Server, together};
pub use signalr::{SEPARATOR, SignalR};
pub use socket::{Socket, Told};
pub use streaming::{
    Session, Streaming, Version, change_filter, changes, event_payload, event_types, idle, interactions,
    place,
};
pub use style::Style;
pub use tenant::Tenant;
pub use visitor::{PAGE, Visitor};
pub use wait::{eventually, within};
