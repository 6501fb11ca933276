//! The rules of the registry one by one, and its races under threads.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::*;
use crate::broker::testing::{event, numbers};
use crate::broker::{Delivery, Held};
use crate::domain::ids::{TenantId, UserId};

/// Records what it hears, refuses once it has heard `capacity` events, and notices what comes after the end.
struct Recorder {
    heard: Mutex<Vec<u32>>,
    capacity: usize,
    detached: AtomicBool,
    heard_late: AtomicBool,
}

impl Recorder {
    fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            heard: Mutex::default(),
            capacity,
            detached: AtomicBool::new(false),
            heard_late: AtomicBool::new(false),
        })
    }

    fn endless() -> Arc<Self> {
        Self::new(usize::MAX)
    }

    fn heard(&self) -> Vec<u32> {
        self.heard.lock().clone()
    }
}

impl Subscriber for Recorder {
    fn deliver(&self, batch: &Batch) -> Delivery {
        let batch = batch.publications();
        self.heard_late.fetch_or(self.detached.load(Ordering::SeqCst), Ordering::SeqCst);
        let mut heard = self.heard.lock();
        if heard.len() + batch.len() > self.capacity {
            return Delivery::Refused;
        }
        heard.extend(numbers(batch));
        Delivery::Taken
    }
}

fn topics() -> Topics {
    Topics::new(Arc::default())
}

fn organization() -> Topic {
    Topic::Organization(TenantId::new())
}

#[test]
fn everyone_who_follows_a_topic_hears_it_and_nobody_else() {
    let (topics, one, other) = (topics(), organization(), organization());
    let recorders = [Recorder::endless(), Recorder::endless(), Recorder::endless()];
    let _first = topics.attach(std::slice::from_ref(&one), recorders[0].clone());
    let _second = topics.attach(&[one.clone(), other.clone()], recorders[1].clone());
    let _third = topics.attach(std::slice::from_ref(&other), recorders[2].clone());
    topics.publish(&one, &[event(1), event(2)]);
    topics.publish(&other, &[event(3)]);
    assert_eq!(recorders.map(|recorder| recorder.heard()), [vec![1, 2], vec![1, 2, 3], vec![3]]);
    assert_eq!(topics.0.stats.published.get(), 3);
    assert_eq!(topics.0.stats.delivered.get(), 6);
}

#[test]
fn users_of_one_name_in_two_organizations_are_two_topics() {
    let topics = topics();
    let user = |tenant| Topic::User(tenant, UserId::from("ann"));
    let (mine, theirs) = (user(TenantId::new()), user(TenantId::new()));
    let recorder = Recorder::endless();
    let _attachment = topics.attach(&[mine], recorder.clone());
    topics.publish(&theirs, &[event(1)]);
    assert!(recorder.heard().is_empty());
}

#[test]
fn dropping_the_attachment_detaches_and_clears_the_topic() {
    let (topics, topic) = (topics(), organization());
    let recorder = Recorder::endless();
    let attachment = topics.attach(std::slice::from_ref(&topic), recorder.clone());
    assert_eq!((topics.subscriber_count(&topic), topics.topic_count()), (1, 1));
    drop(attachment);
    topics.publish(&topic, &[event(1)]);
    assert!(recorder.heard().is_empty());
    assert_eq!((topics.subscriber_count(&topic), topics.topic_count()), (0, 0));
    assert_eq!(Arc::strong_count(&recorder), 1);
}

#[test]
fn publishing_without_a_follower_leaves_no_topic_behind() {
    let topics = topics();
    topics.publish(&organization(), &[event(1)]);
    assert_eq!(topics.topic_count(), 0);
    assert_eq!(topics.0.stats.published.get(), 1);
}

#[test]
fn a_topic_named_twice_is_heard_once() {
    let (topics, topic) = (topics(), organization());
    let recorder = Recorder::endless();
    let _attachment = topics.attach(&[topic.clone(), topic.clone()], recorder.clone());
    topics.publish(&topic, &[event(1)]);
    assert_eq!(recorder.heard(), [1]);
}

