//! A contact centre: customers write, agents answer as often, and everybody hears it in their own way: agents on
//! websockets, desktops by streaming sessions, each customer on a websocket.
//!
//! Webhooks belong to a contact centre too. They are left out as long as the broker delivers none.

use std::iter;

use clap::Args;
use serde_json::{Map, Value};

use super::course;
use super::load_args::LoadArgs;
use super::venue::contact_centre::{Staff, contact_centre};
use crate::error::LoadError;
use crate::report::{Report, Told};
use crate::setting::Setting;
use crate::target::Target;

/// How much load is made.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Webhooks are left out: the broker does not deliver any yet.")]
pub struct Load {
    /// Agents on websockets; each hears every conversation.
    #[arg(long, value_name = "A", default_value_t = 10)]
    agents: usize,
    /// Desktops with a streaming session of the agent's user, which they acknowledge; each hears every conversation.
    #[arg(long, value_name = "S", default_value_t = 10)]
    sessions: usize,
    /// Customers, each with a conversation and a websocket on it.
    #[arg(long, value_name = "K", default_value_t = 100)]
    customers: usize,
    /// Bytes of a message's body, as it is posted.
    #[arg(long, value_name = "BYTES", default_value_t = 512)]
    payload: usize,
    /// How much of it: one half is written by customers, the other by agents, and each has the publishers.
    #[command(flatten)]
    load: LoadArgs,
}

impl Load {
    fn staff(&self) -> Staff {
        let Self { agents, sessions, customers, payload, .. } = *self;
        Staff { agents, sessions, customers: customers.max(1), payload }
    }

    fn told(&self) -> Told {
        let Self { agents, sessions, customers, payload, load } = self;
        let mut parameters = load.parameters();
        let members: [(&str, usize); 4] = [
            ("agents", *agents),
            ("sessions", *sessions),
            ("customers", *customers),
            ("payloadBytes", *payload),
        ];
        let members: Map<_, _> =
            members.map(|(name, value)| (name.to_owned(), Value::from(value))).into_iter().collect();
        parameters.extend(members);
        let title = format!(
            "{agents} agents and {sessions} streaming sessions hear {customers} customers, {}",
            load.in_words()
        );
        Told { scenario: "mixed", title, parameters }
    }
}

/// Makes the load.
///
/// # Errors
/// When it cannot be made. What the broker does with it is in the report.
pub async fn run(target: &Target, setting: &Setting, load: &Load) -> Result<Report, LoadError> {
    let (venue, sessions) = contact_centre(&target.credentials()?, load.staff()).await?;
    let report = course::run(venue, setting, &load.load, iter::empty(), load.told());
    sessions.end().await;
    report
}
