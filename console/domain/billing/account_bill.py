"""The bill of an account: day by day, and what of it is not for the machines of computes that are estimated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from console.domain import scopes
from console.domain.billing.account import Account
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.calibration import settled
from console.domain.billing.compared import COMPUTES, MACHINES, scopes_of, workspace_of
from console.domain.billing.days import by_day
from console.domain.billing.estimate import USD
from console.domain.billing.outlook import WEEK
from console.domain.billing.sums import NOTHING, ZERO, Sum, summed
from console.domain.billing.windows import number
from console.domain.figures import Confidence, Figure

_DAY = timedelta(days=1)


class AccountBill(msgspec.Struct, frozen=True, kw_only=True):
    """What was billed in `unit`, by day, and this month in `others`. `asked` is when Azure was asked (UTC; None: there is no bill).

    `covers` are the first and the last day of which it has all (None: there are none). `beside` is what a day costs, as a mean of the
    last seven such days, that is not billed for the computes. `by_workspace` are the workspaces (ids in lower case) whose machines are
    billed to themselves (see `compared`).
    """

    unit: str
    days: dict[date, Figure] = {}
    others: Sum = NOTHING
    asked: datetime | None = None
    covers: tuple[date, date] | None = None
    beside: Decimal | None = None
    by_workspace: frozenset[str] = frozenset()


def bill_of(account: Account, bills: Sequence[Bill], computes: Iterable[str], today: date) -> AccountBill:
    """The bill of an account from those of its subscriptions: daily, by resource and meter, of the month of `today` and the one before.

    `computes` are the ids of those that are estimated by their machines.
    """
    charges = _charges(account, bills)
    unit = _unit(account, charges)
    asked = min((bill.asked for bill in bills if bill.question.last >= today.replace(day=1)), default=None)
    if asked is None:
        return AccountBill(unit=unit)
    covers: tuple[date, date] | None = (min(bill.question.first for bill in bills), settled(asked))
    if covers is not None and covers[0] > covers[1]:
        covers = None
    since = number(today.replace(day=1))
    by_workspace = frozenset(scope for scope in scopes_of(charges).values() if COMPUTES not in scope)
    return AccountBill(
        unit=unit,
        days={day: Figure(amount.of(unit), unit, "bill", Confidence.BILLED, asked) for day, amount in by_day(charges).items()},
        others=summed(each for each in charges if each.currency != unit and each.day >= since),
        asked=asked,
        covers=covers,
        beside=_beside(charges, unit, frozenset(map(scopes.key, computes)), by_workspace, covers),
        by_workspace=by_workspace,
    )


def _charges(account: Account, bills: Iterable[Bill]) -> list[Charge]:
    counts: dict[str, bool] = {}
    found = []
    for bill in bills:
        for charge in bill.charges:
            if charge.keys and not charge.forecast:
                resource = charge.keys[0]
                if resource not in counts:
                    counts[resource] = account.has(resource)
                if counts[resource]:
                    found.append(charge)
    return found


def _unit(account: Account, charges: Iterable[Charge]) -> str:
    """The budget's currency, else that in which most is billed; dollars, in which list prices are, where nothing is."""
    if account.budget is not None and account.budget.currency:
        return account.budget.currency
    whole = summed(charges).amounts
    return max(whole, key=lambda currency: (abs(whole[currency]), currency), default=USD)


def _beside(
    charges: Iterable[Charge], unit: str, computes: frozenset[str], by_workspace: frozenset[str], covers: tuple[date, date] | None
) -> Decimal | None:
    if covers is None:
        return None
    start = max(covers[0], covers[1] - (WEEK - 1) * _DAY)
    first, last = number(start), number(covers[1])
    # Where computes are billed by themselves, machines of the workspace are those of its online deployments: nothing estimates them here.
    workspaces = by_workspace & frozenset(map(workspace_of, computes))
    amount = ZERO
    for charge in charges:
        if first <= charge.day <= last and charge.currency == unit and not _of_machines(charge, computes, workspaces):
            amount += charge.cost
    return amount / ((covers[1] - start).days + 1)


def _of_machines(charge: Charge, computes: frozenset[str], workspaces: frozenset[str]) -> bool:
    resource = scopes.key(charge.keys[0])
    return resource in computes or (resource in workspaces and charge.keys[1:2] == (MACHINES,))
