"""The allowance: how many query units the console has used of those that it may, and until when Azure wants to hear of none."""

from __future__ import annotations

import time
from collections import deque
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from console.clock import ServerClock
from console.domain.billing.allowance import QueryAllowance
from console.domain.trouble import Kind, Trouble

HOUR = timedelta(hours=1)
#: After a refusal that names no wait (reports of exporters of costs: shorter ones are refused again).
UNSAID_WAIT_S = 60.0
#: The code of the trouble that the console's own cap is reached.
CAPPED = "QueryCap"
#: The windows in which Azure counts units, in seconds (real ones), by its words for them.
WINDOWS = {"QueriesPer10Sec": 10.0, "QueriesPerMin": 60.0}


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Query units: `spent` by this console in the last hour of at most `cap`; `left` of the tenant's hour as Azure said last (None: never).

    `waiting_until` (UTC, the server's clock) is when Cost Management may be asked again; None: now. `questions` and `pages` were asked
    since the start, `asking` are under way.
    """

    cap: int
    spent: Decimal
    left: int | None
    waiting_until: datetime | None
    questions: int
    pages: int
    asking: int


class Allowance:
    """Counts what is used, and tells when there is to be a wait. `cap` is the most units in an hour."""

    def __init__(self, clock: ServerClock, cap: int) -> None:
        self.cap = cap
        self.last = QueryAllowance()
        self._clock = clock
        self._spent: deque[tuple[datetime, Decimal]] = deque()
        self._held_until = 0.0
        self._told_at = 0.0
        self._under_way = 0

    @property
    def spent(self) -> Decimal:
        """Units used in the last hour of the server's time."""
        since = self._clock.now() - HOUR
        while self._spent and self._spent[0][0] <= since:
            self._spent.popleft()
        return sum((units for _, units in self._spent), Decimal(0))

    @property
    def waiting_until(self) -> datetime | None:
        left = self._held_until - time.monotonic()
        return self._clock.now() + timedelta(seconds=left) if left > 0 else None

    def asking(self, expected: int) -> None:
        """A question is sent; `answered` or `failed` ends it."""
        self._under_way += expected

    def failed(self, expected: int) -> None:
        self._under_way -= expected

    def answered(self, told: QueryAllowance, expected: int) -> None:
        """An answer came; where it does not tell what it cost, `expected` units are counted."""
        self._under_way -= expected
        units = Decimal(expected) if told.consumed is None else told.consumed
        self._spent.append((self._clock.now(), units))
        if told.units or told.requests:
            self.last, self._told_at = told, time.monotonic()

    def gap(self, expected: int) -> float:
        """Seconds until Azure has so many units again, by what it said was left: to ask before would only be refused."""
        age = time.monotonic() - self._told_at
        short = (
            seconds - age
            for window, seconds in WINDOWS.items()
            if age < seconds and self.last.units.get(window, expected + self._under_way) - self._under_way < expected
        )
        return max(short, default=0.0)

    def hold(self, wait: float | None) -> None:
        """Ask nothing for so many seconds (None: Azure refuses, and does not say how long)."""
        self._held_until = max(self._held_until, time.monotonic() + (UNSAID_WAIT_S if wait is None else wait))

    def forget_wait(self) -> None:
        """Somebody else asks, perhaps of another tenant; what was used stays counted."""
        self._held_until = 0.0
        self.last = QueryAllowance()

    def trouble(self, expected: int) -> Trouble | None:
        """Why a question that costs so many units is not asked now; None where it is."""
        held = self._held_until - time.monotonic()
        if held > 0:
            sentence = f"Cost Management wants no question for {held:.0f} s: the tenant's allowance of queries is used up for now."
            return Trouble(Kind.THROTTLED, sentence, "429", status=429, at=self._clock.now(), retry_after=held)
        spent = self.spent
        if not self._spent or spent + expected <= self.cap:
            return None
        wait = max(1.0, (self._spent[0][0] + HOUR - self._clock.now()).total_seconds())
        sentence = (
            f"{spent.normalize():f} of the {self.cap} query units were used that the console may use in an hour (qpu_per_hour in [cost] of "
            f"config.toml); the next are free in {wait / 60:.0f} min."
        )
        return Trouble(Kind.THROTTLED, sentence, CAPPED, at=self._clock.now(), retry_after=wait / max(self._clock.rate, 1.0))
