//! The error codes of the platform's faces with their HTTP status (platform documentation §14), each once.
//! What causes one is not said here.

use std::fmt;

use axum::http::StatusCode;

/// An API family with codes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Tokens.
    Identity,
    /// The control plane.
    Portal,
    /// Conversations, interactions and inbound activities.
    Engine,
    /// Sockets of events. Its table has one row, the first of the [`shared`] codes, and so has that of the identity:
    /// all else that goes wrong with events has a code of the engine, and with tokens the words of OAuth.
    Events,
}

impl Family {
    /// The three letters in front of the digits.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Identity => "IDT",
            Self::Portal => "PRT",
            Self::Engine => "ENG",
            Self::Events => "EVT",
        }
    }
}

/// One error code.
///
/// `Display` writes it as documented, such as `PRT000301`; a code without a family writes its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Whose code it is; `None` where no table has a code and the HTTP status stands in for it.
    pub family: Option<Family>,
    /// The digits as a number.
    pub number: u32,
    /// The HTTP status that goes with it.
    pub status: StatusCode,
}

impl Code {
    const fn of(family: Family, number: u32, status: StatusCode) -> Self {
        Self { family: Some(family), number, status }
    }

    /// The code of a refusal for which the documents have none (405, 413, 415, 429): the status itself.
    pub fn of_status(status: StatusCode) -> Self {
        Self { family: None, number: status.as_u16().into(), status }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.family {
            Some(family) => write!(f, "{}{:06}", family.prefix(), self.number),
            None => self.number.fmt(f),
        }
    }
}

impl Code {
    /// What it means; of a status that stands in for a code, its name.
    pub fn meaning(self) -> &'static str {
        let shared = shared::ALL.iter().filter_map(|code| Some(code.in_family(self.family?)));
        let all = prt::ALL.iter().chain(eng::ALL).copied().zip(prt::MEANINGS.iter().chain(eng::MEANINGS));
        let mut meanings = all.chain(shared.zip(shared::MEANINGS));
        let meaning = meanings.find(|(code, _)| *code == self).map(|(_, meaning)| meaning.trim());
        meaning.or(self.status.canonical_reason()).unwrap_or_default()
    }
}

/// A code that every family has under the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    number: u32,
    status: StatusCode,
}

impl Shared {
    const fn of(number: u32, status: StatusCode) -> Self {
        Self { number, status }
    }

    /// The code as a family writes it.
    pub const fn in_family(self, family: Family) -> Code {
        Code::of(family, self.number, self.status)
    }
}

