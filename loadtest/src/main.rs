//! The `loadtest` command, as a table of contents: command line, scenario, report, exit code.
//!
//! Exit codes: 0 all was as the scenario says, 1 something was not, 2 the run could not be made.

use std::process::ExitCode;

use clap::Parser;

use loadtest::command_line::{CommandLine, Scenario};
use loadtest::console;
use loadtest::error::LoadError;
use loadtest::rawfan;
use loadtest::report::{Verdict, html, json};
use loadtest::scenarios::{
    connect_storm, expiry, fanout, idle, listen, longpoll, mixed, pairs, waiting, webhooks,
};

// One thread: while load is made, the event loop that makes it has the thread to itself.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(CommandLine::parse()).await {
        Ok(Verdict::Faultless) => ExitCode::SUCCESS,
        Ok(Verdict::Faulty) => ExitCode::from(1),
        Err(error) => {
            console::complain(&error);
            ExitCode::from(2)
        }
    }
}

async fn run(line: CommandLine) -> Result<Verdict, LoadError> {
    let (target, setting) = (&line.target, &line.setting);
    let report = match line.scenario {
        Scenario::Fanout(load) => fanout::run(target, setting, &load).await?,
        Scenario::Pairs(load) => pairs::run(target, setting, &load).await?,
        Scenario::Longpoll(load) => longpoll::run(target, setting, &load).await?,
        Scenario::Idle(load) => idle::run(target, setting, &load).await?,
        Scenario::Waiting(load) => waiting::run(target, setting, &load).await?,
        Scenario::Expiry(load) => expiry::run(target, setting, &load).await?,
        Scenario::Webhooks(load) => webhooks::run(target, setting, &load).await?,
        Scenario::ConnectStorm(load) => connect_storm::run(target, setting, &load).await?,
        Scenario::Mixed(load) => mixed::run(target, setting, &load).await?,
        Scenario::Listen(wish) => {
            listen::run(&target.credentials()?, &wish).await?;
            return Ok(Verdict::Faultless);
        }
        Scenario::Rawfan(wish) => match rawfan::run(&wish)? {},
    };
    console::say(&report);
    if let Some(path) = &setting.json {
        json::write(&report, path)?;
    }
    if let Some(path) = &setting.html {
        html::write(&report, path)?;
    }
    Ok(report.verdict)
}
