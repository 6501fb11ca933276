//! The `switchboard` command, as a table of contents: command line, configuration, verb, outcome.

use std::process::ExitCode;

use clap::Parser;
use switchboard::cli::{
    Command, CommandLine, Failure, TenantCommand, TokenCommand, WebhookCommand, console, signals,
};
use switchboard::config::{Config, Problems};
use switchboard::{app, telemetry};
use tikv_jemallocator::Jemalloc;

/// Fast for what lives as long as one message, and sparing with the buffers of connections that wait.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let configured = line.check().and_then(|()| configuration(&line).map_err(Failure::from));
    let outcome = configured.and_then(|config| run(line.command(), config));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console::complain(&failure);
            failure.exit_code()
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the process's environment is read")]
fn configuration(line: &CommandLine) -> Result<Config, Problems> {
    Config::load(line.overrides.config.as_deref(), std::env::vars_os(), &line.overrides.flags())
}

fn run(command: Command, config: Config) -> Result<(), Failure> {
    match command {
        Command::Serve => serve(config)?,
        Command::Check => console::say("configuration is good"),
        Command::Tenant(TenantCommand::Create(create)) => {
            let created = runtime()?.block_on(app::create_tenant(config, &create.name));
            console::say(create.page(&created.map_err(Failure::runtime)?));
        }
        Command::Tenant(TenantCommand::AddSecret(add)) => {
            let made = runtime()?.block_on(app::make_secret(config, add.order()));
            console::say(add.page(&made.map_err(Failure::runtime)?));
        }
        Command::Token(TokenCommand::Mint(mint)) => {
            let minted = runtime()?.block_on(app::mint_token(config, mint.order()));
            console::say(mint.page(&minted.map_err(Failure::runtime)?));
        }
        Command::Token(TokenCommand::Inspect(inspect)) => {
            let inspected = runtime()?.block_on(app::inspect_token(config, &inspect.token));
            let inspected = inspected.map_err(Failure::runtime)?;
            console::say(inspect.page(&inspected));
            inspected.reason.map_or(Ok(()), |reason| Err(Failure::runtime(reason)))?;
        }
        Command::Webhook(WebhookCommand::Listen(listen)) => runtime()?.block_on(async {
            let stop = signals::stop().map_err(Failure::runtime)?;
            listen.run(stop).await
        })?,
        Command::Control(command) => {
            if let Some(page) = runtime()?.block_on(command.run(&config.server.data_dir))? {
                console::say(page);
            }
        }
    }
    Ok(())
}

fn serve(config: Config) -> Result<(), Failure> {
    let _log = telemetry::start_logs(&config.log).map_err(Failure::runtime)?;
    runtime()?.block_on(async {
        let stop = signals::stop().map_err(Failure::runtime)?;
        app::serve(config, stop).await.map_err(Failure::runtime)
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::runtime)
}
