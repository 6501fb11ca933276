//! Accounts at providers: one hub has one, among all tenants; secrets come back from the store.

use super::*;
use crate::domain::audit::Actor;
use crate::domain::integration::{Configuration, EventFilter, KikBot, ProviderAccount, TelegramBot};

fn telegram(token: &str) -> ConfigurationSpec {
    ConfigurationSpec::Provider(ProviderAccount::Telegram(TelegramBot { bot_token: token.into() }))
}

async fn made(bench: &Bench, name: &str, token: &str) -> Result<Arc<Integration>, RegistryError> {
    bench
        .registry
        .create_integration(
            Actor::operator(bench.tenant),
            bench.hub.id,
            integration(name, telegram(token)),
            None,
        )
        .await
}

fn is_taken<T>(result: &Result<T, RegistryError>) -> bool {
    matches!(result, Err(RegistryError::AccountTaken))
}

#[tokio::test]
async fn an_account_is_taken_for_every_hub_of_every_tenant_until_its_integration_goes() {
    let bench = Bench::new().await;
    let registry = &bench.registry;
    let first = made(&bench, "first", "1:a").await.unwrap();
    assert!(is_taken(&made(&bench, "second", "1:a").await));
    let other = registry.create_tenant("other").await.unwrap().tenant.id;
    let elsewhere = registry.create_hub(Actor::operator(other), hub("Elsewhere"), None).await.unwrap();
    let there = || {
        registry.create_integration(
            Actor::operator(other),
            elsewhere.id,
            integration("t", telegram("1:a")),
            None,
        )
    };
    assert!(is_taken(&there().await));
    registry.delete_integration(Actor::operator(bench.tenant), first.id).await.unwrap();
    there().await.unwrap();
    assert!(is_taken(&made(&bench, "second", "1:a").await));
    registry.delete_hub(Actor::operator(other), elsewhere.id).await.unwrap();
    made(&bench, "second", "1:a").await.unwrap();
    let restarted = bench.restarted().await;
    let again = restarted.create_integration(
        Actor::operator(bench.tenant),
        bench.hub.id,
        integration("x", telegram("1:a")),
        None,
    );
    assert!(is_taken(&again.await), "also after a restart");
}

#[tokio::test]
async fn of_many_tenants_that_want_one_account_at_once_one_gets_it() {
    let bench = Bench::new().await;
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..8 {
        let registry = bench.registry.clone();
        let tenant = registry.create_tenant(&format!("tenant {number}")).await.unwrap().tenant.id;
        let hub = registry.create_hub(Actor::operator(tenant), hub("Hub"), None).await.unwrap().id;
        let spec = integration("bot", telegram("1:a"));
        asking.spawn(
            async move { registry.create_integration(Actor::operator(tenant), hub, spec, None).await },
        );
    }
    let outcomes = asking.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| is_taken(outcome)).count(), 7);
}

#[tokio::test]
async fn an_account_whose_integration_could_not_be_kept_is_free() {
    let bench = Bench::new().await;
    bench.store.close().await.unwrap();
    let refused = made(&bench, "first", "1:a").await;
    assert!(matches!(refused, Err(RegistryError::Store(_))), "{refused:?}");
    let again = made(&bench, "first", "1:a").await;
    assert!(!is_taken(&again), "{again:?}");
}

#[tokio::test]
async fn another_account_frees_the_one_before_and_the_same_one_stays() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let bot = made(&bench, "robot", "1:a").await.unwrap();
    let change = |token| {
        let configuration = Some((telegram(token), KeyChange::Keep));
        registry.update_integration(
            Actor::operator(tenant),
            bot.id,
            IntegrationPatch { configuration, ..renamed("robot") },
        )
    };
    change("1:a").await.unwrap();
    assert!(is_taken(&made(&bench, "other", "1:a").await));
    change("1:b").await.unwrap();
    made(&bench, "other", "1:a").await.unwrap();
    assert!(is_taken(&change("1:a").await));
    assert!(is_taken(&made(&bench, "third", "1:b").await), "a change that is refused changes nothing");
}

#[tokio::test]
async fn what_is_sealed_comes_back_and_is_not_in_the_document() {
    let bench = Bench::new().await;
    let kik = KikBot { user_name: "shop".to_owned(), api_key: "s3cret".into() };
    let system = ConfigurationSpec::System {
        webhook_url: "https://a/b".to_owned(),
        events: vec![EventFilter::AgentMessages],
    };
    let bot = ConfigurationSpec::WebhookBot { webhook_url: "https://a/c".to_owned() };
    for (name, spec) in
        [("kik", ConfigurationSpec::Provider(ProviderAccount::Kik(kik))), ("system", system), ("bot 2", bot)]
    {
        let made = bench.registry.create_integration(
            Actor::operator(bench.tenant),
            bench.hub.id,
            integration(name, spec),
            None,
        );
        let made = made.await.unwrap();
        let kept = bench.restarted().await.integration(bench.tenant, made.id).unwrap();
        assert_eq!(*kept, *made);
        let private = made.configuration.keys().map_or("s3cret", |keys| &keys.private);
        let records = bench.store.configuration().await.unwrap().integrations;
        let record = records.iter().find(|record| record.id == made.id).unwrap();
        assert!(!record.configuration.contains(private), "{}", record.configuration);
    }
}

#[tokio::test]
async fn a_bot_that_leaves_its_webhook_and_comes_back_is_signed_for_with_new_keys() {
    let bench = Bench::new().await;
    let webhook = || ConfigurationSpec::WebhookBot { webhook_url: "https://a/b".to_owned() };
    let change = async |spec| {
        let configuration = Some((spec, KeyChange::Keep));
        let patch = IntegrationPatch { configuration, ..IntegrationPatch::default() };
        bench
            .registry
            .update_integration(Actor::operator(bench.tenant), bench.integration.id, patch)
            .await
            .unwrap()
    };
    let first = change(webhook()).await;
    assert_eq!(change(webhook()).await.configuration, first.configuration);
    assert_eq!(change(ConfigurationSpec::FaqBot).await.configuration, Configuration::FaqBot);
    assert_ne!(change(webhook()).await.configuration, first.configuration);
}
