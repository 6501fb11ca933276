//! The bare loop: the least that a fan-out over websockets can cost, as a server to measure others against.
//! One thread, one epoll; it keeps nothing, queues nothing, checks no token, and reads no message.
//!
//! A path is a topic. `GET` with `Upgrade: websocket` subscribes to it, `POST` publishes its body to it as one text
//! frame, which is made once and written to each subscriber with one non-blocking `send`. What it costs beyond those
//! system calls is close to nothing, so what another server costs beyond this one is that server's own.
//!
//! In the order in which a message meets them: `server` waits and reads, `request` tells what was asked, `frame`
//! wraps the body, `fan` writes it to everyone.

mod error;
mod fan;
mod frame;
mod request;
mod server;

use std::convert::Infallible;
use std::net::SocketAddr;

use clap::Args;

pub use error::RawfanError;

use crate::console;
use fan::Fan;
use frame::FrameMaker;
use server::Server;

/// Where the bare loop listens, and what it sends.
#[derive(Clone, Debug, Args)]
pub struct BareLoop {
    /// The address on which it listens; port 0 takes a free one, which is printed.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Connections that it holds at once; one more is closed.
    #[arg(long, value_name = "N", default_value_t = 65_536)]
    slots: usize,
    /// Bytes of text in each frame: a JSON object that is smaller gets one more member that fills it up.
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    frame_bytes: usize,
}

/// Serves until the process is ended.
///
/// # Errors
/// When it cannot listen, or can no longer wait or accept.
pub fn run(wish: &BareLoop) -> Result<Infallible, RawfanError> {
    let mut server =
        Server::bind(wish.listen, Fan::new(wish.slots, FrameMaker::padding_to(wish.frame_bytes)))?;
    console::say(format_args!("listening on {}", server.address()?));
    loop {
        server.turn()?;
    }
}
