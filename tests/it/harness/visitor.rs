//! A visitor of a web chat, on a page of a tenant's.

use std::ops::Deref;

use serde_json::{Value, json};

use super::{Answer, Http, SignalR, Socket};

/// The page of the demo's web chat.
pub const PAGE: &str = "http://localhost:3000";

/// A page that was given a token.
#[derive(Clone)]
pub struct Visitor {
    http: Http,
    web_chat: String,
}

impl Visitor {
    /// Opens the page: asks for a token.
    pub async fn arrive(http: &Http, web_chat: &str) -> Self {
        let http = http.with_header("origin", PAGE);
        let token = Self::ask(&http, web_chat).await.ok();
        assert_eq!(token["token_type"], "WebBearer", "{token:#}");
        let token = token["access_token"].as_str().unwrap();
        let http = http.with_header("authorization", &format!("WebBearer {token}"));
        Self { http, web_chat: web_chat.to_owned() }
    }

    /// Asks for a token as whoever calls.
    pub async fn ask(http: &Http, web_chat: &str) -> Answer {
        http.get(&format!("/api/v1/integrations/web-chat/token/{web_chat}")).await
    }

    /// The web chat that the page carries.
    pub fn web_chat(&self) -> &str {
        &self.web_chat
    }

    /// The token.
    pub fn token(&self) -> String {
        let (_, value) = self.http.headers().iter().find(|(name, _)| name == "authorization").unwrap();
        value.strip_prefix("WebBearer ").unwrap().to_owned()
    }

    /// The same visitor on another page; on none when there is no origin.
    #[must_use]
    pub fn on(&self, origin: Option<&str>) -> Self {
        let http = match origin {
            Some(origin) => self.http.with_header("origin", origin),
            None => self.http.without_header("origin"),
        };
        Self { http, ..self.clone() }
    }

    /// Tries to establish a conversation.
    pub async fn try_establish(&self, binding: &str) -> Answer {
        let body = json!({"integrationId": self.web_chat, "binding": binding, "channelType": "WebChat"});
        self.post("/api/v1/conversations/establish", &body).await
    }

    /// Establishes a conversation and gives its id.
    pub async fn establish(&self, binding: &str) -> String {
        self.try_establish(binding).await.ok()["conversationId"].as_str().unwrap().to_owned()
    }

    /// Says something in a conversation.
    pub async fn inbound(&self, conversation: &str, body: &Value) -> Answer {
        self.post(&format!("/inbound/customer/v1/web-chat/{conversation}"), body).await
    }

    /// A plain websocket; the answer when it is refused.
    pub async fn try_listen(&self, query: &str) -> Result<Socket, Answer> {
        let path = format!("/events/v1/direct?{query}");
        Socket::open_with(self.http.base(), &path, self.http.headers()).await
    }

    /// A plain websocket of a conversation, its snapshot read.
    pub async fn listen_to(&self, conversation: &str) -> Socket {
        let query = format!("integrationId={}&conversationId={conversation}", self.web_chat);
        let mut socket = self.try_listen(&query).await.unwrap_or_else(|answer| panic!("{answer}"));
        socket.control("snapshot").await;
        socket
    }

    /// A SignalR connection as the official client opens one in a browser: the token as any bearer's, at first in the
    /// header and then in the address.
    pub async fn signalr(&self, conversation: &str) -> SignalR {
        let query = format!("iId={}&cId={conversation}", self.web_chat);
        let negotiating = self.http.with_token(&self.token());
        SignalR::negotiate(&negotiating, &format!("negotiateVersion=1&{query}")).await.ok();
        let socket = self.http.without_header("authorization");
        let opened = SignalR::open(&socket, &format!("{query}&access_token={}", self.token())).await;
        let mut connection = opened.unwrap_or_else(|answer| panic!("{answer}"));
        assert_eq!(connection.shake_hands("json", 1).await, json!({}));
        connection
    }
}

impl Deref for Visitor {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.http
    }
}
