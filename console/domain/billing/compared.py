"""Compared: what of bills and of estimates is about the same machines, so that one can be measured by the other.

Azure bills a compute's machines under the compute's own id or under its workspace's; which is not documented, so both are understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from console.domain import scopes
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.calibration import Calibration, calibrations, compared_days, midnight, settled
from console.domain.billing.estimate import Prices, estimates
from console.domain.billing.questions import METER, RESOURCE
from console.domain.billing.usage import Timeline
from console.domain.billing.windows import number
from console.domain.figures import Confidence, Figure

#: The meter category of machines.
MACHINES = "Virtual Machines"
#: In the id of a compute.
COMPUTES = "/computes/"
Days = dict[date, Figure]


def calibration(bills: Sequence[Bill], timelines: Sequence[Timeline], prices: Prices) -> tuple[Calibration, dict[str, Calibration]] | None:
    """k of all computes together, and of each scope (an ARM id in lower case): a compute, or a workspace whose computes are not billed
    by themselves. `bills` are daily and grouped by resource and meter; others are left out, and None is given where none remains.

    Of a compute all meters are compared with its machines and fixed costs, of a workspace its machines with those of all its computes.
    """
    usable = [bill for bill in bills if bill.question.groupings[:2] == (RESOURCE, METER) and not bill.question.forecast]
    if not usable:
        return None
    asked = max(bill.asked for bill in usable)
    days, billed = compared_days(asked), scopes_of(charge for bill in usable for charge in bill.charges)
    return calibrations(_billed(usable, billed, days), _estimated(timelines, prices, set(billed.values()), days), asked)


def scopes_of(charges: Iterable[Charge]) -> dict[tuple[str, ...], str]:
    """What machines are billed to (in lower case): computes, and workspaces of which no compute is billed by itself.

    By the keys of such charges: a resource as it is spelt, and a meter.
    """
    keys = {charge.keys[:2] for charge in charges}
    found = {each: scope for each in keys if _counts(scope := scopes.key(each[0]), each[1:])}
    by_itself = {workspace_of(scope) for scope in found.values() if COMPUTES in scope}
    return {each: scope for each, scope in found.items() if COMPUTES in scope or scope not in by_itself}


def workspace_of(compute_id: str) -> str:
    """The id of a compute's workspace, in lower case."""
    return scopes.key(compute_id).split(COMPUTES, 1)[0]


def _billed(bills: Sequence[Bill], wanted: Mapping[tuple[str, ...], str], days: Sequence[date]) -> dict[str, Days]:
    """By scope and day; a day that a bill has whole and on which it has nothing of a scope cost nothing there."""
    found: dict[str, Days] = {}
    for bill in bills:
        whole = [day for day in days if bill.question.first <= day <= bill.question.last and day <= settled(bill.asked)]
        by_number = {number(day): day for day in whole}
        charges: dict[str, dict[date, list[Charge]]] = {}
        currency: dict[str, str] = {}
        for charge in bill.charges:
            scope = wanted.get(charge.keys[:2])
            if scope is not None:
                currency.setdefault(scope, charge.currency)
                if charge.day in by_number:
                    charges.setdefault(scope, {}).setdefault(by_number[charge.day], []).append(charge)
        for scope, unit in currency.items():
            own, told = charges.get(scope, {}), found.setdefault(scope, {})
            told |= {day: figure for day in whole if (figure := _figure(own.get(day, ()), unit)) is not None}
    return found


def _counts(scope: str, meter: tuple[str, ...]) -> bool:
    return COMPUTES in scope or (meter == (MACHINES,) and "/workspaces/" in scope)


def _figure(charges: Sequence[Charge], currency: str) -> Figure | None:
    """The sum of a day; None where it has another currency, or several."""
    if any(charge.currency != currency for charge in charges):
        return None
    return Figure(sum((charge.cost for charge in charges), Decimal(0)), currency, "bill", Confidence.BILLED)


def _estimated(timelines: Iterable[Timeline], prices: Prices, billed: set[str], days: Sequence[date]) -> dict[str, Days]:
    edges = [midnight(day) for day in (*days, days[-1] + timedelta(days=1))]
    whole: dict[str, list[Timeline]] = {}
    found: dict[str, Days] = {}
    for timeline in timelines:
        scope = scopes.key(timeline.compute_id)
        if scope in billed:
            found[scope] = {day: each.total for day, each in zip(days, estimates((timeline,), prices, edges), strict=True)}
        elif (workspace := workspace_of(scope)) in billed:
            whole.setdefault(workspace, []).append(timeline)
    for scope, own in whole.items():
        found[scope] = {day: each.machines for day, each in zip(days, estimates(own, prices, edges), strict=True)}
    return found
