//! Sessions: what was said in them, and their ways and ends.

use serde_json::{Value, json};

use super::schemas::texts;
use super::{answering_compact, for_messaging, missing, taking_object};
use crate::api::messaging::kinds::SAID;
use crate::api::messaging::messages::STATUSES;
use crate::api::messaging::sessions::MAX_SESSION_ID;
use crate::api::openapi::schema::{
    about, answered, any_object, asked, list, list_within, named, short_text, telling_text, text, whole, word,
};
use crate::api::openapi::{Call, Group};
use crate::domain::directory::{MAX_ID_CHARS, MAX_SKILL, MAX_SKILLS};

pub(super) fn group() -> Group {
    let session = || json!({"sessionId": "019e0a2c-3f7b-7a61-9d2e-5b6f0c1d2e3f"});
    let on_session = |call: Call| {
        let call = missing(for_messaging(call), "There is no such session.");
        taking_object(call, "SessionStatusCloseIn", [("session", session())])
    };
    let close = on_session(Call::post("/xms/api/v1/session/close", "closeSession", "Close a session"));
    let resolve = Call::post("/xms/api/v1/session/resolve", "resolveSession", "Resolve a session");
    let resolve = resolve.about("Its end is left to the customer: who writes on makes it unresolved.");
    let messages =
        Call::post("/xms/api/v1/session/messages", "listSessionMessages", "What was said in a session");
    let routing = Call::post(
        "/xms/api/v1/session/routing",
        "routeSession",
        "Assign a session to another queue",
    )
    .about(
        "`queue` is `bot`, `agents`, a team by its name or id, or a bot or agent of the session's hub by its \
             integration's id. `agent`, `team` and `skills` narrow down a queue of agents.",
    );
    let example = json!({"sessionId": "019e0a2c-3f7b-7a61-9d2e-5b6f0c1d2e3f", "queue": "agents", "skills": ["dental"],
        "params": {"reason": "toothache"}});
    let routing = taking_object(
        missing(for_messaging(routing), "There is no such session."),
        "SessionQueueAssignmentIn",
        [("skilled", example)],
    );
    Group {
        name: "Messaging: sessions",
        about: "Conversations as back ends see them.",
        calls: vec![
            answering_compact(on_session(messages), "The messages, the oldest first.", "ChatMessageDTO"),
            answering_compact(close, "What happened.", "InBoundEvent"),
            answering_compact(on_session(resolve), "What happened.", "InBoundEvent"),
            answering_compact(
                routing,
                "What happened: `SESSION_ROUTED`, and `SESSION_ASSIGNED`.",
                "InBoundEvent",
            ),
        ],
        schemas: vec![
            ("SessionStatusCloseIn", asked([session_id()], [])),
            ("SessionQueueAssignmentIn", assignment()),
            ("ChatMessageDTO", message()),
            ("TagDocument", tags()),
            ("PBVCard", card()),
        ],
    }
}

fn session_id() -> (&'static str, Value) {
    ("sessionId", about(telling_text(MAX_SESSION_ID), "The session."))
}

fn assignment() -> Value {
    let name = || short_text(MAX_ID_CHARS);
    asked(
        [session_id(), ("queue", telling_text(MAX_ID_CHARS))],
        [
            ("agent", about(name(), "A user of the directory.")),
            ("team", about(name(), "A team, by its name or id.")),
            ("skills", list_within(telling_text(MAX_SKILL), 0, MAX_SKILLS)),
            ("params", about(any_object(), "Goes along to whoever gets the session.")),
        ],
    )
}

fn message() -> Value {
    let stamps = json!({"type": "object", "additionalProperties": {"type": "integer"}});
    let texts = [
        "bulkSessionId",
        "messageIdExt",
        "messageIdRef",
        "name",
        "replyId",
        "replyIdExt",
        "sender",
        "sessionId",
        "template",
        "templateId",
        "text",
    ];
    let others = [
        ("action", about(text(), "The code of the button that a customer chose.")),
        ("attachments", list(named("Attachment"))),
        ("contact", named("Contactable")),
        ("logs", list(any_object())),
        ("messageId", text()),
        ("meta", any_object()),
        ("options", named("CommonMsgOptions")),
        ("replyTo", any_object()),
        ("route", named("MessageRouter")),
        ("stamps", stamps),
        ("status", word(STATUSES)),
        ("tags", named("TagDocument")),
        ("timestamp", about(whole(), "Milliseconds since 1970.")),
        ("type", word(SAID)),
        ("vccards", list(named("PBVCard"))),
    ];
    answered(texts.iter().map(|name| (*name, text())).chain(others).collect::<Vec<_>>(), [])
}

fn tags() -> Value {
    let lists =
        ["categories", "cities", "countries", "langs", "locations", "organizations", "persons", "sentiments"];
    let lists = lists.iter().map(|name| (*name, list(text())));
    let score = about(whole(), "From -100 to 100.");
    answered(lists.chain([("sentimentScore", score)]).collect::<Vec<_>>(), [])
}

fn card() -> Value {
    let phone = [
        "country",
        "countryCallingCode",
        "ext",
        "label",
        "nationalNumber",
        "phone",
        "type",
        "uuid",
        "whatsAppId",
    ];
    answered(
        [
            ("addresses", list(any_object())),
            ("dates", list(any_object())),
            ("emails", list(texts(&["email", "label", "type", "uuid"]))),
            ("ims", list(texts(&["service", "userid"]))),
            ("locations", list(texts(&["address", "latitude", "longitude", "name", "url"]))),
            ("name", texts(&["firstName", "formattedName", "lastName", "middleName"])),
            ("phones", list(texts(&phone))),
            ("urls", list(texts(&["label", "type", "url", "uuid"]))),
            ("work", list(texts(&["company", "department", "title"]))),
        ],
        [],
    )
}
