//! Each documented form, and the like of it, with what it becomes.

use serde_json::{Value, json};

use super::*;

fn enriched(mut message: Value) -> Value {
    enrich(message.as_object_mut().unwrap());
    message
}

fn said(text: &str) -> Value {
    enriched(json!({"type": "text", "text": text}))
}

#[test]
fn a_text_that_is_only_a_link_to_a_video_service_becomes_its_type_in_the_preferred_form() {
    let youtube = "https://youtube.com/embed/x1245b";
    let vimeo = "https://player.vimeo.com/video/12345678";
    for (link, kind, url) in [
        ("https://youtube.com/embed/x1245b", "youtube", youtube),
        ("https://youtube.com/watch?v=x1245b", "youtube", youtube),
        ("https://m.youtube.com/watch?v=x1245b", "youtube", youtube),
        ("https://youtu.be/watch?v=x1245b", "youtube", youtube),
        ("https://youtu.be/x1245b", "youtube", youtube),
        ("HTTPS://WWW.YouTube.com/watch?v=x1245b", "youtube", youtube),
        ("www.youtube.com/watch?v=x1245b", "youtube", youtube),
        ("youtube.com/shorts/x1245b", "youtube", youtube),
        ("https://youtube.com/live/x1245b", "youtube", youtube),
        (
            "https://youtube.com/watch?t=9&v=x1245b&list=p#a",
            "youtube",
            "https://youtube.com/embed/x1245b?t=9&list=p#a",
        ),
        (
            "https://www.youtube.com/embed/x1245b?start=3",
            "youtube",
            "https://www.youtube.com/embed/x1245b?start=3",
        ),
        ("https://player.vimeo.com/video/12345678", "vimeo", vimeo),
        ("https://vimeo.com/12345678", "vimeo", vimeo),
        ("vimeo.com/channels/staffpicks/12345678", "vimeo", vimeo),
        ("vimeo.com/groups/shorts/videos/12345678", "vimeo", vimeo),
        ("https://vimeo.com/12345678/a1b2", "vimeo", "https://player.vimeo.com/video/12345678?h=a1b2"),
        ("player.vimeo.com/video/1", "vimeo", "player.vimeo.com/video/1"),
    ] {
        assert_eq!(said(link), json!({"type": kind, "url": url}), "{link}");
        assert_eq!(said(&format!(" {link}\n")), json!({"type": kind, "url": url}), "{link}");
    }
}

#[test]
fn a_text_that_is_only_a_link_to_a_file_becomes_its_type_with_its_mime_type() {
    for (link, kind, mime) in [
        ("https://site.com/a.mp4", "video", Some("video/mp4")),
        ("https://site.com/a.mov", "video", Some("video/quicktime")),
        ("https://site.com/a.webm", "video", Some("video/webm")),
        ("https://site.com/a.mp3", "audio", Some("audio/mpeg")),
        ("https://site.com/a.wav", "audio", Some("audio/wav")),
        ("site.com/A.MP3?token=1#x", "audio", Some("audio/mpeg")),
        ("https://site.com/a.png", "image", None),
        ("http://site.com:8080/a.b/c.JPEG", "image", None),
        ("https://site.com/a.gif", "image", None),
        ("https://site.com/a.webp", "image", None),
    ] {
        let mut expected = json!({"type": kind, "url": link});
        if let Some(mime) = mime {
            expected["mimeType"] = mime.into();
        }
        assert_eq!(said(link), expected, "{link}");
    }
}

