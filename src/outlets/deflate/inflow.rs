//! What a client sends on a websocket that carries deflated messages, made into what it would have sent without: each
//! deflated message becomes one frame, and everything else stays as it came. Whoever reads on judges the protocol;
//! here only that is refused which could not be seen any more behind it. It must not know the socket, nor what is
//! said.

use std::io::Cursor;

use tokio_tungstenite::tungstenite::error::{Error as WsError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::inflating::{Inflating, too_large};

/// The mask of a frame that is made here. Clients have to mask; this one changes nothing.
const NO_MASK: [u8; 4] = [0; 4];

/// The incoming half of one connection. Cut anywhere, the same bytes give the same frames.
pub(in crate::outlets) struct Inflow {
    max_bytes: usize,
    place: Place,
    /// The deflated message that has begun and not ended. Control frames may come between its fragments.
    message: Option<Message>,
    /// What came and was not read yet.
    later: Vec<u8>,
}

/// Where in a frame the next byte belongs.
enum Place {
    /// To its head, of which these bytes came so far.
    Head(Vec<u8>),
    /// To a payload that is passed on.
    Passed { left: u64 },
    /// To a payload that is inflated.
    Inflated(Fragment),
}

/// What is still to come of a fragment.
struct Fragment {
    left: u64,
    mask: [u8; 4],
    /// Whether the message ends with it.
    is_final: bool,
}

struct Message {
    kind: Data,
    /// Its deflated bytes so far, and those that its latest head announces.
    deflated_bytes: u64,
    inflating: Box<Inflating>,
}

impl Inflow {
    /// The incoming half of a connection whose frames and messages may have so many bytes, deflated as inflated.
    pub(in crate::outlets) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, place: Place::Head(Vec::new()), message: None, later: Vec::new() }
    }

    /// Takes what the client sent next, and appends what it stands for to `plain`. A few bytes may stand for a
    /// thousand times as many: once those are as many as a message may have, the rest is
    /// [left](Self::take_later).
    ///
    /// # Errors
    /// When a deflated message is too large or broken, or is interrupted by another message. Nothing can be read
    /// after that; what came before it is in `plain`.
    pub(in crate::outlets) fn read(&mut self, mut bytes: &[u8], plain: &mut Vec<u8>) -> Result<(), WsError> {
        while !bytes.is_empty() {
            if plain.len() >= self.max_bytes {
                self.later = bytes.to_vec();
                break;
            }
            match &mut self.place {
                Place::Head(head) => {
                    // Heads have up to 14 bytes, and clients say little.
                    let (next, rest) = (bytes[0], &bytes[1..]);
                    bytes = rest;
                    head.push(next);
                    if let Some((header, length)) = FrameHeader::parse(&mut Cursor::new(&*head))? {
                        let head = std::mem::take(head);
                        self.begin_payload(&header, length, &head, plain)?;
                    }
                }
                Place::Passed { left } => {
                    let taken = front(&mut bytes, left);
                    plain.extend_from_slice(taken);
                }
                Place::Inflated(fragment) => {
                    let taken = front(&mut bytes, &mut fragment.left);
                    let unmasked: Vec<u8> = taken
                        .iter()
                        .zip(fragment.mask.iter().cycle())
                        .map(|(byte, key)| byte ^ key)
                        .collect();
                    fragment.mask.rotate_left(taken.len() % NO_MASK.len());
                    if let Some(message) = &mut self.message {
                        message.inflating.take(&unmasked)?;
                    }
                }
            }
            self.end_payload(plain)?;
        }
        Ok(())
    }

    /// What was left, to be read before anything else; none where all was read.
    pub(in crate::outlets) fn take_later(&mut self) -> Option<Vec<u8>> {
        Some(std::mem::take(&mut self.later)).filter(|later| !later.is_empty())
    }

    /// Decides what becomes of the payload behind a head.
    fn begin_payload(
        &mut self,
        header: &FrameHeader,
        length: u64,
        head: &[u8],
        plain: &mut Vec<u8>,
    ) -> Result<(), WsError> {
        let is_deflated = header.rsv1 && !header.rsv2 && !header.rsv3;
        let is_unmarked = !header.rsv1 && !header.rsv2 && !header.rsv3;
        let message = match (header.opcode, header.mask, &mut self.message) {
            (OpCode::Data(kind @ (Data::Text | Data::Binary)), _, Some(_)) => {
                return Err(ProtocolError::ExpectedFragment(kind).into());
            }
            (OpCode::Data(kind @ (Data::Text | Data::Binary)), Some(mask), none) if is_deflated => {
                let inflating = Box::new(Inflating::new(self.max_bytes));
                Some((mask, none.insert(Message { kind, deflated_bytes: 0, inflating })))
            }
            (OpCode::Data(Data::Continue), Some(mask), Some(message)) if is_unmarked => Some((mask, message)),
            _ => None,
        };
        let Some((mask, message)) = message else {
            plain.extend_from_slice(head);
            self.place = Place::Passed { left: length };
            return Ok(());
        };
        message.deflated_bytes = message.deflated_bytes.saturating_add(length);
        if message.deflated_bytes > self.max_bytes as u64 {
            let size = usize::try_from(message.deflated_bytes).unwrap_or(usize::MAX);
            return Err(too_large(size, self.max_bytes));
        }
        self.place = Place::Inflated(Fragment { left: length, mask, is_final: header.is_final });
        Ok(())
    }

    /// Goes on to the next head when a payload is complete, and passes on the message when that is.
    fn end_payload(&mut self, plain: &mut Vec<u8>) -> Result<(), WsError> {
        let message = match &self.place {
            Place::Passed { left: 0 } => None,
            Place::Inflated(Fragment { left: 0, is_final: true, .. }) => self.message.take(),
            Place::Inflated(Fragment { left: 0, .. }) => None,
            Place::Head(_) | Place::Passed { .. } | Place::Inflated(_) => return Ok(()),
        };
        self.place = Place::Head(Vec::new());
        if let Some(Message { kind, inflating, .. }) = message {
            let payload = inflating.end()?;
            let header =
                FrameHeader { opcode: OpCode::Data(kind), mask: Some(NO_MASK), ..FrameHeader::default() };
            header.format(payload.len() as u64, plain)?;
            plain.extend_from_slice(&payload);
        }
        Ok(())
    }
}

/// Takes from the front of `bytes` what still belongs to a payload.
fn front<'b>(bytes: &mut &'b [u8], left: &mut u64) -> &'b [u8] {
    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    *left -= count as u64;
    taken
}

#[cfg(test)]
mod tests;
