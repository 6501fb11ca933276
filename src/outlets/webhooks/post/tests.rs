//! Calls over real connections, to receivers that behave and to some that do not.

use std::num::NonZeroUsize;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::config::{Config, Webhooks};
use crate::outlets::webhooks::testing::call;

fn settings() -> Webhooks {
    Webhooks { allow_private: true, look_ups_at_once: NonZeroUsize::MIN, ..Config::default().webhooks }
}

fn post() -> WebhookPost {
    WebhookPost::new(&settings()).unwrap()
}

/// A receiver that answers each call in one way, which may be no answer at all, and remembers what it heard.
struct Receiver {
    url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

/// What it does once it has answered.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Listens,
    Closes,
}

impl Receiver {
    async fn saying(answer: impl Into<String>, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/in", listener.local_addr().unwrap());
        let heard = Arc::<Mutex<Vec<String>>>::default();
        tokio::spawn(answer_all(listener, answer.into(), then, heard.clone()));
        Self { url, heard }
    }
}

async fn answer_all(listener: TcpListener, answer: String, then: Then, heard: Arc<Mutex<Vec<String>>>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let (answer, heard) = (answer.clone(), heard.clone());
        tokio::spawn(async move {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                heard.lock().push(String::from_utf8_lossy(&buffer[..count]).into_owned());
                if stream.write_all(answer.as_bytes()).await.is_err() || then == Then::Closes {
                    return;
                }
            }
        });
    }
}

async fn outcome(answer: &str, then: Then) -> Outcome {
    let receiver = Receiver::saying(answer, then).await;
    Outcome { duration: Duration::ZERO, ..post().post(call(&receiver.url)).await }
}

fn status(status: u16) -> Outcome {
    Outcome { status: Some(status), ..Outcome::default() }
}

#[tokio::test]
async fn a_call_arrives_whole_with_its_headers() {
    let receiver = Receiver::saying("HTTP/1.1 204 No Content\r\n\r\n", Then::Listens).await;
    let call = call(&receiver.url);
    let outcome = post().post(call.clone()).await;
    assert_eq!((outcome.status, outcome.error, outcome.retry_after), (Some(204), None, None));
    let heard = receiver.heard.lock().concat();
    assert!(heard.starts_with("POST /in HTTP/1.1\r\n"), "{heard}");
    assert!(heard.ends_with("\r\n\r\n{\"activity\":{}}"), "{heard}");
    for name in [
        "x-source-system: engine.hubster.io",
        "x-hubster-public-key: present",
        "content-type: application/json",
    ] {
        assert!(heard.contains(&format!("\r\n{name}\r\n")), "{name}: {heard}");
    }
    assert!(heard.contains(&format!("\r\nwebhook-id: {}\r\n", call.first)), "{heard}");
}

#[tokio::test]
async fn every_answer_is_an_outcome_by_its_status() {
    for code in [200, 299, 301, 307, 400, 410, 500] {
        let answer = format!("HTTP/1.1 {code} So\r\nlocation: /in\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(outcome(&answer, Then::Listens).await, status(code));
    }
}

#[tokio::test]
async fn an_endpoint_that_refuses_may_say_for_how_long_and_one_that_takes_it_may_not() {
    let asking = |code: u16| format!("HTTP/1.1 {code} So\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n");
    let expected = Outcome { retry_after: Some(Duration::from_secs(7)), ..status(503) };
    assert_eq!(outcome(&asking(503), Then::Listens).await, expected);
    assert_eq!(outcome(&asking(200), Then::Listens).await, status(200));
}

#[tokio::test]
async fn an_answer_that_breaks_off_after_its_beginning_was_given() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf of";
    assert_eq!(outcome(answer, Then::Closes).await, status(200));
    let answer = format!("HTTP/1.1 500 No\r\ncontent-length: 1000000\r\n\r\n{}", "x".repeat(100_000));
    assert_eq!(outcome(&answer, Then::Listens).await, status(500));
}

#[tokio::test]
async fn what_is_no_answer_is_told_in_a_few_words() {
    for (answer, then, expected) in [
        ("", Then::Closes, "the connection ended before an answer came"),
        ("HTTP/1.1 200 OK\r\nconte", Then::Closes, "the connection ended before an answer came"),
        ("hello\r\n\r\n", Then::Listens, "what came is not an answer in HTTP"),
    ] {
        assert_eq!(outcome(answer, then).await, unanswered(expected), "{answer}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_reached_is_told_in_a_few_words() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let strict = WebhookPost::new(&Webhooks { allow_private: false, ..settings() }).unwrap();
    for (post, url, expected) in [
        (post(), format!("http://{closed}/"), "connection refused"),
        (post(), "http://nowhere.invalid/".to_owned(), "the name of the host cannot be looked up"),
        (post(), "http://1.1.1.1/".to_owned(), "the address would be called without encryption"),
        (post(), "no address".to_owned(), "the address cannot be called"),
        (strict, format!("http://localhost:{}/", closed.port()), "the address is not on the public internet"),
    ] {
        let outcome = Outcome { duration: Duration::ZERO, ..post.post(call(&url)).await };
        assert_eq!(outcome, unanswered(expected), "{url}");
    }
}

#[tokio::test]
async fn a_receiver_whose_certificate_cannot_be_trusted_hears_nothing() {
    let receiver = Receiver::saying("HTTP/1.1 200 OK\r\n\r\n", Then::Closes).await;
    let outcome = post().post(call(&receiver.url.replace("http:", "https:"))).await;
    let error = outcome.error.unwrap();
    assert!(error.starts_with("TLS: "), "{error}");
    assert!(!receiver.heard.lock().concat().contains("activity"));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_never_answers_is_left_when_its_time_is_over() {
    let receiver = Receiver::saying("", Then::Listens).await;
    let outcome = post().post(call(&receiver.url)).await;
    let expected = unanswered("no answer came in time");
    assert_eq!(outcome, Outcome { duration: settings().timeout, ..expected });
}

/// A receiver that gives its answer a byte a second.
async fn dripping(answer: &'static str) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // What comes before the call is no answer to it.
        let _heard = stream.read(&mut [0; 16 * 1024]).await.unwrap();
        for byte in answer.bytes() {
            // The call may have been left by now.
            let _ = stream.write_all(&[byte]).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    post().post(call(&url)).await
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_drips_is_left_when_its_time_is_over() {
    let left = dripping("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(left, Outcome { duration: settings().timeout, ..unanswered("no answer came in time") });
}
