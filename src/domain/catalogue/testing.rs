//! What tests of pages that are made of the catalogue need.

use std::path::Path;

/// Asserts that a file in `docs` is what it is made as; run with `WRITE_DOCS=1` it is written instead.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "nothing of the product is configured by it")]
pub(crate) fn assert_is_written(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("WRITE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(&file, text).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let line = written.lines().zip(text.lines()).position(|(written, made)| written != made);
    assert!(
        written == text,
        "docs/{name} is out of date, from line {} on: run the tests with WRITE_DOCS=1 and look at what has changed",
        line.unwrap_or_else(|| written.lines().count().min(text.lines().count())) + 1
    );
}
