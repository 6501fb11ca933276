//! Users and teams of a tenant: what may be said of them, who may be where, and what a deletion takes along.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Server, event_payload, together};

const USERS: &str = "/api/v1/users";
const TEAMS: &str = "/api/v1/teams";

fn at(collection: &str, id: &str) -> String {
    format!("{collection}/{id}")
}

fn user(id: &str, name: &str) -> Value {
    json!({"userId": id, "name": name})
}

fn team(id: &str, name: &str, members: &[&str]) -> Value {
    json!({"teamId": id, "name": name, "members": members})
}

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
async fn of_many_creations_of_one_id_one_wins() {
    let server = Server::start().await;
    let portal = server.portal().await;
    for (path, body, refused) in [(USERS, user("only", "n"), 400), (TEAMS, team("only", "n", &[]), 409)] {
        let statuses = together((0..20).map(|_| {
            let (portal, body) = (portal.clone(), body.clone());
            async move { portal.post(path, &body).await.status }
        }))
        .await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == refused).count(), 19, "{statuses:?}");
    }
}

#[tokio::test]
async fn a_team_never_keeps_a_member_who_is_deleted_meanwhile() {
    let server = Server::start().await;
    let portal = server.portal().await;
    portal.post(TEAMS, &team("t", "t", &[])).await.ok();
    for round in 0..20 {
        let id = format!("u{round}");
        portal.post(USERS, &user(&id, "n")).await.ok();
        let (joins, leaves) = (portal.clone(), portal.clone());
        let (member, path) = (json!({"members": [id]}), at(USERS, &id));
        let joining = async move { joins.put(&at(TEAMS, "t"), &member).await.status };
        let leaving = async move { leaves.delete(&path).await.status };
        let (joined, left) = tokio::join!(tokio::spawn(joining), tokio::spawn(leaving));
        assert!(matches!(joined.unwrap(), 200 | 400));
        assert_eq!(left.unwrap(), 200);
        assert_eq!(portal.get(&at(TEAMS, "t")).await.ok()["members"], json!([]));
    }
}

#[tokio::test]
async fn a_deleted_user_is_out_of_its_teams_and_its_integration_works_for_nobody() {
    let server = Server::start().await;
    let (portal, engine) = (server.portal().await, server.engine().await);
    let (gone, stays) = (server.demo().user(), server.demo().get("/users/1/userId"));
    let session = server.streaming().await.session(&gone).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "before").await;
    assert!(!session.poll(200).await.is_empty());
    portal.delete(&at(USERS, &gone)).await.has_status(200);
    let team = portal.get(&at(TEAMS, &server.demo().get("/team/teamId"))).await.ok();
    assert_eq!(team["members"], json!([stays]));
    let integration = format!("/api/v1/integrations/{}", server.demo().integration("agent"));
    assert_eq!(portal.get(&integration).await.ok()["configuration"]["userId"], json!(gone));

    let mut socket = engine.listen_at(&engine.agent()).await;
    engine.say(&conversation, "after").await;
    assert_eq!(socket.texts(1).await, ["after"], "the agent's socket goes on");
    server.streaming().await.idle(&gone, 1).await;
    let heard = session.poll(200).await;
    assert_eq!(heard.len(), 1, "what was published, and nothing that the conversation caused: {heard:#?}");
}

#[tokio::test]
async fn a_tenant_has_as_many_users_and_teams_as_it_may() {
    let limits =
        [("SWITCHBOARD_LIMITS__USERS_PER_TENANT", "3"), ("SWITCHBOARD_LIMITS__TEAMS_PER_TENANT", "2")];
    let server = Server::with(&limits).await;
    let portal = server.portal().await;
    // The demo tenant begins with two users and a team.
    for (path, last, beyond) in [
        (USERS, user("last", "n"), user("beyond", "n")),
        (TEAMS, team("last", "last", &[]), team("beyond", "beyond", &[])),
    ] {
        portal.post(path, &last).await.ok();
        portal.post(path, &beyond).await.refused(403, "PRT000110");
        portal.delete(&at(path, "last")).await.has_status(200);
        portal.post(path, &beyond).await.ok();
    }
}

