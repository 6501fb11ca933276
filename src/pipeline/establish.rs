//! Establishing a conversation (platform documentation §11.1.2): one per customer integration and binding key
//! while it is open, however many ask at once.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use uuid::Uuid;

use super::engine::Engine;
use super::error::EngineError;
use super::lane::{Found, Live};
use super::record::{Step, Work, kept};
use super::submit::{Passage, PlatformSays, Toward};
use super::telling::Times;
use crate::domain::conversation::{AgentState, Conversation, Properties, SeenMarks, with_default_profile};
use crate::domain::hub::HubStatus;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId, VisitorId};
use crate::domain::integration::{Integration, IntegrationType};
use crate::domain::order::Position;
use crate::domain::receipt::Receipts;

/// What a customer's side asks for.
#[derive(Clone, Debug)]
pub struct Establish {
    /// The customer integration.
    pub integration: IntegrationId,
    /// Finds the customer's open conversation.
    pub binding: String,
    /// What the business is to know of the customer.
    pub properties: Properties,
    /// The visitor of a web chat who asks; from then on the conversation is its own too.
    pub visitor: Option<VisitorId>,
}

/// The conversation that was asked for.
#[derive(Clone, Debug)]
pub struct Established {
    /// The conversation.
    pub conversation: Conversation,
    /// Whether it was made just now.
    pub found: Found,
}

impl Engine {
    /// The open conversation of the binding, or a new one; answered once it is kept.
    ///
    /// The properties of a conversation that is open stay as they are.
    pub async fn establish(&self, tenant: TenantId, ask: Establish) -> Result<Established, EngineError> {
        let integration = self.integration(tenant, ask.integration)?;
        self.customer_may_speak(tenant, &integration)?;
        let (ask, looked) = self.with_told(tenant, ask).await?;
        self.find_or_keep(&integration, &ask, looked).await
    }

    /// The same, of what was told by `looked` in the properties of a new one.
    pub(super) async fn find_or_keep(
        &self,
        integration: &Integration,
        ask: &Establish,
        looked: Option<Times>,
    ) -> Result<Established, EngineError> {
        let tenant = integration.tenant;
        loop {
            let make = || self.new_conversation(integration, ask);
            let (live, found) = self.conversations.find_or_open(integration.id, &ask.binding, make);
            if found == Found::New {
                self.keep_new(integration, &live).await?;
                self.show_told_since(&live, looked).await?;
                if self.registry.integration(tenant, integration.id).is_none() {
                    // It was deleted meanwhile, and may have looked for conversations to close before this one.
                    self.close(&live).await?;
                    return Err(EngineError::IntegrationNotFound);
                }
            } else if !live.is_kept() {
                self.wait_for_earlier_work(tenant).await?;
            }
            if live.is_kept() && self.admit(&live, ask.visitor).await? {
                return Ok(Established { conversation: live.head(), found });
            }
            // It is being closed, or could not be kept: once that is done, the binding is free.
            self.wait_for_earlier_work(tenant).await?;
        }
    }

    /// Lets whoever established a conversation into it; `false` when it has been closed meanwhile.
    async fn admit(&self, live: &Arc<Live>, visitor: Option<VisitorId>) -> Result<bool, EngineError> {
        let done = {
            let mut lane = live.enter();
            if lane.head.closed.is_some() {
                return Ok(false);
            }
            if !visitor.is_some_and(|visitor| lane.head.admit(visitor)) {
                return Ok(true);
            }
            let head = Box::new(lane.head.clone());
            self.recorder.submit(Work::in_lane(live, vec![Step::Head(live.clone(), head)]))
        };
        kept(done).await?;
        Ok(true)
    }

    /// What is put into the recorder's queue now is done after all that somebody else has put there before.
    async fn wait_for_earlier_work(&self, tenant: TenantId) -> Result<(), EngineError> {
        Ok(self.recorder.catch_up(tenant).await?)
    }

    /// Keeps a new conversation together with what the platform says first in it: there is none without the other.
    async fn keep_new(&self, integration: &Integration, live: &Arc<Live>) -> Result<(), EngineError> {
        let done = {
            let mut lane = live.enter();
            let mut passage = Passage::opening(self, live, &mut lane);
            for message in integration.start().iter().filter_map(Value::as_object) {
                passage.say(PlatformSays::message(message.clone(), Toward::Customer));
            }
            let steps = passage.finish();
            self.recorder.submit(Work::in_lane(live, steps))
        };
        Ok(kept(done).await?)
    }

    /// Whether customers of an integration are heard at present.
    pub(super) fn customer_may_speak(
        &self,
        tenant: TenantId,
        integration: &Integration,
    ) -> Result<(), EngineError> {
        if integration.kind != IntegrationType::Customer {
            return Err(EngineError::NotACustomerIntegration);
        }
        if self.hub(tenant, integration.hub)?.status == HubStatus::Paused {
            return Err(EngineError::HubPaused);
        }
        if !integration.is_active() {
            return Err(EngineError::IntegrationPaused);
        }
        Ok(())
    }

    fn new_conversation(&self, integration: &Integration, ask: &Establish) -> Conversation {
        Conversation {
            id: ConversationId::new(),
            tenant: integration.tenant,
            hub: integration.hub,
            integration: integration.id,
            binding: ask.binding.clone(),
            token: STANDARD.encode(Uuid::new_v4().as_bytes()),
            properties: Arc::new(with_default_profile(ask.properties.clone(), integration.channel().name())),
            opened: self.now(),
            closed: None,
            said: None,
            spoken: false,
            told_closed: None,
            resolved: None,
            receipts: Receipts::default(),
            destination: None,
            queued: None,
            wanted: None,
            scheduled: None,
            agent: AgentState::None,
            number: None,
            seen: SeenMarks::default(),
            taken: Position::default(),
            visitors: ask.visitor.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
