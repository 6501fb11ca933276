//! What the face calls channels and contacts (messaging reference, MsgChannel and InBoundContact), and what they are
//! here: a channel is a customer integration, a contact one customer on it. One mapping, which reads back what it
//! writes; it is made nowhere else.
//!
//! - A channel's id is `<prefix>:<lane>`, such as `sms:16476960000`. The lane is the address of the business on the
//!   channel where that is public (a phone number, a page), and else the integration's id. The bare lane is good too.
//! - A contact's id is `<prefix><csid>_<lane>`, such as `sms+15550001_16476960000`, with the binding key of its
//!   conversations as `csid`. There is no `_` in a lane, so the last one ends the `csid`, whatever that holds.
//! - `<prefix>:<csid>` is good for a contact where the channel is known, or the tenant has one of that kind.

use std::sync::Arc;

use super::error::FaultCode;
use crate::domain::conversation::MAX_BINDING;
use crate::domain::ids::{IntegrationId, TenantId};
use crate::domain::integration::{AccountKey, ChannelType, Integration, IntegrationType, ProviderAccount};
use crate::registry::{PageQuery, Registry};

/// The longest id of a channel, in characters: more than any lane needs.
pub(super) const MAX_CHANNEL_ID: usize = 128;

/// The longest id of a contact, in characters.
pub(super) const MAX_CONTACT_ID: usize = MAX_BINDING + MAX_CHANNEL_ID;

/// The values of `contactType` in the reference.
pub(super) const CONTACT_TYPES: [&str; 12] = [
    "SMS",
    "OA",
    "EMAIL",
    "WHATSAPP",
    "PUSH",
    "FACEBOOK",
    "TELEGRAM",
    "WEBSITE",
    "TWITTER",
    "INSTAGRAM",
    "DUMMY",
    "EMPTY",
];

/// How channels of one kind, and contacts on them, are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Naming {
    channel: ChannelType,
    /// In front of a channel's lane.
    pub(super) prefix: &'static str,
    /// In front of a contact's `csid`. None begins with another: so the first that fits is the right one.
    pub(super) contact_prefix: &'static str,
    /// One of [`CONTACT_TYPES`]. A channel for which the reference has none is `EMPTY`.
    pub(super) contact_type: &'static str,
}

/// The channels that customers come by.
const NAMINGS: [Naming; 7] = [
    naming(ChannelType::Direct, "direct", "di", "PUSH"),
    naming(ChannelType::WebChat, "web", "we", "WEBSITE"),
    naming(ChannelType::TwilioSMS, "sms", "sms", "SMS"),
    naming(ChannelType::Messenger, "fb", "fb", "FACEBOOK"),
    naming(ChannelType::Telegram, "tg", "tg", "TELEGRAM"),
    naming(ChannelType::Line, "line", "li", "OA"),
    naming(ChannelType::Kik, "kik", "kik", "EMPTY"),
];

const fn naming(
    channel: ChannelType,
    prefix: &'static str,
    contact_prefix: &'static str,
    contact_type: &'static str,
) -> Naming {
    Naming { channel, prefix, contact_prefix, contact_type }
}

impl Naming {
    /// That of a channel by which customers come.
    pub(super) fn of(channel: ChannelType) -> Option<Self> {
        NAMINGS.into_iter().find(|naming| naming.channel == channel)
    }
}

/// A customer integration, as the face sees it.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) integration: Arc<Integration>,
    pub(super) naming: Naming,
}

impl Channel {
    /// The channel that an integration is; none when it is not for customers.
    pub(super) fn of(integration: Arc<Integration>) -> Option<Self> {
        if integration.kind != IntegrationType::Customer {
            return None;
        }
        let naming = Naming::of(integration.channel())?;
        Some(Self { integration, naming })
    }

    /// The channel of an id, if it is the tenant's.
    pub(super) fn find(registry: &Registry, tenant: TenantId, id: &str) -> Option<Self> {
        match id.split_once(':') {
            Some((prefix, lane)) => Self::at(registry, tenant, lane, |naming| naming.prefix == prefix),
            None => Self::at(registry, tenant, id, |_| true),
        }
    }

