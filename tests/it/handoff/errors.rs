//! Each documented error, call by call: its status and its words.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{HISTORY_1, HISTORY_2, INVALID_GROUP, NO_GROUP, NOBODY, NOT_DECODED, PXUT, SEND, Scene};
use crate::harness::{Answer, Http, Server};

/// The answer is a refusal with that status and those words.
#[track_caller]
fn refused(answer: &Answer, status: u16, message: &str) {
    answer.has_status(status);
    assert_eq!(answer.json()["error_message"], message, "{answer}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer}");
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{answer}");
}

/// Every way in which the headers of a call can be wrong: what has which words is for the call.
async fn wrong_callers(scene: &Scene) -> Vec<(&'static str, Http)> {
    let (demo, known) = (scene.server.demo(), &scene.handoff);
    let (api_id, api_key) = (demo.get("/clients/messaging/api_id"), demo.get("/clients/messaging/api_key"));
    let eve = scene.server.another_tenant("eve").await;
    let of_eve = eve.get("/clients/handoff/token");
    vec![
        ("no client", known.without_header("client-id")),
        ("blank client", known.with_header("client-id", " ")),
        ("unknown client", known.with_header("client-id", "handoff.nobody")),
        ("another API's client without its token", known.with_header("client-id", &api_id)),
        ("another API's client", known.with_header("client-id", &api_id).with_token(&api_key)),
        ("no token", known.without_header("authorization")),
        ("blank token", known.with_header("authorization", "Bearer ")),
        ("not Bearer", known.with_header("authorization", "Basic YTpi")),
        ("wrong token", known.with_token("wrong")),
        ("another tenant's token", known.with_token(&of_eve)),
    ]
}

