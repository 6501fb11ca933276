//! Integrations on every channel: what each is set to, what providers say of it, what happens to who is listening.

use serde_json::{Value, json};

use crate::harness::{
    Answer, Mood, Portal, Server, Socket, StandIn, TWILIO_TOKEN, eventually, from, text, together,
};

/// A server that takes the stand-in for all providers.
async fn server_beside(providers: &StandIn) -> Server {
    let variables = providers.variables();
    let variables: Vec<_> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    Server::with(&variables).await
}

fn body(channel: &str, name: &str, configuration: &Value) -> Value {
    json!({"channelId": channel, "name": name, "configuration": configuration})
}

fn twilio(number: &str) -> Value {
    json!({"authToken": TWILIO_TOKEN, "accountSid": "AC1fc1c1722444", "numberSid": number})
}

fn path_of(made: &Value) -> String {
    format!("/api/v1/integrations/{}", made["integrationId"].as_str().unwrap())
}

/// What each channel takes (by name and number) and shows: integration type, `inboundId`, configuration.
fn channels() -> Vec<(&'static str, i64, Value, &'static str, Value, Value)> {
    let start = json!([{"type": "text", "text": "Welcome to Hubster! How can we help you?"}]);
    let url = "https://url_end_point.com";
    let events = json!(["message:customer", "message:agent", "message:bot"]);
    let origins = json!(["localhost", "hubster.io"]);
    let line = json!({"channelAccessToken": "t0ken", "channelSecret": "s3cret"});
    let kik = json!({"userName": "shop", "apiKey": "k3y"});
    let direct = json!({"integrationType": "Agent", "echo": true, "webhookUrl": url, "start": start});
    let number = json!({"authToken": TWILIO_TOKEN, "accountSid": "AC1fc1c1722444", "numberSid": "PN16476960000",
        "phoneNumber": "+16476960000", "capabilities": {"mms": true, "sms": true, "voice": false}});
    let slack = json!({"botAccessToken": "xoxb-T5P19488N", "appAccessToken": "xoxp-T5P19488N",
        "defaultPublicChannel": "support", "teamId": "T5P19488N", "botName": "Hubster.io"});
    vec![
        ("Direct", 1, direct.clone(), "Agent", Value::Null, direct),
        ("Bot", 2, json!({"webhookUrl": url}), "Bot", Value::Null, json!({"webhookUrl": url})),
        ("Bot", 2, json!({"faq": true}), "Bot", Value::Null, json!({"faq": true})),
        (
            "System",
            3,
            json!({"webhookUrl": url, "events": events}),
            "System",
            Value::Null,
            json!({"webhookUrl": url, "events": events}),
        ),
        (
            "Messenger",
            101,
            json!({"pageAccessToken": "EAA1013889883"}),
            "Customer",
            json!("1013889883"),
            json!({"appId": "35360465938", "pageId": "1013889883", "pageAccessToken": "EAA1013889883"}),
        ),
        ("TwilioSMS", 102, twilio("PN16476960000"), "Customer", json!("AC1fc1c1722444"), number),
        ("Line", 103, line.clone(), "Customer", Value::Null, line),
        ("Telegram", 104, json!({"botToken": "1:a"}), "Customer", Value::Null, json!({"botToken": "1:a"})),
        ("Kik", 105, kik.clone(), "Customer", Value::Null, kik),
        (
            "WebChat",
            106,
            json!({"allowedOrigins": origins, "start": start}),
            "Customer",
            Value::Null,
            json!({"allowedOrigins": origins, "echo": true, "start": start}),
        ),
        (
            "Slack",
            1001,
            json!({"code": "good-T5P19488N", "nonce": "mo5w10t.mlh97uxh"}),
            "Agent",
            Value::Null,
            slack,
        ),
    ]
}

