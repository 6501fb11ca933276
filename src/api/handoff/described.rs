//! The face's calls as the document describes them. It must not know how they are answered.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::history::MISSPELT_RESPONSE_TYPE;
use super::send_chat::{COUNTDOWNS, DEFAULT_COUNTDOWN};
use super::transcript::Form;
use crate::api::openapi::schema::{
    about, answered, any_object, any_of, asked, boolean, list, named, one_of, telling_text, text, whole,
    whole_from, whole_within, with_default, word,
};
use crate::api::openapi::{Call, Group, JSON, Parameter};
use crate::domain::conversation::MAX_BINDING;

const ERROR: &str = "HandoffError";

/// Everything that [`router`](super::router) routes: each address twice, with a slash at its end and without.
pub(in crate::api) fn described() -> Vec<Group> {
    let calls = [
        send_chat("/integration/external/v1.0/send_chat_to_agent", "sendChatToAgent"),
        send_chat("/integration/external/v1.0/send_chat_to_agent/", "sendChatToAgentSlash"),
        version_1("/integration/external/v1.0/get_chat_history", "getChatHistoryV1"),
        version_1("/integration/external/v1.0/get_chat_history/", "getChatHistoryV1Slash"),
        version_2("/integration/external/v2.0/get_chat_history", "getChatHistoryV2"),
        version_2("/integration/external/v2.0/get_chat_history/", "getChatHistoryV2Slash"),
        pxut("/integration/external/v2.0/pxut", "mintPxut"),
        pxut("/integration/external/v2.0/pxut/", "mintPxutSlash"),
    ];
    vec![Group {
        name: "Hand-off",
        about: "What bot platforms call: chats go to agents, and transcripts come back.",
        calls: calls.into(),
        schemas: vec![
            ("SendChatIn", send_chat_in()),
            ("PxutIn", asked([("business_id", business_id()), ("user_name", user_name())], [])),
            ("Pxut", answered([("pxut", text()), ("expires_in", seconds_of_pxut())], [])),
            ("Transcript", any_of([transcript(), answered([("chat_text", text())], [])])),
            (ERROR, answered([("error_message", text())], [("data", any_object())])),
        ],
    }]
}

fn send_chat(path: &'static str, id: &str) -> Call {
    let least = json!({"team_name": "Support", "user_name": "customer-4711", "business_id": 1});
    let all =
        json!({"team_name": "Support", "user_name": "customer-4711", "business_id": "1", "countdown": 5});
    let call = Call::post(path, id, "Move a chat to the agents of a team")
        .about(
            "When the countdown ends the user's chat goes to an agent of the team, or waits for one. Until then it \
             stays where it is, and the team's agents are shown that it comes. It stays there when it is ended or \
             goes to agents in another way. A second call takes the place of the first.",
        )
        .with_body(JSON, named("SendChatIn"), [("least", least), ("all", all)])
        .answers(StatusCode::OK, "The countdown runs.", answered([("success", boolean())], []));
    refused(call)
}

fn version_1(path: &'static str, id: &str) -> Call {
    let call = Call::get(path, id, "Read what was said in a chat")
        .about("Agents are named `agent(<name>)`.")
        .taking(Parameter::query("user_name", user_name(), "The user.").required())
        .taking(Parameter::query("business_id", whole(), "The business.").required())
        .taking(Parameter::query("conversation_no", whole_from(1), NUMBER).required());
    let misspelt = "Stands in for `response_type` where that is missing.";
    refused(history(call).taking(Parameter::query(MISSPELT_RESPONSE_TYPE, forms(), misspelt)))
}

fn version_2(path: &'static str, id: &str) -> Call {
    let call = Call::get(path, id, "Read what was said in a chat, also by a user's token")
        .about(
            "Agents are named by their names alone. Either `business_id` and `user_name` are given or `pxut`; the \
             token does not count where all three are.",
        )
        .taking(Parameter::query("user_name", user_name(), "The user."))
        .taking(Parameter::query("business_id", whole(), "The business."))
        .taking(Parameter::query("pxut", text(), "A token that stands for business and user."))
        .taking(Parameter::query("conversation_no", whole_from(1), NUMBER).required());
    refused(history(call))
}

