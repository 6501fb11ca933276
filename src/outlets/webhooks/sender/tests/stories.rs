//! What becomes of deliveries, case by case.

use futures_util::FutureExt;

use super::*;
use crate::domain::clock::Millis;
use crate::domain::delivery::DeliveryStatus;
use crate::outlets::webhooks::doubles::{ready, status};
use crate::outlets::webhooks::{Reason, ReplayError, Unsent};

fn direct(number: u64) -> String {
    format!(r#"{{"a":1,"activity":{number}}}"#)
}

fn system(numbers: &str) -> String {
    format!(r#"{{"a":1,"activities":[{numbers}]}}"#)
}

fn statuses(all: &[DeliveryHead]) -> Vec<DeliveryStatus> {
    all.iter().map(|head| head.progress.status).collect()
}

#[tokio::test(start_paused = true)]
async fn a_delivery_is_tried_as_documented_then_given_up_and_told_and_the_next_one_follows() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.receiver.answer(&one, [status(500), failed(), status(404), status(301), failed(), status(503)]);
    let id = bench.keep_direct(&one, talk).await;
    bench.keep_direct(&one, talk).await;
    bench.until_all_is_sent().await;

    let calls = bench.receiver.calls_of(&one);
    let times: Vec<_> = calls.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [0.0, 120.0, 360.0, 720.0, 1200.0, 1800.0, 1800.0]);
    assert!(calls[..6].iter().all(|(_, body)| *body == direct(1)) && calls[6].1 == direct(2));
    let all = bench.all(&one).await;
    assert_eq!(statuses(&all), [DeliveryStatus::Dead, DeliveryStatus::Delivered]);
    let attempts: Vec<_> =
        all[0].progress.attempts.iter().map(|one| (one.at.0 / 1000, one.status_code)).collect();
    let expected =
        [(0, Some(500)), (120, None), (360, Some(404)), (720, Some(301)), (1200, None), (1800, Some(503))];
    assert_eq!(attempts, expected);
    assert_eq!(all[0].progress.attempts[1].error.as_deref(), Some("nobody is there"));
    assert_eq!(all[1].progress.attempts.last().map(|last| last.error.clone()), Some(None));
    let told = bench.told.all();
    assert_eq!((told.len(), told[0].reason, &told[0].deliveries), (1, Reason::Exhausted, &vec![id]));
    assert_eq!((told[0].last.status_code, told[0].at), (Some(503), Millis(1_800_000)));
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_retry_holds_its_own_line_alone() {
    let mut bench = Bench::new(settings()).await;
    let (one, other) = (endpoint(), endpoint());
    let (talk, elsewhere) = (ConversationId::new(), ConversationId::new());
    bench.receiver.answer(&one, [failed()]);
    for (endpoint, talk) in [(&one, talk), (&one, talk), (&one, elsewhere), (&other, talk)] {
        bench.keep_direct(endpoint, talk).await;
        sleep(Duration::from_secs(1)).await;
    }
    bench.until_all_is_sent().await;
    let expected = [(0.0, 1), (2.0, 3), (120.0, 1), (120.0, 2)];
    assert_eq!(bench.receiver.calls_of(&one), expected.map(|(at, number)| (at, direct(number))));
    assert_eq!(bench.receiver.calls_of(&other), [(3.0, direct(4))]);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_asks_to_be_left_alone_is() {
    let mut bench = Bench::new(settings()).await;
    let one = endpoint();
    let busy = Outcome { retry_after: Some(Duration::from_secs(1000)), ..status(429) };
    bench.receiver.answer(&one, [busy]);
    bench.keep_direct(&one, ConversationId::new()).await;
    bench.until_all_is_sent().await;
    assert_eq!(bench.receiver.calls_of(&one), [(0.0, direct(1)), (1000.0, direct(1))]);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_asks_to_be_left_alone_is_so_in_all_its_conversations() {
    let mut bench = Bench::new(settings()).await;
    let (one, other) = (endpoint(), endpoint());
    let busy = Outcome { retry_after: Some(Duration::from_secs(1000)), ..status(503) };
    bench.receiver.answer(&one, [busy]);
    bench.keep_direct(&one, ConversationId::new()).await;
    sleep(Duration::from_secs(1)).await;
    bench.keep_direct(&one, ConversationId::new()).await;
    bench.keep_direct(&other, ConversationId::new()).await;
    bench.until_all_is_sent().await;
    let times = |endpoint| bench.receiver.calls_of(endpoint).iter().map(|(at, _)| *at).collect::<Vec<_>>();
    assert_eq!(times(&one), [0.0, 1000.0, 1000.0]);
    assert_eq!(times(&other), [1.0]);
}

#[tokio::test(start_paused = true)]
async fn much_that_waits_in_one_conversation_holds_up_no_other() {
    let mut bench = Bench::new(settings()).await;
    let (one, failing, other) = (endpoint(), ConversationId::new(), ConversationId::new());
    bench.receiver.answer(&one, [failed()]);
    for form in [[DeliveryForm::Direct; 7].as_slice(), &[DeliveryForm::System; 6]].concat() {
        bench.keep(&one, failing, form).await;
    }
    bench.keep_direct(&one, other).await;
    bench.until_all_is_sent().await;
    let calls = bench.receiver.calls_of(&one);
    assert_eq!(calls[..2], [(0.0, direct(1)), (0.0, direct(14))]);
    let mut expected: Vec<_> = (1..=7).map(direct).collect();
    expected.extend([system("8,9,10"), system("11,12,13")]);
    assert_eq!(calls[2..].iter().map(|(_, body)| body.clone()).collect::<Vec<_>>(), expected);
    assert!(calls[2..].iter().all(|(at, _)| *at == 120.0));
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_a_call_is_under_way_goes_together_and_together_again() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.receiver.take(Duration::from_secs(5));
    bench.receiver.answer(&one, [status(200), failed()]);
    for _ in 0..3 {
        bench.keep(&one, talk, DeliveryForm::System).await;
        sleep(Duration::from_secs(1)).await;
    }
    sleep(Duration::from_secs(3)).await;
    bench.keep(&one, talk, DeliveryForm::System).await;
    bench.until_all_is_sent().await;
    let expected = [(0.0, "1"), (5.0, "2,3"), (130.0, "2,3"), (135.0, "4")];
    assert_eq!(bench.receiver.calls_of(&one), expected.map(|(at, numbers)| (at, system(numbers))));
    let repeated: Vec<_> = bench.receiver.received()[1..3].iter().map(|one| (one.first, one.count)).collect();
    assert_eq!(repeated[0], repeated[1], "a receiver knows it for a repetition");
    assert!(bench.all(&one).await.iter().all(|head| head.progress.status == DeliveryStatus::Delivered));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_gone_gets_nothing_until_it_is_changed() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.receiver.answer(&one, [status(410)]);
    for _ in 0..3 {
        bench.keep_direct(&one, talk).await;
    }
    bench.until_all_is_sent().await;
    bench.start().await;
    bench.keep_direct(&one, ConversationId::new()).await;
    bench.until_all_is_sent().await;
    assert_eq!(bench.receiver.calls_of(&one).len(), 1);
    assert_eq!(statuses(&bench.all(&one).await), [DeliveryStatus::Dead; 4]);
    let told = bench.told.all();
    assert_eq!((told.len(), told[0].reason), (1, Reason::Stopped));
    assert_eq!(bench.told.unsent(), [Unsent::Stopped; 3]);

    sleep(Duration::from_secs(1)).await;
    bench.places.put(&one, ready(bench.clock.now()));
    bench.keep_direct(&one, talk).await;
    bench.until_all_is_sent().await;
    assert_eq!(bench.receiver.calls_of(&one).len(), 2);
    assert_eq!(bench.store.stopped_endpoints().await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_replay_goes_in_its_old_place_and_lets_a_stopped_endpoint_go_on() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.receiver.answer(&one, [status(410)]);
    let id = bench.keep_direct(&one, talk).await;
    bench.keep_direct(&one, talk).await;
    bench.until_all_is_sent().await;
    let dead = bench.all(&one).await.remove(0);

    let replayed = bench.deliveries().replay(bench.tenant, &one, id, Vec::new()).await.unwrap();
    assert_eq!((replayed.progress.status, replayed.progress.tries), (DeliveryStatus::Pending, 0));
    bench.until_all_is_sent().await;
    assert_eq!(bench.receiver.calls_of(&one).last(), Some(&(1.0, direct(1))));
    let found = bench.all(&one).await;
    assert_eq!(statuses(&found), [DeliveryStatus::Delivered, DeliveryStatus::Dead]);
    assert_eq!(found[0].progress.attempts[..1], dead.progress.attempts, "what was tried is remembered");

    bench.deliveries().replay(bench.tenant, &one, id, Vec::new()).await.unwrap();
    bench.until_all_is_sent().await;
    assert_eq!(bench.receiver.calls_of(&one).len(), 3, "also when it was taken");
    let unknown = bench.deliveries().replay(bench.tenant, &endpoint(), id, Vec::new()).await;
    assert!(matches!(unknown, Err(ReplayError::NotFound)));
}

#[tokio::test(start_paused = true)]
async fn a_replay_is_not_undone_by_the_410_that_it_answers() {
    let mut bench = Bench::new(settings()).await;
    let one = endpoint();
    bench.receiver.answer(&one, [status(410)]);
    let told = bench.told.clone();
    let held = told.ear.lock().await;
    let id = bench.keep_direct(&one, ConversationId::new()).await;
    bench.until_all_is_sent().await;
    bench.deliveries().replay(bench.tenant, &one, id, Vec::new()).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    drop(held);
    bench.until_all_is_sent().await;
    assert_eq!(statuses(&bench.all(&one).await), [DeliveryStatus::Delivered]);
    assert_eq!((bench.receiver.calls_of(&one).len(), told.all().len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_finishes_tells_operators_what_its_last_calls_came_to() {
    let mut bench = Bench::new(settings()).await;
    let one = endpoint();
    bench.receiver.take(Duration::from_secs(5));
    bench.receiver.answer(&one, [status(410)]);
    bench.keep_direct(&one, ConversationId::new()).await;
    sleep(Duration::from_secs(1)).await;
    bench.sender.take().unwrap().finish().await;
    assert_eq!(bench.told.all().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_replay_that_nobody_waits_for_any_more_is_carried_out() {
    let mut bench = Bench::new(settings()).await;
    let one = endpoint();
    bench.receiver.answer(&one, [status(410), status(410)]);
    let id = bench.keep_direct(&one, ConversationId::new()).await;
    bench.until_all_is_sent().await;
    bench.store.slow_down();
    let deliveries = bench.deliveries();
    let mut replay = Box::pin(deliveries.replay(bench.tenant, &one, id, Vec::new()));
    assert!((&mut replay).now_or_never().is_none());
    drop(replay);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.receiver.calls_of(&one).len(), 2);

    let mut replay = Box::pin(deliveries.replay_dead(bench.tenant, &one, Millis(0), Vec::new()));
    assert!((&mut replay).now_or_never().is_none());
    drop(replay);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.receiver.calls_of(&one).len(), 3);
    assert_eq!(statuses(&bench.all(&one).await), [DeliveryStatus::Delivered]);
}

#[tokio::test(start_paused = true)]
async fn all_that_was_given_up_since_a_moment_is_replayed_in_order() {
    let once = Retries { delays: vec![Duration::ZERO], ..settings().retries };
    let mut bench = Bench::new(WebhookSettings { retries: once, ..settings() }).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.receiver.always_answer(&one, failed());
    for _ in 0..1_203 {
        bench.keep_direct(&one, talk).await;
        if bench.kept == 2 {
            bench.until_all_is_sent().await;
            sleep(Duration::from_secs(10)).await;
        }
    }
    bench.until_all_is_sent().await;
    bench.receiver.always_answer(&one, status(204));
    let before = bench.receiver.calls_of(&one).len();
    let count = bench.deliveries().replay_dead(bench.tenant, &one, Millis(9_000), Vec::new()).await.unwrap();
    bench.until_all_is_sent().await;
    assert_eq!(count, 1_201);
    let bodies: Vec<_> =
        bench.receiver.calls_of(&one).into_iter().skip(before).map(|(_, body)| body).collect();
    assert_eq!(bodies, (3..=1_203).map(direct).collect::<Vec<_>>());
    let mut totals = Vec::new();
    for status in [DeliveryStatus::Pending, DeliveryStatus::Delivered, DeliveryStatus::Dead] {
        let query = DeliveryQuery { status: Some(status), ..DeliveryQuery::all(bench.tenant, one.clone()) };
        totals.push(bench.deliveries().list(query).await.unwrap().total);
    }
    assert_eq!(totals, [0, 1_201, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_is_for_a_paused_endpoint_waits_and_what_was_for_one_that_is_gone_is_dropped() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.places.put(&one, Standing::Paused);
    for _ in 0..5 {
        bench.keep_direct(&one, talk).await;
    }
    sleep(Duration::from_secs(7200)).await;
    assert!(bench.receiver.received().is_empty());
    bench.places.put(&one, ready(Millis(0)));
    bench.until_all_is_sent().await;
    let expected: Vec<_> = (1..=5).map(|number| (7200.0, direct(number))).collect();
    assert_eq!(bench.receiver.calls_of(&one), expected);

    bench.places.put(&one, Standing::Gone);
    bench.keep_direct(&one, talk).await;
    sleep(Duration::from_secs(7200)).await;
    assert_eq!(bench.receiver.calls_of(&one).len(), 5);
}

#[tokio::test(start_paused = true)]
async fn what_is_for_an_endpoint_without_an_address_is_given_up() {
    let mut bench = Bench::new(settings()).await;
    let one = endpoint();
    bench.places.put(&one, Standing::NoAddress);
    bench.keep_direct(&one, ConversationId::new()).await;
    bench.until_all_is_sent().await;
    let all = bench.all(&one).await;
    assert_eq!(statuses(&all), [DeliveryStatus::Dead]);
    assert!(all[0].progress.attempts[0].error.as_deref().is_some_and(|why| why.contains("no webhook")));
    assert!(bench.receiver.received().is_empty() && bench.told.all().is_empty());
    assert_eq!(bench.told.unsent(), [Unsent::NoAddress]);
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_with_the_attempts_and_the_waits_of_before() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.receiver.answer(&one, [failed(), failed()]);
    bench.keep_direct(&one, talk).await;
    bench.keep_direct(&one, talk).await;
    sleep(Duration::from_secs(60)).await;
    bench.start().await;
    sleep(Duration::from_secs(100)).await;
    bench.start().await;
    bench.until_all_is_sent().await;
    let expected = [(0.0, 1), (120.0, 1), (360.0, 1), (360.0, 2)];
    assert_eq!(bench.receiver.calls_of(&one), expected.map(|(at, number)| (at, direct(number))));
    assert_eq!(bench.all(&one).await[0].progress.tries, 3);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_answered_is_not_made_again_while_the_store_fails() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.receiver.take(Duration::from_secs(2));
    bench.keep_direct(&one, talk).await;
    bench.keep_direct(&one, talk).await;
    sleep(Duration::from_secs(1)).await;
    bench.store.break_down();
    sleep(Duration::from_secs(500)).await;
    assert_eq!(bench.receiver.calls_of(&one).len(), 1, "and nothing follows before that is kept");
    bench.store.repair();
    bench.until_all_is_sent().await;
    let bodies: Vec<_> = bench.receiver.calls_of(&one).into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies, [direct(1), direct(2)]);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_finishes_waits_for_its_calls_and_begins_no_more() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.receiver.take(Duration::from_secs(5));
    bench.keep_direct(&one, talk).await;
    bench.keep_direct(&one, talk).await;
    sleep(Duration::from_secs(1)).await;
    bench.sender.take().unwrap().finish().await;
    assert_eq!(bench.clock.now(), Millis(5_000));
    assert_eq!(statuses(&bench.all(&one).await), [DeliveryStatus::Delivered, DeliveryStatus::Pending]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_keeps_is_sent_once_in_its_order_or_not_at_all() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    let mut typing = delivery(bench.tenant, &one, talk);
    typing.item = "0".into();
    bench.receiver.answer(&one, [failed()]);
    bench.intake.take(vec![Outgoing::Passing(typing.clone())]);
    sleep(Duration::from_secs(1)).await;
    bench.receiver.take(Duration::from_secs(5));
    bench.keep_direct(&one, talk).await;
    bench.intake.take(vec![Outgoing::Passing(typing)]);
    bench.until_all_is_sent().await;
    sleep(Duration::from_secs(7200)).await;
    assert_eq!(bench.receiver.calls_of(&one), [(0.0, direct(0)), (1.0, direct(1))]);
}

#[tokio::test(start_paused = true)]
async fn a_410_to_what_nobody_keeps_stops_the_endpoint_and_is_told() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.receiver.answer(&one, [status(410)]);
    bench.intake.take(vec![Outgoing::Passing(delivery(bench.tenant, &one, talk))]);
    sleep(Duration::from_secs(1)).await;
    let told = bench.told.all();
    assert_eq!((told.len(), told[0].reason, told[0].deliveries.len()), (1, Reason::Stopped, 0));
    assert_eq!(bench.store.stopped_endpoints().await.unwrap().len(), 1);
    bench.keep_direct(&one, talk).await;
    bench.until_all_is_sent().await;
    assert_eq!(statuses(&bench.all(&one).await), [DeliveryStatus::Dead]);
    assert_eq!(bench.receiver.calls_of(&one).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_line_whose_errand_broke_down_goes_on_after_a_rest_and_holds_nobody_up() {
    let once = Retries { delays: vec![Duration::ZERO], ..settings().retries };
    let mut bench = Bench::new(WebhookSettings { retries: once, ..settings() }).await;
    let one = endpoint();
    bench.receiver.answer(&one, [failed(), failed()]);
    bench.told.break_down(2);
    for _ in 0..2 {
        bench.keep_direct(&one, ConversationId::new()).await;
    }
    sleep(Duration::from_secs(1)).await;
    bench.keep_direct(&one, ConversationId::new()).await;
    bench.until_all_is_sent().await;
    let mut calls = bench.receiver.calls_of(&one);
    calls[3..].sort_by(|one, other| one.1.cmp(&other.1));
    let expected = [(0.0, 1), (0.0, 2), (1.0, 3), (60.0, 1), (60.0, 2)];
    assert_eq!(calls, expected.map(|(at, number)| (at, direct(number))));
    assert_eq!(statuses(&bench.all(&one).await), [DeliveryStatus::Delivered; 3]);
}

#[tokio::test(start_paused = true)]
async fn endpoints_that_cannot_be_read_keep_no_other_waiting() {
    let mut bench = Bench::new(settings()).await;
    let (lost, read) = ([endpoint(), endpoint(), endpoint()], endpoint());
    for one in lost.iter().chain([&read]) {
        bench.places.put(one, Standing::Paused);
        bench.keep_direct(one, ConversationId::new()).await;
    }
    lost.iter().for_each(|one| bench.store.lose(one));
    sleep(Duration::from_secs(1)).await;
    for one in lost.iter().chain([&read]) {
        bench.places.put(one, ready(Millis(0)));
    }
    sleep(Duration::from_secs(1)).await;
    let endpoints = || bench.receiver.received().into_iter().map(|call| call.endpoint).collect::<Vec<_>>();
    assert_eq!(endpoints(), [read]);
    bench.store.repair();
    bench.until_all_is_sent().await;
    assert_eq!(endpoints().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn no_more_pages_are_read_at_once_than_may_be_and_a_rest_takes_no_place() {
    let bench = Bench::new(settings()).await;
    let mut reads = Reads::new(bench.store.clone(), bench.backlog.clone(), &settings());
    for one in [endpoint(), endpoint()] {
        bench.store.lose(&one);
        assert!(reads.has_place());
        let (tenant, page) = (bench.tenant, settings().batch);
        reads.begin(PendingQuery { tenant, endpoint: one, conversation: None, after: DeliveryNo(0), page });
    }
    assert!(!reads.has_place(), "one past the limit");
    for _ in 0..2 {
        assert!(matches!(reads.next().await, Some(Ok(ReadNews::Rests(_)))));
        assert!(reads.has_place());
    }
    assert_eq!(bench.backlog.unreadable_webhooks(), 2);
    for _ in 0..2 {
        let Some(Ok(ReadNews::Rested(one))) = reads.next().await else { panic!("they have rested") };
        reads.forget(&one);
    }
    assert_eq!(bench.backlog.unreadable_webhooks(), 0);
    assert!(reads.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn how_much_waits_is_counted_from_time_to_time_and_since_when() {
    let mut bench = Bench::new(settings()).await;
    let (one, talk) = (endpoint(), ConversationId::new());
    bench.receiver.answer(&one, [failed()]);
    sleep(Duration::from_secs(10)).await;
    for _ in 0..2 {
        bench.keep_direct(&one, talk).await;
    }
    let known = || (bench.backlog.pending(), bench.backlog.oldest_for(bench.clock.now()).as_secs());
    sleep(Duration::from_secs(4)).await;
    assert_eq!(known(), (0, 0), "as of the start");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(known(), (2, 6));
    bench.store.break_down();
    sleep(Duration::from_secs(20)).await;
    assert_eq!(known(), (2, 26), "as it was known last");
    bench.store.repair();
    bench.until_all_is_sent().await;
    sleep(Duration::from_secs(15)).await;
    assert_eq!(known(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_cannot_be_read_is_tried_ever_more_rarely_and_counted_until_it_can() {
    let mut bench = Bench::new(settings()).await;
    let one = endpoint();
    bench.places.put(&one, Standing::Paused);
    bench.keep_direct(&one, ConversationId::new()).await;
    bench.store.lose(&one);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.backlog.unreadable_webhooks(), 0);
    bench.places.put(&one, ready(Millis(0)));
    sleep(Duration::from_secs(300)).await;
    // At 0, 1, 3, 7, 15, 31, 63, 123, 183 and 243 seconds.
    assert_eq!((bench.store.lost_reads(), bench.backlog.unreadable_webhooks()), (10, 1));
    bench.store.repair();
    sleep(Duration::from_secs(4)).await;
    assert_eq!(bench.receiver.calls_of(&one), [(304.0, direct(1))]);
    assert_eq!(bench.backlog.unreadable_webhooks(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_asked_to_be_left_alone_is_so_after_a_restart_in_all_its_conversations() {
    for is_kept in [true, false] {
        let mut bench = Bench::new(settings()).await;
        let (one, talk) = (endpoint(), ConversationId::new());
        let busy = Outcome { retry_after: Some(Duration::from_secs(1000)), ..status(503) };
        bench.receiver.answer(&one, [busy]);
        if is_kept {
            bench.keep_direct(&one, talk).await;
        } else {
            bench.intake.take(vec![Outgoing::Passing(delivery(bench.tenant, &one, talk))]);
        }
        sleep(Duration::from_secs(1)).await;
        bench.start().await;
        bench.keep_direct(&one, ConversationId::new()).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(bench.receiver.calls_of(&one).len(), 1);
        bench.until_all_is_sent().await;
        let times: Vec<_> = bench.receiver.calls_of(&one).iter().map(|(at, _)| *at).collect();
        assert!(times[1..].iter().all(|at| *at == 1000.0) && times.len() > 1, "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_left_alone_after_a_restart_no_longer_than_it_may_ask_for_by_then() {
    let mut bench = Bench::new(settings()).await;
    let one = endpoint();
    let busy = Outcome { retry_after: Some(Duration::from_secs(1000)), ..status(503) };
    bench.receiver.answer(&one, [busy]);
    bench.intake.take(vec![Outgoing::Passing(delivery(bench.tenant, &one, ConversationId::new()))]);
    sleep(Duration::from_secs(1)).await;
    bench.settings.retries.longest_retry_after = Duration::from_secs(10);
    bench.start().await;
    bench.keep_direct(&one, ConversationId::new()).await;
    bench.until_all_is_sent().await;
    assert_eq!(bench.receiver.calls_of(&one)[1..], [(11.0, direct(1))]);
}
