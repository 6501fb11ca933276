//! The registry against a model in which everything is a plain list.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::broker::Overrun;
use crate::broker::testing::{Inbox, event};
use crate::domain::ids::TenantId;

const TOPICS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Attach { topics: Vec<usize>, limit: usize },
    Detach(prop::sample::Index),
    Publish { topic: usize, count: usize },
    Read(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (vec(0..TOPICS, 0..4), 1..12usize).prop_map(|(topics, limit)| Step::Attach { topics, limit }),
        1 => any::<prop::sample::Index>().prop_map(Step::Detach),
        5 => (0..TOPICS, 0..4usize).prop_map(|(topic, count)| Step::Publish { topic, count }),
        3 => any::<prop::sample::Index>().prop_map(Step::Read),
    ]
}

/// A follower as it should be, beside the one that is.
struct Follower {
    attachment: Attachment,
    inbox: Arc<Inbox>,
    topics: Vec<usize>,
    limit: usize,
    waiting: Result<Vec<u32>, Overrun>,
}

impl Follower {
    fn hear(&mut self, topic: usize, batch: &[u32]) {
        if !self.topics.contains(&topic) {
            return;
        }
        match &mut self.waiting {
            Ok(waiting) if waiting.len() + batch.len() <= self.limit => waiting.extend(batch),
            _ => {
                self.waiting = Err(Overrun);
                self.topics.retain(|followed| *followed != topic);
            }
        }
    }

    /// What a read gives, and what it should give.
    fn read_both(&mut self) -> [Result<Vec<u32>, Overrun>; 2] {
        let expected = self.waiting.as_mut().map(std::mem::take).map_err(|overrun| *overrun);
        [self.inbox.take(), expected]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn followers_hear_exactly_what_the_model_hears(steps in vec(step(), 1..80)) {
        let topics = Topics::new(Arc::default());
        let names: Vec<_> = (0..TOPICS).map(|_| Topic::Organization(TenantId::new())).collect();
        let mut followers: Vec<Follower> = Vec::new();
        let mut published = 0;
        for step in steps {
            match step {
                Step::Attach { topics: followed, limit } => {
                    let inbox = Inbox::new(limit);
                    let named: Vec<_> = followed.iter().map(|topic| names[*topic].clone()).collect();
                    let attachment = topics.attach(&named, inbox.clone());
                    followers.push(Follower { attachment, inbox, topics: followed, limit, waiting: Ok(vec![]) });
                }
                Step::Detach(index) if !followers.is_empty() => {
                    let Follower { attachment, .. } = followers.swap_remove(index.index(followers.len()));
                    drop(attachment);
                }
                Step::Publish { topic, count } => {
                    let batch: Vec<u32> = (published..).take(count).collect();
                    published += u32::try_from(count).unwrap();
                    topics.publish(&names[topic], &batch.iter().copied().map(event).collect::<Vec<_>>());
                    if !batch.is_empty() {
                        followers.iter_mut().for_each(|follower| follower.hear(topic, &batch));
                    }
                }
                Step::Read(index) if !followers.is_empty() => {
                    let index = index.index(followers.len());
                    let [read, expected] = followers[index].read_both();
                    prop_assert_eq!(read, expected);
                }
                Step::Detach(_) | Step::Read(_) => {}
            }
            for (topic, name) in names.iter().enumerate() {
                let expected = followers.iter().filter(|follower| follower.topics.contains(&topic)).count();
                prop_assert_eq!(topics.subscriber_count(name), expected);
                prop_assert_eq!(topics.0.channels.contains_key(name), expected > 0);
            }
        }
    }
}