    /// All channels of a tenant, hub by hub.
    pub(super) fn all(registry: &Registry, tenant: TenantId) -> Vec<Self> {
        let everything = PageQuery { number: 0, size: usize::MAX };
        registry.integrations(tenant, None, everything).items.into_iter().filter_map(Self::of).collect()
    }

    fn at(
        registry: &Registry,
        tenant: TenantId,
        lane: &str,
        is_meant: impl Fn(&Naming) -> bool,
    ) -> Option<Self> {
        // Two channels of different kinds may have the same lane.
        let meant =
            |integration| Self::of(integration).filter(|one| is_meant(&one.naming) && one.lane() == lane);
        let found =
            accounts_at(lane).find_map(|account| meant(registry.integration_with_account(tenant, &account)?));
        let by_id = || meant(registry.integration(tenant, lane.parse::<IntegrationId>().ok()?)?);
        found.or_else(by_id)
    }

    /// The address of the business on the channel where that is public, else the integration's id.
    pub(super) fn lane(&self) -> String {
        match self.integration.configuration.account() {
            Some(ProviderAccount::Twilio(number)) => number.phone_number.trim_start_matches('+').to_owned(),
            Some(ProviderAccount::Messenger(page)) => page.page_id.clone(),
            _ => self.integration.id.to_string(),
        }
    }

    /// Its id.
    pub(super) fn id(&self) -> String {
        format!("{}:{}", self.naming.prefix, self.lane())
    }

    /// The id of a contact on it.
    pub(super) fn contact_id(&self, csid: &str) -> String {
        contact_id(self.naming, csid, &self.lane())
    }
}

/// The accounts whose lane this may be.
fn accounts_at(lane: &str) -> impl Iterator<Item = AccountKey> {
    [
        AccountKey::of_public(ChannelType::TwilioSMS, format!("+{lane}")),
        AccountKey::of_public(ChannelType::TwilioSMS, lane),
        AccountKey::of_public(ChannelType::Messenger, lane),
    ]
    .into_iter()
}

/// A customer on a channel.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) channel: Channel,
    /// The binding key of its conversations.
    pub(super) csid: String,
}

impl Contact {
    /// The contact of an id, if its channel is the tenant's. Whether it has ever written is not asked.
    ///
    /// # Errors
    /// [`NoContact`] says why the id names none.
    pub(super) fn find(registry: &Registry, tenant: TenantId, id: &str) -> Result<Self, NoContact> {
        match Self::on_its_lane(registry, tenant, id) {
            Some(contact) => Ok(contact),
            None => Self::on_the_only_channel(registry, tenant, id),
        }
    }

    /// The same where the channel is known: an id without a lane is then of that channel, if it is of its kind.
    pub(super) fn find_for(
        channel: &Channel,
        registry: &Registry,
        tenant: TenantId,
        id: &str,
    ) -> Result<Self, NoContact> {
        let on_it = || {
            let csid = id.strip_prefix(channel.naming.contact_prefix)?.strip_prefix(':')?;
            Some(Self { channel: channel.clone(), csid: csid.to_owned() }).filter(Self::can_be)
        };
        match Self::on_its_lane(registry, tenant, id).or_else(on_it) {
            Some(contact) => Ok(contact),
            None => Self::on_the_only_channel(registry, tenant, id),
        }
    }

    fn on_its_lane(registry: &Registry, tenant: TenantId, id: &str) -> Option<Self> {
        let Named { naming, csid, lane } = named(id)?;
        let channel = Channel::at(registry, tenant, lane, |found| *found == naming)?;
        Some(Self { channel, csid: csid.to_owned() }).filter(Self::can_be)
    }

