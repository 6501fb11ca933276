//! Users and teams call by call: properties, defaults, ranges, paging.

use serde_json::{Value, json};

use super::{TEAMS, USERS, at, team, user};
use crate::harness::Server;

#[tokio::test]
async fn a_user_is_created_read_changed_and_deleted() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let full = json!({"userId": "ada", "name": "Ada", "email": "ada@mail.example",
        "skills": ["orders", "returns"], "state": "busy"});
    assert_eq!(portal.post(USERS, &full).await.ok(), full);
    let path = at(USERS, "ada");
    assert_eq!(portal.get(&path).await.ok(), full);
    let mut present = full;
    for (name, value) in [
        ("name", json!("Ada L.")),
        ("email", json!("")),
        ("skills", json!(["complaints"])),
        ("state", json!("away")),
    ] {
        present[name] = value.clone();
        assert_eq!(portal.put(&path, &json!({name: value})).await.ok(), present);
    }
    assert_eq!(portal.put(&path, &json!({})).await.ok(), present, "a change of nothing changes nothing");
    assert_eq!(portal.put(&path, &present).await.ok(), present, "a whole body does as well");
    assert_eq!(portal.get(&path).await.ok(), present);
    portal.delete(&path).await.has_status(200);
    portal.get(&path).await.refused(404, "PRT000599");
    portal.delete(&path).await.refused(404, "PRT000599");
    portal.put(&path, &json!({"name": "x"})).await.refused(404, "PRT000599");
}

#[tokio::test]
async fn a_team_is_created_read_changed_and_deleted() {
    let server = Server::start().await;
    let portal = server.portal().await;
    for id in ["ada", "bob"] {
        portal.post(USERS, &user(id, id)).await.ok();
    }
    let full = team("first", "First line", &["bob", "ada"]);
    assert_eq!(portal.post(TEAMS, &full).await.ok(), full);
    let path = at(TEAMS, "first");
    assert_eq!(portal.get(&path).await.ok(), full);
    let renamed = portal.put(&path, &json!({"name": "FIRST LINE"})).await.ok();
    assert_eq!(renamed, team("first", "FIRST LINE", &["bob", "ada"]));
    let smaller = portal.put(&path, &json!({"members": ["ada", "ada"]})).await.ok();
    assert_eq!(smaller, team("first", "FIRST LINE", &["ada"]));
    assert_eq!(portal.get(&path).await.ok(), smaller);
    portal.delete(&path).await.has_status(200);
    portal.get(&path).await.refused(404, "PRT000105");
    portal.delete(&path).await.refused(404, "PRT000105");
    portal.put(&path, &json!({"name": "x"})).await.refused(404, "PRT000105");
    portal.get(&at(USERS, "ada")).await.ok();
}

#[tokio::test]
async fn ids_are_made_and_the_rest_has_defaults_where_nothing_is_said() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let made = portal.post(USERS, &json!({"name": "Ada"})).await.ok();
    let id = made["userId"].as_str().unwrap();
    assert!(!id.is_empty(), "{made}");
    let expected = json!({"userId": id, "name": "Ada", "email": "", "skills": [], "state": "available"});
    assert_eq!(made, expected);
    assert_eq!(portal.get(&at(USERS, id)).await.ok(), expected);
    let same_name = portal.post(USERS, &json!({"name": "Ada"})).await.ok();
    assert_ne!(same_name["userId"], made["userId"], "names of users may be the same");
    let made = portal.post(TEAMS, &json!({"name": "First line"})).await.ok();
    let id = made["teamId"].as_str().unwrap();
    assert_eq!(made, team(id, "First line", &[]));
    assert_eq!(portal.get(&at(TEAMS, id)).await.ok(), made);
}

#[tokio::test]
async fn ids_travel_in_addresses_whatever_they_are_made_of() {
    let server = Server::start().await;
    let portal = server.portal().await;
    for (id, written) in [
        ("ada@mail.example", "ada@mail.example"),
        ("a b/c?d#e%f", "a%20b%2Fc%3Fd%23e%25f"),
        ("zoë+Ω", "zo%C3%AB%2B%CE%A9"),
        ("'; --", "%27%3B%20--"),
    ] {
        portal.post(USERS, &user(id, "n")).await.ok();
        assert_eq!(portal.get(&at(USERS, written)).await.ok()["userId"], id);
        portal.post(TEAMS, &team(id, id, &[id])).await.ok();
        assert_eq!(portal.get(&at(TEAMS, written)).await.ok()["members"], json!([id]));
        portal.delete(&at(USERS, written)).await.has_status(200);
    }
}

