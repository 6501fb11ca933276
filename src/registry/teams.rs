//! The teams of a tenant's directory: told apart by their ids and by their names, and found by who is in them.

use std::collections::{BTreeSet, HashMap, btree_map};
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::changes::Turn;
use super::numbered::{HasNumber, Numbered};
use super::people::new_short_id;
use super::{Page, PageQuery, Registry, RegistryError, TenantEntry};
use crate::domain::audit::Actor;
use crate::domain::directory::{Team, TeamState};
use crate::domain::ids::{TeamId, TenantId, UserId};
use crate::store::Write;

/// A team to be created.
#[derive(Clone, Debug, Default)]
pub struct TeamSpec {
    /// Unique within the tenant; one is made when there is none.
    pub id: Option<TeamId>,
    /// Unique within the tenant.
    pub name: String,
    /// Each once.
    pub members: Vec<UserId>,
    /// Whether it works.
    pub state: TeamState,
}

/// What of a team is to be changed.
#[derive(Clone, Debug, Default)]
pub struct TeamPatch {
    /// A new name.
    pub name: Option<String>,
    /// New members, in place of all old ones.
    pub members: Option<Vec<UserId>>,
    /// A new state.
    pub state: Option<TeamState>,
}

impl HasNumber for Team {
    type Id = TeamId;

    fn id(&self) -> &TeamId {
        &self.id
    }

    fn number(&self) -> i64 {
        self.number
    }
}

/// The teams of one tenant.
#[derive(Default)]
pub(super) struct Teams {
    all: Numbered<Team>,
    /// By lower-case name.
    by_name: HashMap<String, TeamId>,
    /// The numbers of the teams that each user is in; nobody stands in it who is in none.
    by_member: HashMap<UserId, BTreeSet<i64>>,
}

impl FromIterator<Arc<Team>> for Teams {
    fn from_iter<I: IntoIterator<Item = Arc<Team>>>(all: I) -> Self {
        let mut teams = Self::default();
        all.into_iter().for_each(|team| teams.put(team));
        teams
    }
}

impl Teams {
    /// Lists a team, in place of the one of its id.
    pub(super) fn put(&mut self, team: Arc<Team>) {
        self.remove(&team.id);
        self.by_name.insert(team.name.to_lowercase(), team.id.clone());
        for member in &team.members {
            self.by_member.entry(member.clone()).or_default().insert(team.number);
        }
        self.all.put(team);
    }

    pub(super) fn remove(&mut self, id: &TeamId) {
        let Some(gone) = self.all.remove(id) else { return };
        self.by_name.remove(&gone.name.to_lowercase());
        for member in &gone.members {
            if let Some(numbers) = self.by_member.get_mut(member) {
                numbers.remove(&gone.number);
                if numbers.is_empty() {
                    self.by_member.remove(member);
                }
            }
        }
    }

    pub(super) fn get(&self, id: &TeamId) -> Option<&Arc<Team>> {
        self.all.get(id)
    }

    /// The teams that a user is in, in the order of their creation.
    pub(super) fn of(&self, user: &UserId) -> impl Iterator<Item = &Arc<Team>> {
        let numbers = self.by_member.get(user).into_iter().flatten();
        numbers.filter_map(|number| self.all.at(*number))
    }

    fn iter(&self) -> btree_map::Values<'_, i64, Arc<Team>> {
        self.all.iter()
    }

    /// The number that a new team gets, when there is room for it, for its id and for its name.
    fn number_of_new(&self, spec: &TeamSpec, most: Option<NonZeroUsize>) -> Result<i64, RegistryError> {
        if spec.id.as_ref().is_some_and(|id| self.all.contains(id)) {
            return Err(RegistryError::TeamIdTaken);
        }
        self.name_is_free(&spec.name, None)?;
        if most.is_some_and(|most| self.all.len() >= most.get()) {
            return Err(RegistryError::TooManyTeams);
        }
        Ok(self.all.next_number())
    }

    /// Whether no other team has the name, in any case of letters.
    fn name_is_free(&self, name: &str, except: Option<&TeamId>) -> Result<(), RegistryError> {
        match self.by_name.get(&name.to_lowercase()) {
            Some(id) if Some(id) != except => Err(RegistryError::NameTaken),
            _ => Ok(()),
        }
    }
}

/// As with users, `tell` is called with what was changed, in the order of the changes and whoever has gone away.
impl Registry {
    /// A team of a tenant.
    pub fn team(&self, tenant: TenantId, id: &TeamId) -> Option<Arc<Team>> {
        self.tenants.get(&tenant)?.teams.read().get(id).cloned()
    }

    /// A team of a tenant by its name, in any case of letters.
    pub fn team_named(&self, tenant: TenantId, name: &str) -> Option<Arc<Team>> {
        let entry = self.tenants.get(&tenant)?;
        let teams = entry.teams.read();
        teams.get(teams.by_name.get(&name.to_lowercase())?).cloned()
    }

    /// A page of a tenant's teams.
    pub fn teams(&self, tenant: TenantId, page: PageQuery) -> Page<Arc<Team>> {
        match self.tenants.get(&tenant) {
            Some(entry) => page.of(entry.teams.read().iter()),
            None => Page { items: Vec::new(), total: 0 },
        }
    }

