//! Asking for tokens, and every face refusing those that are not good for it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde_json::{Value, json};

use crate::harness::{Answer, Http, Server, SignalR, Socket, Tenant, eventually};

const PATHS: [&str; 2] = ["/connect/token", "/tokenservice/oauth2/access_token"];

#[tokio::test]
async fn both_addresses_give_tokens_for_a_form_and_for_basic_credentials() {
    let server = Server::start().await;
    let demo = server.demo();
    let id = demo.get("/clients/engine/client_id");
    let secret = demo.get("/clients/engine/client_secret");
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    for path in PATHS {
        let by_form = server.http().post_form(path, &demo.form("engine")).await;
        let http = server.http().with_header("authorization", &basic);
        let by_basic = http.post_form(path, "grant_type=client_credentials").await;
        for answer in [by_form, by_basic] {
            let token = answer.ok();
            assert_eq!(token["expires_in"], 2_592_000, "{answer}");
            assert_eq!(token["token_type"], "Bearer", "{answer}");
            assert_eq!(token["scope"], "hubster-engine-api", "{answer}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_token_carries_the_scopes_that_were_asked_for_and_else_all_of_its_client() {
    let server = Server::start().await;
    let form = server.demo().form("streaming");
    let scope_of = async |form: &str| {
        let token = server.http().post_form("/connect/token", form).await.ok();
        token["scope"].as_str().unwrap().to_owned()
    };
    assert_eq!(scope_of(&form).await, "streamingapi streamingapi.publish");
    assert_eq!(scope_of(&format!("{form}&scope=streamingapi")).await, "streamingapi");
}

#[tokio::test]
async fn each_oauth_error_has_its_status_and_word() {
    let server = Server::start().await;
    let form = server.demo().form("engine");
    let id = server.demo().get("/clients/engine/client_id");
    let api_id = server.demo().get("/clients/messaging/api_id");
    let rows = [
        (String::new(), 400, "invalid_request"),
        (form.replace("grant_type=client_credentials", "grant_type="), 400, "invalid_request"),
        (form.replace("=client_credentials", "=password"), 400, "unsupported_grant_type"),
        (format!("{form}x"), 401, "invalid_client"),
        (form.replace(&id, "hubster.engine.api.nobody"), 401, "invalid_client"),
        ("grant_type=client_credentials".to_owned(), 401, "invalid_client"),
        (format!("grant_type=client_credentials&client_id={id}"), 401, "invalid_client"),
        (format!("grant_type=client_credentials&client_id={api_id}&client_secret=x"), 401, "invalid_client"),
        (format!("{form}&scope=hubster-portal-api"), 400, "invalid_scope"),
        (format!("{form}&scope=everything"), 400, "invalid_scope"),
        (format!("{form}&client_id={id}"), 400, "invalid_request"),
    ];
    for path in PATHS {
        for (form, status, error) in &rows {
            server.http().post_form(path, form).await.oauth_refused(*status, error);
        }
    }
}

#[tokio::test]
async fn each_address_takes_its_methods_and_forms_of_a_size() {
    let server = Server::start().await;
    let http = server.http();
    for path in PATHS {
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let refused = http.send(method, path, None, "").await;
            refused.platform_errors(405);
            assert_eq!(refused.header("allow"), Some("POST"), "{refused}");
        }
        for media_type in ["application/json", "text/plain"] {
            let refused = http.send("POST", path, Some(media_type), server.demo().form("engine")).await;
            refused.oauth_refused(400, "invalid_request");
        }
        let large = format!("{}&more={}", server.demo().form("engine"), "x".repeat(1 << 20));
        http.post_form(path, &large).await.oauth_refused(413, "invalid_request");
    }
    for path in ["/.well-known/openid-configuration", "/.well-known/jwks.json"] {
        let refused = http.send("POST", path, None, "").await;
        refused.platform_errors(405);
        assert_eq!(refused.header("allow"), Some("GET,HEAD"), "{refused}");
    }
}

#[tokio::test]
async fn credentials_in_the_header_and_in_the_form_at_once_are_refused() {
    let server = Server::start().await;
    let http = server.http().with_header("authorization", &format!("Basic {}", STANDARD.encode("a:b")));
    http.post_form("/connect/token", &server.demo().form("engine"))
        .await
        .oauth_refused(400, "invalid_request");
    let wrong = http.post_form("/connect/token", "grant_type=client_credentials").await;
    wrong.oauth_refused(401, "invalid_client");
    assert!(wrong.header("www-authenticate").is_some_and(|value| value.starts_with("Basic")), "{wrong}");
}

#[tokio::test]
async fn published_keys_verify_tokens_and_these_say_whose_they_are() {
    let server = Server::start().await;
    let token = server.demo().token("portal").await;
    let header = decode_header(&token).unwrap();
    assert_eq!(header.alg, Algorithm::RS256);
    let published = server.http().get("/.well-known/jwks.json").await.ok();
    assert!(published["keys"][0]["d"].is_null(), "a private key is published");
    let keys: JwkSet = serde_json::from_value(published).unwrap();
    let key = keys.find(&header.kid.unwrap()).expect("the key of the token is published");
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&[server.demo().base()]);
    rules.set_required_spec_claims(&["exp", "iss", "sub"]);
    let claims = decode::<Value>(&token, &DecodingKey::from_jwk(key).unwrap(), &rules).unwrap().claims;
    assert_eq!(claims["sub"], server.demo().get("/clients/portal/client_id"));
    assert_eq!(claims["client_id"], claims["sub"]);
    assert_eq!(claims["tenant"], server.demo().get("/tenant/tenantId"));
    assert_eq!(claims["scope"], "hubster-portal-api");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 2_592_000);
}