#[test]
fn a_subscriber_that_refuses_is_let_go_and_counted() {
    let (topics, topic) = (topics(), organization());
    let (slow, fast) = (Recorder::new(1), Recorder::endless());
    let _slow = topics.attach(std::slice::from_ref(&topic), slow.clone());
    let _fast = topics.attach(std::slice::from_ref(&topic), fast.clone());
    for number in 1..=3 {
        topics.publish(&topic, &[event(number)]);
    }
    assert_eq!((slow.heard(), fast.heard()), (vec![1], vec![1, 2, 3]));
    assert_eq!(topics.subscriber_count(&topic), 1);
    assert_eq!(topics.0.stats.refused.get(), 1);
}

#[test]
fn a_topic_whose_last_follower_refused_is_cleared_and_can_be_followed_again() {
    let (topics, topic) = (topics(), organization());
    let _refused = topics.attach(std::slice::from_ref(&topic), Recorder::new(0));
    topics.publish(&topic, &[event(1)]);
    assert_eq!(topics.topic_count(), 0);
    let recorder = Recorder::endless();
    let _attachment = topics.attach(std::slice::from_ref(&topic), recorder.clone());
    topics.publish(&topic, &[event(2)]);
    assert_eq!(recorder.heard(), [2]);
}

#[test]
fn the_attachment_of_a_refused_subscriber_does_not_detach_its_successor() {
    let (topics, topic) = (topics(), organization());
    let _keeps_the_topic = topics.attach(std::slice::from_ref(&topic), Recorder::endless());
    let refused = topics.attach(std::slice::from_ref(&topic), Recorder::new(0));
    topics.publish(&topic, &[event(1)]);
    let successor = Recorder::endless();
    let _attachment = topics.attach(std::slice::from_ref(&topic), successor.clone());
    drop(refused);
    topics.publish(&topic, &[event(2)]);
    assert_eq!(successor.heard(), [2]);
}

#[test]
fn attaching_to_a_topic_that_is_just_being_cleared_opens_it_anew() {
    let (topics, topic) = (topics(), organization());
    let channel = Channel::new(topic.clone());
    let last: Arc<dyn Subscriber> = Recorder::endless();
    let place = channel.join(&last).unwrap();
    assert_eq!(channel.leave(place), State::Closed);
    topics.0.channels.insert(topic.clone(), channel.clone());
    let recorder = Recorder::endless();
    let _attachment = topics.attach(std::slice::from_ref(&topic), recorder.clone());
    // Whoever left last comes to clearing only now.
    topics.0.forget(&channel);
    topics.publish(&topic, &[event(1)]);
    assert_eq!(recorder.heard(), [1]);
}

#[test]
fn a_subscriber_that_owns_an_attachment_of_the_same_topic_can_be_refused() {
    struct Owner(Mutex<Option<Attachment>>);
    impl Subscriber for Owner {
        fn deliver(&self, _: &Batch) -> Delivery {
            Delivery::Refused
        }
    }
    let (topics, topic) = (topics(), organization());
    let owner = Arc::new(Owner(Mutex::default()));
    *owner.0.lock() = Some(topics.attach(std::slice::from_ref(&topic), owner.clone()));
    drop(owner);
    topics.publish(&topic, &[event(1)]);
    assert_eq!(topics.topic_count(), 0);
}