    /// Creates a team of a tenant, which has `most` teams at most.
    pub async fn create_team<T: Send + 'static>(
        self: &Arc<Self>,
        by: Actor,
        spec: TeamSpec,
        most: Option<NonZeroUsize>,
        tell: impl FnOnce(&Arc<Team>) -> T + Send + 'static,
    ) -> Result<(Arc<Team>, T), RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        entry.are_users(&spec.members)?;
        let number = entry.teams.read().number_of_new(&spec, most)?;
        keep_team(turn, entry, new_team(tenant, number, spec), tell).await
    }

    /// Changes a team; `tell` is called with the team as it was and as it is. A patch that changes nothing leaves the
    /// team as it is, and there is nothing to tell.
    pub async fn update_team<T: Send + 'static>(
        self: &Arc<Self>,
        by: Actor,
        id: &TeamId,
        patch: TeamPatch,
        tell: impl FnOnce(&Arc<Team>, &Arc<Team>) -> T + Send + 'static,
    ) -> Result<(Arc<Team>, Option<T>), RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let present = self.team(tenant, id).ok_or(RegistryError::TeamNotFound)?;
        let mut team = Team::clone(&present);
        if let Some(name) = patch.name {
            entry.teams.read().name_is_free(&name, Some(id))?;
            team.name = name;
        }
        if let Some(members) = patch.members {
            entry.are_users(&members)?;
            team.members = members;
        }
        if let Some(state) = patch.state {
            team.state = state;
        }
        if team == *present {
            return Ok((present, None));
        }
        let (team, told) = keep_team(turn, entry, team, move |team| tell(&present, team)).await?;
        Ok((team, Some(told)))
    }

    /// Deletes a team; who was in it stays.
    pub async fn delete_team<T: Send + 'static>(
        self: &Arc<Self>,
        by: Actor,
        id: &TeamId,
        tell: impl FnOnce(&Arc<Team>) -> T + Send + 'static,
    ) -> Result<T, RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let team = self.team(tenant, id).ok_or(RegistryError::TeamNotFound)?;
        turn.keep(vec![Write::DeleteTeam(tenant, id.clone())], move |registry| {
            entry.teams.write().remove(&team.id);
            registry.answering_changed(tenant);
            tell(&team)
        })
        .await
    }
}

impl TenantEntry {
    /// Whether all of them are in the directory.
    fn are_users(&self, members: &[UserId]) -> Result<(), RegistryError> {
        let users = self.users.read();
        let strangers: Vec<_> = members.iter().filter(|member| !users.contains(member)).cloned().collect();
        if strangers.is_empty() { Ok(()) } else { Err(RegistryError::MembersNotFound(strangers)) }
    }
}

/// A team that was never there before.
pub(super) fn new_team(tenant: TenantId, number: i64, spec: TeamSpec) -> Team {
    let id = spec.id.unwrap_or_else(new_short_id);
    Team { id, tenant, number, name: spec.name, members: spec.members, state: spec.state }
}

/// The team without one of its members.
pub(super) fn without_member(team: &Team, user: &UserId) -> Team {
    let mut team = team.clone();
    team.members.retain(|member| member != user);
    team
}

async fn keep_team<T: Send + 'static>(
    turn: Turn,
    entry: Arc<TenantEntry>,
    team: Team,
    tell: impl FnOnce(&Arc<Team>) -> T + Send + 'static,
) -> Result<(Arc<Team>, T), RegistryError> {
    let team = Arc::new(team);
    turn.keep(vec![Write::PutTeam(Team::clone(&team))], move |registry| {
        entry.teams.write().put(team.clone());
        registry.answering_changed(team.tenant);
        let told = tell(&team);
        (team, told)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(number: i64, name: &str, members: &[&str]) -> Arc<Team> {
        Arc::new(Team {
            id: TeamId::from(format!("t{number}")),
            tenant: TenantId::new(),
            number,
            name: name.to_owned(),
            members: members.iter().map(|member| UserId::from(*member)).collect(),
            state: TeamState::Active,
        })
    }

    fn of(teams: &Teams, user: &str) -> Vec<i64> {
        teams.of(&UserId::from(user)).map(|team| team.number).collect()
    }

    #[test]
    fn the_teams_of_a_user_follow_every_change_of_a_team() {
        let mut teams: Teams = [team(1, "a", &["ada", "bob"]), team(2, "b", &["ada"])].into_iter().collect();
        assert_eq!((of(&teams, "ada"), of(&teams, "bob"), of(&teams, "eve")), (vec![1, 2], vec![1], vec![]));
        teams.put(team(1, "a", &["bob", "eve"]));
        assert_eq!((of(&teams, "ada"), of(&teams, "bob"), of(&teams, "eve")), (vec![2], vec![1], vec![1]));
        teams.remove(&TeamId::from("t2"));
        teams.remove(&TeamId::from("t2"));
        assert_eq!((of(&teams, "ada"), teams.by_member.len()), (Vec::<i64>::new(), 2));
    }

    #[test]
    fn a_name_is_free_again_once_its_team_has_another_or_is_gone() {
        let mut teams: Teams = [team(1, "Größe", &[])].into_iter().collect();
        let first = TeamId::from("t1");
        assert!(matches!(teams.name_is_free("GRÖSSE", None), Ok(())));
        assert!(matches!(teams.name_is_free("GRÖßE", None), Err(RegistryError::NameTaken)));
        assert!(teams.name_is_free("größe", Some(&first)).is_ok());
        teams.put(team(1, "other", &[]));
        assert!(teams.name_is_free("größe", None).is_ok());
        teams.remove(&first);
        assert!(teams.name_is_free("other", None).is_ok());
    }
}
