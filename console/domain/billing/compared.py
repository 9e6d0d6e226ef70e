"""Compared: what of bills and of estimates is about the same machines, so that one can be measured by the other.

Azure bills a compute's machines under the compute's own id or under its workspace's; which is not documented, so both are understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from console.domain import scopes
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.calibration import Calibration, calibrations, compared_days, midnight
from console.domain.billing.estimate import Prices, estimates
from console.domain.billing.questions import METER, RESOURCE
from console.domain.billing.usage import Timeline
from console.domain.figures import Confidence, Figure

#: The meter category of machines.
MACHINES = "Virtual Machines"
_COMPUTES = "/computes/"
Days = dict[date, Figure]


def calibration(bills: Sequence[Bill], timelines: Sequence[Timeline], prices: Prices) -> tuple[Calibration, dict[str, Calibration]] | None:
    """k of all computes together, and of each scope (an ARM id in lower case): a compute, or a workspace whose computes are not billed
    by themselves. `bills` are daily and grouped by resource and meter; others are left out, and None is given where none remains.

    Of a compute all meters are compared with its machines and fixed costs, of a workspace its machines with those of all its computes.
    """
    usable = [bill for bill in bills if bill.question.groupings[:2] == (RESOURCE, METER)]
    if not usable:
        return None
    asked = min(bill.asked for bill in usable)
    days = compared_days(asked)
    billed = _billed([charge for bill in usable for charge in bill.charges if not charge.forecast], days)
    return calibrations(billed, _estimated(timelines, prices, set(billed), days), asked)


def _billed(charges: Iterable[Charge], days: Sequence[date]) -> dict[str, Days]:
    wanted = {day.year * 10_000 + day.month * 100 + day.day: day for day in days}
    found: dict[str, dict[date, list[Charge]]] = {}
    for charge in charges:
        if charge.day in wanted and charge.keys and _counts(scopes.key(charge.keys[0]), charge.keys[1]):
            found.setdefault(scopes.key(charge.keys[0]), {}).setdefault(wanted[charge.day], []).append(charge)
    by_itself = {_workspace(scope) for scope in found if _COMPUTES in scope}
    return {
        scope: {day: figure for day, own in by_day.items() if (figure := _figure(own)) is not None}
        for scope, by_day in found.items()
        if _COMPUTES in scope or scope not in by_itself
    }


def _counts(scope: str, meter: str) -> bool:
    return _COMPUTES in scope or (meter == MACHINES and "/workspaces/" in scope)


def _workspace(compute_id: str) -> str:
    return compute_id.split(_COMPUTES, 1)[0]


def _figure(charges: Sequence[Charge]) -> Figure | None:
    """The sum of a day; None where it has several currencies."""
    currencies = {charge.currency for charge in charges}
    if len(currencies) != 1:
        return None
    return Figure(sum((charge.cost for charge in charges[1:]), charges[0].cost), currencies.pop(), "bill", Confidence.BILLED)


def _estimated(timelines: Iterable[Timeline], prices: Prices, billed: set[str], days: Sequence[date]) -> dict[str, Days]:
    edges = [midnight(day) for day in (*days, days[-1] + timedelta(days=1))]
    whole: dict[str, list[Timeline]] = {}
    found: dict[str, Days] = {}
    for timeline in timelines:
        scope = scopes.key(timeline.compute_id)
        if scope in billed:
            found[scope] = {day: each.total for day, each in zip(days, estimates((timeline,), prices, edges), strict=True)}
        elif _workspace(scope) in billed:
            whole.setdefault(_workspace(scope), []).append(timeline)
    for scope, own in whole.items():
        found[scope] = {day: each.machines for day, each in zip(days, estimates(own, prices, edges), strict=True)}
    return found
