//! What is written to and read from a store: domain types, and records where the store keeps more or less
//! than the domain knows.

use std::num::NonZeroU64;
use std::sync::Arc;

use super::FaqPartRecord;
use crate::domain::audit::{AuditEntry, AuditKind};
use crate::domain::client::{Client, SecretHash};
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::customer::{Customer, Push};
use crate::domain::delivery::{DeliveryNo, Endpoint, Progress};
use crate::domain::directory::{Team, User};
use crate::domain::engagement::Audience;
use crate::domain::faq::UploadOutcome;
use crate::domain::hub::Hub;
use crate::domain::ids::{
    ClientId, CommandId, ConversationId, FaqEditionId, FaqUploadId, HubId, IntegrationId, MessagingId,
    SessionId, TeamId, TenantId, UserId,
};
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::domain::messaging::MessagingKind;
use crate::domain::notification::Notification;
use crate::domain::order::{EventId, Position};
use crate::domain::subscription::{Subscription, SubscriptionId};
use crate::domain::tenant::Tenant;

use super::deliveries::{DeliveryRecord, LeftAlone, StoppedEndpoint};

/// Tells one store from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity(pub u32);

/// One change. A `Put` replaces what has the same id.
#[derive(Clone, Debug)]
pub enum Write {
    /// Keeps a tenant.
    PutTenant(Tenant),
    /// Keeps a client with exactly these secrets.
    PutClient(Client),
    /// Forgets a client and its secrets.
    DeleteClient(ClientId),
    /// Keeps an API key.
    PutApiKey(ApiKey),
    /// Keeps a signing key.
    PutSigningKey(SigningKeyRecord),
    /// Forgets a signing key, by its `kid`.
    DeleteSigningKey(String),
    /// Keeps a hub.
    PutHub(Hub),
    /// Forgets a hub; its integrations and commands are deleted by writes of their own.
    DeleteHub(HubId),
    /// Keeps an integration.
    PutIntegration(IntegrationRecord),
    /// Forgets an integration, and what it answers from; conversations that came by it stay readable.
    DeleteIntegration(IntegrationId),
    /// Keeps the former key pairs of an integration, in place of those that were kept; they are forgotten with it.
    PutFormerKeys(IntegrationId, Vec<FormerKeyRecord>),
    /// Forgets the former key pairs of all integrations that have ended at a moment.
    ForgetFormerKeys(Millis),
    /// Keeps a command.
    PutCommand(CommandRecord),
    /// Forgets a command.
    DeleteCommand(CommandId),
    /// Keeps the stages of a hub, which are forgotten with it.
    PutPipeline(PipelineRecord),
    /// Keeps a user.
    PutUser(User),
    /// Forgets a user.
    DeleteUser(TenantId, UserId),
    /// Keeps a team.
    PutTeam(Team),
    /// Forgets a team.
    DeleteTeam(TenantId, TeamId),
    /// Keeps something that messaging is configured by.
    PutMessaging(MessagingRecord),
    /// Forgets it.
    DeleteMessaging(MessagingId),
    /// Keeps what is known of a customer of a tenant; it is forgotten with the customer's integration.
    PutCustomer(TenantId, Customer),
    /// Keeps what was told of a customer of a tenant, in place of what was told under the same name and id.
    PutPush(TenantId, Push),
    /// Begins an edition of what a bot answers from. It is written, and not in force.
    PutFaqEdition(FaqEditionRecord),
    /// Adds nodes to an edition, in place of a part that begins at the same one.
    PutFaqPart(FaqPartRecord),
    /// Puts a written edition of a bot in force, in place of the one before. Refused when there is none of that id, or
    /// when it has been in force already.
    AdoptFaqEdition(IntegrationId, FaqEditionId),
    /// Forgets at most so many parts of an edition that is no longer in force, or was begun before this moment and never
    /// put in force; the edition with its last part. Nothing when there is no such edition.
    ForgetFaqParts(Millis, usize),
    /// Keeps an upload of nodes, or what became of it.
    PutFaqUpload(FaqUploadRecord),
    /// Forgets all uploads of a tenant but so many of the newest.
    KeepNewestFaqUploads(TenantId, usize),
    /// Keeps a conversation's head.
    PutConversation(Conversation),
    /// Keeps an activity. It is always new: positions of a tenant and event ids of a conversation only grow.
    PutActivity(ActivityRecord),
    /// Keeps a session that requires acknowledgement.
    PutSession(SessionRecord),
    /// Forgets a session, its acknowledgements and its subscriptions.
    DeleteSession(SessionId),
    /// Keeps a version of a subscription of a session; nothing when the session is gone. The one in force before was
    /// ended.
    PutSubscription(SessionId, SubscriptionRecord),
    /// Ends the version of a subscription that is in force, with the last event that it lets through. It stays for as
    /// long as an event for those who watch is kept that came in its time, or until the session has acknowledged all up
    /// to its end.
    EndSubscription(SessionId, SubscriptionId, EventId),
    /// Marks events of a session as acknowledged.
    Acknowledge(SessionId, Vec<EventId>),
    /// Marks everything up to an event as acknowledged by a session: from now on it hears what comes after. Forgets what
    /// it acknowledged one by one up to there, and the versions of subscriptions that ended up to there. Does nothing
    /// when the session has come further.
    AcknowledgeUpTo(SessionId, EventId),
    /// Keeps a streaming event for the sessions that require acknowledgement.
    PutEvent(EventRecord),
    /// Keeps the answer to a request that may be repeated.
    PutIdempotentAnswer(IdempotencyRecord),
    /// Adds an entry to the audit log of its tenant.
    PutAuditEntry(AuditEntry),
    /// Keeps an activity that waits. Its number is not that of another one which waits in the conversation.
    Hold(HeldRecord),
    /// Forgets the activity of this number that waits in a conversation, if it is there.
    Release(ConversationId, i64),
    /// Forgets all that waits in a conversation.
    ReleaseAll(ConversationId),
    /// Keeps a delivery, in the commit of what it is about. Its number is greater than that of any other.
    PutDelivery(DeliveryRecord),
    /// Notes how far a delivery has come; nothing when it is gone.
    NoteDelivery(DeliveryNo, Progress),
    /// Notes until when an endpoint is to be left alone, unless a later moment is noted.
    LeaveEndpointAlone(LeftAlone),
    /// Notes that nothing is to be sent to an endpoint any more, in place of what was noted of it before.
    StopEndpoint(StoppedEndpoint),
    /// Forgets that an endpoint is stopped.
    ResumeEndpoint(Endpoint),
    /// Keeps what operators are told.
    PutNotification(Notification),
}

