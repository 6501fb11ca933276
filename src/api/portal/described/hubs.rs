//! Hubs.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::openapi::schema::{
    about, answered, asked, guid, named, one_of, telling_text, text, whole_within, with_default,
};
use crate::api::openapi::{Call, Group};
use crate::api::platform::codes::{prt, shared};
use crate::api::platform::{Family, Portal, page_of};
use crate::api::portal::hub_body::{MAX_DESCRIPTION, MAX_DORMANT_DAYS, MAX_NAME};
use crate::domain::hub::HubStatus;
use crate::pipeline::FaultKind;
use crate::pipeline::FaultKind::{Missing, OutOfRange, TooLong, WrongType};

const ALL: &str = "/api/v1/hubs";
const ONE: &str = "/api/v1/hubs/{hubId}";

const FAULTS: &[FaultKind] = &[Missing, WrongType, OutOfRange, TooLong];

pub(super) fn group() -> Group {
    let list = Call::get(ALL, "listHubs", "List hubs, the oldest first")
        .for_portal()
        .paged::<Portal>()
        .answers(StatusCode::OK, "A page of them.", named("HubPage"));
    let full = json!({"name": "Support", "description": "Answers customers.", "closeDormantConversation": 30,
        "statusId": HubStatus::Active.code()});
    let examples = [("least", json!({"name": "Sales", "description": "Sells."})), ("all", full)];
    let create = Call::post(ALL, "createHub", "Create a hub")
        .about("Names of a tenant's hubs are unique in any case of letters.")
        .for_portal()
        .with_object::<Portal>(named("HubIn"), examples, FAULTS)
        .answers(StatusCode::OK, "The hub.", named("Hub"))
        .leading_to(
            &[
                "getHub",
                "updateHub",
                "deleteHub",
                "createIntegration",
                "listIntegrations",
                "getStages",
                "putStages",
            ],
            "hubId",
            "hubId",
        )
        .leading_to(&["createTransfer", "createResponse"], "id", "hubId")
        .refused_as(Family::Portal, &[shared::NOT_ALLOWED])
        .refused_by(&[prt::HUB_NAME_TAKEN]);
    let get = on_one(Call::get(ONE, "getHub", "Get a hub")).answers(StatusCode::OK, "The hub.", named("Hub"));
    let examples =
        [("pause", json!({"statusId": HubStatus::Paused.code()})), ("rename", json!({"name": "Care"}))];
    let update = on_one(Call::put(ONE, "updateHub", "Change what the body names of a hub"))
        .with_object::<Portal>(named("HubPatch"), examples, FAULTS)
        .answers(StatusCode::OK, "The hub as it is now.", named("Hub"))
        .refused_by(&[prt::HUB_NAME_TAKEN]);
    let delete = on_one(Call::delete(ONE, "deleteHub", "Delete a hub with all that it has"))
        .about("Its conversations are closed first; its integrations, commands and connections go with it.")
        .answers_nothing(StatusCode::OK, "It is gone.");
    Group {
        name: "Hubs",
        about: "Lines of a tenant's business.",
        calls: vec![list, create, get, update, delete],
        schemas: vec![
            ("Hub", hub()),
            ("HubPage", page_of("Hub")),
            ("HubIn", asked([name(), description()], [dormant(), status()])),
            ("HubPatch", asked([], [name(), description(), dormant(), status()])),
        ],
    }
}

fn on_one(call: Call) -> Call {
    call.for_portal().on_guid::<Portal>("hubId", "The hub.").refused_by(&[prt::HUB_NOT_FOUND])
}

fn hub() -> Value {
    answered(
        [
            ("hubId", guid()),
            ("tenantId", guid()),
            ("name", text()),
            ("description", text()),
            dormant(),
            status(),
        ],
        [],
    )
}

fn name() -> (&'static str, Value) {
    ("name", telling_text(MAX_NAME))
}

fn description() -> (&'static str, Value) {
    ("description", telling_text(MAX_DESCRIPTION))
}

fn dormant() -> (&'static str, Value) {
    let days = with_default(whole_within(0, MAX_DORMANT_DAYS.into()), 0);
    (
        "closeDormantConversation",
        about(days, "Days without a word after which a conversation is closed; 0 for never."),
    )
}

fn status() -> (&'static str, Value) {
    let codes = [HubStatus::Active, HubStatus::Paused].map(HubStatus::code);
    let status = with_default(one_of(codes), HubStatus::default().code());
    ("statusId", about(status, "2000 active, 2002 paused: customers are refused."))
}
