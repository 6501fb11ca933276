//! What back ends hear at their webhook (messaging reference, InBoundWrapper): the engine's news in the face's words.
//! It must not know when anything is sent, nor to whom.
//!
//! An item has a list under each name that it says something under; items that are sent together have their lists
//! joined, and the outlet writes those that say nothing.

mod contact;
mod message;
mod news;
mod update;

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::contactable::contact_of;
use super::events::EventCode;
use super::ids::Contact;
use crate::domain::contact_update::ContactUpdate;
use crate::domain::conversation::Conversation;
use crate::domain::ids::TenantId;
use crate::domain::messaging::App;
use crate::pipeline::{AppNews, Pushed, Scene, WordForApps};
use crate::registry::Registry;

use contact::inbound_contact;

/// Words for what apps hear.
pub struct AppWording {
    registry: Arc<Registry>,
    /// Labels that one answer may bring.
    labels: usize,
    /// Where clients reach the server, once that is known.
    server: OnceLock<String>,
}

impl AppWording {
    /// Names channels and contacts as `registry` has them, and takes at most so many `labels` of a contact.
    pub fn new(registry: Arc<Registry>, labels: usize) -> Self {
        Self { registry, labels, server: OnceLock::new() }
    }

    /// From now on apps are told where clients reach the server.
    pub fn served_at(&self, base_url: &str) {
        self.server.get_or_init(|| base_url.to_owned());
    }

    fn event(&self, scene: Scene<'_>, code: EventCode, moved: news::Moved<'_>) -> Value {
        json!({"events": [news::event(&self.registry, scene, code, moved)]})
    }
}

impl WordForApps for AppWording {
    fn envelope(&self, tenant: TenantId, app: &App) -> String {
        let meta = json!({
            "appId": app.id,
            "debug": false,
            "domain": self.registry.tenant(tenant).map(|tenant| tenant.org.to_string()).unwrap_or_default(),
            "server": self.server.get().map(String::as_str).unwrap_or_default(),
        });
        format!(r#"{{"meta":{meta}"#)
    }

    fn item(&self, scene: Scene<'_>, news: AppNews<'_>) -> Option<String> {
        let contact = || contact_of(&self.registry, scene.conversation);
        let item = match news {
            AppNews::Said(activity) => {
                let contact = contact()?;
                let mut item = Map::new();
                item.insert("contacts".to_owned(), json!([inbound_contact(&contact, scene.conversation)]));
                if let Some(code) = message::action_code(&activity.content) {
                    item.insert("actions".to_owned(), json!([{"actionCode": code}]));
                }
                if let Some(message) = message::render(&contact, scene, activity) {
                    item.insert("messages".to_owned(), json!([message]));
                }
                if item.len() == 1 {
                    return None;
                }
                item.into()
            }
            AppNews::Moved(moved, event, params) => self.event(scene, event.into(), Some((moved, params))),
            AppNews::Resolved => self.event(scene, EventCode::SessionResolved, None),
            AppNews::Closed => self.event(scene, EventCode::SessionClosed, None),
            AppNews::Status(news) => {
                // Where the channel is gone its last news are of nobody.
                let contact_id = contact().as_ref().map(Contact::id).unwrap_or_default();
                json!({"statuses": [news::status(&contact_id, scene, news)]})
            }
        };
        Some(item.to_string())
    }

    fn pushed(&self, tenant: TenantId, scene: Option<Scene<'_>>, pushed: Pushed<'_>) -> String {
        json!({"events": [news::pushed(&self.registry, tenant, scene, pushed)]}).to_string()
    }

    fn question(&self, conversation: &Conversation) -> Option<String> {
        let contact = contact_of(&self.registry, conversation)?;
        Some(inbound_contact(&contact, conversation).to_string())
    }

    fn answer(&self, body: &[u8]) -> Result<ContactUpdate, String> {
        let body: Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| "it is no JSON object".to_owned())?;
        update::read(&body, self.labels).map_err(|refusal| {
            let faults = refusal.faults().iter().map(|fault| fault.description.as_str());
            faults.collect::<Vec<_>>().join("; ")
        })
    }
}
