use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::auth::testing::{restored_keys, sealer, stored_key};

const DAY: Duration = Duration::from_secs(86_400);

fn kids(keys: &SigningKeys) -> Vec<String> {
    let jwks: Value = serde_json::from_slice(&keys.jwks()).unwrap();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid_of(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

/// Rotates as a caller does, without a store.
fn rotate(keys: &SigningKeys, now: Millis) -> Vec<StoredKey> {
    let rotation = keys.prepare(now, &sealer()).unwrap();
    let stored = rotation.stored();
    keys.adopt(rotation);
    stored
}

#[test]
fn without_a_key_nothing_is_signed_and_one_is_due() {
    let keys = SigningKeys::restore(Vec::new(), &sealer()).unwrap();
    assert!(keys.due(Millis(0), DAY));
    assert!(matches!(keys.sign(&json!({})), Err(KeyError::NoKey)));
    assert_eq!(keys.jwks(), r#"{"keys":[]}"#);
}

#[test]
fn a_key_is_due_for_rotation_once_it_has_signed_for_the_period() {
    let keys = restored_keys();
    let created = stored_key().created;
    assert!(!keys.due(created.plus(DAY).minus(Duration::from_millis(1)), DAY));
    assert!(keys.due(created.plus(DAY), DAY));
}

#[test]
fn what_a_key_signed_opens_with_its_claims() {
    let keys = restored_keys();
    let token = keys.sign(&json!({ "n": 1 })).unwrap();
    assert_eq!(keys.open::<Value>(&token), Ok(json!({ "n": 1 })));
}

#[test]
fn the_key_set_shows_the_public_part_only() {
    let jwks: Value = serde_json::from_slice(&restored_keys().jwks()).unwrap();
    let key = jwks["keys"][0].as_object().unwrap();
    assert_eq!(key.keys().collect::<Vec<_>>(), ["kty", "use", "alg", "kid", "n", "e"]);
    assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&json!("RSA"), &json!("sig"), &json!("RS256")));
    assert_eq!(key["e"], "AQAB");
    assert_eq!(URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap().len(), 256);
}

#[test]
fn a_verifier_that_knows_only_the_key_set_verifies_our_tokens() {
    let keys = restored_keys();
    let token = keys.sign(&json!({ "sub": "me" })).unwrap();
    let jwks: Value = serde_json::from_slice(&keys.jwks()).unwrap();
    let field = |name: &str| jwks["keys"][0][name].as_str().unwrap().to_owned();

    assert_eq!(field("kid"), kid_of(&token));
    let public = DecodingKey::from_rsa_components(&field("n"), &field("e")).unwrap();
    let opened = jsonwebtoken::decode::<Value>(&token, &public, &signature_only()).unwrap();
    assert_eq!(opened.claims["sub"], "me");
}

#[test]
fn after_a_rotation_the_new_key_signs_and_the_old_one_still_verifies() {
    let keys = restored_keys();
    let before = keys.sign(&json!({ "n": 1 })).unwrap();
    rotate(&keys, Millis(5_000));
    let after = keys.sign(&json!({ "n": 2 })).unwrap();

    assert_ne!(kid_of(&before), kid_of(&after));
    assert_eq!(kids(&keys), [kid_of(&after), kid_of(&before)]);
    assert!(keys.open::<Value>(&before).is_ok());
    assert!(keys.open::<Value>(&after).is_ok());
}

#[test]
fn a_prepared_rotation_changes_nothing_until_it_is_adopted() {
    let keys = restored_keys();
    let rotation = keys.prepare(Millis(5_000), &sealer()).unwrap();
    assert_eq!(kids(&keys), [stored_key().kid]);
    assert_eq!(rotation.stored().len(), 2);
}

#[test]
fn a_rotation_that_was_reloaded_before_it_is_adopted_counts_once() {
    let keys = restored_keys();
    let rotation = keys.prepare(Millis(5_000), &sealer()).unwrap();
    keys.reload(rotation.stored(), &sealer()).unwrap();
    let reloaded = keys.jwks();
    keys.adopt(rotation);
    assert_eq!(keys.jwks(), reloaded);
    assert!(keys.sign(&json!({})).is_ok());
}

#[test]
fn what_a_rotation_gives_to_keep_restores_the_same_keys() {
    let keys = restored_keys();
    let stored = rotate(&keys, Millis(5_000));
    assert_eq!(stored[0].retired, Some(Millis(5_000)));
    assert_eq!(stored[1].retired, None);

    let elsewhere = SigningKeys::restore(stored, &sealer()).unwrap();
    assert_eq!(elsewhere.jwks(), keys.jwks());
    let token = keys.sign(&json!({})).unwrap();
    assert!(elsewhere.open::<Value>(&token).is_ok());
}

#[test]
fn a_node_that_reloads_knows_the_key_of_another_nodes_rotation() {
    let (here, there) = (restored_keys(), restored_keys());
    let stored = rotate(&there, Millis(5_000));
    let token = there.sign(&json!({})).unwrap();
    assert_eq!(here.open::<Value>(&token), Err(TokenError::UnknownKey));

    here.reload(stored, &sealer()).unwrap();
    assert!(here.open::<Value>(&token).is_ok());
}

#[test]
fn a_retired_key_is_forgotten_only_when_its_last_token_has_expired() {
    let keys = restored_keys();
    let old = stored_key().kid;
    rotate(&keys, Millis(5_000));
    let end = Millis(5_000).plus(DAY).plus(RETIREMENT_MARGIN);

    assert_eq!(keys.prune(end.minus(Duration::from_millis(1)), DAY), Vec::<String>::new());
    assert_eq!(keys.prune(end, DAY), [old]);
    assert_eq!(kids(&keys).len(), 1);
}

#[test]
fn the_key_that_signs_is_never_forgotten() {
    let keys = restored_keys();
    assert_eq!(keys.prune(Millis(i64::MAX), DAY), Vec::<String>::new());
    assert!(keys.sign(&json!({})).is_ok());
}

#[test]
fn another_master_key_is_refused_with_the_name_of_the_key() {
    let error = SigningKeys::restore(vec![stored_key()], &Sealer::new(&[0; 32])).err().unwrap();
    assert!(error.to_string().contains(&stored_key().kid), "{error}");
}

#[test]
fn a_key_sealed_under_anothers_name_is_refused() {
    let private = sealer().open(&purpose(&stored_key().kid), &stored_key().sealed).unwrap();
    let sealed = sealer().seal(&purpose("other"), &private);
    let stored = StoredKey { kid: "other".to_owned(), sealed, ..stored_key() };
    assert!(matches!(SigningKeys::restore(vec![stored], &sealer()), Err(KeyError::Invalid { .. })));
}

#[test]
fn the_thumbprint_is_the_one_of_the_standards_example() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRX\
             jBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSq\
             zs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHa\
             Q-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    assert_eq!(thumbprint(n, "AQAB"), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}
