//! What the audit log says of a change. It is worked out from the writes that keep the change and from what is in
//! force until then, so no change that is kept can be left out, and none has to tell of itself.

mod properties;

use serde_json::{Map, Value};

use super::commands::close_command;
use super::messaging::messaging_name;
use super::{Registry, RegistryError, documents};
use crate::domain::audit::{Action, Actor, AuditEntry, AuditKind};
use crate::domain::client::{Client, Secret};
use crate::domain::directory::{Team, User};
use crate::domain::hub::Hub;
use crate::domain::ids::{ClientId, IntegrationId, MessagingId, TenantId};
use crate::domain::messaging::MessagingKind;
use crate::domain::tenant::Tenant;
use crate::store::{
    AuditPage, AuditQuery, CommandRecord, IntegrationRecord, MessagingRecord, PipelineRecord, StoreError,
    Write,
};

use properties::{changed_properties, differing};

impl Registry {
    /// A page of a tenant's audit log, the newest entry first.
    pub async fn audit(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        self.store.audit(query).await
    }

    /// The entries for `writes`, which `by` is about to keep. Whoever calls this holds the turn to change what they
    /// change.
    pub(super) fn audited(&self, by: &Actor, writes: &[Write]) -> Result<Vec<AuditEntry>, RegistryError> {
        let at = self.clock.now();
        let whole_tenant = writes.iter().find_map(|write| match write {
            Write::PutTenant(tenant) => Some(self.tenant_put(tenant)),
            _ => None,
        });
        let changes = match whole_tenant {
            // What it begins with is part of it.
            Some(change) => vec![change],
            None => {
                writes.iter().map(|write| self.changes(by, write)).collect::<Result<Vec<_>, _>>()?.concat()
            }
        };
        let entry = |change: Change| {
            let Change { action, kind, id, name, changed } = change;
            AuditEntry { by: by.clone(), at, action, kind, id, name, changed }
        };
        Ok(changes.into_iter().map(entry).collect())
    }

    fn changes(&self, by: &Actor, write: &Write) -> Result<Vec<Change>, RegistryError> {
        Ok(match write {
            Write::PutTenant(tenant) => vec![self.tenant_put(tenant)],
            Write::PutClient(client) => self.secrets_changed(&client.id, &client.secrets),
            Write::DeleteClient(id) => self.secrets_changed(id, &[]),
            Write::PutHub(hub) => vec![self.hub_put(hub)],
            Write::DeleteHub(id) => {
                let name = self.hubs.get(id).map(|hub| hub.name.clone());
                vec![Change::deletion(AuditKind::Hub, id.to_string(), name)]
            }
            Write::PutIntegration(record) => vec![self.integration_put(record)?],
            Write::DeleteIntegration(id) => {
                let name = self.integrations.get(id).map(|integration| integration.name.clone());
                vec![Change::deletion(AuditKind::Integration, id.to_string(), name)]
            }
            Write::AdoptFaqEdition(id, _) => vec![self.nodes_replaced(*id)],
            Write::PutCommand(record) => vec![self.command_put(record)?],
            Write::DeleteCommand(id) => {
                let name = self.commands.get(id).map(|command| command.name.clone());
                vec![Change::deletion(AuditKind::Command, id.to_string(), name)]
            }
            Write::PutUser(user) => vec![self.user_put(user)],
            Write::DeleteUser(tenant, id) => {
                let name = self.user(*tenant, id).map(|user| user.name.clone());
                vec![Change::deletion(AuditKind::User, id.to_string(), name)]
            }
            Write::PutTeam(team) => vec![self.team_put(team)],
            Write::DeleteTeam(tenant, id) => {
                let name = self.team(*tenant, id).map(|team| team.name.clone());
                vec![Change::deletion(AuditKind::Team, id.to_string(), name)]
            }
            Write::PutPipeline(record) => vec![self.pipeline_put(record)],
            Write::PutMessaging(record) => vec![self.messaging_put(record)?],
            Write::DeleteMessaging(id) => self.messaging_deleted(by.tenant, *id).into_iter().collect(),
            // Keys are made with their tenant, or by the broker for itself; the rest is no configuration.
            Write::PutApiKey(_)
            | Write::PutSigningKey(_)
            | Write::PutFormerKeys(..)
            | Write::ForgetFormerKeys(_)
            | Write::DeleteSigningKey(_)
            | Write::PutFaqEdition(_)
            | Write::PutFaqPart(_)
            | Write::ForgetFaqParts(..)
            | Write::PutFaqUpload(_)
            | Write::KeepNewestFaqUploads(..)
            | Write::PutCustomer(..)
            | Write::PutPush(..)
            | Write::PutConversation(_)
            | Write::PutActivity(_)
            | Write::PutSession(_)
            | Write::DeleteSession(_)
            | Write::PutSubscription(..)
            | Write::EndSubscription(..)
            | Write::Acknowledge(..)
            | Write::AcknowledgeUpTo(..)
            | Write::PutEvent(_)
            | Write::PutIdempotentAnswer(_)
            | Write::PutAuditEntry(_)
            | Write::Hold(_)
            | Write::Release(..)
            | Write::ReleaseAll(_)
            | Write::PutDelivery(_)
            | Write::NoteDelivery(..)
            | Write::LeaveEndpointAlone(_)
            | Write::StopEndpoint(_)
            | Write::ResumeEndpoint(_)
            | Write::PutNotification(_) => Vec::new(),
        })
    }

