//! The OpenAPI document, its examples against the server that it describes, and the page that shows it.

use serde_json::{Value, json};

use crate::harness::{Answer, Engine, Http, Portal, Server, StandIn, Version, from};

/// A call of the document.
struct Call<'d> {
    method: String,
    path: &'d str,
    described: &'d Value,
}

/// All calls of the document.
fn calls(document: &Value) -> impl Iterator<Item = Call<'_>> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.iter().map(|(method, described)| Call { method: method.to_uppercase(), path, described })
    })
}

/// The calls that a token of the portal opens.
fn control_plane(document: &Value) -> Vec<Call<'_>> {
    let scope = json!([{"client": ["hubster-portal-api"]}]);
    calls(document).filter(|call| call.described["security"] == scope).collect()
}

/// The calls of some groups, but for those that open a websocket.
fn of_groups<'d>(document: &'d Value, groups: &[&str]) -> Vec<Call<'d>> {
    let is_asked = |call: &Call<'_>| groups.contains(&call.described["tags"][0].as_str().unwrap());
    let opens_socket = |call: &Call<'_>| call.described["responses"].get("101").is_some();
    calls(document).filter(|call| is_asked(call) && !opens_socket(call)).collect()
}

impl Call<'_> {
    fn id(&self) -> &str {
        self.described["operationId"].as_str().unwrap()
    }

    /// The bodies that it shows, by their names; none where it takes none.
    fn examples(&self) -> Vec<(String, Option<Value>)> {
        let shown = &self.described["requestBody"]["content"]["application/json"]["examples"];
        match shown.as_object() {
            Some(examples) => {
                examples.iter().map(|(name, one)| (name.clone(), Some(one["value"].clone()))).collect()
            }
            None => vec![("no body".to_owned(), None)],
        }
    }

    /// An example was answered well, and as it is described.
    #[track_caller]
    fn is_answered(&self, example: &str, answer: &Answer) {
        let is_good = (200..300).contains(&answer.status);
        let is_described = self.described["responses"].get(answer.status.to_string()).is_some();
        assert!(is_good && is_described, "{} {example}: {answer}", self.id());
    }

    async fn send(&self, http: &Http, path: &str, body: Option<&Value>) -> Answer {
        let media_type = body.map(|_| "application/json");
        http.send(&self.method, path, media_type, body.map(Value::to_string).unwrap_or_default()).await
    }
}

/// What calls are about: made anew for each, so that none finds what another has changed.
struct Things<'a> {
    portal: &'a Portal,
    engine: &'a Engine,
    client: String,
    made: usize,
}

impl Things<'_> {
    async fn make(&mut self, path: &str, mut body: Value, id: &str) -> String {
        self.made += 1;
        body["name"] = format!("thing {}", self.made).into();
        let made = self.portal.post(path, &body).await.ok();
        made[id].as_str().map_or_else(|| made[id].to_string(), str::to_owned)
    }

    async fn hub(&mut self) -> String {
        self.make("/api/v1/hubs", json!({"description": "for an example"}), "hubId").await
    }

    async fn command(&mut self, call: &Call<'_>) -> String {
        let path = call.path.replace("{id}", &self.hub().await);
        let body = json!({"url": "https://example.com", "linkDescription": "there", "type": "message",
            "integrationTypeId": "agent", "responses": [{"type": "text", "text": "hello"}]});
        self.make(&path, body, "commandId").await
    }

    /// An integration that was sent something, and what it was sent. Nobody is there to take it.
    async fn delivery(&mut self) -> (String, String) {
        let hub = self.hub().await;
        let direct = |kind: &str| json!({"integrationType": kind, "webhookUrl": "http://127.0.0.1:9/"});
        let customer = self.portal.direct(&hub, "customer", direct("Customer")).await;
        let agent = self.portal.direct(&hub, "agent", direct("Agent")).await;
        let conversation = self.engine.establish_at(&customer, "for an example").await;
        self.engine.say(&conversation, "hello").await;
        let sent = self.portal.get(&format!("/api/v1/integrations/{agent}/deliveries")).await.ok();
        (agent, sent["results"][0]["deliveryId"].as_str().unwrap().to_owned())
    }

    /// The path of a call with something to be called about.
    async fn path(&mut self, call: &Call<'_>) -> String {
        let mut path = call.path.to_owned();
        if path.contains("{deliveryId}") {
            let (integration, delivery) = self.delivery().await;
            path = path.replace("{integrationId}", &integration).replace("{deliveryId}", &delivery);
        }
        while let Some((before, rest)) = path.split_once('{') {
            let (name, after) = rest.split_once('}').unwrap();
            let value = match name {
                "hubId" => self.hub().await,
                "id" if call.method == "POST" => self.hub().await,
                "id" => self.command(call).await,
                "integrationId" => {
                    let path = format!("/api/v1/integrations/hubs/{}", self.hub().await);
                    let bot = json!({"channelId": "Bot", "configuration": {"faq": true}});
                    self.make(&path, bot, "integrationId").await
                }
                "channelType" => "WebChat".to_owned(),
                "userId" => self.make("/api/v1/users", json!({}), "userId").await,
                "teamId" => self.make("/api/v1/teams", json!({}), "teamId").await,
                "clientId" => self.client.clone(),
                "tokenId" => {
                    let path = format!("/api/v1/tenants/clients/{}/tokens", self.client);
                    self.make(&path, json!({}), "id").await
                }
                other => panic!("nothing is made for {other}"),
            };
            path = format!("{before}{value}{after}");
        }
        path
    }
}

