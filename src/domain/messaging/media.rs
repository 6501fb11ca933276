//! What goes along with a text: files, and buttons below it.

use serde::{Deserialize, Serialize};

use super::wire_words;

wire_words! {
    /// What a file is (messaging reference, Attachment).
    MediaKind {
        /// A picture.
        Image = "IMAGE",
        /// A document of any type.
        Document = "DOCUMENT",
        /// A plain text.
        Text = "TEXT",
        /// A document in PDF.
        Pdf = "PDF",
        /// A film.
        Video = "VIDEO",
        /// Something at an address.
        Url = "URL",
    }
}

/// A file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    /// What is said about it.
    pub caption: String,
    /// The back end's own code for it.
    pub code: String,
    /// Identifies it.
    pub id: String,
    /// Its type, such as `image/png`.
    pub mime_type: String,
    /// The name of the file.
    pub name: String,
    /// Where the channel has it.
    pub src: String,
    /// What it is more closely, such as `STORY_MENTION`.
    pub sub_type: String,
    /// What it is, where that is known.
    pub kind: Option<MediaKind>,
    /// Where the platform has it.
    pub url: String,
}

wire_words! {
    /// What a button does (messaging reference, TmplElement).
    ButtonKind {
        /// It answers with its code.
        QuickReply = "QUICK_REPLY",
        /// It leads to an address on the web.
        Url = "URL",
        /// It calls a number.
        PhoneNumber = "PHONE_NUMBER",
    }
}

/// A button below a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it does.
    pub kind: ButtonKind,
    /// For programs: what comes back when it is pressed.
    pub code: String,
    /// For people: what stands on it, unless it is blank.
    pub label: String,
    /// What it is about.
    pub desc: String,
    /// Its name among the buttons; it stands on one without a label.
    pub name: String,
    /// The number that it calls.
    pub phone: String,
    /// Where it leads.
    pub url: String,
}

impl Button {
    /// What stands on it: its label, else its name, else its code.
    pub fn title(&self) -> Option<&str> {
        let texts = [&self.label, &self.name, &self.code];
        texts.into_iter().map(String::as_str).find(|text| !text.trim().is_empty())
    }

    /// Whether a number can be dialled: it has a digit.
    pub fn can_call(number: &str) -> bool {
        number.bytes().any(|byte| byte.is_ascii_digit())
    }
}
