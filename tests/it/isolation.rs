//! One tenant against another, on every route: what is another's is not there.

use serde_json::{Value, json};

use crate::harness::{Server, Tenant, from, interactions, text};

/// What one tenant has that another may want.
struct Belongings {
    hub: String,
    integration: String,
    conversation: String,
}

async fn belongings(tenant: &Tenant) -> Belongings {
    let conversation = tenant.engine().await.establish("mine").await;
    tenant.engine().await.say(&conversation, "a secret").await;
    Belongings { hub: tenant.hub(), integration: tenant.integration("agent"), conversation }
}

#[tokio::test]
async fn nothing_of_another_tenant_can_be_read_changed_or_spoken_into() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let victim = belongings(server.demo()).await;
    let own = belongings(&eve).await;
    let Belongings { hub, integration, conversation } = &victim;
    let (user, team) = (server.demo().user(), server.demo().get("/team/teamId"));
    let (portal, engine) = (eve.portal().await, eve.engine().await);
    let direct = json!({"channelId": "Direct", "name": "n", "configuration": {"integrationType": "Agent"}});
    let transfer = json!({"name": "n", "url": "https://a.example", "linkDescription": "l"});
    let response = json!({"name": "n", "integrationTypeId": "agent", "type": "message",
        "responses": [{"type": "text", "text": "x"}]});
    let establish = json!({"integrationId": server.demo().integration("customer"), "binding": "mine",
        "channelType": "Direct"});
    let as_victim = from(integration, text("x"));
    let deliveries = format!("/api/v1/integrations/{integration}/deliveries");
    let none = Value::Null;
    for (http, method, path, body, code) in [
        (&*portal, "GET", format!("/api/v1/hubs/{hub}"), none.clone(), "PRT000699"),
        (&portal, "PUT", format!("/api/v1/hubs/{hub}"), json!({"name": "x"}), "PRT000699"),
        (&portal, "DELETE", format!("/api/v1/hubs/{hub}"), none.clone(), "PRT000699"),
        (&portal, "POST", format!("/api/v1/integrations/hubs/{hub}"), direct, "PRT000699"),
        (&portal, "GET", format!("/api/v1/integrations/hubs/{hub}/Direct"), none.clone(), "PRT000699"),
        (&portal, "GET", format!("/api/v1/integrations/{integration}"), none.clone(), "PRT000799"),
        (&portal, "DELETE", format!("/api/v1/integrations/{integration}"), none.clone(), "PRT000799"),
        (&portal, "GET", deliveries.clone(), none.clone(), "PRT000799"),
        (&portal, "POST", format!("{deliveries}/replay"), json!({"since": "2026-01-01"}), "PRT000799"),
        (&portal, "POST", format!("{deliveries}/{conversation}/replay"), none.clone(), "PRT000799"),
        (
            &portal,
            "GET",
            format!("/api/v1/notifications?integrationId={integration}"),
            none.clone(),
            "PRT000799",
        ),
        (&portal, "POST", format!("/api/v1/commands/transfers/{hub}"), transfer, "PRT000699"),
        (&portal, "GET", format!("/api/v1/commands/transfers/hub/{hub}"), none.clone(), "PRT000699"),
        (&portal, "POST", format!("/api/v1/commands/responses/{hub}"), response, "PRT000699"),
        (&portal, "GET", format!("/api/v1/commands/responses/hub/{hub}"), none.clone(), "PRT000699"),
        (&portal, "GET", format!("/api/v1/users/{user}"), none.clone(), "PRT000599"),
        (&portal, "PUT", format!("/api/v1/users/{user}"), json!({"name": "x"}), "PRT000599"),
        (&portal, "DELETE", format!("/api/v1/users/{user}"), none.clone(), "PRT000599"),
        (&portal, "GET", format!("/api/v1/teams/{team}"), none.clone(), "PRT000105"),
        (&portal, "PUT", format!("/api/v1/teams/{team}"), json!({"name": "x"}), "PRT000105"),
        (&portal, "DELETE", format!("/api/v1/teams/{team}"), none.clone(), "PRT000105"),
        (&engine, "POST", "/api/v1/conversations/establish".to_owned(), establish, "ENG006000"),
        (&engine, "GET", format!("/api/v1/conversations/{conversation}"), none.clone(), "ENG006500"),
        (
            &engine,
            "GET",
            format!("/api/v1/conversations/{conversation}/established"),
            none.clone(),
            "ENG006500",
        ),
        (&engine, "GET", format!("/api/v1/conversations/hubs/{hub}/established"), none.clone(), "ENG005500"),
        (
            &engine,
            "GET",
            format!("/api/v1/interactions/activities/{conversation}?type=agent"),
            none.clone(),
            "ENG006500",
        ),
        (
            &engine,
            "POST",
            format!("/inbound/customer/v1/direct/activity/{conversation}"),
            text("x"),
            "ENG006500",
        ),
        (&engine, "POST", format!("/inbound/customer/v1/web-chat/{conversation}"), text("x"), "ENG006500"),
        (
            &engine,
            "POST",
            format!("/inbound/business/v1/direct/activity/{conversation}"),
            as_victim.clone(),
            "ENG006500",
        ),
        (
            &engine,
            "POST",
            format!("/inbound/business/v1/direct/activity/{}", own.conversation),
            as_victim,
            "ENG006000",
        ),
    ] {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let content_type = (!body.is_empty()).then_some("application/json");
        http.send(method, &path, content_type, body).await.refused(404, code);
    }
    let history = server.engine().await.history(conversation, "type=customer").await;
    assert_eq!(history.len(), 1, "nothing was added: {history:#?}");
    server.portal().await.get(&format!("/api/v1/hubs/{hub}")).await.ok();
}