#[tokio::test]
async fn every_channel_is_set_up_and_shown_as_documented() {
    let providers = StandIn::start().await;
    let mut server = server_beside(&providers).await;
    let portal = server.portal().await;
    let hub = portal.hub("All channels").await;
    let mut all = Vec::new();
    for (place, (channel, _, given, kind, inbound, shown)) in channels().into_iter().enumerate() {
        let made = portal.create_integration(&hub, &body(channel, &format!("n{place}"), &given)).await.ok();
        assert_eq!(made["hubId"], hub);
        assert_eq!((&made["channelId"], &made["integrationTypeId"]), (&json!(channel), &json!(kind)));
        assert_eq!((&made["statusId"], &made["inboundId"]), (&json!(3000), &inbound), "{made:#}");
        let mut configuration = made["configuration"].clone();
        let keys = ["publicSigningKey", "privateSigningKey"]
            .map(|key| configuration.as_object_mut().unwrap().remove(key).is_some());
        assert_eq!(keys, [shown.get("webhookUrl").is_some(); 2], "what goes by webhook is signed: {made:#}");
        assert_eq!(configuration, shown);
        assert_eq!(portal.get(&path_of(&made)).await.ok(), made);
        all.push(made);
    }
    for (channel, number, ..) in channels() {
        let expected: Vec<_> = all.iter().filter(|made| made["channelId"] == channel).collect();
        for segment in [channel.to_owned(), channel.to_uppercase(), number.to_string()] {
            let listed = portal.get(&format!("/api/v1/integrations/hubs/{hub}/{segment}")).await.ok();
            assert_eq!(listed.as_array().unwrap().iter().collect::<Vec<_>>(), expected, "{segment}");
        }
    }
    server.crash().await;
    let listed = portal.get(&format!("/api/v1/integrations?hubId={hub}")).await.ok();
    assert_eq!(listed["results"], json!(all), "with its secrets, also after a crash");
}

#[tokio::test]
async fn secrets_are_in_no_file_of_the_store_and_in_no_line_of_the_log() {
    let providers = StandIn::start().await;
    let mut server = server_beside(&providers).await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    for (place, (channel, _, given, ..)) in channels().into_iter().enumerate() {
        portal.create_integration(&hub, &body(channel, &format!("n{place}"), &given)).await.ok();
    }
    server.stop(std::time::Duration::from_secs(30)).await;
    let mut texts = vec![server.printed().into_bytes()];
    for file in std::fs::read_dir(server.data()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            texts.push(std::fs::read(path).unwrap());
        }
    }
    for secret in [TWILIO_TOKEN, "EAA1013889883", "xoxb-T5P19488N", "xoxp-T5P19488N", "t0ken", "k3y"] {
        let is_in = |text: &Vec<u8>| text.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!texts.iter().any(is_in), "{secret} can be read");
    }
}

#[tokio::test]
async fn what_a_provider_refuses_is_told_by_property_and_makes_nothing() {
    let providers = StandIn::start().await;
    let server = server_beside(&providers).await;
    let portal = server.portal().await;
    let hub = portal.hub("Refused").await;
    let spent = body("Slack", "spent", &json!({"code": "good-T1", "nonce": "n"}));
    let made = portal.create_integration(&hub, &spent).await.ok();
    portal.delete(&path_of(&made)).await.has_status(200);
    let mut wrong_token = twilio("PN1");
    wrong_token["authToken"] = json!("wrong");
    for (channel, configuration, properties) in [
        ("TwilioSMS", wrong_token, vec!["accountSid", "authToken"]),
        ("TwilioSMS", twilio("PNx"), vec!["numberSid"]),
        ("Messenger", json!({"pageAccessToken": "EAAx"}), vec!["pageAccessToken"]),
        ("Slack", json!({"code": "bad", "nonce": "n"}), vec!["code"]),
        ("Slack", json!({"code": "good-T1", "nonce": "n"}), vec!["code"]),
    ] {
        let refused = portal.create_integration(&hub, &body(channel, "n", &configuration)).await;
        refused.refused(400, "PRT000303");
        let errors = refused.platform_errors(400);
        assert_eq!(errors.len(), properties.len(), "{refused}");
        for (error, property) in errors.iter().zip(properties) {
            let description = error["description"].as_str().unwrap();
            assert!(description.contains(&format!("'configuration.{property}'")), "{refused}");
        }
    }
    assert_eq!(portal.get(&format!("/api/v1/integrations?hubId={hub}")).await.ok()["total"], 0);
}

