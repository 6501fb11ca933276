//! What the face answers: one envelope for everything that went well, and for how a task stands.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::bot::Rows;
use crate::domain::faq::NodeChanges;
use crate::domain::ids::FaqUploadId;

/// `status` of a task that waits or is worked on.
pub(super) const IN_PROGRESS: &str = "In Progress";
/// `status` of a task whose nodes are in force.
pub(super) const SUCCEEDED: &str = "all nodes has been created successfully";
/// How the `status` of a task that changed nothing begins; why follows.
pub(super) const FAILED: &str = "Error";

/// The envelope; `meta` tells what the body has no place for.
pub(super) struct Answer {
    body: Value,
    error: String,
    meta: Value,
}

impl Answer {
    /// A sheet was taken.
    pub(super) fn taken(upload: FaqUploadId) -> Self {
        Self { body: json!({"task_id": upload.to_string()}), error: String::new(), meta: json!({}) }
    }

    pub(super) fn in_progress(rows: Rows) -> Self {
        let Rows { checked, total, learnt } = rows;
        let meta =
            json!({"state": "In Progress", "rows": total, "rows_checked": checked, "rows_created": learnt});
        Self { body: json!({"status": IN_PROGRESS}), error: String::new(), meta }
    }

    pub(super) fn succeeded(changes: NodeChanges) -> Self {
        let NodeChanges { created, updated, unchanged, removed } = changes;
        let meta = json!({
            "state": "Success",
            "created": created,
            "updated": updated,
            "unchanged": unchanged,
            "removed": removed,
        });
        Self { body: json!({"status": SUCCEEDED}), error: String::new(), meta }
    }

    pub(super) fn failed(why: &str) -> Self {
        let status = format!("{FAILED}: {why}");
        Self { body: json!({"status": status}), error: why.to_owned(), meta: json!({"state": "Error"}) }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let Self { body, error, meta } = self;
        let success = error.is_empty();
        Json(json!({"success": success, "body": body, "error": error, "meta": meta})).into_response()
    }
}
