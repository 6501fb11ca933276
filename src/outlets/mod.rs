//! Ways out of the broker: what was missed and what is live as one stream, what a streaming session holds as another, the
//! life of a connection, whichever [`Transport`] it speaks over, event streams over HTTP, and deliveries to webhooks.
//! It must not know tokens' contents, paths or what clients say; a [`Dialect`] speaks for each face.

mod attached;
mod close;
mod connection;
mod contact_info;
mod deflate;
mod dialect;
mod ending;
mod event_stream;
mod feed;
mod line;
mod parting;
mod pieces;
mod requests;
mod session_feed;
pub mod signalr;
mod source;
#[cfg(test)]
mod testing;
mod transport;
mod upgrade;
pub mod webhooks;
mod websocket;
mod written;

pub use attached::Attached;
pub use close::Close;
pub use connection::{Connection, ConnectionSettings, End};
pub use contact_info::{ContactInfo, QuestionLimits};
pub use dialect::{Dialect, Entitled, Opening, Reaction};
pub use event_stream::EventStream;
pub use feed::{Feed, FeedSettings};
pub use line::{Line, LineEnd, LineKind};
pub use parting::{agree, part};
pub use pieces::{TooSlow, in_pieces};
pub use requests::{Ended, RequestSender, Requests, StreamBytes};
pub use session_feed::SessionFeed;
pub use source::Source;
pub use transport::Transport;
pub use upgrade::{Compression, NotAnUpgrade, Upgrade, UpgradeFailed, Upgraded};
pub use websocket::WebSocket;
pub use written::{Written, patience_for};
