//! Commands: whose names are free, what a deletion takes along, and what outlives a restart.

use std::num::NonZeroUsize;

use serde_json::{Map, json};

use super::*;
use crate::domain::command::{Effect, Response, ResponseParty, Responses, Transfer};

fn transfer(name: &str) -> CommandSpec {
    let (url, link_description) = ("https://a.example".to_owned(), "go".to_owned());
    let effect = Effect::Transfer(Transfer { url, link_description, mount_delay: -1 });
    CommandSpec { name: name.to_owned(), description: "d".to_owned(), effect }
}

fn response(name: &str) -> CommandSpec {
    let said = json!({"type": "payload", "payloadType": "t", "payload": {"z": 0.1, "a": [null, 1e300]}});
    let said: Map<_, _> = said.as_object().unwrap().clone();
    let effect = Effect::Response(Response {
        category: "c".to_owned(),
        party: ResponseParty::Agent,
        responses: Responses::Events(vec![said]),
    });
    CommandSpec { name: name.to_owned(), description: String::new(), effect }
}

fn patch_of_transfer(patch: TransferPatch) -> CommandPatch {
    CommandPatch { name: None, description: None, effect: EffectPatch::Transfer(patch) }
}

fn patch_of_response(patch: ResponsePatch) -> CommandPatch {
    CommandPatch { name: None, description: None, effect: EffectPatch::Response(patch) }
}

fn renamed(name: &str) -> CommandPatch {
    CommandPatch { name: Some(name.to_owned()), ..patch_of_transfer(TransferPatch::default()) }
}

impl Bench {
    async fn command(&self, spec: CommandSpec) -> Result<Arc<Command>, RegistryError> {
        self.registry.create_command(Actor::operator(self.tenant), self.hub.id, spec, None).await
    }

    /// All commands of the hub, transfers first.
    fn commands(&self, registry: &Registry) -> Vec<Arc<Command>> {
        CommandKind::ALL.into_iter().flat_map(|kind| registry.commands_of(self.hub.id, kind)).collect()
    }
}

#[tokio::test]
async fn commands_are_as_they_were_after_a_restart() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    for name in ["zeta", "alpha"] {
        bench.command(response(name)).await.unwrap();
        bench.command(transfer(name)).await.unwrap();
    }
    let gone = bench.command(transfer("gone")).await.unwrap();
    registry.delete_command(Actor::operator(tenant), CommandKind::Transfer, gone.id).await.unwrap();
    let first = bench.commands(registry)[0].clone();
    registry.update_command(Actor::operator(tenant), first.id, renamed("Omega")).await.unwrap();

    let before = bench.commands(registry);
    let names: Vec<_> = before.iter().map(|command| command.name.as_str()).collect();
    assert_eq!(names, ["Omega", "alpha", "zeta", "alpha"]);
    let restarted = bench.restarted().await;
    assert_eq!(bench.commands(&restarted), before);
    assert_eq!(restarted.command(tenant, CommandKind::Transfer, first.id).as_ref(), Some(&before[0]));
    assert!(restarted.command(tenant, CommandKind::Transfer, gone.id).is_none());
}

#[tokio::test]
async fn a_name_is_taken_within_its_hub_and_kind_until_its_owner_is_renamed_or_deleted() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let first = bench.command(transfer("Größe")).await.unwrap();
    let taken = bench.command(transfer("GRÖßE")).await;
    assert!(matches!(taken, Err(RegistryError::NameTaken)), "{taken:?}");
    bench.command(response("Größe")).await.unwrap();
    let other = registry.create_hub(Actor::operator(tenant), hub("Other"), None).await.unwrap();
    registry.create_command(Actor::operator(tenant), other.id, transfer("Größe"), None).await.unwrap();

    let second = bench.command(transfer("second")).await.unwrap();
    let taken = registry.update_command(Actor::operator(tenant), second.id, renamed("größe")).await;
    assert!(matches!(taken, Err(RegistryError::NameTaken)), "{taken:?}");
    registry.update_command(Actor::operator(tenant), first.id, renamed("GRÖßE")).await.unwrap();
    registry.update_command(Actor::operator(tenant), first.id, renamed("first")).await.unwrap();
    registry.update_command(Actor::operator(tenant), second.id, renamed("größe")).await.unwrap();
    registry.delete_command(Actor::operator(tenant), CommandKind::Transfer, first.id).await.unwrap();
    bench.command(transfer("FIRST")).await.unwrap();
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_nothing_else() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let old = bench.command(transfer("t")).await.unwrap();
    bench.clock.advance(Duration::from_secs(1));
    let patch = TransferPatch { mount_delay: Some(1000), ..TransferPatch::default() };
    let new =
        registry.update_command(Actor::operator(tenant), old.id, patch_of_transfer(patch)).await.unwrap();
    let effect = Effect::Transfer(Transfer {
        url: "https://a.example".to_owned(),
        link_description: "go".to_owned(),
        mount_delay: 1000,
    });
    assert_eq!(*new, Command { effect, modified: bench.clock.now(), ..Command::clone(&old) });

    let old = bench.command(response("r")).await.unwrap();
    let patch =
        ResponsePatch { responses: Some(Responses::Messages(Vec::new())), ..ResponsePatch::default() };
    let new =
        registry.update_command(Actor::operator(tenant), old.id, patch_of_response(patch)).await.unwrap();
    let effect = Effect::Response(Response {
        category: "c".to_owned(),
        party: ResponseParty::Agent,
        responses: Responses::Messages(Vec::new()),
    });
    assert_eq!(*new, Command { effect, ..Command::clone(&old) });

    let before = bench.store.stats().commits;
    let same = registry
        .update_command(Actor::operator(tenant), new.id, patch_of_response(ResponsePatch::default()))
        .await;
    assert_eq!(same.unwrap(), new);
    assert_eq!(bench.store.stats().commits, before, "a change of nothing keeps nothing");
}

