//! Plain HTTP to one server, with one token.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use super::{Answer, Socket};

/// Calls one server; clones share its connections.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
}

impl Http {
    pub fn new(base: &str) -> Self {
        Self { client: reqwest::Client::new(), base: base.to_owned(), headers: Vec::new() }
    }

    /// The same with one more header, in place of one of that name.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut with = self.without_header(name);
        with.headers.push((name.to_owned(), value.to_owned()));
        with
    }

    #[must_use]
    pub fn without_header(&self, name: &str) -> Self {
        let mut without = self.clone();
        without.headers.retain(|(known, _)| known != name);
        without
    }

    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    /// Scheme, host and port of the server.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What is sent with every call.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The token that calls are made with.
    pub fn token(&self) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(name, _)| name == "authorization")?;
        value.strip_prefix("Bearer ")
    }

    /// A call without a body as it goes over the wire: its head, to the blank line.
    pub fn as_sent(&self, method: &str, path: &str) -> String {
        let lines = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        format!("{method} {path} HTTP/1.1\r\nhost: test\r\n{}\r\n", lines.collect::<String>())
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, "").await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some("application/json"), body.to_string()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, Some("application/json"), body.to_string()).await
    }

    /// A form, given as it goes over the wire.
    pub async fn post_form(&self, path: &str, form: &str) -> Answer {
        self.send("POST", path, Some("application/x-www-form-urlencoded"), form.to_owned()).await
    }

    /// Any call with any body.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        self.try_send(method, path, content_type, body).await.unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// As [`send`](Self::send), for servers that may be gone before they answer.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: impl Into<reqwest::Body>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.request(method, path).body(body);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        read(format!("{method} {path}"), request.send().await?).await
    }

    /// A call whose answer is read while it comes; the answer when it is not a good one.
    pub async fn open(&self, path: &str) -> Result<Response, Answer> {
        let response = self.request("GET", path).send().await.unwrap();
        if response.status() == 200 {
            Ok(response)
        } else {
            Err(read(format!("GET {path}"), response).await.unwrap())
        }
    }

    /// Opens a websocket with the same headers; the answer when it is refused.
    pub async fn websocket(&self, path: &str) -> Result<Socket, Answer> {
        Socket::open_with(&self.base, path, &self.headers).await
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let verb = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.client.request(verb, format!("{}{path}", self.base));
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// Any call without a body, its answer not read yet.
    pub async fn begin(&self, method: &str, path: &str) -> reqwest::Response {
        self.request(method, path).send().await.unwrap_or_else(|error| panic!("{error:?}"))
    }
}

/// Reads an answer to its end.
async fn read(call: String, response: Response) -> Result<Answer, reqwest::Error> {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    Ok(Answer::new(call, status, headers, response.text().await?))
}
