//! Conversations, their activities, and the orders that readers resume by.

use super::samples::{
    ALL, HARD_TEXT, activity, conversation, event, full_conversation, keep_activities, kept_tenant, order_of,
    rows,
};
use crate::domain::clock::Millis;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::domain::integration::IntegrationType;
use crate::domain::order::{EventId, Position};
use crate::store::{
    ActivityRecord, ConversationRecord, HistoryQuery, LatestQuery, Page, Place, Pruned, ReplayScope, Store,
    Write,
};

fn positions(activities: &[ActivityRecord]) -> Vec<u64> {
    activities.iter().map(|activity| activity.position.0).collect()
}

fn all_of(tenant: TenantId, conversation: ConversationId) -> HistoryQuery {
    HistoryQuery { tenant, conversation, party: None, after: 0, page: ALL }
}

pub(crate) async fn conversations_read_back_and_the_open_ones_are_found(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let (open, silent, closed) = (conversation(owner), conversation(owner), full_conversation(owner));
    for head in [&open, &silent, &closed] {
        store.commit(vec![Write::PutConversation(head.clone())]).await.unwrap();
    }
    let told = ActivityRecord {
        recipient: Some(IntegrationId::new()),
        recipient_kind: Some(IntegrationType::Customer),
        ..activity(owner, open.id, 1)
    };
    keep_activities(store, &[told, activity(owner, open.id, 2)]).await;

    for head in [&open, &silent, &closed] {
        assert_eq!(store.conversation(owner, head.id).await.unwrap().as_ref(), Some(head));
    }
    let record = |conversation, last_event_id, told| {
        let told = Position(told);
        ConversationRecord { conversation, last_event_id, told }
    };
    assert_eq!(
        store.open_conversations().await.unwrap(),
        [record(open.clone(), 20, 1), record(silent, 0, 0)]
    );

    let mut ended = full_conversation(owner);
    ended.id = open.id;
    ended.number = Some(4);
    store.commit(vec![Write::PutConversation(ended.clone())]).await.unwrap();
    assert_eq!(store.conversation(owner, open.id).await.unwrap(), Some(ended));
    assert_eq!(store.open_conversations().await.unwrap().len(), 1);
}

pub(crate) async fn a_conversation_is_invisible_to_another_tenant(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let head = conversation(owner);
    store.commit(vec![Write::PutConversation(head.clone())]).await.unwrap();
    keep_activities(store, &[activity(owner, head.id, 1)]).await;

    assert_eq!(store.conversation(other, head.id).await.unwrap(), None);
    assert_eq!(store.history(all_of(other, head.id)).await.unwrap(), []);
    assert_eq!(store.position_at(other, head.id, i64::MAX).await.unwrap(), Place::default());

    let mut stolen = head.clone();
    stolen.tenant = other;
    assert!(store.commit(vec![Write::PutConversation(stolen)]).await.is_err());
    assert_eq!(store.conversation(owner, head.id).await.unwrap(), Some(head));
}

pub(crate) async fn activities_read_back_as_they_were_written(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let talk = ConversationId::new();
    let bare = activity(owner, talk, 1);
    let full = ActivityRecord {
        sender_kind: IntegrationType::Hubster,
        recipient: Some(IntegrationId::new()),
        recipient_kind: Some(IntegrationType::System),
        echo: Some(IntegrationId::new()),
        taken: Millis(i64::MIN),
        body: HARD_TEXT.into(),
        ..activity(owner, talk, 2)
    };
    let large = ActivityRecord { body: HARD_TEXT.repeat(10_000).into(), ..activity(owner, talk, 3) };
    let written = [bare, full, large];
    keep_activities(store, &written).await;
    assert_eq!(store.history(all_of(owner, talk)).await.unwrap(), written);
}

