//! The command line, configuration, first credentials, health, metrics, logs, and stopping in order.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Http, Server, SignalR, eventually, run};

/// What stopping may take when nothing has to be waited for, on a busy machine.
const PROMPT: Duration = Duration::from_secs(8);

fn file_with(text: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("my.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

/// The names of all members, as paths; of a list, those of its first element.
fn shape(value: &Value, path: &str, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| shape(member, &format!("{path}/{name}"), paths));
        }
        Value::Array(items) => shape(&items[0], &format!("{path}/0"), paths),
        Value::String(text) => {
            assert!(!text.is_empty(), "{path} is empty");
            paths.push(path.to_owned());
        }
        other => panic!("{path} is {other} and has to be a text"),
    }
}

const CREDENTIALS: [&str; 25] = [
    "/baseUrl",
    "/tenant/tenantId",
    "/tenant/orgId",
    "/tenant/name",
    "/clients/portal/client_id",
    "/clients/portal/client_secret",
    "/clients/engine/client_id",
    "/clients/engine/client_secret",
    "/clients/streaming/client_id",
    "/clients/streaming/client_secret",
    "/clients/streaming/api_key",
    "/clients/messaging/api_key",
    "/clients/messaging/api_id",
    "/clients/handoff/client_id",
    "/clients/handoff/token",
    "/hub/hubId",
    "/hub/businessId",
    "/hub/integrations/customer",
    "/hub/integrations/webchat",
    "/hub/integrations/agent",
    "/hub/integrations/bot",
    "/users/0/userId",
    "/users/0/name",
    "/team/teamId",
    "/team/name",
];

fn has_the_documented_shape(credentials: &Value) {
    let mut paths = Vec::new();
    shape(credentials, "", &mut paths);
    paths.sort();
    let mut expected = CREDENTIALS.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(paths, expected, "{credentials:#}");
}

