//! What a bot is taught: kept, replaced, found again, and held in memory only while it is at work.

use futures_util::stream;

use super::*;
use crate::domain::clock::Millis;
use crate::domain::faq::NodeChanges;
use crate::faq::{FaqFaultKind, Knowledge};
use crate::pipeline::EngineError;
use crate::store::{FaqRetention, Page, Store};

#[tokio::test]
async fn nodes_are_replaced_as_a_whole_and_outlive_the_process() {
    let shop = Shop::new().await;
    let nodes = vec![
        node("hours", &["What are your opening hours?"], &["always"]),
        node("parking", &["Where do I park?"], &["behind the house"]),
    ];
    let changes = shop.library.replace(shop.by(), shop.bot, nodes.clone()).await.unwrap();
    assert_eq!(changes, NodeChanges { created: 1, updated: 1, unchanged: 0, removed: 1 });
    for library in [shop.library.clone(), library(&shop.bench)] {
        assert_eq!(kept(&shop).await, nodes);
        assert_eq!(library.prepare(shop.bench.tenant, shop.bot).await.unwrap(), 2);
        assert_eq!(answers(&shop, &library, "opening hours").await, Some(vec!["always".to_owned()]));
    }
}

/// The nodes that are in force, as they are kept.
async fn kept(shop: &Shop) -> Vec<FaqNode> {
    let store = &shop.bench.store;
    let edition = store.faq_edition(shop.bench.tenant, shop.bot).await.unwrap().unwrap();
    store.faq_nodes(edition.id, 0, Page { rows: 100, bytes: usize::MAX }).await.unwrap()
}

#[tokio::test]
async fn an_answer_is_found_though_its_edition_is_forgotten_meanwhile() {
    let shop = Shop::new().await;
    let knows_the_old = library(&shop.bench);
    knows_the_old.keep(shop.bot);
    knows_the_old.prepare(shop.bench.tenant, shop.bot).await.unwrap();
    let nodes = vec![node("hours", &["What are your opening hours?"], &["always"])];
    shop.library.replace(shop.by(), shop.bot, nodes).await.unwrap();
    let all = FaqRetention { unfinished: Millis(0), uploads: Millis(0) };
    shop.bench.store.forget_faq(all).await.unwrap();
    assert_eq!(answers(&shop, &knows_the_old, "opening hours").await, Some(vec!["always".to_owned()]));
}

#[tokio::test]
async fn a_bot_that_goes_to_work_while_it_is_taught_answers_from_what_is_in_force() {
    let shop = Shop::new().await;
    let mut next = shop.library.next_edition(shop.by(), shop.bot).await.unwrap();
    shop.library.keep(shop.bot);
    let asked = answers(&shop, &shop.library, "opening hours");
    let told = tokio::time::timeout(Duration::from_secs(10), asked).await.expect("it waits for no teacher");
    assert_eq!(told, Some(vec!["nine to five".to_owned()]));

    let nodes = [node("hours", &["What are your opening hours?"], &["always"])];
    let (known, packing) = (Knowledge::learn(&nodes, shop.library.rules()), next.packing());
    let changes = next.compare()(&known);
    next.write(stream::iter(packing.all(&nodes)), |_| ()).await.unwrap();
    next.adopt(known, changes, Vec::new()).await.unwrap();
    assert_eq!(answers(&shop, &shop.library, "opening hours").await, Some(vec!["always".to_owned()]));
}

#[tokio::test]
async fn nodes_are_put_beside_the_others_and_in_place_of_those_of_their_names() {
    let shop = Shop::new().await;
    let upserted = vec![node("parking", &["Where?"], &["there"]), node("hours", &["When?"], &["always"])];
    let changes = shop.library.upsert(shop.by(), shop.bot, upserted.clone()).await.unwrap();
    assert_eq!(changes, NodeChanges { created: 1, updated: 1, unchanged: 1, removed: 0 });
    let names: Vec<_> = kept(&shop).await.into_iter().map(|node| node.name).collect();
    assert_eq!(names, ["hours", "returns", "parking"]);
    let too_many = vec![node("one more", &["Who?"], &["me"])];
    let refused = shop.library.upsert(shop.by(), shop.bot, too_many).await;
    let Err(LibraryError::Fault(fault)) = refused else { panic!("four nodes are one too many") };
    assert_eq!(fault.kind, FaqFaultKind::TooManyNodes);
}

#[tokio::test]
async fn a_change_that_cannot_be_kept_changes_nothing() {
    let shop = Shop::new().await;
    shop.bench.store.break_down();
    let refused = shop.library.replace(shop.by(), shop.bot, Vec::new()).await;
    assert!(matches!(refused, Err(LibraryError::Refused(EngineError::Store(_)))));
    shop.bench.store.repair();
    for library in [shop.library.clone(), library(&shop.bench)] {
        assert_eq!(library.prepare(shop.bench.tenant, shop.bot).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn only_embedded_bots_of_the_tenant_itself_can_be_taught() {
    let shop = Shop::new().await;
    let other = shop.bench.registry.create_tenant("other").await.unwrap().tenant.id;
    let agent = shop.library.replace(shop.by(), shop.bench.agent.id, Vec::new()).await;
    assert!(matches!(agent, Err(LibraryError::Refused(EngineError::Registry(_)))));
    let stranger = shop.library.replace(Actor::operator(other), shop.bot, Vec::new()).await;
    assert!(matches!(stranger, Err(LibraryError::Refused(EngineError::Registry(_)))));
    assert!(shop.library.prepare(other, shop.bot).await.is_err());
}

#[tokio::test]
async fn what_a_paused_bot_knows_is_not_kept_in_memory() {
    let shop = Shop::new().await;
    let is_kept = || shop.library.is_kept(shop.bot);
    let nodes = || vec![node("hours", &["Opening hours?"], &["never"])];
    shop.library.replace(shop.by(), shop.bot, nodes()).await.unwrap();
    assert_eq!(answers(&shop, &shop.library, "opening hours").await, Some(vec!["never".to_owned()]));
    assert!(!is_kept(), "it is not at work yet");
    shop.library.keep(shop.bot);
    shop.library.replace(shop.by(), shop.bot, nodes()).await.unwrap();
    assert!(is_kept());
    shop.library.let_go(shop.bot);
    assert!(!is_kept());
    shop.library.replace(shop.by(), shop.bot, nodes()).await.unwrap();
    assert!(!is_kept());
}