#[tokio::test]
async fn each_mistake_in_the_headers_has_its_words_in_each_call() {
    let scene = Scene::new().await;
    let expected = |kind: &str| -> (u16, [&'static str; 3]) {
        match kind {
            "no client" | "blank client" => {
                (401, ["client_id missing in headers", "client_id missing", "Invalid client_id"])
            }
            "another API's client" => {
                (403, ["invalid client_id in headers", "invalid client_id", "Invalid client_id"])
            }
            "unknown client" | "another API's client without its token" => {
                (401, ["invalid client_id in headers", "invalid client_id", "Invalid client_id"])
            }
            "no token" | "blank token" => {
                (401, ["token missing in headers", "token missing", "Invalid token"])
            }
            "not Bearer" => {
                (401, ["invalid authorization in headers", "invalid authorization", "Invalid token"])
            }
            "wrong token" | "another tenant's token" => {
                (401, ["invalid token provided", "invalid token", "Invalid token"])
            }
            other => unreachable!("{other}"),
        }
    };
    for (kind, http) in wrong_callers(&scene).await {
        let (status, [to_agent, history_1, history_2]) = expected(kind);
        refused(&http.post(SEND, &json!({})).await, status, to_agent);
        refused(&http.get(HISTORY_1).await, status, history_1);
        refused(&http.get(HISTORY_2).await, status, history_2);
        refused(&http.post(PXUT, &json!({})).await, status, history_2);
    }
}

#[tokio::test]
async fn each_mistake_in_moving_a_chat_has_its_words() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    scene.engine.establish("silent").await;
    let (other, others_customer) = scene.another_business("Other").await;
    let elsewhere = scene.engine.establish_at(&others_customer, "elsewhere").await;
    scene.engine.say(&elsewhere, "hello").await;
    let portal = &scene.portal;
    portal.post("/api/v1/teams", &json!({"name": "Night", "state": "inactive"})).await.ok();
    let with = |changes: Value| {
        let mut body = scene.to_support("ada");
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let unknown_business = "invalid business_id provided";
    for (body, message) in [
        (with(json!({"user_name": null})), "user_name missing in the request"),
        (with(json!({"user_name": " "})), "user_name missing in the request"),
        (json!({}), "user_name missing in the request"),
        (with(json!({"business_id": null})), "business_id missing in the request"),
        (with(json!({"business_id": ""})), "business_id missing in the request"),
        (with(json!({"team_name": null})), "team_name missing in the request"),
        (with(json!({"user_name": 5})), "invalid user_name"),
        (with(json!({"user_name": "x".repeat(513)})), "invalid user_name"),
        (with(json!({"user_name": "nobody"})), "invalid user_name"),
        (with(json!({"user_name": "nobody", "business_id": 99})), "invalid user_name"),
        (with(json!({"business_id": 99})), unknown_business),
        (with(json!({"business_id": -1})), unknown_business),
        (with(json!({"business_id": "first"})), unknown_business),
        (with(json!({"business_id": 1.5})), unknown_business),
        (with(json!({"business_id": [1]})), unknown_business),
        (with(json!({"business_id": scene.server.demo().hub()})), unknown_business),
        (with(json!({"team_name": "Nobody"})), "invalid team_name provided"),
        (with(json!({"team_name": 5})), "invalid team_name provided"),
        (with(json!({"team_name": "Night"})), "team \"Night\" is inactive"),
        (with(json!({"team_name": "nIGHT"})), "team \"nIGHT\" is inactive"),
        (with(json!({"user_name": "elsewhere"})), "user has not sent a message"),
        (with(json!({"user_name": "silent"})), "user has not sent a message"),
        (with(json!({"countdown": 4})), "invalid countdown provided"),
        (with(json!({"countdown": 11})), "invalid countdown provided"),
        (with(json!({"countdown": "soon"})), "invalid countdown provided"),
        (with(json!({"countdown": 5.5})), "invalid countdown provided"),
        (with(json!({"countdown": true})), "invalid countdown provided"),
    ] {
        refused(&scene.send(&body).await, 400, message);
    }
    portal.put(&format!("/api/v1/hubs/{}", scene.server.demo().hub()), &json!({"statusId": 2002})).await.ok();
    let paused = format!("business \"{}\" is inactive", scene.business);
    refused(&scene.send(&with(json!({}))).await, 400, &paused);
    let business_id = scene.business.to_string();
    refused(&scene.send(&with(json!({"business_id": business_id}))).await, 400, &paused);
    let closed = json!({"user_name": "elsewhere", "business_id": other, "team_name": "Support"});
    scene.send(&closed).await.ok();
}

#[tokio::test]
async fn a_chat_that_is_over_is_not_moved() {
    let scene = Scene::new().await;
    let conversation = scene.chat("ada").await;
    scene.engine.reply_as(&scene.bot, &conversation, "::close").await;
    refused(&scene.send(&scene.to_support("ada")).await, 400, "the chat has ended");
}

#[tokio::test]
async fn each_mistake_in_asking_for_a_transcript_has_its_words_in_either_version() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    scene.engine.establish("silent").await;
    let (_, others_customer) = scene.another_business("Other").await;
    let elsewhere = scene.engine.establish_at(&others_customer, "elsewhere").await;
    scene.engine.say(&elsewhere, "hello").await;
    let business = format!("business_id={}", scene.business);
    let whole = |user: &str| format!("user_name={user}&{business}&conversation_no=1");
    let ada = whole("ada");
    for (query, version_1, version_2) in [
        (format!("{business}&conversation_no=1"), "user_name missing", NO_GROUP),
        (format!("user_name=&{business}&conversation_no=1"), "user_name missing", NO_GROUP),
        ("user_name=ada&conversation_no=1".to_owned(), "business_id missing", NO_GROUP),
        (format!("user_name=ada&{business}"), "conversation_no missing", NO_GROUP),
        (String::new(), "user_name missing", NO_GROUP),
        ("pxut=x".to_owned(), "user_name missing", NO_GROUP),
        ("pxut=x&conversation_no=1".to_owned(), "user_name missing", NOT_DECODED),
        ("pxut=x&conversation_no=first".to_owned(), "user_name missing", INVALID_GROUP),
        (whole("nobody"), "invalid user_name", NOBODY),
        (whole(&"x".repeat(513)), "invalid user_name", INVALID_GROUP),
        (whole("elsewhere"), "user has not sent a message", NOBODY),
        (whole("silent"), "user has not sent a message", NOBODY),
        ("user_name=ada&business_id=99&conversation_no=1".to_owned(), "invalid business_id", NOBODY),
        (
            "user_name=ada&business_id=first&conversation_no=1".to_owned(),
            "invalid business_id",
            "Invalid business_id",
        ),
        (
            "user_name=ada&business_id=1.0&conversation_no=1".to_owned(),
            "invalid business_id",
            "Invalid business_id",
        ),
        (format!("user_name=ada&{business}&conversation_no=first"), "invalid conversation_no", INVALID_GROUP),
        (format!("user_name=ada&{business}&conversation_no=0"), "invalid conversation_no", INVALID_GROUP),
        (
            format!("user_name=ada&{business}&conversation_no=2"),
            "invalid conversation_no",
            "Invalid conversation_no",
        ),
        (format!("{ada}&limit=0"), "invalid limit", "Invalid limit"),
        (format!("{ada}&limit=-1"), "invalid limit", "Invalid limit"),
        (format!("{ada}&limit=many"), "invalid limit", "Invalid limit"),
        (format!("{ada}&response_type=xml"), "invalid response_type", "Invalid response_type"),
    ] {
        refused(&scene.handoff.get(&format!("{HISTORY_1}?{query}")).await, 400, version_1);
        refused(&scene.handoff.get(&format!("{HISTORY_2}?{query}")).await, 400, version_2);
    }
    let misspelt = scene.handoff.get(&format!("{HISTORY_1}?{ada}&respose_type=xml")).await;
    refused(&misspelt, 400, "invalid response_type");
    scene.handoff.get(&format!("{HISTORY_2}?{ada}&respose_type=xml")).await.ok();
}

