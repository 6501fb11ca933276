//! Uploads for a bot on a store in memory.

use std::time::Duration;

use super::*;
use crate::bot::tests::{Shop, answers, some};
use crate::store::Page;

const HEADER: &str = "node_name,question,answer\n";

struct School {
    shop: Shop,
    uploads: Uploads,
    _folder: tempfile::TempDir,
}

impl School {
    async fn new() -> Self {
        let (shop, folder) = (Shop::new().await, tempfile::tempdir().unwrap());
        let uploads = start(&shop, folder.path().join("uploads"));
        Self { shop, uploads, _folder: folder }
    }

    async fn submit(&self, rows: &str) -> FaqUploadId {
        self.submit_for(self.shop.bot, rows).await
    }

    async fn submit_for(&self, bot: IntegrationId, rows: &str) -> FaqUploadId {
        let mut incoming = self.uploads.receive(self.shop.bench.tenant).await.unwrap();
        incoming.write(Bytes::from(format!("{HEADER}{rows}"))).await.unwrap();
        incoming.submit(self.shop.by(), bot).await.unwrap()
    }

    async fn status(&self, id: FaqUploadId) -> Option<UploadStatus> {
        self.uploads.status(self.shop.bench.tenant, id).await.unwrap()
    }

    async fn ended(&self, id: FaqUploadId) -> UploadStatus {
        let ended = async {
            loop {
                match self.status(id).await.unwrap() {
                    UploadStatus::InProgress(_) => tokio::task::yield_now().await,
                    ended => return ended,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), ended).await.expect("it ends")
    }

    /// What the bot answers, if it does.
    async fn answers(&self, text: &str) -> Option<Vec<String>> {
        answers(&self.shop, &self.shop.library, text).await
    }
}

fn start(shop: &Shop, folder: PathBuf) -> Uploads {
    let limits = UploadLimits {
        bytes_per_second: some(1_000_000),
        row_bytes: some(1_000),
        faults: some(2),
        under_way: some(2),
        kept: some(3),
    };
    let (library, store) = (shop.library.clone(), shop.bench.store.clone());
    Uploads::start(UploadParts { library, store, clock: Arc::new(shop.bench.clock.clone()), limits, folder })
}

fn failed(why: &str) -> UploadStatus {
    UploadStatus::Failed(why.to_owned())
}

#[tokio::test]
async fn an_upload_takes_the_place_of_all_that_the_bot_knew() {
    let school = School::new().await;
    let rows = "hours,What are your opening hours?|When do you open?,ten to six<m>on Sundays, too\n";
    let rows = rows.replace("ten to six<m>on Sundays, too", "\"ten to six<m>on Sundays, too\"");
    let id = school.submit(&(rows + "parcels,Where is my parcel?,on its way\n")).await;
    let changes = NodeChanges { created: 1, updated: 1, unchanged: 0, removed: 1 };
    assert_eq!(school.ended(id).await, UploadStatus::Succeeded(changes));
    let answer = Some(vec!["ten to six".to_owned(), "on Sundays, too".to_owned()]);
    assert_eq!(school.answers("when do you open").await, answer);
    assert_eq!(school.answers("where is my parcel").await, Some(vec!["on its way".to_owned()]));
    assert_eq!(school.answers("how do I return an item").await, None);
}

#[tokio::test]
async fn a_fault_in_any_row_changes_nothing_and_faulty_rows_are_told_by_number() {
    let school = School::new().await;
    for (rows, expected) in [
        (
            "a,q,a\nb,?,a\nc,q,\na,q,a\nd,r\n",
            "row 2: the node has no question with a letter or digit; row 3: the node has no answer, or an \
          empty one; and 2 more faulty rows",
        ),
        ("a,q,a\nb,q,a\nc,q,a\nd,q,a\ne,q,a\n", "row 4: there are too many nodes"),
        (
            "a,q,a\nb,q,a\nc,q,a\nd,q,a\ne,?,a\n",
            "row 4: there are too many nodes; row 5: the node has no question with a letter or digit",
        ),
        ("a,q,a\na,q,a\n", "row 2: the name of the node is taken"),
        (
            "a,good one?,::x\na,good two?,2\n",
            "row 1: an answer of the node is a command; row 2: the name of the node is taken",
        ),
        ("a,q,::close\n", "row 1: an answer of the node is a command"),
        ("a,q,a,b\n", "row 1: the row has more cells than the header"),
        ("", "the file has no rows"),
    ] {
        let id = school.submit(rows).await;
        assert_eq!(school.ended(id).await, failed(expected));
    }
    assert_eq!(school.answers("opening hours").await, Some(vec!["nine to five".to_owned()]));
}

#[tokio::test]
async fn of_two_uploads_for_one_bot_the_later_is_in_force() {
    let school = School::new().await;
    let first = school.submit("a,Is it the first?,yes\nb,Is it so?,yes\n").await;
    let second = school.submit("a,Is it the second?,yes\n").await;
    let created = NodeChanges { created: 2, removed: 2, ..NodeChanges::default() };
    assert_eq!(school.ended(first).await, UploadStatus::Succeeded(created));
    let updated = NodeChanges { updated: 1, removed: 1, ..NodeChanges::default() };
    assert_eq!(school.ended(second).await, UploadStatus::Succeeded(updated));
    assert_eq!(school.answers("is it the first").await, None);
}

#[tokio::test]
async fn what_an_upload_took_the_place_of_is_forgotten_at_once() {
    let school = School::new().await;
    let (store, tenant) = (&school.shop.bench.store, school.shop.bench.tenant);
    let old = store.faq_edition(tenant, school.shop.bot).await.unwrap().unwrap();
    let id = school.submit("a,q,a\n").await;
    school.ended(id).await;
    // The next one is read after that.
    let id = school.submit("no row\n").await;
    school.ended(id).await;
    let one = Page { rows: 1, bytes: usize::MAX };
    assert_eq!(store.faq_nodes(old.id, 0, one).await.unwrap(), []);
}

#[tokio::test]
async fn a_tenant_has_as_many_uploads_under_way_as_it_may_and_no_more() {
    let school = School::new().await;
    let tenant = school.shop.bench.tenant;
    let arriving =
        [school.uploads.receive(tenant).await.unwrap(), school.uploads.receive(tenant).await.unwrap()];
    assert!(matches!(school.uploads.receive(tenant).await, Err(NotTaken::TooMany)));
    assert!(school.uploads.receive(TenantId::new()).await.is_ok(), "another has its own");
    drop(arriving);
    let id = school.submit("a,q,a\n").await;
    school.ended(id).await;
    let again = [school.uploads.receive(tenant).await.is_ok(), school.uploads.receive(tenant).await.is_ok()];
    assert_eq!(again, [true, true]);
}

#[tokio::test]
async fn as_many_outcomes_of_a_tenant_are_kept_as_may_be() {
    let school = School::new().await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        let id = school.submit("a,q,a\n").await;
        school.ended(id).await;
        ids.push(id);
    }
    assert_eq!(school.status(ids[0]).await, None);
    assert!(school.status(ids[1]).await.is_some());
}

