//! Fan-out: many websockets on one conversation, and publishers who speak in it as its customer.
//!
//! After the last message one more is said, which nobody counts: whatever a reader has not heard by then is lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use super::reader::{self, Heard};
use crate::api::EngineApi;
use crate::credentials::Credentials;
use crate::error::LoadError;
use crate::latency::Said;
use crate::report::Report;
use crate::sequence::Label;
use crate::socket::{Frame, Socket, Subscription};

/// The reference of the message after the last.
const END: &str = "end";

/// How many sockets are opened at the same time.
const OPENING_AT_ONCE: usize = 64;

/// How much load is made.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// Websockets on the conversation.
    #[arg(long, value_name = "N", default_value_t = 100)]
    subscribers: usize,
    /// Messages in all; the publishers share them evenly.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    messages: usize,
    /// Publishers; each waits for an answer before it says the next.
    #[arg(long, value_name = "N", default_value_t = 1)]
    publishers: usize,
    /// Seconds for which a reader waits for its next message before it gives up.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    patience: u64,
}

impl Load {
    fn publishers(&self) -> usize {
        self.publishers.max(1)
    }

    fn per_publisher(&self) -> usize {
        self.messages.div_ceil(self.publishers())
    }

    fn said(&self) -> usize {
        self.publishers() * self.per_publisher()
    }

    fn title(&self) -> String {
        let (subscribers, publishers) = (self.subscribers, self.publishers());
        format!("{subscribers} websockets on one conversation, {publishers} publishers")
    }
}

/// Makes the load.
///
/// # Errors
/// When it cannot be made. What the broker does with it is in the report.
pub async fn run(target: &Credentials, load: &Load) -> Result<Report, LoadError> {
    let api = EngineApi::sign_in(target).await?;
    let binding = format!("loadtest-{}", Uuid::new_v4());
    let conversation = api.establish(&target.hub.integrations.customer, &binding).await?;
    let sockets = open_all(target, &api, &conversation, load.subscribers).await?;

    let said = Arc::new(Said::new(load.publishers(), load.per_publisher()));
    let begun = Instant::now();
    let mut readers = JoinSet::new();
    for socket in sockets {
        readers.spawn(read(socket, said.clone(), load.clone()));
    }
    publish(&api, &conversation, load, &said).await?;
    api.say(&conversation, END, "that was all").await?;
    let heard = readers.join_all().await;
    Ok(reader::report(load.title(), load.said(), begun, heard))
}

/// Opens all sockets and waits until each has said where it stands.
async fn open_all(
    target: &Credentials,
    api: &EngineApi,
    conversation: &str,
    count: usize,
) -> Result<Vec<Socket>, LoadError> {
    let wanted = Subscription {
        integration: target.hub.integrations.agent.clone(),
        conversation: Some(conversation.to_owned()),
        since: None,
    };
    let open = async || {
        let mut socket = Socket::open(&target.base_url, api.token(), &wanted).await?;
        socket.next().await?;
        Ok(socket)
    };
    stream::iter(0..count).map(|_| open()).buffer_unordered(OPENING_AT_ONCE).try_collect().await
}

async fn publish(
    api: &EngineApi,
    conversation: &str,
    load: &Load,
    said: &Arc<Said>,
) -> Result<(), LoadError> {
    let mut publishers = JoinSet::new();
    for publisher in 0..load.publishers() {
        let (api, conversation, said) = (api.clone(), conversation.to_owned(), said.clone());
        let numbers = 0..load.per_publisher();
        publishers.spawn(async move {
            for number in numbers {
                let label = Label { publisher, number };
                said.note(label);
                api.say(&conversation, &label.to_string(), "load").await?;
            }
            Ok::<_, LoadError>(())
        });
    }
    publishers.join_all().await.into_iter().collect()
}

async fn read(mut socket: Socket, said: Arc<Said>, load: Load) -> Heard<i64> {
    let mut heard = Heard::nothing(load.publishers(), load.per_publisher());
    heard.broken = loop {
        let frame = match timeout(Duration::from_secs(load.patience), socket.next()).await {
            Ok(Ok(frame)) => frame,
            Ok(Err(error)) => break Some(error),
            Err(_) => break Some(LoadError::Silence(load.patience)),
        };
        let Some(activity) = Frame::read(&frame).and_then(|frame| frame.activity) else { continue };
        let reference = activity.external_id.as_deref().unwrap_or_default();
        if reference == END {
            break None;
        }
        if let Some(label) = Label::parse(reference) {
            heard.latencies.note(said.since(label));
            heard.hearing.hear(label, activity.event_id);
        }
    };
    if heard.broken.is_none() {
        socket.close().await;
    }
    heard
}
