//! Lists, help, and why a command was not carried out: told to who gave it, and to nobody else.

use serde_json::json;

use super::{Chat, keys};
use crate::harness::Server;

#[tokio::test]
async fn a_list_shows_responses_of_both_kinds_and_transfers_by_category() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    chat.refused("::list", "ENG009201").await;
    let hi = json!([{"type": "text", "text": "hi"}]);
    chat.response("eva green", "customer", "contacts", hi.clone()).await;
    chat.response("margins", "agent", "prices", hi).await;
    chat.transfer("shopify").await;
    chat.give("::list").await;
    let list = chat.answered().await;
    assert_eq!(list["type"], "command");
    assert_eq!(keys(&list), ["::resp -n \"eva green\"", "::resp -n margins", "::trans -n shopify"]);
    assert_eq!(
        list["properties"][0],
        json!({"key": "::resp -n \"eva green\"", "value": "about eva green", "type": "response;customer",
            "name": "eva green", "category": "contacts"})
    );
    chat.give("::list PRICES").await;
    assert_eq!(keys(&chat.answered().await), ["::resp -n margins"]);
    chat.give("::list transfers").await;
    assert_eq!(keys(&chat.answered().await), ["::trans -n shopify"]);
    chat.refused("::list nothing", "ENG009202").await;
    chat.customer_hears_only("done").await;
}

#[tokio::test]
async fn help_tells_every_command() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    let answer = chat.give("::help").await;
    assert!(answer.get("interactionId").is_none(), "a command is not recorded: {answer:#}");
    let help = chat.answered().await;
    let names: Vec<_> = keys(&help).iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["::resp", "::trans", "::list", "::takeover", "::handover", "::close", "::help"]);
    chat.customer_hears_only("done").await;
}

#[tokio::test]
async fn each_mistake_is_told_with_its_code_to_who_made_it_only() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    chat.transfer("shopify").await;
    for (line, code) in [
        ("::", "ENG009000"),
        (":: resp -n x", "ENG009000"),
        ("::resp", "ENG009000"),
        ("::resp -n", "ENG009000"),
        ("::resp -n \"x", "ENG009000"),
        ("::close now", "ENG009000"),
        ("::some_command -arg1 -arg2", "ENG009001"),
        ("::resp -n shopify", "ENG009200"),
        ("::trans -n other", "ENG009200"),
        ("::list other", "ENG009202"),
    ] {
        chat.refused(line, code).await;
    }
    chat.customer_hears_only("done").await;
    let history = chat.engine.history(&chat.conversation, "type=customer").await;
    assert_eq!(history.len(), 2, "nothing of it was said: {history:#?}");
}

#[tokio::test]
async fn an_agent_that_was_away_finds_its_answer_by_its_cursor() {
    let server = Server::start().await;
    let chat = Chat::on(&server).await;
    let mut socket = chat.engine.listen(&format!("integrationId={}", chat.agent)).await;
    let cursor = socket.control("snapshot").await["cursor"].as_str().unwrap().to_owned();
    drop(socket);
    chat.give("::help").await;
    let mut socket = chat.engine.listen(&format!("integrationId={}&since={cursor}", chat.agent)).await;
    socket.control("snapshot").await;
    assert_eq!(socket.next_activity().await["activity"]["message"]["type"], "command");
}