    fn tenant_put(&self, tenant: &Tenant) -> Change {
        let changed = self.tenant(tenant.id).map(|old| vec![("name", old.name != tenant.name)]);
        Change::put(AuditKind::Tenant, tenant.id.to_string(), &tenant.name, changed)
    }

    fn hub_put(&self, hub: &Hub) -> Change {
        let changed = self.hubs.get(&hub.id).map(|old| {
            vec![
                ("name", old.name != hub.name),
                ("description", old.description != hub.description),
                ("closeDormantConversation", old.close_dormant_days != hub.close_dormant_days),
                ("statusId", old.status != hub.status),
            ]
        });
        Change::put(AuditKind::Hub, hub.id.to_string(), &hub.name, changed)
    }

    fn user_put(&self, user: &User) -> Change {
        let changed = self.user(user.tenant, &user.id).map(|old| {
            vec![
                ("name", old.name != user.name),
                ("email", old.email != user.email),
                ("skills", old.skills != user.skills),
                ("state", old.state != user.state),
            ]
        });
        Change::put(AuditKind::User, user.id.to_string(), &user.name, changed)
    }

    fn team_put(&self, team: &Team) -> Change {
        let changed = self.team(team.tenant, &team.id).map(|old| {
            vec![
                ("name", old.name != team.name),
                ("members", old.members != team.members),
                ("state", old.state != team.state),
            ]
        });
        Change::put(AuditKind::Team, team.id.to_string(), &team.name, changed)
    }

    fn integration_put(&self, record: &IntegrationRecord) -> Result<Change, RegistryError> {
        let (kind, id) = (AuditKind::Integration, record.id.to_string());
        let Some(present) = self.integrations.get(&record.id).map(|present| present.clone()) else {
            return Ok(Change::put(kind, id, &record.name, None));
        };
        let new = documents::open_integration(record.clone(), &self.sealer)?;
        let differs = vec![
            ("name", present.name != new.name),
            ("integrationType", present.kind != new.kind),
            ("statusId", present.status != new.status),
        ];
        let mut change = Change::put(kind, id, &new.name, Some(differs));
        let properties = changed_properties(&present.configuration, &new.configuration);
        change.changed.extend(properties.into_iter().map(|property| format!("configuration.{property}")));
        Ok(change)
    }

    /// What a bot answers from is told as one property: nodes are many, and change together.
    fn nodes_replaced(&self, bot: IntegrationId) -> Change {
        let name = self.integrations.get(&bot).map(|bot| bot.name.clone()).unwrap_or_default();
        Change::put(AuditKind::Integration, bot.to_string(), &name, Some(vec![("nodes", true)]))
    }

    fn command_put(&self, record: &CommandRecord) -> Result<Change, RegistryError> {
        let (kind, id) = (AuditKind::Command, record.id.to_string());
        let Some(present) = self.commands.get(&record.id).map(|present| present.clone()) else {
            return Ok(Change::put(kind, id, &record.name, None));
        };
        let old = close_command(&present)?;
        let differs =
            vec![("name", old.name != record.name), ("description", old.description != record.description)];
        let mut change = Change::put(kind, id, &record.name, Some(differs));
        let as_told =
            |member: String| if member == "party" { "integrationTypeId".to_owned() } else { member };
        change.changed.extend(changed_members(&old.effect, &record.effect).map(as_told));
        Ok(change)
    }