#[tokio::test]
async fn a_command_is_found_by_its_tenant_and_under_its_kind_only() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let other = registry.create_tenant("other").await.unwrap().tenant.id;
    let command = bench.command(transfer("t")).await.unwrap();
    assert!(registry.command(tenant, CommandKind::Response, command.id).is_none());
    assert!(registry.command(other, CommandKind::Transfer, command.id).is_none());
    let not_found = |refused: Result<(), RegistryError>| {
        assert!(matches!(refused, Err(RegistryError::CommandNotFound)), "{refused:?}");
    };
    let empty = patch_of_response(ResponsePatch::default());
    not_found(registry.update_command(Actor::operator(tenant), command.id, empty).await.map(drop));
    not_found(registry.update_command(Actor::operator(other), command.id, renamed("stolen")).await.map(drop));
    not_found(registry.delete_command(Actor::operator(tenant), CommandKind::Response, command.id).await);
    not_found(registry.delete_command(Actor::operator(other), CommandKind::Transfer, command.id).await);
    let into_another_s =
        registry.create_command(Actor::operator(other), bench.hub.id, transfer("x"), None).await;
    assert!(matches!(into_another_s, Err(RegistryError::HubNotFound)), "{into_another_s:?}");
    assert_eq!(bench.commands(registry), [command]);
}

#[tokio::test]
async fn a_hub_has_as_many_commands_of_all_kinds_as_it_may_and_not_one_more() {
    let bench = Bench::new().await;
    let (registry, tenant, two) = (&bench.registry, bench.tenant, NonZeroUsize::new(2));
    let first =
        registry.create_command(Actor::operator(tenant), bench.hub.id, transfer("a"), two).await.unwrap();
    registry.create_command(Actor::operator(tenant), bench.hub.id, response("b"), two).await.unwrap();
    let third = registry.create_command(Actor::operator(tenant), bench.hub.id, response("c"), two).await;
    assert!(matches!(third, Err(RegistryError::TooManyCommands)), "{third:?}");
    let other = registry.create_hub(Actor::operator(tenant), hub("Other"), None).await.unwrap();
    registry.create_command(Actor::operator(tenant), other.id, transfer("a"), two).await.unwrap();
    registry.delete_command(Actor::operator(tenant), CommandKind::Transfer, first.id).await.unwrap();
    registry.create_command(Actor::operator(tenant), bench.hub.id, response("c"), two).await.unwrap();
}

#[tokio::test]
async fn a_deleted_hub_takes_its_commands_along_in_the_same_commit() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let mut gone = Vec::new();
    for name in ["a", "b"] {
        gone.push((CommandKind::Transfer, bench.command(transfer(name)).await.unwrap().id));
        gone.push((CommandKind::Response, bench.command(response(name)).await.unwrap().id));
    }
    let other = registry.create_hub(Actor::operator(tenant), hub("Other"), None).await.unwrap();
    let stays =
        registry.create_command(Actor::operator(tenant), other.id, transfer("a"), None).await.unwrap();
    let before = bench.store.stats().commits;
    registry.delete_hub(Actor::operator(tenant), bench.hub.id).await.unwrap();
    assert_eq!(bench.store.stats().commits - before, 1);
    let restarted = bench.restarted().await;
    for registry in [registry, &restarted] {
        assert_eq!(bench.commands(registry), []);
        assert!(gone.iter().all(|(kind, id)| registry.command(tenant, *kind, *id).is_none()));
        assert_eq!(registry.commands_of(other.id, CommandKind::Transfer), std::slice::from_ref(&stays));
    }
    assert_eq!(bench.store.configuration().await.unwrap().commands.len(), 1);
}

#[tokio::test]
async fn a_change_of_a_command_is_carried_out_when_its_caller_hangs_up() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    begin_and_hang_up(bench.command(transfer("late")));
    let again = bench.command(transfer("LATE")).await;
    assert!(matches!(again, Err(RegistryError::NameTaken)), "{again:?}");
    let late = bench.commands(registry)[0].clone();
    begin_and_hang_up(registry.update_command(Actor::operator(tenant), late.id, renamed("later")));
    user(registry, tenant, "in turn").await;
    assert_eq!(bench.commands(registry)[0].name, "later");
    begin_and_hang_up(registry.delete_command(Actor::operator(tenant), CommandKind::Transfer, late.id));
    user(registry, tenant, "in turn").await;
    assert_eq!(bench.commands(registry), []);
    assert_eq!(bench.commands(&*bench.restarted().await), []);
}

#[tokio::test]
async fn what_the_store_refuses_of_commands_is_not_shown() {
    let bench = Bench::new().await;
    let (registry, tenant) = (&bench.registry, bench.tenant);
    let command = bench.command(transfer("t")).await.unwrap();
    bench.store.close().await.unwrap();
    assert!(bench.command(transfer("u")).await.is_err());
    assert!(registry.update_command(Actor::operator(tenant), command.id, renamed("u")).await.is_err());
    assert!(
        registry.delete_command(Actor::operator(tenant), CommandKind::Transfer, command.id).await.is_err()
    );
    assert_eq!(bench.commands(registry), [command]);
}
