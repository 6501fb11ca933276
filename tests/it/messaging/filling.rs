//! What a template becomes when it is sent: which version of it, what stands in its places, and how much it may be.

use serde_json::{Value, json};

use super::faults;
use super::send::{message, sent, template};
use crate::harness::{Messaging, Server, Socket};

/// A message to Ada that is made of a template.
fn of(server: &Server, meta: Value) -> Value {
    message(server, json!({"type": "template", "template": meta}))
}

async fn refusal(messaging: &Messaging, body: &Value) -> Vec<(String, String)> {
    messaging.send_to("message/send", body).await.field_faults(400)
}

async fn heard(customer: &mut Socket) -> Value {
    customer.next_activity().await["activity"]["message"].clone()
}

/// The id of another channel of the Direct kind, and its integration.
async fn another_channel(server: &Server) -> (String, String) {
    let portal = server.portal().await;
    let made = portal.direct(&server.demo().hub(), "other", json!({"integrationType": "Customer"})).await;
    (format!("direct:{made}"), made)
}

#[tokio::test]
async fn a_message_is_filled_up_to_its_limit_and_no_further() {
    let server = Server::with(&[("SWITCHBOARD_MESSAGING__FILLED_BYTES", "1024")]).await;
    let messaging = server.messaging();
    let half = "x".repeat(512);
    let button = json!({"buttons": [{"type": "URL", "label": "Go", "url": "https://a.example/{{more}}"}]});
    for (code, parts, at_the_limit, one_more) in [
        ("BODY", json!({"body": "{{a}}{{a}}{{more}}"}), json!({"a": half}), json!({"a": half, "more": "y"})),
        (
            "PARTS",
            json!({"header": "{{a}}", "body": "{{a}}", "footer": "{{more}}"}),
            json!({"a": half}),
            json!({"a": half, "more": 1}),
        ),
        // The button has 20 bytes of its own.
        (
            "BUTTON",
            json!({"body": "{{a}}{{b}}", "options": button}),
            json!({"a": half, "b": "x".repeat(492)}),
            json!({"a": half, "b": "x".repeat(492), "more": "y"}),
        ),
    ] {
        let mut parts = parts;
        parts["code"] = code.into();
        template(&messaging, parts).await;
        sent(&messaging, &of(&server, json!({"code": code, "data": at_the_limit}))).await;
        let told = refusal(&messaging, &of(&server, json!({"code": code, "data": one_more}))).await;
        assert_eq!(told, faults(&[("template.data", "TOO_LONG")]), "{code}");
    }
    let own = json!({"code": "OWN", "body": "{{a}}{{a}}{{more}}", "model": {"a": half, "more": "y"}});
    let id = template(&messaging, own).await;
    for (meta, field) in [(json!({"code": "OWN"}), "template.code"), (json!({"id": id}), "template.id")] {
        assert_eq!(refusal(&messaging, &of(&server, meta)).await, faults(&[(field, "TOO_LONG")]));
    }
}

#[tokio::test]
async fn many_places_for_a_long_value_make_no_huge_message() {
    let server = Server::start().await;
    let messaging = server.messaging();
    template(&messaging, json!({"code": "MANY", "body": "{{a}}".repeat(819)})).await;
    for value in [json!("x".repeat(1_000_000)), json!({"a": "x".repeat(1_000_000)})] {
        let before = server.own_memory();
        let told = refusal(&messaging, &of(&server, json!({"code": "MANY", "data": {"a": value}}))).await;
        assert_eq!(told, faults(&[("template.data", "TOO_LONG")]));
        let grown = server.own_memory().saturating_sub(before);
        assert!(grown < 100 * 1024 * 1024, "{grown} bytes");
    }
}

#[tokio::test]
async fn what_comes_with_a_message_goes_before_the_model_and_that_before_the_variable() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    let mut customer = engine.listen_at(&engine.customer()).await;
    for key in ["one", "two", "three", "four"] {
        let variable = json!({"key": key, "value": "variable", "disabled": key == "four"});
        messaging.send_to("config/global/vars", &variable).await.one();
    }
    let model = json!({"one": "model", "two": "model", "three": null});
    template(&messaging, json!({"body": "{{one}} {{two}} {{three}} [{{four}}]", "model": model})).await;
    sent(&messaging, &of(&server, json!({"code": "FEEDBACK", "data": {"one": "data", "two": null}}))).await;
    assert_eq!(
        heard(&mut customer).await["text"],
        "data model variable []",
        "what is disabled stands for nothing"
    );
}

