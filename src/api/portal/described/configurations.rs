//! What integrations are set to, channel by channel: as it is asked for and as it is answered, with a good example of
//! each.

use serde_json::{Value, json};

use super::integrations::{name, status};
use crate::api::openapi::schema::{
    about, answered, any_object, any_of, asked, boolean, list, list_within, named, one_of, short_text, text,
    web_address, with_default, word,
};
use crate::api::platform::said;
use crate::api::portal::fields::MAX_URL;
use crate::api::portal::integration_body::account::{MAX_NAME, MAX_SECRET};
use crate::api::portal::integration_body::direct::MAX_START;
use crate::api::portal::integration_body::webchat::{MAX_ORIGIN, MAX_ORIGINS};
use crate::domain::directory::MAX_ID_CHARS;
use crate::domain::integration::{ChannelType, EventFilter, IntegrationType};

/// A channel, with its configuration as it is asked for and as it is answered.
struct Channel {
    id: ChannelType,
    asked: (&'static str, Value),
    answered: (&'static str, Value),
    example: Value,
}

/// Those whom an integration on Direct can serve.
const ON_DIRECT: [IntegrationType; 3] =
    [IntegrationType::Customer, IntegrationType::Agent, IntegrationType::Bot];

/// The schema of an integration to be created: what a configuration is depends on the channel.
pub(super) fn integration_in() -> Value {
    let by = "The channel, by its name in any case of letters or by its number.";
    any_of(channels().into_iter().map(|Channel { id, asked: (configuration, _), .. }| {
        let channel = about(one_of([json!(id.name()), json!(id.code())]), by);
        let required = [("channelId", channel), name(), ("configuration", named(configuration))];
        let mut body = asked(required, [status()]);
        body["title"] = id.name().into();
        body
    }))
}

/// The schema of any configuration that is asked for.
pub(super) fn any_in() -> Value {
    any_of(channels().iter().map(|channel| named(channel.asked.0)))
}

/// The schema of any configuration that is answered.
pub(super) fn any() -> Value {
    any_of(channels().iter().map(|channel| named(channel.answered.0)))
}

/// All schemas by their names.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    channels().into_iter().flat_map(|channel| [channel.answered, channel.asked]).collect()
}

/// A good body for each channel, by the channel's name.
pub(super) fn examples() -> Vec<(&'static str, Value)> {
    let of = |Channel { id, example, .. }: Channel| {
        let name = format!("By {}", id.name());
        (id.name(), json!({"channelId": id.name(), "name": name, "configuration": example}))
    };
    channels().into_iter().map(of).collect()
}

fn channels() -> [Channel; 10] {
    [direct(), webchat(), bot(), system(), twilio(), messenger(), slack(), line(), telegram(), kik()]
}

fn direct() -> Channel {
    let by = "Whom it serves, by name in any case of letters or by number. An update may leave it out.";
    let names = ON_DIRECT.iter().map(|kind| json!(kind.name()));
    let kind = about(one_of(names.chain(ON_DIRECT.iter().map(|kind| json!(kind.code())))), by);
    let user = about(short_text(MAX_ID_CHARS), "Of an agent, the user of the directory that it works for.");
    let sandbox =
        "Of a customer's, whether it is for trying things out: the messaging API lists it when asked to.";
    let optional = [
        ("echo", with_default(boolean(), false)),
        webhook_url(),
        ("start", start()),
        ("userId", user),
        ("sandbox", about(with_default(boolean(), false), sandbox)),
        regenerate(),
    ];
    let [public, private] = keys();
    Channel {
        id: ChannelType::Direct,
        asked: ("DirectConfigurationIn", asked([("integrationType", kind)], optional)),
        answered: (
            "DirectConfiguration",
            answered(
                [
                    ("integrationType", word(ON_DIRECT.map(IntegrationType::name))),
                    ("echo", boolean()),
                    public,
                    private,
                ],
                [webhook_url(), ("start", list(any_object())), ("userId", text()), ("sandbox", boolean())],
            ),
        ),
        example: json!({"integrationType": IntegrationType::Agent.name(), "echo": true,
            "webhookUrl": "https://desk.example.com/hear", "start": [{"type": "text", "text": "Hello!"}]}),
    }
}

fn webchat() -> Channel {
    let origins = about(
        list_within(origin(), 1, MAX_ORIGINS),
        "Hosts whose pages may carry the chat, each with a scheme and a port where these matter.",
    );
    let optional = [("echo", with_default(boolean(), true)), ("start", start())];
    Channel {
        id: ChannelType::WebChat,
        asked: ("WebChatConfigurationIn", asked([("allowedOrigins", origins)], optional)),
        answered: (
            "WebChatConfiguration",
            answered(
                [("allowedOrigins", list(text())), ("echo", boolean()), ("start", list(any_object()))],
                [],
            ),
        ),
        example: json!({"allowedOrigins": ["shop.example.com", "https://example.com:8443"]}),
    }
}

fn bot() -> Channel {
    let (url, address) = webhook_url();
    let is = |value: bool| json!({"type": "boolean", "const": value});
    let absent = json!({"type": "null"});
    let embedded = asked([("faq", is(true))], [(url, absent), regenerate()]);
    let own = asked([(url, address.clone())], [("faq", any_of([is(false)])), regenerate()]);
    let [public, private] = keys();
    let answers =
        any_of([answered([("faq", boolean())], []), answered([(url, address), public, private], [])]);
    Channel {
        id: ChannelType::Bot,
        asked: ("BotConfigurationIn", any_of([embedded, own])),
        answered: ("BotConfiguration", answers),
        example: json!({"faq": true}),
    }
}

fn system() -> Channel {
    let filter = || word(EventFilter::ALL.map(EventFilter::name));
    let events = about(json!({"type": "array", "items": filter(), "minItems": 1}), "What it is told of.");
    let [public, private] = keys();
    Channel {
        id: ChannelType::System,
        asked: ("SystemConfigurationIn", asked([webhook_url(), ("events", events)], [regenerate()])),
        answered: (
            "SystemConfiguration",
            answered([("events", list(filter())), webhook_url(), public, private], []),
        ),
        example: json!({"webhookUrl": "https://log.example.com/hear", "events": [EventFilter::Messages.name()]}),
    }
}

fn twilio() -> Channel {
    let can = answered([("mms", boolean()), ("sms", boolean()), ("voice", boolean())], []);
    Channel {
        id: ChannelType::TwilioSMS,
        asked: (
            "TwilioSMSConfigurationIn",
            asked([("accountSid", account()), ("authToken", secret()), ("numberSid", account())], []),
        ),
        answered: (
            "TwilioSMSConfiguration",
            answered(
                [
                    ("accountSid", text()),
                    ("authToken", text()),
                    ("numberSid", text()),
                    ("phoneNumber", text()),
                    ("capabilities", can),
                ],
                [],
            ),
        ),
        example: json!({"accountSid": "AC1fc1c1722444", "authToken": "cb8c5367c3c4586ecb589e25570",
            "numberSid": "PN16476960000"}),
    }
}

fn messenger() -> Channel {
    Channel {
        id: ChannelType::Messenger,
        asked: ("MessengerConfigurationIn", asked([("pageAccessToken", secret())], [])),
        answered: (
            "MessengerConfiguration",
            answered([("appId", text()), ("pageId", text()), ("pageAccessToken", text())], []),
        ),
        example: json!({"pageAccessToken": "EAA104735"}),
    }
}

fn slack() -> Channel {
    Channel {
        id: ChannelType::Slack,
        asked: ("SlackConfigurationIn", asked([("code", secret()), ("nonce", secret())], [])),
        answered: (
            "SlackConfiguration",
            answered(
                [
                    ("botAccessToken", text()),
                    ("defaultPublicChannel", text()),
                    ("teamId", text()),
                    ("botName", text()),
                ],
                [("appAccessToken", text())],
            ),
        ),
        example: json!({"code": "good-T061EG9R6", "nonce": "d5c7e1"}),
    }
}

fn line() -> Channel {
    let members = |of: fn() -> Value| [("channelAccessToken", of()), ("channelSecret", of())];
    Channel {
        id: ChannelType::Line,
        asked: ("LineConfigurationIn", asked(members(secret), [])),
        answered: ("LineConfiguration", answered(members(text), [])),
        example: json!({"channelAccessToken": "nHuyWiB7yP5Zw52FIkcQob", "channelSecret": "8f742231b10e8888abcd99"}),
    }
}

fn telegram() -> Channel {
    Channel {
        id: ChannelType::Telegram,
        asked: ("TelegramConfigurationIn", asked([("botToken", secret())], [])),
        answered: ("TelegramConfiguration", answered([("botToken", text())], [])),
        example: json!({"botToken": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"}),
    }
}

fn kik() -> Channel {
    Channel {
        id: ChannelType::Kik,
        asked: ("KikConfigurationIn", asked([("userName", account()), ("apiKey", secret())], [])),
        answered: ("KikConfiguration", answered([("userName", text()), ("apiKey", text())], [])),
        example: json!({"userName": "examplebot", "apiKey": "2042cd8e-638c-4183-aef4-d4bef6f01981"}),
    }
}

fn webhook_url() -> (&'static str, Value) {
    ("webhookUrl", about(web_address(MAX_URL), "Where activities go: http or https."))
}

fn regenerate() -> (&'static str, Value) {
    let anew = about(with_default(boolean(), false), "Whether an update makes new keys.");
    ("regenerateKeys", anew)
}

fn keys() -> [(&'static str, Value); 2] {
    [("publicSigningKey", text()), ("privateSigningKey", text())]
}

/// Messages that open a conversation.
fn start() -> Value {
    about(list_within(named(said::MESSAGE), 0, MAX_START), "Messages that open a conversation.")
}

/// A host, with a scheme and a port where these are given.
fn origin() -> Value {
    let label = "[A-Za-z0-9_-]+";
    let port = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
    let pattern = format!("^(https?://)?{label}(\\.{label})*(:{port})?$");
    json!({"type": "string", "maxLength": MAX_ORIGIN, "pattern": pattern})
}

/// A name at a provider.
fn account() -> Value {
    one_word(MAX_NAME)
}

/// What opens an account at a provider.
fn secret() -> Value {
    one_word(MAX_SECRET)
}

/// Without blanks, and with something to be told apart by.
fn one_word(longest: usize) -> Value {
    let seen = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]*";
    json!({"type": "string", "maxLength": longest, "pattern": format!("^{seen}[A-Za-z0-9]{seen}$")})
}
