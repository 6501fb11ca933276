//! A day of a contact centre, from before nine until night, with a crash at noon. Everybody acts here, hour by hour;
//! [`story.txt`](story.txt) tells in small lines what is to be heard of it, and every place where one can listen has
//! to tell its part of that story, whole and in order: both kinds of websocket on both sides, the agents' streaming
//! sessions, and the record.
//!
//! - [`story`]: the story, and which lines of it are heard where
//! - [`day`]: who has a part in it, and what they can do
//! - [`listeners`]: everybody who listens, through a crash and to the end
//! - [`reader`]: one of them, through as many connections as it takes
//! - [`cast`]: what was heard, in the words of the story

mod cast;
mod day;
mod listeners;
mod reader;
mod story;

use serde_json::json;

use day::Customer::{Ada, Ben};
use day::Day;
use story::assert_told;

#[tokio::test]
async fn the_same_story_is_told_by_websockets_by_sessions_and_by_the_record() {
    let mut day = Day::dawns().await;
    half_past_eight(&mut day).await;
    nine(&mut day).await;
    ten(&mut day).await;
    eleven(&day).await;
    noon(&mut day).await;
    one(&mut day).await;
    three(&mut day).await;
    five(&mut day).await;
    assert_told(&day.ends().await);
}

/// The business is closed; the bot answers what it knows, and the rest waits.
async fn half_past_eight(day: &mut Day) {
    day.keeps_hours(json!({})).await;
    day.prepares_commands().await;
    day.sam_is("away").await;
    day.begins(Ada, "ada").await;
    day.says(Ada, "When do you open?").await;
    day.hears("ada", "Bot", 1).await;
    day.says(Ada, "My parcel came in pieces").await;
    day.hears("ada", "Bot", 2).await;
    day.says(Ada, "Is anybody there?").await;
}

/// It opens, and Alex gets who waits.
async fn nine(day: &mut Day) {
    let all_day = json!([{"from": "00:00", "to": "24:00"}]);
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    day.keeps_hours(names.into_iter().map(|name| (name.to_owned(), all_day.clone())).collect()).await;
    day.hears("ada", "Hubster", 2).await;
    day.alex_accepts().await;
    day.types(&day.alex, &day.ada, "Good morning Ada, I look after it.").await;
    day.ada_has_seen().await;
}

/// What Ben says takes him to Sam's team, and Sam answers by commands.
async fn ten(day: &mut Day) {
    day.sam_is("available").await;
    day.begins(Ben, "ben").await;
    day.says(Ben, "How can I pay?").await;
    day.hears("ben", "Bot", 1).await;
    day.says(Ben, "I paid twice, I want my money back").await;
    for command in ["::refund", "::list", "::resp -n trouble", "::resp -n refund", "::trans -n form"] {
        day.types(&day.sam, &day.ben, command).await;
    }
}

/// Alex takes Ben over by a command, and Sam takes him back by speaking.
async fn eleven(day: &Day) {
    day.types(&day.alex, &day.ben, "::takeover").await;
    day.says(Ben, "Do I fill this in?").await;
    day.types(&day.alex, &day.ben, "Please do.").await;
    day.types(&day.sam, &day.ben, "It is me again.").await;
}

/// Alex gives Ada to Sam's team, and the server is killed. The customers go on before anybody listens again.
async fn noon(day: &mut Day) {
    day.types(&day.alex, &day.ada, "::handover -t returns -r 'a broken parcel'").await;
    day.types(&day.sam, &day.ada, "I send you another one.").await;
    day.is_cut_by_a_crash().await;
    day.says(Ada, "Thank you!").await;
    day.says(Ben, "It is filled in").await;
    day.readers_come_back().await;
}

/// Sam pauses, Ada waits, and Sam gets her back.
async fn one(day: &mut Day) {
    day.sam_pauses().await;
    day.says(Ada, "May I keep the pieces?").await;
    day.sam_goes_on().await;
    day.hears("ada", "Hubster", 3).await;
    day.readers_come_back().await;
    day.types(&day.sam, &day.ada, "Keep them.").await;
}

/// Sam gives Ben to the bot, the bot to Alex, and Alex to whoever is good at complaints.
async fn three(day: &mut Day) {
    day.types(&day.sam, &day.ben, "::handover -r done").await;
    day.says(Ben, "Can I send something back?").await;
    day.hears("ben", "Bot", 3).await;
    day.says(Ben, "Let me talk to someone, please").await;
    day.hears("ben", "Bot", 4).await;
    day.types(&day.alex, &day.ben, "::handover -s complaints -r 'he is angry'").await;
    day.says(Ben, "Who is there now?").await;
    day.types(&day.sam, &day.ben, "Sam, for the rest of the day.").await;
}

/// Sam closes both conversations, and Ada opens another by coming back.
async fn five(day: &mut Day) {
    day.types(&day.sam, &day.ben, "::close").await;
    day.types(&day.sam, &day.ada, "::close").await;
    day.ada_finds_it_closed().await;
    day.begins(Ada, "ada, again").await;
    day.says(Ada, "When will my order arrive?").await;
    day.hears("ada, again", "Bot", 1).await;
}
