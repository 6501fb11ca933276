//! How each face tells what is wrong, for tests that ask every face the same.

use super::Answer;

/// How a face tells what is wrong.
#[derive(Clone, Copy)]
pub enum Style {
    Platform,
    Streaming,
    Messaging,
    /// With this word.
    OAuth(&'static str),
}

impl Style {
    /// The answer is a refusal with that status, told as the face tells it.
    #[track_caller]
    pub fn refused(self, answer: &Answer, status: u16) {
        match self {
            Self::Platform => drop(answer.platform_errors(status)),
            Self::Streaming => drop(answer.streaming_refused(status)),
            Self::Messaging => drop(answer.field_faults(status)),
            Self::OAuth(error) => answer.oauth_refused(status, error),
        }
    }
}
