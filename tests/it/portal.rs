//! Hubs and integrations: properties, defaults, ranges, paging (platform documentation §10.2 and §10.3).

use serde_json::{Value, json};

use crate::harness::{Server, together};

#[tokio::test]
async fn a_hub_is_created_with_its_defaults_and_read_back() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let made = portal.post("/api/v1/hubs", &json!({"name": "Support", "description": "asks"})).await.ok();
    let id = made["hubId"].as_str().unwrap();
    let expected = json!({"hubId": id, "tenantId": server.demo().get("/tenant/tenantId"), "name": "Support",
        "description": "asks", "closeDormantConversation": 0, "statusId": 2000});
    assert_eq!(made, expected);
    assert_eq!(portal.get(&format!("/api/v1/hubs/{id}")).await.ok(), expected);
}

#[tokio::test]
async fn every_property_of_a_hub_can_be_given_and_changed_by_itself() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let full = json!({"Name": "All", "description": "d", "closeDormantConversation": 30, "statusId": 2002});
    let mut hub = portal.post("/api/v1/hubs", &full).await.ok();
    assert_eq!((&hub["closeDormantConversation"], &hub["statusId"]), (&json!(30), &json!(2002)));
    let path = format!("/api/v1/hubs/{}", hub["hubId"].as_str().unwrap());
    for (name, value) in [
        ("name", json!("Renamed")),
        ("description", json!("other")),
        ("closeDormantConversation", json!(0)),
        ("statusId", json!(2000)),
    ] {
        hub[name] = value.clone();
        assert_eq!(portal.put(&path, &json!({name: value})).await.ok(), hub);
    }
    assert_eq!(portal.put(&path, &json!({})).await.ok(), hub, "a change of nothing changes nothing");
    assert_eq!(portal.get(&path).await.ok(), hub);
}

#[tokio::test]
async fn each_mistake_in_a_new_hub_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    portal.hub("Taken").await;
    let hub = |name: &str, value: Value| {
        let mut hub = json!({"name": "New", "description": "d"});
        hub[name] = value;
        hub
    };
    for (body, code) in [
        (json!({}), "PRT000301"),
        (hub("name", Value::Null), "PRT000301"),
        (hub("name", json!(" ")), "PRT000301"),
        (hub("description", Value::Null), "PRT000301"),
        (hub("name", json!(5)), "PRT000302"),
        (hub("description", json!([])), "PRT000302"),
        (hub("closeDormantConversation", json!("soon")), "PRT000302"),
        (hub("closeDormantConversation", json!(-1)), "PRT000206"),
        (hub("statusId", json!(2001)), "PRT000206"),
        (hub("statusId", json!("on")), "PRT000302"),
        (hub("name", json!("Taken")), "PRT000600"),
        (hub("name", json!("tAKEN")), "PRT000600"),
        (json!([]), "PRT000302"),
    ] {
        portal.post("/api/v1/hubs", &body).await.refused(400, code);
    }
    let both = portal.post("/api/v1/hubs", &json!({})).await;
    assert_eq!(both.platform_errors(400).len(), 2, "all mistakes are told at once: {both}");
    let empty = portal.send("POST", "/api/v1/hubs", Some("application/json"), "").await;
    empty.refused(400, "PRT000300");
}

#[tokio::test]
async fn each_mistake_in_a_changed_hub_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    portal.hub("Taken").await;
    let path = format!("/api/v1/hubs/{}", portal.hub("Mine").await);
    for (body, code) in [
        (json!({"name": "Taken"}), "PRT000600"),
        (json!({"name": 1}), "PRT000302"),
        (json!({"statusId": 1}), "PRT000206"),
        (json!({"closeDormantConversation": true}), "PRT000302"),
    ] {
        portal.put(&path, &body).await.refused(400, code);
    }
    portal.put(&path, &json!({"name": "MINE"})).await.ok();
}

#[tokio::test]
async fn of_many_creations_of_one_name_one_wins() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let body = json!({"name": "Only", "description": "one"});
    let statuses = together((0..20).map(|_| {
        let (portal, body) = (portal.clone(), body.clone());
        async move { portal.post("/api/v1/hubs", &body).await.status }
    }))
    .await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 19, "{statuses:?}");
}

