//! What a token says, taken at its word: nothing is checked here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The readable parts of a token.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenParts {
    /// How it is said to be signed, and with which key.
    pub header: Value,
    /// What it says.
    pub claims: Value,
}

/// The parts of anything that has the form of a JWT; `None` for all else.
pub fn inspect(token: &str) -> Option<TokenParts> {
    let mut parts = token.trim().split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some(TokenParts { header: object(header)?, claims: object(claims)? })
}

fn object(part: &str) -> Option<Value> {
    let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
    Some(value).filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{OneClient, client};
    use crate::domain::client::Api;

    #[test]
    fn a_token_shows_its_header_and_its_claims() {
        let (client, _) = client(Api::Engine);
        let directory = OneClient::new(client.clone());
        let parts = inspect(&directory.token(&directory.tokens())).unwrap();
        assert_eq!(
            (&parts.header["alg"], &parts.claims["sub"]),
            (&"RS256".into(), &client.id.as_str().into())
        );
    }

    #[test]
    fn what_has_not_the_form_of_a_token_shows_nothing() {
        for text in ["", "a", "a.b.c", "e30.e30", "e30.e30.x.y", "e30.W10.x", "e30.e30=.x"] {
            assert_eq!(inspect(text), None, "{text}");
        }
        assert!(inspect("e30.e30.").is_some());
    }
}