#[tokio::test]
async fn the_directory_outlives_a_crash() {
    let mut server = Server::start().await;
    let portal = server.portal().await;
    for id in ["ada", "bob", "eve"] {
        portal.post(USERS, &user(id, id)).await.ok();
    }
    let changed = json!({"email": "bob@mail.example", "skills": ["a", "b"], "state": "busy"});
    portal.put(&at(USERS, "bob"), &changed).await.ok();
    portal.post(TEAMS, &team("t", "t", &["eve", "bob"])).await.ok();
    portal.post(TEAMS, &team("gone", "gone", &[])).await.ok();
    portal.delete(&at(TEAMS, "gone")).await.has_status(200);
    portal.delete(&at(USERS, "eve")).await.has_status(200);
    let lists = async || [portal.get(USERS).await.ok(), portal.get(TEAMS).await.ok()];
    let before = lists().await;
    server.crash().await;
    assert_eq!(lists().await, before);
    assert_eq!(before[1]["results"][1], team("t", "t", &["bob"]));
    portal.post(USERS, &user("bob", "n")).await.refused(400, "PRT000401");
    server.stop(Duration::from_secs(20)).await;
}

#[tokio::test]
async fn a_large_directory_is_listed_whole() {
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "memory")]).await;
    let portal = server.portal().await;
    together((0..8).map(|part| {
        let portal = portal.clone();
        async move {
            for number in 0..50 {
                portal.post(USERS, &user(&format!("{part}-{number}"), "n")).await.ok();
            }
        }
    }))
    .await;
    let mut ids = BTreeSet::new();
    for number in 0..5 {
        let page = portal.get(&format!("{USERS}?pageNumber={number}&pageSize=100")).await.ok();
        assert_eq!(page["total"], 402);
        ids.extend(page["results"].as_array().unwrap().iter().map(|user| user["userId"].to_string()));
    }
    assert_eq!(ids.len(), 402, "each is on one page");
}

#[tokio::test]
async fn a_directory_is_its_tenants_own() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let (mine, hers) = (server.portal().await, eve.portal().await);
    mine.post(USERS, &user("ada", "Mine")).await.ok();
    mine.post(TEAMS, &team("t", "Same", &["ada"])).await.ok();
    for (path, code) in [(at(USERS, "ada"), "PRT000599"), (at(TEAMS, "t"), "PRT000105")] {
        hers.get(&path).await.refused(404, code);
        hers.put(&path, &json!({"name": "stolen"})).await.refused(404, code);
        hers.delete(&path).await.refused(404, code);
        hers.get(&path.replace("ada", "nobody")).await.refused(404, code);
    }
    hers.post(TEAMS, &team("u", "n", &["ada"])).await.refused(400, "PRT000303");
    assert_eq!(hers.get(USERS).await.ok()["total"], 2);
    hers.post(USERS, &user("ada", "Hers")).await.ok();
    hers.post(TEAMS, &team("t", "Same", &["ada"])).await.ok();
    hers.delete(&at(USERS, "ada")).await.has_status(200);
    assert_eq!(mine.get(&at(USERS, "ada")).await.ok()["name"], "Mine");
    assert_eq!(mine.get(&at(TEAMS, "t")).await.ok()["members"], json!(["ada"]));
}

