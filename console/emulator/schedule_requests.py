"""Start and stop schedules as a PUT on an instance asks for them: checked, in the schema's own words, with their ids."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from console.emulator.schedules import WEEK_DAYS, next_due

MOST = 4
ACTIONS = ("Start", "Stop")
STATUSES = ("Enabled", "Disabled")
FREQUENCIES = ("Minute", "Hour", "Day", "Week", "Month")


class InvalidScheduleError(Exception):
    """A schedule that cannot be kept; the message is the sentence that is answered."""


def checked(asked: object, known: Sequence[Mapping[str, Any]], compute_id: str) -> list[dict[str, Any]]:
    """The schedules of an instance as they will be shown. A schedule keeps its id when it comes with one of `known`; others get one.

    Raises InvalidScheduleError.
    """
    if not isinstance(asked, list) or len(asked) > MOST:
        raise InvalidScheduleError(f"A compute instance can have {MOST} schedules at most.")
    free = {schedule["id"] for schedule in known}
    found = []
    for number, schedule in enumerate(asked):
        if not isinstance(schedule, dict):
            raise InvalidScheduleError("A schedule must be an object.")
        identifier = schedule.get("id")
        if identifier in free:
            free.remove(identifier)
        else:
            # What Azure's ids look like has not been seen.
            identifier = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{compute_id} {number} {schedule} {sorted(free)}"))
        found.append({"id": identifier, "provisioningStatus": "Completed", **_checked(schedule)})
    return found


def _checked(schedule: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "status": _one_of(STATUSES, schedule.get("status") or "Enabled", "status"),
        "action": _one_of(ACTIONS, schedule.get("action"), "action"),
        "triggerType": _one_of(("Cron", "Recurrence"), schedule.get("triggerType"), "triggerType"),
    }
    name = "cron" if kept["triggerType"] == "Cron" else "recurrence"
    trigger = schedule.get(name)
    if not isinstance(trigger, dict):
        raise InvalidScheduleError(f"A schedule of trigger type {kept['triggerType']} must have '{name}'.")
    kept[name] = {"timeZone": "UTC", **{key: value for key, value in trigger.items() if value is not None}}
    if name == "recurrence":
        kept[name] = _recurrence(kept[name])
    try:
        next_due({**kept, "status": "Enabled"}, datetime(2000, 1, 1, tzinfo=UTC))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidScheduleError(f"A schedule cannot be understood: {error}") from None
    return kept


def _recurrence(asked: dict[str, Any]) -> dict[str, Any]:
    kept = {**asked, "frequency": _one_of(FREQUENCIES, asked.get("frequency"), "frequency")}
    interval = asked.get("interval")
    if type(interval) is not int or interval < 1:
        raise InvalidScheduleError(f"A recurrence needs an interval of 1 or more, not {interval!r}.")
    pattern = asked.get("schedule")
    if pattern is None:
        if kept["frequency"] not in ("Minute", "Hour"):
            raise InvalidScheduleError(f"A recurrence by {kept['frequency']} must have 'schedule' with hours and minutes.")
        return kept
    if not isinstance(pattern, dict):
        raise InvalidScheduleError("The schedule of a recurrence must be an object.")
    for name, low, high in (("hours", 0, 23), ("minutes", 0, 59), ("monthDays", 1, 31)):
        numbers = pattern.get(name) or []
        if not isinstance(numbers, list) or any(type(number) is not int or not low <= number <= high for number in numbers):
            raise InvalidScheduleError(f"The {name} of a recurrence must be whole numbers from {low} to {high}.")
    days = pattern.get("weekDays")
    if isinstance(days, list):
        pattern = {**pattern, "weekDays": [_one_of(WEEK_DAYS, day, "weekDays") for day in days]}
    return {**kept, "schedule": pattern}


def _one_of(words: Sequence[str], asked: object, name: str) -> str:
    """The word in the schema's own case; Microsoft's clients write some in lower case."""
    for word in words:
        if isinstance(asked, str) and asked.lower() == word.lower():
            return word
    raise InvalidScheduleError(f"The {name} of a schedule is one of {', '.join(words)}, not {asked!r}.")
