//! Readers that were asked to wait, until their time has come.

use std::cmp::Reverse;
use std::time::Duration;

use super::Driver;

impl Driver {
    /// A reader says nothing for a while.
    pub(super) fn rest(&mut self, index: usize, rest: Duration) {
        let until = self.clock.now() + rest.as_micros() as u64;
        self.resting.push(Reverse((until, index)));
    }

    /// How long it takes until the next of them has rested; `None` when nobody rests.
    pub(super) fn until_somebody_has_rested(&self) -> Option<Duration> {
        let Reverse((until, _)) = self.resting.peek()?;
        Some(Duration::from_micros(until.saturating_sub(self.clock.now())))
    }

    /// Lets those go on who have rested, on connections that they still have or on new ones.
    pub(super) fn wake_the_rested(&mut self) {
        while let Some(&Reverse((until, index))) = self.resting.peek() {
            if until > self.clock.now() {
                return;
            }
            self.resting.pop();
            self.readers[index].machine.wake();
            self.go_on(index);
        }
    }

    fn go_on(&mut self, index: usize) {
        let Self { readers, out, clock, .. } = self;
        let station = &mut readers[index];
        let Some(link) = &mut station.link else {
            if let Err(error) = self.reconnect(index) {
                self.trouble = Some(error);
            }
            return;
        };
        out.clear();
        station.machine.begin(clock.now(), out);
        let sent = link.send(out);
        out.clear();
        if let Err(ended) = sent {
            self.reader_ended(index, &ended);
        }
    }
}
