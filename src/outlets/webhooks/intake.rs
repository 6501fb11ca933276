//! The way from those who publish to the schedule: bounded, and nobody waits on it. What does not find room on it
//! stays in the store, and the schedule is told from where on to read it. It must not know what is sent when.

use std::collections::{HashMap, HashSet};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::domain::delivery::{Delivery, DeliveryNo, Endpoint};
use crate::domain::ids::TenantId;
use crate::pipeline::{Outgoing, TakeOutgoing};

/// Takes what is to be sent until the sender fetches it.
pub struct Intake {
    room: usize,
    /// A plain lock: it is held for some insertions, never across an await.
    basket: Mutex<Basket>,
    filled: Notify,
}

/// What has come since the sender looked last.
#[derive(Default)]
pub(super) struct Basket {
    /// What found room, in its order.
    pub(super) outgoing: Vec<Outgoing>,
    /// What is only in the store.
    pub(super) left: HashMap<Endpoint, Left>,
    /// Endpoints that go on when they were stopped.
    pub(super) resumed: HashSet<Endpoint>,
}

/// What an endpoint has in the store: something after `from`, up to `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) tenant: TenantId,
    pub(super) from: DeliveryNo,
    pub(super) until: DeliveryNo,
}

impl Intake {
    /// An empty one, with room for so many deliveries.
    pub fn new(room: usize) -> Self {
        Self { room, basket: Mutex::default(), filled: Notify::new() }
    }

    /// Something that was given up, or was sent, waits again. The endpoint goes on if it was stopped.
    pub(super) fn replayed(&self, tenant: TenantId, endpoint: Endpoint, numbers: (DeliveryNo, DeliveryNo)) {
        let (first, last) = numbers;
        let mut basket = self.basket.lock();
        basket.resumed.insert(endpoint.clone());
        basket.leave(tenant, endpoint, first, last);
        drop(basket);
        self.filled.notify_one();
    }

    /// Waits until something has come.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Takes what has come.
    pub(super) fn fetch(&self) -> Basket {
        std::mem::take(&mut self.basket.lock())
    }
}

impl Basket {
    fn leave(&mut self, tenant: TenantId, endpoint: Endpoint, first: DeliveryNo, last: DeliveryNo) {
        let from = DeliveryNo(first.0.saturating_sub(1));
        let left = self.left.entry(endpoint).or_insert(Left { tenant, from, until: last });
        left.from = left.from.min(from);
        left.until = left.until.max(last);
    }

    fn take(&mut self, outgoing: Outgoing, room: usize) {
        let has_room = self.outgoing.len() < room;
        match outgoing {
            Outgoing::Kept(record) => {
                let Delivery { tenant, endpoint, .. } = &record.delivery;
                // What comes after something that was left is left too: it has to wait behind it.
                if has_room && !self.left.contains_key(endpoint) {
                    self.outgoing.push(Outgoing::Kept(record));
                } else {
                    self.leave(*tenant, endpoint.clone(), record.number, record.number);
                }
            }
            // Nor does what nobody keeps overtake it.
            Outgoing::Passing(delivery) => {
                if has_room && !self.left.contains_key(&delivery.endpoint) {
                    self.outgoing.push(Outgoing::Passing(delivery));
                }
            }
        }
    }
}

impl TakeOutgoing for Intake {
    fn take(&self, outgoing: Vec<Outgoing>) {
        let mut basket = self.basket.lock();
        outgoing.into_iter().for_each(|one| basket.take(one, self.room));
        drop(basket);
        self.filled.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::super::doubles::{delivery, record};
    use super::*;
    use crate::domain::ids::{ConversationId, IntegrationId};

    fn endpoint() -> Endpoint {
        Endpoint::Integration(IntegrationId::new())
    }

    #[test]
    fn what_finds_no_room_is_left_in_the_store_and_so_is_what_comes_after_it() {
        let intake = Intake::new(2);
        let (tenant, one, two) = (TenantId::new(), endpoint(), endpoint());
        let conversation = ConversationId::new();
        let kept = |endpoint: &Endpoint, number| {
            Outgoing::Kept(record(number, delivery(tenant, endpoint, conversation)))
        };
        intake.take(vec![kept(&one, 1), kept(&two, 2), kept(&one, 3), kept(&one, 4)]);
        intake.take(vec![Outgoing::Passing(delivery(tenant, &two, conversation))]);
        let basket = intake.fetch();
        assert_eq!(basket.outgoing, [kept(&one, 1), kept(&two, 2)].map(same_ids(&basket.outgoing)));
        let left = Left { tenant, from: DeliveryNo(2), until: DeliveryNo(4) };
        assert_eq!(basket.left, HashMap::from([(one.clone(), left)]));
        intake.take(vec![kept(&one, 5)]);
        let basket = intake.fetch();
        assert_eq!((basket.outgoing.len(), basket.left.len()), (1, 0), "there is room again");
    }

    /// Deliveries have ids of their own; only their numbers are compared.
    fn same_ids(taken: &[Outgoing]) -> impl Fn(Outgoing) -> Outgoing {
        move |expected| {
            let Outgoing::Kept(expected) = expected else { return expected };
            let is_it =
                |one: &&Outgoing| matches!(one, Outgoing::Kept(record) if record.number == expected.number);
            taken.iter().find(is_it).cloned().unwrap_or(Outgoing::Kept(expected))
        }
    }

    #[tokio::test]
    async fn what_waits_again_is_read_from_its_place_on_and_its_endpoint_goes_on() {
        let intake = Intake::new(1);
        let (tenant, one) = (TenantId::new(), endpoint());
        intake.replayed(tenant, one.clone(), (DeliveryNo(7), DeliveryNo(9)));
        intake.replayed(tenant, one.clone(), (DeliveryNo(3), DeliveryNo(3)));
        intake.filled().await;
        let basket = intake.fetch();
        let left = Left { tenant, from: DeliveryNo(2), until: DeliveryNo(9) };
        assert_eq!(basket.left, HashMap::from([(one.clone(), left)]));
        assert!(basket.resumed.contains(&one));
    }
}