#[tokio::test]
async fn every_call_of_the_control_plane_answers_each_of_its_examples_as_described() {
    let providers = StandIn::start().await;
    let variables = providers.variables();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let server = Server::with(&variables).await;
    let document = Http::new(server.demo().base()).get("/openapi.json").await.ok();
    let portal = server.portal().await;
    let client = server.demo().get("/clients/portal/client_id");
    let engine = server.engine().await;
    let mut things = Things { portal: &portal, engine: &engine, client, made: 0 };
    let mut sent = 0;
    for call in control_plane(&document) {
        for (name, body) in call.examples() {
            let path = things.path(&call).await;
            let answer = call.send(&portal, &path, body.as_ref()).await;
            call.is_answered(&name, &answer);
            sent += 1;
        }
    }
    assert!(sent > 50, "{sent}");
}

#[tokio::test]
async fn every_call_of_the_engine_answers_each_of_its_examples_as_described() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let document = engine.get("/openapi.json").await.ok();
    let mut sent = 0;
    for call in of_groups(&document, &["Conversations", "Activities"]) {
        for (name, body) in call.examples() {
            let conversation = engine.establish(&format!("{} {name}", call.id())).await;
            engine.say(&conversation, "hello").await;
            let path =
                call.path.replace("{conversationId}", &conversation).replace("{hubId}", &server.demo().hub());
            // What no example can know is put in.
            let (path, body) = match (call.id(), body) {
                ("listActivities", body) => (format!("{path}?type=customer"), body),
                ("establishConversation", Some(mut body)) => {
                    body["integrationId"] = engine.customer().into();
                    (path, Some(body))
                }
                ("sendAsBusiness", Some(body)) => (path, Some(from(&engine.agent(), body))),
                (_, body) => (path, body),
            };
            call.is_answered(&name, &call.send(&engine, &path, body.as_ref()).await);
            sent += 1;
        }
    }
    assert!(sent > 10, "{sent}");
}

#[tokio::test]
async fn every_call_of_messaging_answers_each_of_its_examples_as_described() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let document = messaging.get("/openapi.json").await.ok();
    let groups = [
        "Messaging: configuration",
        "Messaging: deliveries",
        "Messaging: contacts",
        "Messaging: sending",
        "Messaging: sessions",
    ];
    let mut sent = 0;
    for call in of_groups(&document, &groups) {
        for (name, mut body) in call.examples() {
            // What no example can know is put in.
            let session = engine.establish(&format!("{} {name}", call.id())).await;
            for (member, value) in [
                ("sessionId", session.clone()),
                ("contactId", format!("diada_{}", engine.customer())),
                ("channelId", format!("direct:{}", engine.customer())),
            ] {
                if let Some(told) = body.as_mut().and_then(|body| body.get_mut(member)) {
                    *told = value.into();
                }
            }
            let mut path = call.path.to_owned();
            if path.contains("{id}") {
                let all = path.trim_end_matches("/{id}");
                let made =
                    json!({"key": format!("k{sent}"), "value": "v", "code": format!("c{sent}"), "body": "b"});
                let id = messaging.post(all, &made).await.one()["id"].as_str().unwrap().to_owned();
                path = path.replace("{id}", &id);
            }
            if path.contains("{deliveryId}") {
                let webhook = json!({"url": "https://127.0.0.1:9/"});
                messaging.send_to("config/webhook", &webhook).await.one();
                engine.say(&session, "hello").await;
                let sent = messaging.get("/xms/api/v1/config/webhook/deliveries").await.one();
                path = path.replace("{deliveryId}", sent["results"][0]["deliveryId"].as_str().unwrap());
            }
            let answer = call.send(&messaging, &path, body.as_ref()).await;
            call.is_answered(&name, &answer);
            answer.enveloped();
            // What one example makes is not in the way of the next.
            for all in ["/xms/api/v1/config/global/vars", "/xms/api/v1/config/tmpl/hsm"] {
                for thing in messaging.get(all).await.enveloped() {
                    messaging.delete(&format!("{all}/{}", thing["id"].as_str().unwrap())).await.one();
                }
            }
            sent += 1;
        }
    }
    assert!(sent > 15, "{sent}");
}

