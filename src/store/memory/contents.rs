//! What the store holds: a table for each kind of thing, and what each write does to them.
//! Does not know who holds it, nor how a commit is asked for.

use std::convert::Infallible;

use super::activities::Activities;
use super::bindings::{BindingKey, binding_key};
use super::customers::{Counted, CustomerPlace, LinkKey, PushKey};
use super::deliveries::{PendingKey, ToldKey};
use super::errors::Refusal;
use super::faq::{Edition, PartKey};
use super::subscriptions::VersionKey;
use super::table::Table;
use crate::domain::audit::AuditEntry;
use crate::domain::client::{Client, SecretHash};
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::customer::{Customer, Push};
use crate::domain::delivery::{DeliveryNo, Endpoint};
use crate::domain::directory::{Team, User};
use crate::domain::hub::Hub;
use crate::domain::ids::{
    ClientId, CommandId, ConversationId, FaqEditionId, FaqUploadId, HubId, IntegrationId, MessagingId,
    SessionId, TeamId, TenantId, UserId,
};
use crate::domain::notification::Notification;
use crate::domain::order::EventId;
use crate::domain::tenant::Tenant;
use crate::store::{
    ApiKey, CommandRecord, Configuration, ConversationRecord, DeliveryRecord, EventRecord, FaqPartRecord,
    FaqUploadRecord, FormerKeyRecord, HeldRecord, IdempotencyRecord, IntegrationRecord, LeftAlone,
    MessagingRecord, Page, PipelineRecord, SessionRecord, SigningKeyRecord, StoppedEndpoint,
    SubscriptionRecord, TenantOrder, Write,
};

/// A client's own key for a request.
pub(super) type AnswerKey = (TenantId, ClientId, String);

/// The last id that there can be.
const LAST: EventId = EventId { ms: i64::MAX, n: u32::MAX };

/// Everything.
#[derive(Default)]
pub(super) struct Contents {
    tenants: Table<TenantId, Tenant>,
    pub(super) clients: Table<ClientId, Client>,
    api_keys: Table<[u8; 32], ApiKey>,
    signing_keys: Table<String, SigningKeyRecord>,
    hubs: Table<HubId, Hub>,
    hubs_made: Table<TenantId, i64>,
    pub(super) integrations: Table<IntegrationId, IntegrationRecord>,
    former_keys: Table<IntegrationId, Vec<FormerKeyRecord>>,
    commands: Table<CommandId, CommandRecord>,
    pipelines: Table<HubId, PipelineRecord>,
    held: Table<(ConversationId, i64), HeldRecord>,
    messaging: Table<MessagingId, MessagingRecord>,
    pub(super) customers: Table<CustomerPlace, (TenantId, Customer)>,
    pub(super) pushes: Table<PushKey, Push>,
    /// The pushes of each link.
    pub(super) push_links: Table<LinkKey, ()>,
    pub(super) told_counts: Table<(TenantId, Counted), usize>,
    users: Table<(TenantId, UserId), User>,
    teams: Table<(TenantId, TeamId), Team>,
    pub(super) conversations: Table<ConversationId, Conversation>,
    /// The conversations of each binding key.
    pub(super) by_binding: Table<BindingKey, ()>,
    pub(super) activities: Activities,
    /// What they have acknowledged and subscribed to stands apart, since it changes often.
    pub(super) sessions: Table<SessionId, SessionRecord>,
    pub(super) acknowledged: Table<(SessionId, EventId), ()>,
    pub(super) subscriptions: Table<VersionKey, SubscriptionRecord>,
    pub(super) events: Table<(TenantId, EventId), EventRecord>,
    pub(super) answers: Table<AnswerKey, IdempotencyRecord>,
    /// By their numbers, in the order in which they came.
    pub(super) audit: Table<u64, AuditEntry>,
    pub(super) faq_editions: Table<FaqEditionId, Edition>,
    pub(super) faq_parts: Table<PartKey, FaqPartRecord>,
    pub(super) deliveries: Table<DeliveryNo, DeliveryRecord>,
    pub(super) pending_deliveries: Table<PendingKey, ()>,
    pub(super) told_deliveries: Table<ToldKey, ()>,
    pub(super) endpoints_left_alone: Table<Endpoint, LeftAlone>,
    pub(super) stopped_endpoints: Table<Endpoint, StoppedEndpoint>,
    pub(super) faq_uploads: Table<FaqUploadId, FaqUploadRecord>,
    /// By their numbers, in the order in which they came.
    pub(super) notifications: Table<u64, Notification>,
}

