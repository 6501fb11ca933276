//! Engagement events: what happens around conversations, as streaming sessions hear it
//! (streaming reference, Event List).

use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::domain::catalogue::Category;
use crate::domain::clock::Millis;
use crate::domain::ids::UserId;
use crate::domain::subscription::{Watched, WatchedEvent, WatchedGroup};

/// Who hears an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// These users' sessions.
    Users(Vec<UserId>),
    /// All sessions of the organization.
    Organization,
    /// The sessions that have subscribed to it; it is made only when there are any.
    Watchers(Watched),
}

/// An event, complete but for its id, which it gets when it is published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngagementEvent {
    /// Its type, such as `engagementCenter.Idle`.
    pub event_type: String,
    /// Relates events that belong together.
    pub correlation_id: String,
    /// When it was published.
    pub published: Millis,
    /// The payload as JSON text, in the form that sessions see: an [`Envelope`] where the type has one.
    pub payload: Arc<str>,
}

impl EngagementEvent {
    /// The `kind` of the event on the wire: its category tells how a client reads the payload.
    pub fn kind(&self) -> &'static str {
        let group = || {
            let (name, _) = self.event_type.split_once('.')?;
            WatchedGroup::find(name).map(WatchedGroup::kind)
        };
        let category = Category::of(&self.event_type).map(Category::kind);
        category.or_else(group).unwrap_or(Category::EngagementCenter.kind())
    }

    /// The same event as those hear it who have subscribed to it under another type.
    pub fn in_form_of(&self, event: WatchedEvent) -> Self {
        Self { event_type: event.event_type(), ..self.clone() }
    }
}

/// A payload as sessions see it (streaming reference, the example payloads): whose it is, the user's number, and its
/// text twin.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<'a, P> {
    user_id: &'a UserId,
    ehub_session_id: i64,
    ehub_session_id_rev: Digits,
    payload: P,
}

impl<'a, P> Envelope<'a, P> {
    /// Wraps a payload for a user.
    pub fn new(user: &'a UserId, number: i64, payload: P) -> Self {
        Self { user_id: user, ehub_session_id: number, ehub_session_id_rev: Digits(number), payload }
    }
}

/// A number as the text that stands beside it in the members whose names end in `Rev`.
#[derive(Clone, Copy, Debug)]
pub struct Digits(pub i64);

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_an_event_is_that_of_its_category() {
        for (event_type, kind) in [
            ("engagementCenter.Idle", "via#engagementCenterEvent"),
            ("messaging.EntityAdded", "via#messagingEvent"),
            ("outreach.status", "via#outreachEvent"),
            ("engagementCenterThirdParty.Idle", "via#engagementCenterThirdPartyEvent"),
            ("changeNotification.user", "via#changeNotificationEvent"),
        ] {
            let event_type = event_type.to_owned();
            let (correlation_id, published, payload) = (String::new(), Millis(0), "{}".into());
            let event = EngagementEvent { event_type, correlation_id, published, payload };
            assert_eq!(event.kind(), kind, "{}", event.event_type);
        }
    }

    #[test]
    fn an_envelope_names_the_user_and_its_number_twice() {
        let text = serde_json::to_string(&Envelope::new(&UserId::from("ada"), 7, [1])).unwrap();
        assert_eq!(text, r#"{"userId":"ada","ehubSessionId":7,"ehubSessionIdRev":"7","payload":[1]}"#);
    }
}
