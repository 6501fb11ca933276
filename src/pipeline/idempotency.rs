//! Requests that may be repeated: one that comes again under its key is answered as it was the first time, also while
//! the first is under way and after a restart. It must not know what the request does or how its answer reads.
//!
//! Requests under one key take turns. Whoever has the turn and finds no answer does the work, and its answer is
//! committed together with what it did; the next one finds it. So there is one place where answers are, the store, and
//! nothing of a request stays in memory once nobody waits for its turn.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedMutexGuard;

use super::engine::Engine;
use crate::domain::clock::Millis;
use crate::domain::ids::{ClientId, TenantId};
use crate::store::{IdempotencyRecord, Store, StoreError, Write};

/// The longest key, in characters.
const MAX_KEY: usize = 255;

/// A client's name for a request that it may repeat: 1 to 255 visible characters of ASCII.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key that a header holds; `None` when it holds none.
    pub fn read(header: &[u8]) -> Option<Self> {
        let allowed = (1..=MAX_KEY).contains(&header.len()) && header.iter().all(u8::is_ascii_graphic);
        let text = std::str::from_utf8(header).ok().filter(|_| allowed)?;
        Some(Self(text.to_owned()))
    }
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Owner {
    tenant: TenantId,
    client: ClientId,
    key: IdempotencyKey,
}

/// A request that may be repeated.
#[derive(Clone, Debug)]
pub struct RepeatableRequest {
    owner: Owner,
    /// SHA-256 of the body: a repetition is the same to the byte.
    fingerprint: [u8; 32],
}

impl RepeatableRequest {
    /// The request of `client` that has this body.
    pub fn new(tenant: TenantId, client: ClientId, key: IdempotencyKey, body: &[u8]) -> Self {
        let owner = Owner { tenant, client, key };
        Self { owner, fingerprint: Sha256::digest(body).into() }
    }
}

/// What a request that may be repeated has to do.
pub enum Begun {
    /// Everything, for the first time.
    First(FirstTurn),
    /// Nothing but to give the answer that was given before.
    Repeated(String),
}

/// The right to do the work of a request for the first time. Whoever repeats it waits until this, or the
/// [`Answered`] made of it, is gone.
pub struct FirstTurn {
    request: RepeatableRequest,
    _turn: Turn,
}

impl FirstTurn {
    /// The work is done and will be answered with this body, once both are kept.
    pub fn answered(self, answer: String) -> Answered {
        Answered { turn: self, answer }
    }
}

/// A first turn with its answer, to be kept in the same commit as what was done.
pub struct Answered {
    turn: FirstTurn,
    answer: String,
}

impl Answered {
    /// What keeps the answer.
    pub(super) fn write(&self, now: Millis) -> Write {
        let RepeatableRequest { owner, fingerprint } = &self.turn.request;
        Write::PutIdempotentAnswer(IdempotencyRecord {
            tenant: owner.tenant,
            client: owner.client.clone(),
            key: owner.key.0.clone(),
            fingerprint: fingerprint.to_vec(),
            answer: self.answer.clone(),
            created: now,
        })
    }
}

/// Why a request was not begun.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The key stands for a request with another body.
    #[error("the key was used for another request")]
    OtherRequest,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Begins a request that may be repeated. Its answer is remembered for `kept`.
    pub async fn begin(&self, request: RepeatableRequest, kept: Duration) -> Result<Begun, BeginError> {
        self.turns.begin(&*self.store, request, self.now().minus(kept)).await
    }
}

/// The requests that are under way, by whose they are.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<Owner, Queue>>>);

/// Those who have or await the turn of one key.
#[derive(Default)]
struct Queue {
    /// Asynchronous because whoever has the turn awaits a commit.
    turn: Arc<tokio::sync::Mutex<()>>,
    length: usize,
}

/// Having the turn. The fields go in this order: the turn first, then the place in the queue.
struct Turn {
    _turn: OwnedMutexGuard<()>,
    _place: Place,
}

/// A place in a queue; the queue goes with its last one.
struct Place {
    turns: Turns,
    owner: Owner,
}

impl Turns {
    /// Waits for the request's turn, then looks for an answer that was made after `not_before`.
    pub(super) async fn begin(
        &self,
        store: &dyn Store,
        request: RepeatableRequest,
        not_before: Millis,
    ) -> Result<Begun, BeginError> {
        let turn = self.turn(&request.owner).await;
        let Owner { tenant, client, key } = &request.owner;
        match store.idempotent_answer(*tenant, client.as_str(), &key.0, not_before).await? {
            None => Ok(Begun::First(FirstTurn { request, _turn: turn })),
            Some(kept) if kept.fingerprint == request.fingerprint => Ok(Begun::Repeated(kept.answer)),
            Some(_) => Err(BeginError::OtherRequest),
        }
    }

    async fn turn(&self, owner: &Owner) -> Turn {
        let (place, turn) = self.place(owner);
        Turn { _turn: turn.lock_owned().await, _place: place }
    }

    fn place(&self, owner: &Owner) -> (Place, Arc<tokio::sync::Mutex<()>>) {
        let mut queues = self.0.lock();
        let queue = queues.entry(owner.clone()).or_default();
        queue.length += 1;
        (Place { turns: self.clone(), owner: owner.clone() }, Arc::clone(&queue.turn))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut queues = self.turns.0.lock();
        if let Some(queue) = queues.get_mut(&self.owner) {
            queue.length -= 1;
            if queue.length == 0 {
                queues.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests;
