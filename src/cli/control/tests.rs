//! Command lines, and the calls that they stand for.

use clap::Parser;
use serde_json::{Value, json};

use super::*;
use crate::cli::{Command, CommandLine, Failure};

fn parsed(line: &[&str]) -> Result<ControlCommand, clap::Error> {
    let line = CommandLine::try_parse_from([&["switchboard"], line].concat())?;
    let Command::Control(command) = line.command() else { panic!("{line:?} is about no server") };
    Ok(*command)
}

fn called(line: &[&str]) -> Call {
    let call = match parsed(line).unwrap_or_else(|error| panic!("{error}")) {
        ControlCommand::Hub(asking) => asking.verb.call(),
        ControlCommand::Integration(asking) => asking.verb.call(),
        ControlCommand::Command(asking) => asking.verb.call(),
        ControlCommand::User(asking) => asking.verb.call(),
        ControlCommand::Team(asking) => asking.verb.call(),
        ControlCommand::Delivery(asking) => asking.verb.call(),
        ControlCommand::Notification(asking) => asking.verb.call(),
    };
    call.unwrap()
}

/// Where a line leads, in a few words.
fn address(line: &[&str]) -> String {
    match called(line) {
        Call::Pages { path, .. } => format!("pages {path}"),
        Call::List { path, .. } => format!("list {path}"),
        Call::Get { path } => format!("get {path}"),
        Call::Create { path, first: None, .. } => format!("create {path}"),
        Call::Create { path, first: Some(first), .. } => format!("get {first}, create {path}"),
        Call::Delete { path, name } => format!("delete {path}: {name}"),
    }
}

fn body(line: &[&str]) -> Value {
    let Call::Create { body, .. } = called(line) else { panic!("{line:?} makes nothing") };
    Value::Object(body)
}

#[test]
fn every_verb_leads_to_its_call() {
    for (line, expected) in [
        ("hub list", "pages /api/v1/hubs"),
        ("hub get 7", "get /api/v1/hubs/7"),
        ("hub create --name n --description d", "create /api/v1/hubs"),
        ("hub delete 7", "delete /api/v1/hubs/7: hub 7"),
        ("integration list", "pages /api/v1/integrations"),
        ("integration list --hub 7", "pages /api/v1/integrations?hubId=7"),
        ("integration get 7", "get /api/v1/integrations/7"),
        (
            "integration create --hub 7 --channel Direct --name n",
            "get /api/v1/hubs/7, create /api/v1/integrations/hubs/7",
        ),
        ("integration delete 7", "delete /api/v1/integrations/7: integration 7"),
        ("command list --hub 7 --kind transfer", "list /api/v1/commands/transfers/hub/7"),
        ("command list --hub 7 --kind response", "list /api/v1/commands/responses/hub/7"),
        ("command get 7 --kind transfer", "get /api/v1/commands/transfers/7"),
        ("command get 7 --kind response", "get /api/v1/commands/responses/7"),
        ("command create --hub 7 --kind transfer --name n", "create /api/v1/commands/transfers/7"),
        ("command create --hub 7 --kind response --name n", "create /api/v1/commands/responses/7"),
        ("command delete 7 --kind response", "delete /api/v1/commands/responses/7: command 7"),
        ("user list", "pages /api/v1/users"),
        ("user get ada", "get /api/v1/users/ada"),
        ("user create --name n", "create /api/v1/users"),
        ("user delete ada", "delete /api/v1/users/ada: user ada"),
        ("team list", "pages /api/v1/teams"),
        ("team get first", "get /api/v1/teams/first"),
        ("team create --name n", "create /api/v1/teams"),
        ("team delete first", "delete /api/v1/teams/first: team first"),
        ("delivery list --integration 7", "pages /api/v1/integrations/7/deliveries"),
        (
            "delivery list --integration 7 --status dead",
            "pages /api/v1/integrations/7/deliveries?status=dead",
        ),
        ("delivery replay --integration 7 8", "create /api/v1/integrations/7/deliveries/8/replay"),
        ("delivery replay --integration 7 --since now", "create /api/v1/integrations/7/deliveries/replay"),
        ("notification list", "pages /api/v1/notifications"),
        ("notification list --integration 7", "pages /api/v1/notifications?integrationId=7"),
    ] {
        assert_eq!(address(&line.split(' ').collect::<Vec<_>>()), expected, "{line}");
    }
}

