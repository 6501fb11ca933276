//! What a mail about a failed webhook says: plain text for people, with nothing in it that was said in a
//! conversation.

use std::fmt::Write;

use crate::domain::delivery::Endpoint;
use crate::domain::notification::Reason;
use crate::domain::tenant::Tenant;
use crate::outlets::webhooks::GivenUp;
use crate::pipeline::utc;
use crate::registry::Registry;

/// What a mail says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) text: String,
}

/// A string takes all that is written to it.
const TAKEN: &str = "a string takes all that is written to it";

impl Letter {
    /// About deliveries that were given up, after `withheld` notices about the same webhook that were not mailed.
    pub(super) fn new(registry: &Registry, tenant: &Tenant, given_up: &GivenUp, withheld: u64) -> Self {
        let Webhook { name, lines, replay } = Webhook::of(registry, given_up);
        let org = tenant.org.as_str();
        let mut text =
            format!("The webhook of {name}, of the tenant {org}, does not take what it is sent.\n\n");
        let mut line = |title: &str, value: &str| {
            writeln!(text, "{:14}{}", format!("{title}:"), one_line(value)).expect(TAKEN);
        };
        lines.iter().for_each(|(title, value)| line(title, value));
        line("Conversation", &given_up.conversation.to_string());
        line("Deliveries", &format!("{}, given up at {}", given_up.deliveries.len(), utc(given_up.at)));
        line("Why", why(given_up.reason));
        let last = &given_up.last;
        let status = last.status_code.map(|status| format!("status {status}"));
        let outcome = [status, last.error.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
        line("Last attempt", &format!("{} after {} ms", outcome, last.duration_ms));
        if withheld > 0 {
            write!(text, "\nNotifications since the last mail about it, besides this one: {withheld}.\n")
                .expect(TAKEN);
        }
        if let Some(path) = replay {
            write!(text, "\nNothing is lost: once it works again, have them sent by\n\n  POST {path}\n")
                .expect(TAKEN);
        }
        Self { subject: one_line(&format!("[{org}] The webhook of {name} fails")), text }
    }
}

/// What is told of the webhook itself.
struct Webhook {
    name: String,
    lines: Vec<(&'static str, String)>,
    replay: Option<String>,
}

impl Webhook {
    fn of(registry: &Registry, given_up: &GivenUp) -> Self {
        match &given_up.endpoint {
            Endpoint::Integration(id) => {
                let found = registry.integration(given_up.tenant, *id);
                let name = found.as_ref().map_or("an integration", |integration| integration.name.as_str());
                let hub = found.as_ref().and_then(|one| registry.hub(given_up.tenant, one.hub));
                let mut lines = vec![("Integration", format!("{name} ({id})"))];
                lines.extend(hub.map(|hub| ("Hub", format!("{} ({})", hub.name, hub.id))));
                let replay = Some(format!("/api/v1/integrations/{id}/deliveries/replay"));
                Self { name: one_line(&format!("\"{name}\"")), lines, replay }
            }
            Endpoint::App(client) => Self {
                name: "an application".to_owned(),
                lines: vec![("Client", client.to_string())],
                replay: Some("/xms/api/v1/config/webhook/deliveries/replay".to_owned()),
            },
        }
    }
}

fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::Exhausted => "the last attempt has failed",
        Reason::Stopped => "it has answered that it wants nothing any more (410)",
    }
}

/// A name or an error as it may stand in a line, or in a header: what would end the line is a space.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