#[tokio::test]
async fn discovery_names_the_endpoints() {
    let server = Server::start().await;
    let base = server.demo().base();
    let found = server.http().get("/.well-known/openid-configuration").await.ok();
    assert_eq!(found["issuer"], base);
    assert_eq!(found["token_endpoint"], format!("{base}/connect/token"));
    assert_eq!(found["jwks_uri"], format!("{base}/.well-known/jwks.json"));
    assert!(found["grant_types_supported"].as_array().unwrap().contains(&json!("client_credentials")));
    let methods = found["token_endpoint_auth_methods_supported"].as_array().unwrap();
    assert!(
        methods.contains(&json!("client_secret_basic")) && methods.contains(&json!("client_secret_post"))
    );
    for scope in ["hubster-portal-api", "hubster-engine-api", "streamingapi", "streamingapi.publish"] {
        assert!(found["scopes_supported"].as_array().unwrap().contains(&json!(scope)), "{found:#}");
    }
}

#[tokio::test]
async fn a_token_outlives_restarts() {
    let mut server = Server::start().await;
    let portal = server.portal().await;
    let keys = server.http().get("/.well-known/jwks.json").await.ok();
    server.crash().await;
    portal.get("/api/v1/hubs").await.ok();
    assert_eq!(server.http().get("/.well-known/jwks.json").await.ok(), keys);
}

/// One call of every face that takes tokens, made with `token`: its answer when it is refused.
async fn call(face: &str, tenant: &Tenant, token: Option<&str>) -> Option<Answer> {
    let mut http = Http::new(tenant.base());
    if let Some(token) = token {
        http = http.with_token(token);
    }
    let agent = tenant.integration("agent");
    let answer = match face {
        "portal" => http.get("/api/v1/hubs").await,
        "engine" => http.get(&format!("/api/v1/conversations/hubs/{}/established", tenant.hub())).await,
        "websocket" => {
            let path = format!("/events/v1/direct?integrationId={agent}");
            return Socket::open(tenant.base(), &path, token).await.err();
        }
        "ticket" => http.post("/events/v1/ticket", &json!({})).await,
        "negotiate" => SignalR::negotiate(&http, &format!("negotiateVersion=1&iId={agent}")).await,
        "signalr" => return SignalR::open(&http, &format!("iId={agent}")).await.err(),
        "streaming" => {
            let key = tenant.get("/clients/streaming/api_key");
            let path = format!("/via/v3/organizations/{}/streaming/session", tenant.org());
            http.with_header("x-api-key", &key).post(&path, &json!({})).await
        }
        other => panic!("no face {other}"),
    };
    (answer.status != 200).then_some(answer)
}

