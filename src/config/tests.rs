use std::collections::BTreeSet;
use std::time::Duration;

use super::settings::Value;
use super::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

fn from_variables(pairs: &[(&str, &str)]) -> Result<Config, Problems> {
    Config::load(None, variables(pairs), &Flags::default())
}

/// The configuration of a user's file, which messages call `my.toml`.
fn from_file(text: &str) -> Result<Config, Problems> {
    let mut settings = Settings::reference();
    settings.overlay_file("my.toml", text)?;
    Config::resolve(&settings, Vec::new())
}

fn told(outcome: Result<Config, Problems>) -> Vec<String> {
    outcome.expect_err("should be refused").iter().map(Problem::to_string).collect()
}

#[test]
fn the_compiled_in_file_holds_the_documented_defaults() {
    let config = Config::default();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.data_dir, Path::new("data"));
    assert_eq!(config.server.public_url, None);
    assert_eq!(config.server.drain, Duration::from_secs(10));
    assert_eq!(config.server.tls, None);
    assert_eq!(config.store.durability, Durability::Fsync);
    assert_eq!(config.store.event_retention, 7 * DAY);
    assert_eq!(config.store.audit_retention, 365 * DAY);
    assert_eq!(config.store.delivery_retention, 30 * DAY);
    assert_eq!(config.store.notification_retention, 90 * DAY);
    assert_eq!(config.auth.token_lifetime, 30 * DAY);
    assert_eq!(config.auth.key_rotation, 90 * DAY);
    assert_eq!(config.auth.master_key_file, Path::new("data/master.key"));
    assert_eq!(config.http.max_body_bytes, 1 << 20);
    assert_eq!(config.http.max_publish_bytes, 8 << 20);
    assert_eq!(config.http.max_upload_bytes, 64 << 20);
    assert_eq!(config.http.max_header_bytes, 32 << 10);
    assert_eq!(config.http.header_timeout, Duration::from_secs(30));
    assert_eq!(config.http.body_timeout, Duration::from_secs(60));
    assert_eq!(config.http.upload_timeout, Duration::from_secs(600));
    assert_eq!(config.http.cors_origins, CorsOrigins::Any);
    assert_eq!(config.websocket.ping, Duration::from_secs(25));
    assert_eq!((config.websocket.queue.events.get(), config.websocket.queue.bytes.get()), (4096, 8 << 20));
    assert_eq!(config.websocket.max_frame_bytes, 1 << 20);
    assert!(!config.websocket.compression);
    assert_eq!(config.signalr.keepalive, Duration::from_secs(15));
    assert_eq!(config.signalr.handshake, Duration::from_secs(15));
    assert_eq!(config.signalr.disconnect, Duration::from_secs(15));
    assert_eq!(config.streaming.poll_wait, Duration::from_secs(15));
    assert_eq!(config.streaming.heartbeat, Duration::from_secs(25));
    assert_eq!((config.streaming.queue.events.get(), config.streaming.queue.bytes.get()), (10_000, 16 << 20));
    assert_eq!(config.streaming.idempotency, DAY);
    assert_eq!(config.streaming.max_batch_events, 1000);
    assert_eq!(config.streaming.max_team_deliveries, 100_000);
    assert_eq!(config.streaming.max_team_delivery_bytes, 32 << 20);
    assert_eq!((config.limits.connections_per_tenant, config.limits.sessions_per_tenant), (None, None));
    assert_eq!(config.limits.subscriptions_per_tenant, None);
    assert_eq!(config.limits.subscriptions_per_session.get(), 100);
    assert_eq!(config.limits.resources_per_subscription.get(), 1000);
    assert_eq!((config.limits.hubs_per_tenant, config.limits.integrations_per_hub), (None, None));
    assert_eq!(config.limits.commands_per_hub, None);
    assert_eq!((config.limits.handover_activities, config.limits.handover_bytes), (20, 64 << 10));
    assert_eq!((config.limits.transcript_messages, config.limits.transcript_bytes), (10_000, 8 << 20));
    assert_eq!((config.limits.users_per_tenant, config.limits.teams_per_tenant), (None, None));
    assert_eq!(config.limits.secrets_per_client.get(), 100);
    assert_eq!(config.limits.json_depth, 64);
    assert_eq!((config.faq.threshold_percent, config.faq.first_bot_active), (60, true));
    assert_eq!((config.faq.nodes_per_bot.get(), config.faq.questions_per_bot.get()), (100_000, 500_000));
    assert_eq!(config.faq.upload_faults.get(), 1_000);
    assert_eq!((config.faq.answers_per_node.get(), config.faq.text_bytes.get()), (10, 4096));
    assert_eq!((config.faq.queue_events.get(), config.faq.conversations_at_once.get()), (4096, 64));
    assert!(config.faq.common_words.iter().any(|word| word == "what"));
    assert!(config.faq.for_a_person.iter().any(|phrase| phrase == "talk to an agent"));
    for (limit, expected) in [
        (config.rate_limits.engine, (20_000, 40_000)),
        (config.rate_limits.streaming, (20_000, 40_000)),
        (config.rate_limits.identity, (1000, 2000)),
        (config.rate_limits.portal, (1000, 2000)),
        (config.rate_limits.messaging, (1000, 2000)),
        (config.rate_limits.handoff, (1000, 2000)),
        (config.rate_limits.api_keys.streaming, (20_000, 40_000)),
        (config.rate_limits.api_keys.messaging, (1000, 2000)),
    ] {
        assert_eq!((limit.per_second.get(), limit.burst.get()), expected);
    }
    assert_eq!(config.messaging.awaited_messages.get(), 100);
    assert_eq!(config.messaging.contact_questions_at_once.get(), 16);
    assert_eq!((config.plugins.allow_private, config.plugins.allow_http), (false, false));
    assert_eq!(config.plugins.ca_file, None);
    assert_eq!((config.webhooks.allow_private, config.webhooks.allow_http), (false, false));
    assert_eq!(config.webhooks.ca_file, None);
    assert_eq!((config.webhooks.redirects, config.webhooks.former_keys), (0, 3));
    assert_eq!(config.webhooks.key_overlap, Duration::from_secs(24 * 60 * 60));
    assert_eq!(config.webhooks.timeout, Duration::from_secs(10));
    assert_eq!(config.webhooks.retry_delays, [0, 120, 240, 360, 480, 600].map(Duration::from_secs));
    assert_eq!(config.smtp, None);
    assert_eq!((config.webhooks.jitter_percent, config.webhooks.max_retry_after.as_secs()), (0, 3600));
    assert_eq!((config.webhooks.calls_per_endpoint.get(), config.webhooks.calls_per_tenant.get()), (16, 256));
    assert_eq!((config.webhooks.held_deliveries, config.webhooks.held_bytes), (1000, 4 << 20));
    let total = (config.webhooks.held_deliveries_total, config.webhooks.held_bytes_total);
    assert_eq!(total, (100_000, 256 << 20));
    assert_eq!((config.webhooks.batch_deliveries, config.webhooks.batch_bytes), (100, 1 << 20));
    assert_eq!(config.webhooks.queue_deliveries, 10_000);
    let shown = (config.webhooks.remembered_attempts.get(), config.webhooks.named_deliveries);
    assert_eq!((config.webhooks.reads_at_once.get(), shown), (2, (100, 100)));
    assert_eq!(config.webhooks.max_read_rest, Duration::from_secs(60));
    assert_eq!(config.webhooks.count_every, Duration::from_secs(15));
    assert_eq!(config.webhooks.event_pause, Duration::from_secs(60));
    for (provider, base_url) in [
        (&config.providers.twilio, "https://api.twilio.com"),
        (&config.providers.messenger, "https://graph.facebook.com"),
        (&config.providers.slack, "https://slack.com/api"),
    ] {
        assert_eq!((provider.base_url.as_str(), provider.timeout), (base_url, Duration::from_secs(10)));
    }
    let slack = &config.providers.slack_application;
    assert!([&slack.client_id, &slack.client_secret, &slack.redirect_url].iter().all(|text| text.is_empty()));
    assert_eq!((config.log.format, config.log.filter.as_str()), (LogFormat::Text, "info"));
}

