//! A streaming session as an agent's desktop keeps it: one session, one poll at a time, every event acknowledged. It
//! waits when the server is too busy or cannot be reached, opens another session when its own is over, and asks for
//! another token when its own is refused.
//! It must not know what is done with the events.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::backoff::Backoff;

/// Seconds without a poll after which the session may end: enough for a network that is gone for a moment.
const INACTIVITY_SECONDS: u16 = 120;
/// Events of one poll at most.
const MAX_EVENTS: u16 = 50;
/// How long an answer may take. A poll waits for up to 15 seconds.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Where the streaming API is, and as whom it is called.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) base_url: String,
    pub(crate) org_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) api_key: String,
}

/// What a desktop wants to hear.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// The agent: what is addressed to this user comes.
    pub(crate) user: String,
    /// What is to come besides: the body of a subscription.
    pub(crate) subscription: Option<Value>,
}

/// Something that happened to the agent.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    /// Increases from event to event.
    pub(crate) event_id: String,
    pub(crate) event_type: String,
    /// JSON in a text.
    pub(crate) payload: String,
}

/// Why a desktop cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DesktopError {
    /// The server says no, and would say so again.
    #[error("cannot {doing}: {status} {message}")]
    Refused {
        /// What was wanted, as in "cannot ...".
        doing: &'static str,
        status: StatusCode,
        message: String,
    },
    /// The session ended: it was not polled for too long, or held too much, or the server forgot it.
    #[error("the session is over")]
    SessionOver,
    /// An answer is not what the API says.
    #[error("cannot {doing}")]
    Answer {
        /// What was wanted, as in "cannot ...".
        doing: &'static str,
        source: reqwest::Error,
    },
}

/// A desktop with its session.
#[derive(Debug)]
pub(crate) struct Desktop {
    http: Client,
    account: Account,
    wish: Wish,
    token: String,
    session: String,
    backoff: Backoff,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionAnswer {
    session_id: String,
}

#[derive(Deserialize)]
struct EventsAnswer {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    message: String,
}

impl Desktop {
    /// Gets a token, opens a session and subscribes.
    pub(crate) async fn connect(account: Account, wish: Wish) -> Result<Self, DesktopError> {
        let (token, session) = (String::new(), String::new());
        let mut desktop =
            Self { http: Client::new(), account, wish, token, session, backoff: Backoff::default() };
        desktop.get_token().await?;
        desktop.open_session().await?;
        Ok(desktop)
    }

    /// The session that it has now.
    pub(crate) fn session_id(&self) -> &str {
        &self.session
    }

