"""The activity log as the gateway reads it: what it asks for, and what it makes of events, whole or spoilt."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from console.azure import activity_log, computes
from console.azure.arm import ArmClient
from console.domain.activity import merge
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, sent, workspace

DAY = timedelta(days=1)


def test_what_is_asked_for() -> None:
    start, end = datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)
    request = activity_log.list_request("/subscriptions/s/resourceGroups/o'rg", start, end)
    assert request.path == "/subscriptions/s/providers/Microsoft.Insights/eventtypes/management/values"
    assert request.query["$filter"] == (
        "eventTimestamp ge '2026-11-01T08:00:00Z' and eventTimestamp le '2026-11-02T08:00:00Z' and resourceGroupName eq 'o''rg'"
    )
    with pytest.raises(ValueError, match="is not the ARM id"):
        activity_log.list_request("/subscriptions/s", start, end)


async def looked(arm: ArmClient, emulator: Emulator, span: timedelta = DAY) -> tuple[activity_log.Event, ...]:
    place = workspace(emulator)
    await computes.read(arm, place)  # the server's time is known from then on
    return (await activity_log.read(arm, place.group_id, span)).items


async def test_our_own_change_is_found_by_the_id_it_was_sent_with(fresh_emulator: Emulator) -> None:
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator))
    before = await looked(arm, fresh_emulator)
    target = f"{workspace(fresh_emulator).id}/computes/nb-grace"
    await arm.send(computes.stop(target), request_id="5a239734-3fbb-4ff7-b029-b0ebf22d3a19")
    fresh_emulator.control("POST", "clock", {"advance": 600})
    found = [event for event in await looked(arm, fresh_emulator) if event not in before]
    await arm.transport.close()
    assert [event.status for event in found] == ["Succeeded", "Accepted", "Started"]
    assert {event.client_request_id for event in found} >= {"5a239734-3fbb-4ff7-b029-b0ebf22d3a19"}
    (entry,) = merge([], found)
    assert (entry.what, entry.target_name, entry.result) == ("stop compute", "nb-grace", "done")
    assert all(event.submitted is not None and event.at is not None and event.submitted > event.at for event in found)


async def test_the_log_is_asked_no_further_back_than_it_is_kept(fresh_emulator: Emulator) -> None:
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator))
    found = await looked(arm, fresh_emulator, timedelta(days=4000))
    await arm.transport.close()
    assert len(found) > 10
    assert all(call["status"] == 200 for call in sent(fresh_emulator, "GET", "/values"))


async def test_a_failure_tells_why(fresh_emulator: Emulator) -> None:
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator))
    failed = [event for event in await looked(arm, fresh_emulator, timedelta(days=90)) if event.status == "Failed"]
    await arm.transport.close()
    assert any(event.message.startswith("ClusterMinNodesExceedCoreQuota: ") for event in failed)


@pytest.mark.parametrize("raw", [b"[]", b'{"eventTimestamp": 5}', b"nonsense", b'{"status": "Succeeded"}'])
def test_what_does_not_fit_is_a_row_that_says_so(raw: bytes) -> None:
    event = activity_log.decode(raw)
    assert event.fault and event.id.startswith("unreadable-")
    assert activity_log.decode(raw) == event, "the same row at every poll"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (json.dumps({"error": {"code": "Quota", "message": "none left"}}), "Quota: none left"),
        (json.dumps({"code": "Quota", "message": "none left"}), "Quota: none left"),
        ("plain words", "plain words"),
        ("key AccountKey=abcdefgh12345678==", "key AccountKey=•••"),
        (12345, "12345"),
        (None, ""),
    ],
)
def test_messages_are_read_in_every_form_and_without_secrets(told: object, shown: str) -> None:
    raw = json.dumps({"eventDataId": "e", "properties": {"statusMessage": told}}).encode()
    assert activity_log.decode(raw).message == shown


def test_an_event_without_anything_is_an_event() -> None:
    event = activity_log.decode(b"{}")
    assert not event.fault and event.id and event.at is None
