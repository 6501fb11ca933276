//! Contact cards, and the platform's contacts that they become (messaging reference, CommonMsgContactCard).

use serde_json::{Map, Value, json};

use crate::api::messaging::error::FaultCode;
use crate::api::messaging::fields::Fields;
use crate::api::messaging::vcards::SENT;

/// The members of a card.
const CARD: [&str; 8] = ["addresses", "birthday", "emails", "ims", "name", "org", "phones", "urls"];

/// Reads the cards of a message, of which there has to be one.
pub(super) fn read(fields: &mut Fields<'_>) -> Vec<Map<String, Value>> {
    let is_empty = fields.get("contacts").is_none_or(|cards| cards.as_array().is_some_and(Vec::is_empty));
    if is_empty {
        fields.fault("contacts", FaultCode::Required, "is required");
    }
    fields.objects("contacts", "CommonMsgContactCard", usize::MAX, card)
}

/// A card as a contact: its name, what it does where, and every way in which it can be reached.
fn card(fields: &mut Fields<'_>) -> Map<String, Value> {
    let title = name(fields);
    let subtitle = organization(fields);
    let mut ways = Vec::new();
    let mut add = |way: &str, value: String, kind: String| {
        if !value.is_empty() {
            let key = if kind.is_empty() { way } else { &kind };
            let kind =
                if kind.is_empty() { way.to_owned() } else { format!("{way};{}", kind.to_lowercase()) };
            ways.push(json!({"key": key, "value": value, "type": kind}));
        }
    };
    for [phone, kind, wa_id] in
        members(fields, "phones", "OutBoundMsgContactPhone", ["phone", "type", "wa_id"])
    {
        add("phone", phone, kind);
        add("phone", wa_id, "WHATSAPP".to_owned());
    }
    for [email, kind] in members(fields, "emails", "OutBoundMsgContactEmail", ["email", "type"]) {
        add("email", email, kind);
    }
    const ADDRESS: [&str; 7] = ["street", "city", "state", "zip", "country", "country_code", "type"];
    for [street, city, state, zip, country, code, kind] in
        members(fields, "addresses", "OutBoundMsgContactAddress", ADDRESS)
    {
        let country = if country.is_empty() { code } else { country };
        add("address", joined([street, city, state, zip, country]), kind);
    }
    for [url, kind] in members(fields, "urls", "OutBoundMsgContactUrl", ["url", "type"]) {
        add("url", url, kind);
    }
    for [user, service] in members(fields, "ims", "OutBoundMsgContactSocial", ["userid", "service"]) {
        add("im", user, service);
    }
    add("birthday", fields.text("birthday", usize::MAX).unwrap_or_default(), String::new());
    let mut contact = Map::from_iter([
        ("type".to_owned(), json!("contact")),
        ("title".to_owned(), title.into()),
        ("properties".to_owned(), ways.into()),
    ]);
    if !subtitle.is_empty() {
        contact.insert("subtitle".to_owned(), subtitle.into());
    }
    contact.insert(SENT.to_owned(), sent(fields));
    contact
}

/// The card as it was sent, so that it reads back so: a contact of the platform has no place for the parts of a name,
/// of an address or of an organization.
fn sent(fields: &Fields<'_>) -> Value {
    let members = CARD.into_iter().filter_map(|name| Some((name.to_owned(), fields.get(name)?.clone())));
    Value::Object(members.collect())
}

/// The name in full; a card without one says nothing of whom it is.
fn name(fields: &mut Fields<'_>) -> String {
    if fields.get("name").is_none() {
        fields.fault("name", FaultCode::Required, "is required");
    }
    let read = |name: &mut Fields<'_>| {
        let mut text = |member| name.text(member, usize::MAX).unwrap_or_default();
        let (full, first, last) = (text("formatted_name"), text("first_name"), text("last_name"));
        let full = if full.trim().is_empty() { format!("{first} {last}").trim().to_owned() } else { full };
        if full.is_empty() && !name.has_fault("formatted_name") {
            let rule = "is required where there is no first_name or last_name";
            name.fault("formatted_name", FaultCode::Required, rule);
        }
        full
    };
    fields.object("name", "OutBoundMsgContactName", read).unwrap_or_default()
}

