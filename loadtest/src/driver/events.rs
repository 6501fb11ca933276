//! What the event loop does with events: reads, lets the state machines have what came, sends what they say.

use std::io::ErrorKind;
use std::time::Duration;

use mio::event::Event;
use mio::{Events, Token};

use super::publisher::Answered;
use super::{ALARM, Driver, Ended, FIRST_PUBLISHER};
use crate::error::LoadError;

/// The longest wait for an event: how often time and progress are looked at.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

impl Driver {
    /// Waits for events and takes them.
    ///
    /// # Errors
    /// When a run cannot go on, or nothing was heard, answered or opened for longer than `patience` though nothing
    /// is planned.
    pub(super) fn turn(&mut self, patience: Duration) -> Result<(), LoadError> {
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        let wait = self.until_somebody_has_rested().map_or(LONGEST_WAIT, |rested| rested.min(LONGEST_WAIT));
        match self.poll.poll(&mut events, Some(wait)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(LoadError::System(error)),
            _ => {}
        }
        for event in &events {
            match event.token() {
                ALARM => {}
                Token(reader) if reader < FIRST_PUBLISHER => self.reader_event(reader, event),
                Token(publisher) => self.publisher_event(publisher - FIRST_PUBLISHER, event),
            }
        }
        self.events = events;
        self.wake_the_rested();
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble);
        }
        let silent = Duration::from_micros(self.clock.now().saturating_sub(self.stirred));
        if silent > patience && self.due.is_empty() && self.resting.is_empty() {
            return Err(LoadError::Silence(patience.as_secs()));
        }
        Ok(())
    }

    /// Notes that something happened, and answers when.
    pub(super) fn stir(&mut self) -> u64 {
        self.stirred = self.clock.now();
        self.stirred
    }

    /// Has the wait for events end at a time.
    pub(super) fn wake_at(&self, at: u64) -> Result<(), LoadError> {
        let after = Duration::from_micros(at.saturating_sub(self.clock.now()));
        self.alarm.set(after).map_err(LoadError::System)
    }

    fn reader_event(&mut self, index: usize, event: &Event) {
        let Self { readers, scratch, out, tally, clock, .. } = self;
        let station = &mut readers[index];
        let Some(link) = &mut station.link else { return };
        let machine = &mut station.machine;
        let (was_live, was_resting) = (machine.is_live(), machine.rest().is_some());
        let heard = tally.ledger.heard();
        let mut at = 0;
        let outcome = (|| {
            if event.is_writable() && link.writable()? {
                machine.begin(clock.now(), out);
            }
            if event.is_readable() {
                link.receive(scratch, event, |bytes| {
                    at = clock.now();
                    machine.receive(bytes, index, at, tally, out)
                })?;
            }
            if !out.is_empty() {
                link.send(out)?;
                out.clear();
            }
            Ok(())
        })();
        if tally.ledger.heard() > heard {
            self.stirred = at;
        }
        if !was_live && machine.is_live() {
            self.opened += 1;
            let since = station.since;
            let opened = self.stir();
            self.openings.note(opened.saturating_sub(since));
        }
        let machine = &self.readers[index].machine;
        if let Some(rest) = machine.rest() {
            if outcome.is_err() || machine.is_used_up() {
                // While a reader rests its connection may end: it gets another when it goes on.
                self.out.clear();
                self.readers[index].link = None;
            }
            if !was_resting {
                self.rest(index, rest);
            }
        } else if machine.is_used_up() {
            self.out.clear();
            if let Err(error) = self.reconnect(index) {
                self.trouble = Some(error);
            }
        } else if let Err(ended) = outcome {
            self.reader_ended(index, &ended);
        }
    }

    pub(super) fn reader_ended(&mut self, index: usize, ended: &Ended) {
        self.out.clear();
        let station = &mut self.readers[index];
        station.link = None;
        if station.machine.is_live() {
            self.opened -= 1;
        }
        self.tally.ledger.excuse(index);
        self.broken.readers += 1;
        self.broken.first_reason.get_or_insert_with(|| ended.to_string());
    }

    fn publisher_event(&mut self, index: usize, event: &Event) {
        let Self { publishers, scratch, out, tally, .. } = self;
        let station = &mut publishers[index];
        let Some(link) = &mut station.link else { return };
        let machine = &mut station.machine;
        let mut answered: Option<Answered> = None;
        let outcome = (|| {
            if event.is_writable() {
                link.writable()?;
            }
            if event.is_readable() {
                link.receive(scratch, event, |bytes| {
                    let (taken, found) = machine.receive(bytes, &mut tally.ledger, out)?;
                    answered = answered.take().or(found);
                    Ok(taken)
                })?;
            }
            if !out.is_empty() {
                link.send(out)?;
                out.clear();
            }
            Ok(())
        })();
        if let Err(ended) = outcome {
            self.publisher_ended(index, &ended);
        }
        if let Some(answered) = answered {
            self.answered(index, answered);
        }
    }

    /// A server may close a connection that waits; one that owes an answer it may not.
    fn publisher_ended(&mut self, index: usize, ended: &Ended) {
        self.out.clear();
        let station = &mut self.publishers[index];
        station.link = None;
        if station.machine.is_waiting() {
            self.trouble = Some(LoadError::Publisher(ended.to_string()));
        }
    }
}