#[tokio::test]
async fn what_is_wrong_with_the_groups_of_arguments_is_told_as_data() {
    let scene = Scene::new().await;
    let told = async |query: &str| {
        let answer = scene.handoff.get(&format!("{HISTORY_2}?{query}")).await;
        answer.has_status(400).json()["data"].clone()
    };
    let groups = json!({"groups": [
        {"group": 1, "missing": ["business_id", "conversation_no"]},
        {"group": 2, "missing": ["pxut", "conversation_no"]},
    ]});
    assert_eq!(told("user_name=ada").await, groups);
    let invalid = json!({"invalid": ["conversation_no"]});
    assert_eq!(told("user_name=ada&business_id=1&conversation_no=x").await, invalid);
    assert_eq!(told("user_name=ada&business_id=x&conversation_no=1").await, Value::Null);
}

#[tokio::test]
async fn each_parameter_of_another_type_in_the_body_of_a_transcript_has_its_words_in_either_version() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let business = ("invalid business_id", "Invalid business_id");
    let number = ("invalid conversation_no", INVALID_GROUP);
    let limit = ("invalid limit", "Invalid limit");
    let form = ("invalid response_type", "Invalid response_type");
    for (changes, (version_1, version_2)) in [
        (json!({"user_name": 5}), ("invalid user_name", INVALID_GROUP)),
        (json!({"user_name": ["ada"]}), ("invalid user_name", INVALID_GROUP)),
        (json!({"business_id": true}), business),
        (json!({"business_id": 1.5}), business),
        (json!({"business_id": {}}), business),
        (json!({"conversation_no": 1.5}), number),
        (json!({"conversation_no": -1}), number),
        (json!({"conversation_no": false}), number),
        (json!({"user_name": null, "pxut": 5}), ("user_name missing", INVALID_GROUP)),
        (json!({"limit": 0}), limit),
        (json!({"limit": 1.5}), limit),
        (json!({"limit": [1]}), limit),
        (json!({"response_type": 5}), form),
        (json!({"response_type": ["json"]}), form),
    ] {
        let mut body = json!({"user_name": "ada", "business_id": scene.business, "conversation_no": 1});
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        for (path, message) in [(HISTORY_1, version_1), (HISTORY_2, version_2)] {
            let answer = scene.handoff.send("GET", path, Some("application/json"), body.to_string()).await;
            refused(&answer, 400, message);
        }
    }
}