#[tokio::test]
async fn a_provider_that_fails_makes_nothing_and_everything_is_still_free() {
    let providers = StandIn::start().await;
    let server = server_beside(&providers).await;
    let portal = server.portal().await;
    let hub = portal.hub("Failing").await;
    let all = [
        ("TwilioSMS", twilio("PN1")),
        ("Messenger", json!({"pageAccessToken": "EAA1"})),
        ("Slack", json!({"code": "good-T1", "nonce": "n"})),
    ];
    for (mood, status) in [
        (Mood::Silent, 408),
        (Mood::Failing(500), 503),
        (Mood::Failing(429), 503),
        (Mood::Failing(302), 503),
        (Mood::Garbage, 503),
        (Mood::Empty, 503),
    ] {
        providers.becomes(mood);
        for (channel, configuration) in &all {
            let refused = portal.create_integration(&hub, &body(channel, channel, configuration)).await;
            let errors = refused.platform_errors(status);
            assert!(errors[0]["description"].as_str().unwrap().len() > 10, "{refused}");
            let come_back = refused.header("retry-after");
            assert_eq!(come_back, (status == 503).then_some("10"), "{mood:?} {refused}");
        }
    }
    let listed = portal.get(&format!("/api/v1/integrations?hubId={hub}")).await.ok();
    assert_eq!(listed["total"], 0, "{listed:#}");
    providers.becomes(Mood::Good);
    for (channel, configuration) in &all {
        portal.create_integration(&hub, &body(channel, channel, configuration)).await.ok();
    }
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_is_told_from_one_that_refuses() {
    let variables: Vec<_> = ["TWILIO", "MESSENGER", "SLACK"]
        .map(|name| format!("SWITCHBOARD_PROVIDERS__{name}__BASE_URL"))
        .into_iter()
        // Nobody listens on the port for discarding things.
        .map(|name| (name, "http://127.0.0.1:9".to_owned()))
        .collect();
    let variables: Vec<_> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let server = Server::with(&variables).await;
    let portal = server.portal().await;
    let refused =
        portal.create_integration(&server.demo().hub(), &body("TwilioSMS", "n", &twilio("PN1"))).await;
    refused.platform_errors(503);
}

#[tokio::test]
async fn a_broker_that_slack_does_not_know_is_not_the_callers_fault() {
    let providers = StandIn::start().await;
    let mut variables = providers.variables();
    variables.push(("SWITCHBOARD_PROVIDERS__SLACK__CLIENT_SECRET".to_owned(), "old".to_owned()));
    let variables: Vec<_> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let server = Server::with(&variables).await;
    let configuration = json!({"code": "good-T1", "nonce": "n"});
    let made = server.portal().await;
    let refused = made.create_integration(&server.demo().hub(), &body("Slack", "s", &configuration)).await;
    refused.platform_errors(503);
}

#[tokio::test]
async fn a_provider_is_asked_only_for_what_could_be_created() {
    let providers = StandIn::start().await;
    let server = server_beside(&providers).await;
    let portal = server.portal().await;
    let hub = portal.hub("Asked").await;
    portal.direct(&hub, "Taken", json!({"integrationType": "Agent"})).await;
    let configuration = json!({"code": "good-T1", "nonce": "n"});
    portal.create_integration(&hub, &body("Slack", "TAKEN", &configuration)).await.refused(400, "PRT000700");
    let nowhere = "00000000-0000-0000-0000-000000000000";
    portal.create_integration(nowhere, &body("Slack", "n", &configuration)).await.refused(404, "PRT000699");
    portal
        .create_integration(&hub, &body("Slack", "n", &json!({"code": "x"})))
        .await
        .refused(400, "PRT000301");
    assert_eq!(providers.calls(), Vec::<String>::new());
    portal.create_integration(&hub, &body("Slack", "n", &configuration)).await.ok();
    assert_eq!(providers.calls(), ["oauth.v2.access", "auth.test"]);
}

#[tokio::test]
async fn an_account_is_on_one_hub_of_all_tenants_and_whose_is_not_told() {
    let providers = StandIn::start().await;
    let server = server_beside(&providers).await;
    let (portal, eve) = (server.portal().await, server.another_tenant("eve").await.portal().await);
    let (one, two, theirs) = (portal.hub("One").await, portal.hub("Two").await, eve.hub("Theirs").await);
    for (channel, first, again) in [
        ("TwilioSMS", twilio("PN1"), twilio("PN1")),
        ("Messenger", json!({"pageAccessToken": "EAA1"}), json!({"pageAccessToken": "EAA1"})),
        ("Slack", json!({"code": "good-T1", "nonce": "n"}), json!({"code": "good-T1", "nonce": "n"})),
        (
            "Line",
            json!({"channelAccessToken": "t", "channelSecret": "s"}),
            json!({"channelAccessToken": "u", "channelSecret": "s"}),
        ),
        ("Telegram", json!({"botToken": "1:a"}), json!({"botToken": "1:a"})),
        ("Kik", json!({"userName": "shop", "apiKey": "k"}), json!({"userName": "Shop", "apiKey": "k"})),
    ] {
        let made = portal.create_integration(&one, &body(channel, channel, &first)).await.ok();
        let (name, hidden) = (format!("{channel} again"), made["integrationId"].as_str().unwrap());
        let mut attempts = 0;
        let mut attempt = || {
            attempts += 1;
            let mut configuration = again.clone();
            if channel == "Slack" {
                // Each installation gives another code.
                configuration["code"] = json!(format!("good-T1.{attempts}"));
            }
            body(channel, &name, &configuration)
        };
        for (who, hub) in [(&portal, &one), (&portal, &two), (&eve, &theirs)] {
            let refused = who.create_integration(hub, &attempt()).await;
            refused.refused(400, "PRT000701");
            assert!(!refused.text.contains(hidden) && !refused.text.contains(&one), "{refused}");
        }
        portal.delete(&path_of(&made)).await.has_status(200);
        eve.create_integration(&theirs, &attempt()).await.ok();
    }
    eve.delete(&format!("/api/v1/hubs/{theirs}")).await.has_status(200);
    portal.create_integration(&two, &body("TwilioSMS", "back", &twilio("PN1"))).await.ok();
}

#[tokio::test]
async fn a_configuration_is_replaced_as_a_whole_but_where_it_was_agreed_with_a_provider() {
    let providers = StandIn::start().await;
    let server = server_beside(&providers).await;
    let portal = server.portal().await;
    let hub = portal.hub("Updates").await;
    let mut made = Vec::new();
    for (place, (channel, _, given, ..)) in channels().into_iter().enumerate() {
        let one = portal.create_integration(&hub, &body(channel, &format!("n{place}"), &given)).await.ok();
        made.push(one);
    }
    let asked = providers.calls().len();
    for (place, before) in made.iter().enumerate() {
        let (new, gone) = match before["channelId"].as_str().unwrap() {
            "Direct" => (json!({"echo": false}), vec!["webhookUrl", "start"]),
            "Bot" => (json!({"webhookUrl": "https://b.example/new"}), vec!["faq"]),
            "System" => (json!({"webhookUrl": "https://b.example/new", "events": ["message"]}), vec![]),
            "WebChat" => (json!({"allowedOrigins": ["b.example"], "echo": false}), vec![]),
            "Line" => (json!({"channelAccessToken": "new", "channelSecret": "new"}), vec![]),
            "Telegram" => (json!({"botToken": "2:new"}), vec![]),
            "Kik" => (json!({"userName": "new", "apiKey": "new"}), vec![]),
            _ => (json!({"authToken": "x", "pageAccessToken": 7, "code": []}), vec![]),
        };
        let agreed = ["TwilioSMS", "Messenger", "Slack"].contains(&before["channelId"].as_str().unwrap());
        let change = json!({"name": format!("changed {place}"), "statusId": 3002, "configuration": new});
        let path = path_of(before);
        // The same call by both of its addresses.
        let posted = portal.post(&path.replace("integrations/", "integrations/hubs/"), &change).await.ok();
        assert_eq!(portal.put(&path, &change).await.ok(), posted);
        assert_eq!(portal.get(&path).await.ok(), posted);
        assert_eq!((&posted["name"], &posted["statusId"]), (&change["name"], &json!(3002)));
        if agreed {
            assert_eq!(posted["configuration"], before["configuration"]);
            continue;
        }
        for (name, value) in new.as_object().unwrap() {
            assert_eq!(&posted["configuration"][name], value, "{posted:#}");
        }
        assert!(gone.iter().all(|name| posted["configuration"].get(*name).is_none()), "{posted:#}");
        let keys = |one: &Value| one["configuration"]["privateSigningKey"].clone();
        if !keys(before).is_null() {
            assert_eq!(keys(&posted), keys(before));
            let mut change = change.clone();
            change["configuration"]["regenerateKeys"] = json!(true);
            assert_ne!(keys(&portal.put(&path, &change).await.ok()), keys(before));
        }
    }
    assert_eq!(providers.calls().len(), asked, "an update asks no provider");
}

#[tokio::test]
async fn an_update_without_what_a_channel_requires_is_refused_and_changes_nothing() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Incomplete").await;
    for (channel, good, property) in [
        ("System", json!({"webhookUrl": "https://a.example", "events": ["message"]}), "events"),
        ("WebChat", json!({"allowedOrigins": ["a.example"]}), "allowedOrigins"),
        ("Bot", json!({"webhookUrl": "https://a.example"}), "webhookUrl"),
        ("Line", json!({"channelAccessToken": "t", "channelSecret": "s"}), "channelSecret"),
    ] {
        let made = portal.create_integration(&hub, &body(channel, channel, &good)).await.ok();
        let mut configuration = good.clone();
        configuration.as_object_mut().unwrap().remove(property);
        let change = json!({"name": "changed", "configuration": configuration});
        let error = portal.put(&path_of(&made), &change).await.refused(400, "PRT000301");
        assert!(error["description"].as_str().unwrap().contains(&format!("configuration.{property}")));
        assert_eq!(portal.get(&path_of(&made)).await.ok(), made);
    }
}