#[tokio::test]
async fn a_deleted_hub_is_gone_with_its_integrations_and_conversations() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let engine = server.engine().await;
    let (hub, customer, agent) = portal.quiet_hub("Short-lived").await;
    let conversation = engine.establish_at(&customer, "binding").await;
    portal.delete(&format!("/api/v1/hubs/{hub}")).await.has_status(200);
    portal.get(&format!("/api/v1/hubs/{hub}")).await.refused(404, "PRT000699");
    for integration in [customer, agent] {
        portal.get(&format!("/api/v1/integrations/{integration}")).await.refused(404, "PRT000799");
    }
    portal.delete(&format!("/api/v1/hubs/{hub}")).await.refused(404, "PRT000699");
    let established = engine.get(&format!("/api/v1/conversations/{conversation}/established")).await.ok();
    assert!(established["closedDateTime"].is_string(), "{established:#}");
    portal.hub("Short-lived").await;
}

#[tokio::test]
async fn hubs_come_in_pages() {
    let server = Server::start().await;
    let portal = server.portal().await;
    for number in 0..6 {
        portal.hub(&format!("hub {number}")).await;
    }
    let all = portal.get("/api/v1/hubs").await.ok();
    assert_eq!((&all["pageNumber"], &all["pageSize"], &all["total"]), (&json!(0), &json!(50), &json!(7)));
    let everything = all["results"].as_array().unwrap();
    assert_eq!(everything.len(), 7);
    let mut paged = Vec::new();
    for number in 0..4 {
        let page = portal.get(&format!("/api/v1/hubs?pageNumber={number}&pageSize=3")).await.ok();
        assert_eq!((&page["pageNumber"], &page["pageSize"]), (&json!(number), &json!(3)));
        assert_eq!(page["total"], 7);
        paged.extend(page["results"].as_array().unwrap().clone());
    }
    assert_eq!(&paged, everything, "pages are the whole, in its order");
}

#[tokio::test]
async fn each_mistake_in_a_page_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    for list in ["/api/v1/hubs", "/api/v1/integrations"] {
        for (query, code) in [
            ("pageNumber=-1", "PRT000209"),
            ("pageSize=0", "PRT000207"),
            ("pageSize=101", "PRT000207"),
            ("pageSize=ten", "PRT000210"),
            ("pageNumber=1.5", "PRT000210"),
        ] {
            portal.get(&format!("{list}?{query}")).await.refused(400, code);
        }
        for good in ["pageSize=1", "pageSize=100", "pageNumber=0", "pageNumber=99999999999", "PAGESIZE=5"] {
            portal.get(&format!("{list}?{good}")).await.ok();
        }
    }
    portal.get("/api/v1/integrations?hubId=x").await.refused(400, "PRT000203");
}

#[tokio::test]
async fn ids_that_name_nothing_are_not_found_and_those_that_are_none_are_refused() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let unknown = "00000000-0000-0000-0000-000000000001";
    let integration =
        json!({"channelId": "Direct", "name": "n", "configuration": {"integrationType": "Agent"}});
    for (method, path, body, code) in [
        ("GET", "/api/v1/hubs/ID", Value::Null, "PRT000699"),
        ("PUT", "/api/v1/hubs/ID", json!({"name": "x"}), "PRT000699"),
        ("DELETE", "/api/v1/hubs/ID", Value::Null, "PRT000699"),
        ("POST", "/api/v1/integrations/hubs/ID", integration, "PRT000699"),
        ("GET", "/api/v1/integrations/hubs/ID/Direct", Value::Null, "PRT000699"),
        ("GET", "/api/v1/integrations/ID", Value::Null, "PRT000799"),
        ("DELETE", "/api/v1/integrations/ID", Value::Null, "PRT000799"),
    ] {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let json = (!body.is_empty()).then_some("application/json");
        let answer = portal.send(method, &path.replace("ID", unknown), json, body.clone()).await;
        answer.refused(404, code);
        let answer = portal.send(method, &path.replace("ID", "17"), json, body).await;
        answer.refused(400, "PRT000203");
    }
}

#[tokio::test]
async fn a_direct_integration_is_created_with_a_signing_key_pair() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Direct").await;
    let body = json!({"channelId": "Direct", "name": "Agents", "configuration": {"integrationType": "Agent",
        "echo": true, "webhookUrl": "https://agents.example/hook", "start": [{"type": "text", "text": "Hi"}]}});
    let made = portal.create_integration(&hub, &body).await.ok();
    let id = made["integrationId"].as_str().unwrap();
    for (name, value) in [
        ("hubId", json!(hub)),
        ("integrationTypeId", json!("Agent")),
        ("channelId", json!("Direct")),
        ("name", json!("Agents")),
        ("statusId", json!(3000)),
    ] {
        assert_eq!(made[name], value, "{made:#}");
    }
    let configuration = &made["configuration"];
    for (name, value) in body["configuration"].as_object().unwrap() {
        assert_eq!(&configuration[name], value, "{made:#}");
    }
    let (public, private) = (&configuration["publicSigningKey"], &configuration["privateSigningKey"]);
    assert!(public.is_string() && private.is_string() && public != private, "{made:#}");
    assert_eq!(portal.get(&format!("/api/v1/integrations/{id}")).await.ok(), made);
}

