//! The `loadtest` command as a script meets it, without a broker.

use super::loadtest;

#[test]
fn every_scenario_explains_itself() {
    let help = String::from_utf8(loadtest(&["--help"]).stdout).unwrap();
    let scenarios = [
        "fanout",
        "pairs",
        "longpoll",
        "idle",
        "waiting",
        "expiry",
        "webhooks",
        "connect-storm",
        "mixed",
        "listen",
    ];
    for scenario in scenarios {
        assert!(help.contains(scenario), "{help}");
        assert_eq!(loadtest(&[scenario, "--help"]).status.code(), Some(0), "{scenario}");
    }
}

#[test]
fn a_missing_credentials_file_is_told_by_name() {
    let output = loadtest(&["listen", "--credentials", "/nowhere/credentials.json"]);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint.starts_with("loadtest: cannot read the credentials in /nowhere/credentials.json"),
        "{complaint}"
    );
    assert_eq!(output.status.code(), Some(2));
}
