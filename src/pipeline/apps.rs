//! What the apps of a tenant hear by webhook of its conversations: what customers say, where conversations go, and what
//! became of messages that they have sent. It must not know in which words it is told ([`WordForApps`]), nor when it
//! is sent.

use std::sync::Arc;

use super::record::Step;
use super::submit::Passage;
use crate::domain::activity::Activity;
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::{Delivery, DeliveryForm, Endpoint};
use crate::domain::ids::DeliveryId;
use crate::domain::messaging::App;
use crate::domain::receipt::StatusNews;
use crate::domain::standing::{Move, MoveEvent, Standing};
use serde_json::{Map, Value};

/// Something that an app hears of a conversation.
#[derive(Clone, Copy, Debug)]
pub enum AppNews<'a> {
    /// The customer said something that is kept.
    Said(&'a Activity),
    /// The conversation was moved; what whoever moved it sent along is told with it.
    Moved(&'a Move, MoveEvent, &'a Map<String, Value>),
    /// The business has nothing left to do in it.
    Resolved,
    /// It was closed.
    Closed,
    /// What has become of a message that the app has sent.
    Status(&'a StatusNews),
}

/// Where and when something happened that apps hear of.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The conversation as it is after it.
    pub conversation: &'a Conversation,
    /// Where it stands.
    pub standing: &'a Standing,
    /// When it happened.
    pub at: Millis,
}

/// Puts into words what apps hear. It is asked while a conversation's lane is held, so it answers from memory.
pub trait WordForApps: Send + Sync {
    /// What surrounds all that an app hears: a JSON object without its closing brace.
    fn envelope(&self, app: &App) -> String;

    /// One thing that an app hears: a JSON object with a list under each name. Lists of things that are sent together
    /// are joined. None where it is told to nobody.
    fn item(&self, scene: Scene<'_>, news: AppNews<'_>) -> Option<String>;
}

/// Says nothing: for whoever has no apps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wordless;

impl WordForApps for Wordless {
    fn envelope(&self, _: &App) -> String {
        "{".to_owned()
    }

    fn item(&self, _: Scene<'_>, _: AppNews<'_>) -> Option<String> {
        None
    }
}

/// The apps that hear of a conversation, where it stood before a passage, and what goes to them.
pub(in crate::pipeline) struct AppEar {
    apps: Vec<Arc<App>>,
    stood: Standing,
    was_resolved: bool,
    was_closed: bool,
    /// What whoever moves the conversation sends along.
    pub params: Map<String, Value>,
    deliveries: Vec<Delivery>,
}

impl AppEar {
    fn is_for_all(news: AppNews<'_>) -> bool {
        !matches!(news, AppNews::Status(_))
    }
}

impl Passage<'_> {
    /// Who hears of a conversation before anything is done in it; none where there are no apps, as mostly.
    pub(super) fn ear(engine: &super::Engine, head: &Conversation) -> Option<Box<AppEar>> {
        let apps = engine.registry.apps(head.tenant);
        (!apps.is_empty()).then(|| {
            Box::new(AppEar {
                apps,
                stood: engine.standing(head),
                was_resolved: head.resolved.is_some(),
                was_closed: head.closed.is_some(),
                params: Map::new(),
                deliveries: Vec::new(),
            })
        })
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
                _ => AppEar::is_for_all(news),
            };
            let head = self.head();
            let deliveries = ear.apps.iter().filter(meant).map(|app| Delivery {
                id: DeliveryId::new(),
                tenant: head.tenant,
                endpoint: Endpoint::App(app.client.clone()),
                conversation: head.id,
                hub: head.hub,
                form: DeliveryForm::Wrapper,
                envelope: self.engine.app_words.envelope(app).into(),
                item: item.clone(),
            });
            let deliveries: Vec<_> = deliveries.collect();
            ear.deliveries.extend(deliveries);
        }
        self.ear = Some(ear);
    }

    /// Whether an app waits to hear the fate of what it has sent.
    pub(super) fn is_heard_by(&self, client: &crate::domain::ids::ClientId) -> bool {
        self.ear.as_ref().is_some_and(|ear| ear.apps.iter().any(|app| app.client == *client))
    }

    /// Apps hear what the passage has made of the conversation; what goes to them, in order.
    pub(super) fn finish_for_apps(&mut self) -> Vec<Step> {
        let Some(ear) = &mut self.ear else { return Vec::new() };
        let (stood, params) = (ear.stood.clone(), std::mem::take(&mut ear.params));
        let (was_resolved, was_closed) = (ear.was_resolved, ear.was_closed);
        let to = self.engine.standing(self.head());
        let moved = Move { conversation: self.head().id, from: stood, to };
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
