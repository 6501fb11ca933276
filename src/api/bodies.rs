//! What goes for the bodies of all faces, and for what clients say on sockets: how long one may take to arrive,
//! whether it is JSON, and how deep it is nested. It must not know what they say, nor how a face refuses them.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use memchr::memchr2;
use serde_json::{Map, Value};
use tokio::time::timeout;

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It has more bytes than it may have.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// The connection ended within it, or it is not as HTTP has it.
    Broken,
}

/// Reads a body of at most `limit` bytes, which may take as long as `patience` to arrive.
///
/// # Errors
/// [`Unread`].
pub(super) async fn receive(body: Body, limit: usize, patience: Duration) -> Result<Bytes, Unread> {
    let mut gathering = pin!(gather(body, limit));
    // Nearly every body came with its request's head: those need no timer.
    let at_once = poll_fn(|context| Poll::Ready(gathering.as_mut().poll(context))).await;
    match at_once {
        Poll::Ready(gathered) => gathered,
        Poll::Pending => timeout(patience, gathering).await.unwrap_or(Err(Unread::TooSlow)),
    }
}

async fn gather(mut body: Body, limit: usize) -> Result<Bytes, Unread> {
    // Not refused by its announced size: a client that is still sending would find its connection closed, and no
    // answer.
    let first = next(&mut body).await?;
    if first.len() > limit {
        return Err(Unread::TooLarge);
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut gathered = BytesMut::from(first);
    loop {
        let more = next(&mut body).await?;
        if more.is_empty() {
            return Ok(gathered.freeze());
        }
        if gathered.len() + more.len() > limit {
            return Err(Unread::TooLarge);
        }
        gathered.extend_from_slice(&more);
    }
}

/// The next bytes of a body; none at its end.
async fn next(body: &mut Body) -> Result<Bytes, Unread> {
    while let Some(frame) = body.frame().await {
        match frame.map_err(|_| Unread::Broken)?.into_data() {
            Ok(data) if data.is_empty() => {}
            Ok(data) => return Ok(data),
            // Trailers say nothing here.
            Err(_) => {}
        }
    }
    Ok(Bytes::new())
}

/// Whether a body is JSON by its content type; one without it is, since simple clients send none.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let media_type = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    let subtype = media_type.strip_prefix("application/");
    subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

/// Why a text is no object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoObject {
    /// It says nothing.
    Blank,
    /// It is nested deeper than it may be.
    TooDeep,
    /// It is something else.
    OtherType,
    /// It is not JSON.
    NotJson,
}

/// The JSON object that a text is, nested no deeper than `depth` levels.
///
/// # Errors
/// [`NoObject`].
pub(super) fn object(text: &[u8], depth: usize) -> Result<Map<String, Value>, NoObject> {
    if text.trim_ascii().is_empty() {
        return Err(NoObject::Blank);
    }
    if nesting(text) > depth {
        return Err(NoObject::TooDeep);
    }
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(NoObject::OtherType),
        Err(_) => Err(NoObject::NotJson),
    }
}

/// The levels of objects and lists in a JSON text, counted before it is parsed, so that one that is too deep costs no
/// memory. Of a text that is not JSON it says nothing useful.
pub(super) fn nesting(text: &[u8]) -> usize {
    let (mut level, mut deepest) = (0_usize, 0);
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' => rest = after_string(after),
            b'{' | b'[' => {
                level += 1;
                deepest = deepest.max(level);
            }
            b'}' | b']' => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// What follows a string whose opening quote came before `text`. Most of a message is in its strings: they are leapt
/// over.
fn after_string(mut text: &[u8]) -> &[u8] {
    while let Some(at) = memchr2(b'"', b'\\', text) {
        let is_end = text[at] == b'"';
        let next = if is_end { at + 1 } else { at + 2 };
        text = text.get(next..).unwrap_or_default();
        if is_end {
            return text;
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn in_pieces(pieces: &[&'static str]) -> Body {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, std::io::Error>(Bytes::from(*piece))).collect();
        Body::from_stream(futures_util::stream::iter(pieces))
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_body_is_read_whole_in_whatever_pieces_it_comes() {
        assert_eq!(receive(Body::from("abc"), 3, LONG).await.unwrap(), "abc");
        assert_eq!(receive(in_pieces(&["a", "", "bc"]), 3, LONG).await.unwrap(), "abc");
        assert_eq!(receive(Body::empty(), 0, LONG).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_not_gathered() {
        assert_eq!(receive(Body::from("abc"), 2, LONG).await, Err(Unread::TooLarge));
        assert_eq!(receive(in_pieces(&["ab", "c"]), 2, LONG).await, Err(Unread::TooLarge));
        assert_eq!(receive(in_pieces(&["abc"]), 2, LONG).await, Err(Unread::TooLarge));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_not_taken_for_a_whole_one() {
        let pieces = [Ok(Bytes::from("ab")), Err(std::io::Error::other("gone"))];
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        assert_eq!(receive(body, 10, LONG).await, Err(Unread::Broken));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_waited_for_as_long_as_it_may_take() {
        let halting = |wait| {
            let pieces = futures_util::stream::once(async move {
                tokio::time::sleep(wait).await;
                Ok::<_, std::io::Error>(Bytes::from("abc"))
            });
            Body::from_stream(pieces)
        };
        let moment = Duration::from_millis(1);
        assert_eq!(receive(halting(LONG - moment), 3, LONG).await.unwrap(), "abc");
        assert_eq!(receive(halting(LONG + moment), 3, LONG).await, Err(Unread::TooSlow));
    }

    #[test]
    fn json_is_known_by_any_of_its_types_and_by_none() {
        let with =
            |text: &'static str| HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(text))]);
        assert!(is_json(&HeaderMap::new()));
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/ld+json"] {
            assert!(is_json(&with(good)), "{good}");
        }
        for bad in ["text/plain", "application/xml", "", ";"] {
            assert!(!is_json(&with(bad)), "{bad}");
        }
    }

    #[test]
    fn an_object_is_no_deeper_than_it_may_be() {
        assert!(object(br#"{"a":[{}]}"#, 3).is_ok());
        for (text, why) in [
            ("", NoObject::Blank),
            (" \n", NoObject::Blank),
            ("[]", NoObject::OtherType),
            ("null", NoObject::OtherType),
            ("{", NoObject::NotJson),
            ("{}{}", NoObject::NotJson),
            (r#"{"a":[{"b":[]}]}"#, NoObject::TooDeep),
        ] {
            assert_eq!(object(text.as_bytes(), 3), Err(why), "{text}");
        }
    }

    #[test]
    fn brackets_in_texts_are_no_levels() {
        assert_eq!(nesting(br#"{"a":[{"b":"[[[{{\"[["}]}"#), 3);
        assert_eq!(nesting(b"1"), 0);
        assert_eq!(nesting(b"]]][{}"), 2);
    }

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(Value::Null), "[\\[{\"\\\\\\]}a]{0,6}".prop_map(Value::from)];
        leaf.prop_recursive(5, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec(("[{\"]{0,2}", inner), 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn depth_of(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
            Value::Object(members) => 1 + members.values().map(depth_of).max().unwrap_or(0),
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn the_depth_of_a_text_is_the_depth_of_what_it_says(document in documents()) {
            prop_assert_eq!(nesting(document.to_string().as_bytes()), depth_of(&document));
        }
    }
}