#[test]
fn one_delivery_or_all_since_a_moment_are_replayed() {
    let since = ["delivery", "replay", "--integration", "7", "--since", "2026-01-31"];
    assert_eq!(body(&since), json!({"since": "2026-01-31"}));
    assert_eq!(body(&["delivery", "replay", "--integration", "7", "8"]), json!({}));
    for line in ["delivery replay --integration 7", "delivery replay --integration 7 8 --since 2026-01-31"] {
        assert!(parsed(&line.split(' ').collect::<Vec<_>>()).is_err(), "{line}");
    }
    let neither = parsed(&["delivery", "replay", "--integration", "7"]).unwrap_err().to_string();
    assert!(neither.contains("<ID|--since <MOMENT>>"), "{neither}");
}

#[test]
fn an_id_leads_nowhere_else() {
    assert_eq!(address(&["user", "get", "../hubs?a=b c"]), "get /api/v1/users/..%2Fhubs%3Fa%3Db%20c");
    let listed = address(&["integration", "list", "--hub", "7&pageSize=1"]);
    assert_eq!(listed, "pages /api/v1/integrations?hubId=7%26pageSize%3D1");
}

#[test]
fn flags_become_the_properties_of_what_is_made() {
    let hub = [
        "hub",
        "create",
        "--name",
        "n",
        "--description",
        "d",
        "--close-dormant-conversation",
        "30",
        "--status",
        "paused",
    ];
    let expected = json!({"name": "n", "description": "d", "closeDormantConversation": 30, "statusId": 2002});
    assert_eq!(body(&hub), expected);
    let configuration = r#"{"configuration": {"integrationType": "Agent"}, "name": "other"}"#;
    let integration = [
        "integration",
        "create",
        "--hub",
        "7",
        "--channel",
        "Direct",
        "--name",
        "n",
        "--status",
        "active",
        "--body",
        configuration,
    ];
    let expected = json!({"channelId": "Direct", "name": "n", "statusId": 3000,
        "configuration": {"integrationType": "Agent"}});
    assert_eq!(body(&integration), expected);
    let command = [
        "command",
        "create",
        "--hub",
        "7",
        "--kind",
        "transfer",
        "--name",
        "n",
        "--description",
        "d",
        "--body",
        r#"{"url": "https://a.example"}"#,
    ];
    assert_eq!(body(&command), json!({"name": "n", "description": "d", "url": "https://a.example"}));
    let user = [
        "user",
        "create",
        "--user-id",
        "ada",
        "--name",
        "Ada",
        "--email",
        "a@b.c",
        "--skill",
        "x",
        "--skill",
        "y",
        "--state",
        "away",
    ];
    let expected =
        json!({"userId": "ada", "name": "Ada", "email": "a@b.c", "skills": ["x", "y"], "state": "away"});
    assert_eq!(body(&user), expected);
    let team =
        ["team", "create", "--team-id", "first", "--name", "First", "--member", "ada", "--member", "bob"];
    assert_eq!(body(&team), json!({"teamId": "first", "name": "First", "members": ["ada", "bob"]}));
}

