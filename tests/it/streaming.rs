//! Long-poll sessions, acknowledgement, publishing, and the events that a conversation causes (streaming reference).

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Server, event_payload, event_types, eventually, from, interactions, text, together};

fn idle(user: &str, interaction: i64) -> Value {
    json!({"eventType": "engagementCenter.Idle", "userId": user, "payload":
        {"interactionId": interaction, "interactionIdRev": interaction.to_string()}})
}

fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["eventId"].as_str().unwrap()).collect()
}

/// The two numbers of an event id.
fn place(id: &str) -> (u64, u64) {
    let (milliseconds, number) = id.split_once('-').unwrap_or_else(|| panic!("{id} is no event id"));
    (milliseconds.parse().unwrap(), number.parse().unwrap())
}

#[tokio::test]
async fn a_session_is_made_with_its_defaults_even_without_a_body() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let none = streaming.send("POST", &streaming.path("session"), None, "").await;
    for answer in [none, streaming.create(&json!({})).await] {
        let made = answer.ok();
        assert!(made["sessionId"].as_str().is_some_and(|id| !id.is_empty()), "{made:#}");
        assert_eq!(made["inactivityDelay"], 60);
        assert_eq!(made["requireAcknowledgement"], false);
        let time = made["creationTime"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z') && time.contains('T'), "{time}");
    }
}

#[tokio::test]
async fn a_session_is_made_as_it_was_asked_for() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    for delay in [60, 300, 600] {
        let body = json!({"inactivityDelay": delay, "requireAcknowledgement": true, "userId": "u"});
        let made = streaming.create(&body).await.ok();
        assert_eq!(
            (&made["inactivityDelay"], &made["requireAcknowledgement"]),
            (&json!(delay), &json!(true))
        );
    }
}

#[tokio::test]
async fn values_out_of_range_or_of_a_wrong_type_are_refused_and_never_clamped() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    for body in [
        json!({"inactivityDelay": 59}),
        json!({"inactivityDelay": 601}),
        json!({"inactivityDelay": -60}),
        json!({"inactivityDelay": "300"}),
        json!({"inactivityDelay": 60.5}),
        json!({"requireAcknowledgement": "yes"}),
        json!({"requireAcknowledgement": 1}),
        json!({"userId": 5}),
        json!({"userId": ""}),
        json!([]),
        json!("x"),
    ] {
        streaming.create(&body).await.streaming_refused(400);
    }
    let session = streaming.session("u").await;
    for max in ["0", "201", "-1", "x", "1.5"] {
        session.try_poll(&format!("maxEvents={max}")).await.streaming_refused(400);
    }
}

#[tokio::test]
async fn a_poll_gives_one_event_unless_it_asks_for_more() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    for number in 1..=5 {
        streaming.idle("u", number).await;
    }
    let first = session.try_poll("").await.ok();
    assert_eq!(first["totalItems"], 1, "{first:#}");
    assert_eq!(interactions(&session.poll(3).await), [2, 3, 4]);
    assert_eq!(interactions(&session.poll(200).await), [5]);
}

#[tokio::test]
async fn an_event_has_the_documented_shape() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let user = server.demo().user();
    let session = streaming.session(&user).await;
    let mut event = idle(&user, 7);
    event["correlationId"] = "my-correlation".into();
    streaming.publish(json!([event])).await.ok();
    let heard = session.poll(1).await.remove(0);
    assert_eq!(heard["kind"], "via#engagementCenterEvent");
    assert_eq!(heard["eventType"], "engagementCenter.Idle");
    assert_eq!(heard["correlationId"], "my-correlation");
    assert_eq!(heard["schemaVersion"], "1");
    place(heard["eventId"].as_str().unwrap());
    let time = heard["publishedTime"].as_str().unwrap();
    assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
    let envelope: Value = serde_json::from_str(heard["payload"].as_str().unwrap()).unwrap();
    assert_eq!(envelope["userId"], user);
    assert!(envelope["ehubSessionId"].is_i64(), "{envelope:#}");
    assert_eq!(envelope["ehubSessionIdRev"], envelope["ehubSessionId"].to_string());
    assert_eq!(envelope["payload"], event["payload"]);
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
async fn a_poll_waits_for_an_event_and_no_longer() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let waiting = tokio::spawn(async move { session.poll(5).await });
    streaming.idle("u", 1).await;
    assert_eq!(interactions(&waiting.await.unwrap()), [1]);
}

