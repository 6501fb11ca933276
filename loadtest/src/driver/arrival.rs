//! How readers come, stop reading, and are waited for.

use std::time::Duration;

use mio::Token;
use serde::Serialize;

use super::Driver;
use super::link::Link;
use crate::error::LoadError;

/// How readers come.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// At most so many are on their way at the same time.
    pub at_once: usize,
    /// So many come a second, evenly spread; without it as fast as they can.
    pub per_second: Option<f64>,
    /// What happens when one cannot be opened.
    pub failures: Failures,
}

impl Arrival {
    /// The same, but at most so many a second.
    #[must_use]
    pub fn no_faster_than(self, per_second: f64) -> Self {
        Self { per_second: Some(self.per_second.map_or(per_second, |wanted| wanted.min(per_second))), ..self }
    }
}

/// What happens when a reader cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failures {
    /// The run cannot be made.
    Stop,
    /// It counts as broken.
    Count,
}

/// Readers that stopped reading.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stalled {
    /// How many.
    pub readers: usize,
    /// How many of them the server closed.
    pub closed: usize,
    /// What the first was told.
    pub first_reason: Option<String>,
}

impl Driver {
    /// Opens all readers, and waits until each hears. Answers how long it took.
    ///
    /// # Errors
    /// When one could not be opened and that matters, or nothing happens for as long as `patience`.
    pub fn open(&mut self, arrival: Arrival, patience: Duration) -> Result<Duration, LoadError> {
        let start = self.stir();
        let interval = arrival.per_second.map_or(0.0, |per_second| 1e6 / per_second);
        let (all, mut begun) = (self.readers.len(), 0);
        while self.opened + self.broken.readers < all {
            while begun < all && begun - self.opened - self.broken.readers < arrival.at_once {
                let due = start + (begun as f64 * interval) as u64;
                if due > self.clock.now() {
                    self.wake_at(due)?;
                    break;
                }
                // Late is counted only where there is a time to be late for.
                let due = if arrival.per_second.is_some() { due } else { self.clock.now() };
                self.connect(begun, due)?;
                begun += 1;
            }
            self.turn(patience)?;
            if let (Some(reason), Failures::Stop) = (&self.broken.first_reason, arrival.failures) {
                return Err(LoadError::Closed(reason.clone()));
            }
            self.progress.opening(self.opened, all, self.clock.now());
        }
        Ok(Duration::from_micros(self.stirred - start))
    }

    /// Begins to open a reader's connection, which should have begun at a time.
    fn connect(&mut self, index: usize, due: u64) -> Result<(), LoadError> {
        self.readers[index].since = due;
        self.reconnect(index)
    }

    /// Begins to open a reader's connection once more.
    pub(super) fn reconnect(&mut self, index: usize) -> Result<(), LoadError> {
        let station = &mut self.readers[index];
        let from = self.sources.of(index, station.at);
        let link = Link::open(station.at, from, self.poll.registry(), Token(index));
        station.link = Some(link.map_err(LoadError::System)?);
        Ok(())
    }

    /// Keeps connections open for a time, and does nothing but what the server asks for.
    ///
    /// # Errors
    /// When the system fails.
    pub fn hold(&mut self, duration: Duration) -> Result<(), LoadError> {
        let end = self.stir() + duration.as_micros() as u64;
        while self.clock.now() < end {
            self.wake_at(end)?;
            self.turn(Duration::MAX)?;
            self.progress.holding(self.readers.len() - self.broken.readers, self.clock.now());
        }
        Ok(())
    }

    /// Lets a reader hear no more, though its connection stays open. Nothing is held against it.
    ///
    /// # Errors
    /// When the system does not let go of it.
    pub fn stall(&mut self, reader: usize) -> Result<(), LoadError> {
        self.tally.ledger.excuse(reader);
        self.stalled.push(reader);
        let link = self.readers[reader].link.as_mut();
        link.map_or(Ok(()), |link| link.ignore(self.poll.registry())).map_err(LoadError::System)
    }

    /// Lets stalled readers hear again until their connections end, or for as long as `patience`.
    ///
    /// # Errors
    /// When the system fails.
    pub fn revive(&mut self, patience: Duration) -> Result<Stalled, LoadError> {
        let stalled = std::mem::take(&mut self.stalled);
        let broken = std::mem::take(&mut self.broken);
        for reader in &stalled {
            if let Some(link) = &mut self.readers[*reader].link {
                link.heed(self.poll.registry(), Token(*reader)).map_err(LoadError::System)?;
            }
        }
        let end = self.stir() + patience.as_micros() as u64;
        while self.broken.readers < stalled.len() && self.clock.now() < end {
            self.turn(Duration::MAX)?;
        }
        let ended = std::mem::replace(&mut self.broken, broken);
        Ok(Stalled { readers: stalled.len(), closed: ended.readers, first_reason: ended.first_reason })
    }
}
