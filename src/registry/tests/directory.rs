//! Users and teams: who wins, what is told of a change, and what a deletion takes along.

use std::num::NonZeroUsize;

use parking_lot::Mutex;

use super::*;
use crate::domain::directory::{Team, UserState};
use crate::domain::ids::TeamId;

fn spec(id: &str, name: &str) -> UserSpec {
    UserSpec { id: Some(UserId::from(id)), ..UserSpec::named(name) }
}

fn team_spec(id: &str, name: &str, members: &[&str]) -> TeamSpec {
    let members = members.iter().map(|member| UserId::from(*member)).collect();
    TeamSpec { id: Some(TeamId::from(id)), name: name.to_owned(), members, ..TeamSpec::default() }
}

impl Bench {
    async fn user(&self, spec: UserSpec) -> Result<Arc<User>, RegistryError> {
        self.registry
            .create_user(Actor::operator(self.tenant), spec, None, |_| ())
            .await
            .map(|(user, ())| user)
    }

    async fn team(&self, spec: TeamSpec) -> Result<Arc<Team>, RegistryError> {
        self.registry
            .create_team(Actor::operator(self.tenant), spec, None, |_| ())
            .await
            .map(|(team, ())| team)
    }

    /// Users and teams by id, in the order of lists; teams with their members.
    fn directory(&self, registry: &Registry) -> Vec<String> {
        let all = PageQuery { number: 0, size: 100 };
        let users = registry.users(self.tenant, all).items.into_iter().map(|user| user.id.to_string());
        let teams = registry.teams(self.tenant, all).items;
        users.chain(teams.iter().map(|team| format!("{}: {:?}", team.id, team.members))).collect()
    }
}

#[tokio::test]
async fn users_and_teams_are_listed_in_the_order_of_their_creation_after_a_restart_too() {
    let bench = Bench::new().await;
    for id in ["zoe", "ada", "max"] {
        bench.user(spec(id, "same name")).await.unwrap();
        bench.team(team_spec(id, id, &[])).await.unwrap();
    }
    let state = UserPatch { state: Some(UserState::Away), ..UserPatch::default() };
    bench
        .registry
        .update_user(Actor::operator(bench.tenant), &UserId::from("ada"), state, |_| ())
        .await
        .unwrap();
    let expected = ["zoe", "ada", "max", "zoe: []", "ada: []", "max: []"];
    assert_eq!(bench.directory(&bench.registry), expected);
    let restarted = bench.restarted().await;
    assert_eq!(bench.directory(&restarted), expected);
    assert_eq!(restarted.user(bench.tenant, &UserId::from("ada")).unwrap().state, UserState::Away);
}

#[tokio::test]
async fn an_id_is_taken_in_its_own_case_of_letters_until_its_owner_is_gone() {
    let bench = Bench::new().await;
    bench.user(spec("ada", "Ada")).await.unwrap();
    bench.user(spec("ADA", "Ada")).await.unwrap();
    assert!(matches!(bench.user(spec("ada", "Other")).await, Err(RegistryError::UserIdTaken)));
    bench.registry.delete_user(Actor::operator(bench.tenant), &UserId::from("ada"), |_| ()).await.unwrap();
    let again = bench.user(spec("ada", "Other")).await.unwrap();
    assert_eq!(again.number, 3, "not the number of the one before");

    bench.team(team_spec("t", "First", &[])).await.unwrap();
    assert!(matches!(bench.team(team_spec("t", "Second", &[])).await, Err(RegistryError::TeamIdTaken)));
    assert!(matches!(bench.team(team_spec("u", "FIRST", &[])).await, Err(RegistryError::NameTaken)));
    bench.registry.delete_team(Actor::operator(bench.tenant), &TeamId::from("t"), |_| ()).await.unwrap();
    bench.team(team_spec("t", "First", &[])).await.unwrap();
}

#[tokio::test]
async fn a_tenant_has_as_many_users_and_teams_as_it_may_and_not_one_more() {
    let bench = Bench::new().await;
    let (registry, tenant, two) = (&bench.registry, bench.tenant, NonZeroUsize::new(2));
    for name in ["a", "b"] {
        registry.create_user(Actor::operator(tenant), spec(name, name), two, |_| ()).await.unwrap();
        registry.create_team(Actor::operator(tenant), team_spec(name, name, &[]), two, |_| ()).await.unwrap();
    }
    let third = registry.create_user(Actor::operator(tenant), spec("c", "c"), two, |_| ()).await;
    assert!(matches!(third, Err(RegistryError::TooManyUsers)), "{third:?}");
    let third = registry.create_team(Actor::operator(tenant), team_spec("c", "c", &[]), two, |_| ()).await;
    assert!(matches!(third, Err(RegistryError::TooManyTeams)), "{third:?}");
    registry.delete_user(Actor::operator(tenant), &UserId::from("a"), |_| ()).await.unwrap();
    registry.create_user(Actor::operator(tenant), spec("c", "c"), two, |_| ()).await.unwrap();
}