#[tokio::test]
async fn a_post_that_changes_an_integration_does_not_reach_another_tenants() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let integration = server.demo().integration("agent");
    let path = format!("/api/v1/integrations/hubs/{integration}");
    let refused = eve.portal().await.post(&path, &json!({"name": "x", "statusId": 3002})).await;
    refused.platform_errors(404);
    let mine = server.portal().await.get(&format!("/api/v1/integrations/{integration}")).await.ok();
    assert_eq!(mine["statusId"], 3000);
}

#[tokio::test]
async fn lists_hold_only_what_is_ones_own() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    server.portal().await.hub("Another").await;
    let portal = eve.portal().await;
    let hubs = portal.get("/api/v1/hubs").await.ok();
    assert_eq!((&hubs["total"], &hubs["results"][0]["hubId"]), (&json!(1), &json!(eve.hub())));
    assert_eq!(portal.get("/api/v1/integrations").await.ok()["total"], 4);
    let foreign = portal.get(&format!("/api/v1/integrations?hubId={}", server.demo().hub())).await;
    assert!(foreign.status == 404 || foreign.ok()["total"] == 0, "{foreign}");
}

#[tokio::test]
async fn names_are_free_in_every_tenant() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    server.portal().await.hub("Same").await;
    eve.portal().await.hub("Same").await;
}

#[tokio::test]
async fn sockets_hear_nothing_of_another_tenant() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let (engine, hers) = (server.engine().await, eve.engine().await);
    let mut socket = hers.listen_at(&hers.agent()).await;
    let (own, foreign) = (hers.establish("same binding").await, engine.establish("same binding").await);
    assert_ne!(own, foreign);
    engine.say(&foreign, "not for her").await;
    let unknown = "00000000-0000-0000-0000-000000000001";
    for target in [foreign.as_str(), unknown] {
        socket.send_activity("r", target, text("x")).await;
        let (receipt, heard) = socket.receipt("r").await;
        assert_eq!(receipt["status"], 404, "{receipt:#}");
        assert!(heard.is_empty(), "{heard:#?}");
        socket.send(json!({"control": "accept", "reference": "a", "conversationId": target})).await;
        assert_eq!(socket.receipt("a").await.0["status"], 404);
    }
    hers.say(&own, "for her").await;
    assert_eq!(socket.texts(1).await, ["for her"]);
}

#[tokio::test]
async fn a_cursor_of_another_tenant_shows_nothing_of_it() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let (engine, hers) = (server.engine().await, eve.engine().await);
    let mut socket = engine.listen(&format!("integrationId={}", engine.agent())).await;
    let cursor = socket.control("snapshot").await["cursor"].as_str().unwrap().to_owned();
    engine.say(&engine.establish("ada").await, "not for her").await;
    hers.say(&hers.establish("hers").await, "for her").await;
    let mut resumed = hers.listen(&format!("integrationId={}&since={cursor}", hers.agent())).await;
    resumed.control("snapshot").await;
    let frame = resumed.next_frame().await;
    let frame = if frame["control"] == "gap" { resumed.next_frame().await } else { frame };
    assert_eq!(frame["activity"]["message"]["text"], "for her", "{frame:#}");
}

#[tokio::test]
async fn streaming_sessions_and_events_stay_in_their_organization() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let (streaming, hers) = (server.streaming().await, eve.streaming().await);
    let session = streaming.session("same user").await;
    let her_session = hers.session("same user").await;
    let stolen = hers.attach(&session.id);
    let refused = [stolen.try_poll("").await, stolen.acknowledge(&["1-0"]).await, stolen.end().await];
    for answer in refused {
        assert_eq!(answer.streaming_refused(400)["message"], "Invalid or expired session");
    }
    hers.get(&streaming.path("events")).await.streaming_refused(404);
    hers.post(&streaming.path("publish"), &json!({"events": [{}]})).await.streaming_refused(404);
    streaming.idle("same user", 1).await;
    hers.idle("same user", 2).await;
    let everyone = json!({"eventType": "engagementCenter.Idle", "payload":
        {"interactionId": 3, "interactionIdRev": "3"}});
    hers.publish(json!([everyone])).await.ok();
    streaming.idle("same user", 4).await;
    assert_eq!(interactions(&session.collect(2).await), [1, 4]);
    assert_eq!(interactions(&her_session.collect(2).await), [2, 3]);
    let team = json!({"eventType": "engagementCenter.Idle", "teamId": server.demo().get("/team/teamId"),
        "payload": {"interactionId": 5, "interactionIdRev": "5"}});
    hers.publish(json!([team])).await.streaming_refused(400);
}

#[tokio::test]
async fn idempotency_keys_are_each_tenants_own() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    for tenant in [server.demo(), &eve] {
        let streaming = tenant.streaming().await;
        let session = streaming.session("u").await;
        let event = json!({"eventType": "engagementCenter.Idle", "userId": "u", "payload":
            {"interactionId": 1, "interactionIdRev": "1"}});
        let keyed = streaming.with_header("idempotency-key", "one");
        keyed.post(&streaming.path("publish"), &json!({"events": [event]})).await.ok();
        assert_eq!(interactions(&session.collect(1).await), [1]);
    }
}
