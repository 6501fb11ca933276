//! Connections that carry more than one call, and what happens when they end between two.

use super::*;

#[tokio::test]
async fn one_call_after_the_other_goes_over_one_connection() {
    let server = Server::answering(Reply::text("taken")).await;
    let client = client(true);
    for _ in 0..10 {
        call(&client, &server.url("/")).await.unwrap().pass_over(100).await;
    }
    assert_eq!((server.requests().len(), server.connections()), (10, 1));
}

#[tokio::test]
async fn no_more_connections_are_kept_than_may_be() {
    for (kept_per_host, connections) in [(0, 2), (1, 1)] {
        let server = Server::answering(Reply::text("taken")).await;
        let client = GuardedClient::new(CallSettings { kept_per_host, ..settings(true) });
        for _ in 0..2 {
            call(&client, &server.url("/")).await.unwrap().pass_over(100).await;
        }
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn a_connection_whose_answer_is_too_long_to_be_passed_over_carries_no_other_call() {
    let server = Server::answering(Reply::text(&"x".repeat(200_000))).await;
    let client = client(true);
    for _ in 0..2 {
        call(&client, &server.url("/")).await.unwrap().pass_over(100).await;
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_was_closed_when_it_was_used_again_costs_nothing_but_a_repeated_call() {
    let server = Server::answering(Reply::once()).await;
    let client = client(true);
    for _ in 0..3 {
        let answer = call(&client, &server.url("/")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.pass_over(100).await;
    }
    // The second and the third came twice, each on a connection of its own the second time.
    assert_eq!((server.requests().len(), server.connections()), (5, 3));
}

#[tokio::test]
async fn a_connection_that_never_carried_an_answer_is_given_up_with_its_call() {
    for reply in [Reply::Reset, Reply::HalfClosed] {
        let server = Server::answering(reply.clone()).await;
        let error = call(&client(true), &server.url("/")).await.err().unwrap();
        assert!(matches!(error, CallError::Connection(_)), "{reply:?}: {error:?}");
        assert_eq!(server.requests().len(), 1, "{reply:?}");
    }
}
