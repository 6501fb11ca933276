//! `switchboard token`: its arguments, and how its results are printed.
//! How a token is minted and judged is the app's business.

use std::time::Duration;

use clap::{Args, Subcommand};

use crate::app::{InspectedToken, MintedToken, TokenOrder};

/// What to do with access tokens.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum TokenCommand {
    /// Mint an access token for a client, as if it had asked for one
    Mint(MintToken),
    /// Show what a token says, and whether it is valid; the exit code is 1 when it is not
    Inspect(InspectToken),
}

/// Arguments of `token mint`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct MintToken {
    /// The tenant: its organization id or its tenant id
    #[arg(long, visible_alias = "org", value_name = "TENANT")]
    pub tenant: String,
    /// The client: portal, engine, streaming, or its client id
    #[arg(long, value_name = "CLIENT")]
    pub client: String,
    /// A scope, which may be given several times; without it, all that the client has
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// Seconds for which the token lives [config: auth.token_lifetime_seconds]
    #[arg(long, value_name = "SECONDS")]
    pub lifetime: Option<u64>,
    /// Print JSON on one line, for scripts
    #[arg(long)]
    pub json: bool,
}

impl MintToken {
    /// What is to be minted.
    pub fn order(&self) -> TokenOrder {
        TokenOrder {
            tenant: self.tenant.clone(),
            client: self.client.clone(),
            scope: (!self.scope.is_empty()).then(|| self.scope.join(" ")),
            lifetime: self.lifetime.map(Duration::from_secs),
        }
    }

    /// What to print about `minted`: without JSON the token alone, so that it can stand in another command.
    pub fn page(&self, minted: &MintedToken) -> String {
        if self.json { json_line(minted) } else { minted.access_token.expose().to_owned() }
    }
}

/// Arguments of `token inspect`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct InspectToken {
    /// The token
    pub token: String,
    /// Print JSON on one line, for scripts
    #[arg(long)]
    pub json: bool,
}

impl InspectToken {
    /// What to print about `inspected`.
    pub fn page(&self, inspected: &InspectedToken) -> String {
        if self.json {
            return json_line(inspected);
        }
        let InspectedToken { header, claims, reason, .. } = inspected;
        let verdict = match reason {
            None => "the token is valid",
            Some(reason) => reason,
        };
        format!("header {header:#}\nclaims {claims:#}\n{verdict}")
    }
}

fn json_line(result: &impl serde::Serialize) -> String {
    serde_json::to_string(result).expect("a result is made of texts, numbers and JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn people_get_the_token_alone_and_scripts_all_of_the_answer() {
        let minted = MintedToken {
            access_token: "a.b.c".into(),
            token_type: "Bearer",
            expires_in: 60,
            scope: "streamingapi".into(),
        };
        let mint = |json| MintToken {
            tenant: "demo".into(),
            client: "streaming".into(),
            scope: vec!["streamingapi".into(), "streamingapi.publish".into()],
            lifetime: Some(60),
            json,
        };
        assert_eq!(mint(false).page(&minted), "a.b.c");
        assert!(!format!("{minted:?}").contains("a.b.c"), "{minted:?}");
        let line = r#"{"access_token":"a.b.c","token_type":"Bearer","expires_in":60,"scope":"streamingapi"}"#;
        assert_eq!(mint(true).page(&minted), line);
        let order = mint(false).order();
        assert_eq!(order.scope.as_deref(), Some("streamingapi streamingapi.publish"));
        assert_eq!(order.lifetime, Some(Duration::from_secs(60)));
    }

    #[test]
    fn a_token_that_is_not_valid_is_shown_with_the_reason() {
        let inspected = InspectedToken {
            header: json!({"alg": "RS256"}),
            claims: json!({"sub": "x"}),
            valid: false,
            reason: Some("the token has expired".into()),
        };
        let inspect = |json| InspectToken { token: "t".into(), json };
        let line: Value = serde_json::from_str(&inspect(true).page(&inspected)).unwrap();
        assert_eq!(line, json!(inspected));
        assert_eq!((&line["valid"], &line["reason"]), (&json!(false), &json!("the token has expired")));
        let page = inspect(false).page(&inspected);
        assert!(page.contains("\"sub\": \"x\"") && page.ends_with("\nthe token has expired"), "{page}");
    }
}
