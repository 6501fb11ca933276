//! How the stages of a hub are read and written.

use serde_json::{Value, json};

use super::{path, put};
use crate::harness::Server;

fn all() -> Value {
    json!([
        {"type": "openHours", "timeZone": "europe/berlin",
            "week": {"monday": [{"from": "13:00", "to": "24:00"}, {"from": "09:00", "to": "12:30"}]},
            "exceptions": [{"date": "2026-12-25"}, {"date": "2026-12-24", "hours": [{"from": "09:00", "to": "12:00"}]}],
            "closedMessage": {"type": "text", "text": "We are closed."}},
        {"type": "keywords", "rules": [{"name": "refunds", "phrases": ["refund", "money back"],
            "tags": ["billing"], "alert": true}]},
        {"type": "language", "languages": ["eng", "deu"]},
        {"type": "sentiment", "senders": ["customer", "agent"]},
        {"type": "plugin", "name": "filter", "url": "https://plugin.example/ask", "timeoutSeconds": 2,
            "onFailure": "hold"},
    ])
}

#[tokio::test]
async fn stages_are_shown_as_they_were_put_with_what_is_usual_and_survive_a_crash() {
    let mut server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Support").await;
    assert_eq!(portal.get(&path(&hub)).await.ok(), json!({"stages": []}));
    let shown = put(&portal, &hub, all()).await.ok();
    let stages = shown["stages"].as_array().unwrap();
    assert_eq!(
        stages[0],
        json!({"type": "openHours", "timeZone": "Europe/Berlin",
            "week": {"monday": [{"from": "09:00", "to": "12:30"}, {"from": "13:00", "to": "24:00"}], "tuesday": [],
                "wednesday": [], "thursday": [], "friday": [], "saturday": [], "sunday": []},
            "exceptions": [{"date": "2026-12-24", "hours": [{"from": "09:00", "to": "12:00"}]},
                {"date": "2026-12-25", "hours": []}],
            "closedMessage": {"type": "text", "text": "We are closed."}})
    );
    assert_eq!(
        stages[1],
        json!({"type": "keywords", "senders": ["customer"], "rules": [{"name": "refunds",
            "phrases": ["refund", "money back"], "tags": ["billing"], "alert": true}]})
    );
    assert_eq!(stages[2], json!({"type": "language", "senders": ["customer"], "languages": ["eng", "deu"]}));
    assert_eq!(stages[3], json!({"type": "sentiment", "senders": ["customer", "agent"]}));
    let (public, private) = (&stages[4]["publicSigningKey"], &stages[4]["privateSigningKey"]);
    assert_eq!(
        stages[4],
        json!({"type": "plugin", "name": "filter", "url": "https://plugin.example/ask", "senders": ["customer"],
            "timeoutSeconds": 2, "onFailure": "hold", "publicSigningKey": public, "privateSigningKey": private})
    );
    assert_eq!((public.as_str().unwrap().len(), private.as_str().unwrap().len()), (32, 32));

    server.crash().await;
    let portal = server.portal().await;
    assert_eq!(portal.get(&path(&hub)).await.ok(), shown);
    assert_eq!(portal.put(&path(&hub), &shown).await.ok(), shown, "what was read can be written");
}

#[tokio::test]
async fn a_plug_in_keeps_its_keys_as_long_as_it_keeps_its_name() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Support").await;
    let plugin = |name: &str, url: &str| json!([{"type": "plugin", "name": name, "url": url}]);
    let keys = |shown: &Value| shown["stages"][0]["privateSigningKey"].clone();
    let first = keys(&put(&portal, &hub, plugin("a", "https://a.example")).await.ok());
    let moved = keys(&put(&portal, &hub, plugin("a", "https://b.example")).await.ok());
    let renamed = keys(&put(&portal, &hub, plugin("b", "https://b.example")).await.ok());
    assert_eq!(moved, first);
    assert_ne!(renamed, first);
}