/// Does something to every table.
macro_rules! each_table {
    ($contents:expr, $act:ident) => {{
        let contents = $contents;
        contents.tenants.$act();
        contents.clients.$act();
        contents.api_keys.$act();
        contents.signing_keys.$act();
        contents.hubs.$act();
        contents.hubs_made.$act();
        contents.integrations.$act();
        contents.former_keys.$act();
        contents.commands.$act();
        contents.pipelines.$act();
        contents.held.$act();
        contents.messaging.$act();
        contents.customers.$act();
        contents.pushes.$act();
        contents.push_links.$act();
        contents.told_counts.$act();
        contents.users.$act();
        contents.teams.$act();
        contents.conversations.$act();
        contents.by_binding.$act();
        contents.activities.$act();
        contents.sessions.$act();
        contents.acknowledged.$act();
        contents.subscriptions.$act();
        contents.events.$act();
        contents.answers.$act();
        contents.audit.$act();
        contents.faq_editions.$act();
        contents.faq_parts.$act();
        contents.deliveries.$act();
        contents.pending_deliveries.$act();
        contents.told_deliveries.$act();
        contents.endpoints_left_alone.$act();
        contents.stopped_endpoints.$act();
        contents.faq_uploads.$act();
        contents.notifications.$act();
    }};
}

impl Contents {
    /// Keeps `writes`, all or none.
    pub(super) fn keep(&mut self, writes: Vec<Write>) -> Result<(), Refusal> {
        let kept = writes.into_iter().try_for_each(|write| self.apply(write));
        match kept {
            Ok(()) => each_table!(self, settle),
            Err(_) => each_table!(self, take_back),
        }
        kept
    }

