//! Every documented address with its methods: what a good call is answered with, and what is told to those who may
//! not ask, of ids that name nothing or another tenant's thing, and of bodies that are none.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Names, UNKNOWN, one_of_each, quick_server};
use crate::harness::{Answer, Http, Server};

/// A documented call.
struct Endpoint {
    method: &'static str,
    /// Its ids in braces.
    path: &'static str,
    /// A good body; empty where the call has none.
    body: &'static str,
    shows: Shows,
    /// What is told when the id of that name is nobody's.
    unknown: &'static [(&'static str, &'static str)],
}

/// What a good call is answered with.
enum Shows {
    /// Nothing but its status.
    Nothing,
    /// One thing with these properties.
    One(&'static [&'static str]),
    /// A list of things with these properties.
    List(&'static [&'static str]),
    /// A page of them.
    Page(&'static [&'static str]),
}

const CLIENT: &[&str] = &["tenantId", "clientId", "name", "enabled", "allowedScopes", "claims", "secrets"];
const TOKEN: &[&str] = &["id", "name", "token"];
const HUB: &[&str] = &["hubId", "tenantId", "name", "description", "closeDormantConversation", "statusId"];
const INTEGRATION: &[&str] =
    &["integrationId", "hubId", "integrationTypeId", "channelId", "name", "statusId", "configuration"];
const TRANSFER: &[&str] =
    &["commandId", "hubId", "name", "description", "url", "linkDescription", "mountDelay"];
const RESPONSE: &[&str] =
    &["commandId", "hubId", "name", "category", "description", "integrationTypeId", "type", "responses"];

const NO_CLIENT: &[(&str, &str)] = &[("client", "PRT000105")];
const NO_TOKEN: &[(&str, &str)] = &[("client", "PRT000105"), ("token", "PRT000105")];
const NO_HUB: &[(&str, &str)] = &[("hub", "PRT000699")];
const NO_INTEGRATION: &[(&str, &str)] = &[("integration", "PRT000799")];
/// What is no integration is taken for a hub.
const NO_SUCH: &[(&str, &str)] = &[("integration", "PRT000699")];
const NO_TRANSFER: &[(&str, &str)] = &[("transfer", "PRT000105")];
const NO_RESPONSE: &[(&str, &str)] = &[("response", "PRT000105")];

const NEW_HUB: &str = r#"{"name": "new {place}", "description": "d"}"#;
const NEW_INTEGRATION: &str =
    r#"{"name": "new", "channelId": "Direct", "configuration": {"integrationType": "Customer"}}"#;
const NEW_TRANSFER: &str = r#"{"name": "new", "url": "https://a.example", "linkDescription": "l"}"#;
const NEW_RESPONSE: &str = r#"{"name": "new", "integrationTypeId": "customer", "type": "message",
    "responses": [{"type": "text", "text": "hello"}]}"#;
const OTHER_NAME: &str = r#"{"name": "other {place}"}"#;

