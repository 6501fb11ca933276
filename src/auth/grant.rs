//! The token request: who gets a token, for what (OAuth 2.0 client credentials, RFC 6749 §4.4).
//! Knows nothing of HTTP: a face reads the form and the header, and writes the answer.

use super::credentials::{Authenticated, BasicCredentials, ClientDirectory, authenticate};
use super::keys::KeyError;
use super::token::{Minted, Tokens};
use crate::domain::client::Scopes;
use crate::domain::clock::Millis;
use crate::domain::ids::ClientId;

/// The only grant type there is.
const CLIENT_CREDENTIALS: &str = "client_credentials";

/// A token request as it came: the form's fields, and the credentials of the `Authorization` header.
///
/// A field that is there without a value is as if it were not there (RFC 6749 §3.2).
#[derive(Clone, Copy, Default)]
pub struct GrantRequest<'a> {
    /// `grant_type`.
    pub grant_type: Option<&'a str>,
    /// `client_id`.
    pub client_id: Option<&'a str>,
    /// `client_secret`.
    pub client_secret: Option<&'a str>,
    /// `scope`: a space separated list.
    pub scope: Option<&'a str>,
    /// What the `Authorization: Basic` header held.
    pub basic: Option<&'a BasicCredentials>,
}

/// Why there is no token. The texts are for the developer of the client, and may be shown.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The request is incomplete or contradicts itself.
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// The client is not known, or not by this secret. Which of them is not told.
    #[error("The client is unknown or its secret is wrong.")]
    InvalidClient,
    /// The client is known, but gets no tokens: it sends its API key with every call.
    #[error("This client calls with its API key and gets no tokens.")]
    UnauthorizedClient,
    /// Another grant type than `client_credentials`.
    #[error("The grant type has to be client_credentials.")]
    UnsupportedGrantType,
    /// A scope is unknown, or is not the client's. Which of them is not told.
    #[error("A scope is unknown or is not open to this client.")]
    InvalidScope,
    /// The token could not be made; the asker can do nothing about it.
    #[error("The token could not be made.")]
    Unavailable(#[from] KeyError),
}

impl GrantError {
    /// The word that stands for it in `error` (RFC 6749 §5.2; `server_error` as in §4.1.2.1).
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::Unavailable(_) => "server_error",
        }
    }
}

/// Answers a token request. Without a scope the token carries all that its client has.
///
/// # Errors
/// [`GrantError`].
pub fn grant(
    request: &GrantRequest<'_>,
    directory: &dyn ClientDirectory,
    tokens: &Tokens,
    issuer: &str,
    now: Millis,
) -> Result<Minted, GrantError> {
    match given(request.grant_type) {
        None => return Err(GrantError::InvalidRequest("grant_type is missing.")),
        Some(CLIENT_CREDENTIALS) => {}
        Some(_) => return Err(GrantError::UnsupportedGrantType),
    }
    let (id, secret) = credentials(request)?;
    let Authenticated { client, secret } =
        authenticate(directory, &ClientId::from(id), secret, now).ok_or(GrantError::InvalidClient)?;
    if !client.api.grants_tokens() {
        return Err(GrantError::UnauthorizedClient);
    }
    let scopes = granted(given(request.scope), client.scopes)?;
    Ok(tokens.mint(&client, &secret, scopes, issuer, now)?)
}

/// The id and the secret, from the one place where they were given (RFC 6749 §2.3 forbids two). The id may
/// stand in the form besides, as long as it is the same.
fn credentials<'a>(request: &GrantRequest<'a>) -> Result<(&'a str, &'a str), GrantError> {
    let (id, secret) = (given(request.client_id), given(request.client_secret));
    match request.basic {
        Some(_) if secret.is_some() => {
            Err(GrantError::InvalidRequest("The secret is given in the header and in the form."))
        }
        Some(basic) if id.is_some_and(|id| id != basic.id) => {
            Err(GrantError::InvalidRequest("client_id is not the one in the header."))
        }
        Some(basic) => Ok((&basic.id, &basic.secret)),
        None => id.zip(secret).ok_or(GrantError::InvalidClient),
    }
}

/// What of `allowed` the token gets.
fn granted(asked: Option<&str>, allowed: Scopes) -> Result<Scopes, GrantError> {
    let scopes = match asked {
        None => allowed,
        Some(list) => list.parse().map_err(|_| GrantError::InvalidScope)?,
    };
    if scopes.is_empty() || !scopes.is_within(allowed) {
        return Err(GrantError::InvalidScope);
    }
    Ok(scopes)
}

fn given(field: Option<&str>) -> Option<&str> {
    field.map(str::trim).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