#[tokio::test]
async fn names_and_numbers_stand_for_channels_and_types() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Numbers").await;
    for (index, (channel, kind, read_as)) in [
        (json!("Direct"), json!("Customer"), "Customer"),
        (json!("direct"), json!("CUSTOMER"), "Customer"),
        (json!(1), json!(2), "Customer"),
        (json!("DIRECT"), json!(3), "Agent"),
        (json!(1), json!("bot"), "Bot"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"ChannelId": channel, "name": format!("n{index}"), "CONFIGURATION":
            {"IntegrationType": kind}});
        let made = portal.create_integration(&hub, &body).await.ok();
        assert_eq!((&made["channelId"], &made["integrationTypeId"]), (&json!("Direct"), &json!(read_as)));
    }
}

#[tokio::test]
async fn each_mistake_in_a_new_integration_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Mistakes").await;
    portal.direct(&hub, "Taken", json!({"integrationType": "Agent"})).await;
    let good = json!({"channelId": "Direct", "name": "n", "configuration": {"integrationType": "Agent"}});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let configured = |name: &str, value: Value| {
        let mut body = good.clone();
        body["configuration"][name] = value;
        body
    };
    for (body, code) in [
        (with("channelId", Value::Null), "PRT000301"),
        (with("name", Value::Null), "PRT000301"),
        (with("configuration", Value::Null), "PRT000301"),
        (configured("integrationType", Value::Null), "PRT000301"),
        (with("name", json!(7)), "PRT000302"),
        (with("configuration", json!("x")), "PRT000302"),
        (with("statusId", json!(2000)), "PRT000206"),
        (with("channelId", json!("Pigeon")), "PRT000303"),
        (configured("integrationType", json!("Nobody")), "PRT000303"),
        (configured("echo", json!("yes")), "PRT000302"),
        (configured("webhookUrl", json!(1)), "PRT000302"),
        (configured("start", json!({})), "PRT000302"),
        (with("name", json!("TAKEN")), "PRT000700"),
    ] {
        portal.create_integration(&hub, &body).await.refused(400, code);
    }
    let empty = portal.send("POST", &format!("/api/v1/integrations/hubs/{hub}"), None, "").await;
    empty.refused(400, "PRT000300");
    let elsewhere = portal.hub("Elsewhere").await;
    portal.create_integration(&elsewhere, &with("name", json!("Taken"))).await.ok();
}

#[tokio::test]
async fn an_integration_is_changed_by_post_and_its_configuration_as_a_whole() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Change").await;
    let id = portal.direct(&hub, "old", json!({"integrationType": "Agent", "echo": true})).await;
    let (read, change) = (format!("/api/v1/integrations/{id}"), format!("/api/v1/integrations/hubs/{id}"));
    let before = portal.get(&read).await.ok();
    let renamed = portal.post(&change, &json!({"name": "new", "statusId": 3002})).await.ok();
    assert_eq!((&renamed["name"], &renamed["statusId"]), (&json!("new"), &json!(3002)));
    assert_eq!(renamed["configuration"], before["configuration"]);
    let configuration = json!({"integrationType": "Agent", "webhookUrl": "https://a.example/h"});
    let changed = portal.post(&change, &json!({"configuration": configuration})).await.ok();
    assert_ne!(changed["configuration"]["echo"], true, "the old configuration is replaced as a whole");
    assert_eq!(changed["configuration"]["webhookUrl"], "https://a.example/h");
    assert_eq!(portal.get(&read).await.ok(), changed);
}

#[tokio::test]
async fn signing_keys_stay_until_they_are_regenerated() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let id = portal.direct(&portal.hub("Keys").await, "k", json!({"integrationType": "Agent"})).await;
    let change = format!("/api/v1/integrations/hubs/{id}");
    let keys = async |regenerate: Value| {
        let body = json!({"configuration": {"integrationType": "Agent", "regenerateKeys": regenerate}});
        let configuration = portal.post(&change, &body).await.ok()["configuration"].clone();
        (configuration["publicSigningKey"].clone(), configuration["privateSigningKey"].clone())
    };
    let first = keys(json!(false)).await;
    assert_eq!(keys(Value::Null).await, first);
    let second = keys(json!(true)).await;
    assert!(second.0 != first.0 && second.1 != first.1, "{first:?} {second:?}");
    assert_eq!(keys(json!(false)).await, second);
}

