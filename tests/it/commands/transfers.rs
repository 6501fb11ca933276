//! Transfer commands call by call (platform documentation §10.4).

use serde_json::{Value, json};

use super::{TRANSFERS, at, create, id_of, of_hub, transfer, with};
use crate::harness::Server;

#[tokio::test]
async fn a_transfer_is_created_read_listed_changed_and_deleted() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    let example = json!({"name": "new cool command", "description": "Description for command",
        "url": "https://mysite.io", "linkDescription": "Click here to be transferred", "mountDelay": 1000});
    let made = portal.post(&at(TRANSFERS, &hub), &example).await.ok();
    let path = at(TRANSFERS, id_of(&made));
    let mut present = with(with(example, "commandId", made["commandId"].clone()), "hubId", json!(hub));
    assert_eq!(made, present);
    assert_eq!(portal.get(&path).await.ok(), present);
    assert_eq!(portal.get(&of_hub(TRANSFERS, &hub)).await.ok(), json!([present]), "a list without pages");
    for (name, value) in [
        ("name", json!("newer")),
        ("description", json!("")),
        ("url", json!("http://other.example/page?x=1#top")),
        ("linkDescription", json!("Go")),
        ("mountDelay", json!(-1)),
        ("mountDelay", json!(0)),
    ] {
        present[name] = value.clone();
        assert_eq!(portal.put(&path, &json!({name: value})).await.ok(), present);
    }
    assert_eq!(portal.put(&path, &json!({})).await.ok(), present, "a change of nothing changes nothing");
    assert_eq!(portal.put(&path, &present).await.ok(), present, "a whole body does as well");
    assert_eq!(portal.get(&path).await.ok(), present);
    portal.delete(&path).await.has_status(200);
    portal.get(&path).await.refused(404, "PRT000105");
    portal.delete(&path).await.refused(404, "PRT000105");
    portal.put(&path, &json!({"name": "x"})).await.refused(404, "PRT000105");
    assert_eq!(portal.get(&of_hub(TRANSFERS, &hub)).await.ok(), json!([]));
}

#[tokio::test]
async fn a_transfer_mounts_at_once_where_nothing_is_said() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    let sparse =
        json!({"NAME": "n", "Url": "https://a.example", "linkdescription": "go", "description": null});
    let made = portal.post(&at(TRANSFERS, &hub), &sparse).await.ok();
    let expected = json!({"commandId": id_of(&made), "hubId": hub, "name": "n", "description": "",
        "url": "https://a.example", "linkDescription": "go", "mountDelay": 0});
    assert_eq!(made, expected);
}

#[tokio::test]
async fn transfers_are_listed_in_the_order_of_their_creation() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    let names = ["zeta", "alpha", "omega"];
    let mut ids = Vec::new();
    for name in names {
        ids.push(create(&portal, TRANSFERS, &hub, &transfer(name)).await);
    }
    portal.put(&at(TRANSFERS, &ids[0]), &json!({"mountDelay": 5})).await.ok();
    let list = portal.get(&of_hub(TRANSFERS, &hub)).await.ok();
    let listed: Vec<_> = list.as_array().unwrap().iter().map(|command| command["name"].clone()).collect();
    assert_eq!(listed, names);
}

#[tokio::test]
async fn each_mistake_in_a_new_transfer_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let path = at(TRANSFERS, &server.demo().hub());
    portal.post(&path, &transfer("Taken")).await.ok();
    let but = |name: &str, value: Value| with(transfer("n"), name, value);
    for (body, code) in [
        (json!({}), "PRT000301"),
        (json!([]), "PRT000302"),
        (but("name", Value::Null), "PRT000301"),
        (but("name", json!(" ")), "PRT000301"),
        (but("name", json!(5)), "PRT000302"),
        (but("name", json!("x".repeat(257))), "PRT000207"),
        (but("name", json!("tAKEN")), "PRT000600"),
        (but("description", json!(5)), "PRT000302"),
        (but("description", json!("x".repeat(1025))), "PRT000207"),
        (but("url", Value::Null), "PRT000301"),
        (but("url", json!("")), "PRT000301"),
        (but("url", json!(5)), "PRT000302"),
        (but("url", json!("mysite.example")), "PRT000302"),
        (but("url", json!("ftp://mysite.example")), "PRT000302"),
        (but("url", json!(format!("https://a.example/{}", "x".repeat(2031)))), "PRT000207"),
        (but("linkDescription", Value::Null), "PRT000301"),
        (but("linkDescription", json!("")), "PRT000301"),
        (but("linkDescription", json!(true)), "PRT000302"),
        (but("linkDescription", json!("x".repeat(257))), "PRT000207"),
        (but("mountDelay", json!("1000")), "PRT000302"),
        (but("mountDelay", json!(1.5)), "PRT000302"),
        (but("mountDelay", json!(2_147_483_648_i64)), "PRT000206"),
        (but("mountDelay", json!(-2_147_483_649_i64)), "PRT000206"),
    ] {
        portal.post(&path, &body).await.refused(400, code);
    }
    let all = portal.post(&path, &json!({"description": 1, "mountDelay": "x"})).await;
    assert_eq!(all.platform_errors(400).len(), 5, "all mistakes are told at once: {all}");
    portal.send("POST", &path, Some("application/json"), "").await.refused(400, "PRT000300");
    let fits = json!({"name": "x".repeat(256), "description": "x".repeat(1024), "mountDelay": 2_147_483_647,
        "linkDescription": "x".repeat(256), "url": format!("https://a.example/{}", "x".repeat(2030))});
    portal.post(&path, &fits).await.ok();
}

#[tokio::test]
async fn each_mistake_in_a_changed_transfer_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    portal.post(&at(TRANSFERS, &hub), &transfer("Taken")).await.ok();
    let path = at(TRANSFERS, &create(&portal, TRANSFERS, &hub, &transfer("Mine")).await);
    let before = portal.get(&path).await.ok();
    for (body, code) in [
        (json!({"name": "TAKEN"}), "PRT000600"),
        (json!({"name": ""}), "PRT000301"),
        (json!({"name": 1}), "PRT000302"),
        (json!({"url": " "}), "PRT000301"),
        (json!({"url": "mailto:a@b.example"}), "PRT000302"),
        (json!({"linkDescription": ""}), "PRT000301"),
        (json!({"description": "x".repeat(1025)}), "PRT000207"),
        (json!({"mountDelay": 2_147_483_648_i64}), "PRT000206"),
        (json!({"mountDelay": "soon", "url": "https://other.example"}), "PRT000302"),
    ] {
        portal.put(&path, &body).await.refused(400, code);
    }
    portal.send("PUT", &path, Some("application/json"), "").await.refused(400, "PRT000300");
    assert_eq!(portal.get(&path).await.ok(), before);
    portal.put(&path, &json!({"name": "MINE"})).await.ok();
}
