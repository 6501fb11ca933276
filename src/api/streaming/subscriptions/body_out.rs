//! Subscriptions as they are told (streaming reference, SubscriptionResponse and SubscriptionCollection): what was
//! asked for, in lists whatever its form was. It must not know how they are asked for.

use serde::Serialize;

use crate::domain::subscription::{Events, Filter, Ids, Resources, Subscription};
use crate::pipeline::utc;

/// One subscription.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscriptionOut {
    kind: &'static str,
    subscription_id: String,
    description: String,
    filter_criteria: FilterOut,
    creation_time: String,
    last_modified_time: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FilterOut {
    catalog_type: &'static str,
    catalog_type_events: Vec<&'static str>,
    resources: ResourcesOut,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourcesOut {
    resource_type: &'static str,
    resource_ids: Vec<String>,
}

/// All subscriptions of a session.
#[derive(Debug, Serialize)]
pub(super) struct CollectionOut {
    kind: &'static str,
    subscriptions: Vec<SubscriptionOut>,
}

impl SubscriptionOut {
    pub(super) fn of(subscription: &Subscription) -> Self {
        Self {
            kind: "via#subscription",
            subscription_id: subscription.id.to_string(),
            description: subscription.description.clone(),
            filter_criteria: FilterOut::of(&subscription.filter),
            creation_time: utc(subscription.created),
            last_modified_time: utc(subscription.modified),
        }
    }
}

impl FilterOut {
    fn of(filter: &Filter) -> Self {
        Self {
            catalog_type: filter.group().as_str(),
            catalog_type_events: match filter.events() {
                Events::All => vec!["all"],
                Events::Named(events) => events.iter().map(|event| event.name()).collect(),
            },
            resources: ResourcesOut::of(filter.resources()),
        }
    }
}

impl ResourcesOut {
    fn of(resources: &Resources) -> Self {
        let (resource_type, resource_ids) = match resources {
            Resources::Any => ("*", texts(&Ids::<String>::All)),
            Resources::Users(ids) => ("users", texts(ids)),
            Resources::Teams(ids) => ("teams", texts(ids)),
        };
        Self { resource_type, resource_ids }
    }
}

/// Ids as texts, all of them by the wildcard.
fn texts<T: ToString>(ids: &Ids<T>) -> Vec<String> {
    match ids {
        Ids::All => vec!["*".to_owned()],
        Ids::Listed(ids) => ids.iter().map(T::to_string).collect(),
    }
}

impl CollectionOut {
    pub(super) fn of(subscriptions: &[Subscription]) -> Self {
        let subscriptions = subscriptions.iter().map(SubscriptionOut::of).collect();
        Self { kind: "via#subscriptionsCollection", subscriptions }
    }
}
