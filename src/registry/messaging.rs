//! What messages are made of and where back ends hear: variables, templates and apps of a tenant. All three are kept,
//! shown and forgotten in one way. It must not know what is done with them.

mod document;
mod hearing;
mod shelf;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::changes::Turn;
use super::{Registry, RegistryError, TenantEntry};
use crate::auth::Sealer;
use crate::auth::secret::{self, PlainSecret};
use crate::domain::audit::Actor;
use crate::domain::clock::Millis;
use crate::domain::confidential::Confidential;
use crate::domain::ids::{ClientId, IntegrationId, MessagingId, TenantId};
use crate::domain::messaging::{App, MessagingKind, Template, Variable};
use crate::store::{MessagingRecord, Write};

pub(super) use document::messaging_name;
use document::{close_app, close_template, close_variable, open_app, open_document};
use shelf::Shelf;

/// All that one tenant messages by.
#[derive(Default)]
pub struct MessagingDesk {
    variables: Shelf<Variable>,
    templates: Shelf<Template>,
    apps: BTreeMap<MessagingId, Arc<App>>,
}

impl MessagingDesk {
    /// How many apps there are.
    pub(super) fn app_count(&self) -> usize {
        self.apps.len()
    }

    /// Takes in what the store holds.
    pub(super) fn open(&mut self, record: MessagingRecord, sealer: &Sealer) -> Result<(), RegistryError> {
        let id = record.id;
        match record.kind {
            MessagingKind::Variable => {
                self.variables.insert(Arc::new(open_document(&record)?));
            }
            MessagingKind::Template => {
                self.templates.insert(Arc::new(open_document(&record)?));
            }
            MessagingKind::App => {
                self.apps.insert(id, Arc::new(open_app(&record, sealer)?));
            }
        }
        Ok(())
    }
}

/// Something that clients make, replace and delete by its id.
pub trait MessagingThing: Sized + Send + Sync + 'static {
    /// Its id.
    fn id(&self) -> MessagingId;

    /// What it is called by where it is used; others may be called the same.
    fn asked_by(&self) -> &str;

    /// Whether two cannot be there together.
    fn is_namesake_of(&self, other: &Self) -> bool;

    /// It as it is kept.
    ///
    /// # Errors
    /// When it cannot be written as a document.
    fn close(&self, tenant: TenantId) -> Result<MessagingRecord, RegistryError>;

    /// All of its kind.
    fn shelf(desk: &MessagingDesk) -> &Shelf<Self>;

    /// All of its kind, to be changed.
    fn shelf_mut(desk: &mut MessagingDesk) -> &mut Shelf<Self>;
}

impl MessagingThing for Variable {
    fn id(&self) -> MessagingId {
        self.id
    }

    fn asked_by(&self) -> &str {
        &self.key
    }

    fn is_namesake_of(&self, other: &Self) -> bool {
        self.key == other.key && self.channel == other.channel
    }

    fn close(&self, tenant: TenantId) -> Result<MessagingRecord, RegistryError> {
        close_variable(self, tenant)
    }

    fn shelf(desk: &MessagingDesk) -> &Shelf<Self> {
        &desk.variables
    }

    fn shelf_mut(desk: &mut MessagingDesk) -> &mut Shelf<Self> {
        &mut desk.variables
    }
}

impl MessagingThing for Template {
    fn id(&self) -> MessagingId {
        self.id
    }

    fn asked_by(&self) -> &str {
        &self.code
    }

    fn is_namesake_of(&self, other: &Self) -> bool {
        self.code == other.code && self.lang == other.lang
    }

    fn close(&self, tenant: TenantId) -> Result<MessagingRecord, RegistryError> {
        close_template(self, tenant)
    }

    fn shelf(desk: &MessagingDesk) -> &Shelf<Self> {
        &desk.templates
    }

    fn shelf_mut(desk: &mut MessagingDesk) -> &mut Shelf<Self> {
        &mut desk.templates
    }
}

impl Registry {
    /// The variables or templates of a tenant, in the order of their creation.
    pub fn messaging<T: MessagingThing>(&self, tenant: TenantId) -> Vec<Arc<T>> {
        let entry = self.tenants.get(&tenant).map(|entry| entry.clone());
        entry.map(|entry| all_of(&entry)).unwrap_or_default()
    }

    /// A variable or template of a tenant.
    pub fn messaging_thing<T: MessagingThing>(&self, tenant: TenantId, id: MessagingId) -> Option<Arc<T>> {
        let entry = self.tenants.get(&tenant).map(|entry| entry.clone())?;
        let desk = entry.messaging.read();
        T::shelf(&desk).get(id).cloned()
    }

    /// The templates of a code, one per language, in the order of their creation.
    pub fn templates_coded(&self, tenant: TenantId, code: &str) -> Vec<Arc<Template>> {
        let entry = self.tenants.get(&tenant).map(|entry| entry.clone());
        entry.map(|entry| named(&entry, code)).unwrap_or_default()
    }

    /// The variable of a key that stands for something on a channel: the channel's own, else the one for all.
    pub fn variable_on(&self, tenant: TenantId, channel: IntegrationId, key: &str) -> Option<Arc<Variable>> {
        let entry = self.tenants.get(&tenant).map(|entry| entry.clone())?;
        let desk = entry.messaging.read();
        let keyed = desk.variables.named(key);
        let standing = keyed.filter(|variable| !variable.disabled && variable.is_for(channel));
        standing.min_by_key(|variable| variable.channel.is_none()).cloned()
    }

