//! One call of a webhook as it arrived: whether its signatures are good, and how it is printed.

use std::collections::VecDeque;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::calling::signature::{ID, SIGNATURE, STANDARD_SIGNATURE, TIMESTAMP, VERIFY_TOKEN, Verifier};
use crate::domain::clock::Millis;

/// How far a timestamp may be off: as much as libraries for Standard Webhooks allow.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// How many ids are remembered to tell repetitions by.
const REMEMBERED: usize = 10_000;

/// A call.
pub(super) struct Arrival {
    pub(super) at: Millis,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What is printed in the place of a key.
const HIDDEN: &str = "(hidden)";

/// What one key says of a call; nothing of what was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Verdict {
    /// Whether `x-hubster-signature` is its.
    body: Option<bool>,
    /// Whether one of `webhook-signature` is.
    standard: Option<bool>,
    /// Whether `x-verify-token` is the key.
    token: Option<bool>,
}

/// What is found out about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Judgement {
    /// By key, in the order in which they were given.
    keys: Vec<Verdict>,
    /// Whether its timestamp is of these minutes.
    timely: bool,
    /// Whether its id has been there before.
    repeated: bool,
}

/// Judges calls, one after the other.
pub(super) struct Judge {
    keys: Vec<Verifier>,
    /// The ids of the last calls. A plain lock: it is held for one look.
    ids: Mutex<VecDeque<String>>,
}

impl Judge {
    pub(super) fn with(keys: impl Iterator<Item = Verifier>) -> Self {
        Self { keys: keys.collect(), ids: Mutex::default() }
    }

    pub(super) fn judge(&self, arrival: &Arrival) -> Judgement {
        let Arrival { headers, body, .. } = arrival;
        let sent = |name: HeaderName| headers.get(name);
        let verdict = |key: &Verifier| Verdict {
            body: sent(SIGNATURE).map(|_| key.verifies_body(headers, body)),
            standard: sent(STANDARD_SIGNATURE).map(|_| key.verifies_standard(headers, body)),
            token: sent(VERIFY_TOKEN).map(|token| key.is(token.as_bytes())),
        };
        Judgement {
            keys: self.keys.iter().map(verdict).collect(),
            timely: arrival.is_timely(),
            repeated: arrival.header(ID.as_str()).is_some_and(|id| self.is_repeated(id)),
        }
    }

    fn is_repeated(&self, id: &str) -> bool {
        let mut ids = self.ids.lock();
        if ids.iter().any(|known| known == id) {
            return true;
        }
        if ids.len() == REMEMBERED {
            ids.pop_front();
        }
        ids.push_back(id.to_owned());
        false
    }
}

impl Arrival {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn is_timely(&self) -> bool {
        let sent = self.header(TIMESTAMP.as_str()).and_then(|seconds| seconds.parse::<i64>().ok());
        sent.is_some_and(|seconds| {
            let sent = Millis(seconds.saturating_mul(1000));
            self.at.since(sent).max(sent.since(self.at)) <= TOLERANCE
        })
    }

    /// The body as JSON, or as the text that it is.
    fn content(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| String::from_utf8_lossy(&self.body).into_owned().into())
    }

    /// For scripts: all of it on one line.
    pub(super) fn line(&self, judgement: &Judgement) -> String {
        let headers =
            self.headers.iter().map(|(name, value)| (name.to_string(), Value::from(printed(name, value))));
        let line = Line {
            at: time(self.at),
            method: self.method.as_str(),
            path: self.uri.to_string(),
            judgement,
            headers: headers.collect(),
            body: self.content(),
        };
        serde_json::to_string(&line).expect("texts, truths and JSON can be said in JSON")
    }

    /// For people.
    pub(super) fn page(&self, judgement: &Judgement) -> String {
        let mut lines = vec![format!("{} {} {}", time(self.at), self.method, self.uri)];
        lines.extend(
            self.headers
                .iter()
                .filter(|(name, _)| is_ours(name.as_str()))
                .map(|(name, value)| format!("  {name}: {}", printed(name, value))),
        );
        for (place, verdict) in judgement.keys.iter().enumerate() {
            lines.push(format!("  key {}: {}", place + 1, verdict.words()));
        }
        if !judgement.timely {
            lines.push("  webhook-timestamp is missing or more than five minutes off".to_owned());
        }
        if judgement.repeated {
            lines.push("  webhook-id has been here before: a repetition".to_owned());
        }
        lines.push(match self.content() {
            Value::String(text) => text,
            body => format!("{body:#}"),
        });
        lines.join("\n")
    }
}

#[derive(Serialize)]
struct Line<'a> {
    at: String,
    method: &'a str,
    path: String,
    #[serde(flatten)]
    judgement: &'a Judgement,
    headers: Map<String, Value>,
    body: Value,
}

