//! Looking up names, a bounded number at a time: a look-up blocks a thread of those that the whole process shares,
//! for as long as the server of a name likes. It must not know who may be called.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// What a name stands for, together with a port.
type Resolver = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// Looks up names.
#[derive(Clone)]
pub(super) struct LookUps {
    room: Arc<Semaphore>,
    resolver: Resolver,
}

impl LookUps {
    /// At most so many are under way at the same time; others wait for them. The system is asked.
    pub(super) fn up_to(at_once: NonZeroUsize) -> Self {
        Self::answered_by(at_once, |host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }

    /// The same with another to ask.
    pub(super) fn answered_by(
        at_once: NonZeroUsize,
        resolver: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self { room: Arc::new(Semaphore::new(at_once.get())), resolver: Arc::new(resolver) }
    }

    /// The addresses that a host stands for, with a port. One that is written as an address is not looked up.
    pub(super) async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![(address, port).into()]);
        }
        let (host, resolver) = (host.to_owned(), self.resolver.clone());
        self.run(move || resolver(&host, port)).await
    }

    /// Runs a look-up on a thread. It keeps its place until it is over, even when nobody waits for it any more: the
    /// thread is taken for as long.
    async fn run<T: Send + 'static>(
        &self,
        look_up: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let place = self.room.clone().acquire_owned().await.map_err(io::Error::other)?;
        let looking_up = spawn_blocking(move || {
            let found = look_up();
            drop(place);
            found
        });
        looking_up.await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_look_up_more_than_may_be_waits_even_for_those_that_nobody_waits_for() {
        let look_ups = LookUps::up_to(NonZeroUsize::new(2).unwrap());
        let (begun, begins) = mpsc::channel();
        let mut answers = Vec::new();
        for _ in 0..2 {
            let (answer, answered) = mpsc::channel::<()>();
            let begun = begun.clone();
            let look_up = look_ups.run(move || {
                begun.send(()).unwrap();
                answered.recv().map_err(io::Error::other)
            });
            assert!(look_up.now_or_never().is_none(), "it is under way, and is not waited for");
            begins.recv().unwrap();
            answers.push(answer);
        }
        let mut third = Box::pin(look_ups.run(|| Ok(())));
        assert!((&mut third).now_or_never().is_none());
        answers.pop().unwrap().send(()).unwrap();
        third.await.unwrap();
    }

    #[tokio::test]
    async fn a_host_that_is_an_address_takes_no_place() {
        let look_ups = LookUps::up_to(NonZeroUsize::MIN);
        let _place = look_ups.room.clone().acquire_owned().await.unwrap();
        let found = look_ups.addresses("::1", 443).now_or_never().unwrap().unwrap();
        assert_eq!(found, ["[::1]:443".parse().unwrap()]);
    }
}
