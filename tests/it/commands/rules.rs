//! Which names are free, how many commands there may be, what a deletion takes along, what outlives a crash, and who
//! sees what.

use std::time::Duration;

use serde_json::{Value, json};

use super::{RESPONSES, TRANSFERS, at, create, id_of, of_hub, response, transfer};
use crate::harness::{Portal, Server, together};

/// Makes the body of a command of that name.
type Make = fn(&str) -> Value;

/// Both kinds of commands: where they are, and how one is made.
const KINDS: [(&str, Make); 2] = [(TRANSFERS, transfer), (RESPONSES, response)];

const UNKNOWN: &str = "00000000-0000-0000-0000-000000000001";

#[tokio::test]
async fn names_are_free_on_every_hub_and_for_every_kind_of_command() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let (one, two) = (portal.hub("one").await, portal.hub("two").await);
    for (collection, body) in KINDS {
        for hub in [&one, &two] {
            portal.post(&at(collection, hub), &body("Same")).await.ok();
            portal.post(&at(collection, hub), &body("sAME")).await.refused(400, "PRT000600");
        }
    }
}

#[tokio::test]
async fn of_many_creations_of_one_name_one_wins() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("busy").await;
    for (collection, body) in KINDS {
        let path = at(collection, &hub);
        let statuses = together((0..20).map(|number| {
            let (portal, path) = (portal.clone(), path.clone());
            let body = body(if number % 2 == 0 { "Only" } else { "ONLY" });
            async move { portal.post(&path, &body).await.status }
        }))
        .await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 19, "{statuses:?}");
        assert_eq!(portal.get(&of_hub(collection, &hub)).await.ok().as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn of_many_that_are_renamed_to_one_name_one_wins() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("busy").await;
    for (collection, body) in KINDS {
        let mut paths = Vec::new();
        for number in 0..10 {
            paths.push(at(collection, &create(&portal, collection, &hub, &body(&number.to_string())).await));
        }
        let statuses = together(paths.into_iter().map(|path| {
            let portal = portal.clone();
            async move { portal.put(&path, &json!({"name": "only"})).await.status }
        }))
        .await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 9, "{statuses:?}");
    }
}

#[tokio::test]
async fn a_command_of_one_kind_is_none_of_the_other() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    for ((own, body), (other, _)) in KINDS.into_iter().zip(KINDS.into_iter().rev()) {
        let id = create(&portal, own, &hub, &body("n")).await;
        let path = at(other, &id);
        portal.get(&path).await.refused(404, "PRT000105");
        portal.put(&path, &json!({"name": "x"})).await.refused(404, "PRT000105");
        portal.delete(&path).await.refused(404, "PRT000105");
        assert_eq!(portal.get(&at(own, &id)).await.ok()["name"], "n");
        portal.delete(&at(own, &id)).await.has_status(200);
    }
}

#[tokio::test]
async fn ids_that_name_nothing_are_not_found_and_those_that_are_none_are_refused() {
    let server = Server::start().await;
    let portal = server.portal().await;
    for (collection, body) in KINDS {
        for (method, path, body, code) in [
            ("POST", at(collection, "ID"), body("n"), "PRT000699"),
            ("GET", of_hub(collection, "ID"), Value::Null, "PRT000699"),
            ("GET", at(collection, "ID"), Value::Null, "PRT000105"),
            ("PUT", at(collection, "ID"), json!({"name": "x"}), "PRT000105"),
            ("DELETE", at(collection, "ID"), Value::Null, "PRT000105"),
        ] {
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let json = (!body.is_empty()).then_some("application/json");
            let unknown = portal.send(method, &path.replace("ID", UNKNOWN), json, body.clone()).await;
            unknown.refused(404, code);
            portal.send(method, &path.replace("ID", "17"), json, body).await.refused(400, "PRT000203");
        }
    }
}

#[tokio::test]
async fn a_deleted_hub_is_gone_with_its_commands() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Short-lived").await;
    let mut paths = Vec::new();
    for (collection, body) in KINDS {
        paths.push(at(collection, &create(&portal, collection, &hub, &body("n")).await));
    }
    portal.delete(&at("/api/v1/hubs", &hub)).await.has_status(200);
    for path in paths {
        portal.get(&path).await.refused(404, "PRT000105");
    }
    for (collection, body) in KINDS {
        portal.get(&of_hub(collection, &hub)).await.refused(404, "PRT000699");
        portal.post(&at(collection, &hub), &body("n")).await.refused(404, "PRT000699");
    }
}

