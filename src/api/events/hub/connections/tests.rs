//! Which requests find which connection, from its negotiation to its end.

use std::time::Duration;

use super::*;
use crate::api::connection_places::ConnectionPlaces;
use crate::broker::{QueueLimits, Side, WireFormat};
use crate::domain::client::Api;
use crate::domain::ids::{IntegrationId, SecretId, VisitorId};
use crate::outlets::{Line, LineKind, Requests};

const NOW: Millis = Millis(1_800_000_000_000);
const MINUTE: Duration = Duration::from_secs(60);

fn identity(client: &str, tenant: TenantId, expires: Millis) -> Arc<Identity> {
    let (api, secret) = (Api::Engine, SecretId::new());
    let (client, scopes, visitor) = (client.into(), api.scopes(), None);
    Arc::new(Identity { client, tenant, api, scopes, secret, visitor, expires })
}

struct Setting {
    connections: HubConnections,
    places: ConnectionPlaces,
    identity: Arc<Identity>,
}

impl Setting {
    /// Somebody has negotiated `id`.
    fn new(id: &str) -> Self {
        let setting = Self {
            connections: HubConnections::default(),
            places: ConnectionPlaces::default(),
            identity: identity("somebody", TenantId::new(), NOW.plus(MINUTE)),
        };
        setting.negotiate(id, NOW.plus(MINUTE));
        setting
    }

    fn negotiate(&self, id: &str, until: Millis) {
        let listener = Listener {
            identity: self.identity.clone(),
            integration: IntegrationId::new(),
            side: Side::Business,
            conversation: None,
            since: None,
            page: None,
        };
        let place = self.places.take(self.identity.tenant, None).unwrap();
        self.connections.negotiated(id, Negotiated { listener, place }, until);
    }

    /// Opens `id` in `way`; what keeps it open.
    fn open(&self, id: &str, way: Way) -> Result<Opened<(Place, Registration)>, Refused> {
        self.connections.open(id, &self.identity, way, |negotiated, registration| {
            let limits = QueueLimits { events: 1, bytes: 1 };
            let kind = LineKind { format: WireFormat::SignalrJsonBare, limits, stats: Arc::default() };
            let (_, requests) = Requests::polled(Line::new(Arc::new(kind)), MINUTE);
            let identity = watch::Sender::new(self.identity.clone());
            (Channel { way, requests, identity }, (negotiated.place, registration))
        })
    }

    fn opened(&self, id: &str, way: Way) -> (Place, Registration) {
        match self.open(id, way) {
            Ok(Opened::Now(held)) => held,
            Ok(Opened::Before(_)) => panic!("it was open before"),
            Err(refused) => panic!("{refused}"),
        }
    }

    fn refused<T>(outcome: Result<T, Refused>) -> Refused {
        outcome.err().expect("should be refused")
    }
}

#[tokio::test]
async fn an_id_is_unknown_before_it_was_negotiated_and_after_it_has_ended() {
    let setting = Setting::new("id");
    assert_eq!(Setting::refused(setting.open("other", Way::Polls)), Refused::Unknown);
    let held = setting.opened("id", Way::Polls);
    assert!(setting.connections.find("id", &setting.identity).is_ok());
    drop(held);
    assert_eq!(Setting::refused(setting.connections.find("id", &setting.identity)), Refused::Unknown);
    assert_eq!(setting.connections.count(), 0);
}

#[tokio::test]
async fn an_id_is_unknown_to_everybody_but_the_client_that_negotiated_it() {
    let setting = Setting::new("id");
    let tenant = setting.identity.tenant;
    // All visitors of a web chat are one client.
    let visitor = Some(Visitor { id: VisitorId::new(), integration: IntegrationId::new() });
    let others = [
        identity("somebody", TenantId::new(), NOW),
        identity("somebody else", tenant, NOW.plus(MINUTE)),
        Arc::new(Identity { visitor, ..Identity::clone(&setting.identity) }),
    ];
    for other in &others {
        assert_eq!(Setting::refused(setting.connections.open_websocket("id", other)), Refused::Unknown);
    }
    let _held = setting.opened("id", Way::Polls);
    for other in &others {
        assert_eq!(Setting::refused(setting.connections.find("id", other)), Refused::Unknown);
    }
    let same_client = identity("somebody", tenant, NOW);
    assert!(setting.connections.find("id", &same_client).is_ok());
}

#[tokio::test]
async fn a_connection_keeps_its_transport() {
    let setting = Setting::new("polls");
    setting.negotiate("socket", NOW.plus(MINUTE));
    let _polls = setting.opened("polls", Way::Polls);
    let _socket = setting.connections.open_websocket("socket", &setting.identity).unwrap();
    assert_eq!(Setting::refused(setting.open("polls", Way::Stream)), Refused::OtherTransport);
    assert_eq!(Setting::refused(setting.open("socket", Way::Stream)), Refused::OtherTransport);
    let socket_of = |id| setting.connections.open_websocket(id, &setting.identity);
    assert_eq!(Setting::refused(socket_of("polls")), Refused::OtherTransport);
    assert_eq!(Setting::refused(socket_of("socket")), Refused::AlreadyOpen);
    assert_eq!(Setting::refused(setting.connections.find("socket", &setting.identity)), Refused::IsWebSocket);
    assert!(matches!(setting.open("polls", Way::Polls), Ok(Opened::Before(_))));
}

#[tokio::test]
async fn what_is_not_open_yet_cannot_be_spoken_to() {
    let setting = Setting::new("id");
    assert_eq!(Setting::refused(setting.connections.find("id", &setting.identity)), Refused::NotOpen);
}

#[tokio::test]
async fn what_is_not_opened_in_time_is_forgotten_with_its_place_and_nothing_else() {
    let setting = Setting::new("early");
    setting.negotiate("late", NOW.plus(2 * MINUTE));
    let _held = setting.opened("early", Way::Polls);
    setting.negotiate("last", NOW.plus(3 * MINUTE));
    let most = std::num::NonZeroUsize::new(3);
    let tenant = setting.identity.tenant;
    setting.connections.forget_unopened(NOW.plus(2 * MINUTE).minus(Duration::from_millis(1)));
    assert_eq!(setting.connections.count(), 3);
    assert!(setting.places.take(tenant, most).is_err());
    setting.connections.forget_unopened(NOW.plus(2 * MINUTE));
    assert_eq!(setting.connections.count(), 2);
    assert!(setting.places.take(tenant, most).is_ok());
    assert!(setting.connections.find("early", &setting.identity).is_ok());
    assert_eq!(setting.connections.0.negotiations.lock().len(), 1);
}

#[tokio::test]
async fn a_connection_goes_by_the_identity_that_lasts_longest() {
    let setting = Setting::new("id");
    let _held = setting.opened("id", Way::Polls);
    let channel = setting.connections.find("id", &setting.identity).unwrap();
    let tenant = setting.identity.tenant;
    channel.renew(identity("somebody", tenant, NOW));
    assert_eq!(channel.identity.borrow().expires, setting.identity.expires);
    let later = identity("somebody", tenant, NOW.plus(2 * MINUTE));
    channel.renew(later.clone());
    assert_eq!(channel.identity.borrow().expires, later.expires);
}
