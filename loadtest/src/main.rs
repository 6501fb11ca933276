//! Load generator for a running Switchboard.
fn main() {}
