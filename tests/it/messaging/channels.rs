//! Channels: which there are, what they are called, and which of them are for trying things out.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::CONTACT_TYPES;
use crate::harness::{Server, StandIn, TWILIO_TOKEN};

fn names(channels: &[Value]) -> BTreeSet<String> {
    channels.iter().map(|channel| channel["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn channels_are_the_customer_integrations_of_every_hub() {
    let server = Server::start().await;
    let (portal, messaging) = (server.portal().await, server.messaging());
    let hub = portal.hub("second").await;
    let kik = json!({"channelId": "Kik", "name": "Kik", "configuration": {"userName": "s", "apiKey": "k"}});
    portal.create_integration(&hub, &kik).await.ok();
    let telegram = json!({"channelId": "Telegram", "name": "Telegram", "configuration": {"botToken": "1:t"}});
    portal.create_integration(&hub, &telegram).await.ok();
    let line = json!({"channelId": "Line", "name": "Line",
        "configuration": {"channelAccessToken": "t", "channelSecret": "s"}});
    portal.create_integration(&hub, &line).await.ok();
    portal.direct(&hub, "agents only", json!({"integrationType": "Agent"})).await;

    let channels = messaging.results("config/channels").await;
    let demo = server.demo();
    let of = |id: &str| {
        let found = channels.iter().find(|channel| channel["channelId"].as_str().unwrap().ends_with(id));
        found.unwrap_or_else(|| panic!("no {id} in {channels:?}")).clone()
    };
    for (integration, prefix, contact_type) in
        [(demo.integration("customer"), "direct", "PUSH"), (demo.integration("webchat"), "web", "WEBSITE")]
    {
        let channel = of(&integration);
        assert_eq!(channel["channelId"], format!("{prefix}:{integration}"));
        assert_eq!(channel["contactType"], contact_type);
        assert_eq!(channel["lane"], integration);
    }
    assert_eq!(channels.len(), 5, "{channels:?}");
    for channel in &channels {
        let members: Vec<_> = channel.as_object().unwrap().keys().collect();
        assert_eq!(members, ["channelId", "contactType", "lane", "name"]);
        assert!(CONTACT_TYPES.contains(&channel["contactType"].as_str().unwrap()), "{channel}");
    }
}

#[tokio::test]
async fn sandbox_channels_are_listed_when_they_are_asked_for() {
    let server = Server::start().await;
    let (portal, messaging) = (server.portal().await, server.messaging());
    let sandbox = json!({"integrationType": "Customer", "sandbox": true});
    portal.direct(&server.demo().hub(), "to try things out", sandbox).await;
    let has_it = async |query: &str| {
        names(&messaging.results(&format!("config/channels{query}")).await).contains("to try things out")
    };
    for (query, listed) in [
        ("", false),
        ("?sandbox=", false),
        ("?sandbox=false", false),
        ("?sandbox=true", true),
        ("?sandbox=TRUE", true),
        ("?sabdnox=true", true),
        ("?sabdnox=false", false),
        ("?sandbox=false&sabdnox=true", true),
        ("?unknown=true", false),
    ] {
        assert_eq!(has_it(query).await, listed, "{query}");
    }
    for (query, field) in [("?sandbox=yes", "sandbox"), ("?sabdnox=1", "sabdnox")] {
        let refused = messaging.get(&format!("/xms/api/v1/config/channels{query}")).await;
        assert_eq!(refused.field_faults(400), [(field.to_owned(), "INVALID_VALUE".to_owned())]);
        assert_eq!(refused.json()["errors"][0]["possibleValues"], json!([true, false]));
    }
}

#[tokio::test]
async fn channels_of_providers_are_named_by_their_address_also_where_two_have_the_same() {
    let providers = StandIn::start().await;
    let variables = providers.variables();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let server = Server::with(&variables).await;
    let (portal, messaging) = (server.portal().await, server.messaging());
    let hub = portal.hub("providers").await;
    let twilio =
        json!({"authToken": TWILIO_TOKEN, "accountSid": "AC1fc1c1722444", "numberSid": "PN16476960000"});
    let messenger = json!({"pageAccessToken": "EAA16476960000"});
    for (channel, configuration) in [("TwilioSMS", twilio), ("Messenger", messenger)] {
        let body = json!({"channelId": channel, "name": channel, "configuration": configuration});
        portal.create_integration(&hub, &body).await.ok();
    }
    let channels = messaging.results("config/channels").await;
    for (name, id, contact_type, contact) in [
        ("TwilioSMS", "sms:16476960000", "SMS", "sms+15550001_16476960000"),
        ("Messenger", "fb:16476960000", "FACEBOOK", "fb15550001_16476960000"),
    ] {
        let channel = channels.iter().find(|channel| channel["name"] == name).unwrap();
        let told = ["channelId", "contactType", "lane"].map(|member| channel[member].clone());
        assert_eq!(told, [json!(id), json!(contact_type), json!("16476960000")]);
        // It is found by its id, and its contacts by theirs.
        messaging.results(&format!("config/global/vars?channelId={id}")).await;
        let body = json!({"contactId": contact, "lang": "en"});
        let event = messaging.send_to("contact/prefs/lang", &body).await.one();
        let told = ["contactId", "contactType", "lane"].map(|member| event["contact"][member].clone());
        assert_eq!(told, [json!(contact), json!(contact_type), json!("16476960000")]);
    }
}