#[tokio::test]
async fn every_call_of_streaming_answers_each_of_its_examples_as_described() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let document = streaming.get("/openapi.json").await.ok();
    let calls = of_groups(&document, &["Streaming", "Streaming, version 2"]);
    let subscription =
        calls.iter().find(|call| call.id() == "putSubscription").unwrap().examples().remove(0).1;
    for call in &calls {
        for (name, body) in call.examples() {
            let session = if call.path.starts_with("/via/v2/") {
                streaming.speaking(Version::V2).session("ann").await
            } else {
                streaming.durable_session("ann").await
            };
            let http = streaming.with_header("via-client-sessionid", &session.id);
            let path = call.path.replace("{orgId}", &server.demo().org()).replace("{subscriptionId}", "one");
            if path.ends_with("/one") && call.method != "PUT" {
                http.put(&path, subscription.as_ref().unwrap()).await.has_status(201);
            }
            call.is_answered(&name, &call.send(&http, &path, body.as_ref()).await);
        }
    }
    assert!(calls.len() > 15, "{}", calls.len());
}

#[tokio::test]
async fn every_call_of_the_identity_answers_as_described() {
    let server = Server::start().await;
    let http = server.http();
    let document = http.get("/openapi.json").await.ok();
    let form = server.demo().form("portal");
    let names = |form: &str| form.split('&').map(|pair| pair.split('=').next().unwrap().to_owned()).collect();
    let names: Vec<String> = names(&form);
    for call in of_groups(&document, &["Identity"]) {
        let body = &call.described["requestBody"]["content"]["application/x-www-form-urlencoded"];
        let answer = match body["examples"]["form"]["value"].as_object() {
            Some(example) => {
                assert!(example.keys().eq(&names), "{example:?}");
                http.post_form(call.path, &form).await
            }
            None => http.get(call.path).await,
        };
        call.is_answered("form", &answer);
    }
}

#[tokio::test]
async fn the_control_plane_refuses_everybody_else_as_described() {
    let server = Server::start().await;
    let stranger = Http::new(server.demo().base());
    let document = stranger.get("/openapi.json").await.ok();
    assert_eq!(document["openapi"], "3.1.0");
    let engine = stranger.with_token(&server.demo().token("engine").await);
    let somebody = "0191a6b4-0000-7000-8000-000000000000";
    for call in control_plane(&document) {
        let parts = call.path.split(['{', '}']).enumerate();
        let path: String = parts.map(|(place, part)| if place % 2 == 1 { somebody } else { part }).collect();
        for (http, status) in [(&stranger, 401), (&engine, 403)] {
            call.send(http, &path, None).await.platform_errors(status);
            let described = &call.described["responses"][status.to_string()];
            let schema = &described["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problems", "{}", call.id());
        }
    }
}

#[tokio::test]
async fn the_page_has_all_that_it_needs_from_its_own_broker() {
    let server = Server::start().await;
    let http = Http::new(server.demo().base());
    let page = http.get("/docs").await;
    page.has_status(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
    let mut parts = 0;
    for attribute in ["src=\"", "href=\""] {
        for address in page.text.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            if address == "data:," {
                continue;
            }
            assert!(address.starts_with('/') && !address.starts_with("//"), "{address}");
            let part = http.get(address).await;
            part.has_status(200);
            assert!(!part.text.is_empty(), "{part}");
            parts += 1;
        }
    }
    assert_eq!(parts, 4, "a script, what begins it, a style and the document: {page}");
    let script = http.get("/docs/swagger-ui.js").await;
    assert_eq!(script.header("content-encoding"), Some("gzip"));
}