#[tokio::test]
async fn each_mistake_in_a_changed_integration_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Change").await;
    portal.direct(&hub, "Taken", json!({"integrationType": "Agent"})).await;
    let id = portal.direct(&hub, "Mine", json!({"integrationType": "Agent"})).await;
    let change = format!("/api/v1/integrations/hubs/{id}");
    for (body, code) in [
        (json!({"name": "Taken"}), "PRT000700"),
        (json!({"name": false}), "PRT000302"),
        (json!({"statusId": 1}), "PRT000206"),
        (json!({"configuration": {"echo": true}}), "PRT000301"),
        (json!({"configuration": {"integrationType": "Agent", "regenerateKeys": 1}}), "PRT000302"),
    ] {
        portal.post(&change, &body).await.refused(400, code);
    }
}

#[tokio::test]
async fn a_deleted_integration_is_gone_and_its_name_is_free() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Delete").await;
    let id = portal.direct(&hub, "n", json!({"integrationType": "Agent"})).await;
    portal.delete(&format!("/api/v1/integrations/{id}")).await.has_status(200);
    portal.get(&format!("/api/v1/integrations/{id}")).await.refused(404, "PRT000799");
    portal.direct(&hub, "n", json!({"integrationType": "Agent"})).await;
}

#[tokio::test]
async fn integrations_are_listed_by_hub_by_channel_and_all() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("List").await;
    let one = portal.direct(&hub, "one", json!({"integrationType": "Customer"})).await;
    let two = portal.direct(&hub, "two", json!({"integrationType": "Agent"})).await;
    let ids = |list: &Value| {
        let all = list.as_array().unwrap().iter();
        all.map(|item| item["integrationId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for channel in ["Direct", "direct", "1"] {
        let path = format!("/api/v1/integrations/hubs/{hub}/{channel}");
        assert_eq!(ids(&portal.get(&path).await.ok()), [one.clone(), two.clone()]);
    }
    let none = portal.get(&format!("/api/v1/integrations/hubs/{hub}/WebChat")).await.ok();
    assert_eq!(none, json!([]));
    let of_hub = portal.get(&format!("/api/v1/integrations?hubId={hub}")).await.ok();
    assert_eq!(ids(&of_hub["results"]), [one.clone(), two.clone()]);
    assert_eq!(of_hub["total"], 2);
    let all = portal.get("/api/v1/integrations").await.ok();
    assert_eq!(all["total"], 6, "four of the demo hub and two of this: {all:#}");
    let page = portal.get(&format!("/api/v1/integrations?hubId={hub}&pageNumber=1&pageSize=1")).await.ok();
    assert_eq!(ids(&page["results"]), [two]);
}

#[tokio::test]
async fn the_demo_hub_has_the_documented_integrations() {
    let server = Server::start().await;
    let portal = server.portal().await;
    for (whom, channel, kind, status) in [
        ("customer", "Direct", "Customer", 3000),
        ("webchat", "WebChat", "Customer", 3000),
        ("agent", "Direct", "Agent", 3000),
        ("bot", "Bot", "Bot", 3002),
    ] {
        let path = format!("/api/v1/integrations/{}", server.demo().integration(whom));
        let found = portal.get(&path).await.ok();
        assert_eq!(found["hubId"], server.demo().hub());
        assert_eq!((&found["channelId"], &found["integrationTypeId"]), (&json!(channel), &json!(kind)));
        assert_eq!(found["statusId"], status, "{found:#}");
    }
}

#[tokio::test]
async fn the_wrong_method_type_or_size_is_told_in_the_platforms_format() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let wrong_method = portal.send("PATCH", "/api/v1/hubs", None, "").await;
    wrong_method.platform_errors(405);
    assert!(wrong_method.header("allow").is_some_and(|allow| allow.contains("GET")), "{wrong_method}");
    portal.send("POST", "/api/v1/hubs", Some("text/plain"), "{}").await.platform_errors(415);
    let large = json!({"name": "x", "description": "x".repeat(1 << 20)});
    portal.post("/api/v1/hubs", &large).await.platform_errors(413);
    portal.get("/api/v1/nothing").await.refused(404, "PRT000105");
}

#[tokio::test]
async fn configuration_outlives_a_crash() {
    let mut server = Server::start().await;
    let portal = server.portal().await;
    let (hub, customer, _) = portal.quiet_hub("Kept").await;
    let paths = [format!("/api/v1/hubs/{hub}"), format!("/api/v1/integrations/{customer}")];
    let mut before = Vec::new();
    for path in &paths {
        before.push(portal.get(path).await.ok());
    }
    server.crash().await;
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(portal.get(path).await.ok(), before);
    }
}
