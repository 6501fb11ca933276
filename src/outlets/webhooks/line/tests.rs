//! The rules of a line.

use std::time::Duration;

use super::super::doubles::{delivery, record};
use super::*;
use crate::domain::delivery::{Attempt, DeliveryForm, Endpoint};
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};

const NOW: Millis = Millis(1_000);

const ALL: Page = Page { rows: usize::MAX, bytes: usize::MAX };

fn retries() -> Retries {
    Retries { delays: vec![Duration::ZERO; 3], jitter_percent: 0, longest_retry_after: Duration::ZERO }
}

/// A delivery whose item has ten bytes.
fn kept(number: u64, form: DeliveryForm) -> DeliveryRecord {
    let endpoint = Endpoint::Integration(IntegrationId::new());
    let mut record = record(number, delivery(TenantId::new(), &endpoint, ConversationId::new()));
    record.delivery.form = form;
    record.delivery.item = "0123456789".into();
    record
}

fn failed(number: u64, at: i64, next: i64) -> DeliveryRecord {
    let mut record = kept(number, DeliveryForm::System);
    let attempt = Attempt::new(Millis(at), Some(500), None, Duration::ZERO);
    record.progress.note(attempt, DeliveryStatus::Pending, Some(Millis(next)), std::num::NonZeroUsize::MIN);
    record
}

fn line(records: impl IntoIterator<Item = DeliveryRecord>) -> Line {
    let mut line = Line::default();
    records.into_iter().for_each(|record| assert!(line.put(record)));
    line
}

fn batch(line: &Line, limits: Page) -> Vec<u64> {
    line.batch(limits, NOW, &retries()).iter().map(|record| record.number.0).collect()
}

#[test]
fn what_waits_is_in_the_order_of_its_numbers_and_there_once() {
    let mut line = line([3, 1, 2].map(|number| kept(number, DeliveryForm::System)));
    assert!(!line.put(kept(2, DeliveryForm::System)));
    assert_eq!(batch(&line, ALL), [1, 2, 3]);
    assert_eq!(line.due(&retries()), Some(Millis(0)));
}

#[test]
fn a_delivery_with_a_body_of_its_own_goes_alone() {
    assert_eq!(batch(&line([1, 2].map(|number| kept(number, DeliveryForm::Direct))), ALL), [1]);
    let mixed = line([kept(1, DeliveryForm::System), kept(2, DeliveryForm::Direct)]);
    assert_eq!(batch(&mixed, ALL), [1]);
}

#[test]
fn as_many_go_together_as_a_batch_may_have_and_the_first_whatever_its_size() {
    let line = line((1..=4).map(|number| kept(number, DeliveryForm::System)));
    assert_eq!(batch(&line, Page { rows: 3, ..ALL }), [1, 2, 3]);
    assert_eq!(batch(&line, Page { rows: 1, ..ALL }), [1]);
    assert_eq!(batch(&line, Page { bytes: 20, ..ALL }), [1, 2]);
    assert_eq!(batch(&line, Page { bytes: 19, ..ALL }), [1]);
    assert_eq!(batch(&line, Page { bytes: 1, ..ALL }), [1]);
}

#[test]
fn what_failed_together_goes_together_again_and_with_nothing_else() {
    let again = line([failed(1, 5, 900), failed(2, 5, 900), kept(3, DeliveryForm::System)]);
    assert_eq!(batch(&again, ALL), [1, 2]);
    let replayed = DeliveryRecord { progress: failed(1, 5, 900).progress.replayed(), ..failed(1, 5, 900) };
    assert_eq!(batch(&line([replayed, kept(2, DeliveryForm::System)]), ALL), [1, 2], "it counts as new");
}

#[test]
fn what_waits_for_its_moment_keeps_the_line_and_is_noted_until_it_is_settled() {
    let mut line = line([failed(1, 5, 2_000), kept(2, DeliveryForm::System)]);
    assert_eq!(line.due(&retries()), Some(Millis(2_000)));
    assert_eq!(line.note(DeliveryNo(1), failed(1, 6, 3_000).progress), None);
    assert_eq!(line.due(&retries()), Some(Millis(3_000)));
    let delivered = Progress { status: DeliveryStatus::Delivered, ..Progress::default() };
    assert_eq!(line.note(DeliveryNo(1), delivered).map(|record| record.number), Some(DeliveryNo(1)));
    assert_eq!(batch(&line, ALL), [2]);
}

#[test]
fn what_is_being_sent_is_not_let_go() {
    let mut line = line((1..=3).map(|number| kept(number, DeliveryForm::System)));
    line.state = LineState::Calling(vec![DeliveryNo(1)]);
    assert_eq!(line.let_go().len(), 2);
    assert_eq!(batch(&line, ALL), [1]);
    line.state = LineState::Idle;
    assert_eq!(line.let_go().len(), 1);
    assert_eq!(line.due(&retries()), None);
}
