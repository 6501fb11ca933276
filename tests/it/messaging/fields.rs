//! Every field of every body: what it must be, and at its limit and one past it. All that is wrong is told at once.

use serde_json::{Value, json};

use super::{contact_id, faults};
use crate::harness::Server;

/// A call, a body, and everything that is wrong with it.
type Row = (&'static str, Value, &'static [(&'static str, &'static str)]);

fn long(count: usize) -> String {
    "x".repeat(count)
}

fn rows() -> Vec<Row> {
    let vars = "config/global/vars";
    let tmpl = "config/tmpl/hsm";
    vec![
        (vars, json!({}), &[("key", "REQUIRED"), ("value", "REQUIRED")]),
        (vars, json!({"key": "a b", "value": "x"}), &[("key", "INVALID_VALUE")]),
        (vars, json!({"key": [], "value": "x"}), &[("key", "INVALID_TYPE")]),
        (vars, json!({"key": "k", "value": 5}), &[("value", "INVALID_TYPE")]),
        (vars, json!({"key": "k", "type": "NUMBER", "value": "5"}), &[("value", "INVALID_TYPE")]),
        (vars, json!({"key": "k", "type": "LIST", "value": {}}), &[("value", "INVALID_TYPE")]),
        (vars, json!({"key": "k", "type": [], "value": 5}), &[("type", "INVALID_TYPE")]),
        (vars, json!({"key": "k", "type": long(65), "value": 5}), &[("type", "TOO_LONG")]),
        (vars, json!({"key": "k", "type": "string"}), &[("value", "REQUIRED")]),
        (vars, json!({"key": "k", "type": "own", "value": long(16_383)}), &[("value", "TOO_LONG")]),
        (vars, json!({"key": long(129), "value": "x"}), &[("key", "TOO_LONG")]),
        (vars, json!({"key": "k", "value": "x", "shared": "no"}), &[("shared", "INVALID_TYPE")]),
        (vars, json!({"key": "k", "value": "x", "disabled": 1}), &[("disabled", "INVALID_TYPE")]),
        (vars, json!({"key": "k", "value": "x", "shared": false}), &[("group", "REQUIRED")]),
        (vars, json!({"key": "k", "value": "x", "shared": false, "group": "g"}), &[("group", "NOT_FOUND")]),
        (vars, json!({"key": "k", "value": "x", "shared": false, "group": []}), &[("group", "INVALID_TYPE")]),
        (vars, json!({"key": "k", "value": "x", "group": long(129)}), &[("group", "TOO_LONG")]),
        (vars, json!({"key": "k", "value": "x", "description": long(1025)}), &[("description", "TOO_LONG")]),
        (tmpl, json!({}), &[("code", "REQUIRED"), ("body", "REQUIRED")]),
        (tmpl, json!({"code": long(129), "body": long(4097)}), &[("code", "TOO_LONG"), ("body", "TOO_LONG")]),
        (tmpl, json!({"code": "c", "body": "b", "lang": "english"}), &[("lang", "INVALID_VALUE")]),
        (
            tmpl,
            json!({"code": "c", "body": "b", "name": long(1025), "desc": 1.5, "title": [], "header": long(1025),
                "footer": long(1025), "category": long(1025), "categoryType": {}, "formatType": true}),
            &[
                ("name", "TOO_LONG"),
                ("desc", "INVALID_TYPE"),
                ("title", "INVALID_TYPE"),
                ("header", "TOO_LONG"),
                ("footer", "TOO_LONG"),
                ("category", "TOO_LONG"),
                ("categoryType", "INVALID_TYPE"),
                ("formatType", "INVALID_TYPE"),
            ],
        ),
        (tmpl, json!({"code": "c", "body": "b", "template": long(4097)}), &[("template", "TOO_LONG")]),
        (tmpl, json!({"code": "c", "body": "b", "contactType": "FAX"}), &[("contactType", "INVALID_VALUE")]),
        (
            tmpl,
            json!({"code": "c", "body": "b", "meta": [], "model": 1}),
            &[("meta", "INVALID_TYPE"), ("model", "INVALID_TYPE")],
        ),
        (
            tmpl,
            json!({"code": "c", "body": "b", "meta": {"a": long(16_377)}, "model": {"a": long(16_377)}}),
            &[("meta", "TOO_LONG"), ("model", "TOO_LONG")],
        ),
        (
            tmpl,
            json!({"code": [], "body": [], "template": [], "lang": 1.5, "contactType": 1, "approved": {},
                "attachments": {}, "options": []}),
            &[
                ("code", "INVALID_TYPE"),
                ("body", "INVALID_TYPE"),
                ("template", "INVALID_TYPE"),
                ("lang", "INVALID_TYPE"),
                ("contactType", "INVALID_TYPE"),
                ("approved", "INVALID_TYPE"),
                ("attachments", "INVALID_TYPE"),
                ("options", "INVALID_TYPE"),
            ],
        ),
        (
            tmpl,
            json!({"code": "c", "body": "b", "lang": long(257), "approved": [
                {"channelId": long(129), "status": "SENT", "templateId": long(257)},
                {"channelId": [], "status": 1, "templateId": {}}]}),
            &[
                ("lang", "TOO_LONG"),
                ("approved[0].channelId", "TOO_LONG"),
                ("approved[0].status", "INVALID_VALUE"),
                ("approved[0].templateId", "TOO_LONG"),
                ("approved[1].channelId", "INVALID_TYPE"),
                ("approved[1].status", "INVALID_TYPE"),
                ("approved[1].templateId", "INVALID_TYPE"),
            ],
        ),
        (
            tmpl,
            json!({"code": "c", "body": "b", "attachments": [5, {"mediaCaption": [], "mediaCode": [], "mediaId": [],
                "mediaMimeType": [], "mediaName": [], "mediaSrc": [], "mediaSubType": [], "mediaType": [],
                "mediaURL": []}]}),
            &[
                ("attachments[0]", "INVALID_TYPE"),
                ("attachments[1].mediaCaption", "INVALID_TYPE"),
                ("attachments[1].mediaCode", "INVALID_TYPE"),
                ("attachments[1].mediaId", "INVALID_TYPE"),
                ("attachments[1].mediaMimeType", "INVALID_TYPE"),
                ("attachments[1].mediaName", "INVALID_TYPE"),
                ("attachments[1].mediaSrc", "INVALID_TYPE"),
                ("attachments[1].mediaSubType", "INVALID_TYPE"),
                ("attachments[1].mediaType", "INVALID_TYPE"),
                ("attachments[1].mediaURL", "INVALID_TYPE"),
            ],
        ),
        (
            tmpl,
            json!({"code": "c", "body": "b", "attachments": [{"mediaCode": long(257), "mediaId": long(257),
                "mediaMimeType": long(257), "mediaSubType": long(257), "mediaSrc": long(2049)}]}),
            &[
                ("attachments[0].mediaCode", "TOO_LONG"),
                ("attachments[0].mediaId", "TOO_LONG"),
                ("attachments[0].mediaMimeType", "TOO_LONG"),
                ("attachments[0].mediaSrc", "TOO_LONG"),
                ("attachments[0].mediaSubType", "TOO_LONG"),
            ],
        ),
        (
            tmpl,
            json!({"code": "c", "body": "b", "options": {"buttons": [{"type": "PHONE_NUMBER", "name": "n",
                "phone": "none"}, {"label": " ", "code": ""}, {"desc": long(1025), "code": long(257)}]}}),
            &[
                ("options.buttons[0].phone", "INVALID_VALUE"),
                ("options.buttons[1].name", "REQUIRED"),
                ("options.buttons[2].code", "TOO_LONG"),
                ("options.buttons[2].desc", "TOO_LONG"),
            ],
        ),
        (
            tmpl,
            json!({"code": "c", "body": "b", "approved": [{}, 5, {"channelId": "direct:x", "status": "APPROVED"}]}),
            &[
                ("approved[0].channelId", "REQUIRED"),
                ("approved[0].status", "REQUIRED"),
                ("approved[1]", "INVALID_TYPE"),
                ("approved[2].channelId", "NOT_FOUND"),
            ],
        ),
        (
            tmpl,
            json!({"code": "c", "body": "b", "attachments": [{"mediaType": "FILM", "mediaURL": "nowhere",
                "mediaSrc": "ftp://a", "mediaName": long(257), "mediaCaption": long(1025)}]}),
            &[
                ("attachments[0].mediaCaption", "TOO_LONG"),
                ("attachments[0].mediaName", "TOO_LONG"),
                ("attachments[0].mediaSrc", "INVALID_VALUE"),
                ("attachments[0].mediaType", "INVALID_VALUE"),
                ("attachments[0].mediaURL", "INVALID_VALUE"),
            ],
        ),
        (
            tmpl,
            json!({"code": "c", "body": "b", "options": {"buttons": [{}, {"type": "URL", "label": "l"},
                {"type": "URL", "label": "l", "url": "x"}, {"type": "PHONE_NUMBER", "label": "l"},
                {"type": "FAX", "label": long(257)}]}}),
            &[
                ("options.buttons[0].name", "REQUIRED"),
                ("options.buttons[1].url", "REQUIRED"),
                ("options.buttons[2].url", "INVALID_VALUE"),
                ("options.buttons[3].phone", "REQUIRED"),
                ("options.buttons[4].type", "INVALID_VALUE"),
                ("options.buttons[4].label", "TOO_LONG"),
            ],
        ),
        (
            tmpl,
            json!({"code": "c", "body": "b", "options": {"buttons": vec![json!({"label": "l"}); 11]}}),
            &[("options.buttons", "TOO_LONG")],
        ),
        (
            tmpl,
            json!({"code": "c", "body": "b", "attachments": vec![json!({}); 11]}),
            &[("attachments", "TOO_LONG")],
        ),
        ("config/webhook", json!({}), &[("url", "REQUIRED")]),
        ("config/webhook/deliveries/replay", json!({}), &[("since", "REQUIRED")]),
        ("config/webhook/deliveries/replay", json!({"since": []}), &[("since", "INVALID_TYPE")]),
        ("config/webhook/deliveries/replay", json!({"since": "then"}), &[("since", "INVALID_VALUE")]),
        ("config/webhook", json!({"url": ""}), &[("url", "REQUIRED")]),
        ("config/webhook", json!({"url": []}), &[("url", "INVALID_TYPE")]),
        ("config/webhook", json!({"url": "example.com"}), &[("url", "INVALID_VALUE")]),
        ("config/webhook", json!({"url": "ftp://example.com"}), &[("url", "INVALID_VALUE")]),
        ("config/webhook", json!({"url": "http://example.com"}), &[("url", "INVALID_VALUE")]),
        ("config/webhook", json!({"url": format!("https://e.com/{}", long(2035))}), &[("url", "TOO_LONG")]),
        ("contact/prefs/lang", json!({}), &[("contactId", "REQUIRED"), ("lang", "REQUIRED")]),
        (
            "contact/prefs/lang",
            json!({"contactId": [], "lang": {}}),
            &[("contactId", "INVALID_TYPE"), ("lang", "INVALID_TYPE")],
        ),
        ("contact/prefs/lang", json!({"contactId": "x", "lang": "e"}), &[("lang", "INVALID_VALUE")]),
        (
            "contact/prefs/lang",
            json!({"contactId": long(641), "lang": long(36)}),
            &[("contactId", "TOO_LONG"), ("lang", "TOO_LONG")],
        ),
        (
            "data/push",
            json!({}),
            &[("type", "REQUIRED"), ("id", "REQUIRED"), ("data", "REQUIRED"), ("links", "REQUIRED")],
        ),
        (
            "data/push",
            json!({"type": long(256), "id": 1.5, "data": [],
                "links": [{}, 5, {"linkType": "FAX", "linkValue": "x"}]}),
            &[
                ("type", "TOO_LONG"),
                ("id", "INVALID_TYPE"),
                ("data", "INVALID_TYPE"),
                ("links[0].linkType", "REQUIRED"),
                ("links[0].linkValue", "REQUIRED"),
                ("links[1]", "INVALID_TYPE"),
                ("links[2].linkType", "INVALID_VALUE"),
            ],
        ),
        ("event/push", json!({}), &[("eventName", "REQUIRED"), ("id", "REQUIRED"), ("links", "REQUIRED")]),
        (
            "event/push",
            json!({"eventName": "E", "id": 1, "links": [
                {"linkType": "CONTACT_ID", "linkValue": "diada_nowhere"}, {"linkType": "PHONE", "linkValue": "none"},
                {"linkType": "EMAIL", "linkValue": "nobody"}, {"linkType": "PROFILE_ID", "linkValue": " "},
                {"linkType": "PHONE", "linkValue": "1", "linkName": long(256)}]}),
            &[
                ("links[0].linkValue", "NOT_FOUND"),
                ("links[1].linkValue", "INVALID_VALUE"),
                ("links[2].linkValue", "INVALID_VALUE"),
                ("links[3].linkValue", "REQUIRED"),
                ("links[4].linkName", "TOO_LONG"),
            ],
        ),
        (
            "event/push",
            json!({"eventName": "E", "id": 1, "links": vec![json!({"linkType": "PHONE", "linkValue": "1"}); 21]}),
            &[("links", "TOO_LONG")],
        ),
        ("session/close", json!({}), &[("sessionId", "REQUIRED")]),
        ("session/close", json!({"sessionId": []}), &[("sessionId", "INVALID_TYPE")]),
        ("session/messages", json!({"sessionId": null}), &[("sessionId", "REQUIRED")]),
        ("session/messages", json!({"sessionId": long(65)}), &[("sessionId", "TOO_LONG")]),
        ("session/resolve", json!({"sessionId": " "}), &[("sessionId", "REQUIRED")]),
        ("session/routing", json!({}), &[("sessionId", "REQUIRED"), ("queue", "REQUIRED")]),
        (
            "session/routing",
            json!({"queue": long(256), "agent": long(256), "team": [], "skills": ["", 5, long(129)], "params": []}),
            &[
                ("sessionId", "REQUIRED"),
                ("queue", "TOO_LONG"),
                ("agent", "TOO_LONG"),
                ("team", "INVALID_TYPE"),
                ("skills[0]", "REQUIRED"),
                ("skills[1]", "INVALID_TYPE"),
                ("skills[2]", "TOO_LONG"),
                ("params", "INVALID_TYPE"),
            ],
        ),
    ]
}

