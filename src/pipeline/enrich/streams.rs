//! Videos on YouTube and Vimeo: the forms that their addresses have, and the preferred one of each (§12.4.2 and
//! §12.4.3).

use super::address::Address;
use crate::domain::message::MessageType;

/// Which video service an address leads to, when it leads to one video.
pub(super) fn kind(address: &Address<'_>) -> Option<MessageType> {
    if youtube(address).is_some() {
        Some(MessageType::Youtube)
    } else if vimeo(address).is_some() {
        Some(MessageType::Vimeo)
    } else {
        None
    }
}

/// The preferred form of an address of that kind; none when it has it, or when it is not understood.
pub(super) fn preferred(kind: MessageType, url: &str) -> Option<String> {
    let address = Address::parse(url)?;
    let (player, extra) = match kind {
        MessageType::Youtube => {
            let Video { id, form, extra } = youtube(&address)?;
            (form.is_other_than_player(|| format!("https://youtube.com/embed/{id}"))?, extra)
        }
        MessageType::Vimeo => {
            let Video { id, form, extra } = vimeo(&address)?;
            (form.is_other_than_player(|| format!("https://player.vimeo.com/video/{id}"))?, extra)
        }
        _ => return None,
    };
    Some(with_rest(player, extra, &address))
}

/// A video as its address names it.
struct Video<'a> {
    id: &'a str,
    form: Form,
    /// What the path says that the preferred form has in its query.
    extra: Option<(&'static str, &'a str)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The page of the player itself, which is preferred.
    Player,
    /// Another page.
    Other,
}

impl Form {
    fn is_other_than_player(self, player: impl FnOnce() -> String) -> Option<String> {
        (self == Self::Other).then(player)
    }
}

fn youtube<'a>(address: &Address<'a>) -> Option<Video<'a>> {
    let is_short = address.is_on("youtu.be");
    let hosts = ["youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"];
    if !is_short && !hosts.iter().any(|host| address.is_on(host)) {
        return None;
    }
    let mut segments = address.segments();
    let (first, second) = (segments.next()?, segments.next());
    let (id, form) = match (first, second) {
        ("watch", None) => (address.argument("v")?, Form::Other),
        ("embed", Some(id)) if !is_short => (id, Form::Player),
        ("shorts" | "live" | "v", Some(id)) if !is_short => (id, Form::Other),
        (id, None) if is_short => (id, Form::Other),
        _ => return None,
    };
    let is_one = segments.next().is_none() && is_id(id) && (first != "embed" || id != "videoseries");
    is_one.then_some(Video { id, form, extra: None })
}

fn vimeo<'a>(address: &Address<'a>) -> Option<Video<'a>> {
    let mut segments = address.segments();
    if address.is_on("player.vimeo.com") {
        let is_player = segments.next() == Some("video");
        let id = segments.next().filter(|id| is_player && is_number(id))?;
        return segments.next().is_none().then_some(Video { id, form: Form::Player, extra: None });
    }
    if !address.is_on("vimeo.com") {
        return None;
    }
    let mut id = segments.next()?;
    match id {
        "channels" => id = segments.nth(1)?,
        "groups" => id = segments.nth(2)?,
        _ => {}
    }
    // A video that is not listed has a second part, without which the player refuses it.
    let hash = segments.next();
    let is_one = is_number(id) && hash.is_none_or(is_id) && segments.next().is_none();
    is_one.then_some(Video { id, form: Form::Other, extra: hash.map(|hash| ("h", hash)) })
}

/// The player's address with all that the original said besides the video.
fn with_rest(mut player: String, extra: Option<(&str, &str)>, address: &Address<'_>) -> String {
    let asked = address.query.split('&').filter(|pair| !pair.is_empty());
    // The video itself is named by the path now.
    let kept = asked.filter(|pair| !pair.starts_with("v=")).map(str::to_owned);
    let arguments: Vec<String> =
        extra.map(|(name, value)| format!("{name}={value}")).into_iter().chain(kept).collect();
    if !arguments.is_empty() {
        player.push('?');
        player.push_str(&arguments.join("&"));
    }
    if !address.fragment.is_empty() {
        player.push('#');
        player.push_str(address.fragment);
    }
    player
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