/// Every face with the code of a missing or bad token, and of a token for something else.
const FACES: [(&str, &str, &str); 7] = [
    ("portal", "PRT000102", "PRT000101"),
    ("engine", "ENG000102", "ENG000101"),
    ("websocket", "ENG000102", "ENG000101"),
    ("ticket", "ENG000102", "ENG000101"),
    ("negotiate", "ENG000102", "ENG000101"),
    ("signalr", "ENG000102", "ENG000101"),
    ("streaming", "", ""),
];

async fn is_unauthorized(face: &str, code: &str, tenant: &Tenant, token: Option<&str>) {
    let answer = call(face, tenant, token).await.unwrap_or_else(|| panic!("{face} let {token:?} in"));
    answer.has_status(401);
    if face == "streaming" {
        assert_eq!(answer.text, "", "a 401 of the streaming face has no body");
    } else {
        answer.refused(401, code);
    }
}

#[tokio::test]
async fn every_face_takes_the_tokens_that_were_made_for_it_and_no_others() {
    let server = Server::start().await;
    let demo = server.demo();
    for client in ["portal", "engine", "streaming"] {
        let token = demo.token(client).await;
        for (face, _, wrong_scope) in FACES {
            let own = match face {
                "portal" | "streaming" => face,
                _ => "engine",
            };
            match call(face, demo, Some(&token)).await {
                None => assert_eq!(client, own, "{face} let a token of {client} in"),
                Some(answer) if face == "streaming" => {
                    assert_ne!(client, own, "{answer}");
                    answer.has_status(401);
                }
                Some(answer) => {
                    assert_ne!(client, own, "{answer}");
                    answer.refused(403, wrong_scope);
                }
            }
        }
    }
}

#[tokio::test]
async fn publishing_needs_its_own_scope() {
    let server = Server::start().await;
    let form = format!("{}&scope=streamingapi", server.demo().form("streaming"));
    let token = server.http().post_form("/connect/token", &form).await.ok();
    let streaming = server.streaming().await;
    let listener = streaming.with_token(token["access_token"].as_str().unwrap());
    let events = json!({"events": [{"eventType": "engagementCenter.Idle", "payload": {}}]});
    listener.post(&streaming.path("publish"), &events).await.streaming_refused(403);
}

#[tokio::test]
async fn missing_malformed_and_forged_tokens_are_refused_by_every_face() {
    let server = Server::start().await;
    let demo = server.demo();
    let keys = server.http().get("/.well-known/jwks.json").await.ok();
    for (face, code, _) in FACES {
        is_unauthorized(face, code, demo, None).await;
        let client = if matches!(face, "portal" | "streaming") { face } else { "engine" };
        let token = demo.token(client).await;
        for forged in forgeries(&token, &keys) {
            is_unauthorized(face, code, demo, Some(&forged)).await;
        }
        assert!(call(face, demo, Some(&token)).await.is_none(), "{face} goes on");
    }
}

/// What somebody without the private key can make of a good token.
fn forgeries(token: &str, keys: &Value) -> Vec<String> {
    let parts: Vec<_> = token.split('.').collect();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let kid = decode_header(token).unwrap().kid;
    let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut greedy = claims.clone();
    greedy["scope"] = "hubster-portal-api hubster-engine-api streamingapi".into();
    let flipped = if parts[2].starts_with('A') { "B" } else { "A" };
    let mut forged = vec![
        "x".to_owned(),
        "a.b.c".to_owned(),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], text(&greedy), parts[2]),
        format!("{}.{}.{flipped}{}", parts[0], parts[1], &parts[2][1..]),
        format!("{token}{}", "A".repeat(5000)),
    ];
    for none in ["none", "None", "NONE", "nOnE"] {
        let header = text(&json!({"alg": none, "typ": "JWT", "kid": kid}));
        forged.push(format!("{header}.{}.", parts[1]));
        forged.push(format!("{header}.{}.{}", parts[1], parts[2]));
    }
    let mut header = Header::new(Algorithm::HS256);
    header.kid = kid;
    for public in public_key_texts(keys) {
        forged.push(encode(&header, &claims, &EncodingKey::from_secret(&public)).unwrap());
    }
    forged
}

