//! The calls that are compared, and their medians.

use std::time::{Duration, Instant};

use super::portal::Portal;

/// How often each call is made on either side.
const ROUNDS: usize = 400;

/// Items on the pages that are listed: as many as there are where there are few.
const PAGE: usize = 10;

/// The medians of one call.
pub(crate) struct Compared {
    pub(crate) name: &'static str,
    pub(crate) few: Duration,
    pub(crate) many: Duration,
}

impl Compared {
    pub(crate) fn ratio(&self) -> f64 {
        self.many.as_secs_f64() / self.few.as_secs_f64()
    }
}

/// Makes every call on both sides, in turn, so that whatever else the machine does slows both down.
pub(crate) async fn compare(few: &Portal, many: &Portal) -> Vec<Compared> {
    let mut compared = Vec::new();
    for (name, call) in CALLS {
        let (mut on_few, mut on_many) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
        for round in 0..ROUNDS {
            on_few.push(call.timed(few, round).await);
            on_many.push(call.timed(many, round).await);
        }
        compared.push(Compared { name, few: median(on_few), many: median(on_many) });
    }
    compared
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Which page of a list.
#[derive(Clone, Copy)]
enum Page {
    First,
    Last,
}

#[derive(Clone, Copy)]
enum Call {
    ListHubs(Page),
    GetHub,
    CreateHub,
    ListIntegrations(Page),
    ListIntegrationsOfHub,
    GetIntegration,
    CreateIntegration,
}

const CALLS: [(&str, Call); 9] = [
    ("list hubs, first page", Call::ListHubs(Page::First)),
    ("list hubs, last page", Call::ListHubs(Page::Last)),
    ("get hub", Call::GetHub),
    ("create hub", Call::CreateHub),
    ("list integrations, first page", Call::ListIntegrations(Page::First)),
    ("list integrations, last page", Call::ListIntegrations(Page::Last)),
    ("list integrations of a hub", Call::ListIntegrationsOfHub),
    ("get integration", Call::GetIntegration),
    ("create integration", Call::CreateIntegration),
];

impl Call {
    /// Makes the call once; what a creation has made is deleted when the time is taken.
    async fn timed(self, portal: &Portal, round: usize) -> Duration {
        let (hub, integration) = (nth(&portal.hubs, round), nth(&portal.integrations, round));
        let size = portal.size;
        let begun = Instant::now();
        let created = match self {
            Self::ListHubs(page) => list(portal, "/api/v1/hubs", page, size.hubs).await,
            Self::ListIntegrations(page) => {
                list(portal, "/api/v1/integrations", page, size.integrations).await
            }
            Self::ListIntegrationsOfHub => {
                nothing(portal.get(&format!("/api/v1/integrations?hubId={hub}&pageSize={PAGE}")).await)
            }
            Self::GetHub => nothing(portal.get(&format!("/api/v1/hubs/{hub}")).await),
            Self::GetIntegration => nothing(portal.get(&format!("/api/v1/integrations/{integration}")).await),
            Self::CreateHub => {
                Some(format!("/api/v1/hubs/{}", portal.create_hub(&format!("new {round}")).await))
            }
            Self::CreateIntegration => {
                let id = portal.create_integration(hub, &format!("new {round}")).await;
                Some(format!("/api/v1/integrations/{id}"))
            }
        };
        let took = begun.elapsed();
        if let Some(path) = created {
            portal.delete(&path).await;
        }
        took
    }
}

async fn list(portal: &Portal, path: &str, page: Page, total: usize) -> Option<String> {
    let number = match page {
        Page::First => 0,
        Page::Last => total / PAGE - 1,
    };
    let listed = portal.get(&format!("{path}?pageNumber={number}&pageSize={PAGE}")).await;
    assert_eq!(listed["results"].as_array().map(Vec::len), Some(PAGE), "{listed}");
    None
}

fn nothing(_answer: serde_json::Value) -> Option<String> {
    None
}

/// Some of all, spread over them.
fn nth(ids: &[String], round: usize) -> &str {
    &ids[round * 7919 % ids.len()]
}
