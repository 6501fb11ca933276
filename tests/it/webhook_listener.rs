//! `switchboard webhook listen`: what it prints of what arrives, how it answers, and that it stops when told to.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::harness::{run, switchboard};

/// A listener on a free port. It is killed when this is dropped.
struct Listener {
    process: Child,
    url: String,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

impl Listener {
    fn start(arguments: &[&str]) -> Self {
        Self::with(&[], arguments)
    }

    fn with(variables: &[(&str, &str)], arguments: &[&str]) -> Self {
        let variables: Vec<_> = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut command = switchboard(&variables);
        command.args(["webhook", "listen", "--port", "0"]).args(arguments);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let greeting = if arguments.contains(&"--json") {
            first_line(process.stderr.take().unwrap())
        } else {
            lines.next().unwrap().unwrap()
        };
        let url = greeting.strip_prefix("Listening on ").unwrap().to_owned();
        Self { process, url, lines }
    }

    /// Sends a body that was signed with a key; the status of the answer.
    async fn send(&self, key: &str, body: &'static str) -> u16 {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let sign = |text: &str| STANDARD.encode(hmac::sign(&key, text.as_bytes()));
        let call = reqwest::Client::new().post(format!("{}/any/path", self.url)).body(body);
        let call = call.header("x-hubster-signature", sign(body)).header("webhook-id", "d1");
        let signature = format!("v1,{}", sign(&format!("d1.1700000000.{body}")));
        let call = call.header("webhook-timestamp", "1700000000").header("webhook-signature", signature);
        call.send().await.unwrap().status().as_u16()
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }
}

fn first_line(from: impl Read) -> String {
    BufReader::new(from).lines().next().unwrap().unwrap()
}

#[tokio::test]
async fn what_arrives_is_printed_with_what_the_keys_say_of_it() {
    let mut listener = Listener::start(&["--json", "--key", "right", "--secret", "whsec_d3Jvbmc="]);
    assert_eq!(listener.send("right", "{\"activity\":1}").await, 200);
    let line: Value = serde_json::from_str(&listener.line()).unwrap();
    let verdict = |good: bool| json!({"body": good, "standard": good, "token": null});
    assert_eq!(line["keys"], json!([verdict(true), verdict(false)]), "{line}");
    assert_eq!((&line["path"], &line["body"]), (&json!("/any/path"), &json!({"activity": 1})));
    assert_eq!((&line["timely"], &line["repeated"]), (&json!(false), &json!(false)));
    // The other key, once given as a private key and once as a secret.
    listener.send("wrong", "{}").await;
    let line: Value = serde_json::from_str(&listener.line()).unwrap();
    assert_eq!((&line["keys"], &line["repeated"]), (&json!([verdict(false), verdict(true)]), &json!(true)));
}

#[tokio::test]
async fn a_receiver_that_refuses_can_be_played_and_ends_when_it_is_told_to() {
    let mut listener = Listener::start(&["--status", "503"]);
    assert_eq!(listener.send("any", "{}").await, 503);
    assert!(listener.line().ends_with(" POST /any/path"));
    kill_process(Pid::from_child(&listener.process), Signal::INT).unwrap();
    assert!(listener.process.wait().unwrap().success());
}

#[tokio::test]
async fn an_app_that_answers_can_be_played() {
    let listener = Listener::start(&["--answer", "{\"id\":\"ada\"}"]);
    let answer = reqwest::Client::new().post(format!("{}/contact/info", listener.url)).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.text().await.unwrap(), "{\"id\":\"ada\"}");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = run(&["webhook", "listen", "--port", &port], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    let told = format!("switchboard: cannot listen on 127.0.0.1:{port}: ");
    assert!(ended.err.starts_with(&told) && ended.err.contains("in use"), "{ended:?}");
}

#[tokio::test]
async fn keys_are_taken_from_the_environment_and_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "of a file\n").unwrap();
    let file = file.to_str().unwrap();
    let variables = [("WEBHOOK_KEY", "of a variable"), ("WEBHOOK_SECRET", "whsec_d3Jvbmc=")];
    let mut listener = Listener::with(&variables, &["--json", "--key-file", file]);
    let verdict = |good: bool| json!({"body": good, "standard": good, "token": null});
    for (key, place) in [("of a variable", 0), ("of a file", 1), ("wrong", 2)] {
        listener.send(key, "{}").await;
        let line: Value = serde_json::from_str(&listener.line()).unwrap();
        let expected: Vec<_> = (0..3).map(|judge| verdict(judge == place)).collect();
        assert_eq!(line["keys"], json!(expected), "{key}: {line}");
    }
}

#[test]
fn what_is_no_key_is_refused_and_no_key_is_echoed() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, " \n").unwrap();
    let missing = folder.path().join("missing");
    for (file, told) in [(&empty, "there is no key in"), (&missing, "cannot read")] {
        let ended = run(&["webhook", "listen", "--key-file", file.to_str().unwrap()], &[]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains(told), "{ended:?}");
    }
    for (variable, value) in [("WEBHOOK_SECRET", "whsec_very secret"), ("WEBHOOK_KEY", "")] {
        let ended = run(&["webhook", "listen", "--port", "0"], &[(variable, value)]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains(variable) && !ended.err.contains("very secret"), "{ended:?}");
    }
    let help = run(&["webhook", "listen", "--help"], &[("WEBHOOK_KEY", "very secret")]);
    assert!(help.out.contains("WEBHOOK_KEY") && !help.out.contains("very secret"), "{help:?}");
}
