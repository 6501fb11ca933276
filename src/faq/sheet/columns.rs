//! Which column of a sheet is which, by the names in its header.
//! Knows no rows.

use csv::ByteRecord;

use super::SheetError;

/// The names of the columns, each with the other names that it has; the first is the one that errors tell.
const NAME: [&str; 2] = ["node_name", "node name"];
const QUESTION: [&str; 4] = ["question", "user says", "user_says", "question(user says)"];
const ANSWER: [&str; 4] = ["answer", "bot says", "bot_says", "answer(bot says)"];

/// What stands between columns instead of commas in some files, and how it is called.
const OTHER_SEPARATORS: [(char, &str); 2] = [(';', "';'"), ('\t', "tabs")];

/// Where the columns are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    pub(super) name: usize,
    pub(super) question: usize,
    pub(super) answer: usize,
    /// How many columns there are, those that mean nothing included.
    pub(super) width: usize,
}

impl Columns {
    pub(super) fn read(header: &ByteRecord) -> Result<Self, SheetError> {
        // What is no text is the name of no column that is looked for.
        let titles: Vec<String> =
            header.iter().map(|title| String::from_utf8_lossy(title).trim().to_lowercase()).collect();
        if let Some(separator) = other_separator(&titles) {
            return Err(SheetError::OtherSeparator(separator));
        }
        Ok(Self {
            name: place(&titles, &NAME)?,
            question: place(&titles, &QUESTION)?,
            answer: place(&titles, &ANSWER)?,
            width: titles.len(),
        })
    }
}

/// How that is called which separates the names of columns that are all in one title.
fn other_separator(titles: &[String]) -> Option<&'static str> {
    let names_all = |separator| {
        titles.iter().any(|title| {
            let parts: Vec<_> = title.split(separator).map(|part| part.trim_matches(['"', ' '])).collect();
            [&NAME[..], &QUESTION, &ANSWER].iter().all(|names| parts.iter().any(|part| names.contains(part)))
        })
    };
    OTHER_SEPARATORS.iter().find(|(separator, _)| names_all(*separator)).map(|(_, called)| *called)
}

fn place(titles: &[String], names: &[&'static str]) -> Result<usize, SheetError> {
    let mut found = titles.iter().enumerate().filter(|(_, title)| names.contains(&title.as_str()));
    let (place, _) = found.next().ok_or(SheetError::ColumnMissing(names[0]))?;
    if found.next().is_some() {
        return Err(SheetError::ColumnTwice(names[0]));
    }
    Ok(place)
}
