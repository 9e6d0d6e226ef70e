"""Periods over which is told what ran: today, the last seven days, the month so far, the month before; days are those of UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)


class Period(StrEnum):
    """Each ends now, but for the month before."""

    TODAY = "today"
    WEEK = "7 d"
    MONTH = "month"
    LAST_MONTH = "last month"

    def start(self, now: datetime) -> datetime:
        """Its beginning (UTC): a midnight. Of WEEK that of the day six days ago, so that today is the seventh."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if self is Period.MONTH:
            return midnight.replace(day=1)
        if self is Period.LAST_MONTH:
            return (midnight.replace(day=1) - _DAY).replace(day=1)
        return midnight - 6 * _DAY if self is Period.WEEK else midnight

    def end(self, now: datetime) -> datetime:
        """Its end (UTC): now, or the midnight that the month before ended with."""
        return Period.MONTH.start(now) if self is Period.LAST_MONTH else now