    fn apply(&mut self, write: Write) -> Result<(), Refusal> {
        match write {
            Write::PutTenant(tenant) => self.put_tenant(tenant)?,
            Write::PutClient(client) => {
                self.owner(client.tenant, self.clients.get(&client.id).map(|known| known.tenant))?;
                self.clients.put(client.id.clone(), client);
            }
            Write::DeleteClient(id) => self.clients.remove(&id),
            Write::PutApiKey(key) => {
                let SecretHash(hash) = key.hash;
                self.owner(key.tenant, self.api_keys.get(&hash).map(|known| known.tenant))?;
                self.api_keys.put(hash, key);
            }
            Write::PutSigningKey(key) => self.signing_keys.put(key.kid.clone(), key),
            Write::DeleteSigningKey(kid) => self.signing_keys.remove(&kid),
            Write::PutHub(hub) => {
                self.owner(hub.tenant, self.hubs.get(&hub.id).map(|known| known.tenant))?;
                let made = self.hubs_made(hub.tenant).max(hub.number);
                self.hubs_made.put(hub.tenant, made);
                self.hubs.put(hub.id, hub);
            }
            Write::DeleteHub(id) => {
                self.hubs.remove(&id);
                self.pipelines.remove(&id);
            }
            Write::PutIntegration(one) => {
                self.owner(one.tenant, self.integrations.get(&one.id).map(|known| known.tenant))?;
                self.integrations.put(one.id, one);
            }
            Write::DeleteIntegration(id) => {
                self.integrations.remove(&id);
                self.former_keys.remove(&id);
                self.forget_customers(id);
                self.supersede_faq(id);
            }
            Write::PutFormerKeys(integration, keys) => self.former_keys.put(integration, keys),
            Write::ForgetFormerKeys(ended) => self.forget_former_keys(ended),
            Write::PutCommand(command) => {
                self.owner(command.tenant, self.commands.get(&command.id).map(|known| known.tenant))?;
                self.commands.put(command.id, command);
            }
            Write::DeleteCommand(id) => self.commands.remove(&id),
            Write::PutPipeline(one) => {
                self.owner(one.tenant, self.pipelines.get(&one.hub).map(|known| known.tenant))?;
                self.pipelines.put(one.hub, one);
            }
            Write::PutUser(user) => {
                self.owner(user.tenant, None)?;
                self.users.put((user.tenant, user.id.clone()), user);
            }
            Write::DeleteUser(tenant, id) => self.users.remove(&(tenant, id)),
            Write::PutTeam(team) => {
                self.owner(team.tenant, None)?;
                self.teams.put((team.tenant, team.id.clone()), team);
            }
            Write::DeleteTeam(tenant, id) => self.teams.remove(&(tenant, id)),
            Write::PutMessaging(record) => {
                self.owner(record.tenant, self.messaging.get(&record.id).map(|known| known.tenant))?;
                self.messaging.put(record.id, record);
            }
            Write::DeleteMessaging(id) => self.messaging.remove(&id),
            Write::PutCustomer(tenant, customer) => self.put_customer(tenant, customer)?,
            Write::PutPush(tenant, push) => self.put_push(tenant, push)?,
            Write::PutFaqEdition(edition) => self.put_faq_edition(edition)?,
            Write::PutFaqPart(part) => self.faq_parts.put((part.edition, part.first), part),
            Write::AdoptFaqEdition(bot, edition) => self.adopt_faq_edition(bot, edition)?,
            Write::ForgetFaqParts(begun_before, most) => {
                self.forget_parts(begun_before, most);
            }
            Write::PutFaqUpload(upload) => self.put_faq_upload(upload)?,
            Write::KeepNewestFaqUploads(tenant, count) => self.keep_newest_faq_uploads(tenant, count),
            Write::PutConversation(head) => {
                self.owner(head.tenant, self.conversations.get(&head.id).map(|known| known.tenant))?;
                self.put_conversation(head);
            }
            Write::PutActivity(activity) => {
                self.owner(activity.tenant, None)?;
                self.activities.put(activity)?;
            }
            Write::PutSession(session) => self.put_session(session)?,
            Write::DeleteSession(id) => {
                self.forget_acknowledged(id);
                self.forget_subscriptions(id);
                self.sessions.remove(&id);
            }
            Write::PutSubscription(session, record) => self.put_subscription(session, record),
            Write::EndSubscription(session, id, until) => self.end_subscription(session, &id, until),
            Write::Acknowledge(session, events) => self.acknowledge(session, events),
            Write::AcknowledgeUpTo(session, event) => self.acknowledge_up_to(session, event),
            Write::PutEvent(event) => {
                self.owner(event.tenant, None)?;
                self.events.put((event.tenant, event.id), event);
            }
            Write::PutIdempotentAnswer(kept) => {
                self.owner(kept.tenant, None)?;
                self.answers.put((kept.tenant, kept.client.clone(), kept.key.clone()), kept);
            }
            Write::PutAuditEntry(entry) => {
                self.owner(entry.by.tenant, None)?;
                self.put_audit_entry(entry);
            }
            Write::Hold(held) => {
                self.owner(held.tenant, None)?;
                self.held.put((held.conversation, held.number), held);
            }
            Write::Release(conversation, number) => self.held.remove(&(conversation, number)),
            Write::ReleaseAll(conversation) => {
                let gone = self.held.range((conversation, i64::MIN)..=(conversation, i64::MAX));
                let gone: Vec<_> = gone.map(|(key, _)| *key).collect();
                gone.iter().for_each(|key| self.held.remove(key));
            }
            Write::PutDelivery(record) => self.put_delivery(record)?,
            Write::NoteDelivery(number, progress) => self.note_delivery(number, progress),
            Write::LeaveEndpointAlone(left) => self.leave_endpoint_alone(left)?,
            Write::StopEndpoint(stopped) => self.stop_endpoint(stopped)?,
            Write::ResumeEndpoint(endpoint) => self.stopped_endpoints.remove(&endpoint),
            Write::PutNotification(notification) => self.put_notification(notification)?,
        }
        Ok(())
    }

