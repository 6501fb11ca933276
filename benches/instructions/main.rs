//! Counts the instructions of publishes and polls under valgrind, and compares them with limits that are kept beside
//! this file: unlike times they are nearly the same on a busy machine and on an idle one, so a regression shows
//! wherever this runs. What is counted is told in `benches/README.md`.
//!
//! It starts itself under valgrind's callgrind, once for each case. The library for this (gungraun, which
//! iai-callgrind became) does the same through a runner that has to be built and installed in exactly its version.
//! All that is needed here is a few lines, and limits that are reviewed with the change that moves them.

mod callgrind;
mod cases;
mod limits;
#[path = "../stage/mod.rs"]
mod stage;

use std::process::ExitCode;

use clap::Parser;
use switchboard::cli::console;
use tikv_jemallocator::Jemalloc;

use cases::{CASES, Case};
use limits::{Limits, Verdict};

/// The binary's.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Counts the instructions of publishes and polls, and compares them with their limits.
#[derive(Debug, Parser)]
struct CommandLine {
    /// Only the cases whose name contains this.
    filter: Option<String>,
    /// Makes what is counted the new limits.
    #[arg(long)]
    update: bool,
    /// Plays one case; this is what runs under valgrind.
    #[arg(long, hide = true)]
    play: Option<String>,
    /// Cargo says so to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Why nothing was counted, or not compared.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Callgrind(#[from] callgrind::Failure),
    #[error(transparent)]
    Limits(#[from] limits::Failure),
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    if let Some(name) = &line.play {
        CASES.iter().filter(|case| case.name == name).for_each(Case::play);
        return ExitCode::SUCCESS;
    }
    match count(&line) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            console::complain(failure);
            ExitCode::FAILURE
        }
    }
}

/// Counts, tells, and answers whether everything is within its limit.
fn count(line: &CommandLine) -> Result<bool, Failure> {
    let filter = line.filter.as_deref().unwrap_or_default();
    let mut limits = Limits::read()?;
    let mut is_within = true;
    for case in CASES.iter().filter(|case| case.name.contains(filter)) {
        let counted = callgrind::count(case.name)? / u64::from(case.times);
        let verdict = limits.judge(case.name, counted);
        is_within &= !matches!(verdict, Verdict::Over(_));
        console::say(format_args!("{:<22} {counted:>10} instructions  {verdict}", case.name));
        limits.set(case.name, counted);
    }
    if line.update {
        limits.write()?;
        return Ok(true);
    }
    Ok(is_within)
}
