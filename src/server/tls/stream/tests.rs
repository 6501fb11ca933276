use std::task::Waker;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::client;

use super::super::testing::{SelfSigned, call, config_of};
use super::*;
use crate::server::socket::{Socket, pair_of_streams};
use crate::server::wire::Wire;

/// Larger than all that the system, both ends' records and the client's buffers hold.
const MUCH: usize = 8 << 20;

async fn pair() -> (TlsStream, client::TlsStream<TcpStream>) {
    let signed = SelfSigned::new();
    let (ours, theirs) = pair_of_streams().await;
    let turns = Semaphore::new(1);
    let accepting = TlsStream::accept(ours, config_of(&signed), &turns);
    let (ours, theirs) = tokio::join!(accepting, call(signed.client(), theirs));
    (ours.unwrap(), theirs.unwrap())
}

/// Bytes that tell their place.
fn numbered(count: usize) -> Vec<u8> {
    (0_u32..).flat_map(u32::to_be_bytes).take(count).collect()
}

/// Writes until nothing more is taken; how far that came.
fn write_until_blocked(stream: &TlsStream, bytes: &[u8], giving: Giving) -> usize {
    let mut written = 0;
    loop {
        match stream.try_write(&bytes[written..], giving) {
            Ok(more) => written += more,
            Err(error) if is_blocked(&error) => return written,
            Err(error) => panic!("{error}"),
        }
        assert!(written < bytes.len(), "everything was taken: the test needs more");
    }
}

async fn write_all(stream: &TlsStream, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match stream.try_write(bytes, Giving::Remembered) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if is_blocked(&error) => poll_fn(|cx| stream.poll_write_ready(cx)).await.unwrap(),
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn what_a_stalled_client_has_not_taken_follows_in_order_when_it_reads_again() {
    for giving in [Giving::AtOnce, Giving::Remembered] {
        let (stream, mut client) = pair().await;
        let bytes = numbered(MUCH);
        let written = write_until_blocked(&stream, &bytes, giving);
        let writing = write_all(&stream, &bytes[written..]);
        let mut read = vec![0; MUCH];
        let (_, outcome) = tokio::join!(writing, client.read_exact(&mut read));
        outcome.unwrap();
        assert!(read == bytes);
    }
}

#[tokio::test]
async fn no_more_than_a_record_waits_beside_the_writers_queue() {
    let (stream, mut client) = pair().await;
    let bytes = numbered(MUCH);
    let written = write_until_blocked(&stream, &bytes, Giving::AtOnce);
    // What was reported and is not with the system would not arrive without another write.
    let mut read = vec![0; written - RECORD_BYTES];
    client.read_exact(&mut read).await.unwrap();
    assert!(read == bytes[..read.len()]);
}

#[tokio::test]
async fn the_last_byte_is_not_reported_before_the_system_has_it() {
    let (stream, mut client) = pair().await;
    let bytes = numbered(MUCH);
    let written = write_until_blocked(&stream, &bytes, Giving::AtOnce);
    // One byte of the record that waits is owed, so what is reported never ends with a record that waits.
    assert_eq!((written + 1) % RECORD_BYTES, 0);
    assert!(
        stream.try_write(&bytes[written..=written], Giving::AtOnce).is_err_and(|error| is_blocked(&error))
    );
    let mut read = vec![0; written - RECORD_BYTES];
    client.read_exact(&mut read).await.unwrap();
    poll_fn(|cx| stream.poll_flush(cx)).await.unwrap();
    assert_eq!(stream.try_write(&bytes[written..=written], Giving::AtOnce).unwrap(), 1);
    let mut rest = vec![0; written + 1 - read.len()];
    client.read_exact(&mut rest).await.unwrap();
    assert!(rest == bytes[read.len()..=written]);
}

#[tokio::test]
async fn pieces_that_are_written_together_arrive_together() {
    let (ours, mut client) = pair().await;
    let mut socket = Socket::of(Wire::Tls(Box::new(ours)));
    let pieces: Vec<_> = ["one ", "", "two ", "three"].map(|piece| IoSlice::new(piece.as_bytes())).into();
    assert_eq!(socket.write_vectored(&pieces).await.unwrap(), "one two three".len());
    let mut read = [0; 64];
    assert_eq!(client.read(&mut read).await.unwrap(), "one two three".len());
    assert!(read.starts_with(b"one two three"));
}

#[tokio::test]
async fn what_was_decrypted_and_not_read_keeps_the_connection_ready() {
    let (stream, mut client) = pair().await;
    client.write_all(b"abc").await.unwrap();
    poll_fn(|cx| stream.poll_read_ready(cx)).await.unwrap();
    let mut one = [0];
    for expected in b"abc" {
        assert_eq!(poll_fn(|cx| stream.poll_read(cx, &mut one)).await.unwrap(), 1);
        assert_eq!(one[0], *expected);
    }
    let blocked = stream.try_read(&mut one).unwrap_err();
    assert!(is_blocked(&blocked), "{blocked}");
    assert!(stream.poll_read_ready(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[tokio::test]
async fn the_end_is_the_end_whether_it_is_announced_or_not() {
    for announced in [true, false] {
        let (stream, mut client) = pair().await;
        client.write_all(b"abc").await.unwrap();
        match announced {
            true => client.shutdown().await.unwrap(),
            false => client.get_mut().0.shutdown().await.unwrap(),
        }
        let mut read = [0; 16];
        assert_eq!(poll_fn(|cx| stream.poll_read(cx, &mut read)).await.unwrap(), 3);
        assert_eq!(poll_fn(|cx| stream.poll_read(cx, &mut read)).await.unwrap(), 0);
        assert_eq!(poll_fn(|cx| stream.poll_read(cx, &mut read)).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_dropped_connection_says_goodbye() {
    let (stream, mut client) = pair().await;
    write_all(&stream, b"abc").await;
    drop(stream);
    let mut read = String::new();
    // An end without a goodbye would be an error.
    client.read_to_string(&mut read).await.unwrap();
    assert_eq!(read, "abc");
}

#[tokio::test]
async fn bytes_that_are_no_record_end_the_connection_with_an_error() {
    let (stream, mut client) = pair().await;
    client.get_mut().0.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let error = poll_fn(|cx| stream.poll_read(cx, &mut [0; 16])).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
}
