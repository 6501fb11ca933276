//! A published payload beside the definition of its event.

use divan::Bencher;
use serde_json::{Map, Value, json};
use switchboard::domain::catalogue::{EventType, Payload};

/// The check of a payload; a small one and the largest there is. With both of all twins given it allocates nothing.
#[divan::bench(args = ["engagementCenter.Idle", "engagementCenter.ScreenPop"])]
fn check(bencher: Bencher<'_, '_>, event_type: &str) {
    let event_type = EventType::find(event_type).expect("it is in the catalogue");
    let payload = object(event_type.definition().example.clone());
    bencher.with_inputs(|| payload.clone()).bench_local_values(|payload| Payload::check(event_type, payload));
}

/// The same when a twin has to be filled in.
#[divan::bench]
fn fill_in_a_twin(bencher: Bencher<'_, '_>) {
    let event_type = EventType::find("engagementCenter.Idle").expect("it is in the catalogue");
    let payload = object(json!({"interactionId": 1030}));
    bencher.with_inputs(|| payload.clone()).bench_local_values(|payload| Payload::check(event_type, payload));
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => unreachable!("payloads are objects"),
    }
}