/// §10, and the calls that the documents leave to be guessed: integrations are changed and deleted at their address.
#[rustfmt::skip]
const ENDPOINTS: &[Endpoint] = {
    use Shows::{List, Nothing, One, Page};
    const fn row(
        method: &'static str,
        path: &'static str,
        body: &'static str,
        shows: Shows,
        unknown: &'static [(&'static str, &'static str)],
    ) -> Endpoint {
        Endpoint { method, path, body, shows, unknown }
    }
    &[
        row("GET", "/api/v1/tenants/clients/{client}", "", One(CLIENT), NO_CLIENT),
        row("POST", "/api/v1/tenants/clients/{client}/tokens", OTHER_NAME, One(TOKEN), NO_CLIENT),
        row("DELETE", "/api/v1/tenants/clients/{client}/tokens/{token}", "", Nothing, NO_TOKEN),
        row("POST", "/api/v1/hubs", NEW_HUB, One(HUB), &[]),
        row("GET", "/api/v1/hubs", "", Page(HUB), &[]),
        row("PUT", "/api/v1/hubs/{hub}", OTHER_NAME, One(HUB), NO_HUB),
        row("GET", "/api/v1/hubs/{hub}", "", One(HUB), NO_HUB),
        row("DELETE", "/api/v1/hubs/{hub}", "", Nothing, NO_HUB),
        row("POST", "/api/v1/integrations/hubs/{hub}", NEW_INTEGRATION, One(INTEGRATION), NO_HUB),
        row("POST", "/api/v1/integrations/hubs/{integration}", OTHER_NAME, One(INTEGRATION), NO_SUCH),
        row("PUT", "/api/v1/integrations/{integration}", OTHER_NAME, One(INTEGRATION), NO_INTEGRATION),
        row("GET", "/api/v1/integrations/{integration}", "", One(INTEGRATION), NO_INTEGRATION),
        row("DELETE", "/api/v1/integrations/{integration}", "", Nothing, NO_INTEGRATION),
        row("GET", "/api/v1/integrations/hubs/{hub}/Direct", "", List(INTEGRATION), NO_HUB),
        row("GET", "/api/v1/integrations", "", Page(INTEGRATION), &[]),
        row("GET", "/api/v1/integrations?hubId={hub}", "", Page(INTEGRATION), NO_HUB),
        row("POST", "/api/v1/commands/transfers/{hub}", NEW_TRANSFER, One(TRANSFER), NO_HUB),
        row("PUT", "/api/v1/commands/transfers/{transfer}", OTHER_NAME, One(TRANSFER), NO_TRANSFER),
        row("GET", "/api/v1/commands/transfers/{transfer}", "", One(TRANSFER), NO_TRANSFER),
        row("DELETE", "/api/v1/commands/transfers/{transfer}", "", Nothing, NO_TRANSFER),
        row("GET", "/api/v1/commands/transfers/hub/{hub}", "", List(TRANSFER), NO_HUB),
        row("POST", "/api/v1/commands/responses/{hub}", NEW_RESPONSE, One(RESPONSE), NO_HUB),
        row("PUT", "/api/v1/commands/responses/{response}", OTHER_NAME, One(RESPONSE), NO_RESPONSE),
        row("GET", "/api/v1/commands/responses/{response}", "", One(RESPONSE), NO_RESPONSE),
        row("DELETE", "/api/v1/commands/responses/{response}", "", Nothing, NO_RESPONSE),
        row("GET", "/api/v1/commands/responses/hub/{hub}", "", List(RESPONSE), NO_HUB),
    ]
};

impl Endpoint {
    async fn call(&self, http: &Http, names: &Names) -> Answer {
        self.call_with(http, names, &names.fill(self.body)).await
    }

    async fn call_with(&self, http: &Http, names: &Names, body: &str) -> Answer {
        let content_type = (!self.body.is_empty()).then_some("application/json");
        http.send(self.method, &names.fill(self.path), content_type, body.to_owned()).await
    }

    /// Where it is, whatever its ids are called.
    fn place(&self) -> String {
        let path = self.path.split('?').next().unwrap();
        let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    }
}

impl Shows {
    #[track_caller]
    fn check(&self, answer: &Answer) {
        answer.has_status(200);
        match self {
            Self::Nothing => assert_eq!(answer.text, "", "{answer}"),
            Self::One(properties) => assert_members(&answer.json(), properties, answer),
            Self::List(properties) => assert_all(&answer.json(), properties, answer),
            Self::Page(properties) => {
                let page = answer.json();
                assert_members(&page, &["pageNumber", "pageSize", "total", "results"], answer);
                assert_all(&page["results"], properties, answer);
            }
        }
    }
}

#[track_caller]
fn assert_all(list: &Value, properties: &[&str], answer: &Answer) {
    let list = list.as_array().unwrap_or_else(|| panic!("no list in {answer}"));
    assert!(!list.is_empty(), "{answer}");
    list.iter().for_each(|thing| assert_members(thing, properties, answer));
}

#[track_caller]
fn assert_members(thing: &Value, properties: &[&str], answer: &Answer) {
    let members = thing.as_object().unwrap_or_else(|| panic!("no object in {answer}")).keys();
    let found: BTreeSet<_> = members.map(String::as_str).collect();
    assert_eq!(found, properties.iter().copied().collect(), "{answer}");
}