const NUMBER: &str = "Which of the user's chats with the business, counted from 1.";

fn history(call: Call) -> Call {
    let form = with_default(forms(), Form::default().name());
    call.taking(Parameter::query(
        "limit",
        whole_from(1),
        "How many messages at most: the newest, in their order.",
    ))
    .taking(Parameter::query(
        "response_type",
        form,
        "Messages, or one text: a line for each, and four blanks before each further line of one.",
    ))
    .answers(StatusCode::OK, "What the user said and was told.", named("Transcript"))
}

fn forms() -> Value {
    word(Form::ALL.map(Form::name))
}

fn pxut(path: &'static str, id: &str) -> Call {
    let example = json!({"business_id": "1", "user_name": "customer-4711"});
    let call = Call::post(path, id, "Get a token that stands for a user of a business")
        .about("It is signed, and good with the client that asked for it alone.")
        .with_body(JSON, named("PxutIn"), [("user", example)])
        .answers(StatusCode::OK, "The token.", named("Pxut"));
    refused(call)
}

/// Who may call, and what all calls of the family refuse alike.
fn refused(call: Call) -> Call {
    let late = "Seconds after which it makes sense to call again.";
    let call = call.opened_by([("handoffToken", &[]), ("clientId", &[])]);
    [
        (StatusCode::BAD_REQUEST, "Something is missing, invalid, unknown or inactive, as the message says."),
        (StatusCode::UNAUTHORIZED, "The client or its token is missing, unknown or wrong."),
        (StatusCode::FORBIDDEN, "The client is for another API."),
        (StatusCode::REQUEST_TIMEOUT, "The body took too long."),
        (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON by its content type."),
        (StatusCode::TOO_MANY_REQUESTS, "The client calls too often."),
        (StatusCode::INTERNAL_SERVER_ERROR, "Something failed on our side."),
        (StatusCode::SERVICE_UNAVAILABLE, "The server is stopping."),
    ]
    .into_iter()
    .fold(call, |call, (status, about)| call.answers(status, about, named(ERROR)))
    .with_header(StatusCode::TOO_MANY_REQUESTS, "Retry-After", whole_from(1), late)
    .with_header(StatusCode::SERVICE_UNAVAILABLE, "Retry-After", whole_from(1), late)
    .with_header(StatusCode::UNAUTHORIZED, "WWW-Authenticate", word(["Bearer"]), "What opens the call.")
}

fn send_chat_in() -> Value {
    let (least, most) = (*COUNTDOWNS.start(), *COUNTDOWNS.end());
    let digits = one_of(COUNTDOWNS.map(|seconds| seconds.to_string()));
    let countdown = about(any_of([whole_within(least, most), digits]), "Seconds until the chat goes.");
    asked(
        [("team_name", text()), ("user_name", user_name()), ("business_id", business_id())],
        [("countdown", with_default(countdown, DEFAULT_COUNTDOWN))],
    )
}

fn business_id() -> Value {
    about(
        any_of([whole(), json!({"type": "string", "pattern": "^-?[0-9]+$"})]),
        "The number of the business.",
    )
}

fn user_name() -> Value {
    about(telling_text(MAX_BINDING), "The binding key of the customer.")
}

fn seconds_of_pxut() -> Value {
    about(whole_from(1), "Seconds for which it is good.")
}

fn transcript() -> Value {
    let message = answered(
        [
            ("text", text()),
            ("sender", about(text(), "`user`, `bot`, or the agent.")),
            ("message_id", whole()),
            ("timestamp", about(text(), "Such as `06/22/20 07:24:25 AM UTC`.")),
        ],
        [],
    );
    answered([("chat_json", list(message))], [])
}
