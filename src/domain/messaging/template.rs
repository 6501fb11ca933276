//! Templates of messages, as the tenant writes them and channels approve them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::media::{Button, Media};
use super::wire_words;
use crate::domain::clock::Millis;
use crate::domain::ids::{IntegrationId, MessagingId};

wire_words! {
    /// What a channel says of a template.
    ApprovalStatus {
        /// It may be sent.
        Approved = "APPROVED",
        /// It is being looked at.
        Pending = "PENDING",
        /// It may not be sent.
        Rejected = "REJECTED",
        /// It may not be sent for a while.
        Paused = "PAUSED",
        /// It may not be sent any more.
        Disabled = "DISABLED",
    }
}

/// What one channel says of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The channel.
    pub channel: IntegrationId,
    /// Whether it may be sent there.
    pub status: ApprovalStatus,
    /// What the template is called there.
    pub template_id: String,
}

/// A template in one language. Those of one code are versions of each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Identifies the template.
    pub id: MessagingId,
    /// Its name for programs; unique together with the language.
    pub code: String,
    /// Its language, such as `en_US`; empty in the version for everybody else.
    pub lang: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub desc: String,
    /// What it is called where it is shown.
    pub title: String,
    /// Stands above the text.
    pub header: String,
    /// The text, with places for values.
    pub body: String,
    /// Stands below the text.
    pub footer: String,
    /// The text in the channel's own form, where that is another.
    pub template: String,
    /// What kind of message it is.
    pub category: String,
    /// The same more closely.
    pub category_type: String,
    /// The kind of contacts that it is for; empty when it is for all.
    pub contact_type: String,
    /// How the text is formatted.
    pub format_type: String,
    /// What channels say of it; where none says anything, it may be sent everywhere.
    pub approved: Vec<Approval>,
    /// Files that go along.
    pub attachments: Vec<Media>,
    /// Buttons below the text.
    pub buttons: Vec<Button>,
    /// The tenant's own notes.
    pub meta: Map<String, Value>,
    /// Values for its places where a message brings none.
    pub model: Map<String, Value>,
    /// The client that made it.
    pub created_by: String,
    /// When it was made.
    pub created: Millis,
}

impl Template {
    /// What a channel says of it; `None` when it was never asked though others were.
    pub fn status_on(&self, channel: IntegrationId) -> Option<ApprovalStatus> {
        if self.approved.is_empty() {
            return Some(ApprovalStatus::Approved);
        }
        self.approved.iter().find(|approval| approval.channel == channel).map(|approval| approval.status)
    }

    /// Whether any channel says this of it.
    pub fn has_status(&self, status: ApprovalStatus) -> bool {
        if self.approved.is_empty() {
            return status == ApprovalStatus::Approved;
        }
        self.approved.iter().any(|approval| approval.status == status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(approved: Vec<Approval>) -> Template {
        Template {
            id: MessagingId::new(),
            code: "FEEDBACK".to_owned(),
            lang: String::new(),
            name: String::new(),
            desc: String::new(),
            title: String::new(),
            header: String::new(),
            body: String::new(),
            footer: String::new(),
            template: String::new(),
            category: String::new(),
            category_type: String::new(),
            contact_type: String::new(),
            format_type: String::new(),
            approved,
            attachments: Vec::new(),
            buttons: Vec::new(),
            meta: Map::new(),
            model: Map::new(),
            created_by: String::new(),
            created: Millis(0),
        }
    }

    #[test]
    fn a_template_that_no_channel_was_asked_about_is_approved_everywhere() {
        let template = template(Vec::new());
        assert_eq!(template.status_on(IntegrationId::new()), Some(ApprovalStatus::Approved));
        assert!(
            template.has_status(ApprovalStatus::Approved) && !template.has_status(ApprovalStatus::Pending)
        );
    }

    #[test]
    fn each_channel_says_for_itself() {
        let (asked, other) = (IntegrationId::new(), IntegrationId::new());
        let approval =
            Approval { channel: asked, status: ApprovalStatus::Rejected, template_id: String::new() };
        let template = template(vec![approval]);
        assert_eq!(template.status_on(asked), Some(ApprovalStatus::Rejected));
        assert_eq!(template.status_on(other), None);
        assert!(
            template.has_status(ApprovalStatus::Rejected) && !template.has_status(ApprovalStatus::Approved)
        );
    }

    #[test]
    fn every_status_is_read_by_its_word() {
        for (status, word) in ApprovalStatus::ALL.iter().zip(ApprovalStatus::WORDS) {
            assert_eq!((status.word(), ApprovalStatus::from_word(word)), (*word, Some(*status)));
        }
        assert_eq!(ApprovalStatus::from_word("approved"), None);
    }
}