impl Verdict {
    fn words(self) -> String {
        let word = |is_good| if is_good { "good" } else { "bad" };
        let said = [
            self.body.map(|good| format!("body's signature {}", word(good))),
            self.standard.map(|good| format!("standard signature {}", word(good))),
            self.token.map(|good| format!("verify token {}", word(good))),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        if said.is_empty() { "nothing was sent that it could verify".to_owned() } else { said.join(", ") }
    }
}

/// A header as it may be seen: a token is the key of an app.
fn printed(name: &HeaderName, value: &HeaderValue) -> String {
    if *name == VERIFY_TOKEN {
        return HIDDEN.to_owned();
    }
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Whether a header says something about a webhook.
fn is_ours(name: &str) -> bool {
    name.starts_with("x-") || name.starts_with("webhook-")
}

fn time(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |moment| format!("{moment:.3}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::calling::signature::{Signed, secret};
    use crate::domain::integration::SigningKeyPair;

    const SENT: Millis = Millis(1_700_000_000_000);

    fn pair(private: &str) -> SigningKeyPair {
        SigningKeyPair { public: "P".to_owned(), private: private.to_owned() }
    }

    /// A call that was signed with the keys `new` and, beside it, `old`.
    fn arrival(body: &'static str, after: Duration) -> Arrival {
        let signed = Signed { id: "d1", at: SENT, body: body.as_bytes() };
        Arrival {
            at: SENT.plus(after),
            method: Method::POST,
            uri: Uri::from_static("/in?a=b"),
            headers: signed.headers(&pair("new"), &[pair("old")]),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    fn judge() -> Judge {
        let keys = ["new", "other"].map(Verifier::of_private_key);
        Judge::with(keys.into_iter().chain(Verifier::of_secret(&secret("old"))))
    }

    #[test]
    fn each_key_says_what_it_has_signed() {
        let verdict = |body, standard| Verdict { body: Some(body), standard: Some(standard), token: None };
        let judgement = judge().judge(&arrival("{}", Duration::ZERO));
        assert_eq!(judgement.keys, [verdict(true, true), verdict(false, false), verdict(false, true)]);
    }

    #[test]
    fn of_what_was_not_sent_nothing_is_said_and_a_token_is_compared_and_hidden() {
        let mut arrival = arrival("{}", Duration::ZERO);
        arrival.headers.remove(SIGNATURE);
        arrival.headers.insert(VERIFY_TOKEN, "new".parse().unwrap());
        let judgement = judge().judge(&arrival);
        let verdict = |standard, token| Verdict { body: None, standard: Some(standard), token: Some(token) };
        assert_eq!(judgement.keys, [verdict(true, true), verdict(false, false), verdict(true, false)]);
        let page = arrival.page(&judgement);
        assert!(page.contains("\n  key 1: standard signature good, verify token good\n"), "{page}");
        assert!(page.contains("\n  x-verify-token: (hidden)\n"), "{page}");
        let line: Value = serde_json::from_str(&arrival.line(&judgement)).unwrap();
        assert_eq!(line["headers"]["x-verify-token"], HIDDEN);
        assert_eq!(line["keys"][0], json!({"body": null, "standard": true, "token": true}));
        arrival.headers.clear();
        let page = arrival.page(&judge().judge(&arrival));
        assert!(page.contains("\n  key 1: nothing was sent that it could verify\n"), "{page}");
    }

    #[test]
    fn a_timestamp_is_timely_within_the_tolerance_and_not_past_it() {
        let is_timely = |after| judge().judge(&arrival("{}", after)).timely;
        assert!(is_timely(TOLERANCE));
        assert!(!is_timely(TOLERANCE + Duration::from_millis(1)));
        let mut early = arrival("{}", Duration::ZERO);
        early.at = SENT.minus(TOLERANCE + Duration::from_millis(1));
        assert!(!early.is_timely());
        early.headers.clear();
        assert!(!early.is_timely());
    }

    #[test]
    fn an_id_that_was_there_before_is_a_repetition_as_long_as_it_is_remembered() {
        let judge = judge();
        let is_repeated = |id: &str| {
            let mut arrival = arrival("{}", Duration::ZERO);
            arrival.headers.insert(ID, id.parse().unwrap());
            judge.judge(&arrival).repeated
        };
        assert_eq!((is_repeated("0"), is_repeated("0")), (false, true));
        assert!((1..REMEMBERED).all(|id| !is_repeated(&id.to_string())));
        assert!(is_repeated("0"), "the last place is taken, and it is still there");
        assert!(!is_repeated("one more") && !is_repeated("0"));
    }

    #[test]
    fn scripts_get_one_line_with_all_of_it() {
        let arrival = arrival("{\"a\": [1,\n2]}", Duration::ZERO);
        let line = arrival.line(&judge().judge(&arrival));
        assert!(!line.contains('\n'), "{line}");
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["at"], "2023-11-14T22:13:20.000Z");
        assert_eq!((&line["method"], &line["path"]), (&json!("POST"), &json!("/in?a=b")));
        assert_eq!(line["keys"][0], json!({"body": true, "standard": true, "token": null}));
        assert_eq!((&line["timely"], &line["repeated"]), (&json!(true), &json!(false)));
        assert_eq!((&line["headers"]["webhook-id"], &line["body"]), (&json!("d1"), &json!({"a": [1, 2]})));
    }

    #[test]
    fn people_see_what_is_wrong() {
        let judge = judge();
        let arrival = arrival("no JSON", TOLERANCE * 2);
        judge.judge(&arrival);
        let page = arrival.page(&judge.judge(&arrival));
        for expected in [
            "2023-11-14T22:23:20.000Z POST /in?a=b\n",
            "\n  x-hubster-public-key: P\n",
            "\n  key 1: body's signature good, standard signature good\n",
            "\n  key 2: body's signature bad, standard signature bad\n",
            "\n  key 3: body's signature bad, standard signature good\n",
            "minutes off\n",
            "a repetition\n",
        ] {
            assert!(page.contains(expected), "{expected}: {page}");
        }
        assert!(page.ends_with("\nno JSON"), "{page}");
    }
}
