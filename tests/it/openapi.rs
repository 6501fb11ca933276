//! The OpenAPI document, its examples against the server that it describes, and the page that shows it.

use serde_json::{Value, json};

use crate::harness::{Answer, Http, Portal, Server, StandIn};

/// A call of the document.
struct Call<'d> {
    method: String,
    path: &'d str,
    described: &'d Value,
}

/// The calls that a token of the portal opens.
fn control_plane(document: &Value) -> Vec<Call<'_>> {
    let paths = document["paths"].as_object().unwrap();
    let calls = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.iter().map(|(method, described)| Call { method: method.to_uppercase(), path, described })
    });
    let scope = json!([{"client": ["hubster-portal-api"]}]);
    calls.filter(|call| call.described["security"] == scope).collect()
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

    async fn send(&self, http: &Http, path: &str, body: Option<&Value>) -> Answer {
        let media_type = body.map(|_| "application/json");
        http.send(&self.method, path, media_type, body.map(Value::to_string).unwrap_or_default()).await
    }
}

/// What calls are about: made anew for each, so that none finds what another has changed.
struct Things<'a> {
    portal: &'a Portal,
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

    /// The path of a call with something to be called about.
    async fn path(&mut self, call: &Call<'_>) -> String {
        let mut path = call.path.to_owned();
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
    let mut things = Things { portal: &portal, client, made: 0 };
    let mut sent = 0;
    for call in control_plane(&document) {
        for (name, body) in call.examples() {
            let path = things.path(&call).await;
            let answer = call.send(&portal, &path, body.as_ref()).await;
            let is_good = (200..300).contains(&answer.status);
            let is_described = call.described["responses"].get(answer.status.to_string()).is_some();
            assert!(is_good && is_described, "{} {name}: {answer}", call.id());
            sent += 1;
        }
    }
    assert!(sent > 50, "{sent}");
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
