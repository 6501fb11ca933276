//! `message/send`: every type, field and fault of it, whom it reaches, and what others see of it.

use serde_json::{Value, json};

use crate::harness::{Messaging, Server};

/// `type` of OutBoundMsg.
const TYPES: [&str; 12] = [
    "audio", "document", "image", "location", "system", "text", "video", "voice", "contacts", "template",
    "optin", "optout",
];

/// A message to a contact of the demo's Direct channel, with the members of `with` in addition or instead.
pub(super) fn message(server: &Server, with: Value) -> Value {
    let customer = server.demo().integration("customer");
    let mut message = json!({
        "channelId": format!("direct:{customer}"),
        "to": {"contactId": format!("diada_{customer}")},
        "type": "text",
        "text": {"body": "Hello"},
    });
    for (name, value) in with.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

pub(super) async fn sent(messaging: &Messaging, body: &Value) -> String {
    let receipt = messaging.send_to("message/send", body).await.one();
    assert_eq!(receipt.as_object().unwrap().len(), 1, "{receipt}");
    receipt["id"].as_str().unwrap().to_owned()
}

fn file() -> Value {
    json!({"link": "https://files.example/a.pdf", "caption": "Ours", "filename": "a.pdf"})
}

/// What each type is sent with, and what the customer hears: the type of the message, and a pointer to what it says.
fn every_type() -> Vec<(&'static str, Value, &'static str, &'static str, Value)> {
    vec![
        ("text", json!({"text": {"body": "Hi"}}), "text", "/text", json!("Hi")),
        ("system", json!({"text": {"body": "Hi"}}), "text", "/system", json!(true)),
        ("image", json!({"image": file()}), "image", "/title", json!("Ours")),
        ("video", json!({"video": file()}), "video", "/label", json!("Ours")),
        ("audio", json!({"audio": file()}), "audio", "/url", json!("https://files.example/a.pdf")),
        ("voice", json!({"voice": file()}), "audio", "/voice", json!(true)),
        ("document", json!({"document": file()}), "attachment", "/mimeType", json!("application/pdf")),
        (
            "location",
            json!({"location": {"latitude": "12.5", "longitude": "6.9", "address": "1 Way", "name": "Main",
                "url": "u"}}),
            "location",
            "/latitude",
            json!(12.5),
        ),
        (
            "contacts",
            json!({"contacts": [{"name": {"formatted_name": "John Smith"}, "phones": [{"phone": "+1 940"}]}]}),
            "contact",
            "/properties/0/value",
            json!("+1 940"),
        ),
        (
            "template",
            json!({"template": {"code": "FEEDBACK", "data": {"amount": 10}}}),
            "text",
            "/text",
            json!("You paid 10"),
        ),
    ]
}

pub(super) async fn template(messaging: &Messaging, with: Value) -> String {
    let mut body = json!({"code": "FEEDBACK", "name": "Feedback", "body": "You paid {{amount}}"});
    for (name, value) in with.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = messaging.send_to("config/tmpl/hsm", &body).await.one();
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_type_is_heard_by_the_customer_and_kept() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    template(&messaging, json!({})).await;
    let mut customer = engine.listen_at(&engine.customer()).await;
    let mut ids = Vec::new();
    for (kind, content, heard_as, pointer, expected) in every_type() {
        let mut body = message(&server, content);
        body["type"] = kind.into();
        ids.push(sent(&messaging, &body).await);
        let heard = customer.next_activity().await["activity"].clone();
        assert_eq!(heard["message"]["type"], heard_as, "{kind}: {heard}");
        assert_eq!(heard["message"].pointer(pointer), Some(&expected), "{kind}: {heard}");
        assert_eq!(heard["sender"]["integrationType"], "Hubster", "the platform says it");
        assert_eq!(heard["interactionId"], *ids.last().unwrap());
    }
    for kind in ["optout", "optin"] {
        sent(&messaging, &message(&server, json!({"type": kind}))).await;
    }
    assert_eq!(ids.len() + 2, TYPES.len());
    let conversation = engine.establish("ada").await;
    let kept = engine.history(&conversation, "type=customer").await;
    let kept: Vec<_> = kept.iter().map(|one| one["interactionId"].as_str().unwrap()).collect();
    assert_eq!(kept, ids);
}

#[tokio::test]
async fn an_id_without_a_lane_is_of_the_channel_that_the_message_is_for() {
    let server = Server::start().await;
    let (portal, messaging) = (server.portal().await, server.messaging());
    let hub = server.demo().hub();
    let second = portal.direct(&hub, "second", json!({"integrationType": "Customer"})).await;
    let own = server.demo().integration("customer");
    for channel in [&own, &second] {
        let to = json!({"channelId": format!("direct:{channel}"), "to": {"contactId": "di:iris"}});
        sent(&messaging, &message(&server, to)).await;
        let session = server.engine().await.establish_at(channel, "iris").await;
        let said = messaging.send_to("session/messages", &json!({"sessionId": session})).await.enveloped();
        assert_eq!(said.len(), 1, "{said:#?}");
        assert_eq!(said[0]["contact"]["contactId"], format!("diiris_{channel}"));
    }
    for (with, expected) in [
        (json!({"to": {"contactId": "di:"}}), ("to.contactId", "NOT_FOUND")),
        (json!({"to": {"contactId": "we:iris"}}), ("to.contactId", "CONFLICT")),
        (json!({"to": {"contactId": "garbage"}}), ("to.contactId", "NOT_FOUND")),
        (json!({"to": {"contactId": format!("diiris_{second}")}}), ("to.contactId", "CONFLICT")),
        (json!({"channelId": "direct:none", "to": {"contactId": "di:iris"}}), ("channelId", "NOT_FOUND")),
    ] {
        let refused = messaging.send_to("message/send", &message(&server, with.clone())).await;
        assert_eq!(refused.field_faults(400), super::faults(&[expected]), "{with}");
    }
}

#[tokio::test]
async fn buttons_become_actions() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    let mut customer = engine.listen_at(&engine.customer()).await;
    let options = json!({"buttons": [
        {"type": "QUICK_REPLY", "label": "Occupation", "code": "occupation", "desc": "What you do", "name": "n"},
        {"type": "URL", "label": "Site", "url": "https://shop.example"},
        {"type": "PHONE_NUMBER", "label": "Call", "phone": "+91 9988776655"},
        {"label": "Plain"},
    ]});
    sent(&messaging, &message(&server, json!({"options": options}))).await;
    let heard = customer.next_activity().await["activity"].clone();
    let actions = heard["message"]["actions"].as_array().unwrap();
    let of = |place: usize, names: [&str; 3]| names.map(|name| actions[place][name].as_str().unwrap_or(""));
    assert_eq!(of(0, ["type", "title", "payload"]), ["reply", "Occupation", "occupation"]);
    assert_eq!(of(1, ["type", "title", "url"]), ["link", "Site", "https://shop.example"]);
    assert_eq!(of(2, ["type", "title", "url"]), ["link", "Call", "tel:+919988776655"]);
    assert_eq!(of(3, ["type", "title", "payload"]), ["reply", "Plain", "Plain"]);
    sent(&messaging, &message(&server, json!({"type": "image", "image": file(), "options": options}))).await;
    let heard = customer.next_activity().await["activity"].clone();
    assert_eq!(heard["message"]["items"][0]["type"], "image");
    assert_eq!(heard["message"]["actions"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn a_contact_that_never_wrote_is_reached_by_id_phone_or_email() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    for (to, binding, profile) in [
        (json!({"contactId": format!("dieve_{}", engine.customer())}), "eve", json!({})),
        (
            json!({"phone": "+91 99-88", "name": "Eve", "email": "Eve@Example.com"}),
            "+9199 88".replace(' ', "").as_str(),
            json!({"phone": "+919988", "full name": "Eve", "email": "eve@example.com"}),
        ),
        (json!({"email": "Ann@Example.com"}), "ann@example.com", json!({"email": "ann@example.com"})),
    ] {
        sent(&messaging, &message(&server, json!({"to": to}))).await;
        let conversation = engine.establish(binding).await;
        let kept = engine.history(&conversation, "type=customer").await;
        assert_eq!(kept.len(), 1, "{binding}: {kept:?}");
        let properties = engine.get(&format!("/api/v1/conversations/{conversation}")).await.ok();
        let known = properties
            .pointer("/properties/profile")
            .or(properties.pointer("/conversationProperties/profile"));
        for (name, value) in profile.as_object().unwrap() {
            assert_eq!(known.unwrap_or_else(|| panic!("{properties:#}"))[name], *value);
        }
    }
    // Once more to the same contact: its conversation is open.
    let before = engine.establish("eve").await;
    sent(&messaging, &message(&server, json!({"to": {"contactId": format!("dieve_{}", engine.customer())}})))
        .await;
    assert_eq!(engine.history(&before, "type=customer").await.len(), 2);
}

#[tokio::test]
async fn a_masked_message_is_seen_by_the_customer_alone_and_only_while_it_is_said() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    let conversation = engine.establish("ada").await;
    let mut customer = engine.listen_to(&engine.customer(), &conversation).await;
    let mut agent = engine.listen_to(&engine.agent(), &conversation).await;
    let secret = json!({"mask": true, "text": {"body": "Your code is 4711"}});
    let id = sent(&messaging, &message(&server, secret)).await;
    assert_eq!(customer.next_activity().await["activity"]["message"]["text"], "Your code is 4711");
    assert_eq!(agent.next_activity().await["activity"]["message"]["text"], "********");
    let kept = engine.history(&conversation, "type=customer").await;
    assert_eq!((&kept[0]["message"]["text"], &kept[0]["interactionId"]), (&json!("********"), &json!(id)));
    let said = messaging.send_to("session/messages", &json!({"sessionId": conversation})).await.enveloped();
    assert_eq!(said[0]["text"], "********");
    let query = format!("integrationId={}&conversationId={conversation}&since=0", engine.customer());
    let mut again = engine.listen(&query).await;
    again.control("snapshot").await;
    assert_eq!(again.next_activity().await["activity"]["message"]["text"], "********");
}

#[tokio::test]
async fn a_template_is_sent_in_the_nearest_language_with_all_of_its_places_filled() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    let mut customer = engine.listen_at(&engine.customer()).await;
    let parts = json!({"header": "Dear {{name}}", "footer": "{{shop}}{{unknown}}", "model": {"amount": 1},
        "attachments": [{"mediaType": "IMAGE", "mediaURL": "https://files.example/{{picture}}.png"}],
        "options": {"buttons": [{"type": "QUICK_REPLY", "label": "Pay {{amount}}", "code": "PAY"}]}});
    template(&messaging, parts).await;
    let german = template(&messaging, json!({"lang": "de", "body": "Bezahlt: {{amount}}"})).await;
    messaging
        .send_to("config/global/vars", &json!({"key": "shop", "type": "TEXT", "value": "The shop"}))
        .await
        .one();
    let of = |meta: Value| {
        message(
            &server,
            json!({"type": "template", "template": meta,
        "to": {"contactId": format!("diada_{}", engine.customer()), "name": "Ada"}}),
        )
    };
    let data = json!({"picture": "p"});
    sent(&messaging, &of(json!({"code": "FEEDBACK", "data": data, "lang": "fr_FR"}))).await;
    let heard = customer.next_activity().await["activity"]["message"].clone();
    assert_eq!(heard["text"], "Dear Ada\nYou paid 1\nThe shop");
    assert_eq!(heard["items"][0]["url"], "https://files.example/p.png");
    assert_eq!(heard["actions"][0]["title"], "Pay 1");
    for (meta, expected) in [
        (json!({"code": "FEEDBACK", "lang": "de_AT", "data": {"amount": 2}}), "Bezahlt: 2"),
        (json!({"id": german, "data": {"amount": 3}}), "Bezahlt: 3"),
        (json!({"id": german, "linked": "x"}), "Bezahlt: "),
    ] {
        sent(&messaging, &of(meta)).await;
        assert_eq!(customer.next_activity().await["activity"]["message"]["text"], expected);
    }
    let contact = format!("diada_{}", engine.customer());
    messaging.send_to("contact/prefs/lang", &json!({"contactId": contact, "lang": "de_CH"})).await.one();
    sent(&messaging, &of(json!({"code": "FEEDBACK", "data": {"amount": 4}}))).await;
    assert_eq!(customer.next_activity().await["activity"]["message"]["text"], "Bezahlt: 4");
}

