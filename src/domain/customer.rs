//! What is known of a customer beyond its conversations: what it prefers, and what the tenant's back ends have told
//! of it. It must not know who tells it, nor how a customer is named on any face.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::clock::Millis;
use crate::domain::conversation::{Conversation, Properties};
use crate::domain::ids::IntegrationId;

/// A customer on one customer integration, whether or not it has a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The customer integration.
    pub integration: IntegrationId,
    /// The binding key of its conversations.
    pub binding: String,
    /// The language that it prefers, such as `en_US`; empty when nobody said.
    pub lang: String,
    /// Whether it wants no messages that it has not asked for.
    pub opted_out: bool,
}

impl Customer {
    /// A customer of whom nothing is known.
    pub fn new(integration: IntegrationId, binding: String) -> Self {
        Self { integration, binding, lang: String::new(), opted_out: false }
    }
}

/// One of the ways in which a customer is told from others. Those of a customer on several channels may be the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CustomerKey {
    /// On an integration, by its binding key.
    Contact(IntegrationId, String),
    /// By a phone number; only its digits count.
    Phone(String),
    /// By an address of electronic mail, in any case of letters.
    Email(String),
    /// By its id in the tenant's own systems.
    Profile(String),
}

impl CustomerKey {
    /// A phone number, however it is written; none without a digit.
    pub fn phone(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(Self::Phone(digits))
    }

    /// An address of electronic mail; none when there is nothing.
    pub fn email(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        (!text.is_empty()).then_some(Self::Email(text))
    }

    /// An id in the tenant's own systems; none when there is nothing.
    pub fn profile(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self::Profile(text.to_owned()))
    }

    /// All by which the customer of a conversation is told from others: where it writes, and what is said of it.
    pub fn of(conversation: &Conversation) -> Vec<Self> {
        Self::of_new(conversation.integration, &conversation.binding, &conversation.properties)
    }

    /// The same of a conversation that is about to be opened.
    pub fn of_new(integration: IntegrationId, binding: &str, properties: &Properties) -> Vec<Self> {
        let contact = Self::Contact(integration, binding.to_owned());
        std::iter::once(contact).chain(Self::said(binding, properties)).collect()
    }

    /// What is said of a conversation's customer.
    pub fn said_of(conversation: &Conversation) -> Vec<Self> {
        Self::said(&conversation.binding, &conversation.properties)
    }

    /// What the profile says, each once. A binding key that is a phone number as E.164 writes it counts as one.
    fn said(binding: &str, properties: &Properties) -> Vec<Self> {
        let said = |name| properties.get("profile")?.get(name)?.as_str();
        let binding = Some(binding).filter(|binding| is_e164(binding));
        let all = [
            said("phone").and_then(Self::phone),
            binding.and_then(Self::phone),
            said("email").and_then(Self::email),
            said(PROFILE_ID).and_then(Self::profile),
        ];
        let mut keys = Vec::new();
        for key in all.into_iter().flatten() {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }
}

/// Whether a text is a phone number with its country: a plus and 7 to 15 digits.
fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Where a profile has the customer's id in the tenant's own systems.
pub const PROFILE_ID: &str = "profile id";

/// What kind of thing a back end has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PushKind {
    /// Something that the customer has: an order, a policy. What is told later takes its place.
    Data,
    /// Something that happened.
    Event,
}

impl PushKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Data, Self::Event];

    /// The number in the store.
    pub fn code(self) -> i64 {
        match self {
            Self::Data => 1,
            Self::Event => 2,
        }
    }

    /// The kind that `code` means, if it means one.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Something that a back end has told of a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    /// What kind of thing it is.
    pub kind: PushKind,
    /// The type of a thing, or the name of an event.
    pub name: String,
    /// Tells it from others of its kind and name.
    pub id: String,
    /// What is told of it; nothing more of an event.
    pub data: Map<String, Value>,
    /// Whose it is: a customer by any of these.
    pub links: Vec<CustomerKey>,
    /// When it was told.
    pub at: Millis,
}

/// Where properties show what was told of the customer.
const ADDITIONAL: &str = "additional";

/// Its part with things, by type and id.
const DATA: &str = "data";

/// Its part with events, the newest first.
const EVENTS: &str = "events";

