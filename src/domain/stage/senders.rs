//! Whose activities a stage looks at.

use serde::{Deserialize, Serialize};

use crate::domain::integration::IntegrationType;

/// The kinds of senders whose activities a stage looks at; it lets those of all others pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Senders {
    customer: bool,
    agent: bool,
    bot: bool,
}

/// It is no kind of sender.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" does not send activities")]
pub struct NoSender(String);

impl Senders {
    /// Nobody.
    const NONE: Self = Self { customer: false, agent: false, bot: false };

    /// Customers and nobody else.
    pub const CUSTOMERS: Self = Self { customer: true, ..Self::NONE };

    /// The kinds that there are, in the order in which they are told.
    pub const ALL: [IntegrationType; 3] =
        [IntegrationType::Customer, IntegrationType::Agent, IntegrationType::Bot];

    /// Those who are named, in any case of letters; nobody where nobody is named.
    ///
    /// # Errors
    /// `NoSender` with the first name that is none.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, NoSender> {
        let mut senders = Self::NONE;
        for name in names {
            match IntegrationType::from_name(name) {
                Some(IntegrationType::Customer) => senders.customer = true,
                Some(IntegrationType::Agent) => senders.agent = true,
                Some(IntegrationType::Bot) => senders.bot = true,
                _ => return Err(NoSender(name.to_owned())),
            }
        }
        Ok(senders)
    }

    /// Whether those of this kind are among them.
    pub fn include(self, kind: IntegrationType) -> bool {
        match kind {
            IntegrationType::Customer => self.customer,
            IntegrationType::Agent => self.agent,
            IntegrationType::Bot => self.bot,
            _ => false,
        }
    }

    /// Their names on the wire.
    pub fn names(self) -> impl Iterator<Item = String> {
        let named = Self::ALL.into_iter().filter(move |kind| self.include(*kind));
        named.map(|kind| kind.name().to_ascii_lowercase())
    }
}

impl TryFrom<Vec<String>> for Senders {
    type Error = NoSender;

    fn try_from(names: Vec<String>) -> Result<Self, NoSender> {
        Self::named(names.iter().map(String::as_str))
    }
}

impl From<Senders> for Vec<String> {
    fn from(senders: Senders) -> Self {
        senders.names().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_named_in_any_case_and_told_in_one_order() {
        let senders = Senders::named(["BOT", "customer"]).unwrap();
        assert_eq!(senders.names().collect::<Vec<_>>(), ["customer", "bot"]);
        assert!(senders.include(IntegrationType::Bot) && !senders.include(IntegrationType::Agent));
        assert_eq!(Senders::named(["system"]), Err(NoSender("system".to_owned())));
        let text = serde_json::to_string(&senders).unwrap();
        assert_eq!(serde_json::from_str::<Senders>(&text).unwrap(), senders);
    }
}
