//! The engine face's calls as the document describes them. It must not know how they are answered.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::openapi::schema::{
    about, answered, any_object, any_of, asked, boolean, guid, list, moment_of_utc, named, one_of, text,
    whole, whole_from, with_default, word,
};
use crate::api::openapi::{Call, Group, Parameter};
use crate::api::platform::codes::{eng, shared};
use crate::api::platform::{self, Conversations, Direct, Family, said};
use crate::domain::conversation::MAX_BINDING;
use crate::domain::integration::{ChannelType, IntegrationType};
use crate::pipeline::FaultKind::{
    EmptyList, EmptyLocation, EmptyMessage, Missing, NoContent, NotADecimal, NotAGuid, OutOfRange, TooLong,
    TwoContents, Unsupported, WrongType,
};
use crate::pipeline::{FaultKind, MAX_EXTERNAL_ID};

const ACTIVITY_FAULTS: &[FaultKind] = &[
    Missing,
    WrongType,
    Unsupported,
    OutOfRange,
    TooLong,
    NotAGuid,
    NotADecimal,
    EmptyList,
    EmptyMessage,
    EmptyLocation,
    NoContent,
    TwoContents,
];

const ACTIVITY: &str = "ActivityIn";
const CUSTOMER_ACTIVITY: &str = "CustomerActivityIn";

/// Everything that [`router`](super::router) routes.
pub(in crate::api) fn described() -> Vec<Group> {
    vec![conversations(), activities()]
}

fn conversations() -> Group {
    let example = json!({"integrationId": "018f6a3e-7e2b-7c9a-9d6f-3b1d2c4e5f60", "channelType": "Direct",
        "binding": "customer-4711", "properties": {"Profile": {"Full Name": "Ann Example"}}});
    let establish = Call::post("/api/v1/conversations/establish", "establishConversation", "Establish a conversation")
        .about(
            "Finds the customer's open conversation on this integration, or begins one. A visitor's is on the web \
             chat that the token is for.",
        )
        .for_chat()
        .with_object::<Conversations>(
            named("EstablishIn"),
            [("direct", example)],
            &[Missing, NotAGuid, Unsupported, TooLong, WrongType],
        )
        .answers(StatusCode::OK, "The conversation, and whether it is a new one.", named("Established"))
        .refused_by(&[
            eng::INTEGRATION_NOT_FOUND,
            eng::NOBODY_TO_ANSWER,
            eng::INTEGRATION_PAUSED,
            eng::CONVERSATION_PAUSED,
        ]);
    let get =
        on_one(Call::get("/api/v1/conversations/{conversationId}", "getConversation", "Get a conversation"))
            .answers(StatusCode::OK, "It, with its integration and hub.", named("Conversation"));
    let established = on_one(Call::get(
        "/api/v1/conversations/{conversationId}/established",
        "getEstablished",
        "Get a conversation as it was established",
    ))
    .answers(StatusCode::OK, "It, open or closed.", named("Established"));
    let of_hub = Call::get(
        "/api/v1/conversations/hubs/{hubId}/established",
        "listEstablished",
        "List the open conversations of a hub, the newest first",
    )
    .for_engine()
    .on_guid::<Conversations>("hubId", "The hub.")
    .answers(StatusCode::OK, "All of them.", list(named("Established")))
    .refused_by(&[eng::HUB_NOT_FOUND]);
    Group {
        name: "Conversations",
        about: "Who talks with whom.",
        calls: vec![establish, get, established, of_hub],
        schemas: vec![
            ("EstablishIn", establish_in()),
            ("Established", established_out()),
            ("Conversation", conversation()),
        ],
    }
}

