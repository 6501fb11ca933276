//! `switchboard tenant`: its arguments, and how its result is printed.
//! How a tenant is made is the app's business.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

/// What to do with tenants.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum TenantCommand {
    /// Create a tenant and print its credentials: they are shown only now
    Create(CreateTenant),
}

/// Arguments of `tenant create`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CreateTenant {
    /// The new tenant's name
    pub name: String,
    /// Print JSON on one line, for scripts
    #[arg(long)]
    pub json: bool,
}

impl CreateTenant {
    /// What to print about `created`: one line of JSON for scripts, an indented page for people.
    pub fn page(&self, created: &impl Serialize) -> String {
        let created: Value = serde_json::to_value(created).expect("credentials are texts under text keys");
        if self.json {
            return created.to_string();
        }
        format!("tenant {} created; keep its credentials, they are not shown again:\n{created:#}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_get_one_line_of_json_and_people_a_page() {
        let created = serde_json::json!({"tenant": "acme", "clients": []});
        let create = |json| CreateTenant { name: "acme".into(), json };
        assert_eq!(create(true).page(&created), "{\"tenant\":\"acme\",\"clients\":[]}");
        let page = create(false).page(&created);
        assert!(page.starts_with("tenant acme created;") && page.ends_with("  \"clients\": []\n}"), "{page}");
    }
}
