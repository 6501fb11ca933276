//! Why a request of a connection is refused, and how that is told: with the status that the official server gives.

use axum::http::StatusCode;

use crate::api::platform::codes::shared;
use crate::api::platform::{Code, Family, Problems};

/// Why a request finds no connection that it could be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// There is none of this id, or it is somebody else's.
    #[error("There is no connection of this id.")]
    Unknown,
    /// It hears in another way.
    #[error("A connection keeps the transport that it was opened with.")]
    OtherTransport,
    /// It is open, and can be so once only.
    #[error("The connection is open already.")]
    AlreadyOpen,
    /// It was negotiated, and is not open yet.
    #[error("The connection is not open yet.")]
    NotOpen,
    /// It is a websocket, which needs no requests.
    #[error("The connection is a websocket: what is said goes over that.")]
    IsWebSocket,
    /// It does not poll, so nobody needs to be told that it does no more.
    #[error("Only a connection that polls can be ended in this way.")]
    NotPolled,
}

impl From<Refused> for Problems {
    fn from(refused: Refused) -> Self {
        let code = match refused {
            Refused::Unknown => shared::NOT_FOUND.in_family(Family::Engine),
            Refused::AlreadyOpen | Refused::NotOpen => Code::of_status(StatusCode::CONFLICT),
            Refused::OtherTransport | Refused::NotPolled => Code::of_status(StatusCode::BAD_REQUEST),
            Refused::IsWebSocket => Code::of_status(StatusCode::METHOD_NOT_ALLOWED),
        };
        let problems = Self::one(code, refused.to_string());
        if refused == Refused::IsWebSocket { problems.allow("GET") } else { problems }
    }
}
