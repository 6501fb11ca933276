use proptest::prelude::*;

use super::*;

/// Bytes that a row of these tests may have.
const ROW_BYTES: usize = 4096;

fn read_bounded(bytes: &[u8], row_bytes: usize) -> Result<Vec<Row>, SheetError> {
    let mut sheet = Sheet::open(bytes, row_bytes)?;
    let mut rows = Vec::new();
    while let Some(row) = sheet.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

fn read(text: &str) -> Vec<Row> {
    read_bounded(text.as_bytes(), ROW_BYTES).unwrap()
}

fn node(name: &str, questions: &[&str], answers: &[&str]) -> FaqNode {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    FaqNode { name: name.to_owned(), questions: texts(questions), answers: texts(answers) }
}

fn row(number: u64, node: FaqNode) -> Row {
    Row { number, node: Ok(node) }
}

#[test]
fn columns_are_found_by_any_of_their_names_in_any_case_and_order() {
    let expected = [row(1, node("n", &["q"], &["a"]))];
    for (header, cells) in [
        ("node_name,question,answer", "n,q,a"),
        ("ANSWER,Node_Name,Question", "a,n,q"),
        ("Bot Says,User Says,NODE NAME", "a,q,n"),
        (" node_name , Question(User Says), answer(bot says)", "n,q,a"),
        ("bot_says,user_says,node_name", "a,q,n"),
        ("id,node_name,question,answer,note", "7,n,q,a,of no interest"),
        ("\u{feff}node_name,question,answer", "n,q,a"),
        ("\"node_name\",\"question\",\"answer\"", "\"n\",\"q\",\"a\""),
    ] {
        assert_eq!(read(&format!("{header}\n{cells}\n")), expected, "{header}");
    }
}

#[test]
fn a_header_that_does_not_name_every_column_once_is_refused() {
    for (header, expected) in [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("question,answer", "the header names no column 'node_name'"),
        ("node_name;question;answer", "the columns seem to be separated by ';': separate them by commas"),
        (
            "\"id\";\"Bot Says\"; \"question\";\"node_name\"",
            "the columns seem to be separated by ';': separate them by commas",
        ),
        ("node_name\tquestion\tanswer", "the columns seem to be separated by tabs: separate them by commas"),
        ("node_name;question", "the header names no column 'node_name'"),
        ("node_name,\"question,answer", "a quote in the header is not closed"),
        ("node_name,answer", "the header names no column 'question'"),
        ("node_name,question", "the header names no column 'answer'"),
        ("node_name,question,answer,User Says", "the header names the column 'question' twice"),
    ] {
        let refused = read_bounded(format!("{header}\n").as_bytes(), ROW_BYTES).unwrap_err();
        assert_eq!(refused.to_string(), expected, "{header}");
    }
}

#[test]
fn questions_and_answers_are_taken_apart_and_empty_parts_say_nothing() {
    let text = "node_name,question,answer\n\
                n, a | b||c|,\"one<m> two\nlines <m><m>\"\n\
                m,|,<m>\n";
    let expected = [row(1, node("n", &["a", "b", "c"], &["one", "two\nlines"])), row(2, node("m", &[], &[]))];
    assert_eq!(read(text), expected);
}

#[test]
fn blank_lines_do_not_count_and_rows_of_empty_cells_do() {
    let text = "node_name,question,answer\n\na,q,a\n, ,\n\r\n,,\nb,q,a";
    assert_eq!(read(text), [row(1, node("a", &["q"], &["a"])), row(4, node("b", &["q"], &["a"]))]);
}

#[test]
fn a_row_with_too_many_cells_is_a_fault_unless_they_are_empty() {
    let text = "node_name,question,answer\na,q,well, no\nb,q,a,,\nc,q\n";
    let expected = [
        Row { number: 1, node: Err(RowFault::TooManyCells) },
        row(2, node("b", &["q"], &["a"])),
        row(3, node("c", &["q"], &[])),
    ];
    assert_eq!(read(text), expected);
}

#[test]
fn what_is_no_text_is_a_fault_of_its_row_alone() {
    let bytes = b"node_name,question,answer\na,q,a\nb,\xff\xfe,a\nc,q,a\n";
    let rows = read_bounded(bytes, ROW_BYTES).unwrap();
    assert_eq!(rows[1], Row { number: 2, node: Err(RowFault::NotUtf8) });
    assert_eq!((rows.len(), rows[2].node.is_ok()), (3, true));
}

#[test]
fn a_file_that_is_no_utf8_text_is_told_as_such() {
    let sheet = "node_name,question,answer\na,q,a\n";
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
        format!("{mark}{sheet}").encode_utf16().flat_map(bytes).collect()
    };
    let packed = [b"PK\x03\x04\x14\0\x06\0".to_vec(), b"\"x".repeat(ROW_BYTES)].concat();
    let files = [
        utf16(u16::to_le_bytes, "\u{feff}"),
        utf16(u16::to_be_bytes, "\u{feff}"),
        utf16(u16::to_le_bytes, ""),
        packed,
        b"node_name;gr\xf6\xdfe\n".to_vec(),
    ];
    for file in files {
        let refused = read_bounded(&file, ROW_BYTES).unwrap_err();
        assert_eq!(refused.to_string(), "the file is not UTF-8 text: save the sheet as CSV in UTF-8");
    }
    let beside = b"node_name,question,answer,gr\xf6\xdfe\na,q,a,7\n";
    assert_eq!(read_bounded(beside, ROW_BYTES).unwrap(), [row(1, node("a", &["q"], &["a"]))]);
}

