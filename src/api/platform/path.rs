//! Identifiers in addresses. Whether anything has the identifier is for the routes.

use std::marker::PhantomData;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::codes::shared;
use super::problem::Problems;
use super::route_codes::Codes;
use crate::api::state::ApiState;

/// The identifier that is the first parameter of a route's path; anything but a GUID is refused with the codes of `C`.
pub struct PathId<C, T> {
    /// The identifier.
    pub id: T,
    codes: PhantomData<fn() -> C>,
}

impl<C: Codes, T: FromStr> FromRequestParts<ApiState> for PathId<C, T> {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problems> {
        let params = RawPathParams::from_request_parts(parts, &()).await.ok();
        // What is no text once it is decoded is no GUID either.
        let (name, text) = params.as_ref().and_then(|all| all.iter().next()).unwrap_or(("id", ""));
        let id = guid::<C, T>(name, text)?;
        Ok(Self { id, codes: PhantomData })
    }
}

/// The identifier that is the first parameter of a route's path, where whoever made the thing has chosen it. Whatever
/// is text once it is decoded may be one; all else is refused with the codes of `C`.
pub struct PathText<C, T> {
    /// The identifier.
    pub id: T,
    codes: PhantomData<fn() -> C>,
}

impl<C: Codes, T: for<'t> From<&'t str>> FromRequestParts<ApiState> for PathText<C, T> {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problems> {
        let params = RawPathParams::from_request_parts(parts, &()).await.ok();
        let text = params.as_ref().and_then(|all| all.iter().next()).map(|(_, text)| T::from(text));
        let id = text.ok_or_else(|| {
            Problems::one(shared::BAD_FORMAT.in_family(C::FAMILY), "The address cannot be read as text.")
        })?;
        Ok(Self { id, codes: PhantomData })
    }
}

/// The identifier that an argument of the address or the query holds.
pub(in crate::api) fn guid<C: Codes, T: FromStr>(name: &str, text: &str) -> Result<T, Problems> {
    text.parse().map_err(|_| {
        Problems::one(shared::BAD_GUID.in_family(C::FAMILY), format!("Parameter '{name}' has to be a GUID."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::platform::route_codes::{Direct, Portal};
    use crate::domain::ids::HubId;

    #[test]
    fn what_is_not_a_guid_is_refused_by_the_code_of_the_family() {
        let hub = HubId::new();
        assert_eq!(guid::<Portal, HubId>("hubId", &hub.to_string().to_uppercase()), Ok(hub));
        let code = |refused: Result<HubId, Problems>| {
            refused.unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let portal = code(guid::<Portal, HubId>("hubId", "17"));
        assert_eq!(portal, ["Parameter 'hubId' has to be a GUID. (code: PRT000203)"]);
        let engine = code(guid::<Direct, HubId>("hubId", ""));
        assert_eq!(engine, ["Parameter 'hubId' has to be a GUID. (code: ENG000203)"]);
    }
}
