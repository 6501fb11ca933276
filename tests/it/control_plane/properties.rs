//! Every property of hubs and integrations that can be written, at creation and at a change: what it is when nobody
//! says, the values that it may have, and one past each bound (platform documentation §10.2 and §10.3).

use serde_json::{Value, json};

use super::{UNKNOWN, quick_server};
use crate::harness::{Answer, Portal};

/// A property that can be written.
struct Property {
    name: &'static str,
    /// What it is when it is left out; `None` where it cannot be.
    default: Option<Value>,
    good: Vec<Value>,
    bad: Vec<(Value, &'static str)>,
}

/// A thing that is made and changed.
struct Thing {
    /// Where one is made.
    collection: String,
    /// The property that holds its id.
    id: &'static str,
    /// Where it is changed: the methods, each with what stands before the id.
    changed_at: &'static [(&'static str, &'static str)],
    /// What is required and nothing else.
    body: Value,
    properties: Vec<Property>,
    /// What is told when the name is another's.
    taken: &'static str,
}

fn hub() -> Thing {
    let name = |length: usize| json!("ä".repeat(length));
    Thing {
        collection: "/api/v1/hubs".to_owned(),
        id: "hubId",
        changed_at: &[("PUT", "/api/v1/hubs/")],
        body: json!({"name": "n", "description": "d"}),
        properties: vec![
            Property {
                name: "name",
                default: None,
                good: vec![json!("x"), json!(" x "), name(256)],
                bad: vec![
                    (json!(""), "PRT000301"),
                    (json!(" "), "PRT000301"),
                    (json!(5), "PRT000302"),
                    (json!({}), "PRT000302"),
                    (name(257), "PRT000207"),
                ],
            },
            Property {
                name: "description",
                default: None,
                good: vec![json!("x"), name(1024)],
                bad: vec![
                    (json!(""), "PRT000301"),
                    (json!([]), "PRT000302"),
                    (json!(false), "PRT000302"),
                    (name(1025), "PRT000207"),
                ],
            },
            Property {
                name: "closeDormantConversation",
                default: Some(json!(0)),
                good: vec![json!(0), json!(1), json!(30), json!(3650)],
                bad: vec![
                    (json!(-1), "PRT000206"),
                    (json!(3651), "PRT000206"),
                    (json!(1.5), "PRT000302"),
                    (json!("30"), "PRT000302"),
                    (json!(true), "PRT000302"),
                ],
            },
            status(2000, 2002, [2001, 3000]),
        ],
        taken: "PRT000600",
    }
}

fn integration(hub: &str) -> Thing {
    let name = |length: usize| json!("ä".repeat(length));
    Thing {
        collection: format!("/api/v1/integrations/hubs/{hub}"),
        id: "integrationId",
        changed_at: &[("POST", "/api/v1/integrations/hubs/"), ("PUT", "/api/v1/integrations/")],
        body: json!({"name": "n", "channelId": "Direct", "configuration": {"integrationType": "Agent"}}),
        properties: vec![
            Property {
                name: "name",
                default: None,
                good: vec![json!("x"), name(256)],
                bad: vec![(json!(" "), "PRT000301"), (json!(7), "PRT000302"), (name(257), "PRT000207")],
            },
            status(3000, 3002, [3001, 2000]),
        ],
        taken: "PRT000700",
    }
}

fn status(active: i64, paused: i64, others: [i64; 2]) -> Property {
    let others = others.map(|other| (json!(other), "PRT000206"));
    let wrong = [json!("active"), json!(active.to_string()), json!([])].map(|value| (value, "PRT000302"));
    Property {
        name: "statusId",
        default: Some(json!(active)),
        good: vec![json!(active), json!(paused)],
        bad: [others.to_vec(), wrong.to_vec()].concat(),
    }
}

impl Thing {
    async fn create(&self, portal: &Portal, body: &Value) -> Answer {
        portal.post(&self.collection, body).await
    }

    /// Makes one of a name that is still free.
    async fn created(&self, portal: &Portal, name: &str) -> String {
        let made = self.create(portal, &self.with("name", &json!(name))).await.ok();
        made[self.id].as_str().unwrap().to_owned()
    }

    fn with(&self, property: &str, value: &Value) -> Value {
        let mut body = self.body.clone();
        body[property] = value.clone();
        body
    }

    /// A change by every way that there is.
    async fn changes(&self, portal: &Portal, id: &str, body: &Value) -> Vec<Answer> {
        let mut answers = Vec::new();
        for (method, place) in self.changed_at {
            let path = format!("{place}{id}");
            answers.push(portal.send(method, &path, Some("application/json"), body.to_string()).await);
        }
        answers
    }

