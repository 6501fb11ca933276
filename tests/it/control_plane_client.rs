//! `switchboard hub|integration|command|user|team` against a running server: every verb, tables, JSON, refusals.

use std::net::TcpListener;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Finished, Server, run, run_reading};

/// The command line as somebody beside the server uses it.
struct Console<'a>(&'a Server);

impl Console<'_> {
    /// Runs a line against the server, with the credentials in its folder.
    fn ends(&self, line: &[&str]) -> Finished {
        let data = self.0.data();
        run(&[line, &["--server", self.0.demo().base(), "--data", data.to_str().unwrap()]].concat(), &[])
    }

    /// What a line prints that does what it is asked.
    #[track_caller]
    fn prints(&self, line: &[&str]) -> String {
        let ended = self.ends(line);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{line:?}: {ended:?}");
        ended.out
    }

    /// The table that a line prints, its cells by row.
    #[track_caller]
    fn table(&self, line: &[&str]) -> Vec<Vec<String>> {
        let page = self.prints(line);
        let cells = |row: &str| {
            row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
        };
        page.lines().map(cells).collect()
    }

    /// The JSON that a line prints, which is one line.
    #[track_caller]
    fn json(&self, line: &[&str]) -> Value {
        let page = self.prints(&[line, &["--json"]].concat());
        assert_eq!(page.lines().count(), 1, "{page}");
        serde_json::from_str(&page).unwrap()
    }

    /// The id of what a line makes.
    #[track_caller]
    fn makes(&self, line: &[&str], id: &str) -> String {
        self.json(line)[id].as_str().unwrap().to_owned()
    }

    /// What the server has against a line.
    #[track_caller]
    fn refuses(&self, line: &[&str]) -> String {
        let ended = self.ends(line);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{line:?}: {ended:?}");
        ended.err
    }
}

#[tokio::test]
async fn a_hub_is_made_shown_listed_and_deleted() {
    let server = Server::start().await;
    let console = Console(&server);
    let create = [
        "hub",
        "create",
        "--name",
        "Sales",
        "--description",
        "All of them",
        "--status",
        "paused",
        "--close-dormant-conversation",
        "30",
    ];
    let made = console.json(&create);
    let hub = made["hubId"].as_str().unwrap();
    let expected = json!({"hubId": hub, "tenantId": server.demo().get("/tenant/tenantId"), "name": "Sales",
        "description": "All of them", "closeDormantConversation": 30, "statusId": 2002});
    assert_eq!(made, expected);
    assert_eq!(console.json(&["hub", "get", hub]), expected);
    let shown = console.table(&["hub", "get", hub]);
    assert!(shown.contains(&vec!["name".to_owned(), "Sales".to_owned()]), "{shown:?}");
    let listed = console.table(&["hub", "list"]);
    assert_eq!(listed[0], ["HUB ID", "NAME", "STATUS", "CLOSE AFTER DAYS", "DESCRIPTION"]);
    assert_eq!((listed.len(), &listed[1][0]), (3, &server.demo().hub()));
    assert_eq!(listed[2], [hub, "Sales", "paused", "30", "All of them"]);
    assert_eq!(console.prints(&["hub", "delete", hub]), format!("hub {hub} is deleted\n"));
    let gone = console.refuses(&["hub", "get", hub]);
    assert!(gone.starts_with("PRT000699: "), "{gone}");
}

