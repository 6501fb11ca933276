//! `switchboard token`: minting access tokens and looking into them beside the data folder.

use serde_json::{Value, json};

use crate::harness::{Server, run};

/// Runs `switchboard token` on the server's data folder; the exit code, what it printed, and what it complained of.
fn token(server: &Server, arguments: &[&str]) -> (i32, String, String) {
    let data = server.data();
    let all = [&["token"], arguments, &["--data", data.to_str().unwrap()]].concat();
    let finished = run(&all, &[]);
    (finished.code.unwrap(), finished.out.trim_end().to_owned(), finished.err)
}

fn minted(server: &Server, arguments: &[&str]) -> Value {
    let (code, out, err) = token(server, &[&["mint", "--json"], arguments].concat());
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

#[tokio::test]
async fn a_token_minted_beside_the_running_server_is_taken_by_it() {
    let server = Server::start().await;
    let (tenant, client) =
        (server.demo().get("/tenant/tenantId"), server.demo().get("/clients/portal/client_id"));
    for who in [["--org", "demo", "--client", "portal"], ["--tenant", &tenant, "--client", &client]] {
        let (code, access, err) = token(&server, &[&["mint"], &who[..]].concat());
        assert_eq!(code, 0, "{err}");
        server.http().with_token(&access).get("/api/v1/hubs").await.ok();
    }
    let whole = minted(&server, &["--org", "demo", "--client", "engine"]);
    let expected = json!({"access_token": whole["access_token"], "token_type": "Bearer", "expires_in": 2_592_000,
        "scope": "hubster-engine-api"});
    assert_eq!(whole, expected);
}

#[tokio::test]
async fn scope_and_lifetime_are_those_that_were_asked_for() {
    let server = Server::start().await;
    let who = ["--org", "demo", "--client", "streaming"];
    let narrow = minted(&server, &[&who[..], &["--scope", "streamingapi", "--lifetime", "60"]].concat());
    assert_eq!((&narrow["scope"], &narrow["expires_in"]), (&json!("streamingapi"), &json!(60)));
    let both = ["--scope", "streamingapi.publish", "--scope", "streamingapi"];
    let both = minted(&server, &[&who[..], &both].concat());
    assert_eq!(both["scope"], "streamingapi streamingapi.publish");
    let longest = minted(&server, &[&who[..], &["--lifetime", "2592000"]].concat());
    assert_eq!(longest["expires_in"], 2_592_000);
}

#[tokio::test]
async fn what_cannot_be_minted_is_refused_with_a_reason() {
    let server = Server::start().await;
    for (arguments, reason) in [
        (&["--org", "nobody", "--client", "portal"][..], "there is no tenant 'nobody'"),
        (&["--org", "demo", "--client", "nobody"], "no client 'nobody'"),
        (&["--org", "demo", "--client", "messaging"], "gets no tokens"),
        (&["--org", "demo", "--client", "portal", "--scope", "everything"], "'everything' is not a scope"),
        (&["--org", "demo", "--client", "portal", "--scope", "streamingapi"], "hubster-portal-api"),
        (&["--org", "demo", "--client", "portal", "--lifetime", "0"], "1 to 2592000 seconds"),
        (&["--org", "demo", "--client", "portal", "--lifetime", "2592001"], "1 to 2592000 seconds"),
    ] {
        let (code, out, err) = token(&server, &[&["mint"], arguments].concat());
        assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}: {err}");
        assert!(err.contains(reason), "{arguments:?}: {err}");
    }
    let (code, ..) = token(&server, &["mint", "--org", "demo"]);
    assert_eq!(code, 2, "without a client");
}

#[tokio::test]
async fn a_minted_token_ends_with_the_clients_secret() {
    let server = Server::start().await;
    let client = server.demo().get("/clients/engine/client_id");
    let access = minted(&server, &["--org", "demo", "--client", "engine"])["access_token"].clone();
    let access = access.as_str().unwrap();
    let inspected = |access: &str| {
        let (code, out, err) = token(&server, &["inspect", access, "--json"]);
        (code, serde_json::from_str::<Value>(&out).unwrap(), err)
    };
    let (code, good, _) = inspected(access);
    assert_eq!((code, &good["valid"], good.get("reason")), (0, &json!(true), None));
    assert_eq!((&good["header"]["alg"], &good["claims"]["sub"]), (&json!("RS256"), &json!(client)));
    assert_eq!(good["claims"]["iss"], server.demo().base());

    let path = format!("/api/v1/tenants/clients/{client}/tokens/1");
    server.portal().await.delete(&path).await.has_status(200);
    let (code, revoked, err) = inspected(access);
    let reason = "the token has been revoked";
    assert_eq!((code, &revoked["valid"], &revoked["reason"]), (1, &json!(false), &json!(reason)));
    assert!(err.contains(reason), "{err}");
    let (code, _, err) = token(&server, &["mint", "--org", "demo", "--client", "engine"]);
    assert_eq!(code, 1);
    assert!(err.contains("no secret that is still good"), "{err}");
}

#[tokio::test]
async fn a_token_is_judged_by_its_signature_and_its_form() {
    let server = Server::start().await;
    let own = server.demo().token("portal").await;
    let (signed, _) = own.rsplit_once('.').unwrap();
    let (_, foreign_signature) = (signed, Server::start().await.demo().token("portal").await);
    let (_, foreign_signature) = foreign_signature.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{foreign_signature}");
    let (code, page, err) = token(&server, &["inspect", &own]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(page.contains("hubster-portal-api") && page.ends_with("the token is valid"), "{page}");
    let (code, page, err) = token(&server, &["inspect", &forged]);
    assert_eq!(code, 1);
    assert!(page.contains("hubster-portal-api") && err.contains("signature is wrong"), "{page} {err}");
    let (code, out, err) = token(&server, &["inspect", "nonsense"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("has not the form of a token"), "{err}");
}

#[test]
fn nothing_is_made_where_there_is_no_database() {
    let folder = tempfile::TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap();
    let mint = ["token", "mint", "--org", "demo", "--client", "portal", "--data", data];
    let finished = run(&mint, &[]);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(finished.err.contains("there is no database"), "{}", finished.err);
    let finished = run(&mint, &[("SWITCHBOARD_STORE__DURABILITY", "memory")]);
    assert!(finished.err.contains("memory"), "{}", finished.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
