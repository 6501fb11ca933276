//! What each type of message is made of, as tables: its properties, what they hold, and which it needs.
//! Properties that no table names are the sender's own: they stay as they came.

use super::{ActionType, MessageType};

/// What an object is made of.
#[derive(Debug)]
pub struct Shape {
    /// Its properties.
    pub properties: &'static [Property],
    /// What holds between them.
    pub rule: Rule,
}

/// One property.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Its name, as the platform spells it.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be absent.
    pub need: Need,
}

/// Whether a property may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It has to be there; a text has to say something, a list to hold something.
    Required,
    /// It may be absent.
    Optional,
}

/// What a property holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text.
    Text,
    /// A text, a number or a truth value.
    Scalar,
    /// A truth value.
    Flag,
    /// Degrees to either side of zero, at most this many: a number, or a text that is one.
    Degrees(f64),
    /// Whatever its sender means by it.
    Any,
    /// The type of the message itself.
    Type,
    /// The type of one of these messages.
    TypeOf(&'static [MessageType]),
    /// What an action does.
    Action,
    /// Such parts.
    Objects(Part),
    /// Messages of these types.
    Messages(&'static [MessageType]),
}

/// The objects that messages are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What somebody can choose.
    Action,
    /// A channel that a message is meant for.
    Channel,
    /// What a channel is told with a message.
    Metadata,
    /// One of the ways in which a contact can be reached.
    ContactProperty,
    /// An item of a carousel or a list.
    Shown,
}

/// What holds between the properties of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nothing.
    None,
    /// It says something in at least one of `text`, `items` and `actions`.
    Text,
    /// It names a place, by an address, or by both of its coordinates, or by both ways.
    Location,
    /// It shows something, and says of an address what is to be found there.
    Showing,
    /// A link has an address, any other action a payload.
    Action,
}

const fn needed(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, need: Need::Required }
}

const fn may(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, need: Need::Optional }
}

const fn shape(properties: &'static [Property]) -> Shape {
    Shape { properties, rule: Rule::None }
}

const TYPE: Property = needed("type", Kind::Type);

/// What is meant for some channels only.
const CHANNELS: Property = may("channels", Kind::Objects(Part::Channel));

const ACTIONS: Property = may("actions", Kind::Objects(Part::Action));

static METADATA: Shape = shape(&[needed("key", Kind::Text), needed("value", Kind::Scalar)]);

static CHANNEL: Shape = shape(&[needed("type", Kind::Text), may("metadata", Kind::Objects(Part::Metadata))]);

static ACTION: Shape = Shape {
    properties: &[
        needed("type", Kind::Action),
        needed("title", Kind::Text),
        may("url", Kind::Text),
        may("payload", Kind::Any),
        may("urlIcon", Kind::Text),
        may("urlImage", Kind::Text),
        may("isDefault", Kind::Flag),
        CHANNELS,
    ],
    rule: Rule::Action,
};

static TEXT: Shape = Shape {
    properties: &[
        TYPE,
        may("text", Kind::Text),
        may("items", Kind::Messages(MessageType::ITEMS)),
        ACTIONS,
        CHANNELS,
    ],
    rule: Rule::Text,
};

/// What is played: YouTube, Vimeo, video and audio.
static PLAYED: Shape = shape(&[
    TYPE,
    needed("url", Kind::Text),
    may("label", Kind::Text),
    may("mimeType", Kind::Text),
    may("size", Kind::Any),
    may("length", Kind::Any),
    may("fallbackImageUrl", Kind::Text),
    CHANNELS,
]);

static IMAGE: Shape = shape(&[
    TYPE,
    needed("url", Kind::Text),
    may("alt", Kind::Text),
    may("urlAnchor", Kind::Text),
    may("title", Kind::Text),
    may("titleColor", Kind::Text),
    CHANNELS,
]);

static ATTACHMENT: Shape = shape(&[
    TYPE,
    needed("label", Kind::Text),
    needed("mimeType", Kind::Text),
    needed("url", Kind::Text),
    CHANNELS,
]);

static LOCATION: Shape = Shape {
    properties: &[
        TYPE,
        may("address", Kind::Text),
        may("latitude", Kind::Degrees(90.0)),
        may("longitude", Kind::Degrees(180.0)),
        may("imageUrl", Kind::Text),
        CHANNELS,
    ],
    rule: Rule::Location,
};

