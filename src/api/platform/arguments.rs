//! Query arguments: names in any case of letters, pages within their bounds.
//! Which arguments a route takes is for the route; those that it does not ask for are ignored.

use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;

use super::codes::{Shared, shared};
use super::path::guid;
use super::problem::Problems;
use super::route_codes::Codes;
use crate::api::state::ApiState;
use crate::registry::PageQuery;

/// What a page may hold (platform documentation §10.2.5).
pub(super) const PAGE_SIZES: RangeInclusive<i64> = 1..=100;

/// What a page holds when the client does not say.
pub(super) const DEFAULT_PAGE_SIZE: i64 = 50;

/// The arguments of a request's query, refused with the codes of `C`. An argument without a value counts as absent; of
/// several of one name the first counts.
pub struct Arguments<C> {
    pairs: Vec<(String, String)>,
    codes: PhantomData<fn() -> C>,
}

impl<C: Codes> FromRequestParts<ApiState> for Arguments<C> {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problems> {
        match Query::from_request_parts(parts, &()).await {
            Ok(Query(pairs)) => Ok(Self::new(pairs)),
            Err(_) => {
                Err(Problems::one(shared::BAD_FORMAT.in_family(C::FAMILY), "The query cannot be read."))
            }
        }
    }
}

impl<C: Codes> Arguments<C> {
    fn new(pairs: Vec<(String, String)>) -> Self {
        Self { pairs, codes: PhantomData }
    }

    /// The argument of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// An argument that has to be there.
    pub fn required(&self, name: &str) -> Result<&str, Problems> {
        self.get(name).ok_or_else(|| {
            let code = shared::MISSING_ARGUMENT.in_family(C::FAMILY);
            Problems::one(code, format!("Query parameter '{name}' is required."))
        })
    }

    /// An identifier that may be absent.
    pub fn guid<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problems> {
        self.get(name).map(|text| guid::<C, T>(name, text)).transpose()
    }

    /// The page that is asked for with `pageNumber` and `pageSize`; what is wrong with both is told at once.
    pub fn page(&self) -> Result<PageQuery, Problems> {
        let number = self.number("pageNumber", 0, 0..=i64::MAX, shared::NEGATIVE);
        let size = self.number("pageSize", DEFAULT_PAGE_SIZE, PAGE_SIZES, shared::OUT_OF_BOUNDS);
        let (number, size) = Problems::both(number, size)?;
        Ok(PageQuery { number, size })
    }

    fn number(
        &self,
        name: &str,
        default: i64,
        bounds: RangeInclusive<i64>,
        beyond: Shared,
    ) -> Result<usize, Problems> {
        let problem = |code: Shared, text: &str| {
            Problems::one(code.in_family(C::FAMILY), format!("Query parameter '{name}' {text}."))
        };
        let number = match self.get(name) {
            Some(text) => {
                text.parse().map_err(|_| problem(shared::BAD_NUMBER, "has to be a whole number"))?
            }
            None => default,
        };
        let within = bounds.contains(&number).then(|| usize::try_from(number).ok()).flatten();
        within.ok_or_else(|| problem(beyond, "is out of its bounds"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::platform::route_codes::Portal;
    use crate::domain::ids::HubId;

    fn arguments(pairs: &[(&str, &str)]) -> Arguments<Portal> {
        Arguments::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    fn page(pairs: &[(&str, &str)]) -> Result<(usize, usize), Vec<String>> {
        arguments(pairs)
            .page()
            .map(|page| (page.number, page.size))
            .map_err(|problems| problems.iter().map(|problem| problem.code().to_string()).collect())
    }

    #[test]
    fn pages_are_counted_from_0_and_hold_50() {
        assert_eq!(page(&[]), Ok((0, 50)));
        assert_eq!(page(&[("pageNumber", "")]), Ok((0, 50)));
        assert_eq!(page(&[("PAGENUMBER", "2"), ("pagesize", "100"), ("other", "x")]), Ok((2, 100)));
    }

    #[test]
    fn pages_out_of_bounds_are_refused() {
        for (name, value, code) in [
            ("pageNumber", "-1", "PRT000209"),
            ("pageSize", "0", "PRT000207"),
            ("pageSize", "101", "PRT000207"),
            ("pageSize", "-1", "PRT000207"),
            ("pageNumber", "one", "PRT000210"),
            ("pageSize", "1.5", "PRT000210"),
        ] {
            assert_eq!(page(&[(name, value)]), Err(vec![code.to_owned()]), "{name}={value}");
        }
        let both = page(&[("pageNumber", "-1"), ("pageSize", "x")]);
        assert_eq!(both, Err(vec!["PRT000209".to_owned(), "PRT000210".to_owned()]));
    }

    #[test]
    fn an_identifier_may_be_absent_but_not_malformed() {
        let hub = HubId::new();
        assert_eq!(arguments(&[("HubId", &hub.to_string())]).guid("hubId"), Ok(Some(hub)));
        assert_eq!(arguments(&[("hubId", "")]).guid::<HubId>("hubId"), Ok(None));
        assert!(arguments(&[("hubId", "x")]).guid::<HubId>("hubId").is_err());
        assert!(arguments(&[]).required("hubId").is_err());
    }
}
