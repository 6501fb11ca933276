//! A transcript as the face writes it: messages as JSON, or lines of text. It must not know whose it is.

use std::fmt::Write;

use axum::Json;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::json;

use crate::domain::clock::Millis;
use crate::pipeline::{Speaker, Spoken};

/// How a transcript is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// Messages with who said them, and when.
    #[default]
    Json,
    /// One text.
    Text,
}

impl Form {
    /// Every form.
    pub(super) const ALL: [Self; 2] = [Self::Json, Self::Text];

    /// Its name on the wire.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
        }
    }

    /// The form of that name, in any case of letters.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name().eq_ignore_ascii_case(name))
    }
}

/// How an agent is named as a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// `agent(<name>)`: version 1.
    Function,
    /// `<name>`: version 2.
    Name,
}

/// How an agent is named that is gone.
const GONE: &str = "agent";

#[derive(Serialize)]
struct Message<'s> {
    text: &'s str,
    sender: String,
    message_id: i64,
    timestamp: String,
}

/// The transcript of what was said.
pub(super) fn render(spoken: &[Spoken], form: Form, naming: Naming) -> Response {
    match form {
        Form::Json => {
            let messages = spoken.iter().map(|one| Message {
                text: &one.words,
                sender: sender(&one.by, naming),
                message_id: one.event_id,
                timestamp: timestamp(one.at),
            });
            Json(json!({"chat_json": messages.collect::<Vec<_>>()})).into_response()
        }
        Form::Text => Json(json!({"chat_text": lines(spoken, naming)})).into_response(),
    }
}

fn lines(spoken: &[Spoken], naming: Naming) -> String {
    spoken.iter().fold(String::new(), |mut text, one| {
        writeln!(text, "{}: {}", sender(&one.by, naming), one.words)
            .expect("a string takes all that is written to it");
        text
    })
}

fn sender(by: &Speaker, naming: Naming) -> String {
    match (by, naming) {
        (Speaker::Customer, _) => "user".to_owned(),
        (Speaker::Bot, _) => "bot".to_owned(),
        (Speaker::Agent(name), Naming::Name) => name.as_deref().unwrap_or(GONE).to_owned(),
        (Speaker::Agent(name), Naming::Function) => format!("agent({})", name.as_deref().unwrap_or(GONE)),
    }
}

/// A moment as the reference has it: `06/22/20 07:24:25 AM UTC`.
fn timestamp(moment: Millis) -> String {
    let time = Timestamp::from_millisecond(moment.0).unwrap_or(Timestamp::UNIX_EPOCH);
    strtime::format("%m/%d/%y %I:%M:%S %p UTC", &time.to_zoned(TimeZone::UTC))
        .expect("every moment has a date and a time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_with_twelve_hours_and_two_digits_of_everything() {
        for (moment, text) in [
            (1_592_810_665_000, "06/22/20 07:24:25 AM UTC"),
            (1_592_810_665_999, "06/22/20 07:24:25 AM UTC"),
            (1_592_784_000_000, "06/22/20 12:00:00 AM UTC"),
            (1_592_827_200_000, "06/22/20 12:00:00 PM UTC"),
            (1_609_459_199_000, "12/31/20 11:59:59 PM UTC"),
            (0, "01/01/70 12:00:00 AM UTC"),
        ] {
            assert_eq!(timestamp(Millis(moment)), text);
        }
    }

    #[test]
    fn everybody_is_named_as_the_version_names_them() {
        let agent = Speaker::Agent(Some("Alex".to_owned()));
        for (by, first, second) in [
            (&Speaker::Customer, "user", "user"),
            (&Speaker::Bot, "bot", "bot"),
            (&agent, "agent(Alex)", "Alex"),
            (&Speaker::Agent(None), "agent(agent)", "agent"),
        ] {
            assert_eq!(sender(by, Naming::Function), first);
            assert_eq!(sender(by, Naming::Name), second);
        }
    }

    #[test]
    fn a_text_is_a_line_for_each_message() {
        let one = |by, words: &str| Spoken { event_id: 1, at: Millis(1), by, words: words.to_owned() };
        let spoken = [one(Speaker::Customer, "Search places{task}"), one(Speaker::Bot, "a\nb")];
        assert_eq!(lines(&spoken, Naming::Name), "user: Search places{task}\nbot: a\nb\n");
        assert_eq!(lines(&[], Naming::Name), "");
    }
}
