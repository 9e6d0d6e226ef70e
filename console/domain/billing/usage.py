"""Usage: how many machines a compute had, from when to when, and how that is known."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

import msgspec

from console.domain.billing.machine_hours import Account
from console.domain.figures import Confidence


class Span(msgspec.Struct, frozen=True, gc=False):
    """From `start` to `end` (UTC) a compute had so many billed machines, `idle` of them without work (unusable ones count among these).

    `machines` may be a mean over the span. None: not known, and the confidence says so. `idle` is None where nothing tells of it: of an
    instance. `confidence` is observed (this console polled it), reconstructed (Azure's metrics, logs or run history tell), or unknown.
    """

    start: datetime
    end: datetime
    machines: float | None
    idle: float | None
    confidence: Confidence
    source: str = ""

    @property
    def hours(self) -> float:
        return (self.end - self.start).total_seconds() / 3600


class Timeline(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All spans of one compute, in order and without gaps: what is not known is a span that says so.

    `created` and `deleted` bound the time (UTC) in which it existed; None: as far as the spans reach. `most` is how many machines it may
    have at most (a cluster's maximum). `public_ip` says whether an instance has one; Azure gives one unless told otherwise
    (`enableNodePublicIp` of the published swagger).
    """

    compute_id: str
    name: str
    vm_size: str
    region: str
    low_priority: bool = False
    instance: bool = False
    owner_id: str = ""
    created: datetime | None = None
    deleted: datetime | None = None
    most: int | None = None
    public_ip: bool = True
    spans: tuple[Span, ...] = ()

    @cached_property
    def account(self) -> Account:
        """Its spans summed up, once: every estimate asks."""
        return Account(self.spans)
