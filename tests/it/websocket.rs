//! The plain websocket: snapshot, replay, control frames, closing.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Server, Socket, event_types, eventually, from, payload, text};

fn cursor(frame: &Value) -> String {
    frame["cursor"].as_str().unwrap_or_else(|| panic!("no cursor in {frame:#}")).to_owned()
}

#[tokio::test]
async fn the_first_frame_is_a_snapshot_of_the_open_conversations() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let said = engine.say(&conversation, "hello").await;
    let mut socket = engine.listen(&format!("integrationId={}", engine.agent())).await;
    let snapshot = socket.control("snapshot").await;
    cursor(&snapshot);
    assert_eq!((&snapshot["total"], &snapshot["truncated"]), (&json!(1), &json!(false)));
    let head = &snapshot["conversations"][0];
    let established = engine.get(&format!("/api/v1/conversations/{conversation}/established")).await.ok();
    for name in ["conversationId", "hubId", "integrationId", "openedDateTime", "properties"] {
        assert_eq!(head[name], established[name], "{head:#}");
    }
    assert_eq!(head["lastEventId"], said["eventId"], "{head:#}");
}

#[tokio::test]
async fn a_snapshot_shows_the_newest_hundred_and_says_that_there_are_more() {
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "memory")]).await;
    let engine = server.engine().await;
    let mut newest = String::new();
    for number in 0..105 {
        newest = engine.establish(&format!("customer {number}")).await;
    }
    let mut socket = engine.listen(&format!("integrationId={}", engine.customer())).await;
    let snapshot = socket.control("snapshot").await;
    assert_eq!((&snapshot["total"], &snapshot["truncated"]), (&json!(105), &json!(true)));
    assert_eq!(snapshot["conversations"].as_array().unwrap().len(), 100);
    assert_eq!(snapshot["conversations"][0]["conversationId"], newest);
}

#[tokio::test]
async fn an_integration_hears_what_is_addressed_to_it_and_nothing_else() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, customer, agent) = portal.quiet_hub("Quiet").await;
    let mut at_customer = engine.listen_at(&customer).await;
    let mut at_agent = engine.listen_at(&agent).await;
    let conversation = engine.establish_at(&customer, "x").await;
    for round in ["one", "two"] {
        engine.inbound(&conversation, &text(&format!("question {round}"))).await.ok();
        engine.reply_as(&agent, &conversation, &format!("answer {round}")).await;
    }
    assert_eq!(at_agent.texts(2).await, ["question one", "question two"]);
    assert_eq!(at_customer.texts(2).await, ["answer one", "answer two"]);
}

#[tokio::test]
async fn one_conversation_is_heard_whole_by_both_sides_and_no_other() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, customer, agent) = portal.quiet_hub("Whole").await;
    let conversation = engine.establish_at(&customer, "x").await;
    let other = engine.establish_at(&customer, "y").await;
    let mut of_customer = engine.listen_to(&customer, &conversation).await;
    let mut of_agent = engine.listen_to(&agent, &conversation).await;
    engine.inbound(&other, &text("elsewhere")).await.ok();
    engine.inbound(&conversation, &text("question")).await.ok();
    engine.reply_as(&agent, &conversation, "answer").await;
    for socket in [&mut of_customer, &mut of_agent] {
        assert_eq!(socket.texts(2).await, ["question", "answer"]);
    }
}

#[tokio::test]
async fn an_echo_comes_back_enriched_to_integrations_that_want_it() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let hub = portal.hub("Echo").await;
    let customer = portal.direct(&hub, "c", json!({"integrationType": "Customer", "echo": true})).await;
    portal.direct(&hub, "a", json!({"integrationType": "Agent"})).await;
    let mut socket = engine.listen_at(&customer).await;
    let conversation = engine.establish_at(&customer, "x").await;
    let said = engine.inbound(&conversation, &text("hello")).await.ok();
    let echo = socket.next_activity().await;
    assert_eq!(echo["activity"]["isEcho"], true, "{echo:#}");
    assert_eq!(echo["activity"]["interactionId"], said["interactionId"]);
    assert_eq!(engine.history(&conversation, "type=customer").await[0]["isEcho"], false);
}

