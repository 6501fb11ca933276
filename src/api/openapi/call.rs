//! One call as the document describes it: an address and a method, what is asked and what is answered. Built in steps
//! beside the routes, as a router is. It must not know any face.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// JSON, the type of nearly all bodies.
pub(in crate::api) const JSON: &str = "application/json";

/// A parameter of a call.
#[derive(Clone, Debug)]
pub(in crate::api) struct Parameter(Map<String, Value>);

impl Parameter {
    /// A part of the path, which is always there.
    pub(in crate::api) fn path(name: &str, schema: Value, about: &str) -> Self {
        Self::of("path", name, schema, about).required()
    }

    /// An argument of the query, which may be left out.
    pub(in crate::api) fn query(name: &str, schema: Value, about: &str) -> Self {
        Self::of("query", name, schema, about)
    }

    /// A header, which may be left out.
    pub(in crate::api) fn header(name: &str, schema: Value, about: &str) -> Self {
        Self::of("header", name, schema, about)
    }

    fn of(place: &str, name: &str, schema: Value, about: &str) -> Self {
        let members =
            [("name", name.into()), ("in", place.into()), ("description", about.into()), ("schema", schema)];
        Self(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// It has to be there.
    #[must_use]
    pub(in crate::api) fn required(mut self) -> Self {
        self.0.insert("required".to_owned(), true.into());
        self
    }

    /// Given without a value it counts as absent.
    #[must_use]
    pub(in crate::api) fn possibly_empty(mut self) -> Self {
        self.0.insert("allowEmptyValue".to_owned(), true.into());
        self
    }
}

/// What a status comes with; built from several sides, since one status may have several reasons.
#[derive(Clone, Debug, Default)]
struct Answer {
    /// The reasons, each once.
    about: Vec<String>,
    headers: Map<String, Value>,
    content: Map<String, Value>,
    links: Map<String, Value>,
}

impl Answer {
    fn into_value(self) -> Value {
        let about = match self.about.as_slice() {
            [one] => one.clone(),
            several => several.iter().map(|reason| format!("- {reason}\n")).collect(),
        };
        let mut answer = json!({"description": about});
        if !self.headers.is_empty() {
            answer["headers"] = self.headers.into();
        }
        if !self.content.is_empty() {
            answer["content"] = self.content.into();
        }
        if !self.links.is_empty() {
            answer["links"] = self.links.into();
        }
        answer
    }
}

/// One call.
#[derive(Clone, Debug)]
pub(in crate::api) struct Call {
    method: &'static str,
    path: &'static str,
    /// `operationId` and whatever else needs no thought.
    members: Map<String, Value>,
    security: Vec<Value>,
    parameters: Vec<Parameter>,
    answers: BTreeMap<u16, Answer>,
}

impl Call {
    /// A GET; `id` names the call for generated clients, `summary` for people.
    pub(in crate::api) fn get(path: &'static str, id: &str, summary: &str) -> Self {
        Self::of("get", path, id, summary)
    }

    /// A POST.
    pub(in crate::api) fn post(path: &'static str, id: &str, summary: &str) -> Self {
        Self::of("post", path, id, summary)
    }

    /// A PUT.
    pub(in crate::api) fn put(path: &'static str, id: &str, summary: &str) -> Self {
        Self::of("put", path, id, summary)
    }

    /// A DELETE.
    pub(in crate::api) fn delete(path: &'static str, id: &str, summary: &str) -> Self {
        Self::of("delete", path, id, summary)
    }

    fn of(method: &'static str, path: &'static str, id: &str, summary: &str) -> Self {
        let members = [("operationId", id.into()), ("summary", summary.into())];
        Self {
            method,
            path,
            members: members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            security: Vec::new(),
            parameters: Vec::new(),
            answers: BTreeMap::new(),
        }
    }

    /// More than a line about it, in Markdown.
    #[must_use]
    pub(in crate::api) fn about(mut self, text: &str) -> Self {
        self.members.insert("description".to_owned(), text.into());
        self
    }

    /// Credentials that open it, all of them together: schemes of the document, with the scopes that are needed. Said
    /// again it names others that open it as well.
    #[must_use]
    pub(in crate::api) fn opened_by<const N: usize>(mut self, schemes: [(&str, &[&str]); N]) -> Self {
        let needed: Map<_, _> =
            schemes.into_iter().map(|(name, scopes)| (name.to_owned(), json!(scopes))).collect();
        self.security.push(needed.into());
        self
    }

    /// A parameter.
    #[must_use]
    pub(in crate::api) fn taking(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// A body that has to be there, with examples that are good as they stand.
    #[must_use]
    pub(in crate::api) fn with_body<'e>(
        self,
        media_type: &str,
        schema: Value,
        examples: impl IntoIterator<Item = (&'e str, Value)>,
    ) -> Self {
        let mut call = self.with_optional_body(media_type, schema, examples);
        call.members["requestBody"]["required"] = true.into();
        call
    }

    /// A body that may be left out.
    #[must_use]
    pub(in crate::api) fn with_optional_body<'e>(
        mut self,
        media_type: &str,
        schema: Value,
        examples: impl IntoIterator<Item = (&'e str, Value)>,
    ) -> Self {
        let examples: Map<_, _> =
            examples.into_iter().map(|(name, value)| (name.to_owned(), json!({"value": value}))).collect();
        let body = json!({"content": {(media_type): {"schema": schema, "examples": examples}}});
        self.members.insert("requestBody".to_owned(), body);
        self
    }

    /// A status with a JSON body.
    #[must_use]
    pub(in crate::api) fn answers(self, status: StatusCode, about: &str, schema: Value) -> Self {
        self.answers_as(status, about, JSON, schema)
    }

    /// A status with a body of another type; said again of one status it names another type for it.
    #[must_use]
    pub(in crate::api) fn answers_as(
        mut self,
        status: StatusCode,
        about: &str,
        media_type: &str,
        schema: Value,
    ) -> Self {
        let answer = self.answer(status, about);
        answer.content.insert(media_type.to_owned(), json!({"schema": schema}));
        self
    }

    /// A status without a body.
    #[must_use]
    pub(in crate::api) fn answers_nothing(mut self, status: StatusCode, about: &str) -> Self {
        self.answer(status, about);
        self
    }

    /// A header that comes with a status.
    #[must_use]
    pub(in crate::api) fn with_header(
        mut self,
        status: StatusCode,
        name: &str,
        schema: Value,
        about: &str,
    ) -> Self {
        let header = json!({"description": about, "schema": schema});
        self.answers.entry(status.as_u16()).or_default().headers.insert(name.to_owned(), header);
        self
    }

    /// What is answered with 200 leads to other calls: their `parameter` is the `member` of the answer.
    #[must_use]
    pub(in crate::api) fn leading_to(mut self, operations: &[&str], parameter: &str, member: &str) -> Self {
        let links = &mut self.answers.entry(StatusCode::OK.as_u16()).or_default().links;
        for operation in operations {
            let parameters = json!({(parameter): format!("$response.body#/{member}")});
            links
                .insert((*operation).to_owned(), json!({"operationId": operation, "parameters": parameters}));
        }
        self
    }

    fn answer(&mut self, status: StatusCode, about: &str) -> &mut Answer {
        let answer = self.answers.entry(status.as_u16()).or_default();
        if !answer.about.iter().any(|known| known == about) {
            answer.about.push(about.to_owned());
        }
        answer
    }

    /// Where it is: the path as the router has it, and the method in the document's letters.
    pub(super) fn address(&self) -> (&'static str, &'static str) {
        (self.path, self.method)
    }

    /// The call as the document has it, in the group `tag`.
    pub(super) fn into_value(self, tag: &str) -> Value {
        let mut operation = Map::from_iter([("tags".to_owned(), json!([tag]))]);
        operation.extend(self.members);
        let parameters: Vec<_> = self.parameters.into_iter().map(|Parameter(members)| members).collect();
        if !parameters.is_empty() {
            operation.insert("parameters".to_owned(), json!(parameters));
        }
        operation.insert("security".to_owned(), self.security.into());
        let answers: Map<_, _> = self
            .answers
            .into_iter()
            .map(|(status, answer)| (status.to_string(), answer.into_value()))
            .collect();
        operation.insert("responses".to_owned(), answers.into());
        operation.into()
    }
}
