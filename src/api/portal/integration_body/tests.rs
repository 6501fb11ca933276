use serde_json::json;

use super::direct::MAX_START;
use super::webchat::{MAX_ORIGIN, MAX_ORIGINS};
use super::*;
use crate::api::platform::{Portal, Problems};
use crate::api::portal::fields::MAX_URL;
use crate::domain::clock::Millis;
use crate::domain::ids::{HubId, IntegrationId, TenantId};
use crate::domain::integration::{
    Configuration, DirectConfiguration, EventFilter, ProviderAccount, SigningKeyPair, TelegramBot,
};
use crate::registry::DirectSpec;

fn only_ann(user: &UserId) -> bool {
    user.as_str() == "ann"
}

fn created(body: Value) -> Result<IntegrationIn, Vec<String>> {
    integration_in(body.as_object().unwrap(), &only_ann)
        .map_err(|faults| Problems::of_faults::<Portal>(faults).iter().map(ToString::to_string).collect())
}

fn configured(channel: &str, configuration: Value) -> Result<IntegrationIn, Vec<String>> {
    created(json!({"channelId": channel, "name": "n", "configuration": configuration}))
}

/// What a configuration comes to that no provider has to be asked about.
fn spec(body: IntegrationIn) -> ConfigurationSpec {
    match body.configuration {
        Asked::Configuration(spec) => spec,
        Asked::Account(credentials) => panic!("nobody has to be asked: {credentials:?}"),
    }
}

fn direct_spec(spec: ConfigurationSpec) -> DirectSpec {
    match spec {
        ConfigurationSpec::Direct(direct) => direct,
        other => panic!("it is on Direct: {other:?}"),
    }
}

/// A configuration with one property changed.
fn with(configuration: &Value, name: &str, value: Value) -> Value {
    let mut changed = configuration.clone();
    changed[name] = value;
    changed
}

#[track_caller]
fn assert_refused(channel: &str, configuration: &Value, property: &str, code: &str) {
    let told = configured(channel, configuration.clone()).unwrap_err();
    let [one] = told.as_slice() else { panic!("one fault expected of {configuration}: {told:?}") };
    assert!(one.contains(&format!("'configuration.{property}'")), "{configuration}: {one}");
    assert!(one.ends_with(&format!("(code: {code})")), "{configuration}: {one}");
}

fn integration(kind: IntegrationType, configuration: Configuration) -> Integration {
    Integration {
        id: IntegrationId::new(),
        tenant: TenantId::new(),
        hub: HubId::new(),
        name: "Desk".into(),
        kind,
        status: IntegrationStatus::Active,
        configuration,
        former_keys: Vec::new(),
        created: Millis(0),
        modified: Millis(0),
    }
}

fn direct_agent() -> Integration {
    let direct = DirectConfiguration {
        webhook_url: Some("https://example.com".into()),
        echo: true,
        start: vec![json!({"type": "text", "text": "Hi"})],
        user: Some("ann".into()),
        sandbox: false,
        keys: SigningKeyPair { public: "P".into(), private: "S".into() },
    };
    integration(IntegrationType::Agent, Configuration::Direct(direct))
}

fn patched(present: &Integration, body: Value) -> Result<IntegrationPatch, Vec<Fault>> {
    integration_patch(body.as_object().unwrap(), present, &only_ann)
}

#[test]
fn names_are_taken_in_any_case_and_numbers_in_their_place() {
    for (channel, kind) in
        [(json!("direct"), json!("aGENT")), (json!("Direct"), json!(3)), (json!(1), json!("Agent"))]
    {
        let body = created(json!({"ChannelId": channel, "NAME": "n", "statusID": 3002, "Configuration": {
            "IntegrationType": kind, "Echo": true, "WebhookUrl": "http://10.0.0.1:81/hook?x=1",
            "START": [{"Type": "text", "text": "Hi"}], "UserId": "ann"}}))
        .unwrap();
        assert_eq!((body.kind, body.status), (IntegrationType::Agent, IntegrationStatus::Paused));
        let direct = direct_spec(spec(body));
        assert_eq!(direct.webhook_url.as_deref(), Some("http://10.0.0.1:81/hook?x=1"));
        assert!(direct.echo);
        assert_eq!(direct.start, [json!({"type": "text", "text": "Hi"})]);
        assert_eq!(direct.user, Some("ann".into()));
    }
}

