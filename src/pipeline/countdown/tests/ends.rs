//! Whatever ends a chat during its countdown calls it off.

use std::time::Duration;

use super::{COUNTDOWN, Scene};
use crate::domain::audit::Actor;
use crate::registry::HubPatch;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The chat is closed by `end` during its countdown: Sam's desk is shown that it comes no more, and it does not.
async fn assert_called_off(end: impl AsyncFnOnce(&Scene)) {
    let scene = Scene::new().await;
    let by = Actor::operator(scene.bench.tenant);
    let patch = HubPatch { close_dormant_days: Some(1), ..HubPatch::default() };
    scene.bench.registry.update_hub(by, scene.bench.hub.id, patch).await.unwrap();
    // Almost silent for long enough.
    scene.bench.clock.advance(DAY - COUNTDOWN / 2);
    let sam = scene.listen(&scene.sam).await;
    scene.announce("sams").await.unwrap();
    end(&scene).await;
    let shown = ["engagementCenter.PreviewScreenPop", "engagementCenter.InteractionClear"];
    assert_eq!(scene.bench.heard(&sam).await, shown);
    scene.end().await;
    let head = scene.head().await;
    assert!(head.closed.is_some());
    assert_eq!((head.destination, head.scheduled), (Some(scene.bot.id), None));
    assert_eq!(scene.bench.heard(&sam).await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_back_end_that_closes_the_chat_calls_its_countdown_off() {
    assert_called_off(async |scene| {
        scene.bench.engine.close_conversation(scene.bench.tenant, scene.id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn days_of_silence_that_are_over_call_the_countdown_off() {
    assert_called_off(async |scene| {
        scene.bench.clock.advance(COUNTDOWN / 2);
        scene.bench.engine.close_dormant().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_deleted_hub_calls_the_countdowns_in_it_off() {
    assert_called_off(async |scene| {
        let by = Actor::operator(scene.bench.tenant);
        scene.bench.engine.delete_hub(by, scene.bench.hub.id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_deleted_customer_integration_calls_the_countdowns_of_its_chats_off() {
    assert_called_off(async |scene| {
        let by = Actor::operator(scene.bench.tenant);
        scene.bench.engine.delete_integration(by, scene.bench.customer).await.unwrap();
    })
    .await;
}
