"""Start and stop schedules of compute instances: when a cron expression or a recurrence is due next, and doing it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from console.emulator.clock import Clock
from console.emulator.estate import Compute, Estate
from console.emulator.lifecycle import start, stop

WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HORIZON_DAYS = 366


def _numbers(field: str, low: int, high: int) -> set[int]:
    """What one field of a cron expression stands for: `*`, `*/n`, numbers, ranges, and lists of them."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = low if span == "*" else int(first)
        end = high if span == "*" or (step and not last) else int(last or first)
        if not low <= begin <= end <= high:
            raise ValueError(f"{field!r} is outside {low}-{high}.")
        found.update(range(begin, end + 1, int(step or 1)))
    return found


def next_cron(expression: str, after: datetime) -> datetime | None:
    """The first moment after `after` that a five-field cron expression names, or None within a year."""
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(f"{expression!r} has {len(fields)} fields instead of 5.")
    minutes, hours = _numbers(fields[0], 0, 59), _numbers(fields[1], 0, 23)
    days, months, week_days = _numbers(fields[2], 1, 31), _numbers(fields[3], 1, 12), _numbers(fields[4], 0, 7)
    week_days = {day % 7 for day in week_days}
    for offset in range(HORIZON_DAYS):
        day = (after + timedelta(days=offset)).replace(hour=0, minute=0, second=0, microsecond=0)
        if day.day in days and day.month in months and day.isoweekday() % 7 in week_days:
            for moment in (day.replace(hour=hour, minute=minute) for hour in sorted(hours) for minute in sorted(minutes)):
                if moment > after:
                    return moment
    return None


def next_recurrence(recurrence: dict[str, Any], after: datetime) -> datetime | None:
    """The first moment after `after` of a Day or Week recurrence with a schedule of hours and minutes; None for other frequencies."""
    if recurrence.get("frequency") not in ("Day", "Week"):
        return None
    schedule = recurrence.get("schedule") or {}
    hours, minutes = sorted(schedule.get("hours") or (0,)), sorted(schedule.get("minutes") or (0,))
    names = schedule.get("weekDays") or WEEK_DAYS
    for offset in range(15):
        day = (after + timedelta(days=offset)).replace(hour=0, minute=0, second=0, microsecond=0)
        if WEEK_DAYS[day.weekday()] in names:
            for moment in (day.replace(hour=hour, minute=minute) for hour in hours for minute in minutes):
                if moment > after:
                    return moment
    return None


def next_due(schedule: dict[str, Any], after: datetime) -> datetime | None:
    """When a start/stop schedule acts next, taking its times as UTC; None if it is disabled or never does."""
    if schedule.get("status") == "Disabled":
        return None
    if schedule.get("triggerType") == "Cron":
        return next_cron(schedule["cron"]["expression"], after)
    return next_recurrence(schedule.get("recurrence") or {}, after)


def keep_schedules(estate: Estate, clock: Clock, compute: Compute) -> None:
    """Act on the compute's schedules from now on, for as long as it has these very ones."""
    schedules = compute.properties.get("schedules")
    for schedule in (schedules or {}).get("computeStartStop") or ():
        _arrange(estate, clock, compute, schedules, schedule)


def _arrange(estate: Estate, clock: Clock, compute: Compute, schedules: Any, schedule: dict[str, Any]) -> None:
    due = next_due(schedule, clock.now())
    if due is None:
        return

    def act() -> None:
        if estate.computes.get(compute.id.lower()) is not compute or compute.properties.get("schedules") is not schedules:
            return
        if schedule.get("action") == "Stop" and compute.state == "Running":
            stop(clock, compute, lambda: None, trigger="Schedule")
        elif schedule.get("action") == "Start" and compute.state == "Stopped":
            start(clock, compute, lambda: None, trigger="Schedule")
        _arrange(estate, clock, compute, schedules, schedule)

    clock.at(due, act)
