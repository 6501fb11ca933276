//! Whom a message is for: a contact on a channel, by its id, or by a phone number or an address of electronic mail
//! where it has never written (messaging reference, OutBoundContact). It must not know what is sent.

use serde_json::{Map, Value};

use crate::api::messaging::error::FaultCode;
use crate::api::messaging::fields::Fields;
use crate::api::messaging::ids::{Channel, Contact, MAX_CHANNEL_ID, MAX_CONTACT_ID, NoContact};
use crate::domain::conversation::{MAX_BINDING, Properties};
use crate::domain::ids::TenantId;
use crate::domain::integration::ChannelType;
use crate::registry::Registry;

/// As the reference names the schema of `to`.
const TO: &str = "OutBoundContact";

/// Whom a message is for.
#[derive(Debug)]
pub(super) struct Recipient {
    pub(super) contact: Contact,
    /// The member of `to` that names the contact.
    named_by: &'static str,
    /// What the message is to call the contact, and its profile where the conversation is new; empty where the caller
    /// does not say.
    pub(super) name: String,
    phone: Option<String>,
    email: Option<String>,
}

impl Recipient {
    /// Reads `to`; none when that or the channel has a fault, which is noted.
    pub(super) fn read(
        fields: &mut Fields<'_>,
        channel: Option<&Channel>,
        registry: &Registry,
        tenant: TenantId,
    ) -> Option<Self> {
        if fields.get("to").is_none() {
            fields.fault("to", FaultCode::Required, "is required");
        }
        fields.object("to", TO, |to| Self::read_to(to, channel, registry, tenant)).flatten()
    }

    fn read_to(
        to: &mut Fields<'_>,
        channel: Option<&Channel>,
        registry: &Registry,
        tenant: TenantId,
    ) -> Option<Self> {
        let id = to.text("contactId", MAX_CONTACT_ID).filter(|id| !id.is_empty());
        let name = to.text("name", MAX_BINDING).unwrap_or_default();
        let phone = phone(to);
        let email = email(to);
        if let Some(id) = id {
            let contact = known(to, &id, channel, registry, tenant)?;
            return Some(Self { contact, named_by: "contactId", name, phone, email });
        }
        let (named_by, csid) = match (&phone, &email) {
            (Some(phone), _) => ("phone", phone),
            (None, Some(email)) => ("email", email),
            (None, None) => {
                // What is there and has a fault is told already.
                if ["contactId", "phone", "email"].iter().all(|name| to.get(name).is_none_or(|it| it == "")) {
                    to.fault(
                        "contactId",
                        FaultCode::Required,
                        "is required where there is no phone or email",
                    );
                }
                return None;
            }
        };
        let csid = match (channel.map(|channel| channel.integration.channel()), named_by) {
            (Some(ChannelType::TwilioSMS), "email") => {
                to.fault("phone", FaultCode::Required, "is required on a channel of phone numbers");
                return None;
            }
            (Some(ChannelType::TwilioSMS), _) => format!("+{}", csid.trim_start_matches('+')),
            _ => csid.clone(),
        };
        if !Contact::is_csid(&csid) {
            let rule = format!("must have at most {MAX_BINDING} bytes");
            to.fault(named_by, FaultCode::TooLong, &rule);
            return None;
        }
        let contact = Contact { channel: channel?.clone(), csid };
        Some(Self { contact, named_by, name, phone, email })
    }

    /// Notes that the contact wants no messages.
    pub(super) fn refuses(&self, fields: &mut Fields<'_>) {
        let rule = "names a contact that has opted out of messages";
        fields.object("to", TO, |to| to.fault(self.named_by, FaultCode::Unavailable, rule));
    }

    /// What is known of the contact when its conversation is new.
    pub(super) fn properties(&self) -> Properties {
        let known = [
            ("full name", Some(self.name.clone()).filter(|name| !name.is_empty())),
            ("phone", self.phone.clone()),
            ("email", self.email.clone()),
        ];
        let profile: Map<String, Value> =
            known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
        Map::from_iter([("profile".to_owned(), profile.into())])
    }
}

/// Reads `channelId`; none when it has a fault, which is noted.
pub(super) fn channel(fields: &mut Fields<'_>, registry: &Registry, tenant: TenantId) -> Option<Channel> {
    let id = fields.required_text("channelId", MAX_CHANNEL_ID)?;
    let Some(channel) = Channel::find(registry, tenant, &id) else {
        fields.fault("channelId", FaultCode::NotFound, "names no channel");
        return None;
    };
    if !channel.integration.is_active() {
        fields.fault("channelId", FaultCode::Unavailable, "names a channel that is paused");
        return None;
    }
    Some(channel)
}

/// A contact by its id, which is on the channel that the message is for.
fn known(
    to: &mut Fields<'_>,
    id: &str,
    channel: Option<&Channel>,
    registry: &Registry,
    tenant: TenantId,
) -> Option<Contact> {
    let found = match channel {
        Some(channel) => Contact::find_for(channel, registry, tenant, id),
        None => Contact::find(registry, tenant, id),
    };
    let contact = match found {
        Ok(contact) => contact,
        // Once the channel is named as it should be, the contact may be known.
        Err(NoContact::Ambiguous) if channel.is_none() => return None,
        Err(error) => {
            let (code, rule) = error.fault();
            to.fault("contactId", code, rule);
            return None;
        }
    };
    if contact.channel.integration.id != channel?.integration.id {
        to.fault("contactId", FaultCode::Conflict, "names a contact on another channel");
        return None;
    }
    Some(contact)
}

/// A phone number as its digits, with the `+` where it has one.
fn phone(to: &mut Fields<'_>) -> Option<String> {
    let text = to.text("phone", MAX_BINDING).filter(|text| !text.is_empty())?;
    let number = digits(&text);
    if number.is_none() {
        to.fault("phone", FaultCode::InvalidValue, "must be a phone number");
    }
    number
}

fn digits(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => ("+", rest),
        None => ("", text),
    };
    let is_good = |sign: char| sign.is_ascii_digit() || " ()-./".contains(sign);
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (rest.chars().all(is_good) && !digits.is_empty()).then(|| format!("{sign}{digits}"))
}

/// An address of electronic mail in small letters.
fn email(to: &mut Fields<'_>) -> Option<String> {
    let text = to.text("email", MAX_BINDING).filter(|text| !text.is_empty())?;
    let text = text.trim().to_lowercase();
    let is_good = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if !is_good || text.contains(char::is_whitespace) {
        to.fault("email", FaultCode::InvalidValue, "must be an email address");
        return None;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_its_digits_however_it_is_written() {
        for (text, expected) in [
            ("+91 9988776655", Some("+919988776655")),
            ("+1 (940) 555-1234", Some("+19405551234")),
            ("919988776655", Some("919988776655")),
            (" 030/12.34 ", Some("0301234")),
            ("", None),
            ("+", None),
            ("call me", None),
            ("12a", None),
        ] {
            assert_eq!(digits(text).as_deref(), expected, "{text}");
        }
    }
}
