//! Printing: results to standard output, complaints to standard error.
//! Nothing else in the project prints; what happens while serving goes to the log.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a result.
pub fn say(text: impl Display) {
    print(io::stdout().lock(), text);
}

/// Prints a complaint.
pub fn complain(text: impl Display) {
    print(io::stderr().lock(), text);
}

/// A reader that has gone away, as `| head` does, is no reason to fail, and there is nobody left to tell.
fn print(mut to: impl Write, text: impl Display) {
    let _gone = writeln!(to, "{text}").and_then(|()| to.flush());
}