#[tokio::test]
async fn an_integration_is_made_of_flags_and_a_body_shown_listed_and_deleted() {
    let server = Server::start().await;
    let console = Console(&server);
    let hub = console.makes(&["hub", "create", "--name", "h", "--description", "d"], "hubId");
    let create = [
        "integration",
        "create",
        "--hub",
        &hub,
        "--channel",
        "Direct",
        "--name",
        "Desk",
        "--status",
        "paused",
        "--body",
        r#"{"configuration": {"integrationType": "Agent", "echo": true}}"#,
    ];
    let integration = console.makes(&create, "integrationId");
    let shown = console.table(&["integration", "get", &integration]);
    for property in [["channelId", "Direct"], ["statusId", "3002"], ["configuration.echo", "true"]] {
        assert!(shown.contains(&property.map(str::to_owned).to_vec()), "{property:?} in {shown:?}");
    }
    let listed = console.table(&["integration", "list", "--hub", &hub]);
    assert_eq!(listed[0], ["INTEGRATION ID", "HUB ID", "CHANNEL", "TYPE", "STATUS", "NAME"]);
    assert_eq!(
        listed[1..],
        [[&integration, &hub, "Direct", "Agent", "paused", "Desk"].map(|cell| cell.to_owned())]
    );
    let all = console.json(&["integration", "list"]);
    assert_eq!(all["total"], 5, "{all:#}");
    let direct =
        server.portal().await.get(&format!("/api/v1/integrations?pageSize=100&hubId={hub}")).await.ok();
    assert_eq!(console.json(&["integration", "list", "--hub", &hub]), direct);
    let word = console.prints(&["integration", "delete", &integration]);
    assert_eq!(word, format!("integration {integration} is deleted\n"));
    assert_eq!(console.json(&["integration", "list", "--hub", &hub])["results"], json!([]));
}

#[tokio::test]
async fn making_an_integration_never_changes_one_whose_id_is_taken_for_a_hubs() {
    let server = Server::start().await;
    let console = Console(&server);
    let present = server.demo().integration("customer");
    let create = [
        "integration",
        "create",
        "--hub",
        &present,
        "--channel",
        "Direct",
        "--name",
        "New",
        "--body",
        r#"{"configuration": {"integrationType": "Customer"}}"#,
    ];
    let refused = console.refuses(&create);
    assert!(refused.starts_with("PRT000699: "), "{refused}");
    assert_eq!(console.json(&["integration", "get", &present])["name"], "Direct customer");
}

#[tokio::test]
async fn commands_of_both_kinds_are_made_shown_listed_and_deleted() {
    let server = Server::start().await;
    let console = Console(&server);
    let hub = server.demo().hub();
    let says = r#"{"integrationTypeId": "agent", "type": "message", "category": "greetings",
        "responses": [{"type": "text", "text": "hello"}]}"#;
    for (kind, body, cells) in [
        (
            "transfer",
            r#"{"url": "https://shop.example", "linkDescription": "To the shop"}"#,
            &["go", "https://shop.example", "To the shop", "elsewhere"] as &[&str],
        ),
        ("response", says, &["go", "greetings", "agent", "message", "1", "elsewhere"]),
    ] {
        let create = [
            "command",
            "create",
            "--hub",
            &hub,
            "--kind",
            kind,
            "--name",
            "go",
            "--description",
            "elsewhere",
            "--body",
            body,
        ];
        let command = console.makes(&create, "commandId");
        let listed = console.table(&["command", "list", "--hub", &hub, "--kind", kind]);
        assert_eq!(listed.len(), 2, "{listed:?}");
        assert_eq!(
            (&listed[1][0], &listed[1][1..]),
            (&command, &cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()[..])
        );
        let shown = console.json(&["command", "get", &command, "--kind", kind]);
        assert_eq!(console.json(&["command", "list", "--hub", &hub, "--kind", kind]), json!([shown]));
        assert_eq!(shown["name"], "go");
        let deleted = console.prints(&["command", "delete", &command, "--kind", kind]);
        assert_eq!(deleted, format!("command {command} is deleted\n"));
        assert_eq!(console.json(&["command", "list", "--hub", &hub, "--kind", kind]), json!([]));
    }
}

