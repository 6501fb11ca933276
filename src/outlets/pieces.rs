//! A response that takes as long as its client listens, in pieces: the connection is never given more of it than it
//! keeps at once. So whoever has the response is asked again while the client reads slowly, can tell a dead one, and
//! holds no more than a few pieces, while all else waits where it is counted.
//! It must not know what the pieces say.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};
use tokio::time::timeout;

use super::written::{Written, patience_for};
use crate::server::Lifeline;

/// The most bytes of a piece, and the most bytes and pieces that the connection has at a time; it would keep 64 KiB and
/// 16 pieces before it stops asking.
pub(super) const PIECE: usize = 16 * 1024;
pub(super) const BYTES_UNDER_WAY: usize = 32 * 1024;
pub(super) const PIECES_UNDER_WAY: usize = 12;

/// The client takes what it is sent so slowly that nobody can be reading. The response ends in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client does not take its events")]
pub struct TooSlow;

/// What a connection has and has not written yet, oldest first; each piece with what its end completes.
pub(super) struct Pieces<C> {
    lifeline: Lifeline,
    under_way: VecDeque<Piece<C>>,
    bytes: usize,
}

struct Piece<C> {
    written: Arc<Written>,
    bytes: usize,
    completes: Option<C>,
}

impl<C> Pieces<C> {
    /// None yet, on the connection of `lifeline`.
    pub(super) fn new(lifeline: Lifeline) -> Self {
        Self { lifeline, under_way: VecDeque::new(), bytes: 0 }
    }

    /// Whether the connection can be given a piece.
    pub(super) fn has_room(&self) -> bool {
        self.under_way.len() < PIECES_UNDER_WAY && self.bytes + PIECE <= BYTES_UNDER_WAY
    }

    /// Whether everything was written.
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// The next piece of `text`, for the connection, and `text` without it. With the last one `completes` is taken.
    pub(super) fn give(&mut self, text: &mut Bytes, completes: &mut Option<C>) -> Bytes {
        let piece = text.split_to(text.len().min(PIECE));
        let completes = if text.is_empty() { completes.take() } else { None };
        let bytes = piece.len();
        let (piece, written) = Written::watch_on(self.lifeline.clone(), piece);
        self.bytes += bytes;
        self.under_way.push_back(Piece { written, bytes, completes });
        piece
    }

    /// Takes out what has been written, and gives what was completed by that.
    pub(super) fn take_written(&mut self) -> Vec<C> {
        let mut completed = Vec::new();
        while let Some(first) = self.under_way.pop_front_if(|first| first.written.is_done()) {
            self.bytes -= first.bytes;
            completed.extend(first.completes);
        }
        completed
    }

    /// Waits until the oldest piece has been written; at once where there is none. Cancel safe.
    ///
    /// # Errors
    /// [`TooSlow`].
    pub(super) async fn first_written(&self) -> Result<(), TooSlow> {
        let Some(first) = self.under_way.front() else { return Ok(()) };
        timeout(patience_for(first.bytes), first.written.done()).await.map_err(|_| {
            tracing::info!("a client did not take its events in time");
            TooSlow
        })
    }
}

/// The pieces of `texts` for the connection of `lifeline`.
pub fn in_pieces(
    lifeline: Lifeline,
    texts: impl Stream<Item = Bytes> + Send + Unpin,
) -> impl Stream<Item = Result<Bytes, TooSlow>> + Send {
    let body = Body { pieces: Pieces::new(lifeline), texts: Some(texts), saying: Bytes::new() };
    unfold(body, |mut body| async move { body.next().await.map(|piece| (piece, body)) })
}

struct Body<T> {
    pieces: Pieces<()>,
    /// None once they are over.
    texts: Option<T>,
    /// What is left of what is said now.
    saying: Bytes,
}

impl<T: Stream<Item = Bytes> + Unpin> Body<T> {
    async fn next(&mut self) -> Option<Result<Bytes, TooSlow>> {
        loop {
            self.pieces.take_written();
            let has_room = self.pieces.has_room();
            if has_room && !self.saying.is_empty() {
                return Some(Ok(self.pieces.give(&mut self.saying, &mut None)));
            }
            let texts = self.texts.as_mut().filter(|_| has_room);
            let (may_come, may_be_written) = (texts.is_some(), !self.pieces.is_empty());
            let next = async {
                match texts {
                    Some(texts) => texts.next().await,
                    None => None,
                }
            };
            tokio::select! {
                text = next, if may_come => match text {
                    Some(text) => self.saying = text,
                    None => self.texts = None,
                },
                written = self.pieces.first_written(), if may_be_written => {
                    if let Err(slow) = written {
                        return Some(Err(slow));
                    }
                }
                else => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::{FutureExt, stream};
    use tokio::net::TcpStream;

    use super::*;
    use crate::server::Socket;

    /// What `texts` come to, and what keeps the connection that they believe to be on.
    async fn pieces_of(
        texts: Vec<Bytes>,
        more: impl Stream<Item = Bytes> + Send + Unpin + 'static,
    ) -> (impl Stream<Item = Result<Bytes, TooSlow>> + Unpin, (Socket, TcpStream)) {
        let pair = Socket::pair().await;
        let texts = stream::iter(texts).chain(more);
        (Box::pin(in_pieces(pair.0.lifeline(), texts)), pair)
    }

    #[tokio::test]
    async fn texts_come_whole_and_in_order_and_end() {
        let texts = [1, PIECE, 1, 3 * PIECE + 1].map(|bytes| Bytes::from(vec![b'x'; bytes]));
        let (mut pieces, _connected) = pieces_of(texts.to_vec(), stream::empty()).await;
        let mut sizes = Vec::new();
        while let Some(piece) = pieces.next().await {
            sizes.push(piece.unwrap().len());
        }
        assert_eq!(sizes, [1, PIECE, 1, PIECE, PIECE, PIECE, 1]);
    }

    #[tokio::test]
    async fn the_connection_has_a_bounded_part_of_what_there_is() {
        for (bytes, most) in [(1, PIECES_UNDER_WAY), (PIECE, 2), (3 * PIECE, 2)] {
            let texts = vec![Bytes::from(vec![b'x'; bytes]); 50];
            let (mut pieces, _connected) = pieces_of(texts, stream::empty()).await;
            let mut kept = Vec::new();
            while let Some(piece) = pieces.next().now_or_never() {
                kept.push(piece.unwrap().unwrap());
            }
            assert_eq!(kept.len(), most);
            kept.remove(0);
            assert!(pieces.next().now_or_never().is_some(), "what was written makes room");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_left_though_nothing_follows() {
        for more in [stream::pending().boxed(), stream::empty().boxed()] {
            let (mut pieces, _connected) = pieces_of(vec![Bytes::from_static(b"event")], more).await;
            let kept = pieces.next().await;
            assert_eq!(pieces.next().await, Some(Err(TooSlow)));
            drop(kept);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_may_wait_for_long() {
        let later = tokio::time::sleep(Duration::from_secs(1000)).map(|()| Bytes::from_static(b"at last"));
        let later = Box::pin(stream::once(later));
        let (mut pieces, _connected) = pieces_of(vec![Bytes::from_static(b"event")], later).await;
        assert_eq!(pieces.next().await, Some(Ok(Bytes::from_static(b"event"))));
        assert_eq!(pieces.next().await, Some(Ok(Bytes::from_static(b"at last"))));
        assert_eq!(pieces.next().await, None);
    }
}
