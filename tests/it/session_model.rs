//! Random clients of streaming sessions against a model: with acknowledgement everything comes at least once and
//! nothing is lost, without it at most once; order is kept, and what an acknowledgement found is told exactly. Polls
//! take over from each other, connections break in mid-poll, and the server is stopped and killed meanwhile.

mod client;
mod ids;

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use self::client::{Client, Kind, Pick};
use self::ids::Ids;
use crate::harness::{Server, Streaming};

/// Polls wait for longer than a case takes, so that none ends by itself.
const POLL_WAIT_SECONDS: &str = "300";

const USERS: [&str; 2] = ["ada", "ben"];

/// One of each kind.
const CLIENTS_OF_A_USER: usize = 2;

const CLIENTS: usize = USERS.len() * CLIENTS_OF_A_USER;

#[derive(Clone, Copy, Debug)]
enum Addressee {
    User(usize),
    Everybody,
}

#[derive(Clone, Copy, Debug)]
enum Stop {
    Terminated,
    Killed,
}

#[derive(Clone, Debug)]
enum Step {
    Publish {
        to: Addressee,
        count: usize,
    },
    /// The server is killed so soon after the publish began, which is made again with its key.
    PublishThroughACrash {
        to: Addressee,
        count: usize,
        after_micros: u64,
    },
    /// Waits when there is nothing, and takes over from a poll that waits.
    Poll {
        client: usize,
        max: usize,
    },
    /// A poll's connection breaks, with its answer unread or while it waits, and so many events are published.
    Break {
        client: usize,
        max: usize,
        meanwhile: usize,
    },
    Acknowledge {
        client: usize,
        picks: Vec<Pick>,
    },
    Restart(Stop),
}

fn addressee() -> impl Strategy<Value = Addressee> {
    prop_oneof![3 => (0..USERS.len()).prop_map(Addressee::User), 1 => Just(Addressee::Everybody)]
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        6 => any::<Index>().prop_map(Pick::Seen),
        2 => any::<Index>().prop_map(Pick::NotHandedOver),
        1 => any::<Index>().prop_map(Pick::Elsewhere),
        1 => Just(Pick::NeverGiven),
        1 => Just(Pick::Nonsense),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (addressee(), 1..4_usize).prop_map(|(to, count)| Step::Publish { to, count }),
        1 => (addressee(), 1..4_usize, 0..8000_u64).prop_map(|(to, count, after_micros)| {
            Step::PublishThroughACrash { to, count, after_micros }
        }),
        10 => (0..CLIENTS, 1..6_usize).prop_map(|(client, max)| Step::Poll { client, max }),
        3 => (0..CLIENTS, 1..6_usize, 0..3_usize).prop_map(|(client, max, meanwhile)| {
            Step::Break { client, max, meanwhile }
        }),
        8 => (0..CLIENTS, vec(pick(), 1..6)).prop_map(|(client, picks)| Step::Acknowledge { client, picks }),
        1 => prop_oneof![Just(Stop::Terminated), Just(Stop::Killed)].prop_map(Step::Restart),
    ]
}

proptest! {
    // Few and long, because each case starts a server of its own, several times. Shrinking does so too.
    #![proptest_config(ProptestConfig {
        cases: 6, max_shrink_iters: 12, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn sessions_keep_their_promises_whatever_happens_to_clients_and_server(steps in vec(step(), 40..60)) {
        Runtime::new().unwrap().block_on(async {
            let mut world = World::begin().await;
            for step in steps {
                world.take(step).await;
            }
            world.end().await;
        });
    }
}

/// The server, its clients, and what was published for them.
struct World {
    server: Server,
    producer: Streaming,
    clients: Vec<Client>,
    /// Events are numbered, which is all that they say.
    published: i64,
    ids: Ids,
}

