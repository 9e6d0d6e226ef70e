"""What would save money on a compute, at list prices: estimates, each with what it means for whoever uses it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from console.domain import durations
from console.domain.compute import Kind
from console.domain.cost import list_price
from console.domain.findings.finding import HOURS_A_MONTH
from console.domain.findings.subject import Subject
from console.domain.reasons.answer import Saving, counted

#: Hours of a week in which an instance on a schedule of working days is up (5 × 10), of all that the week has.
WORKING, WEEK = 50, 168
#: Nodes that wait longer than this for the next job mostly wait for nothing.
LONG_PATIENCE = timedelta(minutes=15)


def savings(subject: Subject) -> tuple[Saving, ...]:
    """The most first; nothing where nothing is billed that could be less."""
    compute = subject.compute
    found = _instance(subject) if compute.kind is Kind.INSTANCE else _cluster(subject) if compute.kind is Kind.CLUSTER else []
    return tuple(sorted(found, key=lambda each: -(each.monthly or Decimal(0))))


def _instance(subject: Subject) -> list[Saving]:
    compute = subject.compute
    if compute.state == "Stopped":
        stays = "" if compute.release_quota_on_stop else " and its cores are free for others"
        return [Saving(f"Delete it if nobody needs it: its disk is billed no longer{stays}; home folders stay.")]
    if not compute.billed_nodes:
        return []
    month = _month(subject, 1)
    nights = month * (WEEK - WORKING) / WEEK if month is not None else None
    found = [Saving("Stop it while nobody uses it; its disk stays billed.", month)]
    if not any(each.stops and each.enabled for each in compute.schedules):
        found.append(Saving("A schedule for working hours (5 days of 10 h): it comes whatever is open on it.", nights))
    if durations.parse(compute.idle_shutdown) is None:
        found.append(Saving("Idle shutdown: ends the hours that nobody uses; how many these are is not known."))
    return found


def _cluster(subject: Subject) -> list[Saving]:
    compute = subject.compute
    found = []
    if compute.min_nodes:
        floor = (
            f"Minimum 0 instead of {compute.min_nodes}: so much is billed each month for nodes that are kept; a job waits for its first."
        )
        found.append(Saving(floor, _month(subject, compute.min_nodes)))
    nodes = compute.nodes
    if nodes is not None and nodes.unusable:
        told = f"Replace {counted(nodes.unusable, 'unusable node')} (scale to 0 and back)."
        found.append(Saving(told, _month(subject, nodes.unusable)))
    patience = durations.parse(compute.idle_scale_down)
    if patience is not None and patience > LONG_PATIENCE:
        told = f"Down after less than {durations.words(patience)}: each node is billed for that long after its last job."
        found.append(Saving(told))
    size = subject.prices.get(compute.vm_size.upper()) if subject.prices is not None else None
    if not compute.low_priority and size is not None and size.dedicated and size.low_priority and size.currency == "USD":
        share = 100 - int(size.low_priority * 100 / size.dedicated)
        if share > 0:
            found.append(Saving(f"A low-priority cluster beside it lists for {share} % less; its jobs can be interrupted."))
    return found


def _month(subject: Subject, count: int) -> Decimal | None:
    price = list_price(subject.compute, subject.prices)
    return price.value * count * HOURS_A_MONTH if price.value is not None else None
