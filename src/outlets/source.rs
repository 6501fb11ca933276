//! Where a connection's events come from, beside what others write on its line, and how the end of either ends it.
//! It must not know what the events are.

use super::close::Close;
use super::connection::End;
use super::feed::{Feed, FeedEnd};
use super::line::LineEnd;

/// What a connection sends by itself.
pub trait Source: Send {
    /// Lets events follow what was said so far.
    fn begin(&mut self);

    /// Whether there may be something that the connection has to send; when there is not, there will be none.
    fn is_behind(&self) -> bool;

    /// Sends the next of it, when it is there. Cancel safe.
    ///
    /// # Errors
    /// How the connection ends when there can be no more.
    fn catch_up(&mut self) -> impl Future<Output = Result<(), End>> + Send;
}

impl Source for Feed {
    fn begin(&mut self) {
        Self::begin(self);
    }

    fn is_behind(&self) -> bool {
        Self::is_behind(self)
    }

    async fn catch_up(&mut self) -> Result<(), End> {
        Ok(Self::catch_up(self).await?)
    }
}

impl From<LineEnd> for End {
    fn from(end: LineEnd) -> Self {
        match end {
            LineEnd::Overrun => Self::Tell(Close::FellBehind),
            LineEnd::Gone | LineEnd::Finished => Self::Gone,
        }
    }
}

impl From<FeedEnd> for End {
    fn from(end: FeedEnd) -> Self {
        match end {
            FeedEnd::Line(end) => end.into(),
            FeedEnd::Removed => Self::Tell(Close::FellBehind),
            FeedEnd::Engine(error) => {
                tracing::error!(%error, "replay failed");
                Self::Tell(Close::Failed)
            }
        }
    }
}
