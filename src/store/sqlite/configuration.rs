//! What the control plane writes: hubs and integrations, and the whole as it is read at start-up.
//! Does not know what a configuration document or a sealed key holds.

use rusqlite::{Connection, params};

use super::errors::{Refusal, own};
use super::place::TenantNo;
use super::{commands, credentials, customers, directory, faq, former_keys, messaging, stages, tenants};
use crate::domain::hub::Hub;
use crate::domain::ids::{HubId, IntegrationId};
use crate::store::{Configuration, IntegrationRecord};

/// Everything, each kind in the order in which it was first kept, as of one moment.
pub(super) fn read(conn: &Connection) -> rusqlite::Result<Configuration> {
    let moment = conn.unchecked_transaction()?;
    let configuration = Configuration {
        tenants: tenants::all(&moment)?,
        clients: credentials::clients(&moment)?,
        api_keys: credentials::api_keys(&moment)?,
        signing_keys: credentials::signing_keys(&moment)?,
        hubs: hubs(&moment)?,
        hubs_made: tenants::hubs_made(&moment)?,
        integrations: integrations(&moment)?,
        former_keys: former_keys::all(&moment)?,
        commands: commands::all(&moment)?,
        pipelines: stages::pipelines(&moment)?,
        users: directory::users(&moment)?,
        teams: directory::teams(&moment)?,
        messaging: messaging::all(&moment)?,
    };
    moment.finish()?;
    Ok(configuration)
}

pub(super) fn put_hub(conn: &Connection, tenant: TenantNo, hub: &Hub) -> Result<(), Refusal> {
    let Hub { id, tenant: _, number, name, description, close_dormant_days, status, created, modified } = hub;
    let changed = conn
        .prepare_cached(
            "INSERT INTO hubs
                 (id, tenant_no, number, name, description, close_dormant_days, status, created, modified)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (id) DO UPDATE SET
                 name = excluded.name, description = excluded.description,
                 close_dormant_days = excluded.close_dormant_days, status = excluded.status,
                 created = excluded.created, modified = excluded.modified
             WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![
            id,
            tenant.0,
            number,
            name,
            description,
            close_dormant_days,
            status,
            created,
            modified
        ])?;
    tenants::note_hub(conn, tenant, *number)?;
    own(changed)
}

pub(super) fn delete_hub(conn: &Connection, id: HubId) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM hubs WHERE id = ?1")?.execute([id])?;
    Ok(())
}

fn hubs(conn: &Connection) -> rusqlite::Result<Vec<Hub>> {
    conn.prepare_cached(
        "SELECT h.id, t.id, h.number, h.name, h.description, h.close_dormant_days, h.status, h.created, h.modified
         FROM hubs h JOIN tenants t ON t.no = h.tenant_no ORDER BY h.rowid",
    )?
    .query_map([], |row| {
        Ok(Hub {
            id: row.get(0)?,
            tenant: row.get(1)?,
            number: row.get(2)?,
            name: row.get(3)?,
            description: row.get(4)?,
            close_dormant_days: row.get(5)?,
            status: row.get(6)?,
            created: row.get(7)?,
            modified: row.get(8)?,
        })
    })?
    .collect()
}

pub(super) fn put_integration(
    conn: &Connection,
    tenant: TenantNo,
    integration: &IntegrationRecord,
) -> Result<(), Refusal> {
    let changed = conn
        .prepare_cached(
            "INSERT INTO integrations
                 (id, tenant_no, hub, name, kind, status, configuration, sealed_key, created, modified)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO UPDATE SET
                 hub = excluded.hub, name = excluded.name, kind = excluded.kind, status = excluded.status,
                 configuration = excluded.configuration, sealed_key = excluded.sealed_key,
                 created = excluded.created, modified = excluded.modified
             WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![
            integration.id,
            tenant.0,
            integration.hub,
            integration.name,
            integration.kind,
            integration.status,
            integration.configuration,
            integration.sealed_key,
            integration.created,
            integration.modified,
        ])?;
    own(changed)
}

pub(super) fn delete_integration(conn: &Connection, id: IntegrationId) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM integrations WHERE id = ?1")?.execute([id])?;
    former_keys::delete(conn, id)?;
    customers::forget(conn, id)?;
    faq::supersede(conn, id)
}

fn integrations(conn: &Connection) -> rusqlite::Result<Vec<IntegrationRecord>> {
    conn.prepare_cached(
        "SELECT i.id, t.id, i.hub, i.name, i.kind, i.status, i.configuration, i.sealed_key, i.created, i.modified
         FROM integrations i JOIN tenants t ON t.no = i.tenant_no ORDER BY i.rowid",
    )?
    .query_map([], |row| {
        Ok(IntegrationRecord {
            id: row.get(0)?,
            tenant: row.get(1)?,
            hub: row.get(2)?,
            name: row.get(3)?,
            kind: row.get(4)?,
            status: row.get(5)?,
            configuration: row.get(6)?,
            sealed_key: row.get(7)?,
            created: row.get(8)?,
            modified: row.get(9)?,
        })
    })?
    .collect()
}
