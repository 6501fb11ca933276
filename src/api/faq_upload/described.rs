//! The calls of this face as the document describes them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{FAILED, IN_PROGRESS, SUCCEEDED};
use super::refusal::{BAD_BODY, FORBIDDEN, NO_SUCH_DOMAIN, UNAUTHORIZED};
use crate::api::openapi::schema::{
    about, answered, any_object, boolean, guid, named, text, whole, whole_from, word,
};
use crate::api::openapi::{Call, Group, Parameter};

/// Everything that [`router`](super::router) routes.
pub(in crate::api) fn described() -> Vec<Group> {
    let creating = [
        ("/mogambo_api/nodes/faq/create", "createFaqNodes"),
        ("/mogambo_api/nodes/faq/create/", "createFaqNodesWithSlash"),
    ];
    let asking = [
        ("/mogambo_api/nodes/faq/create/status/{task_id}", "getFaqTask"),
        ("/mogambo_api/nodes/faq/create/status/{task_id}/", "getFaqTaskWithSlash"),
    ];
    vec![Group {
        name: "FAQ",
        about: "What a bot answers from, uploaded as a sheet: it takes the place of all that the bot knew.",
        calls: creating.map(create).into_iter().chain(asking.map(status)).collect(),
        schemas: vec![
            ("FaqTask", envelope([("task_id", guid())])),
            ("FaqTaskStatus", envelope([("status", status_text())])),
            ("FaqRefusal", answered([("error_message", text())], [("detail", detail())])),
        ],
    }]
}

fn create((path, id): (&'static str, &str)) -> Call {
    let form = json!({
        "type": "object",
        "required": ["domain_name", "csv_file"],
        "properties": {
            "domain_name": about(text(), "The name of the bot's integration, or its id."),
            "csv_file": {
                "type": "string",
                "contentMediaType": "text/csv",
                "description": "A header that names `node_name`, `question` (or `user says`) and `answer` (or \
                                `bot says`), and a row for each node: `|` between questions, `<m>` between answers.",
            },
        },
    });
    let example = json!({
        "domain_name": "FAQ bot",
        "csv_file": "node_name,question,answer\nhours,When do you open?|Opening hours,At nine.<m>Come early!\n",
    });
    let call = Call::post(path, id, "Upload what a bot is to answer from")
        .about(
            "The answer comes as soon as the file was taken; what becomes of it is asked for by the id of its task. \
             Until the task has succeeded the bot answers as before.",
        )
        .with_body("multipart/form-data", form, [("form", example)])
        .answers(StatusCode::OK, "The file was taken.", named("FaqTask"));
    let call =
        refused(call, StatusCode::BAD_REQUEST, &format!("`{NO_SUCH_DOMAIN}`: the caller has no such bot."));
    let call = refused(
        call,
        StatusCode::BAD_REQUEST,
        &format!("`{BAD_BODY}`; `detail` tells what is wrong with the form."),
    );
    let call = refused(
        call,
        StatusCode::PAYLOAD_TOO_LARGE,
        "The file, or all of the form, is larger than it may be.",
    );
    let call = refused(call, StatusCode::REQUEST_TIMEOUT, "The form took too long to arrive.");
    let call =
        refused(call, StatusCode::TOO_MANY_REQUESTS, "The tenant has as many uploads in progress as it may.");
    opened(call)
}

fn status((path, id): (&'static str, &str)) -> Call {
    let call = Call::get(path, id, "See how a task stands")
        .taking(Parameter::path("task_id", text(), "The task, as the upload was answered with it."))
        .answers(StatusCode::OK, "How it stands.", named("FaqTaskStatus"));
    opened(refused(call, StatusCode::NOT_FOUND, "The caller has no such task, or it was forgotten."))
}

/// What goes for all calls of the face.
fn opened(call: Call) -> Call {
    let call = call.opened_by([("handoffToken", &[]), ("clientId", &[])]);
    let call = refused(call, StatusCode::UNAUTHORIZED, &format!("`{UNAUTHORIZED}`."));
    let call = refused(call, StatusCode::FORBIDDEN, &format!("`{FORBIDDEN}`: the client is another API's."));
    let call = refused(
        call,
        StatusCode::TOO_MANY_REQUESTS,
        "The client calls too often; `Retry-After` tells how long.",
    );
    let late = "Seconds after which it makes sense to call again.";
    let call = refused(call, StatusCode::INTERNAL_SERVER_ERROR, "It is our fault.");
    refused(call, StatusCode::SERVICE_UNAVAILABLE, "The server is stopping.")
        .with_header(StatusCode::UNAUTHORIZED, "WWW-Authenticate", word(["Bearer"]), "What opens the call.")
        .with_header(StatusCode::TOO_MANY_REQUESTS, "Retry-After", whole_from(1), late)
        .with_header(StatusCode::SERVICE_UNAVAILABLE, "Retry-After", whole_from(1), late)
}

fn detail() -> Value {
    about(text(), &format!("What is wrong with a form; beside `{BAD_BODY}`."))
}

fn refused(call: Call, status: StatusCode, why: &str) -> Call {
    call.answers(status, why, named("FaqRefusal"))
}

fn envelope<'n>(body: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    let members = [
        ("success", about(boolean(), "False of a task that changed nothing.")),
        ("body", answered(body, [])),
        ("error", about(text(), "Why a task changed nothing; else empty.")),
        ("meta", about(meta(), "Of a task: its state, and counts of rows or nodes.")),
    ];
    answered(members, [])
}

fn meta() -> Value {
    let mut meta = any_object();
    meta["properties"] = json!({
        "state": {"enum": ["In Progress", "Success", "Error"]},
        "rows": {"type": ["integer", "null"], "description": "Rows of the file, once all were looked at."},
        "rows_checked": whole(),
        "rows_created": about(whole(), "Rows that are written; they are in force with the last."),
        "created": whole(),
        "updated": whole(),
        "unchanged": whole(),
        "removed": whole(),
    });
    meta
}

fn status_text() -> Value {
    about(text(), &format!("`{IN_PROGRESS}`, `{SUCCEEDED}`, or `{FAILED}: ` and what is wrong, by row."))
}
