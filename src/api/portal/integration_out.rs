//! An integration as clients see it (platform documentation §10.3.3).

use serde::Serialize;
use serde_json::Value;

use crate::domain::ids::{HubId, IntegrationId, UserId};
use crate::domain::integration::{Configuration, Integration};

/// An integration. The documents show `inboundId` on channels of outside providers; those here have none.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IntegrationOut {
    integration_id: IntegrationId,
    hub_id: HubId,
    integration_type_id: &'static str,
    channel_id: &'static str,
    name: String,
    status_id: i64,
    configuration: ConfigurationOut,
}

/// What it is set to; each channel has properties of its own.
#[derive(Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum ConfigurationOut {
    Direct {
        integration_type: &'static str,
        echo: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        webhook_url: Option<String>,
        public_signing_key: String,
        private_signing_key: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        start: Vec<Value>,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<UserId>,
    },
    WebChat {
        allowed_origins: Vec<String>,
        echo: bool,
        start: Vec<Value>,
    },
    Bot {
        faq: bool,
    },
}

impl From<&Integration> for IntegrationOut {
    fn from(integration: &Integration) -> Self {
        let kind = integration.kind.name();
        let configuration = match &integration.configuration {
            Configuration::Direct(direct) => ConfigurationOut::Direct {
                integration_type: kind,
                echo: direct.echo,
                webhook_url: direct.webhook_url.clone(),
                public_signing_key: direct.keys.public.clone(),
                private_signing_key: direct.keys.private.clone(),
                start: direct.start.clone(),
                user_id: direct.user.clone(),
            },
            Configuration::WebChat(webchat) => ConfigurationOut::WebChat {
                allowed_origins: webchat.allowed_origins.clone(),
                echo: webchat.echo,
                start: webchat.start.clone(),
            },
            Configuration::FaqBot => ConfigurationOut::Bot { faq: true },
        };
        Self {
            integration_id: integration.id,
            hub_id: integration.hub,
            integration_type_id: kind,
            channel_id: integration.channel().name(),
            name: integration.name.clone(),
            status_id: integration.status.code(),
            configuration,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::clock::Millis;
    use crate::domain::ids::TenantId;
    use crate::domain::integration::{
        DirectConfiguration, IntegrationStatus, IntegrationType, SigningKeyPair, WebChatConfiguration,
    };

    fn direct() -> DirectConfiguration {
        DirectConfiguration {
            webhook_url: None,
            echo: true,
            start: Vec::new(),
            user: None,
            keys: SigningKeyPair { public: "6DF60E".into(), private: "E0A42".into() },
        }
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
        let webchat =
            WebChatConfiguration { allowed_origins: vec!["localhost".into()], echo: true, start: Vec::new() };
        let out = shown(IntegrationType::Customer, Configuration::WebChat(webchat));
        assert_eq!(out["channelId"], "WebChat");
        assert_eq!(out["configuration"], json!({"allowedOrigins": ["localhost"], "echo": true, "start": []}));
        let out = shown(IntegrationType::Bot, Configuration::FaqBot);
        assert_eq!(out["channelId"], "Bot");
        assert_eq!(out["configuration"], json!({"faq": true}));
    }
}
