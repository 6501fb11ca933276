//! The command line: which broker, and which scenario with how much of it.
//! What a scenario does is its own file's.

use clap::{Parser, Subcommand};

use crate::rawfan;
use crate::scenarios::{
    connect_storm, expiry, fanout, idle, listen, longpoll, mixed, pairs, waiting, webhooks,
};
use crate::setting::Setting;
use crate::target::Target;

/// Load generator and listener for a running Switchboard.
#[derive(Debug, Parser)]
#[command(name = "loadtest", version, disable_help_subcommand = true, args_override_self = true)]
pub struct CommandLine {
    /// Which broker is called.
    #[command(flatten)]
    pub target: Target,
    /// How a run is made and told, whatever its scenario.
    #[command(flatten)]
    pub setting: Setting,
    /// What is done with it.
    #[command(subcommand)]
    pub scenario: Scenario,
}

/// What is done.
#[derive(Debug, Subcommand)]
pub enum Scenario {
    /// Many websockets on one conversation; each has to hear every message once and in order.
    Fanout(fanout::Load),
    /// Many conversations with a websocket each; each has to hear its own messages once and in order.
    Pairs(pairs::Load),
    /// Many streaming sessions; each has to be handed every event of its user once and in order.
    Longpoll(longpoll::Load),
    /// Connections or sessions on which nothing is said; what each costs.
    Idle(idle::Load),
    /// Polls that wait at the same time; each has to wait as long as it should and no longer.
    Waiting(waiting::Load),
    /// Sessions that end by the thousand while others publish; what a publish takes meanwhile.
    Expiry(expiry::Load),
    /// Webhooks that take deliveries, beside one that never answers; how long each takes, and what it costs.
    Webhooks(webhooks::Load),
    /// Websockets that come all at once, or at a rate.
    ConnectStorm(connect_storm::Load),
    /// A contact centre: customers and agents who talk, on websockets and by streaming sessions.
    Mixed(mixed::Load),
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

    #[test]
    fn a_later_flag_replaces_an_earlier_one_so_that_scripts_can_be_changed() {
        let line =
            "loadtest fanout --subscribers 1000 --duration 8 --subscribers 7 --duration 1 --json a --json b";
        let parsed = CommandLine::try_parse_from(line.split(' ')).unwrap();
        assert_eq!(parsed.setting.json.as_deref(), Some(std::path::Path::new("b")));
    }
}