    /// Refuses what belongs to a tenant that was never kept, or would take the place of what is another's.
    pub(super) fn owner(&self, tenant: TenantId, present: Option<TenantId>) -> Result<(), Refusal> {
        if !self.tenants.contains(&tenant) {
            return Err(Refusal::NoTenant(tenant));
        }
        if present.is_some_and(|owner| owner != tenant) {
            return Err(Refusal::AnotherTenant);
        }
        Ok(())
    }

    fn put_tenant(&mut self, tenant: Tenant) -> Result<(), Refusal> {
        if self.tenants.rows().any(|known| known.org == tenant.org && known.id != tenant.id) {
            return Err(Refusal::OrgTaken(tenant.org));
        }
        self.tenants.put(tenant.id, tenant);
        Ok(())
    }

    /// The highest number that a hub of the tenant was given.
    fn hubs_made(&self, tenant: TenantId) -> i64 {
        self.hubs_made.get(&tenant).copied().unwrap_or(0)
    }

    fn forget_former_keys(&mut self, ended: Millis) {
        let left = |keys: &[FormerKeyRecord]| keys.iter().filter(|key| key.ends > ended).cloned().collect();
        let left: Vec<(_, Vec<_>)> = self.former_keys.range(..).map(|(id, keys)| (*id, left(keys))).collect();
        for (id, keys) in left {
            if keys.is_empty() {
                self.former_keys.remove(&id);
            } else {
                self.former_keys.put(id, keys);
            }
        }
    }

    fn former_keys(&self) -> Vec<(IntegrationId, FormerKeyRecord)> {
        let all = self.former_keys.range(..);
        all.flat_map(|(id, keys)| keys.iter().map(|key| (*id, key.clone()))).collect()
    }

    fn put_session(&mut self, mut session: SessionRecord) -> Result<(), Refusal> {
        let id = session.id;
        self.owner(session.tenant, self.sessions.get(&id).map(|known| known.tenant))?;
        let acknowledged = std::mem::take(&mut session.acknowledged);
        let subscriptions = std::mem::take(&mut session.subscriptions);
        self.forget_acknowledged(id);
        self.forget_subscriptions(id);
        self.sessions.put(id, session);
        self.acknowledge(id, acknowledged);
        for record in subscriptions {
            self.put_subscription(id, record);
        }
        Ok(())
    }

    /// A session that has ended in the meantime has nothing left to acknowledge.
    fn acknowledge(&mut self, session: SessionId, events: Vec<EventId>) {
        if self.sessions.contains(&session) {
            for event in events {
                self.acknowledged.put((session, event), ());
            }
        }
    }

    /// A session that has come further, or has ended in the meantime, stays as it is.
    fn acknowledge_up_to(&mut self, id: SessionId, event: EventId) {
        let Some(session) = self.sessions.get(&id).filter(|session| session.after < event) else { return };
        let advanced = SessionRecord { after: event, ..session.clone() };
        self.sessions.put(id, advanced);
        let singly: Vec<_> = self.acknowledged_by(id).take_while(|one| *one <= event).collect();
        singly.into_iter().for_each(|one| self.acknowledged.remove(&(id, one)));
        self.forget_subscriptions_ended_up_to(id, event);
    }

    fn forget_acknowledged(&mut self, session: SessionId) {
        let gone: Vec<_> = self.acknowledged_by(session).map(|event| (session, event)).collect();
        gone.iter().for_each(|key| self.acknowledged.remove(key));
    }

    fn acknowledged_by(&self, session: SessionId) -> impl Iterator<Item = EventId> {
        let first = EventId { ms: i64::MIN, n: 0 };
        self.acknowledged.range((session, first)..=(session, LAST)).map(|((_, event), ())| *event)
    }

