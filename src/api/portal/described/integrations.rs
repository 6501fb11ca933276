//! Integrations: the calls, and what all channels have in common.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::configurations;
use crate::api::openapi::schema::{
    about, answered, asked, guid, list, named, one_of, telling_text, text, with_default, word,
};
use crate::api::openapi::{Call, Group, Parameter};
use crate::api::platform::codes::{Code, prt, shared};
use crate::api::platform::{Family, Portal, page_of};
use crate::api::portal::hub_body::MAX_NAME;
use crate::domain::integration::{ChannelType, IntegrationStatus, IntegrationType};
use crate::pipeline::FaultKind;
use crate::pipeline::FaultKind::{
    EmptyList, EmptyLocation, EmptyMessage, Missing, NotADecimal, OutOfRange, TooLong, Unsupported, WrongType,
};

const ALL: &str = "/api/v1/integrations";
const ONE: &str = "/api/v1/integrations/{integrationId}";
const OF_HUB: &str = "/api/v1/integrations/hubs/{hubId}";
const ON_CHANNEL: &str = "/api/v1/integrations/hubs/{hubId}/{channelType}";

/// What is wrong with messages is among them: a chat may start with some.
const FAULTS: &[FaultKind] = &[
    Missing,
    WrongType,
    Unsupported,
    OutOfRange,
    TooLong,
    EmptyList,
    EmptyMessage,
    EmptyLocation,
    NotADecimal,
];

pub(super) fn group() -> Group {
    let list_all = Call::get(ALL, "listIntegrations", "List integrations, the oldest first")
        .for_portal()
        .asked_with("hubId", guid(), "Only those of this hub.")
        .paged::<Portal>()
        .answers(StatusCode::OK, "A page of them.", named("IntegrationPage"))
        .refused_as(Family::Portal, &[shared::BAD_GUID])
        .refused_by(&[prt::HUB_NOT_FOUND]);
    let create = Call::post(OF_HUB, "createIntegration", "Create an integration of a hub")
        .about(
            "Names of a hub's integrations are unique in any case of letters. For TwilioSMS, Messenger and Slack the \
             provider is asked about the account first. With the id of an integration in place of the hub's the call \
             is `updateIntegration`: the platform uses one address for both.",
        )
        .for_portal()
        .on_guid::<Portal>("hubId", "The hub.")
        .with_object::<Portal>(named("IntegrationIn"), configurations::examples(), FAULTS)
        .answers(StatusCode::OK, "The integration.", named("Integration"))
        .leading_to(
            &["getIntegration", "updateIntegration", "deleteIntegration"],
            "integrationId",
            "integrationId",
        )
        .refused_as(Family::Portal, &[shared::NOT_ALLOWED])
        .refused_by(&[
            prt::HUB_NOT_FOUND,
            prt::INTEGRATION_NOT_FOUND,
            prt::INTEGRATION_NAME_TAKEN,
            prt::CHANNEL_TAKEN,
            Code::of_status(StatusCode::SERVICE_UNAVAILABLE),
        ]);
    let get = on_one(Call::get(ONE, "getIntegration", "Get an integration")).answers(
        StatusCode::OK,
        "The integration.",
        named("Integration"),
    );
    let examples = [
        ("pause", json!({"statusId": IntegrationStatus::Paused.code()})),
        ("rename", json!({"name": "Renamed", "statusId": IntegrationStatus::Active.code()})),
    ];
    let update = on_one(Call::put(ONE, "updateIntegration", "Change what the body names of an integration"))
        .about(
            "A configuration that is given replaces the present one as a whole, and is of the present channel. That \
             of TwilioSMS, Messenger and Slack was agreed with the provider: it stays as it is, whatever the body \
             says. While it takes part in open conversations an integration does not change between customers and \
             agents.",
        )
        .with_object::<Portal>(named("IntegrationPatch"), examples, FAULTS)
        .answers(StatusCode::OK, "The integration as it is now.", named("Integration"))
        .refused_as(Family::Portal, &[shared::NOT_ALLOWED])
        .refused_by(&[prt::INTEGRATION_NAME_TAKEN, prt::CHANNEL_TAKEN]);
    let delete = on_one(Call::delete(ONE, "deleteIntegration", "Delete an integration"))
        .about("Conversations that came by it are closed first; its connections end.")
        .answers_nothing(StatusCode::OK, "It is gone.");
    let on_channel =
        Call::get(ON_CHANNEL, "listIntegrationsOnChannel", "List a hub's integrations on one channel")
            .for_portal()
            .on_guid::<Portal>("hubId", "The hub.")
            .taking(Parameter::path(
                "channelType",
                channel_in_address(),
                "The channel, by its name or its number.",
            ))
            .answers(StatusCode::OK, "All of them.", list(named("Integration")))
            .refused_as(Family::Portal, &[shared::VALUE_NOT_SUPPORTED])
            .refused_by(&[prt::HUB_NOT_FOUND]);
    let own = vec![
        ("Integration", integration()),
        ("IntegrationPage", page_of("Integration")),
        ("IntegrationIn", configurations::integration_in()),
        ("IntegrationPatch", asked([], [name(), status(), ("configuration", configurations::any_in())])),
    ];
    Group {
        name: "Integrations",
        about: "Ways into and out of a hub, each on a channel.",
        calls: vec![list_all, create, get, update, delete, on_channel],
        schemas: [own, configurations::schemas()].concat(),
    }
}

fn on_one(call: Call) -> Call {
    call.for_portal()
        .on_guid::<Portal>("integrationId", "The integration.")
        .refused_by(&[prt::INTEGRATION_NOT_FOUND])
}

fn integration() -> Value {
    let inbound = "By which the provider names the account.";
    answered(
        [
            ("integrationId", guid()),
            ("hubId", guid()),
            ("integrationTypeId", word(names(IntegrationType::ALL, IntegrationType::name))),
            ("channelId", word(names(ChannelType::ALL, ChannelType::name))),
            ("name", text()),
            status(),
            ("configuration", configurations::any()),
        ],
        [("inboundId", about(text(), inbound))],
    )
}

pub(super) fn name() -> (&'static str, Value) {
    ("name", telling_text(MAX_NAME))
}

pub(super) fn status() -> (&'static str, Value) {
    let codes = [IntegrationStatus::Active, IntegrationStatus::Paused].map(IntegrationStatus::code);
    let status = with_default(one_of(codes), IntegrationStatus::default().code());
    ("statusId", about(status, "3000 active, 3002 paused: it hears nothing and may say nothing."))
}

fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|one| name(*one)).collect()
}

/// In an address a number is a text like any other.
fn channel_in_address() -> Value {
    let numbers = ChannelType::ALL.iter().map(|channel| channel.code().to_string());
    word(ChannelType::ALL.iter().map(|channel| channel.name().to_owned()).chain(numbers))
}
