//! Printing: results to standard output, complaints to standard error. Nothing else in the crate prints.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};

/// Prints a result.
pub fn say(text: impl Display) {
    print(io::stdout().lock(), text);
}

/// Prints an error with its causes, in one line.
pub fn complain(error: &dyn Error) {
    let mut line = format!("loadtest: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(&format!(": {error}"));
        cause = error.source();
    }
    print(io::stderr().lock(), line);
}

/// Prints what is worth knowing while it goes on.
pub fn remark(text: impl Display) {
    print(io::stderr().lock(), format_args!("loadtest: {text}"));
}

fn print(mut to: impl Write, text: impl Display) {
    // Whoever read the output may have gone away; the work is done all the same.
    let _gone = writeln!(to, "{text}").and_then(|()| to.flush());
}
