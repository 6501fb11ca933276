use proptest::prelude::*;

use super::*;
use crate::domain::command::is_command;

fn respond_with(name: &str) -> Result<Instruction, LineFault> {
    Ok(Instruction::Respond { name: name.to_owned() })
}

fn transfer_to(name: &str, force: Force) -> Result<Instruction, LineFault> {
    Ok(Instruction::Transfer { name: name.to_owned(), force })
}

fn list_of(category: Option<&str>) -> Result<Instruction, LineFault> {
    Ok(Instruction::List { category: category.map(str::to_owned) })
}

#[test]
fn only_what_begins_with_the_mark_is_a_command() {
    for text in ["::", "::resp", ":: resp", "::\n", ":::"] {
        assert!(is_command(text), "{text:?}");
    }
    for text in ["", ":", ": :resp", " ::resp", "see ::resp", "\u{200b}::resp"] {
        assert!(!is_command(text), "{text:?}");
    }
}

#[test]
fn each_command_is_read_with_what_belongs_to_it() {
    assert_eq!(read("::resp -n contact.eva.green"), respond_with("contact.eva.green"));
    assert_eq!(read("::trans -n shopify"), transfer_to("shopify", Force::ByLink));
    assert_eq!(read("::trans -force -n shopify"), transfer_to("shopify", Force::AtOnce));
    assert_eq!(read("::trans -n shopify -force"), transfer_to("shopify", Force::AtOnce));
    assert_eq!(read("::list"), list_of(None));
    assert_eq!(read("::list contacts"), list_of(Some("contacts")));
    assert_eq!(read("::list Office contacts"), list_of(Some("Office contacts")));
    assert_eq!(read("::list \"Office  contacts\""), list_of(Some("Office  contacts")));
    assert_eq!(read("::takeover"), Ok(Instruction::TakeOver));
    assert_eq!(read("::close"), Ok(Instruction::Close));
    assert_eq!(read("::help"), Ok(Instruction::Help));
    let bare = Instruction::HandOver { team: None, skills: Vec::new(), reason: None };
    assert_eq!(read("::handover"), Ok(bare));
    let full = Instruction::HandOver {
        team: Some("Second Line".to_owned()),
        skills: vec!["law".to_owned(), "german".to_owned()],
        reason: Some("wants a refund".to_owned()),
    };
    assert_eq!(read("::handover -t 'Second Line' -s law -s german -r \"wants a refund\""), Ok(full));
}

#[test]
fn names_and_options_are_read_in_any_case_and_spaces_do_not_matter() {
    assert_eq!(read("::RESP   -N\tGreeting  "), respond_with("Greeting"));
    assert_eq!(read("::Trans -FORCE\n-n x"), transfer_to("x", Force::AtOnce));
    assert_eq!(read("::Help "), Ok(Instruction::Help));
}

#[test]
fn marks_and_backslashes_take_characters_for_what_they_are() {
    for (line, name) in [
        (r#"::resp -n "two words""#, "two words"),
        ("::resp -n 'two words'", "two words"),
        (r"::resp -n two\ words", "two words"),
        (r#"::resp -n "say \"hi\"""#, r#"say "hi""#),
        (r#"::resp -n 'say "hi"'"#, r#"say "hi""#),
        (r"::resp -n 'back\slash'", r"back\slash"),
        (r#"::resp -n "back\\slash""#, r"back\slash"),
        (r#"::resp -n half"way there""#, "halfway there"),
        (r#"::resp -n "-n""#, "-n"),
        (r"::resp -n \-n", "-n"),
    ] {
        assert_eq!(read(line), respond_with(name), "{line}");
    }
}

#[test]
fn a_line_that_cannot_be_read_says_why() {
    for line in ["::", "::  ", ":: resp -n x", "::\"\""] {
        assert_eq!(read(line), Err(LineFault::NoName), "{line:?}");
    }
    for (line, name) in [("::resq -n x", "resq"), ("::-n x", "-n"), (":::", ":"), ("::Ünknown", "Ünknown")]
    {
        assert_eq!(read(line), Err(LineFault::Unknown(name.to_owned())), "{line:?}");
    }
    for line in ["::resp -n \"x", "::resp -n 'x", "::resp -n x\\", "::\"resp", "::list \"a"] {
        assert_eq!(read(line), Err(LineFault::Unended), "{line:?}");
    }
    for (line, usage) in [
        ("::resp", USAGE_RESPOND),
        ("::resp x", USAGE_RESPOND),
        ("::resp -n", USAGE_RESPOND),
        ("::resp -n \"\"", USAGE_RESPOND),
        ("::resp -n x y", USAGE_RESPOND),
        ("::resp -n x -n y", USAGE_RESPOND),
        ("::resp -n -force", USAGE_RESPOND),
        ("::resp -force -n x", USAGE_RESPOND),
        ("::trans -force", USAGE_TRANSFER),
        ("::trans \"-force\" -n x", USAGE_TRANSFER),
        ("::takeover now", USAGE_TAKE_OVER),
        ("::handover bot", USAGE_HAND_OVER),
        ("::handover -t", USAGE_HAND_OVER),
        ("::handover -t a -t b", USAGE_HAND_OVER),
        ("::close -n x", USAGE_CLOSE),
        ("::help me", USAGE_HELP),
    ] {
        assert_eq!(read(line), Err(LineFault::Usage(usage)), "{line:?}");
    }
}

#[test]
fn every_usage_names_a_command_that_there_is() {
    for (usage, _) in USAGES {
        let name = usage.split_whitespace().next().unwrap();
        assert!(!matches!(read(name), Err(LineFault::Unknown(_) | LineFault::NoName)), "{usage}");
    }
}

/// A value between double marks, with what has to be escaped there.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', r"\\").replace('"', "\\\""))
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _read_or_refused = read(&text);
        let _as_a_command = read(&format!("::{text}"));
        let _as_words = read(&format!("::resp {text}"));
    }

    #[test]
    fn whatever_a_name_holds_is_read_back_from_between_marks(name in "(?s).{1,40}") {
        prop_assert_eq!(read(&format!("::resp -n {}", quoted(&name))), respond_with(&name));
    }

    #[test]
    fn escaping_every_character_does_the_same(name in "(?s).{1,40}") {
        let escaped: String = name.chars().flat_map(|c| ['\\', c]).collect();
        prop_assert_eq!(read(&format!("::resp -n {escaped}")), respond_with(&name));
    }
}
