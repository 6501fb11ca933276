//! The body of a thing to be made: what `--body` gives, and over it what flags say.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value};

use super::error::ControlError;

/// The flag for everything that has no flag of its own.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub(super) struct BodyFlag {
    /// Properties without a flag, as a JSON object: the text, @ and a file, or - for standard input
    #[arg(long, value_name = "JSON", value_parser = source)]
    body: Option<Source>,
}

/// The members of a JSON object.
pub(super) type Object = Map<String, Value>;

/// Where a body is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Inline(Object),
    File(PathBuf),
    Input,
}

/// A mistake in an inline body is one of usage, and is told as such.
fn source(text: &str) -> Result<Source, String> {
    match (text, text.strip_prefix('@')) {
        ("-", _) => Ok(Source::Input),
        (_, Some(path)) => Ok(Source::File(path.into())),
        (text, None) => object(text).map(Source::Inline),
    }
}

/// A JSON object on the command line.
pub(super) fn object(text: &str) -> Result<Object, String> {
    serde_json::from_str(text).map_err(|error| format!("it has to be a JSON object: {error}"))
}

/// A JSON list on the command line.
pub(super) fn list(text: &str) -> Result<Value, String> {
    let list: Vec<Value> =
        serde_json::from_str(text).map_err(|error| format!("it has to be a JSON list: {error}"))?;
    Ok(list.into())
}

impl BodyFlag {
    /// The body as far as this flag gives it; empty without it. Reads the file, or standard input to its end.
    pub(super) fn read(&self) -> Result<Body, ControlError> {
        let (name, text) = match &self.body {
            None => return Ok(Body(Map::new())),
            Some(Source::Inline(object)) => return Ok(Body(object.clone())),
            Some(Source::File(path)) => (path.display().to_string(), fs::read_to_string(path)),
            Some(Source::Input) => ("standard input".to_owned(), io::read_to_string(io::stdin())),
        };
        let text = text.map_err(|error| ControlError::Body(format!("{name} cannot be read: {error}")))?;
        object(&text).map(Body).map_err(|error| ControlError::Body(format!("{name}: {error}")))
    }
}

/// A body in the making.
pub(super) struct Body(Object);

impl Body {
    /// Sets a property when a flag says so, whatever the body has under that name: the server takes names in any case
    /// of letters.
    pub(super) fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.retain(|present, _| !present.eq_ignore_ascii_case(name));
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Sets a property to what was given by a flag as often as there is something; nothing leaves it as it is.
    pub(super) fn with_all(self, name: &str, values: &[String]) -> Self {
        self.with(name, (!values.is_empty()).then(|| values.to_vec()))
    }

    pub(super) fn finish(self) -> Object {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(text: &str) -> BodyFlag {
        BodyFlag { body: Some(source(text).unwrap()) }
    }

    #[test]
    fn flags_stand_over_the_body_in_any_case_of_letters() {
        let body = given(r#"{"NAME": "a", "Skills": ["x"], "email": "e"}"#).read().unwrap();
        let body =
            body.with("name", Some("b")).with("email", None::<&str>).with_all("skills", &["y".to_owned()]);
        let body = body.with_all("members", &[]);
        assert_eq!(Value::Object(body.finish()), json!({"email": "e", "name": "b", "skills": ["y"]}));
    }

    #[test]
    fn a_body_comes_from_a_file_too() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("body.json");
        let from_file = given(&format!("@{}", path.display()));
        let told = |flag: &BodyFlag| flag.read().map(|_| ()).unwrap_err().to_string();
        assert!(told(&from_file).contains("cannot be read"), "{}", told(&from_file));
        std::fs::write(&path, "[1]").unwrap();
        assert!(told(&from_file).contains("has to be a JSON object"), "{}", told(&from_file));
        std::fs::write(&path, r#"{"a": 1}"#).unwrap();
        assert_eq!(Value::Object(from_file.read().unwrap().finish()), json!({"a": 1}));
    }

    #[test]
    fn what_is_no_object_is_no_body() {
        for text in ["", "{", "[]", "5", "null"] {
            assert!(source(text).is_err(), "{text}");
        }
        assert_eq!(source("-"), Ok(Source::Input));
    }
}
