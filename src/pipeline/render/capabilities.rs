//! What each channel can show: one table. Limits are those that the channels' providers publish; lengths are in
//! characters.

use serde_json::{Map, Value};

use super::{objects, text_of};
use crate::domain::integration::ChannelType;
use crate::domain::message::MessageType::{
    self, Attachment, Audio, Card, Carousel, Contact, Image, List, Location, Video,
};

/// What a channel can show.
#[derive(Debug)]
pub(super) struct Capabilities {
    /// The types of messages that it shows as what they are, besides texts.
    shows: &'static [MessageType],
    /// The longest text.
    pub text: usize,
    /// What stands beneath a text.
    buttons: Buttons,
    /// The most items of one carousel or list.
    pub rows: usize,
    /// What stands beneath an item or a card.
    row_buttons: Buttons,
    /// What an item or a card shows beside its words.
    row_media: &'static [MessageType],
    /// Which places it shows on a map.
    places: Places,
}

/// Which actions can be buttons.
#[derive(Clone, Copy, Debug)]
struct Buttons {
    /// The most that stand together; zero where there are none.
    most: usize,
    /// The longest title.
    title: usize,
}

/// Which places can be shown on a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Places {
    /// All of them.
    Every,
    /// Those with coordinates.
    WithPosition,
}

const NO_BUTTONS: Buttons = Buttons { most: 0, title: 0 };

const EVERYTHING: Capabilities = Capabilities {
    shows: MessageType::ALL,
    text: usize::MAX,
    buttons: Buttons { most: usize::MAX, title: usize::MAX },
    rows: usize::MAX,
    row_buttons: Buttons { most: usize::MAX, title: usize::MAX },
    row_media: MessageType::MEDIA,
    places: Places::Every,
};

/// Generic templates are carousels; lists were taken away, and so a list is a carousel here.
const MESSENGER: Capabilities = Capabilities {
    shows: &[Image, Video, Audio, Attachment, Card, Carousel],
    text: 2000,
    buttons: Buttons { most: 3, title: 20 },
    rows: 10,
    row_buttons: Buttons { most: 3, title: 20 },
    row_media: &[Image],
    places: Places::Every,
};

/// Media go as MMS, contacts as vCards; all else is words.
const TWILIO_SMS: Capabilities = Capabilities {
    shows: &[Image, Video, Audio, Contact],
    text: 1600,
    buttons: NO_BUTTONS,
    rows: 0,
    row_buttons: NO_BUTTONS,
    row_media: &[],
    places: Places::Every,
};

/// Buttons and carousels are template messages.
const LINE: Capabilities = Capabilities {
    shows: &[Image, Video, Audio, Location, Card, Carousel],
    text: 5000,
    buttons: Buttons { most: 4, title: 20 },
    rows: 10,
    row_buttons: Buttons { most: 3, title: 20 },
    row_media: &[Image],
    places: Places::WithPosition,
};

/// Buttons are inline keyboards, of which clients show a hundred keys.
const TELEGRAM: Capabilities = Capabilities {
    shows: &[Image, Video, Audio, Attachment, Location],
    text: 4096,
    buttons: Buttons { most: 100, title: 64 },
    rows: 0,
    row_buttons: NO_BUTTONS,
    row_media: &[],
    places: Places::WithPosition,
};

/// Buttons are suggested responses. The length of a text is a cautious guess: nobody publishes it any more.
const KIK: Capabilities = Capabilities {
    shows: &[Image, Video],
    text: 1500,
    buttons: Buttons { most: 20, title: 75 },
    rows: 0,
    row_buttons: NO_BUTTONS,
    row_media: &[],
    places: Places::Every,
};

/// Blocks: a list is sections, of which a message has 50, each with its row of buttons.
const SLACK: Capabilities = Capabilities {
    shows: &[Image, Card, List],
    text: 3000,
    buttons: Buttons { most: 25, title: 75 },
    rows: 20,
    row_buttons: Buttons { most: 25, title: 75 },
    row_media: &[Image],
    places: Places::Every,
};

/// What a channel can show.
pub(super) fn capabilities(channel: ChannelType) -> &'static Capabilities {
    match channel {
        ChannelType::Direct | ChannelType::Bot | ChannelType::System | ChannelType::WebChat => &EVERYTHING,
        ChannelType::Messenger => &MESSENGER,
        ChannelType::TwilioSMS => &TWILIO_SMS,
        ChannelType::Line => &LINE,
        ChannelType::Telegram => &TELEGRAM,
        ChannelType::Kik => &KIK,
        ChannelType::Slack => &SLACK,
    }
}

impl Capabilities {
    /// Whether there is nothing that it cannot show.
    pub(super) fn show_everything(&self) -> bool {
        self.shows.len() == MessageType::ALL.len()
    }

    /// Whether it shows messages of a type at all.
    pub(super) fn has(&self, kind: MessageType) -> bool {
        self.shows.contains(&kind)
    }

    /// Whether it shows this message, of that type, as what it is.
    pub(super) fn show(&self, kind: MessageType, message: &Map<String, Value>) -> bool {
        self.has(kind)
            && match kind {
                Location => self.places == Places::Every || message.contains_key("latitude"),
                _ => true,
            }
    }

    /// Whether it shows a medium in a row of a carousel or a list, and on a card.
    pub(super) fn show_in_row(&self, medium: MessageType) -> bool {
        self.row_media.contains(&medium)
    }

    /// Whether the actions of a row can be buttons in it.
    pub(super) fn have_row_buttons_for(&self, row: &Map<String, Value>) -> bool {
        self.row_buttons.hold(row)
    }

    /// Whether the actions of a text can be buttons beneath it.
    pub(super) fn have_buttons_for(&self, message: &Map<String, Value>) -> bool {
        self.buttons.hold(message)
    }
}

impl Buttons {
    fn hold(self, message: &Map<String, Value>) -> bool {
        objects(message, "actions").enumerate().all(|(number, action)| {
            number < self.most && text_of(action, "title").chars().count() <= self.title
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with_actions(count: usize, title: usize) -> Map<String, Value> {
        let action = json!({"type": "reply", "title": "ä".repeat(title), "payload": "p"});
        Map::from_iter([("actions".to_owned(), vec![action; count].into())])
    }

    #[test]
    fn as_many_buttons_with_titles_as_long_as_may_be_are_held_and_no_more() {
        for channel in [
            ChannelType::Messenger,
            ChannelType::Line,
            ChannelType::Telegram,
            ChannelType::Kik,
            ChannelType::Slack,
        ] {
            let Buttons { most, title } = capabilities(channel).buttons;
            assert!(capabilities(channel).have_buttons_for(&with_actions(most, title)), "{channel:?}");
            assert!(!capabilities(channel).have_buttons_for(&with_actions(most + 1, title)), "{channel:?}");
            assert!(!capabilities(channel).have_buttons_for(&with_actions(most, title + 1)), "{channel:?}");
        }
        assert!(!capabilities(ChannelType::TwilioSMS).have_buttons_for(&with_actions(1, 1)));
    }
}
