//! Hand-overs out of a real registry of sessions: body by body, and over real connections.

use std::net::SocketAddr;

use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::*;
use crate::broker::{
    Acknowledgement, Encode, PollRequest, QueueLimits, SessionSpec, Sessions, Stamp, Stats, Topic, Topics,
};
use crate::domain::clock::{Millis, SystemClock};
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::domain::order::EventId;

const FORMAT: WireFormat = WireFormat::StreamV3;

/// More than the buffers between two ends of a connection hold.
const HUGE: usize = 32 << 20;

/// An event that is a number of so many digits.
struct Digits(usize);

impl Encode for Digits {
    fn encode(&self, _: WireFormat) -> Bytes {
        vec![b'7'; self.0].into()
    }
}

/// A session without acknowledgement, and its organization.
struct Bench {
    sessions: Sessions,
    topics: Topics,
    tenant: TenantId,
    id: SessionId,
}

impl Bench {
    fn new() -> Arc<Self> {
        let stats = Arc::<Stats>::default();
        let topics = Topics::new(stats.clone());
        let sessions = Sessions::new(topics.clone(), Arc::new(SystemClock), stats);
        let spec = SessionSpec {
            id: SessionId::new(),
            tenant: TenantId::new(),
            user: UserId::from("ann"),
            format: FORMAT,
            inactivity: Duration::from_secs(60),
            acknowledgement: Acknowledgement::NotRequired,
            created: Millis(0),
            limits: QueueLimits { events: 100, bytes: 2 * HUGE },
        };
        let (tenant, id) = (spec.tenant, spec.id);
        sessions.create(spec);
        Arc::new(Self { sessions, topics, tenant, id })
    }

    fn publish(&self, number: i64, digits: usize) {
        let stamp = Stamp::Event(EventId { ms: number, n: 0 });
        let event = Publication::new(stamp, Box::new(Digits(digits)));
        self.topics.publish(&Topic::Organization(self.tenant), &[event]);
    }

    async fn poll(&self, wait: Duration) -> Handover {
        let request =
            PollRequest { tenant: self.tenant, id: self.id, format: FORMAT, max: 10, wait, after: None };
        self.sessions.poll(request).await.expect("the session lives")
    }

    /// A body with what there is.
    fn body(&self) -> Pin<Box<HandoverBody>> {
        let handover = self.poll(Duration::ZERO).now_or_never().expect("a poll without wait does not wait");
        let list = collection(handover.events(), FORMAT);
        Box::pin(HandoverBody::new(handover, list))
    }

    /// How many events there are for the next poll, which leaves them where they are.
    fn waiting(&self) -> usize {
        self.poll(Duration::ZERO).now_or_never().expect("a poll without wait does not wait").events().len()
    }
}

/// What the body gives at once; `None` when it holds back.
fn next(body: &mut Pin<Box<HandoverBody>>) -> Option<Option<Result<Bytes, Withdrawn>>> {
    let frame = body.frame().now_or_never()?;
    Some(frame.map(|frame| frame.map(|frame| frame.into_data().expect("there are no trailers"))))
}

#[tokio::test]
async fn the_list_is_made_of_the_bytes_of_its_events() {
    let bench = Bench::new();
    assert_eq!(next(&mut bench.body()), Some(Some(Ok(EMPTY.into()))));
    bench.publish(1, 3);
    bench.publish(2, 1);
    let two = r#"{"kind":"via#streamingEventCollection","totalItems":2,"events":[777,7]}"#;
    assert_eq!(next(&mut bench.body()), Some(Some(Ok(two.into()))));
}

const EMPTY: &str = r#"{"kind":"via#streamingEventCollection","totalItems":0,"events":[]}"#;

#[tokio::test]
async fn a_short_list_is_handed_over_when_it_is_taken() {
    let bench = Bench::new();
    bench.publish(1, 3);
    let mut body = bench.body();
    assert!(!body.is_end_stream());
    let length = body.size_hint().exact().unwrap();
    let Some(Some(Ok(list))) = next(&mut body) else { panic!("it holds back") };
    assert_eq!(list.len() as u64, length);
    assert!(body.is_end_stream());
    assert_eq!(next(&mut body), Some(None));
    assert_eq!(bench.waiting(), 0);
}

#[tokio::test]
async fn a_list_that_is_never_taken_goes_back() {
    for digits in [3, 3 * SHORT] {
        let bench = Bench::new();
        bench.publish(1, digits);
        drop(bench.body());
        assert_eq!(bench.waiting(), 1);
    }
}

