//! Streaming sessions: polls, acknowledgements and expiry. The items are events, or sessions that expire.

use divan::Bencher;
use divan::counter::ItemsCount;
use switchboard::broker::Acknowledgement;

use crate::stage::desk::Desk;

/// A poll of events that wait, to the hand-over of its answer.
#[divan::bench(args = [1, 200])]
fn poll(bencher: Bencher<'_, '_>, events: usize) {
    let desk = Desk::new();
    bencher
        .counter(ItemsCount::new(events))
        .with_inputs(|| desk.session(Acknowledgement::NotRequired, events))
        .bench_local_refs(|session| session.poll().complete());
}

/// A poll that begins to wait, the event that wakes it, and the hand-over of its answer.
#[divan::bench]
fn poll_and_be_woken(bencher: Bencher<'_, '_>) {
    let desk = Desk::new();
    let session = desk.session(Acknowledgement::NotRequired, 0);
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| session.poll_and_be_woken().complete());
}

/// The acknowledgement of everything that was delivered.
#[divan::bench(args = [1, 200])]
fn acknowledge(bencher: Bencher<'_, '_>, events: usize) {
    let desk = Desk::new();
    bencher
        .counter(ItemsCount::new(events))
        .with_inputs(|| {
            let session = desk.session(Acknowledgement::Required, events);
            let delivered = session.receive();
            (session, delivered)
        })
        .bench_local_refs(|(session, delivered)| session.acknowledge(delivered));
}

/// The end of the 256 oldest of 10,000 sessions. They are made anew for each, so it is played one at a time.
#[divan::bench(sample_size = 1)]
fn expire_256_of_10_000(bencher: Bencher<'_, '_>) {
    let desk = Desk::new();
    bencher
        .counter(ItemsCount::new(256_usize))
        .with_inputs(|| desk.fill(10_000))
        .bench_local_values(|()| desk.expire(256));
}
