"""The activity: operations in words, and one entry for each change from everything that tells of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.domain.activity import Entry, Event, Origin, kind_of, merge, words

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
STOP = "Microsoft.MachineLearningServices/workspaces/computes/stop/action"
TARGET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/nb"


def event(status: str = "Succeeded", seconds: float = 0, **more: Any) -> Event:
    given: dict[str, Any] = {"correlation_id": "c", "operation": STOP, "resource_id": TARGET, "who": "ada@contoso.com", **more}
    return Event(id=f"{given['correlation_id']}-{status}", status=status, at=NOW + timedelta(seconds=seconds), **given)


def own(request_id: str = "mine", origin: Origin = Origin.HERE, **more: Any) -> Entry:
    given: dict[str, Any] = {"what": "stop compute", "result": "running", "at": NOW, "target_id": TARGET, **more}
    return Entry(key=request_id, origin=origin, request_id=request_id, **given)


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        (STOP, "stop compute"),
        ("Microsoft.MachineLearningServices/workspaces/computes/write", "write compute"),
        ("Microsoft.Authorization/roleAssignments/delete", "delete role assignment"),
        ("Microsoft.Storage/storageAccounts/listKeys/action", "list keys storage account"),
        ("Microsoft.Authorization/policies/audit/action", "audit policy"),
        ("Microsoft.Quota/register/action", "register Microsoft.Quota"),
        ("nothing of ARM", "nothing of ARM"),
        ("", ""),
    ],
)
def test_operations_in_words(operation: str, told: str) -> None:
    assert words(operation) == told


def test_the_kind_of_a_target() -> None:
    assert (kind_of(TARGET), kind_of(""), kind_of("nb")) == ("compute", "", "")


def test_events_of_one_request_are_one_entry_with_its_last_stage() -> None:
    stages = [event("Succeeded", 90), event("Started", client_request_id="theirs"), event("Accepted")]
    (entry,) = merge([], stages)
    assert [each.status for each in entry.events] == ["Started", "Accepted", "Succeeded"]
    assert (entry.what, entry.result, entry.at, entry.who) == ("stop compute", "done", NOW, "ada@contoso.com")
    assert (entry.target_name, entry.request_id, entry.origin) == ("nb", "theirs", Origin.AZURE)


def test_one_correlation_id_may_tie_several_changes() -> None:
    other = event(resource_id=f"{TARGET}2")
    assert {entry.target_name for entry in merge([], [event(), other])} == {"nb", "nb2"}


def test_a_change_of_ones_own_and_its_events_are_one() -> None:
    stages = [event("Started", client_request_id="MINE"), event("Succeeded", 60)]
    (entry,) = merge([own()], stages)
    assert (entry.origin, entry.result, entry.key) == (Origin.HERE, "running", "mine")
    assert [each.status for each in entry.events] == ["Started", "Succeeded"]
    # Without the id that it was sent with nothing ties them: nobody guesses.
    assert len(merge([own()], [event(), event("Started")])) == 2


def test_the_session_knows_better_than_its_journal() -> None:
    (entry,) = merge([own(result="done"), own(origin=Origin.JOURNAL, result="unknown")], [])
    assert (entry.origin, entry.result) == (Origin.HERE, "done")


def test_the_newest_comes_first_and_what_has_no_time_last() -> None:
    timeless = Event(id="x", fault="no object")
    found = merge([own(at=NOW - timedelta(days=1))], [event(), timeless])
    assert [entry.target_name or entry.what for entry in found] == ["nb", "stop compute", "unreadable"]


@pytest.mark.parametrize(("status", "told"), [("Failed", "failed"), ("Accepted", "accepted"), ("Quiescing", "Quiescing"), ("", "?")])
def test_results_keep_azures_word_where_it_is_not_known(status: str, told: str) -> None:
    assert merge([], [event(status)])[0].result == told


def test_calls_that_only_read_are_left_out_but_reveals_are_not() -> None:
    nodes = event(operation="Microsoft.MachineLearningServices/workspaces/computes/listNodes/action", correlation_id="d")
    keys = event(operation="Microsoft.Storage/storageAccounts/listKeys/action", correlation_id="e")
    assert [entry.what for entry in merge([], [nodes, keys])] == ["list keys storage account"]


def test_a_change_is_known_when_the_log_took_it_in() -> None:
    late = NOW + timedelta(minutes=4)
    assert merge([], [event(submitted=late)])[0].known_at == late
    assert own().known_at == NOW