/// Defines the codes of one table: constants, and the list of them all.
macro_rules! table {
    ($type:ty, |$number:ident, $status:ident| $make:expr;
     $($(#[doc = $meaning:literal])+ $name:ident = $digits:literal, $http:ident;)+) => {
        $($(#[doc = $meaning])+ pub const $name: $type = {
            let ($number, $status) = ($digits, StatusCode::$http);
            $make
        };)+

        /// The whole table, in the order of the numbers.
        pub const ALL: &[$type] = &[$($name),+];

        /// What each of them means, in the same order.
        pub const MEANINGS: &[&str] = &[$(concat!($($meaning),+)),+];
    };
}

/// What every family has under the same number.
pub mod shared {
    use super::{Shared, StatusCode};

    table! { Shared, |number, status| Shared::of(number, status);
        /// Something failed on our side.
        SYSTEM_ERROR = 100, INTERNAL_SERVER_ERROR;
        /// The caller is known and may not do this.
        FORBIDDEN = 101, FORBIDDEN;
        /// There is no valid token.
        UNAUTHORIZED = 102, UNAUTHORIZED;
        /// It is documented and not done here yet.
        NOT_IMPLEMENTED = 103, NOT_IMPLEMENTED;
        /// What it is about has ended.
        NOT_AVAILABLE = 104, GONE;
        /// Nothing is at this address.
        NOT_FOUND = 105, NOT_FOUND;
        /// Something like it is there already.
        ALREADY_EXISTS = 106, CONFLICT;
        /// It makes no sense in the present state.
        NOT_VALID = 107, EXPECTATION_FAILED;
        /// It took too long.
        TIMED_OUT = 108, REQUEST_TIMEOUT;
        /// It was broken off.
        ABORTED = 109, EXPECTATION_FAILED;
        /// It is somebody else's to do.
        NOT_ALLOWED = 110, FORBIDDEN;
        /// A query argument is missing.
        MISSING_ARGUMENT = 200, BAD_REQUEST;
        /// An argument cannot be read.
        BAD_FORMAT = 201, BAD_REQUEST;
        /// An argument is in another format than it should be.
        WRONG_FORMAT = 202, BAD_REQUEST;
        /// An identifier in the address or the query is no GUID.
        BAD_GUID = 203, BAD_REQUEST;
        /// A date cannot be read.
        BAD_DATE = 204, BAD_REQUEST;
        /// Several dates cannot be read.
        BAD_DATES = 205, BAD_REQUEST;
        /// A value is not one of those that are supported.
        VALUE_NOT_SUPPORTED = 206, BAD_REQUEST;
        /// A value, or the length of one, is out of its bounds.
        OUT_OF_BOUNDS = 207, BAD_REQUEST;
        /// A number has to be above zero.
        NOT_POSITIVE = 208, BAD_REQUEST;
        /// A number must not be below zero.
        NEGATIVE = 209, BAD_REQUEST;
        /// It is no number.
        BAD_NUMBER = 210, BAD_REQUEST;
        /// It is no e-mail address.
        BAD_EMAIL = 211, BAD_REQUEST;
        /// A search says where to look and not what for.
        MISSING_CRITERIA = 212, BAD_REQUEST;
    }
}

/// The portal's own codes.
pub mod prt {
    use super::{Code, Family, StatusCode};

    table! { Code, |number, status| Code::of(Family::Portal, number, status);
        /// There is no body.
        MISSING_BODY = 300, BAD_REQUEST;
        /// A required property is not there.
        MISSING_PROPERTY = 301, BAD_REQUEST;
        /// A property is of another type or form.
        WRONG_TYPE = 302, BAD_REQUEST;
        /// A property has a value that it cannot have.
        NOT_SUPPORTED = 303, BAD_REQUEST;
        /// A property is no decimal number.
        BAD_DECIMAL = 304, BAD_REQUEST;
        /// A property is no GUID.
        BAD_GUID = 305, BAD_REQUEST;
        /// A list holds nothing.
        EMPTY_LIST = 306, BAD_REQUEST;
        /// A message says nothing.
        EMPTY_MESSAGE = 307, BAD_REQUEST;
        /// A location says nowhere.
        EMPTY_LOCATION = 308, BAD_REQUEST;
        /// There is a tenant of that name.
        TENANT_EXISTS = 400, BAD_REQUEST;
        /// There is a user of that name.
        USER_EXISTS = 401, BAD_REQUEST;
        /// There is no such user.
        USER_NOT_FOUND = 599, NOT_FOUND;
        /// The tenant has a hub of that name.
        HUB_NAME_TAKEN = 600, BAD_REQUEST;
        /// The tenant has no such hub.
        HUB_NOT_FOUND = 699, NOT_FOUND;
        /// The hub has an integration of that name.
        INTEGRATION_NAME_TAKEN = 700, BAD_REQUEST;
        /// The channel's account is on a hub already.
        CHANNEL_TAKEN = 701, BAD_REQUEST;
        /// The tenant has no such integration.
        INTEGRATION_NOT_FOUND = 799, NOT_FOUND;
    }
}

/// The engine's own codes.
pub mod eng {
    use super::{Code, Family, StatusCode};

    table! { Code, |number, status| Code::of(Family::Engine, number, status);
        /// The tenant is not valid.
        BAD_TENANT = 2000, BAD_REQUEST;
        /// The account is disabled.
        ACCOUNT_DISABLED = 2001, BAD_REQUEST;
        /// The account's trial is over.
        TRIAL_OVER = 2002, BAD_REQUEST;
        /// A conversation call has no body.
        CONVERSATION_MISSING_BODY = 3000, BAD_REQUEST;
        /// A conversation call lacks a required property.
        CONVERSATION_MISSING_PROPERTY = 3001, BAD_REQUEST;
        /// A property of a conversation call is no GUID.
        CONVERSATION_BAD_GUID = 3002, BAD_REQUEST;
        /// An inbound activity has no body.
        DIRECT_MISSING_BODY = 5000, BAD_REQUEST;
        /// An inbound activity lacks a required property.
        DIRECT_MISSING_PROPERTY = 5001, BAD_REQUEST;
        /// A property of an inbound activity has a value that it cannot have.
        DIRECT_NOT_SUPPORTED = 5002, BAD_REQUEST;
        /// An inbound activity is neither a message nor an event.
        DIRECT_NO_CONTENT = 5003, BAD_REQUEST;
        /// An inbound activity is a message and an event.
        DIRECT_TWO_CONTENTS = 5004, BAD_REQUEST;
        /// A list of an inbound activity holds nothing.
        DIRECT_EMPTY_LIST = 5015, BAD_REQUEST;
        /// A property of an inbound activity is no GUID.
        DIRECT_BAD_GUID = 5020, BAD_REQUEST;
        /// A property of an inbound activity is no decimal number.
        DIRECT_BAD_DECIMAL = 5021, BAD_REQUEST;
        /// An inbound message says nothing.
        DIRECT_EMPTY_MESSAGE = 5023, BAD_REQUEST;
        /// An inbound location says nowhere.
        DIRECT_EMPTY_LOCATION = 5024, BAD_REQUEST;
        /// The tenant has no such hub.
        HUB_NOT_FOUND = 5500, NOT_FOUND;
        /// The hub has neither an agent nor a bot that could answer.
        NOBODY_TO_ANSWER = 5501, BAD_REQUEST;
        /// The tenant has no such integration.
        INTEGRATION_NOT_FOUND = 6000, NOT_FOUND;
        /// The tenant has no such conversation.
        CONVERSATION_NOT_FOUND = 6500, NOT_FOUND;
        /// The customer has left.
        CUSTOMER_GONE = 6501, BAD_REQUEST;
        /// The integration does not work at present.
        INTEGRATION_PAUSED = 6502, BAD_REQUEST;
        /// The hub does not work at present.
        CONVERSATION_PAUSED = 6503, BAD_REQUEST;
        /// A web address failed during a conversation.
        CONVERSATION_WEB_FAILED = 7500, BAD_REQUEST;
        /// A web address refused us during a conversation.
        CONVERSATION_WEB_REFUSED = 7501, BAD_REQUEST;
        /// A conversation failed.
        CONVERSATION_FAILED = 7502, BAD_REQUEST;
        /// The customer's side refused a message.
        CUSTOMER_UNAUTHORIZED = 7510, BAD_REQUEST;
        /// A web address of the hub failed.
        HUB_WEB_FAILED = 7511, BAD_REQUEST;
        /// A web address of the hub cannot be reached.
        HUB_WEB_UNREACHABLE = 7512, BAD_REQUEST;
        /// A web address failed during a message spark.
        SPARK_WEB_FAILED = 8000, BAD_REQUEST;
        /// A web address refused us during a message spark.
        SPARK_WEB_REFUSED = 8001, BAD_REQUEST;
        /// A message spark failed.
        SPARK_FAILED = 8002, BAD_REQUEST;
        /// An upload holds no file.
        NO_FILES = 8500, BAD_REQUEST;
        /// An address is not a web address.
        BAD_URL = 8501, BAD_REQUEST;
        /// A file did not reach the other side.
        FILE_NOT_DELIVERED = 8502, BAD_REQUEST;
        /// A file of the other side did not arrive.
        FILE_NOT_RECEIVED = 8503, BAD_REQUEST;
        /// A command has no name.
        BAD_COMMAND = 9000, BAD_REQUEST;
        /// There is no such kind of command.
        UNKNOWN_COMMAND = 9001, BAD_REQUEST;
        /// The hub has no such command.
        COMMAND_NOT_FOUND = 9200, BAD_REQUEST;
        /// The hub has no commands.
        NO_COMMANDS = 9201, BAD_REQUEST;
        /// The category has no commands.
        NO_COMMANDS_IN_CATEGORY = 9202, BAD_REQUEST;
        /// A command failed.
        COMMAND_FAILED = 9299, BAD_REQUEST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_with_its_family_and_six_digits() {
        assert_eq!(prt::MISSING_PROPERTY.to_string(), "PRT000301");
        assert_eq!(eng::CONVERSATION_NOT_FOUND.to_string(), "ENG006500");
        assert_eq!(shared::SYSTEM_ERROR.in_family(Family::Identity).to_string(), "IDT000100");
        assert_eq!(shared::SYSTEM_ERROR.in_family(Family::Events).to_string(), "EVT000100");
        assert_eq!(Code::of_status(StatusCode::TOO_MANY_REQUESTS).to_string(), "429");
    }

    #[test]
    fn no_number_stands_twice_in_a_family() {
        for own in [prt::ALL, eng::ALL] {
            let numbers: Vec<u32> = shared::ALL
                .iter()
                .map(|code| code.number)
                .chain(own.iter().map(|code| code.number))
                .collect();
            assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        }
    }

    #[test]
    fn the_shared_codes_have_the_documented_statuses() {
        let statuses: Vec<(u32, u16)> =
            shared::ALL.iter().map(|code| (code.number, code.status.as_u16())).collect();
        let documented = [500, 403, 401, 501, 410, 404, 409, 417, 408, 417, 403]
            .into_iter()
            .zip(100..)
            .map(|(s, n)| (n, s));
        assert_eq!(statuses[..11], documented.collect::<Vec<_>>());
        assert!(statuses[11..].iter().all(|(number, status)| (200..=212).contains(number) && *status == 400));
    }

    #[test]
    fn only_what_is_not_found_is_404_among_the_own_codes() {
        let others = [prt::ALL, eng::ALL].concat();
        let others = others.iter().filter(|code| code.status != StatusCode::BAD_REQUEST);
        let told: Vec<(u32, u16)> = others.map(|code| (code.number, code.status.as_u16())).collect();
        assert_eq!(told, [599, 699, 799, 5500, 6000, 6500].map(|number| (number, 404)));
    }
}
