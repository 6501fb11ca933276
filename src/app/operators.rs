//! Operators, as they are told of webhooks that failed: with the configured mail, counted on the metrics page.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::error::StartError;
use super::rooms::Rooms;
use crate::config::Config;
use crate::notices::{Mail, Measures, Notices, NoticesParts, Postman, PostmanParts};
use crate::telemetry::Metrics;

/// Who tells operators, and the mailing of them, which ends when this is dropped: what waits then is not mailed, and
/// is among the notifications like everything else.
#[must_use = "nobody is mailed any more when this is dropped"]
pub(super) struct Operators {
    pub(super) notices: Arc<Notices>,
    _mailing: JoinSet<()>,
}

/// The way to the server that takes mail, where one is configured.
pub(super) fn mail(config: &Config) -> Result<Option<Mail>, StartError> {
    Ok(config.smtp.as_ref().map(Mail::new).transpose()?)
}

/// Begins to tell operators.
pub(super) fn start(rooms: &Rooms, metrics: &Metrics) -> Operators {
    let measures = Arc::new(Measures::new(metrics));
    let mut mailing = JoinSet::new();
    let ground = &rooms.ground;
    let postbox = rooms.mail.clone().zip(ground.config.smtp.as_ref()).map(|(mail, smtp)| {
        let parts = PostmanParts {
            mail,
            registry: ground.registry.clone(),
            clock: ground.clock.clone(),
            measures: measures.clone(),
        };
        let (postman, postbox) = Postman::new(parts, smtp);
        mailing.spawn(postman.work());
        postbox
    });
    let notices = Notices::new(NoticesParts {
        engine: rooms.engine.clone(),
        clock: ground.clock.clone(),
        named: ground.config.webhooks.named_deliveries,
        event_pause: ground.config.webhooks.event_pause,
        post: postbox,
        measures,
    });
    Operators { notices: Arc::new(notices), _mailing: mailing }
}
