//! What was said in a session: every type of message, every member, every status.

use serde_json::{Value, json};

use super::{contact_id, members};
use crate::harness::{Hook, Server, TO_THIS_MACHINE, eventually, from, text};

/// The members of ChatMessageDTO.
const MESSAGE: [&str; 26] = [
    "action",
    "attachments",
    "bulkSessionId",
    "contact",
    "logs",
    "messageId",
    "messageIdExt",
    "messageIdRef",
    "meta",
    "name",
    "options",
    "replyId",
    "replyIdExt",
    "replyTo",
    "route",
    "sender",
    "sessionId",
    "stamps",
    "status",
    "tags",
    "template",
    "templateId",
    "text",
    "timestamp",
    "type",
    "vccards",
];

async fn messages(server: &Server, session: &str) -> Vec<Value> {
    let body = json!({"sessionId": session});
    server.messaging().send_to("session/messages", &body).await.enveloped()
}

#[tokio::test]
async fn a_message_has_every_member_and_what_is_known_of_it() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let session = engine.establish("ada").await;
    let mut body = text("hello");
    body["externalId"] = "ext-1".into();
    let said = engine.inbound(&session, &body).await.ok();
    engine.reply(&session, "hi").await;
    let listed = messages(&server, &session).await;
    assert_eq!(listed.len(), 2, "{listed:#?}");
    let (asked, answered) = (&listed[0], &listed[1]);
    for message in &listed {
        assert_eq!(members(message), MESSAGE);
        assert_eq!(message["sessionId"], session);
        assert_eq!(message["contact"]["contactId"], contact_id(&server, "ada"));
        assert_eq!(message["type"], "text");
    }
    assert_eq!((&asked["text"], &answered["text"]), (&json!("hello"), &json!("hi")));
    assert_eq!((&asked["messageIdExt"], &asked["messageId"]), (&json!("ext-1"), &said["interactionId"]));
    assert_eq!(asked["messageIdRef"], said["eventId"].to_string());
    assert_eq!(asked["sender"], contact_id(&server, "ada"));
    assert_eq!(asked["route"]["senderType"], "CONTACT");
    assert_eq!(asked["route"]["sendMode"], "INBOUND");
    assert_eq!(asked["stamps"]["RECEIVD"], asked["timestamp"]);
    assert_eq!(answered["sender"], server.demo().user());
    assert_eq!(answered["name"], server.demo().get("/users/0/name"));
    let routed = &answered["route"];
    assert_eq!(
        (&routed["senderType"], &routed["sendMode"], &routed["queueCode"]),
        (&json!("AGENT"), &json!("OUTBOUND"), &json!("agents"))
    );
    assert_eq!(routed["routerId"], format!("{session}.{}", engine.agent()));
    assert_eq!(answered["stamps"]["SENT"], answered["timestamp"]);
}

