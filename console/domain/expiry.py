"""Expiry: everything that ends by itself, or is too old, in one ranked list: what, where, when, and what breaks then.

What is built here rests on what lists tell: no secret is read for it. Of a shared access signature nothing is known before a scan.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from console.domain.findings.finding import Source
from console.domain.scopes import WorkspaceRef

#: What ends within so long belongs to the top of the list.
SOON = timedelta(days=30)


class Kind(StrEnum):
    """What ends. KEY: an account's key has no end, it grows old. VAULT: a vault of which nothing can be told."""

    SECRET = "vault secret"  # a kind's name, no secret
    CERTIFICATE = "certificate"
    CONNECTION = "connection"
    KEY = "account key"
    APP_SECRET = "app secret"
    APP_CERTIFICATE = "app certificate"
    APPLICATION = "application"
    SIGNATURE = "SAS"
    URI = "SAS in a URI"
    VAULT = "vault"


class Measured(StrEnum):
    """How an end is measured: by itself it EXPIRES, or it is too old by AGE, whereupon nothing breaks."""

    EXPIRES = "expires"
    AGE = "age"


class Expiring(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. `subject_id` is what it belongs to, as that is held where it is listed; `where` that by name: a vault, an account …

    `due` (UTC) is when it ends; None where that is not known: `why` says why, `tells` what would tell. `breaks` names who fails from
    then on, as far as it is known, `unsure` what of that is not known. `source` told it; `read_at` is when, where that is long ago.
    """

    kind: Kind
    id: str
    subject_id: str
    name: str
    where: str
    workspace: WorkspaceRef | None = None
    due: datetime | None = None
    measured: Measured = Measured.EXPIRES
    since: datetime | None = None
    breaks: tuple[str, ...] = ()
    unsure: str = ""
    source: Source
    read_at: datetime | None = None
    why: str = ""
    tells: str = ""

    def left(self, now: datetime) -> timedelta | None:
        """How long until it ends; negative when it has, None where that is not known. `now` is UTC."""
        return self.due - now if self.due is not None else None

    def rank(self, now: datetime) -> tuple[int, float]:
        """Its place in the list: first what ended or ends within SOON, then what is not known, then keys that are too old, then the rest.

        A key that is years over its age breaks nothing today: it is not to hide what breaks in three days.
        """
        left = self.left(now)
        if left is None:
            return 1, 0.0
        seconds = left.total_seconds()
        if self.measured is Measured.AGE:
            return (2 if seconds <= 0 else 3), seconds
        return (0 if left <= SOON else 3), seconds


def ranked(rows: list[Expiring], now: datetime) -> tuple[Expiring, ...]:
    """By rank, then by name."""
    return tuple(sorted(rows, key=lambda each: (each.rank(now), each.name, each.id)))