#[tokio::test]
async fn the_first_start_writes_credentials_for_their_owner_only() {
    let server = Server::start().await;
    let file = server.data().join("credentials.json");
    has_the_documented_shape(&serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(server.demo().get("/tenant/name"), "demo");
    assert_eq!(server.demo().org(), "demo");
}

#[tokio::test]
async fn a_start_prints_its_address_and_where_the_credentials_are() {
    let server = Server::start().await;
    let printed = server.printed();
    assert!(printed.contains(server.demo().base()), "{printed}");
    assert!(printed.contains("credentials.json"), "{printed}");
}

#[tokio::test]
async fn a_restart_keeps_the_tenant_and_tells_the_new_address() {
    let mut server = Server::start().await;
    let token = server.demo().token("portal").await;
    let before = server.credentials_file();
    server.stop(PROMPT).await;
    let base = server.restart_elsewhere().await;
    let after = server.credentials_file();
    assert_eq!(after["baseUrl"], base);
    assert_ne!(after["baseUrl"], before["baseUrl"]);
    assert_eq!(after["clients"], before["clients"]);
    Http::new(&base).with_token(&token).get("/api/v1/hubs").await.ok();
}

#[tokio::test]
async fn a_tenant_made_beside_the_running_server_is_served_at_once() {
    let server = Server::start().await;
    let tenant = server.another_tenant("Acme Chat").await;
    has_the_documented_shape(tenant.credentials());
    assert_eq!(tenant.get("/tenant/name"), "Acme Chat");
    let conversation = tenant.engine().await.establish("a-customer").await;
    tenant.engine().await.say(&conversation, "hello").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_made_beside_the_server_undo_no_change_under_way() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let changing: Vec<_> = (0..4)
        .map(|changer| {
            let portal = portal.clone();
            tokio::spawn(async move {
                let mut deleted = Vec::new();
                for number in 0..200 {
                    let hub = portal.hub(&format!("hub {changer}.{number}")).await;
                    portal.delete(&format!("/api/v1/hubs/{hub}")).await.has_status(200);
                    deleted.push(hub);
                }
                deleted
            })
        })
        .collect();
    let mut made = 0;
    while changing.iter().any(|changer| !changer.is_finished()) {
        server.another_tenant(&format!("tenant {made}")).await;
        made += 1;
    }
    for changer in changing {
        for hub in changer.await.unwrap() {
            portal.get(&format!("/api/v1/hubs/{hub}")).await.refused(404, "PRT000699");
        }
    }
    assert_eq!(portal.get("/api/v1/hubs").await.ok()["total"], 1);
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let server = Server::start().await;
    let data = server.data();
    let started = run(&["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()], &[]);
    assert_eq!(started.code, Some(1), "{started:?}");
    assert!(started.err.contains(data.to_str().unwrap()), "{}", started.err);
    server.engine().await.establish("the first goes on").await;
}

#[test]
fn a_good_configuration_passes_the_check() {
    let (_folder, path) = file_with("[server]\ndrain_seconds = 3\n");
    let checked = run(&["check", "--config", &path], &[]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
}

#[test]
fn a_check_tells_every_mistake_with_its_line_and_key() {
    let (_folder, path) =
        file_with("[server]\ndrain_seconds = \"soon\"\n\n[store]\ndurability = \"maybe\"\n");
    let checked = run(&["check", "--config", &path], &[]);
    assert_eq!(checked.code, Some(2), "{checked:?}");
    for (key, line) in [("server.drain_seconds", "2"), ("store.durability", "5")] {
        let told = checked.err.lines().any(|text| text.contains(key) && text.contains(line));
        assert!(told, "{key} in line {line}: {}", checked.err);
    }
}

#[test]
fn an_unknown_key_is_a_mistake_wherever_it_stands() {
    let (_folder, path) = file_with("[server]\nlisten_on = \"127.0.0.1:1\"\n");
    let in_file = run(&["check", "--config", &path], &[]);
    assert_eq!(in_file.code, Some(2), "{in_file:?}");
    assert!(in_file.err.contains("listen_on") && in_file.err.contains('2'), "{}", in_file.err);
    let in_variables = run(&["check"], &[("SWITCHBOARD_SERVER__LISTEN_ON", "127.0.0.1:1")]);
    assert_eq!(in_variables.code, Some(2), "{in_variables:?}");
    assert!(in_variables.err.contains("SWITCHBOARD_SERVER__LISTEN_ON"), "{}", in_variables.err);
}

#[test]
fn variables_override_the_file_and_flags_override_both() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (_file, path) = file_with(&format!("[server]\ndata_dir = {:?}\n", at("file")));
    let used = |arguments: &[&str], variables: &[(&str, &str)]| {
        let all = [&["tenant", "create", "acme", "--json", "--config", &path], arguments].concat();
        let made = run(&all, variables);
        assert_eq!(made.code, Some(0), "{made:?}");
        has_the_documented_shape(&serde_json::from_str(&made.out).unwrap());
        let there: Vec<_> = ["file", "variable", "flag"]
            .into_iter()
            .filter(|name| std::fs::remove_dir_all(at(name)).is_ok())
            .collect();
        there.join(" ")
    };
    let variable = at("variable");
    let variables = [("SWITCHBOARD_SERVER__DATA_DIR", variable.as_str())];
    assert_eq!(used(&[], &[]), "file");
    assert_eq!(used(&[], &variables), "variable");
    assert_eq!(used(&["--data", &at("flag")], &variables), "flag");
}

#[tokio::test]
async fn an_address_in_use_ends_the_start_with_one_line_that_names_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = TempDir::new().unwrap();
    let started = run(&["--listen", &address, "--data", folder.path().to_str().unwrap()], &[]);
    assert_eq!(started.code, Some(1), "{started:?}");
    assert!(started.err.contains(&address), "{}", started.err);
}

#[tokio::test]
async fn health_readiness_and_metrics_need_no_token() {
    let server = Server::start().await;
    let http = server.http();
    http.get("/healthz").await.has_status(200);
    http.get("/readyz").await.has_status(200);
    let metrics = http.get("/metrics").await;
    metrics.has_status(200);
    let content_type = metrics.header("content-type").unwrap();
    let is_prometheus = content_type.starts_with("text/plain") || content_type.contains("openmetrics-text");
    assert!(is_prometheus, "{content_type}");
}

#[tokio::test]
async fn metrics_count_what_the_faces_do() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("counted").await;
    let session = server.streaming().await.session(&server.demo().user()).await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    engine.say(&conversation, "one").await;
    socket.next_activity().await;
    session.collect(1).await;
    let page = server.http().get("/metrics").await.text;
    let value = |line: &str| {
        let found = page.lines().find_map(|known| known.strip_prefix(line)?.strip_prefix(' '));
        found.unwrap_or_else(|| panic!("no {line} in\n{page}")).parse::<f64>().unwrap()
    };
    assert!(value("connections{kind=\"websocket\"}") >= 1.0);
    assert!(value("http_requests_total{face=\"engine\",status=\"2xx\"}") >= 2.0);
    assert!(value("request_duration_seconds_count{face=\"engine\"}") >= 2.0);
    assert!(value("published_total") >= 1.0);
    assert!(value("delivered_total") >= 2.0);
    assert!(value("sessions") >= 1.0);
    assert!(value("outbox_events") >= 0.0);
    assert!(value("outboxes_overrun_total") + value("sessions_overrun_total") < 1.0);
}

#[tokio::test]
async fn logs_tell_of_refused_requests_and_never_a_secret() {
    let server = Server::start().await;
    let token = server.demo().token("engine").await;
    let secret = server.demo().get("/clients/engine/client_secret");
    let query = format!("/events/v1/direct?integrationId={}&access_token={token}", server.demo().hub());
    server.http().get(&query).await;
    let issued = server.http().with_token(&token).post("/events/v1/ticket", &json!({})).await.ok();
    let ticket = issued["ticket"].as_str().unwrap();
    server.http().get(&format!("/events/v1/direct?ticket={ticket}")).await;
    server.http().with_token(&token).get("/api/v1/hubs").await.has_status(403);
    let printed = eventually("a line about the refused request", async || {
        Some(server.printed()).filter(|printed| printed.contains("/api/v1/hubs"))
    })
    .await;
    for hidden in [token.as_str(), ticket, secret.as_str(), &server.demo().get("/clients/streaming/api_key")]
    {
        assert!(!printed.contains(hidden), "{hidden} is in\n{printed}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_call() {
    let server = Server::start().await;
    let http = server
        .http()
        .with_header("origin", "https://shop.example")
        .with_header("access-control-request-method", "POST")
        .with_header("access-control-request-headers", "authorization,content-type");
    for path in ["/connect/token", "/api/v1/hubs", "/api/v1/conversations/establish", "/events/v1/ticket"] {
        let preflight = http.send("OPTIONS", path, None, "").await;
        assert!((200..300).contains(&preflight.status), "{preflight}");
        assert!(preflight.header("access-control-allow-origin").is_some(), "{preflight}");
        let headers = preflight.header("access-control-allow-headers").unwrap_or_default().to_lowercase();
        assert!(headers.contains("authorization") || headers == "*", "{preflight}");
        let methods = preflight.header("access-control-allow-methods").unwrap_or_default();
        assert!(methods.contains("POST") || methods == "*", "{preflight}");
    }
    let answer = http.get("/api/v1/hubs").await;
    assert!(answer.header("access-control-allow-origin").is_some(), "{answer}");
}

#[tokio::test]
async fn an_idle_server_stops_at_once() {
    let mut server = Server::start().await;
    server.engine().await.establish("somebody").await;
    server.stop(PROMPT).await;
}

#[tokio::test]
async fn stopping_answers_waiting_polls() {
    let mut server = Server::start().await;
    let session = server.streaming().await.session("somebody").await;
    let poll = || {
        let session = session.clone();
        tokio::spawn(async move { session.try_poll("").await })
    };
    let (first, second) = (poll(), poll());
    // The one that took over is waiting.
    eventually("the poll that was taken over", async || {
        (first.is_finished() || second.is_finished()).then_some(())
    })
    .await;
    server.stop(PROMPT).await;
    for poll in [first, second] {
        assert_eq!(poll.await.unwrap().ok()["totalItems"], 0);
    }
}

#[tokio::test]
async fn stopping_is_announced_to_websockets_which_are_then_closed_with_1012() {
    let mut server = Server::with(&[("SWITCHBOARD_SERVER__DRAIN_SECONDS", "2")]).await;
    let engine = server.engine().await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    let started = Instant::now();
    server.terminate();
    let (frames, code) = socket.closed().await;
    assert_eq!(frames.iter().map(|frame| frame["control"].clone()).collect::<Vec<_>>(), ["drain"]);
    assert_eq!(code, 1012);
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.printed());
    assert!(started.elapsed() < Duration::from_secs(2) + PROMPT, "took {:?}", started.elapsed());
}

#[tokio::test]
async fn stopping_closes_signalr_with_leave_to_reconnect() {
    let mut server = Server::with(&[("SWITCHBOARD_SERVER__DRAIN_SECONDS", "2")]).await;
    let engine = server.engine().await;
    let mut hub: SignalR = engine.signalr(&format!("iId={}", engine.agent())).await;
    server.terminate();
    let close = hub.next().await;
    assert_eq!((&close["type"], &close["allowReconnect"]), (&7.into(), &true.into()), "{close:#}");
    assert_eq!(hub.closed().await, 1012);
    assert_eq!(server.ended().await.code(), Some(0));
}

#[tokio::test]
async fn what_was_answered_before_a_stop_is_there_after_it() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("stays").await;
    engine.say(&conversation, "kept").await;
    server.stop(PROMPT).await;
    server.restart().await;
    let history = engine.history(&conversation, "type=customer").await;
    assert_eq!(history[0]["message"]["text"], "kept");
}
