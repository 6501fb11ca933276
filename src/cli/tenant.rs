//! `switchboard tenant`: its arguments, and how its result is printed.
//! How a tenant is made is the app's business.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

use crate::app::{MadeSecret, SecretOrder};

/// What to do with tenants.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum TenantCommand {
    /// Create a tenant and print its credentials: they are shown only now
    Create(CreateTenant),
    /// Make a secret for a client that nothing opens any more, and print it: it is shown only now. The server has to be
    /// stopped meanwhile
    AddSecret(AddSecret),
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

/// Arguments of `tenant add-secret`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct AddSecret {
    /// The tenant: its organization id or its tenant id
    #[arg(long, visible_alias = "org", value_name = "TENANT")]
    pub tenant: String,
    /// The client: portal, engine, streaming, messaging, handoff, or its client id
    #[arg(long, value_name = "CLIENT", default_value = "portal")]
    pub client: String,
    /// The secret's name, unique among those of the client
    #[arg(long, default_value = "made by the operator")]
    pub name: String,
    /// Print JSON on one line, for scripts
    #[arg(long)]
    pub json: bool,
}

impl AddSecret {
    /// What is to be made.
    pub fn order(&self) -> SecretOrder {
        let Self { tenant, client, name, json: _ } = self.clone();
        SecretOrder { tenant, client, name }
    }

    /// What to print about `made`: one line of JSON for scripts, a word and the secret for people.
    pub fn page(&self, made: &MadeSecret) -> String {
        if self.json {
            return serde_json::to_string(made).expect("a secret is made of texts and a number");
        }
        let MadeSecret { client_id, client_secret, .. } = made;
        format!("{client_id} has a new secret; keep it, it is not shown again:\n{}", client_secret.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_line_of_json_or_a_word_and_the_secret() {
        let made = MadeSecret {
            client_id: "c".into(),
            client_secret: "s3cret".into(),
            id: 2,
            name: "made by the operator".into(),
        };
        let add = |json| AddSecret { tenant: "demo".into(), client: "portal".into(), name: "n".into(), json };
        let line = r#"{"client_id":"c","client_secret":"s3cret","id":2,"name":"made by the operator"}"#;
        assert_eq!(add(true).page(&made), line);
        assert_eq!(add(false).page(&made).lines().last(), Some("s3cret"));
        assert!(!format!("{made:?}").contains("s3cret"), "{made:?}");
    }

    #[test]
    fn scripts_get_one_line_of_json_and_people_a_page() {
        let created = serde_json::json!({"tenant": "acme", "clients": []});
        let create = |json| CreateTenant { name: "acme".into(), json };
        assert_eq!(create(true).page(&created), "{\"tenant\":\"acme\",\"clients\":[]}");
        let page = create(false).page(&created);
        assert!(page.starts_with("tenant acme created;") && page.ends_with("  \"clients\": []\n}"), "{page}");
    }
}