#[tokio::test]
async fn a_cursor_brings_back_what_was_missed() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    for words in ["one", "two", "three", "four"] {
        engine.say(&conversation, words).await;
    }
    socket.next_activity().await;
    let position = cursor(&socket.next_activity().await);
    drop(socket);
    for query in ["", &format!("&conversationId={conversation}")] {
        let query = format!("integrationId={}{query}&since={position}", engine.agent());
        let mut resumed = engine.listen(&query).await;
        let snapshot = resumed.control("snapshot").await;
        assert_eq!(snapshot["conversations"], json!([]));
        assert_eq!(cursor(&snapshot), position, "the given position");
        assert_eq!(resumed.texts(2).await, ["three", "four"]);
    }
    engine.say(&conversation, "five").await;
    let mut resumed = engine.listen(&format!("integrationId={}&since={position}", engine.agent())).await;
    resumed.control("snapshot").await;
    assert_eq!(resumed.texts(3).await, ["three", "four", "five"]);
}

#[tokio::test]
async fn an_event_id_brings_back_what_was_missed_of_one_conversation() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let first = engine.say(&conversation, "one").await["eventId"].clone();
    engine.say(&conversation, "two").await;
    engine.reply(&conversation, "three").await;
    let base = format!("integrationId={}&conversationId={conversation}", engine.customer());
    let mut resumed = engine.listen(&format!("{base}&since={first}")).await;
    resumed.control("snapshot").await;
    assert_eq!(resumed.texts(2).await, ["two", "three"]);
    let mut from_the_start = engine.listen(&format!("{base}&since=0")).await;
    from_the_start.control("snapshot").await;
    assert_eq!(from_the_start.texts(3).await, ["one", "two", "three"]);
    let scope = format!("integrationId={}&since={first}", engine.agent());
    let refused = engine.try_listen(&scope).await.err().expect("an eventId of which conversation?");
    refused.platform_errors(400);
}

#[tokio::test]
async fn a_cursor_of_one_scope_is_good_in_another() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let (ada, bob) = (engine.establish("ada").await, engine.establish("bob").await);
    let mut agent = engine.listen_at(&engine.agent()).await;
    engine.say(&ada, "one").await;
    let position = cursor(&agent.next_activity().await);
    engine.say(&bob, "two").await;
    engine.say(&ada, "three").await;
    let query = format!("integrationId={}&conversationId={ada}&since={position}", engine.customer());
    let mut socket = engine.listen(&query).await;
    socket.control("snapshot").await;
    assert_eq!(socket.texts(1).await, ["three"]);
}

