//! The sender against what it promises, under random traffic: everything arrives, in the order of its line, one call
//! of a line at a time, and nothing again whose arrival was kept.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::outlets::webhooks::doubles::{ready, status};

const ENDPOINTS: usize = 3;
const TALKS: usize = 5;

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    /// Deliveries are kept, so many at once.
    Keep { endpoint: usize, talk: usize, count: usize },
    /// The next calls of an endpoint come to this.
    Answer { endpoint: usize, statuses: Vec<Option<u16>> },
    /// Time passes, in seconds.
    Pass(u64),
    /// An endpoint is paused.
    Pause(usize),
    /// It is not any more.
    Resume(usize),
    /// The store fails for so many seconds.
    BreakDown(u64),
    /// The process is killed and starts again.
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    let answer = prop_oneof![Just(None), Just(Some(200)), Just(Some(500)), Just(Some(302)), Just(Some(429))];
    prop_oneof![
        6 => (0..ENDPOINTS, 0..TALKS, 1..5usize)
            .prop_map(|(endpoint, talk, count)| Step::Keep { endpoint, talk, count }),
        3 => (0..ENDPOINTS, vec(answer, 1..4))
            .prop_map(|(endpoint, statuses)| Step::Answer { endpoint, statuses }),
        3 => (0..400u64).prop_map(Step::Pass),
        1 => (0..ENDPOINTS).prop_map(Step::Pause),
        1 => (0..ENDPOINTS).prop_map(Step::Resume),
        1 => (1..5u64).prop_map(Step::BreakDown),
        1 => Just(Step::Kill),
    ]
}

/// The last endpoint is a listener, whose deliveries go together.
fn form(endpoint: usize) -> DeliveryForm {
    if endpoint + 1 == ENDPOINTS { DeliveryForm::System } else { DeliveryForm::Direct }
}

async fn run(steps: Vec<Step>, call_takes: u64, rows_of_all: usize) {
    // Nothing is given up within the test.
    let patient = Retries { delays: vec![Duration::from_secs(30); 1000], ..settings().retries };
    let held_of_all = Page { rows: rows_of_all, ..settings().held_of_all };
    let mut bench = Bench::new(WebhookSettings { retries: patient, held_of_all, ..settings() }).await;
    bench.receiver.take(Duration::from_secs(call_takes));
    let endpoints: Vec<_> = (0..ENDPOINTS).map(|_| endpoint()).collect();
    let talks: Vec<_> = (0..TALKS).map(|_| ConversationId::new()).collect();
    let (mut expected, mut kills) = (BTreeMap::<_, Vec<u64>>::new(), 0);
    for step in steps {
        match step {
            Step::Keep { endpoint, talk, count } => {
                for _ in 0..count {
                    bench.keep(&endpoints[endpoint], talks[talk], form(endpoint)).await;
                    expected.entry((endpoints[endpoint].clone(), talks[talk])).or_default().push(bench.kept);
                }
            }
            Step::Answer { endpoint, statuses } => {
                let outcomes = statuses.into_iter().map(|answer| answer.map_or_else(failed, answered));
                bench.receiver.answer(&endpoints[endpoint], outcomes);
            }
            Step::Pass(seconds) => sleep(Duration::from_secs(seconds)).await,
            Step::Pause(endpoint) => bench.places.put(&endpoints[endpoint], Standing::Paused),
            Step::Resume(endpoint) => bench.places.put(&endpoints[endpoint], ready(bench.clock.now())),
            Step::BreakDown(seconds) => {
                bench.store.break_down();
                sleep(Duration::from_secs(seconds)).await;
                bench.store.repair();
            }
            Step::Kill => {
                kills += 1;
                bench.start().await;
            }
        }
    }
    endpoints.iter().for_each(|endpoint| bench.places.put(endpoint, ready(bench.clock.now())));
    bench.until_all_is_sent().await;
    judge(&bench, &expected, kills);
}

/// Who is called too often asks to be left alone.
fn answered(code: u16) -> Outcome {
    let retry_after = (code == 429).then_some(Duration::from_secs(100));
    Outcome { retry_after, ..status(code) }
}

/// Each line was taken whole and in order; what was taken again was cut off by a kill before that was kept.
fn judge(bench: &Bench, expected: &BTreeMap<(Endpoint, ConversationId), Vec<u64>>, kills: usize) {
    let mut taken: BTreeMap<(Endpoint, ConversationId), Vec<u64>> = BTreeMap::new();
    let mut again = 0;
    for call in bench.receiver.received() {
        if call.answered != Some(200) {
            continue;
        }
        let body: serde_json::Value = serde_json::from_str(&call.body).unwrap();
        let numbers: Vec<u64> = match (&body["activity"], body["activities"].as_array()) {
            (_, Some(several)) => several.iter().map(|number| number.as_u64().unwrap()).collect(),
            (single, None) => vec![single.as_u64().unwrap()],
        };
        assert_eq!(numbers.len(), call.count);
        let line = taken.entry((call.endpoint, call.conversation)).or_default();
        for number in numbers {
            if line.contains(&number) {
                again += 1;
            } else {
                line.push(number);
            }
        }
    }
    assert_eq!(&taken, expected);
    // A kill cuts off as many calls as there may be, each of as many deliveries as go together.
    assert!(again <= kills * 3 * 3, "{again} again after {kills} kills");
    let (of_one, of_all) = bench.receiver.most();
    assert!(of_one <= 2 && of_all <= 3, "{of_one} {of_all}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn everything_arrives_in_order_and_once(
        steps in vec(step(), 1..40),
        call_takes in 0..7u64,
        rows_of_all in 1..9usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.unwrap().block_on(run(steps, call_takes, rows_of_all));
    }
}
