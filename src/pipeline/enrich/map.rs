//! Links to places on maps: Google, Apple, OpenStreetMap, Waze and `geo:`. A short link says nothing without being
//! followed, and stays one.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::address::Address;

/// Degrees north and east.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Position {
    latitude: f64,
    longitude: f64,
}

/// Arguments that hold a position, or the words for a place, the surest first.
const PLACES: &[&str] = &["q", "query", "ll", "daddr", "destination", "address", "sll", "center"];

/// What a location says of a place on a map; none when the address is no map's, or names no place.
pub(super) fn location(address: &Address<'_>) -> Option<Map<String, Value>> {
    if address.is_on("openstreetmap.org") {
        return Some(members(marked(address)?, None));
    }
    let is_map = is_google(address) || address.is_on("maps.apple.com") || address.is_on("waze.com");
    if !is_map {
        return None;
    }
    let mut words = place_in_path(address);
    let mut position = address.segments().find_map(|segment| position(segment.strip_prefix('@')?));
    for name in PLACES {
        let Some(value) = address.argument(name).map(decoded) else { continue };
        match self::position(value.strip_prefix("loc:").unwrap_or(&value)) {
            Some(found) => position = position.or(Some(found)),
            None if *name != "center" => words = words.or(Some(value)),
            None => {}
        }
    }
    let words = words.filter(|words| !words.trim().is_empty());
    match (position, words) {
        (None, None) => None,
        (Some(position), words) => Some(members(position, words.as_deref())),
        (None, Some(words)) => Some(Map::from_iter([("address".to_owned(), words.into())])),
    }
}

/// What a location says of a `geo:` link (RFC 5870), its uncertainty and all left out.
pub(super) fn geo(text: &str) -> Option<Map<String, Value>> {
    let (scheme, rest) = text.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("geo") {
        return None;
    }
    let end = rest.find([';', '?']).unwrap_or(rest.len());
    let mut members = members(position(&rest[..end])?, None);
    members.insert("url".to_owned(), text.into());
    Some(members)
}

/// `maps.google.<country>`, and `google.<country>/maps`.
fn is_google(address: &Address<'_>) -> bool {
    let host = address.host.to_ascii_lowercase();
    let own = host.strip_prefix("maps.").unwrap_or(&host);
    let is_maps = own.len() < host.len() || address.segments().next() == Some("maps");
    is_maps && own.strip_prefix("google.").is_some_and(is_country)
}

/// What Google's domains end with: `com`, `ca`, `co.uk`, `com.au`.
fn is_country(ending: &str) -> bool {
    let last = ending.strip_prefix("co.").or_else(|| ending.strip_prefix("com.")).unwrap_or(ending);
    (2..=3).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The place that Google has in its path: `/maps/place/<words>/` and `/maps/search/<words>/`.
fn place_in_path<'a>(address: &Address<'a>) -> Option<Cow<'a, str>> {
    let mut segments = address.segments().skip_while(|segment| !matches!(*segment, "place" | "search"));
    segments.next()?;
    segments.next().filter(|segment| !segment.starts_with('@')).map(decoded)
}

/// OpenStreetMap's marker, else the middle of what it shows: `#map=<zoom>/<latitude>/<longitude>`.
fn marked(address: &Address<'_>) -> Option<Position> {
    if let (Some(latitude), Some(longitude)) = (address.argument("mlat"), address.argument("mlon")) {
        return Position::of(latitude, longitude);
    }
    let mut shown = address.fragment.strip_prefix("map=")?.split('&').next()?.split('/').skip(1);
    Position::of(shown.next()?, shown.next()?)
}

/// `<latitude>,<longitude>`, and whatever follows another comma.
fn position(text: &str) -> Option<Position> {
    let mut parts = text.split(',');
    Position::of(parts.next()?, parts.next()?)
}

impl Position {
    /// A place on earth.
    fn of(latitude: &str, longitude: &str) -> Option<Self> {
        let degrees = |text: &str, most: f64| {
            let degrees: f64 = text.trim().parse().ok()?;
            (degrees.abs() <= most).then_some(degrees)
        };
        Some(Self { latitude: degrees(latitude, 90.0)?, longitude: degrees(longitude, 180.0)? })
    }
}

fn members(position: Position, words: Option<&str>) -> Map<String, Value> {
    let number = |degrees| Number::from_f64(degrees).map_or(Value::Null, Value::Number);
    let mut members = Map::new();
    if let Some(words) = words {
        members.insert("address".to_owned(), words.into());
    }
    members.insert("latitude".to_owned(), number(position.latitude));
    members.insert("longitude".to_owned(), number(position.longitude));
    members
}

/// A value of an address as it was before it was put there.
fn decoded(value: &str) -> Cow<'_, str> {
    if !value.contains(['%', '+']) {
        return value.into();
    }
    // Read as the one value of a form, which knows escapes and plus signs.
    let pair = form_urlencoded::parse(value.as_bytes()).next();
    pair.map_or(
        value.into(),
        |(name, rest)| if rest.is_empty() { name } else { Cow::Owned(format!("{name}={rest}")) },
    )
}