    /// The next events: those that were not acknowledged first, then new ones. A poll waits for them, so an empty
    /// list means that nothing has happened for a while.
    pub(crate) async fn next(&mut self) -> Result<Vec<Event>, DesktopError> {
        loop {
            let poll = |desktop: &Self| {
                let url = format!("{}?maxEvents={MAX_EVENTS}", desktop.url("v3", "events"));
                desktop.with_session(desktop.http.get(url))
            };
            match self.call("poll", poll).await {
                Ok(answer) => return Ok(read::<EventsAnswer>("poll", answer).await?.events),
                Err(DesktopError::SessionOver) => self.open_session().await?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Says that the events were taken care of, so that they do not come again.
    pub(crate) async fn acknowledge(&mut self, events: &[Event]) -> Result<(), DesktopError> {
        if events.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = events.iter().map(|event| json!({"eventId": event.event_id})).collect();
        let body = json!({"events": ids});
        let acknowledge = |desktop: &Self| {
            desktop.with_session(desktop.http.post(desktop.url("v3", "acknowledge"))).json(&body)
        };
        match self.call("acknowledge", acknowledge).await {
            // The next poll opens another session; what this one held is gone with it.
            Ok(_) | Err(DesktopError::SessionOver) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Ends the session, as an agent does who goes home.
    pub(crate) async fn end(mut self) -> Result<(), DesktopError> {
        let end = |desktop: &Self| desktop.with_session(desktop.http.delete(desktop.url("v3", "session")));
        match self.call("end the session", end).await {
            Ok(_) | Err(DesktopError::SessionOver) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn get_token(&mut self) -> Result<(), DesktopError> {
        let get = |desktop: &Self| {
            let Account { base_url, client_id, client_secret, .. } = &desktop.account;
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", client_id),
                ("client_secret", client_secret),
            ];
            desktop.http.post(format!("{base_url}/connect/token")).form(&form)
        };
        let answer = self.persist("get a token", &get).await?;
        self.token = read::<TokenAnswer>("get a token", answer).await?.access_token;
        Ok(())
    }

    /// Opens a session, whose id takes the place of an earlier one, and subscribes for it. One that is over before
    /// that was done, as it may be when the server was too busy for long, is replaced as well.
    async fn open_session(&mut self) -> Result<(), DesktopError> {
        loop {
            self.create_session().await?;
            match self.subscribe().await {
                // Not at once, so that a server which keeps no session is not run over.
                Err(DesktopError::SessionOver) => tokio::time::sleep(self.backoff.after(None)).await,
                outcome => return outcome,
            }
        }
    }

    async fn create_session(&mut self) -> Result<(), DesktopError> {
        let body = json!({
            "userId": self.wish.user,
            "requireAcknowledgement": true,
            "inactivityDelay": INACTIVITY_SECONDS,
        });
        let create =
            |desktop: &Self| desktop.signed(desktop.http.post(desktop.url("v3", "session"))).json(&body);
        let answer = self.call("open a session", create).await?;
        self.session = read::<SessionAnswer>("open a session", answer).await?.session_id;
        Ok(())
    }

    async fn subscribe(&mut self) -> Result<(), DesktopError> {
        let Some(subscription) = self.wish.subscription.clone() else { return Ok(()) };
        let subscribe = |desktop: &Self| {
            desktop.with_session(desktop.http.post(desktop.url("v2", "subscriptions"))).json(&subscription)
        };
        self.call("subscribe", subscribe).await?;
        Ok(())
    }

    /// Makes a call with the token. When that is refused (401) a new one is got, once: whoever is refused with a new
    /// token too may not do this.
    async fn call(
        &mut self,
        doing: &'static str,
        request: impl Fn(&Self) -> RequestBuilder,
    ) -> Result<Response, DesktopError> {
        match self.persist(doing, &request).await {
            Err(DesktopError::Refused { status: StatusCode::UNAUTHORIZED, .. }) => {
                self.get_token().await?;
                self.persist(doing, &request).await
            }
            outcome => outcome,
        }
    }

    /// Makes a call, again and again while the server is too busy (429), fails (5xx) or cannot be reached.
    async fn persist(
        &mut self,
        doing: &'static str,
        request: &impl Fn(&Self) -> RequestBuilder,
    ) -> Result<Response, DesktopError> {
        loop {
            let retry_after = match request(self).timeout(TIMEOUT).send().await {
                Ok(answer) if answer.status().is_success() => {
                    self.backoff.succeeded();
                    return Ok(answer);
                }
                Ok(answer) if is_worth_waiting_for(answer.status()) => retry_after(&answer),
                Ok(answer) => return Err(refusal(doing, answer).await),
                Err(_unreachable) => None,
            };
            tokio::time::sleep(self.backoff.after(retry_after)).await;
        }
    }

    fn url(&self, version: &str, operation: &str) -> String {
        let Account { base_url, org_id, .. } = &self.account;
        format!("{base_url}/via/{version}/organizations/{org_id}/streaming/{operation}")
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(&self.token).header("x-api-key", &self.account.api_key)
    }

    fn with_session(&self, request: RequestBuilder) -> RequestBuilder {
        self.signed(request).header("via-client-sessionid", &self.session)
    }
}

fn is_worth_waiting_for(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

/// How long the server asks to be left alone, in seconds.
fn retry_after(answer: &Response) -> Option<Duration> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

async fn refusal(doing: &'static str, answer: Response) -> DesktopError {
    let status = answer.status();
    // A 401 has no body.
    let message = answer.json::<ErrorAnswer>().await.map_or_else(|_| String::new(), |error| error.message);
    if status == StatusCode::BAD_REQUEST && message == "Invalid or expired session" {
        DesktopError::SessionOver
    } else {
        DesktopError::Refused { doing, status, message }
    }
}

async fn read<T: DeserializeOwned>(doing: &'static str, answer: Response) -> Result<T, DesktopError> {
    answer.json().await.map_err(|source| DesktopError::Answer { doing, source })
}
