//! By which codes each group of routes tells what is wrong with a body.
//! One function per group, so that a group's rules are read in one place.

use super::codes::{Code, Family, eng, prt, shared};
use crate::pipeline::{Fault, FaultKind};

/// How a group of routes tells what is wrong with a request.
pub trait Codes: Send + Sync + 'static {
    /// Whose codes it uses for all that is not about a body.
    const FAMILY: Family;

    /// Whose code tells of a failure of ours.
    const SYSTEM: Family = Self::FAMILY;

    /// There is no body.
    const MISSING_BODY: Code;

    /// The body is not a JSON object.
    const MALFORMED_BODY: Code;

    /// The code for a fault of a body.
    fn code(fault: &Fault) -> Code;
}

/// The control plane.
#[derive(Clone, Copy, Debug)]
pub enum Portal {}

impl Codes for Portal {
    const FAMILY: Family = Family::Portal;
    const MISSING_BODY: Code = prt::MISSING_BODY;
    const MALFORMED_BODY: Code = prt::WRONG_TYPE;

    fn code(fault: &Fault) -> Code {
        match fault.kind {
            FaultKind::Missing => prt::MISSING_PROPERTY,
            FaultKind::WrongType | FaultKind::NoContent | FaultKind::TwoContents => prt::WRONG_TYPE,
            FaultKind::Unsupported => prt::NOT_SUPPORTED,
            FaultKind::OutOfRange => shared::VALUE_NOT_SUPPORTED.in_family(Self::FAMILY),
            FaultKind::NotAGuid => prt::BAD_GUID,
            FaultKind::NotADecimal => prt::BAD_DECIMAL,
            FaultKind::NotAnEmail => shared::BAD_EMAIL.in_family(Self::FAMILY),
            FaultKind::EmptyList => prt::EMPTY_LIST,
            FaultKind::EmptyMessage => prt::EMPTY_MESSAGE,
            FaultKind::EmptyLocation => prt::EMPTY_LOCATION,
            FaultKind::TooLong => shared::OUT_OF_BOUNDS.in_family(Self::FAMILY),
            FaultKind::NotADate => shared::BAD_DATE.in_family(Self::FAMILY),
        }
    }
}

/// Conversations: establishing them and asking about them.
#[derive(Clone, Copy, Debug)]
pub enum Conversations {}

impl Codes for Conversations {
    const FAMILY: Family = Family::Engine;
    const MISSING_BODY: Code = eng::CONVERSATION_MISSING_BODY;
    const MALFORMED_BODY: Code = shared::BAD_FORMAT.in_family(Family::Engine);

    fn code(fault: &Fault) -> Code {
        match fault.kind {
            FaultKind::Missing => eng::CONVERSATION_MISSING_PROPERTY,
            FaultKind::NotAGuid => eng::CONVERSATION_BAD_GUID,
            FaultKind::NotADecimal => shared::BAD_NUMBER.in_family(Self::FAMILY),
            FaultKind::NotAnEmail => shared::BAD_EMAIL.in_family(Self::FAMILY),
            FaultKind::Unsupported | FaultKind::OutOfRange => {
                shared::VALUE_NOT_SUPPORTED.in_family(Self::FAMILY)
            }
            FaultKind::TooLong => shared::OUT_OF_BOUNDS.in_family(Self::FAMILY),
            FaultKind::NotADate => shared::BAD_DATE.in_family(Self::FAMILY),
            FaultKind::WrongType
            | FaultKind::EmptyList
            | FaultKind::EmptyMessage
            | FaultKind::EmptyLocation
            | FaultKind::NoContent
            | FaultKind::TwoContents => shared::BAD_FORMAT.in_family(Self::FAMILY),
        }
    }
}

/// Inbound activities of the Direct channel, and of those that are called like it.
#[derive(Clone, Copy, Debug)]
pub enum Direct {}

impl Codes for Direct {
    const FAMILY: Family = Family::Engine;
    const MISSING_BODY: Code = eng::DIRECT_MISSING_BODY;
    const MALFORMED_BODY: Code = shared::BAD_FORMAT.in_family(Family::Engine);