#[tokio::test]
async fn a_message_is_received_sent_delivered_and_read() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let session = engine.establish("ada").await;
    engine.say(&session, "hello").await;
    engine.reply(&session, "hi").await;
    let statuses = async || {
        let listed = messages(&server, &session).await;
        listed.iter().map(|message| message["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(statuses().await, ["RECEIVD", "SENT"]);
    let mut customer = engine.listen_to(&engine.customer(), &session).await;
    assert_eq!(customer.next_activity().await["activity"]["message"]["text"], "hi");
    assert_eq!(statuses().await, ["RECEIVD", "DLVRD"]);
    engine.inbound(&session, &json!({"type": "event", "event": {"type": "seen"}})).await.ok();
    assert_eq!(statuses().await, ["RECEIVD", "READ"]);
    engine.reply(&session, "anything else?").await;
    // Its own mark comes first.
    assert_eq!(customer.next_activity().await["activity"]["event"]["type"], "seen");
    assert_eq!(customer.next_activity().await["activity"]["message"]["text"], "anything else?");
    drop(customer);
    let last = statuses().await.pop().unwrap();
    assert_eq!(last, "DLVRD", "read up to what was seen");
}

#[tokio::test]
async fn what_was_taken_stays_delivered_after_the_end_and_what_nobody_took_is_deleted() {
    let server = Server::with(&[TO_THIS_MACHINE]).await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let hub = portal.hub("hooked").await;
    let hook = Hook::start().await;
    let channel = json!({"integrationType": "Customer", "webhookUrl": hook.url()});
    let hooked = portal.direct(&hub, "channel", channel).await;
    let desk = portal.direct(&hub, "desk", json!({"integrationType": "Agent"})).await;
    let quiet = (engine.customer(), engine.agent());
    for (who, (channel, agent), listens, ends_by_command, status) in [
        ("a socket that is still there", quiet.clone(), true, false, "DLVRD"),
        ("a socket, and the agent ends it", quiet.clone(), true, true, "DLVRD"),
        ("nobody", quiet.clone(), false, false, "DELTD"),
        ("nobody, and the agent ends it", quiet, false, true, "DELTD"),
        ("the webhook of the channel", (hooked, desk), false, false, "DLVRD"),
    ] {
        let session = engine.establish_at(&channel, who).await;
        engine.say(&session, "hello").await;
        let mut socket = None;
        if listens {
            socket = Some(engine.listen_to(&channel, &session).await);
        }
        engine.reply_as(&agent, &session, "hi").await;
        if let Some(socket) = &mut socket {
            assert_eq!(socket.next_activity().await["activity"]["message"]["text"], "hi");
        }
        let statuses = async || {
            let listed = messages(&server, &session).await;
            listed.iter().map(|message| message["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let before = if status == "DELTD" { "SENT" } else { status };
        eventually(who, async || (statuses().await == ["RECEIVD", before]).then_some(())).await;
        if ends_by_command {
            engine.reply_as(&agent, &session, "::close").await;
        } else {
            server.messaging().send_to("session/close", &json!({"sessionId": session})).await.enveloped();
        }
        assert_eq!(statuses().await, ["RECEIVD", status], "{who}");
    }
}

#[tokio::test]
async fn what_was_read_or_failed_stays_so_after_the_end() {
    let server = Server::with(&[TO_THIS_MACHINE, ("SWITCHBOARD_WEBHOOKS__RETRY_DELAYS_SECONDS", "0")]).await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let hub = portal.hub("hooked").await;
    let hook = Hook::start().await;
    let channel = json!({"integrationType": "Customer", "webhookUrl": hook.url()});
    let channel = portal.direct(&hub, "channel", channel).await;
    let desk = portal.direct(&hub, "desk", json!({"integrationType": "Agent"})).await;
    let session = engine.establish_at(&channel, "ada").await;
    engine.say(&session, "hello").await;
    let statuses = async || {
        let listed = messages(&server, &session).await;
        listed.iter().map(|message| message["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    engine.reply_as(&desk, &session, "one").await;
    eventually("one", async || (statuses().await == ["RECEIVD", "DLVRD"]).then_some(())).await;
    engine.inbound(&session, &json!({"type": "event", "event": {"type": "seen"}})).await.ok();
    hook.answers_next([500]);
    engine.reply_as(&desk, &session, "two").await;
    eventually("two", async || (statuses().await == ["RECEIVD", "READ", "FAILD"]).then_some(())).await;
    server.messaging().send_to("session/close", &json!({"sessionId": session})).await.enveloped();
    assert_eq!(statuses().await, ["RECEIVD", "READ", "FAILD"]);
}

#[tokio::test]
async fn each_type_of_message_has_its_word_and_shows_what_it_has() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let session = engine.establish("ada").await;
    engine.say(&session, "hello").await;
    for (message, word, media, shown) in [
        (
            json!({"type": "image", "url": "https://a.example/b/cat.png", "title": "Cat"}),
            "image",
            "IMAGE",
            "cat.png",
        ),
        (
            json!({"type": "video", "url": "https://a.example/film.mp4", "label": "Film"}),
            "video",
            "VIDEO",
            "film.mp4",
        ),
        (json!({"type": "audio", "url": "https://a.example/song.mp3"}), "audio", "URL", "song.mp3"),
        (
            json!({"type": "attachment", "url": "https://a.example/r.pdf?x=1", "label": "R", "mimeType": "application/pdf"}),
            "document",
            "DOCUMENT",
            "r.pdf",
        ),
        (
            json!({"type": "location", "address": "1 Hacker Way", "latitude": 12.9, "longitude": 6.9}),
            "location",
            "",
            "",
        ),
        (json!({"type": "contact", "title": "Ada"}), "contacts", "", ""),
        (
            json!({"type": "card", "title": "A card", "url": "https://a.example/x.png", "urlType": "image"}),
            "template",
            "",
            "",
        ),
        (json!({"type": "carousel", "items": [{"title": "One"}]}), "template", "", ""),
        (json!({"type": "list", "items": [{"title": "One"}]}), "template", "", ""),
    ] {
        let body = json!({"type": "message", "message": message});
        engine.business(&session, &from(&engine.agent(), body)).await.ok();
        let last = messages(&server, &session).await.pop().unwrap();
        assert_eq!(last["type"], word, "{message}");
        if media.is_empty() {
            assert_eq!(last["attachments"], json!([]), "{message}");
        } else {
            assert_eq!(last["attachments"][0]["mediaType"], media, "{message}");
            assert_eq!(last["attachments"][0]["mediaName"], shown, "{message}");
            assert_ne!(last["attachments"][0]["mediaMimeType"], "", "{message}");
        }
    }
    let listed = messages(&server, &session).await;
    let of = |word: &str| listed.iter().find(|message| message["type"] == word).unwrap();
    assert_eq!(of("location")["vccards"][0]["locations"][0]["latitude"], "12.9");
    assert_eq!(of("contacts")["vccards"][0]["name"]["formattedName"], "Ada");
}

#[tokio::test]
async fn cards_and_places_have_every_member_and_what_was_sent_of_them() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let session = engine.establish("ada").await;
    let card = json!({
        "addresses": [{"street": "1 Hacker Way", "city": "Menlo Park", "state": "CA", "zip": 94025,
            "country": "United States", "country_code": "us", "type": "HOME"}],
        "birthday": "1815-12-10",
        "emails": [{"email": "test@whatsapp.com", "type": "WORK"}],
        "ims": [{"service": "FACEBOOK", "userid": "ada"}],
        "name": {"first_name": "John", "formatted_name": "John Smith", "last_name": "Smith"},
        "org": {"company": "WhatsApp", "department": "Design", "title": "Manager"},
        "phones": [{"phone": "+1 (940) 555-1234", "type": "HOME", "wa_id": 16505551234_i64}],
        "urls": [{"type": "WORK", "url": "https://www.facebook.com"}],
    });
    let place = json!({"address": "1 Hacker Way", "latitude": 12.90909, "longitude": 6.90808, "name": "Main Building",
        "url": "https://a.example"});
    for (kind, member, said) in [("contacts", "contacts", json!([card])), ("location", "location", place)] {
        let body = json!({
            "channelId": format!("direct:{}", engine.customer()),
            "to": {"contactId": contact_id(&server, "ada")},
            "type": kind,
            member: said,
        });
        server.messaging().send_to("message/send", &body).await.one();
    }
    let listed = messages(&server, &session).await;
    let (person, place) = (&listed[0]["vccards"][0], &listed[1]["vccards"][0]);
    let lists = ["addresses", "dates", "emails", "ims", "locations", "name", "phones", "urls", "work"];
    for card in [person, place] {
        assert_eq!(members(card), lists);
        assert_eq!(members(&card["name"]), ["firstName", "formattedName", "lastName", "middleName"]);
    }
    let expected = json!({
        "addresses": [{"street": "1 Hacker Way", "city": "Menlo Park", "state": "CA", "zip": "94025",
            "country": "United States", "countryCode": "us", "type": "HOME", "uuid": ""}],
        "dates": [{"date": "1815-12-10", "label": "birthday", "type": "birthday"}],
        "emails": [{"email": "test@whatsapp.com", "label": "", "type": "WORK", "uuid": ""}],
        "ims": [{"service": "FACEBOOK", "userid": "ada"}],
        "locations": [],
        "name": {"firstName": "John", "formattedName": "John Smith", "lastName": "Smith", "middleName": ""},
        "phones": [{"phone": "+1 (940) 555-1234", "type": "HOME", "whatsAppId": "16505551234", "country": "",
            "countryCallingCode": "", "ext": "", "label": "", "nationalNumber": "", "uuid": ""}],
        "urls": [{"type": "WORK", "url": "https://www.facebook.com", "label": "", "uuid": ""}],
        "work": [{"company": "WhatsApp", "department": "Design", "title": "Manager"}],
    });
    assert_eq!(*person, expected);
    assert_eq!(listed[0]["type"], "contacts");
    let shown = json!({"address": "1 Hacker Way", "latitude": "12.90909", "longitude": "6.90808",
        "name": "Main Building", "url": "https://a.example"});
    assert_eq!(place["locations"], json!([shown]));
}

#[tokio::test]
async fn several_cards_read_back_as_the_contacts_that_were_sent() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let session = engine.establish("ada").await;
    let card = |name: &str| json!({"name": {"formatted_name": name}, "emails": [{"email": "a@example.com"}]});
    for options in [json!({}), json!({"buttons": [{"label": "Thanks"}]})] {
        let body = json!({
            "channelId": format!("direct:{}", engine.customer()),
            "to": {"contactId": contact_id(&server, "ada")},
            "type": "contacts",
            "contacts": [card("Ada"), card("Charles")],
            "options": options,
        });
        server.messaging().send_to("message/send", &body).await.one();
        let last = messages(&server, &session).await.pop().unwrap();
        let names: Vec<_> = last["vccards"]
            .as_array()
            .unwrap()
            .iter()
            .map(|card| card["name"]["formattedName"].clone())
            .collect();
        assert_eq!(
            (&last["type"], names),
            (&json!("contacts"), vec![json!("Ada"), json!("Charles")]),
            "{last:#}"
        );
    }
}

#[tokio::test]
async fn what_a_back_end_sent_reads_back_as_it_was_sent() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let session = engine.establish("ada").await;
    let file = json!({"caption": "Ours", "filename": "a.pdf", "link": "https://files.example/123"});
    for kind in ["image", "video", "audio", "voice", "document", "system"] {
        let member = if kind == "system" { "text" } else { kind };
        let said = if kind == "system" { json!({"body": "Ours"}) } else { file.clone() };
        let body = json!({
            "channelId": format!("direct:{}", engine.customer()),
            "to": {"contactId": contact_id(&server, "ada")},
            "type": kind,
            member: said,
        });
        server.messaging().send_to("message/send", &body).await.one();
        let last = messages(&server, &session).await.pop().unwrap();
        assert_eq!(last["type"], kind, "{last:#}");
        if kind != "system" {
            let shown = &last["attachments"][0];
            let told = (&shown["mediaCaption"], &shown["mediaName"], &shown["mediaURL"]);
            assert_eq!(told, (&json!("Ours"), &json!("a.pdf"), &file["link"]), "{last:#}");
            assert!(last["text"].as_str().unwrap().lines().any(|line| line == "Ours"), "{last:#}");
        }
    }
}

#[tokio::test]
async fn what_was_made_of_a_template_and_its_buttons_read_back_as_they_were_sent() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let session = engine.establish("ada").await;
    let template = json!({"code": "RECEIPT", "lang": "en", "body": "You paid {{amount}}"});
    let template = messaging.send_to("config/tmpl/hsm", &template).await.one();
    let buttons = json!([
        {"type": "QUICK_REPLY", "label": "Yes", "code": "YES", "desc": "All is well"},
        {"type": "URL", "label": "Shop", "code": "SHOP", "name": "shop", "url": "https://shop.example"},
        {"type": "PHONE_NUMBER", "label": "Call", "code": "CALL", "desc": "Day and night", "phone": "+1416"},
    ]);
    let body = json!({
        "channelId": format!("direct:{}", engine.customer()),
        "to": {"contactId": contact_id(&server, "ada")},
        "type": "template",
        "template": {"code": "RECEIPT", "data": {"amount": 7}},
        "options": {"buttons": buttons},
    });
    messaging.send_to("message/send", &body).await.one();
    let sent = messages(&server, &session).await.remove(0);
    let told = ["type", "template", "templateId"].map(|member| sent[member].clone());
    assert_eq!(told, [json!("template"), json!("RECEIPT"), template["id"].clone()]);
    assert!(sent["text"].as_str().unwrap().starts_with("You paid 7\n"), "{sent:#}");
    for (sent, given) in
        sent["options"]["buttons"].as_array().unwrap().iter().zip(buttons.as_array().unwrap())
    {
        for (member, value) in given.as_object().unwrap() {
            assert_eq!(sent[member], *value, "{member} of {given}");
        }
    }
}

#[tokio::test]
async fn each_file_of_a_message_has_an_id_of_its_own() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let session = engine.establish("ada").await;
    let files =
        ["a", "b"].map(|name| json!({"type": "image", "url": format!("https://a.example/{name}.png")}));
    let body = json!({"type": "message", "message": {"type": "text", "text": "Both", "items": files}});
    engine.say(&session, "hello").await;
    engine.business(&session, &from(&engine.agent(), body)).await.ok();
    let last = messages(&server, &session).await.pop().unwrap();
    let ids: Vec<_> =
        last["attachments"].as_array().unwrap().iter().map(|file| file["mediaId"].clone()).collect();
    let message = last["messageId"].as_str().unwrap();
    assert_eq!(ids, [json!(format!("{message}.1")), json!(format!("{message}.2"))]);
}

#[tokio::test]
async fn actions_are_buttons_and_a_customer_s_choice_is_an_action() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let session = engine.establish("ada").await;
    engine.say(&session, "hello").await;
    let actions = json!([
        {"type": "reply", "title": "Yes", "payload": "yes"},
        {"type": "postback", "title": "No", "payload": {"no": 1}},
        {"type": "link", "title": "Shop", "url": "https://shop.example"},
        {"type": "link", "title": "Call", "url": "tel:+1416"},
    ]);
    let body = json!({"type": "message", "message": {"type": "text", "text": "More?", "actions": actions}});
    engine.business(&session, &from(&engine.agent(), body)).await.ok();
    let chosen = json!({"type": "message", "message": {"type": "text", "text": "Yes", "payload": "yes"}});
    engine.inbound(&session, &chosen).await.ok();
    let listed = messages(&server, &session).await;
    let buttons = listed[1]["options"]["buttons"].as_array().unwrap();
    let told: Vec<_> = buttons
        .iter()
        .map(|button| {
            let text = |name: &str| button[name].as_str().unwrap();
            (text("type"), text("label"), text("code"), text("url"), text("phone"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("QUICK_REPLY", "Yes", "yes", "", ""),
            ("QUICK_REPLY", "No", "{\"no\":1}", "", ""),
            ("URL", "Shop", "", "https://shop.example", ""),
            ("PHONE_NUMBER", "Call", "", "", "+1416"),
        ]
    );
    assert_eq!((&listed[0]["action"], &listed[2]["action"]), (&json!(""), &json!("yes")));
}

#[tokio::test]
async fn what_stages_found_out_are_tags_and_what_agents_say_among_themselves_is_not_listed() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let stages =
        json!({"stages": [{"type": "language", "languages": ["eng", "deu"]}, {"type": "sentiment"}]});
    portal.put(&format!("/api/v1/hubs/{}/pipeline", server.demo().hub()), &stages).await.ok();
    let session = engine.establish("ada").await;
    engine.say(&session, "This is great, I have been waiting for it, thank you so much!").await;
    engine.reply(&session, "::help").await;
    let listed = messages(&server, &session).await;
    assert_eq!(listed.len(), 1, "{listed:#?}");
    let tags = &listed[0]["tags"];
    assert_eq!((&tags["langs"], &tags["sentiments"]), (&json!(["eng"]), &json!(["positive"])));
    assert!(tags["sentimentScore"].as_i64().is_some_and(|score| score > 0), "{tags}");
}

#[tokio::test]
async fn a_closed_session_can_still_be_read() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let session = engine.establish("ada").await;
    engine.say(&session, "hello").await;
    server.messaging().send_to("session/close", &json!({"sessionId": session})).await.enveloped();
    assert_eq!(messages(&server, &session).await.len(), 1);
    let silent = engine.establish("bob").await;
    assert_eq!(messages(&server, &silent).await, [] as [Value; 0]);
}

#[tokio::test]
async fn each_kind_of_speaker_has_its_word_and_its_queue() {
    let server = Server::start().await;
    let (engine, portal, messaging) = (server.engine().await, server.portal().await, server.messaging());
    let hub = portal.hub("talkative").await;
    let [bot, agent, channel] =
        ["Bot", "Agent", "Customer"].map(|kind| portal.direct(&hub, kind, json!({"integrationType": kind})));
    let (bot, agent, channel) = (bot.await, agent.await, channel.await);
    let session = engine.establish_at(&channel, "ada").await;
    engine.say(&session, "hello").await;
    let routed = json!({"sessionId": session, "queue": "bot"});
    let event = messaging.send_to("session/routing", &routed).await.enveloped().remove(0);
    assert_eq!((&event["session"]["mode"], &event["session"]["bot"]), (&json!("BOT"), &json!(bot)));
    engine.reply_as(&bot, &session, "I am a bot").await;
    engine.reply_as(&agent, &session, "I am an agent").await;
    let body = json!({"channelId": format!("direct:{channel}"), "to": {"contactId": format!("diada_{channel}")},
        "type": "text", "text": {"body": "I am the shop"}});
    messaging.send_to("message/send", &body).await.one();
    let listed = messages(&server, &session).await;
    let told: Vec<_> = listed
        .iter()
        .map(|message| {
            let route = |member: &str| message["route"][member].as_str().unwrap();
            (message["text"].as_str().unwrap(), route("senderType"), route("queueCode"), route("sendMode"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("hello", "CONTACT", "", "INBOUND"),
            ("I am a bot", "BOT", "bot", "OUTBOUND"),
            ("I am an agent", "AGENT", "agents", "OUTBOUND"),
            ("I am the shop", "SYSTEM", "", "OUTBOUND"),
        ]
    );
}
