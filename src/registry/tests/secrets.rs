//! Clients' secrets: their names and numbers, what may be deleted, and what a deletion ends.

use std::num::NonZeroUsize;

use super::*;
use crate::auth::authenticate;
use crate::domain::client::Api;

const PLENTY: NonZeroUsize = NonZeroUsize::new(10).unwrap();

fn spec(name: &str) -> SecretSpec {
    SecretSpec { name: name.to_owned(), expires: None }
}

fn client_for(bench: &Bench, api: Api) -> Arc<Client> {
    bench.registry.client_for(bench.tenant, api).unwrap()
}

/// Numbers and names of a client's secrets.
fn secrets(registry: &Registry, id: &ClientId) -> Vec<(u32, String)> {
    let client = registry.clients.get(id).unwrap();
    client.secrets.iter().map(|secret| (secret.number, secret.name.clone())).collect()
}

#[tokio::test]
async fn a_new_secret_opens_its_client_until_it_expires() {
    let bench = Bench::new().await;
    let (registry, id) = (&bench.registry, &client_for(&bench, Api::Engine).id);
    let expires = bench.clock.now().plus(Duration::from_secs(60));
    let spec = SecretSpec { expires: Some(expires), ..spec("second") };
    let new = registry.add_secret(Actor::operator(bench.tenant), id, spec, PLENTY).await.unwrap();
    let opens = |registry: &Registry, at| authenticate(registry, id, new.plain.expose(), at).is_some();
    for registry in [registry, &bench.restarted().await] {
        assert!(opens(registry, Millis(expires.0 - 1)));
        assert!(!opens(registry, expires));
    }
}

#[tokio::test]
async fn numbers_of_secrets_grow_and_are_not_given_again() {
    let bench = Bench::new().await;
    let (registry, by) = (&bench.registry, || Actor::operator(bench.tenant));
    let id = &client_for(&bench, Api::Portal).id;
    let second = registry.add_secret(by(), id, spec("second"), PLENTY).await.unwrap();
    registry.delete_secret(by(), id, second.kept.number).await.unwrap();
    let restarted = bench.restarted().await;
    restarted.add_secret(by(), id, spec("third"), PLENTY).await.unwrap();
    assert_eq!(secrets(&restarted, id), [(1, "first secret".to_owned()), (3, "third".to_owned())]);
    assert_eq!(secrets(&*bench.restarted().await, id), secrets(&restarted, id));
}

#[tokio::test]
async fn a_name_is_taken_within_its_client_in_any_case_and_free_again_after_a_deletion() {
    let bench = Bench::new().await;
    let (registry, by) = (&bench.registry, || Actor::operator(bench.tenant));
    let (engine, portal) = (&client_for(&bench, Api::Engine).id, &client_for(&bench, Api::Portal).id);
    let new = registry.add_secret(by(), engine, spec("Night"), PLENTY).await.unwrap();
    let taken = registry.add_secret(by(), engine, spec("NIGHT"), PLENTY).await;
    assert!(matches!(taken, Err(RegistryError::NameTaken)));
    registry.add_secret(by(), portal, spec("night"), PLENTY).await.unwrap();
    registry.delete_secret(by(), engine, new.kept.number).await.unwrap();
    registry.add_secret(by(), engine, spec("NIGHT"), PLENTY).await.unwrap();
}

#[tokio::test]
async fn a_client_has_as_many_secrets_as_it_may_and_no_more() {
    let bench = Bench::new().await;
    let (registry, by) = (&bench.registry, || Actor::operator(bench.tenant));
    let id = &client_for(&bench, Api::Engine).id;
    let two = NonZeroUsize::new(2).unwrap();
    registry.add_secret(by(), id, spec("second"), two).await.unwrap();
    let third = registry.add_secret(by(), id, spec("third"), two).await;
    assert!(matches!(third, Err(RegistryError::TooManySecrets)));
    registry.delete_secret(by(), id, 1).await.unwrap();
    registry.add_secret(by(), id, spec("third"), two).await.unwrap();
}

#[tokio::test]
async fn of_many_secrets_of_one_name_at_once_one_is_made() {
    let bench = Bench::new().await;
    let id = client_for(&bench, Api::Engine).id.clone();
    let adding: Vec<_> = (0..10)
        .map(|_| {
            let (registry, by, id) = (bench.registry.clone(), Actor::operator(bench.tenant), id.clone());
            tokio::spawn(async move { registry.add_secret(by, &id, spec("one"), PLENTY).await.is_ok() })
        })
        .collect();
    let mut made = 0;
    for adding in adding {
        made += usize::from(adding.await.unwrap());
    }
    assert_eq!((made, secrets(&bench.registry, &id).len()), (1, 2));
}

#[tokio::test]
async fn the_portal_keeps_a_secret_that_opens_it_and_other_clients_need_not() {
    let bench = Bench::new().await;
    let (registry, by) = (&bench.registry, || Actor::operator(bench.tenant));
    let (portal, engine) = (&client_for(&bench, Api::Portal).id, &client_for(&bench, Api::Engine).id);
    registry.delete_secret(by(), engine, 1).await.unwrap();
    let last = |outcome| matches!(outcome, Err(RegistryError::LastPortalSecret));
    assert!(last(registry.delete_secret(by(), portal, 1).await));
    let soon = bench.clock.now().plus(Duration::from_secs(60));
    let expiring = SecretSpec { expires: Some(soon), ..spec("until soon") };
    registry.add_secret(by(), portal, expiring, PLENTY).await.unwrap();
    bench.clock.advance(Duration::from_secs(60));
    assert!(last(registry.delete_secret(by(), portal, 1).await), "the other has expired");
    registry.add_secret(by(), portal, spec("new"), PLENTY).await.unwrap();
    registry.delete_secret(by(), portal, 1).await.unwrap();
    registry.delete_secret(by(), portal, 2).await.unwrap();
    assert_eq!(secrets(registry, portal), [(3, "new".to_owned())]);
}

#[tokio::test]
async fn a_deletion_is_noticed_by_those_who_hold_a_right() {
    let bench = Bench::new().await;
    let (registry, by) = (&bench.registry, || Actor::operator(bench.tenant));
    let client = client_for(&bench, Api::Engine);
    let mut rights = registry.revision();
    registry.add_secret(by(), &client.id, spec("second"), PLENTY).await.unwrap();
    assert!(!rights.has_changed().unwrap());
    registry.delete_secret(by(), &client.id, 1).await.unwrap();
    assert!(rights.has_changed().unwrap());
    rights.mark_unchanged();
    assert!(!registry.secret_is_live(&client.id, client.secrets[0].id, bench.clock.now()));
    let again = registry.delete_secret(by(), &client.id, 1).await;
    assert!(matches!(again, Err(RegistryError::SecretNotFound)));
    assert!(!rights.has_changed().unwrap());
}

#[tokio::test]
async fn a_client_of_another_tenant_is_not_found() {
    let bench = Bench::new().await;
    let other = bench.registry.create_tenant("other").await.unwrap();
    let by = || Actor::operator(other.tenant.id);
    let id = &client_for(&bench, Api::Engine).id;
    let added = bench.registry.add_secret(by(), id, spec("x"), PLENTY).await;
    assert!(matches!(added, Err(RegistryError::ClientNotFound)));
    let deleted = bench.registry.delete_secret(by(), id, 1).await;
    assert!(matches!(deleted, Err(RegistryError::ClientNotFound)));
    assert!(bench.registry.client(other.tenant.id, id).is_none());
}
