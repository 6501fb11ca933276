//! One write becomes its statements, within the transaction that the committer has opened.
//! Knows neither commits nor groups.

use rusqlite::Connection;

use super::errors::Refusal;
use super::tenants::TenantNumbers;
use super::{
    activities, audit, commands, configuration, conversations, credentials, customers, deliveries, directory,
    faq, faq_uploads, former_keys, idempotency, messaging, notifications, stages, streaming, subscriptions,
    tenants,
};
use crate::store::{LeftAlone, StoppedEndpoint, Write};

/// Applies `write` on a connection that is in a transaction.
pub(super) fn apply(conn: &Connection, numbers: &mut TenantNumbers, write: &Write) -> Result<(), Refusal> {
    match write {
        Write::PutTenant(tenant) => tenants::put(conn, tenant),
        Write::PutClient(client) => credentials::put_client(conn, numbers.of(conn, client.tenant)?, client),
        Write::DeleteClient(id) => credentials::delete_client(conn, id),
        Write::PutApiKey(key) => credentials::put_api_key(conn, numbers.of(conn, key.tenant)?, key),
        Write::PutSigningKey(key) => credentials::put_signing_key(conn, key),
        Write::DeleteSigningKey(kid) => credentials::delete_signing_key(conn, kid),
        Write::PutHub(hub) => configuration::put_hub(conn, numbers.of(conn, hub.tenant)?, hub),
        Write::DeleteHub(id) => {
            stages::delete_pipeline(conn, *id)?;
            configuration::delete_hub(conn, *id)
        }
        Write::PutIntegration(integration) => {
            configuration::put_integration(conn, numbers.of(conn, integration.tenant)?, integration)
        }
        Write::DeleteIntegration(id) => configuration::delete_integration(conn, *id),
        Write::PutFormerKeys(integration, keys) => former_keys::put(conn, *integration, keys),
        Write::ForgetFormerKeys(ended) => former_keys::forget(conn, *ended),
        Write::PutCommand(command) => commands::put(conn, numbers.of(conn, command.tenant)?, command),
        Write::DeleteCommand(id) => commands::delete(conn, *id),
        Write::PutPipeline(pipeline) => {
            stages::put_pipeline(conn, numbers.of(conn, pipeline.tenant)?, pipeline)
        }
        Write::PutUser(user) => directory::put_user(conn, numbers.of(conn, user.tenant)?, user),
        Write::DeleteUser(tenant, id) => directory::delete_user(conn, *tenant, id),
        Write::PutTeam(team) => directory::put_team(conn, numbers.of(conn, team.tenant)?, team),
        Write::DeleteTeam(tenant, id) => directory::delete_team(conn, *tenant, id),
        Write::PutMessaging(record) => messaging::put(conn, numbers.of(conn, record.tenant)?, record),
        Write::DeleteMessaging(id) => messaging::delete(conn, *id),
        Write::PutCustomer(tenant, customer) => customers::put(conn, numbers.of(conn, *tenant)?, customer),
        Write::PutPush(tenant, push) => customers::put_push(conn, numbers.of(conn, *tenant)?, push),
        Write::PutFaqEdition(edition) => faq::put_edition(conn, numbers.of(conn, edition.tenant)?, edition),
        Write::PutFaqPart(part) => Ok(faq::put_part(conn, part)?),
        Write::ForgetFaqParts(begun_before, most) => Ok(faq::forget_parts(conn, *begun_before, *most)?),
        Write::AdoptFaqEdition(bot, edition) => faq::adopt(conn, *bot, *edition),
        Write::PutFaqUpload(upload) => faq_uploads::put(conn, numbers.of(conn, upload.tenant)?, upload),
        Write::KeepNewestFaqUploads(tenant, count) => {
            faq_uploads::keep_newest(conn, numbers.of(conn, *tenant)?, *count)
        }
        Write::PutConversation(head) => conversations::put(conn, numbers.of(conn, head.tenant)?, head),
        Write::PutActivity(activity) => activities::put(conn, numbers.of(conn, activity.tenant)?, activity),
        Write::PutSession(session) => {
            streaming::put_session(conn, numbers.of(conn, session.tenant)?, session)
        }
        Write::DeleteSession(id) => streaming::delete_session(conn, *id),
        Write::PutSubscription(session, record) => subscriptions::put(conn, *session, record),
        Write::EndSubscription(session, id, until) => subscriptions::end(conn, *session, id, *until),
        Write::Acknowledge(session, events) => streaming::acknowledge(conn, *session, events),
        Write::AcknowledgeUpTo(session, event) => streaming::acknowledge_up_to(conn, *session, *event),
        Write::PutEvent(event) => streaming::put_event(conn, numbers.of(conn, event.tenant)?, event),
        Write::PutIdempotentAnswer(kept) => idempotency::put(conn, numbers.of(conn, kept.tenant)?, kept),
        Write::PutAuditEntry(entry) => audit::put(conn, numbers.of(conn, entry.by.tenant)?, entry),
        Write::Hold(held) => stages::hold(conn, numbers.of(conn, held.tenant)?, held),
        Write::Release(conversation, number) => stages::release(conn, *conversation, *number),
        Write::ReleaseAll(conversation) => stages::release_all(conn, *conversation),
        Write::PutDelivery(record) => {
            deliveries::put(conn, numbers.of(conn, record.delivery.tenant)?, record)
        }
        Write::NoteDelivery(number, progress) => deliveries::note(conn, *number, progress),
        Write::LeaveEndpointAlone(LeftAlone { tenant, endpoint, until }) => {
            deliveries::leave_alone(conn, numbers.of(conn, *tenant)?, endpoint, *until)
        }
        Write::StopEndpoint(StoppedEndpoint { tenant, endpoint, configured }) => {
            deliveries::stop(conn, numbers.of(conn, *tenant)?, endpoint, *configured)
        }
        Write::ResumeEndpoint(endpoint) => deliveries::go_on(conn, endpoint),
        Write::PutNotification(one) => notifications::put(conn, numbers.of(conn, one.tenant)?, one),
    }
}

