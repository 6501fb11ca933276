//! Refusals as clients read them.

use http_body_util::BodyExt;

use super::*;
use crate::store::StoreError;

async fn rendered(refusal: Refusal) -> (Response<()>, Vec<u8>) {
    let (parts, body) = refusal.into_response().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    (Response::from_parts(parts, ()), body)
}

#[tokio::test]
async fn faults_are_told_in_the_documented_body() {
    let fault = Fault::new("payload", Reason::Required, "is required").within("events[2]");
    let (head, body) = rendered(Refusal::Invalid(vec![fault])).await;
    assert_eq!(head.status(), StatusCode::BAD_REQUEST);
    assert_eq!(head.headers()[CONTENT_TYPE], "application/json");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        body,
        json!({"code": 400, "message": "The request is not valid", "errors": [{
            "scope": "events[2].payload", "reason": "required", "message": "events[2].payload is required",
        }]})
    );
}

#[tokio::test]
async fn unauthorized_has_no_body() {
    let (head, body) = rendered(Refusal::Unauthorized).await;
    assert_eq!(head.status(), StatusCode::UNAUTHORIZED);
    assert!(body.is_empty());
}

#[tokio::test]
async fn too_many_of_what_gets_fewer_by_waiting_tell_when_to_come_back() {
    for (refusal, seconds) in [
        (Refusal::TooManyRequests(7), "7"),
        (Refusal::TooManySessions, "60"),
        (Refusal::TooManySubscriptionsOfAll, "60"),
        (Refusal::TooManyConnections, "10"),
    ] {
        let (head, body) = rendered(refusal).await;
        assert_eq!(head.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(head.headers()[RETRY_AFTER], seconds);
        assert!(!body.is_empty());
    }
}

#[tokio::test]
async fn too_many_subscriptions_are_the_clients_fault_and_nobody_is_told_to_wait() {
    let (head, body) = rendered(Refusal::TooManySubscriptions).await;
    assert_eq!((head.status(), head.headers().get(RETRY_AFTER)), (StatusCode::BAD_REQUEST, None));
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["errors"][0]["reason"], "subscriptionLimitExceeded");
}

#[tokio::test]
async fn our_own_failures_say_nothing() {
    let (_, body) = rendered(StoreError::Failed("disk /dev/sda1".to_owned()).into()).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body, json!({"code": 500, "message": "Internal server error", "errors": []}));
}

#[tokio::test]
async fn sessions_of_any_trouble_are_told_in_the_words_that_clients_look_for() {
    for refusal in [Refusal::InvalidSession, Refusal::OtherVersion] {
        let (_, body) = rendered(refusal).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["message"], "Invalid or expired session");
    }
}
