//! A contact as a webhook tells it (messaging reference, InBoundContact).

use serde_json::{Map, Value, json};

use crate::api::messaging::ids::Contact;
use crate::domain::contact_update::BUSINESS_PROFILE;
use crate::domain::conversation::Conversation;
use crate::domain::customer::PROFILE_ID;

/// A contact, with what its channel says of it and what the business has told.
pub(in crate::api::messaging) fn inbound_contact(contact: &Contact, conversation: &Conversation) -> Value {
    let told = conversation.properties.get(BUSINESS_PROFILE).and_then(Value::as_object);
    let profile = |name| conversation.profile(name);
    let business = |name: &str| told.and_then(|told| told.get(name)).and_then(Value::as_str);
    let profile_id = business("profileId").or_else(|| profile(PROFILE_ID));
    json!({
        "businessProfile": said([
            ("email", business("email")),
            ("name", business("name")),
            ("phone", business("phone")),
            ("profileId", profile_id),
        ]),
        "channelId": contact.channel.id(),
        "contactId": contact.id(),
        "contactType": contact.channel.naming.contact_type,
        "csid": contact.csid,
        "lane": contact.channel.lane(),
        "profile": said([
            ("email", profile("email")),
            ("name", profile("full name")),
            ("phone", profile("phone")),
        ]),
    })
}

/// The members of which something is said.
fn said<const N: usize>(members: [(&str, Option<&str>); N]) -> Value {
    let said = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    said.collect::<Map<String, Value>>().into()
}
