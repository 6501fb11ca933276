//! `message/send`: every fault of every member, alone, and what channels say against a message.

use serde_json::{Map, Value, json};

use super::faults;
use super::send::{message, sent, template};
use crate::harness::{Server, StandIn, TWILIO_TOKEN};

/// Members of a message, and everything that is wrong with it.
type Row = (Value, Vec<(String, &'static str)>);

fn long(count: usize) -> String {
    "x".repeat(count)
}

/// A row of one fault.
fn row(with: Value, field: &str, code: &'static str) -> Row {
    (with, vec![(field.to_owned(), code)])
}

fn addresses() -> Vec<Row> {
    let to = |to: Value| json!({"to": to});
    let mail = |name: usize| format!("{}@e.com", "ä".repeat(name));
    vec![
        row(json!({"channelId": []}), "channelId", "INVALID_TYPE"),
        row(json!({"channelId": long(129)}), "channelId", "TOO_LONG"),
        row(json!({"to": "ada"}), "to", "INVALID_TYPE"),
        row(to(json!({"contactId": []})), "to.contactId", "INVALID_TYPE"),
        row(to(json!({"contactId": long(641)})), "to.contactId", "TOO_LONG"),
        row(to(json!({"phone": {}})), "to.phone", "INVALID_TYPE"),
        row(to(json!({"phone": "1".repeat(513)})), "to.phone", "TOO_LONG"),
        row(to(json!({"phone": "+"})), "to.phone", "INVALID_VALUE"),
        row(to(json!({"email": 1.5})), "to.email", "INVALID_TYPE"),
        row(to(json!({"email": format!("{}@e.com", long(507))})), "to.email", "TOO_LONG"),
        // 512 characters are more bytes than a binding key has.
        row(to(json!({"email": mail(254)})), "to.email", "TOO_LONG"),
        row(to(json!({"email": "ada"})), "to.email", "INVALID_VALUE"),
        row(to(json!({"phone": "1", "name": []})), "to.name", "INVALID_TYPE"),
        row(to(json!({"phone": "1", "name": long(513)})), "to.name", "TOO_LONG"),
    ]
}

fn files() -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in ["image", "video", "audio", "voice", "document"] {
        let of =
            |file: Value| Value::Object(Map::from_iter([("type".into(), kind.into()), (kind.into(), file)]));
        let link = "https://a.example/b";
        // Of nothing at all, that is said which the reference has.
        let missing = if kind == "voice" { "audio" } else { kind };
        let longest = format!("https://e.com/{}", long(2035));
        rows.push(row(json!({"type": kind}), missing, "REQUIRED"));
        for (file, member, code) in [
            (json!([]), "", "INVALID_TYPE"),
            (json!({}), ".link", "REQUIRED"),
            (json!({"link": " "}), ".link", "REQUIRED"),
            (json!({"link": []}), ".link", "INVALID_TYPE"),
            (json!({"link": "ftp://a.example/b"}), ".link", "INVALID_VALUE"),
            (json!({"link": longest}), ".link", "TOO_LONG"),
            (json!({"link": link, "caption": {}}), ".caption", "INVALID_TYPE"),
            (json!({"link": link, "filename": []}), ".filename", "INVALID_TYPE"),
        ] {
            rows.push(row(of(file), &format!("{kind}{member}"), code));
        }
    }
    rows
}

fn places_and_cards() -> Vec<Row> {
    let place = |place: Value| json!({"type": "location", "location": place});
    let card = |member: &str, value: Value| {
        let mut card = json!({"name": {"first_name": "Ada"}});
        card[member] = value;
        json!({"type": "contacts", "contacts": [{"name": {"first_name": "Bob"}}, card]})
    };
    let mut rows = vec![
        row(json!({"type": "location"}), "location", "REQUIRED"),
        row(place(json!([])), "location", "INVALID_TYPE"),
        row(place(json!({"latitude": -90.5, "longitude": 1})), "location.latitude", "INVALID_VALUE"),
        row(place(json!({"latitude": 90, "longitude": "180.1"})), "location.longitude", "INVALID_VALUE"),
        row(
            place(json!({"latitude": [], "address": "a", "longitude": 1})),
            "location.latitude",
            "INVALID_VALUE",
        ),
        row(place(json!({"latitude": 1, "address": "a"})), "location.longitude", "REQUIRED"),
        row(json!({"type": "contacts"}), "contacts", "REQUIRED"),
        row(json!({"type": "contacts", "contacts": {}}), "contacts", "INVALID_TYPE"),
        row(json!({"type": "contacts", "contacts": [5]}), "contacts[0]", "INVALID_TYPE"),
        row(card("name", json!(null)), "contacts[1].name", "REQUIRED"),
        row(card("name", json!("Ada")), "contacts[1].name", "INVALID_TYPE"),
        row(card("name", json!({"formatted_name": []})), "contacts[1].name.formatted_name", "INVALID_TYPE"),
        row(card("name", json!({})), "contacts[1].name.formatted_name", "REQUIRED"),
        row(card("birthday", json!([])), "contacts[1].birthday", "INVALID_TYPE"),
        row(card("org", json!([])), "contacts[1].org", "INVALID_TYPE"),
        row(card("org", json!({"title": {}})), "contacts[1].org.title", "INVALID_TYPE"),
    ];
    for member in ["address", "name", "url"] {
        let mut with = json!({"address": "a", "latitude": 1, "longitude": 1});
        with[member] = json!({});
        rows.push(row(place(with), &format!("location.{member}"), "INVALID_TYPE"));
    }
    for (list, member) in
        [("phones", "wa_id"), ("emails", "email"), ("addresses", "city"), ("urls", "url"), ("ims", "service")]
    {
        rows.push(row(card(list, json!("x")), &format!("contacts[1].{list}"), "INVALID_TYPE"));
        rows.push(row(card(list, json!(["x"])), &format!("contacts[1].{list}[0]"), "INVALID_TYPE"));
        let with = json!([Map::from_iter([(member.to_owned(), json!([]))])]);
        rows.push(row(card(list, with), &format!("contacts[1].{list}[0].{member}"), "INVALID_TYPE"));
    }
    rows
}

fn templates() -> Vec<Row> {
    let meta = |member: &str, value: Value| {
        let mut meta = json!({"code": "FEEDBACK"});
        meta[member] = value;
        json!({"type": "template", "template": meta})
    };
    vec![
        row(json!({"type": "template", "template": "FEEDBACK"}), "template", "INVALID_TYPE"),
        row(meta("code", json!([])), "template.code", "INVALID_TYPE"),
        row(meta("code", json!(long(513))), "template.code", "TOO_LONG"),
        row(meta("id", json!({})), "template.id", "INVALID_TYPE"),
        row(meta("id", json!(long(513))), "template.id", "TOO_LONG"),
        row(meta("data", json!([])), "template.data", "INVALID_TYPE"),
        row(meta("lang", json!({})), "template.lang", "INVALID_TYPE"),
        row(meta("lang", json!(long(36))), "template.lang", "TOO_LONG"),
        row(meta("lang", json!("english")), "template.lang", "INVALID_VALUE"),
        row(meta("linked", json!([])), "template.linked", "INVALID_TYPE"),
    ]
}

fn texts_and_buttons() -> Vec<Row> {
    let button = |button: Value| json!({"options": {"buttons": [{"label": "ok"}, button]}});
    let at = |member: &str| format!("options.buttons[1]{member}");
    let mut rows = vec![
        row(json!({"type": 1}), "type", "INVALID_TYPE"),
        row(json!({"text": "Hello"}), "text", "INVALID_TYPE"),
        row(json!({"text": {}}), "text.body", "REQUIRED"),
        row(json!({"text": {"body": []}}), "text.body", "INVALID_TYPE"),
        row(json!({"type": "system", "text": {"body": " "}}), "text.body", "REQUIRED"),
        row(json!({"mask": 0}), "mask", "INVALID_TYPE"),
        row(json!({"options": []}), "options", "INVALID_TYPE"),
        row(json!({"options": {"buttons": {}}}), "options.buttons", "INVALID_TYPE"),
        row(json!({"options": {"buttons": vec![json!({"label": "l"}); 11]}}), "options.buttons", "TOO_LONG"),
        row(button(json!("ok")), &at(""), "INVALID_TYPE"),
        row(button(json!({})), &at(".name"), "REQUIRED"),
        row(button(json!({"label": " ", "name": "", "code": " "})), &at(".name"), "REQUIRED"),
        row(button(json!({"label": "l", "type": 1})), &at(".type"), "INVALID_TYPE"),
        row(button(json!({"label": "l", "type": "FAX"})), &at(".type"), "INVALID_VALUE"),
        row(button(json!({"label": "l", "type": "URL"})), &at(".url"), "REQUIRED"),
        row(button(json!({"label": "l", "type": "PHONE_NUMBER"})), &at(".phone"), "REQUIRED"),
    ];
    for number in ["call me", "+", "{{phone}}"] {
        let call = json!({"label": "l", "type": "PHONE_NUMBER", "phone": number});
        rows.push(row(button(call), &at(".phone"), "INVALID_VALUE"));
    }
    for (member, most) in [("label", 256), ("code", 256), ("name", 256), ("desc", 1024)] {
        for (value, code) in [(json!(long(most + 1)), "TOO_LONG"), (json!({}), "INVALID_TYPE")] {
            let mut with = json!({"label": "l", "name": "n"});
            with[member] = value;
            rows.push(row(button(with), &at(&format!(".{member}")), code));
        }
    }
    rows
}

#[tokio::test]
async fn whatever_is_wrong_with_a_member_is_told_of_it() {
    let server = Server::start().await;
    let messaging = server.messaging();
    template(&messaging, json!({})).await;
    let rows = [addresses(), files(), places_and_cards(), templates(), texts_and_buttons()].concat();
    for (with, expected) in rows {
        let answer = messaging.send_to("message/send", &message(&server, with.clone())).await;
        let expected: Vec<_> = expected.into_iter().map(|(field, code)| (field, code.to_owned())).collect();
        assert_eq!(answer.field_faults(400), expected, "{with}");
    }
    let at_the_limit = format!("{}@e.com", "ä".repeat(253));
    sent(&messaging, &message(&server, json!({"to": {"email": at_the_limit}}))).await;
    sent(&messaging, &message(&server, json!({"to": {"phone": "1".repeat(512)}}))).await;
}

#[tokio::test]
async fn the_faults_of_a_template_are_told_beside_those_of_the_channel_and_the_contact() {
    let server = Server::start().await;
    let messaging = server.messaging();
    let channel = message(&server, json!({}))["channelId"].clone();
    let pending = json!([{"channelId": channel, "status": "PENDING"}]);
    template(&messaging, json!({"code": "PENDING", "approved": pending})).await;
    let of = |with: Value, meta: Value| {
        let mut with = with;
        (with["type"], with["template"]) = ("template".into(), meta);
        message(&server, with)
    };
    let no_channel = || json!({"channelId": "direct:1"});
    let nobody = || json!({"to": {"phone": "x"}});
    for (body, expected) in [
        (
            of(no_channel(), json!({"data": [], "lang": "english"})),
            [
                ("channelId", "NOT_FOUND"),
                ("template.data", "INVALID_TYPE"),
                ("template.lang", "INVALID_VALUE"),
                ("template.code", "REQUIRED"),
            ]
            .as_slice(),
        ),
        (
            of(no_channel(), json!({"code": "NONE"})),
            &[("channelId", "NOT_FOUND"), ("template.code", "NOT_FOUND")],
        ),
        (of(no_channel(), json!(null)), &[("channelId", "NOT_FOUND"), ("template", "REQUIRED")]),
        (
            of(nobody(), json!({"code": "NONE"})),
            &[("to.phone", "INVALID_VALUE"), ("template.code", "NOT_FOUND")],
        ),
        (
            of(nobody(), json!({"code": "PENDING"})),
            &[("to.phone", "INVALID_VALUE"), ("template.code", "UNAVAILABLE")],
        ),
    ] {
        let told = messaging.send_to("message/send", &body).await.field_faults(400);
        assert_eq!(told, faults(expected), "{body}");
    }
}

#[tokio::test]
async fn another_organization_s_template_is_none() {
    let server = Server::start().await;
    let other = server.another_tenant("Other").await;
    let theirs = template(&other.messaging(), json!({})).await;
    for (meta, field) in
        [(json!({"id": theirs}), "template.id"), (json!({"code": "FEEDBACK"}), "template.code")]
    {
        let body = message(&server, json!({"type": "template", "template": meta}));
        let told = server.messaging().send_to("message/send", &body).await.field_faults(400);
        assert_eq!(told, faults(&[(field, "NOT_FOUND")]));
    }
}

#[tokio::test]
async fn nothing_is_sent_by_a_channel_that_is_paused_or_whose_hub_is() {
    let server = Server::start().await;
    let (messaging, portal) = (server.messaging(), server.portal().await);
    let (hub, customer, _) = portal.quiet_hub("paused").await;
    let body = json!({"channelId": format!("direct:{customer}"), "to": {"phone": "1"}, "type": "text",
        "text": {"body": "Hello"}});
    let unavailable = faults(&[("channelId", "UNAVAILABLE")]);
    portal.set_status(&customer, 3002).await;
    assert_eq!(messaging.send_to("message/send", &body).await.field_faults(400), unavailable);
    portal.set_status(&customer, 3000).await;
    sent(&messaging, &body).await;
    portal.put(&format!("/api/v1/hubs/{hub}"), &json!({"statusId": 2002})).await.ok();
    assert_eq!(messaging.send_to("message/send", &body).await.field_faults(400), unavailable);
}

#[tokio::test]
async fn a_channel_of_phone_numbers_knows_its_contacts_by_number_alone() {
    let providers = StandIn::start().await;
    let variables = providers.variables();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let server = Server::with(&variables).await;
    let (messaging, portal, engine) = (server.messaging(), server.portal().await, server.engine().await);
    let configuration =
        json!({"authToken": TWILIO_TOKEN, "accountSid": "AC1fc1c1722444", "numberSid": "PN16476960000"});
    let sms = json!({"channelId": "TwilioSMS", "name": "sms", "configuration": configuration});
    let made = portal.create_integration(&server.demo().hub(), &sms).await.ok();
    let integration = made["integrationId"].as_str().unwrap();
    let to = |to: Value| json!({"channelId": "sms:16476960000", "to": to, "type": "text", "text": {"body": "Hello"}});
    for phone in [json!("919988776655"), json!("+91 9988-776655"), json!(919_988_776_655_i64)] {
        sent(&messaging, &to(json!({"phone": phone}))).await;
    }
    let conversation = engine.establish_at(integration, "+919988776655").await;
    assert_eq!(engine.history(&conversation, "type=customer").await.len(), 3);
    for (whom, expected) in [
        (json!({"email": "ada@example.com"}), [("to.phone", "REQUIRED")]),
        // With the plus that it gets, it is one byte longer than a binding key.
        (json!({"phone": "1".repeat(512)}), [("to.phone", "TOO_LONG")]),
    ] {
        let told = messaging.send_to("message/send", &to(whom.clone())).await.field_faults(400);
        assert_eq!(told, faults(&expected), "{whom}");
    }
}

#[tokio::test]
async fn whatever_is_masked_is_kept_from_others_and_from_the_log() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    let conversation = engine.establish("ada").await;
    let mut customer = engine.listen_to(&engine.customer(), &conversation).await;
    let mut agent = engine.listen_to(&engine.agent(), &conversation).await;
    template(&messaging, json!({"body": "Code {{secret}}"})).await;
    let secret = "s3cr3t4711";
    let link = format!("https://a.example/{secret}");
    let contents = [
        json!({"type": "text", "text": {"body": secret}, "options": {"buttons": [{"label": secret}]}}),
        json!({"type": "system", "text": {"body": secret}}),
        json!({"type": "image", "image": {"link": link, "caption": secret}}),
        json!({"type": "document", "document": {"link": link, "filename": secret}}),
        json!({"type": "location", "location": {"address": secret}}),
        json!({"type": "contacts", "contacts": [{"name": {"formatted_name": secret}}]}),
        json!({"type": "template", "template": {"code": "FEEDBACK", "data": {"secret": secret}}}),
    ];
    for content in &contents {
        let mut with = content.clone();
        with["mask"] = true.into();
        sent(&messaging, &message(&server, with)).await;
        let heard = customer.next_activity().await.to_string();
        assert!(heard.contains(secret), "{content}: {heard}");
        let seen = agent.next_activity().await;
        assert_eq!(seen["activity"]["message"]["text"], "********", "{seen}");
        assert!(!seen.to_string().contains(secret), "{content}: {seen}");
    }
    let kept = engine.history(&conversation, "type=customer").await;
    assert_eq!(kept.len(), contents.len());
    assert!(!json!(kept).to_string().contains(secret), "{kept:?}");
    assert!(!server.printed().contains(secret), "{}", server.printed());
}
