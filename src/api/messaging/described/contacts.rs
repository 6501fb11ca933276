//! What contacts prefer, and what is told of them.

use serde_json::{Value, json};

use super::{answering_compact, answering_full, for_messaging, missing, taking_object};
use crate::api::messaging::contacts::MAX_LANG;
use crate::api::messaging::ids::MAX_CONTACT_ID;
use crate::api::messaging::pushes::{LINK_TYPES, MAX_NAME};
use crate::api::openapi::schema::{
    about, answered, any_object, any_of, asked, list, list_from, named, short_text, telling_text, text,
    whole, word,
};
use crate::api::openapi::{Call, Group};

pub(super) fn group() -> Group {
    let phone = || json!([{"linkName": "phone", "linkType": "PHONE", "linkValue": "919988776655"}]);
    let lang = Call::post("/xms/api/v1/contact/prefs/lang", "setContactLanguage", "Set a contact's language")
        .about("Templates are sent to the contact in that language, or in the nearest that there is.");
    let example = json!({"contactId": "sms+15550001_16476960000", "lang": "en_US"});
    let lang = taking_object(for_messaging(lang), "ContactPrefsUpdateIn", [("american", example)]);
    let data = Call::post("/xms/api/v1/data/push", "pushCustomerData", "Tell something that a customer has")
        .about("Told again under its type and id it takes its own place.");
    let example = json!({"type": "ORDER", "id": "o-1", "data": {"total": 12.5}, "links": phone()});
    let data = taking_object(for_messaging(data), "DigitalObjectDtoIn", [("order", example)]);
    let event = Call::post("/xms/api/v1/event/push", "pushCustomerEvent", "Tell what happened to a customer")
        .about("One of a name and an id happens once, however often it is told.");
    let example = json!({"eventName": "CUSTOMER_CREATED", "id": 1_234_567, "links": phone()});
    let event = taking_object(for_messaging(event), "DigitalEventDtoIn", [("created", example)]);
    Group {
        name: "Messaging: contacts",
        about: "What contacts prefer, and what back ends tell of them.",
        calls: vec![
            answering_compact(
                missing(lang, "No channel has such a contact."),
                "What happened.",
                "InBoundEvent",
            ),
            answering_full(data, "What was told.", "DigitalObjectDto"),
            answering_full(event, "What was told.", "DigitalEventDto"),
        ],
        schemas: vec![
            (
                "ContactPrefsUpdateIn",
                asked([("contactId", telling_text(MAX_CONTACT_ID)), ("lang", language())], []),
            ),
            ("DigitalObjectLinkIn", link_in()),
            ("DigitalObjectLink", link()),
            (
                "DigitalObjectDtoIn",
                asked([("type", name()), ("id", id()), ("data", any_object()), links()], []),
            ),
            ("DigitalEventDtoIn", asked([("eventName", name()), ("id", id()), links()], [])),
            ("DigitalObjectDto", told([("data", any_object()), ("type", text())])),
            ("DigitalEventDto", told([("eventName", text())])),
        ],
    }
}

fn language() -> Value {
    json!({"type": "string", "maxLength": MAX_LANG, "pattern": "^[A-Za-z]{2,3}([_-][A-Za-z0-9]{1,8})*$"})
}

fn name() -> Value {
    telling_text(MAX_NAME)
}

/// The reference types ids as texts and shows them as numbers.
fn id() -> Value {
    any_of([telling_text(MAX_NAME), whole()])
}

fn links() -> (&'static str, Value) {
    let about_them =
        "Whose it is: a customer by any of these, of which there are at most `messaging.links_per_push`.";
    ("links", about(list_from(named("DigitalObjectLinkIn"), 1), about_them))
}

fn link_in() -> Value {
    asked(
        [("linkType", word(LINK_TYPES)), ("linkValue", any_of([telling_text(MAX_CONTACT_ID), whole()]))],
        [("linkName", short_text(MAX_NAME))],
    )
}

fn link() -> Value {
    answered([("linkName", text()), ("linkType", word(LINK_TYPES)), ("linkValue", text())], [])
}

fn told<const N: usize>(own: [(&'static str, Value); N]) -> Value {
    let common = [("id", text()), ("links", list(named("DigitalObjectLink")))];
    answered(own.into_iter().chain(common).collect::<Vec<_>>(), [])
}