#[test]
fn what_is_left_out_is_off() {
    let body = configured("1", json!({"integrationType": "Bot", "start": []}));
    assert!(body.is_err(), "a number is not a name");
    let body = configured("Direct", json!({"integrationType": "Bot", "start": []})).unwrap();
    assert_eq!((body.kind, body.status), (IntegrationType::Bot, IntegrationStatus::Active));
    let direct = direct_spec(spec(body));
    assert!(direct.webhook_url.is_none() && !direct.echo && direct.start.is_empty() && direct.user.is_none());
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    assert_eq!(
        created(json!({})).unwrap_err(),
        [
            "Property 'channelId' is required. (code: PRT000301)",
            "Property 'name' is required. (code: PRT000301)",
            "Property 'configuration' is required. (code: PRT000301)",
        ]
    );
    assert_eq!(
        created(json!({"channelId": "Fax", "name": "n", "statusId": 1, "configuration": []})).unwrap_err(),
        [
            "Property 'channelId' has a value that is not supported. (code: PRT000303)",
            "Property 'statusId' has a value that is not supported. (code: PRT000206)",
            "Property 'configuration' is of a wrong type or form. (code: PRT000302)",
        ]
    );
}

#[test]
fn each_fault_of_a_configuration_is_told_with_its_path() {
    let said = json!({"type": "text", "text": "Hi"});
    for (configuration, property, code) in [
        (json!({}), "integrationType", "PRT000301"),
        (json!({"integrationType": "System"}), "integrationType", "PRT000303"),
        (json!({"integrationType": 0}), "integrationType", "PRT000303"),
        (json!({"integrationType": "Hubster"}), "integrationType", "PRT000303"),
        (json!({"integrationType": []}), "integrationType", "PRT000302"),
        (json!({"integrationType": 2, "echo": "yes"}), "echo", "PRT000302"),
        (json!({"integrationType": 2, "webhookUrl": "/hook"}), "webhookUrl", "PRT000302"),
        (json!({"integrationType": 2, "webhookUrl": "ftp://a/b"}), "webhookUrl", "PRT000302"),
        (json!({"integrationType": 2, "webhookUrl": "https://"}), "webhookUrl", "PRT000302"),
        (json!({"integrationType": 2, "webhookUrl": ""}), "webhookUrl", "PRT000302"),
        (
            json!({"integrationType": 2, "webhookUrl": format!("https://a/{}", "x".repeat(MAX_URL))}),
            "webhookUrl",
            "PRT000207",
        ),
        (json!({"integrationType": 2, "start": {}}), "start", "PRT000302"),
        (json!({"integrationType": 2, "start": ["Hi"]}), "start[0]", "PRT000302"),
        (json!({"integrationType": 2, "start": [said, {}]}), "start[1].type", "PRT000301"),
        (json!({"integrationType": 2, "start": [said, {"type": "text"}]}), "start[1].text", "PRT000307"),
        (json!({"integrationType": 2, "start": [{"type": "hologram"}]}), "start[0].type", "PRT000303"),
        (json!({"integrationType": 2, "start": vec![said.clone(); MAX_START + 1]}), "start", "PRT000207"),
        (json!({"integrationType": 2, "regenerateKeys": 1}), "regenerateKeys", "PRT000302"),
        (json!({"integrationType": 3, "userId": "bob"}), "userId", "PRT000303"),
        (json!({"integrationType": 2, "userId": "ann"}), "userId", "PRT000303"),
        (json!({"integrationType": 3, "userId": 7}), "userId", "PRT000302"),
    ] {
        assert_refused("Direct", &configuration, property, code);
    }
    let most = json!({"integrationType": 2, "start": vec![said; MAX_START]});
    assert_eq!(direct_spec(spec(configured("Direct", most).unwrap())).start.len(), MAX_START);
}

#[test]
fn an_empty_update_changes_nothing() {
    let patch = patched(&direct_agent(), json!({})).unwrap();
    assert!(patch.name.is_none() && patch.kind.is_none() && patch.status.is_none());
    assert!(patch.configuration.is_none());
}

#[test]
fn a_given_configuration_replaces_the_whole_and_keeps_the_type_and_the_keys() {
    let patch = patched(&direct_agent(), json!({"configuration": {"Echo": true}})).unwrap();
    assert_eq!(patch.kind, Some(IntegrationType::Agent));
    let (configuration, keys) = patch.configuration.unwrap();
    let direct = direct_spec(configuration);
    assert!(direct.echo && direct.webhook_url.is_none() && direct.start.is_empty() && direct.user.is_none());
    assert_eq!(keys, KeyChange::Keep);
}

#[test]
fn an_update_may_change_the_type_and_ask_for_new_keys() {
    let body = json!({"configuration": {"integrationType": "Bot", "regenerateKeys": true}});
    let patch = patched(&direct_agent(), body).unwrap();
    assert_eq!(patch.kind, Some(IntegrationType::Bot));
    assert_eq!(patch.configuration.unwrap().1, KeyChange::Regenerate);
}