    async fn delete(&self, portal: &Portal, id: &str) {
        let (_, place) = self.changed_at.last().unwrap();
        portal.delete(&format!("{place}{id}")).await.has_status(200);
    }
}

async fn assert_as_documented(portal: &Portal, thing: &Thing) {
    let sparse = thing.create(portal, &thing.body).await.ok();
    thing.delete(portal, sparse[thing.id].as_str().unwrap()).await;
    let changed = thing.created(portal, "to be changed").await;
    for Property { name, default, good, bad } in &thing.properties {
        for absent in [Value::Null, json!("absent")] {
            let mut body = thing.with(name, &absent);
            if absent.is_string() {
                body.as_object_mut().unwrap().remove(*name);
            }
            let answer = thing.create(portal, &body).await;
            match default {
                Some(default) => {
                    let made = answer.ok();
                    assert_eq!(&made[*name], default, "{answer}");
                    thing.delete(portal, made[thing.id].as_str().unwrap()).await;
                }
                None => assert_told(&answer, "PRT000301", name),
            }
        }
        for value in good {
            let made = thing.create(portal, &thing.with(name, value)).await.ok();
            assert_eq!(&made[*name], value);
            thing.delete(portal, made[thing.id].as_str().unwrap()).await;
            let upper = json!({name.to_uppercase(): value});
            for body in [json!({*name: value}), upper] {
                for answer in thing.changes(portal, &changed, &body).await {
                    assert_eq!(&answer.ok()[*name], value, "{answer}");
                }
            }
        }
        for (value, code) in bad {
            assert_told(&thing.create(portal, &thing.with(name, value)).await, code, name);
            for answer in thing.changes(portal, &changed, &json!({*name: value})).await {
                assert_told(&answer, code, name);
            }
        }
        for answer in thing.changes(portal, &changed, &json!({*name: null})).await {
            assert_eq!(&answer.ok()[*name], good.last().unwrap(), "what is left out of a change stays");
        }
    }
    thing.created(portal, "Taken").await;
    thing.create(portal, &thing.with("name", &json!("tAKEN"))).await.refused(400, thing.taken);
    for answer in thing.changes(portal, &changed, &json!({"name": "TAKEN"})).await {
        answer.refused(400, thing.taken);
    }
    assert_all_at_once(portal, thing, &changed).await;
}

/// One value that is bad of every property, in one body.
async fn assert_all_at_once(portal: &Portal, thing: &Thing, changed: &str) {
    let mut body = thing.body.clone();
    for Property { name, bad, .. } in &thing.properties {
        body[*name] = bad[0].0.clone();
    }
    let mut answers = thing.changes(portal, changed, &body).await;
    answers.push(thing.create(portal, &body).await);
    for answer in answers {
        assert_eq!(answer.platform_errors(400).len(), thing.properties.len(), "{answer}");
        for Property { name, bad, .. } in &thing.properties {
            assert_told(&answer, bad[0].1, name);
        }
    }
    let kept = portal.get(&format!("{}{changed}", thing.changed_at.last().unwrap().1)).await.ok();
    for Property { name, good, .. } in &thing.properties {
        assert_eq!(&kept[*name], good.last().unwrap(), "what is refused changes nothing");
    }
}

/// Refused, by that code, with the property's name.
#[track_caller]
fn assert_told(answer: &Answer, code: &str, property: &str) {
    let of_it = |error: &Value| {
        let description = error["description"].as_str().unwrap();
        description.contains(&format!("'{property}'")) && description.ends_with(&format!("(code: {code})"))
    };
    assert!(answer.platform_errors(400).iter().any(of_it), "no {code} of '{property}' in {answer}");
}

#[tokio::test]
async fn hubs_have_the_documented_properties() {
    let server = quick_server().await;
    assert_as_documented(&server.portal().await, &hub()).await;
}

#[tokio::test]
async fn integrations_have_the_documented_properties() {
    let server = quick_server().await;
    let portal = server.portal().await;
    assert_as_documented(&portal, &integration(&portal.hub("theirs").await)).await;
}

#[tokio::test]
async fn a_channel_is_named_or_numbered_and_stays() {
    let server = quick_server().await;
    let portal = server.portal().await;
    let thing = integration(&portal.hub("theirs").await);
    for channel in [json!("Direct"), json!("dIRECT"), json!(1)] {
        let made = thing.create(&portal, &thing.with("channelId", &channel)).await.ok();
        assert_eq!((&made["channelId"], &made["integrationTypeId"]), (&json!("Direct"), &json!("Agent")));
        thing.delete(&portal, made["integrationId"].as_str().unwrap()).await;
    }
    for (property, value, code) in [
        ("channelId", Value::Null, "PRT000301"),
        ("channelId", json!("Pigeon"), "PRT000303"),
        ("channelId", json!(0), "PRT000303"),
        ("channelId", json!(2000), "PRT000303"),
        ("channelId", json!([]), "PRT000302"),
        ("configuration", Value::Null, "PRT000301"),
        ("configuration", json!("x"), "PRT000302"),
    ] {
        assert_told(&thing.create(&portal, &thing.with(property, &value)).await, code, property);
    }
    let present = thing.created(&portal, "present").await;
    for channel in [json!("DIRECT"), json!(1), Value::Null] {
        for answer in thing.changes(&portal, &present, &json!({"channelId": channel})).await {
            assert_eq!(answer.ok()["channelId"], "Direct", "{answer}");
        }
    }
    for answer in thing.changes(&portal, &present, &json!({"channelId": "WebChat"})).await {
        assert_told(&answer, "PRT000303", "channelId");
    }
    let nowhere = format!("/api/v1/integrations/hubs/{UNKNOWN}");
    portal.post(&nowhere, &json!({})).await.refused(404, "PRT000699");
}
