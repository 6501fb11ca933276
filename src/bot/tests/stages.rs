//! Stages of the hub that hold or stop what a bot says.

use serde_json::json;

use super::*;
use crate::domain::integration::SigningKeyPair;
use crate::domain::stage::{FailurePolicy, Plugin, Senders, Stage};
use crate::pipeline::Releaser;
use crate::pipeline::testing::{HELD, Mood};
use crate::store::Store;

/// A plug-in that looks at what bots say.
fn asks_about_bots(on_failure: FailurePolicy) -> Stage {
    Stage::Plugin(Plugin {
        name: "p".to_owned(),
        url: "https://plugin.example".to_owned(),
        senders: Senders::named(["bot"]).unwrap(),
        timeout: Duration::from_secs(5),
        on_failure,
        keys: SigningKeyPair { public: String::new(), private: String::new() },
    })
}

#[tokio::test]
async fn an_answer_that_is_held_is_not_said_again_after_a_restart() {
    let mut shop = Shop::new().await;
    let stages = vec![asks_about_bots(FailurePolicy::Hold)];
    shop.bench.registry.put_pipeline(shop.by(), shop.bench.hub.id, stages).await.unwrap();
    shop.bench.plugins.become_like(Mood::Failing);
    let talk = shop.customer("ada").await;
    shop.bench.say(talk, "opening hours").await.unwrap();
    let bots = shop.open(100);
    while shop.bench.store.held().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let _bots = shop.restart(bots).await;
    let mut ada = shop.listen(talk);
    shop.bench.plugins.become_like(Mood::Answering(json!({})));
    shop.bench.say(talk, "what are your opening hours").await.unwrap();
    let mut releaser = Releaser::new(shop.bench.engine.clone());
    releaser.begin();
    assert_eq!(ada.take(2).await, ["nine to five"; 2]);
    assert_eq!(shop.said(talk).await, ["nine to five"; 2]);
}

#[tokio::test]
async fn a_conversation_in_which_a_bot_may_not_say_its_answer_goes_to_an_agent() {
    let stopping = Mood::Answering(json!({"action": "stop"}));
    for (mood, on_failure) in [(stopping, FailurePolicy::PassOn), (Mood::Failing, FailurePolicy::Hold)] {
        let shop = Shop::new().await;
        let stages = vec![asks_about_bots(on_failure)];
        shop.bench.registry.put_pipeline(shop.by(), shop.bench.hub.id, stages).await.unwrap();
        shop.bench.plugins.become_like(mood);
        let mut agent = shop.listen_on(Topic::Integration(shop.bench.agent.id));
        let talk = shop.customer("ada").await;
        // Where its answers are held, the first question takes all the room there is.
        assert_eq!(HELD.get(), 3);
        for _ in 0..2 {
            shop.bench.say(talk, "how do I return an item").await.unwrap();
        }
        let _bots = shop.open(100);
        assert_eq!(agent.next().await, "the bot could not say its answer");
        let head = shop.bench.engine.conversation(shop.bench.tenant, talk).await.unwrap();
        assert_eq!(head.destination, Some(shop.bench.agent.id));
    }
}