#[test]
fn the_present_type_decides_whether_an_update_may_name_a_user() {
    let body = json!({"configuration": {"userId": "ann"}});
    let (configuration, _) = patched(&direct_agent(), body.clone()).unwrap().configuration.unwrap();
    assert_eq!(direct_spec(configuration).user, Some("ann".into()));
    let mut customer = direct_agent();
    customer.kind = IntegrationType::Customer;
    let faults = patched(&customer, body).unwrap_err();
    assert_eq!(faults, [Fault::at(FaultKind::Unsupported, "configuration.userId")]);
}

#[test]
fn a_web_chat_is_read_with_its_pages() {
    let body = configured("WebChat", json!({"AllowedOrigins": ["localhost", " https://hubster.io:8443 "]}));
    let body = body.unwrap();
    assert_eq!(body.kind, IntegrationType::Customer);
    let ConfigurationSpec::WebChat(webchat) = spec(body) else { panic!("it is a web chat") };
    let origins: Vec<_> = webchat.allowed_origins.iter().map(|origin| origin.as_str()).collect();
    assert_eq!(origins, ["localhost", "https://hubster.io:8443"]);
    assert!(webchat.echo && webchat.start.is_empty());
}

#[test]
fn each_fault_of_a_web_chat_is_told() {
    let good = json!({"allowedOrigins": ["localhost"]});
    let long = |bytes: usize| format!("{}.io", "x".repeat(bytes - 3));
    for (name, value, property, code) in [
        ("allowedOrigins", Value::Null, "allowedOrigins", "PRT000301"),
        ("allowedOrigins", json!("localhost"), "allowedOrigins", "PRT000302"),
        ("allowedOrigins", json!([]), "allowedOrigins", "PRT000306"),
        ("allowedOrigins", json!(["localhost", "*"]), "allowedOrigins[1]", "PRT000302"),
        ("allowedOrigins", json!([7]), "allowedOrigins[0]", "PRT000302"),
        ("allowedOrigins", json!(["https://a.io/path"]), "allowedOrigins[0]", "PRT000302"),
        ("allowedOrigins", json!([long(MAX_ORIGIN + 1)]), "allowedOrigins[0]", "PRT000207"),
        ("allowedOrigins", json!(vec!["a.io"; MAX_ORIGINS + 1]), "allowedOrigins", "PRT000207"),
        ("echo", json!(1), "echo", "PRT000302"),
        ("start", json!([{"text": "Hi"}]), "start[0].type", "PRT000301"),
    ] {
        assert_refused("WebChat", &with(&good, name, value), property, code);
    }
    for value in [json!([long(MAX_ORIGIN)]), json!(vec!["a.io"; MAX_ORIGINS])] {
        assert!(configured("WebChat", json!({"allowedOrigins": value})).is_ok());
    }
}

#[test]
fn a_bot_is_embedded_or_behind_a_webhook() {
    let body = configured("Bot", json!({"faq": true})).unwrap();
    assert_eq!(body.kind, IntegrationType::Bot);
    assert!(matches!(spec(body), ConfigurationSpec::FaqBot));
    for configuration in
        [json!({"webhookUrl": "https://a/b"}), json!({"webhookUrl": "https://a/b", "faq": false})]
    {
        let bot = spec(configured("Bot", configuration).unwrap());
        assert!(matches!(bot, ConfigurationSpec::WebhookBot { webhook_url } if webhook_url == "https://a/b"));
    }
    for (configuration, property, code) in [
        (json!({}), "webhookUrl", "PRT000301"),
        (json!({"faq": false}), "webhookUrl", "PRT000301"),
        (json!({"faq": "yes", "webhookUrl": "https://a"}), "faq", "PRT000302"),
        (json!({"faq": true, "webhookUrl": "https://a"}), "webhookUrl", "PRT000303"),
        (json!({"webhookUrl": "a"}), "webhookUrl", "PRT000302"),
        (json!({"webhookUrl": "https://a", "regenerateKeys": 1}), "regenerateKeys", "PRT000302"),
    ] {
        assert_refused("Bot", &configuration, property, code);
    }
}

