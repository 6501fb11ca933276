//! The listener over TLS: every face as without it, and certificates that are renewed.

use std::fs;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{SelfSigned, Server, eventually, files, run, text, together, within};

const IN_MEMORY: (&str, &str) = ("SWITCHBOARD_STORE__DURABILITY", "memory");

/// The words of one of many messages: most are small, and some fill several records.
fn words(number: usize) -> String {
    let size = if number.is_multiple_of(50) { 200_000 } else { number * 7 % 3000 };
    format!("{number} {}", "x".repeat(size))
}

#[tokio::test]
async fn a_server_with_a_certificate_is_reached_by_https_and_says_so() {
    let signed = Arc::new(SelfSigned::new());
    let server = Server::secured(signed.clone(), &[]).await;
    let base = format!("https://{}", server.address());
    assert_eq!(server.credentials_file()["baseUrl"], base);
    assert!(server.printed().contains(&format!("Switchboard serves {base} ")), "{}", server.printed());
    assert_eq!(server.another_tenant("acme").await.credentials()["baseUrl"], base);
    let discovered = server.http().get("/.well-known/openid-configuration").await.ok();
    assert_eq!(discovered["token_endpoint"], format!("{base}/connect/token"));
    let hubs = server.portal().await.get("/api/v1/hubs").await.ok();
    assert_eq!(hubs["total"], 1, "{hubs:#}");
}

#[tokio::test]
async fn a_thousand_messages_of_all_sizes_arrive_in_order_at_readers_that_are_fast_and_slow() {
    const COUNT: usize = 1000;
    let server = Server::secured(Arc::new(SelfSigned::new()), &[IN_MEMORY]).await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut fast = engine.listen_at(&engine.agent()).await;
    let mut slow = engine.listen_at(&engine.agent()).await;
    let reading = tokio::spawn(async move { fast.texts(COUNT).await });
    for number in 0..COUNT {
        engine.inbound(&conversation, &text(&words(number))).await.ok();
    }
    let expected: Vec<_> = (0..COUNT).map(words).collect();
    assert!(within("the fast reader", reading).await.unwrap() == expected);
    // What the system did not take has waited, and is continued where it was cut.
    assert!(slow.texts(COUNT).await == expected);
}

#[tokio::test]
async fn clients_speak_on_a_secure_websocket_and_frames_larger_than_a_record_are_read() {
    let server = Server::secured(Arc::new(SelfSigned::new()), &[]).await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut customer = engine.listen_at(&engine.customer()).await;
    for number in [1, 50, 100] {
        let activity = text(&words(number));
        customer.send_activity(&number.to_string(), &conversation, activity).await;
        customer.receipt(&number.to_string()).await;
    }
    let kept = engine.history(&conversation, "type=customer&leid=0").await;
    let kept: Vec<_> = kept.iter().map(|activity| activity["message"]["text"].as_str().unwrap()).collect();
    assert!(kept == [1, 50, 100].map(words));
}

#[tokio::test]
async fn a_waiting_poll_is_answered_over_tls_with_what_is_published() {
    let server = Server::secured(Arc::new(SelfSigned::new()), &[]).await;
    let streaming = server.streaming().await;
    let session = streaming.session("u").await;
    let poll = tokio::spawn(async move { session.poll(10).await });
    server.sees_polls_waiting(1).await;
    streaming.idle("u", 7).await;
    let events = within("the poll", poll).await.unwrap();
    assert_eq!(events.len(), 1, "{events:#?}");
}

#[tokio::test]
async fn plain_http_on_the_port_is_told_what_is_spoken_there() {
    let server = Server::secured(Arc::new(SelfSigned::new()), &[]).await;
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    within("the end", stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_up_while_open_connections_stay() {
    let (old, new) = (Arc::new(SelfSigned::new()), SelfSigned::new());
    let server = Server::secured(old.clone(), &[]).await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    new.write(&server.data());
    eventually("the new certificate", async || new.call(server.address()).await.ok()).await;
    assert!(old.call(server.address()).await.is_err(), "the old one is shown no more");
    eventually("a word about it", async || {
        server.printed().contains("the certificate was renewed").then_some(())
    })
    .await;
    engine.say(&conversation, "still here").await;
    assert_eq!(socket.texts(1).await, ["still here"]);
}

#[tokio::test]
async fn a_key_that_does_not_fit_keeps_the_old_certificate_until_both_fit() {
    let (old, new) = (Arc::new(SelfSigned::new()), SelfSigned::new());
    let server = Server::secured(old.clone(), &[]).await;
    let (certificate, key) = files(&server.data());
    fs::write(key, new.key_pem()).unwrap();
    eventually("a word about it", async || {
        server.printed().contains("the new certificate cannot be used").then_some(())
    })
    .await;
    old.call(server.address()).await.unwrap();
    fs::write(certificate, new.pem()).unwrap();
    eventually("the new certificate", async || new.call(server.address()).await.ok()).await;
}

#[tokio::test]
async fn a_stop_says_goodbye_on_secure_websockets_and_cuts_nobody() {
    let mut server = Server::secured(Arc::new(SelfSigned::new()), &[]).await;
    let engine = server.engine().await;
    let mut socket = engine.listen_at(&engine.agent()).await;
    server.terminate();
    let (_, code) = socket.closed().await;
    assert_eq!(code, 1012);
    drop(socket);
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.printed());
    assert!(server.printed().contains("cut=0"), "{}", server.printed());
}

#[tokio::test]
async fn many_clients_at_once_all_get_their_turn() {
    let limits = [
        ("SWITCHBOARD_SERVER__TLS__HANDSHAKES_AT_ONCE", "2"),
        // However slow the machine is.
        ("SWITCHBOARD_SERVER__TLS__HANDSHAKE_SECONDS", "300"),
    ];
    let signed = Arc::new(SelfSigned::new());
    let server = Server::secured(signed.clone(), &limits).await;
    let address = server.address();
    let calls = (0..50).map(|_| {
        let signed = signed.clone();
        async move { signed.call(address).await.map(drop).map_err(|error| error.to_string()) }
    });
    assert_eq!(together(calls).await, vec![Ok(()); 50]);
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let variables = SelfSigned::new().write(folder.path());
    let (certificate, key) = files(folder.path());
    fs::write(key, SelfSigned::new().key_pem()).unwrap();
    let data = folder.path().join("data");
    let arguments = ["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mismatched = run(&arguments, &variables);
    assert_eq!(mismatched.code, Some(1));
    assert!(mismatched.err.contains("cannot speak TLS: the certificate and the key"), "{mismatched:?}");
    fs::remove_file(&certificate).unwrap();
    let missing = run(&arguments, &variables);
    assert!(missing.err.contains(certificate.to_str().unwrap()), "{missing:?}");
    assert!(!data.exists());
    let one = run(&["check"], &variables[..1]);
    assert_eq!(one.code, Some(2), "{one:?}");
    assert!(one.err.contains("server.tls.key_file: must name the key"), "{one:?}");
}
