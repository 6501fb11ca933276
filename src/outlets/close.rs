//! Why the broker closes a websocket: one code and reason each, and whether it is worth coming back.

use std::io;

use tokio_tungstenite::tungstenite::error::{CapacityError, Error as WsError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// The first of the codes that applications may use among themselves (RFC 6455 §7.4.2), but for 4000, which says
/// nothing.
const TAKEN_OVER: u16 = 4001;

/// Why the broker closes a websocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// 1000: the client said goodbye.
    Normal,
    /// 1000: the streaming session was ended by its client. Coming back does not help.
    SessionEnded,
    /// 1002: the client broke the protocol. Coming back does not help.
    Protocol,
    /// 1003: the client sent binary data where text is spoken. Coming back does not help.
    BinaryData,
    /// 1007: the client sent text that is not UTF-8. Coming back does not help.
    NotUtf8,
    /// 1007: the client sent a message as deflated that cannot be inflated. Coming back does not help.
    NotDeflated,
    /// 1008: the token expired without a new one. Come back with a new token.
    TokenExpired,
    /// 1008: the token was revoked, or what it opened is gone. Coming back does not help.
    NoLongerEntitled,
    /// 1008: the integration was paused. Come back with the last cursor when it is active again.
    IntegrationPaused,
    /// 1009: a frame or message is larger than the limit. Coming back does not help.
    TooLarge,
    /// 1011: the broker failed. Come back later.
    Failed,
    /// 1012: the broker is restarting. Come back after the announced delay.
    Restarting,
    /// 1013: the reader fell behind its queue, or behind what is kept. Come back with the last cursor; a streaming
    /// session is over, and a new one has to be made.
    FellBehind,
    /// 4001: a later poll or stream of the same streaming session took its place. Coming back would take it away again.
    TakenOver,
}

impl Close {
    /// How the broker closes after a failed read; `None` when there is nobody left to tell.
    pub fn after(error: &WsError) -> Option<Self> {
        match error {
            WsError::Capacity(CapacityError::MessageTooLong { .. }) => Some(Self::TooLarge),
            WsError::Utf8(_) => Some(Self::NotUtf8),
            WsError::Io(why) if why.kind() == io::ErrorKind::InvalidData => Some(Self::NotDeflated),
            WsError::Protocol(_) => Some(Self::Protocol),
            _ => None,
        }
    }

    /// The close frame.
    pub fn frame(self) -> CloseFrame {
        let (code, reason) = match self {
            Self::Normal => (CloseCode::Normal, ""),
            Self::SessionEnded => (CloseCode::Normal, "session ended"),
            Self::Protocol => (CloseCode::Protocol, "protocol error"),
            Self::BinaryData => (CloseCode::Unsupported, "text frames only"),
            Self::NotUtf8 => (CloseCode::Invalid, "text is not UTF-8"),
            Self::NotDeflated => (CloseCode::Invalid, "message cannot be inflated"),
            Self::TokenExpired => (CloseCode::Policy, "token expired"),
            Self::NoLongerEntitled => (CloseCode::Policy, "no longer entitled"),
            Self::IntegrationPaused => (CloseCode::Policy, "integration paused"),
            Self::TooLarge => (CloseCode::Size, "frame too large"),
            Self::Failed => (CloseCode::Error, "internal error"),
            Self::Restarting => (CloseCode::Restart, "restarting"),
            Self::FellBehind => (CloseCode::Again, "reader fell behind"),
            Self::TakenOver => (CloseCode::Library(TAKEN_OVER), "taken over"),
        };
        CloseFrame { code, reason: reason.into() }
    }
}
