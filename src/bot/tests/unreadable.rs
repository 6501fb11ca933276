//! What is kept of the nodes is damaged: conversations go to agents.

use super::*;
use crate::store::{FaqPartRecord, Store, Write};

/// Damages what is kept of the nodes that are in force.
async fn damage(shop: &Shop) {
    let edition = shop.bench.store.faq_edition(shop.bench.tenant, shop.bot).await.unwrap().unwrap().id;
    let damaged = FaqPartRecord { edition, first: 0, count: 2, packed: "so".into() };
    shop.bench.store.commit(vec![Write::PutFaqPart(damaged)]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_conversation_whose_answer_cannot_be_read_goes_to_an_agent_and_others_are_answered() {
    let shop = Shop::new().await;
    let mut agent = shop.listen_on(Topic::Integration(shop.bench.agent.id));
    let (one, two) = (shop.customer("ada").await, shop.customer("bo").await);
    let _bots = shop.open(100);
    let mut ada = shop.listen(one);
    shop.bench.say(one, "opening hours").await.unwrap();
    assert_eq!(ada.next().await, "nine to five");
    damage(&shop).await;
    shop.bench.say(one, "what are your opening hours").await.unwrap();
    assert_eq!(agent.next().await, "the bot could not read its answer");
    let head = shop.bench.engine.conversation(shop.bench.tenant, one).await.unwrap();
    assert_eq!(head.destination, Some(shop.bench.agent.id));
    shop.bench.say(two, "is anybody there").await.unwrap();
    assert_eq!(agent.next().await, UNKNOWN);
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_cannot_read_what_it_knows_leaves_its_conversations_to_agents() {
    let shop = Shop::new().await;
    let mut agent = shop.listen_on(Topic::Integration(shop.bench.agent.id));
    damage(&shop).await;
    let talk = shop.customer("ada").await;
    let _bots = shop.open(100);
    shop.bench.say(talk, "opening hours").await.unwrap();
    assert_eq!(agent.next().await, "the bot could not read its answer");
}
