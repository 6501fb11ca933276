//! Pages of lists (platform documentation §8.4).

use serde::Serialize;

use crate::registry::{Page, PageQuery};

/// One page of a list, as clients see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Paged<T> {
    page_number: usize,
    page_size: usize,
    total: usize,
    results: Vec<T>,
}

impl<T> Paged<T> {
    /// The page that was asked for with `query`, its items as `render` shows them.
    pub fn new<U>(query: PageQuery, page: Page<U>, render: impl Fn(U) -> T) -> Self {
        Self {
            page_number: query.number,
            page_size: query.size,
            total: page.total,
            results: page.items.into_iter().map(render).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_what_was_asked_for_and_how_much_there_is() {
        let query = PageQuery { number: 1, size: 2 };
        let paged = Paged::new(query, Page { items: vec![3, 4], total: 5 }, |item| item * 10);
        let json = serde_json::to_string(&paged).unwrap();
        assert_eq!(json, r#"{"pageNumber":1,"pageSize":2,"total":5,"results":[30,40]}"#);
    }
}
