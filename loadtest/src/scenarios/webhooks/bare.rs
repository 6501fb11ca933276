//! What deliveries are held against: a loop that posts the same bodies to the same receiver, with a stock HTTP client
//! on one thread, and does nothing else.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use super::receiver::Receiver;
use crate::error::LoadError;
use crate::measure::cpu;

/// Posts that are under way at the same time.
const AT_ONCE: usize = 64;

/// Posts so many; how many for each second of the thread's processor time. None when no body has come.
pub(super) async fn post_in_a_loop(receiver: &Receiver, many: u32) -> Result<Option<f64>, LoadError> {
    let (url, bodies) = (Arc::<str>::from(receiver.url()), receiver.samples());
    if bodies.is_empty() {
        return Ok(None);
    }
    let looped = spawn_blocking(move || {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(LoadError::System)?;
        runtime.block_on(post_all(&url, &bodies, many))
    });
    looped.await.map_err(|error| LoadError::Publisher(error.to_string()))?.map(Some)
}

async fn post_all(url: &str, bodies: &[Vec<u8>], many: u32) -> Result<f64, LoadError> {
    let client = Client::new();
    let begun = cpu::of_this_thread();
    let post = async |number: u32| {
        let body = bodies[number as usize % bodies.len()].clone();
        let failed = |source| LoadError::Call { doing: "post in a loop", source };
        let answer = client.post(url).header(CONTENT_TYPE, "application/json").body(body).send().await;
        answer.map_err(failed)?.bytes().await.map_err(failed)?;
        Ok::<_, LoadError>(())
    };
    stream::iter(0..many).map(post).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    Ok(f64::from(many) / (cpu::of_this_thread() - begun).max(f64::EPSILON))
}
