//! Long-poll clients and trusted producers.

use std::ops::Deref;

use serde_json::{Value, json};

use super::{Answer, Deflating, EventStream, Http, Socket, within};

/// A version of the streaming API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V2,
    V3,
}

impl Version {
    pub const ALL: [Self; 2] = [Self::V2, Self::V3];

    /// Its segment of a path.
    pub fn segment(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::V2 => Self::V3,
            Self::V3 => Self::V2,
        }
    }
}

/// Calls the streaming face of one organization, in version 3 unless told otherwise.
#[derive(Clone)]
pub struct Streaming {
    http: Http,
    org: String,
    version: Version,
}

impl Streaming {
    pub fn new(http: Http, org: &str) -> Self {
        Self { http, org: org.to_owned(), version: Version::V3 }
    }

    /// The same client, calling another version.
    #[must_use]
    pub fn speaking(&self, version: Version) -> Self {
        Self { version, ..self.clone() }
    }

    /// The path of a call in the organization.
    pub fn path(&self, tail: &str) -> String {
        format!("/via/{}/organizations/{}/streaming/{tail}", self.version.segment(), self.org)
    }

    /// Tries to open a session.
    pub async fn create(&self, body: &Value) -> Answer {
        self.post(&self.path("session"), body).await
    }

    /// Opens a session of a user.
    pub async fn session(&self, user: &str) -> Session {
        let body = match self.version {
            Version::V2 => json!([{"propertyName": "userId", "propertyValue": user}]),
            Version::V3 => json!({"userId": user}),
        };
        self.open(body).await
    }

    /// Opens a session of a user that keeps events until they are acknowledged.
    pub async fn durable_session(&self, user: &str) -> Session {
        let session = self.open(json!({"userId": user, "requireAcknowledgement": true})).await;
        Session { acknowledges: true, ..session }
    }

    pub async fn open(&self, body: Value) -> Session {
        let made = self.create(&body).await.ok();
        self.attach(made["sessionId"].as_str().unwrap())
    }

    /// A session that somebody opened.
    pub fn attach(&self, id: &str) -> Session {
        let http = self.http.with_header("via-client-sessionid", id);
        Session { id: id.to_owned(), streaming: Self { http, ..self.clone() }, acknowledges: false }
    }

    /// Publishes a batch, which only version 3 can.
    pub async fn publish(&self, events: Value) -> Answer {
        self.post(&self.speaking(Version::V3).path("publish"), &json!({"events": events})).await
    }

    /// Publishes one `engagementCenter.Idle` to a user, told apart by its interaction.
    pub async fn idle(&self, user: &str, interaction: i64) {
        let results = self.publish(json!([idle(user, interaction)])).await.ok();
        assert_eq!(results["results"][0]["status"], "accepted", "{results}");
    }
}

impl Deref for Streaming {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.http
    }
}

/// A streaming session.
#[derive(Clone)]
pub struct Session {
    /// Its id.
    pub id: String,
    streaming: Streaming,
    /// Whether what is taken out of it is acknowledged.
    acknowledges: bool,
}

impl Session {
    /// Tries a poll with the rest of its query, such as `maxEvents=5`.
    pub async fn try_poll(&self, query: &str) -> Answer {
        within("a poll", self.streaming.get(&self.streaming.path(&format!("events?{query}")))).await
    }

    /// Polls; the events.
    pub async fn poll(&self, max: usize) -> Vec<Value> {
        let body = self.try_poll(&format!("maxEvents={max}")).await.ok();
        let events = body["events"].as_array().unwrap().clone();
        assert_eq!(body["kind"], "via#streamingEventCollection", "{body}");
        assert_eq!(body["totalItems"], events.len(), "{body}");
        assert!(events.len() <= max, "{body}");
        events
    }

    /// Attaches an event stream.
    pub async fn stream(&self) -> EventStream {
        self.try_stream("").await.unwrap_or_else(|answer| panic!("{answer}"))
    }

    /// Tries to attach an event stream, with a query.
    pub async fn try_stream(&self, query: &str) -> Result<EventStream, Answer> {
        EventStream::open(&self.streaming.http, &self.streaming.path(&format!("events?{query}"))).await
    }

    /// Attaches an event stream that goes on after an event, as a browser that comes back does.
    pub async fn stream_after(&self, id: &str) -> Result<EventStream, Answer> {
        let http = self.streaming.http.with_header("last-event-id", id);
        EventStream::open(&http, &self.streaming.path("events")).await
    }

    /// Attaches a websocket.
    pub async fn websocket(&self) -> Socket {
        self.try_websocket("").await.unwrap_or_else(|answer| panic!("{answer}"))
    }

    /// Tries to attach a websocket, with a query.
    pub async fn try_websocket(&self, query: &str) -> Result<Socket, Answer> {
        self.streaming.websocket(&self.streaming.path(&format!("websocket?{query}"))).await
    }