/// Opens the streaming face beside a token (`x-api-key`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose it is.
    pub tenant: TenantId,
    /// Finds it; the key itself is not kept.
    pub hash: SecretHash,
    /// Its last characters, for people.
    pub hint: String,
}

/// A key that signs tokens, sealed with the master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// Names the key in tokens.
    pub kid: String,
    /// The sealed key.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created: Millis,
    /// Since when it signs no more.
    pub retired: Option<Millis>,
}

/// An integration as it is kept: the configuration as a document, what is secret of it sealed apart from it.
#[derive(Clone, Debug, PartialEq)]
pub struct IntegrationRecord {
    /// Identifies the integration.
    pub id: IntegrationId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The hub it belongs to.
    pub hub: HubId,
    /// Its name.
    pub name: String,
    /// Whom it serves.
    pub kind: IntegrationType,
    /// Whether it works.
    pub status: IntegrationStatus,
    /// The configuration as a JSON document, without what is secret of it.
    pub configuration: String,
    /// The sealed private signing key or account at a provider, where there is one.
    pub sealed_key: Option<Vec<u8>>,
    /// When it was made.
    pub created: Millis,
    /// When it was last changed.
    pub modified: Millis,
}

/// A key pair of an integration from before, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerKeyRecord {
    /// When it signs no more.
    pub ends: Millis,
    /// The sealed pair.
    pub sealed: Vec<u8>,
}

