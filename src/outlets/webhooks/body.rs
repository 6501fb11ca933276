//! The body of a call, made of the deliveries that it carries.

use bytes::Bytes;

use super::wrapper;
use crate::domain::delivery::{Delivery, DeliveryForm};

/// The body of deliveries of one conversation and form, of which there is at least one, and only one where they are
/// not joined. What surrounds the items is that of the newest: it tells the conversation as it is by then.
pub(super) fn body(deliveries: &[&Delivery]) -> Bytes {
    let Some(newest) = deliveries.last() else { return Bytes::new() };
    let items: usize = deliveries.iter().map(|one| one.item.len() + 1).sum();
    let mut text = String::with_capacity(newest.envelope.len() + items + r#","activities":[]}"#.len());
    text.push_str(&newest.envelope);
    match newest.form {
        DeliveryForm::Direct => {
            text.push_str(r#","activity":"#);
            text.push_str(&newest.item);
        }
        DeliveryForm::System => {
            text.push_str(r#","activities":["#);
            for (place, delivery) in deliveries.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(&delivery.item);
            }
            text.push(']');
        }
        DeliveryForm::Wrapper => wrapper::write(&mut text, deliveries),
    }
    text.push('}');
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::Endpoint;
    use crate::domain::ids::{ConversationId, DeliveryId, HubId, IntegrationId, TenantId};

    fn delivery(form: DeliveryForm, envelope: &str, item: &str) -> Delivery {
        Delivery {
            id: DeliveryId::new(),
            tenant: TenantId::new(),
            endpoint: Endpoint::Integration(IntegrationId::new()),
            conversation: ConversationId::new(),
            hub: HubId::new(),
            form,
            event_id: None,
            envelope: envelope.into(),
            item: item.into(),
        }
    }

    #[test]
    fn a_direct_body_has_its_activity() {
        let one = delivery(DeliveryForm::Direct, r#"{"a":1"#, r#"{"n":1}"#);
        assert_eq!(body(&[&one]), r#"{"a":1,"activity":{"n":1}}"#);
    }

    #[test]
    fn a_system_body_has_its_activities_in_what_surrounds_the_newest() {
        let one = delivery(DeliveryForm::System, r#"{"a":1"#, r#"{"n":1}"#);
        let two = delivery(DeliveryForm::System, r#"{"a":2"#, r#"{"n":2}"#);
        assert_eq!(body(&[&one]), r#"{"a":1,"activities":[{"n":1}]}"#);
        assert_eq!(body(&[&one, &two]), r#"{"a":2,"activities":[{"n":1},{"n":2}]}"#);
    }
}