    fn on_the_only_channel(registry: &Registry, tenant: TenantId, id: &str) -> Result<Self, NoContact> {
        let (prefix, csid) = id.split_once(':').ok_or(NoContact::Missing)?;
        let mut fitting =
            Channel::all(registry, tenant).into_iter().filter(|one| one.naming.contact_prefix == prefix);
        let channel = fitting.next().filter(|_| Self::is_csid(csid)).ok_or(NoContact::Missing)?;
        match fitting.next() {
            None => Ok(Self { channel, csid: csid.to_owned() }),
            Some(_) => Err(NoContact::Ambiguous),
        }
    }

    fn can_be(&self) -> bool {
        Self::is_csid(&self.csid)
    }

    /// Whether a contact can be called this on its channel.
    pub(super) fn is_csid(text: &str) -> bool {
        !text.is_empty() && text.len() <= MAX_BINDING
    }

    /// Its id.
    pub(super) fn id(&self) -> String {
        self.channel.contact_id(&self.csid)
    }
}

/// Why an id names no contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoContact {
    /// There is no such channel, or the id is none of a contact.
    Missing,
    /// There are several channels of the kind that it names, and it names none of them.
    Ambiguous,
}

impl NoContact {
    /// What is wrong with a field that holds such an id.
    pub(super) fn fault(self) -> (FaultCode, &'static str) {
        match self {
            Self::Missing => (
                FaultCode::NotFound,
                "names no contact: it is <prefix><csid>_<lane>, such as sms+15550001_16476960000",
            ),
            Self::Ambiguous => {
                (FaultCode::Conflict, "names a contact of several channels; give its whole id")
            }
        }
    }
}

fn contact_id(naming: Naming, csid: &str, lane: &str) -> String {
    format!("{}{csid}_{lane}", naming.contact_prefix)
}

/// What the id of a contact names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named<'a> {
    naming: Naming,
    csid: &'a str,
    lane: &'a str,
}

fn named(id: &str) -> Option<Named<'_>> {
    let naming = NAMINGS.into_iter().find(|naming| id.starts_with(naming.contact_prefix))?;
    let (csid, lane) = id[naming.contact_prefix.len()..].rsplit_once('_')?;
    Some(Named { naming, csid, lane })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_prefix_of_contacts_begins_with_another_and_no_channel_has_two_names() {
        for one in NAMINGS {
            for other in NAMINGS.into_iter().filter(|other| *other != one) {
                assert!(!one.contact_prefix.starts_with(other.contact_prefix), "{one:?} {other:?}");
                assert!(one.prefix != other.prefix && one.channel != other.channel, "{one:?} {other:?}");
            }
            assert!(CONTACT_TYPES.contains(&one.contact_type), "{one:?}");
        }
    }

    #[test]
    fn every_channel_by_which_customers_come_has_a_name() {
        for channel in ChannelType::ALL {
            let for_customers = channel.serves().is_none_or(|whom| whom == IntegrationType::Customer);
            assert_eq!(Naming::of(*channel).is_some(), for_customers, "{channel:?}");
        }
    }

    #[test]
    fn what_names_no_kind_of_channel_or_no_lane_is_no_contact() {
        for id in ["", "di", "diada", "xx919_1", "_1", "DIada_1"] {
            assert_eq!(named(id), None, "{id}");
        }
        let found = named("diada_lovelace_b1d").unwrap();
        assert_eq!((found.csid, found.lane), ("ada_lovelace", "b1d"));
    }

    proptest! {
        #[test]
        fn the_id_of_a_contact_reads_back_whatever_its_binding_key_is(
            naming in prop::sample::select(NAMINGS.to_vec()),
            csid in any::<String>(),
            lane in "[0-9a-f-]{1,40}",
        ) {
            let id = contact_id(naming, &csid, &lane);
            prop_assert_eq!(named(&id), Some(Named { naming, csid: &csid, lane: &lane }));
        }

        #[test]
        fn no_text_is_too_odd_to_be_looked_at(id in any::<String>()) {
            if let Some(Named { naming, csid, lane }) = named(&id) {
                prop_assert_eq!(contact_id(naming, csid, lane), id);
            }
        }
    }
}
