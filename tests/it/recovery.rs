//! Killing the server and losing nothing that was answered (design, Durability and recovery).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Engine, Server, eventually, interactions, text};

#[tokio::test]
async fn a_crash_between_any_two_steps_of_the_tour_loses_nothing() {
    let mut server = Server::start().await;
    let (engine, streaming) = (server.engine().await, server.streaming().await);
    let session = streaming.durable_session(&server.demo().user()).await;
    server.crash().await;

    let conversation = engine.establish("ada").await;
    server.crash().await;
    assert_eq!(engine.establish("ada").await, conversation, "still the open one");

    let mut socket = engine.listen(&format!("integrationId={}", engine.agent())).await;
    let cursor = socket.control("snapshot").await["cursor"].as_str().unwrap().to_owned();
    let said = engine.say(&conversation, "hello").await;
    server.crash().await;
    assert_eq!(engine.history(&conversation, "type=customer").await[0]["eventId"], said["eventId"]);

    let offered = session.collect(3).await;
    server.crash().await;
    assert_eq!(session.collect(3).await, offered, "unacknowledged events come again");

    session.acknowledge_events(&offered).await;
    server.crash().await;
    let answered = engine.reply(&conversation, "good morning").await;
    let events = session.collect(2).await;
    assert!(events.iter().all(|event| !offered.contains(event)), "{events:#?}");

    server.crash().await;
    let query = format!("integrationId={}&conversationId={conversation}&since={cursor}", engine.agent());
    let mut resumed = engine.listen(&query).await;
    resumed.control("snapshot").await;
    assert_eq!(resumed.texts(2).await, ["hello", "good morning"]);
    assert!(answered["eventId"].as_i64() > said["eventId"].as_i64());
}

#[tokio::test]
async fn order_goes_on_where_it_was_after_a_crash() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    let mut cursors = Vec::new();
    let mut ids = Vec::new();
    for round in 0..4 {
        let said = engine.say(&conversation, &round.to_string()).await;
        ids.push(said["eventId"].as_i64().unwrap());
        cursors.push(socket.next_activity().await["cursor"].clone());
        server.crash().await;
        socket = engine.listen_at(&engine.agent()).await;
    }
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    for (at, cursor) in cursors.iter().enumerate() {
        let query = format!("integrationId={}&since={}", engine.agent(), cursor.as_str().unwrap());
        let mut resumed = engine.listen(&query).await;
        resumed.control("snapshot").await;
        let expected: Vec<_> = (at + 1..4).map(|round| round.to_string()).collect();
        assert_eq!(resumed.texts(expected.len()).await, expected);
    }
}

