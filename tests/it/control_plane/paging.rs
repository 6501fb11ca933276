//! Every list that comes in pages (platform documentation §8.4): what is asked for when nobody says, the ranges, an
//! order that stays, and how much there is on all pages.

use serde_json::{Value, json};

use super::quick_server;
use crate::harness::Portal;

/// Every such list with what makes one more of its things, which has a name of its own.
const LISTS: &[(&str, &str, &str)] = &[
    ("/api/v1/hubs", "/api/v1/hubs", r#"{"name": "NAME", "description": "d"}"#),
    (
        "/api/v1/integrations",
        "/api/v1/integrations/hubs/HUB",
        r#"{"name": "NAME", "channelId": "Direct", "configuration": {"integrationType": "Agent"}}"#,
    ),
    (
        "/api/v1/integrations?hubId=HUB",
        "/api/v1/integrations/hubs/HUB",
        r#"{"name": "NAME", "channelId": "Bot", "configuration": {"faq": true}}"#,
    ),
    ("/api/v1/users", "/api/v1/users", r#"{"name": "NAME"}"#),
    ("/api/v1/teams", "/api/v1/teams", r#"{"name": "NAME"}"#),
    ("/api/v1/audit", "/api/v1/hubs", r#"{"name": "NAME", "description": "audited"}"#),
];

async fn page(portal: &Portal, list: &str, query: &str) -> Value {
    let separator = if list.contains('?') { '&' } else { '?' };
    portal.get(&format!("{list}{separator}{query}")).await.ok()
}

#[tokio::test]
async fn pages_are_the_whole_list_in_its_order() {
    let server = quick_server().await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    for (list, makes, body) in LISTS {
        let list = list.replace("HUB", &hub);
        let before = page(&portal, &list, "").await["total"].as_u64().unwrap();
        for number in 0..52 {
            let body = body.replace("NAME", &format!("{number} of {list}"));
            portal.send("POST", &makes.replace("HUB", &hub), Some("application/json"), body).await.ok();
        }
        let total = before + 52;
        let first = page(&portal, &list, "").await;
        assert_eq!(
            (&first["pageNumber"], &first["pageSize"], &first["total"]),
            (&json!(0), &json!(50), &json!(total))
        );
        assert_eq!(first["results"].as_array().unwrap().len(), 50, "{list}");
        let whole = page(&portal, &list, "pageSize=100").await["results"].clone();
        let mut joined = Vec::new();
        for number in 0.. {
            let part = page(&portal, &list, &format!("pageNumber={number}&pageSize=7")).await;
            assert_eq!((&part["pageNumber"], &part["pageSize"]), (&json!(number), &json!(7)));
            assert_eq!(part["total"], total, "{list}");
            let results = part["results"].as_array().unwrap();
            joined.extend(results.clone());
            if results.len() < 7 {
                break;
            }
        }
        let reach = joined.len().min(100);
        assert_eq!(json!(joined[..reach]), whole, "{list}");
        assert_eq!(joined.len() as u64, total, "{list}");
        let beyond = page(&portal, &list, "pageNumber=99999999999").await;
        assert_eq!((&beyond["results"], &beyond["total"]), (&json!([]), &json!(total)));
    }
}

#[tokio::test]
async fn every_range_is_good_to_its_ends_and_refused_beyond() {
    let server = quick_server().await;
    let portal = server.portal().await;
    for (list, ..) in LISTS {
        let list = list.replace("HUB", &server.demo().hub());
        for (query, number, size) in [
            ("pageNumber=0", 0, 50),
            ("pageSize=1", 0, 1),
            ("pageSize=100", 0, 100),
            ("pageNumber=&pageSize=", 0, 50),
            ("PAGENUMBER=3&pagesize=2", 3, 2),
        ] {
            let page = page(&portal, &list, query).await;
            assert_eq!((&page["pageNumber"], &page["pageSize"]), (&json!(number), &json!(size)), "{query}");
        }
        let separator = if list.contains('?') { '&' } else { '?' };
        for (query, code) in [
            ("pageNumber=-1", "PRT000209"),
            ("pageNumber=one", "PRT000210"),
            ("pageNumber=1.5", "PRT000210"),
            ("pageSize=0", "PRT000207"),
            ("pageSize=-1", "PRT000207"),
            ("pageSize=101", "PRT000207"),
            ("pageSize=ten", "PRT000210"),
        ] {
            portal.get(&format!("{list}{separator}{query}")).await.refused(400, code);
        }
        let both = portal.get(&format!("{list}{separator}pageNumber=-1&pageSize=0")).await;
        assert_eq!(both.platform_errors(400).len(), 2, "{both}");
    }
    for (path, errors) in [
        ("/api/v1/integrations?hubId=x&pageNumber=-1&pageSize=0", 3),
        ("/api/v1/audit?pageSize=0&kind=x&since=then&until=now", 4),
    ] {
        let all = portal.get(path).await;
        assert_eq!(all.platform_errors(400).len(), errors, "all mistakes are told at once: {all}");
    }
}