#[tokio::test]
async fn an_upload_is_its_tenants_alone() {
    let school = School::new().await;
    let id = school.submit("a,q,a\n").await;
    assert_eq!(school.uploads.status(TenantId::new(), id).await.unwrap(), None);
    assert_eq!(school.status(FaqUploadId::new()).await, None);
}

#[tokio::test]
async fn an_upload_that_was_under_way_when_the_server_stopped_has_failed() {
    let mut school = School::new().await;
    let record = FaqUploadRecord {
        id: FaqUploadId::new(),
        tenant: school.shop.bench.tenant,
        bot: school.shop.bot,
        taken: school.shop.bench.clock.now(),
        outcome: UploadOutcome::InProgress,
    };
    school.shop.bench.store.commit(vec![Write::PutFaqUpload(record.clone())]).await.unwrap();
    school.uploads = start(&school.shop, school._folder.path().join("uploads"));
    assert_eq!(school.status(record.id).await, Some(failed(INTERRUPTED)));
}

#[tokio::test]
async fn an_upload_has_succeeded_only_when_nothing_of_it_is_left_to_do() {
    let school = School::new().await;
    let (store, tenant) = (&school.shop.bench.store, school.shop.bench.tenant);
    let Incoming { spool, place, .. } = school.uploads.receive(tenant).await.unwrap();
    let (id, taken) = (FaqUploadId::new(), school.shop.bench.clock.now());
    let outcome = UploadOutcome::InProgress;
    let record = FaqUploadRecord { id, tenant, bot: school.shop.bot, taken, outcome };
    let job = Job::new(record, school.shop.by(), spool, place);
    let changes = NodeChanges { created: 1, ..NodeChanges::default() };
    store.commit(vec![job.ended(UploadOutcome::Succeeded(changes))]).await.unwrap();
    assert_eq!(school.status(id).await, Some(UploadStatus::InProgress(Rows::default())));
    drop(job);
    assert_eq!(school.status(id).await, Some(UploadStatus::Succeeded(changes)));
}

#[tokio::test]
async fn an_upload_for_a_bot_that_is_deleted_meanwhile_fails() {
    let school = School::new().await;
    let id = school.submit_for(IntegrationId::new(), "a,q,a\n").await;
    assert_eq!(school.ended(id).await, failed("the bot was deleted"));
}

#[tokio::test]
async fn a_quote_that_is_not_closed_fails_with_its_row() {
    let school = School::new().await;
    let id = school.submit(&format!("a,q,a\nb,q,\"{}", "x".repeat(20_000))).await;
    assert_eq!(school.ended(id).await, failed("row 2 is longer than 1000 bytes: a quote may not be closed"));
}
