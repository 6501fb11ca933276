//! The receivers of docs/webhooks.md, each run on calls that the broker signed, and on such that somebody tampered
//! with. Of those whose runtime is missing nothing is said, but on a continuous integration machine Python and Node
//! have to be there.

#[expect(unreachable_pub, reason = "it stands there as a receiver would have it")]
mod receiver;
mod runtime;

use std::collections::BTreeMap;

use serde::Serialize;
use switchboard::calling::signature::Signed;
use switchboard::domain::clock::Millis;
use switchboard::domain::integration::SigningKeyPair;

use runtime::Runtime;

const PAGE: &str = include_str!("../../../docs/webhooks.md");

/// When the calls were signed, in seconds since 1970.
const SENT: u64 = 1_800_000_000;

/// A call, and what a receiver has to say of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    private_key: &'static str,
    headers: BTreeMap<String, String>,
    body: &'static str,
    now: u64,
    #[serde(skip)]
    is_genuine: bool,
}

/// A call that is genuine: signed with `new`, and with `old` beside it.
fn genuine() -> Case {
    let pair = |private: &str| SigningKeyPair { public: "P".to_owned(), private: private.to_owned() };
    let body = r#"{"activities":[{"message":{"text":"Grüße"}}]}"#;
    let at = Millis(i64::try_from(SENT * 1000).expect("a moment"));
    let headers = Signed { id: "d1_2", at, body: body.as_bytes() }.headers(&pair("new"), &[pair("old")]);
    let text = |value: &axum::http::HeaderValue| value.to_str().expect("ASCII").to_owned();
    let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    Case { private_key: "new", headers, body, now: SENT, is_genuine: true }
}

impl Case {
    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    fn refused(self) -> Self {
        Self { is_genuine: false, ..self }
    }
}

fn cases() -> Vec<Case> {
    vec![
        genuine(),
        Case { private_key: "old", ..genuine() },
        Case { private_key: "another", ..genuine() }.refused(),
        Case { body: "{}", ..genuine() }.refused(),
        Case { now: SENT + 300, ..genuine() },
        Case { now: SENT + 301, ..genuine() }.refused(),
        Case { now: SENT - 300, ..genuine() },
        Case { now: SENT - 301, ..genuine() }.refused(),
        genuine().with("webhook-id", "d1_3").refused(),
        genuine().with("webhook-timestamp", &(SENT + 1).to_string()).refused(),
        genuine().with("webhook-timestamp", "").refused(),
        genuine().with("webhook-timestamp", "soon").refused(),
        genuine().with("webhook-timestamp", "-1").refused(),
        genuine().with("webhook-signature", "").refused(),
        genuine().with("webhook-signature", "v1,").refused(),
        genuine().with("webhook-signature", "v1,é").refused(),
        genuine().without("webhook-id").refused(),
        genuine().without("webhook-timestamp").refused(),
        genuine().without("webhook-signature").refused(),
    ]
}

/// Holds what a receiver says of the cases against what it has to say.
fn hold(cases: &[Case], said: &[bool]) {
    assert_eq!(cases.len(), said.len());
    for (case, said) in cases.iter().zip(said) {
        assert_eq!(*said, case.is_genuine, "{case:#?}");
    }
}

/// The block of the page in a language that defines something.
fn block(language: &str, definition: &str) -> &'static str {
    let blocks = crate::page::blocks(PAGE);
    let mut found = blocks.filter(|(name, text)| *name == language && text.contains(definition));
    let (_, text) = found.next().expect("the page has the example");
    text
}

fn hold_example(runtime: &Runtime, language: &str, definition: &str) {
    if !runtime.is_here() {
        return;
    }
    let cases = cases();
    let input = serde_json::to_string(&cases).expect("texts and numbers");
    let said = runtime.run(block(language, definition), &input);
    hold(&cases, &serde_json::from_str::<Vec<bool>>(&said).expect("a list of what was said"));
}

#[test]
fn the_python_receiver_takes_what_is_genuine_and_nothing_else() {
    hold_example(&runtime::PYTHON, "python", "def is_genuine");
}

#[test]
fn the_javascript_receiver_takes_what_is_genuine_and_nothing_else() {
    hold_example(&runtime::NODE, "js", "function isGenuine");
}

#[test]
fn the_csharp_receiver_takes_what_is_genuine_and_nothing_else() {
    hold_example(&runtime::DOTNET, "csharp", "bool IsGenuine");
}

#[test]
fn the_rust_receiver_takes_what_is_genuine_and_nothing_else() {
    let shown = block("rust", "fn is_genuine");
    assert!(include_str!("receiver.rs").contains(shown), "receiver.rs is not what the page shows:\n{shown}");
    let cases = cases();
    let judge = |case: &Case| {
        let header = |name: &str| case.headers.get(name).map(String::as_str);
        receiver::is_genuine(case.private_key, header, case.body.as_bytes(), case.now)
    };
    hold(&cases, &cases.iter().map(judge).collect::<Vec<_>>());
}
