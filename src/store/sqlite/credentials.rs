//! Clients with their secrets, API keys and signing keys.
//! Knows hashes and sealed bytes only.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};

use super::errors::{Refusal, own};
use super::place::TenantNo;
use crate::domain::client::{Client, Secret};
use crate::domain::ids::ClientId;
use crate::store::{ApiKey, SigningKeyRecord};

pub(super) fn put_client(conn: &Connection, tenant: TenantNo, client: &Client) -> Result<(), Refusal> {
    let changed = conn
        .prepare_cached(
            "INSERT INTO clients (id, tenant_no, api, name, scopes, secrets_made) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET
                 api = excluded.api, name = excluded.name, scopes = excluded.scopes,
                 secrets_made = excluded.secrets_made
             WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![client.id, tenant.0, client.api, client.name, client.scopes, client.secrets_made])?;
    own(changed)?;
    delete_secrets(conn, &client.id)?;
    let mut insert = conn.prepare_cached(
        "INSERT INTO secrets (client, place, id, number, name, hash, hint, expires)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (place, secret) in (0i64..).zip(&client.secrets) {
        let Secret { id, number, name, hash, hint, expires } = secret;
        insert.execute(params![client.id, place, id, number, name, hash, hint, expires])?;
    }
    Ok(())
}

pub(super) fn delete_client(conn: &Connection, id: &ClientId) -> Result<(), Refusal> {
    delete_secrets(conn, id)?;
    conn.prepare_cached("DELETE FROM clients WHERE id = ?1")?.execute([id])?;
    Ok(())
}

fn delete_secrets(conn: &Connection, client: &ClientId) -> rusqlite::Result<usize> {
    conn.prepare_cached("DELETE FROM secrets WHERE client = ?1")?.execute([client])
}

pub(super) fn clients(conn: &Connection) -> rusqlite::Result<Vec<Client>> {
    let mut secrets = secrets_by_client(conn)?;
    conn.prepare_cached(
        "SELECT c.id, t.id, c.api, c.name, c.scopes, c.secrets_made
         FROM clients c JOIN tenants t ON t.no = c.tenant_no ORDER BY c.rowid",
    )?
    .query_map([], |row| {
        let id = row.get(0)?;
        let secrets = secrets.remove(&id).unwrap_or_default();
        Ok(Client {
            id,
            tenant: row.get(1)?,
            api: row.get(2)?,
            name: row.get(3)?,
            scopes: row.get(4)?,
            secrets,
            secrets_made: row.get(5)?,
        })
    })?
    .collect()
}

fn secrets_by_client(conn: &Connection) -> rusqlite::Result<HashMap<ClientId, Vec<Secret>>> {
    let mut statement = conn.prepare_cached(
        "SELECT client, id, number, name, hash, hint, expires FROM secrets ORDER BY client, place",
    )?;
    let mut rows = statement.query([])?;
    let mut secrets: HashMap<ClientId, Vec<Secret>> = HashMap::new();
    while let Some(row) = rows.next()? {
        secrets.entry(row.get(0)?).or_default().push(secret(row)?);
    }
    Ok(secrets)
}

fn secret(row: &Row<'_>) -> rusqlite::Result<Secret> {
    Ok(Secret {
        id: row.get(1)?,
        number: row.get(2)?,
        name: row.get(3)?,
        hash: row.get(4)?,
        hint: row.get(5)?,
        expires: row.get(6)?,
    })
}

pub(super) fn put_api_key(conn: &Connection, tenant: TenantNo, key: &ApiKey) -> Result<(), Refusal> {
    let changed = conn
        .prepare_cached(
            "INSERT INTO api_keys (hash, tenant_no, hint) VALUES (?1, ?2, ?3)
             ON CONFLICT (hash) DO UPDATE SET hint = excluded.hint WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![key.hash, tenant.0, key.hint])?;
    own(changed)
}

pub(super) fn api_keys(conn: &Connection) -> rusqlite::Result<Vec<ApiKey>> {
    conn.prepare_cached(
        "SELECT t.id, k.hash, k.hint FROM api_keys k JOIN tenants t ON t.no = k.tenant_no ORDER BY k.rowid",
    )?
    .query_map([], |row| Ok(ApiKey { tenant: row.get(0)?, hash: row.get(1)?, hint: row.get(2)? }))?
    .collect()
}

pub(super) fn put_signing_key(conn: &Connection, key: &SigningKeyRecord) -> Result<(), Refusal> {
    conn.prepare_cached(
        "INSERT INTO signing_keys (kid, sealed, created, retired) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (kid) DO UPDATE SET sealed = excluded.sealed, created = excluded.created,
                                         retired = excluded.retired",
    )?
    .execute(params![key.kid, key.sealed, key.created, key.retired])?;
    Ok(())
}

pub(super) fn delete_signing_key(conn: &Connection, kid: &str) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM signing_keys WHERE kid = ?1")?.execute([kid])?;
    Ok(())
}

pub(super) fn signing_keys(conn: &Connection) -> rusqlite::Result<Vec<SigningKeyRecord>> {
    conn.prepare_cached("SELECT kid, sealed, created, retired FROM signing_keys ORDER BY rowid")?
        .query_map([], |row| {
            Ok(SigningKeyRecord {
                kid: row.get(0)?,
                sealed: row.get(1)?,
                created: row.get(2)?,
                retired: row.get(3)?,
            })
        })?
        .collect()
}
