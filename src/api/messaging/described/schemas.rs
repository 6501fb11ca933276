//! The schemas that several groups name: contacts, events, files and buttons.

use serde_json::{Value, json};

use crate::api::messaging::events::EventCode;
use crate::api::messaging::ids::CONTACT_TYPES;
use crate::api::messaging::media::{MAX_CAPTION, MAX_LABEL};
use crate::api::openapi::schema::{
    about, answered, any_object, any_of, asked, boolean, list, named, short_text, telling_text, text,
    web_address, whole, word,
};
use crate::api::web_address::MAX_URL;
use crate::domain::messaging::{ButtonKind, MediaKind};

/// All of them.
pub(super) fn shared() -> Vec<(&'static str, Value)> {
    vec![
        ("Contactable", contactable()),
        ("MessageRouter", router()),
        ("InBoundEvent", event()),
        ("Attachment", attachment()),
        ("AttachmentIn", attachment_in()),
        ("CommonMsgOptions", answered([("buttons", list(named("TmplElement")))], [])),
        ("CommonMsgOptionsIn", options_in()),
        ("TmplElement", texts(&["code", "desc", "label", "name", "phone", "type", "url"])),
        ("TmplElementIn", button_in()),
    ]
}

/// An object of texts that are always there.
pub(super) fn texts(names: &[&'static str]) -> Value {
    answered(names.iter().map(|name| (*name, text())), [])
}

/// A language of at most so many characters, or none.
pub(super) fn language(longest: usize) -> Value {
    json!({"type": "string", "maxLength": longest, "pattern": "^([A-Za-z]{2,3}([_-][A-Za-z0-9]{1,8})*)?$"})
}

fn contactable() -> Value {
    let mut schema =
        texts(&["channelType", "contactId", "contactType", "csid", "email", "lane", "name", "phone"]);
    schema["properties"]["contactType"] = word(CONTACT_TYPES);
    schema
}

fn router() -> Value {
    texts(&["queueCode", "routerId", "sendMode", "senderApp", "senderCode", "senderType"])
}

fn event() -> Value {
    // Each of the three is there as a whole, or empty.
    let session = answered(
        [],
        [
            ("agent", text()),
            ("bot", text()),
            ("dept", about(text(), "The team whose agents are wanted.")),
            ("firstMessage", about(boolean(), "Whether nothing was said yet.")),
            ("initMessage", boolean()),
            ("mode", word(["BOT", "AGENT", "QUEUE", "NONE"])),
            ("queue", text()),
            ("resolved", boolean()),
            ("routingId", text()),
            ("sessionStamp", about(whole(), "When it was opened, in milliseconds since 1970.")),
            ("ticketHash", text()),
        ],
    );
    let routed = answered(
        [],
        [
            ("params", any_object()),
            ("routingId", text()),
            ("sessionStart", boolean()),
            ("sourceQueue", text()),
            ("targetQueue", text()),
        ],
    );
    let assigned = ["newAgent", "newBot", "newDept", "oldAgent", "oldBot", "oldDept"];
    let assigned = answered([], assigned.map(|name| (name, text())));
    answered(
        [
            ("checksum", text()),
            ("contact", named("Contactable")),
            ("contactId", text()),
            ("eventCode", word(EventCode::ALL.map(EventCode::as_str))),
            ("eventId", text()),
            ("route", named("MessageRouter")),
            ("session", about(session, "Empty for a contact without a session.")),
            ("sessionAssigned", about(assigned, "Empty where the session did not move.")),
            ("sessionId", about(text(), "Empty for a contact without a session.")),
            ("sessionRouted", about(routed, "Empty where the session did not move.")),
            ("trace", about(list(any_object()), "Of what was pushed, what was told.")),
        ],
        [],
    )
}

const MEDIA: [&str; 9] = [
    "mediaCaption",
    "mediaCode",
    "mediaId",
    "mediaMimeType",
    "mediaName",
    "mediaSrc",
    "mediaSubType",
    "mediaType",
    "mediaURL",
];

fn attachment() -> Value {
    texts(&MEDIA)
}

fn attachment_in() -> Value {
    let schema = |name: &str| match name {
        "mediaCaption" => short_text(MAX_CAPTION),
        "mediaSrc" | "mediaURL" => short_text(MAX_URL),
        "mediaType" => word(MediaKind::WORDS.iter().copied()),
        _ => short_text(MAX_LABEL),
    };
    asked([], MEDIA.map(|name| (name, schema(name))))
}

fn options_in() -> Value {
    let most = "At most so many as the server is set to: `messaging.buttons_per_message`.";
    asked([], [("buttons", about(list(named("TmplElementIn")), most))])
}

/// A button without a type answers; the others need what they lead to. Something has to stand on each.
fn button_in() -> Value {
    let number = json!({"type": "string", "maxLength": MAX_LABEL, "pattern": "[0-9]|\\{\\{.*\\}\\}"});
    let number = about(number, "With a digit; in a template, a place for one will do.");
    let typed = |kind: ButtonKind| ("type", json!({"type": "string", "const": kind.word()}));
    let answering = ("type", word([ButtonKind::QuickReply.word()]));
    let kinds = [
        (vec![], vec![answering]),
        (vec![typed(ButtonKind::Url), ("url", web_address(MAX_URL))], vec![]),
        (vec![typed(ButtonKind::PhoneNumber), ("phone", number)], vec![]),
    ];
    let of = |(needed, optional): &(Vec<_>, Vec<_>), shown: &'static str| {
        let mut required = vec![(shown, telling_text(MAX_LABEL))];
        required.extend(needed.iter().cloned());
        let others = TITLES.into_iter().filter(|title| *title != shown);
        let mut optional = optional.clone();
        optional.extend(others.map(|title| (title, short_text(MAX_LABEL))));
        optional.push(("desc", short_text(MAX_CAPTION)));
        asked(required, optional)
    };
    any_of(kinds.iter().flat_map(|kind| TITLES.map(|shown| of(kind, shown))))
}

/// What stands on a button: the first of these that it has.
const TITLES: [&str; 3] = ["label", "name", "code"];
