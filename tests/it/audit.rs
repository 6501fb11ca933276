//! The audit log: what is in it, of whom, and how it is searched.

use serde_json::{Value, json};

use crate::harness::{Portal, Server};

async fn log(portal: &Portal, query: &str) -> Vec<Value> {
    portal.get(&format!("/api/v1/audit?{query}")).await.ok()["results"].as_array().unwrap().clone()
}

/// Action, kind and name of each entry, and what was changed.
fn lines(entries: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let line = |entry: &Value| {
        let changed = entry["changed"].as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
        let words = ["action", "kind", "name"].map(|member| text(&entry[member]));
        format!("{} {}", words.join(" "), changed.join(",")).trim_end().to_owned()
    };
    entries.iter().map(line).collect()
}

#[tokio::test]
async fn an_entry_has_who_what_when_and_from_where() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Support").await;
    let entries = log(&portal, "").await;
    let by = json!({"type": "client", "clientId": server.demo().get("/clients/portal/client_id"), "tokenId": 1,
        "address": "127.0.0.1"});
    let at = entries[0]["dateTime"].clone();
    assert_eq!(
        entries[0],
        json!({"dateTime": at, "action": "created", "kind": "hub", "id": hub, "name": "Support", "by": by})
    );
    assert!(at.as_str().unwrap() > "2026", "{at}");
    let first = json!({"dateTime": entries[1]["dateTime"], "action": "created", "kind": "tenant",
        "id": server.demo().get("/tenant/tenantId"), "name": "demo", "by": {"type": "operator"}});
    assert_eq!(entries[1..], [first]);
}

#[tokio::test]
async fn every_kind_of_change_is_in_the_log_and_no_secret_is() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let client = server.demo().get("/clients/engine/client_id");
    let tokens = format!("/api/v1/tenants/clients/{client}/tokens");
    let token = portal.post(&tokens, &json!({"name": "night"})).await.ok();
    portal.delete(&format!("{tokens}/{}", token["id"])).await.has_status(200);
    let (hub, customer, agent) = portal.quiet_hub("Support").await;
    let hubs = format!("/api/v1/hubs/{hub}");
    let transfer = json!({"name": "sales", "description": "d", "url": "https://a.example", "linkDescription": "go",
        "mountDelay": 0});
    let made = portal.post(&format!("/api/v1/commands/transfers/{hub}"), &transfer).await.ok();
    let command = format!("/api/v1/commands/transfers/{}", made["commandId"].as_str().unwrap());
    portal.put(&command, &json!({"mountDelay": 5})).await.ok();
    portal.delete(&command).await.has_status(200);
    portal.put(&hubs, &json!({"statusId": 2002, "description": "other"})).await.ok();
    portal.put(&hubs, &json!({"statusId": 2002})).await.ok();
    let hooked =
        json!({"configuration": {"integrationType": "Agent", "webhookUrl": "https://hook.test/path"}});
    portal.put(&format!("/api/v1/integrations/{agent}"), &hooked).await.ok();
    portal.delete(&format!("/api/v1/integrations/{customer}")).await.has_status(200);
    portal.post("/api/v1/users", &json!({"userId": "ada", "name": "Ada"})).await.ok();
    portal.post("/api/v1/teams", &json!({"teamId": "t", "name": "Team", "members": ["ada"]})).await.ok();
    portal.put("/api/v1/users/ada", &json!({"email": "ada@example.com"})).await.ok();
    portal.delete("/api/v1/users/ada").await.has_status(200);
    portal.delete("/api/v1/teams/t").await.has_status(200);
    portal.delete(&hubs).await.has_status(200);
    let mut entries = log(&portal, "").await;
    entries.reverse();
    let expected = [
        "created tenant demo",
        "created token night",
        "deleted token night",
        "created hub Support",
        "created integration customer",
        "created integration agent",
        "created command sales",
        "updated command sales mountDelay",
        "deleted command sales",
        "updated hub Support description,statusId",
        "updated integration agent configuration.webhookUrl",
        "deleted integration customer",
        "created user Ada",
        "created team Team",
        "updated user Ada email",
        "updated team Team members",
        "deleted user Ada",
        "deleted team Team",
        "deleted integration agent",
        "deleted hub Support",
    ];
    assert_eq!(lines(&entries), expected);
    assert_eq!(entries[1]["id"], format!("{client}/2"));
    let whole = json!(entries).to_string();
    for secret in [token["token"].as_str().unwrap(), "hook.test", "ada@example.com"] {
        assert!(!whole.contains(secret), "{secret} in {whole}");
    }
}

#[tokio::test]
async fn the_log_comes_in_pages_and_is_searched_by_thing_and_time() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let mut hubs = Vec::new();
    for number in 0..3 {
        hubs.push(portal.hub(&format!("hub {number}")).await);
    }
    portal.post("/api/v1/users", &json!({"userId": "ada", "name": "Ada"})).await.ok();
    portal.put(&format!("/api/v1/hubs/{}", hubs[0]), &json!({"name": "renamed"})).await.ok();
    let page = portal.get("/api/v1/audit?pageNumber=1&pageSize=2").await.ok();
    assert_eq!((&page["pageNumber"], &page["pageSize"], &page["total"]), (&json!(1), &json!(2), &json!(6)));
    assert_eq!(lines(page["results"].as_array().unwrap()), ["created hub hub 2", "created hub hub 1"]);
    let of_hub = ["updated hub renamed name", "created hub hub 0"];
    assert_eq!(lines(&log(&portal, &format!("kind=Hub&id={}", hubs[0])).await), of_hub);
    assert_eq!(lines(&log(&portal, "kind=user&id=ada").await), ["created user Ada"]);
    assert_eq!(portal.get("/api/v1/audit?kind=hub&pageSize=1").await.ok()["total"], 4);

    let whole = log(&portal, "").await;
    let moment = |place: usize| whole[place]["dateTime"].as_str().unwrap();
    let since = log(&portal, &format!("since={}", moment(2))).await;
    let not_before = whole.iter().filter(|entry| entry["dateTime"].as_str().unwrap() >= moment(2));
    assert_eq!(since, not_before.cloned().collect::<Vec<_>>());
    let until = log(&portal, &format!("until={}", moment(2))).await;
    assert_eq!(until, whole[since.len()..]);
    assert!(log(&portal, &format!("since={}Z&until=2020-01-01", moment(2))).await.is_empty());
}

#[tokio::test]
async fn each_mistake_in_a_search_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    for (query, code) in [
        ("kind=fax", "PRT000206"),
        ("since=yesterday", "PRT000204"),
        ("until=2026-13-01", "PRT000204"),
        ("pageSize=101", "PRT000207"),
        ("pageNumber=-1", "PRT000209"),
    ] {
        portal.get(&format!("/api/v1/audit?{query}")).await.refused(400, code);
    }
    server.engine().await.get("/api/v1/audit").await.refused(403, "PRT000101");
    portal.post("/api/v1/audit", &json!({})).await.platform_errors(405);
}

#[tokio::test]
async fn a_tenant_sees_its_own_log_and_keeps_it_across_a_crash() {
    let mut server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let (portal, hers) = (server.portal().await, eve.portal().await);
    portal.hub("mine").await;
    hers.hub("hers").await;
    server.crash().await;
    assert_eq!(lines(&log(&portal, "").await), ["created hub mine", "created tenant demo"]);
    assert_eq!(lines(&log(&hers, "").await), ["created hub hers", "created tenant eve"]);
}
