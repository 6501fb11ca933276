//! `switchboard user`: the people in the directory.

use clap::{Args, Subcommand};

use super::Call;
use super::body::BodyFlag;
use super::error::ControlError;
use super::id::Id;
use super::table::{Column, Form};

const PATH: &str = "/api/v1/users";

const COLUMNS: &[Column] = &[
    Column { title: "USER ID", member: "userId", form: Form::Id },
    Column { title: "NAME", member: "name", form: Form::Text },
    Column { title: "STATE", member: "state", form: Form::Text },
    Column { title: "EMAIL", member: "email", form: Form::Text },
    Column { title: "SKILLS", member: "skills", form: Form::Text },
];

/// What to do with users.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum UserVerb {
    /// List all users
    List,
    /// Show a user
    Get(Id),
    /// Make a user
    Create(CreateUser),
    /// Delete a user, who is then in no team
    Delete(Id),
}

/// A user to be made.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CreateUser {
    /// The user's id, unique among your users; the server makes one without it
    #[arg(long, value_name = "ID")]
    user_id: Option<String>,
    /// The user's name
    #[arg(long, required_unless_present = "body")]
    name: Option<String>,
    /// Where the user gets mail
    #[arg(long)]
    email: Option<String>,
    /// What the user can do; may be given several times
    #[arg(long, value_name = "SKILL")]
    skill: Vec<String>,
    /// Whether the user is there: available, busy, away or offline
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    body: BodyFlag,
}

impl UserVerb {
    pub(super) fn call(&self) -> Result<Call, ControlError> {
        Ok(match self {
            Self::List => Call::Pages { path: PATH.to_owned(), columns: COLUMNS },
            Self::Get(id) => Call::Get { path: id.path(PATH) },
            Self::Create(user) => {
                let body = user.body.read()?;
                let body = body
                    .with("userId", user.user_id.clone())
                    .with("name", user.name.clone())
                    .with("email", user.email.clone())
                    .with_all("skills", &user.skill)
                    .with("state", user.state.clone());
                Call::Create { path: PATH.to_owned(), body: body.finish(), first: None }
            }
            Self::Delete(id) => Call::Delete { path: id.path(PATH), name: id.name("user") },
        })
    }
}
