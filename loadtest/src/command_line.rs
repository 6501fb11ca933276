//! The command line: which broker, and which scenario with how much of it.
//! What a scenario does is its own file's.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::credentials::Credentials;
use crate::error::LoadError;
use crate::rawfan;
use crate::scenarios::{fanout, listen, longpoll};

/// Load generator and listener for a running Switchboard.
#[derive(Debug, Parser)]
#[command(name = "loadtest", version, disable_help_subcommand = true)]
pub struct CommandLine {
    /// Which broker is called.
    #[command(flatten)]
    pub target: TargetArgs,
    /// What is done with it.
    #[command(subcommand)]
    pub scenario: Scenario,
}

/// Which broker is called, and as whom.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// The tenant's credentials file, as the broker writes it.
    #[arg(long, global = true, value_name = "PATH", default_value = "data/credentials.json")]
    credentials: PathBuf,
    /// The broker's address, when it is not the file's `baseUrl`.
    #[arg(long, global = true, value_name = "URL")]
    url: Option<String>,
}

impl TargetArgs {
    /// Reads the credentials.
    ///
    /// # Errors
    /// When the file cannot be read, or is no credentials file.
    pub fn resolve(&self) -> Result<Credentials, LoadError> {
        let mut credentials = Credentials::read(&self.credentials)?;
        if let Some(url) = &self.url {
            credentials.base_url.clone_from(url);
        }
        Ok(credentials)
    }
}

/// What is done.
#[derive(Debug, Subcommand)]
pub enum Scenario {
    /// Many websockets on one conversation; each has to hear every message once and in order.
    Fanout(fanout::Load),
    /// Many streaming sessions of one user; each has to be handed every event once and in order.
    Longpoll(longpoll::Load),
    /// Prints what an integration or a conversation hears, a frame a line.
    Listen(listen::Wish),
    /// Serves as the bare epoll loop, the limit against which servers are measured; calls no broker.
    Rawfan(rawfan::BareLoop),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_cursor_may_begin_with_a_hyphen() {
        let parsed = CommandLine::try_parse_from(["loadtest", "listen", "--since", "-9AAAA", "--count", "1"]);
        assert!(matches!(parsed.unwrap().scenario, Scenario::Listen(_)));
    }

    #[test]
    fn the_target_may_stand_before_or_after_the_scenario() {
        for line in ["loadtest --url http://x fanout", "loadtest fanout --url http://x"] {
            let parsed = CommandLine::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(parsed.target.url.as_deref(), Some("http://x"), "{line}");
        }
    }
}