#[test]
fn a_first_line_that_is_cut_within_a_letter_is_text() {
    let header = format!("{},question,answer\n", "ö".repeat(600));
    for before in ["", "x"] {
        let refused = read_bounded(format!("{before}{header}").as_bytes(), ROW_BYTES).unwrap_err();
        assert!(matches!(refused, SheetError::ColumnMissing("node_name")), "{refused}");
    }
}

#[test]
fn a_quote_that_is_open_at_the_end_of_the_file_is_told_of_the_row_that_began_it() {
    for mark in ["", "\u{feff}"] {
        let text = |rows: &str| format!("{mark}node_name,question,answer\na,q,a\n{rows}");
        for open in [
            "b,q,\"x",
            "b,q,\"x\n",
            "b,q,\"",
            "\"",
            "b,q,\"x\"\"",
            "b,q,\"x\nc,q,a\n\n",
            "\"b,q,x\r\nc,q,a\r\n",
        ] {
            assert_eq!(read(&text(open))[1..], [Row { number: 2, node: Err(RowFault::QuoteNotClosed) }]);
        }
        for closed in ["b,q,\"x\"", "b,q,\"x\n\n\"", "b,q,\"x\"\n", "b,q,\"x\"\r\n", "b,q,x\n\n\n"] {
            assert_eq!(read(&text(closed))[1..], [row(2, node("b", &["q"], &["x"]))], "{closed:?}");
        }
    }
}

#[test]
fn a_quote_may_be_open_as_far_as_the_limit() {
    let open = |bytes: usize| format!("node_name,question,answer\nb,q,\"{}", "x".repeat(bytes - 5));
    let rows = read_bounded(open(64).as_bytes(), 64).unwrap();
    assert_eq!(rows, [Row { number: 1, node: Err(RowFault::QuoteNotClosed) }]);
}

/// A sheet with one row of so many bytes, its line end included, behind so many others.
fn with_long_row(bytes: usize, before: usize) -> String {
    let short = "a,q,a\n".repeat(before);
    format!("node_name,question,answer\n{short}n,q,{}\n", "x".repeat(bytes - 5))
}

#[test]
fn a_row_may_have_as_many_bytes_as_the_limit_and_no_more() {
    for before in [0, 3] {
        let rows = read_bounded(with_long_row(64, before).as_bytes(), 64).unwrap();
        assert!(rows[before].node.is_ok());
        let rows = read_bounded(with_long_row(65, before).as_bytes(), 64);
        let is_refused = match rows {
            Ok(rows) => rows[before].node == Err(RowFault::TooLong),
            Err(error) => matches!(error, SheetError::RowWithoutEnd { .. }),
        };
        assert!(is_refused, "{before}");
    }
}

