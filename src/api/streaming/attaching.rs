//! Who attaches to a session with a stream: the credentials of a request, also where a browser cannot set headers, from
//! where on it goes, its place, and its right while it lasts.
//! It must not know what the stream speaks.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};

use super::caller::{API_KEY_HEADER, Credentials, SESSION_HEADER, Session};
use super::error::{Reason, Refusal};
use crate::api::caller::Denied;
use crate::api::connecting;
use crate::api::connection_places::Place;
use crate::api::state::ApiState;
use crate::auth::Identity;
use crate::broker::{PollRequest, SessionHead, WireFormat};
use crate::domain::client::SecretHash;
use crate::domain::clock::Millis;
use crate::domain::order::EventId;
use crate::outlets::{Attached, Close, Entitled};
use crate::telemetry::{Connected, ConnectionKind, Face};

/// Names the last event that the client has; browsers set it when they come back.
const LAST_EVENT_HEADER: &str = "last-event-id";

/// The same in the query, for those who cannot set headers, or come for the first time.
const LAST_EVENT_PARAMETER: &str = "lastEventId";

/// A request for a stream that is granted, and has taken nothing from its session yet.
pub(super) struct Attaching {
    credentials: Credentials,
    session: SessionHead,
    after: Option<EventId>,
    place: Place,
}

impl Attaching {
    /// Checks a request, for a session of the version of `format`, and takes its place.
    pub(super) async fn of(parts: &mut Parts, state: &ApiState, format: WireFormat) -> Result<Self, Refusal> {
        take_credentials_from_query(parts);
        let credentials = Credentials::from_request_parts(parts, state).await?;
        let identity = &credentials.identity;
        let session = Session::of(identity, parts, state)?.made_with(format)?;
        let after = last_event(parts)?;
        let most = state.config.limits.connections_per_tenant;
        let place = state.places.take(identity.tenant, most).map_err(|_| Refusal::TooManyConnections)?;
        Ok(Self { credentials, session, after, place })
    }

    /// The session.
    pub(super) fn session(&self) -> SessionHead {
        self.session
    }

    /// Attaches to the session: from here on it is this client's, and whoever listened before is let go.
    pub(super) async fn attach(
        self,
        state: &ApiState,
        kind: ConnectionKind,
    ) -> Result<(Attached, StreamClient), Refusal> {
        let SessionHead { tenant, id, format, .. } = self.session;
        // Takes nothing yet: an event is lent when the stream is there to have it.
        let poll = PollRequest { tenant, id, format, max: 0, wait: Duration::ZERO, after: self.after };
        let attached = Attached::new(state.engine.poll(poll).await?, format, self.after);
        let Credentials { identity, key } = self.credentials;
        let client = StreamClient {
            identity,
            key,
            state: state.clone(),
            _held: (self.place, state.metrics.connected(kind)),
        };
        Ok((attached, client))
    }
}

/// The client of a stream; as long as it is kept, the stream has its place and is counted.
pub(super) struct StreamClient {
    pub(super) identity: Arc<Identity>,
    key: SecretHash,
    pub(super) state: ApiState,
    _held: (Place, Connected),
}

impl StreamClient {
    /// Counts what the client asks for on its stream like a call by HTTP: for itself and for all that share its key.
    pub(super) fn count_call(&self) -> Result<(), Denied> {
        let limiters = &self.state.rate_limiters;
        limiters
            .count(Face::Streaming, self.identity.client.as_str())
            .and_then(|()| limiters.count_api_key(Face::Streaming, self.key))
            .map_err(Denied::TooMany)
    }
}

impl Entitled for StreamClient {
    fn until(&self) -> Millis {
        self.identity.expires
    }

    fn check(&self) -> Result<(), Close> {
        connecting::recheck(&self.state, &self.identity)
    }
}

/// Puts the credentials that stand in the query where those are that stand in headers, which come first.
fn take_credentials_from_query(parts: &mut Parts) {
    let Parts { uri, headers, .. } = parts;
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let (header, value) = match &*name {
            "access_token" => (AUTHORIZATION, HeaderValue::try_from(format!("Bearer {value}"))),
            API_KEY_HEADER => (HeaderName::from_static(API_KEY_HEADER), HeaderValue::try_from(&*value)),
            SESSION_HEADER => (HeaderName::from_static(SESSION_HEADER), HeaderValue::try_from(&*value)),
            _ => continue,
        };
        // What no header can hold is no credential of ours.
        if let Ok(value) = value {
            headers.entry(header).or_insert(value);
        }
    }
}

/// The last event that the client has, if it has one.
fn last_event(parts: &Parts) -> Result<Option<EventId>, Refusal> {
    let refused = |scope: &str| {
        Refusal::invalid(scope, Reason::InvalidValue, "must be the id of an event, as the event had it")
    };
    if let Some(header) = parts.headers.get(LAST_EVENT_HEADER) {
        let id = header.to_str().ok().and_then(|text| text.parse().ok());
        return id.map(Some).ok_or_else(|| refused(LAST_EVENT_HEADER));
    }
    let mut pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let Some((_, value)) = pairs.find(|(name, _)| name == LAST_EVENT_PARAMETER) else { return Ok(None) };
    value.parse().map(Some).map_err(|_| refused(LAST_EVENT_PARAMETER))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn parts(query: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::get(format!("/events?{query}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn credentials_of_the_query_stand_in_for_headers_that_are_not_there() {
        let query = "access_token=t&x-api-key=k%20k&via-client-sessionid=s&access_token=u&other=o";
        let mut asked = parts(query, &[("x-api-key", "of the header")]);
        take_credentials_from_query(&mut asked);
        let header = |name: &str| asked.headers[name].to_str().unwrap();
        assert_eq!(header("authorization"), "Bearer t");
        assert_eq!(header(API_KEY_HEADER), "of the header");
        assert_eq!(header(SESSION_HEADER), "s");
        assert_eq!(asked.headers.len(), 3);
    }

    #[test]
    fn what_no_header_can_hold_is_no_credential() {
        let mut asked = parts("access_token=a%0Ab&x-api-key=%00", &[]);
        take_credentials_from_query(&mut asked);
        assert!(asked.headers.is_empty());
    }

    #[test]
    fn the_last_event_comes_from_the_header_or_else_from_the_query() {
        let id = EventId { ms: 5, n: 1 };
        assert_eq!(last_event(&parts("", &[])), Ok(None));
        assert_eq!(last_event(&parts("lastEventId=5-1", &[])), Ok(Some(id)));
        assert_eq!(last_event(&parts("lastEventId=6-0", &[(LAST_EVENT_HEADER, "5-1")])), Ok(Some(id)));
    }

    #[test]
    fn a_last_event_that_is_no_id_is_refused_and_named() {
        for bad in ["", "x", "5", "5-", "-1-0", "05-1", "5-4294967296", "9223372036854775808-0"] {
            for (asked, scope) in [
                (parts("", &[(LAST_EVENT_HEADER, bad)]), LAST_EVENT_HEADER),
                (parts(&format!("lastEventId={bad}"), &[]), LAST_EVENT_PARAMETER),
            ] {
                let Err(Refusal::Invalid(faults)) = last_event(&asked) else { panic!("{bad} passes") };
                assert_eq!(faults[0].scope, scope);
            }
        }
    }
}
