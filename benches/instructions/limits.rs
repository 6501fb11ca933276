//! The limits: how many instructions each case may take, in a file that is kept with the code.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::fmt;
use std::fs;
use std::io;

/// The file, where the benches are.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions/limits.toml");

const HEADER: &str = "\
# Instructions that one time of each case may take, by processor architecture; more than 5 % beyond is a failure.
# Written by `cargo bench -p switchboard --bench instructions -- --update`: see benches/README.md.

";

/// How far beyond a limit is still within it, in percent: more than compilers' patch releases and the order of keys
/// in hash tables make, less than a change that matters.
const TOLERANCE: u64 = 5;

/// Why limits were not read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The file cannot be reached.
    #[error("{PATH}: {0}")]
    File(#[from] io::Error),
    /// The file does not say limits.
    #[error("{PATH}: {0}")]
    NotLimits(#[from] toml::de::Error),
    /// The limits do not become a file.
    #[error("{PATH}: {0}")]
    NotWritten(#[from] toml::ser::Error),
}

/// Limits by architecture and case.
pub(crate) struct Limits(BTreeMap<String, BTreeMap<String, u64>>);

/// What a count comes to, beside its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is no limit for this case on this architecture.
    Unlimited,
    /// About the limit.
    Within(u64),
    /// So far beyond it that it is a failure.
    Over(u64),
    /// As far below it: the limit should follow.
    Below(u64),
}

impl Limits {
    /// What the file says.
    pub(crate) fn read() -> Result<Self, Failure> {
        Ok(Self(toml::from_str(&fs::read_to_string(PATH)?)?))
    }

    /// What so many instructions are for a case.
    pub(crate) fn judge(&self, case: &str, counted: u64) -> Verdict {
        let Some(&limit) = self.0.get(ARCH).and_then(|limits| limits.get(case)) else {
            return Verdict::Unlimited;
        };
        let tolerated = limit * TOLERANCE / 100;
        if counted > limit + tolerated {
            Verdict::Over(limit)
        } else if counted < limit - tolerated {
            Verdict::Below(limit)
        } else {
            Verdict::Within(limit)
        }
    }

    /// Makes a count the limit of a case.
    pub(crate) fn set(&mut self, case: &str, counted: u64) {
        self.0.entry(ARCH.to_owned()).or_default().insert(case.to_owned(), counted);
    }

    /// Keeps the limits as they are now.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        Ok(fs::write(PATH, format!("{HEADER}{}", toml::to_string(&self.0)?))?)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("no limit"),
            Self::Within(limit) => write!(f, "limit {limit}"),
            Self::Over(limit) => write!(f, "limit {limit}: OVER"),
            Self::Below(limit) => write!(f, "limit {limit}: below, the limit can follow"),
        }
    }
}
