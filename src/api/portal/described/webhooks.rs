//! What webhooks were sent, what became of it, and which have failed for good.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::openapi::schema::{
    about, answered, asked, guid, list_within, moment, moment_of_utc, named, or_null, text, whole,
    whole_from, whole_within, word,
};
use crate::api::openapi::{Call, Group, Parameter};
use crate::api::platform::codes::{prt, shared};
use crate::api::platform::{Family, Portal, page_of};
use crate::domain::delivery::{DeliveryStatus, MAX_ATTEMPTS};
use crate::domain::notification::{MAX_NAMED, Reason};
use crate::pipeline::FaultKind::{Missing, NotADate, WrongType};

const DELIVERIES: &str = "/api/v1/integrations/{integrationId}/deliveries";
const REPLAY_DEAD: &str = "/api/v1/integrations/{integrationId}/deliveries/replay";
const REPLAY: &str = "/api/v1/integrations/{integrationId}/deliveries/{deliveryId}/replay";
const NOTIFICATIONS: &str = "/api/v1/notifications";

pub(super) fn group() -> Group {
    let statuses = word(DeliveryStatus::ALL.map(DeliveryStatus::name));
    let list_deliveries = on_integration(Call::get(
        DELIVERIES,
        "listDeliveries",
        "What an integration's webhook was sent, the newest first",
    ))
    .asked_with("status", statuses, "Only those that stand so, in any case of letters.")
    .paged::<Portal>()
    .answers(StatusCode::OK, "A page of them.", named("DeliveryPage"))
    .refused_as(Family::Portal, &[shared::VALUE_NOT_SUPPORTED]);
    let replay_dead = on_integration(Call::post(
        REPLAY_DEAD,
        "replayDeliveries",
        "Send everything again that an integration's webhook would not take",
    ))
    .about(
        "All dead deliveries that were made at that moment or later are pending again, in their old order, with all \
         their attempts before them. A webhook that has answered 410 is sent to again.",
    )
    .with_object::<Portal>(
        asked([("since", about(moment(), "From when on."))], []),
        [("today", json!({"since": "2026-01-31T00:00:00Z"}))],
        &[Missing, WrongType, NotADate],
    )
    .answers(
        StatusCode::OK,
        "How many they are.",
        answered([("replayed", whole_from(0))], []),
    );
    let replay = on_integration(Call::post(REPLAY, "replayDelivery", "Send a delivery again"))
        .about("Also one that was taken. One that is pending stays as it is.")
        .taking(Parameter::path("deliveryId", guid(), "The delivery."))
        .answers(StatusCode::OK, "The delivery as it is now.", named("Delivery"))
        .refused_as(Family::Portal, &[shared::NOT_FOUND]);
    let list_notifications = Call::get(
        NOTIFICATIONS,
        "listNotifications",
        "Which webhooks have failed for good, the newest first",
    )
    .about(
        "Each tells of deliveries of one conversation that were given up together. Sessions hear of it as \
                 `messaging.DeliveryFailed`, and operators by mail where the broker has a server for it.",
    )
    .for_portal()
    .asked_with("integrationId", guid(), "Only those about this integration, which may be gone by now.")
    .paged::<Portal>()
    .answers(StatusCode::OK, "A page of them.", named("NotificationPage"))
    .refused_as(Family::Portal, &[shared::BAD_GUID])
    .refused_by(&[prt::INTEGRATION_NOT_FOUND]);
    Group {
        name: "Webhooks",
        about: "What webhooks were sent, and what became of it.",
        calls: vec![list_deliveries, replay_dead, replay, list_notifications],
        schemas: vec![
            ("Delivery", delivery()),
            ("DeliveryPage", page_of("Delivery")),
            ("DeliveryAttempt", attempt()),
            ("Notification", notification()),
            ("NotificationPage", page_of("Notification")),
        ],
    }
}

fn on_integration(call: Call) -> Call {
    call.for_portal()
        .on_guid::<Portal>("integrationId", "The integration.")
        .refused_by(&[prt::INTEGRATION_NOT_FOUND])
}

fn delivery() -> Value {
    let next = about(or_null(moment_of_utc()), "When it is tried next, where it waits for that.");
    let attempts = list_within(named("DeliveryAttempt"), 0, MAX_ATTEMPTS);
    answered(
        [
            ("deliveryId", guid()),
            ("conversationId", guid()),
            ("url", about(or_null(text()), "Where it goes now, if it goes anywhere.")),
            ("status", word(DeliveryStatus::ALL.map(DeliveryStatus::name))),
            ("createdAt", moment_of_utc()),
            ("nextAttemptAt", next),
            ("attempts", about(attempts, "The calls that were made, the oldest first.")),
        ],
        [],
    )
}

fn attempt() -> Value {
    let status = about(or_null(whole_within(100, 999)), "What the webhook answered, when it did.");
    answered(
        [
            ("at", moment_of_utc()),
            ("statusCode", status),
            ("error", about(or_null(text()), "Why it came to nothing.")),
            ("durationMs", about(whole(), "How long it took, in milliseconds.")),
        ],
        [],
    )
}

fn notification() -> Value {
    let deliveries = list_within(guid(), 0, MAX_NAMED);
    let client = about(text(), "In place of the integration, where the webhook is an application's.");
    answered(
        [
            ("notificationId", guid()),
            ("dateTime", moment_of_utc()),
            ("reason", about(word(Reason::ALL.map(Reason::name)), "Stopped: the webhook has answered 410.")),
            ("conversationId", guid()),
            ("count", about(whole(), "How many were given up; 0 after a 410 to what is not kept.")),
            ("deliveries", about(deliveries, "The oldest of them.")),
            ("lastAttempt", named("DeliveryAttempt")),
        ],
        [("integrationId", guid()), ("clientId", client)],
    )
}
