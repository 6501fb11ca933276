//! From what was refused inside to what a client is told: one function per kind of cause, each read from top to
//! bottom. What clients did wrong is told; what went wrong here is logged, and the answer says nothing of it.

use std::error::Error;

use axum::http::StatusCode;

use super::codes::{Code, Family, Shared, eng, prt, shared};
use super::problem::{Problem, Problems};
use super::route_codes::{Codes, Portal};
use crate::api::caller::Denied;
use crate::pipeline::EngineError;
use crate::registry::RegistryError;

/// What a caller who is not let in is told.
pub(in crate::api) fn denied(family: Family, denied: Denied) -> Problems {
    match denied {
        Denied::Unauthenticated => Problems::one(
            shared::UNAUTHORIZED.in_family(family),
            "The access token is missing, is not valid or has expired.",
        ),
        Denied::WrongScope => {
            Problems::one(shared::FORBIDDEN.in_family(family), "The access token was not made for this API.")
        }
        Denied::WrongPage => {
            Problems::one(shared::FORBIDDEN.in_family(family), "This page may not carry the web chat.")
        }
        Denied::TooMany(refused) => {
            let code = Code::of_status(StatusCode::TOO_MANY_REQUESTS);
            Problems::one(code, "Too many requests: come back later.").retry_after(refused.seconds())
        }
    }
}

/// What the caller of an engine route is told when the engine refuses.
pub fn engine_refused<C: Codes>(error: EngineError) -> Problems {
    let common = |code: Shared| code.in_family(C::FAMILY);
    match error {
        EngineError::Invalid(faults) => Problems::of_faults::<C>(faults),
        EngineError::HubNotFound => Problems::one(eng::HUB_NOT_FOUND, "There is no such hub."),
        EngineError::IntegrationNotFound => {
            Problems::one(eng::INTEGRATION_NOT_FOUND, "There is no such integration.")
        }
        EngineError::ConversationNotFound => {
            Problems::one(eng::CONVERSATION_NOT_FOUND, "There is no such conversation.")
        }
        EngineError::ConversationClosed => {
            Problems::one(common(shared::NOT_AVAILABLE), "The conversation was closed.")
        }
        EngineError::CustomerGone => {
            Problems::one(eng::CUSTOMER_GONE, "The customer has left the conversation.")
        }
        EngineError::HubPaused => {
            Problems::one(eng::CONVERSATION_PAUSED, "The conversation is paused: its hub is.")
        }
        EngineError::IntegrationPaused => {
            Problems::one(eng::INTEGRATION_PAUSED, "The integration is paused.")
        }
        EngineError::NobodyToAnswer => {
            Problems::one(eng::NOBODY_TO_ANSWER, "The hub has no agent and no bot that could answer.")
        }
        EngineError::NotACustomerIntegration => Problems::one(
            common(shared::VALUE_NOT_SUPPORTED),
            "Conversations are established on integrations for customers only.",
        ),
        EngineError::SenderMissing => {
            Problems::one(eng::DIRECT_MISSING_PROPERTY, "Property 'sender.integrationId' is required.")
        }
        EngineError::NotTheDestination => {
            Problems::one(common(shared::NOT_ALLOWED), "The conversation is not with this integration.")
        }
        EngineError::Stopped(reason) => {
            let text = reason.as_deref().unwrap_or("A stage of the hub does not let this be said.");
            Problems::one(common(shared::NOT_ALLOWED), text)
        }
        EngineError::TooManyHeld => {
            Problems::one(eng::HUB_WEB_UNREACHABLE, "A plug-in of the hub does not answer: come back later.")
        }
        // A change of the configuration alone is refused so.
        cause @ EngineError::TakesPart => unexpected(C::SYSTEM, &cause),
        EngineError::Store(cause) => unexpected(C::SYSTEM, &cause),
        EngineError::Registry(cause) => unexpected(C::SYSTEM, &cause),
    }
}

