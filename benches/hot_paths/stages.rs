//! The whole way of a text from a checked draft to its readers, with stages on the way and without. It is where the
//! stages' cost shows: the rest is the same.

use divan::Bencher;

use crate::stage::conversation::{Conversation, Stages};

/// A customer's text, from the draft to the agent's sockets and sessions.
#[divan::bench(args = [Stages::None, Stages::BuiltIn])]
fn say(bencher: Bencher<'_, '_>, stages: Stages) {
    let conversation = Conversation::begin(&super::activity::body(), stages);
    bencher.bench_local(|| conversation.say());
}
