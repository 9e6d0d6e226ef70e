"""What is left to the long run because it takes seconds: a shorter test of the README's run shows the same, or nearly so.

Of a test with several cases the first stays in the README's run. Measured on two cores, where each of these takes four seconds or more.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

CASES = frozenset(
    {
        "tests/screens/test_who_may.py::test_read_only_sends_nothing_until_write",
        "tests/domain/access/test_agreement.py::test_they_decide_alike_about_everybody_in_the_workspaces_of_the_demo_estate",
        "tests/domain/access/test_agreement.py::test_they_decide_alike_on_every_built_in_role",
        "tests/domain/access/test_agreement.py::test_they_decide_alike_whatever_is_held_denied_and_eligible",
        "tests/screens/test_about_one_compute.py::test_each_state_has_its_question",
        "tests/screens/test_before_it_is_sent.py::test_a_refusal_stays_in_sight_beside_the_buttons",
        "tests/screens/test_findings.py::test_fix_opens_the_plan_of_the_worst",
        "tests/screens/test_forms.py::test_every_wrong_value_is_told_in_its_place",
        "tests/screens/test_hostile_text.py::test_screens_draw_hostile_text_as_it_is",
        "tests/screens/test_plans.py::test_nothing_is_sent_that_cannot_be_read_again",
        "tests/screens/test_faults.py::test_screen_outlives_every_fault",
        "tests/screens/test_same_resource.py::test_cursor_stays_on_its_resource",
        "tests/screens/test_faults.py::test_screen_that_opens_into_a_fault_tells_it",
    }
)
WHOLE = frozenset(
    {
        "tests/screens/test_rotate.py::test_all_who_sign_in_as_an_application_are_given_its_new_secret",
        "tests/screens/test_odd_bills.py::test_a_new_subscription_without_a_bill_shows_what_burns_and_ran",
        "tests/screens/test_marks_and_order.py::test_marked_rows_are_acted_on_together_and_the_dialog_tells_what_is_hidden_or_left_out",
        "tests/azure/test_signin.py::test_a_machine_with_nothing_is_told_every_reason",
        "tests/screens/test_budgets.py::test_an_alert_is_put_aside_and_brought_back",
        "tests/terminal/test_killed.py::test_quitting_while_an_operation_runs_asks_once_and_leaves_it_to_azure",
        "tests/screens/test_cost.py::test_the_dearest_thing_now_its_user_and_its_cost_so_far",
        "tests/screens/test_forms.py::test_what_azure_refuses_is_not_to_be_typed_again",
        "tests/screens/test_forms.py::test_what_pre_flight_cannot_read_is_told_and_stops_nobody",
        "tests/emulator/test_state.py::test_a_running_clock_never_goes_back_and_the_story_stays_the_same",
        "tests/screens/test_signin.py::test_somebody_else_gets_rows_and_permissions_of_their_own",
        "tests/screens/test_activity.py::test_a_plan_that_held_is_offered_again_and_resumed_when_agreed_to",
        "tests/screens/test_before_it_is_sent.py::test_instances_that_differ_in_their_person_are_asked_about_once",
        "tests/screens/test_before_it_is_sent.py::test_policies_that_cannot_be_asked_are_told_and_stop_nobody",
        "tests/screens/test_vaults.py::test_a_new_version_follows_what_is_there_and_a_purge_asks_for_the_name",
        "tests/emulator/test_vault_listeners.py::test_secrets_outlive_the_process_at_the_same_addresses_and_none_is_in_the_file",
        "tests/azure/test_compiler_data.py::test_each_is_what_azure_ai_ml_sends_but_for_the_check",
        "tests/azure/test_compiler.py::test_it_is_started_again_when_it_died_or_was_given_up_and_goes_when_idle",
        "tests/azure/test_device_code.py::test_a_device_that_is_told_to_slow_down_does_so_and_signs_in",
        "tests/chaos/test_monkey.py::test_any_key_at_any_time",
        "tests/costs/test_now.py::test_a_new_day_is_asked_for_anew",
        "tests/costs/test_now.py::test_whatever_strikes_a_question_the_last_bill_stays_and_the_reason_is_told",
        "tests/costs/test_now.py::test_who_may_not_any_more_is_told_which_role_and_sees_what_was_there",
        "tests/costs/test_usage_now.py::test_what_ran_before_anybody_looked_is_read_once_and_told_by_its_parts",
        "tests/emulator/test_state.py::test_a_reset_begins_again_in_the_file_too",
        "tests/operations/test_rotation.py::test_five_readers_and_two_connections_never_fail_during_a_rotation",
        "tests/screens/test_access_changes.py::test_removing_marked_rows_is_one_plan_and_comes_back",
        "tests/screens/test_datastore_changes.py::test_a_key_is_taken_from_azure_and_a_typed_one_is_kept_nowhere",
        "tests/screens/test_datastore_changes.py::test_a_lake_is_registered_once_the_role_that_lacks_is_assigned",
        "tests/screens/test_before_it_is_sent.py::test_a_tight_subnet_is_noted_and_one_that_may_not_be_read_stops_nobody",
        "tests/screens/test_budgets.py::test_a_budget_is_made_changed_and_deleted",
        "tests/screens/test_budgets.py::test_each_says_whose_it_is_and_where_it_stands",
        "tests/screens/test_connections.py::test_a_connection_is_made_and_its_secret_is_nowhere",
        "tests/screens/test_connections.py::test_a_connection_is_edited_as_yaml_and_cloned_with_a_secret_that_is_chosen",
        "tests/screens/test_cost.py::test_dimension_and_range_are_remembered_and_amortized_is_told",
        "tests/screens/test_cost.py::test_ranges_are_billed_to_the_cent_as_the_sdk_has_it",
        "tests/screens/test_cost.py::test_the_bill_is_asked_anew_only_when_that_is_agreed_to",
        "tests/screens/test_cost.py::test_throttled_costs_leave_what_burns",
        "tests/screens/test_datastores.py::test_whatever_is_pasted_leads_to_the_datastore",
        "tests/screens/test_findings.py::test_fix_with_marks_is_one_plan_for_all_that_one_remedy_mends",
        "tests/screens/test_findings.py::test_the_dialogs_draw_hostile_text_as_it_is",
        "tests/screens/test_forms.py::test_hostile_text_in_fields_is_inert",
        "tests/screens/test_forms.py::test_who_cancels_the_plan_is_back_in_the_form",
        "tests/screens/test_hostile_text.py::test_dialogs_draw_hostile_text_as_it_is",
        "tests/screens/test_in_the_hand.py::test_the_story",
        "tests/screens/test_marks_and_order.py::test_a_name_that_is_asked_for_is_typed_at_once_and_no_letter_of_it_is_a_key",
        "tests/screens/test_odd_bills.py::test_a_new_subscription_without_a_bill_shows_what_ran",
        "tests/screens/test_odd_bills.py::test_an_allowance_that_is_used_up_is_told_and_what_burns_stays",
        "tests/screens/test_odd_bills.py::test_credits_are_told_and_two_currencies_are_never_one_sum",
        "tests/screens/test_signin.py::test_a_start_by_device_code_asks_for_no_code_after_a_sign_out",
        "tests/screens/test_signin.py::test_what_somebody_agreed_to_is_not_sent_as_somebody_else",
        "tests/terminal/test_access_story.py::test_a_first_day_with_access",
        "tests/terminal/test_around_the_console.py::test_clocks_that_are_hours_apart_change_no_age_and_no_outcome",
        "tests/terminal/test_bytes.py::test_a_changed_state",
        "tests/terminal/test_canaries.py::test_no_secret_is_seen_or_kept_but_by_a_reveal",
        "tests/terminal/test_bytes.py::test_nothing_changed",
        "tests/terminal/test_killed.py::test_killed_while_the_operation_runs",
        "tests/terminal/test_no_room_to_keep.py::test_the_console_opens_and_sends_no_change",
        "tests/terminal/test_resize.py::test_sizes_up_and_down",
        "tests/terminal/test_secrets.py::test_an_emulator_that_runs",
        "tests/terminal/test_secrets.py::test_neither_a_device_code_nor_its_tokens_are_kept",
        "tests/terminal/test_story.py::test_stop_a_forgotten_machine_and_take_it_back",
        "tests/test_apply.py::test_a_file_of_az_is_planned_applied_and_seen_from_outside",
        "tests/test_report.py::test_the_monday_report_without_a_terminal",
    }
)


def mark(items: Iterable[pytest.Item]) -> None:
    """Give these tests the mark `long`."""
    seen: set[str] = set()
    for item in items:
        name, _, case = item.nodeid.partition("[")
        if name in WHOLE or (name in CASES and case and name in seen):
            item.add_marker(pytest.mark.long)
        seen.add(name)
