use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::*;
use crate::auth::testing::{LIFETIME, OneClient, START, client, restored_keys, sealer, stored_key};
use crate::domain::client::Scope;

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

fn setting() -> (Arc<OneClient>, Tokens, String) {
    let clients = OneClient::new(client(Api::Engine).0);
    let tokens = clients.tokens();
    let token = clients.token(&tokens);
    (clients, tokens, token)
}

fn part(token: &str, place: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(place).unwrap()).unwrap()).unwrap()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// `token` with one claim changed and the signature as it was.
fn tampered(token: &str, claim: &str, value: Value) -> String {
    let mut claims = part(token, 1);
    claims[claim] = value;
    let parts: Vec<_> = token.split('.').collect();
    [parts[0], &encode(&claims), parts[2]].join(".")
}

/// A token signed with our key over the claims of `token`, changed.
fn signed(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = part(token, 1);
    change(&mut claims);
    restored_keys().sign(&claims).unwrap()
}

#[test]
fn a_token_says_who_it_speaks_for() {
    let (clients, tokens, token) = setting();
    let client = clients.get();
    let identity = tokens.verify(&token, START).unwrap();
    assert_eq!(
        *identity,
        Identity {
            client: client.id,
            tenant: client.tenant,
            api: Api::Engine,
            scopes: Api::Engine.scopes(),
            secret: client.secrets[0].id,
            visitor: None,
            expires: START.plus(LIFETIME),
        }
    );
}

#[test]
fn a_token_carries_the_granted_scopes_and_no_more() {
    let clients = OneClient::new(client(Api::Streaming).0);
    let tokens = clients.tokens();
    let granted = Scopes::from_iter([Scope::StreamingPublish]);
    let token = clients.token_with(&tokens, granted);
    assert_eq!(part(&token, 1)["scope"], "streamingapi.publish");
    assert_eq!(tokens.verify(&token, START).unwrap().scopes, granted);
}

#[test]
fn the_header_names_the_key_and_the_claims_name_no_audience() {
    let (clients, _, token) = setting();
    assert_eq!(part(&token, 0), json!({ "typ": "JWT", "alg": "RS256", "kid": stored_key().kid }));
    let claims = part(&token, 1);
    assert_eq!(claims["iss"], "https://broker.test");
    assert_eq!(claims["sub"], clients.get().id.as_str());
    assert_eq!(claims["client_id"], claims["sub"]);
    assert_eq!(claims["tenant"], clients.get().tenant.to_string());
    assert_eq!(claims["sid"], clients.get().secrets[0].id.to_string());
    assert_eq!(claims["exp"], json!(1_800_000_000 + LIFETIME.as_secs()));
    assert_eq!((&claims["iat"], &claims["nbf"]), (&json!(1_800_000_000), &json!(1_800_000_000)));
    assert_eq!(claims.get("aud"), None);
}

#[test]
fn two_tokens_of_one_moment_differ() {
    let (clients, tokens, token) = setting();
    assert_ne!(clients.token(&tokens), token);
}

#[test]
fn a_token_is_good_until_its_last_millisecond() {
    let (_, tokens, token) = setting();
    let end = START.plus(LIFETIME);
    assert!(tokens.verify(&token, end.minus(MILLISECOND)).is_ok());
    assert_eq!(tokens.verify(&token, end), Err(TokenError::Expired));
}

#[test]
fn a_token_that_expired_before_it_was_first_seen_is_refused() {
    let (_, tokens, token) = setting();
    assert_eq!(tokens.verify(&token, START.plus(LIFETIME)), Err(TokenError::Expired));
}

#[test]
fn a_token_ends_with_its_secret() {
    let (clients, tokens, _) = setting();
    clients.change(|client| client.secrets[0].expires = Some(START.plus(10 * SECOND)));
    let client = clients.get();
    let minted =
        tokens.mint(&client, &client.secrets[0], client.scopes, "https://broker.test", START).unwrap();
    assert_eq!(minted.expires_in, 10 * SECOND);
    assert_eq!(part(&minted.token, 1)["exp"], json!(1_800_000_010));
}

#[test]
fn a_token_from_a_clock_up_to_a_minute_ahead_is_accepted() {
    let (_, tokens, token) = setting();
    assert!(tokens.verify(&token, START.minus(60 * SECOND)).is_ok());
}