pub(crate) async fn history_is_in_event_order_after_an_id_and_up_to_a_limit(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let (talk, other) = (ConversationId::new(), ConversationId::new());
    let activities: Vec<_> =
        (1..=9).map(|n| activity(owner, if n % 3 == 0 { other } else { talk }, n)).collect();
    keep_activities(store, &activities).await;

    let part = HistoryQuery { after: 20, page: rows(3), ..all_of(owner, talk) };
    assert_eq!(positions(&store.history(part).await.unwrap()), [4, 5, 7]);
    assert_eq!(positions(&store.history(all_of(owner, other)).await.unwrap()), [3, 6, 9]);
    let none = HistoryQuery { page: rows(0), ..all_of(owner, talk) };
    assert_eq!(store.history(none).await.unwrap(), []);
    assert_eq!(store.history(all_of(TenantId::new(), talk)).await.unwrap(), []);
}

pub(crate) async fn history_of_a_party_is_what_it_sent_or_received(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let talk = ConversationId::new();
    let between = |position, from, to: Option<IntegrationType>| ActivityRecord {
        sender_kind: from,
        recipient: to.map(|_| IntegrationId::new()),
        recipient_kind: to,
        ..activity(owner, talk, position)
    };
    let (customer, bot, agent) = (IntegrationType::Customer, IntegrationType::Bot, IntegrationType::Agent);
    let activities = [
        between(1, customer, Some(bot)),
        between(2, bot, Some(customer)),
        between(3, customer, None),
        between(4, agent, Some(customer)),
        between(5, customer, Some(agent)),
    ];
    keep_activities(store, &activities).await;

    let of = |party| HistoryQuery { party: Some(party), ..all_of(owner, talk) };
    assert_eq!(positions(&store.history(of(bot)).await.unwrap()), [1, 2]);
    assert_eq!(positions(&store.history(of(agent)).await.unwrap()), [4, 5]);
    assert_eq!(positions(&store.history(of(customer)).await.unwrap()), [1, 2, 3, 4, 5]);
    assert_eq!(store.history(of(IntegrationType::System)).await.unwrap(), []);
}

pub(crate) async fn the_latest_of_a_party_come_with_the_newest_first(store: &dyn Store) {
    use IntegrationType::{Agent, Bot, Customer};
    let (owner, stranger) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let (talk, other) = (ConversationId::new(), ConversationId::new());
    let between = |position, conversation, from, to: Option<IntegrationType>| ActivityRecord {
        sender_kind: from,
        recipient: to.map(|_| IntegrationId::new()),
        recipient_kind: to,
        ..activity(owner, conversation, position)
    };
    let activities = [
        between(1, talk, Customer, Some(Bot)),
        between(2, talk, Bot, Some(Customer)),
        between(3, other, Customer, Some(Bot)),
        between(4, talk, Bot, Some(Agent)),
        between(5, talk, Customer, None),
        between(6, talk, Agent, None),
    ];
    keep_activities(store, &activities).await;

    let before = async |before, tenant, party, most| {
        let query = LatestQuery { tenant, conversation: talk, party, before, page: rows(most) };
        positions(&store.latest(query).await.unwrap())
    };
    let latest = async |tenant, party, most| before(i64::MAX, tenant, party, most).await;
    assert_eq!(latest(owner, Customer, usize::MAX).await, [5, 2, 1]);
    assert_eq!(latest(owner, Customer, 3).await, [5, 2, 1]);
    assert_eq!(latest(owner, Customer, 2).await, [5, 2]);
    assert_eq!(latest(owner, Bot, 1).await, [4]);
    assert_eq!(latest(owner, Customer, 0).await, [] as [u64; 0]);
    assert_eq!(latest(stranger, Customer, 3).await, [] as [u64; 0]);
    assert_eq!(before(50, owner, Customer, usize::MAX).await, [2, 1], "the bound is not among them");
    assert_eq!(before(51, owner, Customer, 2).await, [5, 2]);
    assert_eq!(before(10, owner, Customer, 2).await, [] as [u64; 0]);
}

