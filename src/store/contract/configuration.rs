//! The control plane's side of the contract.

use super::samples::{ALL, HARD_TEXT, kept_tenant, tenant};
use crate::domain::client::{Api, Client, Scopes, Secret, SecretHash};
use crate::domain::clock::Millis;
use crate::domain::directory::{Team, TeamState, User, UserState};
use crate::domain::hub::{Hub, HubStatus};
use crate::domain::ids::{
    ClientId, CommandId, HubId, IntegrationId, MessagingId, SecretId, TeamId, TenantId, UserId,
};
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::domain::messaging::MessagingKind;
use crate::domain::order::EventId;
use crate::store::{
    ApiKey, CommandRecord, Configuration, FormerKeyRecord, IntegrationRecord, MessagingRecord,
    PipelineRecord, SigningKeyRecord, Store, Write,
};

/// One of everything, with every option once given and once not.
fn sample(tenant: TenantId) -> Configuration {
    Configuration {
        tenants: Vec::new(),
        clients: vec![client(tenant, "full", vec![secret(2, None), secret(1, Some(Millis(5)))]), {
            let mut bare = client(tenant, "bare", Vec::new());
            bare.api = Api::Messaging;
            bare.scopes = Scopes::NONE;
            bare
        }],
        api_keys: vec![ApiKey { tenant, hash: SecretHash([7; 32]), hint: HARD_TEXT.to_owned() }],
        signing_keys: vec![
            SigningKeyRecord {
                kid: "old".into(),
                sealed: vec![0, 255],
                created: Millis(1),
                retired: Some(Millis(2)),
            },
            SigningKeyRecord { kid: "new".into(), sealed: Vec::new(), created: Millis(2), retired: None },
        ],
        hubs: vec![Hub {
            id: HubId::new(),
            tenant,
            number: 7,
            name: HARD_TEXT.to_owned(),
            description: String::new(),
            close_dormant_days: u32::MAX,
            status: HubStatus::Paused,
            created: Millis(1),
            modified: Millis(2),
        }],
        integrations: vec![integration(tenant, Some(vec![1, 2, 3])), integration(tenant, None)],
        hubs_made: Vec::new(),
        former_keys: Vec::new(),
        commands: vec![command(tenant, HARD_TEXT), command(tenant, "")],
        pipelines: vec![pipeline(tenant, Some(vec![1, 2, 3])), pipeline(tenant, None)],
        users: vec![
            User {
                id: UserId::from(HARD_TEXT),
                tenant,
                number: 1,
                name: HARD_TEXT.to_owned(),
                email: HARD_TEXT.to_owned(),
                skills: vec![HARD_TEXT.to_owned(), "b".to_owned()],
                state: UserState::Away,
            },
            bare_user(tenant, "bare"),
        ],
        teams: vec![
            team(tenant, "both", vec![UserId::from("b"), UserId::from(HARD_TEXT)]),
            team(tenant, "empty", Vec::new()),
        ],
        messaging: MessagingKind::ALL
            .map(|kind| messaging(tenant, kind, (kind == MessagingKind::App).then(|| vec![1, 2, 3])))
            .to_vec(),
    }
}

fn client(tenant: TenantId, id: &str, secrets: Vec<Secret>) -> Client {
    let (id, api) = (ClientId::from(id), Api::Streaming);
    let name = HARD_TEXT.to_owned();
    Client { id, tenant, api, name, scopes: api.scopes(), secrets, secrets_made: 7 }
}

fn secret(number: u32, expires: Option<Millis>) -> Secret {
    let hash = SecretHash([number as u8; 32]);
    Secret { id: SecretId::new(), number, name: "s".to_owned(), hash, hint: "..x".to_owned(), expires }
}

fn integration(tenant: TenantId, sealed_key: Option<Vec<u8>>) -> IntegrationRecord {
    IntegrationRecord {
        id: IntegrationId::new(),
        tenant,
        hub: HubId::new(),
        name: "line".to_owned(),
        kind: IntegrationType::Agent,
        status: IntegrationStatus::Paused,
        configuration: "{\"z\":1,\"a\":[]}".to_owned(),
        sealed_key,
        created: Millis(3),
        modified: Millis(4),
    }
}