#[tokio::test]
async fn the_directory_is_for_the_scope_of_the_portal() {
    let server = Server::start().await;
    let (engine, streaming) = (server.engine().await, server.streaming().await);
    for (method, path) in [
        ("GET", USERS.to_owned()),
        ("POST", USERS.to_owned()),
        ("GET", at(USERS, "x")),
        ("PUT", at(USERS, "x")),
        ("DELETE", at(USERS, "x")),
        ("GET", TEAMS.to_owned()),
        ("POST", TEAMS.to_owned()),
        ("GET", at(TEAMS, "x")),
        ("PUT", at(TEAMS, "x")),
        ("DELETE", at(TEAMS, "x")),
    ] {
        server.http().send(method, &path, None, "{}").await.refused(401, "PRT000102");
        engine.send(method, &path, None, "{}").await.refused(403, "PRT000101");
        streaming.send(method, &path, None, "{}").await.refused(403, "PRT000101");
    }
    let portal = server.portal().await;
    for path in [USERS.to_owned(), at(USERS, "x"), TEAMS.to_owned(), at(TEAMS, "x")] {
        portal.send("PATCH", &path, None, "").await.platform_errors(405);
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

/// A filter for changes of some users or teams.
fn changes_of(resource_type: &str, ids: &[&str]) -> Value {
    json!({"catalogType": "changeNotification", "catalogTypeEvents": ["all"],
        "resources": {"resourceType": resource_type, "resourceIds": ids}})
}

/// What events tell of: what was done to what.
fn changes(events: &[Value]) -> Vec<String> {
    let text = |change: &Value, name: &str| change[name].as_str().unwrap().to_owned();
    let line = |change: Value| format!("{} {}", text(&change, "action"), text(&change, "resourceId"));
    events.iter().map(|event| line(event_payload(event))).collect()
}

#[tokio::test]
async fn a_session_that_subscribed_hears_every_change_of_the_directory() {
    let server = Server::start().await;
    let (portal, streaming) = (server.portal().await, server.streaming().await);
    let session = streaming.session("watcher").await;
    session.subscribe(changes_of("*", &[])).await;
    let others = streaming.session("somebody else").await;
    let ada = json!({"userId": "ada", "name": "Ada", "email": "ada@mail.example", "skills": ["orders"],
        "state": "available"});
    portal.post(USERS, &ada).await.ok();
    portal.post(TEAMS, &team("t", "T", &["ada"])).await.ok();
    portal.put(&at(USERS, "ada"), &json!({"name": "Ada"})).await.ok();
    portal.put(&at(USERS, "ada"), &json!({"state": "away"})).await.ok();
    portal.put(&at(TEAMS, "t"), &json!({"name": "Team"})).await.ok();
    portal.delete(&at(USERS, "ada")).await.has_status(200);
    portal.delete(&at(TEAMS, "t")).await.has_status(200);
    let events = session.poll(200).await;
    let expected =
        ["created ada", "created t", "updated ada", "updated t", "updated t", "deleted ada", "deleted t"];
    assert_eq!(changes(&events), expected, "one each, and none for what changed nothing");
    let [first, second, ..] = &events[..] else { panic!("too few: {events:#?}") };
    assert_eq!(first["eventType"], "changeNotification.user");
    assert_eq!(second["eventType"], "changeNotification.team");
    assert!(events.iter().all(|event| event["kind"] == "via#changeNotificationEvent"), "{events:#?}");
    let told = json!({"action": "created", "resourceType": "users", "resourceId": "ada", "user": ada});
    assert_eq!(event_payload(first), told);
    let told = json!({"action": "created", "resourceType": "teams", "resourceId": "t",
        "team": team("t", "T", &["ada"])});
    assert_eq!(event_payload(second), told);
    let envelope: Value = serde_json::from_str(first["payload"].as_str().unwrap()).unwrap();
    assert_eq!((&envelope["userId"], &envelope["ehubSessionIdRev"]), (&json!("ada"), &json!("3")));

    streaming.idle("somebody else", 1).await;
    assert_eq!(others.poll(200).await.len(), 1, "nothing but what is its own");
}

#[tokio::test]
async fn a_session_hears_of_the_users_and_teams_that_it_subscribed_to() {
    let server = Server::start().await;
    let (portal, streaming) = (server.portal().await, server.streaming().await);
    let (people, teams) = (streaming.session("watcher").await, streaming.session("watcher").await);
    people.subscribe(changes_of("users", &["ada"])).await;
    teams.subscribe(changes_of("teams", &[])).await;
    let gone = teams.subscribe(changes_of("users", &[])).await;
    teams.unsubscribe(&gone).await.has_status(204);
    for id in ["ada", "bob"] {
        portal.post(USERS, &user(id, id)).await.ok();
        portal.post(TEAMS, &team(id, id, &[id])).await.ok();
    }
    portal.delete(&at(USERS, "ada")).await.has_status(200);
    assert_eq!(changes(&people.poll(200).await), ["created ada", "deleted ada"]);
    assert_eq!(changes(&teams.poll(200).await), ["created ada", "created bob", "updated ada"]);
}

#[tokio::test]
async fn changes_that_were_not_acknowledged_come_again_after_a_crash() {
    let mut server = Server::start().await;
    let (portal, streaming) = (server.portal().await, server.streaming().await);
    let session = streaming.durable_session("watcher").await;
    session.subscribe(changes_of("users", &[])).await;
    for id in ["ada", "bob"] {
        portal.post(USERS, &user(id, id)).await.ok();
    }
    let held = session.poll(200).await;
    assert_eq!(changes(&held), ["created ada", "created bob"]);
    session.acknowledge_events(&held[..1]).await;
    server.crash().await;
    assert_eq!(session.poll(200).await, held[1..]);
    portal.delete(&at(USERS, "ada")).await.has_status(200);
    assert_eq!(changes(&session.poll(200).await), ["created bob", "deleted ada"]);
}

#[tokio::test]
async fn changes_of_many_callers_are_heard_in_the_order_of_the_directory() {
    let server = Server::start().await;
    let (portal, streaming) = (server.portal().await, server.streaming().await);
    portal.post(USERS, &user("ada", "n")).await.ok();
    let session = streaming.session("watcher").await;
    session.subscribe(changes_of("users", &["ada"])).await;
    together((0..50).map(|number| {
        let portal = portal.clone();
        async move { portal.put(&at(USERS, "ada"), &json!({"name": number.to_string()})).await.ok() }
    }))
    .await;
    let events = session.poll(200).await;
    assert_eq!(events.len(), 50, "each was another name");
    let last = event_payload(&events[49])["user"].clone();
    assert_eq!(portal.get(&at(USERS, "ada")).await.ok(), last);
}
