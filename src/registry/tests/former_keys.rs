//! Keys from before: how long they sign beside new ones, how many do, and that a restart changes nothing of it.

use super::*;
use crate::domain::integration::EventFilter;
use crate::store::Write;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const OVERLAP: KeyOverlap = KeyOverlap { span: DAY, keys: 2 };

fn listener() -> ConfigurationSpec {
    ConfigurationSpec::System {
        webhook_url: "https://receiver.example/in".to_owned(),
        events: vec![EventFilter::Messages],
    }
}

/// A bench with a listener.
async fn bench() -> (Bench, IntegrationId) {
    let bench = Bench::new().await;
    let by = Actor::operator(bench.tenant);
    let made = bench.registry.create_integration(by, bench.hub.id, integration("L", listener()), None).await;
    let id = made.unwrap().id;
    (bench, id)
}

impl Bench {
    /// Makes a new key pair of an integration and answers the public half of it.
    async fn regenerate(&self, id: IntegrationId, overlap: KeyOverlap) -> String {
        let configuration = Some((listener(), KeyChange::Regenerate));
        let patch = IntegrationPatch { configuration, overlap, ..IntegrationPatch::default() };
        let changed = self.registry.update_integration(Actor::operator(self.tenant), id, patch).await;
        changed.unwrap().configuration.keys().unwrap().public.clone()
    }

    fn public(&self, id: IntegrationId) -> String {
        let integration = self.registry.integration(self.tenant, id).unwrap();
        integration.configuration.keys().unwrap().public.clone()
    }
}

/// The public halves of the pairs that sign beside the present one.
fn former(registry: &Registry, id: IntegrationId, now: Millis) -> Vec<String> {
    let integration = registry.integration_anywhere(id).unwrap();
    integration.former_keys_at(now).map(|pair| pair.public.clone()).collect()
}

#[tokio::test]
async fn the_pair_from_before_signs_until_the_overlap_is_over_also_after_a_restart() {
    let (bench, id) = bench().await;
    let (first, now) = (bench.public(id), bench.clock.now());
    let private =
        bench.registry.integration_anywhere(id).unwrap().configuration.keys().cloned().unwrap().private;
    let second = bench.regenerate(id, OVERLAP).await;
    assert_ne!(first, second);
    for registry in [&bench.registry, &bench.restarted().await] {
        let just_before = Millis(now.plus(DAY).0 - 1);
        assert_eq!(former(registry, id, just_before), [first.as_str()]);
        assert_eq!(former(registry, id, now.plus(DAY)), [""; 0]);
        let integration = registry.integration_anywhere(id).unwrap();
        assert_eq!(integration.former_keys_at(now).next().unwrap().private, private);
    }
}

#[tokio::test]
async fn so_many_pairs_sign_beside_the_present_one_and_no_more() {
    let (bench, id) = bench().await;
    let now = bench.clock.now();
    bench.regenerate(id, OVERLAP).await;
    let second = bench.public(id);
    let third = bench.regenerate(id, OVERLAP).await;
    bench.regenerate(id, OVERLAP).await;
    assert_eq!(former(&bench.registry, id, now), [third.as_str(), &second]);
    assert_eq!(former(&*bench.restarted().await, id, now), [third, second]);
}

#[tokio::test]
async fn without_an_overlap_a_new_pair_signs_alone() {
    for overlap in [KeyOverlap { span: Duration::ZERO, keys: 2 }, KeyOverlap { span: DAY, keys: 0 }] {
        let (bench, id) = bench().await;
        bench.regenerate(id, overlap).await;
        assert_eq!(former(&bench.registry, id, bench.clock.now()), [""; 0]);
    }
}

#[tokio::test]
async fn a_change_that_keeps_the_keys_keeps_those_from_before() {
    let (bench, id) = bench().await;
    let first = bench.public(id);
    bench.regenerate(id, OVERLAP).await;
    let patch = renamed("renamed");
    bench.registry.update_integration(Actor::operator(bench.tenant), id, patch).await.unwrap();
    assert_eq!(former(&*bench.restarted().await, id, bench.clock.now()), [first]);
}

#[tokio::test]
async fn what_has_ended_is_forgotten_and_what_is_deleted_takes_it_along() {
    let (bench, id) = bench().await;
    bench.regenerate(id, OVERLAP).await;
    let kept = async || bench.store.configuration().await.unwrap().former_keys.len();
    let end = bench.clock.now().plus(DAY);
    bench.store.commit(vec![Write::ForgetFormerKeys(Millis(end.0 - 1))]).await.unwrap();
    assert_eq!(kept().await, 1);
    bench.store.commit(vec![Write::ForgetFormerKeys(end)]).await.unwrap();
    assert_eq!(kept().await, 0);
    bench.regenerate(id, OVERLAP).await;
    bench.registry.delete_integration(Actor::operator(bench.tenant), id).await.unwrap();
    assert_eq!(kept().await, 0);
}