fn command(tenant: TenantId, text: &str) -> CommandRecord {
    CommandRecord {
        id: CommandId::new(),
        tenant,
        hub: HubId::new(),
        name: text.to_owned(),
        description: text.to_owned(),
        effect: text.to_owned(),
        created: Millis(5),
        modified: Millis(6),
    }
}

fn pipeline(tenant: TenantId, sealed_keys: Option<Vec<u8>>) -> PipelineRecord {
    PipelineRecord {
        hub: HubId::new(),
        tenant,
        stages: HARD_TEXT.to_owned(),
        sealed_keys,
        modified: Millis(9),
    }
}

fn bare_user(tenant: TenantId, id: &str) -> User {
    User {
        id: UserId::from(id),
        tenant,
        number: i64::MAX,
        name: id.to_owned(),
        email: String::new(),
        skills: Vec::new(),
        state: UserState::Available,
    }
}

fn team(tenant: TenantId, id: &str, members: Vec<UserId>) -> Team {
    let state = TeamState::Inactive;
    Team { id: TeamId::from(id), tenant, number: 3, name: id.to_owned(), members, state }
}

fn messaging(tenant: TenantId, kind: MessagingKind, sealed: Option<Vec<u8>>) -> MessagingRecord {
    MessagingRecord { id: MessagingId::new(), tenant, kind, document: HARD_TEXT.to_owned(), sealed }
}

fn puts(configuration: &Configuration) -> Vec<Write> {
    let Configuration {
        tenants,
        clients,
        api_keys,
        signing_keys,
        hubs,
        integrations,
        hubs_made: _,
        former_keys: _,
        commands,
        pipelines,
        users,
        teams,
        messaging,
    } = configuration.clone();
    let mut writes: Vec<Write> = tenants.into_iter().map(Write::PutTenant).collect();
    writes.extend(clients.into_iter().map(Write::PutClient));
    writes.extend(api_keys.into_iter().map(Write::PutApiKey));
    writes.extend(signing_keys.into_iter().map(Write::PutSigningKey));
    writes.extend(hubs.into_iter().map(Write::PutHub));
    writes.extend(integrations.into_iter().map(Write::PutIntegration));
    writes.extend(commands.into_iter().map(Write::PutCommand));
    writes.extend(pipelines.into_iter().map(Write::PutPipeline));
    writes.extend(users.into_iter().map(Write::PutUser));
    writes.extend(teams.into_iter().map(Write::PutTeam));
    writes.extend(messaging.into_iter().map(Write::PutMessaging));
    writes
}

/// Compares everything, in whatever order the store gives it. Hashes hide themselves from `Debug`, so they are
/// put beside it.
fn assert_same(found: &Configuration, expected: &Configuration) {
    fn lines<T: std::fmt::Debug>(things: &[T]) -> Vec<String> {
        let mut lines: Vec<String> = things.iter().map(|thing| format!("{thing:?}")).collect();
        lines.sort();
        lines
    }
    let hashes = |configuration: &Configuration| {
        let secrets = configuration.clients.iter().flat_map(|client| &client.secrets);
        let keys = configuration.api_keys.iter().map(|key| (key.hint.clone(), key.hash.0));
        let mut hashes: Vec<_> =
            secrets.map(|secret| (secret.id.to_string(), secret.hash.0)).chain(keys).collect();
        hashes.sort();
        hashes
    };
    assert_eq!(lines(&found.tenants), lines(&expected.tenants));
    assert_eq!(lines(&found.clients), lines(&expected.clients));
    assert_eq!(lines(&found.api_keys), lines(&expected.api_keys));
    assert_eq!(lines(&found.signing_keys), lines(&expected.signing_keys));
    assert_eq!(lines(&found.hubs), lines(&expected.hubs));
    assert_eq!(lines(&found.integrations), lines(&expected.integrations));
    assert_eq!(lines(&found.commands), lines(&expected.commands));
    assert_eq!(lines(&found.pipelines), lines(&expected.pipelines));
    assert_eq!(lines(&found.users), lines(&expected.users));
    assert_eq!(lines(&found.teams), lines(&expected.teams));
    assert_eq!(lines(&found.messaging), lines(&expected.messaging));
    assert_eq!(hashes(found), hashes(expected));
}

