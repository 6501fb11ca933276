//! Transfer and response commands.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::openapi::schema::{
    about, answered, any_object, any_of, asked, guid, list, list_within, named, short_text, telling_text,
    text, web_address, whole, whole_within, with_default, word,
};
use crate::api::openapi::{Call, Group};
use crate::api::platform::codes::{prt, shared};
use crate::api::platform::{Family, Portal, said};
use crate::api::portal::fields::MAX_URL;
use crate::api::portal::hub_body::{MAX_DESCRIPTION, MAX_NAME};
use crate::api::portal::response_body::{MAX_CATEGORY, MAX_RESPONSES};
use crate::api::portal::transfer_body::MAX_LINK_DESCRIPTION;
use crate::domain::command::{ResponseParty, ResponseType};
use crate::pipeline::FaultKind;
use crate::pipeline::FaultKind::{
    EmptyList, EmptyLocation, EmptyMessage, Missing, NotADecimal, OutOfRange, TooLong, Unsupported, WrongType,
};

const TRANSFER_FAULTS: &[FaultKind] = &[Missing, WrongType, OutOfRange, TooLong];
const RESPONSE_FAULTS: &[FaultKind] = &[
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

const PARTIES: [ResponseParty; 2] = [ResponseParty::Agent, ResponseParty::Customer];
const TYPES: [ResponseType; 2] = [ResponseType::Message, ResponseType::Event];

/// One kind of command: both kinds have the same calls.
struct Kind {
    /// As it stands in names of calls and schemas.
    name: &'static str,
    /// As it stands in sentences.
    word: &'static str,
    one: &'static str,
    all: &'static str,
    faults: &'static [FaultKind],
}

const TRANSFERS: Kind = Kind {
    name: "Transfer",
    word: "transfer",
    one: "/api/v1/commands/transfers/{id}",
    all: "/api/v1/commands/transfers/hub/{hubId}",
    faults: TRANSFER_FAULTS,
};

const RESPONSES: Kind = Kind {
    name: "Response",
    word: "response",
    one: "/api/v1/commands/responses/{id}",
    all: "/api/v1/commands/responses/hub/{hubId}",
    faults: RESPONSE_FAULTS,
};

pub(super) fn group() -> Group {
    let transfer =
        json!({"name": "billing", "url": "https://pay.example.com/chat", "linkDescription": "Go to billing"});
    let full = json!({"name": "sales", "description": "To the shop", "url": "https://shop.example.com/chat?from=care",
        "linkDescription": "Go to the shop", "mountDelay": 250});
    let message = json!({"name": "hello", "category": "greetings", "description": "A greeting",
    "integrationTypeId": ResponseParty::Customer.name(), "type": ResponseType::Message.name(),
    "responses": [
        {"type": "text", "text": "Hello!"},
        {"type": "text", "actions": [{"type": "reply", "title": "Yes", "payload": "yes"}]},
    ]});
    let event = json!({"name": "show-invoice", "integrationTypeId": ResponseParty::Agent.name(),
        "type": ResponseType::Event.name(),
        "responses": [{"type": "payload", "payloadType": "invoice", "payload": {"number": 4711}}]});
    let move_it = json!({"url": "https://pay.example.com/new", "mountDelay": 0});
    let transfers = TRANSFERS.calls([("least", transfer), ("all", full)], [("moved", move_it)]);
    let responses = RESPONSES.calls(
        [("messages", message), ("events", event)],
        [("moved", json!({"category": "smalltalk", "description": ""}))],
    );
    Group {
        name: "Commands",
        about: "What agents can have done by a word: sending a web chat elsewhere, or saying what was prepared.",
        calls: [transfers, responses].concat(),
        schemas: vec![
            ("Transfer", transfer_out()),
            ("TransferIn", transfer_in()),
            ("TransferPatch", transfer_patch()),
            ("Response", response_out()),
            ("ResponseIn", response_in()),
            ("ResponsePatch", response_patch()),
        ],
    }
}

impl Kind {
    fn calls<const C: usize, const U: usize>(
        &self,
        creations: [(&str, Value); C],
        updates: [(&str, Value); U],
    ) -> Vec<Call> {
        let Self { name, word, one, all, faults } = self;
        let id = |verb: &str| format!("{verb}{name}");
        let article = |verb: &str| format!("{verb} a {word} command");
        let (body, patch) = (named(&format!("{name}In")), named(&format!("{name}Patch")));
        let of_hub = |call: Call, parameter: &str| {
            let call = call.for_portal().on_guid::<Portal>(parameter, "The hub.");
            call.refused_by(&[prt::HUB_NOT_FOUND])
        };
        let on_one = |call: Call| {
            let call = call.for_portal().on_guid::<Portal>("id", "The command.");
            call.refused_as(Family::Portal, &[shared::NOT_FOUND])
        };
        let create = Call::post(one, &id("create"), &article("Create"))
            .about("The id in the address is the hub's. Names of one kind of command are unique in a hub.");
        let create = of_hub(create, "id")
            .with_object::<Portal>(body, creations, faults)
            .answers(StatusCode::OK, "The command.", named(name))
            .leading_to(&[&id("get"), &id("update"), &id("delete")], "id", "commandId")
            .leading_to(&[&format!("list{name}s")], "hubId", "hubId")
            .refused_as(Family::Portal, &[shared::NOT_ALLOWED])
            .refused_by(&[prt::HUB_NAME_TAKEN]);
        let update =
            Call::put(one, &id("update"), &format!("Change what the body names of a {word} command"));
        let update = on_one(update)
            .with_object::<Portal>(patch, updates, faults)
            .answers(StatusCode::OK, "The command as it is now.", named(name))
            .refused_by(&[prt::HUB_NAME_TAKEN]);
        let get = on_one(Call::get(one, &id("get"), &article("Get"))).answers(
            StatusCode::OK,
            "The command.",
            named(name),
        );
        let delete = on_one(Call::delete(one, &id("delete"), &article("Delete")))
            .answers_nothing(StatusCode::OK, "It is gone.");
        let summary = format!("List a hub's {word} commands, the oldest first");
        let list_all = of_hub(Call::get(all, &format!("list{name}s"), &summary), "hubId").answers(
            StatusCode::OK,
            "All of them.",
            list(named(name)),
        );
        vec![list_all, create, get, update, delete]
    }
}

type Property = (&'static str, Value);

fn name() -> Property {
    ("name", telling_text(MAX_NAME))
}

fn description() -> Property {
    ("description", short_text(MAX_DESCRIPTION))
}

fn url() -> Property {
    ("url", about(web_address(MAX_URL), "Where the chat is sent: http or https."))
}

fn link() -> Property {
    ("linkDescription", telling_text(MAX_LINK_DESCRIPTION))
}

fn delay() -> Property {
    let millis = with_default(whole_within(i32::MIN.into(), i32::MAX.into()), 0);
    ("mountDelay", about(millis, "Milliseconds after which the other page is shown."))
}

fn transfer_in() -> Value {
    asked([name(), url(), link()], [description(), delay()])
}

fn transfer_patch() -> Value {
    asked([], [name(), url(), link(), description(), delay()])
}

fn transfer_out() -> Value {
    answered(
        [
            ("commandId", guid()),
            ("hubId", guid()),
            ("name", text()),
            ("description", text()),
            ("url", text()),
            ("linkDescription", text()),
            ("mountDelay", whole()),
        ],
        [],
    )
}

fn category() -> Property {
    ("category", short_text(MAX_CATEGORY))
}

fn party() -> Property {
    let party = word(PARTIES.map(ResponseParty::name));
    ("integrationTypeId", about(party, "Who hears it, in any case of letters."))
}

fn responses(of: &str) -> Property {
    ("responses", list_within(named(of), 1, MAX_RESPONSES))
}

/// What the responses are is told by the type.
fn response_in() -> Value {
    let of = |kind: ResponseType, item: &str| {
        let kind = word([kind.name()]);
        asked([name(), party(), ("type", kind), responses(item)], [category(), description()])
    };
    any_of([of(ResponseType::Message, said::MESSAGE), of(ResponseType::Event, said::EVENT)])
}

fn response_patch() -> Value {
    let kind = || word(TYPES.map(ResponseType::name));
    let of = |item: &str| {
        asked([], [name(), party(), ("type", kind()), responses(item), category(), description()])
    };
    let either = any_of([of(said::MESSAGE), of(said::EVENT)]);
    about(
        either,
        "What is said is of the present type, unless the body names another one and what is said by it.",
    )
}

fn response_out() -> Value {
    answered(
        [
            ("commandId", guid()),
            ("hubId", guid()),
            ("name", text()),
            ("category", text()),
            ("description", text()),
            ("integrationTypeId", word(PARTIES.map(ResponseParty::name))),
            ("type", word(TYPES.map(ResponseType::name))),
            ("responses", list(any_object())),
        ],
        [],
    )
}