#[tokio::test]
async fn every_documented_call_is_answered_as_documented() {
    let server = quick_server().await;
    let portal = server.portal().await;
    for (place, endpoint) in ENDPOINTS.iter().enumerate() {
        let names = one_of_each(server.demo(), &portal, place).await;
        endpoint.shows.check(&endpoint.call(&portal, &names).await);
    }
}

#[tokio::test]
async fn every_call_is_for_the_portals_scope_and_for_the_tenant_of_what_it_names() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let (portal, hers, engine) = (server.portal().await, eve.portal().await, server.engine().await);
    let (mine, foreign) = (one_of_each(server.demo(), &portal, 1).await, one_of_each(&eve, &hers, 1).await);
    for endpoint in ENDPOINTS {
        let refused = endpoint.call(&server.http(), &mine).await;
        refused.refused(401, "PRT000102");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{refused}");
        endpoint.call(&server.http().with_token("x.y.z"), &mine).await.refused(401, "PRT000102");
        endpoint.call(&engine, &mine).await.refused(403, "PRT000101");
        // Numbers of tokens are each client's own: there is no foreign one.
        for (name, code) in endpoint.unknown.iter().filter(|(name, _)| *name != "token") {
            let theirs = foreign.fill(&format!("{{{name}}}"));
            endpoint.call(&portal, &mine.clone().with(name, theirs)).await.refused(404, code);
        }
    }
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.method == "GET") {
        endpoint.call(&hers, &foreign).await.ok();
    }
}

#[tokio::test]
async fn an_id_that_names_nothing_is_told_from_one_that_is_none() {
    let server = quick_server().await;
    let portal = server.portal().await;
    let names = one_of_each(server.demo(), &portal, 1).await;
    for endpoint in ENDPOINTS {
        for (name, code) in endpoint.unknown {
            let (unknown, malformed) = match *name {
                "client" => ("nobody", None),
                "token" => ("77", Some("PRT000210")),
                _ => (UNKNOWN, Some("PRT000203")),
            };
            endpoint.call(&portal, &names.clone().with(name, unknown)).await.refused(404, code);
            if let Some(code) = malformed {
                endpoint.call(&portal, &names.clone().with(name, "x17")).await.refused(400, code);
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_is_none_is_refused_by_every_call_that_takes_one() {
    let server = quick_server().await;
    let portal = server.portal().await;
    let names = one_of_each(server.demo(), &portal, 1).await;
    let large = format!(r#"{{"name": "{}"}}"#, "x".repeat(1 << 20));
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let deep = format!(r#"{{"name": {deep}}}"#);
    for endpoint in ENDPOINTS.iter().filter(|endpoint| !endpoint.body.is_empty()) {
        for (body, code) in [
            ("", "PRT000300"),
            (" ", "PRT000300"),
            ("{", "PRT000302"),
            ("[]", "PRT000302"),
            ("null", "PRT000302"),
            ("\"x\"", "PRT000302"),
            (&deep, "PRT000302"),
        ] {
            endpoint.call_with(&portal, &names, body).await.refused(400, code);
        }
        endpoint.call_with(&portal, &names, &large).await.platform_errors(413);
        let path = names.fill(endpoint.path);
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
            let refused = portal.send(endpoint.method, &path, Some(media_type), "{}").await;
            refused.platform_errors(415);
        }
    }
}

#[tokio::test]
async fn an_address_takes_the_documented_methods_and_names_them_to_those_who_try_others() {
    let server = quick_server().await;
    let portal = server.portal().await;
    let names = one_of_each(server.demo(), &portal, 1).await;
    for endpoint in ENDPOINTS {
        let place = endpoint.place();
        let taken: BTreeSet<_> =
            ENDPOINTS.iter().filter(|other| other.place() == place).map(|other| other.method).collect();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            if taken.contains(method) {
                continue;
            }
            let refused = portal.send(method, &names.fill(endpoint.path), None, "").await;
            refused.platform_errors(405);
            let allowed = refused.header("allow").unwrap_or_else(|| panic!("no methods in {refused}"));
            // Whatever can be got has a head.
            let allowed: BTreeSet<_> = allowed.split(',').filter(|method| *method != "HEAD").collect();
            assert_eq!(allowed, taken, "{refused}");
        }
    }
    portal.get("/api/v1/nothing").await.refused(404, "PRT000105");
}
