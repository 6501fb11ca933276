//! Times the hot paths, with divan. What is measured is told in `benches/README.md`.
//!
//! divan, and not criterion, because it counts allocations beside the time: that an event costs nobody an allocation
//! of their own shows on the noisiest machine. It also brings a quarter of the packages.

mod activity;
mod catalogue;
mod faq;
mod publish;
mod sessions;
#[path = "../stage/mod.rs"]
mod stage;
mod stages;
mod tokens;

use divan::AllocProfiler;
use tikv_jemallocator::Jemalloc;

/// The binary's, with its calls counted.
#[global_allocator]
static ALLOCATOR: AllocProfiler<Jemalloc> = AllocProfiler::new(Jemalloc);

fn main() {
    divan::main();
}