pub(crate) async fn the_latest_end_before_they_have_too_many_bytes_but_never_before_the_newest(
    store: &dyn Store,
) {
    let owner = kept_tenant(store, "one").await;
    let talk = ConversationId::new();
    let of = |position, body: &str| ActivityRecord {
        sender_kind: IntegrationType::Customer,
        body: body.into(),
        ..activity(owner, talk, position)
    };
    keep_activities(store, &[of(1, "12345"), of(2, "1234"), of(3, "123")]).await;

    let latest = async |bytes| {
        let page = Page { bytes, ..ALL };
        let party = IntegrationType::Customer;
        let query = LatestQuery { tenant: owner, conversation: talk, party, before: i64::MAX, page };
        positions(&store.latest(query).await.unwrap())
    };
    assert_eq!(latest(2).await, [3]);
    assert_eq!(latest(6).await, [3]);
    assert_eq!(latest(7).await, [3, 2]);
    assert_eq!(latest(12).await, [3, 2, 1]);
}

pub(crate) async fn replay_of_an_integration_is_what_it_was_sent_and_its_echoes_once(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let (me, other) = (IntegrationId::new(), IntegrationId::new());
    let heard = |position, recipient, echo| ActivityRecord {
        recipient,
        echo,
        ..activity(owner, ConversationId::new(), position)
    };
    let activities = [
        heard(1, Some(me), None),
        heard(2, None, Some(me)),
        heard(3, Some(other), None),
        heard(4, Some(me), Some(me)),
        heard(5, Some(other), Some(me)),
        heard(6, None, None),
        heard(7, Some(me), Some(other)),
    ];
    keep_activities(store, &activities).await;

    let scope = ReplayScope::Integration(me);
    let replay =
        async |after, most| store.replay(owner, scope, Position(after), rows(most)).await.unwrap().activities;
    assert_eq!(positions(&replay(0, 100).await), [1, 2, 4, 5, 7]);
    assert_eq!(positions(&replay(1, 2).await), [2, 4]);
    assert_eq!(positions(&replay(4, 100).await), [5, 7]);
    assert_eq!(replay(7, 100).await, []);
    assert_eq!(replay(u64::MAX, 100).await, []);
    assert_eq!(replay(6, 1).await, activities[6..]);
}

pub(crate) async fn replay_of_the_customers_side_is_what_the_customer_said_or_was_told(store: &dyn Store) {
    use IntegrationType::{Agent, Customer, Hubster};
    let owner = kept_tenant(store, "one").await;
    let talk = ConversationId::new();
    let between = |position, from, to: Option<IntegrationType>| ActivityRecord {
        sender_kind: from,
        recipient: to.map(|_| IntegrationId::new()),
        recipient_kind: to,
        ..activity(owner, talk, position)
    };
    let activities = [
        between(1, Customer, None),
        between(2, Hubster, Some(Agent)),
        between(3, Hubster, Some(Customer)),
        between(4, Agent, None),
        between(5, Agent, Some(Customer)),
        between(6, Customer, Some(Agent)),
    ];
    keep_activities(store, &activities).await;

    let scope = ReplayScope::CustomerSide(talk);
    let replay =
        async |after, most| store.replay(owner, scope, Position(after), rows(most)).await.unwrap().activities;
    assert_eq!(positions(&replay(0, 100).await), [1, 3, 5, 6]);
    assert_eq!(positions(&replay(1, 1).await), [3], "what is not shown takes no room of a page");
    assert_eq!(positions(&replay(3, 2).await), [5, 6]);
    assert_eq!(replay(6, 100).await, []);
}

pub(crate) async fn replay_of_a_conversation_goes_on_where_the_last_part_ended(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let (talk, other) = (ConversationId::new(), ConversationId::new());
    let activities: Vec<_> =
        (1..=30).map(|n| activity(owner, if n % 2 == 0 { other } else { talk }, n)).collect();
    keep_activities(store, &activities).await;

    let mut heard = Vec::new();
    let mut after = Position(0);
    loop {
        let part = store.replay(owner, ReplayScope::Conversation(talk), after, rows(4)).await.unwrap();
        let part = part.activities;
        let Some(last) = part.last() else { break };
        after = last.position;
        heard.extend(part);
    }
    let expected: Vec<_> = activities.into_iter().filter(|activity| activity.conversation == talk).collect();
    assert_eq!(heard, expected);
}

