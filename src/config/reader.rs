//! Typed and bounded reading of settings; every mistake is noted and reading goes on, so that all are told at once.
//! It knows no key by name. What it returns beside a mistake is a stand-in that nobody gets to see.

use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use hyper::Uri;

use super::problem::{Problem, Problems};
use super::settings::{Settings, Value};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Reads settings and notes what is wrong with them.
pub(super) struct Reader<'s> {
    settings: &'s Settings,
    problems: Vec<Problem>,
}

impl<'s> Reader<'s> {
    /// A reader of `settings` that starts with the `problems` of the layers.
    pub(super) fn new(settings: &'s Settings, problems: Vec<Problem>) -> Self {
        Self { settings, problems }
    }

    /// `Ok` when everything that was read is good.
    pub(super) fn finish(self) -> Result<(), Problems> {
        Problems::none_in(self.problems)
    }

    /// Notes that the value at `key` breaks a rule.
    pub(super) fn refuse(&mut self, key: &str, reason: impl Into<String>) {
        let origin = self.settings.get(key).origin.clone();
        self.problems.push(Problem::BadValue { key: key.to_owned(), reason: reason.into(), origin });
    }

    /// A whole number within `range`.
    pub(super) fn number(&mut self, key: &str, range: RangeInclusive<u64>) -> u64 {
        let Value::Number(number) = self.settings.get(key).value else {
            unreachable!("{key} is a number in config.toml and layers keep its kind")
        };
        self.within(key, number, &range)
    }

    fn within(&mut self, key: &str, number: i64, range: &RangeInclusive<u64>) -> u64 {
        match u64::try_from(number) {
            Ok(number) if range.contains(&number) => number,
            _ => {
                self.refuse(key, format!("{number} is not within {} to {}", range.start(), range.end()));
                *range.start()
            }
        }
    }

    /// A count or a size in bytes within `range`.
    pub(super) fn size(&mut self, key: &str, range: RangeInclusive<u64>) -> usize {
        usize::try_from(self.number(key, range)).unwrap_or(usize::MAX)
    }

    /// A count or a size in bytes, from 1 up to `most`.
    pub(super) fn some(&mut self, key: &str, most: u64) -> NonZeroUsize {
        NonZeroUsize::new(self.size(key, 1..=most)).unwrap_or(NonZeroUsize::MIN)
    }

    /// A count up to `most`, where 0 stands for no limit.
    pub(super) fn limit(&mut self, key: &str, most: u64) -> Option<NonZeroUsize> {
        NonZeroUsize::new(self.size(key, 0..=most))
    }

    /// A rate, from 1 up to a thousand million.
    pub(super) fn rate(&mut self, key: &str) -> NonZeroU32 {
        let number = self.number(key, 1..=1_000_000_000);
        u32::try_from(number).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
    }

    /// A span in seconds.
    pub(super) fn seconds(&mut self, key: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(key, range))
    }

    /// A span in minutes.
    pub(super) fn minutes(&mut self, key: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(key, range) * MINUTE)
    }

    /// A span in hours.
    pub(super) fn hours(&mut self, key: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(key, range) * HOUR)
    }

    /// A span in days.
    pub(super) fn days(&mut self, key: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(key, range) * DAY)
    }

    /// A list of spans in seconds, each within `range`.
    pub(super) fn all_seconds(&mut self, key: &str, range: RangeInclusive<u64>) -> Vec<Duration> {
        let Value::Numbers(numbers) = &self.settings.get(key).value else {
            unreachable!("{key} is a list of numbers in config.toml and layers keep its kind")
        };
        numbers.iter().map(|&number| Duration::from_secs(self.within(key, number, &range))).collect()
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> &'s str {
        let Value::Text(text) = &self.settings.get(key).value else {
            unreachable!("{key} is a text in config.toml and layers keep its kind")
        };
        text
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str) -> &'s [String] {
        let Value::Texts(texts) = &self.settings.get(key).value else {
            unreachable!("{key} is a list of texts in config.toml and layers keep its kind")
        };
        texts
    }

    /// True or false.
    pub(super) fn truth(&self, key: &str) -> bool {
        let Value::Truth(truth) = self.settings.get(key).value else {
            unreachable!("{key} is true or false in config.toml and layers keep its kind")
        };
        truth
    }

    /// A text that stands for one of a few choices; there is at least one.
    pub(super) fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> T {
        let text = self.text(key);
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == text) {
            return *choice;
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        self.refuse(key, format!("\"{text}\" is not one of {}", names.join(", ")));
        choices[0].1
    }

    /// A text that `T` can be read from; `what` says what that is.
    pub(super) fn parsed<T: FromStr>(&mut self, key: &str, what: &str, stand_in: T) -> T {
        let text = self.text(key);
        text.parse().unwrap_or_else(|_| {
            self.refuse(key, format!("\"{text}\" is not {what}"));
            stand_in
        })
    }

    /// An address on the web, without a slash at its end.
    pub(super) fn web_address(&mut self, key: &str) -> String {
        let text = self.text(key);
        if !text.parse().is_ok_and(|uri: Uri| is_http(&uri) && uri.query().is_none()) {
            self.refuse(key, "must be an address that starts with http:// or https://, without a query");
        }
        text.trim_end_matches('/').to_owned()
    }

    /// A list of origins: scheme, host and port, and nothing behind them.
    pub(super) fn origins(&mut self, key: &str) -> Vec<String> {
        let origins = self.texts(key);
        for origin in origins {
            if !origin
                .parse()
                .is_ok_and(|uri: Uri| is_http(&uri) && uri.path() == "/" && !origin.ends_with('/'))
            {
                self.refuse(
                    key,
                    format!("\"{origin}\" is not an origin such as \"https://www.example.com\""),
                );
            }
        }
        origins.to_vec()
    }

    /// A text that must be empty for now; the reason does not repeat it, for such addresses carry passwords.
    pub(super) fn unsupported(&mut self, key: &str, reason: &str) {
        if !self.text(key).is_empty() {
            self.refuse(key, reason);
        }
    }
}

fn is_http(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
}
