//! Everybody who listens to the day: readers of activities, and the agents' streaming sessions. They must not know
//! who acts, nor what there is to hear.

use std::time::Duration;

use serde_json::Value;

use super::cast::Cast;
use super::reader::Reader;
use super::story::Place;
use crate::harness::{Server, Session, Streaming, event_payload};

/// Marks the end of what sessions hear: no interaction has this number.
const THE_END: i64 = -1;

/// What was heard at a place, in the words of the story.
pub type Heard = (Place, Vec<String>);

/// An agent's streaming session, which requires acknowledgement.
pub struct Ear {
    agent: &'static str,
    user: String,
    session: Session,
    acknowledged: Vec<Value>,
}

impl Ear {
    pub async fn open(streaming: &Streaming, agent: &'static str, user: &str) -> Self {
        let session = streaming.durable_session(user).await;
        Self { agent, user: user.to_owned(), session, acknowledged: Vec::new() }
    }

    async fn take(&mut self, max: usize) {
        self.acknowledged.extend(self.session.take(max).await);
    }
}

/// All of them.
pub struct Listeners {
    readers: Vec<Reader>,
    ears: Vec<Ear>,
}

impl Listeners {
    pub fn new(ears: Vec<Ear>) -> Self {
        Self { readers: Vec::new(), ears }
    }

    /// One more listens from now on.
    pub async fn join(&mut self, mut reader: Reader) {
        reader.connect().await;
        self.readers.push(reader);
    }

    /// The first who listens at such a place.
    pub fn first_at(&mut self, is_meant: impl Fn(&Place) -> bool) -> &mut Reader {
        self.readers.iter_mut().find(|reader| is_meant(&reader.place)).expect("somebody listens there")
    }

    /// Everybody is cut off by a crash. Of the sessions some events were acknowledged by then, and some were taken
    /// only: these come again.
    pub async fn live_through_a_crash_of(&mut self, server: &mut Server) {
        let mut taken = Vec::new();
        for ear in &mut self.ears {
            ear.take(4).await;
            taken.push(ear.session.poll(3).await);
        }
        server.kill();
        for reader in &mut self.readers {
            reader.hear_out().await;
        }
        server.restart().await;
        for (ear, taken) in self.ears.iter_mut().zip(taken) {
            assert_eq!(ear.session.poll(taken.len()).await, taken, "{} did not acknowledge it", ear.agent);
        }
    }

    /// All who listen as an integration hear that they have to go.
    pub async fn are_sent_away_from(&mut self, integration: &str) {
        for reader in self.readers.iter_mut().filter(|reader| reader.is_at(integration)) {
            assert_eq!(reader.hear_out().await, 1008, "{:?}", reader.place);
        }
    }

    /// All who were cut off or sent away come back, each to where it stood.
    pub async fn come_back(&mut self) {
        for reader in self.readers.iter_mut().filter(|reader| !reader.is_connected()) {
            reader.connect().await;
        }
    }

    /// Everything is heard to its end: the sessions, and, as the server stops, the websockets.
    pub async fn hear_the_end_of(self, server: &mut Server, cast: &Cast) -> Vec<Heard> {
        let streaming = server.streaming().await;
        let mut heard = Vec::new();
        for mut ear in self.ears {
            streaming.idle(&ear.user, THE_END).await;
            while !ear.acknowledged.last().is_some_and(is_the_end) {
                ear.take(200).await;
            }
            ear.acknowledged.pop();
            let lines = ear.acknowledged.iter().map(|event| cast.event(event));
            heard.push((Place::Sessions(ear.agent), lines.collect()));
        }
        server.stop(Duration::from_secs(20)).await;
        for mut reader in self.readers {
            assert_eq!(reader.hear_out().await, 1012, "{:?}", reader.place);
            let lines = reader.heard.iter().map(|(conversation, activity)| cast.line(conversation, activity));
            heard.push((reader.place.clone(), lines.collect()));
        }
        heard
    }
}

fn is_the_end(event: &Value) -> bool {
    event_payload(event)["interactionId"] == THE_END
}
