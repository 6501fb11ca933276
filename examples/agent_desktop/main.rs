//! An agent's desktop in a terminal: prints what happens to the agent until it is interrupted. How it keeps its
//! session is in `session`, how it waits in `backoff`; docs/agent-desktop.md tells the same in requests and answers.
//!
//! ```sh
//! cargo run --release --example agent_desktop -- --credentials data/credentials.json
//! ```

mod backoff;
mod session;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::Parser;
use serde_json::{Value, json};
use switchboard::cli::console;

use self::session::{Account, Desktop, Event, Wish};

/// Prints what happens to an agent.
#[derive(Debug, Parser)]
struct CommandLine {
    /// The tenant's credentials file, as the broker writes it.
    #[arg(long, value_name = "PATH", default_value = "data/credentials.json")]
    credentials: PathBuf,
    /// The agent's user id, when it is not the first of the directory.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Follow what other systems tell of these users besides, a subscription to their third-party events.
    #[arg(long, value_name = "USER")]
    follow: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let line = CommandLine::parse();
    let credentials = serde_json::from_str(&fs::read_to_string(&line.credentials)?)?;
    let user = line.user.map_or_else(|| text(&credentials, "/users/0/userId"), Ok)?;
    let mut desktop =
        Desktop::connect(account(&credentials)?, Wish { user, subscription: follow(&line.follow) }).await?;
    console::complain(format_args!("session {}, interrupt to end it", desktop.session_id()));
    let interrupted = tokio::signal::ctrl_c();
    tokio::select! {
        outcome = work(&mut desktop) => outcome?,
        outcome = interrupted => outcome?,
    }
    Ok(desktop.end().await?)
}

/// The life of a desktop: hear, do something about it, and only then acknowledge. If it dies in between, the events
/// come again.
async fn work(desktop: &mut Desktop) -> Result<(), Box<dyn Error>> {
    loop {
        let events = desktop.next().await?;
        events.iter().for_each(show);
        desktop.acknowledge(&events).await?;
    }
}

fn show(event: &Event) {
    console::say(format_args!("{} {} {}", event.event_id, event.event_type, event.payload));
}

/// A subscription to all third-party events of these users; none when there are no users.
fn follow(users: &[String]) -> Option<Value> {
    (!users.is_empty()).then(|| {
        json!({
            "description": "what other systems tell of the agents",
            "filterCriteria": {
                "catalogType": "engagementCenterThirdParty",
                "catalogTypeEvents": ["all"],
                "resources": {"resourceType": "users", "resourceIds": users},
            },
        })
    })
}

fn account(credentials: &Value) -> Result<Account, String> {
    let client = |member: &str| text(credentials, &format!("/clients/streaming/{member}"));
    Ok(Account {
        base_url: text(credentials, "/baseUrl")?,
        org_id: text(credentials, "/tenant/orgId")?,
        client_id: client("client_id")?,
        client_secret: client("client_secret")?,
        api_key: client("api_key")?,
    })
}

fn text(credentials: &Value, pointer: &str) -> Result<String, String> {
    let found = credentials.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("the credentials have no {pointer}"))
}