#[tokio::test]
async fn resuming_under_live_traffic_neither_misses_nor_doubles() {
    const COUNT: usize = 300;
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "process")]).await;
    let engine = server.engine().await;
    let conversation = engine.establish("busy").await;
    let mut first = engine.listen_to(&engine.customer(), &conversation).await;
    let speaker = {
        let (engine, conversation) = (engine.clone(), conversation.clone());
        tokio::spawn(async move {
            for number in 0..COUNT {
                engine.say(&conversation, &number.to_string()).await;
            }
        })
    };
    let mut heard = Vec::new();
    let mut frame = first.next_activity().await;
    while heard.len() < COUNT {
        heard.push(frame["activity"]["message"]["text"].as_str().unwrap().to_owned());
        if heard.len() == COUNT {
            break;
        }
        if heard.len() % 7 == 0 {
            let by_cursor = heard.len() % 2 == 0;
            let since = if by_cursor { cursor(&frame) } else { frame["activity"]["eventId"].to_string() };
            let query =
                format!("integrationId={}&conversationId={conversation}&since={since}", engine.customer());
            first = engine.listen(&query).await;
            first.control("snapshot").await;
        }
        frame = first.next_activity().await;
    }
    speaker.await.unwrap();
    assert_eq!(heard, (0..COUNT).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_under_live_traffic_has_no_seam_between_snapshot_and_stream() {
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "process")]).await;
    let engine = server.engine().await;
    let conversation = engine.establish("busy").await;
    let speaker = {
        let (engine, conversation) = (engine.clone(), conversation.clone());
        tokio::spawn(async move {
            for number in 0..400 {
                engine.say(&conversation, &number.to_string()).await;
            }
        })
    };
    let mut joined = Vec::new();
    while !speaker.is_finished() {
        let mut socket = engine.listen(&format!("integrationId={}", engine.agent())).await;
        let snapshot = socket.control("snapshot").await;
        joined.push((socket, snapshot));
    }
    speaker.await.unwrap();
    engine.say(&conversation, "the end").await;
    let history = engine.history(&conversation, "type=customer").await;
    for (mut socket, snapshot) in joined {
        let known = snapshot["conversations"][0]["lastEventId"].as_i64().unwrap_or(0);
        let query = format!("integrationId={}&since={}", engine.agent(), cursor(&snapshot));
        let mut resumed = engine.listen(&query).await;
        resumed.control("snapshot").await;
        let first = socket.next_activity().await;
        let at = history.iter().position(|one| one["eventId"] == first["activity"]["eventId"]).unwrap();
        // The heads may be newer than the cursor, never older: nothing falls between them and the stream.
        assert!(history[..at].iter().all(|one| one["eventId"].as_i64().unwrap() <= known), "{snapshot:#}");
        assert_eq!(resumed.next_activity().await, first);
        for one in &history[at + 1..] {
            let live = socket.next_activity().await;
            assert_eq!(live["activity"]["eventId"], one["eventId"]);
            assert_eq!(resumed.next_activity().await, live, "the same from the snapshot's cursor");
        }
    }
}

#[tokio::test]
async fn a_cursor_that_was_never_given_is_told_as_a_gap_before_anything_else() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "one").await;
    let stranger = Server::start().await;
    let elsewhere = stranger.engine().await;
    let mut there = elsewhere.listen(&format!("integrationId={}", elsewhere.agent())).await;
    let foreign = cursor(&there.control("snapshot").await);
    let query = format!("integrationId={}&since={foreign}", engine.agent());
    let mut socket = engine.listen(&query).await;
    socket.control("snapshot").await;
    let gap = socket.control("gap").await;
    assert!(gap["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{gap:#}");
    assert_eq!(socket.texts(1).await, ["one"], "what there is follows");
}

#[tokio::test]
async fn a_since_that_is_no_position_is_refused() {
    let server = Server::start().await;
    let engine = server.engine().await;
    for since in ["yesterday", "-5", "%00", "AAAA"] {
        let query = format!("integrationId={}&since={since}", engine.agent());
        match engine.try_listen(&query).await {
            Err(refused) => drop(refused.platform_errors(400)),
            Ok(mut socket) => {
                socket.control("snapshot").await;
                socket.control("gap").await;
            }
        }
    }
}

#[tokio::test]
async fn typing_is_heard_live_and_never_again() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "one").await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    engine.inbound(&conversation, &json!({"type": "event", "event": {"type": "typing_on"}})).await.ok();
    let typing = socket.next_activity().await;
    assert_eq!(typing["activity"]["event"]["type"], "typing_on");
    engine.say(&conversation, "two").await;
    let query = format!("integrationId={}&since={}", engine.agent(), cursor(&typing));
    let mut resumed = engine.listen(&query).await;
    resumed.control("snapshot").await;
    assert_eq!(resumed.texts(1).await, ["two"]);
    let query = format!("integrationId={}&conversationId={conversation}&since=0", engine.agent());
    let mut replayed = engine.listen(&query).await;
    replayed.control("snapshot").await;
    assert_eq!(replayed.texts(2).await, ["one", "two"]);
}

