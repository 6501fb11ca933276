use std::error::Error;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn client(private: bool) -> GuardedClient {
    GuardedClient::new(Reach { private, plain_http: false }, Authorities::default(), NonZeroUsize::MIN)
}

/// Answers so many calls, each with the same text and on one connection.
async fn serve(listener: TcpListener, answer: &'static str) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await.unwrap_or(0) > 0 {
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

/// The sources of an error, whole, as one text.
fn causes(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |error: &&dyn Error| (*error).source())
        .map(|error| format!("{error}; "))
        .collect()
}

#[tokio::test]
async fn a_name_that_stands_for_this_machine_is_connected_to_only_where_that_is_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(serve(listener, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{port}/ask");
        let refused = client(false).post(&url, HeaderMap::new(), Bytes::new(), 10).await.err().unwrap();
        let causes = causes(&refused);
        assert!(causes.contains("not on the public internet"), "{host}: {causes}");
    }
    let url = format!("http://localhost:{port}/ask");
    let client = client(true);
    for _ in 0..2 {
        let answer = client.post(&url, HeaderMap::new(), Bytes::new(), 10).await.unwrap();
        assert_eq!((answer.status.as_u16(), &answer.bytes[..]), (200, &b"{}"[..]));
    }
    drop(client);
    serving.await.unwrap();
}

#[tokio::test]
async fn an_answer_may_be_as_large_as_it_is_said_and_no_larger() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let serving = tokio::spawn(serve(listener, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntext"));
    let client = client(true);
    assert_eq!(client.post(&url, HeaderMap::new(), Bytes::new(), 4).await.unwrap().bytes.len(), 4);
    let error = client.post(&url, HeaderMap::new(), Bytes::new(), 3).await.err().unwrap();
    assert!(matches!(error, CallError::Answer(_)), "{error:?}");
    drop(client);
    serving.await.unwrap();
}