/// Large enough for several shards, the last of which is not full.
const CROWD: usize = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everyone_in_a_crowd_hears_everything_in_order() {
    const PUBLISHED: u32 = 300;
    let (topics, topic) = (topics(), organization());
    let recorders: Vec<_> = (0..CROWD).map(|_| Recorder::endless()).collect();
    let attach = |recorder: &Arc<Recorder>| topics.attach(std::slice::from_ref(&topic), recorder.clone());
    let _attachments: Vec<_> = recorders.iter().map(attach).collect();
    for number in 0..PUBLISHED {
        topics.publish(&topic, &[event(number)]);
        tokio::task::yield_now().await;
    }
    let (all, told) = tokio::sync::oneshot::channel::<()>();
    let last: Held = Arc::new(Mutex::new(all));
    topics.followed(&topic).unwrap().publish(&Batch::new(vec![event(PUBLISHED)], vec![last]));
    // The sender is dropped, unused, when everybody has the batch that holds it.
    assert!(told.await.is_err());
    for recorder in &recorders {
        assert_eq!(recorder.heard(), (0..=PUBLISHED).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_crowd_that_follows_several_topics_is_told_at_once() {
    let (topics, one, other) = (topics(), organization(), organization());
    let recorders: Vec<_> = (0..CROWD).map(|_| Recorder::endless()).collect();
    let both = [one.clone(), other.clone()];
    let _attachments: Vec<_> =
        recorders.iter().map(|recorder| topics.attach(&both, recorder.clone())).collect();
    for (number, topic) in [(1, &one), (2, &other), (3, &one)] {
        topics.followed(topic).unwrap().publish_at_once(&Batch::new(vec![event(number)], vec![]));
    }
    assert!(recorders.iter().all(|recorder| recorder.heard() == [1, 2, 3]));
}

#[tokio::test]
async fn members_of_a_crowd_leave_and_are_refused_shard_by_shard() {
    let (topics, topic) = (topics(), organization());
    let attach = |capacity| topics.attach(std::slice::from_ref(&topic), Recorder::new(capacity));
    let mut attachments: Vec<_> = (0..CROWD).map(|number| attach(number % 2)).collect();
    topics.followed(&topic).unwrap().publish_at_once(&Batch::new(vec![event(1)], vec![]));
    assert_eq!(topics.subscriber_count(&topic), CROWD / 2);
    attachments.truncate(10);
    assert_eq!(topics.subscriber_count(&topic), 5);
    attachments.clear();
    assert_eq!(topics.topic_count(), 0);
}

/// Numbers without a gap or a repetition.
fn is_seamless(heard: &[u32]) -> bool {
    heard.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

#[test]
fn followers_that_come_and_go_under_fire_hear_a_seamless_stretch() {
    const PUBLISHED: u32 = 3000;
    const VISITS: usize = 1500;
    let (topics, quiet, busy) = (topics(), organization(), organization());
    let faithful = Recorder::endless();
    let attachment = topics.attach(std::slice::from_ref(&busy), faithful.clone());
    std::thread::scope(|scope| {
        // On the quiet topic every visit opens and clears the channel; on the busy one somebody always stays.
        for topic in [&quiet, &busy] {
            scope.spawn(|| (0..PUBLISHED).for_each(|number| topics.publish(topic, &[event(number)])));
            for capacity in [usize::MAX, 5] {
                scope.spawn({
                    let topics = &topics;
                    move || (0..VISITS).for_each(|_| visit(topics, topic, capacity))
                });
            }
        }
    });
    assert_eq!(faithful.heard(), (0..PUBLISHED).collect::<Vec<_>>());
    assert_eq!((topics.subscriber_count(&busy), topics.topic_count()), (1, 1));
    drop(attachment);
    assert_eq!(topics.topic_count(), 0);
}

#[test]
fn whoever_is_attached_hears_the_next_publish_even_while_others_leave() {
    const ROUNDS: u32 = 2000;
    let (topics, topic) = (topics(), organization());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (topics, topic) = (&topics, &topic);
            scope.spawn(move || {
                for number in (0..ROUNDS).map(|round| thread * ROUNDS + round) {
                    let recorder = Recorder::endless();
                    let _attachment = topics.attach(std::slice::from_ref(topic), recorder.clone());
                    told(topics, topic, number);
                    let times = recorder.heard().into_iter().filter(|heard| *heard == number).count();
                    assert_eq!(times, 1, "event {number}");
                }
            });
        }
    });
    assert_eq!(topics.topic_count(), 0);
}

/// Publishes, and waits until everybody was told: of two that publish at once, one may do it for both.
fn told(topics: &Topics, topic: &Topic, number: u32) {
    let held: Held = Arc::new(());
    if let Some(followed) = topics.followed(topic) {
        followed.publish(&Batch::new(vec![event(number)], vec![held.clone()]));
    }
    while Arc::strong_count(&held) > 1 {
        std::thread::yield_now();
    }
}

/// Follows a topic for as long as it takes to hear something, or a little while.
fn visit(topics: &Topics, topic: &Topic, capacity: usize) {
    let recorder = Recorder::new(capacity);
    let attachment = topics.attach(std::slice::from_ref(topic), recorder.clone());
    for _ in 0..20 {
        if !recorder.heard.lock().is_empty() {
            break;
        }
        std::thread::yield_now();
    }
    drop(attachment);
    recorder.detached.store(true, Ordering::SeqCst);
    std::thread::yield_now();
    assert!(is_seamless(&recorder.heard()), "{:?}", recorder.heard());
    assert!(!recorder.heard_late.load(Ordering::SeqCst), "heard something after the drop returned");
    assert_eq!(Arc::strong_count(&recorder), 1, "still held after the drop");
}
