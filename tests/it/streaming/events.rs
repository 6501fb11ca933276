//! Polls: how an event reads in either version, who hears it, in which order, and how long a poll waits.

use std::time::Duration;

use serde_json::{Value, json};

use super::{assert_moment, idle, ids};
use crate::harness::{Server, Version, eventually, interactions, place, together};

#[tokio::test]
async fn a_poll_gives_one_event_unless_it_asks_for_more() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    for version in Version::ALL {
        let session = streaming.speaking(version).session("u").await;
        for number in 1..=5 {
            streaming.idle("u", number).await;
        }
        let first = session.try_poll("").await.ok();
        assert_eq!(first["totalItems"], 1, "{first:#}");
        assert_eq!(interactions(&session.poll(3).await), [2, 3, 4]);
        assert_eq!(interactions(&session.poll(200).await), [5]);
    }
}

#[tokio::test]
async fn a_poll_takes_1_to_200_events_and_no_other_number() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    for version in Version::ALL {
        let session = streaming.speaking(version).session("u").await;
        streaming.publish((1..=201).map(|number| idle("u", number)).collect()).await.ok();
        assert_eq!(session.poll(200).await.len(), 200);
        assert_eq!(session.poll(1).await.len(), 1);
        for (max, reason) in [
            ("0", "outOfRange"),
            ("201", "outOfRange"),
            ("-1", "outOfRange"),
            ("x", "invalidType"),
            ("1.5", "invalidType"),
            ("", "invalidType"),
            ("5&maxEvents=5", "invalidValue"),
        ] {
            let faults = session.try_poll(&format!("maxEvents={max}")).await.streaming_faults();
            assert_eq!(faults, [("maxEvents".to_owned(), reason.to_owned())], "{max}");
        }
    }
}

#[tokio::test]
async fn an_event_has_the_documented_members_of_each_version_and_is_the_same_event() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let user = server.demo().user();
    let (v2, v3) = (streaming.speaking(Version::V2).session(&user).await, streaming.session(&user).await);
    let mut event = idle(&user, 7);
    event["correlationId"] = "my-correlation".into();
    streaming.publish(json!([event])).await.ok();
    let (old, new) = (v2.poll(1).await.remove(0), v3.poll(1).await.remove(0));
    place(new["eventId"].as_str().unwrap());
    assert_moment(&new["publishedTime"]);
    let expected = json!({"kind": "via#engagementCenterEvent", "eventId": new["eventId"],
        "correlationId": "my-correlation", "eventType": "engagementCenter.Idle",
        "publishedTime": new["publishedTime"], "schemaVersion": "1", "payload": new["payload"]});
    assert_eq!(new, expected);
    let expected = json!({"kind": "via#engagementCenterEvent", "id": new["eventId"],
        "type": "engagementCenter.Idle", "publishedTime": new["publishedTime"], "schemaVersion": "1",
        "payload": new["payload"]});
    assert_eq!(old, expected);
    let envelope: Value = serde_json::from_str(new["payload"].as_str().unwrap()).unwrap();
    assert_eq!(envelope["userId"], user);
    assert!(envelope["ehubSessionId"].is_i64(), "{envelope:#}");
    assert_eq!(envelope["ehubSessionIdRev"], envelope["ehubSessionId"].to_string());
    assert_eq!(envelope["payload"], event["payload"]);
}

#[tokio::test]
async fn the_kind_of_an_event_is_that_of_its_category() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    for version in Version::ALL {
        let session = streaming.speaking(version).session("u").await;
        let conversation = server.engine().await.establish(version.segment()).await;
        server.engine().await.say(&conversation, "hello").await;
        let agent = streaming.speaking(version).session(&server.demo().user()).await;
        server.engine().await.reply(&conversation, "good morning").await;
        streaming.idle("u", 1).await;
        assert_eq!(session.collect(1).await[0]["kind"], "via#engagementCenterEvent");
        let heard = agent.collect(2).await;
        let kinds: Vec<_> = heard.iter().map(|event| event["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["via#engagementCenterEvent", "via#messagingEvent"]);
    }
}

#[tokio::test]
async fn event_ids_increase() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    streaming.publish((1..=50).map(|number| idle("u", number)).collect()).await.ok();
    let events = session.collect(50).await;
    assert_eq!(interactions(&events), (1..=50).collect::<Vec<_>>());
    let places: Vec<_> = ids(&events).into_iter().map(place).collect();
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
}

