//! Query arguments: names in any case of letters, pages within their bounds.
//! Which arguments a route takes is for the route; those that it does not ask for are ignored.

use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;

use super::codes::shared;
use super::dialect::Dialect;
use super::path::guid;
use super::problem::{Problem, Problems};
use crate::api::state::ApiState;
use crate::registry::PageQuery;

/// What a page may hold (platform documentation §10.2.5).
const PAGE_SIZES: RangeInclusive<i64> = 1..=100;

/// What a page holds when the client does not say.
const DEFAULT_PAGE_SIZE: i64 = 50;

/// The arguments of a request's query, refused with the codes of `D`. An argument without a value counts as absent; of
/// several of one name the first counts.
pub struct Arguments<D> {
    pairs: Vec<(String, String)>,
    dialect: PhantomData<fn() -> D>,
}

impl<D: Dialect> FromRequestParts<ApiState> for Arguments<D> {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problems> {
        match Query::from_request_parts(parts, &()).await {
            Ok(Query(pairs)) => Ok(Self::new(pairs)),
            Err(_) => {
                Err(Problems::one(shared::BAD_FORMAT.in_family(D::FAMILY), "The query cannot be read."))
            }
        }
    }
}

impl<D: Dialect> Arguments<D> {
    fn new(pairs: Vec<(String, String)>) -> Self {
        Self { pairs, dialect: PhantomData }
    }

    /// The argument of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// An argument that has to be there.
    pub fn required(&self, name: &str) -> Result<&str, Problems> {
        self.get(name).ok_or_else(|| {
            let code = shared::MISSING_ARGUMENT.in_family(D::FAMILY);
            Problems::one(code, format!("Query parameter '{name}' is required."))
        })
    }

    /// An identifier that may be absent.
    pub fn guid<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problems> {
        self.get(name).map(|text| guid::<D, T>(name, text)).transpose()
    }

    /// The page that is asked for with `pageNumber` and `pageSize`.
    pub fn page(&self) -> Result<PageQuery, Problems> {
        let mut problems = Vec::new();
        let number = self.number("pageNumber", 0, &mut problems);
        let size = self.number("pageSize", DEFAULT_PAGE_SIZE, &mut problems);
        if number.is_some_and(|number| number < 0) {
            let code = shared::NEGATIVE.in_family(D::FAMILY);
            problems.push(Problem::new(code, "Query parameter 'pageNumber' must not be below 0."));
        }
        if size.is_some_and(|size| !PAGE_SIZES.contains(&size)) {
            let (code, bounds) = (shared::OUT_OF_BOUNDS.in_family(D::FAMILY), PAGE_SIZES);
            let text =
                format!("Query parameter 'pageSize' has to be {} to {}.", bounds.start(), bounds.end());
            problems.push(Problem::new(code, text));
        }
        if let Some(problems) = Problems::all(problems) {
            return Err(problems);
        }
        let count = |number: Option<i64>| number.and_then(|number| usize::try_from(number).ok());
        Ok(PageQuery { number: count(number).unwrap_or(usize::MAX), size: count(size).unwrap_or_default() })
    }

    fn number(&self, name: &str, default: i64, problems: &mut Vec<Problem>) -> Option<i64> {
        let Some(text) = self.get(name) else { return Some(default) };
        let number = text.parse().ok();
        if number.is_none() {
            let code = shared::BAD_NUMBER.in_family(D::FAMILY);
            problems.push(Problem::new(code, format!("Query parameter '{name}' has to be a whole number.")));
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::platform::dialect::Portal;
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
        assert_eq!(both, Err(vec!["PRT000210".to_owned(), "PRT000209".to_owned()]));
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
