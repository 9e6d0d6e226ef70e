"""Subject: a compute with all that a rule may know of it, and the evidence that rules of every theme give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from console.domain import durations
from console.domain.compute import Compute, Kind, Run
from console.domain.cost import PER_HOUR, PriceList, list_price
from console.domain.figures import Figure
from console.domain.findings.finding import Evidence, Finding, Source

LAST_JOB_UNREAD = "Its last job: not read yet (it is read for rows in view)."
NO_REASON = "Why: Azure gives no error with it."


class Subject(msgspec.Struct, frozen=True):
    """A compute with all that a rule may rest on. `run` counts only where `run_known`; then None means that there is no job on record.

    `now` is the server's time (UTC); `tagged_beside` is how many other computes of its workspace carry tags.
    """

    compute: Compute
    now: datetime
    prices: PriceList | None = None
    run: Run | None = None
    run_known: bool = False
    tagged_beside: int = 0

    def since(self, moment: datetime | None) -> timedelta | None:
        """How long ago; None where the moment is not known."""
        return self.now - moment if moment is not None else None

    @property
    def quiet_since(self) -> datetime | None:
        """When its last job ended, or when it was made if there never was one; only where the last job is known and none is active."""
        if not self.run_known:
            return None
        if self.run is None:
            return self.compute.created_on
        return None if self.run.active else self.run.ended or self.run.started or self.run.created

    @property
    def busy(self) -> bool:
        return self.run_known and self.run is not None and self.run.active


Rule = Callable[[Subject], Finding | None]


def up_evidence(subject: Subject) -> Evidence:
    since = subject.compute.up_since
    if since is None:
        return Evidence("Up for ?: its last operation was no start", Source.ARM)
    return Evidence(f"Up for {durations.words(subject.now - since)}, since its last start", Source.ARM, since)


def last_job(subject: Subject) -> tuple[Evidence, ...]:
    """The last job as far as it was read: nothing is said of what was not."""
    if not subject.run_known:
        return ()
    run = subject.run
    if run is None:
        return (Evidence("No job on record", Source.RUNS),)
    who = f" of {run.user}" if run.user else ""
    if run.active:
        return (Evidence(f"Job {run.id}{who} is {run.status}", Source.RUNS, run.started or run.created),)
    return (Evidence(f"Its last job, {run.id}{who}, ended {run.status or '?'}", Source.RUNS, run.ended or run.started or run.created),)


def idle_setting(compute: Compute) -> Evidence:
    after = durations.parse(compute.idle_shutdown)
    return Evidence("No idle shutdown is set" if after is None else f"Idle shutdown after {durations.words(after)}", Source.ARM)


def node_counts(compute: Compute) -> Evidence:
    nodes = compute.nodes
    told = "" if nodes is None else ", ".join(f"{count} {name}" for name in nodes.__struct_fields__ if (count := getattr(nodes, name)))
    return Evidence(f"Nodes: {told or '?'}", Source.ARM)


def nodes_if_known(compute: Compute) -> tuple[Evidence, ...]:
    return (node_counts(compute),) if compute.kind is Kind.CLUSTER and compute.nodes is not None else ()


def errors(compute: Compute) -> tuple[Evidence, ...]:
    return tuple(Evidence(error, Source.ARM) for error in compute.errors)


def price_of(subject: Subject, count: int) -> Figure:
    """The list price of so many of the compute's nodes, in USD/h."""
    price = list_price(subject.compute, subject.prices)
    if price.value is None:
        return price
    return Figure(price.value * Decimal(count), PER_HOUR, f"{count} × {price.source}", price.confidence, price.as_of)