/// What a change of the configuration is about: a name that is taken is told by what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A hub.
    Hub,
    /// An integration.
    Integration,
    /// A command.
    Command,
    /// A team.
    Team,
    /// A token of a client.
    Token,
    /// A user, whose name nobody takes away.
    User,
}

/// What the caller of the portal is told when the registry refuses a change of `what`.
pub fn registry_refused(what: Named, error: RegistryError) -> Problems {
    let portal = |code: Shared| code.in_family(Family::Portal);
    match error {
        RegistryError::NameTaken => match what {
            Named::Hub => Problems::one(prt::HUB_NAME_TAKEN, "There is a hub of this name already."),
            Named::Integration => {
                Problems::one(prt::INTEGRATION_NAME_TAKEN, "The hub has an integration of this name already.")
            }
            // The documents have no codes for commands, teams and tokens: those that say the same stand in.
            Named::Command => {
                Problems::one(prt::HUB_NAME_TAKEN, "The hub has a command of this name and kind already.")
            }
            Named::Team => Problems::one(prt::HUB_NAME_TAKEN, "There is a team of this name already."),
            Named::Token => {
                Problems::one(prt::HUB_NAME_TAKEN, "The client has a token of this name already.")
            }
            Named::User => Problems::one(prt::USER_EXISTS, "There is a user of this name already."),
        },
        RegistryError::HubNotFound => Problems::one(prt::HUB_NOT_FOUND, "There is no such hub."),
        RegistryError::TooManyHubs => {
            Problems::one(portal(shared::NOT_ALLOWED), "The tenant has as many hubs as it may.")
        }
        RegistryError::IntegrationNotFound => {
            Problems::one(prt::INTEGRATION_NOT_FOUND, "There is no such integration.")
        }
        RegistryError::TooManyIntegrations => {
            Problems::one(portal(shared::NOT_ALLOWED), "The hub has as many integrations as it may.")
        }
        RegistryError::AccountTaken => {
            Problems::one(prt::CHANNEL_TAKEN, "The account is on a hub already: it can be added once only.")
        }
        RegistryError::CommandNotFound => {
            Problems::one(portal(shared::NOT_FOUND), "There is no such command.")
        }
        RegistryError::TooManyCommands => {
            Problems::one(portal(shared::NOT_ALLOWED), "The hub has as many commands as it may.")
        }
        RegistryError::UserNotFound => Problems::one(prt::USER_NOT_FOUND, "There is no such user."),
        RegistryError::UserIdTaken => Problems::one(prt::USER_EXISTS, "There is a user of this id already."),
        RegistryError::TooManyUsers => {
            Problems::one(portal(shared::NOT_ALLOWED), "The tenant has as many users as it may.")
        }
        RegistryError::TeamNotFound => Problems::one(portal(shared::NOT_FOUND), "There is no such team."),
        RegistryError::TeamIdTaken => {
            Problems::one(portal(shared::ALREADY_EXISTS), "There is a team of this id already.")
        }
        RegistryError::TooManyTeams => {
            Problems::one(portal(shared::NOT_ALLOWED), "The tenant has as many teams as it may.")
        }
        RegistryError::MembersNotFound(strangers) => {
            let told = |user| {
                let text = format!("Property 'members' names '{user}', who is not in the directory.");
                Problem::new(prt::NOT_SUPPORTED, text)
            };
            Problems::all(strangers.into_iter().map(told)).expect("somebody is not in the directory")
        }
        RegistryError::ClientNotFound => Problems::one(portal(shared::NOT_FOUND), "There is no such client."),
        RegistryError::SecretNotFound => Problems::one(portal(shared::NOT_FOUND), "There is no such token."),
        RegistryError::TooManySecrets => {
            Problems::one(portal(shared::NOT_ALLOWED), "The client has as many tokens as it may.")
        }
        RegistryError::LastPortalSecret => Problems::one(
            portal(shared::NOT_ALLOWED),
            "It is the last token that opens the portal: make another one first.",
        ),
        cause @ (RegistryError::TenantNotFound
        | RegistryError::MessagingNotFound
        | RegistryError::TooManyOfMessaging
        | RegistryError::NoOrgId
        | RegistryError::OrgIdTaken
        | RegistryError::Unreadable(_)
        | RegistryError::Seal(_)
        | RegistryError::Store(_)) => unexpected(Family::Portal, &cause),
    }
}

