//! A client and its tokens as clients see them, and a token as they ask for it (platform documentation §10.1).

use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{Purpose, text};
use super::hub_body::MAX_NAME;
use crate::api::moment;
use crate::domain::client::{Client, Secret};
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, TenantId};
use crate::pipeline::{Body, Fault, FaultKind};
use crate::registry::{NewSecret, SecretSpec};

/// Reads a token to be made at `now`; only the name is required.
pub(super) fn token_in(body: &Map<String, Value>, now: Millis) -> Result<SecretSpec, Vec<Fault>> {
    let mut read = Body::new(body);
    let name = text(&mut read, Purpose::Create, "name", MAX_NAME);
    let expires = expiration(&mut read, now);
    read.finish()?;
    // The name is there: its absence is a fault.
    Ok(SecretSpec { name: name.unwrap_or_default(), expires })
}

/// A moment in the future. One without a zone is of UTC, as the documents write it.
fn expiration(read: &mut Body<'_>, now: Millis) -> Option<Millis> {
    const NAME: &str = "expiration";
    let Some(moment) = moment::read(read.text(NAME)?) else {
        read.fault(FaultKind::NotADate, NAME);
        return None;
    };
    if moment <= now {
        read.fault(FaultKind::OutOfRange, NAME);
    }
    Some(moment)
}

/// A client with its tokens.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientOut {
    tenant_id: TenantId,
    client_id: ClientId,
    name: String,
    enabled: bool,
    allowed_scopes: Vec<&'static str>,
    claims: Vec<ClaimOut>,
    secrets: Vec<TokenOut>,
}

/// What a token of the client says of it.
#[derive(Debug, Serialize)]
struct ClaimOut {
    #[serde(rename = "type")]
    name: &'static str,
    value: String,
}

/// A token.
#[derive(Debug, Serialize)]
pub(super) struct TokenOut {
    id: u32,
    name: String,
    /// The token itself where it was just made, otherwise its last characters.
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
}

impl From<&Client> for ClientOut {
    fn from(client: &Client) -> Self {
        // As the documents show them.
        let claim = |name, value| ClaimOut { name, value };
        Self {
            tenant_id: client.tenant,
            client_id: client.id.clone(),
            name: client.name.clone(),
            // There is no way to switch a client off but to delete its secrets.
            enabled: true,
            allowed_scopes: client.scopes.iter().map(|scope| scope.as_str()).collect(),
            claims: vec![claim("role", "admin".to_owned()), claim("tenant", client.tenant.to_string())],
            secrets: client.secrets.iter().map(TokenOut::masked).collect(),
        }
    }
}

impl TokenOut {
    /// A token as it is shown ever after: enough of it to tell two apart, and nothing that helps a guess.
    fn masked(secret: &Secret) -> Self {
        Self::of(secret, format!("...{}", secret.hint))
    }

    fn of(secret: &Secret, token: String) -> Self {
        let expiration = secret.expires.map(moment::short);
        Self { id: secret.number, name: secret.name.clone(), token, expiration }
    }
}

impl From<&NewSecret> for TokenOut {
    fn from(new: &NewSecret) -> Self {
        Self::of(&new.kept, new.plain.expose().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::secret;
    use crate::domain::client::Api;
    use crate::domain::ids::SecretId;
    use crate::pipeline::FaultKind::*;

    /// 2030-01-31T00:00:00Z.
    const NOW: Millis = Millis(1_896_048_000_000);

    fn read(body: Value) -> Result<Option<i64>, Vec<(FaultKind, String)>> {
        let spec = token_in(body.as_object().unwrap(), NOW);
        spec.map(|spec| spec.expires.map(|moment| moment.0 - NOW.0))
            .map_err(|faults| faults.into_iter().map(|fault| (fault.kind, fault.property)).collect())
    }

    #[test]
    fn an_expiration_is_of_utc_unless_it_says_otherwise() {
        let expiring = |at: &str| read(json!({"name": "n", "Expiration": at}));
        assert_eq!(read(json!({"name": "n"})), Ok(None));
        assert_eq!(read(json!({"name": "n", "expiration": null})), Ok(None));
        assert_eq!(expiring("2030-01-31T00:00:01"), Ok(Some(1_000)));
        assert_eq!(expiring("2030-01-31T00:00:00.001Z"), Ok(Some(1)));
        assert_eq!(expiring("2030-01-31T00:00:00-01:00"), Ok(Some(3_600_000)));
        assert_eq!(expiring("2030-02-01"), Ok(Some(86_400_000)));
    }

    #[test]
    fn each_mistake_names_its_property() {
        let at = |kind, name: &str| Err(vec![(kind, name.to_owned())]);
        assert_eq!(read(json!({"expiration": "2031-01-01"})), at(Missing, "name"));
        assert_eq!(read(json!({"name": "n".repeat(MAX_NAME + 1)})), at(TooLong, "name"));
        assert_eq!(read(json!({"name": "n".repeat(MAX_NAME)})), Ok(None));
        assert_eq!(read(json!({"name": "n", "expiration": 5})), at(WrongType, "expiration"));
        for wrong in ["soon", "", "2030-02-30T00:00:00"] {
            assert_eq!(read(json!({"name": "n", "expiration": wrong})), at(NotADate, "expiration"));
        }
        for past in ["2030-01-31T00:00:00", "2030-01-31T01:00:00+01:00", "1969-01-01"] {
            assert_eq!(read(json!({"name": "n", "expiration": past})), at(OutOfRange, "expiration"));
        }
    }

    #[test]
    fn a_secret_is_shown_by_its_last_characters_once_it_was_made() {
        let (plain, hash) = secret::generate();
        let kept = Secret {
            id: SecretId::new(),
            number: 9,
            name: "mine".to_owned(),
            hash,
            hint: plain.hint(),
            expires: Some(NOW),
        };
        let whole = plain.expose().to_owned();
        let new = NewSecret { kept: kept.clone(), plain };
        let shown = |token: &str| json!({"id": 9, "name": "mine", "token": token, "expiration": "2030-01-31T00:00:00"});
        assert_eq!(json!(TokenOut::from(&new)), shown(&whole));
        let client = Client {
            id: ClientId::from("c"),
            tenant: TenantId::new(),
            api: Api::Streaming,
            name: "Streaming".to_owned(),
            scopes: Api::Streaming.scopes(),
            secrets: vec![kept],
            secrets_made: 9,
        };
        let out = json!(ClientOut::from(&client));
        assert_eq!(out["secrets"], json!([shown(&format!("...{}", &whole[39..]))]));
        assert_eq!(out["allowedScopes"], json!(["streamingapi", "streamingapi.publish"]));
    }
}