#[test]
fn a_token_whose_time_has_not_come_is_refused() {
    let (_, tokens, token) = setting();
    assert_eq!(tokens.verify(&token, START.minus(61 * SECOND)), Err(TokenError::NotYetValid));
}

#[test]
fn a_token_without_algorithm_is_refused() {
    let (_, tokens, token) = setting();
    let header = json!({ "typ": "JWT", "alg": "none", "kid": stored_key().kid });
    for signature in ["", token.rsplit('.').next().unwrap()] {
        let unsigned = format!("{}.{}.{signature}", encode(&header), encode(&part(&token, 1)));
        assert_eq!(tokens.verify(&unsigned, START), Err(TokenError::Malformed));
    }
}

#[test]
fn a_token_signed_with_the_public_key_as_a_shared_secret_is_refused() {
    let (_, tokens, token) = setting();
    let jwks: Value = serde_json::from_slice(&restored_keys().jwks()).unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(stored_key().kid);
    let modulus = jwks["keys"][0]["n"].as_str().unwrap();
    for public in [modulus.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(modulus).unwrap()] {
        let secret = EncodingKey::from_secret(&public);
        let forged = jsonwebtoken::encode(&header, &part(&token, 1), &secret).unwrap();
        assert_eq!(tokens.verify(&forged, START), Err(TokenError::Algorithm));
    }
}

#[test]
fn a_token_of_another_rsa_algorithm_is_refused() {
    let (_, tokens, token) = setting();
    let parts: Vec<_> = token.split('.').collect();
    let header = encode(&json!({ "typ": "JWT", "alg": "PS256", "kid": stored_key().kid }));
    let relabelled = [header.as_str(), parts[1], parts[2]].join(".");
    assert_eq!(tokens.verify(&relabelled, START), Err(TokenError::Algorithm));
}

#[test]
fn a_token_that_names_no_key_of_ours_is_refused() {
    let (_, tokens, token) = setting();
    let parts: Vec<_> = token.split('.').collect();
    for header in [json!({ "alg": "RS256", "kid": "unknown" }), json!({ "alg": "RS256" })] {
        let renamed = [encode(&header).as_str(), parts[1], parts[2]].join(".");
        assert_eq!(tokens.verify(&renamed, START), Err(TokenError::UnknownKey));
    }
}

#[test]
fn a_token_signed_with_another_key_under_our_kid_is_refused() {
    let (_, tokens, token) = setting();
    let stranger = SigningKeys::restore(Vec::new(), &sealer()).unwrap();
    stranger.adopt(stranger.prepare(START, &sealer()).unwrap());
    let forged = stranger.sign(&part(&token, 1)).unwrap();
    let parts: Vec<_> = forged.split('.').collect();
    let ours = token.split('.').next().unwrap();
    assert_eq!(tokens.verify(&[ours, parts[1], parts[2]].join("."), START), Err(TokenError::Signature));
}

#[test]
fn a_token_changed_after_it_was_signed_is_refused() {
    let (_, tokens, token) = setting();
    let changes = [
        ("scope", json!("hubster-portal-api")),
        ("tenant", json!(TenantId::new().to_string())),
        ("exp", json!(9_999_999_999_i64)),
    ];
    for (claim, value) in changes {
        let changed = tampered(&token, claim, value);
        assert_eq!(tokens.verify(&changed, START), Err(TokenError::Signature), "{claim}");
    }
}

#[test]
fn a_known_token_with_another_signature_is_refused() {
    let (_, tokens, token) = setting();
    tokens.verify(&token, START).unwrap();
    let (message, _) = token.rsplit_once('.').unwrap();
    let changed = format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 256]));
    assert_eq!(tokens.verify(&changed, START), Err(TokenError::Signature));
}

#[test]
fn text_that_is_no_token_is_refused() {
    let (_, tokens, token) = setting();
    let long = format!("{token}{}", "A".repeat(MAX_TOKEN_BYTES));
    for text in ["", ".", "..", "a.b.c", "a.b", "\u{0}", "ä.ö.ü", &token[1..], &long] {
        assert_eq!(tokens.verify(text, START), Err(TokenError::Malformed), "{text}");
    }
}

