"""Outlook: the month's end by our own figures, and the day on which a budget is passed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain.billing.outlook import Basis, Day, Outlook, Passing, outlook
from console.domain.figures import Confidence, Figure
from tests.domain.billing.spans import at
from tests.properties import steady

TODAY = date(2026, 11, 10)
SETTLED = date(2026, 11, 8)
FIRST = date(2026, 10, 1)
COVERS = (FIRST, SETTLED)


def figure(value: Decimal | int, unit: str = "USD") -> Figure:
    return Figure(Decimal(value), unit, "s", Confidence.BILLED)


def weekly(first: date, last: date) -> dict[date, Figure]:
    """10 on a working day, 2 on Saturday and Sunday."""
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    return {day: figure(2 if day.weekday() >= 5 else 10) for day in days}


def test_days_that_are_left_are_like_the_last_ones_of_their_weekday() -> None:
    found = outlook(weekly(FIRST, SETTLED), weekly(date(2026, 11, 9), date(2026, 11, 9)) | {TODAY: figure(5)}, COVERS, at(12))
    # 1 to 9 November: six working days, of which one only estimated, and three of weekends; then today so far.
    assert (found.to_date.value, found.to_date.missing) == (6 * 10 + 3 * 2 + 5, 0)
    # November has 21 working days and 9 of weekends; today is half over.
    assert found.forecast.value == 21 * 10 + 9 * 2
    assert (found.low, found.high) == (found.forecast.value, found.forecast.value), "a week without surprises leaves no doubt"
    assert [day.basis for day in found.days] == [Basis.BILLED] * 8 + [Basis.ESTIMATED] + [Basis.FORECAST] * 21
    assert found.forecast.confidence is Confidence.ESTIMATED


def test_bounds_are_the_cheapest_and_the_dearest_of_the_last_seven_of_a_kind() -> None:
    billed = {**weekly(FIRST, date(2026, 11, 9)), date(2026, 11, 4): figure(30), date(2026, 11, 7): figure(0)}
    found = outlook(billed, {TODAY: figure(0)}, (FIRST, date(2026, 11, 9)), at(0))
    left = [day for day in found.days if day.day > TODAY]
    assert {(day.low, day.high) for day in left if day.day.weekday() < 5} == {(10, 30)}
    assert {(day.low, day.high) for day in left if day.day.weekday() >= 5} == {(0, 2)}
    assert [day.amount for day in left[:7]] == [30, 10, 10, 0, 2, 10, 10], "Wednesday, Thursday … Tuesday"


@pytest.mark.parametrize(
    ("budget", "passing"),
    [
        (11, (2, 2, 2)),
        (20, (3, 3, 4)),
        (29, (4, 3, None)),
        (30, (None, 4, None)),
        (40, (None, None, None)),
    ],
)
def test_a_budget_is_passed_on_the_first_day_above_it(budget: int, passing: tuple[int | None, ...]) -> None:
    amounts = [(10, 10, 10, Basis.BILLED), (2, 2, 2, Basis.ESTIMATED), (9, 8, 18, Basis.FORECAST), (9, 8, 10, Basis.FORECAST)]
    days = [Day(date(2026, 11, at), *map(Decimal, each[:3]), each[3]) for at, each in enumerate(amounts, 1)]
    found = Outlook(unit="USD", to_date=figure(12), forecast=figure(30), low=Decimal(28), high=Decimal(40), days=tuple(days)).passes(
        Decimal(budget)
    )
    assert tuple(day and day.day for day in (found.day, found.earliest, found.latest)) == passing


def test_what_was_billed_after_the_settled_day_is_but_a_part() -> None:
    part = {**weekly(FIRST, SETTLED), date(2026, 11, 9): figure(1)}
    found = outlook(part, {date(2026, 11, 9): figure(10), TODAY: figure(0)}, COVERS, at(0))
    assert found.days[8].amount == 10


def test_a_covered_day_without_a_charge_cost_nothing() -> None:
    found = outlook({date(2026, 11, 8): figure(7)}, {}, COVERS, at(0))
    assert [day.amount for day in found.days[:8]] == [0] * 7 + [7]
    assert (found.to_date.value, found.to_date.missing) == (7, 2), "yesterday and today are neither billed nor estimated"


def test_without_a_bill_the_estimate_stands_alone() -> None:
    guesses = {date(2026, 11, 8): figure(4), date(2026, 11, 9): figure(10), TODAY: figure(5)}
    found = outlook({}, guesses, None, at(12), azure=figure(999))
    assert (found.to_date.value, found.to_date.missing) == (19, 7)
    assert found.days[9].amount == 5 + Decimal("0.5") * 10
    assert found.forecast.missing == 7
    assert found.azure == figure(999)


@pytest.mark.parametrize(
    ("billed", "estimated"), [({}, {}), ({}, {date(2026, 11, 1): figure(5)}), ({}, {date(2026, 11, 9): figure(5, "EUR")})]
)
def test_without_the_last_seven_days_nothing_is_foreseen(billed: dict[date, Figure], estimated: dict[date, Figure]) -> None:
    found = outlook(billed, estimated, None, at(12))
    assert (found.forecast.value, found.low, found.high, found.days) == (None, None, None, ())
    assert found.passes(Decimal(1)) == Passing(None, None, None)


def test_estimates_of_another_currency_do_not_count() -> None:
    billed = {day: figure(each.value or 0, "EUR") for day, each in weekly(FIRST, SETTLED).items()}
    found = outlook(billed, {date(2026, 11, 9): figure(500), TODAY: figure(500)}, COVERS, at(12), unit="EUR")
    assert (found.to_date.value, found.to_date.missing, found.to_date.unit) == (56, 2, "EUR")
    assert found.forecast.value == 21 * 10 + 9 * 2


amounts = st.decimals(0, 10_000, places=2)


@settings(steady, max_examples=60)
@given(st.lists(amounts, min_size=40, max_size=40), amounts, st.floats(0, 23.9), st.decimals(0, 300_000, places=2))
def test_bounds_enclose_the_forecast_and_its_day(values: list[Decimal], so_far: Decimal, hour: float, budget: Decimal) -> None:
    billed = {TODAY - timedelta(days=index + 1): figure(value) for index, value in enumerate(values)}
    found = outlook(billed, {TODAY: figure(so_far)}, (min(billed), TODAY - timedelta(days=1)), at(hour))
    assert found.low is not None and found.high is not None and found.forecast.value is not None and found.to_date.value is not None
    assert found.to_date.value <= found.low <= found.forecast.value <= found.high
    passing = found.passes(budget)
    never = date.max
    assert (passing.earliest or never) <= (passing.day or never) <= (passing.latest or never)
    assert (passing.day is not None) is (found.forecast.value > budget)