/// What the caller of the portal is told when the engine refuses a change of `what`.
pub fn portal_refused(what: Named, error: EngineError) -> Problems {
    match error {
        EngineError::Invalid(faults) => Problems::of_faults::<Portal>(faults),
        EngineError::HubNotFound => registry_refused(what, RegistryError::HubNotFound),
        EngineError::IntegrationNotFound => registry_refused(what, RegistryError::IntegrationNotFound),
        EngineError::Registry(error) => registry_refused(what, error),
        EngineError::TakesPart => Problems::one(
            shared::NOT_ALLOWED.in_family(Family::Portal),
            "The integration takes part in open conversations: it cannot change between customers and agents now.",
        ),
        cause => unexpected(Family::Portal, &cause),
    }
}

/// What a client is told of a failure of ours: that there was one. The log has its cause.
pub fn unexpected(family: Family, cause: &(dyn Error + 'static)) -> Problems {
    tracing::error!(error = cause, family = family.prefix(), "a request failed");
    Problems::one(shared::SYSTEM_ERROR.in_family(family), "Something went wrong on our side.")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::api::platform::route_codes::{Conversations, Direct, Events};
    use crate::api::rate_limit::TooManyRequests;
    use crate::pipeline::{Fault, FaultKind};
    use crate::store::StoreError;

    fn told(problems: &Problems) -> (u16, String) {
        let first = problems.iter().next().unwrap();
        (problems.status().as_u16(), first.code().to_string())
    }

    #[test]
    fn each_refusal_of_the_engine_has_its_code_and_status() {
        use EngineError::*;
        for (error, status, code) in [
            (HubNotFound, 404, "ENG005500"),
            (IntegrationNotFound, 404, "ENG006000"),
            (ConversationNotFound, 404, "ENG006500"),
            (ConversationClosed, 410, "ENG000104"),
            (CustomerGone, 400, "ENG006501"),
            (HubPaused, 400, "ENG006503"),
            (IntegrationPaused, 400, "ENG006502"),
            (NobodyToAnswer, 400, "ENG005501"),
            (NotACustomerIntegration, 400, "ENG000206"),
            (SenderMissing, 400, "ENG005001"),
            (NotTheDestination, 403, "ENG000110"),
            (Stopped(None), 403, "ENG000110"),
            (TooManyHeld, 400, "ENG007512"),
            (Store(StoreError::Closed), 500, "ENG000100"),
            (Registry(RegistryError::TenantNotFound), 500, "ENG000100"),
        ] {
            assert_eq!(told(&engine_refused::<Direct>(error)), (status, code.to_owned()));
        }
    }

    #[test]
    fn a_fault_is_told_by_the_code_of_the_route() {
        let faults = || EngineError::Invalid(vec![Fault::at(FaultKind::Missing, "type")]);
        assert_eq!(told(&engine_refused::<Direct>(faults())).1, "ENG005001");
        assert_eq!(told(&engine_refused::<Conversations>(faults())).1, "ENG003001");
    }

    #[test]
    fn a_taken_name_is_told_by_what_it_names() {
        for (what, code) in [
            (Named::Hub, "PRT000600"),
            (Named::Integration, "PRT000700"),
            (Named::Command, "PRT000600"),
            (Named::Team, "PRT000600"),
            (Named::Token, "PRT000600"),
            (Named::User, "PRT000401"),
        ] {
            let problems = registry_refused(what, RegistryError::NameTaken);
            assert_eq!(told(&problems), (400, code.to_owned()));
        }
    }

    #[test]
    fn each_refusal_of_a_change_of_the_configuration_has_its_code_and_status() {
        use RegistryError::*;
        for (error, status, code) in [
            (TooManyHubs, 403, "PRT000110"),
            (TooManyIntegrations, 403, "PRT000110"),
            (CommandNotFound, 404, "PRT000105"),
            (TooManyCommands, 403, "PRT000110"),
            (UserNotFound, 404, "PRT000599"),
            (UserIdTaken, 400, "PRT000401"),
            (TooManyUsers, 403, "PRT000110"),
            (AccountTaken, 400, "PRT000701"),
            (TeamNotFound, 404, "PRT000105"),
            (TeamIdTaken, 409, "PRT000106"),
            (TooManyTeams, 403, "PRT000110"),
            (MembersNotFound(vec!["ada".into(), "bob".into()]), 400, "PRT000303"),
            (ClientNotFound, 404, "PRT000105"),
            (SecretNotFound, 404, "PRT000105"),
            (TooManySecrets, 403, "PRT000110"),
            (LastPortalSecret, 403, "PRT000110"),
        ] {
            let problems = portal_refused(Named::Team, EngineError::Registry(error));
            assert_eq!(told(&problems), (status, code.to_owned()));
        }
    }

    #[test]
    fn every_member_who_is_not_in_the_directory_is_named() {
        let error = RegistryError::MembersNotFound(vec!["ada".into(), "bob".into()]);
        let problems = registry_refused(Named::Team, error);
        let texts: Vec<_> = problems.iter().map(|problem| problem.text()).collect();
        assert_eq!(texts.len(), 2);
        assert!(texts[0].contains("'ada'") && texts[1].contains("'bob'"), "{texts:?}");
    }

    #[test]
    fn a_failure_of_ours_is_told_by_the_table_of_the_face() {
        let failed = || EngineError::Store(StoreError::Closed);
        assert_eq!(told(&engine_refused::<Conversations>(failed())).1, "ENG000100");
        assert_eq!(told(&engine_refused::<Events>(failed())).1, "EVT000100");
    }

    #[test]
    fn what_a_deletion_does_not_find_is_told_by_the_codes_of_the_portal() {
        let hub = portal_refused(Named::Hub, EngineError::HubNotFound);
        assert_eq!(told(&hub), (404, "PRT000699".to_owned()));
        let integration = EngineError::Registry(RegistryError::IntegrationNotFound);
        assert_eq!(told(&portal_refused(Named::Integration, integration)), (404, "PRT000799".to_owned()));
    }

    #[test]
    fn a_change_of_sides_during_conversations_is_not_allowed() {
        let problems = portal_refused(Named::Integration, EngineError::TakesPart);
        assert_eq!(told(&problems), (403, "PRT000110".to_owned()));
    }

    #[test]
    fn a_failure_of_ours_does_not_tell_its_cause() {
        let cause = EngineError::Store(StoreError::Failed("disk full at /secret".into()));
        let problems = portal_refused(Named::Hub, cause);
        assert_eq!(told(&problems), (500, "PRT000100".to_owned()));
        assert!(!serde_json::to_string(&problems).unwrap().contains("secret"));
    }

    #[test]
    fn who_is_not_let_in_is_told_why() {
        let late = TooManyRequests { retry_after: Duration::from_millis(1500) };
        for (cause, status, code) in [
            (Denied::Unauthenticated, 401, "PRT000102"),
            (Denied::WrongScope, 403, "PRT000101"),
            (Denied::WrongPage, 403, "PRT000101"),
            (Denied::TooMany(late), 429, "429"),
        ] {
            assert_eq!(told(&denied(Family::Portal, cause)), (status, code.to_owned()));
        }
    }
}
