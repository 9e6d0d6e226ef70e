"""Snooze: a finding that somebody accepts for a while, with who, why and until when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec

#: What is proposed when nobody says for how long.
DEFAULT = "7d"
#: Whatever is accepted for longer than this is a rule for the rules, not for a snooze.
LONGEST = timedelta(days=1830)
SPAN = re.compile(r"^(\d{1,6})\s*([hdw])$", re.IGNORECASE)
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
EXPECTED = "expected is a span like 12h, 7d or 2w, or a day like 2026-12-24"


class Snooze(msgspec.Struct, frozen=True, kw_only=True):
    """One finding (its id) accepted by `who` for `reason`, from `since` until `until` (UTC)."""

    finding: str
    who: str
    reason: str
    since: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it is still in force: it wakes up at the moment `until`."""
        return now < self.until


def parse_until(text: str, now: datetime) -> datetime:
    """When a snooze ends: `7d` from now, or the beginning of a day in UTC. Raises ValueError with a sentence on what is wrong."""
    told = text.strip()
    span = SPAN.match(told)
    if span is not None:
        length = int(span[1]) * UNITS[span[2].lower()]
        if not length:
            raise ValueError(f"{told} is no time at all; {EXPECTED}")
        if length > LONGEST:
            raise ValueError(f"{told} is more than five years; nobody will remember why")
        return now + length
    try:
        day = datetime.strptime(told, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{repr(told) if told else 'nothing'} is no time; {EXPECTED}") from None
    if day <= now:
        raise ValueError(f"{told} has begun already (it is {now:%Y-%m-%d %H:%M} UTC)")
    if day - now > LONGEST:
        raise ValueError(f"{told} is more than five years away; nobody will remember why")
    return day
