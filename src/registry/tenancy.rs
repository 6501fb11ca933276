//! Everything that one tenant has, as one piece: so it is read from the store, kept in it, and shown.
//! It must not know who asks for it.

use std::collections::HashMap;
use std::sync::Arc;

use super::messaging::MessagingDesk;
use super::{RegistryError, commands, documents, former_keys, pipelines};
use crate::auth::Sealer;
use crate::domain::client::Client;
use crate::domain::command::Command;
use crate::domain::directory::{Team, User};
use crate::domain::faq::FaqNode;
use crate::domain::hub::Hub;
use crate::domain::ids::{FaqEditionId, IntegrationId, TenantId};
use crate::domain::integration::Integration;
use crate::domain::stage::Pipeline;
use crate::domain::tenant::Tenant;
use crate::store::{ApiKey, Configuration, FaqEditionRecord, FormerKeyRecord, Packing, Write};

/// A tenant with all that is its own.
pub(super) struct Tenancy {
    pub(super) tenant: Arc<Tenant>,
    pub(super) clients: Vec<Arc<Client>>,
    pub(super) api_keys: Vec<ApiKey>,
    pub(super) hubs: Vec<Arc<Hub>>,
    /// The highest number that a kept hub was given, there or not.
    pub(super) hubs_made: i64,
    pub(super) integrations: Vec<Arc<Integration>>,
    /// What its bots answer from, as long as the tenant is not kept: nodes are read by whoever answers.
    pub(super) faq: Vec<(IntegrationId, Vec<FaqNode>)>,
    pub(super) commands: Vec<Arc<Command>>,
    pub(super) pipelines: Vec<Arc<Pipeline>>,
    pub(super) users: Vec<Arc<User>>,
    pub(super) teams: Vec<Arc<Team>>,
    /// Nothing of it is there when the tenant is made.
    pub(super) messaging: MessagingDesk,
}

impl Tenancy {
    /// A tenant that has nothing yet.
    pub(super) fn new(tenant: Tenant) -> Self {
        Self {
            tenant: Arc::new(tenant),
            clients: Vec::new(),
            api_keys: Vec::new(),
            hubs: Vec::new(),
            hubs_made: 0,
            integrations: Vec::new(),
            faq: Vec::new(),
            commands: Vec::new(),
            pipelines: Vec::new(),
            users: Vec::new(),
            teams: Vec::new(),
            messaging: MessagingDesk::default(),
        }
    }

    /// The tenants of `stored` that are `wanted`, each with what is its own.
    ///
    /// # Errors
    /// When a document or a sealed key of one of them cannot be read.
    pub(super) fn sort(
        stored: Configuration,
        sealer: &Sealer,
        wanted: impl Fn(TenantId) -> bool,
    ) -> Result<Vec<Self>, RegistryError> {
        let tenants = stored.tenants.into_iter().filter(|tenant| wanted(tenant.id));
        let mut all: HashMap<TenantId, Self> = tenants.map(|tenant| (tenant.id, Self::new(tenant))).collect();
        for client in stored.clients {
            all.entry(client.tenant).and_modify(|owner| owner.clients.push(Arc::new(client)));
        }
        for key in stored.api_keys {
            all.entry(key.tenant).and_modify(|owner| owner.api_keys.push(key));
        }
        for hub in stored.hubs {
            all.entry(hub.tenant).and_modify(|owner| owner.hubs.push(Arc::new(hub)));
        }
        for (tenant, made) in stored.hubs_made {
            all.entry(tenant).and_modify(|owner| owner.hubs_made = made);
        }
        let mut former: HashMap<IntegrationId, Vec<FormerKeyRecord>> = HashMap::new();
        for (integration, record) in stored.former_keys {
            former.entry(integration).or_default().push(record);
        }
        for record in stored.integrations {
            if let Some(owner) = all.get_mut(&record.tenant) {
                let mut integration = documents::open_integration(record, sealer)?;
                for record in former.remove(&integration.id).unwrap_or_default() {
                    integration.former_keys.push(former_keys::open(&record, sealer)?);
                }
                owner.integrations.push(Arc::new(integration));
            }
        }
        for record in stored.commands {
            if let Some(owner) = all.get_mut(&record.tenant) {
                owner.commands.push(Arc::new(commands::open_command(record)?));
            }
        }
        for record in stored.pipelines {
            if let Some(owner) = all.get_mut(&record.tenant) {
                owner.pipelines.push(Arc::new(pipelines::open_pipeline(record, sealer)?));
            }
        }
        for user in stored.users {
            all.entry(user.tenant).and_modify(|owner| owner.users.push(Arc::new(user)));
        }
        for team in stored.teams {
            all.entry(team.tenant).and_modify(|owner| owner.teams.push(Arc::new(team)));
        }
        for record in stored.messaging {
            if let Some(owner) = all.get_mut(&record.tenant) {
                owner.messaging.open(record, sealer)?;
            }
        }
        Ok(all.into_values().collect())
    }

    /// What keeps all of it, for one commit.
    ///
    /// # Errors
    /// When a configuration or what a command does cannot be written as a document.
    pub(super) fn writes(&self, sealer: &Sealer) -> Result<Vec<Write>, RegistryError> {
        let mut writes = vec![Write::PutTenant(Tenant::clone(&self.tenant))];
        writes.extend(self.clients.iter().map(|client| Write::PutClient(Client::clone(client))));
        writes.extend(self.api_keys.iter().cloned().map(Write::PutApiKey));
        writes.extend(self.users.iter().map(|user| Write::PutUser(User::clone(user))));
        writes.extend(self.teams.iter().map(|team| Write::PutTeam(Team::clone(team))));
        writes.extend(self.hubs.iter().map(|hub| Write::PutHub(Hub::clone(hub))));
        for integration in &self.integrations {
            writes.push(Write::PutIntegration(documents::close_integration(integration, sealer)?));
        }
        for (bot, nodes) in &self.faq {
            let edition = FaqEditionRecord {
                id: FaqEditionId::new(),
                tenant: self.tenant.id,
                bot: *bot,
                begun: self.tenant.created,
            };
            let parts = Packing::of(edition.id).all(nodes);
            let adopted = Write::AdoptFaqEdition(*bot, edition.id);
            writes.push(Write::PutFaqEdition(edition));
            writes.extend(parts.into_iter().map(Write::PutFaqPart));
            writes.push(adopted);
        }
        for command in &self.commands {
            writes.push(Write::PutCommand(commands::close_command(command)?));
        }
        for pipeline in &self.pipelines {
            writes.push(Write::PutPipeline(pipelines::close_pipeline(pipeline, sealer)?));
        }
        Ok(writes)
    }
}