#[tokio::test]
async fn of_many_creations_of_one_name_one_wins() {
    const WRITERS: usize = 24;
    let providers = StandIn::start().await;
    let server = server_beside(&providers).await;
    let portal = server.portal().await;
    let hub = portal.hub("Race").await;
    let direct = json!({"integrationType": "Agent"});
    let create = |place: usize, name: &str, channel: &str, configuration: &Value| {
        let name = if place.is_multiple_of(2) { name.to_uppercase() } else { name.to_owned() };
        let (portal, hub, body) = (portal.clone(), hub.clone(), body(channel, &name, configuration));
        async move { portal.create_integration(&hub, &body).await }
    };
    let answers = together((0..WRITERS).map(|place| create(place, "direct", "Direct", &direct))).await;
    assert_one_wins(&answers, &["PRT000700"]);
    // Whoever asks a provider waits for it, and may find the name or the number taken by then.
    let number = twilio("PN1");
    let answers = together((0..WRITERS).map(|place| create(place, "line", "TwilioSMS", &number))).await;
    assert_one_wins(&answers, &["PRT000700", "PRT000701"]);
    assert_eq!(portal.get(&format!("/api/v1/integrations?hubId={hub}")).await.ok()["total"], 2);
}

#[track_caller]
fn assert_one_wins(answers: &[Answer], codes: &[&str]) {
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1, "{answers:#?}");
    for answer in lost {
        let description = answer.platform_errors(400)[0]["description"].as_str().unwrap().to_owned();
        assert!(codes.iter().any(|code| description.contains(code)), "{answer}");
    }
}