#[test]
fn a_listener_names_what_it_hears() {
    let events = json!(["message:customer", "MESSAGE", "message:customer"]);
    let body = configured("System", json!({"webhookUrl": "https://a/b", "events": events})).unwrap();
    assert_eq!(body.kind, IntegrationType::System);
    let ConfigurationSpec::System { webhook_url, events } = spec(body) else { panic!("it is a listener") };
    assert_eq!(webhook_url, "https://a/b");
    assert_eq!(events, [EventFilter::CustomerMessages, EventFilter::Messages]);
    let good = json!({"webhookUrl": "https://a/b", "events": ["message"]});
    for (name, value, property, code) in [
        ("webhookUrl", Value::Null, "webhookUrl", "PRT000301"),
        ("webhookUrl", json!("x"), "webhookUrl", "PRT000302"),
        ("events", Value::Null, "events", "PRT000301"),
        ("events", json!("message"), "events", "PRT000302"),
        ("events", json!([]), "events", "PRT000306"),
        ("events", json!(["message", 1]), "events[1]", "PRT000302"),
        ("events", json!(["message:nobody"]), "events[0]", "PRT000303"),
        ("regenerateKeys", json!("yes"), "regenerateKeys", "PRT000302"),
    ] {
        assert_refused("System", &with(&good, name, value), property, code);
    }
}

#[test]
fn each_property_of_an_account_has_to_be_there_as_one_word_of_a_length() {
    let (name, secret) = (account::MAX_NAME, account::MAX_SECRET);
    for (channel, kind, properties) in [
        ("TwilioSMS", "Customer", vec![("authToken", secret), ("accountSid", name), ("numberSid", name)]),
        ("Messenger", "Customer", vec![("pageAccessToken", secret)]),
        ("Slack", "Agent", vec![("code", secret), ("nonce", secret)]),
        ("Line", "Customer", vec![("channelAccessToken", secret), ("channelSecret", secret)]),
        ("Telegram", "Customer", vec![("botToken", secret)]),
        ("Kik", "Customer", vec![("userName", name), ("apiKey", secret)]),
    ] {
        let good: Value = properties
            .iter()
            .map(|(property, longest)| ((*property).to_owned(), "x".repeat(*longest)))
            .collect();
        assert_eq!(configured(channel, good.clone()).unwrap().kind.name(), kind);
        for (property, longest) in &properties {
            for (value, code) in [
                (Value::Null, "PRT000301"),
                (json!(" "), "PRT000301"),
                (json!(7), "PRT000302"),
                (json!("two words"), "PRT000302"),
                (json!("line\nbreak"), "PRT000302"),
                (json!(".."), "PRT000302"),
                (json!("x".repeat(longest + 1)), "PRT000207"),
            ] {
                assert_refused(channel, &with(&good, property, value), property, code);
            }
        }
        let all = configured(channel, json!({})).unwrap_err();
        assert_eq!(all.len(), properties.len(), "all faults at once: {all:?}");
    }
}

#[test]
fn what_was_agreed_with_a_provider_stays_whatever_an_update_says() {
    let page = ProviderAccount::Messenger(crate::domain::integration::MessengerPage {
        app_id: "1".into(),
        page_id: "2".into(),
        page_access_token: "t".into(),
    });
    let page = integration(IntegrationType::Customer, Configuration::Provider(page));
    for configuration in [json!({"pageAccessToken": "new"}), json!({}), json!(7)] {
        let body = json!({"name": "Page", "statusId": 3002, "configuration": configuration});
        let patch = patched(&page, body).unwrap();
        assert_eq!((patch.name.as_deref(), patch.status), (Some("Page"), Some(IntegrationStatus::Paused)));
        assert!(patch.kind.is_none() && patch.configuration.is_none());
    }
}

#[test]
fn what_was_taken_at_its_word_is_replaced_as_a_whole() {
    let bot = ProviderAccount::Telegram(TelegramBot { bot_token: "old".into() });
    let bot = integration(IntegrationType::Customer, Configuration::Provider(bot));
    let patch = patched(&bot, json!({"configuration": {"botToken": "new"}})).unwrap();
    let Some((ConfigurationSpec::Provider(ProviderAccount::Telegram(bot_now)), _)) = patch.configuration
    else {
        panic!("it is on Telegram")
    };
    assert_eq!(bot_now.bot_token.expose(), "new");
    let faults = patched(&bot, json!({"configuration": {}})).unwrap_err();
    assert_eq!(faults, [Fault::at(FaultKind::Missing, "configuration.botToken")]);
}

#[test]
fn the_embedded_bot_may_become_one_behind_a_webhook() {
    let bot = integration(IntegrationType::Bot, Configuration::FaqBot);
    let patch = patched(&bot, json!({"configuration": {"webhookUrl": "https://a/b"}})).unwrap();
    assert!(matches!(patch.configuration, Some((ConfigurationSpec::WebhookBot { .. }, KeyChange::Keep))));
}
