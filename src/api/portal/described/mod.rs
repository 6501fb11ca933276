//! The portal's calls as the document describes them, a file for each group of routes. It must not know how they are
//! answered; the bounds of what may be asked come from where they are checked.

mod audit;
mod clients;
mod commands;
mod configurations;
mod directory;
mod hubs;
mod integrations;
mod pipeline;
mod webhooks;

use crate::api::openapi::Group;
use crate::api::platform;

/// Everything that [`router`](super::router) routes.
pub(in crate::api) fn described() -> Vec<Group> {
    let mut groups = vec![
        clients::group(),
        hubs::group(),
        pipeline::group(),
        integrations::group(),
        webhooks::group(),
        commands::group(),
        directory::users(),
        directory::teams(),
        audit::group(),
    ];
    groups[0].schemas.extend(platform::schemas());
    groups
}
