//! The documentation of the face, row by row: calls, headers, fields, statuses and errors.

use serde_json::{Value, json};

use super::uploader::{
    BOT, CREATE, HEADER, Part, SUCCEEDED, Uploader, csv_file, domain_name, form_type, is_bad_form,
    is_refused, post_form,
};
use crate::harness::{Server, eventually};

const UNAUTHORIZED: &str = "Unauthorized Access or invalid token";
const FORBIDDEN: &str = "Access Forbidden";
const INVALID_DOMAIN: &str = "invalid doman";

const GOOD: &[u8] = b"node_name,question,answer\nhours,When do you open?,At nine.\n";

#[tokio::test]
async fn an_upload_is_answered_with_the_documented_envelope_at_each_address() {
    let server = Server::start().await;
    let uploader = Uploader::of(server.demo());
    let bot = server.demo().integration("bot");
    let fields = [
        ("the bot by its name", vec![domain_name(BOT), csv_file(GOOD)]),
        ("the bot by its id", vec![domain_name(&bot), csv_file(GOOD)]),
        ("the file first", vec![csv_file(GOOD), domain_name(BOT)]),
        ("space around the name", vec![domain_name(" FAQ bot\r\n"), csv_file(GOOD)]),
        ("a file without a name", vec![domain_name(BOT), Part { file: None, ..csv_file(GOOD) }]),
        (
            "parts that nobody asked for",
            vec![
                Part { name: "note", file: None, content: b"x" },
                domain_name(BOT),
                Part { name: "other_file", file: Some("o.csv"), content: GOOD },
                csv_file(GOOD),
            ],
        ),
    ];
    for path in [CREATE, CREATE.trim_end_matches('/')] {
        for (what, parts) in &fields {
            let taken = eventually("a place for it", async || {
                let answer = uploader.hand_in_at(path, parts).await;
                (answer.status != 429).then_some(answer)
            })
            .await
            .ok();
            let task = taken["body"]["task_id"].as_str().unwrap_or_else(|| panic!("{what}: {taken}"));
            assert_eq!(task.len(), 36, "a GUID");
            let expected = json!({"success": true, "body": {"task_id": task}, "error": "", "meta": {}});
            assert_eq!(taken, expected, "{what}");
        }
    }
}

