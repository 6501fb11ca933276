//! `[messaging]`: what back ends may make grow, and how much of it is shown.

use std::num::NonZeroUsize;

use super::reader::Reader;

/// `[messaging]`: variables and templates, and what is told of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messaging {
    /// Variables of one tenant.
    pub variables_per_tenant: NonZeroUsize,
    /// Templates of one tenant, each language of one code for itself.
    pub templates_per_tenant: NonZeroUsize,
    /// Bytes of the value of one variable, and of each of the free objects of one template.
    pub value_bytes: usize,
    /// Bytes of the texts of one message that is made of a template.
    pub filled_bytes: usize,
    /// Bytes of one thing that is told of a customer.
    pub data_bytes: usize,
    /// Links of one thing or event that is told.
    pub links_per_push: usize,
    /// Characters of the text of a template.
    pub template_chars: usize,
    /// Channels on which one template may have a status.
    pub channels_per_template: usize,
    /// Files that go along with one template.
    pub attachments_per_template: usize,
    /// Buttons below one text, of a template or a message.
    pub buttons_per_message: usize,
    /// Customers of one tenant of whom it is kept what they prefer.
    pub customers_per_tenant: Option<NonZeroUsize>,
    /// Things that are told of all customers of one tenant.
    pub data_per_tenant: Option<NonZeroUsize>,
    /// Things that the properties of one conversation show.
    pub data_shown: usize,
    /// Events that they show.
    pub events_shown: usize,
    /// Messages of one conversation of which it is waited to hear what becomes of them.
    pub awaited_messages: NonZeroUsize,
    /// Open conversations of one customer that show what is told, and hear it.
    pub conversations_told: NonZeroUsize,
    /// Customers of one tenant who wait to be asked about at businesses.
    pub contact_questions: NonZeroUsize,
    /// Customers of one tenant who are asked about at the same time.
    pub contact_questions_at_once: NonZeroUsize,
    /// Labels that one answer to that may bring.
    pub contact_labels: usize,
}

impl Messaging {
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        Self {
            variables_per_tenant: from.some("messaging.variables_per_tenant", 100_000),
            templates_per_tenant: from.some("messaging.templates_per_tenant", 100_000),
            value_bytes: from.size("messaging.value_bytes", 2..=1_048_576),
            filled_bytes: from.size("messaging.filled_bytes", 1024..=1_048_576),
            data_bytes: from.size("messaging.data_bytes", 2..=1_048_576),
            links_per_push: from.size("messaging.links_per_push", 1..=1000),
            template_chars: from.size("messaging.template_chars", 1..=65_536),
            channels_per_template: from.size("messaging.channels_per_template", 0..=100_000),
            attachments_per_template: from.size("messaging.attachments_per_template", 0..=100),
            buttons_per_message: from.size("messaging.buttons_per_message", 0..=100),
            customers_per_tenant: from.limit("messaging.customers_per_tenant", 1_000_000_000),
            data_per_tenant: from.limit("messaging.data_per_tenant", 1_000_000_000),
            data_shown: from.size("messaging.data_shown", 0..=1000),
            events_shown: from.size("messaging.events_shown", 0..=1000),
            awaited_messages: from.some("messaging.awaited_messages", 1000),
            conversations_told: from.some("messaging.conversations_told", 10_000),
            contact_questions: from.some("messaging.contact_questions", 100_000),
            contact_questions_at_once: from.some("messaging.contact_questions_at_once", 10_000),
            contact_labels: from.size("messaging.contact_labels", 0..=1000),
        }
    }
}