#[test]
fn a_text_that_is_only_a_link_to_a_map_becomes_a_location() {
    let at = |latitude: f64, longitude: f64| json!({"latitude": latitude, "longitude": longitude});
    let place = |address: &str, latitude: f64, longitude: f64| {
        let mut place = at(latitude, longitude);
        place["address"] = address.into();
        place
    };
    for (link, location) in [
        ("https://www.google.com/maps?q=43.65,-79.38", at(43.65, -79.38)),
        ("https://maps.google.ca/?q=loc:43.65,-79.38&z=3", at(43.65, -79.38)),
        ("https://maps.google.co.uk/maps?ll=43.65%2C-79.38", at(43.65, -79.38)),
        ("https://www.google.com/maps/@43.65,-79.38,17z", at(43.65, -79.38)),
        (
            "https://www.google.com/maps/place/CN+Tower/@43.65,-79.38,17z/data=!1",
            place("CN Tower", 43.65, -79.38),
        ),
        (
            "https://www.google.com/maps/search/?api=1&query=1%20King%20St.%2C+Toronto",
            json!({"address": "1 King St., Toronto"}),
        ),
        ("https://maps.apple.com/?ll=43.65,-79.38&q=CN%20Tower", place("CN Tower", 43.65, -79.38)),
        ("https://maps.apple.com/?address=1+King+Street", json!({"address": "1 King Street"})),
        ("https://www.openstreetmap.org/?mlat=43.65&mlon=-79.38#map=1/0/0", at(43.65, -79.38)),
        ("https://www.openstreetmap.org/#map=15/43.65/-79.38", at(43.65, -79.38)),
        ("https://waze.com/ul?ll=43.65,-79.38&navigate=yes", at(43.65, -79.38)),
        ("geo:43.65,-79.38;u=35", at(43.65, -79.38)),
    ] {
        let mut expected = location;
        expected["type"] = "location".into();
        expected["url"] = link.into();
        assert_eq!(said(link), expected, "{link}");
    }
}

#[test]
fn links_that_are_not_understood_stay_what_they_are() {
    for link in [
        "https://site.com",
        "https://site.com/page.html",
        "https://site.com/report.pdf",
        "photo.png",
        "https://youtube.com/@channel",
        "https://youtube.com/watch?list=x",
        "https://youtube.com/embed/videoseries?list=x",
        "https://youtube.com.evil.example/watch?v=x",
        "https://notyoutube.com/watch?v=x",
        "https://vimeo.com/about",
        "https://vimeo.com/1/2/3",
        "https://user@site.com/a.png",
        "ftp://site.com/a.png",
        "https://maps.app.goo.gl/x1",
        "https://www.google.com/maps",
        "https://www.google.com/maps?q=",
        "https://google.evil.example/maps?q=43.65,-79.38",
        "https://www.google.com/search?q=43.65,-79.38",
        "https://www.openstreetmap.org/#map=1/91/0",
        "geo:91.5,0",
    ] {
        assert_eq!(said(link), json!({"type": "text", "text": link}));
    }
}

#[test]
fn a_link_among_words_adds_an_item_and_leaves_the_words() {
    let text = "See https://youtu.be/x1 and site.com/a.mp3, or (site.com/b.png).";
    let expected = json!({"type": "text", "text": text, "items": [
        {"type": "youtube", "url": "https://youtube.com/embed/x1"},
        {"type": "audio", "url": "site.com/a.mp3", "mimeType": "audio/mpeg"},
        {"type": "image", "url": "site.com/b.png"},
    ]});
    assert_eq!(said(text), expected);
}

#[test]
fn a_link_that_is_among_the_items_is_not_added_again() {
    let image = json!({"type": "image", "url": "site.com/a.png", "alt": "mine"});
    let message = json!({"type": "text", "text": "twice: site.com/a.png site.com/a.png", "items": [image]});
    assert_eq!(enriched(message.clone()), message);
    let video = json!({"type": "text", "text": "see https://youtu.be/x1", "items": [
        {"type": "youtube", "url": "https://youtube.com/watch?v=x1"}]});
    let items = json!([{"type": "youtube", "url": "https://youtube.com/embed/x1"}]);
    assert_eq!(enriched(video)["items"], items);
}

