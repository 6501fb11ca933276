//! Look-ups of which a test decides when each is over.

use std::collections::HashMap;
use std::sync::mpsc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;

/// Look-ups, and those that have begun.
struct Names {
    look_ups: LookUps,
    begun: UnboundedReceiver<(String, mpsc::Sender<()>)>,
}

impl Names {
    fn up_to(at_once: usize) -> Self {
        let (begin, begun) = unbounded_channel();
        let look_ups = LookUps::answered_by(NonZeroUsize::new(at_once).unwrap(), move |host, port| {
            let (over, is_over) = mpsc::channel();
            begin.send((host.to_owned(), over)).map_err(io::Error::other)?;
            is_over.recv().map_err(io::Error::other)?;
            Ok(vec![([1, 1, 1, 1], port).into()])
        });
        Self { look_ups, begun }
    }

    /// Asks, and waits for the answer as long as the future is kept.
    fn ask(&self, asker: Asker, host: &'static str) -> BoxFuture<'static, Found> {
        let look_ups = self.look_ups.clone();
        let mut asked = async move { look_ups.addresses(asker, host, 443).await }.boxed();
        assert!((&mut asked).now_or_never().is_none());
        asked
    }

    /// The next so many look-ups that have begun, each with what ends it.
    async fn begun(&mut self, count: usize) -> HashMap<String, mpsc::Sender<()>> {
        let mut begun = HashMap::new();
        for _ in 0..count {
            begun.extend(self.begun.recv().await);
        }
        begun
    }

    /// The names that wait for a place.
    fn waiting(&self) -> Vec<String> {
        self.look_ups.state.lock().waiting.iter().map(|wanted| wanted.host.clone()).collect()
    }
}

fn tenant() -> Asker {
    Some(TenantId::new())
}

#[tokio::test]
async fn one_look_up_more_than_may_be_waits_even_for_those_that_nobody_waits_for() {
    let mut names = Names::up_to(2);
    for host in ["a.example", "b.example"] {
        drop(names.ask(tenant(), host));
    }
    let third = names.ask(tenant(), "c.example");
    assert_eq!(names.waiting(), ["c.example"]);
    let under_way = names.begun(2).await;
    under_way["a.example"].send(()).unwrap();
    names.begun(1).await["c.example"].send(()).unwrap();
    assert_eq!(*third.await.unwrap(), ["1.1.1.1:443".parse().unwrap()]);
}

#[tokio::test]
async fn a_tenant_takes_no_more_places_than_it_leaves_to_all_others() {
    let mut names = Names::up_to(4);
    let (slow, other) = (tenant(), tenant());
    let _slow = ["a.example", "b.example", "c.example"].map(|host| names.ask(slow, host));
    assert_eq!(names.waiting(), ["c.example"]);
    let _other = ["d.example", "e.example"].map(|host| names.ask(other, host));
    let _third = names.ask(tenant(), "f.example");
    assert_eq!(names.waiting(), ["c.example", "e.example"]);
    let under_way = names.begun(4).await;
    under_way["d.example"].send(()).unwrap();
    assert!(names.begun(1).await.contains_key("e.example"));
    // Whichever of them is over first leaves too few places for a second one of the same tenant.
    for over in ["a.example", "f.example"] {
        under_way[over].send(()).unwrap();
    }
    assert!(names.begun(1).await.contains_key("c.example"));
}

#[tokio::test]
async fn calls_of_a_tenant_to_one_name_share_a_look_up_and_wait_for_none_of_another_tenant() {
    let mut names = Names::up_to(4);
    let (one, other) = (tenant(), tenant());
    let shared = [one, one, one].map(|asker| names.ask(asker, "a.example"));
    names.begun(1).await["a.example"].send(()).unwrap();
    for found in shared {
        assert!(found.await.is_ok());
    }
    let _own = [one, other].map(|asker| names.ask(asker, "a.example"));
    for _ in 0..2 {
        names.begun(1).await;
    }
    assert!(names.begun.try_recv().is_err());
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_begun() {
    let mut names = Names::up_to(1);
    let _first = names.ask(tenant(), "a.example");
    drop(names.ask(tenant(), "b.example"));
    let _third = names.ask(tenant(), "c.example");
    names.begun(1).await["a.example"].send(()).unwrap();
    assert!(names.begun(1).await.contains_key("c.example"));
}

#[tokio::test]
async fn a_look_up_that_fails_gives_its_place_back() {
    let look_ups = LookUps::answered_by(NonZeroUsize::MIN, |host, _| match host {
        "broken.example" => panic!("in a look-up"),
        _ => Err(io::Error::other("there is no such name")),
    });
    for host in ["broken.example", "missing.example", "broken.example"] {
        assert!(look_ups.addresses(tenant(), host, 443).await.is_err());
    }
    assert_eq!(look_ups.state.lock().free, 1);
}

#[tokio::test]
async fn a_host_that_is_an_address_takes_no_place() {
    let names = Names::up_to(1);
    let _first = names.ask(tenant(), "a.example");
    let found = names.look_ups.addresses(tenant(), "::1", 443).now_or_never().unwrap().unwrap();
    assert_eq!(*found, ["[::1]:443".parse().unwrap()]);
}
