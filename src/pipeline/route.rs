//! Who answers a conversation: its destination.

use std::sync::Arc;

use super::error::EngineError;
use super::lane::Conversations;
use crate::domain::ids::IntegrationId;
use crate::domain::integration::{Configuration, Integration, IntegrationType};

/// Where an activity of the customer goes.
#[derive(Clone, Debug)]
pub(super) enum Route {
    /// The destination stays.
    Stay(Arc<Integration>),
    /// It goes to a new destination.
    To(Arc<Integration>),
    /// It waits: the hub has somebody to answer, but nobody who is there.
    Queue,
}

/// Routes what a customer says: to the present destination while that can answer; else to a bot, else to the
/// agent with the fewest open conversations.
///
/// # Errors
/// [`EngineError::NobodyToAnswer`] when the hub has neither an agent nor a bot, present or not.
pub(super) fn route(
    hub: &[Arc<Integration>],
    present: Option<IntegrationId>,
    conversations: &Conversations,
) -> Result<Route, EngineError> {
    let answering = |kind: IntegrationType| {
        hub.iter().filter(move |one| one.kind == kind && one.is_active() && can_answer(one))
    };
    if let Some(stays) = hub.iter().find(|one| Some(one.id) == present && one.is_active() && can_answer(one))
    {
        return Ok(Route::Stay(stays.clone()));
    }
    if let Some(bot) = answering(IntegrationType::Bot).next() {
        return Ok(Route::To(bot.clone()));
    }
    if let Some(agent) = answering(IntegrationType::Agent).min_by_key(|agent| conversations.load_of(agent.id))
    {
        return Ok(Route::To(agent.clone()));
    }
    if hub.iter().any(|one| matches!(one.kind, IntegrationType::Agent | IntegrationType::Bot)) {
        Ok(Route::Queue)
    } else {
        Err(EngineError::NobodyToAnswer)
    }
}

/// Whether somebody is behind the integration. Nothing is carried to providers yet, so nothing is sent to them.
fn can_answer(integration: &Integration) -> bool {
    !matches!(integration.configuration, Configuration::Provider(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Millis;
    use crate::domain::ids::{HubId, TenantId};
    use crate::domain::integration::{DirectConfiguration, IntegrationStatus, SigningKeyPair};

    fn integration(kind: IntegrationType, status: IntegrationStatus) -> Arc<Integration> {
        Arc::new(Integration {
            id: IntegrationId::new(),
            tenant: TenantId::new(),
            hub: HubId::new(),
            name: String::new(),
            kind,
            status,
            configuration: Configuration::Direct(DirectConfiguration {
                webhook_url: None,
                echo: false,
                start: Vec::new(),
                user: None,
                keys: SigningKeyPair { public: String::new(), private: String::new() },
            }),
            created: Millis(0),
            modified: Millis(0),
        })
    }

    fn destination(hub: &[Arc<Integration>], present: Option<IntegrationId>) -> Option<IntegrationId> {
        match route(hub, present, &Conversations::default()).unwrap() {
            Route::Stay(to) | Route::To(to) => Some(to.id),
            Route::Queue => None,
        }
    }

    #[test]
    fn a_bot_comes_before_an_agent_and_a_present_destination_before_both() {
        let agent = integration(IntegrationType::Agent, IntegrationStatus::Active);
        let bot = integration(IntegrationType::Bot, IntegrationStatus::Active);
        let hub = [agent.clone(), bot.clone()];
        assert_eq!(destination(&hub, None), Some(bot.id));
        assert_eq!(destination(&hub, Some(agent.id)), Some(agent.id));
    }

    #[test]
    fn a_paused_destination_is_left_and_without_another_the_conversation_waits() {
        let paused = integration(IntegrationType::Agent, IntegrationStatus::Paused);
        let active = integration(IntegrationType::Agent, IntegrationStatus::Active);
        assert_eq!(destination(&[paused.clone(), active.clone()], Some(paused.id)), Some(active.id));
        assert_eq!(destination(std::slice::from_ref(&paused), Some(paused.id)), None);
    }

    #[test]
    fn a_hub_with_neither_agent_nor_bot_has_nobody_to_answer() {
        let customer = integration(IntegrationType::Customer, IntegrationStatus::Active);
        let refused = route(&[customer], None, &Conversations::default());
        assert!(matches!(refused, Err(EngineError::NobodyToAnswer)));
    }
}
