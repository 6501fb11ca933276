//! Files and buttons that go along with texts (messaging reference, Attachment and TmplElement): read and written in
//! one way wherever they stand.

use serde_json::{Value, json};

use super::error::FaultCode;
use super::fields::Fields;
use crate::api::web_address::{MAX_URL, is_web};
use crate::domain::messaging::{Button, ButtonKind, Media, MediaKind};
use crate::domain::template::has_place;

/// Characters of what stands on a button, of its code, and of a file's names.
pub(super) const MAX_LABEL: usize = 256;

/// Characters of what is said about a file or a button.
pub(super) const MAX_CAPTION: usize = 1024;

/// Reads the files of an object, of which there may be `most`.
pub(super) fn read_media(fields: &mut Fields<'_>, most: usize) -> Vec<Media> {
    fields.objects("attachments", "Attachment", most, |one| Media {
        caption: one.text("mediaCaption", MAX_CAPTION).unwrap_or_default(),
        code: one.text("mediaCode", MAX_LABEL).unwrap_or_default(),
        id: one.text("mediaId", MAX_LABEL).unwrap_or_default(),
        mime_type: one.text("mediaMimeType", MAX_LABEL).unwrap_or_default(),
        name: one.text("mediaName", MAX_LABEL).unwrap_or_default(),
        src: read_address(one, "mediaSrc"),
        sub_type: one.text("mediaSubType", MAX_LABEL).unwrap_or_default(),
        kind: one.word("mediaType", MediaKind::WORDS).and_then(MediaKind::from_word),
        url: read_address(one, "mediaURL"),
    })
}

/// An absolute address on the web; empty when there is none.
pub(super) fn read_address(fields: &mut Fields<'_>, name: &str) -> String {
    let address = fields.text(name, MAX_URL).unwrap_or_default();
    if !address.is_empty() {
        check_address(fields, name, &address);
    }
    address
}

fn check_address(fields: &mut Fields<'_>, name: &str, address: &str) {
    if !is_web(address) {
        fields.fault(name, FaultCode::InvalidValue, "must be an absolute http or https address");
    }
}

/// A file as the reference has it.
pub(super) fn render_media(media: &Media) -> Value {
    json!({
        "mediaCaption": media.caption,
        "mediaCode": media.code,
        "mediaId": media.id,
        "mediaMimeType": media.mime_type,
        "mediaName": media.name,
        "mediaSrc": media.src,
        "mediaSubType": media.sub_type,
        "mediaType": media.kind.map(MediaKind::word).unwrap_or_default(),
        "mediaURL": media.url,
    })
}

/// Below what buttons stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below {
    /// A message, which is sent with them as they are.
    Message,
    /// A template: their texts may have places, which are filled when it is sent.
    Template,
}

/// Reads the buttons of an object's `options`, of which there may be `most`.
pub(super) fn read_buttons(fields: &mut Fields<'_>, most: usize, below: Below) -> Vec<Button> {
    let read = |options: &mut Fields<'_>| {
        options.objects("buttons", "TmplElement", most, |button| read_button(button, below))
    };
    fields.object("options", "CommonMsgOptions", read).unwrap_or_default()
}

/// A button has something on it, and what it needs for what it does: an address, a number, or something to answer
/// with. Without a type it answers.
fn read_button(fields: &mut Fields<'_>, below: Below) -> Button {
    let kind = fields.word("type", ButtonKind::WORDS).and_then(ButtonKind::from_word);
    let kind = kind.unwrap_or(ButtonKind::QuickReply);
    let label = fields.text("label", MAX_LABEL).unwrap_or_default();
    let code = fields.text("code", MAX_LABEL).unwrap_or_default();
    let (phone, url) = match kind {
        ButtonKind::QuickReply => (String::new(), String::new()),
        ButtonKind::Url => {
            let url = fields.required_text("url", MAX_URL);
            if let Some(url) = &url {
                check_address(fields, "url", url);
            }
            (String::new(), url.unwrap_or_default())
        }
        ButtonKind::PhoneNumber => {
            let phone = fields.required_text("phone", MAX_LABEL);
            let is_filled_later = |text: &str| below == Below::Template && has_place(text);
            if phone.as_deref().is_some_and(|text| !Button::can_call(text) && !is_filled_later(text)) {
                fields.fault("phone", FaultCode::InvalidValue, "must be a phone number");
            }
            (phone.unwrap_or_default(), String::new())
        }
    };
    let button = Button {
        kind,
        code,
        label,
        desc: fields.text("desc", MAX_CAPTION).unwrap_or_default(),
        name: fields.text("name", MAX_LABEL).unwrap_or_default(),
        phone,
        url,
    };
    // What would stand on it and has a fault is told already.
    if button.title().is_none() && !["label", "name", "code"].iter().any(|name| fields.has_fault(name)) {
        fields.fault("name", FaultCode::Required, "is required where there is no label or code");
    }
    button
}

/// Buttons as the reference has them, in an object's `options`.
pub(super) fn render_buttons(buttons: &[Button]) -> Value {
    let buttons: Vec<_> = buttons
        .iter()
        .map(|button| {
            json!({
                "code": button.code,
                "desc": button.desc,
                "label": button.label,
                "name": button.name,
                "phone": button.phone,
                "type": button.kind.word(),
                "url": button.url,
            })
        })
        .collect();
    json!({"buttons": buttons})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(button: Value, below: Below) -> Vec<(String, &'static str)> {
        let body = json!({"options": {"buttons": [button]}});
        let mut fields = Fields::new("OutBoundMsg", body.as_object().unwrap());
        read_buttons(&mut fields, 1, below);
        let told = fields.finish().err();
        let told = told.iter().flat_map(|refusal| refusal.faults());
        told.map(|fault| (fault.field.clone(), fault.code.as_str())).collect()
    }

    #[test]
    fn what_is_wrong_with_the_address_of_a_button_is_told_once() {
        let longest = "https://a.example/".to_owned() + &"x".repeat(MAX_URL - "https://a.example/".len());
        for (url, code) in [
            (json!(null), Some("REQUIRED")),
            (json!(""), Some("REQUIRED")),
            (json!(" "), Some("REQUIRED")),
            (json!("ftp://a.example"), Some("INVALID_VALUE")),
            (json!([]), Some("INVALID_TYPE")),
            (json!(format!("{longest}x")), Some("TOO_LONG")),
            (json!(longest), None),
        ] {
            let expected: Vec<_> =
                code.map(|code| ("options.buttons[0].url".to_owned(), code)).into_iter().collect();
            let button = json!({"type": "URL", "label": "Shop", "url": url});
            assert_eq!(faults(button, Below::Message), expected, "{url}");
        }
    }

    #[test]
    fn a_number_has_a_digit_or_in_a_template_a_place_for_one() {
        let wrong = [("options.buttons[0].phone".to_owned(), "INVALID_VALUE")];
        for (phone, in_a_message, in_a_template) in [
            ("+91 998", &[][..], &[][..]),
            ("{{phone}}", &wrong, &[]),
            ("{{phone", &wrong, &wrong),
            ("call me", &wrong, &wrong),
        ] {
            let button = json!({"type": "PHONE_NUMBER", "label": "Call", "phone": phone});
            assert_eq!(faults(button.clone(), Below::Message), in_a_message, "{phone}");
            assert_eq!(faults(button, Below::Template), in_a_template, "{phone}");
        }
    }
}
