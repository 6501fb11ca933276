//! What a back end's webhook was sent, what became of it, and having it sent again.

use serde_json::json;

use super::{answering_full, argument, faulty, for_messaging, missing, taking_object};
use crate::api::messaging::deliveries::{MAX_PAGE_SIZE, PAGE_SIZE};
use crate::api::openapi::schema::{
    about, answered, asked, guid, moment, whole_from, whole_within, with_default, word,
};
use crate::api::openapi::{Call, Group, Parameter};
use crate::domain::delivery::DeliveryStatus;

const DELIVERIES: &str = "/xms/api/v1/config/webhook/deliveries";
const REPLAY_DEAD: &str = "/xms/api/v1/config/webhook/deliveries/replay";
const REPLAY: &str = "/xms/api/v1/config/webhook/deliveries/{deliveryId}/replay";

pub(super) fn group() -> Group {
    let statuses = word(DeliveryStatus::ALL.map(DeliveryStatus::name));
    let sizes = with_default(whole_within(1, MAX_PAGE_SIZE.into()), PAGE_SIZE);
    let list = Call::get(DELIVERIES, "listWebhookDeliveries", "What the webhook was sent, the newest first")
        .taking(argument("status", statuses, "Only those that stand so, in any case of letters."))
        .taking(argument("pageNumber", with_default(whole_from(0), 0), "Which page, counted from 0."))
        .taking(argument("pageSize", sizes, "How many a page has."));
    let list = faulty(for_messaging(list), "Arguments are not what they must be.");
    let replay_dead = Call::post(
        REPLAY_DEAD,
        "replayWebhookDeliveries",
        "Send everything again that the webhook would not take",
    )
    .about(
        "All dead deliveries that were made at that moment or later are pending again, in their old order, with all \
         their attempts before them. A webhook that has answered 410 is sent to again.",
    );
    let today = [("today", json!({"since": "2026-01-31T00:00:00Z"}))];
    let replay_dead = taking_object(for_messaging(replay_dead), "WebhookReplayRequestIn", today);
    let replay = Call::post(REPLAY, "replayWebhookDelivery", "Send a delivery again")
        .about("Also one that was taken. One that is pending stays as it is.")
        .taking(Parameter::path("deliveryId", guid(), "The delivery."));
    let replay = missing(for_messaging(replay), "There is no such delivery.");
    Group {
        name: "Messaging: deliveries",
        about: "What the webhook of a business back end was sent, and what became of it.",
        calls: vec![
            answering_full(list, "A page of them.", "DeliveryPage"),
            answering_full(replay_dead, "How many they are.", "WebhookReplay"),
            answering_full(replay, "The delivery as it is now.", "Delivery"),
        ],
        schemas: vec![
            ("WebhookReplayRequestIn", asked([("since", about(moment(), "From when on."))], [])),
            ("WebhookReplay", answered([("replayed", whole_from(0))], [])),
        ],
    }
}
