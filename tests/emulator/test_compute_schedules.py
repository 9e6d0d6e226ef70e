"""Start and stop schedules of an instance, changed as the console does it: the body that was read, put again with other schedules."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.emulator.schedules import next_cron, next_due, next_recurrence
from tests.emulator.test_computes import Computes, computes, error, instance

__all__ = ["computes"]
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
MORNING = {"action": "Start", "triggerType": "Cron", "cron": {"timeZone": "UTC", "expression": "0 9 * * MON-FRI"}}
NIGHTLY = {
    "action": "stop",
    "status": "enabled",
    "triggerType": "Recurrence",
    "recurrence": {"frequency": "day", "interval": 1, "schedule": {"hours": [20], "minutes": [30]}},
}


def planned(computes: Computes, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = computes.inner(name)["schedules"]["computeStartStop"]
    return found


def put(computes: Computes, name: str, *schedules: dict[str, Any], tags: Any = None) -> int:
    """Read the instance as it is, change its schedules and nothing else, put it back."""
    body = computes.send("GET", f"/{name}").json()
    body["properties"]["properties"]["schedules"] = {"computeStartStop": list(schedules)}
    if tags is not None:
        body["tags"] = tags
    return computes.send("PUT", f"/{name}", body).status


def settings(computes: Computes, name: str) -> dict[str, Any]:
    """Everything of the instance but its schedules and when it was changed."""
    body: dict[str, Any] = computes.send("GET", f"/{name}").json()
    del body["properties"]["modifiedOn"]
    body["properties"]["properties"].pop("schedules", None)
    return body


@pytest.mark.parametrize("name", ["nb-grace", "nb-mei", "nb-sofia"])
def test_a_round_trip_changes_the_schedules_and_nothing_else(computes: Computes, name: str) -> None:
    before = settings(computes, name)
    assert put(computes, name, MORNING, NIGHTLY) == 200
    assert settings(computes, name) == before
    first, second = planned(computes, name)
    assert (first["action"], first["status"], first["provisioningStatus"]) == ("Start", "Enabled", "Completed")
    assert first["cron"] == {"timeZone": "UTC", "expression": "0 9 * * MON-FRI"}
    assert (second["action"], second["recurrence"]["frequency"]) == ("Stop", "Day")
    assert first["id"] != second["id"]


def test_tags_and_identity_survive(computes: Computes) -> None:
    identity = {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/x/id": {}}}
    computes.send("PUT", "/nb-new", {**instance(), "tags": {"team": "risk"}, "identity": identity})
    computes.advance(400)
    endpoints = computes.inner("nb-new")["connectivityEndpoints"]
    assert put(computes, "nb-new", NIGHTLY) == 200
    found = computes.send("GET", "/nb-new").json()
    assert (found["tags"], found["identity"]) == ({"team": "risk"}, identity)
    assert found["properties"]["properties"]["connectivityEndpoints"] == endpoints


def test_what_only_the_service_tells_cannot_be_written(computes: Computes) -> None:
    body = computes.send("GET", "/nb-mei").json()
    forged = copy.deepcopy(body)
    inner = forged["properties"]["properties"]
    inner |= {"state": "Running", "errors": [{"error": {"code": "X", "message": "Y"}}], "versions": {"runtime": "9"}}
    inner |= {"connectivityEndpoints": {"publicIpAddress": "1.2.3.4"}, "lastOperation": None, "applications": []}
    inner["sshSettings"] = {**inner["sshSettings"], "sshPort": 22, "adminUserName": "root"}
    assert computes.send("PUT", "/nb-mei", forged).status == 200
    after = computes.inner("nb-mei")
    for name in ("state", "errors", "versions", "connectivityEndpoints", "lastOperation", "applications", "sshSettings"):
        assert after[name] == body["properties"]["properties"][name]


def test_a_schedule_keeps_its_id_and_a_new_one_gets_its_own(computes: Computes) -> None:
    put(computes, "nb-mei", MORNING, NIGHTLY)
    first, second = planned(computes, "nb-mei")
    put(computes, "nb-mei", {**second, "status": "Disabled"}, MORNING)
    kept, added = planned(computes, "nb-mei")
    assert (kept["id"], kept["status"]) == (second["id"], "Disabled")
    assert added["id"] not in (first["id"], second["id"])
    put(computes, "nb-mei", {**MORNING, "id": "my-own"}, {**MORNING, "id": kept["id"]}, {**MORNING, "id": kept["id"]})
    ids = [schedule["id"] for schedule in planned(computes, "nb-mei")]
    assert "my-own" not in ids and len(set(ids)) == 3 and kept["id"] in ids


def test_no_schedules_are_no_schedules(computes: Computes) -> None:
    assert planned(computes, "nb-sofia")
    assert put(computes, "nb-sofia") == 200
    assert planned(computes, "nb-sofia") == []


def test_leaving_them_out_leaves_them(computes: Computes) -> None:
    before = planned(computes, "nb-sofia")
    computes.send("PUT", "/nb-sofia", instance("Standard_DS11_v2", schedules=None))
    computes.send("PUT", "/nb-sofia", instance("Standard_DS11_v2"))
    assert planned(computes, "nb-sofia") == before


def test_they_start_and_stop_with_the_trigger_schedule(computes: Computes) -> None:
    put(computes, "nb-mei", MORNING, NIGHTLY)
    computes.advance(3600)
    told = computes.inner("nb-mei")
    assert (told["state"], told["lastOperation"]["operationTrigger"]) == ("Starting", "Schedule")
    # Its idle shutdown would stop it before the evening.
    computes.send("POST", "/nb-mei/updateIdleShutdownSetting", {})
    computes.advance(11.5 * 3600)
    told = computes.inner("nb-mei")
    assert (told["state"], told["lastOperation"]["operationName"], told["lastOperation"]["operationTrigger"]) == (
        "Stopping",
        "Stop",
        "Schedule",
    )


def test_disabled_ones_and_replaced_ones_do_nothing(computes: Computes) -> None:
    put(computes, "nb-mei", MORNING)
    put(computes, "nb-mei", {**MORNING, "status": "Disabled"})
    computes.advance(86400)
    assert computes.inner("nb-mei")["state"] == "Stopped"


RECURRENCE = NIGHTLY["recurrence"]


@pytest.mark.parametrize(
    "schedule",
    [
        "nightly",
        {},
        {**MORNING, "action": "Restart"},
        {**MORNING, "action": None},
        {**MORNING, "status": "Paused"},
        {**MORNING, "triggerType": "Sun"},
        {**MORNING, "cron": None},
        {**MORNING, "cron": {}},
        {**MORNING, "cron": {"expression": 5}},
        {**MORNING, "cron": {"expression": "0 9 * *"}},
        {**MORNING, "cron": {"expression": "0 25 * * *"}},
        {**MORNING, "cron": {"expression": "*/0 9 * * *"}},
        {**MORNING, "cron": {"expression": "0 9 * * FUN"}},
        {**MORNING, "cron": {"expression": "0 9 * * *", "startTime": "soon"}},
        {**NIGHTLY, "recurrence": "daily"},
        {**NIGHTLY, "recurrence": {**RECURRENCE, "frequency": "Year"}},
        {**NIGHTLY, "recurrence": {**RECURRENCE, "interval": 0}},
        {**NIGHTLY, "recurrence": {**RECURRENCE, "interval": None}},
        {**NIGHTLY, "recurrence": {**RECURRENCE, "schedule": None}},
        {**NIGHTLY, "recurrence": {**RECURRENCE, "schedule": {"hours": [24], "minutes": [0]}}},
        {**NIGHTLY, "recurrence": {**RECURRENCE, "schedule": {"hours": [8], "minutes": "0"}}},
        {**NIGHTLY, "recurrence": {**RECURRENCE, "schedule": {"hours": [8], "minutes": [0], "weekDays": ["Funday"]}}},
    ],
)
def test_a_schedule_that_is_none_is_refused_and_changes_nothing(computes: Computes, schedule: Any) -> None:
    before = computes.send("GET", "").json()
    body = instance("Standard_NC6s_v3", schedules={"computeStartStop": [schedule]})
    assert error(computes.send("PUT", "/nb-mei", body)) == (400, "UserError")
    assert computes.send("GET", "").json() == before


def test_four_at_most(computes: Computes) -> None:
    assert put(computes, "nb-mei", *[MORNING] * 4) == 200
    assert len({schedule["id"] for schedule in planned(computes, "nb-mei")}) == 4
    assert put(computes, "nb-mei", *[MORNING] * 5) == 400


def at(day: int, hour: int = 0, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def pattern(**told: Any) -> dict[str, Any]:
    return {"hours": [7], "minutes": [30], **told}


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        ({"frequency": "Day", "interval": 1, "schedule": pattern()}, at(3, 7, 30)),
        ({"frequency": "Day", "interval": 2, "startTime": "2026-11-01T00:00:00", "schedule": pattern()}, at(3, 7, 30)),
        ({"frequency": "Day", "interval": 2, "startTime": "2026-11-02T00:00:00", "schedule": pattern()}, at(4, 7, 30)),
        ({"frequency": "Week", "interval": 2, "startTime": "2026-10-28T00:00:00", "schedule": pattern(weekDays=["Monday"])}, at(9, 7, 30)),
        ({"frequency": "Month", "interval": 1, "schedule": pattern(monthDays=[15])}, at(15, 7, 30)),
        ({"frequency": "Month", "interval": 1, "startTime": "2026-10-01T00:00:00", "schedule": pattern()}, at(1, 7, 30, 12)),
        ({"frequency": "Hour", "interval": 3, "startTime": "2026-11-02T00:00:00"}, at(2, 9)),
        ({"frequency": "Minute", "interval": 45, "startTime": "2026-11-02T08:00:00"}, at(2, 8, 45)),
    ],
)
def test_recurrences(recurrence: dict[str, Any], expected: datetime) -> None:
    assert next_recurrence(recurrence, NOW) == expected


def test_nothing_is_due_before_the_start_time() -> None:
    begins = "2026-12-01T09:00:00"
    cron = {"triggerType": "Cron", "cron": {"expression": "0 9 * * *", "startTime": begins}}
    assert next_due(cron, NOW) == at(1, 9, month=12)
    assert next_due({"triggerType": "Recurrence", "recurrence": {"frequency": "Hour", "interval": 5, "startTime": begins}}, NOW) == at(
        1, 9, month=12
    )


def test_cron_knows_names() -> None:
    assert next_cron("0 9 * * WED", NOW) == at(4, 9)
    assert next_cron("0 9 1 jan *", NOW) == datetime(2027, 1, 1, 9, tzinfo=UTC)
    friday = next_cron("0 7 * * MON-FRI", NOW + timedelta(days=4))
    assert friday == at(9, 7)
