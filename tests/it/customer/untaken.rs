//! What a customer hears that comes back without saying where it stood (`flowProcess` AutoReplay).

use std::time::Duration;

use super::{heard, live, replayed, sockets_open, text_and_flow};
use crate::harness::{Engine, Hub, Server, Visitor, eventually};

/// The agent says these texts.
async fn said(engine: &Engine, conversation: &str, texts: &[&str]) {
    for text in texts {
        engine.reply(conversation, text).await;
    }
}

#[tokio::test]
async fn a_customer_who_was_away_hears_what_the_business_said_and_then_what_is_live() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "anybody there?").await;
    said(&engine, &conversation, &["one"]).await;
    engine.say(&conversation, "good").await;
    said(&engine, &conversation, &["two"]).await;
    let mut socket = engine.listen_to(&engine.customer(), &conversation).await;
    said(&engine, &conversation, &["three"]).await;
    assert_eq!(heard(&mut socket, 3).await, [replayed("one"), replayed("two"), live("three")]);
    engine.say(&conversation, "thanks").await;
    assert_eq!(heard(&mut socket, 1).await, [live("thanks")]);
    let history = engine.history(&conversation, "type=agent").await;
    assert!(history.iter().all(|one| one["flowProcess"] == "Default"), "the record stays: {history:#?}");
}

#[tokio::test]
async fn what_one_socket_took_the_next_does_not_hear_again() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    said(&engine, &conversation, &["one"]).await;
    let mut first = engine.listen_to(&engine.customer(), &conversation).await;
    said(&engine, &conversation, &["two"]).await;
    assert_eq!(heard(&mut first, 2).await, [replayed("one"), live("two")]);
    let mut beside = engine.listen_to(&engine.customer(), &conversation).await;
    drop(first);
    said(&engine, &conversation, &["three"]).await;
    assert_eq!(heard(&mut beside, 1).await, [live("three")]);
    drop(beside);
    sockets_open(&server, 0).await;
    said(&engine, &conversation, &["four"]).await;
    let mut back = engine.listen_to(&engine.customer(), &conversation).await;
    assert_eq!(heard(&mut back, 1).await, [replayed("four")]);
}

#[tokio::test]
async fn the_other_side_and_the_whole_integration_take_nothing_and_hear_nothing_again() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    said(&engine, &conversation, &["one"]).await;
    let mut whole = engine.listen_at(&engine.customer()).await;
    let mut of_agent = engine.listen_to(&engine.agent(), &conversation).await;
    said(&engine, &conversation, &["two"]).await;
    for socket in [&mut whole, &mut of_agent] {
        assert_eq!(heard(socket, 1).await, [live("two")]);
    }
    let mut socket = engine.listen_to(&engine.customer(), &conversation).await;
    assert_eq!(heard(&mut socket, 2).await, [replayed("one"), replayed("two")]);
}

#[tokio::test]
async fn who_comes_back_with_a_cursor_hears_all_that_followed_it_as_usual() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    said(&engine, &conversation, &["one"]).await;
    let mut socket = engine.listen_to(&engine.customer(), &conversation).await;
    let cursor = socket.next_activity().await["cursor"].as_str().unwrap().to_owned();
    drop(socket);
    sockets_open(&server, 0).await;
    engine.say(&conversation, "mine").await;
    said(&engine, &conversation, &["two"]).await;
    let query = format!("integrationId={}&conversationId={conversation}&since={cursor}", engine.customer());
    let mut resumed = engine.listen(&query).await;
    resumed.control("snapshot").await;
    assert_eq!(heard(&mut resumed, 2).await, [live("mine"), live("two")]);
}

#[tokio::test]
async fn the_cursor_of_a_snapshot_brings_back_what_was_yet_to_be_replayed() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    said(&engine, &conversation, &["one", "two"]).await;
    let base = format!("integrationId={}&conversationId={conversation}", engine.customer());
    let mut cut_off = engine.listen(&base).await;
    let cursor = cut_off.control("snapshot").await["cursor"].as_str().unwrap().to_owned();
    drop(cut_off);
    let mut resumed = engine.listen(&format!("{base}&since={cursor}")).await;
    resumed.control("snapshot").await;
    assert_eq!(heard(&mut resumed, 2).await, [live("one"), live("two")]);
}

