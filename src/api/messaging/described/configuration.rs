//! Channels, variables, templates and the webhook.

use serde_json::{Value, json};

use super::schemas::{language, texts};
use super::{
    answering_compact, answering_full, argument, faulty, for_messaging, missing, on_one, taking_object,
};
use crate::api::messaging::channels::{SANDBOX, SANDBOX_AS_SPELLED};
use crate::api::messaging::ids::{CONTACT_TYPES, MAX_CHANNEL_ID};
use crate::api::messaging::media::MAX_LABEL;
use crate::api::messaging::template_body::{MAX_CODE, MAX_LINE};
use crate::api::messaging::vars::{MAX_DESCRIPTION, MAX_GROUP, MAX_TYPE};
use crate::api::openapi::schema::{
    about, answered, any_object, any_of, asked, boolean, list, named, short_text, telling_text, text,
    web_address, whole, with_default, word,
};
use crate::api::openapi::{Call, Group};
use crate::api::web_address::MAX_URL;
use crate::domain::messaging::{ApprovalStatus, ValueKind};

const VARS: &str = "/xms/api/v1/config/global/vars";
const VAR: &str = "/xms/api/v1/config/global/vars/{id}";
const TEMPLATES: &str = "/xms/api/v1/config/tmpl/hsm";
const WEBHOOK: &str = "/xms/api/v1/config/webhook";
const TEMPLATE: &str = "/xms/api/v1/config/tmpl/hsm/{id}";

pub(super) fn group() -> Group {
    Group {
        name: "Messaging: configuration",
        about: "What business back ends message by: channels, variables, templates, and their webhook.",
        calls: [vec![channels()], variables(), templates(), webhook()].concat(),
        schemas: vec![
            ("MsgChannel", channel()),
            ("CompanyVarsConfigDoc", variable()),
            ("CompanyVarsConfigDocIn", variable_in()),
            ("HSMTemplateDoc", template()),
            ("HSMTemplateDocIn", template_in()),
            ("WebhookUrlRequestIn", asked([("url", web_address(MAX_URL))], [])),
            ("ClientApp", app()),
        ],
    }
}

fn channels() -> Call {
    let wanted = "Whether sandbox channels are listed as well.";
    let call = Call::get("/xms/api/v1/config/channels", "listChannels", "List the channels")
        .taking(argument(SANDBOX, boolean(), wanted))
        .taking(argument(SANDBOX_AS_SPELLED, boolean(), "The same, as the reference spells it."));
    let call = faulty(for_messaging(call), "Neither true nor false.");
    answering_compact(call, "The channels of every hub.", "MsgChannel")
}

fn variables() -> Vec<Call> {
    let example =
        || [("shop", json!({"key": "SHOP", "value": "The Corner Shop", "description": "Who we are"}))];
    let list = Call::get(VARS, "listVariables", "List the global variables").taking(argument(
        "channelId",
        text(),
        "Only those that are for this channel.",
    ));
    let list = missing(for_messaging(list), "There is no such channel.");
    let create = for_messaging(Call::post(VARS, "createVariable", "Create a global variable"));
    let replace = on_one(for_messaging(Call::put(VAR, "replaceVariable", "Replace a global variable")));
    let delete = on_one(for_messaging(Call::delete(VAR, "deleteVariable", "Delete a global variable")));
    let is_it = |call, words| answering_full(call, words, "CompanyVarsConfigDoc");
    vec![
        is_it(list, "The variables, the oldest first."),
        is_it(taking_object(create, "CompanyVarsConfigDocIn", example()), "The variable."),
        is_it(taking_object(replace, "CompanyVarsConfigDocIn", example()), "The variable as it is now."),
        is_it(delete, "The variable as it was."),
    ]
}