impl World {
    async fn begin() -> Self {
        let variables = [
            ("SWITCHBOARD_STORE__DURABILITY", "process"),
            ("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", POLL_WAIT_SECONDS),
        ];
        let server = Server::with(&variables).await;
        let producer = server.streaming().await;
        let mut clients = Vec::with_capacity(CLIENTS);
        for user in USERS {
            for kind in [Kind::Acknowledging, Kind::Plain] {
                clients.push(Client::open(&producer, user, kind).await);
            }
        }
        Self { server, producer, clients, published: 0, ids: Ids::default() }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Publish { to, count } => self.publish(to, count).await,
            Step::PublishThroughACrash { to, count, after_micros } => {
                self.publish_through_a_crash(to, count, after_micros).await;
            }
            Step::Poll { client, max } => self.poll(client, max).await,
            Step::Break { client, max, meanwhile } => self.break_poll(client, max, meanwhile).await,
            Step::Acknowledge { client, picks } => {
                self.clients[client].acknowledge(&picks, &self.ids).await;
            }
            Step::Restart(stop) => {
                self.stop(stop).await;
                self.server.restart().await;
                self.clients.iter_mut().for_each(Client::server_has_begun);
                self.replace_lost_sessions().await;
            }
        }
    }

    async fn poll(&mut self, client: usize, max: usize) {
        self.clients[client].poll(max, &mut self.ids).await;
        self.settle().await;
    }

    /// Publishes; whoever waits for it has to hear of it.
    async fn publish(&mut self, to: Addressee, count: usize) {
        let numbers = self.numbers(count);
        let answer = self.producer.publish(events(to, &numbers)).await.ok();
        all_accepted(&answer, count);
        for client in self.clients.iter_mut().filter(|client| to.reaches(client)) {
            client.expect(&numbers);
            client.hear_what_it_waits_for(&mut self.ids).await;
        }
    }

    /// The server dies somewhere in a publish, whose client makes it again. It must not count twice, nor be lost.
    async fn publish_through_a_crash(&mut self, to: Addressee, count: usize, after_micros: u64) {
        let numbers = self.numbers(count);
        let producer = self.producer.with_header("idempotency-key", &format!("key-{}", self.published));
        let path = self.producer.path("publish");
        let body = json!({"events": events(to, &numbers)});
        let first = {
            let (producer, path, body) = (producer.clone(), path.clone(), body.to_string());
            tokio::spawn(
                async move { producer.try_send("POST", &path, Some("application/json"), body).await },
            )
        };
        tokio::time::sleep(Duration::from_micros(after_micros)).await;
        self.server.kill();
        let _answered_or_cut_off = first.await.unwrap();
        for client in &mut self.clients {
            client.is_cut_off(&mut self.ids).await;
        }
        self.server.restart().await;
        let was_kept = self.events_held().await > self.held_at_start();
        if was_kept {
            self.expect(to, &numbers);
            assert_eq!(self.events_held().await, self.held_at_start(), "all or none");
        }
        self.clients.iter_mut().for_each(Client::server_has_begun);
        all_accepted(&producer.post(&path, &body).await.ok(), count);
        if !was_kept {
            self.expect(to, &numbers);
        }
        self.replace_lost_sessions().await;
    }

    /// Something was published.
    fn expect(&mut self, to: Addressee, numbers: &[i64]) {
        for client in self.clients.iter_mut().filter(|client| to.reaches(client)) {
            client.expect(numbers);
        }
    }

    /// How many events a server that begins has to hold, as far as is known.
    fn held_at_start(&self) -> usize {
        self.clients.iter().map(Client::kept).sum()
    }

    /// How many events wait in all sessions together.
    async fn events_held(&self) -> usize {
        let page = self.server.http().get("/metrics").await.text;
        let count = page.lines().find_map(|line| line.strip_prefix("session_events "));
        count.expect("the metrics tell").parse().expect("a number")
    }

    /// A poll's connection breaks while events are published. What it may have taken with it is found out by an event
    /// that comes after all of them.
    async fn break_poll(&mut self, client: usize, max: usize, meanwhile: usize) {
        if self.clients[client].is_up_to_date() {
            self.poll(client, max).await;
        }
        let user = client / CLIENTS_OF_A_USER;
        let lost_at_most = self.clients[client].break_poll(max).await;
        if meanwhile > 0 {
            self.publish(Addressee::User(user), meanwhile).await;
        }
        self.settle().await;
        self.publish(Addressee::User(user), 1).await;
        self.clients[client].find_out_what_was_lost(lost_at_most, &mut self.ids).await;
    }

    async fn stop(&mut self, stop: Stop) {
        match stop {
            Stop::Killed => {
                self.server.kill();
                for client in &mut self.clients {
                    client.is_cut_off(&mut self.ids).await;
                }
            }
            Stop::Terminated => {
                self.server.terminate();
                for client in &mut self.clients {
                    client.comes_back_empty(&mut self.ids).await;
                }
                assert_eq!(self.server.ended().await.code(), Some(0), "{}", self.server.printed());
            }
        }
    }

    async fn replace_lost_sessions(&mut self) {
        for client in &mut self.clients {
            client.replace_lost_session().await;
        }
    }

    /// Waits until the server counts the polls that wait here, and no broken one.
    async fn settle(&self) {
        let waiting = self.clients.iter().filter(|client| client.is_waiting()).count();
        self.server.sees_polls_waiting(waiting).await;
    }

    /// Everything that is left comes, and nothing else.
    async fn end(mut self) {
        self.publish(Addressee::Everybody, 1).await;
        for client in &mut self.clients {
            client.hear_the_rest(&mut self.ids).await;
        }
    }

    fn numbers(&mut self, count: usize) -> Vec<i64> {
        let first = self.published + 1;
        self.published += i64::try_from(count).unwrap();
        (first..=self.published).collect()
    }
}

impl Addressee {
    fn reaches(self, client: &Client) -> bool {
        match self {
            Self::User(user) => client.user == USERS[user],
            Self::Everybody => true,
        }
    }
}

fn events(to: Addressee, numbers: &[i64]) -> Value {
    let event = |number: &i64| {
        let payload = json!({"interactionId": number, "interactionIdRev": number.to_string()});
        let mut event = json!({"eventType": "engagementCenter.Idle", "payload": payload});
        if let Addressee::User(user) = to {
            event["userId"] = USERS[user].into();
        }
        event
    };
    numbers.iter().map(event).collect()
}

fn all_accepted(answer: &Value, count: usize) {
    let results = answer["results"].as_array().unwrap();
    assert!(results.len() == count && results.iter().all(|r| r["status"] == "accepted"), "{answer}");
}
