//! Templates: every member, every enumerated value, approval per channel, and the filters that ask for it.

use serde_json::{Value, json};

use super::{CONTACT_TYPES, channel_id, faults, members};
use crate::harness::Server;

const TEMPLATES: &str = "config/tmpl/hsm";
const PATH: &str = "/xms/api/v1/config/tmpl/hsm";

const STATUSES: [&str; 5] = ["APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED"];

fn codes(templates: &[Value]) -> Vec<&str> {
    templates.iter().map(|template| template["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_template_reads_back_with_every_member_through_a_restart() {
    let mut server = Server::start().await;
    let messaging = server.messaging();
    let buttons = json!([
        {"code": "occupation", "desc": "What occupation you have", "label": "Occupation", "name": "n", "phone": "",
            "type": "QUICK_REPLY", "url": ""},
        {"code": "", "desc": "", "label": "Shop", "name": "", "phone": "", "type": "URL", "url": "https://shop.example"},
        {"code": "", "desc": "", "label": "Call", "name": "", "phone": "+91 9988776655", "type": "PHONE_NUMBER",
            "url": ""},
    ]);
    let kinds = ["IMAGE", "DOCUMENT", "TEXT", "PDF", "VIDEO", "URL"];
    let attachments = kinds.map(|kind| {
        let sub_type = if kind == "IMAGE" { "STORY_MENTION" } else { "SHARE" };
        json!({"mediaCaption": "Transaction Receipt", "mediaCode": "ABC_PROMO", "mediaId": "12",
            "mediaMimeType": "image/png", "mediaName": "TransactionReceipt.pdf",
            "mediaSrc": "https://client.service.com/docs/media/12.png", "mediaSubType": sub_type,
            "mediaType": kind, "mediaURL": "https://client.service.com/docs/media/12.png"})
    });
    let body = json!({"code": "FEEDBACK", "lang": "en_US", "name": "n", "desc": "d", "title": "t", "header": "h",
        "body": "Hello {{name}}", "footer": "f", "template": "raw", "category": "c", "categoryType": "ct",
        "contactType": "SMS", "formatType": "ft", "meta": {"m": 1}, "model": {"name": "you"},
        "options": {"buttons": buttons}, "attachments": attachments,
        "approved": [{"channelId": channel_id(&server), "status": "APPROVED", "templateId": "remote-1"}]});
    let made = messaging.send_to(TEMPLATES, &body).await.one();
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    let given = members(&body);
    let more: Vec<_> = members(&made).into_iter().filter(|name| !given.contains(name)).collect();
    assert_eq!(more, ["createdBy", "createdStamp", "id"]);
    assert_eq!(made["createdBy"], server.demo().get("/clients/messaging/api_id"));
    server.crash().await;
    assert_eq!(server.messaging().results(TEMPLATES).await, [made]);
}

#[tokio::test]
async fn every_contact_type_and_every_status_of_a_channel_is_good() {
    let server = Server::start().await;
    let messaging = server.messaging();
    for kind in CONTACT_TYPES {
        let made =
            messaging.send_to(TEMPLATES, &json!({"code": kind, "body": "b", "contactType": kind})).await;
        assert_eq!(made.one()["contactType"], kind);
    }
    for status in STATUSES {
        let approved = json!([{"channelId": channel_id(&server), "status": status}]);
        let made =
            messaging.send_to(TEMPLATES, &json!({"code": status, "body": "b", "approved": approved})).await;
        assert_eq!(made.one()["approved"][0]["status"], status);
    }
    for status in STATUSES {
        let path =
            format!("{TEMPLATES}?channelId={}&channelStatus={}", channel_id(&server), status.to_lowercase());
        let listed = messaging.results(&path).await;
        // Those that no channel was asked about are approved everywhere.
        let all_types = if status == "APPROVED" { CONTACT_TYPES.len() } else { 0 };
        assert_eq!(listed.len(), 1 + all_types, "{status}");
        assert!(codes(&listed).contains(&status), "{status}");
    }
}

#[tokio::test]
async fn templates_are_found_by_channel_and_by_what_the_channel_says_of_them() {
    let server = Server::start().await;
    let messaging = server.messaging();
    let direct = channel_id(&server);
    let web = format!("web:{}", server.demo().integration("webchat"));
    let on = |channel: &str, status: &str| json!({"channelId": channel, "status": status});
    for (code, approved) in [
        ("everywhere", json!([])),
        ("direct", json!([on(&direct, "APPROVED")])),
        ("both", json!([on(&direct, "PENDING"), on(&web, "APPROVED")])),
        ("refused", json!([on(&direct, "REJECTED")])),
    ] {
        let body = json!({"code": code, "body": "b", "approved": approved});
        messaging.send_to(TEMPLATES, &body).await.one();
    }
    for (query, expected) in [
        (String::new(), &["everywhere", "direct", "both", "refused"][..]),
        (format!("?channelId={direct}"), &["everywhere", "direct"]),
        (format!("?channelId={web}"), &["everywhere", "both"]),
        (format!("?channelId={direct}&channelStatus=PENDING"), &["both"]),
        (format!("?channelId={web}&channelStatus=REJECTED"), &[]),
        ("?channelStatus=APPROVED".to_owned(), &["everywhere", "direct", "both"]),
        ("?channelStatus=rejected".to_owned(), &["refused"]),
        ("?channelStatus=&channelId=".to_owned(), &["everywhere", "direct", "both", "refused"]),
    ] {
        let listed = messaging.results(&format!("{TEMPLATES}{query}")).await;
        assert_eq!(codes(&listed), expected, "{query}");
    }
    let refused = messaging.get(&format!("{PATH}?channelStatus=SENT")).await;
    assert_eq!(refused.field_faults(400), faults(&[("channelStatus", "INVALID_VALUE")]));
    assert_eq!(refused.json()["errors"][0]["possibleValues"], json!(STATUSES));
    let refused = messaging.get(&format!("{PATH}?channelId=sms:1")).await;
    assert_eq!(refused.field_faults(404), faults(&[("channelId", "NOT_FOUND")]));
}

#[tokio::test]
async fn a_code_has_one_template_for_each_language() {
    let server = Server::start().await;
    let messaging = server.messaging();
    let body = |lang: &str| json!({"code": "HELLO", "lang": lang, "body": "b"});
    let first = messaging.send_to(TEMPLATES, &body("en")).await.one();
    for lang in ["", "en_US", "de"] {
        messaging.send_to(TEMPLATES, &body(lang)).await.one();
    }
    let taken = messaging.send_to(TEMPLATES, &body("en")).await;
    assert_eq!(taken.field_faults(400), faults(&[("code", "CONFLICT")]));
    let path = format!("{PATH}/{}", first["id"].as_str().unwrap());
    assert_eq!(messaging.put(&path, &body("de")).await.field_faults(400), faults(&[("code", "CONFLICT")]));
    let put = messaging.put(&path, &json!({"code": "HELLO", "lang": "en", "body": "other"})).await.one();
    assert_eq!((&put["body"], &put["createdStamp"]), (&json!("other"), &first["createdStamp"]));
    assert_eq!(messaging.delete(&path).await.one()["body"], "other");
    for answer in [messaging.delete(&path).await, messaging.put(&path, &body("fr")).await] {
        assert_eq!(answer.field_faults(404), faults(&[("id", "NOT_FOUND")]));
    }
    let twice = json!([{"channelId": channel_id(&server), "status": "PENDING"},
        {"channelId": server.demo().integration("customer"), "status": "PENDING"}]);
    let refused = messaging.send_to(TEMPLATES, &json!({"code": "c", "body": "b", "approved": twice})).await;
    assert_eq!(refused.field_faults(400), faults(&[("approved[1].channelId", "CONFLICT")]));
}
