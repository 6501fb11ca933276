//! What tells of the events: the catalogue call, and the AsyncAPI document.

use serde_json::{Value, json};

use super::documented;
use crate::harness::{Server, event_payload};

#[tokio::test]
async fn the_catalogue_tells_every_documented_event_with_its_example() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let answer = streaming.get(&streaming.path("catalog")).await;
    let catalog = answer.ok();
    assert_eq!(catalog["totalItems"], 69);
    let events = catalog["events"].as_array().unwrap();
    let told: Vec<_> = events.iter().map(|event| (&event["eventType"], &event["example"])).collect();
    let documented = documented();
    assert_eq!(told.len(), documented.len());
    for ((event_type, example), (name, documented)) in told.into_iter().zip(&documented) {
        assert_eq!(event_type, name);
        assert_eq!(example, documented, "{name}");
    }
    for event in events {
        let category = event["eventType"].as_str().unwrap().split_once('.').unwrap().0.to_owned();
        assert_eq!(event["kind"], format!("via#{category}Event"));
        assert_eq!(event.get("envelope").is_none(), category == "outreach", "{event:#}");
        let third_party = event["eventType"].as_str().unwrap().replace("Center.", "CenterThirdParty.");
        let has_form = category == "engagementCenter" && !third_party.ends_with(".MultiTaskingStatus");
        let expected = if has_form { json!(third_party) } else { Value::Null };
        assert_eq!(event["thirdPartyEventType"], expected, "{event:#}");
        assert!(event["description"].as_str().is_some_and(|text| text.len() > 10), "{event:#}");
    }
    assert_eq!(streaming.get(&streaming.path("catalog")).await.text, answer.text, "the order stays");
}

#[tokio::test]
async fn the_catalogue_tells_types_values_twins_and_what_is_deprecated() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let catalog = streaming.get(&streaming.path("catalog")).await.ok();
    let field = |event_type: &str, path: &[&str]| {
        let events = catalog["events"].as_array().unwrap();
        let mut found = events.iter().find(|event| event["eventType"] == event_type).unwrap();
        for name in path {
            let fields = found["fields"].as_array().unwrap();
            found = fields.iter().find(|field| field["name"] == *name).unwrap();
        }
        found.clone()
    };
    assert_eq!(
        field("messaging.EntityList", &["entityType"])["values"],
        json!([
            {"value": 1, "name": "Agent"}, {"value": 2, "name": "Monitor"},
            {"value": 3, "name": "Customer"}, {"value": 4, "name": "System"},
        ])
    );
    let interaction = field("engagementCenter.Idle", &["interactionId"]);
    assert_eq!(interaction["type"], "integer");
    assert_eq!(interaction["deprecated"], true);
    assert_eq!(interaction["twin"], "interactionIdRev");
    let twin = field("engagementCenter.Idle", &["interactionIdRev"]);
    assert_eq!(twin["type"], "string");
    assert_eq!(twin["twin"], "interactionId");
    let fax = field("engagementCenter.ScreenPop", &["interactionInfo", "interactionData", "isMasked"]);
    assert_eq!(fax["type"], "boolean");
    let reason = field("engagementCenter.Error", &["failReason"]);
    assert_eq!(reason["otherValues"], true);
    assert_eq!(reason["values"][0], json!({"value": "General Failure", "number": 10}));
    assert_eq!(reason["values"].as_array().unwrap().len(), 169);
}

#[tokio::test]
async fn the_catalogue_is_for_listeners_of_the_organization() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let path = streaming.path("catalog");
    let answer = streaming.without_header("authorization").get(&path).await;
    assert_eq!((answer.status, answer.text.as_str()), (401, ""));
    let answer = streaming.without_header("x-api-key").get(&path).await;
    assert_eq!((answer.status, answer.text.as_str()), (401, ""));
    streaming.get("/via/v3/organizations/another/streaming/catalog").await.streaming_refused(404);
    streaming.post(&path, &json!({})).await.streaming_refused(405);
}

