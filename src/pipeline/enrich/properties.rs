//! What holds for whatever is enriched: nothing makes it panic, enriching again changes nothing, what it does not
//! understand stays, and what was good stays good.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::pipeline::validate::checked_message;

/// Pieces of which texts with links are made, and texts that look like them.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "https://",
        "http://",
        "www.",
        "youtube.com",
        "youtu.be",
        "vimeo.com",
        "player.vimeo.com",
        "/watch?v=",
        "/embed/",
        "/video/",
        "google.com/maps",
        "maps.apple.com/",
        "openstreetmap.org/",
        "?q=",
        "?ll=",
        "&",
        "#map=1/",
        "@43.6,-79.3",
        "geo:",
        "site.com/",
        ".png",
        ".mp4",
        ".mp3",
        "x1",
        "12",
        "%20",
        "%C3",
        "+",
        " ",
        ".",
        ",",
        ")",
        "(",
        "\u{a0}",
        "ä",
        "::",
        "\"",
    ];
    prop_oneof![8 => prop::sample::select(known.map(str::to_owned).to_vec()), 1 => any::<String>()]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

fn own() -> impl Strategy<Value = Value> {
    prop_oneof![any::<i64>().prop_map(Value::from), text().prop_map(Value::from), Just(json!({"a": [null]}))]
}

fn message() -> impl Strategy<Value = Map<String, Value>> {
    let names = [
        "text", "url", "type", "urlType", "items", "actions", "label", "mimeType", "latitude", "address",
        "mood",
    ];
    let items = || prop::collection::vec(shown(), 0..3).prop_map(Value::from);
    prop_oneof![
        text().prop_map(|text| json!({"type": "text", "text": text})),
        (text(), items()).prop_map(|(text, items)| json!({"type": "text", "text": text, "items": items})),
        items().prop_map(|items| json!({"type": "carousel", "items": items})),
        shown(),
    ]
    .prop_flat_map(move |message| {
        (Just(message), prop::option::of((prop::sample::select(names.to_vec()), own())))
    })
    .prop_map(|(message, own)| {
        let Value::Object(mut message) = message else { unreachable!("all of them are objects") };
        if let Some((name, value)) = own {
            message.insert(name.to_owned(), value);
        }
        message
    })
}

fn shown() -> impl Strategy<Value = Value> {
    let kinds = MessageType::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>();
    (prop::sample::select(kinds.clone()), prop::sample::select(kinds), text()).prop_map(
        |(kind, url_type, url)| json!({"type": kind, "urlType": url_type, "url": url, "title": "t"}),
    )
}

fn enriched(message: &Map<String, Value>) -> Map<String, Value> {
    let mut enriched = message.clone();
    enrich(&mut enriched);
    enriched
}

proptest! {
    #[test]
    fn enriching_again_changes_nothing(message in message()) {
        let once = enriched(&message);
        prop_assert_eq!(&enriched(&once), &once);
    }

    #[test]
    fn what_is_not_understood_stays(message in message(), value in own()) {
        let mut message = message;
        message.insert("unheardOf".to_owned(), value.clone());
        let enriched = enriched(&message);
        prop_assert_eq!(enriched.get("unheardOf"), Some(&value));
    }

    #[test]
    fn the_words_of_a_text_stay_where_it_stays_a_text(text in text()) {
        let Value::Object(message) = json!({"type": "text", "text": text}) else { unreachable!("it is an object") };
        let enriched = enriched(&message);
        if enriched["type"] == "text" {
            prop_assert_eq!(enriched["text"].as_str(), Some(text.as_str()));
        } else {
            prop_assert!(enriched["url"].is_string());
        }
    }

    #[test]
    fn what_was_good_stays_good(message in message()) {
        if let Ok(checked) = checked_message(&message, "message") {
            let enriched = enriched(&checked);
            prop_assert_eq!(checked_message(&enriched, "message"), Ok(enriched));
        }
    }
}
