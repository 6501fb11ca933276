//! Killing the server while thousands of deliveries are on their way: all of them arrive.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};

use super::Desk;
use crate::harness::{Delivered, Hook, Server, TO_THIS_MACHINE};

const CONVERSATIONS: usize = 100;

/// Calls that one endpoint gets at the same time: only these can be under way when the server is killed.
const CALLS_AT_ONCE: usize = 16;

/// How long nothing may arrive.
const PATIENCE: Duration = Duration::from_secs(60);

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
    let calls = CALLS_AT_ONCE.to_string();
    let mut server = Server::with(&[
        TO_THIS_MACHINE,
        ("SWITCHBOARD_WEBHOOKS__CALLS_PER_ENDPOINT", &calls),
        // Nothing is tried again for its time: what comes again comes for the crash.
        ("SWITCHBOARD_WEBHOOKS__TIMEOUT_SECONDS", "300"),
    ])
    .await;
    let desk = Desk::of(&server).await;
    desk.hook.sleeps();
    stream::iter(0..CONVERSATIONS)
        .for_each_concurrent(CONVERSATIONS, async |binding| {
            let conversation = desk.establish(&binding.to_string()).await;
            for number in 0..many / CONVERSATIONS {
                desk.say(&conversation, &number.to_string()).await;
            }
        })
        .await;
    assert_eq!(pending(&desk).await, many);
    desk.hook.wakes();
    took(&desk.hook, many / 4).await;
    server.kill();
    assert!(desk.hook.calls_taken() < many, "the crash came too late");
    server.restart().await;

    took(&desk.hook, many).await;
    settled(&desk).await;
    let taken = of_taken(&desk.hook);
    let ids: HashSet<_> = taken.iter().map(|call| call.header("webhook-id")).collect();
    assert_eq!(ids.len(), many, "whatever comes again has the id that it had before");
    let again = taken.len() - many;
    assert!(again <= CALLS_AT_ONCE, "{again} came again, though most were noted before the crash");
    in_order(&taken, many / CONVERSATIONS);
}

async fn pending(desk: &Desk) -> usize {
    let path = format!("/api/v1/integrations/{}/deliveries?status=pending&pageSize=1", desk.agent);
    usize::try_from(desk.portal.get(&path).await.ok()["total"].as_u64().unwrap()).unwrap()
}

fn of_taken(hook: &Hook) -> Vec<Delivered> {
    hook.calls().into_iter().filter(|call| call.status == Some(200)).collect()
}

/// Waits until so many calls were taken: as long as some are, however slowly.
async fn took(hook: &Hook, many: usize) {
    let (mut seen, mut since) = (0, Instant::now());
    while seen < many {
        let taken = hook.calls_taken();
        if taken > seen {
            (seen, since) = (taken, Instant::now());
        }
        assert!(since.elapsed() < PATIENCE, "{seen} of {many} have arrived, and no more do");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until nothing is to be sent any more.
async fn settled(desk: &Desk) {
    let since = Instant::now();
    while pending(desk).await > 0 {
        assert!(since.elapsed() < PATIENCE, "{} are left", pending(desk).await);
    }
}

/// What is sent of a conversation comes in its order, repetitions apart, and all of it does.
fn in_order(taken: &[Delivered], each: usize) {
    let mut next: HashMap<String, usize> = HashMap::new();
    for call in taken {
        let conversation = call.json()["conversationId"].as_str().unwrap().to_owned();
        let number: usize = call.texts()[0].parse().unwrap();
        let next = next.entry(conversation.clone()).or_default();
        assert!(number <= *next, "{number} came before {next} in {conversation}");
        *next = (*next).max(number + 1);
    }
    assert!(next.len() == CONVERSATIONS && next.values().all(|next| *next == each), "{next:?}");
}
