//! Messages: what can be said in a conversation (platform documentation §12.4), by type, and who may say it.
//! It must not know how a body is read or refused.

mod shape;

use crate::domain::integration::IntegrationType;

pub use shape::{Kind, Need, Part, Property, Rule, Shape};

/// Defines an enumeration of words on the wire, which are read in any case of letters.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// What `name` means, in any case of letters.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name().eq_ignore_ascii_case(name))
            }
        }
    };
}

words! {
    /// The types of a message.
    MessageType {
        /// Words, with items and actions beside or instead of them.
        Text = "text",
        /// A video on YouTube.
        Youtube = "youtube",
        /// A video on Vimeo.
        Vimeo = "vimeo",
        /// A film.
        Video = "video",
        /// Something to listen to.
        Audio = "audio",
        /// A picture.
        Image = "image",
        /// A file.
        Attachment = "attachment",
        /// A place on the map.
        Location = "location",
        /// How somebody can be reached.
        Contact = "contact",
        /// A title, words and one medium.
        Card = "card",
        /// Several of them, side by side.
        Carousel = "carousel",
        /// Several of them, one below the other.
        List = "list",
        /// What the platform answers to a command: it is heard and never sent.
        Command = "command",
    }
}

words! {
    /// What happens when somebody chooses an action.
    ActionType {
        /// A page is opened.
        Link = "link",
        /// A payload is sent and nothing is seen of it.
        Postback = "postback",
        /// A payload is sent, and its title is seen as an answer.
        Reply = "reply",
    }
}

impl MessageType {
    /// What the `url` of a card, and each item of a carousel and a list, can be.
    pub const MEDIA: &'static [Self] = &[Self::Image, Self::Youtube, Self::Vimeo, Self::Video, Self::Audio];

    /// What the items of a text can be.
    pub const ITEMS: &'static [Self] = &[
        Self::Youtube,
        Self::Vimeo,
        Self::Video,
        Self::Audio,
        Self::Image,
        Self::Attachment,
        Self::Location,
        Self::Contact,
        Self::Card,
    ];

    /// Whether a party of that kind may send messages of this type, if any client [does](Self::is_sent).
    pub fn may_come_from(self, sender: IntegrationType) -> bool {
        match self {
            Self::Carousel | Self::List => sender != IntegrationType::Customer,
            _ => true,
        }
    }

    /// Whether clients send messages of this type at all.
    pub fn is_sent(self) -> bool {
        self != Self::Command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_name_in_any_case_of_letters() {
        for kind in MessageType::ALL {
            assert_eq!(MessageType::from_name(&kind.name().to_uppercase()), Some(*kind));
        }
        for kind in ActionType::ALL {
            assert_eq!(ActionType::from_name(&kind.name().to_uppercase()), Some(*kind));
        }
        assert_eq!((MessageType::from_name("hologram"), ActionType::from_name("")), (None, None));
    }

    #[test]
    fn customers_send_everything_but_carousels_and_lists() {
        for kind in MessageType::ALL {
            let is_for_business = matches!(kind, MessageType::Carousel | MessageType::List);
            assert_eq!(kind.may_come_from(IntegrationType::Customer), !is_for_business, "{kind:?}");
            assert!(kind.may_come_from(IntegrationType::Agent) && kind.may_come_from(IntegrationType::Bot));
        }
    }
}
