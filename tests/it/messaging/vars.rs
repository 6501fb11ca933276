//! Global variables: made, listed, replaced and deleted, for every channel or for one.

use serde_json::{Value, json};

use super::{channel_id, faults, members};
use crate::harness::{FULL, Server};

const VARS: &str = "config/global/vars";
const PATH: &str = "/xms/api/v1/config/global/vars";

fn keys(variables: &[Value]) -> Vec<&str> {
    variables.iter().map(|variable| variable["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_variable_of_each_type_is_made_and_listed_with_every_member() {
    let mut server = Server::start().await;
    let messaging = server.messaging();
    for (kind, value) in [
        ("TEXT", json!("The Corner Shop")),
        ("DATE", json!("01/30/26")),
        ("NUMBER", json!(10.5)),
        ("LIST", json!(["a", 2])),
    ] {
        let body = json!({"key": kind, "type": kind, "value": value, "description": "d", "group": "g"});
        let made = messaging.send_to(VARS, &body).await.one();
        assert_eq!((&made["type"], &made["value"]), (&json!(kind), &value));
        let names =
            ["description", "disabled", "domain", "group", "id", "key", "server", "shared", "type", "value"];
        assert_eq!(members(&made), names);
        assert_eq!((&made["disabled"], &made["shared"]), (&json!(false), &json!(true)));
        assert_eq!(made["domain"], server.demo().org());
    }
    let answer = messaging.get(PATH).await.ok();
    assert!(FULL.iter().all(|name| answer.get(*name).is_some()), "{answer}");
    server.crash().await;
    let listed = server.messaging().results(VARS).await;
    assert_eq!(keys(&listed), ["TEXT", "DATE", "NUMBER", "LIST"]);
}

#[tokio::test]
async fn a_variable_of_a_type_of_its_own_holds_anything() {
    let mut server = Server::start().await;
    let messaging = server.messaging();
    // As the reference shows it.
    let shown = json!({"description": "string", "disabled": true, "domain": "string", "group": "string",
        "id": "string", "key": "string", "server": "string", "shared": true, "type": "string", "value": {}});
    let mut all = vec![messaging.send_to(VARS, &shown).await.one()];
    for (place, value) in
        [json!({"a": [1]}), json!("x"), json!(5), json!(["x"]), json!(false)].iter().enumerate()
    {
        let body = json!({"key": format!("k{place}"), "type": "x".repeat(64), "value": value});
        let made = messaging.send_to(VARS, &body).await.one();
        assert_eq!((&made["type"], &made["value"]), (&body["type"], value));
        all.push(made);
    }
    for name in ["description", "disabled", "group", "key", "shared", "type", "value"] {
        assert_eq!(all[0][name], shown[name], "{name}");
    }
    let blank = messaging.send_to(VARS, &json!({"key": "blank", "type": "", "value": "x"})).await.one();
    assert_eq!(blank["type"], "TEXT");
    all.push(blank);
    server.crash().await;
    assert_eq!(server.messaging().results(VARS).await, all);
}

#[tokio::test]
async fn a_variable_that_is_not_shared_is_listed_for_its_own_channel() {
    let server = Server::start().await;
    let messaging = server.messaging();
    let own = channel_id(&server);
    let web = format!("web:{}", server.demo().integration("webchat"));
    messaging.send_to(VARS, &json!({"key": "everywhere", "value": "x"})).await.one();
    let only = json!({"key": "only", "value": "x", "shared": false, "group": own});
    assert_eq!(messaging.send_to(VARS, &only).await.one()["shared"], false);
    for (channel, expected) in [
        (String::new(), &["everywhere", "only"][..]),
        (own.clone(), &["everywhere", "only"]),
        (server.demo().integration("customer"), &["everywhere", "only"]),
        (web, &["everywhere"]),
    ] {
        let listed = messaging.results(&format!("{VARS}?channelId={channel}")).await;
        assert_eq!(keys(&listed), expected, "{channel}");
    }
    let refused = messaging.get(&format!("{PATH}?channelId=direct:nowhere")).await;
    assert_eq!(refused.field_faults(404), faults(&[("channelId", "NOT_FOUND")]));
}

#[tokio::test]
async fn a_variable_is_replaced_and_deleted_by_its_id() {
    let server = Server::start().await;
    let other = server.another_tenant("Other").await.messaging();
    let messaging = server.messaging();
    let made = messaging.send_to(VARS, &json!({"key": "a", "value": "x", "description": "d"})).await.one();
    messaging.send_to(VARS, &json!({"key": "b", "value": "x"})).await.one();
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());

    let put = messaging
        .put(&path, &json!({"key": "c", "type": "NUMBER", "value": 1, "disabled": true}))
        .await
        .one();
    assert_eq!((&put["id"], &put["key"], &put["value"]), (&made["id"], &json!("c"), &json!(1)));
    assert_eq!((&put["description"], &put["disabled"]), (&json!(""), &json!(true)), "replaced as a whole");
    let taken = messaging.put(&path, &json!({"key": "b", "value": "x"})).await;
    assert_eq!(taken.field_faults(400), faults(&[("key", "CONFLICT")]));
    let taken = messaging.send_to(VARS, &json!({"key": "b", "value": "x"})).await;
    assert_eq!(taken.field_faults(400), faults(&[("key", "CONFLICT")]));

    let body = json!({"key": "d", "value": "x"});
    for path in [path.as_str(), "/xms/api/v1/config/global/vars/nothing"] {
        assert_eq!(other.put(path, &body).await.field_faults(404), faults(&[("id", "NOT_FOUND")]));
        assert_eq!(other.delete(path).await.field_faults(404), faults(&[("id", "NOT_FOUND")]));
    }
    assert_eq!(messaging.delete(&path).await.one()["key"], "c", "as it was");
    assert_eq!(messaging.delete(&path).await.field_faults(404), faults(&[("id", "NOT_FOUND")]));
    assert_eq!(keys(&messaging.results(VARS).await), ["b"]);
}

#[tokio::test]
async fn there_are_as_many_variables_and_templates_as_there_may_be() {
    let limits = [
        ("SWITCHBOARD_MESSAGING__VARIABLES_PER_TENANT", "2"),
        ("SWITCHBOARD_MESSAGING__TEMPLATES_PER_TENANT", "2"),
    ];
    let server = Server::with(&limits).await;
    let messaging = server.messaging();
    for (call, body) in [
        (VARS, (|n: i32| json!({"key": format!("k{n}"), "value": "x"})) as fn(i32) -> Value),
        ("config/tmpl/hsm", |n| json!({"code": format!("c{n}"), "body": "x"})),
    ] {
        messaging.send_to(call, &body(1)).await.one();
        let second = messaging.send_to(call, &body(2)).await.one();
        assert_eq!(
            messaging.send_to(call, &body(3)).await.field_faults(400),
            faults(&[("", "LIMIT_REACHED")])
        );
        messaging.delete(&format!("/xms/api/v1/{call}/{}", second["id"].as_str().unwrap())).await.one();
        messaging.send_to(call, &body(3)).await.one();
    }
}

#[tokio::test]
async fn what_is_changed_is_in_the_audit_log_and_no_token_is() {
    let server = Server::start().await;
    let messaging = server.messaging();
    let made = messaging.send_to(VARS, &json!({"key": "SHOP", "value": "x"})).await.one();
    let id = made["id"].as_str().unwrap();
    messaging.put(&format!("{PATH}/{id}"), &json!({"key": "SHOP", "value": "y"})).await.one();
    messaging.delete(&format!("{PATH}/{id}")).await.one();
    messaging.send_to("config/tmpl/hsm", &json!({"code": "HELLO", "body": "x"})).await.one();
    for url in ["https://one.example/hear", "https://two.example/hear"] {
        messaging.send_to("config/webhook", &json!({"url": url})).await.one();
    }
    let portal = server.portal().await;
    let log = async |kind: &str| {
        let page = portal.get(&format!("/api/v1/audit?kind={kind}")).await.ok();
        let told = |entry: &Value| (entry["action"].clone(), entry["name"].clone(), entry["changed"].clone());
        page["results"].as_array().unwrap().iter().map(told).collect::<Vec<_>>()
    };
    let null = Value::Null;
    assert_eq!(
        log("variable").await,
        [
            (json!("deleted"), json!("SHOP"), null.clone()),
            (json!("updated"), json!("SHOP"), json!(["value"])),
            (json!("created"), json!("SHOP"), null.clone()),
        ]
    );
    assert_eq!(log("template").await, [(json!("created"), json!("HELLO"), null.clone())]);
    assert_eq!(
        log("webhook").await,
        [
            (
                json!("updated"),
                json!("https://two.example/hear"),
                json!(["registered", "url", "verifyToken"])
            ),
            (json!("created"), json!("https://one.example/hear"), null),
        ]
    );
}
