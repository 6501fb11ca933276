//! The bodies of the streaming face.

use serde_json::{Value, json};

use crate::api::openapi::schema::{
    about, answered, any_object, any_of, asked, boolean, list, list_within, named, short_text, text, whole,
    whole_within, with_default, word,
};
use crate::api::streaming::subscriptions::{MAX_DESCRIPTION, MOST_EVENTS};
use crate::api::streaming::v3::MOST_ACKNOWLEDGED;
use crate::domain::directory::MAX_ID_CHARS;

/// All of them by their names.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("StreamingError", error()),
        ("SessionIn", session_in()),
        ("SessionV2In", session_v2_in()),
        ("Session", session([("requireAcknowledgement", boolean())])),
        ("SessionV2", session([])),
        ("Events", events()),
        ("SubscriptionIn", subscription_in()),
        ("Subscription", subscription()),
        (
            "Subscriptions",
            answered(
                [
                    ("kind", word(["via#subscriptionsCollection"])),
                    ("subscriptions", list(named("Subscription"))),
                ],
                [],
            ),
        ),
        ("AcknowledgeIn", acknowledge_in()),
        (
            "Acknowledged",
            answered([("eventIdsAcknowledged", list(text())), ("eventIdsNotFound", list(text()))], []),
        ),
        ("EventsIn", events_in()),
        ("Published", published()),
        ("Catalog", catalog()),
    ]
}

fn error() -> Value {
    let fault = answered([("scope", text()), ("reason", text()), ("message", text())], []);
    answered([("code", about(whole(), "The status.")), ("message", text()), ("errors", list(fault))], [])
}

fn id() -> Value {
    let mut id = short_text(MAX_ID_CHARS);
    id["minLength"] = 1.into();
    id
}

fn delay() -> Value {
    about(with_default(whole_within(60, 600), 60), "Seconds without a poll after which the session ends.")
}

fn session_in() -> Value {
    let user = about(id(), "Whose events it hears; the client's own without it.");
    let acknowledged = with_default(boolean(), false);
    asked(
        [],
        [
            ("inactivityDelay", delay()),
            (
                "requireAcknowledgement",
                about(acknowledged, "Whether events stay until they are acknowledged."),
            ),
            ("userId", user),
        ],
    )
}

fn session_v2_in() -> Value {
    let known = "`inactivityDelay` (60 to 600 seconds) and `userId` mean something; others are let through.";
    let value = any_of([text(), whole()]);
    let property = asked([], [("propertyName", about(text(), known)), ("propertyValue", value)]);
    any_of([list_within(property, 0, 100), about(text(), "The same list as a text.")])
}

fn session<const N: usize>(more: [(&str, Value); N]) -> Value {
    let mut schema =
        answered([("sessionId", text()), ("creationTime", text()), ("inactivityDelay", whole())], []);
    for (name, of) in more {
        schema["properties"][name] = of;
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.push(name.into());
        }
    }
    schema
}

fn events() -> Value {
    let event = about(any_object(), "As the AsyncAPI document has it; in version 2 with its older names.");
    answered(
        [("kind", word(["via#streamingEventCollection"])), ("totalItems", whole()), ("events", list(event))],
        [],
    )
}

fn subscription_in() -> Value {
    let ids = any_of([list(id()), id()]);
    let resources = asked(
        [("resourceType", word(["users", "teams", "*"]))],
        [("resourceIds", about(ids, "Not asked for with `*`; of everything listed, `*` is all."))],
    );
    let criteria = asked(
        [
            ("catalogType", word(["engagementCenterThirdParty", "changeNotification"])),
            ("catalogTypeEvents", list_within(text(), 1, MOST_EVENTS)),
            ("resources", resources),
        ],
        [],
    );
    asked([("filterCriteria", criteria)], [("description", short_text(MAX_DESCRIPTION))])
}

fn subscription() -> Value {
    let resources = answered([("resourceType", text()), ("resourceIds", list(text()))], []);
    let criteria = answered(
        [("catalogType", text()), ("catalogTypeEvents", list(text())), ("resources", resources)],
        [],
    );
    answered(
        [
            ("kind", word(["via#subscription"])),
            ("subscriptionId", text()),
            ("description", text()),
            ("filterCriteria", criteria),
            ("creationTime", text()),
            ("lastModifiedTime", text()),
        ],
        [],
    )
}

fn acknowledge_in() -> Value {
    let event = asked([("eventId", text())], []);
    asked([("events", list_within(event, 1, MOST_ACKNOWLEDGED))], [])
}

fn events_in() -> Value {
    // Not nullable, unlike elsewhere: `null` would tell everybody what was meant for somebody.
    let mut event = asked(
        [("eventType", text()), ("payload", about(any_object(), "By the catalogue."))],
        [("correlationId", id())],
    );
    event["properties"]["userId"] = id();
    event["properties"]["teamId"] = id();
    event["description"] = "For a user, a team, or with neither the whole organization.".into();
    let mut events = list(event);
    events["minItems"] = 1.into();
    asked([("events", about(events, "As many as `streaming.max_batch_events` allows."))], [])
}

fn published() -> Value {
    let accepted =
        answered([("index", whole()), ("status", word(["accepted"])), ("correlationId", text())], []);
    let rejected = answered(
        [("index", whole()), ("status", word(["rejected"])), ("field", text()), ("message", text())],
        [],
    );
    answered([("results", list(any_of([accepted, rejected])))], [])
}

fn catalog() -> Value {
    answered(
        [
            ("kind", word(["via#eventCatalog"])),
            ("totalItems", whole()),
            ("events", list(any_object())),
            ("raised", json!({"type": "array", "items": {"type": "object"}})),
            ("changes", json!({"type": "array", "items": {"type": "object"}})),
        ],
        [],
    )
}