#[tokio::test]
async fn a_version_that_may_not_be_sent_gives_way_to_one_that_may_unless_its_language_is_asked_for() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    let mut customer = engine.listen_at(&engine.customer()).await;
    let contact = format!("diada_{}", engine.customer());
    let pending = json!([{"channelId": message(&server, json!({}))["channelId"], "status": "PENDING"}]);
    template(&messaging, json!({"lang": "de", "body": "Bezahlt", "approved": pending})).await;
    template(&messaging, json!({"lang": "en", "body": "Paid"})).await;
    messaging.send_to("contact/prefs/lang", &json!({"contactId": contact, "lang": "de"})).await.one();
    let of = |meta: Value| {
        let to = json!({"contactId": contact});
        message(&server, json!({"type": "template", "template": meta, "to": to}))
    };
    sent(&messaging, &of(json!({"code": "FEEDBACK"}))).await;
    assert_eq!(customer.next_activity().await["activity"]["message"]["text"], "Paid");
    let asked_for = of(json!({"code": "FEEDBACK", "lang": "de"}));
    let faults = messaging.send_to("message/send", &asked_for).await.field_faults(400);
    assert_eq!(faults, [("template.code".to_owned(), "UNAVAILABLE".to_owned())]);
}

#[tokio::test]
async fn who_has_opted_out_is_sent_nothing_until_it_opts_in() {
    let server = Server::start().await;
    let messaging = server.messaging();
    let to = |kind: &str| message(&server, json!({"type": kind}));
    sent(&messaging, &to("optout")).await;
    let refused = messaging.send_to("message/send", &to("text")).await.field_faults(400);
    assert_eq!(refused, [("to.contactId".to_owned(), "UNAVAILABLE".to_owned())]);
    let phone = message(&server, json!({"to": {"phone": "ada"}}));
    let faults = messaging.send_to("message/send", &phone).await.field_faults(400);
    assert_eq!(faults, [("to.phone".to_owned(), "INVALID_VALUE".to_owned())]);
    sent(&messaging, &to("optin")).await;
    sent(&messaging, &to("text")).await;
}