#[tokio::test]
async fn the_agent_keeps_a_conversation_through_a_crash() {
    let mut server = Server::start().await;
    let (engine, streaming) = (server.engine().await, server.streaming().await);
    let session = streaming.durable_session(&server.demo().user()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    engine.reply(&conversation, "hi").await;
    let before = session.collect(5).await;
    session.acknowledge_events(&before).await;
    server.crash().await;
    engine.say(&conversation, "still there?").await;
    let after = session.collect(1).await;
    assert_eq!(after[0]["eventType"], "messaging.EntitySendText", "it is not offered again");
    assert_eq!(interactions(&after), interactions(&before[..1]), "under the same number");
}

/// What was answered 200, by conversation: `eventId` and text.
type Answered = BTreeMap<String, Vec<(i64, String)>>;

/// Speaks into the conversations until the server is gone; what it answered by then.
async fn speak_until_killed(
    engine: Engine,
    conversations: Vec<String>,
    speaker: usize,
    count: Arc<AtomicUsize>,
) -> Answered {
    let mut answered = Answered::new();
    for number in 0.. {
        let conversation = &conversations[number % conversations.len()];
        let words = format!("{speaker}.{number}");
        let path = format!("/inbound/customer/v1/direct/activity/{conversation}");
        let body = text(&words).to_string();
        match engine.try_send("POST", &path, Some("application/json"), body).await {
            Ok(answer) if answer.status == 200 => {
                let id = answer.json()["eventId"].as_i64().unwrap();
                answered.entry(conversation.clone()).or_default().push((id, words));
                count.fetch_add(1, Ordering::Relaxed);
            }
            // It is stopping: nothing more is taken.
            Ok(answer) if answer.status == 503 => break,
            Ok(answer) => panic!("{answer}"),
            Err(_gone) => break,
        }
    }
    answered
}

/// Every answered activity is in the history and in a replay, each exactly once and in the same order.
async fn nothing_answered_is_lost(durability: &str) {
    const SPEAKERS: usize = 12;
    let mut server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", durability)]).await;
    let engine = server.engine().await;
    let mut conversations = Vec::new();
    for number in 0..4 {
        conversations.push(engine.establish(&format!("customer {number}")).await);
    }
    let mut socket = engine.listen(&format!("integrationId={}", engine.agent())).await;
    let cursor = socket.control("snapshot").await["cursor"].as_str().unwrap().to_owned();
    let count = Arc::new(AtomicUsize::new(0));
    let speakers: Vec<_> = (0..SPEAKERS)
        .map(|speaker| {
            let (engine, conversations) = (engine.clone(), conversations.clone());
            tokio::spawn(speak_until_killed(engine, conversations, speaker, count.clone()))
        })
        .collect();
    eventually("some load", async || (count.load(Ordering::Relaxed) >= 400).then_some(())).await;
    server.kill();
    let mut answered = Answered::new();
    for speaker in speakers {
        for (conversation, mut said) in speaker.await.unwrap() {
            answered.entry(conversation).or_default().append(&mut said);
        }
    }
    let (heard, _) = socket.closed().await;
    server.restart().await;

    let mut kept = 0;
    for conversation in &conversations {
        let history: Vec<(i64, String)> = engine
            .history(conversation, "type=customer")
            .await
            .iter()
            .map(|one| {
                let words = one["message"]["text"].as_str().unwrap();
                (one["eventId"].as_i64().unwrap(), words.to_owned())
            })
            .collect();
        assert!(history.windows(2).all(|pair| pair[0].0 < pair[1].0), "history is in order");
        for said in &answered[conversation] {
            assert!(history.contains(said), "{said:?} was answered and is lost");
        }
        let query = format!("integrationId={}&conversationId={conversation}&since={cursor}", engine.agent());
        let mut replay = engine.listen(&query).await;
        replay.control("snapshot").await;
        let replayed = replay.texts(history.len()).await;
        assert_eq!(replayed, history.iter().map(|(_, words)| words.clone()).collect::<Vec<_>>());
        kept += history.len();
    }

    let mut replay = engine.listen(&format!("integrationId={}&since={cursor}", engine.agent())).await;
    replay.control("snapshot").await;
    let mut replayed: Vec<Value> = Vec::with_capacity(kept);
    for _ in 0..kept {
        replayed.push(replay.next_activity().await);
    }
    assert_eq!(heard, replayed[..heard.len()], "nobody was shown what the crash undid, nor another order");
    engine.say(&conversations[0], "the end").await;
    assert_eq!(replay.texts(1).await, ["the end"], "and nothing came twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_answered_is_lost_under_load_with_fsync() {
    nothing_answered_is_lost("fsync").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_answered_is_lost_under_load_with_process_durability() {
    nothing_answered_is_lost("process").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_published_event_and_no_acknowledgement_is_lost_under_load() {
    let mut server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    let path = streaming.path("publish");
    let published = Arc::new(AtomicUsize::new(0));
    let producers: Vec<_> = (0..8_i64)
        .map(|producer| {
            let (streaming, path, published) = (streaming.clone(), path.clone(), published.clone());
            tokio::spawn(async move {
                let mut accepted = Vec::new();
                for number in 0.. {
                    let interaction = producer * 1_000_000 + number;
                    let event = json!({"eventType": "engagementCenter.Idle", "userId": "u", "payload":
                        {"interactionId": interaction, "interactionIdRev": interaction.to_string()}});
                    let body = json!({"events": [event]}).to_string();
                    match streaming.try_send("POST", &path, Some("application/json"), body).await {
                        Ok(answer) => drop(answer.ok()),
                        Err(_gone) => break,
                    }
                    accepted.push(interaction);
                    published.fetch_add(1, Ordering::Relaxed);
                }
                accepted
            })
        })
        .collect();
    let acknowledged = eventually("some load", async || {
        (published.load(Ordering::Relaxed) >= 200).then_some(())?;
        let events = session.poll(100).await;
        session.acknowledge_events(&events).await;
        Some(interactions(&events))
    })
    .await;
    server.kill();
    let mut accepted = Vec::new();
    for producer in producers {
        accepted.extend(producer.await.unwrap());
    }
    server.restart().await;

    let expected: Vec<_> = accepted.into_iter().filter(|one| !acknowledged.contains(one)).collect();
    streaming.idle("u", -1).await;
    let mut left = Vec::new();
    while left.last() != Some(&-1) {
        let events = session.poll(200).await;
        session.acknowledge_events(&events).await;
        left.extend(interactions(&events));
    }
    for interaction in &expected {
        let times = left.iter().filter(|one| *one == interaction).count();
        assert_eq!(times, 1, "{interaction} came {times} times");
    }
    assert!(left.iter().all(|one| !acknowledged.contains(one)), "acknowledged events do not come back");
}

#[tokio::test]
async fn an_idempotency_key_counts_after_a_crash_too() {
    let mut server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    let keyed = streaming.with_header("idempotency-key", "once");
    let event = json!({"eventType": "engagementCenter.Idle", "userId": "u", "payload":
        {"interactionId": 1, "interactionIdRev": "1"}});
    let body = json!({"events": [event]});
    let first = keyed.post(&streaming.path("publish"), &body).await.ok();
    server.crash().await;
    assert_eq!(keyed.post(&streaming.path("publish"), &body).await.ok(), first);
    streaming.idle("u", 2).await;
    assert_eq!(interactions(&session.collect(2).await), [1, 2]);
}

#[tokio::test]
async fn a_deletion_outlives_a_crash() {
    let mut server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (hub, customer, _) = portal.quiet_hub("Deleted").await;
    engine.establish_at(&customer, "x").await;
    let session = server.streaming().await.durable_session("u").await;
    session.end().await.has_status(204);
    portal.delete(&format!("/api/v1/hubs/{hub}")).await.has_status(200);
    server.crash().await;
    portal.get(&format!("/api/v1/hubs/{hub}")).await.refused(404, "PRT000699");
    portal.get(&format!("/api/v1/integrations/{customer}")).await.refused(404, "PRT000799");
    session.try_poll("").await.streaming_refused(400);
}

#[tokio::test]
async fn starts_that_were_cut_short_lose_nothing() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    server.kill();
    for milliseconds in (0..200).step_by(10) {
        Server::cut_short(&server.data(), Duration::from_millis(milliseconds)).await;
    }
    server.restart().await;
    assert_eq!(engine.history(&conversation, "type=customer").await[0]["message"]["text"], "hello");
    assert_eq!(server.credentials_file()["baseUrl"], server.demo().base());
}

#[tokio::test]
async fn a_first_start_that_was_cut_short_is_made_good_by_the_next() {
    for milliseconds in (0..400).step_by(20) {
        let data = TempDir::new().unwrap();
        Server::cut_short(data.path(), Duration::from_millis(milliseconds)).await;
        let server = Server::on(data, &[]).await;
        let conversation = server.engine().await.establish("after all").await;
        server.engine().await.say(&conversation, "hello").await;
        server.streaming().await.session(&server.demo().user()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_before_a_stop_under_load_is_kept() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let conversations = vec![engine.establish("a").await, engine.establish("b").await];
    let count = Arc::new(AtomicUsize::new(0));
    let speakers: Vec<_> = (0..8)
        .map(|speaker| {
            tokio::spawn(speak_until_killed(engine.clone(), conversations.clone(), speaker, count.clone()))
        })
        .collect();
    eventually("some load", async || (count.load(Ordering::Relaxed) >= 200).then_some(())).await;
    server.stop(Duration::from_secs(12)).await;
    server.restart().await;
    for speaker in speakers {
        for (conversation, said) in speaker.await.unwrap() {
            let history = engine.history(&conversation, "type=customer").await;
            let kept: Vec<_> = history.iter().map(|one| one["eventId"].as_i64().unwrap()).collect();
            assert!(said.iter().all(|(id, _)| kept.contains(id)), "{said:?} is not all in {kept:?}");
        }
    }
}

#[tokio::test]
async fn memory_mode_serves_and_forgets() {
    let mut server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "memory")]).await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    assert_eq!(engine.history(&conversation, "type=agent").await.len(), 1);
    server.kill();
    server.restart_elsewhere().await;
}