/// Shows what was told of a customer in the properties of its conversation: things by type and id, events newest
/// first. `told` is the newest of each kind, the newest first, in place of what was shown of that kind before. A kind
/// of which nothing is told stays as it is: what is there may be the customer's own.
pub fn show(properties: &mut Map<String, Value>, told: &[Push]) {
    let mut data: Map<String, Value> = Map::new();
    let mut events = Vec::new();
    for push in told {
        match push.kind {
            PushKind::Data => {
                let of_type = data.entry(push.name.clone()).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(of_type) = of_type {
                    of_type.insert(push.id.clone(), push.data.clone().into());
                }
            }
            PushKind::Event => {
                events.push(serde_json::json!({"eventName": push.name, "id": push.id, "timestamp": push.at}));
            }
        }
    }
    if !data.is_empty() {
        put(properties, PushKind::Data, data.into());
    }
    if !events.is_empty() {
        put(properties, PushKind::Event, events.into());
    }
}

/// Takes what is shown of a kind out of the properties of a conversation, whose customer it is no longer told of.
pub fn hide(properties: &mut Map<String, Value>, kind: PushKind) {
    if let Some(Value::Object(additional)) = properties.get_mut(ADDITIONAL) {
        additional.remove(part(kind));
    }
}

fn put(properties: &mut Map<String, Value>, kind: PushKind, shown: Value) {
    let additional = properties.entry(ADDITIONAL).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(additional) = additional {
        additional.insert(part(kind).to_owned(), shown);
    }
}

fn part(kind: PushKind) -> &'static str {
    match kind {
        PushKind::Data => DATA,
        PushKind::Event => EVENTS,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn push(kind: PushKind, name: &str, id: &str, at: i64) -> Push {
        let data = Map::from_iter([("at".to_owned(), at.into())]);
        Push { kind, name: name.to_owned(), id: id.to_owned(), data, links: Vec::new(), at: Millis(at) }
    }

    #[test]
    fn numbers_and_addresses_are_the_same_however_they_are_written() {
        assert_eq!(CustomerKey::phone("+1 (416) 555-0001"), CustomerKey::phone("14165550001"));
        assert_eq!(CustomerKey::email(" Ada@Example.COM"), CustomerKey::email("ada@example.com"));
        assert_ne!(CustomerKey::profile("C1"), CustomerKey::profile("c1"));
        assert_eq!(CustomerKey::phone("none"), None);
        assert_eq!((CustomerKey::email(" "), CustomerKey::profile("")), (None, None));
    }

    #[test]
    fn what_is_told_is_shown_by_type_and_the_newest_events_first() {
        let mut properties =
            Map::from_iter([("additional".to_owned(), json!({"own": 1, "events": ["old"]}))]);
        let told = [
            push(PushKind::Event, "PAID", "e2", 9),
            push(PushKind::Data, "ORDER", "o1", 8),
            push(PushKind::Data, "ORDER", "o2", 7),
            push(PushKind::Event, "ORDERED", "e1", 6),
        ];
        show(&mut properties, &told);
        let expected = json!({
            "own": 1,
            "data": {"ORDER": {"o1": {"at": 8}, "o2": {"at": 7}}},
            "events": [
                {"eventName": "PAID", "id": "e2", "timestamp": 9},
                {"eventName": "ORDERED", "id": "e1", "timestamp": 6},
            ],
        });
        assert_eq!(properties["additional"], expected);
        show(&mut properties, &[]);
        assert_eq!(properties["additional"], expected);
        PushKind::ALL.into_iter().for_each(|kind| hide(&mut properties, kind));
        assert_eq!(properties["additional"], json!({"own": 1}));
    }

    #[test]
    fn what_the_customer_gave_stays_where_nothing_of_the_kind_is_told() {
        let own = json!({"data": {"CART": "full"}, "events": ["own"]});
        let mut properties = Map::from_iter([("additional".to_owned(), own.clone())]);
        show(&mut properties, &[]);
        assert_eq!(properties["additional"], own);
        show(&mut properties, &[push(PushKind::Event, "PAID", "e1", 1)]);
        assert_eq!(properties["additional"]["data"], own["data"]);
        let mut nothing = Map::new();
        show(&mut nothing, &[]);
        hide(&mut nothing, PushKind::Data);
        assert_eq!(nothing, Map::new());
    }
}
