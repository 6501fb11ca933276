//! Who may be where and how many there may be, what a deletion takes along, what outlives a crash, and whose it is.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::{TEAMS, USERS, at, team, user};
use crate::harness::{Server, together};

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