    /// Makes a thing, of which the tenant has `most` at most; `make` is given its id and the moment.
    ///
    /// # Errors
    /// [`RegistryError::NameTaken`] and [`RegistryError::TooManyOfMessaging`].
    pub async fn create_messaging<T: MessagingThing>(
        self: &Arc<Self>,
        by: Actor,
        most: Option<NonZeroUsize>,
        make: impl FnOnce(MessagingId, Millis) -> T,
    ) -> Result<Arc<T>, RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let thing = make(MessagingId::new(), self.clock.now());
        check_namesakes(&thing, &named(&entry, thing.asked_by()))?;
        if most.is_some_and(|most| T::shelf(&entry.messaging.read()).len() >= most.get()) {
            return Err(RegistryError::TooManyOfMessaging);
        }
        keep(turn, entry, tenant, thing).await
    }

    /// Puts a thing in the place of another; `make` is given that one.
    ///
    /// # Errors
    /// [`RegistryError::MessagingNotFound`] and [`RegistryError::NameTaken`].
    pub async fn replace_messaging<T: MessagingThing>(
        self: &Arc<Self>,
        by: Actor,
        id: MessagingId,
        make: impl FnOnce(&T) -> T,
    ) -> Result<Arc<T>, RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let present = T::shelf(&entry.messaging.read()).get(id).cloned();
        let thing = make(&*present.ok_or(RegistryError::MessagingNotFound)?);
        check_namesakes(&thing, &named(&entry, thing.asked_by()))?;
        keep(turn, entry, tenant, thing).await
    }

    /// Forgets a thing, and gives it.
    ///
    /// # Errors
    /// [`RegistryError::MessagingNotFound`].
    pub async fn delete_messaging<T: MessagingThing>(
        self: &Arc<Self>,
        by: Actor,
        id: MessagingId,
    ) -> Result<Arc<T>, RegistryError> {
        let (turn, entry) = self.turn(by).await?;
        let gone = T::shelf(&entry.messaging.read()).get(id).cloned();
        let gone = gone.ok_or(RegistryError::MessagingNotFound)?;
        turn.keep(vec![Write::DeleteMessaging(id)], move |_| {
            T::shelf_mut(&mut entry.messaging.write()).remove(id);
            gone
        })
        .await
    }

    /// The apps of a tenant: where its messaging clients hear.
    pub fn apps(&self, tenant: TenantId) -> Vec<Arc<App>> {
        if self.app_count.load(Ordering::Relaxed) == 0 {
            return Vec::new();
        }
        let entry = self.tenants.get(&tenant).map(|entry| entry.clone());
        entry.map(|entry| entry.messaging.read().apps.values().cloned().collect()).unwrap_or_default()
    }

    /// Where a messaging client of a tenant hears, if it has said so.
    pub fn app(&self, tenant: TenantId, client: &ClientId) -> Option<Arc<App>> {
        self.apps(tenant).into_iter().find(|app| app.client == *client)
    }

    /// Registers where a messaging client hears, in place of where it did, under a new token that only the caller
    /// gets to see.
    pub async fn register_app(
        self: &Arc<Self>,
        by: Actor,
        client: ClientId,
        url: String,
    ) -> Result<(Arc<App>, PlainSecret), RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let (token, _) = secret::generate();
        let app = App {
            id: self.app(tenant, &client).map(|present| present.id).unwrap_or_default(),
            client,
            url,
            verify_token: Confidential::from(token.expose()),
            registered: self.clock.now(),
        };
        let record = close_app(&app, tenant, &self.sealer)?;
        let app = Arc::new(app);
        let shown = turn
            .keep(vec![Write::PutMessaging(record)], move |registry| {
                if entry.messaging.write().apps.insert(app.id, app.clone()).is_none() {
                    registry.app_count.fetch_add(1, Ordering::Relaxed);
                }
                app
            })
            .await?;
        Ok((shown, token))
    }

    /// A thing of any kind as it would be kept now.
    pub(super) fn messaging_record(
        &self,
        tenant: TenantId,
        id: MessagingId,
    ) -> Result<Option<MessagingRecord>, RegistryError> {
        let Some(entry) = self.tenants.get(&tenant).map(|entry| entry.clone()) else { return Ok(None) };
        let desk = entry.messaging.read();
        let record = if let Some(variable) = desk.variables.get(id) {
            close_variable(variable, tenant)?
        } else if let Some(template) = desk.templates.get(id) {
            close_template(template, tenant)?
        } else if let Some(app) = desk.apps.get(&id) {
            close_app(app, tenant, &self.sealer)?
        } else {
            return Ok(None);
        };
        Ok(Some(record))
    }
}

fn all_of<T: MessagingThing>(entry: &TenantEntry) -> Vec<Arc<T>> {
    T::shelf(&entry.messaging.read()).iter().cloned().collect()
}

fn named<T: MessagingThing>(entry: &TenantEntry, name: &str) -> Vec<Arc<T>> {
    T::shelf(&entry.messaging.read()).named(name).cloned().collect()
}

async fn keep<T: MessagingThing>(
    turn: Turn,
    entry: Arc<TenantEntry>,
    tenant: TenantId,
    thing: T,
) -> Result<Arc<T>, RegistryError> {
    let record = thing.close(tenant)?;
    let thing = Arc::new(thing);
    turn.keep(vec![Write::PutMessaging(record)], move |_| {
        T::shelf_mut(&mut entry.messaging.write()).insert(thing.clone());
        thing
    })
    .await
}

fn check_namesakes<T: MessagingThing>(thing: &T, named: &[Arc<T>]) -> Result<(), RegistryError> {
    let is_taken = named.iter().any(|other| other.id() != thing.id() && thing.is_namesake_of(other));
    if is_taken { Err(RegistryError::NameTaken) } else { Ok(()) }
}