#[tokio::test]
async fn each_mistake_in_asking_for_a_token_has_its_words() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let business = scene.business;
    for (body, message) in [
        (json!({}), NO_GROUP),
        (json!({"user_name": "ada"}), NO_GROUP),
        (json!({"business_id": business}), NO_GROUP),
        (json!({"business_id": "x"}), NO_GROUP),
        (json!({"user_name": 5}), NO_GROUP),
        (json!({"user_name": " ", "business_id": business}), NO_GROUP),
        (json!({"user_name": "ada", "business_id": "x"}), "Invalid business_id"),
        (json!({"user_name": 5, "business_id": business}), "Invalid user_name"),
        (json!({"user_name": "x".repeat(513), "business_id": business}), "Invalid user_name"),
        (json!({"user_name": "x".repeat(512), "business_id": business}), NOBODY),
        (json!({"user_name": "nobody", "business_id": business}), NOBODY),
        (json!({"user_name": "ada", "business_id": 99}), NOBODY),
    ] {
        refused(&scene.handoff.post(PXUT, &body).await, 400, message);
    }
}

#[tokio::test]
async fn an_address_where_nothing_is_is_told_in_the_words_of_the_family() {
    let scene = Scene::new().await;
    for (method, path) in [
        ("GET", "/integration/external"),
        ("GET", "/integration/external/"),
        ("POST", "/integration/external/v1.0/get_chat"),
        ("DELETE", "/integration/external/v3.0/pxut/"),
    ] {
        refused(&scene.handoff.send(method, path, None, "").await, 404, "Nothing is at this address");
    }
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit_and_no_larger() {
    let scene = Scene::on(Server::with(&[("SWITCHBOARD_HTTP__MAX_BODY_BYTES", "1024")]).await).await;
    scene.chat("ada").await;
    let whole = json!({"user_name": "ada", "business_id": scene.business, "conversation_no": 1,
        "team_name": "Support"});
    for (method, path) in [("POST", SEND), ("GET", HISTORY_1), ("GET", HISTORY_2), ("POST", PXUT)] {
        let send = async |bytes: usize| {
            let body = format!("{:<bytes$}", whole.to_string());
            scene.handoff.send(method, path, Some("application/json"), body).await
        };
        send(1024).await.ok();
        refused(&send(1025).await, 413, "The body is too large");
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_told_as_an_unknown_error() {
    let scene = Scene::new().await;
    scene.chat("ada").await;
    let database = Connection::open(scene.server.data().join("switchboard.db")).unwrap();
    let ask = async |path| scene.history(path, "ada", 1, "").await;
    for table in ["activities", "conversations"] {
        let rename = |from: &str, to: &str| {
            database.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
        };
        rename(table, "out_of_reach");
        for path in [HISTORY_1, HISTORY_2] {
            refused(&ask(path).await, 500, "An unknown error occurred");
        }
        rename("out_of_reach", table);
        for path in [HISTORY_1, HISTORY_2] {
            ask(path).await.ok();
        }
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_refused_and_other_methods_are() {
    let scene = Scene::new().await;
    let unreadable = "The request cannot be read";
    for body in ["{", "[]", "5", "\"x\"", "{\"a\":1}{}"] {
        let answer = scene.handoff.send("POST", SEND, Some("application/json"), body).await;
        refused(&answer, 400, unreadable);
    }
    let form = scene.handoff.post_form(SEND, "user_name=ada").await;
    refused(&form, 415, "The content type of the body has to be application/json");
    for (method, path) in [("GET", SEND), ("POST", HISTORY_1), ("DELETE", HISTORY_2), ("GET", PXUT)] {
        let answer = scene.handoff.send(method, path, None, "").await;
        refused(&answer, 405, "The address does not take this method");
    }
}
