//! A contact as events and messages have it (messaging reference, Contactable).

use serde_json::{Value, json};

use super::ids::{Channel, Contact};
use crate::domain::conversation::{Conversation, Properties};
use crate::registry::Registry;

/// The contact of a conversation; none when its integration is gone, or is a customer's no more.
pub(super) fn contact_of(registry: &Registry, conversation: &Conversation) -> Option<Contact> {
    let integration = registry.integration(conversation.tenant, conversation.integration)?;
    Some(Contact { channel: Channel::of(integration)?, csid: conversation.binding.clone() })
}

/// A contact with what is known of it.
pub(super) fn render(contact: &Contact, properties: &Properties) -> Value {
    let profile = |name| properties.get("profile").and_then(|profile| profile.get(name));
    let said = |name| profile(name).and_then(Value::as_str).unwrap_or_default();
    json!({
        "channelType": contact.channel.integration.channel().name(),
        "contactId": contact.id(),
        "contactType": contact.channel.naming.contact_type,
        "csid": contact.csid,
        "email": said("email"),
        "lane": contact.channel.lane(),
        "name": said("full name"),
        "phone": said("phone"),
    })
}

/// What stands for a contact whose channel is gone.
pub(super) fn unknown(csid: &str) -> Value {
    json!({
        "channelType": "",
        "contactId": "",
        "contactType": "EMPTY",
        "csid": csid,
        "email": "",
        "lane": "",
        "name": "",
        "phone": "",
    })
}
