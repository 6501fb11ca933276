//! A tenant's clients and their tokens (platform documentation §10.1), and what ends with a token.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::harness::{
    Answer, Engine, Http, Portal, Server, Session, SignalR, Socket, Streaming, Tenant, eventually,
    interactions, run, together, within,
};

/// A tenant's client, as the portal is asked about it.
struct Client {
    portal: Portal,
    id: String,
}

impl Client {
    /// The client `portal`, `engine` or `streaming` of a tenant.
    async fn of(tenant: &Tenant, name: &str) -> Self {
        Self { portal: tenant.portal().await, id: tenant.get(&format!("/clients/{name}/client_id")) }
    }

    fn path(&self) -> String {
        format!("/api/v1/tenants/clients/{}", self.id)
    }

    async fn get(&self) -> Value {
        self.portal.get(&self.path()).await.ok()
    }

    async fn try_add(&self, body: &Value) -> Answer {
        self.portal.post(&format!("{}/tokens", self.path()), body).await
    }

    async fn add(&self, body: Value) -> Value {
        self.try_add(&body).await.ok()
    }

    async fn delete(&self, token: &Value) -> Answer {
        self.portal.delete(&format!("{}/tokens/{}", self.path(), token["id"])).await
    }

    /// Asks for an access token with one of the client's tokens.
    async fn grant(&self, token: &Value) -> Answer {
        let secret = token["token"].as_str().unwrap();
        let form = format!("grant_type=client_credentials&client_id={}&client_secret={secret}", self.id);
        Http::new(self.portal.base()).post_form("/connect/token", &form).await
    }

    async fn access_token(&self, token: &Value) -> String {
        self.grant(token).await.ok()["access_token"].as_str().unwrap().to_owned()
    }
}

/// Seconds after which a token of a test expires: enough to begin on a busy machine what is to end then.
const LATER: i64 = 5;

/// So many seconds from now, as the documents write a moment.
fn moment_in(seconds: i64) -> String {
    let moment = Timestamp::now() + SignedDuration::from_secs(seconds);
    format!("{:.3}", moment.to_zoned(TimeZone::UTC).datetime())
}

#[tokio::test]
async fn a_client_is_read_with_all_that_is_documented_and_its_tokens_masked() {
    let server = Server::start().await;
    let demo = server.demo();
    for (name, api, scopes) in [
        ("portal", "portal API", json!(["hubster-portal-api"])),
        ("engine", "engine API", json!(["hubster-engine-api"])),
        ("streaming", "streaming API", json!(["streamingapi", "streamingapi.publish"])),
    ] {
        let client = Client::of(demo, name).await;
        let secret = demo.get(&format!("/clients/{name}/client_secret"));
        let expected = json!({
            "tenantId": demo.get("/tenant/tenantId"),
            "clientId": client.id,
            "name": api,
            "enabled": true,
            "allowedScopes": scopes,
            "claims": [
                {"type": "role", "value": "admin"},
                {"type": "tenant", "value": demo.get("/tenant/tenantId")},
            ],
            "secrets": [
                {"id": 1, "name": "first secret", "token": format!("...{}", &secret[secret.len() - 4..])},
            ],
        });
        assert_eq!(client.get().await, expected);
    }
}

#[tokio::test]
async fn a_token_is_shown_whole_once_and_opens_its_client_across_restarts() {
    let mut server = Server::start().await;
    let client = Client::of(server.demo(), "engine").await;
    let body = json!({"name": "my secret 3", "expiration": "2130-01-31T00:00:00"});
    let answer = client.try_add(&body).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
    let made = answer.ok();
    let token = made["token"].as_str().unwrap().to_owned();
    let expected =
        json!({"id": 2, "name": "my secret 3", "token": token, "expiration": "2130-01-31T00:00:00"});
    assert_eq!(made, expected);
    let lasting = client.add(json!({"name": "no end"})).await;
    assert_eq!((&lasting["id"], lasting.get("expiration")), (&json!(3), None));
    server.crash().await;
    let secrets = client.get().await["secrets"].clone();
    let mut masked = made.clone();
    masked["token"] = format!("...{}", &token[token.len() - 4..]).into();
    assert_eq!(secrets[1], masked);
    assert_eq!(secrets.as_array().unwrap().len(), 3);
    for token in [&made, &lasting] {
        client.grant(token).await.ok();
    }
}

