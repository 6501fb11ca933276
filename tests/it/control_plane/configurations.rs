//! Every property of every channel's configuration: what it is when nobody says, values that it may have, and what is
//! told of others, at creation and at a change (platform documentation §10.3.1 and §10.3.2).

use serde_json::{Value, json};

use super::quick_server;
use crate::harness::{Answer, Portal};

/// A property of a channel's configuration.
struct Property {
    channel: &'static str,
    name: &'static str,
    /// A configuration that is good without it, or with it where it is required.
    beside: Value,
    absent: Absent,
    good: Vec<Value>,
    bad: Vec<(Value, &'static str)>,
}

/// What becomes of a configuration without the property.
enum Absent {
    /// It is refused.
    Refused,
    /// It is as if it were this.
    Is(Value),
    /// It is not shown either.
    Hidden,
}

/// Each channel whose configuration nobody else is asked about; those of providers are in `integrations`.
fn properties() -> Vec<Property> {
    let url = |length: usize| json!(format!("https://a.example/{}", "x".repeat(length - 18)));
    let urls = || {
        vec![
            (json!(1), "PRT000302"),
            (json!("a.example"), "PRT000302"),
            (json!("ftp://a.example"), "PRT000302"),
            (json!("https://user:word@a.example"), "PRT000302"),
            (json!("https://a.example:65536"), "PRT000302"),
            (url(2049), "PRT000207"),
        ]
    };
    let flags = || vec![(json!("yes"), "PRT000302"), (json!(1), "PRT000302")];
    let start = || json!([{"type": "text", "text": "Welcome"}, {"type": "text", "text": "How can we help?"}]);
    let starts = || {
        vec![
            (json!({}), "PRT000302"),
            (json!("Welcome"), "PRT000302"),
            (json!(["Welcome"]), "PRT000302"),
            (json!([{}]), "PRT000301"),
        ]
    };
    let agent = || json!({"integrationType": "Agent"});
    let web_chat = || json!({"allowedOrigins": ["localhost"]});
    let hook = || json!({"webhookUrl": "https://a.example"});
    let listener = || json!({"webhookUrl": "https://a.example", "events": ["message"]});
    let words = |longest: usize| {
        vec![
            (json!(" "), "PRT000301"),
            (json!(7), "PRT000302"),
            (json!("two words"), "PRT000302"),
            (json!("x".repeat(longest + 1)), "PRT000207"),
        ]
    };
    let secret = |channel, name, beside| Property {
        channel,
        name,
        beside,
        absent: Absent::Refused,
        good: vec![json!(format!("{name}.1")), json!("x".repeat(1024))],
        bad: words(1024),
    };
    let line = || json!({"channelAccessToken": "t", "channelSecret": "s"});
    let kik = || json!({"userName": "shop", "apiKey": "k"});
    vec![
        Property {
            channel: "Direct",
            name: "integrationType",
            beside: agent(),
            absent: Absent::Refused,
            good: vec![json!("Customer"), json!("Agent"), json!("Bot")],
            bad: vec![
                (json!("System"), "PRT000303"),
                (json!("Hubster"), "PRT000303"),
                (json!("nobody"), "PRT000303"),
                (json!(0), "PRT000303"),
                (json!([]), "PRT000302"),
            ],
        },
        Property {
            channel: "Direct",
            name: "echo",
            beside: agent(),
            absent: Absent::Is(json!(false)),
            good: vec![json!(true), json!(false)],
            bad: flags(),
        },
        Property {
            channel: "Direct",
            name: "webhookUrl",
            beside: agent(),
            absent: Absent::Hidden,
            good: vec![json!("http://hubster.io/v1/api/integration?customer=1"), url(2048)],
            bad: urls(),
        },
        Property {
            channel: "Direct",
            name: "start",
            beside: agent(),
            absent: Absent::Hidden,
            good: vec![start()],
            bad: starts(),
        },
        Property {
            channel: "Direct",
            name: "userId",
            beside: agent(),
            absent: Absent::Hidden,
            good: vec![json!("ada")],
            bad: vec![(json!("nobody"), "PRT000303"), (json!(5), "PRT000302")],
        },
        Property {
            channel: "Direct",
            name: "sandbox",
            beside: json!({"integrationType": "Customer"}),
            absent: Absent::Hidden,
            good: vec![json!(true)],
            bad: flags(),
        },
        Property {
            channel: "WebChat",
            name: "allowedOrigins",
            beside: web_chat(),
            absent: Absent::Refused,
            good: vec![
                json!(["localhost", "hubster.io"]),
                json!(["https://a.example:8443"]),
                json!(vec!["a.io"; 100]),
            ],
            bad: vec![
                (json!([]), "PRT000306"),
                (json!("localhost"), "PRT000302"),
                (json!(["*"]), "PRT000302"),
                (json!(["https://a.example/page"]), "PRT000302"),
                (json!(vec!["a.io"; 101]), "PRT000207"),
            ],
        },
        Property {
            channel: "WebChat",
            name: "echo",
            beside: web_chat(),
            absent: Absent::Is(json!(true)),
            good: vec![json!(false), json!(true)],
            bad: flags(),
        },
        Property {
            channel: "WebChat",
            name: "start",
            beside: web_chat(),
            absent: Absent::Is(json!([])),
            good: vec![start(), json!([])],
            bad: starts(),
        },
        Property {
            channel: "Bot",
            name: "webhookUrl",
            beside: hook(),
            absent: Absent::Refused,
            good: vec![json!("https://bot.example/hook"), url(2048)],
            bad: urls(),
        },
        Property {
            channel: "System",
            name: "webhookUrl",
            beside: listener(),
            absent: Absent::Refused,
            good: vec![json!("https://listener.example/hook"), url(2048)],
            bad: urls(),
        },
        Property {
            channel: "System",
            name: "events",
            beside: listener(),
            absent: Absent::Refused,
            good: vec![json!(["message"]), json!(["message:customer", "message:agent", "message:bot"])],
            bad: vec![
                (json!([]), "PRT000306"),
                (json!("message"), "PRT000302"),
                (json!([5]), "PRT000302"),
                (json!(["message:nobody"]), "PRT000303"),
            ],
        },
        secret("Line", "channelAccessToken", line()),
        secret("Line", "channelSecret", line()),
        secret("Telegram", "botToken", json!({"botToken": "1:a"})),
        Property {
            channel: "Kik",
            name: "userName",
            beside: kik(),
            absent: Absent::Refused,
            good: vec![json!("shop"), json!("x".repeat(255))],
            bad: words(255),
        },
        secret("Kik", "apiKey", kik()),
    ]
}

/// The properties that open accounts at providers, who are not asked for these.
const OF_ACCOUNTS: &[(&str, &[&str])] = &[
    ("TwilioSMS", &["authToken", "accountSid", "numberSid"]),
    ("Messenger", &["pageAccessToken"]),
    ("Slack", &["code", "nonce"]),
];

impl Property {
    fn with(&self, value: &Value) -> Value {
        let mut configuration = self.beside.clone();
        configuration[self.name] = value.clone();
        configuration
    }