#[tokio::test]
async fn a_channel_s_own_variable_goes_before_the_one_for_all_channels_and_is_for_no_other() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    let (channel, integration) = another_channel(&server).await;
    let mut ada = engine.listen_at(&engine.customer()).await;
    let mut bob = engine.listen_at(&integration).await;
    let own = message(&server, json!({}))["channelId"].clone();
    let vars = "config/global/vars";
    let here = json!({"key": "shop", "value": "here", "shared": false, "group": own});
    let only = json!({"key": "only", "value": "!", "shared": false, "group": own});
    messaging.send_to(vars, &json!({"key": "shop", "value": "everywhere"})).await.one();
    let made = messaging.send_to(vars, &here).await.one();
    messaging.send_to(vars, &only).await.one();
    for taken in [&here, &json!({"key": "shop", "value": "x"})] {
        assert_eq!(messaging.send_to(vars, taken).await.field_faults(400), faults(&[("key", "CONFLICT")]));
    }
    template(&messaging, json!({"body": "{{shop}}{{only}}"})).await;
    let to_bob = json!({"channelId": channel, "to": {"contactId": format!("dibob_{integration}")},
        "type": "template", "template": {"code": "FEEDBACK"}});
    sent(&messaging, &of(&server, json!({"code": "FEEDBACK"}))).await;
    sent(&messaging, &to_bob).await;
    assert_eq!(heard(&mut ada).await["text"], "here!");
    assert_eq!(heard(&mut bob).await["text"], "everywhere");

    let path = format!("/xms/api/v1/{vars}/{}", made["id"].as_str().unwrap());
    let mut disabled = here.clone();
    disabled["disabled"] = true.into();
    messaging.put(&path, &disabled).await.one();
    sent(&messaging, &of(&server, json!({"code": "FEEDBACK"}))).await;
    assert_eq!(heard(&mut ada).await["text"], "everywhere!");
    let as_all = messaging.put(&path, &json!({"key": "shop", "value": "x"})).await;
    assert_eq!(as_all.field_faults(400), faults(&[("key", "CONFLICT")]));
}

#[tokio::test]
async fn a_language_that_there_is_not_is_stood_in_for_by_what_may_be_sent() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    let mut customer = engine.listen_at(&engine.customer()).await;
    let channel = message(&server, json!({}))["channelId"].clone();
    for (lang, status) in
        [("de", "PENDING"), ("en", "APPROVED"), ("pt", "PENDING"), ("pt_BR", "APPROVED"), ("fi", "REJECTED")]
    {
        let approved = json!([{"channelId": channel, "status": status}]);
        template(&messaging, json!({"lang": lang, "body": lang, "approved": approved})).await;
    }
    for (asked_for, expected) in [("fr", "en"), ("de_AT", "en"), ("en_US", "en"), ("pt_PT", "pt_BR")] {
        sent(&messaging, &of(&server, json!({"code": "FEEDBACK", "lang": asked_for}))).await;
        assert_eq!(heard(&mut customer).await["text"], expected, "{asked_for}");
    }
    for asked_for in ["de", "DE", "pt", "fi"] {
        let told = refusal(&messaging, &of(&server, json!({"code": "FEEDBACK", "lang": asked_for}))).await;
        assert_eq!(told, faults(&[("template.code", "UNAVAILABLE")]), "{asked_for}");
    }
}

#[tokio::test]
async fn a_template_in_the_channel_s_own_form_alone_is_taken_and_sent() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    let mut customer = engine.listen_at(&engine.customer()).await;
    let made = messaging
        .send_to("config/tmpl/hsm", &json!({"code": "RAW", "template": "You paid {{amount}}"}))
        .await
        .one();
    assert_eq!((&made["body"], &made["template"]), (&json!(""), &json!("You paid {{amount}}")));
    sent(&messaging, &of(&server, json!({"code": "RAW", "data": {"amount": 5}}))).await;
    assert_eq!(heard(&mut customer).await["text"], "You paid 5");
    for body in [json!({"code": "NONE"}), json!({"code": "NONE", "body": " ", "template": " "})] {
        let told = messaging.send_to("config/tmpl/hsm", &body).await.field_faults(400);
        assert_eq!(told, faults(&[("body", "REQUIRED")]), "{body}");
    }
}

#[tokio::test]
async fn what_stands_on_a_button_is_its_label_else_its_name_else_its_code() {
    let server = Server::start().await;
    let (messaging, engine) = (server.messaging(), server.engine().await);
    let mut customer = engine.listen_at(&engine.customer()).await;
    let buttons = json!([{"label": "Label", "name": "Name", "code": "code"}, {"name": "Name", "code": "code"},
        {"label": " ", "name": "", "code": "code"}]);
    let options = json!({"options": {"buttons": buttons}});
    let mut filled = options.clone();
    filled["options"]["buttons"][1]["name"] = "{{name}}".into();
    template(&messaging, filled).await;
    sent(&messaging, &message(&server, options)).await;
    sent(&messaging, &of(&server, json!({"code": "FEEDBACK", "data": {"name": "Name"}}))).await;
    for _ in ["a text", "a template"] {
        let heard = heard(&mut customer).await;
        let actions = heard["actions"].as_array().unwrap();
        let shown: Vec<_> = actions.iter().map(|action| (&action["title"], &action["payload"])).collect();
        let expected = ["Label", "Name", "code"].map(Value::from);
        assert_eq!(shown, expected.iter().map(|title| (title, &actions[0]["payload"])).collect::<Vec<_>>());
        assert_eq!(actions[0]["payload"], "code");
    }
}
