//! How each face tells what is wrong, for tests that ask every face the same.

use super::Answer;

/// How a face tells what is wrong.
#[derive(Clone, Copy)]
pub enum Style {
    Platform,
    Streaming,
    Handoff,
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
            Self::Handoff => {
                answer.has_status(status);
                let body = answer.json();
                assert!(body["error_message"].as_str().is_some_and(|text| !text.is_empty()), "{answer}");
            }
            Self::Messaging => drop(answer.field_faults(status)),
            Self::OAuth(error) => answer.oauth_refused(status, error),
        }
    }
}