#[tokio::test]
async fn what_is_sent_on_the_socket_gets_the_receipt_of_the_call() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut customer = engine.listen_at(&engine.customer()).await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    customer.send_activity("r1", &conversation, text("by socket")).await;
    let (receipt, _) = customer.receipt("r1").await;
    assert_eq!(receipt["status"], 200, "{receipt:#}");
    let heard = agent.next_activity().await;
    assert_eq!(heard["activity"]["eventId"], receipt["eventId"]);
    assert_eq!(heard["activity"]["interactionId"], receipt["interactionId"]);
    agent.send_activity("r2", &conversation, text("and back")).await;
    assert_eq!(agent.receipt("r2").await.0["status"], 200);
    let history = engine.history(&conversation, "type=customer").await;
    assert_eq!(history[1]["eventTrigger"], "message:agent", "the socket's integration speaks");
}

#[tokio::test]
async fn what_is_refused_on_the_socket_gets_the_status_and_errors_of_the_call() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    let unknown = "00000000-0000-0000-0000-000000000001";
    for (target, activity, status, code) in [
        (conversation.as_str(), json!({"type": "message", "message": {"type": "text"}}), 400, 5023),
        (conversation.as_str(), json!({}), 400, 5003),
        (conversation.as_str(), from(&engine.customer(), text("as another")), 404, 6000),
        (unknown, text("x"), 404, 6500),
        ("17", text("x"), 400, 5020),
    ] {
        socket.send_activity("r", target, activity).await;
        let (receipt, _) = socket.receipt("r").await;
        assert_eq!(receipt["status"], status, "{receipt:#}");
        let codes: Vec<_> = receipt["errors"].as_array().unwrap().iter().map(|e| e["code"].clone()).collect();
        assert!(codes.contains(&json!(code)), "{receipt:#}");
    }
    socket.send_activity("good", &conversation, text("x")).await;
    assert_eq!(socket.receipt("good").await.0["status"], 200, "the socket goes on");
}

#[tokio::test]
async fn frames_that_say_nothing_known_get_an_error_frame() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    for frame in ["{", "[]", "5", "\"x\"", "{}", "{\"control\":\"dance\"}", "{\"control\":7}", ""] {
        socket.send_text(frame).await;
        let told = socket.control("error").await;
        assert!(told["errors"][0]["description"].is_string(), "{told:#}");
    }
    socket.send(json!({"control": "accept"})).await;
    let told = socket.next_frame().await;
    assert_eq!(told["status"], 400, "{told:#}");
}

#[tokio::test]
async fn an_agent_accepts_what_it_was_offered_and_nothing_else() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    let mut accept = async |reference: &str| {
        agent
            .send(json!({"control": "accept", "reference": reference, "conversationId": conversation}))
            .await;
        agent.receipt(reference).await.0
    };
    let early = accept("early").await;
    assert!(early["status"].as_i64().unwrap() >= 400, "{early:#}");
    engine.say(&conversation, "hello").await;
    assert_eq!(accept("now").await["status"], 200);
    assert_eq!(accept("again").await["status"], 200, "accepting twice is once");
}

#[tokio::test]
async fn a_new_token_on_the_socket_keeps_it_open_past_the_old_one() {
    let server = Server::with(&[("SWITCHBOARD_AUTH__TOKEN_LIFETIME_SECONDS", "2")]).await;
    let engine = server.engine().await;
    let mut renewed = engine.listen_at(&engine.agent()).await;
    let mut left = engine.listen_at(&engine.agent()).await;
    let token = eventually("a later token", async || {
        let token = server.demo().token("engine").await;
        renewed.send(json!({"control": "token", "reference": "t", "access_token": token})).await;
        let answer = renewed.next_frame().await;
        assert_eq!(answer["control"], "token", "{answer:#}");
        assert!(answer["expiresAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{answer:#}");
        let (frames, code) = tokio::select! {
            closed = left.closed() => closed,
            () = tokio::time::sleep(std::time::Duration::from_millis(300)) => return None,
        };
        assert!(frames.is_empty() && (1008 == code || (4000..5000).contains(&code)), "{frames:?} {code}");
        Some(token)
    })
    .await;
    renewed.send(json!({"control": "token", "access_token": token})).await;
    assert_eq!(renewed.next_frame().await["control"], "token", "the renewed socket is still open");
}

#[tokio::test]
async fn a_token_that_is_no_good_renews_nothing() {
    let server = Server::start().await;
    let other = server.another_tenant("other").await;
    let engine = server.engine().await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    let tokens =
        ["x".to_owned(), server.demo().token("portal").await, other.token("engine").await, String::new()];
    for token in tokens {
        socket.send(json!({"control": "token", "reference": "t", "access_token": token})).await;
        let told = socket.next_frame().await;
        assert_eq!((&told["control"], &told["reference"]), (&json!("error"), &json!("t")), "{told:#}");
    }
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "still here").await;
    assert_eq!(socket.texts(1).await, ["still here"]);
}

