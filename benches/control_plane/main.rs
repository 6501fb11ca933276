//! How the size of a configuration shows: the calls of the control plane with ten hubs and ten integrations, and with
//! 10,000 and 100,000, in one run and in turn; and how long a start takes with the larger one. Fails when a call takes
//! more than twice as long, or a start more than three seconds. What is measured is told in `benches/README.md`.

mod broker;
mod calls;
mod portal;

use std::process::ExitCode;
use std::time::Duration;

use tikv_jemallocator::Jemalloc;

use broker::Broker;
use calls::{Compared, compare};
use portal::{Portal, Size};

/// The binary's.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

const FEW: Size = Size { hubs: 10, integrations: 10 };
const MANY: Size = Size { hubs: 10_000, integrations: 100_000 };

/// How much longer a call may take with many than with few.
const MOST_RATIO: f64 = 2.0;
/// How long a start may take with many.
const LONGEST_START: Duration = Duration::from_secs(3);
/// Starts; the median counts.
const STARTS: usize = 3;

fn main() -> ExitCode {
    let folders = [folder(), folder()];
    let few = Broker::start(folders[0].path());
    let many = Broker::start(folders[1].path());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let calls = runtime.expect("a runtime").block_on(async {
        let few = Portal::filled(few.credentials(), FEW).await;
        let many = Portal::filled(many.credentials(), MANY).await;
        compare(&few, &many).await
    });
    few.stop();
    many.stop();
    let start = median_start(folders[1].path());
    tell(&calls, start)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for temporary files")
}

fn median_start(data: &std::path::Path) -> Duration {
    let mut starts: Vec<_> = (0..STARTS)
        .map(|_| {
            let broker = Broker::start(data);
            let took = broker.started_in();
            broker.stop();
            took
        })
        .collect();
    starts.sort();
    starts[STARTS / 2]
}

#[expect(clippy::print_stdout, reason = "a bench tells its figures there")]
fn tell(calls: &[Compared], start: Duration) -> ExitCode {
    println!("{:<32}{:>12}{:>12}{:>8}", "medians in microseconds", "few", "many", "ratio");
    for Compared { name, few, many } in calls {
        let (few, many) = (few.as_secs_f64() * 1e6, many.as_secs_f64() * 1e6);
        println!("{name:<32}{few:>12.0}{many:>12.0}{:>8.2}", many / few);
    }
    println!("{:<32}{:>24.2} s", "start", start.as_secs_f64());
    let kept = calls.iter().all(|call| call.ratio() <= MOST_RATIO) && start <= LONGEST_START;
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