#[tokio::test]
async fn every_fault_is_told_at_once() {
    let server = Server::start().await;
    let (messaging, portal) = (server.messaging(), server.portal().await);
    let hub = server.demo().hub();
    let other = portal.direct(&hub, "other", json!({"integrationType": "Customer"})).await;
    let unapproved = json!({"approved": [{"channelId": format!("direct:{other}"), "status": "APPROVED",
        "templateId": "t"}]});
    template(&messaging, unapproved).await;
    template(&messaging, json!({"code": "SMS_ONLY", "contactType": "SMS"})).await;
    for (with, expected) in [
        (json!({"channelId": null}), vec![("channelId", "REQUIRED")]),
        (json!({"channelId": "direct:1"}), vec![("channelId", "NOT_FOUND")]),
        (json!({"to": null}), vec![("to", "REQUIRED")]),
        (json!({"to": {}}), vec![("to.contactId", "REQUIRED")]),
        (json!({"to": {"contactId": "nobody"}}), vec![("to.contactId", "NOT_FOUND")]),
        (json!({"to": {"contactId": format!("diada_{other}")}}), vec![("to.contactId", "CONFLICT")]),
        (
            json!({"to": {"phone": "x", "email": "y"}}),
            vec![("to.phone", "INVALID_VALUE"), ("to.email", "INVALID_VALUE")],
        ),
        (json!({"to": {"name": 1.5}}), vec![("to.name", "INVALID_TYPE"), ("to.contactId", "REQUIRED")]),
        (json!({"type": null}), vec![("type", "REQUIRED")]),
        (json!({"type": "sticker"}), vec![("type", "INVALID_VALUE")]),
        (json!({"mask": "yes"}), vec![("mask", "INVALID_TYPE")]),
        (json!({"text": null}), vec![("text", "REQUIRED")]),
        (json!({"text": {"body": ""}}), vec![("text.body", "REQUIRED")]),
        (json!({"type": "image", "image": {"link": "a"}}), vec![("image.link", "INVALID_VALUE")]),
        (json!({"type": "contacts", "contacts": []}), vec![("contacts", "REQUIRED")]),
        (json!({"type": "template"}), vec![("template", "REQUIRED")]),
        (json!({"type": "template", "template": {}}), vec![("template.code", "REQUIRED")]),
        (json!({"type": "template", "template": {"code": "NONE"}}), vec![("template.code", "NOT_FOUND")]),
        (json!({"type": "template", "template": {"id": "NONE"}}), vec![("template.id", "NOT_FOUND")]),
        (
            json!({"type": "template", "template": {"code": "FEEDBACK"}}),
            vec![("template.code", "UNAVAILABLE")],
        ),
        (
            json!({"type": "template", "template": {"code": "SMS_ONLY"}}),
            vec![("template.code", "NOT_APPLICABLE")],
        ),
        (
            json!({"type": "optin", "options": {"buttons": [{"label": "a"}]}}),
            vec![("options", "NOT_APPLICABLE")],
        ),
        (
            json!({"channelId": "none", "to": {"email": "y"}, "type": "location", "location": {"latitude": 91},
                "options": {"buttons": [{"type": "FAX", "label": ""}]}, "mask": 1}),
            vec![
                ("channelId", "NOT_FOUND"),
                ("to.email", "INVALID_VALUE"),
                ("options.buttons[0].type", "INVALID_VALUE"),
                ("options.buttons[0].name", "REQUIRED"),
                ("location.latitude", "INVALID_VALUE"),
                ("location.longitude", "REQUIRED"),
                ("mask", "INVALID_TYPE"),
            ],
        ),
    ] {
        let answer = messaging.send_to("message/send", &message(&server, with.clone())).await;
        let expected: Vec<_> =
            expected.into_iter().map(|(field, code)| (field.to_owned(), code.to_owned())).collect();
        assert_eq!(answer.field_faults(400), expected, "{with}");
    }
    let body = portal.get(&format!("/api/v1/integrations/{other}")).await.ok();
    assert_eq!(body["integrationId"], *other);
}
