//! A hub as clients write it and see it (platform documentation §10.2).

use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{Purpose, number, text};
use crate::domain::hub::{Hub, HubStatus};
use crate::domain::ids::{HubId, TenantId};
use crate::pipeline::{Body, Fault};
use crate::registry::{HubPatch, HubSpec};

/// Characters of a name, which stands in lists.
pub(super) const MAX_NAME: usize = 256;

/// Characters of a description.
pub(super) const MAX_DESCRIPTION: usize = 1024;

/// Days after which a silent conversation may be closed: ten years.
pub(super) const MAX_DORMANT_DAYS: u32 = 3650;

/// Reads a hub to be created; name and description are required.
pub(super) fn hub_in(body: &Map<String, Value>) -> Result<HubSpec, Vec<Fault>> {
    let HubPatch { name, description, close_dormant_days, status } = read(body, Purpose::Create)?;
    Ok(HubSpec {
        // Both are there: their absence is a fault in `read`.
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
        close_dormant_days: close_dormant_days.unwrap_or_default(),
        status: status.unwrap_or_default(),
    })
}

/// Reads what of a hub is to be changed.
pub(super) fn hub_patch(body: &Map<String, Value>) -> Result<HubPatch, Vec<Fault>> {
    read(body, Purpose::Update)
}

fn read(body: &Map<String, Value>, purpose: Purpose) -> Result<HubPatch, Vec<Fault>> {
    let mut read = Body::new(body);
    let patch = HubPatch {
        name: text(&mut read, purpose, "name", MAX_NAME),
        description: text(&mut read, purpose, "description", MAX_DESCRIPTION),
        close_dormant_days: number(&mut read, "closeDormantConversation", |days| {
            u32::try_from(days).ok().filter(|days| *days <= MAX_DORMANT_DAYS)
        }),
        status: number(&mut read, "statusId", HubStatus::from_code),
    };
    read.finish()?;
    Ok(patch)
}

/// A hub as clients see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HubOut {
    hub_id: HubId,
    tenant_id: TenantId,
    name: String,
    description: String,
    close_dormant_conversation: u32,
    status_id: i64,
}

impl From<&Hub> for HubOut {
    fn from(hub: &Hub) -> Self {
        Self {
            hub_id: hub.id,
            tenant_id: hub.tenant,
            name: hub.name.clone(),
            description: hub.description.clone(),
            close_dormant_conversation: hub.close_dormant_days,
            status_id: hub.status.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::clock::Millis;
    use crate::pipeline::FaultKind::{self, *};

    fn created(body: Value) -> Result<HubSpec, Vec<(FaultKind, String)>> {
        hub_in(body.as_object().unwrap()).map_err(named)
    }

    fn named(faults: Vec<Fault>) -> Vec<(FaultKind, String)> {
        faults.into_iter().map(|fault| (fault.kind, fault.property)).collect()
    }

    #[test]
    fn a_hub_is_active_and_never_closes_unless_the_body_says_so() {
        let hub = created(json!({"name": "Sales", "description": "All of them"})).unwrap();
        assert_eq!((hub.status, hub.close_dormant_days), (HubStatus::Active, 0));
        let hub = created(json!({"NAME": "Sales", "Description": "d", "closedormantconversation": 3650,
            "StatusId": 2002}))
        .unwrap();
        assert_eq!((hub.status, hub.close_dormant_days), (HubStatus::Paused, MAX_DORMANT_DAYS));
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        let hub = created(json!({"name": "n", "description": "d", "closeDormantConversation": 30.0,
            "statusId": 2.002e3}));
        let hub = hub.unwrap();
        assert_eq!((hub.status, hub.close_dormant_days), (HubStatus::Paused, 30));
    }

    #[test]
    fn every_fault_of_a_hub_is_told() {
        let long = "ä".repeat(MAX_NAME + 1);
        for (change, faults) in [
            (json!({"name": null, "description": " "}), vec![(Missing, "name"), (Missing, "description")]),
            (json!({"name": long, "description": 1}), vec![(TooLong, "name"), (WrongType, "description")]),
            (json!({"closeDormantConversation": -1}), vec![(OutOfRange, "closeDormantConversation")]),
            (json!({"closeDormantConversation": 3651}), vec![(OutOfRange, "closeDormantConversation")]),
            (json!({"closeDormantConversation": 1.5}), vec![(WrongType, "closeDormantConversation")]),
            (json!({"closeDormantConversation": 1e300}), vec![(WrongType, "closeDormantConversation")]),
            (json!({"statusId": 2001}), vec![(OutOfRange, "statusId")]),
            (json!({"statusId": "2000"}), vec![(WrongType, "statusId")]),
        ] {
            let mut body = json!({"name": "n", "description": "d"});
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let expected: Vec<_> = faults.into_iter().map(|(kind, at)| (kind, at.to_owned())).collect();
            assert_eq!(created(body).unwrap_err(), expected, "{change}");
        }
        assert!(created(json!({"name": "ä".repeat(MAX_NAME), "description": "d"})).is_ok());
    }

    #[test]
    fn an_update_changes_what_it_names_and_nothing_else() {
        let patch = hub_patch(json!({"statusId": 2000}).as_object().unwrap()).unwrap();
        assert_eq!(patch.status, Some(HubStatus::Active));
        assert!(patch.name.is_none() && patch.description.is_none() && patch.close_dormant_days.is_none());
        let faults = named(hub_patch(json!({"name": ""}).as_object().unwrap()).unwrap_err());
        assert_eq!(faults, [(Missing, "name".to_owned())]);
    }

    #[test]
    fn a_hub_is_shown_as_documented() {
        let hub = Hub {
            id: HubId::new(),
            tenant: TenantId::new(),
            number: 1,
            name: "Sales".into(),
            description: "All of them".into(),
            close_dormant_days: 30,
            status: HubStatus::Paused,
            created: Millis(0),
            modified: Millis(0),
        };
        let expected = json!({"hubId": hub.id, "tenantId": hub.tenant, "name": "Sales",
            "description": "All of them", "closeDormantConversation": 30, "statusId": 2002});
        assert_eq!(serde_json::to_value(HubOut::from(&hub)).unwrap(), expected);
    }
}
