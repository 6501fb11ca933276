//! Tables for people: what a server lists in columns, and one thing as its properties, one a line.
//! Names and texts are other people's, so nothing in them reaches the terminal as a command to it.

use serde_json::Value;

use super::status::Status;

/// Characters of a cell, so that a row stays on a line; ids are shown whole.
const MAX_CELL: usize = 40;

/// A column of a table.
#[derive(Debug, PartialEq)]
pub(super) struct Column {
    pub(super) title: &'static str,
    /// The member of each thing that it shows.
    pub(super) member: &'static str,
    pub(super) form: Form,
}

/// How a column shows what it shows.
#[derive(Debug, PartialEq)]
pub(super) enum Form {
    /// Whole: one can go on with it.
    Id,
    /// As much as there is room for.
    Text,
    /// The word for a status.
    Status,
    /// How much there is of it.
    Count,
}

/// The columns of `list`, under their titles.
pub(super) fn of_list(columns: &[Column], list: &[Value]) -> String {
    let titles = columns.iter().map(|column| column.title.to_owned()).collect();
    let rows = list.iter().map(|thing| columns.iter().map(|column| column.cell(thing)).collect());
    aligned(&std::iter::once(titles).chain(rows).collect::<Vec<_>>())
}

/// The properties of `thing`, one a line, those of an object in it by their path.
pub(super) fn of_one(thing: &Value) -> String {
    let mut rows = Vec::new();
    properties("", thing, &mut rows);
    aligned(&rows)
}

impl Column {
    fn cell(&self, thing: &Value) -> String {
        let value = &thing[self.member];
        match self.form {
            Form::Id => plain(value),
            Form::Text => shortened(plain(value)),
            Form::Status => {
                let status = value.as_i64().and_then(Status::of_code);
                status.map_or_else(|| plain(value), |status| status.name().to_owned())
            }
            Form::Count => value.as_array().map_or(0, Vec::len).to_string(),
        }
    }
}

fn properties(path: &str, value: &Value, rows: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(members) if path.is_empty() || !members.is_empty() => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                properties(&path, member, rows);
            }
        }
        other => rows.push(vec![visible(path), plain(other)]),
    }
}

/// A value as a text: a list of simple values with commas, what is more as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => visible(text),
        Value::Array(items) if !items.iter().any(|item| item.is_object() || item.is_array()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        other => visible(&other.to_string()),
    }
}

/// The text with what a terminal would obey, or what would break the line, as Rust writes it.
fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, char| {
        if char.is_control() {
            shown.extend(char.escape_default());
        } else {
            shown.push(char);
        }
        shown
    })
}

fn shortened(text: String) -> String {
    if text.chars().count() <= MAX_CELL {
        return text;
    }
    text.chars().take(MAX_CELL - 1).chain(['…']).collect()
}

/// The rows with every column as wide as its widest cell, and nothing behind the last.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COLUMNS: [Column; 4] = [
        Column { title: "ID", member: "id", form: Form::Id },
        Column { title: "NAME", member: "name", form: Form::Text },
        Column { title: "STATUS", member: "statusId", form: Form::Status },
        Column { title: "MEMBERS", member: "members", form: Form::Count },
    ];

    #[test]
    fn columns_are_as_wide_as_they_have_to_be() {
        let list = [
            json!({"id": "1", "name": "Zürich", "statusId": 2000, "members": ["a", "b"]}),
            json!({"id": "12345", "name": "B", "statusId": 9}),
        ];
        let table = "ID     NAME    STATUS  MEMBERS\n1      Zürich  active  2\n12345  B       9       0";
        assert_eq!(of_list(&COLUMNS, &list), table);
        assert_eq!(of_list(&COLUMNS, &[]), "ID  NAME  STATUS  MEMBERS");
    }

    #[test]
    fn a_cell_is_shortened_past_its_width_and_an_id_never() {
        for (length, shown) in
            [(MAX_CELL, "ä".repeat(MAX_CELL)), (MAX_CELL + 1, "ä".repeat(MAX_CELL - 1) + "…")]
        {
            let long = "ä".repeat(length);
            let cells =
                [&COLUMNS[0], &COLUMNS[1]].map(|column| column.cell(&json!({"id": long, "name": long})));
            assert_eq!(cells, [long, shown]);
        }
    }

    #[test]
    fn one_thing_is_its_properties_by_their_paths() {
        let thing = json!({"hubId": "7", "echo": true, "skills": ["a", "b"], "none": null,
            "configuration": {"keys": {"public": "p"}, "start": [{"type": "text"}], "empty": {}}});
        let expected = [
            "hubId                      7",
            "echo                       true",
            "skills                     a, b",
            "none",
            "configuration.keys.public  p",
            r#"configuration.start        [{"type":"text"}]"#,
            "configuration.empty        {}",
        ];
        assert_eq!(of_one(&thing).lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_text_gives_the_terminal_no_commands() {
        let thing = json!({"name": "a\u{1b}[2J\nb\u{9b}c"});
        assert_eq!(COLUMNS[1].cell(&thing), r"a\u{1b}[2J\nb\u{9b}c");
        assert_eq!(of_one(&thing), r"name  a\u{1b}[2J\nb\u{9b}c");
    }
}
