//! The arguments of a call's query, by type, and the id in its path. It must not know which there are.

use std::ops::RangeInclusive;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::error::{FaultCode, FieldFault, Refusal};
use crate::api::state::ApiState;

/// What faults of arguments are said to be of.
pub(super) const QUERY: &str = "query";

/// The arguments of a query. One without a value counts as absent; of several of one name the first counts.
pub(super) struct Arguments(Vec<(String, String)>);

impl FromRequestParts<ApiState> for Arguments {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

/// The id in an address. One that is no text is not there.
pub(super) struct IdInPath(pub(super) String);

impl FromRequestParts<ApiState> for IdInPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Refusal> {
        let id = Path::<String>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| Refusal::NoSuchPath)
    }
}

impl Arguments {
    /// The argument of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// A whole number within bounds; `default` when it is not there.
    pub(super) fn whole(
        &self,
        name: &str,
        default: u32,
        bounds: RangeInclusive<u32>,
    ) -> Result<u32, FieldFault> {
        let Some(text) = self.get(name) else { return Ok(default) };
        text.parse().ok().filter(|number| bounds.contains(number)).ok_or_else(|| {
            let rule = format!("must be a whole number from {} to {}", bounds.start(), bounds.end());
            FieldFault::new(QUERY, name, FaultCode::InvalidValue, &rule)
        })
    }

    /// `true` or `false`, in any case of letters.
    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, FieldFault> {
        match self.get(name) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => {
                let fault = FieldFault::new(QUERY, name, FaultCode::InvalidValue, "must be true or false");
                Err(fault.may_be([true, false]))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_argument_of_a_name_counts_unless_it_is_empty() {
        let pairs = [("a", "TRUE"), ("a", "no"), ("b", ""), ("c", "yes")];
        let arguments =
            Arguments(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        assert_eq!(arguments.boolean("a"), Ok(Some(true)));
        assert_eq!(arguments.boolean("b"), Ok(None));
        assert_eq!(arguments.boolean("A"), Ok(None));
        assert_eq!(arguments.boolean("c").unwrap_err().possible, [true, false]);
    }

    #[test]
    fn a_whole_number_is_good_at_its_bounds_and_not_past_them() {
        let read = |text: &str| {
            let arguments = Arguments(vec![("n".to_owned(), text.to_owned())]);
            arguments.whole("n", 7, 1..=100).map_err(|fault| fault.code)
        };
        assert_eq!([read(""), read("1"), read("100")], [Ok(7), Ok(1), Ok(100)]);
        for text in ["0", "101", "-1", "1.5", "one"] {
            assert_eq!(read(text), Err(FaultCode::InvalidValue), "{text}");
        }
    }
}