#[tokio::test]
async fn users_and_teams_are_made_shown_listed_and_deleted() {
    let server = Server::start().await;
    let console = Console(&server);
    let user = "Ada L/+";
    let create = [
        "user",
        "create",
        "--user-id",
        user,
        "--name",
        "Ada",
        "--email",
        "ada@example.com",
        "--skill",
        "maths",
        "--skill",
        "engines",
        "--state",
        "away",
    ];
    let made = console.json(&create);
    let expected = json!({"userId": user, "name": "Ada", "email": "ada@example.com",
        "skills": ["maths", "engines"], "state": "away"});
    assert_eq!(made, expected);
    assert_eq!(console.json(&["user", "get", user]), expected);
    let listed = console.table(&["user", "list"]);
    assert_eq!(listed[0], ["USER ID", "NAME", "STATE", "EMAIL", "SKILLS"]);
    assert!(
        listed.contains(
            &[user, "Ada", "away", "ada@example.com", "maths, engines"].map(str::to_owned).to_vec()
        ),
        "{listed:?}"
    );

    let member = server.demo().user();
    let create = [
        "team",
        "create",
        "--team-id",
        "first",
        "--name",
        "First line",
        "--member",
        user,
        "--member",
        &member,
        "--state",
        "inactive",
    ];
    let members = json!([user, member]);
    let team = json!({"teamId": "first", "name": "First line", "members": members, "state": "inactive"});
    assert_eq!(console.json(&create), team);
    let shown = console.prints(&["team", "get", "first"]);
    assert!(shown.contains(&format!("{user}, {member}")), "{shown}");
    let listed = console.table(&["team", "list"]);
    assert_eq!(listed[0], ["TEAM ID", "NAME", "STATE", "MEMBERS"]);
    let row = ["first", "First line", "inactive", "2"].map(str::to_owned);
    assert!(listed.contains(&row.to_vec()), "{listed:?}");

    assert_eq!(console.prints(&["user", "delete", user]), format!("user {user} is deleted\n"));
    assert_eq!(console.json(&["team", "get", "first"])["members"], json!([member]));
    assert_eq!(console.prints(&["team", "delete", "first", "--json"]), "");
    assert!(console.refuses(&["team", "get", "first"]).starts_with("PRT"));
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let present = 2;
    for number in present..101 {
        portal.post("/api/v1/users", &json!({"userId": number.to_string(), "name": "n"})).await.ok();
    }
    let console = Console(&server);
    let ids = || {
        let answer = console.json(&["user", "list"]);
        let results = answer["results"].as_array().unwrap();
        let ids: Vec<_> =
            results.iter().skip(present).map(|user| user["userId"].as_str().unwrap().to_owned()).collect();
        (answer["pageNumber"].clone(), answer["pageSize"].clone(), answer["total"].clone(), ids)
    };
    let numbers = |end: usize| (present..end).map(|number| number.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(), (json!(0), json!(101), json!(101), numbers(101)));
    portal.delete("/api/v1/users/100").await.has_status(200);
    assert_eq!(ids(), (json!(0), json!(100), json!(100), numbers(100)));
    assert_eq!(console.table(&["user", "list"]).len(), 101);
}