#[test]
fn a_token_of_ours_that_is_no_access_token_is_refused() {
    let (_, tokens, token) = setting();
    let with = |claim: &'static str, value: Value| signed(&token, |claims| claims[claim] = value);
    for other in [
        with("scope", json!("openid")),
        with("api", json!("other")),
        with("exp", Value::Null),
        with("aud", json!("somewhere else")),
        signed(&token, |claims| *claims = json!({ "integration": 1 })),
    ] {
        assert_eq!(tokens.verify(&other, START), Err(TokenError::Malformed));
    }
}

#[test]
fn extreme_times_are_refused_and_do_not_overflow() {
    let (_, tokens, token) = setting();
    let ended = signed(&token, |claims| claims["exp"] = json!(i64::MIN));
    let far = signed(&token, |claims| claims["nbf"] = json!(i64::MAX));
    assert_eq!(tokens.verify(&ended, START), Err(TokenError::Expired));
    assert_eq!(tokens.verify(&far, START), Err(TokenError::NotYetValid));
}

#[test]
fn the_signature_of_a_token_is_checked_once() {
    let (_, tokens, token) = setting();
    let first = tokens.verify(&token, START).unwrap();
    let second = tokens.verify(&token, START.plus(SECOND)).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(tokens.signature_checks(), 1);
}

#[test]
fn deleting_a_secret_ends_its_tokens_at_once_and_only_its_own() {
    let (clients, tokens, token) = setting();
    let mut other = clients.get().secrets[0].clone();
    other.id = SecretId::new();
    clients.change(|client| client.secrets.insert(0, other));
    let kept = clients.token(&tokens);
    tokens.verify(&token, START).unwrap();

    clients.change(|client| drop(client.secrets.pop()));

    assert_eq!(tokens.verify(&token, START), Err(TokenError::Revoked));
    assert!(tokens.verify(&kept, START).is_ok());
}

#[test]
fn a_token_of_a_deleted_secret_is_refused_when_it_is_first_seen_too() {
    let (clients, tokens, token) = setting();
    clients.change(|client| client.secrets.clear());
    assert_eq!(tokens.verify(&token, START), Err(TokenError::Revoked));
}

#[test]
fn a_long_connection_learns_that_its_identity_has_ended() {
    let (clients, tokens, token) = setting();
    let identity = tokens.verify(&token, START).unwrap();
    assert_eq!(tokens.recheck(&identity, START), Ok(()));
    assert_eq!(tokens.recheck(&identity, START.plus(LIFETIME)), Err(TokenError::Expired));
    clients.change(|client| client.secrets.clear());
    assert_eq!(tokens.recheck(&identity, START), Err(TokenError::Revoked));
}

#[test]
fn a_visitors_token_says_where_it_chats_and_carries_no_scope() {
    let (clients, tokens, _) = setting();
    let (tenant, web_chat) = (clients.get().tenant, IntegrationId::new());
    let minted = tokens.mint_visitor(tenant, web_chat, "https://broker.test", START).unwrap();
    assert_eq!(minted.expires_in, LIFETIME);
    let identity = tokens.verify(&minted.token, START).unwrap();
    let visitor = identity.visitor.unwrap();
    assert_eq!((identity.tenant, visitor.integration), (tenant, web_chat));
    assert!(identity.scopes.is_empty());
    assert_eq!(identity.expires, START.plus(LIFETIME));
    assert_eq!(tokens.verify(&minted.token, START.plus(LIFETIME)), Err(TokenError::Expired));
    let other = tokens.mint_visitor(tenant, web_chat, "https://broker.test", START).unwrap();
    assert_ne!(tokens.verify(&other.token, START).unwrap().visitor.unwrap().id, visitor.id);
}

#[test]
fn a_visitors_token_ends_with_its_web_chat() {
    let (clients, tokens, _) = setting();
    let tenant = clients.get().tenant;
    let token =
        tokens.mint_visitor(tenant, IntegrationId::new(), "https://broker.test", START).unwrap().token;
    assert!(tokens.verify(&token, START).is_ok());
    clients.change(|client| client.secrets.clear());
    assert_eq!(tokens.verify(&token, START), Err(TokenError::Revoked));
    let elsewhere = tokens.mint_visitor(TenantId::new(), IntegrationId::new(), "i", START).unwrap().token;
    assert_eq!(tokens.verify(&elsewhere, START), Err(TokenError::Revoked));
}
