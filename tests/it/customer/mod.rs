//! The customer's side: what opens a conversation, what comes back to whoever said it, and what a customer hears that
//! was away.

mod documented;
mod echo;
mod events;
mod start;
mod untaken;

use serde_json::Value;

use crate::harness::{Server, Socket, eventually};

/// The text and the flow of an activity.
fn text_and_flow(activity: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text in {activity:#}")).to_owned();
    (text(&activity["message"]["text"]), text(&activity["flowProcess"]))
}

/// What [`text_and_flow`] says of something heard live.
fn live(text: &str) -> (String, String) {
    (text.to_owned(), "Default".to_owned())
}

/// What [`text_and_flow`] says of something that was said to a customer who was away.
fn replayed(text: &str) -> (String, String) {
    (text.to_owned(), "AutoReplay".to_owned())
}

/// The next activities on a socket.
async fn heard(socket: &mut Socket, count: usize) -> Vec<(String, String)> {
    let mut heard = Vec::with_capacity(count);
    for _ in 0..count {
        heard.push(text_and_flow(&socket.next_activity().await["activity"]));
    }
    heard
}

/// Waits until the server has noticed that sockets are gone, and so many are open.
async fn sockets_open(server: &Server, count: usize) {
    eventually("the sockets are gone", async || {
        let metrics = server.http().get("/metrics").await.text;
        let kinds = ["websocket", "signalr"].map(|kind| format!("connections{{kind=\"{kind}\"}} "));
        let counts = metrics.lines().flat_map(|line| kinds.iter().filter_map(|kind| line.strip_prefix(kind)));
        let open: usize = counts.map(|count| count.parse::<usize>().unwrap()).sum();
        (open == count).then_some(())
    })
    .await;
}