pub(crate) async fn what_was_put_reads_back(store: &dyn Store) {
    let (one, two) = (tenant("one"), tenant("two"));
    let mut expected = sample(one.id);
    expected.tenants = vec![one, two];
    store.commit(puts(&expected)).await.unwrap();
    assert_same(&store.configuration().await.unwrap(), &expected);
}

pub(crate) async fn a_put_replaces_what_has_the_same_id(store: &dyn Store) {
    let owner = tenant("one");
    let mut expected = sample(owner.id);
    expected.tenants = vec![owner];
    store.commit(puts(&expected)).await.unwrap();

    expected.tenants[0].name = "renamed".to_owned();
    expected.clients[0].secrets.remove(0);
    expected.clients[0].name = "renamed".to_owned();
    expected.clients[1].secrets.push(secret(9, None));
    expected.api_keys[0].hint = "new".to_owned();
    expected.signing_keys[1].retired = Some(Millis(9));
    expected.hubs[0].status = HubStatus::Active;
    expected.hubs[0].description = "new".to_owned();
    expected.integrations[0].sealed_key = None;
    expected.integrations[1].configuration = "{}".to_owned();
    expected.commands[0].hub = HubId::new();
    expected.commands[0].name = "renamed".to_owned();
    expected.commands[0].description.clear();
    expected.commands[1].effect = "{}".to_owned();
    expected.commands[1].created = Millis(7);
    expected.commands[1].modified = Millis(8);
    expected.pipelines[0].stages = "[]".to_owned();
    expected.pipelines[0].sealed_keys = None;
    expected.pipelines[1].modified = Millis(10);
    expected.users[0].number = 2;
    expected.users[0].email.clear();
    expected.users[0].skills.remove(0);
    expected.users[0].state = UserState::Offline;
    expected.users[1].name = "renamed".to_owned();
    expected.teams[0].members.clear();
    expected.teams[1].number = 4;
    expected.teams[1].name = "renamed".to_owned();
    expected.messaging[0].document = "{}".to_owned();
    expected.messaging[2].sealed = None;
    store.commit(puts(&expected)).await.unwrap();
    assert_same(&store.configuration().await.unwrap(), &expected);
}

pub(crate) async fn what_was_deleted_is_gone(store: &dyn Store) {
    let (owner, other) = (tenant("one"), tenant("two"));
    let (id, other_id) = (owner.id, other.id);
    let mut expected = sample(id);
    expected.tenants = vec![owner, other];
    store.commit(puts(&expected)).await.unwrap();
    store
        .commit(vec![
            Write::DeleteClient(expected.clients.remove(0).id),
            Write::DeleteSigningKey("old".to_owned()),
            Write::DeleteHub(expected.hubs.remove(0).id),
            // The stages of a hub go with it.
            Write::DeleteHub(expected.pipelines.remove(0).hub),
            Write::DeleteIntegration(expected.integrations.remove(0).id),
            Write::DeleteCommand(expected.commands.remove(0).id),
            Write::DeleteUser(id, expected.users.remove(0).id),
            Write::DeleteTeam(id, TeamId::from("both")),
            Write::DeleteMessaging(expected.messaging.remove(1).id),
            // What is not there, and what is another tenant's.
            Write::DeleteHub(HubId::new()),
            Write::DeleteCommand(CommandId::new()),
            Write::DeleteMessaging(MessagingId::new()),
            Write::DeleteTeam(other_id, TeamId::from("empty")),
        ])
        .await
        .unwrap();
    expected.signing_keys.remove(0);
    expected.teams.remove(0);
    assert_same(&store.configuration().await.unwrap(), &expected);
}

pub(crate) async fn the_highest_number_of_a_hub_outlives_the_hub(store: &dyn Store) {
    let (one, two) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let hub = |number| Hub { id: HubId::new(), number, ..sample(one).hubs.remove(0) };
    let hubs = [hub(7), hub(3)];
    let newest = hubs[0].id;
    store.commit(hubs.map(Write::PutHub).to_vec()).await.unwrap();
    let made = async || {
        let mut made = store.configuration().await.unwrap().hubs_made;
        made.sort_by_key(|(tenant, _)| *tenant != one);
        made
    };
    assert_eq!(made().await, [(one, 7), (two, 0)]);
    store.commit(vec![Write::DeleteHub(newest)]).await.unwrap();
    assert_eq!(made().await, [(one, 7), (two, 0)]);
    assert!(store.commit(vec![Write::PutHub(hub(9)), Write::PutHub(hub_of_nobody())]).await.is_err());
    assert_eq!(made().await, [(one, 7), (two, 0)], "a refused commit has made nothing");
}

