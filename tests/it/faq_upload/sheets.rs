//! What a sheet may hold, and what is told of its rows.

use super::uploader::{BOT, HEADER, Uploader, answers};
use crate::harness::Server;

const ACTIVE: (&str, &str) = ("SWITCHBOARD_FAQ__FIRST_BOT_ACTIVE", "true");

#[tokio::test]
async fn every_documented_column_and_separator_means_what_it_says() {
    let server = Server::with(&[ACTIVE]).await;
    let (uploader, engine) = (Uploader::of(server.demo()), server.engine().await);
    let sheets = [
        "node_name,question,answer\n\
         parcels,Where is my parcel?|Lost parcel,\"It is, we hope,<m>on \"\"its\"\" way\"\n",
        "Bot Says,USER SAYS,Node_Name\r\n\
         \"It is, we hope,<m>on \"\"its\"\" way\",Where is my parcel? | Lost parcel,parcels\r\n",
        "\u{feff}id,Answer,Question,node_name\n\
         1,\"It is, we hope, <m> on \"\"its\"\" way<m>\",|Where is my parcel?||Lost parcel,parcels",
        "node_name,Question(User Says),answer(bot says)\n\
         parcels,Where is my parcel?|Lost parcel,\"It is, we hope,<m>on \"\"its\"\" way\"\n",
    ];
    for (number, sheet) in sheets.iter().enumerate() {
        let task = uploader.upload_for(BOT, sheet.as_bytes()).await;
        let meta = uploader.ended(&task).await["meta"].clone();
        assert_eq!(meta["state"], "Success", "{sheet}");
        assert_eq!(meta["unchanged"] == 1, number > 0, "all say the same: {sheet}");
    }
    for question in ["where is my parcel", "Lost parcel!"] {
        assert_eq!(answers(&engine, question, 2).await, ["It is, we hope,", "on \"its\" way"]);
    }
}

#[tokio::test]
async fn each_faulty_row_is_told_by_its_number_and_nothing_is_changed() {
    let server = Server::with(&[ACTIVE]).await;
    let (uploader, engine) = (Uploader::of(server.demo()), server.engine().await);
    let long = "x".repeat(4097);
    for (rows, why) in [
        ("a,q,a\n,q,a\n".to_owned(), "row 2: the node has no name"),
        ("a,?!,a\n".to_owned(), "row 1: the node has no question with a letter or digit"),
        ("a,,a\n".to_owned(), "row 1: the node has no question with a letter or digit"),
        ("a,q,\n".to_owned(), "row 1: the node has no answer, or an empty one"),
        ("a,q\n".to_owned(), "row 1: the node has no answer, or an empty one"),
        ("a,q,a\n\nb,q,a\na,r,b\n".to_owned(), "row 3: the name of the node is taken"),
        ("a,q,a,b\n".to_owned(), "row 1: the row has more cells than the header"),
        ("a,q,::close\n".to_owned(), "row 1: an answer of the node is a command"),
        (format!("a,q,{}\n", ["a"; 11].join("<m>")), "row 1: the node has too many answers"),
        (format!("a,q,{long}\n"), "row 1: a text of the node is too long"),
        (
            "a,q,a\nb,q,\"open".to_owned() + &"x\n".repeat(200_000),
            "row 2 is longer than 262144 bytes: a quote may not \
          be closed",
        ),
        ("a,q,a\nb,q,\"open\nc,q,a\n".to_owned(), "row 2: a quote is not closed before the end of the file"),
        (String::new(), "the file has no rows"),
        (
            "a,,a\nb,q,a\n ,q,\n".to_owned(),
            "row 1: the node has no question with a letter or digit; row 3: the node has no name",
        ),
    ] {
        assert_eq!(uploader.fails(format!("{HEADER}{rows}").as_bytes()).await, why);
    }
    let not_utf8 = [HEADER.as_bytes(), b"a,q,a\nb,\xe9t\xe9,a\n"].concat();
    assert_eq!(uploader.fails(&not_utf8).await, "row 2: the row is not UTF-8");
    assert!(answers(&engine, "When do you open?", 1).await[0].starts_with("We are here"));
}

#[tokio::test]
async fn a_header_that_does_not_name_the_columns_is_told() {
    let server = Server::start().await;
    let uploader = Uploader::of(server.demo());
    for (sheet, why) in [
        ("hours,When do you open?,At nine.\n", "the header names no column 'node_name'"),
        (
            "node_name;question;answer\na;q;a\n",
            "the columns seem to be separated by ';': separate them by commas",
        ),
        ("node_name,answer\na,a\n", "the header names no column 'question'"),
        ("node_name,user says\na,q\n", "the header names no column 'answer'"),
        ("node_name,question,user says,answer\na,q,q,a\n", "the header names the column 'question' twice"),
        ("\n\n", "the file is empty"),
    ] {
        assert_eq!(uploader.fails(sheet.as_bytes()).await, why);
    }
    let utf16: Vec<_> =
        "\u{feff}node_name,question,answer\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let why = uploader.fails(&utf16).await;
    assert_eq!(why, "the file is not UTF-8 text: save the sheet as CSV in UTF-8");
}

#[tokio::test]
async fn an_upload_retires_what_it_does_not_name() {
    let server = Server::with(&[ACTIVE]).await;
    let (uploader, engine) = (Uploader::of(server.demo()), server.engine().await);
    let mut agent = engine.listen_at(&engine.agent()).await;
    let taught =
        uploader.teach("returns,How do I return an item?,By post.\nhours,When do you open?,At ten.\n").await;
    let counts =
        ["created", "updated", "unchanged", "removed"].map(|count| taught["meta"][count].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 0, 4], "the demo's bot knew five nodes, one of them `returns`");
    assert_eq!(answers(&engine, "When do you open?", 1).await, ["At ten."]);
    let conversation = engine.establish("payment").await;
    engine.say(&conversation, "How can I pay?").await;
    let handover = agent.next_activity().await;
    assert_eq!(handover["activity"]["event"]["payload"]["reason"], "the bot knows no answer");
}
