//! What the audit log says of each change.

use super::*;
use crate::domain::audit::{Action, AuditEntry, AuditKind, Who};
use crate::domain::command::{Effect, Response, ResponseParty, Responses};
use crate::domain::ids::{TeamId, UserId};
use crate::store::AuditQuery;

/// The log, the oldest entry first.
async fn log(registry: &Registry, tenant: TenantId) -> Vec<AuditEntry> {
    let query = AuditQuery { tenant, kind: None, id: None, since: None, until: None, skip: 0, limit: 1000 };
    let mut entries = registry.audit(query).await.unwrap().entries;
    entries.reverse();
    entries
}

/// Action, kind, name, and what was changed, of everything after the first `known` entries.
async fn lines_after(bench: &Bench, known: usize) -> Vec<String> {
    let entries = log(&bench.registry, bench.tenant).await;
    let line = |entry: &AuditEntry| {
        let (action, kind) = (entry.action.name(), entry.kind.name());
        format!("{action} {kind} {} {}", entry.name, entry.changed.join(",")).trim_end().to_owned()
    };
    entries[known..].iter().map(line).collect()
}

/// What the bench itself has done.
const SET_UP: usize = 3;

#[tokio::test]
async fn an_entry_says_who_did_it_from_where_and_when() {
    let bench = Bench::new().await;
    let by = Actor {
        tenant: bench.tenant,
        who: Who::Client { client: ClientId::from("portal"), secret: Some(3) },
        address: Some("192.0.2.7".parse().unwrap()),
    };
    bench.clock.advance(Duration::from_secs(5));
    let made = bench.registry.create_hub(by.clone(), hub("Support"), None).await.unwrap();
    let expected = AuditEntry {
        by,
        at: bench.clock.now(),
        action: Action::Created,
        kind: AuditKind::Hub,
        id: made.id.to_string(),
        name: "Support".to_owned(),
        changed: Vec::new(),
    };
    assert_eq!(log(&bench.registry, bench.tenant).await.last(), Some(&expected));
}

#[tokio::test]
async fn a_tenant_and_what_it_begins_with_are_one_entry_by_the_operator() {
    let bench = Bench::new().await;
    let entries = log(&bench.registry, bench.tenant).await;
    assert_eq!(entries[0].by, Actor::operator(bench.tenant));
    let id = bench.tenant.to_string();
    assert_eq!((entries[0].kind, entries[0].id.as_str()), (AuditKind::Tenant, id.as_str()));
    let lines = lines_after(&bench, 0).await;
    assert_eq!(lines, ["created tenant demo", "created hub Sales", "created integration Bot"]);
}

#[tokio::test]
async fn an_update_names_what_changed_and_one_that_changes_nothing_is_not_in_the_log() {
    let bench = Bench::new().await;
    let (registry, by) = (&bench.registry, Actor::operator(bench.tenant));
    let both =
        HubPatch { name: Some("Other".to_owned()), close_dormant_days: Some(7), ..HubPatch::default() };
    registry.update_hub(by.clone(), bench.hub.id, both.clone()).await.unwrap();
    registry.update_hub(by.clone(), bench.hub.id, both).await.unwrap();
    registry.create_user(by.clone(), UserSpec::named("Ada"), None, |_| ()).await.unwrap();
    let ada = registry.users(bench.tenant, PageQuery { number: 0, size: 1 }).items.remove(0);
    let patch = UserPatch { skills: Some(vec!["x".to_owned()]), ..UserPatch::default() };
    registry.update_user(by, &ada.id, patch, |_| ()).await.unwrap();
    let expected =
        ["updated hub Other name,closeDormantConversation", "created user Ada", "updated user Ada skills"];
    assert_eq!(lines_after(&bench, SET_UP).await, expected);
}

