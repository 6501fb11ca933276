//! The directory: users and teams, each within its tenant.
//! Does not know that a team's members are users.

use rusqlite::{Connection, params};

use super::columns::Json;
use super::errors::Refusal;
use super::place::TenantNo;
use crate::domain::directory::{Team, User};
use crate::domain::ids::{TeamId, TenantId, UserId};

pub(super) fn put_user(conn: &Connection, tenant: TenantNo, user: &User) -> Result<(), Refusal> {
    let User { id, tenant: _, number, name, email, skills, state } = user;
    conn.prepare_cached(
        "INSERT INTO users (tenant_no, id, number, name, email, skills, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (tenant_no, id) DO UPDATE SET
             number = excluded.number, name = excluded.name, email = excluded.email, skills = excluded.skills,
             state = excluded.state",
    )?
    .execute(params![tenant.0, id, number, name, email, Json(skills), state])?;
    Ok(())
}

pub(super) fn delete_user(conn: &Connection, tenant: TenantId, id: &UserId) -> Result<(), Refusal> {
    conn.prepare_cached(
        "DELETE FROM users WHERE tenant_no = (SELECT no FROM tenants WHERE id = ?1) AND id = ?2",
    )?
    .execute(params![tenant, id])?;
    Ok(())
}

pub(super) fn users(conn: &Connection) -> rusqlite::Result<Vec<User>> {
    conn.prepare_cached(
        "SELECT u.id, t.id, u.number, u.name, u.email, u.skills, u.state
         FROM users u JOIN tenants t ON t.no = u.tenant_no ORDER BY u.rowid",
    )?
    .query_map([], |row| {
        let Json(skills) = row.get(5)?;
        Ok(User {
            id: row.get(0)?,
            tenant: row.get(1)?,
            number: row.get(2)?,
            name: row.get(3)?,
            email: row.get(4)?,
            skills,
            state: row.get(6)?,
        })
    })?
    .collect()
}

pub(super) fn put_team(conn: &Connection, tenant: TenantNo, team: &Team) -> Result<(), Refusal> {
    let Team { id, tenant: _, number, name, members, state } = team;
    conn.prepare_cached(
        "INSERT INTO teams (tenant_no, id, number, name, members, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (tenant_no, id) DO UPDATE SET
             number = excluded.number, name = excluded.name, members = excluded.members, state = excluded.state",
    )?
    .execute(params![tenant.0, id, number, name, Json(members), state])?;
    Ok(())
}

pub(super) fn delete_team(conn: &Connection, tenant: TenantId, id: &TeamId) -> Result<(), Refusal> {
    conn.prepare_cached(
        "DELETE FROM teams WHERE tenant_no = (SELECT no FROM tenants WHERE id = ?1) AND id = ?2",
    )?
    .execute(params![tenant, id])?;
    Ok(())
}

pub(super) fn teams(conn: &Connection) -> rusqlite::Result<Vec<Team>> {
    conn.prepare_cached(
        "SELECT m.id, t.id, m.number, m.name, m.members, m.state
         FROM teams m JOIN tenants t ON t.no = m.tenant_no ORDER BY m.rowid",
    )?
    .query_map([], |row| {
        let Json(members) = row.get(4)?;
        Ok(Team {
            id: row.get(0)?,
            tenant: row.get(1)?,
            number: row.get(2)?,
            name: row.get(3)?,
            members,
            state: row.get(5)?,
        })
    })?
    .collect()
}
