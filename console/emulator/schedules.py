"""Start and stop schedules of compute instances: when a cron expression or a recurrence is due next, and doing it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from console.emulator.clock import Clock
from console.emulator.estate import Compute, Estate
from console.emulator.lifecycle import start, stop
from console.emulator.time_zones import zone

WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HORIZON_DAYS = 366
_NAMES = {"SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6}
_NAMES |= {"JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6, "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12}


def _numbers(field: str, low: int, high: int) -> set[int]:
    """What one field of a cron expression stands for: `*`, `*/n`, numbers or English names, ranges, and lists of them."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = low if span == "*" else _number(first)
        end = high if span == "*" or (step and not last) else _number(last or first)
        if not low <= begin <= end <= high or int(step or 1) < 1:
            raise ValueError(f"{field!r} is outside {low}-{high}.")
        found.update(range(begin, end + 1, int(step or 1)))
    return found


def _number(word: str) -> int:
    found = _NAMES.get(word.upper())
    return int(word) if found is None else found


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
    """The first moment after `after` that a recurrence names, or None within a year. Its interval counts from its start time."""
    frequency, interval = recurrence.get("frequency"), int(recurrence.get("interval") or 1)
    anchor = _start(recurrence) or datetime(2001, 1, 1, tzinfo=UTC)
    pattern = recurrence.get("schedule") or {}
    if frequency in ("Minute", "Hour"):
        anchor, after = anchor.astimezone(UTC), after.astimezone(UTC)  # what is so long apart stays so when clocks change
        step = timedelta(minutes=interval if frequency == "Minute" else interval * 60)
        return anchor + step * max(0, (after - anchor) // step + 1)
    hours, minutes = sorted(pattern.get("hours") or (0,)), sorted(pattern.get("minutes") or (0,))
    for offset in range(HORIZON_DAYS):
        day = (after + timedelta(days=offset)).replace(hour=0, minute=0, second=0, microsecond=0)
        if _recurs(str(frequency), interval, pattern, anchor, day):
            for moment in (day.replace(hour=hour, minute=minute) for hour in hours for minute in minutes):
                if moment > after:
                    return moment
    return None


def _recurs(frequency: str, interval: int, pattern: dict[str, Any], anchor: datetime, day: datetime) -> bool:
    """Whether a recurrence by days, weeks or months has something to do on a day."""
    apart = day.toordinal() - anchor.toordinal()
    if frequency == "Week":
        weeks = (apart + anchor.weekday()) // 7
        return weeks % interval == 0 and WEEK_DAYS[day.weekday()] in (pattern.get("weekDays") or WEEK_DAYS)
    if frequency == "Month":
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        return months % interval == 0 and day.day in (pattern.get("monthDays") or (anchor.day,))
    return frequency == "Day" and apart % interval == 0 and WEEK_DAYS[day.weekday()] in (pattern.get("weekDays") or WEEK_DAYS)


def _start(trigger: dict[str, Any]) -> datetime | None:
    """When a trigger begins to count, yyyy-MM-ddTHH:mm:ss in its own time zone."""
    told = trigger.get("startTime")
    return None if not told else datetime.fromisoformat(str(told)).replace(tzinfo=zone(str(trigger.get("timeZone") or "")))


def next_due(schedule: dict[str, Any], after: datetime) -> datetime | None:
    """When a start/stop schedule acts next, in UTC; None if it is disabled or never does. Its times are those of its time zone."""
    if schedule.get("status") == "Disabled":
        return None
    cron = schedule.get("triggerType") == "Cron"
    trigger = schedule["cron"] if cron else schedule.get("recurrence") or {}
    begins = _start(trigger)
    if begins is not None and begins > after:
        # The moment that it begins at counts as well.
        after = begins - timedelta(seconds=1)
    after = after.astimezone(zone(str(trigger.get("timeZone") or "")))
    due = next_cron(trigger["expression"], after) if cron else next_recurrence(trigger, after)
    return due.astimezone(UTC) if due is not None else None


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
        if schedule.get("action") == "Stop" and compute.state == "Running" and not compute.disk_full:
            stop(clock, compute, lambda: None, trigger="Schedule")
        elif schedule.get("action") == "Start" and compute.state == "Stopped":
            start(clock, compute, lambda: None, trigger="Schedule")
        _arrange(estate, clock, compute, schedules, schedule)

    clock.at(due, act)