#[tokio::test]
async fn faults_are_told_all_at_once_with_their_places_and_nothing_is_changed() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Support").await;
    put(&portal, &hub, json!([{"type": "sentiment"}])).await.ok();
    let refused = put(
        &portal,
        &hub,
        json!([{"type": "magic"}, {"type": "plugin", "name": "p", "url": "ftp://p.example"},
            {"type": "keywords", "rules": [{"name": "r", "phrases": []}]}]),
    )
    .await;
    let errors = refused.platform_errors(400);
    let told: Vec<_> = errors.iter().map(|error| error["description"].as_str().unwrap()).collect();
    let expected = [
        ("stages[0].type", "PRT000303"),
        ("stages[1].url", "PRT000302"),
        ("stages[2].rules[0].phrases", "PRT000306"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (text, (place, code)) in told.iter().zip(expected) {
        assert!(text.contains(place) && text.contains(code), "{text}");
    }
    portal.put(&path(&hub), &json!({})).await.refused(400, "PRT000301");
    let shown = portal.get(&path(&hub)).await.ok();
    assert_eq!(shown["stages"], json!([{"type": "sentiment", "senders": ["customer"]}]));
}

#[tokio::test]
async fn a_hub_has_as_many_stages_and_phrases_as_are_configured_and_no_more() {
    let variables =
        [("SWITCHBOARD_PIPELINE__STAGES_PER_HUB", "2"), ("SWITCHBOARD_PIPELINE__PHRASES_PER_HUB", "3")];
    let server = Server::with(&variables).await;
    let portal = server.portal().await;
    let hub = portal.hub("Support").await;
    let keywords = |phrases: Value| json!({"type": "keywords", "rules": [{"name": "r", "phrases": phrases}]});
    put(&portal, &hub, json!([keywords(json!(["a"])), keywords(json!(["b", "c"]))])).await.ok();
    let phrases = json!([keywords(json!(["a", "d"])), keywords(json!(["b", "c"]))]);
    put(&portal, &hub, phrases).await.refused(400, "PRT000207");
    let stage = json!({"type": "sentiment"});
    put(&portal, &hub, json!([stage, stage])).await.ok();
    put(&portal, &hub, json!([stage, stage, stage])).await.refused(400, "PRT000207");
}

#[tokio::test]
async fn stages_belong_to_a_hub_of_the_tenant_and_go_with_it() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Support").await;
    put(&portal, &hub, json!([{"type": "sentiment"}])).await.ok();
    let strangers = server.another_tenant("Strangers").await.portal().await;
    strangers.get(&path(&hub)).await.refused(404, "PRT000699");
    put(&strangers, &hub, json!([])).await.refused(404, "PRT000699");
    server.engine().await.get(&path(&hub)).await.refused(403, "PRT000101");
    portal.delete(&format!("/api/v1/hubs/{hub}")).await.has_status(200);
    portal.get(&path(&hub)).await.refused(404, "PRT000699");
}

#[tokio::test]
async fn a_team_that_conversations_go_to_is_one_of_the_directory() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Support").await;
    let stages =
        json!([{"type": "keywords", "rules": [{"name": "r", "phrases": ["vip"], "teamId": "gold"}]}]);
    put(&portal, &hub, stages.clone()).await.refused(400, "PRT000303");
    portal.post("/api/v1/teams", &json!({"teamId": "gold", "name": "Gold", "members": []})).await.ok();
    put(&portal, &hub, stages).await.ok();
}

#[tokio::test]
async fn changes_of_stages_are_in_the_audit_log_without_their_secrets() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Support").await;
    let plugin = json!([{"type": "plugin", "name": "p", "url": "https://p.example"}]);
    let shown = put(&portal, &hub, plugin.clone()).await.ok();
    put(&portal, &hub, plugin).await.ok();
    put(&portal, &hub, json!([{"type": "sentiment"}])).await.ok();
    let log = portal.get("/api/v1/audit?kind=pipeline").await.ok();
    let entries = log["results"].as_array().unwrap();
    let lines: Vec<_> = entries
        .iter()
        .map(|entry| json!([entry["action"], entry["id"], entry["name"], entry["changed"]]))
        .collect();
    assert_eq!(
        lines,
        [json!(["updated", hub, "Support", ["stages"]]), json!(["created", hub, "Support", null])],
        "what changes nothing is not in it"
    );
    let secret = shown["stages"][0]["privateSigningKey"].as_str().unwrap();
    assert!(!log.to_string().contains(secret));
}