    /// Refused, by that code, with the property's path or that of something in it.
    #[track_caller]
    fn assert_told(&self, answer: &Answer, code: &str) {
        assert_told(answer, code, self.name);
    }
}

#[track_caller]
fn assert_told(answer: &Answer, code: &str, property: &str) {
    let errors = answer.platform_errors(400);
    let description = errors[0]["description"].as_str().unwrap();
    assert!(description.contains(&format!("'configuration.{property}")), "{property}: {answer}");
    assert!(description.ends_with(&format!("(code: {code})")), "{property}, {code}: {answer}");
    assert_eq!(errors.len(), 1, "{answer}");
}

/// One hub, on which an integration is made and goes again.
struct Bench {
    portal: Portal,
    hub: String,
}

impl Bench {
    async fn create(&self, channel: &str, configuration: &Value) -> Answer {
        let body = json!({"channelId": channel, "name": "n", "configuration": configuration});
        self.portal.create_integration(&self.hub, &body).await
    }

    /// Makes an integration, and gives what it is set to.
    async fn made(&self, channel: &str, configuration: &Value) -> Value {
        let made = self.create(channel, configuration).await.ok();
        self.delete(&made).await;
        made["configuration"].clone()
    }

    async fn change(&self, integration: &Value, configuration: &Value) -> Answer {
        let path = format!("/api/v1/integrations/{}", integration["integrationId"].as_str().unwrap());
        self.portal.put(&path, &json!({"configuration": configuration})).await
    }