#[tokio::test]
async fn the_end_of_a_long_list_is_held_back_until_the_rest_is_written() {
    let bench = Bench::new();
    bench.publish(1, SHORT);
    let mut body = bench.body();
    let length = body.size_hint().exact().unwrap();
    let Some(Some(Ok(front))) = next(&mut body) else { panic!("it holds back") };
    assert_eq!(next(&mut body), None);
    let written = front.len() as u64;
    drop(front);
    assert_eq!(next(&mut body), Some(Some(Ok("]}".into()))));
    assert_eq!(written + 2, length);
    assert_eq!(bench.waiting(), 0);
}

#[tokio::test]
async fn a_body_that_holds_back_is_woken_by_the_writing() {
    let bench = Bench::new();
    bench.publish(1, SHORT);
    let mut body = bench.body();
    let Some(Some(Ok(front))) = next(&mut body) else { panic!("it holds back") };
    let rest = tokio::spawn(async move { body.collect().await.map(|rest| rest.to_bytes()) });
    tokio::task::yield_now().await;
    drop(front);
    assert_eq!(rest.await.unwrap(), Ok("]}".into()));
}

#[tokio::test]
async fn a_connection_that_dies_in_a_long_list_returns_it() {
    let bench = Bench::new();
    bench.publish(1, SHORT);
    let mut body = bench.body();
    let Some(Some(Ok(front))) = next(&mut body) else { panic!("it holds back") };
    assert_eq!(next(&mut body), None);
    drop(front);
    drop(body);
    assert_eq!(bench.waiting(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_takes_nothing_returns_the_list_and_never_completes_it() {
    let bench = Bench::new();
    bench.publish(1, SHORT);
    let mut body = bench.body();
    let Some(Some(Ok(front))) = next(&mut body) else { panic!("it holds back") };
    tokio::time::sleep(patience_for(front.len()) + Duration::from_secs(1)).await;
    assert_eq!(bench.waiting(), 1);
    drop(front);
    assert_eq!(next(&mut body), Some(Some(Err(Withdrawn))));
}

/// A server of polls of the session, and what it tells of its connections.
struct Server {
    address: SocketAddr,
    /// A poll waits.
    polled: Notify,
    /// A connection is over.
    ended: Notify,
}

async fn serve(bench: &Arc<Bench>) -> Arc<Server> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Arc::new(Server { address, polled: Notify::new(), ended: Notify::new() });
    let (bench, told) = (Arc::clone(bench), Arc::clone(&server));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(attend(stream, Arc::clone(&bench), Arc::clone(&told)));
        }
    });
    server
}

async fn attend(stream: TcpStream, bench: Arc<Bench>, server: Arc<Server>) {
    let service = service_fn(|_| async {
        // The test runs again once this waits: both are on one thread.
        server.polled.notify_one();
        let handover = bench.poll(Duration::from_secs(60)).await;
        Ok::<_, std::convert::Infallible>(events_response(handover, FORMAT))
    });
    let _broken = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    server.ended.notify_one();
}

async fn get(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
    stream
}

#[tokio::test]
async fn a_client_that_reads_everything_has_its_events() {
    for digits in [3, SHORT, HUGE] {
        let bench = Bench::new();
        let server = serve(&bench).await;
        bench.publish(1, digits);
        let mut stream = get(server.address).await;
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await.unwrap();
        let text = String::from_utf8(response).unwrap();
        let (head, list) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}", list.len())), "{head}");
        assert!(list.ends_with("7]}"));
        assert_eq!(bench.waiting(), 0);
    }
}

#[tokio::test]
async fn a_client_that_dies_in_the_middle_of_its_events_gets_them_again() {
    let bench = Bench::new();
    let server = serve(&bench).await;
    bench.publish(1, HUGE);
    let mut stream = get(server.address).await;
    stream.read_exact(&mut [0; 1000]).await.unwrap();
    assert_eq!(bench.waiting(), 0);
    drop(stream);
    server.ended.notified().await;
    assert_eq!(bench.waiting(), 1);
}

#[tokio::test]
async fn what_is_published_after_a_waiting_client_died_waits_for_its_next_poll() {
    let bench = Bench::new();
    let server = serve(&bench).await;
    let stream = get(server.address).await;
    server.polled.notified().await;
    drop(stream);
    server.ended.notified().await;
    bench.publish(1, 3);
    assert_eq!(bench.waiting(), 1);
}
