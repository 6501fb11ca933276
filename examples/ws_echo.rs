//! An echo over exactly the websocket layer that the events face uses, for suites that test a server's conformance to
//! the protocol: whatever message comes in goes out again, text as text and binary as binary.
//!
//! ```sh
//! cargo run --release --example ws_echo -- --listen 127.0.0.1:9001 --deflate
//! ```

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use clap::Parser;
use switchboard::broker::{QueueLimits, WireFormat};
use switchboard::cli::console;
use switchboard::outlets::{Close, Compression, Line, LineKind, Upgrade, Upgraded, WebSocket, agree, part};
use switchboard::server::{Drain, Limits, Server};
use switchboard::telemetry::Metrics;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

/// The largest message that is echoed: what the suites send at most.
const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// Echoes what websocket clients say.
#[derive(Debug, Parser)]
struct CommandLine {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9001")]
    listen: SocketAddr,
    /// Agree on permessage-deflate with clients that offer it.
    #[arg(long)]
    deflate: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn serve(CommandLine { listen, deflate }: CommandLine) -> std::io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    console::say(format_args!("listening on {}", listener.local_addr()?));
    let limits =
        Limits { connections: 1000, header_bytes: 32 * 1024, header_timeout: Duration::from_secs(30) };
    // Never started: it serves until it is killed.
    let (_trigger, drain) = Drain::new(Duration::ZERO);
    let compression = if deflate { Compression::Deflate } else { Compression::Off };
    let echo = Router::new().fallback(move |request| open(request, compression));
    Server::new(echo, limits, drain, Metrics::new()).serve(listener).await;
    Ok(())
}

async fn open(request: Request, compression: Compression) -> Response {
    let (mut parts, _) = request.into_parts();
    let mut upgrade = match Upgrade::of(&mut parts) {
        Ok(upgrade) => upgrade,
        Err(reason) => {
            let version = [("Sec-WebSocket-Version", "13")];
            return (StatusCode::UPGRADE_REQUIRED, version, reason.to_string()).into_response();
        }
    };
    if compression == Compression::Deflate {
        upgrade.agree_on_compression(&parts.headers);
    }
    let (response, upgraded) = upgrade.accept();
    tokio::spawn(async move {
        if let Ok(upgraded) = upgraded.await {
            echo(upgraded).await;
        }
    });
    response
}

async fn echo(upgraded: Upgraded) {
    let limits = QueueLimits { events: usize::MAX, bytes: usize::MAX };
    let kind = LineKind { format: WireFormat::Direct, limits, stats: Arc::default() };
    let line = Line::new(Arc::new(kind));
    let mut socket = WebSocket::new(line, upgraded, MAX_MESSAGE_BYTES);
    while let Some(heard) = socket.next().await {
        match heard {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => {
                socket.say(message);
                if socket.flushed().await.is_err() {
                    return;
                }
            }
            Ok(Message::Close(_)) => return agree(&mut socket).await,
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Err(error) => {
                if let Some(close) = Close::after(&error) {
                    part(&mut socket, None, close).await;
                }
                return;
            }
        }
    }
}
