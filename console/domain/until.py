"""Until: how people say until when something is good: a day, a moment of one, or so long from now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from console.domain import durations

_DAYS = re.compile(r"\d{1,6}", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?", re.ASCII)
FORMS = "2027-01-31, 2027-01-31 18:00 (UTC), or +90d"
HELP = f"{FORMS}; empty: nobody said."


def parse(text: str, now: datetime) -> datetime | None:
    """The moment (UTC) that a text means; None for an empty one. Raises ValueError with the reason, also for one that is past.

    A day means its first minute. After a plus stands a length (`90d`, `12h`, `PT1H`); a bare number there counts days.
    """
    written = text.strip()
    if not written:
        return None
    moment = _ahead(written[1:].strip(), now) if written.startswith("+") else _on(written)
    if moment <= now:
        raise ValueError("that is past")
    return moment


def fault(text: str, now: datetime, *, needed: bool = False) -> str:
    """What is wrong with a text ("" when nothing is); where one is `needed`, an empty one is wrong too."""
    try:
        found = parse(text, now)
    except ValueError as error:
        return str(error)
    return f"needed: {FORMS}" if needed and found is None else ""


def meant(text: str, now: datetime) -> datetime | None:
    """The moment (UTC) that a text means; None for an empty one, and for one that means none."""
    try:
        return parse(text, now)
    except ValueError:
        return None


def _ahead(written: str, now: datetime) -> datetime:
    length = timedelta(days=int(written)) if _DAYS.fullmatch(written) else durations.typed(written)
    if length is None:
        raise ValueError(FORMS)
    try:
        return (now + length).replace(microsecond=0)
    except OverflowError:
        raise ValueError("that is beyond the year 9999") from None


def _on(written: str) -> datetime:
    if (found := _DATE.fullmatch(written)) is None:
        raise ValueError(FORMS)
    try:
        year, month, day, hour, minute = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"there is no such date: {error}") from error
