"""Until: how people say until when something is good: a date, or so many days from now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DAYS = re.compile(r"\+(\d{1,4})d?")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?")
HELP = "2027-01-31, 2027-01-31 18:00 (UTC), or +90d; empty: nobody said."


def parse(text: str, now: datetime) -> datetime | None:
    """The moment (UTC) that a text means; None for an empty one. A date means its first minute. Raises ValueError with the reason."""
    written = text.strip()
    if not written:
        return None
    if found := _DAYS.fullmatch(written):
        return (now + timedelta(days=int(found[1]))).replace(second=0, microsecond=0)
    if (found := _DATE.fullmatch(written)) is None:
        raise ValueError("a date such as 2027-01-31, or days such as +90d")
    try:
        year, month, day, hour, minute = (int(part or 0) for part in found.groups())
        moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"there is no such date: {error}") from error
    if moment <= now:
        raise ValueError("that is past")
    return moment


def fault(text: str, now: datetime) -> str:
    """What is wrong with a text ("" when nothing is)."""
    try:
        parse(text, now)
    except ValueError as error:
        return str(error)
    return ""
