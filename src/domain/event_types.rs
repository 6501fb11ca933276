//! The types of engagement events that there are (streaming reference, Event List).
//! It must not know who raises an event of a type, or what its payload holds.

/// What an event is about; the part of its type before the dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The work and the state of agents: `engagementCenter`.
    EngagementCenter,
    /// What is said in chats: `messaging`.
    Messaging,
    /// Campaigns: `outreach`.
    Outreach,
}

/// The type of an event, one of those that the reference lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType(&'static str);

impl EventType {
    /// The type of this name. Names are compared as they are: case counts.
    pub fn find(name: &str) -> Option<Self> {
        EVENT_TYPES.binary_search(&name).ok().map(|place| Self(EVENT_TYPES[place]))
    }

    /// Its name on the wire, such as `engagementCenter.Idle`.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// What it is about.
    pub fn category(self) -> Category {
        match self.0.as_bytes()[0] {
            b'm' => Category::Messaging,
            b'o' => Category::Outreach,
            _ => Category::EngagementCenter,
        }
    }
}

/// Every type, in the order of its bytes, so that one is found by halving.
const EVENT_TYPES: &[&str] = &[
    "engagementCenter.AcceptCallTimeout",
    "engagementCenter.ActivateInteraction",
    "engagementCenter.Active",
    "engagementCenter.AdvanceFeature",
    "engagementCenter.AgentStatistics",
    "engagementCenter.AudioPathConnection",
    "engagementCenter.CallReRouted",
    "engagementCenter.ClientSessionKeepAlive",
    "engagementCenter.Conference",
    "engagementCenter.ConnectConfirm",
    "engagementCenter.Connected",
    "engagementCenter.Connecting",
    "engagementCenter.Consult",
    "engagementCenter.ConsultInitiated",
    "engagementCenter.DialInitiated",
    "engagementCenter.Dialing",
    "engagementCenter.DisconnectPending",
    "engagementCenter.Disconnected",
    "engagementCenter.DispositionInitiated",
    "engagementCenter.EmailRemoved",
    "engagementCenter.Error",
    "engagementCenter.Held",
    "engagementCenter.Idle",
    "engagementCenter.InteractionClear",
    "engagementCenter.InteractionReleasedXferred",
    "engagementCenter.InteractionTransferred",
    "engagementCenter.MessageStatus",
    "engagementCenter.MonitorState",
    "engagementCenter.MultiTaskingStatus",
    "engagementCenter.NewTeam",
    "engagementCenter.NewVoiceMail",
    "engagementCenter.NewWorkType",
    "engagementCenter.NotReady",
    "engagementCenter.NotReadyPending",
    "engagementCenter.Park",
    "engagementCenter.PhoneFoul",
    "engagementCenter.PhoneOffhook",
    "engagementCenter.PhoneReconnect",
    "engagementCenter.PreviewScreenPop",
    "engagementCenter.ReassignEmailAck",
    "engagementCenter.RecordingState",
    "engagementCenter.RemoveTeam",
    "engagementCenter.RemoveWorkType",
    "engagementCenter.ScreenPop",
    "engagementCenter.SystemAvailable",
    "engagementCenter.SystemStandby",
    "engagementCenter.SystemUnavailable",
    "engagementCenter.TelephonyAvailable",
    "engagementCenter.TelephonyUnavailable",
    "engagementCenter.UpdateAgentStatusReason",
    "engagementCenter.UpdateDisposition",
    "engagementCenter.UpdateDispositionPlan",
    "engagementCenter.UpdateTeam",
    "engagementCenter.UpdateWorkType",
    "engagementCenter.VoiceLock",
    "engagementCenter.VoiceUnlock",
    "engagementCenter.Wrap",
    "engagementCenter.WrapTimeout",
    "messaging.EntityAdded",
    "messaging.EntityDialRequest",
    "messaging.EntityList",
    "messaging.EntityPushURL",
    "messaging.EntityRemoved",
    "messaging.EntitySendText",
    "outreach.automationScriptStatus",
    "outreach.disposition",
    "outreach.status",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_names_nothing_twice() {
        assert!(EVENT_TYPES.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn every_type_is_found_by_its_name_and_belongs_to_the_category_that_it_names() {
        for name in EVENT_TYPES {
            let found = EventType::find(name).expect("it is in the table");
            assert_eq!(found.as_str(), *name);
            let category = match found.category() {
                Category::EngagementCenter => "engagementCenter.",
                Category::Messaging => "messaging.",
                Category::Outreach => "outreach.",
            };
            assert!(name.starts_with(category), "{name}");
        }
    }

    #[test]
    fn other_names_are_not_found() {
        for name in
            ["", "Idle", "engagementCenter", "engagementCenter.", "engagementCenter.idle", "chat.SendText"]
        {
            assert_eq!(EventType::find(name), None, "{name}");
        }
    }
}
