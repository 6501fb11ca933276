//! What every store must do, as tests over a factory: an implementation runs them all by [`contract_tests`].
//! It must not know any implementation.

mod samples;

pub(crate) mod activities;
pub(crate) mod audit;
pub(crate) mod bindings;
pub(crate) mod commits;
pub(crate) mod configuration;
pub(crate) mod customers;
pub(crate) mod deliveries;
pub(crate) mod faq;
pub(crate) mod notifications;
pub(crate) mod retention;
pub(crate) mod stages;
pub(crate) mod streaming;
pub(crate) mod subscriptions;

use std::any::Any;
use std::sync::Arc;

use super::Store;

/// An empty store to be tested, with whatever must outlive it.
pub(crate) struct Subject {
    pub(crate) store: Arc<dyn Store>,
    /// Dropped after the store, such as its directory.
    _medium: Box<dyn Any + Send>,
}

impl Subject {
    pub(crate) fn new(store: Arc<dyn Store>, medium: impl Any + Send) -> Self {
        Self { store, _medium: Box::new(medium) }
    }
}

/// Makes a test of each part of the contract, with `$make: fn() -> Subject` of the
/// module that calls it.
macro_rules! contract_tests {
    ($make:ident) => {
        $crate::store::contract::contract_tests! { $make;
            configuration::{
                what_was_put_reads_back,
                a_put_replaces_what_has_the_same_id,
                what_was_deleted_is_gone,
                the_highest_number_of_a_hub_outlives_the_hub,
                former_keys_are_replaced_and_go_at_their_end_or_with_their_integration,
                users_and_teams_of_two_tenants_may_have_one_id,
                an_id_of_another_tenant_is_not_taken_over,
                an_empty_store_holds_nothing_and_knows_itself,
            }
            commits::{
                a_commit_whose_last_write_fails_keeps_nothing,
                a_bad_commit_fails_alone,
                commits_that_were_not_awaited_keep_their_order,
                a_commit_whose_caller_went_away_is_kept,
                a_tenant_made_in_a_refused_commit_can_be_made_again,
                nothing_is_taken_after_close,
                nothing_has_changed_elsewhere_without_another_process,
            }
            activities::{
                conversations_read_back_and_the_open_ones_are_found,
                a_conversation_is_invisible_to_another_tenant,
                activities_read_back_as_they_were_written,
                history_is_in_event_order_after_an_id_and_up_to_a_limit,
                history_of_a_party_is_what_it_sent_or_received,
                the_latest_of_a_party_come_with_the_newest_first,
                the_latest_end_before_they_have_too_many_bytes_but_never_before_the_newest,
                replay_of_an_integration_is_what_it_was_sent_and_its_echoes_once,
                replay_of_the_customers_side_is_what_the_customer_said_or_was_told,
                replay_of_a_conversation_goes_on_where_the_last_part_ended,
                a_page_ends_before_it_has_too_many_bytes_but_never_before_its_first_row,
                replay_shows_nothing_of_another_tenant,
                a_position_is_found_by_event_id,
                orders_tell_how_far_each_tenant_has_come,
            }
            bindings::{
                the_conversations_of_a_customer_are_counted_in_the_order_of_their_opening,
                a_customer_is_on_the_integration_of_the_newest_conversation,
                what_there_is_of_a_customer_is_told_apart,
                a_customer_that_another_tenant_has_is_not_found,
                a_conversation_that_was_put_again_counts_once,
            }
            streaming::{
                sessions_read_back_with_what_they_acknowledged_in_order,
                acknowledging_twice_or_for_a_session_that_is_gone_changes_nothing,
                a_deleted_session_takes_its_acknowledgements_along,
                events_read_back_in_the_order_of_their_ids,
                events_read_back_with_who_hears_them,
                events_after_an_id_are_those_that_follow_it,
                events_are_read_in_pages_of_rows_and_bytes,
                acknowledging_up_to_an_event_stands_for_all_before_it,
                an_idempotent_answer_is_found_until_it_is_too_old,
            }
            subscriptions::{
                subscriptions_read_back_in_the_order_in_which_they_were_put,
                the_version_in_force_is_ended_and_no_other,
                a_version_that_ended_stays_while_an_event_is_kept_that_it_may_have_let_through,
                events_that_nobody_watches_keep_no_version,
                a_version_that_ended_goes_when_all_of_its_time_is_acknowledged,
                a_session_that_is_gone_has_no_subscriptions,
                ended_versions_go_with_the_last_event_that_they_may_have_let_through,
            }
            stages::{
                held_activities_read_back_in_the_order_of_their_numbers,
                released_activities_are_gone_and_no_others,
            }
            audit::{
                entries_read_back_with_the_newest_first,
                a_page_of_the_log_tells_how_many_entries_were_asked_for,
                the_log_is_searched_by_thing_and_by_time,
                a_log_shows_nothing_of_another_tenant,
                old_entries_of_the_log_go,
            }
            customers::{
                a_customer_reads_back_until_its_integration_is_gone,
                a_customer_of_another_tenant_is_not_shown_or_taken_over,
                what_was_told_is_found_by_any_key_of_the_customer_with_the_newest_first,
                what_is_told_again_takes_the_place_of_what_was,
                events_go_for_their_age_and_things_stay,
                customers_and_what_was_told_of_them_are_counted_as_they_come_and_go,
            }
            faq::{
                an_edition_is_in_force_once_it_is_adopted_and_reads_back_in_order,
                nodes_are_read_in_pages_of_rows_and_bytes,
                nodes_of_a_large_edition_are_read_from_any_place_on,
                the_edition_before_stays_in_force_until_the_next_is_adopted,
                an_edition_of_another_bot_or_of_none_is_not_adopted,
                a_deleted_bot_has_nothing_in_force,
                what_is_in_force_stays_and_what_was_superseded_or_left_unfinished_goes,
                an_upload_reads_back_with_what_became_of_it,
                an_upload_is_its_tenants_alone,
                the_newest_uploads_of_a_tenant_stay,
                old_uploads_go,
                what_is_kept_in_passing_is_kept_or_refused_by_itself,
            }
            deliveries::{
                what_is_to_be_sent_reads_back_in_order_and_in_pages,
                what_is_to_be_sent_is_read_by_conversation,
                a_delivery_is_kept_with_the_rest_of_its_commit_or_not_at_all,
                progress_reads_back_and_what_is_settled_is_not_to_be_sent,
                endpoints_to_which_something_is_to_be_sent_are_found,
                all_that_is_to_be_sent_is_counted_from_the_one_that_was_kept_first,
                deliveries_are_listed_by_endpoint_status_and_age_the_newest_first,
                what_became_of_what_an_endpoint_was_told_is_found_by_activity,
                deliveries_show_nothing_of_another_tenant,
                stopped_endpoints_are_remembered_until_they_go_on,
                old_deliveries_go_unless_they_are_to_be_sent,
                what_went_to_a_deleted_integration_goes,
                that_an_endpoint_is_stopped_goes_with_it,
                endpoints_are_left_alone_until_the_latest_moment_and_that_goes_with_them,
            }
            notifications::{
                notifications_read_back_with_the_one_that_was_kept_last_first,
                notifications_are_listed_by_endpoint_in_pages,
                notifications_show_nothing_of_another_tenant,
                old_notifications_go,
            }
            retention::{
                old_activities_go_and_the_order_goes_on,
                the_newest_activity_and_event_stay_whatever_their_age,
                acknowledgements_of_kept_events_stay,
                old_idempotent_answers_go,
                what_was_pruned_is_remembered_when_nothing_more_is_removed,
                many_old_rows_go_while_commits_are_answered,
                a_replay_tells_what_was_gone_at_its_own_moment,
            }
        }
    };
    ($make:ident; $($theme:ident::{ $($name:ident,)+ })+) => {$(
        mod $theme {
            $(
                #[tokio::test]
                async fn $name() {
                    let subject = super::$make();
                    $crate::store::contract::$theme::$name(subject.store.as_ref()).await;
                    drop(subject);
                }
            )+
        }
    )+};
}
pub(crate) use contract_tests;
