//! What bots answer from: editions are written in parts and come into force whole.

use super::samples::{ALL, HARD_TEXT, kept_tenant, rows};
use crate::domain::clock::Millis;
use crate::domain::faq::{FaqNode, NodeChanges, UploadOutcome};
use crate::domain::ids::{FaqEditionId, FaqUploadId, IntegrationId, TenantId};
use crate::store::{
    FaqEditionRecord, FaqPartRecord, FaqRetention, FaqUploadRecord, Packing, Page, Store, StoreError, Write,
};

fn node(name: &str) -> FaqNode {
    let texts = |count: usize| vec![HARD_TEXT.to_owned(); count];
    FaqNode { name: name.to_owned(), questions: texts(2), answers: texts(1) }
}

fn edition(tenant: TenantId, bot: IntegrationId, begun: i64) -> FaqEditionRecord {
    FaqEditionRecord { id: FaqEditionId::new(), tenant, bot, begun: Millis(begun) }
}

/// The writes for an edition that is written whole: it is not in force yet.
fn written(edition: &FaqEditionRecord, names: &[&str]) -> Vec<Write> {
    let nodes: Vec<FaqNode> = names.iter().map(|name| node(name)).collect();
    let begun = Write::PutFaqEdition(edition.clone());
    [begun]
        .into_iter()
        .chain(Packing::of(edition.id).all(&nodes).into_iter().map(Write::PutFaqPart))
        .collect()
}

async fn adopt(store: &dyn Store, edition: &FaqEditionRecord) -> Result<(), StoreError> {
    store.commit(vec![Write::AdoptFaqEdition(edition.bot, edition.id)]).await
}

async fn names(store: &dyn Store, edition: FaqEditionId) -> Vec<String> {
    let nodes = store.faq_nodes(edition, 0, ALL).await.unwrap();
    nodes.into_iter().map(|node| node.name).collect()
}

pub(crate) async fn an_edition_is_in_force_once_it_is_adopted_and_reads_back_in_order(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let bot = IntegrationId::new();
    let first = edition(owner, bot, 5);
    store.commit(written(&first, &["b", "a"])).await.unwrap();
    let more = Packing::of(first.id).all(&[node(HARD_TEXT)]).remove(0);
    store.commit(vec![Write::PutFaqPart(FaqPartRecord { first: 2, ..more })]).await.unwrap();
    assert_eq!(store.faq_edition(owner, bot).await.unwrap(), None, "it is not whole yet");
    adopt(store, &first).await.unwrap();
    assert_eq!(store.faq_edition(owner, bot).await.unwrap(), Some(first.clone()));
    assert_eq!(store.faq_edition(other, bot).await.unwrap(), None);
    let expected = ["b", "a", HARD_TEXT].map(node);
    assert_eq!(store.faq_nodes(first.id, 0, ALL).await.unwrap(), expected);
}

pub(crate) async fn nodes_are_read_in_pages_of_rows_and_bytes(store: &dyn Store) {
    let one = edition(kept_tenant(store, "one").await, IntegrationId::new(), 5);
    store.commit(written(&one, &["a", "b", "c"])).await.unwrap();
    let page = |first, page| async move {
        let nodes = store.faq_nodes(one.id, first, page).await.unwrap();
        nodes.into_iter().map(|node| node.name).collect::<Vec<_>>()
    };
    assert_eq!(page(0, rows(2)).await, ["a", "b"]);
    assert_eq!(page(2, rows(2)).await, ["c"]);
    assert_eq!(page(3, rows(2)).await, [""; 0]);
    assert_eq!(page(1, Page { bytes: 1, ..ALL }).await, ["b"]);
    assert_eq!(page(0, Page { bytes: 2 * node("a").bytes(), ..ALL }).await, ["a", "b"]);
}

pub(crate) async fn nodes_of_a_large_edition_are_read_from_any_place_on(store: &dyn Store) {
    let one = edition(kept_tenant(store, "one").await, IntegrationId::new(), 5);
    let all: Vec<String> = (0..1_000).map(|n| format!("node {n}")).collect();
    store.commit(written(&one, &all.iter().map(String::as_str).collect::<Vec<_>>())).await.unwrap();
    for (first, count) in [(0, 1), (0, 1_000), (137, 1), (137, 500), (500, 500), (999, 2)] {
        let nodes = store.faq_nodes(one.id, first, rows(count)).await.unwrap();
        let names: Vec<_> = nodes.into_iter().map(|node| node.name).collect();
        assert_eq!(names, all[first..(first + count).min(1_000)], "{count} from {first}");
    }
}