    async fn delete(&self, integration: &Value) {
        let path = format!("/api/v1/integrations/{}", integration["integrationId"].as_str().unwrap());
        self.portal.delete(&path).await.has_status(200);
    }

    async fn check(&self, property: &Property) {
        let (channel, name) = (property.channel, property.name);
        let absent = property.with(&Value::Null);
        match &property.absent {
            Absent::Refused => property.assert_told(&self.create(channel, &absent).await, "PRT000301"),
            Absent::Is(value) => assert_eq!(&self.made(channel, &absent).await[name], value, "{channel}"),
            Absent::Hidden => {
                let shown = self.made(channel, &absent).await;
                assert_eq!(shown.get(name), None, "{channel}");
            }
        }
        for value in &property.good {
            assert_eq!(&self.made(channel, &property.with(value)).await[name], value, "{channel}");
        }
        for (value, code) in &property.bad {
            property.assert_told(&self.create(channel, &property.with(value)).await, code);
        }
        self.check_change(property).await;
    }

    /// The same for the configuration in a change, which is a whole one too.
    async fn check_change(&self, property: &Property) {
        let name = property.name;
        let made = self.create(property.channel, &property.beside).await.ok();
        for value in &property.good {
            let changed = self.change(&made, &property.with(value)).await.ok();
            assert_eq!(&changed["configuration"][name], value);
        }
        for (value, code) in &property.bad {
            property.assert_told(&self.change(&made, &property.with(value)).await, code);
        }
        let without = self.change(&made, &property.with(&Value::Null)).await;
        match &property.absent {
            // Whom it serves is not what it is set to: left out of a change, it stays.
            Absent::Refused if name == "integrationType" => {
                assert_eq!(&without.ok()["configuration"][name], property.good.last().unwrap());
            }
            Absent::Refused => property.assert_told(&without, "PRT000301"),
            Absent::Is(value) => assert_eq!(&without.ok()["configuration"][name], value),
            Absent::Hidden => assert_eq!(without.ok()["configuration"].get(name), None),
        }
        self.delete(&made).await;
    }
}

#[tokio::test]
async fn every_channel_has_the_documented_configuration() {
    let server = quick_server().await;
    let portal = server.portal().await;
    portal.post("/api/v1/users", &json!({"userId": "ada", "name": "Ada"})).await.ok();
    let hub = portal.hub("channels").await;
    let bench = Bench { portal, hub };
    for property in properties() {
        bench.check(&property).await;
    }
}

#[tokio::test]
async fn what_opens_an_account_has_to_be_there_and_in_one_word() {
    let server = quick_server().await;
    let portal = server.portal().await;
    let bench = Bench { hub: portal.hub("accounts").await, portal };
    for (channel, properties) in OF_ACCOUNTS {
        let good: Value = properties.iter().map(|name| ((*name).to_owned(), json!("x1"))).collect();
        for property in *properties {
            for (value, code) in [
                (Value::Null, "PRT000301"),
                (json!(" "), "PRT000301"),
                (json!(7), "PRT000302"),
                (json!("two words"), "PRT000302"),
                (json!("x".repeat(1025)), "PRT000207"),
            ] {
                let mut configuration = good.clone();
                configuration[*property] = value;
                assert_told(&bench.create(channel, &configuration).await, code, property);
            }
        }
        let all = bench.create(channel, &json!({})).await;
        assert_eq!(all.platform_errors(400).len(), properties.len(), "{all}");
    }
}