fn activities() -> Group {
    let parties = [IntegrationType::Customer, IntegrationType::Agent, IntegrationType::Bot];
    let words = parties.map(IntegrationType::name).map(str::to_owned).into_iter();
    let party = word(words.chain(parties.map(|party| party.code().to_string())));
    let said = on_one(Call::get(
        "/api/v1/interactions/activities/{conversationId}",
        "listActivities",
        "List what one side of a conversation said and heard, the oldest first",
    ))
    .about("One answer has so many of them; a client goes on with the last `eventId` until it gets none.")
    .taking(
        Parameter::query(
            "type",
            party,
            "Whose side, by name in any case of letters or by number; a visitor's is Customer.",
        )
        .required(),
    )
    .asked_with("leid", with_default(whole_from(0), 0), "The `eventId` after which activities are wanted.")
    .answers(StatusCode::OK, "Activities.", list(named("Activity")))
    .refused_as(
        Family::Engine,
        &[
            shared::MISSING_ARGUMENT,
            shared::BAD_FORMAT,
            shared::VALUE_NOT_SUPPORTED,
            shared::BAD_NUMBER,
            shared::NOT_ALLOWED,
        ],
    );
    let customer = saying(
        Call::post(
            "/inbound/customer/v1/direct/activity/{conversationId}",
            "sendAsCustomer",
            "Say something as the customer, on the channel Direct",
        )
        .for_engine(),
        CUSTOMER_ACTIVITY,
    );
    let visitor = saying(
        Call::post(
            "/inbound/customer/v1/web-chat/{conversationId}",
            "sendAsVisitor",
            "Say something as the customer, on a web chat",
        )
        .for_chat(),
        CUSTOMER_ACTIVITY,
    );
    let business = saying(
        Call::post(
            "/inbound/business/v1/direct/activity/{conversationId}",
            "sendAsBusiness",
            "Say something as an agent or a bot",
        )
        .about(
            "`sender.integrationId` has to be there, and to be of the integration that the conversation is with. A \
             text that begins with `::` is a command: it is carried out, and what comes of it is heard and not \
             answered.",
        )
        .for_engine(),
        ACTIVITY,
    );
    Group {
        name: "Activities",
        about: "What is said in conversations.",
        calls: vec![said, customer, visitor, business],
        schemas: [
            platform::schemas(),
            vec![
                ("Activity", activity()),
                (ACTIVITY, activity_in(said::MESSAGE)),
                (CUSTOMER_ACTIVITY, activity_in(said::CUSTOMER_MESSAGE)),
                ("Receipt", receipt()),
            ],
        ]
        .concat(),
    }
}

fn on_one(call: Call) -> Call {
    call.for_chat()
        .on_guid::<Conversations>("conversationId", "The conversation.")
        .refused_by(&[eng::CONVERSATION_NOT_FOUND])
}

fn saying(call: Call, body: &str) -> Call {
    let text = json!({"type": "message", "message": {"type": "text", "text": "Hello!"}});
    let typing = json!({"type": "event", "event": {"type": "typing_on"}});
    call.on_guid::<Direct>("conversationId", "The conversation.")
        .with_object::<Direct>(named(body), [("text", text), ("typing", typing)], ACTIVITY_FAULTS)
        .answers(StatusCode::OK, "It was kept and published.", named("Receipt"))
        .refused_as(Family::Engine, &[shared::NOT_AVAILABLE, shared::NOT_ALLOWED])
        .refused_by(&[
            eng::CONVERSATION_NOT_FOUND,
            eng::INTEGRATION_NOT_FOUND,
            eng::CUSTOMER_GONE,
            eng::NOBODY_TO_ANSWER,
            eng::INTEGRATION_PAUSED,
            eng::CONVERSATION_PAUSED,
            eng::HUB_WEB_UNREACHABLE,
        ])
}