pub(crate) async fn the_edition_before_stays_in_force_until_the_next_is_adopted(store: &dyn Store) {
    let (owner, bot) = (kept_tenant(store, "one").await, IntegrationId::new());
    let (old, new) = (edition(owner, bot, 5), edition(owner, bot, 6));
    store.commit(written(&old, &["old"])).await.unwrap();
    adopt(store, &old).await.unwrap();
    store.commit(written(&new, &["new"])).await.unwrap();
    assert_eq!(store.faq_edition(owner, bot).await.unwrap(), Some(old.clone()));
    adopt(store, &new).await.unwrap();
    assert_eq!(store.faq_edition(owner, bot).await.unwrap(), Some(new.clone()));
    assert!(adopt(store, &old).await.is_err(), "what was superseded does not come back");
    assert_eq!(store.faq_edition(owner, bot).await.unwrap(), Some(new), "a refused commit changes nothing");
}

pub(crate) async fn an_edition_of_another_bot_or_of_none_is_not_adopted(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let one = edition(owner, IntegrationId::new(), 5);
    store.commit(written(&one, &["a"])).await.unwrap();
    let of_another = FaqEditionRecord { bot: IntegrationId::new(), ..one.clone() };
    assert!(adopt(store, &of_another).await.is_err());
    assert!(adopt(store, &edition(owner, one.bot, 5)).await.is_err());
    let stranger = FaqEditionRecord { tenant: TenantId::new(), ..edition(owner, one.bot, 5) };
    assert!(store.commit(vec![Write::PutFaqEdition(stranger)]).await.is_err());
    adopt(store, &one).await.unwrap();
}

pub(crate) async fn a_deleted_bot_has_nothing_in_force(store: &dyn Store) {
    let (owner, bot) = (kept_tenant(store, "one").await, IntegrationId::new());
    let one = edition(owner, bot, 5);
    store.commit(written(&one, &["a"])).await.unwrap();
    adopt(store, &one).await.unwrap();
    store.commit(vec![Write::DeleteIntegration(bot)]).await.unwrap();
    assert_eq!(store.faq_edition(owner, bot).await.unwrap(), None);
    store.forget_faq(unfinished_before(0)).await.unwrap();
    assert_eq!(names(store, one.id).await, [""; 0]);
}

