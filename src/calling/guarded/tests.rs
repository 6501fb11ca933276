//! Calls over real connections, to servers that behave and to some that do not.

mod redirected;
mod reused;
mod secured;
mod server;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use server::{Reply, Server};

fn settings(private: bool) -> CallSettings {
    CallSettings {
        reach: Reach { private, plain_http: false },
        trusted: Authorities::default(),
        look_ups_at_once: NonZeroUsize::MIN,
        kept_per_host: 16,
        redirects: 0,
    }
}

fn client(private: bool) -> GuardedClient {
    GuardedClient::new(settings(private))
}

/// A call without headers of its own.
async fn call(client: &GuardedClient, url: &str) -> Result<Answering, CallError> {
    client.send(TenantId::new(), url, HeaderMap::new(), Bytes::from_static(b"{}")).await
}

/// The sources of an error, whole, as one text.
fn causes(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |error: &&dyn Error| (*error).source())
        .map(|error| format!("{error}; "))
        .collect()
}

#[tokio::test]
async fn a_name_that_stands_for_this_machine_is_connected_to_only_where_that_is_allowed() {
    let server = Server::answering(Reply::text("{}")).await;
    let port = server.port();
    for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
        let refused = call(&client(false), &format!("http://{host}:{port}/ask")).await.err().unwrap();
        let causes = causes(&refused);
        assert!(causes.contains("not on the public internet"), "{host}: {causes}");
    }
    assert_eq!(server.connections(), 0);
    let url = format!("http://localhost:{port}/ask");
    let answer = client(true).post(TenantId::new(), &url, HeaderMap::new(), Bytes::new(), 10).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.bytes[..]), (200, &b"{}"[..]));
}

#[tokio::test]
async fn a_name_is_looked_up_once_for_a_connection_and_what_was_found_is_judged() {
    let server = Server::answering(Reply::text("{}")).await;
    let address = server.address();
    let (asked, mut client) = (Arc::new(AtomicUsize::new(0)), client(false));
    let counted = asked.clone();
    // The address to be judged would be a good one; the one to be connected to is not.
    let look_ups = LookUps::answered_by(NonZeroUsize::MIN, move |_, _| {
        Ok(vec![match counted.fetch_add(1, Ordering::Relaxed) {
            0 => address,
            _ => ([1, 1, 1, 1], 9).into(),
        }])
    });
    client.connect = Connect::new(client.settings.reach, look_ups);
    let refused = call(&client, "http://twofaced.example/").await.err().unwrap();
    assert!(causes(&refused).contains("127.0.0.1 is not on the public internet"), "{}", causes(&refused));
    assert_eq!((asked.load(Ordering::Relaxed), server.connections()), (1, 0));
}

#[tokio::test]
async fn of_several_addresses_of_a_name_only_those_in_reach_are_tried() {
    let server = Server::answering(Reply::text("{}")).await;
    let address = server.address();
    let mut client = client(true);
    let look_ups = LookUps::answered_by(NonZeroUsize::MIN, move |_, port| {
        Ok(vec![([1, 1, 1, 1], port).into(), address])
    });
    client.connect = Connect::new(client.settings.reach, look_ups);
    // Without encryption a public address is out of reach.
    assert_eq!(call(&client, "http://several.example/").await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn an_answer_may_be_as_large_as_it_is_said_and_no_larger() {
    let server = Server::answering(Reply::text("text")).await;
    let client = client(true);
    let post = async |most| {
        client.post(TenantId::new(), &server.url("/"), HeaderMap::new(), Bytes::new(), most).await
    };
    assert_eq!(post(4).await.unwrap().bytes.len(), 4);
    let error = post(3).await.err().unwrap();
    assert!(matches!(error, CallError::Answer(_)), "{error:?}");
}

#[tokio::test]
async fn a_body_without_end_is_left_after_as_much_as_it_may_have() {
    let server = Server::answering(Reply::Endless).await;
    let answer = call(&client(true), &server.url("/")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.pass_over(100_000).await;
    server.was_left().await;
}

#[tokio::test]
async fn a_head_that_is_longer_than_it_may_be_is_no_answer() {
    let server = Server::answering(Reply::LongHead(4 * MAX_HEAD)).await;
    let error = call(&client(true), &server.url("/")).await.err().unwrap();
    assert!(matches!(error, CallError::Connection(_)), "{error:?}");
    let server = Server::answering(Reply::LongHead(MAX_HEAD / 2)).await;
    assert!(call(&client(true), &server.url("/")).await.is_ok());
}

#[tokio::test]
async fn a_call_carries_the_headers_of_the_caller_and_says_what_it_is() {
    let server = Server::answering(Reply::text("{}")).await;
    let headers = HeaderMap::from_iter([("x-more".parse().unwrap(), HeaderValue::from_static("1"))]);
    let body = Bytes::from_static(b"{\"a\":1}");
    client(true).send(TenantId::new(), &server.url("/in?a=b"), headers, body).await.unwrap();
    let request = server.requests().remove(0);
    assert!(request.starts_with("POST /in?a=b HTTP/1.1\r\n"), "{request}");
    for expected in ["x-more: 1\r\n", "content-type: application/json\r\n", "content-length: 7\r\n", AGENT] {
        assert!(request.contains(expected), "{expected}: {request}");
    }
    assert!(request.ends_with("\r\n\r\n{\"a\":1}"), "{request}");
}