#[tokio::test]
async fn an_integrations_entry_names_properties_of_its_configuration_and_no_value() {
    let bench = Bench::new().await;
    let (registry, by) = (&bench.registry, Actor::operator(bench.tenant));
    let made = registry.create_integration(by.clone(), bench.hub.id, direct("Line"), None).await.unwrap();
    let spec = DirectSpec { webhook_url: Some("https://hook.test".to_owned()), ..DirectSpec::default() };
    let hooked = IntegrationPatch {
        configuration: Some((ConfigurationSpec::Direct(spec.clone()), KeyChange::Keep)),
        status: Some(IntegrationStatus::Paused),
        ..IntegrationPatch::default()
    };
    registry.update_integration(by.clone(), made.id, hooked).await.unwrap();
    let rekeyed = IntegrationPatch {
        configuration: Some((ConfigurationSpec::Direct(spec), KeyChange::Regenerate)),
        ..IntegrationPatch::default()
    };
    registry.update_integration(by, made.id, rekeyed).await.unwrap();
    let expected = [
        "created integration Line",
        "updated integration Line statusId,configuration.webhookUrl",
        "updated integration Line configuration.privateSigningKey,configuration.publicSigningKey",
    ];
    assert_eq!(lines_after(&bench, SET_UP).await, expected);
    let whole = format!("{:?}", log(registry, bench.tenant).await);
    assert!(!whole.contains("hook.test"), "{whole}");
}

#[tokio::test]
async fn a_commands_entry_names_what_it_does_otherwise() {
    let bench = Bench::new().await;
    let (registry, by) = (&bench.registry, Actor::operator(bench.tenant));
    let effect = Effect::Response(Response {
        category: "c".to_owned(),
        party: ResponseParty::Agent,
        responses: Responses::Messages(Vec::new()),
    });
    let spec = CommandSpec { name: "greet".to_owned(), description: String::new(), effect };
    let made = registry.create_command(by.clone(), bench.hub.id, spec, None).await.unwrap();
    let patch = CommandPatch {
        name: None,
        description: Some("warmly".to_owned()),
        effect: EffectPatch::Response(ResponsePatch {
            category: Some("other".to_owned()),
            party: Some(ResponseParty::Customer),
            responses: None,
        }),
    };
    registry.update_command(by.clone(), made.id, patch).await.unwrap();
    registry.delete_hub(by, bench.hub.id).await.unwrap();
    let mut lines = lines_after(&bench, SET_UP).await;
    assert_eq!(
        lines[..2],
        ["created command greet", "updated command greet description,category,integrationTypeId"]
    );
    lines[2..].sort();
    assert_eq!(lines[2..], ["deleted command greet", "deleted hub Sales", "deleted integration Bot"]);
}

#[tokio::test]
async fn a_deletion_tells_all_that_goes_and_all_that_changes_with_it() {
    let bench = Bench::new().await;
    let (registry, by) = (&bench.registry, Actor::operator(bench.tenant));
    let ada = UserId::from("ada");
    let user = UserSpec { id: Some(ada.clone()), ..UserSpec::named("Ada") };
    registry.create_user(by.clone(), user, None, |_| ()).await.unwrap();
    let team = TeamSpec {
        id: Some(TeamId::from("t")),
        name: "Team".to_owned(),
        members: vec![ada.clone()],
        ..TeamSpec::default()
    };
    registry.create_team(by.clone(), team, None, |_| ()).await.unwrap();
    registry.delete_user(by.clone(), &ada, |_| ()).await.unwrap();
    registry.delete_team(by.clone(), &TeamId::from("t"), |_| ()).await.unwrap();
    registry.delete_hub(by, bench.hub.id).await.unwrap();
    let expected = [
        "created user Ada",
        "created team Team",
        "updated team Team members",
        "deleted user Ada",
        "deleted team Team",
        "deleted integration Bot",
        "deleted hub Sales",
    ];
    assert_eq!(lines_after(&bench, SET_UP).await, expected);
}

#[tokio::test]
async fn a_change_that_is_not_kept_is_not_in_the_log() {
    let bench = Bench::new().await;
    let by = Actor::operator(bench.tenant);
    assert!(bench.registry.create_hub(by, hub("SALES"), None).await.is_err());
    assert_eq!(log(&bench.registry, bench.tenant).await.len(), SET_UP);
    assert_eq!(log(&*bench.restarted().await, bench.tenant).await.len(), SET_UP, "the log is kept");
}
