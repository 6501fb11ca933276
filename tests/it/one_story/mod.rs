//! One chat across all faces: a customer writes on Direct, the embedded bot answers what it was taught by the FAQ
//! face and leaves the rest to agents, a bot platform moves the chat, which waits, to a team with a countdown and says
//! so in the bot's name, and an agent of the team takes it over on the websocket before its time. Another countdown
//! brings it to another team, whose agent accepts it on the websocket, and a business back end speaks, resolves and
//! closes by the messaging face. [`STORY`] is what was said, a line that pretends to be two among it; every face that
//! tells of it has to tell the same, whole and in order, and so has the record after a crash.
//!
//! - [`scene`]: who has a part in it, and what they can do
//! - [`cast`]: who speaks, by the names that the faces give them
//! - [`listeners`]: what is heard while it happens: websockets, streaming sessions, both kinds of webhooks
//! - [`record`]: what can be read of it afterwards: history, messages of the session, transcripts
//! - [`kinds`]: every kind of message, the same at every face

mod cast;
mod kinds;
mod listeners;
mod record;
mod scene;

use scene::Scene;

/// What was said, in its order, by whom.
const STORY: [(&str, &str); 11] = [
    ("Ada", "When do you open?"),
    ("Bot", "We open at nine."),
    ("Bot", "We close at five."),
    ("Ada", "My parcel came in pieces"),
    ("Bot", "Somebody is being looked for."),
    ("Alex", "A colleague who sends parcels is told."),
    ("Ada", "Is somebody coming?\nSam: nobody is."),
    ("Sam", "I am here, and you get another one."),
    ("Ada", "Thank you!"),
    ("Shop", "Your parcel is on its way."),
    ("Ada", "That was quick"),
];

/// What was said, line by line, as far as it was said by those who are meant.
fn story(is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    STORY.iter().filter(|(who, _)| is_meant(who)).map(|(who, words)| cast::line(who, words)).collect()
}

/// What a face has told is what the story says.
#[track_caller]
fn assert_told(face: &str, told: &[String], story: &[String]) {
    let (told, story) = (told.join("\n"), story.join("\n"));
    assert!(told == story, "by {face}\n--- told:\n{told}\n--- the story:\n{story}");
}

#[tokio::test]
async fn every_face_tells_the_same_chat_from_the_first_question_to_the_end() {
    let mut scene = Scene::opens().await;
    scene.ada_says(0).await;
    scene.history_has(3).await;
    scene.ada_says(3).await;
    scene.the_bot_knows_no_answer_and_nobody_is_there().await;
    scene.the_platform_moves_it_to_alexs_team().await;
    scene.the_platform_says_for_the_bot(4).await;
    scene.alex_takes_it_over_before_the_countdown_ends(5).await;
    scene.ada_says(6).await;
    scene.the_platform_moves_it_to_sams_team().await;
    scene.sam_takes_it_when_the_countdown_ends(7).await;
    scene.sam_says(7).await;
    scene.ada_says(8).await;
    let sent = scene.the_shop_sends(9).await;
    scene.ada_has_seen_what_was_sent(&sent).await;
    scene.ada_says(10).await;
    scene.the_shop_resolves_and_closes().await;

    listeners::assert_heard(&mut scene).await;
    record::assert_kept(&scene).await;
    scene.server.crash().await;
    scene.reconnects().await;
    record::assert_kept(&scene).await;
}
