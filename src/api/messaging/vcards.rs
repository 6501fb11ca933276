//! People and places that a message names (messaging reference, PBVCard).

use serde_json::{Map, Value, json};

use crate::domain::message::MessageType;

/// The member of a contact that holds the card with which a back end sent it (CommonMsgContactCard).
pub(super) const SENT: &str = "vcard";

/// The cards of a message that shows contacts or places, by itself or by its items; none of others.
pub(super) fn of(message: &Map<String, Value>, kind: MessageType) -> Vec<Value> {
    let items = message.get("items").and_then(Value::as_array).into_iter().flatten();
    let of_item = |item: &Value| {
        let item = item.as_object()?;
        card(item, MessageType::from_name(item.get("type")?.as_str()?)?)
    };
    card(message, kind).into_iter().chain(items.filter_map(of_item)).collect()
}

fn card(shown: &Map<String, Value>, kind: MessageType) -> Option<Value> {
    match kind {
        MessageType::Contact => match shown.get(SENT) {
            Some(sent @ Value::Object(_)) => Some(as_sent(sent, shown.get("title").unwrap_or(&Value::Null))),
            _ => Some(person(shown)),
        },
        MessageType::Location => Some(place(shown)),
        _ => None,
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

/// A card as a back end sent it, under the names by which cards are read. Where it gave no full name there is the one
/// that was made of its parts.
fn as_sent(sent: &Value, full_name: &Value) -> Value {
    let all = |list: &str, read: fn(&Value) -> Value| -> Value {
        sent[list].as_array().into_iter().flatten().map(read).collect()
    };
    let mut card = empty();
    let name = &sent["name"];
    card["name"]["firstName"] = text(&name["first_name"]).into();
    card["name"]["lastName"] = text(&name["last_name"]).into();
    let formatted = Some(text(&name["formatted_name"])).filter(|name| !name.trim().is_empty());
    card["name"]["formattedName"] = formatted.unwrap_or_else(|| text(full_name)).into();
    if sent["org"].is_object() {
        let [company, department, title] =
            ["company", "department", "title"].map(|part| text(&sent["org"][part]));
        card["work"] = json!([{"company": company, "department": department, "title": title}]);
    }
    let birthday = text(&sent["birthday"]);
    if !birthday.is_empty() {
        card["dates"] = json!([born("birthday", &birthday)]);
    }
    card["phones"] =
        all("phones", |one| phone("", &text(&one["phone"]), &text(&one["type"]), &text(&one["wa_id"])));
    card["emails"] = all("emails", |one| email("", &text(&one["email"]), &text(&one["type"])));
    card["urls"] = all("urls", |one| url("", &text(&one["url"]), &text(&one["type"])));
    card["ims"] = all("ims", |one| im(&text(&one["service"]), &text(&one["userid"])));
    card["addresses"] = all("addresses", |one| {
        let [city, country, code, state, street, kind, zip] =
            ["city", "country", "country_code", "state", "street", "type", "zip"]
                .map(|part| text(&one[part]));
        json!({"city": city, "country": country, "countryCode": code, "state": state, "street": street, "type": kind,
            "uuid": "", "zip": zip})
    });
    card
}

/// A contact of the platform: what is known of it stands in its properties.
fn person(contact: &Map<String, Value>) -> Value {
    let text = |name: &str| contact.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut card = empty();
    card["name"]["formattedName"] = text("title").into();
    if !text("subtitle").is_empty() {
        card["work"] = json!([{"company": "", "department": "", "title": text("subtitle")}]);
    }
    let ways = contact.get("properties").and_then(Value::as_array).into_iter().flatten();
    for (member, way) in ways.filter_map(reached_by) {
        if let Value::Array(all) = &mut card[member] {
            all.push(way);
        }
    }
    card
}

/// A way to reach somebody, by its type or by how it looks. A type such as `email;work` says both what it is and of
/// which kind.
fn reached_by(way: &Value) -> Option<(&'static str, Value)> {
    let label = way["key"].as_str().unwrap_or_default();
    let value = match &way["value"] {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let told = way["type"].as_str().unwrap_or_default().to_lowercase();
    let parts: Vec<_> = told.split([';', ',', ' ']).filter(|part| !part.is_empty()).collect();
    let is = |word: &str| parts.contains(&word);
    let kind = |what: &str| parts.iter().copied().filter(|part| *part != what).collect::<Vec<_>>().join(" ");
    Some(if is("email") || (parts.is_empty() && value.contains('@')) {
        ("emails", email(label, &value, &kind("email")))
    } else if is("url") || value.starts_with("http://") || value.starts_with("https://") {
        ("urls", url(label, &value, &kind("url")))
    } else if is("phone") || is("cell") || is("mobile") {
        let whats_app_id = if is("whatsapp") { value.as_str() } else { "" };
        ("phones", phone(label, &value, &kind("phone"), whats_app_id))
    } else if is("address") {
        let address = json!({"city": "", "country": "", "countryCode": "", "state": "", "street": value,
            "type": kind("address"), "uuid": "", "zip": ""});
        ("addresses", address)
    } else if is("birthday") {
        ("dates", born(label, &value))
    } else {
        ("ims", im(label, &value))
    })
}

fn phone(label: &str, number: &str, kind: &str, whats_app_id: &str) -> Value {
    json!({"country": "", "countryCallingCode": "", "ext": "", "label": label, "nationalNumber": "", "phone": number,
        "type": kind, "uuid": "", "whatsAppId": whats_app_id})
}

fn email(label: &str, address: &str, kind: &str) -> Value {
    json!({"email": address, "label": label, "type": kind, "uuid": ""})
}

fn url(label: &str, address: &str, kind: &str) -> Value {
    json!({"label": label, "type": kind, "url": address, "uuid": ""})
}

fn im(service: &str, user: &str) -> Value {
    json!({"service": service, "userid": user})
}

fn born(label: &str, date: &str) -> Value {
    json!({"date": date, "label": label, "type": "birthday"})
}

/// A text, or a number as one.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn place(message: &Map<String, Value>) -> Value {
    let text = |name: &str| message.get(name).map(text).unwrap_or_default();
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
    fn what_a_way_is_for_is_told_without_what_it_is() {
        for (kind, member, told) in [
            ("email;work", "emails", "work"),
            ("phone;cell", "phones", "cell"),
            ("Cell", "phones", "cell"),
            ("phone", "phones", ""),
            ("address;home", "addresses", "home"),
            ("url;work", "urls", "work"),
        ] {
            let message = json!({"title": "Ada", "properties": [{"key": "k", "value": "v", "type": kind}]});
            assert_eq!(card(message, MessageType::Contact)[member][0]["type"], told, "{kind}");
        }
    }

    #[test]
    fn the_contacts_among_a_message_s_items_have_a_card_each() {
        let message = json!({"items": [{"type": "contact", "title": "Ada"}, {"type": "image"},
            {"type": "contact", "title": "Charles", "vcard": {"name": {"first_name": "Charlie"}}}]});
        let cards = of(message.as_object().unwrap(), MessageType::Text);
        assert_eq!(cards.len(), 2);
        assert_eq!(cards[0]["name"]["formattedName"], "Ada");
        assert_eq!(cards[1]["name"]["firstName"], "Charlie");
        assert_eq!(cards[1]["name"]["formattedName"], "Charles", "made of the parts when it was sent");
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
