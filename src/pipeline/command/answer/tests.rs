use super::*;
use crate::domain::clock::Millis;
use crate::domain::command::{Response, Responses, Transfer};
use crate::domain::ids::{CommandId, HubId, TenantId};
use crate::pipeline::command::line::{self, Instruction, LineFault};

fn named(name: &str, effect: Effect) -> Arc<Command> {
    Arc::new(Command {
        id: CommandId::new(),
        tenant: TenantId::new(),
        hub: HubId::new(),
        name: name.to_owned(),
        description: format!("about {name}"),
        effect,
        created: Millis(0),
        modified: Millis(0),
    })
}

fn response(name: &str, category: &str, party: ResponseParty) -> Arc<Command> {
    let responses = Responses::Messages(Vec::new());
    named(name, Effect::Response(Response { category: category.to_owned(), party, responses }))
}

fn transfer(name: &str) -> Arc<Command> {
    let (url, link_description) = ("https://shop.example".to_owned(), "To the shop".to_owned());
    named(name, Effect::Transfer(Transfer { url, link_description, mount_delay: 0 }))
}

fn keys(answer: &Map<String, Value>) -> Vec<&str> {
    let properties = answer["properties"].as_array().unwrap();
    properties.iter().map(|property| property["key"].as_str().unwrap()).collect()
}

#[test]
fn a_list_shows_every_kind_by_category_and_name_as_the_lines_that_give_them() {
    let all = [
        transfer("shop"),
        response("zoe", "contacts", ResponseParty::Customer),
        response("Ada Lovelace", "Contacts", ResponseParty::Agent),
        response("hello", "", ResponseParty::Customer),
    ];
    let answer = list(&all, None).unwrap();
    let lines = ["::resp -n hello", "::resp -n \"Ada Lovelace\"", "::resp -n zoe", "::trans -n shop"];
    assert_eq!(keys(&answer), lines);
    assert_eq!(answer["type"], "command");
    assert_eq!(
        answer["properties"][1],
        json!({"key": "::resp -n \"Ada Lovelace\"", "value": "about Ada Lovelace", "type": "response;agent",
            "name": "Ada Lovelace", "category": "Contacts"})
    );
    assert_eq!(keys(&list(&all, Some("CONTACTS")).unwrap()), lines[1..3]);
    assert_eq!(keys(&list(&all, Some("transfers")).unwrap()), lines[3..]);
    assert_eq!(list(&all, Some("none")), Err(Refusal::NothingInCategory("none".to_owned())));
    assert_eq!(list(&[], Some("none")), Err(Refusal::NoCommands));
}

#[test]
fn whatever_its_name_a_listed_line_gives_its_command() {
    for name in ["plain", "two words", "-n", r"back\slash", "say \"hi\"", "it's", "tab\tbed", "größe"] {
        let answer = list(&[transfer(name)], None).unwrap();
        let read = line::read(keys(&answer)[0]);
        assert!(matches!(&read, Ok(Instruction::Transfer { name: given, .. }) if given == name), "{read:?}");
    }
}

#[test]
fn a_refusal_carries_its_code_and_no_more_than_the_beginning_of_a_long_line() {
    let short = refused("::resq", &LineFault::Unknown("resq".to_owned()).into());
    assert_eq!(short["title"], "There is no command ::resq. ::help shows all there are. (code: ENG009001)");
    assert_eq!(
        (&short["subtitle"], &short["properties"][0]["value"]),
        (&json!("::resq"), &json!("ENG009001"))
    );
    let exact = "ü".repeat(SHOWN);
    assert_eq!(refused(&exact, &Refusal::NoCommands)["subtitle"], exact.as_str());
    let long = refused(&"ü".repeat(SHOWN + 1), &Refusal::NoCommands);
    assert_eq!(long["subtitle"], format!("{exact}…"));
}
