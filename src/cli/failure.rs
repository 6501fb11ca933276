//! Why a command ended without doing what it was asked, and the exit code that tells scripts.
//! It knows no command.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use crate::config::Problems;

/// What a command failed with.
#[derive(Debug)]
pub enum Failure {
    /// The configuration is not good; exit code 2, as for wrong arguments.
    Configuration(Problems),
    /// What an argument names is not good; exit code 2, as for wrong arguments.
    Usage(Box<dyn Error + Send + Sync>),
    /// A server said no, in words that are told as they are; exit code 1.
    Refused(Box<dyn Error + Send + Sync>),
    /// Something went wrong while starting or running; exit code 1.
    Runtime(Box<dyn Error + Send + Sync>),
}

impl Failure {
    /// A failure while starting or running.
    pub fn runtime(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Runtime(error.into())
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Self::Configuration(_) | Self::Usage(_) => 2,
            Self::Refused(_) | Self::Runtime(_) => 1,
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Configuration(problems)
    }
}

impl fmt::Display for Failure {
    /// One line with every cause; of a configuration, one line for each problem.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(problems) => {
                for (index, problem) in problems.iter().enumerate() {
                    let line_break = if index == 0 { "" } else { "\n" };
                    write!(f, "{line_break}switchboard: configuration: {problem}")?;
                }
                Ok(())
            }
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Usage(error) | Self::Runtime(error) => {
                write!(f, "switchboard: {error}")?;
                let mut cause = error.source();
                while let Some(error) = cause {
                    write!(f, ": {error}")?;
                    cause = error.source();
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::io;

    use crate::config::{Config, Flags};

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot start")]
    struct CannotStart(#[source] io::Error);

    #[test]
    fn a_runtime_failure_is_one_line_with_its_causes() {
        let failure = Failure::runtime(CannotStart(io::Error::other("port is taken")));
        assert_eq!(failure.to_string(), "switchboard: cannot start: port is taken");
        assert_eq!(failure.code(), 1);
    }

    #[test]
    fn what_a_server_says_is_told_as_it_is_and_a_bad_argument_ends_as_usage_does() {
        let refused = Failure::Refused("PRT000600: No.\nPRT000601: No.".into());
        assert_eq!((refused.to_string().as_str(), refused.code()), ("PRT000600: No.\nPRT000601: No.", 1));
        let usage = Failure::Usage(CannotStart(io::Error::other("no such file")).into());
        assert_eq!(usage.to_string(), "switchboard: cannot start: no such file");
        assert_eq!(usage.code(), 2);
    }

    #[test]
    fn a_configuration_failure_is_a_line_for_each_problem() {
        let variables =
            ["SWITCHBOARD_A__B", "SWITCHBOARD_C__D"].map(|name| (OsString::from(name), OsString::new()));
        let failure = Failure::from(Config::load(None, variables, &Flags::default()).unwrap_err());
        let lines: Vec<_> = failure.to_string().lines().map(str::to_owned).collect();
        assert_eq!(
            lines[0],
            "switchboard: configuration: a.b: there is no such key (variable SWITCHBOARD_A__B)"
        );
        assert_eq!(lines.len(), 2);
        assert_eq!(failure.code(), 2);
    }
}