#[test]
fn a_link_beside_actions_or_items_is_added_to_the_items() {
    let mut message = json!({"type": "text", "text": "site.com/a.png",
        "actions": [{"type": "reply", "title": "Yes", "payload": "y"}]});
    let was = message.clone();
    message = enriched(message);
    assert_eq!(message["items"], json!([{"type": "image", "url": "site.com/a.png"}]));
    assert_eq!((&message["text"], &message["actions"]), (&was["text"], &was["actions"]));
}

#[test]
fn what_the_sender_added_goes_along_when_a_text_becomes_something_else() {
    let message = json!({"mood": {"good": true}, "type": "text", "text": "site.com/a.png", "items": [],
        "channels": [{"type": "Webchat"}]});
    let expected = json!({"type": "image", "url": "site.com/a.png", "mood": {"good": true},
        "channels": [{"type": "Webchat"}]});
    assert_eq!(enriched(message), expected);
}

#[test]
fn a_text_with_a_property_that_would_be_taken_for_the_others_stays_a_text() {
    for name in ["url", "title"] {
        let mut message = json!({"type": "text", "text": "site.com/a.png"});
        message[name] = json!({"own": 1});
        let enriched = enriched(message);
        assert_eq!(enriched["type"], "text");
        assert_eq!(enriched[name], json!({"own": 1}));
        assert_eq!(enriched["items"], json!([{"type": "image", "url": "site.com/a.png"}]));
    }
}

#[test]
fn as_many_links_as_may_be_are_looked_at_and_not_one_more() {
    let links = |count: usize| (0..count).map(|number| format!("site.com/{number}.png ")).collect::<String>();
    for count in [MAX_LINKS, MAX_LINKS + 1] {
        assert_eq!(said(&links(count))["items"].as_array().unwrap().len(), MAX_LINKS);
    }
}

#[test]
fn a_command_is_left_as_it_is() {
    for command in ["::resp -n site.com/a.png", "::trans https://youtu.be/x1"] {
        assert_eq!(said(command), json!({"type": "text", "text": command}));
    }
}

#[test]
fn media_get_the_mime_types_of_their_addresses_unless_they_have_one() {
    for (kind, url, mime) in [
        ("video", "site.com/a.mp4", json!("video/mp4")),
        ("audio", "site.com/a.mp4", json!("audio/mp4")),
        ("audio", "site.com/a.wav", json!("audio/wav")),
        ("video", "site.com/a.wav", Value::Null),
        ("video", "site.com/watch", Value::Null),
        ("image", "site.com/a.png", Value::Null),
        ("attachment", "site.com/a.mp4", Value::Null),
    ] {
        let message = enriched(json!({"type": kind, "url": url}));
        assert_eq!(message.get("mimeType").cloned().unwrap_or_default(), mime, "{kind} {url}");
    }
    let own = json!({"type": "video", "url": "site.com/a.mp4", "mimeType": "video/x-own"});
    assert_eq!(enriched(own.clone()), own);
}

#[test]
fn addresses_get_their_preferred_form_wherever_they_stand() {
    let (said, preferred) = ("https://vimeo.com/1", "https://player.vimeo.com/video/1");
    let of = |url: &str| {
        [
            json!({"type": "vimeo", "url": url, "label": "l"}),
            json!({"type": "card", "urlType": "vimeo", "url": url}),
            json!({"type": "text", "items": [{"type": "vimeo", "url": url}]}),
            json!({"type": "text", "items": [{"type": "card", "urlType": "vimeo", "url": url}]}),
            json!({"type": "list", "items": [{"type": "vimeo", "url": url}]}),
            json!({"type": "carousel", "items": [{"urlType": "vimeo", "url": url, "title": "t"}]}),
        ]
    };
    assert_eq!(of(said).map(enriched), of(preferred));
    let page = json!({"type": "image", "url": said});
    assert_eq!(enriched(page.clone()), page, "what is said to be something else is left alone");
}
