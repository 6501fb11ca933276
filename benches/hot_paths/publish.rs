//! Publishing to readers that keep up, until all of them have it. The items are deliveries.

use divan::Bencher;
use divan::counter::ItemsCount;

use crate::stage::audience::Audience;

#[divan::bench(args = [1, 100, 10_000])]
fn one_event(bencher: Bencher<'_, '_>, readers: usize) {
    publish(bencher, readers, 1);
}

#[divan::bench(args = [1, 100, 10_000])]
fn sixteen_events_at_once(bencher: Bencher<'_, '_>, readers: usize) {
    publish(bencher, readers, 16);
}

fn publish(bencher: Bencher<'_, '_>, readers: usize, events: usize) {
    let audience = Audience::of(readers);
    bencher.counter(ItemsCount::new(readers * events)).bench_local(|| audience.publish(events));
}