#[tokio::test]
async fn lists_are_of_known_hubs_and_channels_only() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let eves = server.another_tenant("eve").await.hub();
    let nowhere = "00000000-0000-0000-0000-000000000000";
    let hub = server.demo().hub();
    for (path, status, code) in [
        (format!("/api/v1/integrations?hubId={nowhere}"), 404, "PRT000699"),
        (format!("/api/v1/integrations?hubId={eves}"), 404, "PRT000699"),
        ("/api/v1/integrations?hubId=17".to_owned(), 400, "PRT000203"),
        ("/api/v1/integrations?pageSize=101".to_owned(), 400, "PRT000207"),
        ("/api/v1/integrations?pageSize=0".to_owned(), 400, "PRT000207"),
        ("/api/v1/integrations?pageNumber=-1".to_owned(), 400, "PRT000209"),
        ("/api/v1/integrations?pageNumber=x".to_owned(), 400, "PRT000210"),
        (format!("/api/v1/integrations/hubs/{hub}/Pigeon"), 400, "PRT000206"),
        (format!("/api/v1/integrations/hubs/{nowhere}/Slack"), 404, "PRT000699"),
        (format!("/api/v1/integrations/hubs/{eves}/Slack"), 404, "PRT000699"),
        (format!("/api/v1/integrations/{nowhere}"), 404, "PRT000799"),
    ] {
        portal.get(&path).await.refused(status, code);
    }
    assert_eq!(portal.get("/api/v1/integrations?pageSize=100").await.ok()["pageSize"], 100);
}

