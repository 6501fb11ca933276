//! The postman: takes notices from a postbox and mails them one after the other, each webhook's at most once in a
//! pause. Whoever hands in waits for nobody. A notice that is not mailed is kept as a notification all the same.

use std::error::Error;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::letter::Letter;
use super::mail::{Mail, Unsent};
use super::measures::{Measures, Outcome};
use super::pauses::Pauses;
use crate::config::Smtp;
use crate::domain::clock::Clock;
use crate::outlets::webhooks::GivenUp;
use crate::registry::Registry;

/// Where notices are handed in; clones are the same.
#[derive(Clone, Debug)]
pub struct Postbox {
    notices: mpsc::Sender<GivenUp>,
    measures: Arc<Measures>,
}

impl Postbox {
    /// Hands a notice in. One too many is not mailed.
    pub(super) fn hand_in(&self, given_up: GivenUp) {
        if let Err(error) = self.notices.try_send(given_up) {
            self.measures.mailed(Outcome::Dropped);
            tracing::warn!(%error, "a notice of a failed webhook is not mailed");
        }
    }
}

/// What the postman works with.
pub struct PostmanParts {
    /// Hands mail to the server.
    pub mail: Mail,
    /// Knows the names of webhooks.
    pub registry: Arc<Registry>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub measures: Arc<Measures>,
}

/// Mails what is handed in.
pub struct Postman {
    parts: PostmanParts,
    notices: mpsc::Receiver<GivenUp>,
    pauses: Pauses,
}

impl Postman {
    /// A postman, and the box that he empties.
    pub fn new(parts: PostmanParts, smtp: &Smtp) -> (Self, Postbox) {
        let (sender, notices) = mpsc::channel(smtp.waiting.get());
        let postbox = Postbox { notices: sender, measures: parts.measures.clone() };
        (Self { parts, notices, pauses: Pauses::new(smtp.pause) }, postbox)
    }

    /// Works until the box is gone and empty.
    pub async fn work(mut self) {
        while let Some(given_up) = self.notices.recv().await {
            self.carry(given_up).await;
        }
    }

    async fn carry(&mut self, given_up: GivenUp) {
        let PostmanParts { mail, registry, clock, measures } = &self.parts;
        let Some(tenant) = registry.tenant(given_up.tenant) else { return };
        let webhook = (given_up.tenant, given_up.endpoint.clone());
        let Some(withheld) = self.pauses.notice(&webhook, clock.now()) else {
            measures.mailed(Outcome::Withheld);
            return;
        };
        let letter = Letter::new(registry, &tenant, &given_up, withheld);
        let mut is_sent = false;
        for recipient in mail.recipients(&tenant.org) {
            match mail.send(&letter, recipient).await {
                Ok(()) => {
                    is_sent = true;
                    measures.mailed(Outcome::Sent);
                }
                Err(unsent) => {
                    measures.mailed(Outcome::Failed);
                    log(&unsent, tenant.org.as_str());
                }
            }
        }
        if is_sent {
            self.pauses.begin(webhook, clock.now());
        }
    }
}

fn log(unsent: &Unsent, org: &str) {
    tracing::warn!(error = unsent as &dyn Error, org, "operators could not be mailed of a failed webhook");
}
