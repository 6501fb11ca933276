//! Work with a store that is carried out although whoever asked for it goes away. Knows no work.

use tracing::Instrument;

use super::StoreError;

/// Does something in a task of its own. A request is dropped when its client hangs up, but what was begun is carried
/// out: a commit that was made has to be shown by whoever keeps a copy. A panic there is one of the caller.
///
/// # Errors
/// Those of the work; [`StoreError::Closed`] when the process ends before it does.
pub async fn carried_out<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    match tokio::spawn(work.in_current_span()).await {
        Ok(outcome) => outcome,
        Err(end) => match end.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only the end of the process cancels it.
            Err(_) => Err(StoreError::Closed.into()),
        },
    }
}
