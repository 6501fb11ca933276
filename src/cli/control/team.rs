//! `switchboard team`: who works with whom in the directory.

use clap::{Args, Subcommand};

use super::Call;
use super::body::BodyFlag;
use super::error::ControlError;
use super::id::Id;
use super::table::{Column, Form};

const PATH: &str = "/api/v1/teams";

const COLUMNS: &[Column] = &[
    Column { title: "TEAM ID", member: "teamId", form: Form::Id },
    Column { title: "NAME", member: "name", form: Form::Text },
    Column { title: "STATE", member: "state", form: Form::Text },
    Column { title: "MEMBERS", member: "members", form: Form::Count },
];

/// What to do with teams.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum TeamVerb {
    /// List all teams
    List,
    /// Show a team with its members
    Get(Id),
    /// Make a team
    Create(CreateTeam),
    /// Delete a team; its members stay in the directory
    Delete(Id),
}

/// A team to be made.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CreateTeam {
    /// The team's id, unique among your teams; the server makes one without it
    #[arg(long, value_name = "ID")]
    team_id: Option<String>,
    /// The team's name, unique among your teams
    #[arg(long, required_unless_present = "body")]
    name: Option<String>,
    /// The id of a user who is in it; may be given several times
    #[arg(long, value_name = "USER")]
    member: Vec<String>,
    /// Whether it works: active or inactive
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    body: BodyFlag,
}

impl TeamVerb {
    pub(super) fn call(&self) -> Result<Call, ControlError> {
        Ok(match self {
            Self::List => Call::Pages { path: PATH.to_owned(), columns: COLUMNS },
            Self::Get(id) => Call::Get { path: id.path(PATH) },
            Self::Create(team) => {
                let body = team.body.read()?;
                let body = body
                    .with("teamId", team.team_id.clone())
                    .with("name", team.name.clone())
                    .with_all("members", &team.member)
                    .with("state", team.state.clone());
                Call::Create { path: PATH.to_owned(), body: body.finish(), first: None }
            }
            Self::Delete(id) => Call::Delete { path: id.path(PATH), name: id.name("team") },
        })
    }
}