#[test]
fn what_a_thing_is_made_of_has_flags_of_its_own_too() {
    let by_flags = |flags: &[&str]| {
        let line = [&["command", "create", "--hub", "7", "--name", "n"], flags].concat();
        body(&line)
    };
    let transfer = ["--kind", "transfer", "--url", "https://a.example", "--link-description", "l"];
    let expected = json!({"name": "n", "url": "https://a.example", "linkDescription": "l", "mountDelay": -1});
    assert_eq!(by_flags(&[&transfer as &[&str], &["--mount-delay", "-1"]].concat()), expected);
    let responses = r#"[{"type": "text", "text": "hello"}]"#;
    let response = ["--kind", "response", "--category", "c", "--integration-type-id", "agent", "--type"];
    let expected = json!({"name": "n", "category": "c", "integrationTypeId": "agent", "type": "message",
        "responses": [{"type": "text", "text": "hello"}]});
    assert_eq!(by_flags(&[&response as &[&str], &["message", "--responses", responses]].concat()), expected);
    let configured = |flag: &str| {
        let flags = ["integration", "create", flag, "7", "--channel", "Direct", "--name", "n"];
        body(&[&flags as &[&str], &["--configuration", r#"{"integrationType": "Agent"}"#]].concat())
    };
    let expected = json!({"channelId": "Direct", "name": "n", "configuration": {"integrationType": "Agent"}});
    assert_eq!((configured("--hub"), configured("--hub-id")), (expected.clone(), expected));
}

#[test]
fn a_flag_of_the_other_kind_of_command_is_a_mistake_of_usage() {
    for (kind, flag, value) in [
        ("transfer", "--category", "c"),
        ("transfer", "--integration-type-id", "agent"),
        ("transfer", "--type", "message"),
        ("transfer", "--responses", "[]"),
        ("response", "--url", "https://a.example"),
        ("response", "--link-description", "l"),
        ("response", "--mount-delay", "0"),
    ] {
        let line = ["command", "create", "--hub", "7", "--name", "n", "--kind", kind, flag, value];
        let ControlCommand::Command(asking) = parsed(&line).unwrap() else { panic!("{line:?}") };
        let error = asking.verb.call().unwrap_err();
        assert_eq!(error.to_string(), format!("{flag} does not go with --kind {kind}"));
        assert!(matches!(Failure::from(error), Failure::Usage(_)), "{line:?}");
    }
}

#[test]
fn the_server_is_named_before_or_after_the_verb() {
    let connection = |line: &str| {
        let ControlCommand::Hub(asking) = parsed(&line.split(' ').collect::<Vec<_>>()).unwrap() else {
            panic!("{line} is about hubs")
        };
        asking.connection
    };
    let default = Connection { server: None, credentials: None, timeout: 30, json: false };
    assert_eq!(connection("hub list"), default);
    let flags = "--server https://b.example/ --credentials c.json --timeout 5 --json";
    let named = Connection {
        server: Some("https://b.example".to_owned()),
        credentials: Some("c.json".into()),
        timeout: 5,
        json: true,
    };
    assert_eq!(connection(&format!("hub {flags} list")), named);
    assert_eq!(connection(&format!("hub list {flags}")), named);
}

#[test]
fn mistakes_of_usage_are_refused_before_anybody_is_asked() {
    for line in [
        &["hub"] as &[&str],
        &["hub", "lst"],
        &["hub", "get"],
        &["hub", "get", ""],
        &["hub", "create", "--name", "n"],
        &["hub", "create", "--name", "n", "--description", "d", "--status", "closed"],
        &["hub", "create", "--body", "[]"],
        &["hub", "list", "--server", "127.0.0.1:8080"],
        &["hub", "list", "--timeout", "0"],
        &["hub", "list", "--timeout", "3601"],
        &["integration", "create", "--channel", "Direct", "--name", "n"],
        &[
            "integration",
            "create",
            "--hub",
            "7",
            "--channel",
            "Direct",
            "--name",
            "n",
            "--configuration",
            "[]",
        ],
        &["command", "create", "--hub", "7", "--kind", "response", "--name", "n", "--responses", "{}"],
        &["command", "list", "--hub", "7"],
        &["command", "list", "--hub", "7", "--kind", "both"],
        &["user", "create", "--email", "a@b.c"],
    ] {
        assert_eq!(parsed(line).expect_err(&line.join(" ")).exit_code(), 2, "{line:?}");
    }
    for seconds in ["1", "3600"] {
        assert!(parsed(&["hub", "list", "--timeout", seconds]).is_ok(), "{seconds}");
    }
}
