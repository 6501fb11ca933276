//! The cases: what is played, and how often.

use std::hint::black_box;

use switchboard::broker::Acknowledgement;

use crate::stage::audience::Audience;
use crate::stage::conversation::{Conversation, Said, Stages};
use crate::stage::desk::Desk;

/// How often each is played before anything is counted: what is made on first use is made then.
const WARM_UP: u32 = 3;

/// Something that is counted.
pub(crate) struct Case {
    /// Its name, also in the limits.
    pub(crate) name: &'static str,
    /// How often it is played; what is told is for one time. More where one time is little.
    pub(crate) times: u32,
    stage: fn(u32),
}

impl Case {
    /// Plays it as often as it is to be counted.
    pub(crate) fn play(&self) {
        (self.stage)(self.times);
    }
}

/// All of them.
pub(crate) const CASES: &[Case] = &[
    Case { name: "publish-to-1", times: 500, stage: |times| publish(1, 1, times) },
    Case { name: "publish-to-100", times: 200, stage: |times| publish(1, 100, times) },
    Case { name: "publish-to-10000", times: 10, stage: |times| publish(1, 10_000, times) },
    Case { name: "publish-16-to-100", times: 100, stage: |times| publish(16, 100, times) },
    Case { name: "poll-1", times: 500, stage: |times| poll(1, times) },
    Case { name: "poll-200", times: 100, stage: |times| poll(200, times) },
    Case { name: "poll-and-be-woken", times: 500, stage: poll_and_be_woken },
    Case { name: "acknowledge-200", times: 100, stage: |times| acknowledge(200, times) },
    Case { name: "say", times: 200, stage: |times| say(Stages::None, times) },
    Case { name: "say-with-built-in-stages", times: 200, stage: |times| say(Stages::BuiltIn, times) },
    Case { name: "expire-256-of-10000", times: 10, stage: |times| expire(256, 10_000, times) },
];

fn publish(events: usize, readers: usize, times: u32) {
    let audience = Audience::of(readers);
    play(times, || (), |()| audience.publish(events));
}

fn poll(events: usize, times: u32) {
    let desk = Desk::new();
    let session = || desk.session(Acknowledgement::NotRequired, events);
    play(times, session, |session| session.poll().complete());
}

fn poll_and_be_woken(times: u32) {
    let desk = Desk::new();
    let session = desk.session(Acknowledgement::NotRequired, 0);
    play(times, || (), |()| session.poll_and_be_woken().complete());
}

fn acknowledge(events: usize, times: u32) {
    let desk = Desk::new();
    let delivered = || {
        let session = desk.session(Acknowledgement::Required, events);
        let delivered = session.receive();
        (session, delivered)
    };
    play(times, delivered, |(session, delivered)| session.acknowledge(delivered));
}

/// A customer's text on its whole way, from the draft to the agent's sockets and sessions.
fn say(stages: Stages, times: u32) {
    const BODY: &str = r#"{"type":"message","message":{"type":"text",
        "text":"Where is my order? I have been waiting for two weeks, and nobody answers my calls."}}"#;
    let conversation = Conversation::begin(BODY, stages);
    let hear = |said: Said| drop((said.activity, said.event));
    play(times, || (), |()| hear(conversation.say()));
}

fn expire(limit: usize, sessions: usize, times: u32) {
    let desk = Desk::new();
    play(times, || desk.fill(sessions), |()| assert_eq!(desk.expire(limit).len(), limit));
}

/// Prepares and works, so many times; only the work is counted.
fn play<T>(times: u32, mut prepare: impl FnMut() -> T, mut work: impl FnMut(&mut T)) {
    for _ in 0..WARM_UP {
        work(&mut prepare());
    }
    for _ in 0..times {
        let mut prepared = prepare();
        what_is_counted(|| work(&mut prepared));
    }
}

/// Valgrind is given this name, and counts from its call to its return: it must not be inlined, and no other
/// function may be called so.
#[inline(never)]
fn what_is_counted<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}
