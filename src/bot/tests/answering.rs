//! What a bot says to a question, what it hands over, and what it remembers.

use super::*;

#[tokio::test]
async fn a_question_is_answered_with_all_of_its_answers_in_their_order() {
    let shop = Shop::new().await;
    let _bots = shop.open(100);
    let talk = shop.customer("ada").await;
    let mut ada = shop.listen(talk);
    shop.bench.say(talk, "how do I return an ITEM").await.unwrap();
    assert_eq!(ada.take(3).await, ["in its box", "by post", "within a month"]);
    shop.bench.say(talk, "opening hours?").await.unwrap();
    assert_eq!(ada.next().await, "nine to five");
}

#[tokio::test]
async fn what_a_bot_does_not_know_it_hands_over_with_the_reason() {
    let shop = Shop::new().await;
    let _bots = shop.open(100);
    let mut agent = shop.listen_on(Topic::Integration(shop.bench.agent.id));
    for (said, reason) in [("Is anybody there?", UNKNOWN), ("Agent!", "the customer asked for a person")] {
        let talk = shop.customer(said).await;
        shop.bench.say(talk, said).await.unwrap();
        assert_eq!(agent.next().await, reason);
        let head = shop.bench.engine.conversation(shop.bench.tenant, talk).await.unwrap();
        assert_eq!(head.destination, Some(shop.bench.agent.id));
        assert_eq!(shop.said(talk).await, [reason]);
    }
}

#[tokio::test]
async fn a_bot_that_falls_behind_answers_everything_once_all_the_same() {
    let shop = Shop::new().await;
    let _bots = shop.open(1);
    let mut listeners = Vec::new();
    for customer in 0..20 {
        let talk = shop.customer(&customer.to_string()).await;
        listeners.push((talk, shop.listen(talk)));
    }
    let asked = listeners.iter().map(|(talk, _)| shop.bench.say(*talk, "opening hours"));
    futures_util::future::try_join_all(asked).await.unwrap();
    for (talk, customer) in &mut listeners {
        assert_eq!(customer.next().await, "nine to five");
        shop.bench.say(*talk, "your opening hours").await.unwrap();
        assert_eq!(customer.next().await, "nine to five");
        assert_eq!(shop.said(*talk).await.len(), 2);
    }
}

#[tokio::test]
async fn nothing_is_remembered_of_a_conversation_that_is_not_the_bots_any_more() {
    let shop = Shop::new().await;
    let bot = shop.bot();
    let talk = shop.customer("ada").await;
    let mut ada = shop.listen(talk);
    let handed_over = async {
        shop.bench.say(talk, "opening hours").await.unwrap();
        assert_eq!(ada.next().await, "nine to five");
        while bot.looked_through().of(talk) == 0 {
            tokio::task::yield_now().await;
        }
        shop.bench.say(talk, "is anybody there").await.unwrap();
        while bot.looked_through().of(talk) != 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = bot.work() => unreachable!("it works for ever"),
        done = tokio::time::timeout(Duration::from_secs(30), handed_over) => done.expect("it is let go"),
    }
}