#[tokio::test]
async fn a_hub_has_as_many_commands_of_both_kinds_as_it_may() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__COMMANDS_PER_HUB", "3")]).await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    let last = create(&portal, TRANSFERS, &hub, &transfer("a")).await;
    create(&portal, TRANSFERS, &hub, &transfer("b")).await;
    create(&portal, RESPONSES, &hub, &response("c")).await;
    for (collection, body) in KINDS {
        portal.post(&at(collection, &hub), &body("d")).await.refused(403, "PRT000110");
    }
    create(&portal, TRANSFERS, &portal.hub("other").await, &transfer("a")).await;
    portal.put(&at(TRANSFERS, &last), &json!({"name": "changed"})).await.ok();
    portal.delete(&at(TRANSFERS, &last)).await.has_status(200);
    portal.post(&at(RESPONSES, &hub), &response("d")).await.ok();
}

/// All commands of a hub, of both kinds.
async fn all(portal: &Portal, hub: &str) -> [Value; 2] {
    [portal.get(&of_hub(TRANSFERS, hub)).await.ok(), portal.get(&of_hub(RESPONSES, hub)).await.ok()]
}

#[tokio::test]
async fn commands_outlive_a_crash() {
    let mut server = Server::start().await;
    let portal = server.portal().await;
    let (hub, doomed) = (server.demo().hub(), portal.hub("doomed").await);
    for (collection, body) in KINDS {
        for name in ["zeta", "alpha", "gone"] {
            create(&portal, collection, &hub, &body(name)).await;
        }
        let list = portal.get(&of_hub(collection, &hub)).await.ok();
        portal.put(&at(collection, id_of(&list[0])), &json!({"description": "changed"})).await.ok();
        portal.delete(&at(collection, id_of(&list[2]))).await.has_status(200);
        create(&portal, collection, &doomed, &body("n")).await;
    }
    portal.delete(&at("/api/v1/hubs", &doomed)).await.has_status(200);
    let before = all(&portal, &hub).await;
    server.crash().await;
    assert_eq!(all(&portal, &hub).await, before);
    assert_eq!(before[0][0]["description"], "changed");
    for (collection, body) in KINDS {
        portal.get(&of_hub(collection, &doomed)).await.refused(404, "PRT000699");
        portal.post(&at(collection, &hub), &body("ALPHA")).await.refused(400, "PRT000600");
        portal.post(&at(collection, &hub), &body("gone")).await.ok();
    }
    server.stop(Duration::from_secs(20)).await;
}

#[tokio::test]
async fn commands_are_their_tenants_own() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let (mine, hers) = (server.portal().await, eve.portal().await);
    let hub = server.demo().hub();
    for (collection, body) in KINDS {
        let path = at(collection, &create(&mine, collection, &hub, &body("mine")).await);
        hers.get(&path).await.refused(404, "PRT000105");
        hers.put(&path, &json!({"name": "stolen"})).await.refused(404, "PRT000105");
        hers.delete(&path).await.refused(404, "PRT000105");
        hers.get(&of_hub(collection, &hub)).await.refused(404, "PRT000699");
        hers.post(&at(collection, &hub), &body("hers")).await.refused(404, "PRT000699");
        assert_eq!(hers.get(&of_hub(collection, &eve.hub())).await.ok(), json!([]));
        hers.post(&at(collection, &eve.hub()), &body("mine")).await.ok();
        assert_eq!(mine.get(&path).await.ok()["name"], "mine");
        assert_eq!(mine.get(&of_hub(collection, &hub)).await.ok().as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn commands_are_for_the_scope_of_the_portal() {
    let server = Server::start().await;
    let (portal, engine) = (server.portal().await, server.engine().await);
    for (collection, _) in KINDS {
        for (method, path) in [
            ("POST", at(collection, UNKNOWN)),
            ("PUT", at(collection, UNKNOWN)),
            ("GET", at(collection, UNKNOWN)),
            ("DELETE", at(collection, UNKNOWN)),
            ("GET", of_hub(collection, UNKNOWN)),
        ] {
            server.http().send(method, &path, None, "{}").await.refused(401, "PRT000102");
            engine.send(method, &path, None, "{}").await.refused(403, "PRT000101");
        }
        for (method, path) in [("PATCH", at(collection, UNKNOWN)), ("POST", of_hub(collection, UNKNOWN))] {
            portal.send(method, &path, None, "{}").await.platform_errors(405);
        }
        portal.get(collection).await.refused(404, "PRT000105");
    }
}
