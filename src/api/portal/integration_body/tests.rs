use serde_json::json;

use super::*;
use crate::domain::clock::Millis;
use crate::domain::ids::{HubId, IntegrationId, TenantId};
use crate::domain::integration::{Configuration, DirectConfiguration, SigningKeyPair};

fn only_ann(user: &UserId) -> bool {
    user.as_str() == "ann"
}

fn created(body: Value) -> Result<IntegrationSpec, Vec<String>> {
    integration_in(body.as_object().unwrap(), &only_ann)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// The codes and properties of the faults when this configuration is given.
fn refused(configuration: Value) -> Vec<String> {
    created(json!({"channelId": 1, "name": "n", "configuration": configuration})).unwrap_err()
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
        created: Millis(0),
        modified: Millis(0),
    }
}

fn direct_agent() -> Integration {
    let direct = DirectConfiguration {
        webhook_url: Some("https://example.com".into()),
        echo: true,
        start: vec![json!({"type": "text"})],
        user: Some("ann".into()),
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
        let spec = created(json!({"ChannelId": channel, "NAME": "n", "statusID": 3002, "Configuration": {
            "IntegrationType": kind, "Echo": true, "WebhookUrl": "http://10.0.0.1:81/hook?x=1",
            "START": [{"type": "text"}], "UserId": "ann"}}))
        .unwrap();
        assert_eq!((spec.kind, spec.status), (IntegrationType::Agent, IntegrationStatus::Paused));
        let ConfigurationSpec::Direct(direct) = spec.configuration else { panic!("it is on Direct") };
        assert_eq!(direct.webhook_url.as_deref(), Some("http://10.0.0.1:81/hook?x=1"));
        assert!(direct.echo);
        assert_eq!(direct.start, [json!({"type": "text"})]);
        assert_eq!(direct.user, Some("ann".into()));
    }
}

#[test]
fn what_is_left_out_is_off() {
    let spec = created(json!({"channelId": 1, "name": "n", "configuration": {"integrationType": "Bot",
        "start": []}}))
    .unwrap();
    assert_eq!((spec.kind, spec.status), (IntegrationType::Bot, IntegrationStatus::Active));
    let ConfigurationSpec::Direct(direct) = spec.configuration else { panic!("it is on Direct") };
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
fn other_channels_are_not_implemented() {
    for channel in [json!("TwilioSMS"), json!("webchat"), json!(3)] {
        let body = json!({"channelId": channel});
        let problems = integration_in(body.as_object().unwrap(), &only_ann).unwrap_err();
        assert_eq!(problems.status(), 501);
        assert_eq!(problems.iter().map(|one| one.code().to_string()).collect::<Vec<_>>(), ["PRT000103"]);
    }
}

#[test]
fn each_fault_of_a_configuration_is_told_with_its_path() {
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
        (json!({"integrationType": 2, "start": [{"type": "text"}, {}]}), "start[1].type", "PRT000301"),
        (json!({"integrationType": 2, "regenerateKeys": 1}), "regenerateKeys", "PRT000302"),
        (json!({"integrationType": 3, "userId": "bob"}), "userId", "PRT000303"),
        (json!({"integrationType": 2, "userId": "ann"}), "userId", "PRT000303"),
        (json!({"integrationType": 3, "userId": 7}), "userId", "PRT000302"),
    ] {
        let told = refused(configuration.clone());
        let [one] = told.as_slice() else { panic!("one fault expected of {configuration}: {told:?}") };
        assert!(one.contains(&format!("'configuration.{property}'")), "{configuration}: {one}");
        assert!(one.ends_with(&format!("(code: {code})")), "{configuration}: {one}");
    }
}

#[test]
fn an_empty_update_changes_nothing() {
    let patch = patched(&direct_agent(), json!({})).unwrap();
    assert!(patch.name.is_none() && patch.kind.is_none() && patch.status.is_none() && patch.direct.is_none());
}

#[test]
fn a_given_configuration_replaces_the_whole_and_keeps_the_type_and_the_keys() {
    let patch = patched(&direct_agent(), json!({"configuration": {"Echo": true}})).unwrap();
    assert_eq!(patch.kind, Some(IntegrationType::Agent));
    let (direct, keys) = patch.direct.unwrap();
    assert!(direct.echo && direct.webhook_url.is_none() && direct.start.is_empty() && direct.user.is_none());
    assert_eq!(keys, KeyChange::Keep);
}

#[test]
fn an_update_may_change_the_type_and_ask_for_new_keys() {
    let body = json!({"configuration": {"integrationType": "Bot", "regenerateKeys": true}});
    let patch = patched(&direct_agent(), body).unwrap();
    assert_eq!(patch.kind, Some(IntegrationType::Bot));
    assert_eq!(patch.direct.unwrap().1, KeyChange::Regenerate);
}

#[test]
fn the_present_type_decides_whether_an_update_may_name_a_user() {
    let body = json!({"configuration": {"userId": "ann"}});
    assert_eq!(patched(&direct_agent(), body.clone()).unwrap().direct.unwrap().0.user, Some("ann".into()));
    let mut customer = direct_agent();
    customer.kind = IntegrationType::Customer;
    let faults = patched(&customer, body).unwrap_err();
    assert_eq!(faults, [Fault::at(FaultKind::Unsupported, "configuration.userId")]);
}

#[test]
fn elsewhere_than_on_direct_a_configuration_is_ignored() {
    let bot = integration(IntegrationType::Bot, Configuration::FaqBot);
    let patch = patched(&bot, json!({"name": "FAQ", "statusId": 3002, "configuration": 7})).unwrap();
    assert_eq!(patch.name.as_deref(), Some("FAQ"));
    assert_eq!(patch.status, Some(IntegrationStatus::Paused));
    assert!(patch.kind.is_none() && patch.direct.is_none());
}