    /// Attaches a websocket that offers extensions.
    pub async fn offering_websocket(&self, offers: Option<&str>) -> Deflating {
        Deflating::open(self, &self.streaming.path("websocket"), offers).await
    }

    /// Polls and acknowledges what came, where the session wants that.
    pub async fn take(&self, max: usize) -> Vec<Value> {
        let events = self.poll(max).await;
        if self.acknowledges {
            self.acknowledge_events(&events).await;
        }
        events
    }

    /// Polls until so many events have come.
    pub async fn collect(&self, count: usize) -> Vec<Value> {
        let collecting = async {
            let mut events = Vec::new();
            while events.len() < count {
                events.extend(self.poll((count - events.len()).min(200)).await);
            }
            events
        };
        within("the events", collecting).await
    }

    /// Acknowledges events by their ids.
    pub async fn acknowledge(&self, ids: &[&str]) -> Answer {
        let events: Vec<_> = ids.iter().map(|id| json!({"eventId": id})).collect();
        self.acknowledge_with(&json!({"events": events})).await
    }

    /// Acknowledges with any body.
    pub async fn acknowledge_with(&self, body: &Value) -> Answer {
        self.streaming.post(&self.streaming.path("acknowledge"), body).await
    }

    /// Acknowledges whole events; the answer.
    pub async fn acknowledge_events(&self, events: &[Value]) -> Value {
        let ids: Vec<_> = events.iter().map(|event| event["eventId"].as_str().unwrap()).collect();
        self.acknowledge(&ids).await.ok()
    }

    /// Tries to subscribe, where the reference has it: version 2 serves subscriptions for sessions of both.
    pub async fn try_subscribe(&self, body: &Value) -> Answer {
        self.streaming.post(&self.subscriptions(), body).await
    }

    /// Subscribes by a filter; the id of the subscription.
    pub async fn subscribe(&self, filter: Value) -> String {
        let made = self.try_subscribe(&json!({"filterCriteria": filter})).await.ok();
        made["subscriptionId"].as_str().unwrap().to_owned()
    }

    /// Puts a subscription in the place of another, or where none was.
    pub async fn put_subscription(&self, id: &str, body: &Value) -> Answer {
        self.streaming.put(&self.subscription(id), body).await
    }

    pub async fn unsubscribe(&self, id: &str) -> Answer {
        self.streaming.delete(&self.subscription(id)).await
    }

    /// All of its subscriptions, in their order.
    pub async fn subscribed(&self) -> Vec<Value> {
        let body = self.streaming.get(&self.subscriptions()).await.ok();
        assert_eq!(body["kind"], "via#subscriptionsCollection", "{body}");
        body["subscriptions"].as_array().unwrap().clone()
    }

    /// The path of its subscriptions.
    pub fn subscriptions(&self) -> String {
        self.streaming.speaking(Version::V2).path("subscriptions")
    }

    /// The path of one of its subscriptions.
    pub fn subscription(&self, id: &str) -> String {
        format!("{}/{id}", self.subscriptions())
    }

    pub async fn end(&self) -> Answer {
        self.streaming.delete(&self.streaming.path("session")).await
    }
}

impl Deref for Session {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.streaming.http
    }
}

/// An `engagementCenter.Idle` to a user, as a producer publishes it, told apart by its interaction.
pub fn idle(user: &str, interaction: i64) -> Value {
    json!({"eventType": "engagementCenter.Idle", "userId": user, "payload":
        {"interactionId": interaction, "interactionIdRev": interaction.to_string()}})
}

/// A filter for changes of the directory.
pub fn change_filter(events: &[&str], resources: Value) -> Value {
    json!({"catalogType": "changeNotification", "catalogTypeEvents": events, "resources": resources})
}

/// What events of changes tell: what was done to what, such as `created users ada`.
pub fn changes(events: &[Value]) -> Vec<String> {
    let line = |change: Value| {
        let members = ["action", "resourceType", "resourceId"].map(|name| change[name].as_str().unwrap());
        members.join(" ")
    };
    events.iter().map(|event| line(event_payload(event))).collect()
}

/// The two numbers of an event id, by which events have their order.
pub fn place(id: &str) -> (u64, u64) {
    let (milliseconds, number) = id.split_once('-').unwrap_or_else(|| panic!("{id} is no event id"));
    (milliseconds.parse().unwrap(), number.parse().unwrap())
}

/// The types of events of either version, in their order.
pub fn event_types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event.get("eventType").unwrap_or(&event["type"]).as_str().unwrap()).collect()
}

/// What an event says, unwrapped from the envelope that stands in it as a text.
pub fn event_payload(event: &Value) -> Value {
    let envelope: Value = serde_json::from_str(event["payload"].as_str().unwrap()).unwrap();
    envelope["payload"].clone()
}

/// The interactions that events are about, in their order.
pub fn interactions(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event_payload(event)["interactionId"].as_i64().unwrap()).collect()
}
