//! What can be said, as schemas: messages by the tables of their types, and events. It must not know who may say it.

use serde_json::{Value, json};

use crate::api::openapi::schema::{
    about, any_of, asked, boolean, list, list_from, named, one_of, or_null, text, word,
};
use crate::domain::activity::EventType;
use crate::domain::integration::IntegrationType;
use crate::domain::message::{ActionType, Kind, MessageType, Need, Part, Property, Rule, Shape};

/// The schema of any message that clients send.
pub(in crate::api) const MESSAGE: &str = "MessageIn";

/// The schema of a message that customers may send.
pub(in crate::api) const CUSTOMER_MESSAGE: &str = "CustomerMessageIn";

/// The schema of an event.
pub(in crate::api) const EVENT: &str = "EventIn";

/// The schemas of messages and events by their names.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let sent = || MessageType::ALL.iter().copied().filter(|kind| kind.is_sent());
    let customers = sent().filter(|kind| kind.may_come_from(IntegrationType::Customer));
    let unions = [
        (MESSAGE, any_of(sent().map(reference))),
        (CUSTOMER_MESSAGE, any_of(customers.map(reference))),
        (EVENT, event()),
    ];
    let parts = Part::ALL.iter().map(|part| (part_name(*part), object(part.shape(), None)));
    unions.into_iter().chain(sent().map(|kind| (name(kind), message(kind)))).chain(parts).collect()
}

/// The name of the schema of a type.
fn name(kind: MessageType) -> &'static str {
    match kind {
        MessageType::Text => "TextMessageIn",
        MessageType::Youtube => "YoutubeMessageIn",
        MessageType::Vimeo => "VimeoMessageIn",
        MessageType::Video => "VideoMessageIn",
        MessageType::Audio => "AudioMessageIn",
        MessageType::Image => "ImageMessageIn",
        MessageType::Attachment => "AttachmentMessageIn",
        MessageType::Location => "LocationMessageIn",
        MessageType::Contact => "ContactMessageIn",
        MessageType::Card => "CardMessageIn",
        MessageType::Carousel => "CarouselMessageIn",
        MessageType::List => "ListMessageIn",
        MessageType::Command => "CommandMessageIn",
    }
}

/// The name of the schema of a part.
fn part_name(part: Part) -> &'static str {
    match part {
        Part::Action => "ActionIn",
        Part::Channel => "ChannelIn",
        Part::Metadata => "ChannelMetadataIn",
        Part::ContactProperty => "ContactPropertyIn",
        Part::Shown => "ShownIn",
    }
}

fn reference(kind: MessageType) -> Value {
    named(name(kind))
}

fn message(kind: MessageType) -> Value {
    object(kind.shape(), Some(kind))
}

/// An object of a shape: in each of the ways in which its rule lets it be.
fn object(shape: &Shape, message: Option<MessageType>) -> Value {
    let of = |way: &Way| {
        let told = |property: &Property| way.iter().find(|(name, _)| *name == property.name);
        let (needed, may): (Vec<_>, Vec<_>) = shape.properties.iter().partition(|property| {
            told(property).map_or(property.need == Need::Required, |(_, how)| *how != How::Silent)
        });
        let schema = |property: &Property| match told(property) {
            Some((_, How::Saying)) => saying(property),
            Some((_, How::Being(word))) => json!({"const": word}),
            Some((_, How::Silent)) => silent(property),
            None => match (property.need, message) {
                (_, Some(kind)) if matches!(property.kind, Kind::Type) => json!({"const": kind.name()}),
                (Need::Required, _) => saying(property),
                (Need::Optional, _) => value(property),
            },
        };
        let of = |properties: Vec<&Property>| {
            properties.into_iter().map(|property| (property.name, schema(property))).collect::<Vec<_>>()
        };
        asked(of(needed), of(may))
    };
    match ways(shape).as_slice() {
        [one] => of(one),
        several => any_of(several.iter().map(of)),
    }
}

