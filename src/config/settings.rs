//! The configuration as written: every key's value and where it came from, layer over layer.
//! It knows no key by name: which keys exist, and of which kind, is what `config.toml` says.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::problem::{Origin, Problem, Problems};

/// The reference: every key with its default.
const REFERENCE: &str = include_str!("../../config.toml");

/// What a key holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Truth(bool),
    Texts(Vec<String>),
    Numbers(Vec<i64>),
}

impl Value {
    /// How this kind of value is called in a message.
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Number(_) => "a whole number",
            Self::Truth(_) => "true or false",
            Self::Texts(_) => "a list of texts",
            Self::Numbers(_) => "a list of whole numbers",
        }
    }

    /// `None` for what no key can hold: dates, fractions, mixed lists, tables.
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        match value {
            DeValue::String(text) => Some(Self::Text(text.to_string())),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok().map(Self::Number)
            }
            DeValue::Boolean(truth) => Some(Self::Truth(*truth)),
            DeValue::Array(items) => {
                Self::list(items.iter().map(|item| Self::from_toml(item.as_ref())).collect::<Option<_>>()?)
            }
            DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
        }
    }

    fn list(items: Vec<Self>) -> Option<Self> {
        if let [Self::Number(_), ..] = items.as_slice() {
            let number = |item| if let Self::Number(number) = item { Some(number) } else { None };
            return items.into_iter().map(number).collect::<Option<_>>().map(Self::Numbers);
        }
        let text = |item| if let Self::Text(text) = item { Some(text) } else { None };
        items.into_iter().map(text).collect::<Option<_>>().map(Self::Texts)
    }

    /// This value if it is of the kind of `model`. An empty list is of either kind of list.
    fn like(self, model: &Self) -> Option<Self> {
        match (self, model) {
            (Self::Texts(items), Self::Numbers(_)) if items.is_empty() => Some(Self::Numbers(Vec::new())),
            (value, model) if std::mem::discriminant(&value) == std::mem::discriminant(model) => Some(value),
            _ => None,
        }
    }

    /// Reads a plain text, as variables and flags have it, as the kind of `model`.
    fn from_plain(text: &str, model: &Self) -> Option<Self> {
        let items = || text.split(',').map(str::trim).filter(|item| !item.is_empty());
        match model {
            Self::Text(_) => Some(Self::Text(text.to_owned())),
            Self::Number(_) => text.trim().parse().ok().map(Self::Number),
            Self::Truth(_) => text.trim().parse().ok().map(Self::Truth),
            Self::Texts(_) | Self::Numbers(_) if text.trim_start().starts_with('[') => {
                Self::from_toml(DeValue::parse(text.trim()).ok()?.as_ref())?.like(model)
            }
            Self::Texts(_) => Some(Self::Texts(items().map(str::to_owned).collect())),
            Self::Numbers(_) => {
                items().map(|item| item.parse().ok()).collect::<Option<_>>().map(Self::Numbers)
            }
        }
    }
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Every key, by its dotted path.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    keys: BTreeMap<String, Setting>,
}

impl Settings {
    /// The lowest layer: `config.toml` as compiled in.
    pub(super) fn reference() -> Self {
        let table = DeTable::parse(REFERENCE).expect("config.toml parses: a test reads it");
        let mut keys = BTreeMap::new();
        collect(table.as_ref(), "", &mut keys);
        Self { keys }
    }

    /// The setting at `key`, which must be one of `config.toml`.
    pub(super) fn get(&self, key: &str) -> &Setting {
        self.keys.get(key).expect("config.toml has every key that is read: a test reads them all")
    }

    /// Every key's path, in alphabetical order.
    #[cfg(test)]
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.keys.iter().map(|(path, setting)| (path.as_str(), setting))
    }

    /// Lays the text of a file over what is there; `file` is its name in messages.
    ///
    /// # Errors
    /// Every unknown key and every value of the wrong type; or the first place that is not TOML.
    pub(super) fn overlay_file(&mut self, file: &str, text: &str) -> Result<(), Problems> {
        let place = |span: Range<usize>| place(file, text, span.start);
        let table = DeTable::parse(text).map_err(|error| Problem::Syntax {
            origin: place(error.span().unwrap_or_default()),
            reason: error.message().to_owned(),
        })?;
        let mut problems = Vec::new();
        self.overlay_table(table.as_ref(), "", &place, &mut problems);
        Problems::none_in(problems)
    }

    fn overlay_table(
        &mut self,
        table: &DeTable<'_>,
        prefix: &str,
        place: &impl Fn(Range<usize>) -> Origin,
        problems: &mut Vec<Problem>,
    ) {
        for (name, value) in table {
            let key = joined(prefix, name.as_ref());
            if let Some(setting) = self.keys.get_mut(&key) {
                let origin = place(value.span());
                match Value::from_toml(value.as_ref()).and_then(|value| value.like(&setting.value)) {
                    Some(value) => *setting = Setting { value, origin },
                    None => problems.push(wrong_kind(key, &setting.value, origin)),
                }
            } else if !self.has_below(&key) {
                problems.push(Problem::UnknownKey { key, origin: place(name.span()) });
            } else if let DeValue::Table(inner) = value.as_ref() {
                self.overlay_table(inner, &key, place, problems);
            } else {
                let (reason, origin) = ("must be a table".to_owned(), place(value.span()));
                problems.push(Problem::BadValue { key, reason, origin });
            }
        }
    }

    /// Whether `path` is a table of `config.toml`.
    fn has_below(&self, path: &str) -> bool {
        let prefix = format!("{path}.");
        self.keys.range(prefix.clone()..).next().is_some_and(|(key, _)| key.starts_with(&prefix))
    }

    /// Sets one key from a plain text: a variable's or a flag's.
    ///
    /// # Errors
    /// The key does not exist, or the text cannot be read as what it holds.
    pub(super) fn set(&mut self, key: &str, text: &str, origin: Origin) -> Result<(), Problem> {
        let Some(setting) = self.keys.get_mut(key) else {
            return Err(Problem::UnknownKey { key: key.to_owned(), origin });
        };
        match Value::from_plain(text, &setting.value) {
            Some(value) => *setting = Setting { value, origin },
            None => return Err(wrong_kind(key.to_owned(), &setting.value, origin)),
        }
        Ok(())
    }
}

fn wrong_kind(key: String, model: &Value, origin: Origin) -> Problem {
    Problem::BadValue { key, reason: format!("must be {}", model.kind()), origin }
}

fn collect(table: &DeTable<'_>, prefix: &str, keys: &mut BTreeMap<String, Setting>) {
    for (name, value) in table {
        let path = joined(prefix, name.as_ref());
        if let DeValue::Table(inner) = value.as_ref() {
            collect(inner, &path, keys);
        } else {
            let value =
                Value::from_toml(value.as_ref()).expect("config.toml holds only kinds that keys can have");
            keys.insert(path, Setting { value, origin: Origin::Default });
        }
    }
}

fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

fn place(file: &str, text: &str, offset: usize) -> Origin {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Origin::File {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}