fn hub_of_nobody() -> Hub {
    sample(TenantId::new()).hubs.remove(0)
}

pub(crate) async fn former_keys_are_replaced_and_go_at_their_end_or_with_their_integration(
    store: &dyn Store,
) {
    let tenant = kept_tenant(store, "one").await;
    let lines = [integration(tenant, None), integration(tenant, None)];
    let [one, two] = [lines[0].id, lines[1].id];
    let key = |ends| FormerKeyRecord { ends: Millis(ends), sealed: vec![0, 255, ends as u8] };
    let mut writes = lines.map(Write::PutIntegration).to_vec();
    writes.push(Write::PutFormerKeys(one, vec![key(1)]));
    writes.push(Write::PutFormerKeys(one, vec![key(5), key(9), key(7)]));
    writes.push(Write::PutFormerKeys(two, vec![key(6)]));
    store.commit(writes).await.unwrap();
    let kept = async |of| {
        let all = store.configuration().await.unwrap().former_keys;
        all.into_iter().filter(|(id, _)| *id == of).map(|(_, key)| key).collect::<Vec<_>>()
    };
    assert_eq!((kept(one).await, kept(two).await), (vec![key(5), key(9), key(7)], vec![key(6)]));
    store.commit(vec![Write::ForgetFormerKeys(Millis(6))]).await.unwrap();
    assert_eq!((kept(one).await, kept(two).await), (vec![key(9), key(7)], Vec::new()));
    store.commit(vec![Write::DeleteIntegration(one)]).await.unwrap();
    assert_eq!(kept(one).await, []);
}

pub(crate) async fn users_and_teams_of_two_tenants_may_have_one_id(store: &dyn Store) {
    let (one, two) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let of_both = [one, two].map(|tenant| (bare_user(tenant, "same"), team(tenant, "same", Vec::new())));
    for (user, team) in of_both.clone() {
        store.commit(vec![Write::PutUser(user), Write::PutTeam(team)]).await.unwrap();
    }
    let (user, team) = (UserId::from("same"), TeamId::from("same"));
    store.commit(vec![Write::DeleteUser(one, user), Write::DeleteTeam(one, team)]).await.unwrap();
    let left = store.configuration().await.unwrap();
    let [_, (user, team)] = of_both;
    assert_eq!((left.users, left.teams), (vec![user], vec![team]));
}

pub(crate) async fn an_id_of_another_tenant_is_not_taken_over(store: &dyn Store) {
    let (one, two) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let kept = sample(one);
    store.commit(puts(&kept)).await.unwrap();
    let before = store.configuration().await.unwrap();

    let mut hub = kept.hubs[0].clone();
    hub.tenant = two;
    let mut line = kept.integrations[0].clone();
    line.tenant = two;
    let mut client = kept.clients[0].clone();
    client.tenant = two;
    let mut command = kept.commands[0].clone();
    command.tenant = two;
    let mut messaging = kept.messaging[0].clone();
    messaging.tenant = two;
    let taken = [
        Write::PutHub(hub),
        Write::PutIntegration(line),
        Write::PutClient(client),
        Write::PutCommand(command),
        Write::PutMessaging(messaging),
    ];
    for write in taken {
        assert!(store.commit(vec![write.clone()]).await.is_err(), "{write:?}");
    }
    assert_same(&store.configuration().await.unwrap(), &before);
}

pub(crate) async fn an_empty_store_holds_nothing_and_knows_itself(store: &dyn Store) {
    assert_same(&store.configuration().await.unwrap(), &Configuration::default());
    assert_eq!(store.open_conversations().await.unwrap(), []);
    assert_eq!(store.orders().await.unwrap(), []);
    assert_eq!(store.sessions().await.unwrap(), []);
    assert_eq!(store.events(TenantId::new(), EventId::default(), ALL).await.unwrap(), []);
    assert_eq!(store.identity(), store.identity());
}
