//! Channels, variables, templates and the webhook.

use crate::api::messaging::channels::{SANDBOX, SANDBOX_AS_SPELLED};
use crate::api::messaging::ids::CONTACT_TYPES;
use crate::api::openapi::schema::{about, answered, boolean, text, word};
use crate::api::openapi::{Call, Group};

use super::{answering_compact, argument, faulty, for_messaging};

pub(super) fn group() -> Group {
    let wanted = "Whether sandbox channels are listed as well.";
    let channels = Call::get("/xms/api/v1/config/channels", "listChannels", "List the channels")
        .taking(argument(SANDBOX, boolean(), wanted))
        .taking(argument(SANDBOX_AS_SPELLED, boolean(), "The same, as the reference spells it."));
    let channels = faulty(for_messaging(channels), "Neither true nor false.");
    let channels = answering_compact(channels, "The channels of every hub.", "MsgChannel");
    let channel = answered(
        [
            ("channelId", about(text(), "`<prefix>:<lane>`.")),
            ("contactType", word(CONTACT_TYPES)),
            ("lane", about(text(), "The address of the business on the channel, or the integration's id.")),
            ("name", about(text(), "The integration's name.")),
        ],
        [],
    );
    Group {
        name: "Messaging: configuration",
        about: "What business back ends message by: channels, variables, templates, and their webhook.",
        calls: vec![channels],
        schemas: vec![("MsgChannel", channel)],
    }
}