/// One of the ways in which an object can be as its rule has it: what is required of some of its properties.
type Way = Vec<(&'static str, How)>;

/// What is required of a property.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// It says something.
    Saying,
    /// It is this word.
    Being(&'static str),
    /// It says nothing, or is not there.
    Silent,
}

fn ways(shape: &Shape) -> Vec<Way> {
    use How::{Being, Saying, Silent};
    match shape.rule {
        Rule::None => vec![vec![]],
        Rule::Text => ["text", "items", "actions"].map(|name| vec![(name, Saying)]).into(),
        Rule::Location => vec![
            vec![("address", Saying), ("latitude", Silent), ("longitude", Silent)],
            vec![("latitude", Saying), ("longitude", Saying)],
        ],
        Rule::Action => ActionType::ALL
            .iter()
            .map(|kind| vec![("type", Being(kind.name())), (kind.target(), Saying)])
            .collect(),
        Rule::Showing => {
            let words = ["title", "subtitle", "content"].map(|name| vec![("url", Silent), (name, Saying)]);
            let cards = words.into_iter().chain([vec![("url", Saying), ("urlType", Saying)]]);
            // What may do without a type is a medium where it has one, and a card where it has none.
            match shape.property("type") {
                Some((_, property)) if property.need == Need::Optional => {
                    let cards = cards.map(|way| [way, vec![("type", Silent)]].concat());
                    cards.chain([vec![("type", Saying), ("url", Saying)]]).collect()
                }
                _ => cards.collect(),
            }
        }
    }
}

/// What a property may hold.
fn value(property: &Property) -> Value {
    match property.kind {
        Kind::Text => text(),
        Kind::Scalar => json!({"type": ["string", "number", "boolean"]}),
        Kind::Flag => boolean(),
        Kind::Degrees(most) => any_of([
            json!({"type": "number", "minimum": -most, "maximum": most}),
            about(json!({"type": "string", "format": "decimal"}), "Such a number."),
        ]),
        Kind::Any => json!({}),
        Kind::Type => word(MessageType::ALL.iter().map(|kind| kind.name())),
        Kind::TypeOf(some) => word(some.iter().map(|kind| kind.name())),
        Kind::Action => word(ActionType::ALL.iter().map(|kind| kind.name())),
        Kind::Objects(part) => list(named(part_name(part))),
        Kind::Messages(some) => list(any_of(some.iter().copied().map(reference))),
    }
}

/// What a property holds that says something.
fn saying(property: &Property) -> Value {
    match property.kind {
        Kind::Text => json!({"type": "string", "pattern": "\\S"}),
        Kind::Any => {
            let kinds = ["string", "number", "boolean", "object", "array"];
            json!({"type": kinds, "pattern": "\\S"})
        }
        Kind::Objects(part) => list_from(named(part_name(part)), 1),
        Kind::Messages(some) => list_from(any_of(some.iter().copied().map(reference)), 1),
        _ => value(property),
    }
}

/// What a property holds that says nothing.
fn silent(property: &Property) -> Value {
    match property.kind {
        Kind::Text => or_null(json!({"type": "string", "pattern": "^\\s*$"})),
        _ => json!({"type": "null"}),
    }
}

/// What can happen; the types are read in any case of letters.
fn event() -> Value {
    let payload = asked(
        [
            ("type", one_of([EventType::Payload.name()])),
            ("payloadType", json!({"type": "string", "minLength": 1, "pattern": "\\S"})),
            (
                "payload",
                about(json!({"not": {"type": "null"}}), "Whatever the tenant's own software understands."),
            ),
        ],
        [],
    );
    let others = [EventType::Seen, EventType::TypingOn, EventType::TypingOff];
    any_of([payload, asked([("type", word(others.map(EventType::name)))], [])])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_properties_of_its_table() {
        let image = message(MessageType::Image);
        assert_eq!(image["required"], json!(["type", "url"]));
        let properties = &image["properties"];
        assert_eq!(properties["type"], json!({"const": "image"}));
        assert_eq!(properties["url"], json!({"type": "string", "pattern": "\\S"}));
        assert_eq!(properties["alt"], json!({"type": ["string", "null"]}));
        let channels =
            json!({"type": ["array", "null"], "items": {"$ref": "#/components/schemas/ChannelIn"}});
        assert_eq!(properties["channels"], channels);
        assert_eq!(object(Part::Metadata.shape(), None)["required"], json!(["key", "value"]));
    }

    #[test]
    fn what_a_rule_lets_be_in_several_ways_is_described_in_each() {
        let required = |schema: &Value| -> Vec<Value> {
            schema["anyOf"].as_array().unwrap().iter().map(|way| way["required"].clone()).collect()
        };
        let text = required(&message(MessageType::Text));
        assert_eq!(text, [json!(["type", "text"]), json!(["type", "items"]), json!(["type", "actions"])]);
        let place = message(MessageType::Location);
        assert_eq!(required(&place), [json!(["type", "address"]), json!(["type", "latitude", "longitude"])]);
        assert_eq!(place["anyOf"][0]["properties"]["latitude"], json!({"type": "null"}));
        let ways = [json!(["title"]), json!(["subtitle"]), json!(["content"]), json!(["urlType", "url"])];
        let shown = required(&object(Part::Shown.shape(), None));
        assert_eq!(shown, [&ways[..], &[json!(["type", "url"])]].concat());
        let payload = json!(["type", "title", "payload"]);
        let actions = required(&object(Part::Action.shape(), None));
        assert_eq!(actions, [json!(["type", "title", "url"]), payload.clone(), payload]);
    }

    #[test]
    fn customers_are_told_of_no_types_that_they_may_not_send() {
        let all = schemas();
        let of = |name: &str| all.iter().find(|(known, _)| *known == name).unwrap().1["anyOf"].clone();
        assert_eq!(of(MESSAGE).as_array().unwrap().len(), MessageType::ALL.len() - 1);
        let customers = of(CUSTOMER_MESSAGE);
        assert!(!customers.to_string().contains("Carousel") && customers.to_string().contains("Card"));
    }
}