/// Every key that holds a number: its least and its greatest value.
const BOUNDS: &[(&str, i64, i64)] = &[
    ("server.drain_seconds", 0, 3600),
    ("server.tls.handshake_seconds", 1, 300),
    ("server.tls.handshakes_at_once", 1, 1_000_000),
    ("store.event_retention_hours", 1, 87_600),
    ("store.audit_retention_days", 1, 3650),
    ("store.delivery_retention_days", 1, 3650),
    ("store.notification_retention_days", 1, 3650),
    ("auth.token_lifetime_seconds", 1, 31_536_000),
    ("auth.key_rotation_days", 1, 3650),
    ("http.max_body_bytes", 1024, 1 << 30),
    ("http.max_publish_bytes", 1024, 1 << 30),
    ("http.max_upload_bytes", 1024, 1 << 40),
    ("http.max_header_bytes", 8192, 1 << 20),
    ("http.header_timeout_seconds", 1, 3600),
    ("http.body_timeout_seconds", 1, 3600),
    ("http.upload_timeout_seconds", 1, 86_400),
    ("websocket.ping_seconds", 1, 3600),
    ("websocket.queue_events", 1, 1_000_000),
    ("websocket.queue_bytes", 1, 1 << 32),
    ("websocket.max_frame_bytes", 125, 1 << 30),
    ("signalr.keepalive_seconds", 1, 3600),
    ("signalr.handshake_seconds", 1, 3600),
    ("signalr.disconnect_seconds", 1, 3600),
    ("streaming.poll_wait_seconds", 0, 300),
    ("streaming.heartbeat_seconds", 1, 3600),
    ("streaming.queue_events", 1, 10_000_000),
    ("streaming.queue_bytes", 1, 1 << 32),
    ("streaming.idempotency_hours", 1, 8760),
    ("streaming.max_batch_events", 1, 100_000),
    ("streaming.max_team_deliveries", 1, 100_000_000),
    ("streaming.max_team_delivery_bytes", 1, 1 << 32),
    ("pipeline.stages_per_hub", 0, 100),
    ("pipeline.phrases_per_hub", 0, 100_000),
    ("pipeline.keyword_bytes", 16, 1_048_576),
    ("pipeline.language_bytes", 16, 65_536),
    ("pipeline.sentiment_bytes", 16, 65_536),
    ("plugins.timeout_seconds", 1, 60),
    ("plugins.failures", 1, 1000),
    ("plugins.pause_seconds", 1, 3600),
    ("plugins.questions_at_once", 1, 100_000),
    ("plugins.look_ups_at_once", 1, 256),
    ("plugins.max_answer_bytes", 1024, 16_777_216),
    ("plugins.waiting_per_conversation", 1, 100_000),
    ("plugins.held_per_conversation", 1, 100_000),
    ("limits.connections_per_tenant", 0, 1_000_000_000),
    ("limits.sessions_per_tenant", 0, 1_000_000_000),
    ("limits.subscriptions_per_tenant", 0, 1_000_000_000),
    ("limits.subscriptions_per_session", 1, 10_000),
    ("limits.resources_per_subscription", 1, 100_000),
    ("limits.hubs_per_tenant", 0, 1_000_000_000),
    ("limits.integrations_per_hub", 0, 1_000_000_000),
    ("limits.commands_per_hub", 0, 1_000_000_000),
    ("limits.handover_activities", 0, 1000),
    ("limits.handover_bytes", 0, 1 << 20),
    ("limits.transcript_messages", 1, 100_000),
    ("limits.transcript_bytes", 1, 64 << 20),
    ("limits.users_per_tenant", 0, 1_000_000_000),
    ("limits.teams_per_tenant", 0, 1_000_000_000),
    ("limits.secrets_per_client", 1, 1000),
    ("limits.json_depth", 1, 120),
    ("faq.threshold_percent", 1, 100),
    ("faq.nodes_per_bot", 1, 1_000_000),
    ("faq.questions_per_bot", 1, 2_000_000),
    ("faq.answers_per_node", 1, 100),
    ("faq.text_bytes", 1, 65_536),
    ("faq.upload_bytes_per_second", 1, 1_073_741_824),
    ("faq.upload_row_bytes", 1, 16_777_216),
    ("faq.upload_faults", 1, 10_000),
    ("faq.uploads_under_way", 1, 1000),
    ("faq.uploads_kept", 1, 100_000),
    ("faq.upload_retention_hours", 1, 8760),
    ("faq.queue_events", 1, 1_000_000),
    ("faq.conversations_at_once", 1, 10_000),
    ("rate_limits.identity.per_second", 1, 1_000_000_000),
    ("rate_limits.identity.burst", 1, 1_000_000_000),
    ("rate_limits.portal.per_second", 1, 1_000_000_000),
    ("rate_limits.portal.burst", 1, 1_000_000_000),
    ("rate_limits.engine.per_second", 1, 1_000_000_000),
    ("rate_limits.engine.burst", 1, 1_000_000_000),
    ("rate_limits.streaming.per_second", 1, 1_000_000_000),
    ("rate_limits.streaming.burst", 1, 1_000_000_000),
    ("rate_limits.messaging.per_second", 1, 1_000_000_000),
    ("rate_limits.messaging.burst", 1, 1_000_000_000),
    ("rate_limits.handoff.per_second", 1, 1_000_000_000),
    ("rate_limits.handoff.burst", 1, 1_000_000_000),
    ("rate_limits.api_keys.streaming.per_second", 1, 1_000_000_000),
    ("rate_limits.api_keys.streaming.burst", 1, 1_000_000_000),
    ("rate_limits.api_keys.messaging.per_second", 1, 1_000_000_000),
    ("rate_limits.api_keys.messaging.burst", 1, 1_000_000_000),
    ("messaging.variables_per_tenant", 1, 100_000),
    ("messaging.templates_per_tenant", 1, 100_000),
    ("messaging.value_bytes", 2, 1_048_576),
    ("messaging.filled_bytes", 1024, 1_048_576),
    ("messaging.data_bytes", 2, 1_048_576),
    ("messaging.links_per_push", 1, 1000),
    ("messaging.template_chars", 1, 65_536),
    ("messaging.channels_per_template", 0, 100_000),
    ("messaging.attachments_per_template", 0, 100),
    ("messaging.buttons_per_message", 0, 100),
    ("messaging.customers_per_tenant", 0, 1_000_000_000),
    ("messaging.data_per_tenant", 0, 1_000_000_000),
    ("messaging.data_shown", 0, 1000),
    ("messaging.events_shown", 0, 1000),
    ("messaging.awaited_messages", 1, 1000),
    ("messaging.conversations_told", 1, 10_000),
    ("messaging.contact_questions", 1, 100_000),
    ("messaging.contact_questions_at_once", 1, 10_000),
    ("messaging.contact_labels", 0, 1000),
    ("webhooks.timeout_seconds", 1, 300),
    ("smtp.port", 1, 65_535),
    ("smtp.timeout_seconds", 1, 300),
    ("smtp.pause_minutes", 1, 10_080),
    ("smtp.waiting", 1, 100_000),
    ("webhooks.jitter_percent", 0, 100),
    ("webhooks.max_retry_after_seconds", 0, 604_800),
    ("webhooks.calls_per_endpoint", 1, 10_000),
    ("webhooks.calls_per_tenant", 1, 1_000_000),
    ("webhooks.held_deliveries", 1, 1_000_000),
    ("webhooks.held_bytes", 1024, 1 << 32),
    ("webhooks.held_deliveries_total", 1, 100_000_000),
    ("webhooks.held_bytes_total", 1024, 1 << 40),
    ("webhooks.batch_deliveries", 1, 10_000),
    ("webhooks.batch_bytes", 1024, 1 << 30),
    ("webhooks.queue_deliveries", 1, 10_000_000),
    ("webhooks.reads_at_once", 1, 64),
    ("webhooks.remembered_attempts", 1, 1000),
    ("webhooks.named_deliveries", 0, 1000),
    ("webhooks.max_read_rest_seconds", 1, 3600),
    ("webhooks.count_seconds", 1, 3600),
    ("webhooks.event_pause_seconds", 0, 86_400),
    ("webhooks.redirects", 0, 10),
    ("webhooks.max_answer_bytes", 0, 16_777_216),
    ("webhooks.kept_connections", 0, 10_000),
    ("webhooks.look_ups_at_once", 1, 256),
    ("webhooks.key_overlap_hours", 0, 8760),
    ("webhooks.former_keys", 0, 10),
    ("providers.twilio.timeout_seconds", 1, 300),
    ("providers.messenger.timeout_seconds", 1, 300),
    ("providers.slack.timeout_seconds", 1, 300),
];

