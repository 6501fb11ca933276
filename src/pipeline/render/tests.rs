//! Each message in `golden` beside what every channel is sent for it, and what holds for all of them.
//!
//! `WRITE_GOLDEN=1 cargo test -p switchboard --lib golden_files` writes the files anew: read what has changed.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Map, Value, json};

use super::*;
use crate::pipeline::enrich::enrich;
use crate::pipeline::validate::checked_message;

const CHANNELS: [ChannelType; 8] = [
    ChannelType::Direct,
    ChannelType::WebChat,
    ChannelType::Messenger,
    ChannelType::TwilioSMS,
    ChannelType::Line,
    ChannelType::Telegram,
    ChannelType::Kik,
    ChannelType::Slack,
];

fn golden() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pipeline/render/golden");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn message_of(file: &Path) -> Map<String, Value> {
    let text = fs::read_to_string(file).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    whole["message"].as_object().unwrap().clone()
}

/// What every channel is sent, channels that are sent the same together.
fn sent(message: &Map<String, Value>) -> Value {
    let mut sent: Vec<(String, Value)> = Vec::new();
    for channel in CHANNELS {
        let rendered = json!(render(message, channel));
        match sent.iter_mut().find(|(_, other)| *other == rendered) {
            Some((names, _)) => *names += &format!(", {}", channel.name()),
            None => sent.push((channel.name().to_owned(), rendered)),
        }
    }
    Value::Object(sent.into_iter().collect())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "nothing of the product is configured by it")]
fn every_channel_is_sent_what_the_golden_files_say() {
    for file in golden() {
        let message = message_of(&file);
        let whole = json!({"message": message, "sent": sent(&message)});
        let text = format!("{whole:#}\n");
        if env::var_os("WRITE_GOLDEN").is_some() {
            fs::write(&file, &text).unwrap();
        }
        assert_eq!(text, fs::read_to_string(&file).unwrap(), "{}", file.display());
    }
}

#[test]
fn golden_messages_can_be_sent_and_what_is_rendered_of_them_can_be_too() {
    for file in golden() {
        let message = message_of(&file);
        assert_eq!(checked_message(&message, "message"), Ok(message.clone()), "{}", file.display());
        for rendered in CHANNELS.into_iter().flat_map(|channel| render(&message, channel)) {
            assert_eq!(checked_message(&rendered, "message"), Ok(rendered.clone()), "{}", file.display());
        }
    }
}

#[test]
fn what_was_rendered_is_shown_as_it_is() {
    for file in golden() {
        for channel in CHANNELS {
            for rendered in render(&message_of(&file), channel) {
                assert_eq!(render(&rendered, channel), [rendered], "{} {channel:?}", file.display());
            }
        }
    }
}

#[test]
fn a_long_text_is_sent_in_pieces_with_its_buttons_beneath_the_last() {
    let words = "word ".repeat(500);
    let message = json!({"type": "text", "text": words,
        "actions": [{"type": "reply", "title": "Yes", "payload": "y"}]});
    let sent = render(message.as_object().unwrap(), ChannelType::Messenger);
    assert_eq!(sent.len(), 2);
    assert!(sent[0].get("actions").is_none() && sent[1]["actions"] == message["actions"], "{sent:?}");
    let said: String = sent.iter().map(|piece| format!("{} ", piece["text"].as_str().unwrap())).collect();
    assert_eq!(said, words);
}

#[test]
fn a_long_carousel_is_sent_in_several() {
    let items = |count: usize| vec![json!({"title": "t"}); count];
    let sent = |count: usize| {
        let message = json!({"type": "carousel", "items": items(count)});
        let sent = render(message.as_object().unwrap(), ChannelType::Messenger);
        sent.iter().map(|part| part["items"].as_array().unwrap().len()).collect::<Vec<_>>()
    };
    assert_eq!(sent(10), [10]);
    assert_eq!(sent(11), [10, 1]);
}

#[test]
fn a_link_among_words_is_said_once_and_what_the_sender_added_as_well() {
    let said = |items: Value| {
        let mut message = json!({"type": "text", "text": "See youtu.be/x1245b", "items": items});
        enrich(message.as_object_mut().unwrap());
        words(message.as_object().unwrap())
    };
    assert_eq!(said(json!([])), "See youtu.be/x1245b");
    let film = json!({"type": "youtube", "url": "https://youtu.be/x1245b", "title": "The film"});
    assert_eq!(said(json!([film])), "See youtu.be/x1245b\n\nThe film\nhttps://youtube.com/embed/x1245b");
    let other = json!({"type": "image", "url": "https://site.com/a.png"});
    assert_eq!(said(json!([other])), "See youtu.be/x1245b\n\nhttps://site.com/a.png");
}