#[test]
fn a_row_at_the_limit_may_end_with_the_file() {
    let mut text = with_long_row(64, 0);
    text.pop();
    assert!(read_bounded(text.as_bytes(), 63).unwrap()[0].node.is_ok());
}

#[test]
fn a_quote_that_is_not_closed_is_not_read_to_the_end_of_the_file() {
    let text = format!("node_name,question,answer\na,q,a\nb,q,\"{}", "x\n".repeat(1_000_000));
    let mut rest = text.as_bytes();
    let refused = read_bounded_from(&mut rest).unwrap_err();
    assert!(matches!(refused, SheetError::RowWithoutEnd { row: 2, .. }), "{refused}");
    assert!(text.len() - rest.len() < 5 * ROW_BYTES);
}

fn read_bounded_from(source: &mut &[u8]) -> Result<(), SheetError> {
    let mut sheet = Sheet::open(source, ROW_BYTES)?;
    while sheet.next_row()?.is_some() {}
    Ok(())
}

#[test]
fn a_source_that_fails_is_told_as_such() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    assert!(matches!(Sheet::open(Broken, ROW_BYTES), Err(SheetError::Source(_))));
}

/// How a sheet is written.
#[derive(Clone, Copy, Debug)]
struct Hand {
    line_end: &'static str,
    has_mark: bool,
    quotes_all: bool,
    ends_last_line: bool,
}

fn hand() -> impl Strategy<Value = Hand> {
    (prop::sample::select(vec!["\n", "\r\n", "\r"]), any::<[bool; 3]>()).prop_map(
        |(line_end, [has_mark, quotes_all, ends_last_line])| Hand {
            line_end,
            has_mark,
            quotes_all,
            ends_last_line,
        },
    )
}

fn written(cells: &[String], hand: Hand) -> String {
    let cell = |cell: &String| {
        let needs_quotes = cell.contains(['"', ',', '\n', '\r']) || hand.quotes_all;
        if needs_quotes { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    cells.iter().map(cell).collect::<Vec<_>>().join(",")
}

/// A part of a cell: any text with what is special to sheets, without what separates parts.
fn part() -> impl Strategy<Value = String> {
    "[a-c\"',;<>m/ \n\r\té€😀]{0,6}".prop_filter("it is one part", |part| !part.contains("<m>"))
}

/// Cells, and the texts that they stand for.
fn cells(separator: &'static str) -> impl Strategy<Value = (String, Vec<String>)> {
    prop::collection::vec(part(), 0..4).prop_filter_map("parts would run together", move |parts| {
        let cell = parts.join(separator);
        let is_taken_apart = cell.matches(separator).count() == parts.len().saturating_sub(1);
        let meant = parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
        is_taken_apart.then(|| (cell, meant.collect()))
    })
}

proptest! {
    #[test]
    fn what_was_written_reads_back(
        rows in prop::collection::vec((part(), cells("|"), cells("<m>")), 0..8),
        hand in hand(),
    ) {
        let header = ["Node_Name", "Question", "Answer"].map(str::to_owned);
        let mut lines = vec![written(&header, hand)];
        let mut expected = Vec::new();
        for (number, (name, (question, questions), (answer, answers))) in (1..).zip(rows) {
            let is_empty = [&name, &question, &answer].iter().all(|cell| cell.trim().is_empty());
            lines.push(written(&[name.clone(), question, answer], hand));
            if !is_empty {
                let node = FaqNode { name: name.trim().to_owned(), questions, answers };
                expected.push(Row { number, node: Ok(node) });
            }
        }
        let mark = if hand.has_mark { "\u{feff}" } else { "" };
        let end = if hand.ends_last_line { hand.line_end } else { "" };
        let text = format!("{mark}{}{end}", lines.join(hand.line_end));
        prop_assert_eq!(read(&text), expected);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic_and_rows_are_numbered_upwards(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut text = b"node_name,question,answer\n".to_vec();
        text.extend(bytes);
        if let Ok(rows) = read_bounded(&text, 64) {
            prop_assert!(rows.windows(2).all(|pair| pair[0].number < pair[1].number));
        }
    }
}
