"""Rows of budgets, and when one is passed: by the days of the bill that it counts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from console.domain.billing.budget_choice import Named
from console.domain.billing.budget_course import course_of
from console.domain.billing.budget_outlook import Ahead, ahead, counted_by_day
from console.domain.billing.budget_rows import budget_rows
from console.domain.billing.budgets import Budget, BudgetFilter
from console.domain.billing.calibration import settled
from console.domain.billing.outlook import outlook
from console.domain.figures import Confidence, Figure
from tests.domain.billing.bills import A100, ASKED, FIRST, NLP, ROBOT, STORE, SUBSCRIPTION, VISION, bill, daily, ref
from tests.domain.billing.test_budgets import ABOVE, ON_GROUP, ON_NLP, OTHER, REFS, TODAY, budget, in_group, named

NOW = datetime(2026, 8, 31, 12, tzinfo=UTC)
WHOLE = budget("whole", SUBSCRIPTION)


def test_each_budget_says_whose_it_is_and_each_open_workspace_without_one_is_a_row() -> None:
    rows = budget_rows([ON_GROUP, ON_NLP, WHOLE], REFS, [NLP.ref, OTHER], TODAY)
    assert [(row.name, row.whose, row.named) for row in rows] == [
        ("group", "shared by 3", Named.GROUP),
        ("nlp", "nlp", Named.WORKSPACE),
        ("whole", "subscription", Named.NONE),
        ("no budget", "research", Named.NONE),
    ]
    assert rows[-1].id == OTHER.id and rows[-1].scope == OTHER.group_id


def test_a_budget_that_has_ended_is_a_row_but_nobodys() -> None:
    ended = replace(ON_GROUP, end=date(2026, 8, 1))
    rows = budget_rows([ended], REFS, [NLP.ref], TODAY)
    assert [(row.name, row.running) for row in rows] == [("group", False), ("no budget", True)]


def test_workspaces_of_other_spelling_are_the_same() -> None:
    rows = budget_rows([ON_NLP], [ref("NLP", "RG-ML")], [NLP.ref], TODAY)
    assert [row.name for row in rows] == ["nlp"]


CHARGES = [
    *daily([10] * 31, A100, "VM"),
    *daily([1] * 31, NLP.id, "ML"),
    *daily([2] * 31, STORE, "Storage"),
    *daily([4] * 31, VISION.id, "ML"),
    *daily([8] * 31, "", "Purchase"),
]


@pytest.mark.parametrize(
    ("which", "a_day"),
    [
        (WHOLE, 25),
        (ON_GROUP, 17),
        (ON_NLP, 1),
        (replace(ON_NLP, filters=(named(NLP.id, A100.upper()),)), 11),
        (replace(WHOLE, filters=(in_group("RG-ML"),)), 17),
        (replace(WHOLE, filters=(in_group("elsewhere"),)), None),
        (replace(ON_GROUP, currency="EUR"), None),
    ],
)
def test_a_budget_counts_what_its_filter_says(which: Budget, a_day: int | None) -> None:
    days = counted_by_day(which, [bill(CHARGES)])
    assert days is not None and set(days.values()) == ({Decimal(a_day)} if a_day else set())


@pytest.mark.parametrize(
    "unknown",
    [
        replace(WHOLE, filters=(BudgetFilter("team", ("risk",), tag=True),)),
        replace(WHOLE, filters=(BudgetFilter("MeterCategory", ("VM",)),)),
        replace(WHOLE, filter_raw=b'{"not": {}}'),
    ],
)
def test_a_filter_that_the_bill_does_not_tell_is_not_known(unknown: Budget) -> None:
    assert counted_by_day(unknown, [bill(CHARGES)]) is None


def test_mixed_currencies_are_not_summed() -> None:
    mixed = bill([*daily([10] * 31, A100, "VM"), *daily([10] * 31, A100, "VM", currency="EUR")])
    assert counted_by_day(WHOLE, [mixed]) is None


def days_of(which: Budget) -> dict[date, Decimal]:
    days = counted_by_day(which, [bill(CHARGES)])
    assert days is not None
    return days


def test_a_month_is_passed_on_the_first_day_that_is_above() -> None:
    assert ahead(replace(WHOLE, amount=Decimal(750)), days_of(WHOLE), ASKED, NOW) == Ahead(date(2026, 8, 31), date(2026, 8, 31))
    assert ahead(replace(WHOLE, amount=Decimal(775)), days_of(WHOLE), ASKED, NOW) == Ahead(None, date(2026, 8, 31))


def test_days_before_the_first_charge_cost_nothing() -> None:
    """What began in the middle of a month is not taken to have cost as much on the days before."""
    young = counted_by_day(WHOLE, [bill(daily([10] * 12, A100, "VM", first=date(2026, 8, 20)))])
    assert young is not None and (min(young), sum(young.values())) == (date(2026, 8, 1), 120)
    assert ahead(replace(WHOLE, amount=Decimal(120)), young, ASKED, NOW) == Ahead(None, date(2026, 8, 31))
    assert ahead(replace(WHOLE, amount=Decimal(119)), young, ASKED, NOW) == Ahead(date(2026, 8, 31), date(2026, 8, 31))


def test_a_quarter_begins_with_what_azure_says_is_spent() -> None:
    quarter = replace(WHOLE, grain="Quarterly", start=date(2026, 7, 1), amount=Decimal(1000), spent=Decimal(950))
    # At 25 a day, the 30th not in it yet: 1,000 after the 31st, above that on the 1st of September.
    assert ahead(quarter, days_of(WHOLE), ASKED, NOW) == Ahead(date(2026, 9, 1), date(2026, 9, 30))
    assert ahead(replace(quarter, amount=Decimal(5000)), days_of(WHOLE), ASKED, NOW) == Ahead(None, date(2026, 9, 30))
    assert ahead(replace(quarter, spent=None), days_of(WHOLE), ASKED, NOW) is None
    assert ahead(replace(quarter, grain="BillingQuarter"), days_of(WHOLE), ASKED, NOW) is None


@pytest.mark.parametrize("grain", ["Monthly", "Quarterly", "Annually"])
@pytest.mark.parametrize("amount", [700, 780, 1000, 2000])
def test_the_list_of_budgets_and_the_month_tell_one_day(grain: str, amount: int) -> None:
    which = replace(WHOLE, grain=grain, start=date(2026, 1, 1), amount=Decimal(amount), spent=Decimal(690))
    billed = {day: Figure(cost, "USD", "bill", Confidence.BILLED) for day, cost in days_of(WHOLE).items()}
    course = course_of(which, outlook(billed, {}, (FIRST, settled(ASKED)), NOW), NOW.date())
    assert course is not None and course.passing is not None
    assert ahead(which, days_of(WHOLE), ASKED, NOW) == Ahead(course.passing.day, course.last)


def test_a_budget_that_ends_before_is_not_passed_any_more() -> None:
    ends = replace(WHOLE, grain="Quarterly", start=date(2026, 7, 1), end=NOW.date(), amount=Decimal(1000), spent=Decimal(950))
    assert ahead(ends, days_of(WHOLE), ASKED, NOW) == Ahead(None, NOW.date())


def test_what_is_passed_already_is_passed_today() -> None:
    over = replace(WHOLE, grain="Annually", start=date(2026, 1, 1), amount=Decimal(1000), spent=Decimal(1001))
    assert ahead(over, days_of(WHOLE), ASKED, NOW) == Ahead(NOW.date(), date(2026, 12, 31))


def test_nothing_is_told_without_a_bill() -> None:
    assert ahead(WHOLE, {}, ASKED, NOW) is None
    assert counted_by_day(ABOVE, [bill([])]) == {}
    assert ROBOT.ref in REFS
