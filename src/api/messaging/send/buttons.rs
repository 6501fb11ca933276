//! Buttons below a message, and the platform's actions that they become (messaging reference, TmplElement).

use serde_json::{Map, Value, json};

use crate::api::messaging::error::FaultCode;
use crate::api::messaging::fields::Fields;
use crate::api::web_address::{MAX_URL, is_web};
use crate::domain::messaging::{Button, ButtonKind};

/// Reads the buttons of `options`.
pub(super) fn read(fields: &mut Fields<'_>) -> Vec<Button> {
    let read = |options: &mut Fields<'_>| options.objects("buttons", "TmplElement", usize::MAX, button);
    fields.object("options", "CommonMsgOptions", read).unwrap_or_default().into_iter().flatten().collect()
}

fn button(fields: &mut Fields<'_>) -> Option<Button> {
    let kind = match fields.get("type") {
        None => Some(ButtonKind::QuickReply),
        Some(_) => fields.word("type", ButtonKind::WORDS).and_then(ButtonKind::from_word),
    };
    let label = fields.required_text("label", usize::MAX);
    let mut text = |name| fields.text(name, usize::MAX).unwrap_or_default();
    let (code, desc, name) = (text("code"), text("desc"), text("name"));
    let (phone, url) = (text("phone"), text("url"));
    let (kind, label) = (kind?, label?);
    match kind {
        ButtonKind::Url if url.is_empty() && !fields.has_fault("url") => {
            fields.fault("url", FaultCode::Required, "is required of a button to an address");
        }
        ButtonKind::Url if !is_address(&url) => {
            fields.fault("url", FaultCode::InvalidValue, "must be an http or https address");
        }
        ButtonKind::PhoneNumber if phone.is_empty() && !fields.has_fault("phone") => {
            fields.fault("phone", FaultCode::Required, "is required of a button that calls");
        }
        ButtonKind::PhoneNumber if number(&phone).is_none() => {
            fields.fault("phone", FaultCode::InvalidValue, "must be a phone number");
        }
        _ => {}
    }
    Some(Button { kind, code, label, desc, name, phone, url })
}

/// The action that a button becomes; none when it leads nowhere, as where a place in a template got no value.
pub(super) fn action(button: &Button) -> Option<Value> {
    let title = Some(&button.label).filter(|label| !label.trim().is_empty())?;
    let mut action = Map::new();
    action.insert("title".to_owned(), title.as_str().into());
    match button.kind {
        ButtonKind::QuickReply => {
            let code = if button.code.is_empty() { title } else { &button.code };
            action.insert("type".to_owned(), "reply".into());
            action.insert("payload".to_owned(), code.as_str().into());
        }
        ButtonKind::Url => {
            action.insert("type".to_owned(), "link".into());
            action.insert("url".to_owned(), Some(&button.url).filter(|url| is_address(url))?.as_str().into());
        }
        ButtonKind::PhoneNumber => {
            action.insert("type".to_owned(), "link".into());
            action.insert("url".to_owned(), format!("tel:{}", number(&button.phone)?).into());
        }
    }
    for (name, value) in [("code", &button.code), ("description", &button.desc)] {
        if !value.is_empty() {
            action.insert(name.to_owned(), json!(value));
        }
    }
    Some(action.into())
}

fn is_address(url: &str) -> bool {
    url.len() <= MAX_URL && is_web(url)
}

/// A number as it can be dialled.
fn number(text: &str) -> Option<String> {
    let dialled: String = text.chars().filter(|sign| sign.is_ascii_digit() || *sign == '+').collect();
    dialled.contains(|sign: char| sign.is_ascii_digit()).then_some(dialled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn button(kind: ButtonKind) -> Button {
        let text = str::to_owned;
        Button {
            kind,
            code: text("ask"),
            label: text("Ask"),
            desc: String::new(),
            name: String::new(),
            phone: text("+91 998-877"),
            url: text("https://a.example"),
        }
    }

    #[test]
    fn each_kind_of_button_becomes_an_action() {
        for (kind, expected) in [
            (
                ButtonKind::QuickReply,
                json!({"type": "reply", "title": "Ask", "payload": "ask", "code": "ask"}),
            ),
            (
                ButtonKind::Url,
                json!({"type": "link", "title": "Ask", "url": "https://a.example", "code": "ask"}),
            ),
            (
                ButtonKind::PhoneNumber,
                json!({"type": "link", "title": "Ask", "url": "tel:+91998877", "code": "ask"}),
            ),
        ] {
            assert_eq!(action(&button(kind)), Some(expected));
        }
        let without_code = Button { code: String::new(), ..button(ButtonKind::QuickReply) };
        assert_eq!(action(&without_code).unwrap()["payload"], "Ask");
    }

    #[test]
    fn a_button_that_leads_nowhere_is_left_out() {
        let none = String::new;
        assert_eq!(action(&Button { label: none(), ..button(ButtonKind::QuickReply) }), None);
        assert_eq!(action(&Button { url: none(), ..button(ButtonKind::Url) }), None);
        assert_eq!(action(&Button { phone: none(), ..button(ButtonKind::PhoneNumber) }), None);
    }
}