/// A hub whose agent and customer both listen, with a conversation between them.
struct Talk {
    portal: Portal,
    engine: crate::harness::Engine,
    customer: String,
    agent: String,
    conversation: String,
}

impl Talk {
    async fn on(server: &Server) -> Self {
        let (portal, engine) = (server.portal().await, server.engine().await);
        let (_, customer, agent) = portal.quiet_hub("Talk").await;
        let conversation = engine.establish_at(&customer, "ada").await;
        engine.inbound(&conversation, &text("hello")).await.ok();
        Self { portal, engine, customer, agent, conversation }
    }
}

async fn assert_closed(mut socket: Socket, reason: u16) {
    let (_, code) = socket.closed().await;
    assert_eq!(code, reason);
}

#[tokio::test]
async fn a_paused_integration_stops_hearing_and_catches_up_when_it_is_active_again() {
    let server = Server::start().await;
    let talk = Talk::on(&server).await;
    let query = format!("integrationId={}", talk.customer);
    let mut listener = talk.engine.listen(&query).await;
    let cursor = listener.control("snapshot").await["cursor"].as_str().unwrap().to_owned();
    let started = std::time::Instant::now();
    talk.portal.set_status(&talk.customer, 3002).await;
    assert_closed(listener, 1008).await;
    assert!(started.elapsed() < std::time::Duration::from_secs(10), "it took {:?}", started.elapsed());
    let Err(refused) = talk.engine.try_listen(&query).await else { panic!("a paused integration listens") };
    refused.refused(400, "ENG006502");
    talk.engine.inbound(&talk.conversation, &text("x")).await.refused(400, "ENG006502");
    talk.engine.reply_as(&talk.agent, &talk.conversation, "are you there?").await;
    talk.portal.set_status(&talk.customer, 3000).await;
    let mut again = talk.engine.listen(&format!("{query}&since={cursor}")).await;
    again.control("snapshot").await;
    assert_eq!(again.texts(1).await, ["are you there?"]);
}

#[tokio::test]
async fn a_deleted_integration_stops_hearing_and_what_it_did_is_told_as_gone() {
    let server = Server::start().await;
    let talk = Talk::on(&server).await;
    let agent = talk.engine.listen_at(&talk.agent).await;
    talk.portal.delete(&format!("/api/v1/integrations/{}", talk.agent)).await.has_status(200);
    assert_closed(agent, 1008).await;
    let said = from(&talk.agent, text("x"));
    talk.engine.business(&talk.conversation, &said).await.refused(404, "ENG006000");
    let customer = talk.engine.listen_at(&talk.customer).await;
    talk.portal.delete(&format!("/api/v1/integrations/{}", talk.customer)).await.has_status(200);
    assert_closed(customer, 1008).await;
    eventually("the end of the conversation", async || {
        let answer = talk.engine.inbound(&talk.conversation, &text("x")).await;
        (answer.status == 410 || answer.status == 404).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_channel_that_carries_nothing_yet_goes_to_who_can_answer() {
    let providers = StandIn::start().await;
    let server = server_beside(&providers).await;
    let talk = Talk::on(&server).await;
    let hub = talk.portal.get(&format!("/api/v1/integrations/{}", talk.agent)).await.ok()["hubId"].clone();
    let slack = body("Slack", "Slack", &json!({"code": "good-T1", "nonce": "n"}));
    talk.portal.create_integration(hub.as_str().unwrap(), &slack).await.ok();
    let conversation = talk.engine.establish_at(&talk.customer, "bob").await;
    talk.engine.inbound(&conversation, &text("hello")).await.ok();
    let history = talk.engine.history(&conversation, "type=customer").await;
    assert_eq!(history[0]["recipient"]["integrationId"], talk.agent);
}