#[tokio::test]
async fn a_head_takes_nothing_out_of_the_queue() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    for version in Version::ALL {
        let speaking = streaming.speaking(version);
        let session = speaking.session("u").await;
        streaming.idle("u", 1).await;
        session.send("HEAD", &speaking.path("events"), None, "").await.has_status(405);
        assert_eq!(interactions(&session.poll(1).await), [1]);
    }
}

#[tokio::test]
async fn a_poll_waits_for_an_event_and_no_longer() {
    // Longer than a test waits for anything: only the event ends it.
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "300")]).await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let waiting = tokio::spawn(async move { session.poll(5).await });
    server.sees_polls_waiting(1).await;
    streaming.idle("u", 1).await;
    assert_eq!(interactions(&waiting.await.unwrap()), [1]);
}

#[tokio::test]
async fn a_poll_without_events_ends_with_an_empty_list() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "1")]).await;
    let streaming = server.streaming().await;
    for version in Version::ALL {
        let session = streaming.speaking(version).session("u").await;
        let started = std::time::Instant::now();
        let answer = session.try_poll("maxEvents=5").await.ok();
        assert_eq!(answer, json!({"kind": "via#streamingEventCollection", "totalItems": 0, "events": []}));
        assert!(started.elapsed() >= Duration::from_millis(900), "it waited {:?}", started.elapsed());
    }
}

#[tokio::test]
#[ignore = "takes 15 seconds: the default wait of a poll"]
async fn a_poll_waits_15_seconds_by_default() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let started = std::time::Instant::now();
    let polls = together(Version::ALL.map(|version| {
        let streaming = streaming.speaking(version);
        async move { streaming.session("u").await.poll(1).await }
    }));
    assert!(polls.await.iter().all(Vec::is_empty));
    assert!(started.elapsed() >= Duration::from_secs(15), "it waited {:?}", started.elapsed());
}

#[tokio::test]
async fn a_second_poll_takes_over_and_the_first_ends_empty() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let polls: Vec<_> = (0..3)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.poll(5).await })
        })
        .collect();
    let finished = eventually("two polls that were taken over", async || {
        let finished = polls.iter().filter(|poll| poll.is_finished()).count();
        (finished >= 2).then_some(finished)
    })
    .await;
    assert_eq!(finished, 2);
    streaming.idle("u", 1).await;
    let mut heard = Vec::new();
    for poll in polls {
        heard.extend(poll.await.unwrap());
    }
    assert_eq!(interactions(&heard), [1]);
}

#[tokio::test]
async fn what_an_abandoned_poll_would_have_had_comes_with_the_next() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let abandoned = {
        let session = session.clone();
        tokio::spawn(async move { session.poll(5).await })
    };
    server.sees_polls_waiting(1).await;
    abandoned.abort();
    drop(abandoned.await);
    streaming.idle("u", 1).await;
    assert_eq!(interactions(&session.collect(1).await), [1]);
}

#[tokio::test]
async fn a_session_hears_its_user_and_the_organization() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let (ada, bob) = (streaming.session("ada").await, streaming.session("bob").await);
    let everyone = json!({"eventType": "engagementCenter.Idle", "payload":
        {"interactionId": 3, "interactionIdRev": "3"}});
    streaming.publish(json!([idle("ada", 1), idle("bob", 2), everyone])).await.ok();
    assert_eq!(interactions(&ada.collect(2).await), [1, 3]);
    assert_eq!(interactions(&bob.collect(2).await), [2, 3]);
}

#[tokio::test]
async fn an_event_to_a_team_goes_to_its_members() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let member = streaming.session(&server.demo().user()).await;
    let mut event = idle("", 5);
    event.as_object_mut().unwrap().remove("userId");
    event["teamId"] = server.demo().get("/team/teamId").into();
    streaming.publish(json!([event])).await.ok();
    assert_eq!(interactions(&member.collect(1).await), [5]);
}

#[tokio::test]
async fn two_sessions_of_one_user_hear_the_same_events() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let (one, two) = (streaming.session("u").await, streaming.session("u").await);
    streaming.publish(json!([idle("u", 1), idle("u", 2)])).await.ok();
    assert_eq!(one.collect(2).await, two.collect(2).await);
}
