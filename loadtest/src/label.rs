//! Labels: which message of a run a frame brings. Of a fixed width, so that a publisher writes the next one over the
//! last one, and a reader finds it where it was in the frame before.

use memchr::memmem;

/// Bytes of a label: five digits, a hyphen, nine digits.
pub const WIDTH: usize = STREAM_DIGITS + 1 + NUMBER_DIGITS;

const STREAM_DIGITS: usize = 5;
const NUMBER_DIGITS: usize = 9;

/// The most streams that labels tell apart.
pub const MOST_STREAMS: usize = 10_usize.pow(STREAM_DIGITS as u32);

/// A message of a run. Travels as the message's own reference, `<stream>-<number>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Which sequence it is of. One publisher at a time speaks in a stream, so it has an order.
    pub stream: u32,
    /// Its place in the stream, counted from 0.
    pub number: u32,
}

impl Label {
    /// Writes the label over the [`WIDTH`] bytes of `place`.
    pub fn write(self, place: &mut [u8]) {
        let (stream, rest) = place.split_at_mut(STREAM_DIGITS);
        write_digits(self.stream, stream);
        rest[0] = b'-';
        write_digits(self.number, &mut rest[1..=NUMBER_DIGITS]);
    }

    /// Reads what [`Label::write`] wrote, at the beginning of `bytes`.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (stream, rest) = bytes.get(..WIDTH)?.split_at(STREAM_DIGITS);
        if rest[0] != b'-' {
            return None;
        }
        Some(Self { stream: read_digits(stream)?, number: read_digits(&rest[1..])? })
    }
}

fn write_digits(mut value: u32, place: &mut [u8]) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

fn read_digits(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value: u32, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + u32::from(digit))
    })
}

/// Where labels stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// The sender's own reference of an activity.
    ExternalId,
    /// The reference of an engagement event.
    CorrelationId,
    /// The text of a message, which also stands in the events that the message causes, there in JSON within JSON.
    Text,
}

impl Member {
    /// The bytes before the label, as they stand in JSON.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::ExternalId => "\"externalId\":\"",
            Self::CorrelationId => "\"correlationId\":\"",
            Self::Text => "loadtest message ",
        }
    }
}

/// Finds labels in JSON without reading the JSON: a quote inside of a string is escaped, so the bytes of the member's
/// name stand nowhere else.
#[derive(Debug)]
pub struct LabelFinder {
    prefix: &'static [u8],
    search: memmem::Finder<'static>,
    /// Where the label's member began in the payload before. Payloads of a run differ in little but their labels.
    guess: usize,
}

impl LabelFinder {
    /// Looks for one member's labels.
    pub fn new(member: Member) -> Self {
        let prefix = member.prefix().as_bytes();
        Self { prefix, search: memmem::Finder::new(prefix), guess: 0 }
    }

    /// The first label of a payload, if it has one.
    pub fn first(&mut self, payload: &[u8]) -> Option<Label> {
        let guessed = payload.get(self.guess..).and_then(|rest| rest.strip_prefix(self.prefix));
        if let Some(label) = guessed.and_then(Label::read) {
            return Some(label);
        }
        self.all(payload).next()
    }

    /// Every label of a payload, in its order.
    pub fn all<'a>(&'a mut self, payload: &'a [u8]) -> impl Iterator<Item = Label> + 'a {
        let length = self.prefix.len();
        let Self { search, guess, .. } = self;
        search.find_iter(payload).filter_map(move |at| {
            *guess = at;
            Label::read(&payload[at + length..])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_reads_back() {
        let mut place = [0; WIDTH];
        for label in [Label { stream: 0, number: 0 }, Label { stream: 99_999, number: 123_456_789 }] {
            label.write(&mut place);
            assert_eq!(Label::read(&place), Some(label));
        }
        assert_eq!(&place, b"99999-123456789");
    }

    #[test]
    fn what_is_no_label_is_none() {
        for bytes in ["", "00001", "00001-00000001", "0000x-000000001", "00001+000000001", "\"}"] {
            assert_eq!(Label::read(bytes.as_bytes()), None, "{bytes}");
        }
    }

    #[test]
    fn a_label_is_found_where_it_was_and_where_it_was_not() {
        let mut finder = LabelFinder::new(Member::ExternalId);
        let label = Some(Label { stream: 3, number: 14 });
        for payload in [
            r#"{"a":1,"externalId":"00003-000000014"}"#,
            r#"{"b":2,"externalId":"00003-000000014"}"#,
            r#"{"externalId":"00003-000000014"}"#,
        ] {
            assert_eq!(finder.first(payload.as_bytes()), label, "{payload}");
        }
        assert_eq!(finder.first(br#"{"text":"\"externalId\":\"00003-000000014\""}"#), None);
        assert_eq!(finder.first(b"{}"), None);
    }

    #[test]
    fn all_labels_of_a_payload_come_in_order() {
        let mut finder = LabelFinder::new(Member::CorrelationId);
        let payload = br#"[{"correlationId":"00000-000000001"},{"correlationId":"00000-000000002"}]"#;
        let numbers: Vec<_> = finder.all(payload).map(|label| label.number).collect();
        assert_eq!(numbers, [1, 2]);
    }
}