#[tokio::test]
async fn the_asyncapi_document_is_served_without_a_token_as_it_is_documented() {
    let server = Server::start().await;
    let answer = server.http().get("/asyncapi.json").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(
        answer.text == include_str!("../../../docs/asyncapi.json"),
        "docs/asyncapi.json is another document"
    );
    let document = answer.ok();
    assert_eq!(document["asyncapi"], "3.0.0");
    let of_payload = |schema: &Value| schema["properties"]["payload"]["contentSchema"]["$ref"].clone();
    let catalog = server.streaming().await;
    let catalog = catalog.get(&catalog.path("catalog")).await.ok();
    let told = |list: &str| catalog[list].as_array().unwrap().clone();
    let (events, changes) = (told("events"), told("changes"));
    let third_parties = events
        .iter()
        .filter_map(|event| Some((event["thirdPartyEventType"].as_str()?, event["eventType"].as_str()?)));
    let own = events.iter().chain(&changes).map(|event| event["eventType"].as_str().unwrap());
    let heard: Vec<_> = own.map(|name| (name, name)).chain(third_parties).collect();
    assert_eq!(heard.len(), 69 + 57 + 2);
    for (name, said) in heard {
        for channel in ["events", "websocket"] {
            assert!(document["channels"][channel]["messages"][name].is_object(), "{channel} {name}");
        }
        assert_eq!(document["components"]["messages"][name]["name"], *name);
        let schema = &document["components"]["schemas"][format!("heard.{name}")];
        assert_eq!(schema["properties"]["eventType"]["const"], *name);
        assert_eq!(of_payload(schema), format!("#/components/schemas/{said}"), "{name}");
    }
    let batch = &document["components"]["schemas"]["batch"]["properties"]["events"]["items"]["anyOf"];
    let published: Vec<_> = documented()
        .keys()
        .map(|name| json!({"$ref": format!("#/components/schemas/published.{name}")}))
        .collect();
    assert_eq!(batch, &json!(published));
}

#[tokio::test]
async fn changes_of_the_directory_are_heard_with_the_members_that_the_catalogue_tells() {
    fn names(fields: &Value) -> Vec<String> {
        let mut names = Vec::new();
        for field in fields.as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            names.push(name.to_owned());
            names.extend(field.get("fields").map(names_of(name)).into_iter().flatten());
        }
        names
    }
    fn names_of(above: &str) -> impl Fn(&Value) -> Vec<String> {
        move |fields| names(fields).into_iter().map(|name| format!("{above}.{name}")).collect()
    }
    fn members(object: &Value) -> Vec<String> {
        let mut names = Vec::new();
        for (name, value) in object.as_object().unwrap() {
            names.push(name.clone());
            if value.is_object() {
                names.extend(members(value).into_iter().map(|inner| format!("{name}.{inner}")));
            }
        }
        names
    }
    let server = Server::start().await;
    let (portal, streaming) = (server.portal().await, server.streaming().await);
    let catalog = streaming.get(&streaming.path("catalog")).await.ok();
    let session = streaming.session("u").await;
    let everything = json!({"catalogType": "changeNotification", "catalogTypeEvents": ["all"],
        "resources": {"resourceType": "*"}});
    session.subscribe(everything).await;
    portal.post("/api/v1/users", &json!({"userId": "ann", "name": "Ann"})).await.ok();
    portal.post("/api/v1/teams", &json!({"teamId": "t", "name": "T", "members": ["ann"]})).await.ok();
    let mut heard = session.collect(2).await;
    heard.reverse();
    let told = catalog["changes"].as_array().unwrap();
    assert_eq!(told.len(), heard.len());
    for (told, heard) in told.iter().zip(&heard) {
        assert_eq!((&told["eventType"], &told["kind"]), (&heard["eventType"], &heard["kind"]));
        assert_eq!(names(&told["fields"]), members(&event_payload(heard)));
        assert_eq!(names(&told["fields"]), members(&told["example"]["payload"]));
    }
}
