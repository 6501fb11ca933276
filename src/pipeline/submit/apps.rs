//! What apps hear of a passage: what the customer says in it, where it takes the conversation, and what it tells of
//! the fate of messages. It must not know in which words.

use std::sync::Arc;

use serde_json::Map;

use super::passage::Passage;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::{Delivery, DeliveryForm, Endpoint};
use crate::domain::ids::{ClientId, DeliveryId};
use crate::domain::messaging::App;
use crate::domain::standing::Move;
use crate::pipeline::apps::{AppEar, AppNews, Scene};
use crate::pipeline::engine::Engine;
use crate::pipeline::newcomers::Newcomer;
use crate::pipeline::record::Step;

impl Passage<'_> {
    /// Who hears of a conversation before anything is done in it; none where there are no apps, as mostly. An app whose
    /// client is shut out hears nothing, and nothing waits for it.
    pub(super) fn ear(engine: &Engine, head: &Conversation) -> Option<Box<AppEar>> {
        let apps = engine.registry.hearing_apps(head.tenant);
        (!apps.is_empty()).then(|| {
            Box::new(AppEar {
                apps,
                stood: engine.standing(head),
                was_resolved: head.resolved.is_some(),
                was_closed: head.closed.is_some(),
                is_routed: false,
                params: Map::new(),
                deliveries: Vec::new(),
            })
        })
    }

    /// The customer says something that is kept. Apps are asked about whoever does for the first time.
    pub(super) fn note_spoken(&mut self) {
        if std::mem::replace(&mut self.lane.head.spoken, true) {
            return;
        }
        self.changed = true;
        if self.ear.is_some() {
            let (tenant, conversation) = (self.head().tenant, self.head().id);
            self.engine.newcomers.tell(Newcomer { tenant, conversation });
        }
    }

    /// Apps hear something, if there are any.
    pub(super) fn tell_apps(&mut self, news: AppNews<'_>) {
        let Some(mut ear) = self.ear.take() else { return };
        let standing = self.engine.standing(self.head());
        let scene = Scene { conversation: self.head(), standing: &standing, at: self.now };
        if let Some(item) = self.engine.app_words.item(scene, news) {
            let item: Arc<str> = item.into();
            let meant = |app: &&Arc<App>| match news {
                AppNews::Status(status) => app.client == status.client,
                _ => true,
            };
            let head = self.head();
            let deliveries = ear.apps.iter().filter(meant).map(|app| Delivery {
                id: DeliveryId::new(),
                tenant: head.tenant,
                endpoint: Endpoint::App(app.client.clone()),
                conversation: head.id,
                hub: head.hub,
                form: DeliveryForm::Wrapper,
                event_id: None,
                envelope: self.engine.app_words.envelope(head.tenant, app).into(),
                item: item.clone(),
            });
            let deliveries: Vec<_> = deliveries.collect();
            ear.deliveries.extend(deliveries);
        }
        self.ear = Some(ear);
    }

    /// Whether an app waits to hear the fate of what it has sent.
    pub(super) fn is_heard_by(&self, client: &ClientId) -> bool {
        self.ear.as_ref().is_some_and(|ear| ear.apps.iter().any(|app| app.client == *client))
    }

    /// Apps hear what the passage has made of the conversation; what goes to them, in order.
    pub(super) fn finish_for_apps(&mut self) -> Vec<Step> {
        let Some(ear) = &mut self.ear else { return Vec::new() };
        let (stood, params) = (ear.stood.clone(), std::mem::take(&mut ear.params));
        let (was_resolved, was_closed, is_routed) = (ear.was_resolved, ear.was_closed, ear.is_routed);
        let to = self.engine.standing(self.head());
        let moved = Move { conversation: self.head().id, from: stood, to, is_routed };
        for event in moved.events() {
            self.tell_apps(AppNews::Moved(&moved, event, &params));
        }
        if self.head().resolved.is_some() && !was_resolved {
            self.tell_apps(AppNews::Resolved);
        }
        if self.head().closed.is_some() && !was_closed {
            self.tell_apps(AppNews::Closed);
        }
        let deliveries = self.ear.take().map(|ear| ear.deliveries).unwrap_or_default();
        deliveries.into_iter().map(|delivery| Step::Deliver(Box::new(delivery))).collect()
    }
}
