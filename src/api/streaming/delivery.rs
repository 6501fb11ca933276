//! The response to a poll: its events go out as a list, and count as handed over when the connection has taken them.
//! It must not know what an event says, or which version of the API lists it.
//!
//! A hand-over that is dropped returns its events to the session, so the question is only when to complete it. The body
//! says how long it is, therefore a client has nothing before it has the last byte. A short response is completed when
//! the connection takes it: one write to a socket that was idle takes it whole. Of a long one the last bytes are held
//! back until everything before them has been written, and only then it is completed. When the connection dies before,
//! or writes so slowly that nobody can be reading, the events go back, and no client has seen a complete response.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use tokio::task::JoinSet;

use crate::broker::{Handover, Publication, WireFormat};
use crate::outlets::{Written, patience_for};

/// Bytes up to which a response is short: the least that Linux gives a socket for sending (`net.ipv4.tcp_wmem`).
const SHORT: usize = 16 * 1024;

/// What is held back of a long response: the end of the list and of the object.
const HELD_BACK: usize = 2;

/// The answer to a poll: what it was given, each event in the bytes that all sessions of `format` share.
pub(super) fn events_response(handover: Handover, format: WireFormat) -> Response {
    let list = collection(handover.events(), format);
    ([(CONTENT_TYPE, "application/json")], Body::new(HandoverBody::new(handover, list))).into_response()
}

/// The list of events (streaming reference, EventResponseV3; version 2 has the same around its events).
fn collection(events: &[Arc<Publication>], format: WireFormat) -> Bytes {
    const KIND: &[u8] = br#"{"kind":"via#streamingEventCollection","totalItems":"#;
    const EVENTS: &[u8] = br#","events":["#;
    let count = events.len().to_string();
    let size: usize = events.iter().map(|event| event.bytes(format).len() + 1).sum();
    let mut list = Vec::with_capacity(KIND.len() + count.len() + EVENTS.len() + size + HELD_BACK);
    for part in [KIND, count.as_bytes(), EVENTS] {
        list.extend_from_slice(part);
    }
    for (place, event) in events.iter().enumerate() {
        if place > 0 {
            list.push(b',');
        }
        list.extend_from_slice(event.bytes(format));
    }
    list.extend_from_slice(b"]}");
    list.into()
}

/// A list of events on its way, with the hand-over that it completes.
enum HandoverBody {
    /// All of it goes at once, as nearly always.
    Short(Bytes, Handover),
    Long(Box<LongList>),
    Gone,
}

/// A list that does not go at once.
struct LongList {
    /// What goes first.
    front: Option<Bytes>,
    /// What completes the hand-over.
    last: Option<Bytes>,
    /// Whether the front has been written. When the connection dies with it this is never asked again, so that its end
    /// need not be told apart.
    written: Arc<Written>,
    loan: Arc<Loan>,
    /// The task that withdraws the hand-over when it takes too long; it ends with the list.
    _patience: JoinSet<()>,
}

/// The hand-over, until it is completed or withdrawn; locked, so that it is only ever one of the two.
type Loan = Mutex<Option<Handover>>;

/// The connection was too slow: the events have gone back to their session, and the response must not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the events took too long to be written and went back to their session")]
struct Withdrawn;

impl HandoverBody {
    fn new(handover: Handover, list: Bytes) -> Self {
        if list.len() <= SHORT {
            Self::Short(list, handover)
        } else {
            Self::Long(LongList::new(handover, list))
        }
    }
}

impl LongList {
    fn new(handover: Handover, mut list: Bytes) -> Box<Self> {
        let loan = Arc::new(Loan::new(Some(handover)));
        let mut patience = JoinSet::new();
        patience.spawn(withdraw(Arc::clone(&loan), patience_for(list.len())));
        let last = list.split_off(list.len() - HELD_BACK);
        let (front, written) = Written::watch(list);
        Box::new(Self { front: Some(front), last: Some(last), written, loan, _patience: patience })
    }

    fn poll(&mut self, context: &Context<'_>) -> Poll<Option<Result<Bytes, Withdrawn>>> {
        if let Some(front) = self.front.take() {
            return Poll::Ready(Some(Ok(front)));
        }
        if self.written.poll_done(context).is_pending() {
            return Poll::Pending;
        }
        let Some(last) = self.last.take() else { return Poll::Ready(None) };
        let outcome = self.loan.lock().take().ok_or(Withdrawn).map(|handover| {
            handover.complete();
            last
        });
        Poll::Ready(Some(outcome))
    }

    /// How many bytes are left.
    fn left(&self) -> usize {
        [&self.front, &self.last].into_iter().flatten().map(Bytes::len).sum()
    }
}

async fn withdraw(loan: Arc<Loan>, patience: Duration) {
    tokio::time::sleep(patience).await;
    if loan.lock().take().is_some() {
        tracing::info!(?patience, "a client did not take its events in time");
    }
}

impl Drop for LongList {
    /// Returns what was not handed over at once: the task that shares the loan ends only when it is next scheduled.
    fn drop(&mut self) {
        drop(self.loan.lock().take());
    }
}

impl hyper::body::Body for HandoverBody {
    type Data = Bytes;
    type Error = Withdrawn;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Withdrawn>>> {
        let this = self.get_mut();
        let polled = match std::mem::replace(this, Self::Gone) {
            Self::Short(list, handover) => {
                handover.complete();
                Poll::Ready(Some(Ok(list)))
            }
            Self::Long(mut long) => {
                let polled = long.poll(context);
                *this = Self::Long(long);
                polled
            }
            Self::Gone => Poll::Ready(None),
        };
        polled.map(|next| next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Short(..) => false,
            Self::Long(long) => long.last.is_none(),
            Self::Gone => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        let left = match self {
            Self::Short(list, _) => list.len(),
            Self::Long(long) => long.left(),
            Self::Gone => 0,
        };
        SizeHint::with_exact(left as u64)
    }
}

#[cfg(test)]
mod tests;