#[test]
fn every_number_is_good_at_its_bounds_and_refused_one_past_them() {
    for &(key, least, greatest) in BOUNDS {
        for good in [least, greatest] {
            let outcome = from_file(&format!("{key} = {good}"));
            assert!(outcome.is_ok(), "{key} = {good}: {outcome:?}");
        }
        for bad in [least - 1, greatest + 1] {
            let column = key.len() + 4;
            let expected = format!(
                "{key}: {bad} is not within {least} to {greatest} (my.toml, line 1, column {column})"
            );
            assert_eq!(told(from_file(&format!("{key} = {bad}"))), [expected]);
        }
    }
}

#[test]
fn the_table_of_bounds_names_every_number() {
    let settings = Settings::reference();
    let numbers: BTreeSet<_> = settings
        .paths()
        .filter(|(_, setting)| matches!(setting.value, Value::Number(_)))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(numbers, BOUNDS.iter().map(|(key, ..)| *key).collect());
}

#[test]
fn mistakes_in_the_file_are_told_with_line_column_and_key() {
    for (text, expected) in [
        ("[server]\n  listn = \"x\"", "server.listn: there is no such key (my.toml, line 2, column 3)"),
        ("[sever]\nlisten = \"x\"", "sever: there is no such key (my.toml, line 1, column 2)"),
        (
            "[rate_limits]\nengine = { brust = 1 }",
            "rate_limits.engine.brust: there is no such key (my.toml, line 2, column 12)",
        ),
        (
            "\n[server]\ndrain_seconds = \"ten\"",
            "server.drain_seconds: must be a whole number (my.toml, line 3, column 17)",
        ),
        ("store.durability = 1", "store.durability: must be a text (my.toml, line 1, column 20)"),
        (
            "webhooks.allow_http = \"yes\"",
            "webhooks.allow_http: must be true or false (my.toml, line 1, column 23)",
        ),
        (
            "http.cors_origins = [1]",
            "http.cors_origins: must be a list of texts (my.toml, line 1, column 21)",
        ),
        (
            "http.cors_origins = [\"*\", 1]",
            "http.cors_origins: must be a list of texts (my.toml, line 1, column 21)",
        ),
        (
            "webhooks.retry_delays_seconds = [1.5]",
            "webhooks.retry_delays_seconds: must be a list of whole numbers (my.toml, line 1, column 33)",
        ),
        ("server = 1", "server: must be a table (my.toml, line 1, column 10)"),
        ("server.listen = { port = 1 }", "server.listen: must be a text (my.toml, line 1, column 17)"),
        (
            "limits.json_depth = 99999999999999999999",
            "limits.json_depth: must be a whole number (my.toml, line 1, column 21)",
        ),
    ] {
        assert_eq!(told(from_file(text)), [expected], "{text}");
    }
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_its_place() {
    let told = told(from_file("[server]\nlisten = \n"));
    assert!(told[0].starts_with("my.toml, line 2, column 10: "), "{told:?}");
}

#[test]
fn a_file_that_is_not_there_is_refused_by_name() {
    let told = told(Config::load(Some(Path::new("/nowhere/my.toml")), [], &Flags::default()));
    assert!(told[0].starts_with("/nowhere/my.toml: "), "{told:?}");
}

#[test]
fn values_against_a_rule_are_told_with_their_key() {
    for (text, expected) in [
        ("server.listen = \"localhost\"", "server.listen: \"localhost\" is not an address with a port"),
        ("server.data_dir = \"\"", "server.data_dir: must name a folder"),
        (
            "server.public_url = \"chat.example.com\"",
            "server.public_url: must be an address that starts with http",
        ),
        ("server.public_url = \"https://a.example?b\"", "server.public_url: must be an address"),
        ("server.tls.certificate_file = \"a.pem\"", "server.tls.key_file: must name the key"),
        ("server.tls.key_file = \"a.pem\"", "server.tls.certificate_file: must name the certificate"),
        (
            "store.durability = \"disk\"",
            "store.durability: \"disk\" is not one of \"fsync\", \"process\", \"memory\"",
        ),
        ("http.cors_origins = [\"*\", \"https://a.example\"]", "http.cors_origins: \"*\" is not an origin"),
        (
            "http.cors_origins = [\"https://a.example/\"]",
            "http.cors_origins: \"https://a.example/\" is not an origin",
        ),
        ("webhooks.retry_delays_seconds = []", "webhooks.retry_delays_seconds: must have 1 to 50 entries"),
        (
            "webhooks.retry_delays_seconds = [-1]",
            "webhooks.retry_delays_seconds: -1 is not within 0 to 604800",
        ),
        (
            "webhooks.retry_delays_seconds = [604801]",
            "webhooks.retry_delays_seconds: 604801 is not within 0 to 604800",
        ),
        ("providers.slack.base_url = \"ftp://a.example\"", "providers.slack.base_url: must be an address"),
        ("providers.slack.redirect_url = \"here\"", "providers.slack.redirect_url: must be an address"),
        ("smtp.security = \"ssl\"", "smtp.security: \"ssl\" is not one of \"starttls\", \"tls\", \"none\""),
        ("smtp.host = \"mail.example\"", "smtp.to: names nobody, while smtp.host is there"),
        (
            "smtp = { host = \"mail.example\", to = [\"ops\"] }",
            "smtp.to: \"ops\" is not an address such as \"Operations <ops@example.com>\"",
        ),
        (
            "smtp = { host = \"mail.example\", to = [\"a@b.example\"], from = \"\" }",
            "smtp.from: \"\" is not an address",
        ),
        ("log.format = \"xml\"", "log.format: \"xml\" is not one of \"text\", \"json\""),
        ("log.filter = \"a=b=c\"", "log.filter: \"a=b=c\" is not a filter"),
        (
            "cluster.nats = \"nats://a.example\"",
            "cluster.nats: several nodes are not supported: leave it empty",
        ),
    ] {
        let told = told(from_file(text));
        assert!(told.len() == 1 && told[0].starts_with(expected), "{text}: {told:?}");
    }
}

#[test]
fn a_database_address_is_refused_without_repeating_its_password() {
    let told = told(from_variables(&[("SWITCHBOARD_STORE__URL", "postgres://me:secret@db")]));
    assert_eq!(
        told,
        [
            "store.url: only the built-in SQLite is supported: leave it empty (variable SWITCHBOARD_STORE__URL)"
        ]
    );
}

#[test]
fn retries_may_be_as_many_and_as_far_apart_as_the_limits_say() {
    let delays = |entries| from_file(&format!("webhooks.retry_delays_seconds = [{}]", "0,".repeat(entries)));
    assert_eq!(delays(50).unwrap().webhooks.retry_delays.len(), 50);
    assert_eq!(
        told(delays(51)),
        ["webhooks.retry_delays_seconds: must have 1 to 50 entries (my.toml, line 1, column 33)"]
    );
    let longest = from_file("webhooks.retry_delays_seconds = [604800]").unwrap();
    assert_eq!(*longest.webhooks.retry_delays, [Duration::from_secs(604_800)]);
}

#[test]
fn a_delivery_outlives_its_last_attempt() {
    let text = "store.delivery_retention_days = 1\nwebhooks.retry_delays_seconds = [86400";
    assert!(from_file(&format!("{text}]")).is_ok());
    let told = told(from_file(&format!("{text}, 1]")));
    assert!(
        told[0].starts_with("store.delivery_retention_days: is shorter than webhooks.retry_delays"),
        "{told:?}"
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    fs::write(&path, "server.listn = 1\nserver.drain_seconds = -1\n").unwrap();
    let flags = Flags { listen: Some("here".into()), data: None };
    let told = told(Config::load(Some(&path), variables(&[("SWITCHBOARD_LOG__FORMAT", "xml")]), &flags));
    let keys: Vec<_> = told.iter().map(|line| line.split(':').next().unwrap_or_default()).collect();
    assert_eq!(keys, ["server.listn", "server.listen", "server.drain_seconds", "log.format"]);
}

#[test]
fn variables_override_the_file_and_flags_override_variables() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    fs::write(&path, "[server]\nlisten = \"127.0.0.1:1\"\ndata_dir = \"file\"\ndrain_seconds = 3\n").unwrap();
    let environment = variables(&[
        ("SWITCHBOARD_SERVER__LISTEN", "127.0.0.1:2"),
        ("SWITCHBOARD_SERVER__DATA_DIR", "variable"),
    ]);
    let flags = Flags { listen: None, data: Some("flag".into()) };
    let config = Config::load(Some(&path), environment, &flags).unwrap();
    assert_eq!(config.server.drain, Duration::from_secs(3));
    assert_eq!(config.server.listen.port(), 2);
    assert_eq!(config.server.data_dir, Path::new("flag"));
    assert_eq!(config.auth.master_key_file, Path::new("flag/master.key"));
}

#[test]
fn variables_reach_nested_tables_and_every_kind_of_value() {
    let config = from_variables(&[
        ("PATH", "/bin"),
        ("SWITCHBOARD_RATE_LIMITS__ENGINE__PER_SECOND", "7"),
        ("SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE", "true"),
        ("SWITCHBOARD_WEBHOOKS__RETRY_DELAYS_SECONDS", "0, 5,30"),
        ("SWITCHBOARD_HTTP__CORS_ORIGINS", "[\"https://a.example\", \"http://b.example:81\"]"),
        ("SWITCHBOARD_PROVIDERS__SLACK__BASE_URL", "http://127.0.0.1:9/"),
        ("SWITCHBOARD_PROVIDERS__SLACK__CLIENT_SECRET", "s3cret"),
    ])
    .unwrap();
    assert_eq!(config.rate_limits.engine.per_second.get(), 7);
    assert_eq!(config.rate_limits.engine.burst.get(), 40_000);
    assert!(config.webhooks.allow_private);
    assert_eq!(config.webhooks.retry_delays, [0, 5, 30].map(Duration::from_secs));
    let origins = ["https://a.example", "http://b.example:81"].map(str::to_owned).to_vec();
    assert_eq!(config.http.cors_origins, CorsOrigins::Only(origins));
    assert_eq!(config.providers.slack.base_url, "http://127.0.0.1:9");
    assert_eq!(config.providers.slack_application.client_secret, "s3cret");
    assert!(!format!("{config:?}").contains("s3cret"), "a secret is not printed");
}

#[test]
fn mail_is_for_all_tenants_or_for_one_and_its_password_is_not_printed() {
    let config = from_variables(&[
        ("SWITCHBOARD_SMTP__HOST", "mail.example"),
        ("SWITCHBOARD_SMTP__PASSWORD", "s3cret"),
        ("SWITCHBOARD_SMTP__TO", "ops@b.example, acme=Ada <ada@b.example>"),
    ])
    .unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    let smtp = config.smtp.unwrap();
    assert_eq!((smtp.port, smtp.security, smtp.ca_file), (587, SmtpSecurity::StartTls, None));
    assert_eq!((smtp.timeout, smtp.pause), (Duration::from_secs(30), Duration::from_secs(3600)));
    assert_eq!((smtp.waiting.get(), smtp.password.as_str()), (1000, "s3cret"));
    let to: Vec<_> = smtp.to.iter().map(|one| (one.org.as_deref(), one.mailbox.to_string())).collect();
    let expected = [(None, "ops@b.example"), (Some("acme"), "Ada <ada@b.example>")];
    assert_eq!(to, expected.map(|(org, mailbox)| (org, mailbox.to_owned())));
}

#[test]
fn mistakes_in_variables_name_the_variable() {
    for (name, value, expected) in [
        (
            "SWITCHBOARD_SERVER__LISTN",
            "x",
            "server.listn: there is no such key (variable SWITCHBOARD_SERVER__LISTN)",
        ),
        (
            "SWITCHBOARD_SERVER__DRAIN_SECONDS",
            "soon",
            "server.drain_seconds: must be a whole number (variable SWITCHBOARD_SERVER__DRAIN_SECONDS)",
        ),
        (
            "SWITCHBOARD_SERVER__DRAIN_SECONDS",
            "9999",
            "server.drain_seconds: 9999 is not within 0 to 3600 (variable SWITCHBOARD_SERVER__DRAIN_SECONDS)",
        ),
        (
            "SWITCHBOARD_LISTEN",
            "x",
            "variable SWITCHBOARD_LISTEN: names no key: write SWITCHBOARD_<SECTION>__<KEY>, with two underscores \
             between them",
        ),
    ] {
        assert_eq!(told(from_variables(&[(name, value)])), [expected]);
    }
}

#[test]
fn variables_that_kubernetes_sets_for_services_are_left_alone() {
    let outcome = from_variables(&[
        ("SWITCHBOARD_SERVICE_HOST", "10.0.0.1"),
        ("SWITCHBOARD_SERVICE_PORT_HTTP", "80"),
        ("SWITCHBOARD_PORT", "tcp://10.0.0.1:80"),
        ("SWITCHBOARD_STORE_PORT_5432_TCP_ADDR", "10.0.0.2"),
    ]);
    assert_eq!(outcome, Ok(Config::default()));
}

#[test]
fn the_address_clients_are_told_is_the_public_one_or_the_bound_one() {
    let bound = "127.0.0.1:4711".parse().unwrap();
    assert_eq!(Config::default().server.base_url(bound), "http://127.0.0.1:4711");
    let secure = from_file("[server.tls]\ncertificate_file = \"a.pem\"\nkey_file = \"b.pem\"").unwrap();
    assert_eq!(secure.server.base_url(bound), "https://127.0.0.1:4711");
    let config = from_variables(&[("SWITCHBOARD_SERVER__PUBLIC_URL", "https://chat.example.com/")]).unwrap();
    assert_eq!(config.server.base_url(bound), "https://chat.example.com");
}