#[tokio::test]
async fn each_mistake_in_a_user_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    portal.post(USERS, &user("taken", "n")).await.ok();
    let with = |name: &str, value: Value| {
        let mut body = json!({"name": "n"});
        body[name] = value;
        body
    };
    for (body, code) in [
        (json!({}), "PRT000301"),
        (with("name", json!(" ")), "PRT000301"),
        (with("name", json!(5)), "PRT000302"),
        (with("name", json!("x".repeat(257))), "PRT000207"),
        (with("userId", json!(5)), "PRT000302"),
        (with("userId", json!("x".repeat(256))), "PRT000207"),
        (with("userId", json!("*")), "PRT000303"),
        (with("userId", json!("taken")), "PRT000401"),
        (with("email", json!("nowhere")), "PRT000211"),
        (with("email", json!(5)), "PRT000302"),
        (with("email", json!(format!("{}@b", "x".repeat(253)))), "PRT000207"),
        (with("skills", json!("orders")), "PRT000302"),
        (with("skills", json!([5])), "PRT000302"),
        (with("skills", json!([""])), "PRT000301"),
        (with("skills", json!(["x".repeat(129)])), "PRT000207"),
        (with("skills", (0..101).map(|skill| skill.to_string()).collect()), "PRT000207"),
        (with("state", json!("asleep")), "PRT000303"),
        (with("state", json!(1)), "PRT000302"),
        (json!([]), "PRT000302"),
    ] {
        portal.post(USERS, &body).await.refused(400, code);
    }
    portal.put(&at(USERS, "taken"), &json!({"userId": "other"})).await.refused(400, "PRT000303");
    let all = portal.post(USERS, &json!({"email": "x", "skills": 1, "state": 1})).await;
    assert_eq!(all.platform_errors(400).len(), 4, "all mistakes are told at once: {all}");
    portal.send("POST", USERS, None, "").await.refused(400, "PRT000300");
    let fits = json!({"userId": "x".repeat(255), "name": "x".repeat(256), "email": format!("{}@b", "x".repeat(252)),
        "skills": (0..100).map(|skill| format!("{skill:0>128}")).collect::<Vec<_>>(), "state": "OFFLINE"});
    portal.post(USERS, &fits).await.ok();
}

#[tokio::test]
async fn each_mistake_in_a_team_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    portal.post(TEAMS, &team("taken", "Taken", &[])).await.ok();
    portal.post(TEAMS, &team("mine", "Mine", &[])).await.ok();
    for (body, status, code) in [
        (json!({}), 400, "PRT000301"),
        (json!({"name": 5}), 400, "PRT000302"),
        (json!({"name": "x".repeat(257)}), 400, "PRT000207"),
        (json!({"name": "n", "teamId": ""}), 400, "PRT000303"),
        (json!({"name": "n", "members": "ada"}), 400, "PRT000302"),
        (json!({"name": "n", "members": [5]}), 400, "PRT000302"),
        (json!({"name": "n", "members": ["nobody"]}), 400, "PRT000303"),
        (json!({"name": "n", "members": vec!["x"; 10_001]}), 400, "PRT000207"),
        (json!({"name": "tAKEN"}), 400, "PRT000600"),
        (json!({"name": "n", "teamId": "taken"}), 409, "PRT000106"),
    ] {
        portal.post(TEAMS, &body).await.refused(status, code);
    }
    for (body, code) in [
        (json!({"name": "TAKEN"}), "PRT000600"),
        (json!({"name": ""}), "PRT000301"),
        (json!({"members": ["nobody"]}), "PRT000303"),
        (json!({"teamId": "other"}), "PRT000303"),
    ] {
        portal.put(&at(TEAMS, "mine"), &body).await.refused(400, code);
    }
    assert_eq!(portal.get(&at(TEAMS, "mine")).await.ok(), team("mine", "Mine", &[]));
    portal.send("POST", TEAMS, None, "").await.refused(400, "PRT000300");
}

#[tokio::test]
async fn the_directory_comes_in_pages_in_the_order_of_its_creation() {
    let server = Server::start().await;
    let portal = server.portal().await;
    for number in (0..5).rev() {
        portal.post(USERS, &user(&format!("u{number}"), "n")).await.ok();
        portal.post(TEAMS, &team(&format!("t{number}"), &format!("team {number}"), &[])).await.ok();
    }
    for (list, name, first, total) in [(USERS, "userId", "u4", 7), (TEAMS, "teamId", "t4", 6)] {
        let all = portal.get(list).await.ok();
        assert_eq!(
            (&all["pageNumber"], &all["pageSize"], &all["total"]),
            (&json!(0), &json!(50), &json!(total))
        );
        let everything = all["results"].as_array().unwrap();
        assert_eq!(everything[total - 5][name], first, "{all}");
        let mut paged = Vec::new();
        for number in 0..3 {
            let page = portal.get(&format!("{list}?pageNumber={number}&pageSize=3")).await.ok();
            assert_eq!((&page["pageNumber"], &page["total"]), (&json!(number), &json!(total)));
            paged.extend(page["results"].as_array().unwrap().clone());
        }
        assert_eq!(&paged, everything, "pages are the whole, in its order");
        for (query, code) in [
            ("pageNumber=-1", "PRT000209"),
            ("pageSize=0", "PRT000207"),
            ("pageSize=101", "PRT000207"),
            ("pageSize=ten", "PRT000210"),
        ] {
            portal.get(&format!("{list}?{query}")).await.refused(400, code);
        }
    }
}

#[tokio::test]
async fn the_first_people_have_a_mailbox_skills_and_a_state() {
    let server = Server::start().await;
    let people = server.portal().await.get(USERS).await.ok();
    assert_eq!(people["results"][0]["userId"], server.demo().user());
    for person in people["results"].as_array().unwrap() {
        assert!(person["email"].as_str().unwrap().contains('@'), "{person}");
        assert!(!person["skills"].as_array().unwrap().is_empty(), "{person}");
        assert_eq!(person["state"], "available", "{person}");
    }
}