/// What the write is, for messages.
pub(super) fn name(write: &Write) -> &'static str {
    match write {
        Write::PutTenant(_) => "put tenant",
        Write::PutClient(_) => "put client",
        Write::DeleteClient(_) => "delete client",
        Write::PutApiKey(_) => "put api key",
        Write::PutSigningKey(_) => "put signing key",
        Write::DeleteSigningKey(_) => "delete signing key",
        Write::PutHub(_) => "put hub",
        Write::DeleteHub(_) => "delete hub",
        Write::PutIntegration(_) => "put integration",
        Write::DeleteIntegration(_) => "delete integration",
        Write::PutFormerKeys(..) => "put former keys",
        Write::ForgetFormerKeys(_) => "forget former keys",
        Write::PutCommand(_) => "put command",
        Write::DeleteCommand(_) => "delete command",
        Write::PutPipeline(_) => "put pipeline",
        Write::PutUser(_) => "put user",
        Write::DeleteUser(..) => "delete user",
        Write::PutTeam(_) => "put team",
        Write::DeleteTeam(..) => "delete team",
        Write::PutMessaging(_) => "put messaging",
        Write::DeleteMessaging(_) => "delete messaging",
        Write::PutCustomer(..) => "put customer",
        Write::PutPush(..) => "put push",
        Write::PutFaqEdition(_) => "put faq edition",
        Write::PutFaqPart(_) => "put faq part",
        Write::ForgetFaqParts(..) => "forget faq parts",
        Write::AdoptFaqEdition(..) => "adopt faq edition",
        Write::PutFaqUpload(_) => "put faq upload",
        Write::KeepNewestFaqUploads(..) => "keep newest faq uploads",
        Write::PutConversation(_) => "put conversation",
        Write::PutActivity(_) => "put activity",
        Write::PutSession(_) => "put session",
        Write::DeleteSession(_) => "delete session",
        Write::PutSubscription(..) => "put subscription",
        Write::EndSubscription(..) => "end subscription",
        Write::Acknowledge(..) => "acknowledge",
        Write::AcknowledgeUpTo(..) => "acknowledge up to",
        Write::PutEvent(_) => "put event",
        Write::PutIdempotentAnswer(_) => "put idempotent answer",
        Write::PutAuditEntry(_) => "put audit entry",
        Write::Hold(_) => "hold",
        Write::Release(..) => "release",
        Write::ReleaseAll(_) => "release all",
        Write::PutDelivery(_) => "put delivery",
        Write::NoteDelivery(..) => "note delivery",
        Write::LeaveEndpointAlone(_) => "leave endpoint alone",
        Write::StopEndpoint(_) => "stop endpoint",
        Write::ResumeEndpoint(_) => "resume endpoint",
        Write::PutNotification(_) => "put notification",
    }
}
