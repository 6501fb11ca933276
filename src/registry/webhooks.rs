//! Who hears by webhook what is said in a hub, at hand for everything that is said. It must not know what is said,
//! nor how it is sent.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;
use tokio::sync::watch;

use super::Registry;
use crate::domain::ids::{HubId, IntegrationId};
use crate::domain::integration::{Configuration, EventFilter, Integration, IntegrationType};

/// The hubs in which somebody hears by webhook.
#[derive(Default)]
pub(super) struct Webhooks {
    hubs: DashMap<HubId, HubWebhooks>,
    /// How many hubs there are: most brokers have none, and then nothing is looked up. Relaxed, since whoever changes
    /// it has told nobody yet.
    count: AtomicUsize,
    /// Moves whenever an integration was shown or hidden, or a client got a secret.
    changes: watch::Sender<()>,
}

/// The integrations of one hub that hear by webhook.
#[derive(Debug, Default)]
pub struct HubWebhooks {
    /// What goes to them goes to their webhook, paused or not.
    own: Vec<IntegrationId>,
    /// Active listeners, each with what it listens to.
    listeners: Vec<(IntegrationId, Vec<EventFilter>)>,
}

impl HubWebhooks {
    /// Whether what goes to an integration goes to a webhook of its own.
    pub fn has(&self, id: IntegrationId) -> bool {
        self.own.contains(&id)
    }

    /// The listeners that hear a message of such a sender, each once.
    pub fn listeners(&self, sender: IntegrationType) -> impl Iterator<Item = IntegrationId> {
        let hears = move |filters: &[EventFilter]| filters.iter().any(|filter| filter.includes(sender));
        self.listeners.iter().filter(move |(_, filters)| hears(filters)).map(|(id, _)| *id)
    }

    fn is_empty(&self) -> bool {
        self.own.is_empty() && self.listeners.is_empty()
    }

    fn forget(&mut self, id: IntegrationId) {
        self.own.retain(|own| *own != id);
        self.listeners.retain(|(listener, _)| *listener != id);
    }
}

impl Webhooks {
    /// Whoever asks meanwhile finds the integration as it was before, or as it is now.
    pub(super) fn show(&self, integration: &Integration) {
        let Integration { id, hub, configuration, .. } = integration;
        self.change(*hub, |known| {
            known.forget(*id);
            match configuration {
                Configuration::System(system) if integration.is_active() => {
                    known.listeners.push((*id, system.events.clone()));
                }
                Configuration::System(_) => {}
                other if other.webhook_url().is_some() => known.own.push(*id),
                _ => {}
            }
        });
    }

    pub(super) fn hide(&self, hub: HubId, id: IntegrationId) {
        self.change(hub, |known| known.forget(id));
    }

    pub(super) fn hide_hub(&self, hub: HubId) {
        self.change(hub, |known| *known = HubWebhooks::default());
    }

    /// Changes what is known of a hub at once; a hub of which nothing is known any more is forgotten.
    fn change(&self, hub: HubId, change: impl FnOnce(&mut HubWebhooks)) {
        let mut known = self.hubs.entry(hub).or_default();
        let was_empty = known.is_empty();
        change(&mut known);
        match (was_empty, known.is_empty()) {
            (true, false) => {
                self.count.fetch_add(1, Ordering::Relaxed);
            }
            (false, true) => {
                self.count.fetch_sub(1, Ordering::Relaxed);
            }
            _ => {}
        }
        drop(known);
        self.hubs.remove_if(&hub, |_, known| known.is_empty());
        self.changes.send_replace(());
    }
}

impl Registry {
    /// Something that was not called may be called again.
    pub(super) fn webhooks_changed(&self) {
        self.webhooks.changes.send_replace(());
    }

    /// Moves whenever an integration was made, changed or deleted, or a client got a secret.
    pub fn webhook_changes(&self) -> watch::Receiver<()> {
        self.webhooks.changes.subscribe()
    }

