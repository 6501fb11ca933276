//! The users of a tenant's directory: told apart by their ids, numbered in the order of their creation.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::changes::Turn;
use super::numbered::HasNumber;
use super::teams::without_member;
use super::{Page, PageQuery, Registry, RegistryError, TenantEntry};
use crate::domain::audit::Actor;
use crate::domain::directory::{Team, User, UserState};
use crate::domain::ids::{TenantId, UserId};
use crate::store::Write;

/// A user to be created.
#[derive(Clone, Debug, Default)]
pub struct UserSpec {
    /// Unique within the tenant; one is made when there is none.
    pub id: Option<UserId>,
    /// A name for people.
    pub name: String,
    /// An address of electronic mail, or nothing.
    pub email: String,
    /// Each once.
    pub skills: Vec<String>,
    /// Whether the user is there for conversations.
    pub state: UserState,
}

impl UserSpec {
    /// A user of whom nothing but the name is known.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

/// What of a user is to be changed.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    /// A new name.
    pub name: Option<String>,
    /// A new address; an empty one takes the old one away.
    pub email: Option<String>,
    /// New skills, in place of all old ones.
    pub skills: Option<Vec<String>>,
    /// A new state.
    pub state: Option<UserState>,
}

/// A user who is gone.
#[derive(Clone, Debug)]
pub struct Departure {
    /// Who it was.
    pub user: Arc<User>,
    /// The teams that the user was in, as they are now.
    pub teams: Vec<Arc<Team>>,
}

impl HasNumber for User {
    type Id = UserId;

    fn id(&self) -> &UserId {
        &self.id
    }

    fn number(&self) -> i64 {
        self.number
    }
}

/// In each of these changes, `tell` is called with what was changed: once it is kept and shown, before the next
/// change of the tenant can begin, and whether or not the caller is still there. So whoever passes it on does so in
/// the order of the changes, and leaves none out.
impl Registry {
    /// A user of a tenant.
    pub fn user(&self, tenant: TenantId, id: &UserId) -> Option<Arc<User>> {
        self.tenants.get(&tenant)?.users.read().get(id).cloned()
    }

    /// A page of a tenant's users.
    pub fn users(&self, tenant: TenantId, page: PageQuery) -> Page<Arc<User>> {
        match self.tenants.get(&tenant) {
            Some(entry) => page.of(entry.users.read().iter()),
            None => Page { items: Vec::new(), total: 0 },
        }
    }

    /// Creates a user under the next number of the tenant, which has `most` users at most.
    pub async fn create_user<T: Send + 'static>(
        self: &Arc<Self>,
        by: Actor,
        spec: UserSpec,
        most: Option<NonZeroUsize>,
        tell: impl FnOnce(&Arc<User>) -> T + Send + 'static,
    ) -> Result<(Arc<User>, T), RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let number = {
            let users = entry.users.read();
            if spec.id.as_ref().is_some_and(|id| users.contains(id)) {
                return Err(RegistryError::UserIdTaken);
            }
            if most.is_some_and(|most| users.len() >= most.get()) {
                return Err(RegistryError::TooManyUsers);
            }
            users.next_number()
        };
        keep_user(turn, entry, new_user(tenant, number, spec), tell).await
    }

    /// Changes a user. A patch that changes nothing leaves the user as it is, and there is nothing to tell.
    pub async fn update_user<T: Send + 'static>(
        self: &Arc<Self>,
        by: Actor,
        id: &UserId,
        patch: UserPatch,
        tell: impl FnOnce(&Arc<User>) -> T + Send + 'static,
    ) -> Result<(Arc<User>, Option<T>), RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let present = self.user(tenant, id).ok_or(RegistryError::UserNotFound)?;
        let mut user = User::clone(&present);
        user.name = patch.name.unwrap_or(user.name);
        user.email = patch.email.unwrap_or(user.email);
        user.skills = patch.skills.unwrap_or(user.skills);
        user.state = patch.state.unwrap_or(user.state);
        if user == *present {
            return Ok((present, None));
        }
        let (user, told) = keep_user(turn, entry, user, tell).await?;
        Ok((user, Some(told)))
    }

    /// Deletes a user, and takes it out of its teams. An integration that works for the user stays, and works for
    /// nobody.
    pub async fn delete_user<T: Send + 'static>(
        self: &Arc<Self>,
        by: Actor,
        id: &UserId,
        tell: impl FnOnce(&Departure) -> T + Send + 'static,
    ) -> Result<T, RegistryError> {
        let tenant = by.tenant;
        let (turn, entry) = self.turn(by).await?;
        let user = self.user(tenant, id).ok_or(RegistryError::UserNotFound)?;
        let teams = entry.teams.read().of(id).map(|team| Arc::new(without_member(team, id))).collect();
        let gone = Departure { user, teams };
        let mut writes: Vec<_> = gone.teams.iter().map(|team| Write::PutTeam(Team::clone(team))).collect();
        writes.push(Write::DeleteUser(tenant, id.clone()));
        turn.keep(writes, move |registry| {
            {
                let mut teams = entry.teams.write();
                gone.teams.iter().cloned().for_each(|team| teams.put(team));
            }
            entry.users.write().remove(&gone.user.id);
            registry.answering_changed(tenant);
            tell(&gone)
        })
        .await
    }
}

/// A user that was never there before.
pub(super) fn new_user(tenant: TenantId, number: i64, spec: UserSpec) -> User {
    User {
        id: spec.id.unwrap_or_else(new_short_id),
        tenant,
        number,
        name: spec.name,
        email: spec.email,
        skills: spec.skills,
        state: spec.state,
    }
}

async fn keep_user<T: Send + 'static>(
    turn: Turn,
    entry: Arc<TenantEntry>,
    user: User,
    tell: impl FnOnce(&Arc<User>) -> T + Send + 'static,
) -> Result<(Arc<User>, T), RegistryError> {
    let user = Arc::new(user);
    turn.keep(vec![Write::PutUser(User::clone(&user))], move |registry| {
        entry.users.write().put(user.clone());
        registry.answering_changed(user.tenant);
        let told = tell(&user);
        (user, told)
    })
    .await
}

/// An id as the streaming reference's examples show them: 15 hexadecimal digits.
pub(super) fn new_short_id<T: From<String>>() -> T {
    let mut text = uuid::Uuid::new_v4().simple().to_string();
    text.truncate(15);
    T::from(text)
}
