//! A body for a reader of forms that takes all that it can get: it is given one piece at a time, and only so much
//! between two things that it makes of them. So a form is never gathered in memory, whatever is in it. What it was
//! given is counted.
//! Knows no forms.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::Error;
use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures_util::Stream;

/// Bytes that a reader may have taken and made nothing of: a form's heads are far shorter, and what arrives at once
/// is too.
const UNCLAIMED_BYTES: usize = 1 << 20;

/// The reader has taken more than any head has, and made nothing of it.
#[derive(Debug, thiserror::Error)]
#[error("a head of the form is too long")]
struct HeadTooLong;

/// Pieces of a body, one in each turn of the loop.
pub(super) struct Paced {
    pieces: BodyDataStream,
    has_given: bool,
    claims: Claims,
}

/// Tells a body that its reader has made something of all that it took, and the reader how much that is.
#[derive(Clone)]
pub(super) struct Claims(Arc<Counts>);

#[derive(Default)]
struct Counts {
    /// Bytes of which the reader has made nothing yet.
    unclaimed: AtomicUsize,
    /// All bytes that it was given.
    given: AtomicU64,
}

impl Paced {
    pub(super) fn new(body: Body) -> (Self, Claims) {
        let claims = Claims(Arc::default());
        let paced = Self { pieces: body.into_data_stream(), has_given: false, claims: claims.clone() };
        (paced, claims)
    }
}

impl Claims {
    pub(super) fn claim(&self) {
        self.0.unclaimed.store(0, Ordering::Relaxed);
    }

    /// How many bytes of the body the reader was given.
    pub(super) fn given(&self) -> u64 {
        self.0.given.load(Ordering::Relaxed)
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_given) {
            // The reader asks on for as long as there is more.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let next = std::task::ready!(Pin::new(&mut self.pieces).poll_next(context));
        if let Some(Ok(piece)) = &next {
            self.has_given = true;
            self.claims.0.given.fetch_add(piece.len() as u64, Ordering::Relaxed);
            let unclaimed = self.claims.0.unclaimed.fetch_add(piece.len(), Ordering::Relaxed);
            if unclaimed > UNCLAIMED_BYTES {
                return Poll::Ready(Some(Err(Error::new(HeadTooLong))));
            }
        }
        Poll::Ready(next)
    }
}
