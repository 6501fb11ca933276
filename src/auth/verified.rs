//! The tokens whose signature has been checked already, so that it is checked once per token and not once
//! per call. Knows nothing of signatures; whether an identity still counts is asked of it at every call.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use sha2::{Digest, Sha256};

use super::token::Identity;
use crate::domain::clock::Millis;

/// Locks among which the tokens are spread: more than the threads that serve, so that they seldom meet.
const SHARDS: usize = 16;

/// Tokens remembered per lock; 65,536 in all, which is some 16 MiB.
const TOKENS_PER_SHARD: usize = 4096;

/// What stands for a token: its SHA-256, so that the memory of a running broker holds no list of tokens.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    fn shard(self) -> usize {
        usize::from(self.0[0]) % SHARDS
    }
}

/// Identities by token. Each lock guards one share of them; nearly all uses only read.
pub(super) struct VerifiedTokens {
    shards: [RwLock<HashMap<Fingerprint, Arc<Identity>>>; SHARDS],
    per_shard: usize,
}

impl VerifiedTokens {
    pub(super) fn new() -> Self {
        Self::with_capacity(TOKENS_PER_SHARD)
    }

    fn with_capacity(per_shard: usize) -> Self {
        Self { shards: Default::default(), per_shard }
    }

    pub(super) fn get(&self, token: Fingerprint) -> Option<Arc<Identity>> {
        self.shards[token.shard()].read().get(&token).cloned()
    }

    /// Remembers `identity`. A full shard first gives up what has expired and, when that is not enough,
    /// other tokens until it is half empty: those pay for one more check of their signature, and room is
    /// made rarely instead of at every insertion.
    pub(super) fn insert(&self, token: Fingerprint, identity: Arc<Identity>, now: Millis) {
        let mut shard = self.shards[token.shard()].write();
        if shard.len() >= self.per_shard {
            let mut room_for = self.per_shard / 2;
            shard.retain(|_, known| {
                let kept = room_for > 0 && !known.is_expired(now);
                room_for -= usize::from(kept);
                kept
            });
        }
        shard.insert(token, identity);
    }

    pub(super) fn remove(&self, token: Fingerprint) {
        self.shards[token.shard()].write().remove(&token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::identity;

    fn known(tokens: &VerifiedTokens) -> usize {
        tokens.shards.iter().map(|shard| shard.read().len()).sum()
    }

    /// Tokens that all come under one lock.
    fn in_one_shard(count: usize) -> impl Iterator<Item = Fingerprint> {
        (0..).map(|n: u32| Fingerprint::of(&n.to_string())).filter(|token| token.shard() == 0).take(count)
    }

    #[test]
    fn a_token_is_known_until_it_is_removed() {
        let tokens = VerifiedTokens::new();
        let token = Fingerprint::of("a");
        tokens.insert(token, identity(Millis(10)), Millis(0));
        assert!(tokens.get(token).is_some());
        assert!(tokens.get(Fingerprint::of("b")).is_none());
        tokens.remove(token);
        assert!(tokens.get(token).is_none());
    }

    #[test]
    fn any_number_of_tokens_takes_bounded_memory_and_the_newest_is_known() {
        let tokens = VerifiedTokens::with_capacity(8);
        for token in in_one_shard(100) {
            tokens.insert(token, identity(Millis(10)), Millis(0));
            assert!(tokens.get(token).is_some());
            assert!(known(&tokens) <= 8);
        }
    }

    #[test]
    fn expired_tokens_make_room_before_living_ones_do() {
        let tokens = VerifiedTokens::with_capacity(8);
        let all: Vec<_> = in_one_shard(9).collect();
        for (place, token) in all.iter().take(8).enumerate() {
            let expires = if place < 5 { Millis(10) } else { Millis(1_000) };
            tokens.insert(*token, identity(expires), Millis(0));
        }
        tokens.insert(all[8], identity(Millis(1_000)), Millis(10));
        assert_eq!(known(&tokens), 4);
        assert!(all[5..].iter().all(|token| tokens.get(*token).is_some()));
    }
}