#[tokio::test]
async fn an_expiration_in_another_zone_is_told_in_utc() {
    let server = Server::start().await;
    let client = Client::of(server.demo(), "engine").await;
    for (number, (given, told)) in [
        ("2130-01-31T00:00:00Z", "2130-01-31T00:00:00"),
        ("2130-01-31T00:00:00+02:00", "2130-01-30T22:00:00"),
        ("2130-01-31T00:00:00.250", "2130-01-31T00:00:00.25"),
        ("2130-01-31", "2130-01-31T00:00:00"),
    ]
    .into_iter()
    .enumerate()
    {
        let made = client.add(json!({"NAME": format!("n{number}"), "Expiration": given})).await;
        assert_eq!(made["expiration"], told, "{given}");
    }
}

#[tokio::test]
async fn each_mistake_in_a_new_token_has_its_code() {
    let server = Server::start().await;
    let client = Client::of(server.demo(), "engine").await;
    client.add(json!({"name": "Taken"})).await;
    let expiring = |at: Value| json!({"name": "new", "expiration": at});
    for (body, code) in [
        (json!({}), "PRT000301"),
        (json!({"name": null}), "PRT000301"),
        (json!({"name": " "}), "PRT000301"),
        (json!({"name": 1}), "PRT000302"),
        (json!({"name": "n".repeat(257)}), "PRT000207"),
        (json!({"name": "Taken"}), "PRT000600"),
        (json!({"name": "tAKEN"}), "PRT000600"),
        (expiring(json!("soon")), "PRT000204"),
        (expiring(json!(1_900_000_000)), "PRT000302"),
        (expiring(json!("2029-02-29T00:00:00")), "PRT000204"),
        (expiring(json!("2020-01-31T00:00:00")), "PRT000206"),
        (expiring(json!(moment_in(0))), "PRT000206"),
        (json!([]), "PRT000302"),
    ] {
        client.try_add(&body).await.refused(400, code);
    }
    let both = client.try_add(&json!({"expiration": 5})).await;
    assert_eq!(both.platform_errors(400).len(), 2, "all mistakes are told at once: {both}");
    let path = format!("{}/tokens", client.path());
    client.portal.send("POST", &path, Some("application/json"), "").await.refused(400, "PRT000300");
    client.add(json!({"name": "n".repeat(256)})).await;
    assert_eq!(client.get().await["secrets"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_unknown_client_or_token_is_not_found_and_neither_is_another_tenants() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let (mine, hers) = (Client::of(server.demo(), "engine").await, Client::of(&eve, "engine").await);
    let foreign = Client { portal: mine.portal.clone(), id: hers.id.clone() };
    let unknown = Client { portal: mine.portal.clone(), id: "nobody".to_owned() };
    for client in [&foreign, &unknown] {
        client.portal.get(&client.path()).await.refused(404, "PRT000105");
        client.try_add(&json!({"name": "x"})).await.refused(404, "PRT000105");
        client.delete(&json!({"id": 1})).await.refused(404, "PRT000105");
    }
    assert_eq!(hers.get().await["secrets"].as_array().unwrap().len(), 1);
    mine.delete(&json!({"id": 77})).await.refused(404, "PRT000105");
    for id in ["x", "-1", "1.5", "99999999999"] {
        let path = format!("{}/tokens/{id}", mine.path());
        mine.portal.delete(&path).await.refused(400, "PRT000210");
    }
}

#[tokio::test]
async fn the_portals_scope_is_needed_and_other_methods_are_refused() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let client = Client::of(server.demo(), "engine").await;
    let tokens = format!("{}/tokens", client.path());
    for (method, path) in
        [("GET", client.path()), ("POST", tokens.clone()), ("DELETE", format!("{tokens}/1"))]
    {
        engine.send(method, &path, None, "").await.refused(403, "PRT000101");
        server.http().send(method, &path, None, "").await.refused(401, "PRT000102");
    }
    for (method, path) in [("PUT", client.path()), ("GET", tokens.clone()), ("POST", format!("{tokens}/1"))] {
        client.portal.send(method, &path, None, "").await.platform_errors(405);
    }
}

#[tokio::test]
async fn of_many_tokens_of_one_name_at_once_one_is_made() {
    let server = Server::start().await;
    let client = Client::of(server.demo(), "engine").await;
    let path = format!("{}/tokens", client.path());
    let statuses = together((0..20).map(|_| {
        let (portal, path) = (client.portal.clone(), path.clone());
        async move { portal.post(&path, &json!({"name": "Only"})).await.status }
    }))
    .await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 19, "{statuses:?}");
}