#[tokio::test]
async fn a_ticket_opens_one_socket_once() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let issued = engine.post("/events/v1/ticket", &json!({})).await.ok();
    assert!(issued["expiresIn"].as_i64().is_some_and(|seconds| (1..=60).contains(&seconds)), "{issued}");
    let ticket = issued["ticket"].as_str().unwrap();
    let path = format!("/events/v1/direct?integrationId={}&ticket={ticket}", engine.agent());
    let mut socket = Socket::open(engine.base(), &path, None).await.unwrap();
    socket.control("snapshot").await;
    let again = Socket::open(engine.base(), &path, None).await.err().expect("a ticket is good once");
    again.refused(401, "ENG000102");
}

#[tokio::test]
async fn a_token_in_the_address_opens_a_socket() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let token = engine.token().unwrap();
    let path = format!("/events/v1/direct?integrationId={}&access_token={token}", engine.agent());
    Socket::open(engine.base(), &path, None).await.unwrap().control("snapshot").await;
}

#[tokio::test]
async fn what_is_not_ones_own_or_not_there_cannot_be_listened_to() {
    let server = Server::start().await;
    let other = server.another_tenant("other").await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, _, elsewhere) = portal.quiet_hub("Elsewhere").await;
    let own = engine.establish("ada").await;
    let theirs = other.engine().await.establish("eve").await;
    let unknown = "00000000-0000-0000-0000-000000000001";
    let agent = engine.agent();
    for (query, status, number) in [
        (String::new(), 400, 200),
        ("integrationId=17".to_owned(), 400, 203),
        (format!("integrationId={unknown}"), 404, 6000),
        (format!("integrationId={}", other.integration("agent")), 404, 6000),
        (format!("integrationId={agent}&conversationId=17"), 400, 203),
        (format!("integrationId={agent}&conversationId={unknown}"), 404, 6500),
        (format!("integrationId={agent}&conversationId={theirs}"), 404, 6500),
        (format!("integrationId={elsewhere}&conversationId={own}"), 404, 6500),
        (format!("integrationId={}&conversationId={own}", server.demo().integration("webchat")), 404, 6500),
    ] {
        let refused = engine.try_listen(&query).await.err().unwrap_or_else(|| panic!("{query} is open"));
        let errors = refused.platform_errors(status);
        assert_eq!(errors[0]["code"], number, "{refused}");
    }
}

#[tokio::test]
async fn a_call_that_asks_for_no_websocket_is_told_to() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let answer = engine.get(&format!("/events/v1/direct?integrationId={}", engine.agent())).await;
    answer.has_status(426);
    let headers = ["upgrade", "sec-websocket-version"].map(|name| answer.header(name));
    assert_eq!(headers, [Some("websocket"), Some("13")], "{answer}");
}

#[tokio::test]
async fn a_binary_frame_closes_with_1003() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    socket.send_binary(vec![1, 2, 3]).await;
    assert_eq!(socket.closed().await.1, 1003);
    engine.listen_at(&engine.agent()).await;
}

#[tokio::test]
async fn a_frame_that_is_too_large_closes_with_1009() {
    let server = Server::with(&[("SWITCHBOARD_WEBSOCKET__MAX_FRAME_BYTES", "2000")]).await;
    let engine = server.engine().await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    socket.send_anyway(Message::text("x".repeat(2001))).await;
    assert_eq!(socket.closed().await.1, 1009);
    let mut socket = engine.listen_at(&engine.agent()).await;
    socket.send_text(&"x".repeat(2000)).await;
    socket.control("error").await;
}

