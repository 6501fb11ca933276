//! The frame that every subscriber of a topic gets: a header as servers write it (RFC 6455, 5.2: not masked, not
//! fragmented), and the body.

/// The first byte of a text message in one frame.
const FINAL_TEXT: u8 = 0x81;
/// The largest length that stands in the second byte itself.
const LARGEST_SHORT: usize = 125;
/// Says that the length is in the next two bytes.
const LENGTH_IN_TWO: u8 = 126;
/// Says that the length is in the next eight bytes.
const LENGTH_IN_EIGHT: u8 = 127;

/// What stands before and after the filling of an object that has members already, or none.
const NEXT_MEMBER: &[u8] = br#","padding":""#;
const FIRST_MEMBER: &[u8] = br#""padding":""#;
const END_OF_MEMBER: &[u8] = br#""}"#;

/// Makes frames, all in the same memory.
pub(super) struct FrameMaker {
    frame: Vec<u8>,
    text_bytes: usize,
}

impl FrameMaker {
    /// Fills JSON objects up to so many bytes of text where they are smaller, as exactly as a member's syntax allows.
    pub(super) fn padding_to(text_bytes: usize) -> Self {
        Self { frame: Vec::new(), text_bytes }
    }

    /// The frame around the body.
    pub(super) fn make(&mut self, body: &[u8]) -> &[u8] {
        self.frame.clear();
        match Filling::of(body, self.text_bytes) {
            Some(filling) => {
                self.begin(filling.text_bytes());
                filling.write_to(&mut self.frame);
            }
            None => {
                self.begin(body.len());
                self.frame.extend_from_slice(body);
            }
        }
        &self.frame
    }

    fn begin(&mut self, length: usize) {
        self.frame.push(FINAL_TEXT);
        if length <= LARGEST_SHORT {
            self.frame.push(length as u8);
        } else if let Ok(length) = u16::try_from(length) {
            self.frame.push(LENGTH_IN_TWO);
            self.frame.extend_from_slice(&length.to_be_bytes());
        } else {
            self.frame.push(LENGTH_IN_EIGHT);
            self.frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// A JSON object taken apart, so that a member fits in before its end.
struct Filling<'a> {
    members: &'a [u8],
    opening: &'static [u8],
    bytes: usize,
}

impl<'a> Filling<'a> {
    /// `None` when the body is large enough, or is no object.
    fn of(body: &'a [u8], text_bytes: usize) -> Option<Self> {
        if body.len() >= text_bytes {
            return None;
        }
        let members = body.trim_ascii().strip_suffix(b"}")?;
        let opening = if members.trim_ascii_end() == b"{" { FIRST_MEMBER } else { NEXT_MEMBER };
        let taken = members.len() + opening.len() + END_OF_MEMBER.len();
        Some(Self { members, opening, bytes: text_bytes.saturating_sub(taken) })
    }

    fn text_bytes(&self) -> usize {
        self.members.len() + self.opening.len() + self.bytes + END_OF_MEMBER.len()
    }

    fn write_to(&self, frame: &mut Vec<u8>) {
        frame.extend_from_slice(self.members);
        frame.extend_from_slice(self.opening);
        frame.resize(frame.len() + self.bytes, b'x');
        frame.extend_from_slice(END_OF_MEMBER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(length: usize) -> Vec<u8> {
        FrameMaker::padding_to(0).make(&vec![b'a'; length]).to_vec()
    }

    #[test]
    fn a_length_takes_as_few_bytes_as_it_can() {
        assert_eq!(framed(0), [0x81, 0]);
        assert_eq!(framed(125)[..3], [0x81, 125, b'a']);
        assert_eq!(framed(126)[..5], [0x81, 126, 0, 126, b'a']);
        assert_eq!(framed(65_535)[..5], [0x81, 126, 0xff, 0xff, b'a']);
        assert_eq!(framed(65_536)[..11], [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0, b'a']);
        assert_eq!(framed(65_536).len(), 10 + 65_536);
    }

    #[test]
    fn a_small_object_is_filled_up_and_stays_an_object() {
        let mut maker = FrameMaker::padding_to(64);
        for body in [&b"{}"[..], b" { } ", br#"{"externalId":"0-1"}"#] {
            let frame = maker.make(body);
            assert_eq!(frame[1], 64);
            let object: serde_json::Value = serde_json::from_slice(&frame[2..]).unwrap();
            assert!(object["padding"].as_str().unwrap().starts_with('x'), "{object}");
        }
        assert!(
            maker
                .make(br#"{"externalId":"0-1"}"#)
                .starts_with(b"\x81\x40{\"externalId\":\"0-1\",\"padding\":\"x")
        );
    }

    #[test]
    fn what_is_large_enough_or_no_object_is_left_as_it_is() {
        let mut maker = FrameMaker::padding_to(8);
        assert_eq!(maker.make(br#"{"a":123}"#)[2..], *br#"{"a":123}"#);
        assert_eq!(maker.make(b"[1]")[2..], *b"[1]");
        assert_eq!(maker.make(b"")[2..], *b"");
    }

    #[test]
    fn an_object_that_leaves_no_room_for_the_filling_gets_an_empty_one() {
        let frame = FrameMaker::padding_to(10).make(br#"{"a":1}"#).to_vec();
        assert_eq!(frame[2..], *br#"{"a":1,"padding":""}"#);
    }
}
