//! Hubs and integrations as they are made, changed, listed and deleted (platform documentation §10.2 and §10.3).
//! What each property may hold, and each mistake, is in [`control_plane`](super::control_plane).

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
async fn an_integration_does_not_change_sides_during_a_conversation() {
    let server = Server::start().await;
    let (portal, engine) = (server.portal().await, server.engine().await);
    let (hub, customer, _) = portal.quiet_hub("Sides").await;
    engine.establish_at(&customer, "ada").await;
    let path = format!("/api/v1/integrations/{customer}");
    let change = json!({"configuration": {"integrationType": "Agent"}});
    portal.put(&path, &change).await.refused(403, "PRT000110");
    assert_eq!(portal.get(&path).await.ok()["integrationTypeId"], "Customer");
    let idle = portal.direct(&hub, "idle", json!({"integrationType": "Customer"})).await;
    let changed = portal.put(&format!("/api/v1/integrations/{idle}"), &change).await.ok();
    assert_eq!(changed["integrationTypeId"], "Agent");
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
    // The type is left out, as in the documented example.
    let configuration = json!({"webhookUrl": "https://a.example/h"});
    let changed = portal.post(&change, &json!({"configuration": configuration})).await.ok();
    assert_ne!(changed["configuration"]["echo"], true, "the old configuration is replaced as a whole");
    assert_eq!(changed["configuration"]["webhookUrl"], "https://a.example/h");
    assert_eq!(changed["configuration"]["integrationType"], "Agent");
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

#[tokio::test]
async fn a_tenant_has_as_many_hubs_and_a_hub_as_many_integrations_as_it_may() {
    let limits =
        [("SWITCHBOARD_LIMITS__HUBS_PER_TENANT", "2"), ("SWITCHBOARD_LIMITS__INTEGRATIONS_PER_HUB", "2")];
    let server = Server::with(&limits).await;
    let portal = server.portal().await;
    // The demo tenant begins with a hub, which has more integrations than one may have now.
    let last = portal.hub("last").await;
    let beyond = json!({"name": "beyond", "description": "d"});
    portal.post("/api/v1/hubs", &beyond).await.refused(403, "PRT000110");
    let configuration = json!({"integrationType": "Agent"});
    let direct = |name: &str| json!({"channelId": "Direct", "name": name, "configuration": configuration});
    let first = portal.create_integration(&last, &direct("first")).await.ok();
    portal.create_integration(&last, &direct("second")).await.ok();
    portal.create_integration(&last, &direct("third")).await.refused(403, "PRT000110");
    portal.create_integration(&server.demo().hub(), &direct("third")).await.refused(403, "PRT000110");
    // Refused before the provider is asked: nobody could reach it here.
    let asked = json!({"channelId": "TwilioSMS", "name": "n", "configuration": {"accountSid": "a",
        "authToken": "t", "numberSid": "p"}});
    portal.create_integration(&last, &asked).await.refused(403, "PRT000110");
    // What is there already can be changed, and makes room when it goes.
    let id = first["integrationId"].as_str().unwrap();
    portal.create_integration(id, &json!({"name": "changed"})).await.ok();
    portal.delete(&format!("/api/v1/integrations/{id}")).await.has_status(200);
    portal.create_integration(&last, &direct("third")).await.ok();
    portal.delete(&format!("/api/v1/hubs/{last}")).await.has_status(200);
    portal.post("/api/v1/hubs", &beyond).await.ok();
}