#[tokio::test]
async fn a_socket_is_closed_when_its_integration_is_deleted() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, _, agent) = portal.quiet_hub("Deleted").await;
    let mut socket = engine.listen_at(&agent).await;
    portal.delete(&format!("/api/v1/integrations/{agent}")).await.has_status(200);
    let (_, code) = socket.closed().await;
    assert!(code == 1008 || (4000..5000).contains(&code), "closed with {code}");
}

#[tokio::test]
async fn a_socket_is_closed_when_its_integration_changes_sides() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, _, agent) = portal.quiet_hub("Sides").await;
    let mut socket = engine.listen_at(&agent).await;
    let path = format!("/api/v1/integrations/hubs/{agent}");
    portal.post(&path, &json!({"name": "renamed"})).await.ok();
    socket.send(json!({"control": "dance"})).await;
    socket.control("error").await;
    portal.post(&path, &json!({"configuration": {"integrationType": "Customer"}})).await.ok();
    assert_eq!(socket.closed().await.1, 1008);
}

#[tokio::test]
async fn an_agent_accepts_for_the_user_that_it_works_for_now() {
    let server = Server::start().await;
    let (engine, portal, streaming) =
        (server.engine().await, server.portal().await, server.streaming().await);
    let second_user = server.demo().get("/users/1/userId");
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    let configuration = json!({"integrationType": "Agent", "userId": second_user});
    let path = format!("/api/v1/integrations/hubs/{}", engine.agent());
    portal.post(&path, &json!({"configuration": configuration})).await.ok();
    let session = streaming.session(&second_user).await;
    agent.send(json!({"control": "accept", "reference": "a", "conversationId": conversation})).await;
    assert_eq!(agent.receipt("a").await.0["status"], 200);
    assert_eq!(event_types(&session.collect(1).await), ["engagementCenter.Active"]);
}

#[tokio::test]
async fn frames_count_as_calls_of_the_client() {
    let server = Server::with(&[
        ("SWITCHBOARD_RATE_LIMITS__ENGINE__PER_SECOND", "1"),
        ("SWITCHBOARD_RATE_LIMITS__ENGINE__BURST", "5"),
    ])
    .await;
    let engine = server.engine().await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    let mut refused = async |frame: Value| {
        eventually("a refusal", async || {
            socket.send(frame.clone()).await;
            let told = socket.next_frame().await;
            (told["status"] == 429).then_some(told)
        })
        .await
    };
    let unknown = "00000000-0000-0000-0000-000000000001";
    let send = json!({"control": "send", "reference": "r", "conversationId": unknown, "activity": text("x")});
    let told = refused(send).await;
    assert_eq!((&told["control"], &told["reference"]), (&json!("receipt"), &json!("r")), "{told:#}");
    assert_eq!(told["errors"][0]["code"], 429, "{told:#}");
    for frame in [json!({"control": "token", "access_token": "x"}), json!("nonsense")] {
        assert_eq!(refused(frame).await["control"], "error");
    }
}

#[tokio::test]
async fn what_is_sent_may_be_nested_as_deep_as_the_body_of_the_call() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__JSON_DEPTH", "8")]).await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut socket = engine.listen_at(&engine.customer()).await;
    let nested = |levels: usize| payload("x", (1..levels).fold(json!({}), |inner, _| json!({"a": inner})));
    engine.inbound(&conversation, &nested(6)).await.ok();
    socket.send_activity("fits", &conversation, nested(6)).await;
    assert_eq!(socket.receipt("fits").await.0["status"], 200);
    engine.inbound(&conversation, &nested(7)).await.platform_errors(400);
    socket.send_activity("deep", &conversation, nested(7)).await;
    assert_eq!(socket.control("error").await["status"], 400);
}

