//! The page: which of its blocks are steps of the tour, and which parts of an output differ from run to run.

use serde_json::Value;

/// The heading of the tour; it goes on to the next heading of the same rank.
const TOUR: &str = "\n## A tour";

/// Numbers from here on are moments in milliseconds.
const FIRST_MOMENT: i64 = 1_000_000_000_000;

/// A shell block, and what the page says it prints.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) commands: String,
    pub(crate) output: String,
}

/// The tour of a page that has one among other things.
pub(crate) fn tour(page: &str) -> &str {
    let (_, tour) = page.split_once(TOUR).expect("the page has a tour");
    tour.split_once("\n## ").map_or(tour, |(tour, _)| tour)
}

/// The steps of a text: every `sh` block, each with the `text` block that follows it.
pub(crate) fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (language, text) in blocks(text) {
        match (language, steps.last_mut()) {
            ("sh", _) => steps.push(Step { commands: text.to_owned(), output: String::new() }),
            ("text", Some(step)) => text.clone_into(&mut step.output),
            _ => {}
        }
    }
    steps
}

/// The fenced blocks of a page, with their language.
pub(crate) fn blocks(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.split("\n```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'))
}

/// An output with everything that differs from run to run replaced by a word for its kind.
pub(crate) fn masked(output: &str) -> String {
    let lines = output.trim().lines().map(|line| match serde_json::from_str(line) {
        Ok(mut value) => {
            mask(&mut value);
            value.to_string()
        }
        Err(_) => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn mask(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(members) => {
            for (name, member) in members {
                match name.as_str() {
                    "cursor" | "externalId" | "subscriptionId" | "tokenId" => *member = "<opaque>".into(),
                    _ => mask(member),
                }
            }
        }
        Value::String(text) => {
            if let Some(kind) = volatile(text) {
                *value = kind.into();
            }
        }
        Value::Number(number) if number.as_i64().is_some_and(|number| number >= FIRST_MOMENT) => {
            *value = "<moment>".into();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The kind of a text that is never the same twice.
fn volatile(text: &str) -> Option<&'static str> {
    let shape: String = text
        .chars()
        .map(|c| match c {
            '0'..='9' => '9',
            'a'..='f' => 'a',
            other => other,
        })
        .collect();
    let digits = |text: &str| text.chars().all(|c| c == '9');
    let dashes: Vec<_> = shape.match_indices('-').map(|(at, _)| at).collect();
    if shape.len() == 36 && dashes == [8, 13, 18, 23] {
        Some("<id>")
    } else if shape.starts_with("9999-99-99T99:99:99") {
        Some("<time>")
    } else if shape.split_once('-').is_some_and(|(ms, n)| ms.len() == 13 && digits(ms) && digits(n)) {
        Some("<event id>")
    } else {
        None
    }
}

#[test]
fn blocks_outside_the_tour_and_in_other_languages_are_no_steps() {
    let page = "# X\n```sh\ncargo run\n```\n## A tour\n\n```sh\none\n```\n```text\n1\n```\ntext\n```console\n$ x\n```\n\
                ```sh\ntwo\n```\n\n## Next\n```sh\nthree\n```\n";
    let step = |commands: &str, output: &str| Step { commands: commands.into(), output: output.into() };
    assert_eq!(steps(tour(page)), [step("one", "1"), step("two", "")]);
}

#[test]
fn what_differs_from_run_to_run_is_masked_and_nothing_else() {
    let output =
        r#"{"id":"01a1fe2a-a43d-77f2-b23c-4b7e9a3bd38c","at":"2026-11-21T12:52:50.189Z","n":1795265570246,
"event":"1795265570246-10","cursor":"x","delay":600,"name":"Ada"}"#
            .replace('\n', "");
    let expected = r#"{"id":"<id>","at":"<time>","n":"<moment>","event":"<event id>","cursor":"<opaque>","delay":600,"name":"Ada"}"#;
    assert_eq!(masked(&output), expected);
    assert_eq!(masked("\"text\":\"Hello\"\n"), "\"text\":\"Hello\"");
}
