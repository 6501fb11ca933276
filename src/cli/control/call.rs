//! What a verb asks of the control plane, and how its answer is shown: as the server gave it, or in tables.

use serde_json::{Map, Value};

use super::error::ControlError;
use super::plane::ControlPlane;
use super::table::{self, Column};

/// What a verb asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Call {
    /// A list that comes in pages.
    Pages { path: String, columns: &'static [Column] },
    /// A list that comes whole.
    List { path: String, columns: &'static [Column] },
    /// One thing.
    Get { path: String },
    /// A new thing. What has to be there first is asked for first.
    Create { path: String, body: Map<String, Value>, first: Option<String> },
    /// The end of a thing, which people know by `name`.
    Delete { path: String, name: String },
}

/// What the server answered.
pub(super) enum Shown {
    /// A list: the whole answer, and the member that holds the list unless the answer is one.
    List { answer: Value, within: Option<&'static str>, columns: &'static [Column] },
    /// One thing.
    One(Value),
    /// Nothing, since the thing of that name is no more.
    Gone(String),
}

impl Call {
    /// Asks the control plane.
    pub(super) async fn perform(self, plane: &ControlPlane) -> Result<Shown, ControlError> {
        Ok(match self {
            Self::Pages { path, columns } => {
                Shown::List { answer: plane.pages(&path).await?, within: Some("results"), columns }
            }
            Self::List { path, columns } => {
                let answer = plane.get(&path).await?;
                if !answer.is_array() {
                    return Err(plane.odd("a list was asked for"));
                }
                Shown::List { answer, within: None, columns }
            }
            Self::Get { path } => Shown::One(plane.get(&path).await?),
            Self::Create { path, body, first } => {
                if let Some(first) = first {
                    plane.get(&first).await?;
                }
                Shown::One(plane.create(&path, body).await?)
            }
            Self::Delete { path, name } => {
                plane.delete(&path).await?;
                Shown::Gone(name)
            }
        })
    }
}

impl Shown {
    /// The server's answer on one line; none when it has no body.
    pub(super) fn for_scripts(&self) -> Option<String> {
        match self {
            Self::List { answer, .. } | Self::One(answer) => Some(answer.to_string()),
            Self::Gone(_) => None,
        }
    }

    /// A table, or a word.
    pub(super) fn for_people(&self) -> String {
        match self {
            Self::List { answer, within, columns } => {
                let list = within.map_or(answer, |name| &answer[name]);
                table::of_list(columns, list.as_array().map(Vec::as_slice).unwrap_or_default())
            }
            Self::One(answer) => table::of_one(answer),
            Self::Gone(name) => format!("{name} is deleted"),
        }
    }
}