fn organization(fields: &mut Fields<'_>) -> String {
    let read = |org: &mut Fields<'_>| {
        let mut text = |member| org.text(member, usize::MAX).unwrap_or_default();
        joined([text("title"), text("department"), text("company")])
    };
    fields.object("org", "OutBoundMsgContactOrg", read).unwrap_or_default()
}

/// The members of each object of a list, as texts; empty ones where there are none.
fn members<const N: usize>(
    fields: &mut Fields<'_>,
    list: &str,
    schema: &'static str,
    names: [&str; N],
) -> Vec<[String; N]> {
    let read = |object: &mut Fields<'_>| names.map(|name| object.text(name, usize::MAX).unwrap_or_default());
    fields.objects(list, schema, usize::MAX, read)
}

fn joined<const N: usize>(parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_cards(cards: &Value) -> Result<Vec<Map<String, Value>>, Vec<String>> {
        let body = Map::from_iter([("contacts".to_owned(), cards.clone())]);
        let mut fields = Fields::new("OutBoundMsg", &body);
        let cards = read(&mut fields);
        let faults = |refusal: crate::api::messaging::error::Refusal| {
            refusal.faults().iter().map(|fault| fault.field.clone()).collect::<Vec<_>>()
        };
        fields.finish().map_err(faults)?;
        Ok(cards)
    }

    #[test]
    fn a_card_tells_every_way_to_reach_somebody() {
        let card = json!({
            "addresses": [{"city": "Menlo Park", "country": "United States", "country_code": "us",
                "state": "CA", "street": "1 Hacker Way", "type": "HOME", "zip": 94025}],
            "birthday": "2000-01-30",
            "emails": [{"email": "test@example.com", "type": "WORK"}],
            "ims": [{"service": "FACEBOOK", "userid": "u1"}],
            "name": {"first_name": "John", "formatted_name": "John Smith", "last_name": "Smith"},
            "org": {"company": "Shop", "department": "Design", "title": "Manager"},
            "phones": [{"phone": "+1 (940) 555-1234", "type": "HOME", "wa_id": 16505551234_i64}],
            "urls": [{"type": "WORK", "url": "https://a.example"}],
        });
        let contacts = read_cards(&json!([card])).unwrap();
        assert_eq!(
            Value::Object(contacts[0].clone()),
            json!({
                "type": "contact",
                "title": "John Smith",
                "subtitle": "Manager, Design, Shop",
                "properties": [
                    {"key": "HOME", "value": "+1 (940) 555-1234", "type": "phone;home"},
                    {"key": "WHATSAPP", "value": "16505551234", "type": "phone;whatsapp"},
                    {"key": "WORK", "value": "test@example.com", "type": "email;work"},
                    {"key": "HOME", "value": "1 Hacker Way, Menlo Park, CA, 94025, United States",
                        "type": "address;home"},
                    {"key": "WORK", "value": "https://a.example", "type": "url;work"},
                    {"key": "FACEBOOK", "value": "u1", "type": "im;facebook"},
                    {"key": "birthday", "value": "2000-01-30", "type": "birthday"},
                ],
                "vcard": card,
            })
        );
    }

    #[test]
    fn a_card_needs_a_name_and_a_message_a_card() {
        assert_eq!(read_cards(&json!([])), Err(vec!["contacts".to_owned()]));
        assert_eq!(read_cards(&json!([{}])), Err(vec!["contacts[0].name".to_owned()]));
        assert_eq!(
            read_cards(&json!([{"name": {}}])),
            Err(vec!["contacts[0].name.formatted_name".to_owned()])
        );
        let found = read_cards(&json!([{"name": {"first_name": "A", "last_name": "B"}}])).unwrap();
        assert_eq!(found[0]["title"], "A B");
    }
}