#[tokio::test]
async fn a_poll_without_events_ends_with_an_empty_list() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "1")]).await;
    let session = server.streaming().await.session("u").await;
    let started = std::time::Instant::now();
    let answer = session.try_poll("maxEvents=5").await.ok();
    assert_eq!(answer, json!({"kind": "via#streamingEventCollection", "totalItems": 0, "events": []}));
    assert!(started.elapsed() >= Duration::from_millis(900), "it waited {:?}", started.elapsed());
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
    tokio::task::yield_now().await;
    abandoned.abort();
    drop(abandoned.await);
    streaming.idle("u", 1).await;
    assert_eq!(interactions(&session.collect(1).await), [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abandoned_polls_lose_nothing_that_requires_acknowledgement() {
    const EVENTS: i64 = 100;
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "process")]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    for number in 0..EVENTS {
        let polling = session.clone();
        let abandoned = tokio::spawn(async move { polling.poll(5).await });
        let producer = streaming.clone();
        let publishing = tokio::spawn(async move { producer.idle("u", number).await });
        if number % 2 == 0 {
            publishing.await.unwrap();
            abandoned.abort();
        } else {
            abandoned.abort();
            publishing.await.unwrap();
        }
    }
    let mut heard = Vec::new();
    while heard.len() < usize::try_from(EVENTS).unwrap() {
        let events = session.poll(200).await;
        session.acknowledge_events(&events).await;
        heard.extend(interactions(&events));
    }
    assert_eq!(heard, (0..EVENTS).collect::<Vec<_>>());
}

#[tokio::test]
async fn without_acknowledgement_delivery_removes() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    streaming.idle("u", 1).await;
    let events = session.poll(5).await;
    assert_eq!(interactions(&events), [1]);
    assert!(session.poll(5).await.is_empty());
    session.acknowledge(&ids(&events)).await.streaming_refused(400);
}

#[tokio::test]
async fn with_acknowledgement_events_come_again_oldest_first_until_acknowledged() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    for number in 1..=3 {
        streaming.idle("u", number).await;
    }
    let events = session.poll(2).await;
    assert_eq!(interactions(&events), [1, 2]);
    assert_eq!(interactions(&session.poll(5).await), [1, 2, 3]);
    let answer = session.acknowledge_events(&events[1..]).await;
    assert_eq!(answer, json!({"eventIdsAcknowledged": [ids(&events)[1]], "eventIdsNotFound": []}));
    streaming.idle("u", 4).await;
    let rest = session.poll(200).await;
    assert_eq!(interactions(&rest), [1, 3, 4]);
    session.acknowledge_events(&rest).await;
    assert!(session.poll(5).await.is_empty());
}

#[tokio::test]
async fn ids_that_are_not_waiting_are_told_as_not_found() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    streaming.idle("u", 1).await;
    let events = session.poll(1).await;
    let known = ids(&events)[0];
    let answer = session.acknowledge(&[known, "1519073282456-0", "nonsense"]).await.ok();
    assert_eq!(answer["eventIdsAcknowledged"], json!([known]));
    assert_eq!(answer["eventIdsNotFound"], json!(["1519073282456-0", "nonsense"]));
    let again = session.acknowledge(&[known]).await.ok();
    assert_eq!(again, json!({"eventIdsAcknowledged": [], "eventIdsNotFound": [known]}));
    for body in
        [json!({}), json!({"events": []}), json!({"events": [{}]}), json!({"events": [{"eventId": 1}]})]
    {
        session.acknowledge_with(&body).await.streaming_refused(400);
    }
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

#[tokio::test]
async fn a_session_without_a_user_is_its_clients() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.open(json!({})).await;
    streaming.idle(&server.demo().get("/clients/streaming/client_id"), 1).await;
    assert_eq!(interactions(&session.collect(1).await), [1]);
}

#[tokio::test]
async fn good_events_go_out_when_others_of_their_batch_are_refused() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let mut both = idle("u", 4);
    both["teamId"] = "t".into();
    let results = streaming
        .publish(json!([
            idle("u", 1),
            {"userId": "u", "payload": {}},
            {"eventType": "engagementCenter.Nonsense", "userId": "u", "payload": {}},
            {"eventType": "engagementCenter.Idle", "userId": "u"},
            {"eventType": "engagementCenter.Idle", "userId": "u", "payload": 5},
            both,
            7,
            idle("u", 2)
        ]))
        .await
        .ok();
    let results = results["results"].as_array().unwrap();
    assert_eq!(results.len(), 8);
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index);
        if matches!(index, 0 | 7) {
            assert_eq!(result["status"], "accepted", "{result:#}");
            assert!(result["correlationId"].as_str().is_some_and(|id| !id.is_empty()), "{result:#}");
        } else {
            assert_eq!(result["status"], "rejected", "{result:#}");
            assert!(result["field"].is_string() && result["message"].is_string(), "{result:#}");
        }
    }
    assert_eq!(interactions(&session.collect(2).await), [1, 2]);
}

