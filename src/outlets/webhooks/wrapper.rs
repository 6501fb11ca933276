//! The body of a call to an app, made of what it hears of one conversation (messaging reference, InBoundWrapper):
//! every list of the schema, with what the items have under its name joined. It must not know what stands in them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::delivery::Delivery;

/// The lists, in the order in which a wrapper is called by the first that is not empty.
const TYPED: [&str; 4] = ["messages", "actions", "events", "statuses"];

/// A list that only goes along.
const CONTACTS: &str = "contacts";

/// Writes the members that follow what surrounds them.
pub(super) fn write(text: &mut String, deliveries: &[&Delivery]) {
    let mut lists: BTreeMap<&str, Vec<Value>> = TYPED.into_iter().chain([CONTACTS]).map(named).collect();
    for delivery in deliveries {
        let item: BTreeMap<String, Vec<Value>> = serde_json::from_str(&delivery.item).unwrap_or_default();
        for (name, entries) in item {
            if let Some(list) = lists.get_mut(name.as_str()) {
                list.extend(entries);
            }
        }
    }
    // Messages of one conversation are of one contact, as it was at each of them: the newest is told.
    if let Some(contacts) = lists.get_mut(CONTACTS)
        && let Some(newest) = contacts.pop()
    {
        *contacts = vec![newest];
    }
    let kind = TYPED.into_iter().find(|name| lists.get(name).is_some_and(|list| !list.is_empty()));
    for (name, list) in &lists {
        text.push_str(&format!(r#","{name}":"#));
        text.push_str(&Value::from(list.as_slice()).to_string());
    }
    text.push_str(&format!(r#","type":"{}""#, kind.unwrap_or(TYPED[0])));
}

fn named(name: &str) -> (&str, Vec<Value>) {
    (name, Vec::new())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::delivery::{DeliveryForm, Endpoint};
    use crate::domain::ids::{ConversationId, DeliveryId, HubId, TenantId};
    use crate::outlets::webhooks::body::body;

    fn delivery(item: &Value) -> Delivery {
        Delivery {
            id: DeliveryId::new(),
            tenant: TenantId::new(),
            endpoint: Endpoint::App("messaging.one".into()),
            conversation: ConversationId::new(),
            hub: HubId::new(),
            form: DeliveryForm::Wrapper,
            event_id: None,
            envelope: r#"{"meta":{"appId":"a"}"#.into(),
            item: item.to_string().into(),
        }
    }

    fn joined(items: &[Value]) -> Value {
        let deliveries: Vec<_> = items.iter().map(delivery).collect();
        let body = body(&deliveries.iter().collect::<Vec<_>>());
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn lists_under_the_same_name_are_joined_in_order_and_all_are_there() {
        let wrapper = joined(&[
            json!({"messages": [1], "contacts": ["old"]}),
            json!({"events": ["routed"]}),
            json!({"messages": [2], "contacts": ["new"]}),
        ]);
        assert_eq!(
            wrapper,
            json!({"meta": {"appId": "a"}, "actions": [], "contacts": ["new"], "events": ["routed"],
                "messages": [1, 2], "statuses": [], "type": "messages"})
        );
    }

    #[test]
    fn a_wrapper_is_called_by_what_is_in_it() {
        for name in TYPED {
            let item = Value::Object([(name.to_owned(), json!([1]))].into_iter().collect());
            assert_eq!(joined(&[item])["type"], name);
        }
        assert_eq!(joined(&[json!({"statuses": [1]}), json!({"events": [1]})])["type"], "events");
    }
}
