//! Enrichment of any message: it never panics, enriching again changes nothing, what was good stays good, and what it
//! does not understand stays.
//!
//! The input is a message as JSON, else the words of a text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use switchboard::pipeline::{checked_message, enrich};

const OWN: &str = "unheardOf";

fuzz_target!(|text: &str| {
    let message = match serde_json::from_str(text) {
        Ok(Value::Object(message)) => message,
        _ => Map::from_iter([("type".to_owned(), json!("text")), ("text".to_owned(), json!(text))]),
    };
    let Ok(mut message) = checked_message(&message, "message") else { return };
    message.insert(OWN.to_owned(), json!(1));
    let once = enriched(&message);
    assert_eq!(once.get(OWN), Some(&json!(1)));
    assert_eq!(enriched(&once), once);
    assert_eq!(checked_message(&once, "message"), Ok(once));
});

fn enriched(message: &Map<String, Value>) -> Map<String, Value> {
    let mut enriched = message.clone();
    enrich(&mut enriched);
    enriched
}