/// A command as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandRecord {
    /// Identifies the command.
    pub id: CommandId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The hub it belongs to.
    pub hub: HubId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it does, as a JSON document.
    pub effect: String,
    /// When it was made.
    pub created: Millis,
    /// When it was last changed.
    pub modified: Millis,
}

/// Something that messaging is configured by, as it is kept: a document, what is secret of it sealed apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagingRecord {
    /// Identifies it.
    pub id: MessagingId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is.
    pub kind: MessagingKind,
    /// It as a JSON document, without what is secret of it.
    pub document: String,
    /// The sealed secret, where there is one.
    pub sealed: Option<Vec<u8>>,
}

/// An edition of what a bot answers from: all of its nodes as of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaqEditionRecord {
    /// Identifies the edition.
    pub id: FaqEditionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The bot's integration.
    pub bot: IntegrationId,
    /// When its writing began.
    pub begun: Millis,
}

/// An upload of nodes for a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaqUploadRecord {
    /// Identifies the upload; those of later ones sort after it.
    pub id: FaqUploadId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The bot's integration.
    pub bot: IntegrationId,
    /// When it was taken.
    pub taken: Millis,
    /// What became of it.
    pub outcome: UploadOutcome,
}

/// What is forgotten of bots' nodes for its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaqRetention {
    /// Editions that were begun before this moment and never put in force.
    pub unfinished: Millis,
    /// Uploads that were taken before this moment.
    pub uploads: Millis,
}

/// The stages of a hub as they are kept: a document, what is secret of it sealed apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineRecord {
    /// The hub.
    pub hub: HubId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The stages as a JSON document, without what is secret of them.
    pub stages: String,
    /// The sealed private keys, where there are some.
    pub sealed_keys: Option<Vec<u8>>,
    /// When they were last changed.
    pub modified: Millis,
}

/// An activity that was answered and is not said yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRecord {
    /// Whose it is.
    pub tenant: TenantId,
    /// The conversation in which it is to be said.
    pub conversation: ConversationId,
    /// Its place among those that wait there.
    pub number: i64,
    /// The activity as a JSON document.
    pub body: String,
}

/// An open conversation as it is found at start-up.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationRecord {
    /// Its head.
    pub conversation: Conversation,
    /// The `eventId` of its newest kept activity; 0 when it has none.
    pub last_event_id: i64,
    /// The position of its newest kept activity that went to the customer; 0 when it has none.
    pub told: Position,
}

/// A kept activity.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityRecord {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its place in the organization.
    pub position: Position,
    /// The conversation it belongs to.
    pub conversation: ConversationId,
    /// Its place in the conversation.
    pub event_id: i64,
    /// The integration it comes from.
    pub sender: IntegrationId,
    /// Whom that integration serves.
    pub sender_kind: IntegrationType,
    /// The integration it goes to, if it goes to one.
    pub recipient: Option<IntegrationId>,
    /// Whom that integration serves.
    pub recipient_kind: Option<IntegrationType>,
    /// The integration that hears it again as an echo, if one does.
    pub echo: Option<IntegrationId>,
    /// When it was taken.
    pub taken: Millis,
    /// The activity in the platform's common JSON format, shared with whoever is about to hear it.
    pub body: Arc<str>,
}

/// Which activities of a conversation are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryQuery {
    /// Whose conversation.
    pub tenant: TenantId,
    /// Which conversation.
    pub conversation: ConversationId,
    /// Only what this kind of party sent or received; everything when there is none.
    pub party: Option<IntegrationType>,
    /// Only what has a greater `eventId`.
    pub after: i64,
    /// At most so much of it, the oldest.
    pub page: Page,
}

/// Which conversation of a customer is asked for. In a hub a customer is known by its binding key; where that is known
/// on several integrations, the customer is on the one with the newest of the conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerQuery {
    /// Whose customer.
    pub tenant: TenantId,
    /// In which hub.
    pub hub: HubId,
    /// The binding key.
    pub binding: String,
    /// Which of the conversations.
    pub which: Which,
}

