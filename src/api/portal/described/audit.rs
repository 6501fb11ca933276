//! The audit log.

use axum::http::StatusCode;

use crate::api::openapi::schema::{about, answered, list, moment, moment_of_utc, named, text, whole, word};
use crate::api::openapi::{Call, Group};
use crate::api::platform::codes::shared;
use crate::api::platform::{Family, Portal, page_of};
use crate::domain::audit::{Action, AuditKind};

pub(super) fn group() -> Group {
    let kinds = || word(AuditKind::ALL.map(AuditKind::name));
    let list_entries =
        Call::get("/api/v1/audit", "listAuditEntries", "Who changed what, the newest change first")
            .for_portal()
            .asked_with("kind", kinds(), "Only changes of things of this kind, in any case of letters.")
            .asked_with("id", text(), "Only changes of the thing with this id.")
            .asked_with("since", moment(), "Only changes at this moment or later.")
            .asked_with("until", moment(), "Only changes before this moment.")
            .paged::<Portal>()
            .answers(StatusCode::OK, "A page of changes.", named("AuditPage"))
            .refused_as(Family::Portal, &[shared::VALUE_NOT_SUPPORTED, shared::BAD_DATE]);
    let token = about(whole(), "The token, as the client lists it among its own.");
    let address = about(text(), "From where the connection came: behind a proxy, the proxy's address.");
    let by = answered(
        [("type", about(word(["client", "operator"]), "An operator is whoever runs the broker."))],
        [("clientId", text()), ("tokenId", token), ("address", address)],
    );
    let changed = about(list(text()), "Of an update, the properties that are other than before.");
    let entry = answered(
        [
            ("dateTime", moment_of_utc()),
            ("action", word(Action::ALL.map(Action::name))),
            ("kind", kinds()),
            ("id", text()),
            ("name", text()),
            ("by", by),
        ],
        [("changed", changed)],
    );
    Group {
        name: "Audit",
        about: "Who changed what of the configuration, and when.",
        calls: vec![list_entries],
        schemas: vec![("AuditEntry", entry), ("AuditPage", page_of("AuditEntry"))],
    }
}