#[tokio::test]
async fn a_batch_without_a_good_event_or_of_a_wrong_form_is_refused() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let path = streaming.path("publish");
    streaming.publish(json!([{"eventType": "no.such"}])).await.streaming_refused(400);
    for body in [json!({}), json!([]), json!({"events": []}), json!({"events": {}}), json!({"events": null})]
    {
        streaming.post(&path, &body).await.streaming_refused(400);
    }
    let too_many: Value = (0..1001).map(|number| idle("u", number)).collect();
    streaming.publish(too_many).await.streaming_refused(400);
    let most: Value = (0..1000).map(|number| idle("u", number)).collect();
    assert_eq!(streaming.publish(most).await.ok()["results"].as_array().unwrap().len(), 1000);
}

#[tokio::test]
async fn an_idempotency_key_makes_a_batch_repeatable_even_at_once() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let keyed = streaming.with_header("idempotency-key", "batch-1");
    let (path, body) = (streaming.path("publish"), json!({"events": [idle("u", 1)]}));
    let answers = together((0..10).map(|_| {
        let (keyed, path, body) = (keyed.clone(), path.clone(), body.clone());
        async move { keyed.post(&path, &body).await.ok() }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    let other = keyed.post(&path, &json!({"events": [idle("u", 2)]})).await;
    other.streaming_refused(409);
    streaming.idle("u", 3).await;
    assert_eq!(interactions(&session.collect(2).await), [1, 3], "published once");
}

#[tokio::test]
async fn a_conversation_raises_its_events_in_order() {
    let server = Server::start().await;
    let (engine, streaming) = (server.engine().await, server.streaming().await);
    let session = streaming.session(&server.demo().user()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    engine.reply(&conversation, "good morning").await;
    engine.say(&conversation, "bye").await;
    let events = session.collect(6).await;
    let expected = [
        "messaging.EntityAdded",
        "engagementCenter.ScreenPop",
        "messaging.EntitySendText",
        "engagementCenter.Active",
        "messaging.EntitySendText",
        "messaging.EntitySendText",
    ];
    assert_eq!(event_types(&events), expected);
    let numbers = interactions(&events);
    assert!(numbers.iter().all(|number| *number == numbers[0] && *number > 0), "{numbers:?}");
    let payloads: Vec<_> = events.iter().map(event_payload).collect();
    assert_eq!(payloads[1]["mediaType"], "InboundChat");
    let twin = json!(numbers[0].to_string());
    assert!(payloads.iter().all(|payload| payload["interactionIdRev"] == twin), "{payloads:#?}");
    let texts: Vec<_> = [2, 4, 5].map(|at| payloads[at]["text"].as_str().unwrap()).to_vec();
    assert_eq!(texts, ["hello", "good morning", "bye"]);
    let kinds: Vec<_> = events[..2].iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["via#messagingEvent", "via#engagementCenterEvent"]);
}

#[tokio::test]
async fn accepting_makes_the_interaction_active_once() {
    let server = Server::start().await;
    let (engine, streaming) = (server.engine().await, server.streaming().await);
    let session = streaming.session(&server.demo().user()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    agent.send(json!({"control": "accept", "reference": "a", "conversationId": conversation})).await;
    assert_eq!(agent.receipt("a").await.0["status"], 200);
    engine.reply(&conversation, "good morning").await;
    let events = session.collect(5).await;
    assert_eq!(event_types(&events)[3..], ["engagementCenter.Active", "messaging.EntitySendText"]);
}

#[tokio::test]
async fn closing_tells_clear_wrap_and_idle_at_once_and_in_that_order() {
    let server = Server::start().await;
    let (engine, streaming, portal) =
        (server.engine().await, server.streaming().await, server.portal().await);
    let session = streaming.session(&server.demo().user()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    session.collect(3).await;
    portal.delete(&format!("/api/v1/integrations/{}", engine.customer())).await.has_status(200);
    let expected = ["engagementCenter.InteractionClear", "engagementCenter.Wrap", "engagementCenter.Idle"];
    assert_eq!(event_types(&session.collect(3).await), expected);
}

#[tokio::test]
async fn a_takeover_tells_the_first_agents_user_of_the_transfer() {
    let server = Server::start().await;
    let (engine, streaming, portal) =
        (server.engine().await, server.streaming().await, server.portal().await);
    let second_user = server.demo().get("/users/1/userId");
    let configuration = json!({"integrationType": "Agent", "userId": second_user});
    let second = portal.direct(&server.demo().hub(), "second agent", configuration).await;
    portal.set_status(&second, 3002).await;
    let session = streaming.session(&server.demo().user()).await;
    let new_owner = streaming.session(&second_user).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    portal.set_status(&second, 3000).await;
    engine.business(&conversation, &from(&second, text("mine"))).await.ok();
    let events = session.collect(4).await;
    assert_eq!(event_types(&events)[3], "engagementCenter.InteractionTransferred");
    let offered = new_owner.collect(4).await;
    let expected = [
        "messaging.EntityAdded",
        "engagementCenter.ScreenPop",
        "engagementCenter.Active",
        "messaging.EntitySendText",
    ];
    assert_eq!(event_types(&offered), expected);
}

#[tokio::test]
async fn interactions_are_numbered_through_the_organization() {
    let server = Server::start().await;
    let (engine, streaming) = (server.engine().await, server.streaming().await);
    let session = streaming.session(&server.demo().user()).await;
    for binding in ["a", "b"] {
        let conversation = engine.establish(binding).await;
        engine.say(&conversation, "x").await;
    }
    let numbers = interactions(&session.collect(6).await);
    assert_eq!((numbers[0], numbers[2]), (numbers[1], numbers[1]));
    assert_ne!(numbers[0], numbers[3]);
}

#[tokio::test]
async fn a_session_that_was_deleted_is_an_invalid_session() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    let ended = session.end().await;
    assert_eq!((ended.status, ended.text.as_str()), (204, ""));
    let gone = [
        session.try_poll("").await,
        session.end().await,
        session.acknowledge(&["1-0"]).await,
        streaming.attach("made-up").try_poll("").await,
        streaming.get(&streaming.path("events")).await,
    ];
    for answer in gone {
        assert_eq!(answer.streaming_refused(400)["message"], "Invalid or expired session", "{answer}");
    }
}

#[tokio::test]
async fn deleting_a_session_ends_its_waiting_poll() {
    let server = Server::start().await;
    let session = server.streaming().await.session("u").await;
    let waiting = {
        let session = session.clone();
        tokio::spawn(async move { session.try_poll("").await })
    };
    tokio::task::yield_now().await;
    session.end().await.has_status(204);
    let answer = waiting.await.unwrap();
    assert!(matches!(answer.status, 200 | 400), "{answer}");
}

#[tokio::test]
async fn an_organization_may_have_so_many_sessions() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__SESSIONS_PER_TENANT", "2")]).await;
    let streaming = server.streaming().await;
    let first = streaming.session("u").await;
    streaming.durable_session("u").await;
    let refused = streaming.create(&json!({})).await;
    refused.streaming_refused(429);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    first.end().await.has_status(204);
    streaming.session("u").await;
}

#[tokio::test]
#[ignore = "takes over a minute: the shortest inactivity delay there is"]
async fn a_session_that_nobody_polls_expires() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let (kept, left) = (streaming.session("u").await, streaming.durable_session("u").await);
    let started = std::time::Instant::now();
    while started.elapsed() < Duration::from_secs(63) {
        kept.poll(1).await;
    }
    assert_eq!(left.try_poll("").await.streaming_refused(400)["message"], "Invalid or expired session");
    kept.poll(1).await;
}

#[tokio::test]
async fn a_session_that_holds_too_much_ends() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__QUEUE_EVENTS", "10")]).await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    streaming.publish((0..11).map(|number| idle("u", number)).collect()).await.ok();
    let gone = session.try_poll("").await;
    assert_eq!(gone.streaming_refused(400)["message"], "Invalid or expired session");
}

#[tokio::test]
async fn an_organization_that_is_unknown_or_anothers_is_not_found() {
    let server = Server::start().await;
    let other = server.another_tenant("other").await;
    let streaming = server.streaming().await;
    for org in [other.org(), "nobody".to_owned(), "%20".to_owned()] {
        let path = format!("/via/v3/organizations/{org}/streaming/session");
        streaming.post(&path, &json!({})).await.streaming_refused(404);
    }
    streaming.get(&streaming.path("nothing")).await.streaming_refused(404);
    streaming.send("PATCH", &streaming.path("session"), None, "").await.streaming_refused(405);
}