fn establish_in() -> Value {
    /// The number that the platform's page on establishing gives to Direct.
    const DIRECT_THERE: i64 = 2000;
    let channels = [ChannelType::Direct, ChannelType::WebChat];
    let names = channels.iter().map(|channel| json!(channel.name()));
    let codes = channels.iter().map(|channel| json!(channel.code())).chain([json!(DIRECT_THERE)]);
    let channel = about(one_of(names.chain(codes)), "By name in any case of letters or by number.");
    let binding = about(
        json!({"type": "string", "minLength": 1, "pattern": "\\S"}),
        &format!("What the customer is known by on this integration; at most {MAX_BINDING} bytes."),
    );
    let properties = about(
        json!({"type": "object", "additionalProperties": {"type": "object"}}),
        "Collections of names and values, told with everything that is said.",
    );
    asked(
        [("integrationId", guid()), ("channelType", channel), ("binding", binding)],
        [("properties", properties)],
    )
}

fn established_out() -> Value {
    answered(
        [
            ("tenantId", guid()),
            ("hubId", guid()),
            ("integrationId", guid()),
            ("conversationId", guid()),
            ("tokenId", text()),
            ("openedDateTime", moment_of_utc()),
            ("properties", any_object()),
        ],
        [
            ("closedDateTime", moment_of_utc()),
            ("isNew", about(boolean(), "Whether it was begun by the call that establishes.")),
        ],
    )
}

fn conversation() -> Value {
    let hub = answered(
        [
            ("hubId", guid()),
            ("tenantId", guid()),
            ("name", text()),
            ("description", text()),
            ("statusId", whole()),
            ("created", moment_of_utc()),
            ("modified", moment_of_utc()),
        ],
        [],
    );
    let integration = answered(
        [
            ("integrationId", guid()),
            ("hubId", guid()),
            ("hub", any_of([hub, json!({"type": "null"})])),
            ("integrationTypeId", word(IntegrationType::ALL.iter().map(|kind| kind.name()))),
            ("channelId", word(ChannelType::ALL.iter().map(|channel| channel.name()))),
            ("name", text()),
            ("statusId", whole()),
            ("created", moment_of_utc()),
            ("modified", moment_of_utc()),
        ],
        [],
    );
    answered(
        [
            ("conversationId", guid()),
            ("integrationId", guid()),
            ("tokenId", text()),
            ("properties", any_object()),
            ("openedDateTime", moment_of_utc()),
        ],
        [
            ("integration", about(integration, "As long as there is one.")),
            ("closedDateTime", moment_of_utc()),
        ],
    )
}

/// Either a message or an event; what else it holds goes along.
fn activity_in(message: &str) -> Value {
    let sender = asked([], [("integrationId", guid())]);
    let reference =
        about(text(), &format!("The sender's own, told with the activity; at most {MAX_EXTERNAL_ID} bytes."));
    any_of([("message", message), ("event", said::EVENT)].map(|(kind, content)| {
        asked(
            [("type", word([kind])), (kind, named(content))],
            [("externalId", reference.clone()), ("sender", sender.clone())],
        )
    }))
}

fn activity() -> Value {
    let party = || {
        answered(
            [
                ("integrationId", guid()),
                ("integrationType", word(IntegrationType::ALL.iter().map(|kind| kind.name()))),
                ("channelType", word(ChannelType::ALL.iter().map(|channel| channel.name()))),
                ("tokenId", text()),
            ],
            [],
        )
    };
    answered(
        [
            ("type", word(["message", "event"])),
            ("eventTrigger", about(text(), "The kind and the sender's type, as webhook filters name them.")),
            ("eventId", about(whole(), "Milliseconds, larger with each activity of a conversation.")),
            ("isEcho", about(boolean(), "Whether it is told to the one who sent it.")),
            ("flowProcess", text()),
            ("sender", party()),
        ],
        [
            ("recipient", about(party(), "Nobody while the conversation waits for one.")),
            ("externalId", text()),
            ("interactionId", about(guid(), "Of a message.")),
            ("message", any_object()),
            ("event", any_object()),
        ],
    )
}

fn receipt() -> Value {
    answered(
        [
            ("status", json!({"type": "integer", "const": 200})),
            ("eventId", whole()),
            ("hubId", guid()),
            ("conversationId", guid()),
            ("integrationId", guid()),
        ],
        [("externalId", text()), ("interactionId", about(guid(), "Of a message."))],
    )
}