#[tokio::test]
async fn a_reader_that_takes_nothing_does_not_hold_up_the_drain() {
    let mut server = Server::with(&[
        ("SWITCHBOARD_STORE__DURABILITY", "memory"),
        ("SWITCHBOARD_WEBSOCKET__QUEUE_BYTES", "1000000000"),
    ])
    .await;
    let engine = server.engine().await;
    let conversation = engine.establish("loud").await;
    let _sleeper = engine.listen_to(&engine.customer(), &conversation).await;
    let words = "x".repeat(200_000);
    // More than the buffers of both ends of a connection hold.
    for _ in 0..100 {
        engine.say(&conversation, &words).await;
    }
    server.stop(Duration::from_secs(8)).await;
    assert!(server.printed().contains("cut=0"), "nobody is cut");
}

#[tokio::test]
async fn text_that_is_no_utf8_closes_with_1007_and_a_frame_without_mask_with_1002() {
    let server = Server::start().await;
    let engine = server.engine().await;
    for (frame, code) in
        [(vec![0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe], 1007), (vec![0x81, 0x02, b'{', b'}'], 1002)]
    {
        let mut socket = engine.listen_at(&engine.agent()).await;
        socket.send_bytes(&frame).await;
        assert_eq!(socket.closed().await.1, code);
    }
}

#[tokio::test]
async fn a_tenant_may_have_so_many_sockets_and_others_theirs() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__CONNECTIONS_PER_TENANT", "2")]).await;
    let other = server.another_tenant("other").await;
    let engine = server.engine().await;
    let first = engine.listen_at(&engine.agent()).await;
    let _second = engine.signalr(&format!("iId={}", engine.agent())).await;
    let query = format!("integrationId={}", engine.agent());
    let refused = engine.try_listen(&query).await.err().expect("two sockets are open");
    refused.platform_errors(429);
    let others = other.engine().await;
    others.listen_at(&others.agent()).await;
    drop(first);
    eventually("a free place", async || engine.try_listen(&query).await.ok()).await;
}

#[tokio::test]
async fn a_reader_that_takes_nothing_holds_up_nobody() {
    let server = Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "memory")]).await;
    let engine = server.engine().await;
    let conversation = engine.establish("loud").await;
    let _sleeper = engine.listen_to(&engine.customer(), &conversation).await;
    let mut awake = engine.listen_to(&engine.customer(), &conversation).await;
    let words = "x".repeat(200_000);
    for _ in 0..100 {
        let said = engine.say(&conversation, &words).await;
        assert_eq!(awake.next_activity().await["activity"]["eventId"], said["eventId"]);
    }
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_closed_with_1013() {
    let server = Server::with(&[
        ("SWITCHBOARD_WEBSOCKET__QUEUE_EVENTS", "20"),
        ("SWITCHBOARD_STORE__DURABILITY", "memory"),
    ])
    .await;
    let engine = server.engine().await;
    let conversation = engine.establish("loud").await;
    let mut sleeper = engine.listen_to(&engine.customer(), &conversation).await;
    let words = "x".repeat(100_000);
    eventually("a reader that fell behind", async || {
        engine.say(&conversation, &words).await;
        let metrics = engine.get("/metrics").await.text;
        metrics.contains("\noutboxes_overrun_total 1\n").then_some(())
    })
    .await;
    let (frames, code) = sleeper.closed().await;
    assert_eq!(code, 1013);
    let ids: Vec<_> = frames.iter().map(|frame| frame["activity"]["eventId"].as_i64().unwrap()).collect();
    let history = engine.history(&conversation, "type=customer").await;
    let expected: Vec<_> = history.iter().map(|one| one["eventId"].as_i64().unwrap()).collect();
    assert_eq!(ids, expected[..ids.len()], "nothing is missing in the middle");
    let since = cursor(frames.last().unwrap());
    let query = format!("integrationId={}&conversationId={conversation}&since={since}", engine.customer());
    let mut resumed = engine.listen(&query).await;
    resumed.control("snapshot").await;
    for id in &expected[ids.len()..] {
        assert_eq!(resumed.next_activity().await["activity"]["eventId"], *id);
    }
}
