//! In which properties two configurations of an integration differ, by the names by which clients know them.
//! Values are compared here, secrets among them, and not told.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::domain::integration::{Configuration, ProviderAccount, SigningKeyPair};

/// The properties that are not the same in both.
pub(super) fn changed_properties(old: &Configuration, new: &Configuration) -> Vec<String> {
    differing(&properties(old), &properties(new))
}

/// The names under which two objects do not have the same.
pub(super) fn differing(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}

fn properties(configuration: &Configuration) -> Map<String, Value> {
    let properties = match configuration {
        Configuration::Direct(direct) => json!({"webhookUrl": direct.webhook_url, "echo": direct.echo,
            "start": direct.start, "userId": direct.user,
            "sandbox": direct.sandbox}),
        Configuration::WebChat(webchat) => {
            let origins: Vec<_> = webchat.allowed_origins.iter().map(|origin| origin.as_str()).collect();
            json!({"allowedOrigins": origins, "echo": webchat.echo, "start": webchat.start})
        }
        Configuration::FaqBot => json!({"faq": true}),
        Configuration::WebhookBot(bot) => json!({"webhookUrl": bot.webhook_url}),
        Configuration::System(system) => {
            let events: Vec<_> = system.events.iter().map(|event| event.name()).collect();
            json!({"webhookUrl": system.webhook_url, "events": events})
        }
        Configuration::Provider(account) => of_account(account),
    };
    let Value::Object(mut properties) = properties else { unreachable!("each arm makes an object") };
    if let Some(SigningKeyPair { public, private }) = configuration.keys() {
        properties.insert("publicSigningKey".to_owned(), public.as_str().into());
        properties.insert("privateSigningKey".to_owned(), private.as_str().into());
    }
    properties
}

/// What clients give of an account. Those that were agreed upon with a provider never change.
fn of_account(account: &ProviderAccount) -> Value {
    match account {
        ProviderAccount::Line(line) => json!({"channelAccessToken": line.channel_access_token.expose(),
            "channelSecret": line.channel_secret.expose()}),
        ProviderAccount::Telegram(bot) => json!({"botToken": bot.bot_token.expose()}),
        ProviderAccount::Kik(bot) => json!({"userName": bot.user_name, "apiKey": bot.api_key.expose()}),
        ProviderAccount::Twilio(_) | ProviderAccount::Messenger(_) | ProviderAccount::Slack(_) => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::integration::{
        DirectConfiguration, KikBot, SystemConfiguration, WebhookBotConfiguration,
    };

    fn keys(name: &str) -> SigningKeyPair {
        SigningKeyPair { public: name.to_owned(), private: format!("{name} private") }
    }

    fn direct() -> DirectConfiguration {
        DirectConfiguration {
            webhook_url: None,
            echo: false,
            start: Vec::new(),
            user: None,
            sandbox: false,
            keys: keys("first"),
        }
    }

    #[test]
    fn properties_are_named_as_clients_write_and_see_them() {
        let old = Configuration::Direct(direct());
        assert_eq!(changed_properties(&old, &old), [""; 0]);
        let new =
            DirectConfiguration { echo: true, user: Some("ada".into()), keys: keys("second"), ..direct() };
        let changed = changed_properties(&old, &Configuration::Direct(new));
        assert_eq!(changed, ["echo", "privateSigningKey", "publicSigningKey", "userId"]);
    }

    #[test]
    fn a_bot_that_gets_a_webhook_is_told_with_what_comes_and_goes() {
        let bot = WebhookBotConfiguration { webhook_url: "https://a.example".to_owned(), keys: keys("k") };
        let changed = changed_properties(&Configuration::FaqBot, &Configuration::WebhookBot(bot));
        assert_eq!(changed, ["faq", "privateSigningKey", "publicSigningKey", "webhookUrl"]);
    }

    #[test]
    fn a_secret_that_changes_is_named_and_not_told() {
        let kik = |api_key: &str| {
            let bot = KikBot { user_name: "shop".to_owned(), api_key: api_key.into() };
            Configuration::Provider(ProviderAccount::Kik(bot))
        };
        assert_eq!(changed_properties(&kik("one"), &kik("two")), ["apiKey"]);
    }

    #[test]
    fn the_events_of_a_listener_are_one_property() {
        use crate::domain::integration::EventFilter::{BotMessages, Messages};
        let system = |events| {
            let webhook_url = "https://a.example".to_owned();
            Configuration::System(SystemConfiguration { webhook_url, events, keys: keys("k") })
        };
        assert_eq!(changed_properties(&system(vec![Messages]), &system(vec![BotMessages])), ["events"]);
    }
}
