//! The catalogue as a page for people, `docs/events.md`. It must not know how the catalogue is written.

use std::fmt::Write;

use super::testing::assert_is_written;
use super::{
    Category, Definition, Envelope, EventType, Field, Fields, Form, NamedValue, Values, changes, raised,
};

const HEAD: &str = "\
<!-- Made of src/domain/catalogue/*.toml; written anew by `WRITE_DOCS=1 cargo test -p switchboard --lib in_docs`. -->

# Events

Everything that streaming sessions can hear, and that producers can publish. The same for programs:
[asyncapi.json](asyncapi.json), which the broker serves at `/asyncapi.json`, and
`GET /via/v3/organizations/{orgId}/streaming/catalog`.

An event's `payload` is a text that holds an object in JSON. What an event says of its own stands in the member
`payload` of that object, and around it is an envelope that says whose the event is; events of `outreach` have none. A
producer may leave the envelope out, and the broker puts it around. No field is required. A field that is given has to
be of its type, `null` is none, and where its values are counted it has to be one of them. Fields that are not
described pass as they are, but for the spelling of numbers: a whole number of up to 64 bits keeps its value exactly,
and any other number becomes the nearest double. Longer ids have to be texts.

Ids are on their way from numbers to texts: a field marked *deprecated* often has a *twin* beside it, which says the
same number in the other form. When a producer gives one of the two, the broker fills in the other.

What a subscription brings is not published: other users' events of `engagementCenter`, with the same payload under
types such as `engagementCenterThirdParty.Idle`, but for those that say that they have no third-party form; and
[changes of the directory](#changes-of-the-directory). Nor is [what the broker tells](#what-the-broker-tells) about
itself, which all sessions of the organization hear.
";

/// The whole page.
fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n## Contents\n\n");
    for one in EventType::all() {
        let name = one.as_str();
        line(&mut page, format_args!("- [{name}](#{})", name.replace('.', "").to_lowercase()));
    }
    page.push_str("- [What the broker tells](#what-the-broker-tells)\n");
    page.push_str("- [Changes of the directory](#changes-of-the-directory)\n");
    page.push_str("\n## Envelopes\n\n");
    for envelope in envelopes() {
        let who: Vec<_> = EventType::all().filter(|one| is_around(envelope, one.definition())).collect();
        if envelope.name == "user" {
            page.push_str("Around most events:\n\n");
        } else {
            let names: Vec<_> = who.iter().map(|one| format!("`{}`", one.as_str())).collect();
            line(&mut page, format_args!("Around {}:\n", names.join(", ")));
        }
        table(&mut page, &envelope.fields);
        page.push('\n');
    }
    page.push_str("## The events\n");
    for one in EventType::all() {
        event(&mut page, one.definition());
    }
    page.push_str("\n## What the broker tells\n\n");
    page.push_str("They come in the envelope of most events, which names no user.\n");
    for one in raised() {
        event(&mut page, one);
    }
    page.push_str("\n## Changes of the directory\n\n");
    page.push_str("They come in the envelope of most events. That of a team's change names no user.\n");
    for change in changes() {
        event(&mut page, change);
    }
    page
}

fn is_around(envelope: &Envelope, definition: &Definition) -> bool {
    definition.envelope.as_ref().is_some_and(|one| one.name == envelope.name)
}

/// Each envelope once, that of most events first.
fn envelopes() -> Vec<&'static Envelope> {
    let mut all: Vec<&Envelope> =
        EventType::all().filter_map(|one| one.definition().envelope.as_deref()).collect();
    all.sort_by_key(|envelope| std::cmp::Reverse(&envelope.name));
    all.dedup_by_key(|envelope| &envelope.name);
    all
}

fn event(page: &mut String, definition: &Definition) {
    line(page, format_args!("\n### {}\n\n{}\n", definition.name, definition.about));
    if definition.category == Category::EngagementCenter && !definition.has_third_party_form {
        line(page, format_args!("It has no third-party form.\n"));
    }
    if definition.fields.is_empty() {
        line(page, format_args!("It has no fields.\n"));
    } else {
        table(page, &definition.fields);
        values(page, &definition.fields, "");
        page.push('\n');
    }
    let short = definition.example.to_string();
    let example = if short.len() <= 100 {
        short
    } else {
        serde_json::to_string_pretty(&definition.example).expect("it was read from JSON")
    };
    line(page, format_args!("```json\n{example}\n```"));
}

fn table(page: &mut String, fields: &Fields) {
    page.push_str("| field | type | what it holds |\n|---|---|---|\n");
    rows(page, fields, "");
}

fn rows(page: &mut String, fields: &Fields, above: &str) {
    for field in fields {
        let path = format!("{above}{}", field.name);
        let forms: Vec<_> = field.forms().map(type_name).collect();
        let most = field.most.map(|most| format!(", at most {most}")).unwrap_or_default();
        let mut about = field.about.clone();
        if let Some(spelled) = &field.spelled {
            write!(about, " Also spelled `\"{spelled}\"`.")
                .expect("a string takes all that is written to it");
        }
        if field.is_deprecated {
            about.push_str(" *Deprecated.*");
        }
        if let Some(twin) = field.twin.as_ref().filter(|_| field.is_deprecated) {
            write!(about, " Twin: `{twin}`.").expect("a string takes all that is written to it");
        }
        line(page, format_args!("| `{path}` | {}{most} | {about} |", forms.join(" or ")));
        rows(page, &field.fields, &inner(field, &path));
    }
}

/// The values of fields, where they are counted or known.
fn values(page: &mut String, fields: &Fields, above: &str) {
    for field in fields {
        let path = format!("{above}{}", field.name);
        let heading = match field.values {
            Values::Any => None,
            Values::Only(_) => Some("Values of"),
            Values::Known(_) => Some("Known values of"),
        };
        if let Some(heading) = heading {
            let all: Vec<_> =
                field.values.listed().iter().map(|value| value_text(field.form, value)).collect();
            line(page, format_args!("\n{heading} `{path}`: {}.", all.join(" · ")));
        }
        values(page, &field.fields, &inner(field, &path));
    }
}

fn inner(field: &Field, path: &str) -> String {
    if field.form == Form::List { format!("{path}[].") } else { format!("{path}.") }
}

fn type_name(form: Form) -> &'static str {
    match form {
        Form::Integer => "whole number",
        Form::Digits => "whole number as a text",
        Form::Text => "text",
        Form::Blank => "blank text",
        Form::Boolean => "true or false",
        Form::DateTime => "moment (ISO 8601, UTC)",
        Form::Object => "object",
        Form::List => "list of objects",
        Form::Texts => "list of texts",
    }
}

fn value_text(form: Form, value: &NamedValue) -> String {
    match (form, value.number, value.name.as_deref()) {
        (Form::Integer, Some(number), Some(name)) => format!("`{number}` {name}"),
        (Form::Integer, Some(number), None) => format!("`{number}`"),
        (_, Some(number), name) => format!("`{}` ({number})", name.unwrap_or_default()),
        (_, None, name) => format!("`{}`", name.unwrap_or_default()),
    }
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(page, "{text}").expect("a string takes all that is written to it");
}

/// Run with `WRITE_DOCS=1` to write the page.
#[test]
fn the_page_in_docs_is_made_of_the_catalogue() {
    assert_is_written("events.md", &page());
}