#[tokio::test]
async fn a_body_comes_from_a_file_or_from_standard_input() {
    let server = Server::start().await;
    let console = Console(&server);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("hub.json");
    let at = format!("@{}", path.display());
    std::fs::write(&path, r#"{"Name": "from a file", "description": "d"}"#).unwrap();
    assert_eq!(console.json(&["hub", "create", "--body", &at])["name"], "from a file");
    assert_eq!(
        console.json(&["hub", "create", "--name", "from a flag", "--body", &at])["name"],
        "from a flag"
    );
    let data = server.data();
    let line = [
        "hub",
        "create",
        "--body",
        "-",
        "--json",
        "--server",
        server.demo().base(),
        "--data",
        data.to_str().unwrap(),
    ];
    let made = run_reading(&line, r#"{"name": "from input", "description": "d"}"#);
    assert_eq!(serde_json::from_str::<Value>(&made.out).unwrap()["name"], "from input", "{made:?}");
    for line in [
        &["hub", "create", "--body", "@nowhere.json"] as &[&str],
        &["hub", "create", "--body", "{"],
        &["hub", "create", "--name", "no description"],
    ] {
        let ended = console.ends(line);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{line:?}: {ended:?}");
        assert!(!ended.err.is_empty());
    }
    assert_eq!(console.json(&["hub", "list"])["total"], 4);
}

#[tokio::test]
async fn refusals_of_the_server_are_lines_that_begin_with_their_codes() {
    let server = Server::start().await;
    let console = Console(&server);
    let create = ["hub", "create", "--name", "Sales", "--description", "d"];
    console.prints(&create);
    let portal = server.portal().await;
    let twice = portal.post("/api/v1/hubs", &json!({"name": "Sales", "description": "d"})).await.json();
    let said = twice["errors"][0]["description"].as_str().unwrap();
    let (text, code) = said.strip_suffix(')').unwrap().rsplit_once(" (code: ").unwrap();
    assert_eq!(console.refuses(&create), format!("{code}: {text}\n"));
    let faults = console.refuses(&["user", "create", "--name", " ", "--email", "nowhere"]);
    let codes: Vec<_> = faults.lines().map(|line| line.split_once(": ").unwrap().0).collect();
    assert_eq!(codes.len(), 2, "{faults}");
    assert!(codes.iter().all(|code| code.starts_with("PRT000") && code.len() == 9), "{faults}");
}

#[tokio::test]
async fn credentials_of_ones_own_are_used_and_wrong_ones_are_refused() {
    let server = Server::start().await;
    let other = server.another_tenant("Acme").await;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("acme.json");
    let list = |credentials: &Value| {
        std::fs::write(&path, credentials.to_string()).unwrap();
        let named = ["--server", server.demo().base(), "--credentials", path.to_str().unwrap()];
        run(&[&["hub", "list", "--json"], &named[..]].concat(), &[])
    };
    let listed: Value = serde_json::from_str(&list(other.credentials()).out).unwrap();
    assert_eq!((&listed["total"], &listed["results"][0]["hubId"]), (&json!(1), &json!(other.hub())));
    let elsewhere = run(&["hub", "list", "--json", "--credentials", path.to_str().unwrap()], &[]);
    assert_eq!(
        serde_json::from_str::<Value>(&elsewhere.out).unwrap(),
        listed,
        "of the server that they are of"
    );
    let mut wrong = other.credentials().clone();
    wrong["clients"]["portal"]["client_secret"] = json!("guessed");
    let refused = list(&wrong);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
    assert!(refused.err.starts_with("invalid_client: "), "{}", refused.err);
    let empty = list(&json!({"clients": {}}));
    assert_eq!(empty.code, Some(1), "{empty:?}");
    assert!(empty.err.contains("acme.json") && empty.err.contains("portal"), "{}", empty.err);
    let nowhere = folder.path().join("nowhere");
    let missing = run(&["hub", "list", "--data", nowhere.to_str().unwrap()], &[]);
    assert_eq!(missing.code, Some(1), "{missing:?}");
    assert!(missing.err.contains("nowhere/credentials.json"), "{}", missing.err);
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_or_says_nothing_is_told_on_one_line() {
    let server = Server::start().await;
    let data = server.data();
    let list = |address: &str| {
        let ended = run(
            &["hub", "list", "--timeout", "1", "--server", address, "--data", data.to_str().unwrap()],
            &[],
        );
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        assert!(ended.err.starts_with(&format!("switchboard: {address} ")), "{}", ended.err);
        ended.err
    };
    // It is bound and lets nobody in: whoever connects waits for an answer.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    assert!(list(&address).contains("did not answer in 1 s"));
    drop(silent);
    assert!(list(&address).contains("refused"));
    // The server speaks no TLS here, so the other side's part of it is what fails.
    let secured = list(&server.demo().base().replace("http://", "https://"));
    assert!(secured.contains("cannot be asked"), "{secured}");
}
