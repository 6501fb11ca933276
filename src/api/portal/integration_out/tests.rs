use serde_json::json;

use super::*;
use crate::domain::clock::Millis;
use crate::domain::ids::TenantId;
use crate::domain::integration::{
    DirectConfiguration, EventFilter, IntegrationStatus, IntegrationType, KikBot, LineChannel, MessengerPage,
    SlackTeam, SystemConfiguration, TelegramBot, TwilioNumber, WebChatConfiguration, WebhookBotConfiguration,
};
use crate::domain::origin::AllowedOrigin;

fn direct() -> DirectConfiguration {
    DirectConfiguration {
        webhook_url: None,
        echo: true,
        start: Vec::new(),
        user: None,
        sandbox: false,
        keys: keys(),
    }
}

fn keys() -> SigningKeyPair {
    SigningKeyPair { public: "6DF60E".into(), private: "E0A42".into() }
}

fn shown(kind: IntegrationType, configuration: Configuration) -> Value {
    let integration = Integration {
        id: IntegrationId::new(),
        tenant: TenantId::new(),
        hub: HubId::new(),
        name: "Desk".into(),
        kind,
        status: IntegrationStatus::Paused,
        configuration,
        former_keys: Vec::new(),
        created: Millis(0),
        modified: Millis(0),
    };
    let mut out = serde_json::to_value(IntegrationOut::from(&integration)).unwrap();
    let object = out.as_object_mut().unwrap();
    assert_eq!(object.remove("integrationId"), Some(json!(integration.id)));
    assert_eq!(object.remove("hubId"), Some(json!(integration.hub)));
    out
}

#[test]
fn a_direct_integration_is_shown_with_its_keys() {
    let start = vec![json!({"type": "text", "text": "Hi"})];
    let configuration = DirectConfiguration {
        webhook_url: Some("https://example.com/hook".into()),
        start: start.clone(),
        user: Some("ann".into()),
        ..direct()
    };
    assert_eq!(
        shown(IntegrationType::Agent, Configuration::Direct(configuration)),
        json!({"integrationTypeId": "Agent", "channelId": "Direct", "name": "Desk", "statusId": 3002,
            "configuration": {"integrationType": "Agent", "echo": true,
                "webhookUrl": "https://example.com/hook", "publicSigningKey": "6DF60E",
                "privateSigningKey": "E0A42", "start": start, "userId": "ann"}})
    );
}

#[test]
fn what_is_not_set_is_not_shown() {
    let out = shown(IntegrationType::Customer, Configuration::Direct(direct()));
    let expected = json!({"integrationType": "Customer", "echo": true, "publicSigningKey": "6DF60E",
        "privateSigningKey": "E0A42"});
    assert_eq!(out["configuration"], expected);
}

#[test]
fn a_web_chat_and_a_bot_are_shown_by_what_they_are_set_to() {
    let allowed_origins = vec![AllowedOrigin::parse("localhost").unwrap()];
    let webchat = WebChatConfiguration { allowed_origins, echo: true, start: Vec::new() };
    let out = shown(IntegrationType::Customer, Configuration::WebChat(webchat));
    assert_eq!(out["channelId"], "WebChat");
    assert_eq!(out["configuration"], json!({"allowedOrigins": ["localhost"], "echo": true, "start": []}));
    let out = shown(IntegrationType::Bot, Configuration::FaqBot);
    assert_eq!(out["channelId"], "Bot");
    assert_eq!(out["configuration"], json!({"faq": true}));
}
#[test]
fn those_behind_webhooks_are_shown_with_their_keys() {
    let webhook_url = "https://example.com/hook".to_owned();
    let bot = WebhookBotConfiguration { webhook_url: webhook_url.clone(), keys: keys() };
    assert_eq!(
        shown(IntegrationType::Bot, Configuration::WebhookBot(bot))["configuration"],
        json!({"webhookUrl": webhook_url, "publicSigningKey": "6DF60E", "privateSigningKey": "E0A42"})
    );
    let events = vec![EventFilter::CustomerMessages, EventFilter::BotMessages];
    let system = SystemConfiguration { webhook_url: webhook_url.clone(), events, keys: keys() };
    let out = shown(IntegrationType::System, Configuration::System(system));
    assert_eq!((&out["channelId"], &out["integrationTypeId"]), (&json!("System"), &json!("System")));
    assert_eq!(
        out["configuration"],
        json!({"events": ["message:customer", "message:bot"], "webhookUrl": webhook_url,
            "publicSigningKey": "6DF60E", "privateSigningKey": "E0A42"})
    );
}

#[test]
fn an_account_is_shown_by_what_it_is_set_to() {
    for (account, channel, inbound, configuration) in [
        (
            ProviderAccount::Twilio(TwilioNumber {
                account_sid: "AC1".into(),
                auth_token: "cb8".into(),
                number_sid: "PN6".into(),
                phone_number: "+16476960000".into(),
                capabilities: Capabilities { mms: true, sms: true, voice: false },
            }),
            "TwilioSMS",
            json!("AC1"),
            json!({"accountSid": "AC1", "authToken": "cb8", "numberSid": "PN6", "phoneNumber": "+16476960000",
                "capabilities": {"mms": true, "sms": true, "voice": false}}),
        ),
        (
            ProviderAccount::Messenger(MessengerPage {
                app_id: "353".into(),
                page_id: "101".into(),
                page_access_token: "EAA".into(),
            }),
            "Messenger",
            json!("101"),
            json!({"appId": "353", "pageId": "101", "pageAccessToken": "EAA"}),
        ),
        (
            ProviderAccount::Slack(SlackTeam {
                bot_access_token: "xoxb".into(),
                app_access_token: Some("xoxp".into()),
                default_public_channel: "general".into(),
                team_id: "T5P".into(),
                bot_name: "Hubster.io".into(),
            }),
            "Slack",
            Value::Null,
            json!({"botAccessToken": "xoxb", "appAccessToken": "xoxp", "defaultPublicChannel": "general",
                "teamId": "T5P", "botName": "Hubster.io"}),
        ),
        (
            ProviderAccount::Line(LineChannel {
                channel_access_token: "t".into(),
                channel_secret: "s".into(),
            }),
            "Line",
            Value::Null,
            json!({"channelAccessToken": "t", "channelSecret": "s"}),
        ),
        (
            ProviderAccount::Telegram(TelegramBot { bot_token: "1:a".into() }),
            "Telegram",
            Value::Null,
            json!({"botToken": "1:a"}),
        ),
        (
            ProviderAccount::Kik(KikBot { user_name: "shop".into(), api_key: "k".into() }),
            "Kik",
            Value::Null,
            json!({"userName": "shop", "apiKey": "k"}),
        ),
    ] {
        let out = shown(IntegrationType::Customer, Configuration::Provider(account));
        assert_eq!((&out["channelId"], &out["inboundId"]), (&json!(channel), &inbound));
        assert_eq!(out["configuration"], configuration);
    }
}