#[tokio::test]
async fn what_was_taken_is_known_after_a_stop_in_order() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    said(&engine, &conversation, &["one"]).await;
    let mut socket = engine.listen_to(&engine.customer(), &conversation).await;
    said(&engine, &conversation, &["two"]).await;
    assert_eq!(heard(&mut socket, 2).await, [replayed("one"), live("two")]);
    server.stop(Duration::from_secs(20)).await;
    server.restart().await;
    let engine = server.engine().await;
    said(&engine, &conversation, &["three"]).await;
    let mut back = engine.listen_to(&engine.customer(), &conversation).await;
    assert_eq!(heard(&mut back, 1).await, [replayed("three")]);
}

#[tokio::test]
async fn a_crash_loses_nothing_of_what_nobody_took() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    said(&engine, &conversation, &["one"]).await;
    let mut socket = engine.listen_to(&engine.customer(), &conversation).await;
    assert_eq!(heard(&mut socket, 1).await, [replayed("one")]);
    drop(socket);
    sockets_open(&server, 0).await;
    // Whoever is answered after that finds it kept.
    said(&engine, &conversation, &["two", "three"]).await;
    server.crash().await;
    let engine = server.engine().await;
    let mut back = engine.listen_to(&engine.customer(), &conversation).await;
    assert_eq!(heard(&mut back, 2).await, [replayed("two"), replayed("three")]);
}

#[tokio::test]
async fn signalr_clients_hear_it_by_sockets_and_by_polls() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let query = format!("iId={}&cId={conversation}", engine.customer());
    said(&engine, &conversation, &["one"]).await;
    let mut socket = engine.signalr(&query).await;
    assert_eq!(text_and_flow(&socket.next_activity().await), replayed("one"));
    said(&engine, &conversation, &["two"]).await;
    assert_eq!(text_and_flow(&socket.next_activity().await), live("two"));
    drop(socket);
    sockets_open(&server, 0).await;
    said(&engine, &conversation, &["three"]).await;
    let hub = Hub::polling(&engine, &query).await;
    assert_eq!(polled(&hub).await, replayed("three"));
    said(&engine, &conversation, &["four"]).await;
    assert_eq!(polled(&hub).await, live("four"));
    // The next poll settles what became of the answer before; what it does not bring is not taken.
    said(&engine, &conversation, &["five"]).await;
    hub.end().await.has_status(202);
    sockets_open(&server, 0).await;
    let mut back = engine.signalr(&query).await;
    assert_eq!(text_and_flow(&back.next_activity().await), replayed("five"));
}

/// What the next poll brings, which has to be one activity.
async fn polled(hub: &Hub) -> (String, String) {
    eventually("a poll brings an activity", async || {
        let messages = hub.poll_messages().await;
        let activities: Vec<_> = messages.iter().filter(|message| message["type"] == 1).collect();
        assert!(activities.len() < 2, "{messages:#?}");
        activities.first().map(|message| text_and_flow(&message["arguments"][0]))
    })
    .await
}

#[tokio::test]
async fn a_visitor_hears_what_was_said_while_its_page_was_closed() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let visitor = Visitor::arrive(&server.http(), &server.demo().integration("webchat")).await;
    let conversation = visitor.establish("eve").await;
    let socket = visitor.listen_to(&conversation).await;
    drop(socket);
    sockets_open(&server, 0).await;
    said(&engine, &conversation, &["are you there?"]).await;
    let again = Visitor::arrive(&server.http(), visitor.web_chat()).await;
    assert_eq!(again.establish("eve").await, conversation);
    let mut socket = again.listen_to(&conversation).await;
    assert_eq!(heard(&mut socket, 1).await, [replayed("are you there?")]);
}
