//! The platform's actions that buttons below a message become. It must not know how buttons are read.

use serde_json::{Map, Value, json};

use crate::api::web_address::{MAX_URL, is_web};
use crate::domain::messaging::{Button, ButtonKind};

/// The action that a button becomes; none when it leads nowhere, as where a place in a template got no value.
pub(super) fn action(button: &Button) -> Option<Value> {
    let title = button.title()?;
    let mut action = Map::new();
    action.insert("title".to_owned(), title.into());
    match button.kind {
        ButtonKind::QuickReply => {
            let code = if button.code.is_empty() { title } else { &button.code };
            action.insert("type".to_owned(), "reply".into());
            action.insert("payload".to_owned(), code.into());
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
    for (name, value) in [("code", &button.code), ("description", &button.desc), ("name", &button.name)] {
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
    let dialled = |sign: &char| sign.is_ascii_digit() || *sign == '+';
    Button::can_call(text).then(|| text.chars().filter(dialled).collect())
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
    fn a_button_without_a_label_shows_its_name_and_without_that_its_code() {
        let (blank, name) = (|| " ".to_owned(), || "Name".to_owned());
        for (button, title) in [
            (Button { name: name(), ..button(ButtonKind::Url) }, "Ask"),
            (Button { label: blank(), name: name(), ..button(ButtonKind::Url) }, "Name"),
            (Button { label: blank(), name: blank(), ..button(ButtonKind::Url) }, "ask"),
        ] {
            assert_eq!(action(&button).unwrap()["title"], title);
        }
    }

    #[test]
    fn a_button_that_leads_nowhere_is_left_out() {
        let none = String::new;
        let unnamed = Button { label: none(), code: none(), ..button(ButtonKind::QuickReply) };
        assert_eq!(action(&unnamed), None);
        assert_eq!(action(&Button { url: none(), ..button(ButtonKind::Url) }), None);
        assert_eq!(action(&Button { phone: none(), ..button(ButtonKind::PhoneNumber) }), None);
    }
}
