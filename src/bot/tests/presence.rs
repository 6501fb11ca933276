//! What was asked while nobody was there, and bots that come and go.

use super::*;
use crate::registry::IntegrationPatch;

#[tokio::test]
async fn what_was_asked_while_no_bot_was_at_work_is_answered_when_one_is() {
    let shop = Shop::new().await;
    let (one, two) = (shop.customer("ada").await, shop.customer("bo").await);
    shop.bench.say(one, "opening hours").await.unwrap();
    shop.bench.say(two, "how do I return an item").await.unwrap();
    let (mut ada, mut bo) = (shop.listen(one), shop.listen(two));
    let _bots = shop.open(100);
    assert_eq!(ada.next().await, "nine to five");
    assert_eq!(bo.take(3).await, ["in its box", "by post", "within a month"]);
}

#[tokio::test]
async fn a_bot_that_is_activated_goes_to_work_and_a_paused_one_stops() {
    let shop = Shop::new().await;
    let set = async |status| {
        let patch = IntegrationPatch { status: Some(status), ..IntegrationPatch::default() };
        shop.bench.registry.update_integration(shop.by(), shop.bot, patch).await.unwrap();
    };
    set(IntegrationStatus::Paused).await;
    let _bots = shop.open(100);
    let talk = shop.customer("ada").await;
    let mut ada = shop.listen(talk);
    set(IntegrationStatus::Active).await;
    shop.bench.say(talk, "opening hours").await.unwrap();
    assert_eq!(ada.next().await, "nine to five");
    set(IntegrationStatus::Paused).await;
    shop.bench.say(talk, "opening hours").await.unwrap();
    assert_eq!(
        shop.bench.engine.conversation(shop.bench.tenant, talk).await.unwrap().destination,
        Some(shop.bench.agent.id)
    );
    assert_eq!(shop.said(talk).await.len(), 1);
}

#[tokio::test]
async fn what_was_asked_while_nobody_was_there_is_answered_when_the_bot_comes() {
    let shop = Shop::new().await;
    let set = async |id, status| {
        let patch = IntegrationPatch { status: Some(status), ..IntegrationPatch::default() };
        shop.bench.registry.update_integration(shop.by(), id, patch).await.unwrap();
    };
    set(shop.bot, IntegrationStatus::Paused).await;
    set(shop.bench.agent.id, IntegrationStatus::Paused).await;
    let _bots = shop.open(100);
    let talk = shop.customer("ada").await;
    let mut ada = shop.listen(talk);
    shop.bench.say(talk, "opening hours").await.unwrap();
    set(shop.bot, IntegrationStatus::Active).await;
    assert_eq!(ada.next().await, "nine to five");
}