fn templates() -> Vec<Call> {
    let example = || {
        let least = json!({"code": "FEEDBACK", "body": "How was it, {{name}}?"});
        let full = json!({"code": "RECEIPT", "lang": "en_US", "name": "Receipt", "category": "UTILITY",
            "contactType": "SMS", "header": "{{SHOP}}", "body": "You paid {{amount}} {{currency}}.",
            "footer": "Thanks", "model": {"currency": "INR"},
            "options": {"buttons": [{"type": "QUICK_REPLY", "label": "OK", "code": "ok"}]},
            "attachments": [{"mediaType": "PDF", "mediaURL": "https://shop.example.com/receipt.pdf"}]});
        [("least", least), ("most", full)]
    };
    let status = word(ApprovalStatus::WORDS.iter().copied());
    let list = Call::get(TEMPLATES, "listTemplates", "List the templates")
        .taking(argument("channelId", text(), "Only those that are approved on this channel."))
        .taking(argument("channelStatus", status, "Only those of this status: on the channel, or on any."));
    let list = faulty(missing(for_messaging(list), "There is no such channel."), "There is no such status.");
    let create = for_messaging(Call::post(TEMPLATES, "createTemplate", "Create a template"));
    let replace = on_one(for_messaging(Call::put(TEMPLATE, "replaceTemplate", "Replace a template")));
    let delete = on_one(for_messaging(Call::delete(TEMPLATE, "deleteTemplate", "Delete a template")));
    let is_it = |call, words| answering_full(call, words, "HSMTemplateDoc");
    vec![
        is_it(list, "The templates, the oldest first."),
        is_it(taking_object(create, "HSMTemplateDocIn", example()), "The template."),
        is_it(taking_object(replace, "HSMTemplateDocIn", example()), "The template as it is now."),
        is_it(delete, "The template as it was."),
    ]
}

fn webhook() -> Vec<Call> {
    let call = Call::post(WEBHOOK, "setWebhook", "Register where the back end hears").about(
        "The token stands in this answer and in no other. It comes along with every call to the webhook.",
    );
    let call = taking_object(
        for_messaging(call),
        "WebhookUrlRequestIn",
        [("https", json!({"url": "https://www.example.com/webhook"}))],
    );
    let withdraw = Call::delete(WEBHOOK, "withdrawWebhook", "Withdraw where the back end hears")
        .about("Nothing is sent there any more: what waits is given up, and can be sent again after the next registration.");
    let withdraw = missing(for_messaging(withdraw), "No address is registered.");
    vec![
        answering_full(call, "The registration, with a new token.", "ClientApp"),
        answering_full(withdraw, "The registration as it was, without its token.", "ClientApp"),
    ]
}

fn channel() -> Value {
    answered(
        [
            ("channelId", about(text(), "`<prefix>:<lane>`.")),
            ("contactType", word(CONTACT_TYPES)),
            ("lane", about(text(), "The address of the business on the channel, or the integration's id.")),
            ("name", about(text(), "The integration's name.")),
        ],
        [],
    )
}

fn variable() -> Value {
    answered(
        [
            ("description", text()),
            ("disabled", boolean()),
            ("domain", about(text(), "The organization.")),
            ("group", text()),
            ("id", text()),
            ("key", text()),
            ("server", about(text(), "Where clients reach this server.")),
            ("shared", about(boolean(), "Whether it is for every channel.")),
            ("type", about(text(), VALUE_TYPES)),
            ("value", json!({})),
        ],
        [],
    )
}

const VALUE_TYPES: &str = "`TEXT`, `DATE`, `NUMBER`, `LIST`, or a type of one's own.";