static CONTACT_PROPERTY: Shape =
    shape(&[needed("key", Kind::Text), needed("value", Kind::Scalar), may("type", Kind::Text)]);

static CONTACT: Shape = shape(&[
    TYPE,
    may("imageUrl", Kind::Text),
    needed("title", Kind::Text),
    may("subtitle", Kind::Text),
    may("properties", Kind::Objects(Part::ContactProperty)),
    CHANNELS,
]);

static CARD: Shape = Shape {
    properties: &[
        TYPE,
        may("urlType", Kind::TypeOf(MessageType::MEDIA)),
        may("url", Kind::Text),
        may("fallbackImageUrl", Kind::Text),
        may("title", Kind::Text),
        may("subtitle", Kind::Text),
        may("content", Kind::Text),
        ACTIONS,
        CHANNELS,
    ],
    rule: Rule::Showing,
};

/// An item of a carousel or a list: a medium by its type, as a message is one, or a card that says what its address
/// leads to.
static SHOWN: Shape = Shape {
    properties: &[
        may("type", Kind::TypeOf(MessageType::MEDIA)),
        may("urlType", Kind::TypeOf(MessageType::MEDIA)),
        may("url", Kind::Text),
        may("fallbackImageUrl", Kind::Text),
        may("title", Kind::Text),
        may("subtitle", Kind::Text),
        may("content", Kind::Text),
        may("label", Kind::Text),
        may("mimeType", Kind::Text),
        may("alt", Kind::Text),
        may("urlAnchor", Kind::Text),
        may("titleColor", Kind::Text),
        ACTIONS,
        CHANNELS,
    ],
    rule: Rule::Showing,
};

static CAROUSEL: Shape = shape(&[TYPE, needed("items", Kind::Objects(Part::Shown)), CHANNELS]);

static LIST: Shape = shape(&[TYPE, needed("items", Kind::Objects(Part::Shown)), ACTIONS, CHANNELS]);

static COMMAND: Shape = shape(&[
    TYPE,
    may("title", Kind::Text),
    may("subtitle", Kind::Text),
    may("properties", Kind::Objects(Part::ContactProperty)),
    CHANNELS,
]);

impl MessageType {
    /// What a message of this type is made of.
    pub fn shape(self) -> &'static Shape {
        match self {
            Self::Text => &TEXT,
            Self::Youtube | Self::Vimeo | Self::Video | Self::Audio => &PLAYED,
            Self::Image => &IMAGE,
            Self::Attachment => &ATTACHMENT,
            Self::Location => &LOCATION,
            Self::Contact => &CONTACT,
            Self::Card => &CARD,
            Self::Carousel => &CAROUSEL,
            Self::List => &LIST,
            Self::Command => &COMMAND,
        }
    }
}

impl Part {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Action, Self::Channel, Self::Metadata, Self::ContactProperty, Self::Shown];

    /// What such an object is made of.
    pub fn shape(self) -> &'static Shape {
        match self {
            Self::Action => &ACTION,
            Self::Channel => &CHANNEL,
            Self::Metadata => &METADATA,
            Self::ContactProperty => &CONTACT_PROPERTY,
            Self::Shown => &SHOWN,
        }
    }
}

impl Shape {
    /// The property of that name in any case of letters, with its place among the others.
    pub fn property(&self, name: &str) -> Option<(usize, &'static Property)> {
        self.properties.iter().enumerate().find(|(_, property)| property.name.eq_ignore_ascii_case(name))
    }
}

impl ActionType {
    /// The property that says where an action of this type leads.
    pub fn target(self) -> &'static str {
        match self {
            Self::Link => "url",
            Self::Postback | Self::Reply => "payload",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes() -> Vec<&'static Shape> {
        let parts = Part::ALL.iter().map(|part| part.shape());
        parts.chain(MessageType::ALL.iter().map(|kind| kind.shape())).collect()
    }

    #[test]
    fn no_shape_names_a_property_twice() {
        for shape in shapes() {
            for (place, property) in shape.properties.iter().enumerate() {
                let found = shape.property(&property.name.to_uppercase());
                assert_eq!(found.map(|(at, _)| at), Some(place), "{}", property.name);
            }
        }
    }

    #[test]
    fn shapes_are_narrow_enough_for_a_set_of_32_bits() {
        assert!(shapes().iter().all(|shape| shape.properties.len() <= 32));
    }

    #[test]
    fn what_is_not_named_is_the_senders_own() {
        assert!(MessageType::Text.shape().property("mood").is_none());
    }
}
