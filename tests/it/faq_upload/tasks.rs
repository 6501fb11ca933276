//! What becomes of an upload: whose it is, through crashes, and one after the other.

use std::fmt::Write;
use std::time::Duration;

use super::uploader::{BOT, CREATE, HEADER, SUCCEEDED, Uploader, answers, csv_file, domain_name, is_refused};
use crate::harness::{Server, eventually};

/// How long a stop may take.
const PATIENCE: Duration = Duration::from_secs(30);
const ACTIVE: (&str, &str) = ("SWITCHBOARD_FAQ__FIRST_BOT_ACTIVE", "true");

/// So many nodes; each answers with `word`.
fn nodes(count: usize, word: &str) -> String {
    let mut rows = String::new();
    for n in 0..count {
        writeln!(rows, "node {n},What is the price of article {n}?,{word} {n}").unwrap();
    }
    rows
}

#[tokio::test]
async fn the_bot_answers_from_the_old_nodes_until_the_task_succeeds_and_then_from_the_new_ones() {
    let server = Server::with(&[ACTIVE]).await;
    let (uploader, engine) = (Uploader::of(server.demo()), server.engine().await);
    let question = "What is the price of article 7?";
    uploader.teach(&nodes(10, "old")).await;
    let task = uploader.upload(&nodes(20_000, "new")).await;
    let mut last = answers(&engine, question, 1).await[0].clone();
    let mut asked = 0;
    eventually("the end of the task", async || {
        let is_over = uploader.status(&task).await.ok()["body"]["status"] == SUCCEEDED;
        let conversation = engine.establish(&format!("ada {asked}")).await;
        asked += 1;
        engine.say(&conversation, question).await;
        let answer = eventually("the answer", async || {
            let history = engine.history(&conversation, "type=customer").await;
            history.get(1).map(|said| said["message"]["text"].as_str().unwrap().to_owned())
        })
        .await;
        assert!(last == "old 7" || answer == "new 7", "it does not go back");
        assert!(!is_over || answer == "new 7", "the task had succeeded");
        last = answer;
        is_over.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_task_that_a_crash_interrupts_has_failed_and_the_old_nodes_are_in_force() {
    let mut server = Server::with(&[ACTIVE]).await;
    let (uploader, engine) = (Uploader::of(server.demo()), server.engine().await);
    let done = uploader.upload(&nodes(10, "old")).await;
    uploader.ended(&done).await;
    let interrupted = uploader.upload(&nodes(20_000, "new")).await;
    server.crash().await;
    let told = uploader.ended(&interrupted).await;
    assert_eq!(uploader.ended(&done).await["body"]["status"], SUCCEEDED, "what was over is remembered");
    let answer = answers(&engine, "What is the price of article 7?", 1).await;
    // The crash may have come after all was done, on a fast machine.
    if told["body"]["status"] == SUCCEEDED {
        assert_eq!(answer, ["new 7"]);
    } else {
        assert_eq!(told["error"], "the server was stopped before the file was read: upload it again");
        assert_eq!(answer, ["old 7"]);
    }
    let again = uploader.teach(&nodes(20, "newer")).await;
    assert_eq!(again["meta"]["state"], "Success");
    assert_eq!(answers(&engine, "What is the price of article 8?", 1).await, ["newer 8"]);
}

#[tokio::test]
async fn what_a_paused_bot_was_taught_it_answers_from_when_it_is_activated() {
    let server = Server::start().await;
    let (uploader, engine) = (Uploader::of(server.demo()), server.engine().await);
    uploader.teach(&nodes(10, "old")).await;
    uploader.teach(&nodes(10, "new")).await;
    server.portal().await.set_status(&server.demo().integration("bot"), 3000).await;
    assert_eq!(answers(&engine, "What is the price of article 7?", 1).await, ["new 7"]);
}

#[tokio::test]
async fn a_stop_ends_the_upload_that_is_read_and_those_that_wait_and_the_bot_knows_what_it_knew() {
    let mut server = Server::with(&[ACTIVE]).await;
    let uploader = Uploader::of(server.demo());
    uploader.teach(&nodes(10, "old")).await;
    let mut tasks = Vec::new();
    for (count, word) in [(20_000, "first"), (20_000, "second"), (10, "third")] {
        tasks.push((uploader.upload(&nodes(count, word)).await, word));
    }
    server.stop(PATIENCE).await;
    server.restart().await;
    let (uploader, engine) = (Uploader::of(server.demo()), server.engine().await);
    let mut in_force = "old";
    let mut is_stopped = false;
    for (task, word) in &tasks {
        let told = uploader.ended(task).await;
        if told["body"]["status"] == SUCCEEDED {
            assert!(!is_stopped, "nothing is read after the stop");
            in_force = word;
        } else {
            assert_eq!(told["error"], "the server was stopped before the file was read: upload it again");
            is_stopped = true;
        }
    }
    assert_eq!(answers(&engine, "What is the price of article 7?", 1).await, [format!("{in_force} 7")]);
    assert_eq!(std::fs::read_dir(server.data().join("uploads")).unwrap().count(), 0);
    uploader.teach(&nodes(10, "again")).await;
    assert_eq!(answers(&engine, "What is the price of article 8?", 1).await, ["again 8"]);
}

#[tokio::test]
async fn of_uploads_for_one_bot_the_last_is_in_force_in_the_end() {
    let server = Server::with(&[ACTIVE, ("SWITCHBOARD_FAQ__UPLOADS_UNDER_WAY", "20")]).await;
    let (uploader, engine) = (Uploader::of(server.demo()), server.engine().await);
    let mut tasks = Vec::new();
    for (number, count) in [4_000, 1, 500, 3].into_iter().enumerate() {
        tasks.push(uploader.upload(&nodes(count, &format!("upload {number}, of"))).await);
    }
    // What a row says is quoted by nobody: the comma makes one cell too many.
    for task in &tasks {
        let told = uploader.ended(task).await;
        assert_eq!(told["meta"]["state"], "Error", "{told}");
    }
    let mut tasks = Vec::new();
    for (number, count) in [4_000, 1, 500, 3].into_iter().enumerate() {
        tasks.push(uploader.upload(&nodes(count, &format!("upload {number} of"))).await);
    }
    for task in &tasks {
        assert_eq!(uploader.ended(task).await["body"]["status"], SUCCEEDED);
    }
    assert_eq!(answers(&engine, "What is the price of article 2?", 1).await, ["upload 3 of 2"]);
}

#[tokio::test]
async fn bots_and_tasks_of_another_tenant_are_not_there() {
    let server = Server::start().await;
    let eve = Uploader::of(&server.another_tenant("eve").await);
    let own = Uploader::of(server.demo());
    let task = own.upload("hours,When do you open?,At nine.\n").await;
    own.ended(&task).await;
    is_refused(&eve.status(&task).await, 404, "invalid task id");
    let sheet = format!("{HEADER}a,q,a\n");
    let victim = server.demo().integration("bot");
    let refused = eve.hand_in(&[domain_name(&victim), csv_file(sheet.as_bytes())]).await;
    is_refused(&refused, 400, "invalid doman");
    let elsewhere = eve.upload_for(BOT, sheet.as_bytes()).await;
    assert_eq!(eve.ended(&elsewhere).await["meta"]["created"], 1, "its own bot of that name");
    let again = own.teach("hours,When do you open?,At nine.\n").await;
    assert_eq!(again["meta"]["unchanged"], 1, "nothing was changed meanwhile");
}

#[tokio::test]
async fn nothing_of_an_uploaded_file_is_left_on_the_disk() {
    let mut server = Server::start().await;
    let uploader = Uploader::of(server.demo());
    uploader.teach(&nodes(100, "x")).await;
    uploader.fails(b"no header\n").await;
    uploader.upload(&nodes(20_000, "x")).await;
    server.kill();
    let left = std::fs::read_dir(server.data().join("uploads")).unwrap().count();
    assert_eq!(left, 0, "{CREATE}");
}