pub(crate) async fn what_is_in_force_stays_and_what_was_superseded_or_left_unfinished_goes(
    store: &dyn Store,
) {
    let (owner, bot) = (kept_tenant(store, "one").await, IntegrationId::new());
    // More parts than one step removes.
    let many: Vec<String> = (0..20_000).map(|n| format!("the name of the node number {n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (old, in_force) = (edition(owner, bot, 1), edition(owner, bot, 2));
    let (unfinished, under_way) = (edition(owner, bot, 9), edition(owner, bot, 10));
    for (one, names) in [(&old, &many[..]), (&in_force, &["b"]), (&unfinished, &["c"]), (&under_way, &["d"])]
    {
        store.commit(written(one, names)).await.unwrap();
    }
    adopt(store, &old).await.unwrap();
    adopt(store, &in_force).await.unwrap();
    store.forget_faq(unfinished_before(10)).await.unwrap();
    assert_eq!(names(store, old.id).await, [""; 0]);
    assert_eq!(names(store, in_force.id).await, ["b"]);
    assert_eq!(names(store, unfinished.id).await, [""; 0]);
    assert_eq!(names(store, under_way.id).await, ["d"]);
    assert!(adopt(store, &unfinished).await.is_err(), "it is gone");
    adopt(store, &under_way).await.unwrap();
}

fn unfinished_before(moment: i64) -> FaqRetention {
    FaqRetention { unfinished: Millis(moment), uploads: Millis(i64::MIN) }
}

fn upload(tenant: TenantId, taken: i64) -> FaqUploadRecord {
    let (id, bot) = (FaqUploadId::new(), IntegrationId::new());
    FaqUploadRecord { id, tenant, bot, taken: Millis(taken), outcome: UploadOutcome::InProgress }
}

/// Whether each of them is kept.
async fn kept(store: &dyn Store, uploads: &[FaqUploadRecord]) -> Vec<bool> {
    let mut kept = Vec::new();
    for one in uploads {
        kept.push(store.faq_upload(one.tenant, one.id).await.unwrap().is_some());
    }
    kept
}

pub(crate) async fn an_upload_reads_back_with_what_became_of_it(store: &dyn Store) {
    let mut one = upload(kept_tenant(store, "one").await, 7);
    let changes = NodeChanges { created: 1, updated: 2, unchanged: 3, removed: 4 };
    for outcome in [
        UploadOutcome::InProgress,
        UploadOutcome::Succeeded(changes),
        UploadOutcome::Failed(HARD_TEXT.to_owned()),
    ] {
        one.outcome = outcome;
        store.commit(vec![Write::PutFaqUpload(one.clone())]).await.unwrap();
        assert_eq!(store.faq_upload(one.tenant, one.id).await.unwrap(), Some(one.clone()));
    }
    assert_eq!(store.faq_upload(one.tenant, FaqUploadId::new()).await.unwrap(), None);
}

pub(crate) async fn an_upload_is_its_tenants_alone(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let one = upload(owner, 7);
    store.commit(vec![Write::PutFaqUpload(one.clone())]).await.unwrap();
    assert_eq!(store.faq_upload(other, one.id).await.unwrap(), None);
    let taken_over = FaqUploadRecord { tenant: other, ..one.clone() };
    assert!(store.commit(vec![Write::PutFaqUpload(taken_over)]).await.is_err());
    let of_nobody = upload(TenantId::new(), 7);
    assert!(store.commit(vec![Write::PutFaqUpload(of_nobody)]).await.is_err());
    assert_eq!(kept(store, &[one]).await, [true]);
}

pub(crate) async fn the_newest_uploads_of_a_tenant_stay(store: &dyn Store) {
    let (owner, other) = (kept_tenant(store, "one").await, kept_tenant(store, "two").await);
    let own = [1, 2, 3].map(|taken| upload(owner, taken));
    let of_another = [upload(other, 0)];
    store.commit(own.iter().chain(&of_another).cloned().map(Write::PutFaqUpload).collect()).await.unwrap();
    store.commit(vec![Write::KeepNewestFaqUploads(owner, 2)]).await.unwrap();
    assert_eq!(kept(store, &own).await, [false, true, true]);
    assert_eq!(kept(store, &of_another).await, [true]);
    store.commit(vec![Write::KeepNewestFaqUploads(owner, 2)]).await.unwrap();
    assert_eq!(kept(store, &own).await, [false, true, true]);
}

pub(crate) async fn old_uploads_go(store: &dyn Store) {
    let owner = kept_tenant(store, "one").await;
    let uploads: Vec<_> = (0..1_100).map(|taken| upload(owner, taken)).collect();
    store.commit(uploads.iter().cloned().map(Write::PutFaqUpload).collect()).await.unwrap();
    store.forget_faq(FaqRetention { unfinished: Millis(0), uploads: Millis(1_099) }).await.unwrap();
    let kept = kept(store, &uploads).await;
    assert_eq!(kept.iter().filter(|is_kept| **is_kept).count(), 1);
    assert!(kept[1_099], "what was taken at that very moment stays");
}

pub(crate) async fn what_is_kept_in_passing_is_kept_or_refused_by_itself(store: &dyn Store) {
    let (owner, bot) = (kept_tenant(store, "one").await, IntegrationId::new());
    let of_nobody = upload(TenantId::new(), 7);
    let (one, other) = (edition(owner, bot, 1), upload(owner, 7));
    let (refused, in_passing, hurried) = tokio::join!(
        store.commit_in_passing(vec![Write::PutFaqUpload(of_nobody)]),
        store.commit_in_passing(written(&one, &["a", "b"])),
        store.commit(vec![Write::PutFaqUpload(other.clone())]),
    );
    assert!(refused.is_err());
    in_passing.unwrap();
    hurried.unwrap();
    assert_eq!(names(store, one.id).await, ["a", "b"]);
    assert_eq!(kept(store, &[other]).await, [true]);
}
