//! The progress bar: live rates on standard error, while a run goes on.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::measure::tally::Tally;

/// How often the bar is drawn, in microseconds.
const EVERY: u64 = 250_000;

/// Whether a run shows how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// Where standard error is a terminal.
    Terminal,
    /// Nowhere.
    Hidden,
}

/// A bar, or nothing where nobody would see it.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    display: Display,
    drawn: u64,
    deliveries: u64,
    publishes: u64,
}

impl Progress {
    /// A bar that shows nothing yet.
    pub fn new(display: Display) -> Self {
        let seen = display == Display::Terminal && std::io::stderr().is_terminal();
        let (display, target) = if seen {
            (Display::Terminal, ProgressDrawTarget::stderr())
        } else {
            (Display::Hidden, ProgressDrawTarget::hidden())
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}") {
            bar.set_style(style);
        }
        Self { bar, display, drawn: 0, deliveries: 0, publishes: 0 }
    }

    /// So many connections are open; `now` in microseconds.
    pub fn opening(&mut self, opened: usize, of: usize, now: u64) {
        if self.is_due(now) {
            self.show(format!("opened {opened} of {of}"), now);
        }
    }

    /// So many connections are held.
    pub fn holding(&mut self, connections: usize, now: u64) {
        if self.is_due(now) {
            self.show(format!("holding {connections}"), now);
        }
    }

    /// Load is being made; `now` in microseconds.
    pub fn load(&mut self, tally: &Tally, now: u64) {
        if !self.is_due(now) {
            return;
        }
        let (deliveries, publishes) = (tally.window.timeline.deliveries(), tally.window.timeline.published());
        let seconds = (now - self.drawn) as f64 / 1e6;
        let rate = |count: u64, before: u64| count.saturating_sub(before) as f64 / seconds;
        let message = format!(
            "{deliveries} deliveries, {:.0}/s; {publishes} publishes, {:.0}/s",
            rate(deliveries, self.deliveries),
            rate(publishes, self.publishes)
        );
        (self.deliveries, self.publishes) = (deliveries, publishes);
        self.show(message, now);
    }

    fn is_due(&self, now: u64) -> bool {
        self.display == Display::Terminal && now >= self.drawn + EVERY
    }

    fn show(&mut self, message: String, now: u64) {
        self.bar.set_message(message);
        self.bar.tick();
        self.drawn = now;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
