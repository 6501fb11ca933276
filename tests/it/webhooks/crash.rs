//! Killing the server while thousands of deliveries are on their way: all of them arrive.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use serde_json::json;

use super::receiver::{Posted, Receiver};
use crate::harness::Server;

const CONVERSATIONS: usize = 100;

/// Calls that one endpoint gets at the same time: only these can be under way when the server is killed.
const CALLS_AT_ONCE: usize = 16;

/// How long nothing may arrive.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_crash_amid_many_pending_deliveries_loses_none() {
    crash_amid(2_000).await;
}

#[tokio::test]
#[ignore = "it takes up to a minute"]
async fn a_crash_amid_ten_thousand_pending_deliveries_loses_none() {
    crash_amid(10_000).await;
}

async fn crash_amid(many: usize) {
    let retries = ["0"].into_iter().chain(["1"; 49]).collect::<Vec<_>>().join(",");
    let calls = CALLS_AT_ONCE.to_string();
    let mut server = Server::with(&[
        ("SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE", "true"),
        ("SWITCHBOARD_WEBHOOKS__RETRY_DELAYS_SECONDS", &retries),
        ("SWITCHBOARD_WEBHOOKS__CALLS_PER_ENDPOINT", &calls),
    ])
    .await;
    let (portal, engine, receiver) = (server.portal().await, server.engine().await, Receiver::start().await);
    let hub = portal.hub("Support").await;
    let customer = portal.direct(&hub, "customer", json!({"integrationType": "Customer"})).await;
    let configuration = json!({"integrationType": "Agent", "webhookUrl": receiver.url()});
    let agent = portal.direct(&hub, "desk", configuration).await;

    receiver.answers(503);
    stream::iter(0..CONVERSATIONS)
        .for_each_concurrent(CONVERSATIONS, async |binding| {
            let conversation = engine.establish_at(&customer, &binding.to_string()).await;
            for number in 0..many / CONVERSATIONS {
                engine.say(&conversation, &number.to_string()).await;
            }
        })
        .await;
    let pending = format!("/api/v1/integrations/{agent}/deliveries?status=pending&pageSize=1");
    assert_eq!(portal.get(&pending).await.ok()["total"], many);
    receiver.answers(200);
    arrived(&receiver, many / 4).await;
    server.kill();
    let before = receiver.taken();
    assert!(before.len() < many, "the crash came too late");
    server.restart().await;

    let taken = arrived(&receiver, many).await;
    assert_eq!(first_of_each(&taken).len(), many);
    let again = taken.len() - many;
    assert!(again <= CALLS_AT_ONCE, "{again} came again, which were taken and noted before the crash");
    let known: HashSet<_> = before.iter().map(|call| &call.webhook_id).collect();
    let late = &taken[before.len()..];
    let repeated = late.iter().filter(|call| known.contains(&call.webhook_id)).count();
    assert_eq!(repeated, again, "a repetition has the id that it had before");
    in_order(&taken, many / CONVERSATIONS);
    assert_eq!(portal.get(&pending).await.ok()["total"], 0);
}

/// Waits until so many different deliveries were taken: as long as some arrive, however slowly.
async fn arrived(receiver: &Receiver, many: usize) -> Vec<Posted> {
    let (mut seen, mut since) = (0, Instant::now());
    loop {
        let taken = receiver.taken();
        if first_of_each(&taken).len() >= many {
            return taken;
        }
        if taken.len() > seen {
            (seen, since) = (taken.len(), Instant::now());
        }
        assert!(
            since.elapsed() < PATIENCE,
            "{} of {many} have arrived, and no more do",
            first_of_each(&taken).len()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn first_of_each(taken: &[Posted]) -> HashSet<(&str, &str)> {
    taken.iter().map(|call| (call.conversation.as_str(), call.text.as_str())).collect()
}

/// What is sent of a conversation comes in its order, repetitions apart.
fn in_order(taken: &[Posted], each: usize) {
    let mut next: HashMap<&str, usize> = HashMap::new();
    for call in taken {
        let next = next.entry(&call.conversation).or_default();
        let number: usize = call.text.parse().unwrap();
        assert!(number <= *next, "{number} came before {next} in {}", call.conversation);
        *next = (*next).max(number + 1);
    }
    assert!(next.len() == CONVERSATIONS && next.values().all(|next| *next == each), "{next:?}");
}