#[tokio::test]
async fn a_client_has_as_many_tokens_as_it_may() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__SECRETS_PER_CLIENT", "2")]).await;
    let client = Client::of(server.demo(), "engine").await;
    let second = client.add(json!({"name": "second"})).await;
    client.try_add(&json!({"name": "third"})).await.refused(403, "PRT000110");
    client.delete(&second).await.has_status(200);
    let third = client.add(json!({"name": "third"})).await;
    assert_eq!(third["id"], 3, "the number of a deleted token is not given again");
}

#[tokio::test]
async fn the_last_token_that_opens_the_portal_stays() {
    let server = Server::start().await;
    let client = Client::of(server.demo(), "portal").await;
    let first = json!({"id": 1});
    client.delete(&first).await.refused(403, "PRT000110");
    let second = client.add(json!({"name": "second"})).await;
    let renewed = Client {
        portal: Portal::new(server.http().with_token(&client.access_token(&second).await)),
        id: client.id.clone(),
    };
    client.delete(&first).await.has_status(200);
    client.portal.get("/api/v1/hubs").await.refused(401, "PRT000102");
    renewed.delete(&second).await.refused(403, "PRT000110");
    assert_eq!(renewed.get().await["secrets"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_deleted_token_grants_nothing_and_what_it_granted_is_refused() {
    let server = Server::start().await;
    let client = Client::of(server.demo(), "engine").await;
    let token = client.add(json!({"name": "short-lived"})).await;
    let http = server.http().with_token(&client.access_token(&token).await);
    let engine = Engine::new(http, server.demo().clone());
    let conversation = engine.establish("ada").await;
    client.delete(&token).await.has_status(200);
    client.grant(&token).await.oauth_refused(401, "invalid_client");
    engine.get(&format!("/api/v1/conversations/{conversation}")).await.refused(401, "ENG000102");
    client.delete(&token).await.refused(404, "PRT000105");
    server.engine().await.say(&conversation, "other tokens of the client go on").await;
}

/// A listener on each kind of socket, with a token of the client's own.
async fn listening(server: &Server, token: &str) -> (Socket, SignalR) {
    let engine = Engine::new(server.http().with_token(token), server.demo().clone());
    let socket = engine.listen_at(&engine.agent()).await;
    let hub = engine.signalr(&format!("iId={}", engine.agent())).await;
    (socket, hub)
}

#[tokio::test]
async fn sockets_that_a_deleted_token_opened_are_closed_and_others_stay() {
    let server = Server::start().await;
    let client = Client::of(server.demo(), "engine").await;
    let token = client.add(json!({"name": "short-lived"})).await;
    let (mut socket, mut hub) = listening(&server, &client.access_token(&token).await).await;
    let engine = server.engine().await;
    let mut other = engine.listen_at(&engine.agent()).await;
    client.delete(&token).await.has_status(200);
    assert_eq!(socket.closed().await.1, 1008);
    let close = hub.next().await;
    assert_eq!((&close["type"], &close["allowReconnect"]), (&json!(7), &json!(false)), "{close}");
    assert_eq!(hub.closed().await, 1008);
    engine.say(&engine.establish("ada").await, "still here").await;
    assert_eq!(other.texts(1).await, ["still here"]);
}

#[tokio::test]
async fn sockets_that_an_expiring_token_opened_are_closed_when_its_time_has_come() {
    let server = Server::start().await;
    let client = Client::of(server.demo(), "engine").await;
    let token = client.add(json!({"name": "short-lived", "expiration": moment_in(LATER)})).await;
    let access = client.access_token(&token).await;
    let (mut socket, mut hub) = listening(&server, &access).await;
    assert_eq!(socket.closed().await.1, 1008);
    hub.closed().await;
    // Times of tokens are whole seconds, so theirs is over a little earlier.
    let refused = eventually("the end of the secret", async || {
        Some(client.grant(&token).await).filter(|answer| answer.status != 200)
    })
    .await;
    refused.oauth_refused(401, "invalid_client");
    let http = server.http().with_token(&access);
    http.post("/events/v1/ticket", &json!({})).await.refused(401, "ENG000102");
    let masked = client.get().await["secrets"][1].clone();
    assert_eq!(masked["name"], "short-lived", "it is listed until it is deleted");
}

#[tokio::test]
async fn a_tenant_whose_portal_secrets_have_expired_gets_one_from_the_operator() {
    let mut server = Server::start().await;
    let client = Client::of(server.demo(), "portal").await;
    let last = client.add(json!({"name": "last", "expiration": moment_in(LATER)})).await;
    client.delete(&json!({"id": 1})).await.has_status(200);
    eventually("the end of the last secret", async || {
        (client.grant(&last).await.status == 401).then_some(())
    })
    .await;
    let data = server.data();
    let add = |tenant: &str, name: &str| {
        let line = ["tenant", "add-secret", "--org", tenant, "--name", name, "--json", "--data"];
        run(&[&line as &[&str], &[data.to_str().unwrap()]].concat(), &[])
    };
    let beside = add("demo", "new");
    assert_eq!((beside.code, beside.out.as_str()), (Some(1), ""), "a server is running: {beside:?}");
    server.stop(Duration::from_secs(20)).await;
    for (tenant, name, reason) in
        [("nobody", "new", "there is no tenant 'nobody'"), ("demo", "LAST", "the name is taken")]
    {
        let refused = add(tenant, name);
        assert_eq!(refused.code, Some(1));
        assert!(refused.err.contains(reason), "{refused:?}");
    }
    let made = add("demo", "new");
    assert_eq!((made.code, made.err.as_str()), (Some(0), ""), "{made:?}");
    let made: Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!(
        (&made["client_id"], &made["id"], &made["name"]),
        (&json!(client.id), &json!(3), &json!("new"))
    );
    server.restart().await;
    let access = client.access_token(&json!({"token": made["client_secret"]})).await;
    let portal = Portal::new(server.http().with_token(&access));
    let entry = portal.get("/api/v1/audit?pageSize=1").await.ok()["results"][0].clone();
    assert_eq!(
        (&entry["action"], &entry["kind"], &entry["name"]),
        (&json!("created"), &json!("token"), &json!("new"))
    );
    assert_eq!(entry["by"], json!({"type": "operator"}));
}

/// A poll may wait for longer than a test does.
const LONG_POLLS: (&str, &str) = ("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "300");

fn streaming_with(server: &Server, access: &str) -> Streaming {
    let key = server.demo().get("/clients/streaming/api_key");
    let http = server.http().with_token(access).with_header("x-api-key", &key);
    Streaming::new(http, &server.demo().org())
}

/// A poll that waits with an access token, and its session as the demo's own client has it.
async fn waiting_poll(server: &Server, access: &str) -> (tokio::task::JoinHandle<Answer>, Session) {
    let session = streaming_with(server, access).session("ada").await;
    let kept = server.streaming().await.attach(&session.id);
    let poll = tokio::spawn(async move { session.try_poll("").await });
    server.sees_polls_waiting(1).await;
    (poll, kept)
}

#[tokio::test]
async fn a_poll_that_waits_ends_with_the_token_that_opened_it() {
    let server = Server::with(&[LONG_POLLS]).await;
    let client = Client::of(server.demo(), "streaming").await;
    let token = client.add(json!({"name": "short-lived"})).await;
    let access = client.access_token(&token).await;
    let (poll, session) = waiting_poll(&server, &access).await;
    client.delete(&token).await.has_status(200);
    let refused = within("the poll", poll).await.unwrap();
    assert_eq!((refused.status, refused.text.as_str()), (401, ""));
    let streaming = streaming_with(&server, &access);
    assert_eq!(streaming.create(&json!({})).await.status, 401);
    assert_eq!(streaming.attach(&session.id).try_poll("").await.status, 401);
    server.streaming().await.idle("ada", 7).await;
    assert_eq!(interactions(&session.poll(1).await), [7], "the session goes on for whoever may use it");
}

#[tokio::test]
async fn streams_of_sessions_end_with_the_token_that_opened_them() {
    let server = Server::start().await;
    let client = Client::of(server.demo(), "streaming").await;
    let token = client.add(json!({"name": "short-lived"})).await;
    let streaming = streaming_with(&server, &client.access_token(&token).await);
    let (heard_by_socket, heard_by_stream) = (streaming.session("ada").await, streaming.session("bob").await);
    let (mut socket, mut stream) = (heard_by_socket.websocket().await, heard_by_stream.stream().await);
    client.delete(&token).await.has_status(200);
    assert_eq!(socket.closed().await.1, 1008);
    assert!(stream.rest().await.is_empty());
    assert_eq!(heard_by_stream.try_poll("").await.status, 401);
}

#[tokio::test]
async fn a_poll_that_waits_ends_when_its_token_expires() {
    let server = Server::with(&[LONG_POLLS]).await;
    let client = Client::of(server.demo(), "streaming").await;
    let token = client.add(json!({"name": "short-lived", "expiration": moment_in(LATER)})).await;
    let streaming = streaming_with(&server, &client.access_token(&token).await);
    let refused = streaming.session("ada").await.try_poll("").await;
    assert_eq!((refused.status, refused.text.as_str()), (401, ""));
}