/// One of a customer's conversations on an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that was opened last.
    Newest,
    /// The one of this number, in the order in which they were opened.
    Number(NonZeroU64),
}

/// What there is of a customer.
#[derive(Clone, Debug, PartialEq)]
pub enum CustomerFound {
    /// The tenant has no conversation with anybody of that binding key.
    Nowhere,
    /// The tenant has some, and the hub has none.
    Elsewhere,
    /// The hub has some, and not so many.
    NoSuchNumber,
    /// This is it, open or closed.
    Conversation(Box<Conversation>),
}

/// Of which party and conversation the newest activities are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct LatestQuery {
    /// Whose conversation.
    pub tenant: TenantId,
    /// Which conversation.
    pub conversation: ConversationId,
    /// Only what this kind of party sent or received.
    pub party: IntegrationType,
    /// Only what has a smaller `event_id` than this; all where it is `i64::MAX`.
    pub before: i64,
    /// At most so much of it, the newest.
    pub page: Page,
}

/// How much one answer holds. It ends with the row before the one that would make it larger, but holds at least one
/// row where `rows` allows any: whoever goes on after its last row comes to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most so many rows.
    pub rows: usize,
    /// At most so many bytes of bodies.
    pub bytes: usize,
}

impl Page {
    /// As much of `rows` as it holds, which `weigh` tells the bytes of.
    pub(super) fn fill<T, E>(
        self,
        rows: impl IntoIterator<Item = Result<T, E>>,
        weigh: impl Fn(&T) -> usize,
    ) -> Result<Vec<T>, E> {
        let mut filled = Vec::new();
        let mut bytes: usize = 0;
        for row in rows.into_iter().take(self.rows) {
            let row = row?;
            bytes = bytes.saturating_add(weigh(&row));
            if bytes > self.bytes && !filled.is_empty() {
                break;
            }
            filled.push(row);
        }
        Ok(filled)
    }
}

/// What retention has removed of a tenant's activities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The highest position that is gone, and with it every smaller one; 0 when nothing is.
    pub position: Position,
    /// The `eventId` below which activities may be gone.
    pub event_id: i64,
}

/// A part of what a resuming reader has missed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// The activities, in position order.
    pub activities: Vec<ActivityRecord>,
    /// What was gone at the moment at which they were read.
    pub pruned: Pruned,
}

/// Where an `eventId` of a conversation stands in the organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The position of the last kept activity of the conversation up to it; 0 when there is none.
    pub position: Position,
    /// What was gone at the moment at which it was looked up.
    pub pruned: Pruned,
}

/// Whose activities a resuming reader may hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayScope {
    /// What went to this integration, and its echoes.
    Integration(IntegrationId),
    /// Everything of this conversation.
    Conversation(ConversationId),
    /// What the customer said or was told in this conversation.
    CustomerSide(ConversationId),
}

/// How far a tenant has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenantOrder {
    /// The tenant.
    pub tenant: TenantId,
    /// The position of its newest activity.
    pub position: Position,
    /// The id of its newest kept streaming event.
    pub event: EventId,
    /// The highest agents' number given to a conversation.
    pub number: i64,
}

/// A session that requires acknowledgement.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRecord {
    /// Identifies the session.
    pub id: SessionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The user whose events it gets.
    pub user: UserId,
    /// The version of the streaming API it was made with: 2 or 3.
    pub version: u8,
    /// Seconds without a poll after which it ends.
    pub inactivity_seconds: u32,
    /// When it was made.
    pub created: Millis,
    /// The newest event of the organization when it was made, or a later one up to which it has acknowledged everything:
    /// it hears what comes after.
    pub after: EventId,
    /// What it has acknowledged of that, in order.
    pub acknowledged: Vec<EventId>,
    /// The versions of its subscriptions, in the order in which they were put in force.
    pub subscriptions: Vec<SubscriptionRecord>,
}

