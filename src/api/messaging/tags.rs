//! What stages have found out about a message, in the reference's words (TagDocument). It must not know which stages
//! a hub has.

use serde_json::{Map, Value, json};

/// What a score of 1 is told as: the reference has whole numbers where stages give a part of one.
const FULL_SCORE: f64 = 100.0;

/// The tags of an activity. What no stage of the platform finds, such as cities, is there where a plug-in gives it.
pub(super) fn tag_document(found: &Map<String, Value>) -> Value {
    let texts = |name: &str| {
        let list = found.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter(|one| one.is_string()).cloned().collect::<Vec<_>>()
    };
    let one = |name: &str| found.get(name).filter(|word| word.is_string()).cloned().map(|word| vec![word]);
    let score = found.get("sentimentScore").and_then(Value::as_f64).unwrap_or_default();
    json!({
        "categories": texts("keywords"),
        "cities": texts("cities"),
        "countries": texts("countries"),
        "langs": one("language").unwrap_or_default(),
        "locations": texts("locations"),
        "organizations": texts("organizations"),
        "persons": texts("persons"),
        "sentimentScore": (score.clamp(-1.0, 1.0) * FULL_SCORE).round() as i32,
        "sentiments": one("sentiment").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(found: Value) -> Value {
        tag_document(found.as_object().unwrap())
    }

    #[test]
    fn what_stages_write_is_told_as_the_reference_types_it() {
        let tags = tagged(json!({"keywords": ["billing"], "language": "eng", "sentiment": "negative",
            "sentimentScore": -0.446, "cities": ["Toronto"]}));
        let expected = json!({"categories": ["billing"], "cities": ["Toronto"], "countries": [], "langs": ["eng"],
            "locations": [], "organizations": [], "persons": [], "sentimentScore": -45,
            "sentiments": ["negative"]});
        assert_eq!(tags, expected);
    }

    #[test]
    fn tags_of_another_form_are_left_out() {
        let tags = tagged(json!({"keywords": "billing", "persons": ["Ada", 7], "language": ["eng"],
            "sentimentScore": 3}));
        assert_eq!((&tags["categories"], &tags["persons"]), (&json!([]), &json!(["Ada"])));
        assert_eq!((&tags["langs"], &tags["sentimentScore"]), (&json!([]), &json!(100)));
        assert_eq!(tagged(json!({}))["sentimentScore"], 0);
    }
}
