//! The process's file descriptors: every connection takes one, so they bound how many there can be.
//! It does not know what the descriptors are used for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are kept from connections: files, outgoing connections, and refusals.
const RESERVE: u64 = 500;

/// Raises the soft limit of descriptors to the hard one and answers how many there are; `u64::MAX` for no limit.
pub fn raise() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let usable = match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "cannot raise the limit of file descriptors");
            current
        }
    };
    usable.unwrap_or(u64::MAX)
}

/// How many connections fit into `descriptors`: all but a reserve, which is never more than half of them.
pub fn connections_within(descriptors: u64) -> usize {
    usize::try_from(descriptors - RESERVE.min(descriptors / 2)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        let raised = raise();
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        assert_eq!(current, maximum);
        assert_eq!(raised, maximum.unwrap_or(u64::MAX));
    }

    #[test]
    fn connections_leave_a_reserve_but_at_least_half() {
        assert_eq!(connections_within(20_000), 19_500);
        assert_eq!(connections_within(256), 128);
        assert_eq!(connections_within(0), 0);
        assert_eq!(connections_within(u64::MAX), usize::MAX - 500);
    }
}
