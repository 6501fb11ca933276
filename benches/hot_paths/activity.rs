//! An activity on its way in, read and checked, and on its way out, written once in each wire format.

use divan::Bencher;
use divan::counter::BytesCount;
use serde_json::{Map, Value};
use switchboard::broker::WireFormat;
use switchboard::pipeline::ActivityDraft;

use crate::stage::conversation::{Conversation, Stages};

/// The body of a Direct call, of 512 bytes.
pub(super) fn body() -> String {
    const BYTES: usize = 512;
    let around = concat!(
        r#"{"type":"message","externalId":"order-4711","#,
        r#""message":{"type":"text","text":"","properties":{"language":"en","priority":3}}}"#,
    );
    let said = "Where is my order? ".chars().cycle().take(BYTES - around.len()).collect::<String>();
    around.replace(r#""text":"""#, &format!(r#""text":"{said}""#))
}

/// From bytes to a checked draft.
#[divan::bench]
fn parse_and_validate(bencher: Bencher<'_, '_>) {
    let body = body();
    bencher.counter(BytesCount::of_str(&body)).bench_local(|| {
        let object: Map<String, Value> = serde_json::from_slice(body.as_bytes()).expect("the body is JSON");
        ActivityDraft::from_body(&object)
    });
}

/// What becomes of the links of a text: most have none.
#[divan::bench(args = ["Where is my order? It should have come. Thank you.", "See https://youtu.be/x1245b, please."])]
fn enrich(bencher: Bencher<'_, '_>, said: &str) {
    let text = Map::from_iter([("type".to_owned(), "text".into()), ("text".to_owned(), said.into())]);
    bencher.with_inputs(|| text.clone()).bench_local_refs(switchboard::pipeline::enrich);
}

/// What sockets hear of an activity.
#[divan::bench(args = [WireFormat::Direct, WireFormat::SignalrJson])]
fn encode(bencher: Bencher<'_, '_>, format: WireFormat) {
    let conversation = Conversation::begin(&body(), Stages::None);
    bencher
        .with_inputs(|| conversation.say().activity)
        .bench_local_refs(|activity| activity.bytes(format).len());
}

/// What streaming sessions hear of it: the event that it causes.
#[divan::bench(args = [WireFormat::StreamV2, WireFormat::StreamV3])]
fn encode_event(bencher: Bencher<'_, '_>, format: WireFormat) {
    let conversation = Conversation::begin(&body(), Stages::None);
    bencher.with_inputs(|| conversation.say().event).bench_local_refs(|event| event.bytes(format).len());
}
