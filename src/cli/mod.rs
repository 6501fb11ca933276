//! The command line: verbs, flags, printing, signals and exit codes.
//! It decides nothing about serving; what a verb does inside is [`crate::app`]'s, and what it does to a running server
//! is that server's.

pub mod console;
mod control;
mod failure;
pub mod signals;
mod tenant;
mod token;
mod webhook;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::Flags;

pub use control::{ControlCommand, ControlError, Refusal};
pub use failure::Failure;
pub use tenant::{AddSecret, CreateTenant, TenantCommand};
pub use token::{InspectToken, MintToken, TokenCommand};
pub use webhook::{Listen, ListenError, WebhookCommand};

/// A realtime engagement event broker.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, disable_help_subcommand = true)]
pub struct CommandLine {
    /// What overrides the configuration.
    #[command(flatten)]
    pub overrides: Overrides,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Flags that stand before or after the verb.
#[derive(Debug, Args)]
pub struct Overrides {
    /// Configuration file; see config.toml for every key
    #[arg(long, global = true, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Address and port to listen on [config: server.listen]
    #[arg(long, global = true, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Folder for the database, the keys and the first credentials [config: server.data_dir]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<String>,
}

impl Overrides {
    /// What the flags put over the configuration.
    pub fn flags(&self) -> Flags {
        Flags { listen: self.listen.clone(), data: self.data.clone() }
    }
}

/// What to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serve until told to stop; the default
    #[default]
    Serve,
    /// Check the configuration and tell every problem
    Check,
    /// Manage tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Mint access tokens and look into them, beside the data folder
    #[command(subcommand)]
    Token(TokenCommand),
    /// Tools for those who write receivers of webhooks
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// What a running server is asked.
    #[command(flatten)]
    Control(Box<ControlCommand>),
}

impl CommandLine {
    /// What to do; [`Command::Serve`] when nothing is said.
    pub fn command(&self) -> Command {
        self.command.clone().unwrap_or_default()
    }

    /// Checks that the flags beside the verb mean something to it.
    ///
    /// # Errors
    /// When the verb would pass over one without a word.
    pub fn check(&self) -> Result<(), Failure> {
        match self.command {
            Some(Command::Webhook(WebhookCommand::Listen(_))) if self.overrides.listen.is_some() => {
                Err(Failure::Usage(ListenError::TakesPort.into()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn parsed(line: &str) -> CommandLine {
        CommandLine::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    #[test]
    fn serving_is_what_happens_when_nothing_is_said() {
        assert_eq!(parsed("switchboard").command(), Command::Serve);
        assert_eq!(parsed("switchboard serve").command(), Command::Serve);
        assert_eq!(parsed("switchboard check").command(), Command::Check);
    }

    #[test]
    fn flags_stand_before_or_after_the_verb() {
        for line in [
            "switchboard --config my.toml --listen 127.0.0.1:1 --data there",
            "switchboard --config my.toml --listen 127.0.0.1:1 --data there serve",
            "switchboard serve --config my.toml --listen 127.0.0.1:1 --data there",
            "switchboard --listen 127.0.0.1:1 tenant create acme --config my.toml --data there",
        ] {
            let overrides = parsed(line).overrides;
            assert_eq!(overrides.config.as_deref(), Some(Path::new("my.toml")), "{line}");
            let flags = Flags { listen: Some("127.0.0.1:1".into()), data: Some("there".into()) };
            assert_eq!(overrides.flags(), flags, "{line}");
        }
    }

    #[test]
    fn a_tenant_is_created_by_name() {
        let create =
            |json| Command::Tenant(TenantCommand::Create(CreateTenant { name: "acme".into(), json }));
        assert_eq!(parsed("switchboard tenant create acme").command(), create(false));
        assert_eq!(parsed("switchboard tenant create acme --json").command(), create(true));
    }

    #[test]
    fn a_secret_is_made_for_the_portal_unless_another_client_is_named() {
        let secret = |client: &str| {
            let (tenant, name) = ("demo".into(), "made by the operator".into());
            Command::Tenant(TenantCommand::AddSecret(AddSecret {
                tenant,
                client: client.into(),
                name,
                json: false,
            }))
        };
        assert_eq!(parsed("switchboard tenant add-secret --tenant demo").command(), secret("portal"));
        let line = "switchboard tenant add-secret --org demo --client engine";
        assert_eq!(parsed(line).command(), secret("engine"));
    }

    #[test]
    fn a_token_is_minted_for_a_client_of_an_organization() {
        let mint = MintToken {
            tenant: "demo".into(),
            client: "streaming".into(),
            scope: vec!["streamingapi".into()],
            lifetime: Some(60),
            json: true,
        };
        let options = "--client streaming --scope streamingapi --lifetime 60 --json";
        for tenant in ["--org demo", "--tenant demo"] {
            let line = format!("switchboard token mint {tenant} {options}");
            assert_eq!(parsed(&line).command(), Command::Token(TokenCommand::Mint(mint.clone())), "{line}");
        }
        let inspect = InspectToken { token: "a.b.c".into(), json: false };
        let line = "switchboard token inspect a.b.c";
        assert_eq!(parsed(line).command(), Command::Token(TokenCommand::Inspect(inspect)));
    }

    #[test]
    fn webhooks_are_listened_for_with_any_number_of_keys() {
        let listen = |line: &str| match parsed(line).command() {
            Command::Webhook(WebhookCommand::Listen(listen)) => listen,
            other => panic!("{other:?}"),
        };
        let plain = listen("switchboard webhook listen");
        assert_eq!((plain.port, plain.status, plain.json, plain.keys.len()), (9000, 200, false, 0));
        let line =
            "switchboard webhook listen --port 0 --key A --key B --secret whsec_QQ== --status 503 --json";
        let keys = vec!["A".to_owned(), "B".to_owned()];
        let secrets = vec!["whsec_QQ==".to_owned()];
        let expected = Listen {
            port: 0,
            keys,
            key_files: Vec::new(),
            secrets,
            status: 503,
            answer: String::new(),
            json: true,
        };
        assert_eq!(listen(line), expected);
    }

    #[test]
    fn where_the_broker_listens_is_not_where_webhooks_are_listened_for() {
        for line in [
            "switchboard --listen 127.0.0.1:1 webhook listen",
            "switchboard webhook listen --port 1 --listen 127.0.0.1:1",
        ] {
            let refused = parsed(line).check().expect_err(line);
            assert!(matches!(refused, Failure::Usage(_)), "{line}");
            assert!(refused.to_string().contains("takes --port and no --listen"), "{refused}");
        }
        for line in ["switchboard webhook listen --port 1", "switchboard --listen 127.0.0.1:1 serve"] {
            parsed(line).check().unwrap_or_else(|refused| panic!("{line}: {refused}"));
        }
    }

    #[test]
    fn mistakes_are_refused_with_the_exit_code_of_usage() {
        for line in [
            "switchboard srve",
            "switchboard --listn x",
            "switchboard tenant create",
            "switchboard tenant",
            "switchboard webhook listen --status 199",
            "switchboard webhook listen --status 600",
        ] {
            let error = CommandLine::try_parse_from(line.split(' ')).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