    /// The control plane's side of it.
    pub(super) fn configuration(&self) -> Configuration {
        Configuration {
            tenants: self.tenants.rows().cloned().collect(),
            clients: self.clients.rows().cloned().collect(),
            api_keys: self.api_keys.rows().cloned().collect(),
            signing_keys: self.signing_keys.rows().cloned().collect(),
            hubs: self.hubs.rows().cloned().collect(),
            hubs_made: self.tenants.rows().map(|tenant| (tenant.id, self.hubs_made(tenant.id))).collect(),
            integrations: self.integrations.rows().cloned().collect(),
            former_keys: self.former_keys(),
            commands: self.commands.rows().cloned().collect(),
            pipelines: self.pipelines.rows().cloned().collect(),
            users: self.users.rows().cloned().collect(),
            teams: self.teams.rows().cloned().collect(),
            messaging: self.messaging.rows().cloned().collect(),
        }
    }

    pub(super) fn held(&self) -> Vec<HeldRecord> {
        self.held.rows().cloned().collect()
    }

    pub(super) fn open_conversations(&self) -> Vec<ConversationRecord> {
        let open = self.conversations.rows().filter(|head| head.closed.is_none());
        open.map(|head| ConversationRecord {
            conversation: head.clone(),
            last_event_id: self.activities.last_event_id(head.tenant, head.id),
            told: self.activities.last_to_customer(head.tenant, head.id),
        })
        .collect()
    }

    fn put_conversation(&mut self, head: Conversation) {
        if let Some(former) = self.conversations.get(&head.id).filter(|former| former.binding != head.binding)
        {
            let key = binding_key(former);
            self.by_binding.remove(&key);
        }
        let key = binding_key(&head);
        if !self.by_binding.contains(&key) {
            self.by_binding.put(key, ());
        }
        self.conversations.put(head.id, head);
    }

    pub(super) fn orders(&self) -> Vec<TenantOrder> {
        let number_of = |tenant| {
            let own = self.conversations.rows().filter(|head| head.tenant == tenant);
            own.filter_map(|head| head.number).max().unwrap_or(0)
        };
        let order = |tenant: &Tenant| TenantOrder {
            tenant: tenant.id,
            position: self.activities.newest(tenant.id),
            event: self.newest_event(tenant.id).unwrap_or_default(),
            number: number_of(tenant.id),
        };
        self.tenants.rows().map(order).collect()
    }

    pub(super) fn sessions(&self) -> Vec<SessionRecord> {
        let whole = |session: &SessionRecord| SessionRecord {
            acknowledged: self.acknowledged_by(session.id).collect(),
            subscriptions: self.subscriptions_of(session.id),
            ..session.clone()
        };
        self.sessions.rows().map(whole).collect()
    }

    pub(super) fn events(&self, tenant: TenantId, after: EventId, page: Page) -> Vec<EventRecord> {
        let rest = self.events.range((tenant, after)..=(tenant, LAST)).map(|(_, event)| event);
        let rest = rest.filter(|event| event.id > after).map(Ok::<_, Infallible>);
        let Ok(events) = page.fill(rest, |event| event.body.len());
        events.into_iter().cloned().collect()
    }

    /// The tenant's events, in the order of their ids.
    pub(super) fn events_of(
        &self,
        tenant: TenantId,
    ) -> impl DoubleEndedIterator<Item = (EventId, &EventRecord)> {
        let first = EventId { ms: i64::MIN, n: 0 };
        self.events.range((tenant, first)..=(tenant, LAST)).map(|((_, id), event)| (*id, event))
    }

    pub(super) fn newest_event(&self, tenant: TenantId) -> Option<EventId> {
        self.events_of(tenant).next_back().map(|(id, _)| id)
    }

    pub(super) fn tenants(&self) -> Vec<TenantId> {
        self.tenants.rows().map(|tenant| tenant.id).collect()
    }
}