pub(crate) async fn a_page_ends_before_it_has_too_many_bytes_but_never_before_its_first_row(
    store: &dyn Store,
) {
    let owner = kept_tenant(store, "one").await;
    let (me, talk) = (IntegrationId::new(), ConversationId::new());
    let sized = |position, bytes| ActivityRecord {
        recipient: Some(me),
        body: "x".repeat(bytes).into(),
        ..activity(owner, talk, position)
    };
    let sizes = [(1, 10), (2, 10), (3, 10), (4, 1_000), (5, 20), (6, 11)];
    keep_activities(store, &sizes.map(|(position, bytes)| sized(position, bytes))).await;
    let page = Page { rows: 100, bytes: 30 };
    let parts: [&[u64]; 4] = [&[1, 2, 3], &[4], &[5], &[6]];

    for scope in [ReplayScope::Integration(me), ReplayScope::Conversation(talk)] {
        let mut after = Position(0);
        for expected in parts {
            let part = store.replay(owner, scope, after, page).await.unwrap().activities;
            assert_eq!(positions(&part), expected, "{scope:?}");
            after = part[part.len() - 1].position;
        }
    }
    let mut after = 0;
    for expected in parts {
        let part = store.history(HistoryQuery { after, page, ..all_of(owner, talk) }).await.unwrap();
        assert_eq!(positions(&part), expected);
        after = part[part.len() - 1].event_id;
    }
}

pub(crate) async fn replay_shows_nothing_of_another_tenant(store: &dyn Store) {
    let (one, two) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let (me, talk) = (IntegrationId::new(), ConversationId::new());
    let of = |tenant, position| ActivityRecord { recipient: Some(me), ..activity(tenant, talk, position) };
    // The same ids in both tenants: only the tenant tells them apart.
    let second = ActivityRecord { event_id: 15, ..of(two, 1) };
    keep_activities(store, &[of(one, 1), second, of(one, 2)]).await;

    for scope in [ReplayScope::Integration(me), ReplayScope::Conversation(talk)] {
        let replay = async |tenant| store.replay(tenant, scope, Position(0), ALL).await.unwrap().activities;
        let (of_one, of_two) = (replay(one).await, replay(two).await);
        assert_eq!((positions(&of_one), positions(&of_two)), (vec![1, 2], vec![1]), "{scope:?}");
        assert_eq!(replay(TenantId::new()).await, []);
    }
}

pub(crate) async fn a_position_is_found_by_event_id(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let talk = ConversationId::new();
    let other = activity(owner, ConversationId::new(), 2);
    keep_activities(store, &[activity(owner, talk, 1), other, activity(owner, talk, 3)]).await;
    for (event_id, expected) in [(9, 0), (10, 1), (29, 1), (30, 3), (i64::MAX, 3), (i64::MIN, 0)] {
        let found = store.position_at(owner, talk, event_id).await.unwrap();
        let expected = Place { position: Position(expected), pruned: Pruned::default() };
        assert_eq!(found, expected, "at {event_id}");
    }
}

pub(crate) async fn orders_tell_how_far_each_tenant_has_come(store: &dyn Store) {
    let (busy, idle) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let numbered = |number| {
        let mut head = conversation(busy);
        head.number = Some(number);
        Write::PutConversation(head)
    };
    let events = [EventId { ms: 5, n: 9 }, EventId { ms: 6, n: 0 }, EventId { ms: 6, n: 1 }];
    let mut writes = vec![numbered(4), numbered(11), Write::PutConversation(conversation(busy))];
    writes.extend(events.map(|id| Write::PutEvent(event(busy, id))));
    store.commit(writes).await.unwrap();
    keep_activities(
        store,
        &[activity(busy, ConversationId::new(), 41), activity(busy, ConversationId::new(), 42)],
    )
    .await;

    let order = order_of(store, busy).await;
    assert_eq!((order.position, order.event, order.number), (Position(42), events[2], 11));
    assert_eq!(store.pruned(busy).await.unwrap(), Pruned::default());
    let order = order_of(store, idle).await;
    assert_eq!((order.position, order.event, order.number), (Position(0), EventId::default(), 0));
}
