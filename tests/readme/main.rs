//! The tour of README.md and the day of docs/agent-desktop.md, run as they stand: the shell blocks of a page in one
//! bash against the real binary, each block's output held against what the page shows. Then once more with the server
//! stopped, or killed, between every two steps.
//!
//! The receivers of docs/webhooks.md are run in their languages.
//!
//! Only `cargo run .. -p loadtest -- ..` is replaced by the binary that cargo has built already.

mod page;
mod server;
mod shell;
mod webhooks;

use page::Step;
use server::{Server, Stop};
use shell::Shell;

/// What happens to the server between two steps of the tour.
#[derive(Clone, Copy, Debug)]
enum Between {
    Nothing,
    Restart(Stop),
}

/// The steps of README.md.
fn tour() -> Vec<Step> {
    page::steps(page::tour(include_str!("../../README.md")))
}

/// The steps of docs/agent-desktop.md.
fn desktop() -> Vec<Step> {
    page::steps(include_str!("../../docs/agent-desktop.md"))
}

fn take(steps: &[Step], between: Between) {
    if !shell::can_run_the_tour() {
        return;
    }
    assert!(steps.len() >= 7, "the page has lost its steps: {}", steps.len());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = Server::start(folder.path());
    let mut shell = Shell::start(folder.path());
    for (index, step) in steps.iter().enumerate() {
        if let Between::Restart(stop) = between
            && index > 0
        {
            server = server.restart(stop);
        }
        let output = shell.run(&step.commands);
        assert_eq!(
            page::masked(&output),
            page::masked(&step.output),
            "after\n{}\n-- which printed\n{output}\n-- and the server said\n{}",
            step.commands,
            server.log(),
        );
    }
    shell.end();
}

#[test]
fn every_step_of_the_tour_prints_what_the_page_shows() {
    take(&tour(), Between::Nothing);
}

#[test]
fn a_restart_between_two_steps_of_the_tour_loses_nothing_that_was_answered() {
    take(&tour(), Between::Restart(Stop::Terminate));
}

#[test]
fn a_kill_between_two_steps_of_the_tour_loses_nothing_that_was_answered() {
    take(&tour(), Between::Restart(Stop::Kill));
}

#[test]
fn every_step_of_the_desktop_s_day_prints_what_the_page_shows() {
    take(&desktop(), Between::Nothing);
}

#[test]
fn a_kill_between_two_steps_of_the_desktop_s_day_loses_nothing_that_was_answered() {
    take(&desktop(), Between::Restart(Stop::Kill));
}
