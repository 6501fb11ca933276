//! Listening: what an integration or a conversation hears, printed as it comes, a frame a line.
//! When the connection is lost it comes back with its last cursor, so that nothing is missed and nothing doubled.

use std::time::Duration;

use clap::Args;
use tokio::time::timeout;

use crate::api::EngineApi;
use crate::console;
use crate::credentials::Credentials;
use crate::error::LoadError;
use crate::socket::{Frame, Socket, Subscription};

/// The first pause before coming back; each failed attempt doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Attempts to come back: about half a minute, in which a broker restarts.
const ATTEMPTS: u32 = 10;

/// What is listened to, and for how long.
#[derive(Clone, Debug, Args)]
pub struct Wish {
    /// Whose side is heard: an integration's id, or customer, webchat, agent or bot of the credentials file.
    #[arg(long, value_name = "ID", default_value = "agent")]
    integration: String,
    /// One conversation only.
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Go on after this cursor: what came since is printed first.
    // A cursor is base64 for addresses, so it may begin with a hyphen.
    #[arg(long, value_name = "CURSOR", allow_hyphen_values = true)]
    since: Option<String>,
    /// End after so many activities; 0 ends after the snapshot. Without it, listening goes on until it is stopped.
    #[arg(long, value_name = "N")]
    count: Option<usize>,
}

impl Wish {
    fn is_fulfilled(&self, heard: usize) -> bool {
        self.count.is_some_and(|count| heard >= count)
    }
}

/// Listens and prints.
///
/// # Errors
/// When the broker cannot be reached, or refuses.
pub async fn run(target: &Credentials, wish: &Wish) -> Result<(), LoadError> {
    let api = EngineApi::sign_in(target).await?;
    let mut listening = Listening {
        wanted: Subscription {
            integration: target.hub.integrations.id_of(&wish.integration).to_owned(),
            conversation: wish.conversation.clone(),
            since: wish.since.clone(),
        },
        heard: 0,
        pause: FIRST_PAUSE,
    };
    let mut socket = Socket::open(&target.base_url, api.token(), &listening.wanted).await?;
    loop {
        match listening.hear(&mut socket, wish).await {
            Ok(()) => {
                socket.close().await;
                return Ok(());
            }
            Err(lost) => console::remark(format_args!("{lost}; coming back")),
        }
        socket = listening.come_back(&target.base_url, api.token()).await?;
    }
}

/// Where the listener stands.
struct Listening {
    wanted: Subscription,
    heard: usize,
    pause: Duration,
}

impl Listening {
    /// Prints frames until the wish is fulfilled.
    async fn hear(&mut self, socket: &mut Socket, wish: &Wish) -> Result<(), LoadError> {
        loop {
            let text = socket.next().await?;
            console::say(&text);
            if let Some(frame) = Frame::read(&text) {
                self.note(&frame);
            }
            if wish.is_fulfilled(self.heard) {
                return Ok(());
            }
        }
    }

    fn note(&mut self, frame: &Frame<'_>) {
        if let Some(cursor) = &frame.cursor {
            self.wanted.since = Some(cursor.clone().into_owned());
        }
        if frame.activity.is_some() {
            self.heard += 1;
        }
        self.pause = frame.reconnect_after_ms.map_or(FIRST_PAUSE, Duration::from_millis);
    }

    async fn come_back(&mut self, base_url: &str, token: &str) -> Result<Socket, LoadError> {
        let mut last = LoadError::Closed("the connection ended".to_owned());
        for _ in 0..ATTEMPTS {
            tokio::time::sleep(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            match timeout(LONGEST_PAUSE, Socket::open(base_url, token, &self.wanted)).await {
                Ok(Ok(socket)) => return Ok(socket),
                Ok(Err(error)) => last = error,
                Err(_) => last = LoadError::Silence(LONGEST_PAUSE.as_secs()),
            }
        }
        Err(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening() -> Listening {
        let wanted = Subscription { integration: "i".into(), conversation: None, since: None };
        Listening { wanted, heard: 0, pause: FIRST_PAUSE }
    }

    fn frame(text: &str) -> Frame<'_> {
        Frame::read(text).unwrap()
    }

    #[test]
    fn it_comes_back_with_the_last_cursor_it_heard() {
        let mut listening = listening();
        listening.note(&frame(r#"{"control":"snapshot","cursor":"a"}"#));
        listening.note(&frame(r#"{"activity":{"eventId":1},"cursor":"b"}"#));
        listening.note(&frame(r#"{"control":"drain","reconnectAfterMs":7}"#));
        assert_eq!(listening.wanted.since.as_deref(), Some("b"));
        assert_eq!(listening.pause, Duration::from_millis(7));
    }

    #[test]
    fn only_activities_count() {
        let mut listening = listening();
        listening.note(&frame(r#"{"control":"snapshot","cursor":"a"}"#));
        assert_eq!(listening.heard, 0);
        listening.note(&frame(r#"{"activity":{"eventId":1},"cursor":"b"}"#));
        assert_eq!(listening.heard, 1);
    }
}