#[tokio::test]
async fn whatever_is_wrong_with_a_body_is_told_at_once_by_field_and_code() {
    let server = Server::start().await;
    let messaging = server.messaging();
    for (call, body, expected) in rows() {
        let answer = messaging.send_to(call, &body).await;
        assert_eq!(answer.field_faults(400), faults(expected), "{call} {body}");
    }
}

#[tokio::test]
async fn what_takes_the_place_of_something_is_looked_at_as_what_is_new() {
    let server = Server::start().await;
    let messaging = server.messaging();
    for (call, good) in [
        ("config/global/vars", json!({"key": "k", "value": "x"})),
        ("config/tmpl/hsm", json!({"code": "c", "body": "b"})),
    ] {
        let made = messaging.send_to(call, &good).await.one();
        let path = format!("/xms/api/v1/{call}/{}", made["id"].as_str().unwrap());
        for (_, body, expected) in rows().into_iter().filter(|(of, ..)| *of == call) {
            let answer = messaging.put(&path, &body).await;
            assert_eq!(answer.field_faults(400), faults(expected), "{call} {body}");
        }
        assert_eq!(messaging.results(call).await, [made], "it is as it was");
    }
}

#[tokio::test]
async fn as_much_goes_along_as_the_server_is_set_to_and_no_more() {
    let server = Server::with(&[
        ("SWITCHBOARD_MESSAGING__LINKS_PER_PUSH", "2"),
        ("SWITCHBOARD_MESSAGING__TEMPLATE_CHARS", "3"),
        ("SWITCHBOARD_MESSAGING__VALUE_BYTES", "9"),
        ("SWITCHBOARD_MESSAGING__CHANNELS_PER_TEMPLATE", "1"),
        ("SWITCHBOARD_MESSAGING__ATTACHMENTS_PER_TEMPLATE", "1"),
        ("SWITCHBOARD_MESSAGING__BUTTONS_PER_MESSAGE", "1"),
    ])
    .await;
    let messaging = server.messaging();
    let channel = format!("direct:{}", server.demo().integration("customer"));
    let template = |member: &str, value: Value| {
        let mut body = json!({"code": member, "body": "x"});
        body[member] = value;
        body
    };
    let approved = |count| vec![json!({"channelId": channel, "status": "APPROVED"}); count];
    let buttons = |count| json!({"buttons": vec![json!({"label": "l"}); count]});
    let links = |count| {
        let links = vec![json!({"linkType": "PHONE", "linkValue": "1"}); count];
        json!({"eventName": "E", "id": 1, "links": links})
    };
    let message = |count| {
        json!({"channelId": channel, "to": {"contactId": contact_id(&server, "ada")}, "type": "text",
            "text": {"body": "Hi"}, "options": buttons(count)})
    };
    let variable = |value: Value| json!({"key": "k", "type": "own", "value": value});
    for (call, at_the_limit, one_more, field) in [
        ("config/global/vars", variable(json!("xyzxyzx")), variable(json!("xyzxyzx.")), "value"),
        (
            "config/tmpl/hsm",
            template("meta", json!({"a": "x"})),
            template("meta", json!({"a": "x."})),
            "meta",
        ),
        (
            "config/tmpl/hsm",
            template("model", json!({"a": "x"})),
            template("model", json!({"a": "x."})),
            "model",
        ),
        ("config/tmpl/hsm", template("body", json!("xyz")), template("body", json!("xyz.")), "body"),
        (
            "config/tmpl/hsm",
            template("template", json!("xyz")),
            template("template", json!("xyz.")),
            "template",
        ),
        (
            "config/tmpl/hsm",
            template("approved", json!(approved(1))),
            template("approved", json!(approved(2))),
            "approved",
        ),
        (
            "config/tmpl/hsm",
            template("attachments", json!([{}])),
            template("attachments", json!([{}, {}])),
            "attachments",
        ),
        (
            "config/tmpl/hsm",
            template("options", buttons(1)),
            template("options", buttons(2)),
            "options.buttons",
        ),
        ("message/send", message(1), message(2), "options.buttons"),
        ("event/push", links(2), links(3), "links"),
    ] {
        let refused = messaging.send_to(call, &one_more).await;
        assert_eq!(refused.field_faults(400), faults(&[(field, "TOO_LONG")]), "{call} {one_more}");
        messaging.send_to(call, &at_the_limit).await.one();
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_told_of_the_body_as_a_whole() {
    let server = Server::start().await;
    let messaging = server.messaging();
    let path = "/xms/api/v1/session/close";
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    for (content_type, body, status, expected) in [
        (Some("application/json"), String::new(), 400, &[("", "REQUIRED")][..]),
        (None, "{".to_owned(), 400, &[("", "INVALID_VALUE")]),
        (Some("application/json"), "[]".to_owned(), 400, &[("", "INVALID_TYPE")]),
        (Some("application/json"), deep, 400, &[("", "INVALID_VALUE")]),
        (Some("text/plain"), "{}".to_owned(), 415, &[]),
        (Some("application/json"), format!("{{\"a\":\"{}\"}}", long(1 << 20)), 413, &[]),
    ] {
        let answer = messaging.send("POST", path, content_type, body).await;
        assert_eq!(answer.field_faults(status), faults(expected), "{answer}");
    }
}

#[tokio::test]
async fn a_session_that_there_is_not_or_is_another_tenants_is_not_found() {
    let server = Server::start().await;
    let other = server.another_tenant("Other").await;
    let theirs = other.engine().await.establish("ada").await;
    let messaging = server.messaging();
    let unknown = "019e0a2c-3f7b-7a61-9d2e-5b6f0c1d2e3f";
    for call in ["session/close", "session/messages", "session/resolve", "session/routing"] {
        for session in [unknown, "61f3810a02e14c0877fc1a32", "nothing", theirs.as_str()] {
            let body = json!({"sessionId": session, "queue": "agents"});
            let answer = messaging.send_to(call, &body).await;
            assert_eq!(answer.field_faults(404), faults(&[("sessionId", "NOT_FOUND")]), "{call} {session}");
        }
    }
    other.messaging().send_to("session/close", &json!({"sessionId": theirs})).await.enveloped();
}
