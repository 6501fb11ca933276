//! What a business tells of a customer when it is asked, and where the properties of a conversation show that.
//! It must not know how a business is asked.

use serde_json::{Map, Value, json};

use crate::domain::conversation::Properties;
use crate::domain::customer::PROFILE_ID;
use crate::domain::messaging::ValueKind;

/// Where properties have what the business itself has told of the customer.
pub const BUSINESS_PROFILE: &str = "business profile";

/// What a business tells of a customer; of what is not there it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactUpdate {
    /// The customer's name for people.
    pub name: Option<String>,
    /// Its address of electronic mail.
    pub email: Option<String>,
    /// Its phone number.
    pub phone: Option<String>,
    /// Its id in the business's own systems.
    pub profile_id: Option<String>,
    /// What it is labelled with.
    pub labels: Vec<Label>,
}

/// A value under a name that people see.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Tells it from others.
    pub key: String,
    /// For people.
    pub name: String,
    /// What the value is.
    pub kind: ValueKind,
    /// How it is written; empty where nothing is said of that.
    pub format: String,
    /// The value.
    pub value: Value,
}

impl ContactUpdate {
    /// Shows it in properties: in the profile, for whoever knows nothing of businesses; as the business told it; and
    /// its labels, in place of those of before where it has any.
    pub fn apply(&self, properties: &mut Properties) {
        let told = [
            ("full name", "name", &self.name),
            ("email", "email", &self.email),
            ("phone", "phone", &self.phone),
            (PROFILE_ID, "profileId", &self.profile_id),
        ];
        for (in_profile, told_as, value) in told {
            let Some(value) = value else { continue };
            put(properties, "profile", in_profile, value.as_str().into());
            put(properties, BUSINESS_PROFILE, told_as, value.as_str().into());
        }
        if !self.labels.is_empty() {
            put(properties, "additional", "labels", self.labels.iter().map(Label::shown).collect());
        }
    }
}

impl Label {
    fn shown(&self) -> Value {
        let Self { key, name, kind, format, value } = self;
        json!({"key": key, "name": name, "type": kind.word(), "format": format, "value": value})
    }
}

fn put(properties: &mut Properties, collection: &str, name: &str, value: Value) {
    let collection = properties.entry(collection).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(collection) = collection {
        collection.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_takes_the_place_of_what_was_known_and_the_rest_stays() {
        let Value::Object(mut properties) =
            json!({"profile": {"full name": "Quiet Fox", "device": "Direct"}, "additional": {"own": 1}})
        else {
            unreachable!("written as an object above")
        };
        let label = Label {
            key: "TYPE".to_owned(),
            name: "Type".to_owned(),
            kind: ValueKind::Text,
            format: String::new(),
            value: json!("Platinum"),
        };
        let update = ContactUpdate {
            name: Some("Ada".to_owned()),
            profile_id: Some("C1".to_owned()),
            labels: vec![label],
            ..ContactUpdate::default()
        };
        update.apply(&mut properties);
        assert_eq!(
            Value::Object(properties.clone()),
            json!({
                "profile": {"full name": "Ada", "device": "Direct", "profile id": "C1"},
                "business profile": {"name": "Ada", "profileId": "C1"},
                "additional": {"own": 1, "labels": [
                    {"key": "TYPE", "name": "Type", "type": "TEXT", "format": "", "value": "Platinum"}]},
            })
        );
        let before = properties.clone();
        ContactUpdate::default().apply(&mut properties);
        assert_eq!(properties, before);
    }

    #[test]
    fn a_later_answer_replaces_all_labels_or_says_nothing_of_them() {
        let label = |key: &str| Label {
            key: key.to_owned(),
            name: key.to_owned(),
            kind: ValueKind::Text,
            format: String::new(),
            value: json!(1),
        };
        let mut properties = Map::new();
        for (labels, shown) in [(vec!["A", "B"], vec!["A", "B"]), (vec!["C"], vec!["C"]), (vec![], vec!["C"])]
        {
            let labels = labels.into_iter().map(label).collect();
            ContactUpdate { labels, ..ContactUpdate::default() }.apply(&mut properties);
            let told = properties["additional"]["labels"].as_array().unwrap();
            assert_eq!(told.iter().map(|label| label["key"].as_str().unwrap()).collect::<Vec<_>>(), shown);
        }
    }
}