#[tokio::test]
async fn a_team_has_no_members_but_users_of_its_own_tenant() {
    let bench = Bench::new().await;
    let other = bench.registry.create_tenant("other").await.unwrap().tenant.id;
    bench.registry.create_user(Actor::operator(other), spec("eve", "Eve"), None, |_| ()).await.unwrap();
    bench.user(spec("ada", "Ada")).await.unwrap();
    let refused = bench.team(team_spec("t", "t", &["ada", "eve"])).await;
    assert!(
        matches!(&refused, Err(RegistryError::MembersNotFound(who)) if *who == [UserId::from("eve")]),
        "{refused:?}"
    );
    let team = bench.team(team_spec("t", "t", &["ada"])).await.unwrap();
    let patch = TeamPatch { members: Some(vec![UserId::from("eve")]), ..TeamPatch::default() };
    let refused = bench.registry.update_team(Actor::operator(bench.tenant), &team.id, patch, |_, _| ()).await;
    assert!(matches!(refused, Err(RegistryError::MembersNotFound(_))), "{refused:?}");
    assert_eq!(bench.directory(&bench.registry), ["ada", "t: [ada]"]);
}

#[tokio::test]
async fn a_deleted_user_is_taken_out_of_its_teams_in_the_same_commit() {
    let bench = Bench::new().await;
    for id in ["ada", "bob"] {
        bench.user(spec(id, id)).await.unwrap();
    }
    bench.team(team_spec("both", "both", &["ada", "bob"])).await.unwrap();
    bench.team(team_spec("bob", "bob", &["bob"])).await.unwrap();
    bench.team(team_spec("ada", "ada", &["ada"])).await.unwrap();
    let before = bench.store.stats().commits;
    let gone = bench
        .registry
        .delete_user(Actor::operator(bench.tenant), &UserId::from("ada"), Departure::clone)
        .await
        .unwrap();
    assert_eq!(bench.store.stats().commits - before, 1);
    assert_eq!(gone.user.id, UserId::from("ada"));
    let changed: Vec<_> = gone.teams.iter().map(|team| (team.id.as_str(), team.members.len())).collect();
    assert_eq!(changed, [("both", 1), ("ada", 0)]);
    let expected = ["bob", "both: [bob]", "bob: [bob]", "ada: []"];
    assert_eq!(bench.directory(&bench.registry), expected);
    assert_eq!(bench.directory(&*bench.restarted().await), expected);
    let again = bench.registry.delete_user(Actor::operator(bench.tenant), &UserId::from("ada"), |_| ()).await;
    assert!(matches!(again, Err(RegistryError::UserNotFound)));
}

#[tokio::test]
async fn what_changes_nothing_keeps_nothing_and_is_not_told() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let user = bench.user(spec("ada", "Ada")).await.unwrap();
    let team = bench.team(team_spec("t", "t", &["ada"])).await.unwrap();
    let before = bench.store.stats().commits;
    let patch = UserPatch { name: Some("Ada".to_owned()), skills: Some(Vec::new()), ..UserPatch::default() };
    let same = registry.update_user(Actor::operator(tenant), &user.id, patch, |_| "told").await.unwrap();
    assert_eq!(same, (user, None));
    let patch =
        TeamPatch { name: Some("t".to_owned()), members: Some(team.members.clone()), ..TeamPatch::default() };
    let same = registry.update_team(Actor::operator(tenant), &team.id, patch, |_, _| "told").await.unwrap();
    assert_eq!(same, (team.clone(), None));
    assert_eq!(bench.store.stats().commits, before);
    let patch = TeamPatch { name: Some("T".to_owned()), members: None, ..TeamPatch::default() };
    let (renamed, told) =
        registry.update_team(Actor::operator(tenant), &team.id, patch, |_, _| "told").await.unwrap();
    assert_eq!((renamed.name.as_str(), told), ("T", Some("told")), "another case of letters is another name");
}

#[tokio::test]
async fn changes_are_told_in_their_order_whoever_hangs_up() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let tell = |what: &'static str| {
        let told = told.clone();
        move || told.lock().push(what.to_owned())
    };
    let (created, changed, deleted) = (tell("created"), tell("changed"), tell("deleted"));
    let id = UserId::from("ada");
    begin_and_hang_up(
        registry.create_user(Actor::operator(tenant), spec("ada", "Ada"), None, move |_| created()),
    );
    user(registry, tenant, "in turn").await;
    let patch = UserPatch { name: Some("Grace".to_owned()), ..UserPatch::default() };
    begin_and_hang_up(registry.update_user(Actor::operator(tenant), &id, patch, move |_| changed()));
    user(registry, tenant, "in turn").await;
    begin_and_hang_up(registry.delete_user(Actor::operator(tenant), &id, move |_| deleted()));
    user(registry, tenant, "in turn").await;
    assert_eq!(*told.lock(), ["created", "changed", "deleted"]);
}

#[tokio::test]
async fn what_the_store_refuses_is_neither_shown_nor_told() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    bench.user(spec("ada", "Ada")).await.unwrap();
    bench.team(team_spec("t", "t", &["ada"])).await.unwrap();
    bench.store.close().await.unwrap();
    let never = || panic!("it was not kept");
    assert!(
        registry
            .create_user(Actor::operator(tenant), spec("bob", "Bob"), None, move |_| never())
            .await
            .is_err()
    );
    assert!(
        registry.delete_user(Actor::operator(tenant), &UserId::from("ada"), move |_| never()).await.is_err()
    );
    assert!(
        registry.delete_team(Actor::operator(tenant), &TeamId::from("t"), move |_| never()).await.is_err()
    );
    assert_eq!(bench.directory(registry), ["ada", "t: [ada]"]);
}
