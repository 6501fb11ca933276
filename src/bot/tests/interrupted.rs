//! Answers of a bot that ended before, or within them: nothing is said twice, and nothing left out.

use super::*;
use crate::bot::wording::{Reference, draft, parts};
use crate::pipeline::Door;

#[tokio::test]
async fn what_was_answered_is_not_answered_again_after_a_restart() {
    let mut shop = Shop::new().await;
    let bots = shop.open(100);
    let talk = shop.customer("ada").await;
    let mut ada = shop.listen(talk);
    shop.bench.say(talk, "opening hours").await.unwrap();
    assert_eq!(ada.next().await, "nine to five");
    let _bots = shop.restart(bots).await;
    let mut ada = shop.listen(talk);
    shop.bench.say(talk, "what are your opening hours").await.unwrap();
    assert_eq!(ada.next().await, "nine to five");
    assert_eq!(shop.said(talk).await, ["nine to five"; 2]);
}

#[tokio::test]
async fn an_answer_that_was_cut_in_two_is_completed() {
    let shop = Shop::new().await;
    let talk = shop.customer("ada").await;
    say_some(&shop, talk, "how do I return an item", 1).await;
    let mut ada = shop.listen(talk);
    let _bots = shop.open(100);
    assert_eq!(ada.take(2).await, ["by post", "within a month"]);
    assert_eq!(shop.said(talk).await, ["in its box", "by post", "within a month"]);
}

/// Says what a bot was able to say of an answer before it was killed.
async fn say_some(shop: &Shop, talk: ConversationId, question: &str, count: usize) {
    let tenant = shop.bench.tenant;
    let asked = shop.bench.say(talk, question).await.unwrap().event_id;
    let all = parts(&shop.library.reply(tenant, shop.bot, question, |_| {}).await.unwrap());
    let parts = all.len();
    for (part, body) in (1..).zip(all).take(count) {
        let part = draft(body, shop.bot, Reference { question: asked, part, parts }).unwrap();
        shop.bench.engine.submit(tenant, talk, Door::Business, part).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_in_two_begins_anew_when_the_bot_knows_another_by_then() {
    let question = "How do I return an item?";
    for (answers, said) in [
        (&["in a parcel"][..], &["in its box", "in a parcel"][..]),
        (&["in a parcel", "by train"], &["in its box", "in a parcel", "by train"]),
        (&["in its box", "at once", "by train"], &["in its box", "at once", "by train"]),
    ] {
        let shop = Shop::new().await;
        let talk = shop.customer("ada").await;
        say_some(&shop, talk, question, 1).await;
        let nodes =
            vec![node("returns", &[question], answers), node("hours", &["Opening hours?"], &["never"])];
        shop.library.replace(shop.by(), shop.bot, nodes).await.unwrap();
        let mut ada = shop.listen(talk);
        let _bots = shop.open(100);
        shop.bench.say(talk, "opening hours").await.unwrap();
        while ada.next().await != "never" {}
        assert_eq!(shop.said(talk).await, [said, &["never"]].concat());
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_in_two_does_not_count_as_a_hand_over() {
    let shop = Shop::new().await;
    let talk = shop.customer("ada").await;
    say_some(&shop, talk, "How do I return an item?", 2).await;
    let nodes = vec![node("hours", &["Opening hours?"], &["never"])];
    shop.library.replace(shop.by(), shop.bot, nodes).await.unwrap();
    let mut agent = shop.listen_on(Topic::Integration(shop.bench.agent.id));
    let _bots = shop.open(100);
    assert_eq!(agent.next().await, UNKNOWN);
    let head = shop.bench.engine.conversation(shop.bench.tenant, talk).await.unwrap();
    assert_eq!(head.destination, Some(shop.bench.agent.id));
    assert_eq!(shop.said(talk).await, ["in its box", "by post", UNKNOWN]);
}
