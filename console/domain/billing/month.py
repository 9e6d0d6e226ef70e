"""Month: what an account's month has come to, day by day, as billed, as estimated since, and as it will likely go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from console.domain.billing.account import Account, Kind
from console.domain.billing.account_bill import AccountBill
from console.domain.billing.bill import Bill
from console.domain.billing.budget_course import Course, course_of
from console.domain.billing.calibration import midnight
from console.domain.billing.compared import workspace_of
from console.domain.billing.days import by_day
from console.domain.billing.estimate import USD, Estimate, Prices, edges, estimates
from console.domain.billing.outlook import WEEK, Basis, Day, Outlook, outlook
from console.domain.billing.sums import ZERO
from console.domain.billing.usage import Timeline
from console.domain.figures import Confidence, Figure

_DAY = timedelta(days=1)
_DAY_S = Decimal(86_400)


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """The month (UTC) of `today`. `outlook` is in the bill's unit; `course` is how the account's budget goes (None: it has none in it).

    `so_far` is what is gone of today, estimated (None: not known); `azure_days` what Azure forecasts of each day that is left.
    """

    account: Account
    bill: AccountBill
    today: date
    outlook: Outlook
    course: Course | None = None
    so_far: Decimal | None = None
    azure_days: Mapping[date, Decimal] = {}

    @property
    def budget(self) -> Decimal | None:
        """The amount of the budget where it is one of this month; None: there is none, or it is of a longer period."""
        return self.course.amount if self.course is not None and self.course.monthly else None

    @property
    def running(self) -> tuple[Day, ...]:
        """Each day with what the month has come to at its end."""
        amount = low = high = ZERO
        found = []
        for day in self.outlook.days:
            amount, low, high = amount + day.amount, low + day.low, high + day.high
            found.append(Day(day.day, amount, low, high, day.basis))
        return tuple(found)


def month_of(
    account: Account,
    bill: AccountBill,
    forecasts: Sequence[Bill],
    timelines: Sequence[Timeline] | None,
    prices: Prices,
    now: datetime,
    k: Decimal | None = None,
) -> Month:
    """The month of an account; `forecasts` are Azure's of its subscriptions, by day.

    What is not billed yet is estimated: the account's computes by their machines (× `k` where that is known), and all else like the mean
    of the last seven billed days. Without `timelines` (None) nothing is.
    """
    today = now.astimezone(UTC).date()
    guess: dict[date, Figure] = {}
    if timelines is not None and bill.unit == USD:
        guess = _guessed([each for each in timelines if account.has(each.compute_id)], prices, bill, now, k)
    seen = outlook(bill.days, guess, bill.covers, now, bill.unit)
    azure_days = _azure_days(forecasts, bill.unit) if account.kind is Kind.SUBSCRIPTION else {}
    course = course_of(account.budget, seen, today) if account.budget is not None else None
    return Month(
        account=account,
        bill=bill,
        today=today,
        outlook=msgspec.structs.replace(seen, azure=_azure(course, seen, azure_days, today)),
        course=course,
        so_far=guess[today].value if today in guess else None,
        azure_days=azure_days,
    )


def _guessed(own: Sequence[Timeline], prices: Prices, bill: AccountBill, now: datetime, k: Decimal | None) -> dict[date, Figure]:
    """Each day that is not billed whole, today as far as it went. Without a bill that is the month, and the week that an outlook needs."""
    today = now.astimezone(UTC).date()
    since = min(bill.covers[1] + _DAY, today) if bill.covers is not None else min(today.replace(day=1), today - WEEK * _DAY)
    moments = edges(midnight(since), now)
    whole = [each for each in own if workspace_of(each.compute_id) not in bill.by_workspace]
    machines = [each for each in own if workspace_of(each.compute_id) in bill.by_workspace]
    days = zip(estimates(whole, prices, moments), estimates(machines, prices, moments), strict=True)
    found = {one.start.date(): _day(one, other, k or Decimal(1), bill.beside) for one, other in days}
    return {day: figure for day, figure in found.items() if figure is not None}


def _day(whole: Estimate, machines: Estimate, k: Decimal, beside: Decimal | None) -> Figure | None:
    """One day of computes (of some only their machines, as the rest is billed apart) and of what is beside them; None: not known."""
    if whole.total.value is None or machines.machines.value is None:
        return None
    share = Decimal(int((whole.end - whole.start).total_seconds())) / _DAY_S
    value = (whole.total.value + machines.machines.value) * k + (beside or ZERO) * share
    missing = whole.total.missing + machines.machines.missing
    return Figure(value, USD, "machines × list price, the rest as billed lately", Confidence.ESTIMATED, whole.end, missing)


def _azure_days(forecasts: Iterable[Bill], unit: str) -> dict[date, Decimal]:
    charges = [msgspec.structs.replace(each, forecast=False) for bill in forecasts for each in bill.charges if each.forecast]
    return {day: amount.of(unit) for day, amount in by_day(charges).items() if unit in amount.amounts}


def _azure(course: Course | None, seen: Outlook, days: Mapping[date, Decimal], today: date) -> Figure | None:
    """What Azure forecasts the month to come to: of its budget, else of whole subscriptions by day; None: it tells nothing."""
    if course is not None and course.monthly and course.azure is not None:
        return course.azure
    left = [amount for day, amount in days.items() if day >= today]
    gone = [day for day in seen.days if day.day < today]
    if not left or any(day.basis is Basis.FORECAST for day in gone):
        return None
    value = sum((day.amount for day in gone), sum(left, ZERO))
    return Figure(value, seen.unit, "days that are over, then Azure's forecast", Confidence.ESTIMATED)