#[tokio::test]
async fn a_task_is_told_with_the_documented_envelope_at_each_address() {
    let server = Server::start().await;
    let uploader = Uploader::of(server.demo());
    let task = uploader.upload("hours,When do you open?,At nine.\n").await;
    let meta = json!({"state": "Success", "created": 1, "updated": 0, "unchanged": 0, "removed": 5});
    let expected = json!({"success": true, "body": {"status": SUCCEEDED}, "error": "", "meta": meta});
    assert_eq!(uploader.ended(&task).await, expected);
    for path in [format!("{CREATE}status/{task}"), format!("{CREATE}status/{task}/")] {
        assert_eq!(uploader.get(&path).await.ok(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_task_that_is_worked_on_tells_how_far_it_is() {
    let server = Server::start().await;
    let uploader = Uploader::of(server.demo());
    let rows: String = (0..5_000).map(|n| format!("node {n},What is the number {n} for?,A\n")).collect();
    let task = uploader.upload(&rows).await;
    let mut seen = Vec::new();
    let ended = eventually("the end", async || {
        let answer = uploader.status(&task).await.ok();
        if answer["body"]["status"] != "In Progress" {
            return Some(answer);
        }
        let meta = &answer["meta"];
        let expected = json!({"success": true, "body": {"status": "In Progress"}, "error": "", "meta": meta});
        assert_eq!(answer, expected);
        assert_eq!(meta["state"], "In Progress");
        assert!(meta["rows"].is_null() || meta["rows"] == 5_000, "{meta}");
        let counts = ["rows_checked", "rows_created"].map(|count| meta[count].as_u64().unwrap());
        seen.push(counts);
        None
    })
    .await;
    assert_eq!(ended["meta"]["created"], 5_000);
    assert!(seen.is_sorted_by(|one, other| one[0] <= other[0] && one[1] <= other[1]), "{seen:?}");
    assert!(seen.iter().flatten().all(|count| *count <= 5_000), "{seen:?}");
}

#[tokio::test]
async fn both_calls_refuse_who_is_not_a_hand_off_client() {
    let server = Server::start().await;
    let stranger = server.another_tenant("acme").await;
    let good = Uploader::of(server.demo());
    let another = Uploader::of(&stranger);
    let messaging = server.http().with_header("client-id", &server.demo().get("/clients/messaging/api_id"));
    let messaging = messaging.with_token(&server.demo().get("/clients/messaging/api_key"));
    let token = good.token().unwrap();
    let basic = format!("Basic {token}");
    let task = good.upload("hours,When?,At nine.\n").await;
    for (what, http, status, message) in [
        ("no headers", server.http(), 401, UNAUTHORIZED),
        ("no token", good.without_header("authorization"), 401, UNAUTHORIZED),
        ("no client-id", good.without_header("client-id"), 401, UNAUTHORIZED),
        ("an empty client-id", good.with_header("client-id", ""), 401, UNAUTHORIZED),
        ("an unknown client", good.with_header("client-id", "nobody"), 401, UNAUTHORIZED),
        ("a wrong token", good.with_token("wrong"), 401, UNAUTHORIZED),
        ("an empty token", good.with_header("authorization", "Bearer "), 401, UNAUTHORIZED),
        ("another scheme", good.with_header("authorization", &basic), 401, UNAUTHORIZED),
        ("another tenant's token", good.with_token(another.token().unwrap()), 401, UNAUTHORIZED),
        ("an access token", good.with_token(&server.demo().token("engine").await), 401, UNAUTHORIZED),
        ("another API's client without its key", messaging.with_token(token), 401, UNAUTHORIZED),
        ("another API's client", messaging, 403, FORBIDDEN),
    ] {
        let created = post_form(&http, CREATE, &[domain_name(BOT), csv_file(GOOD)]).await;
        is_refused(&created, status, message);
        let asked = http.get(&format!("{CREATE}status/{task}/")).await;
        is_refused(&asked, status, message);
        assert_eq!(created.header("content-type"), Some("application/json"), "{what}");
        let shown = (status == 401).then_some("Bearer");
        assert_eq!([&created, &asked].map(|answer| answer.header("www-authenticate")), [shown; 2], "{what}");
    }
}

#[tokio::test]
async fn a_form_that_is_not_as_documented_is_refused() {
    let server = Server::start().await;
    let uploader = Uploader::of(server.demo());
    let file = csv_file(GOOD);
    let long = "x".repeat(4097);
    let agent = server.demo().integration("agent");
    for nobody in ["nobody", "faq BOT", &agent, "Direct agent", "00000000-0000-0000-0000-000000000000"] {
        is_refused(&uploader.hand_in(&[domain_name(nobody), file]).await, 400, INVALID_DOMAIN);
    }
    for (parts, why) in [
        (vec![file], "domain_name is missing"),
        (vec![domain_name(" "), file], "domain_name is empty"),
        (vec![domain_name(&long), file], "domain_name is no name"),
        (vec![Part { content: b"\xff", ..domain_name("") }, file], "domain_name is no name"),
        (vec![domain_name(BOT), domain_name(BOT), file], "domain_name is there twice"),
        (vec![domain_name(BOT)], "csv_file is missing"),
        (vec![domain_name(BOT), csv_file(b"")], "csv_file is empty"),
        (vec![domain_name(BOT), file, file], "csv_file is there twice"),
        (vec![], "domain_name is missing"),
    ] {
        is_bad_form(&uploader.hand_in(&parts).await, 400, why);
    }
    for (content_type, body, why) in [
        (None, "x", "the content type has to be multipart/form-data"),
        (Some("application/json"), "{}", "the content type has to be multipart/form-data"),
        (Some("multipart/form-data"), "x", "the content type has to be multipart/form-data"),
        (Some(form_type().as_str()), "", "the form cannot be read"),
        (Some(form_type().as_str()), "no form", "the form cannot be read"),
        (Some(form_type().as_str()), "--between-the-parts\r\nno head", "the form cannot be read"),
    ] {
        let answer = uploader.send("POST", CREATE, content_type, body).await;
        is_bad_form(&answer, 400, why);
    }
}

#[tokio::test]
async fn a_domain_that_two_bots_have_is_refused_and_its_ids_are_not() {
    let server = Server::start().await;
    let (portal, uploader) = (server.portal().await, Uploader::of(server.demo()));
    let hub = portal.hub("another").await;
    let twin = json!({"channelId": "Bot", "name": BOT, "configuration": {"faq": true}});
    let twin = portal.create_integration(&hub, &twin).await.ok();
    let refused = uploader.hand_in(&[domain_name(BOT), csv_file(GOOD)]).await;
    is_refused(&refused, 400, "several domains have this name: give the id of one");
    let task = uploader.upload_for(twin["integrationId"].as_str().unwrap(), GOOD).await;
    assert_eq!(uploader.ended(&task).await["meta"]["created"], 1);
}

#[tokio::test]
async fn a_task_that_there_is_not_is_not_found() {
    let server = Server::start().await;
    let uploader = Uploader::of(server.demo());
    for task in ["01939f5e-0000-7000-8000-000000000000", "x", "%20"] {
        is_refused(&uploader.status(task).await, 404, "invalid task id");
    }
}

#[tokio::test]
async fn an_address_where_nothing_is_is_told_in_the_words_of_the_family() {
    let server = Server::start().await;
    let uploader = Uploader::of(server.demo());
    for (method, path) in [
        ("GET", "/mogambo_api"),
        ("GET", "/mogambo_api/"),
        ("POST", "/mogambo_api/nodes/faq"),
        ("DELETE", "/mogambo_api/nodes/faq/create/status/"),
    ] {
        is_refused(&uploader.send(method, path, None, "").await, 404, "nothing is at this address");
    }
}

#[tokio::test]
async fn a_method_that_an_address_does_not_have_is_refused_with_those_that_it_has() {
    let server = Server::start().await;
    let uploader = Uploader::of(server.demo());
    for (method, path, allowed) in
        [("GET", CREATE.to_owned(), "POST"), ("POST", format!("{CREATE}status/x/"), "GET,HEAD")]
    {
        let answer = uploader.send(method, &path, None, "").await;
        is_refused(&answer, 405, "the address does not take this method");
        assert_eq!(answer.header("allow"), Some(allowed));
    }
}

#[tokio::test]
async fn an_upload_is_in_the_audit_log_once_it_is_in_force() {
    let server = Server::start().await;
    let uploader = Uploader::of(server.demo());
    uploader.fails(format!("{HEADER}a,?,a\n").as_bytes()).await;
    uploader.teach("hours,When do you open?,At nine.\n").await;
    let log = server.portal().await.get("/api/v1/audit?kind=integration").await.ok();
    let entries = log["results"].as_array().unwrap();
    let mut entry = entries[0].clone();
    entry["dateTime"] = Value::Null;
    let by = json!({"type": "client", "clientId": server.demo().get("/clients/handoff/client_id"), "tokenId": 1,
        "address": "127.0.0.1"});
    let expected = json!({"dateTime": null, "action": "updated", "kind": "integration",
        "id": server.demo().integration("bot"), "name": BOT, "changed": ["nodes"], "by": by});
    assert_eq!((entries.len(), entry), (1, expected));
}
