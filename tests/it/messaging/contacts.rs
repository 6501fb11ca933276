//! What contacts prefer, and how contacts are named.

use serde_json::json;

use super::sessions::EVENT;
use super::{contact_id, faults, members};
use crate::harness::Server;

const LANG: &str = "contact/prefs/lang";

/// Every member of Contactable.
const CONTACTABLE: [&str; 8] =
    ["channelType", "contactId", "contactType", "csid", "email", "lane", "name", "phone"];

#[tokio::test]
async fn a_language_is_set_for_a_contact_whether_or_not_it_has_ever_written() {
    let server = Server::start().await;
    let messaging = server.messaging();
    let contact = contact_id(&server, "ada_lovelace");
    for lang in ["en_US", "en", "pt-BR", "zh_Hans_CN"] {
        let answer = messaging.send_to(LANG, &json!({"contactId": contact, "lang": lang})).await;
        let event = answer.one();
        assert_eq!(event["eventCode"], "CONTACT_PREFS_UPDATED");
        assert_eq!((&event["contactId"], &event["sessionId"]), (&json!(contact), &json!("")));
        assert_eq!(members(&event["contact"]), CONTACTABLE);
        assert_eq!(event["contact"]["csid"], "ada_lovelace");
        assert_eq!(event["contact"]["contactType"], "PUSH");
        assert_eq!(members(&event), EVENT);
        for absent in ["session", "sessionAssigned", "sessionRouted"] {
            assert_eq!(event[absent], json!({}), "{absent}");
        }
    }
}

#[tokio::test]
async fn the_event_of_a_contact_with_a_session_has_that_session() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let properties = json!({"profile": {"full name": "Ada", "email": "ada@example.com", "phone": "+1416"}});
    let ask = json!({"integrationId": engine.customer(), "binding": "ada", "channelType": "Direct",
        "properties": properties});
    let established = engine.post("/api/v1/conversations/establish", &ask).await.ok();
    let body = json!({"contactId": contact_id(&server, "ada"), "lang": "de"});
    let event = messaging.send_to(LANG, &body).await.one();
    assert_eq!(event["sessionId"], established["conversationId"]);
    assert_eq!(event["session"]["mode"], "NONE");
    let contact = &event["contact"];
    assert_eq!(
        (&contact["name"], &contact["email"], &contact["phone"]),
        (&json!("Ada"), &json!("ada@example.com"), &json!("+1416"))
    );
}

#[tokio::test]
async fn a_contact_is_named_with_its_lane_or_by_the_only_channel_of_its_kind() {
    let server = Server::start().await;
    let (portal, messaging) = (server.portal().await, server.messaging());
    let own = server.demo().integration("customer");
    let agent = server.demo().integration("agent");
    let set =
        async |contact: &str| messaging.send_to(LANG, &json!({"contactId": contact, "lang": "en"})).await;
    for good in [format!("diada_{own}"), "di:ada".to_owned(), format!("di:_{own}"), format!("di_._{own}")] {
        let event = set(&good).await.one();
        assert!(event["contactId"].as_str().unwrap().ends_with(&own), "{good}: {event}");
    }
    for bad in [
        "ada".to_owned(),
        "xx:ada".to_owned(),
        format!("di_{own}"),
        format!("weada_{own}"),
        format!("diada_{agent}"),
        "fb:12121212121".to_owned(),
    ] {
        assert_eq!(set(&bad).await.field_faults(404), faults(&[("contactId", "NOT_FOUND")]), "{bad}");
    }
    portal.direct(&server.demo().hub(), "second", json!({"integrationType": "Customer"})).await;
    assert_eq!(set("di:ada").await.field_faults(400), faults(&[("contactId", "CONFLICT")]), "which of two?");
    let link = json!({"linkType": "CONTACT_ID", "linkValue": "di:ada"});
    let push = json!({"eventName": "PAID", "id": "e-1", "links": [link]});
    let told = messaging.send_to("event/push", &push).await;
    assert_eq!(told.field_faults(400), faults(&[("links[0].linkValue", "CONFLICT")]));
    let other = server.another_tenant("Other").await;
    let theirs = format!("diada_{}", other.integration("customer"));
    assert_eq!(set(&theirs).await.field_faults(404), faults(&[("contactId", "NOT_FOUND")]));
}

#[tokio::test]
async fn as_many_contacts_as_may_have_preferences_and_no_more() {
    let server = Server::with(&[("SWITCHBOARD_MESSAGING__CUSTOMERS_PER_TENANT", "2")]).await;
    let messaging = server.messaging();
    let channel = format!("direct:{}", server.demo().integration("customer"));
    let set = async |binding: &str| {
        let body = json!({"contactId": contact_id(&server, binding), "lang": "en"});
        messaging.send_to(LANG, &body).await
    };
    let opt = async |binding: &str, kind: &str| {
        let body =
            json!({"channelId": channel, "to": {"contactId": contact_id(&server, binding)}, "type": kind});
        messaging.send_to("message/send", &body).await
    };
    set("ada").await.one();
    opt("eve", "optout").await.one();
    assert_eq!(set("kim").await.field_faults(400), faults(&[("", "LIMIT_REACHED")]));
    opt("kim", "optin").await.one();
    set("eve").await.one();
    // Whoever wants to hear nothing is heard at any number, and is known from then on.
    opt("kim", "optout").await.one();
    set("kim").await.one();
    assert_eq!(set("joe").await.field_faults(400), faults(&[("", "LIMIT_REACHED")]));
}