    fn code(fault: &Fault) -> Code {
        match fault.kind {
            FaultKind::Missing => eng::DIRECT_MISSING_PROPERTY,
            FaultKind::WrongType
            | FaultKind::Unsupported
            | FaultKind::OutOfRange
            | FaultKind::TooLong
            | FaultKind::NotADate
            | FaultKind::NotAnEmail => eng::DIRECT_NOT_SUPPORTED,
            FaultKind::NotAGuid => eng::DIRECT_BAD_GUID,
            FaultKind::NotADecimal => eng::DIRECT_BAD_DECIMAL,
            FaultKind::EmptyList => eng::DIRECT_EMPTY_LIST,
            FaultKind::EmptyMessage => eng::DIRECT_EMPTY_MESSAGE,
            FaultKind::EmptyLocation => eng::DIRECT_EMPTY_LOCATION,
            FaultKind::NoContent => eng::DIRECT_NO_CONTENT,
            FaultKind::TwoContents => eng::DIRECT_TWO_CONTENTS,
        }
    }
}

/// Sockets of events and their tickets, which take engine tokens and tell the engine's codes. There are no codes for
/// bodies here: those for arguments stand in.
#[derive(Clone, Copy, Debug)]
pub enum Events {}

impl Codes for Events {
    const FAMILY: Family = Family::Engine;
    /// The one code that the documents have for the events' API (§14.4).
    const SYSTEM: Family = Family::Events;
    const MISSING_BODY: Code = shared::MISSING_ARGUMENT.in_family(Family::Engine);
    const MALFORMED_BODY: Code = shared::BAD_FORMAT.in_family(Family::Engine);

    fn code(fault: &Fault) -> Code {
        let code = match fault.kind {
            FaultKind::Missing | FaultKind::NoContent => shared::MISSING_ARGUMENT,
            FaultKind::NotAGuid => shared::BAD_GUID,
            FaultKind::NotADecimal => shared::BAD_NUMBER,
            FaultKind::NotAnEmail => shared::BAD_EMAIL,
            FaultKind::Unsupported | FaultKind::OutOfRange => shared::VALUE_NOT_SUPPORTED,
            FaultKind::TooLong => shared::OUT_OF_BOUNDS,
            FaultKind::NotADate => shared::BAD_DATE,
            FaultKind::WrongType
            | FaultKind::EmptyList
            | FaultKind::EmptyMessage
            | FaultKind::EmptyLocation
            | FaultKind::TwoContents => shared::BAD_FORMAT,
        };
        code.in_family(Self::FAMILY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes<C: Codes>(kinds: &[FaultKind]) -> Vec<String> {
        kinds.iter().map(|kind| C::code(&Fault::at(*kind, "name")).to_string()).collect()
    }

    #[test]
    fn each_group_of_routes_tells_the_same_fault_by_its_own_code() {
        use FaultKind::*;
        let kinds = [
            Missing,
            WrongType,
            Unsupported,
            OutOfRange,
            NotAGuid,
            NotADecimal,
            EmptyList,
            EmptyMessage,
            EmptyLocation,
            TooLong,
            NotAnEmail,
        ];
        assert_eq!(
            codes::<Portal>(&kinds),
            [
                "PRT000301",
                "PRT000302",
                "PRT000303",
                "PRT000206",
                "PRT000305",
                "PRT000304",
                "PRT000306",
                "PRT000307",
                "PRT000308",
                "PRT000207",
                "PRT000211"
            ]
        );
        assert_eq!(
            codes::<Conversations>(&kinds[..5]),
            ["ENG003001", "ENG000201", "ENG000206", "ENG000206", "ENG003002"]
        );
        assert_eq!(
            codes::<Direct>(&kinds),
            [
                "ENG005001",
                "ENG005002",
                "ENG005002",
                "ENG005002",
                "ENG005020",
                "ENG005021",
                "ENG005015",
                "ENG005023",
                "ENG005024",
                "ENG005002",
                "ENG005002"
            ]
        );
        assert_eq!(codes::<Direct>(&[NoContent, TwoContents]), ["ENG005003", "ENG005004"]);
        assert_eq!(codes::<Events>(&kinds[..2]), ["ENG000200", "ENG000201"]);
    }
}