fn variable_in() -> Value {
    let key = json!({"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"});
    let of = |kind: Option<ValueKind>, value: Value| {
        let mut optional = vec![
            ("description", short_text(MAX_DESCRIPTION)),
            ("disabled", with_default(boolean(), false)),
            ("group", about(short_text(MAX_GROUP), "The only channel of a variable that is not shared.")),
            ("shared", with_default(boolean(), true)),
        ];
        let mut required = vec![("key", key.clone()), ("value", about(value, &within("value_bytes")))];
        match kind {
            Some(ValueKind::Text) => optional.push(("type", word([ValueKind::Text.word()]))),
            Some(kind) => required.push(("type", word([kind.word()]))),
            None => {
                let mut own = about(telling_text(MAX_TYPE), "A type of one's own.");
                own["not"] = word(ValueKind::WORDS.iter().copied());
                required.push(("type", own));
            }
        }
        asked(required, optional)
    };
    any_of([
        of(Some(ValueKind::Text), text()),
        of(Some(ValueKind::Date), text()),
        of(Some(ValueKind::Number), json!({"type": "number"})),
        of(Some(ValueKind::List), list(json!({}))),
        of(None, json!({})),
    ])
}

const TEXTS: [&str; 14] = [
    "body",
    "category",
    "categoryType",
    "code",
    "contactType",
    "createdBy",
    "desc",
    "footer",
    "formatType",
    "header",
    "id",
    "lang",
    "name",
    "template",
];

fn template() -> Value {
    let mut schema = answered(
        TEXTS.iter().map(|name| (*name, text())).chain([
            ("title", text()),
            ("approved", list(texts(&["channelId", "status", "templateId"]))),
            ("attachments", list(named("Attachment"))),
            ("createdStamp", about(whole(), "Milliseconds since 1970.")),
            ("meta", any_object()),
            ("model", any_object()),
            ("options", named("CommonMsgOptions")),
        ]),
        [],
    );
    schema["properties"]["body"]["description"] = "The text, with `{{name}}` where a value goes.".into();
    schema
}

fn template_in() -> Value {
    let approval = asked(
        [
            ("channelId", telling_text(MAX_CHANNEL_ID)),
            ("status", word(ApprovalStatus::WORDS.iter().copied())),
        ],
        [("templateId", short_text(MAX_LABEL))],
    );
    let lines = ["name", "desc", "title", "header", "footer", "category", "categoryType", "formatType"];
    let model = format!("Values for its places where a message brings none. {}", within("value_bytes"));
    let source = || about(telling(), &within("template_chars"));
    let optional: Vec<_> = lines
        .iter()
        .map(|name| (*name, short_text(MAX_LINE)))
        .chain([
            ("lang", language(MAX_LABEL)),
            ("contactType", word(CONTACT_TYPES)),
            ("approved", about(list(approval), &within("channels_per_template"))),
            ("attachments", about(list(named("AttachmentIn")), &within("attachments_per_template"))),
            ("meta", about(any_object(), &within("value_bytes"))),
            ("model", about(any_object(), &model)),
            ("options", about(named("CommonMsgOptionsIn"), "Only its buttons are kept.")),
        ])
        .collect();
    let with = |needed: &'static str, other: &'static str| {
        let optional = optional.iter().cloned().chain([(other, about(text(), &within("template_chars")))]);
        asked([("code", telling_text(MAX_CODE)), (needed, source())], optional.collect::<Vec<_>>())
    };
    any_of([with("body", "template"), with("template", "body")])
}

/// A text that is not blank, however long.
fn telling() -> Value {
    json!({"type": "string", "minLength": 1, "pattern": "\\S"})
}

/// What is said of a member that may have as much as the server is set to.
fn within(key: &str) -> String {
    format!("At most as much as the server is set to: `messaging.{key}`.")
}

fn app() -> Value {
    let secret = answered([], [("verifyToken", about(text(), "What comes along as `x-verify-token`."))]);
    answered(
        [
            ("agentApp", boolean()),
            ("appHook", about(text(), "The address.")),
            ("appHookFrwrd", text()),
            ("appMode", text()),
            ("appType", text()),
            ("config", any_object()),
            ("forward", text()),
            ("id", text()),
            ("key", about(text(), "The client.")),
            ("keyName", about(text(), "The header that carries the token.")),
            ("keyVersion", text()),
            ("props", any_object()),
            ("queue", text()),
            ("readOnly", boolean()),
            ("secret", secret),
            ("shared", boolean()),
            ("webhook", text()),
        ],
        [],
    )
}
