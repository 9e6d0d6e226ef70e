"""Schedules in the time zones that Azure's clients name."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from console.emulator.schedules import next_due
from console.emulator.time_zones import PLACES, zone


def cron(expression: str, name: str) -> dict[str, Any]:
    return {"triggerType": "Cron", "cron": {"timeZone": name, "expression": expression}}


@pytest.mark.parametrize(
    ("name", "month", "hour"),
    [
        ("W. Europe Standard Time", 1, 18),
        ("w. europe standard time", 7, 17),
        ("India Standard Time", 7, 13),
        ("Pacific Standard Time", 7, 2),
        ("UTC", 7, 19),
        ("No Such Standard Time", 7, 19),
        ("", 7, 19),
    ],
)
def test_seven_in_the_evening(name: str, month: int, hour: int) -> None:
    due = next_due(cron("0 19 * * *", name), datetime(2026, month, 10, tzinfo=UTC))
    assert due is not None and due.tzinfo is UTC and due.hour == hour


def test_the_nights_on_which_clocks_change() -> None:
    def nights(month: int, day: int) -> list[str]:
        moment, found = datetime(2026, month, day, 12, tzinfo=UTC), []
        for _ in range(3):
            due = next_due(cron("30 2 * * *", "Romance Standard Time"), moment)
            assert due is not None and due > moment
            found.append(f"{due:%d %H:%M}")
            moment = due
        return found

    # In spring there is no half past two; in autumn there are two, and the first one counts.
    assert nights(3, 28) == ["29 01:30", "30 00:30", "31 00:30"]
    assert nights(10, 24) == ["25 00:30", "26 01:30", "27 01:30"]


def test_recurrences_are_in_their_time_zone_but_hours_go_on() -> None:
    daily = {"frequency": "Day", "interval": 1, "timeZone": "Tokyo Standard Time", "schedule": {"hours": [9], "minutes": [0]}}
    assert next_due({"triggerType": "Recurrence", "recurrence": daily}, datetime(2026, 7, 1, 1, tzinfo=UTC)) == datetime(
        2026, 7, 2, 0, 0, tzinfo=UTC
    )
    hourly = {"frequency": "Hour", "interval": 6, "timeZone": "GMT Standard Time", "startTime": "2026-03-28T18:00:00"}
    assert next_due({"triggerType": "Recurrence", "recurrence": hourly}, datetime(2026, 3, 29, 7, tzinfo=UTC)) == datetime(
        2026, 3, 29, 12, 0, tzinfo=UTC
    )


def test_every_place_is_in_the_systems_database() -> None:
    assert all(zone(name) is not UTC for name in PLACES)


def test_the_names_are_those_of_azures_client() -> None:
    code = "from azure.ai.ml.constants import TimeZone; print(*(each.value for each in TimeZone), sep='\\n')"
    told = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert set(PLACES) <= {name.lower() for name in told.stdout.splitlines()}