impl SessionRecord {
    /// The newest event that it tells of, kept or not.
    pub fn newest_known(&self) -> EventId {
        let versions = self.subscriptions.iter().map(|version| version.until.unwrap_or(version.after));
        versions.chain(self.acknowledged.last().copied()).fold(self.after, EventId::max)
    }
}

/// A subscription from one put to the next, or to its end: what it was for decides which kept events its session
/// holds.
#[derive(Clone, Debug, PartialEq)]
pub struct SubscriptionRecord {
    /// The subscription.
    pub subscription: Subscription,
    /// The newest event of the organization when it was put in force: it lets through what comes after.
    pub after: EventId,
    /// The newest event when it was ended; none while it is in force.
    pub until: Option<EventId>,
}

/// A kept streaming event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRecord {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its place in the organization.
    pub id: EventId,
    /// Who hears it.
    pub audience: Audience,
    /// The event itself as a JSON document, in the form of [`crate::domain::engagement`].
    pub body: String,
}

/// The answer to a request that may be repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct IdempotencyRecord {
    /// Whose request it was.
    pub tenant: TenantId,
    /// The client that made it.
    pub client: ClientId,
    /// The client's own key for it.
    pub key: String,
    /// Tells a repeated request from another one under the same key.
    pub fingerprint: Vec<u8>,
    /// The body of the answer.
    pub answer: String,
    /// When it was answered.
    pub created: Millis,
}

/// What is removed for its age: everything older than each of these moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Activities, streaming events and acknowledgements.
    pub events: Millis,
    /// Answers kept for repetition.
    pub idempotency: Millis,
    /// Entries of the audit log.
    pub audit: Millis,
    /// Deliveries that were taken or given up; those that are to be sent stay. What went to endpoints that are gone is
    /// removed whatever its age.
    pub deliveries: Millis,
    /// What operators were told.
    pub notifications: Millis,
}

impl Retention {
    /// Nothing is old.
    #[cfg(test)]
    pub const NONE: Self = {
        let for_ever = Millis(i64::MIN);
        Self {
            events: for_ever,
            idempotency: for_ever,
            audit: for_ever,
            deliveries: for_ever,
            notifications: for_ever,
        }
    };
}

/// Which entries of the audit log are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// Whose log.
    pub tenant: TenantId,
    /// Only about things of this kind.
    pub kind: Option<AuditKind>,
    /// Only about things of this id.
    pub id: Option<String>,
    /// Only what was done at this moment or after it.
    pub since: Option<Millis>,
    /// Only what was done before this moment.
    pub until: Option<Millis>,
    /// So many of them are passed over.
    pub skip: usize,
    /// At most so many of them.
    pub limit: usize,
}

/// Some entries of the audit log, and how many there are in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries, the newest first.
    pub entries: Vec<AuditEntry>,
    /// How many entries were asked for, on all pages.
    pub total: usize,
}

/// What the control plane has written, as it is found at start-up.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// All tenants.
    pub tenants: Vec<Tenant>,
    /// All clients with their secrets.
    pub clients: Vec<Client>,
    /// All API keys.
    pub api_keys: Vec<ApiKey>,
    /// All signing keys.
    pub signing_keys: Vec<SigningKeyRecord>,
    /// All hubs.
    pub hubs: Vec<Hub>,
    /// The highest number that a hub of each tenant was given, also where that hub is gone; 0 where it had none.
    pub hubs_made: Vec<(TenantId, i64)>,
    /// All integrations.
    pub integrations: Vec<IntegrationRecord>,
    /// The former key pairs of all integrations, those of one together and in the order in which they were put.
    pub former_keys: Vec<(IntegrationId, FormerKeyRecord)>,
    /// All commands.
    pub commands: Vec<CommandRecord>,
    /// The stages of all hubs.
    pub pipelines: Vec<PipelineRecord>,
    /// All users.
    pub users: Vec<User>,
    /// All teams.
    pub teams: Vec<Team>,
    /// All that messaging is configured by.
    pub messaging: Vec<MessagingRecord>,
}
