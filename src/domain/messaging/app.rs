//! Where a back end hears.

use serde::{Deserialize, Serialize};

use crate::domain::clock::Millis;
use crate::domain::confidential::Confidential;
use crate::domain::ids::{ClientId, MessagingId};

/// The address that a messaging client has registered. It hears the conversations of every hub of its tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Identifies the registration.
    pub id: MessagingId,
    /// Whose it is.
    pub client: ClientId,
    /// Where messages go; contact information is asked at the same address with `/contact/info` behind it.
    pub url: String,
    /// Shows the back end that it is we who call (`x-verify-token`).
    #[serde(skip, default = "no_token")]
    pub verify_token: Confidential,
    /// When it was registered.
    pub registered: Millis,
}

/// What stands in for the token until it was opened: it is kept sealed, apart from the rest.
fn no_token() -> Confidential {
    Confidential::from("")
}
