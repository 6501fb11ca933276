//! Why a command was not carried out, as whoever gave it is told (platform documentation §14.3, ENG009xxx).

use super::line::LineFault;
use crate::domain::conversation::SkillsBeyondUsers;
use crate::pipeline::error::EngineError;

/// Why a command was not carried out. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// The line cannot be read.
    #[error(transparent)]
    Line(#[from] LineFault),
    /// The hub has no command of that kind and name.
    #[error("There is no command {0}. ::list shows all there are.")]
    NotFound(String),
    /// The hub has no commands.
    #[error("The hub has no commands.")]
    NoCommands,
    /// The hub has no commands in that category.
    #[error("The hub has no commands in the category {0}.")]
    NothingInCategory(String),
    /// The directory has no such team.
    #[error("There is no team {0}.")]
    NoTeam(String),
    /// No user can have the skills that are asked for.
    #[error("Nobody can be asked for: {0}.")]
    Skills(#[from] SkillsBeyondUsers),
    /// It is for agents.
    #[error("Only agents can take a conversation over.")]
    NotForBots,
    /// The conversation is with somebody else.
    #[error("The conversation is with somebody else. ::takeover makes it yours.")]
    NotYours,
    /// No bot is there to take the conversation.
    #[error("No bot is there to give the conversation to. -t names a team.")]
    NoBot,
    /// What the command says is not good any more.
    #[error("What the command {0} says cannot be sent.")]
    Unsendable(String),
    /// The engine refused.
    #[error("The command could not be carried out.")]
    Failed,
}

impl Refusal {
    /// The number of its code.
    pub(super) fn number(&self) -> u16 {
        match self {
            Self::Line(LineFault::Unknown(_)) => 9001,
            Self::Line(_) => 9000,
            Self::NotFound(_) => 9200,
            Self::NoCommands => 9201,
            Self::NothingInCategory(_) => 9202,
            Self::NoTeam(_)
            | Self::Skills(_)
            | Self::NotForBots
            | Self::NotYours
            | Self::NoBot
            | Self::Unsendable(_)
            | Self::Failed => 9299,
        }
    }

    /// Its code, as errors of the engine write theirs.
    pub(super) fn code(&self) -> String {
        format!("ENG{:06}", self.number())
    }
}

impl From<EngineError> for Refusal {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NotTheDestination => Self::NotYours,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_with_its_code() {
        let told = |refusal: Refusal| (refusal.to_string(), refusal.code());
        let (text, code) = told(LineFault::Unknown("resq".to_owned()).into());
        assert_eq!(
            (text.as_str(), code.as_str()),
            ("There is no command ::resq. ::help shows all there are.", "ENG009001")
        );
        for (refusal, number) in [
            (Refusal::Line(LineFault::NoName), 9000),
            (Refusal::Line(LineFault::Unended), 9000),
            (Refusal::Line(LineFault::Usage("::close")), 9000),
            (Refusal::NotFound("x".to_owned()), 9200),
            (Refusal::NoCommands, 9201),
            (Refusal::NothingInCategory("x".to_owned()), 9202),
            (Refusal::NoTeam("x".to_owned()), 9299),
            (Refusal::from(SkillsBeyondUsers), 9299),
            (Refusal::from(EngineError::NotTheDestination), 9299),
            (Refusal::from(EngineError::IntegrationNotFound), 9299),
        ] {
            assert_eq!(refusal.number(), number, "{refusal}");
        }
    }
}