    /// Who hears by webhook what is said in a hub; none when nobody does. Changes of it wait while this is held.
    pub fn webhooks_of(&self, hub: HubId) -> Option<impl Deref<Target = HubWebhooks>> {
        if self.webhooks.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        self.webhooks.hubs.get(&hub)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use super::*;
    use crate::domain::clock::Millis;
    use crate::domain::ids::TenantId;
    use crate::domain::integration::{
        DirectConfiguration, IntegrationStatus, SigningKeyPair, SystemConfiguration,
    };

    fn keys() -> SigningKeyPair {
        SigningKeyPair { public: String::new(), private: String::new() }
    }

    fn integration(hub: HubId, kind: IntegrationType, configuration: Configuration) -> Integration {
        Integration {
            id: IntegrationId::new(),
            tenant: TenantId::new(),
            hub,
            name: String::new(),
            kind,
            status: IntegrationStatus::Active,
            configuration,
            former_keys: Vec::new(),
            created: Millis(0),
            modified: Millis(0),
        }
    }

    fn system(hub: HubId, events: &[EventFilter]) -> Integration {
        let (webhook_url, events) = ("https://a.example".to_owned(), events.to_vec());
        let configuration = SystemConfiguration { webhook_url, events, keys: keys() };
        integration(hub, IntegrationType::System, Configuration::System(configuration))
    }

    fn direct(hub: HubId, webhook_url: Option<&str>) -> Integration {
        let webhook_url = webhook_url.map(str::to_owned);
        let configuration = DirectConfiguration {
            webhook_url,
            echo: false,
            start: Vec::new(),
            user: None,
            sandbox: false,
            keys: keys(),
        };
        integration(hub, IntegrationType::Agent, Configuration::Direct(configuration))
    }

    fn listeners(webhooks: &Webhooks, hub: HubId, sender: IntegrationType) -> Vec<IntegrationId> {
        webhooks.hubs.get(&hub).map(|known| known.listeners(sender).collect()).unwrap_or_default()
    }

    #[test]
    fn a_listener_hears_the_senders_that_its_filters_name_and_each_once() {
        let (webhooks, hub) = (Webhooks::default(), HubId::new());
        let all = system(hub, &[EventFilter::Messages, EventFilter::CustomerMessages]);
        let bots = system(hub, &[EventFilter::BotMessages]);
        webhooks.show(&all);
        webhooks.show(&bots);
        assert_eq!(listeners(&webhooks, hub, IntegrationType::Customer), [all.id]);
        assert_eq!(listeners(&webhooks, hub, IntegrationType::Hubster), [all.id]);
        assert_eq!(listeners(&webhooks, hub, IntegrationType::Bot), [all.id, bots.id]);
        assert_eq!(listeners(&webhooks, HubId::new(), IntegrationType::Bot), []);
    }

    #[test]
    fn a_paused_listener_hears_nothing_and_a_paused_integration_keeps_its_webhook() {
        let (webhooks, hub) = (Webhooks::default(), HubId::new());
        let (listener, own) = (system(hub, &[EventFilter::Messages]), direct(hub, Some("https://a.example")));
        for one in [&listener, &own] {
            webhooks.show(one);
            webhooks.show(&Integration { status: IntegrationStatus::Paused, ..one.clone() });
        }
        assert_eq!(listeners(&webhooks, hub, IntegrationType::Bot), []);
        assert!(webhooks.hubs.get(&hub).is_some_and(|known| known.has(own.id)));
    }

    #[test]
    fn whoever_asks_while_an_integration_changes_finds_it() {
        let (webhooks, hub) = (Webhooks::default(), HubId::new());
        let (listener, own) = (system(hub, &[EventFilter::Messages]), direct(hub, Some("https://a.example")));
        webhooks.show(&own);
        webhooks.show(&listener);
        let finds = || {
            let known = webhooks.hubs.get(&hub).expect("somebody hears all the time");
            known.has(own.id) && known.listeners(IntegrationType::Bot).eq([listener.id])
        };
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let asks = scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    assert!(finds() && webhooks.count.load(Ordering::Relaxed) == 1);
                }
            });
            for _ in 0..20_000 {
                webhooks.show(&own);
                webhooks.show(&listener);
            }
            is_over.store(true, Ordering::Relaxed);
            asks.join().unwrap();
        });
    }

    #[test]
    fn a_hub_without_webhooks_is_forgotten() {
        let (webhooks, hub) = (Webhooks::default(), HubId::new());
        let (one, other) = (direct(hub, Some("https://a.example")), system(hub, &[EventFilter::Messages]));
        let count = || (webhooks.hubs.len(), webhooks.count.load(Ordering::Relaxed));
        webhooks.show(&one);
        webhooks.show(&other);
        webhooks.show(&direct(hub, None));
        assert_eq!(count(), (1, 1));
        webhooks.show(&Integration { configuration: direct(hub, None).configuration, ..one });
        webhooks.hide(hub, other.id);
        assert_eq!(count(), (0, 0));
        webhooks.show(&other);
        webhooks.hide_hub(hub);
        webhooks.hide_hub(hub);
        assert_eq!(count(), (0, 0));
    }
}
