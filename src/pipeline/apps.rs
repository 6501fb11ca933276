//! What the apps of a tenant hear by webhook of its conversations: what customers say, where conversations go, and
//! what became of messages that they have sent. It must not know in which words it is told ([`WordForApps`]), nor when
//! it is sent.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::domain::activity::Activity;
use crate::domain::clock::Millis;
use crate::domain::contact_update::ContactUpdate;
use crate::domain::conversation::Conversation;
use crate::domain::customer::{CustomerKey, PushKind};
use crate::domain::delivery::Delivery;
use crate::domain::ids::TenantId;
use crate::domain::messaging::App;
use crate::domain::receipt::StatusNews;
use crate::domain::standing::{Move, MoveEvent, Standing};

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

/// Something that a back end has told of a customer.
#[derive(Clone, Copy, Debug)]
pub struct Pushed<'a> {
    /// What kind of thing it is.
    pub kind: PushKind,
    /// Whose it is.
    pub links: &'a [CustomerKey],
    /// What is heard of it.
    pub heard: &'a Map<String, Value>,
}

/// Puts into words what apps hear. It is asked while a conversation's lane is held, so it answers from memory.
pub trait WordForApps: Send + Sync {
    /// What surrounds all that an app hears: a JSON object without its closing brace.
    fn envelope(&self, tenant: TenantId, app: &App) -> String;

    /// One thing that an app hears: a JSON object with a list under each name. Lists of things that are sent together
    /// are joined. None where it is told to nobody.
    fn item(&self, scene: Scene<'_>, news: AppNews<'_>) -> Option<String>;

    /// What a back end has told of a customer of a tenant, as one thing that an app hears; the scene is an open
    /// conversation of the customer, if there is one.
    fn pushed(&self, tenant: TenantId, scene: Option<Scene<'_>>, pushed: Pushed<'_>) -> String;

    /// What an app is asked about the customer of a conversation: a JSON text. None where nothing can be asked.
    fn question(&self, conversation: &Conversation) -> Option<String>;

    /// What an app has answered to that.
    ///
    /// # Errors
    /// In words for people, what of it is not what it must be.
    fn answer(&self, body: &[u8]) -> Result<ContactUpdate, String>;
}

/// Says nothing: for whoever has no apps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wordless;

impl WordForApps for Wordless {
    fn envelope(&self, _: TenantId, _: &App) -> String {
        "{".to_owned()
    }

    fn item(&self, _: Scene<'_>, _: AppNews<'_>) -> Option<String> {
        None
    }

    fn pushed(&self, _: TenantId, _: Option<Scene<'_>>, _: Pushed<'_>) -> String {
        "{}".to_owned()
    }

    fn question(&self, _: &Conversation) -> Option<String> {
        None
    }

    fn answer(&self, _: &[u8]) -> Result<ContactUpdate, String> {
        Err("nobody was asked".to_owned())
    }
}

/// The apps that hear of a conversation, where it stood before a passage, and what goes to them.
pub(in crate::pipeline) struct AppEar {
    /// The apps; never none.
    pub apps: Vec<Arc<App>>,
    /// Where the conversation stood.
    pub stood: Standing,
    /// Whether the business had nothing left to do in it.
    pub was_resolved: bool,
    /// Whether it was closed.
    pub was_closed: bool,
    /// Whether somebody routes it in the passage.
    pub is_routed: bool,
    /// What whoever moves the conversation sends along.
    pub params: Map<String, Value>,
    /// What goes to them, in order.
    pub deliveries: Vec<Delivery>,
}
