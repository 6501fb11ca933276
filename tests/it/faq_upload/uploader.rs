//! The knowledge base of a tenant, as it uploads sheets and asks what became of them.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::harness::{Answer, Engine, Http, Tenant, eventually};

pub(super) const CREATE: &str = "/mogambo_api/nodes/faq/create/";
pub(super) const HEADER: &str = "node_name,question,answer\n";
pub(super) const SUCCEEDED: &str = "all nodes has been created successfully";

const BOUNDARY: &str = "between-the-parts";

/// The demo's bot, by its name.
pub(super) const BOT: &str = "FAQ bot";

/// Calls with the credentials of a tenant's hand-off client.
pub struct Uploader(Http);

impl Uploader {
    pub fn of(tenant: &Tenant) -> Self {
        Self::with(tenant, "handoff")
    }

    /// With the credentials of another client of the tenant.
    pub(super) fn with(tenant: &Tenant, client: &str) -> Self {
        let http = Http::new(tenant.base());
        let id = tenant.get(&format!("/clients/{client}/client_id"));
        let http = http.with_header("client-id", &id);
        Self(http.with_token(&tenant.get(&format!("/clients/{client}/token"))))
    }

    /// The answer to a form of these parts.
    pub(super) async fn hand_in(&self, parts: &[Part<'_>]) -> Answer {
        self.hand_in_at(CREATE, parts).await
    }

    pub(super) async fn hand_in_at(&self, path: &str, parts: &[Part<'_>]) -> Answer {
        post_form(self, path, parts).await
    }

    /// Uploads a sheet for the demo's bot; its task.
    pub(super) async fn upload(&self, rows: &str) -> String {
        self.upload_for(BOT, format!("{HEADER}{rows}").as_bytes()).await
    }

    pub(super) async fn upload_for(&self, domain: &str, sheet: &[u8]) -> String {
        let answer = self.hand_in(&[domain_name(domain), csv_file(sheet)]).await.ok();
        answer["body"]["task_id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn status(&self, task: &str) -> Answer {
        self.get(&format!("{CREATE}status/{task}/")).await
    }

    /// What is told of a task that is over.
    pub(super) async fn ended(&self, task: &str) -> Value {
        eventually("the end of a task", async || {
            let answer = self.status(task).await.ok();
            (answer["body"]["status"] != "In Progress").then_some(answer)
        })
        .await
    }

    /// Uploads a sheet that is a good one.
    pub async fn teach(&self, rows: &str) -> Value {
        let ended = self.ended(&self.upload(rows).await).await;
        assert_eq!(ended["body"]["status"], SUCCEEDED, "{ended}");
        ended
    }

    /// Uploads a sheet that is a bad one; why.
    pub(super) async fn fails(&self, sheet: &[u8]) -> String {
        let ended = self.ended(&self.upload_for(BOT, sheet).await).await;
        let why = ended["error"].as_str().unwrap().to_owned();
        let status = format!("Error: {why}");
        let expected =
            json!({"success": false, "body": {"status": status}, "error": why, "meta": {"state": "Error"}});
        assert_eq!(ended, expected);
        why
    }
}

impl Deref for Uploader {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.0
    }
}

/// A part of a form.
#[derive(Clone, Copy)]
pub(super) struct Part<'p> {
    pub(super) name: &'p str,
    pub(super) file: Option<&'p str>,
    pub(super) content: &'p [u8],
}

pub(super) fn domain_name(domain: &str) -> Part<'_> {
    Part { name: "domain_name", file: None, content: domain.as_bytes() }
}

pub(super) fn csv_file(sheet: &[u8]) -> Part<'_> {
    Part { name: "csv_file", file: Some("nodes.csv"), content: sheet }
}

/// A form as it goes over the wire.
pub(super) fn written(parts: &[Part<'_>]) -> Vec<u8> {
    let mut form = Vec::new();
    for Part { name, file, content } in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: text/csv"));
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{}\r\n\r\n",
            file.unwrap_or_default()
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(content);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    form
}

pub(super) fn form_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

pub(super) async fn post_form(http: &Http, path: &str, parts: &[Part<'_>]) -> Answer {
    http.send("POST", path, Some(&form_type()), written(parts)).await
}

/// Refused in the format of the face.
#[track_caller]
pub(super) fn is_refused(answer: &Answer, status: u16, message: &str) {
    answer.has_status(status);
    assert_eq!(answer.json(), json!({"error_message": message}), "{answer}");
}

/// Refused because of the form.
#[track_caller]
pub(super) fn is_bad_form(answer: &Answer, status: u16, why: &str) {
    answer.has_status(status);
    assert_eq!(
        answer.json(),
        json!({"error_message": "Invalid or bad request body", "detail": why}),
        "{answer}"
    );
}

/// What the bot of the demo answers to a question, which has to be for it.
pub(super) async fn answers(engine: &Engine, question: &str, count: usize) -> Vec<String> {
    let conversation = engine.establish(question).await;
    engine.say(&conversation, question).await;
    eventually("the answers", async || {
        let history = engine.history(&conversation, "type=customer").await;
        let own = history.iter().filter(|said| said["sender"]["integrationType"] == "Bot");
        let texts: Vec<_> =
            own.map(|said| said["message"]["text"].as_str().unwrap_or("(handed over)").to_owned()).collect();
        (texts.len() >= count).then_some(texts)
    })
    .await
}