    /// The stages of a hub have its id and its name.
    fn pipeline_put(&self, record: &PipelineRecord) -> Change {
        let changed = self.pipeline(record.hub).map(|_| vec![("stages", true)]);
        let name = self.hubs.get(&record.hub).map(|hub| hub.name.clone()).unwrap_or_default();
        Change::put(AuditKind::Pipeline, record.hub.to_string(), &name, changed)
    }

    fn messaging_put(&self, record: &MessagingRecord) -> Result<Change, RegistryError> {
        let (kind, id) = (kind_of(record.kind), record.id.to_string());
        let name = messaging_name(record)?;
        let Some(old) = self.messaging_record(record.tenant, record.id)? else {
            return Ok(Change::put(kind, id, &name, None));
        };
        let mut change = Change::put(kind, id, &name, Some(Vec::new()));
        change.changed.extend(changed_members(&old.document, &record.document));
        if record.sealed.is_some() {
            change.changed.push("verifyToken".to_owned());
        }
        Ok(change)
    }

    fn messaging_deleted(&self, tenant: TenantId, id: MessagingId) -> Option<Change> {
        let record = self.messaging_record(tenant, id).ok()??;
        let name = messaging_name(&record).ok()?;
        Some(Change::deletion(kind_of(record.kind), id.to_string(), Some(name)))
    }

    /// Secrets are never changed, so they differ by what is there.
    fn secrets_changed(&self, client: &ClientId, new: &[Secret]) -> Vec<Change> {
        let present = self.clients.get(client).map(|client| client.clone());
        let old = present.as_deref().map_or(&[][..], |client: &Client| &client.secrets);
        let lacks = |all: &[Secret], one: &Secret| all.iter().all(|other| other.id != one.id);
        let id = |secret: &Secret| format!("{client}/{}", secret.number);
        let created = new.iter().filter(|secret| lacks(old, secret));
        let created = created.map(|secret| Change::put(AuditKind::Token, id(secret), &secret.name, None));
        let deleted = old.iter().filter(|secret| lacks(new, secret));
        let deleted =
            deleted.map(|secret| Change::deletion(AuditKind::Token, id(secret), Some(secret.name.clone())));
        created.chain(deleted).collect()
    }
}

fn kind_of(kind: MessagingKind) -> AuditKind {
    match kind {
        MessagingKind::Variable => AuditKind::Variable,
        MessagingKind::Template => AuditKind::Template,
        MessagingKind::App => AuditKind::Webhook,
    }
}

/// What was done to one thing.
#[derive(Clone)]
struct Change {
    action: Action,
    kind: AuditKind,
    id: String,
    name: String,
    changed: Vec<String>,
}

impl Change {
    /// A thing as it is now. Of one that was there before, `differences` tells of each property whether it is other
    /// than it was.
    fn put(kind: AuditKind, id: String, name: &str, differences: Option<Vec<(&str, bool)>>) -> Self {
        let action = if differences.is_some() { Action::Updated } else { Action::Created };
        let changed = differences.into_iter().flatten().filter(|(_, differs)| *differs);
        let changed = changed.map(|(property, _)| property.to_owned()).collect();
        Self { action, kind, id, name: name.to_owned(), changed }
    }

    /// A thing that is gone.
    fn deletion(kind: AuditKind, id: String, name: Option<String>) -> Self {
        let name = name.unwrap_or_default();
        Self { action: Action::Deleted, kind, id, name, changed: Vec::new() }
    }
}

/// The members in which two documents differ, named as clients know them.
fn changed_members(old: &str, new: &str) -> impl Iterator<Item = String> {
    let read = |text| serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
    differing(&read(old), &read(new)).into_iter().map(|name| camel_case(&name))
}

/// A document's `webhook_url` as the `webhookUrl` that it comes from.
fn camel_case(member: &str) -> String {
    let mut words = member.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let (initial, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        name.push_str(&initial.to_ascii_uppercase());
        name.push_str(rest);
        name
    })
}
