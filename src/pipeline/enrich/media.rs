//! Files by the ends of their names: which are pictures, films and sounds, and their MIME types.

use super::address::Address;
use crate::domain::message::MessageType::{self, Audio, Image, Video};

/// What a file is by the end of its name. The first line of a name says what a link leads to; a later one holds where
/// a sender says so, as for sound in an `mp4`.
const FILES: &[(&str, MessageType, &str)] = &[
    ("mp4", Video, "video/mp4"),
    ("mov", Video, "video/quicktime"),
    ("m4v", Video, "video/x-m4v"),
    ("webm", Video, "video/webm"),
    ("mp3", Audio, "audio/mpeg"),
    ("mp4", Audio, "audio/mp4"),
    ("wav", Audio, "audio/wav"),
    ("m4a", Audio, "audio/mp4"),
    ("aac", Audio, "audio/aac"),
    ("ogg", Audio, "audio/ogg"),
    ("webm", Audio, "audio/webm"),
    ("png", Image, "image/png"),
    ("jpg", Image, "image/jpeg"),
    ("jpeg", Image, "image/jpeg"),
    ("gif", Image, "image/gif"),
    ("webp", Image, "image/webp"),
    ("bmp", Image, "image/bmp"),
    ("svg", Image, "image/svg+xml"),
];

/// What an address leads to, when it is a file that can be shown or played.
pub(super) fn kind(address: &Address<'_>) -> Option<MessageType> {
    let extension = address.extension()?;
    FILES.iter().find(|(name, _, _)| name.eq_ignore_ascii_case(extension)).map(|(_, kind, _)| *kind)
}

/// The MIME type of what a video or an audio message plays. Other messages do not tell theirs.
pub(super) fn mime_type(kind: MessageType, url: &str) -> Option<&'static str> {
    if !matches!(kind, Video | Audio) {
        return None;
    }
    by_extension(kind, Address::parse(url)?.extension()?)
}

/// The MIME type of a picture, a film or a sound by the name of its file; none where the name says nothing.
pub fn mime_type_of(kind: MessageType, name: &str) -> Option<&'static str> {
    by_extension(kind, name.rsplit_once('.')?.1)
}

fn by_extension(kind: MessageType, extension: &str) -> Option<&'static str> {
    let file = FILES.iter().find(|(name, of, _)| *of == kind && name.eq_ignore_ascii_case(extension));
    file.map(|(_, _, mime)| *mime)
}
