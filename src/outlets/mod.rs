//! Ways out of the broker to sockets and to requests: what was missed and what is live as one stream, and the life of a
//! connection, whichever [`Transport`] it speaks over.
//! It must not know tokens' contents, paths or what clients say; a [`Dialect`] speaks for each face.

mod close;
mod connection;
mod deflate;
mod dialect;
mod ending;
mod feed;
mod line;
mod parting;
mod requests;
pub mod signalr;
mod transport;
mod upgrade;
mod websocket;

pub use close::Close;
pub use connection::{Connection, ConnectionSettings};
pub use dialect::{Dialect, Opening, Reaction};
pub use feed::{Feed, FeedSettings, Scope};
pub use line::{Line, LineEnd, LineKind};
pub use parting::{agree, part};
pub use requests::{Ended, RequestSender, Requests, StreamBytes};
pub use transport::Transport;
pub use upgrade::{Compression, NotAnUpgrade, Upgrade, UpgradeFailed, Upgraded};
pub use websocket::WebSocket;
