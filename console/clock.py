"""The server's time: ages, days and expiry follow Azure's clock (the Date header), never this machine's."""

from __future__ import annotations

import math
import re
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)

# A Date header is cut to the second, so closer observations say nothing of the rate.
_SPACING_S = 1.0
_KEPT = 16
_PAIRS_NEEDED = 3
_TOLERANCE = 0.05
_FASTEST = 10_000.0

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEPS = (
    (15, "15s"),
    (30, "30s"),
    (_MINUTE, "1m"),
    (2 * _MINUTE, "2m"),
    (5 * _MINUTE, "5m"),
    (10 * _MINUTE, "10m"),
    (15 * _MINUTE, "15m"),
    (30 * _MINUTE, "30m"),
    (_HOUR, "1h"),
    (2 * _HOUR, "2h"),
    (4 * _HOUR, "4h"),
    (8 * _HOUR, "8h"),
    (12 * _HOUR, "12h"),
)


class _Seen(NamedTuple):
    monotonic: float
    server: float


def http_date(header: str | None) -> datetime | None:
    """The instant that a Date header tells, in UTC; None where it is missing or malformed."""
    found = _HTTP_DATE.fullmatch(header.strip()) if header else None
    if found is None or found[2] not in _MONTHS:
        return None
    try:
        return datetime(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]), int(found[4]), int(found[5]), int(found[6]), tzinfo=UTC)
    except ValueError:
        return None


class ServerClock:
    """Tells the time of one server, and how far other hosts are from this machine.

    The first host heard from sets the time. Between answers it runs on the local monotonic clock, at the rate at which the
    server's own clock was seen to run: 1 on Azure, more (or 0) on an emulator with a speed. Before any answer it is this
    machine's UTC clock.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._host: str | None = None
        self._base: _Seen | None = None
        self._rate = 1.0
        self._history: deque[_Seen] = deque(maxlen=_KEPT)
        self._skews: dict[str, timedelta] = {}

    @property
    def rate(self) -> float:
        """Server seconds per local second."""
        return self._rate

    def observe(self, host: str, date_header: str | None, received_monotonic: float) -> None:
        """Learn from one answer of `host`, received at `received_monotonic`; a missing or malformed header is ignored."""
        told = http_date(date_header)
        if told is None:
            return
        server = told.timestamp()
        local = self._wall() - (self._monotonic() - received_monotonic)
        self._skews[host] = timedelta(seconds=server - local)
        if self._host is None:
            self._host = host
        if host == self._host and (self._base is None or received_monotonic >= self._base.monotonic):
            self._follow(_Seen(received_monotonic, server))

    def now(self) -> datetime:
        """The server's time, in UTC."""
        if self._base is None:
            return datetime.fromtimestamp(self._wall(), UTC)
        return datetime.fromtimestamp(self._at(self._monotonic()), UTC)

    def skew(self, host: str) -> timedelta | None:
        """How far the clock of `host` was ahead of this machine's when it last answered; None if it never told."""
        return self._skews.get(host)

    def age(self, then: datetime) -> timedelta:
        """How long ago `then` was on the server's clock; a time without a zone is UTC. Negative when it is yet to come."""
        return self.now() - (then if then.tzinfo else then.replace(tzinfo=UTC))

    def _at(self, monotonic: float) -> float:
        assert self._base is not None
        return self._base.server + (monotonic - self._base.monotonic) * self._rate

    def _follow(self, seen: _Seen) -> None:
        # The header is cut to the second: while the prediction fits that second it is the better figure, and nothing jitters.
        predicted = self._at(seen.monotonic) if self._base else seen.server
        self._base = _Seen(seen.monotonic, min(max(predicted, seen.server), seen.server + 0.999))
        if not self._history or seen.monotonic - self._history[-1].monotonic >= _SPACING_S:
            self._history.append(seen)
            self._rate = _rate_of(self._history)


def _rate_of(history: deque[_Seen]) -> float:
    """The server's seconds per local second, as far as the headers prove it; 1.0 unless they exclude it.

    The median of the slopes picks those that agree, so that one jump of the clock (an advanced emulator, a laptop's sleep)
    does not pass for a speed.
    """
    steps = [(after.monotonic - before.monotonic, after.server - before.server) for before, after in pairwise(history)]
    if len(steps) < _PAIRS_NEEDED:
        return 1.0
    median = sorted(gained / passed for passed, gained in steps)[len(steps) // 2]
    agreeing = [(passed, gained) for passed, gained in steps if abs(gained - median * passed) <= 1.0 + abs(median) * passed * _TOLERANCE]
    passed = sum(each[0] for each in agreeing)
    slope = sum(each[1] for each in agreeing) / passed
    if abs(slope - 1.0) <= max(_TOLERANCE, 2.0 / passed):
        return 1.0
    return min(max(slope, 0.0), _FASTEST)


def step(age_seconds: float) -> str:
    """An age in steps ("now", "15s", "30s", "1m", "2m" … "12h", "1d", "2d" …), so that an unchanged screen sends nothing.

    "?" where the age is not a number; an age from the future is "now".
    """
    if not math.isfinite(age_seconds):
        return "?"
    if age_seconds >= _DAY:
        return f"{int(age_seconds // _DAY)}d"
    name = "now"
    for at_least, label in _STEPS:
        if age_seconds < at_least:
            break
        name = label
    return name
