//! Looking up names, a bounded number at a time: a look-up blocks a thread of those that the whole process shares,
//! for as long as the server of a name likes. So no tenant takes more places than it leaves to all others, and its
//! calls that need the same name wait for one look-up. It must not know who may be called.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::domain::ids::TenantId;

/// What a name stands for, together with a port.
type Resolver = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// What came of a look-up, for all who waited for it.
pub(super) type Found = Result<Arc<[SocketAddr]>, Arc<io::Error>>;

/// Whose look-up it is; none for a connection that is made for no call in particular.
pub(super) type Asker = Option<TenantId>;

/// Looks up names.
#[derive(Clone)]
pub(super) struct LookUps {
    /// A plain lock: it is held for a few steps, and across no await.
    state: Arc<Mutex<State>>,
    resolver: Resolver,
}

/// What is looked up for whom. Others that ask for the same name look it up on their own: they do not wait until the
/// first one has a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Wanted {
    asker: Asker,
    host: String,
    port: u16,
}

struct State {
    /// Places that nobody has.
    free: usize,
    /// How many places each has that has any.
    taken: HashMap<Asker, usize>,
    /// Who is told, of all that is looked up or waits for a place.
    asked: HashMap<Wanted, watch::Sender<Option<Found>>>,
    /// What waits for a place, in the order in which it was asked for.
    waiting: VecDeque<Wanted>,
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
        let (taken, asked, waiting) = (HashMap::new(), HashMap::new(), VecDeque::new());
        let state = State { free: at_once.get(), taken, asked, waiting };
        Self { state: Arc::new(Mutex::new(state)), resolver: Arc::new(resolver) }
    }

    /// The addresses that a host stands for, with a port. One that is written as an address is not looked up.
    pub(super) async fn addresses(&self, asker: Asker, host: &str, port: u16) -> Found {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok([(address, port).into()].into());
        }
        let mut answer = self.state.lock().ask(Wanted { asker, host: host.to_owned(), port });
        self.begin();
        let found =
            answer.wait_for(Option::is_some).await.map_err(|lost| Arc::new(io::Error::other(lost)))?;
        found.clone().expect("it was waited for until it was there")
    }

    /// Begins whatever may have a place now.
    fn begin(&self) {
        let next = || self.state.lock().next();
        while let Some(wanted) = next() {
            tokio::spawn(self.clone().look_up(wanted));
        }
    }

    /// Looks up on a thread. The place is kept until that is over, even when nobody waits for it any more: the thread
    /// is taken for as long.
    async fn look_up(self, wanted: Wanted) {
        let (resolver, host, port) = (self.resolver.clone(), wanted.host.clone(), wanted.port);
        let found = spawn_blocking(move || resolver(&host, port)).await;
        let found = found.unwrap_or_else(|error| Err(io::Error::other(error)));
        self.state.lock().end(&wanted, found.map(Arc::from).map_err(Arc::new));
        self.begin();
    }
}

impl State {
    /// The answer to come, of a look-up that is asked for already or waits for its place from now on.
    fn ask(&mut self, wanted: Wanted) -> watch::Receiver<Option<Found>> {
        if let Some(answer) = self.asked.get(&wanted) {
            return answer.subscribe();
        }
        let (tell, answer) = watch::channel(None);
        self.asked.insert(wanted.clone(), tell);
        self.waiting.push_back(wanted);
        answer
    }

    /// Gives a place to the first that waits and may have one. What nobody waits for any more is passed over.
    fn next(&mut self) -> Option<Wanted> {
        let Self { free, taken, asked, waiting } = self;
        waiting.retain(|wanted| {
            let is_wanted = asked.get(wanted).is_some_and(|tell| tell.receiver_count() > 0);
            if !is_wanted {
                asked.remove(wanted);
            }
            is_wanted
        });
        let has = |wanted: &Wanted| taken.get(&wanted.asker).copied().unwrap_or(0);
        let first = waiting.iter().position(|wanted| has(wanted) < *free)?;
        let wanted = waiting.remove(first)?;
        *free -= 1;
        *taken.entry(wanted.asker).or_default() += 1;
        Some(wanted)
    }

    /// Takes a place back, and tells all who waited.
    fn end(&mut self, wanted: &Wanted, found: Found) {
        self.free += 1;
        if let Some(taken) = self.taken.get_mut(&wanted.asker) {
            *taken -= 1;
            if *taken == 0 {
                self.taken.remove(&wanted.asker);
            }
        }
        if let Some(tell) = self.asked.remove(wanted) {
            tell.send_replace(Some(found));
        }
    }
}

#[cfg(test)]
mod tests;
