//! The stages of a hub.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::openapi::schema::{
    about, answered, any_object, any_of, asked, boolean, list, list_from, list_within, named, short_text,
    telling_text, text, web_address, whole, whole_from, with_default, word,
};
use crate::api::openapi::{Call, Group};
use crate::api::platform::codes::prt;
use crate::api::platform::{Portal, said};
use crate::api::portal::fields::MAX_URL;
use crate::api::portal::pipeline_body::{DAYS, LANGUAGES, MAX_LANGUAGES, keywords, open_hours, plugin};
use crate::domain::directory::MAX_ID_CHARS;
use crate::domain::stage::{FailurePolicy, Senders};
use crate::pipeline::FaultKind;
use crate::pipeline::FaultKind::{
    EmptyList, EmptyLocation, EmptyMessage, Missing, NotADecimal, OutOfRange, TooLong, Unsupported, WrongType,
};
use crate::pipeline::known_languages;

const STAGES: &str = "/api/v1/hubs/{hubId}/pipeline";

/// What is wrong with messages is among them: one tells that nobody is there.
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

type Property = (&'static str, Value);

pub(super) fn group() -> Group {
    let get = on_hub(Call::get(STAGES, "getStages", "Get the stages of a hub"))
        .about("Plug-ins are shown with the keys that sign what they are asked.")
        .answers(StatusCode::OK, "All of them; none where none were put.", named("Pipeline"));
    let put = on_hub(Call::put(STAGES, "putStages", "Put stages in force in place of all that a hub has"))
        .about(
            "What is said from then on meets them in their order. How many stages and phrases a hub may have, and how \
             long a plug-in may take, is configured. Names of a hub's plug-ins are unique, and one that keeps its name \
             keeps its keys.",
        )
        .with_object::<Portal>(named("PipelineIn"), examples(), FAULTS)
        .answers(StatusCode::OK, "The stages as they are now.", named("Pipeline"));
    Group {
        name: "Stages",
        about: "What messages of a hub go through before they are routed.",
        calls: vec![get, put],
        schemas: vec![
            ("PipelineIn", asked([("stages", list(named("StageIn")))], [])),
            ("StageIn", stage_in()),
            ("Pipeline", answered([("stages", list(named("Stage")))], [])),
            ("Stage", stage()),
        ],
    }
}

fn on_hub(call: Call) -> Call {
    call.for_portal().on_guid::<Portal>("hubId", "The hub.").refused_by(&[prt::HUB_NOT_FOUND])
}

fn examples() -> [Property; 2] {
    let hours = json!({"type": "openHours", "timeZone": "Europe/Berlin",
        "week": {"monday": [{"from": "09:00", "to": "17:00"}], "saturday": [{"from": "10:00", "to": "24:00"}]},
        "exceptions": [{"date": "2026-12-25", "hours": []}],
        "closedMessage": {"type": "text", "text": "We are back in the morning."}});
    let keywords = json!({"type": "keywords", "rules": [
        {"name": "refunds", "phrases": ["refund", "money back"], "tags": ["billing"], "alert": true},
    ]});
    let plugin = json!({"type": "plugin", "name": "filter", "url": "https://filter.example.com/ask",
        "senders": ["customer", "agent"], "timeoutSeconds": 2, "onFailure": FailurePolicy::Hold.name()});
    let all = json!([hours, keywords, {"type": "language", "languages": ["eng", "deu"]}, {"type": "sentiment"}, plugin]);
    [("every kind", json!({"stages": all})), ("none", json!({"stages": []}))]
}

fn stage_in() -> Value {
    let kind = |name: &str| ("type", word([name]));
    let hours = asked(
        [kind("openHours"), ("timeZone", time_zone()), ("week", week_in())],
        [
            ("exceptions", list_within(exception_in(), 0, open_hours::MAX_EXCEPTIONS)),
            ("closedMessage", about(named(said::MESSAGE), "What customers are told while nobody is there.")),
        ],
    );
    let keywords = asked([kind("keywords"), ("rules", list_from(rule_in(), 1))], [senders()]);
    let codes = list_within(word(known_languages()), 1, MAX_LANGUAGES);
    let codes = about(with_default(codes, LANGUAGES.to_vec()), "Codes of ISO 639-3, among which is decided.");
    let language = asked([kind("language")], [("languages", codes), senders()]);
    let sentiment = asked([kind("sentiment")], [senders()]);
    let seconds = about(whole_from(1), "Without it a plug-in has as long as is configured.");
    let policies = word(FailurePolicy::ALL.map(FailurePolicy::name));
    let policy = with_default(policies, FailurePolicy::PassOn.name());
    let plugin = asked(
        [kind("plugin"), ("name", telling_text(plugin::MAX_NAME)), ("url", web_address(MAX_URL))],
        [
            ("timeoutSeconds", seconds),
            ("onFailure", about(policy, "What follows when it does not answer.")),
            senders(),
        ],
    );
    any_of([hours, keywords, language, sentiment, plugin])
}

fn time_zone() -> Value {
    let zone = json!({"type": "string", "format": "time-zone"});
    about(zone, "A zone of the IANA data base, such as `Europe/Berlin`.")
}

fn senders() -> Property {
    let kinds = list_from(word(Senders::ALL.map(|kind| kind.name().to_lowercase())), 1);
    ("senders", about(kinds, "Whose messages it looks at: those of customers, where nobody is named."))
}

fn week_in() -> Value {
    about(asked([], DAYS.map(|day| (day, spans_in()))), "A day without spans is closed.")
}

fn spans_in() -> Value {
    let time = || json!({"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"});
    let span = asked([("from", time()), ("to", time())], []);
    about(list_within(span, 0, open_hours::MAX_SPANS), "When it is open; no two of them overlap.")
}

fn exception_in() -> Value {
    about(
        asked([("date", json!({"type": "string", "format": "date"}))], [("hours", spans_in())]),
        "A day that is not like others of its name.",
    )
}

fn rule_in() -> Value {
    let phrases =
        about(list_from(telling_text(keywords::MAX_PHRASE), 1), "Any of them, in any case of letters.");
    let tags = about(
        list_within(telling_text(keywords::MAX_NAME), 0, keywords::MAX_TAGS),
        "What a message gets that has one of them.",
    );
    let team = about(short_text(MAX_ID_CHARS), "Where the conversation goes.");
    asked(
        [("name", telling_text(keywords::MAX_NAME)), ("phrases", phrases)],
        [
            ("tags", tags),
            ("alert", about(with_default(boolean(), false), "Whether the business is told.")),
            ("teamId", team),
        ],
    )
}

fn stage() -> Value {
    let kind = |name: &str| ("type", word([name]));
    let span = || answered([("from", text()), ("to", text())], []);
    let senders = || ("senders", list(text()));
    let hours = answered(
        [
            kind("openHours"),
            ("timeZone", text()),
            ("week", answered(DAYS.map(|day| (day, list(span()))), [])),
            ("exceptions", list(answered([("date", text()), ("hours", list(span()))], []))),
        ],
        [("closedMessage", any_object())],
    );
    let rule = answered(
        [("name", text()), ("phrases", list(text())), ("tags", list(text())), ("alert", boolean())],
        [("teamId", text())],
    );
    let keywords = answered([kind("keywords"), senders(), ("rules", list(rule))], []);
    let language = answered([kind("language"), senders(), ("languages", list(text()))], []);
    let sentiment = answered([kind("sentiment"), senders()], []);
    let plugin = answered(
        [
            kind("plugin"),
            ("name", text()),
            ("url", text()),
            senders(),
            ("timeoutSeconds", whole()),
            ("onFailure", word(FailurePolicy::ALL.map(FailurePolicy::name))),
            ("publicSigningKey", text()),
            ("privateSigningKey", text()),
        ],
        [],
    );
    any_of([hours, keywords, language, sentiment, plugin])
}
