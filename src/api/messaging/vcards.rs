//! People and places that a message names (messaging reference, PBVCard).

use serde_json::{Map, Value, json};

use crate::domain::message::MessageType;

/// The card of a message that shows a contact or a place; none of others.
pub(super) fn of(message: &Map<String, Value>, kind: MessageType) -> Vec<Value> {
    match kind {
        MessageType::Contact => vec![person(message)],
        MessageType::Location => vec![place(message)],
        _ => Vec::new(),
    }
}

fn empty() -> Value {
    json!({
        "addresses": [],
        "dates": [],
        "emails": [],
        "ims": [],
        "locations": [],
        "name": {"firstName": "", "formattedName": "", "lastName": "", "middleName": ""},
        "phones": [],
        "urls": [],
        "work": [],
    })
}

fn person(message: &Map<String, Value>) -> Value {
    let text = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut card = empty();
    card["name"]["formattedName"] = text("title").into();
    if !text("subtitle").is_empty() {
        card["work"] = json!([{"company": "", "department": "", "title": text("subtitle")}]);
    }
    let ways = message.get("properties").and_then(Value::as_array).into_iter().flatten();
    for (member, way) in ways.filter_map(reached_by) {
        if let Value::Array(all) = &mut card[member] {
            all.push(way);
        }
    }
    card
}

/// A way to reach somebody, by its type or by how it looks.
fn reached_by(way: &Value) -> Option<(&'static str, Value)> {
    let label = way["key"].as_str().unwrap_or_default();
    let value = match &way["value"] {
        Value::String(text) => text.clone(),
        Value::Null => return None,
        other => other.to_string(),
    };
    let kind = way["type"].as_str().unwrap_or_default().to_lowercase();
    let is = |word: &str| kind.split([';', ',', ' ']).any(|part| part == word);
    Some(if is("email") || (kind.is_empty() && value.contains('@')) {
        ("emails", json!({"email": value, "label": label, "type": kind, "uuid": ""}))
    } else if is("url") || value.starts_with("http://") || value.starts_with("https://") {
        ("urls", json!({"label": label, "type": kind, "url": value, "uuid": ""}))
    } else if is("phone") || is("cell") || is("mobile") {
        let whats_app_id = if is("whatsapp") { value.as_str() } else { "" };
        let phone = json!({"country": "", "countryCallingCode": "", "ext": "", "label": label, "nationalNumber": "",
            "phone": value, "type": kind, "uuid": "", "whatsAppId": whats_app_id});
        ("phones", phone)
    } else if is("address") {
        let address = json!({"city": "", "country": "", "countryCode": "", "state": "", "street": value, "type": kind,
            "uuid": "", "zip": ""});
        ("addresses", address)
    } else if is("birthday") {
        ("dates", json!({"date": value, "label": label, "type": kind}))
    } else {
        ("ims", json!({"service": label, "userid": value}))
    })
}

fn place(message: &Map<String, Value>) -> Value {
    let text = |name: &str| match message.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let mut card = empty();
    card["locations"] = json!([{
        "address": text("address"),
        "latitude": text("latitude"),
        "longitude": text("longitude"),
        "name": text("name"),
        "url": text("url"),
    }]);
    card
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(message: Value, kind: MessageType) -> Value {
        of(message.as_object().unwrap(), kind).remove(0)
    }

    #[test]
    fn a_contact_s_ways_are_told_apart_by_type_and_by_look() {
        let message = json!({"title": "Ada Lovelace", "subtitle": "Countess", "properties": [
            {"key": "Cell", "value": "(416) 555-0001", "type": "phone;cell"},
            {"key": "Mail", "value": "ada@example.com"},
            {"key": "Home", "value": "https://ada.example"},
            {"key": "Chat", "value": 7},
            {"key": "Office", "value": "1 Hacker Way, Menlo Park", "type": "address;work"},
            {"key": "birthday", "value": "1815-12-10", "type": "birthday"},
            {"key": "WHATSAPP", "value": "14165550001", "type": "phone;whatsapp"},
        ]});
        let card = card(message, MessageType::Contact);
        assert_eq!(card["name"]["formattedName"], "Ada Lovelace");
        assert_eq!(card["work"][0]["title"], "Countess");
        assert_eq!(card["phones"][0]["phone"], "(416) 555-0001");
        assert_eq!(card["emails"][0]["email"], "ada@example.com");
        assert_eq!(card["urls"][0]["url"], "https://ada.example");
        assert_eq!(card["ims"], json!([{"service": "Chat", "userid": "7"}]));
        assert_eq!(card["addresses"][0]["street"], "1 Hacker Way, Menlo Park");
        assert_eq!(card["dates"], json!([{"date": "1815-12-10", "label": "birthday", "type": "birthday"}]));
        assert_eq!(
            (&card["phones"][0]["whatsAppId"], &card["phones"][1]["whatsAppId"]),
            (&json!(""), &json!("14165550001"))
        );
    }

    #[test]
    fn a_place_has_its_coordinates_as_texts() {
        let message = json!({"address": "1 Hacker Way", "latitude": 12.5, "longitude": "-6.9", "name": "Main",
            "url": "https://a.example"});
        let card = card(message, MessageType::Location);
        assert_eq!(card["locations"][0]["latitude"], "12.5");
        assert_eq!(card["locations"][0]["longitude"], "-6.9");
        assert_eq!(card["locations"][0]["name"], "Main");
        assert_eq!(card["locations"][0]["url"], "https://a.example");
        assert!(of(&Map::new(), MessageType::Text).is_empty());
    }
}
