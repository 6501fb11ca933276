//! Redirects: an answer like others, or followed so often and judged each time.

use super::*;

fn following(redirects: usize) -> GuardedClient {
    GuardedClient::new(CallSettings { redirects, ..settings(true) })
}

#[tokio::test]
async fn a_redirect_is_an_answer_unless_it_is_to_be_followed() {
    let there = Server::answering(Reply::text("there")).await;
    let here = Server::answering(Reply::redirect(307, &there.url("/in"))).await;
    assert_eq!(call(&following(0), &here.url("/")).await.unwrap().status().as_u16(), 307);
    assert_eq!(there.connections(), 0);
    assert_eq!(call(&following(1), &here.url("/")).await.unwrap().status().as_u16(), 200);
    let request = there.requests().remove(0);
    assert!(request.starts_with("POST /in ") && request.ends_with("\r\n\r\n{}"), "{request}");
}

#[tokio::test]
async fn no_more_redirects_are_followed_than_a_call_may_take() {
    let circle = Server::answering(Reply::redirect(308, "/again")).await;
    assert_eq!(call(&following(3), &circle.url("/")).await.unwrap().status().as_u16(), 308);
    assert_eq!(circle.requests().len(), 4);
}

#[tokio::test]
async fn the_address_that_a_redirect_leads_to_is_judged_like_any_other() {
    // Reached without encryption, a public address is out of reach; nothing is connected to.
    let here = Server::answering(Reply::redirect(307, "http://1.1.1.1/")).await;
    let error = call(&following(1), &here.url("/")).await.err().unwrap();
    assert!(causes(&error).contains("1.1.1.1 would be called without encryption"), "{}", causes(&error));
}

#[tokio::test]
async fn a_secret_stays_on_its_host_and_is_not_told_to_another() {
    let mut secret = HeaderValue::from_static("hush");
    secret.set_sensitive(true);
    let headers = HeaderMap::from_iter([
        ("x-secret".parse().unwrap(), secret),
        ("x-more".parse().unwrap(), HeaderValue::from_static("1")),
    ]);
    let there = Server::answering(Reply::text("there")).await;
    let here = Server::answering(Reply::redirect(307, &there.url("/"))).await;
    let circle = Server::answering(Reply::redirect(307, "/again")).await;
    for (first, last, is_told) in [(&here, &there, false), (&circle, &circle, true)] {
        let (url, body) = (first.url("/"), Bytes::from_static(b"{}"));
        following(1).send(TenantId::new(), &url, headers.clone(), body).await.unwrap();
        assert!(first.requests()[0].contains("x-secret: hush\r\n"));
        let request = last.requests().pop().unwrap();
        assert!(request.contains("x-more: 1\r\n"), "{request}");
        assert_eq!(request.contains("x-secret: hush\r\n"), is_told, "{request}");
    }
}