/// The public key in the forms that a careless verifier may take for a shared secret.
fn public_key_texts(keys: &Value) -> Vec<Vec<u8>> {
    let key = &keys["keys"][0];
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let (n, e) = (bytes("n"), bytes("e"));
    let pkcs1 = der(0x30, &[der(0x02, &[&[0], n.as_slice()].concat()), der(0x02, &e)].concat());
    let rsa = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let spki = der(0x30, &[rsa.to_vec(), der(0x03, &[&[0], pkcs1.as_slice()].concat())].concat());
    let pem = |label: &str, der: &[u8]| {
        let base64 = STANDARD.encode(der);
        let lines: Vec<_> = base64.as_bytes().chunks(64).map(|l| std::str::from_utf8(l).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n")).into_bytes()
    };
    let pem_spki = pem("PUBLIC KEY", &spki);
    let trimmed = pem_spki.trim_ascii().to_vec();
    vec![n, pem("RSA PUBLIC KEY", &pkcs1), pkcs1, spki, pem_spki, trimmed, key.to_string().into_bytes()]
}

/// A value in DER; lengths up to 65535.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match (high, low) {
        (0, 0..=127) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [vec![tag], length, content.to_vec()].concat()
}

#[tokio::test]
async fn an_expired_token_is_refused_by_every_face() {
    let server = Server::with(&[("SWITCHBOARD_AUTH__TOKEN_LIFETIME_SECONDS", "1")]).await;
    let demo = server.demo();
    for (face, code, _) in FACES {
        let client = if matches!(face, "portal" | "streaming") { face } else { "engine" };
        let token = demo.token(client).await;
        let refused = eventually("the end of the token", async || call(face, demo, Some(&token)).await).await;
        refused.has_status(401);
        if face != "streaming" {
            refused.refused(401, code);
        }
    }
}

#[tokio::test]
async fn a_key_of_another_tenant_opens_no_streaming() {
    let server = Server::start().await;
    let other = server.another_tenant("other").await;
    let streaming = server.streaming().await;
    let foreign = streaming.with_header("x-api-key", &other.get("/clients/streaming/api_key"));
    for http in [foreign, streaming.with_header("x-api-key", "x"), streaming.without_header("x-api-key")] {
        let refused = http.post(&streaming.path("session"), &json!({})).await;
        assert_eq!((refused.status, refused.text.as_str()), (401, ""));
    }
}

#[tokio::test]
async fn a_client_that_calls_too_often_is_told_when_to_come_back() {
    let server = Server::with(&[
        ("SWITCHBOARD_RATE_LIMITS__PORTAL__PER_SECOND", "1"),
        ("SWITCHBOARD_RATE_LIMITS__PORTAL__BURST", "3"),
    ])
    .await;
    let portal = server.portal().await;
    let refused = eventually("too many requests", async || {
        Some(portal.get("/api/v1/hubs").await).filter(|answer| answer.status != 200)
    })
    .await;
    refused.platform_errors(429);
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1, "{refused}");
    server.engine().await.establish("others-are-served").await;
}

#[tokio::test]
async fn a_stranger_who_tries_a_clients_id_does_not_use_up_its_share() {
    let limit = [
        ("SWITCHBOARD_RATE_LIMITS__IDENTITY__PER_SECOND", "1"),
        ("SWITCHBOARD_RATE_LIMITS__IDENTITY__BURST", "3"),
    ];
    let server = Server::with(&limit).await;
    let form = server.demo().form("engine");
    let refused = eventually("the stranger's limit", async || {
        let answer = server.http().post_form("/connect/token", &format!("{form}x")).await;
        (answer.status == 429).then_some(answer)
    })
    .await;
    assert!(refused.header("retry-after").is_some(), "{refused}");
    server.http().post_form("/connect/token", &form).await.ok();
}
