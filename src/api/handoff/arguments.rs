//! The parameters of a call: those of the query, those of a JSON body, or both. What they mean is for the calls.

use std::marker::PhantomData;

use axum::body::Body;
use axum::extract::{FromRequest, Query, Request};
use axum::http::{HeaderMap, Method};
use axum::response::IntoResponse;
use serde_json::{Map, Value};

use super::refusal::{Cause, Parameter};
use crate::api::bodies::{self, NoObject, Unread};
use crate::api::state::ApiState;
use crate::domain::conversation::MAX_BINDING;

/// The parameters of a request, refused in the words of `R`. A GET has them in its query, and those that are not
/// there in a JSON body, if it has one: the reference shows both. Whatever else has them in its body. One that is
/// blank or `null` counts as absent; of several of one name in a query the first counts.
pub(super) struct Arguments<R> {
    values: Map<String, Value>,
    refused: PhantomData<fn() -> R>,
}

impl<R> FromRequest<ApiState> for Arguments<R>
where
    R: From<Cause> + IntoResponse,
{
    type Rejection = R;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, R> {
        Ok(Self { values: read(request, state).await?, refused: PhantomData })
    }
}

impl<R> Arguments<R> {
    /// The value of a name, if it is there.
    pub(super) fn value_of(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.trim().is_empty(),
            _ => true,
        })
    }

    /// A parameter, if it is there.
    pub(super) fn given(&self, parameter: Parameter) -> Option<Given<'_>> {
        self.value_of(parameter.name()).map(|value| Given { parameter, value })
    }

    /// A parameter that has to be there.
    pub(super) fn needed(&self, parameter: Parameter) -> Result<Given<'_>, Cause> {
        self.given(parameter).ok_or(Cause::Missing(parameter))
    }
}

/// A parameter that is there. Whether it is of its type is asked apart: callers first hear what they forgot.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    parameter: Parameter,
    value: &'a Value,
}

impl<'a> Given<'a> {
    /// A text.
    pub(super) fn text(self) -> Result<&'a str, Cause> {
        self.value.as_str().ok_or(self.refused())
    }

    /// A whole number, also as a text.
    pub(super) fn whole(self) -> Result<i64, Cause> {
        let whole = match self.value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        };
        whole.ok_or(self.refused())
    }

    /// A user's name, which can be one.
    pub(super) fn user_name(self) -> Result<&'a str, Cause> {
        match self.text()? {
            name if name.len() > MAX_BINDING => Err(self.refused()),
            name => Ok(name),
        }
    }

    /// That it is not what it has to be.
    pub(super) fn refused(self) -> Cause {
        Cause::Invalid(self.parameter)
    }
}

async fn read(request: Request, state: &ApiState) -> Result<Map<String, Value>, Cause> {
    let (parts, body) = request.into_parts();
    let is_read_from_query = parts.method == Method::GET || parts.method == Method::HEAD;
    let mut values = Map::new();
    if is_read_from_query {
        let query: Query<Vec<(String, String)>> =
            Query::try_from_uri(&parts.uri).map_err(|_| Cause::Unreadable)?;
        for (name, value) in query.0 {
            values.entry(name).or_insert(Value::String(value));
        }
    }
    for (name, value) in object(&parts.headers, body, state).await? {
        values.entry(name).or_insert(value);
    }
    Ok(values)
}

/// The object in a body; an empty one where there is no body. Its content type is looked at only where there is one:
/// clients announce JSON with requests that have no body too.
async fn object(headers: &HeaderMap, body: Body, state: &ApiState) -> Result<Map<String, Value>, Cause> {
    let (http, limits) = (&state.config.http, &state.config.limits);
    let bytes =
        bodies::receive(body, http.max_body_bytes, http.body_timeout).await.map_err(
            |unread| match unread {
                Unread::TooLarge => Cause::TooLarge,
                Unread::TooSlow => Cause::TooSlow,
                Unread::Broken => Cause::Unreadable,
            },
        )?;
    match bodies::object(&bytes, limits.json_depth) {
        Err(NoObject::Blank) => Ok(Map::new()),
        _ if !bodies::is_json(headers) => Err(Cause::NotJson),
        read => read.map_err(|_| Cause::Unreadable),
    }
}
