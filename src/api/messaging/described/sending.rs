//! Sending messages.

use serde_json::{Value, json};

use crate::api::messaging::contacts::MAX_LANG;
use crate::api::messaging::ids::{MAX_CHANNEL_ID, MAX_CONTACT_ID};
use crate::api::messaging::send::{BODY, TYPES};
use crate::api::openapi::schema::{
    about, answered, any_object, any_of, asked, boolean, list_from, named, short_text, text, web_address,
    word,
};
use crate::api::openapi::{Call, Group};
use crate::api::web_address::MAX_URL;
use crate::domain::conversation::MAX_BINDING;

use super::schemas::language;
use super::{answering_full, for_messaging, taking_object};

pub(super) fn group() -> Group {
    let send = Call::post("/xms/api/v1/message/send", "sendMessage", "Send a message to a contact");
    let example = json!({
        "channelId": "direct:3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "to": {"phone": "+91 9988776655", "name": "Ada"},
        "type": "text",
        "text": {"body": "Your order is on its way"},
        "mask": false,
    });
    let send = taking_object(for_messaging(send), BODY, [("text", example)]);
    let receipt = answered([("id", about(text(), "The message's id, by which its statuses are told."))], []);
    Group {
        name: "Messaging: sending",
        about: "What business back ends say to contacts. What becomes of it comes to their webhook.",
        calls: vec![answering_full(send, "The receipt.", "OutBoundReciept")],
        schemas: vec![
            (BODY, message()),
            ("OutBoundReciept", receipt),
            ("OutBoundContact", contact()),
            ("OutBoundMsgMedia", media()),
            ("OutBoundMsgText", asked([("body", text())], [])),
            ("CommonMsgLocation", location()),
            ("CommonMsgContactCard", card()),
            ("CommonTemplateMeta", template()),
        ],
    }
}

fn message() -> Value {
    let file = || named("OutBoundMsgMedia");
    asked(
        [
            ("channelId", about(short_text(MAX_CHANNEL_ID), "Over which channel it is sent.")),
            ("to", named("OutBoundContact")),
            ("type", about(word(TYPES), "`optin` and `optout` say nothing: they are kept of the contact.")),
        ],
        [
            ("text", about(named("OutBoundMsgText"), "Of the types `text` and `system`.")),
            ("image", file()),
            ("video", file()),
            ("audio", file()),
            ("voice", about(file(), "Of the type `voice`, which takes `audio` as well.")),
            ("document", file()),
            ("location", named("CommonMsgLocation")),
            ("contacts", list_from(named("CommonMsgContactCard"), 1)),
            ("template", named("CommonTemplateMeta")),
            ("options", named("CommonMsgOptionsIn")),
            ("mask", about(boolean(), "Whether only the contact sees what is said, while it is said.")),
        ],
    )
}

fn contact() -> Value {
    asked(
        [],
        [
            ("contactId", about(short_text(MAX_CONTACT_ID), "A contact on the channel.")),
            (
                "phone",
                about(short_text(MAX_BINDING), "Finds or makes the contact where there is no `contactId`."),
            ),
            ("email", about(short_text(MAX_BINDING), "The same, where there is no `phone` either.")),
            ("name", about(short_text(MAX_BINDING), "What `{{name}}` of a template stands for.")),
        ],
    )
}

fn media() -> Value {
    asked([("link", web_address(MAX_URL))], [("caption", text()), ("filename", text())])
}

fn location() -> Value {
    let degrees = || any_of([json!({"type": "number"}), text()]);
    asked(
        [],
        [
            ("latitude", degrees()),
            ("longitude", degrees()),
            ("address", text()),
            ("name", text()),
            ("url", text()),
        ],
    )
}

fn card() -> Value {
    let objects = || json!({"type": "array", "items": any_object()});
    let name = asked([], [("formatted_name", text()), ("first_name", text()), ("last_name", text())]);
    asked(
        [("name", name)],
        [
            ("addresses", objects()),
            ("birthday", text()),
            ("emails", objects()),
            ("ims", objects()),
            ("org", any_object()),
            ("phones", objects()),
            ("urls", objects()),
        ],
    )
}

const DATA: &str = "What stands in the places of the template. What it makes has at most as many bytes as the server is \
    set to: `messaging.filled_bytes`.";

fn template() -> Value {
    asked(
        [],
        [
            ("id", text()),
            ("code", about(text(), "Where there is no `id`.")),
            ("data", about(any_object(), DATA)),
            ("lang", about(language(MAX_LANG), "Else the language that the contact prefers.")),
            ("linked", text()),
        ],
    )
}
