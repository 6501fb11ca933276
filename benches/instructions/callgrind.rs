//! Running a case under valgrind, and reading what it counted. It must not know what the cases do.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// The one function that is counted, in whatever form its name has.
const COUNTED: &str = "*what_is_counted*";

/// The line of callgrind's report that tells the sum.
const TOTAL: &str = "totals: ";

/// Keeps the allocator from tidying up when the clock says so, in the middle of whatever is counted: the same poll
/// would differ by an eighth from run to run.
const ALLOCATOR_WITHOUT_A_CLOCK: (&str, &str) =
    ("_RJEM_MALLOC_CONF", "experimental_tcache_gc:false,dirty_decay_ms:-1,muzzy_decay_ms:-1");

/// Why nothing was counted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It could not be started.
    #[error("valgrind, which counts the instructions, does not start (is it installed?): {0}")]
    NotStarted(io::Error),
    /// It ended with a complaint.
    #[error("valgrind failed: {0}")]
    Failed(String),
    /// Its report is not there.
    #[error("valgrind left no report: {0}")]
    NoReport(io::Error),
    /// Its report tells of nothing.
    #[error("valgrind saw nothing that is to be counted")]
    NothingCounted,
}

/// The instructions of all of a case together. The report stays, for `callgrind_annotate`.
pub(crate) fn count(case: &str) -> Result<u64, Failure> {
    let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.{case}.out"));
    let itself = std::env::current_exe().map_err(Failure::NotStarted)?;
    let (variable, value) = ALLOCATOR_WITHOUT_A_CLOCK;
    let output = Command::new("valgrind")
        .env(variable, value)
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", report.display()))
        .arg(itself)
        .args(["--play", case])
        .output()
        .map_err(Failure::NotStarted)?;
    if !output.status.success() {
        return Err(Failure::Failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let report = fs::read_to_string(report).map_err(Failure::NoReport)?;
    let total = report.lines().find_map(|line| line.strip_prefix(TOTAL)?.parse().ok());
    total.filter(|total| *total > 0).ok_or(Failure::NothingCounted)
}
