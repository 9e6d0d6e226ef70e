"""The month of an account: what it is about, what is billed and estimated of it, and how its budget goes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from console.domain.billing.account import Account, Kind, account_of
from console.domain.billing.account_bill import bill_of
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.budget_course import course_of
from console.domain.billing.estimate import estimate
from console.domain.billing.month import Month, month_of
from console.domain.billing.outlook import Basis, outlook
from console.domain.billing.questions import Question
from console.domain.billing.usage import Timeline
from console.domain.figures import Confidence, Figure
from tests.domain.billing.bills import BY_RESOURCE, INSIGHTS, NLP, OWN_STORE, STORE, SUBSCRIPTION, VISION, WORKSPACES, charge, daily
from tests.domain.billing.spans import PRICES, at, cluster, span
from tests.domain.billing.test_budgets import GROUP, ON_GROUP, ON_NLP, budget

TODAY = date(2026, 11, 10)
FIRST = date(2026, 11, 1)
NOW = at(12)
CPU = f"{NLP.id}/computes/cpu"
MACHINES = "Virtual Machines"


def bill(charges: list[Charge], first: date = FIRST, asked: datetime = NOW) -> Bill:
    question = Question(scope=SUBSCRIPTION, first=first, last=asked.date(), groupings=BY_RESOURCE)
    return Bill(question=question, charges=tuple(charges), asked=asked)


def account(**fields: Any) -> Account:
    return account_of([NLP.ref], WORKSPACES, fields.pop("budgets", [ON_GROUP]), TODAY)


def month(charges: list[Charge], timelines: list[Timeline] | None = None, k: Decimal | None = None, **fields: Any) -> Month:
    about = account(**fields)
    billed = bill_of(about, [bill(charges)], [each.compute_id for each in timelines or ()], TODAY)
    return month_of(about, billed, [], timelines, PRICES, NOW, k)


# What it is about


def test_the_account_is_what_the_budget_of_the_open_workspace_is_about() -> None:
    group = account_of([NLP.ref], WORKSPACES, [ON_GROUP], TODAY)
    assert (group.kind, group.names, group.budget, group.shared) == (Kind.GROUP, ("rg-ml",), ON_GROUP, 3)
    assert group.has(CPU) and group.has(STORE.upper()) and not group.has("") and not group.has(f"{SUBSCRIPTION}/resourceGroups/rg-mlx/x")
    own = account_of([NLP.ref], WORKSPACES, [ON_GROUP, ON_NLP], TODAY)
    assert (own.kind, own.names, own.budget) == (Kind.WORKSPACE, ("nlp",), ON_NLP)
    assert own.has(CPU) and own.has(NLP.id) and not own.has(STORE)


def test_without_a_budget_a_workspace_is_told_with_the_companions_that_are_its_alone() -> None:
    alone = account_of([VISION.ref], WORKSPACES, [], TODAY)
    assert (alone.kind, alone.names, alone.budget) == (Kind.WORKSPACE, ("vision",), None)
    assert alone.has(VISION.id) and alone.has(OWN_STORE) and alone.has(INSIGHTS)
    assert not account_of([NLP.ref], WORKSPACES, [], TODAY).has(STORE), "which another workspace uses too"


def test_workspaces_without_one_budget_are_told_by_their_subscriptions() -> None:
    whole = account_of([NLP.ref, VISION.ref], WORKSPACES, [ON_NLP, budget("all", SUBSCRIPTION)], TODAY)
    assert (whole.kind, whole.budget and whole.budget.name) == (Kind.SUBSCRIPTION, "all")
    assert whole.has("") and whole.has(STORE) and not whole.has("/subscriptions/other/resourceGroups/g")
    two = account_of([NLP.ref, msgspec.structs.replace(VISION.ref, subscription_id="9")], WORKSPACES, [budget("all", SUBSCRIPTION)], TODAY)
    assert (two.names, two.budget) == (("5f0c", "9"), None), "two subscriptions, and a budget of one"
    both = account_of([NLP.ref, VISION.ref], WORKSPACES, [ON_GROUP], TODAY)
    assert both.budget is ON_GROUP, "one budget for both"


# What it came to


def test_days_are_billed_as_far_as_the_bill_has_all_of_them_then_estimated_then_forecast() -> None:
    machine = cluster(span(-24, 12, 1.0), compute_id=CPU)
    found = month([*daily([10] * 9, CPU, MACHINES, first=FIRST), *daily([4] * 9, STORE, "Storage", first=FIRST)], [machine])
    days = found.outlook.days
    assert [day.basis for day in days] == [Basis.BILLED] * 8 + [Basis.ESTIMATED] + [Basis.FORECAST] * 21
    assert {day.amount for day in days[:8]} == {14}
    yesterday = estimate([machine], PRICES, at(-24), at(0)).total.value
    today = estimate([machine], PRICES, at(0), at(12)).total.value
    assert yesterday is not None and today is not None
    assert days[8].amount == yesterday + 4, "storage goes on as it was billed"
    assert found.so_far == today + 2, "half of the day is gone"
    assert found.outlook.to_date.value == 8 * 14 + yesterday + 4 + today + 2
    assert found.bill.covers == (FIRST, date(2026, 11, 8))


def test_an_estimate_is_corrected_by_k_and_what_is_billed_besides_is_not() -> None:
    charges = [*daily([10] * 9, CPU, MACHINES, first=FIRST), *daily([4] * 9, STORE, "Storage", first=FIRST)]
    machine = cluster(span(-24, 12, 1.0), compute_id=CPU)
    raw, twice = month(charges, [machine]), month(charges, [machine], Decimal(2))
    assert raw.so_far is not None and twice.so_far == (raw.so_far - 2) * 2 + 2


def test_machines_that_are_billed_to_their_workspace_are_not_counted_twice() -> None:
    """Their fixed costs are other meters of the workspace then: those go on as billed."""
    machine = cluster(span(-24, 12, 1.0), compute_id=CPU)
    found = month([*daily([10] * 9, NLP.id, MACHINES, first=FIRST), *daily([1] * 9, NLP.id, "Storage", first=FIRST)], [machine])
    machines = estimate([machine], PRICES, at(-24), at(0)).machines.value
    assert found.bill.by_workspace == {NLP.id.lower()} and found.bill.beside == 1
    assert machines is not None and found.outlook.days[8].amount == machines + 1


def test_without_timelines_nothing_is_estimated_and_it_says_what_is_missing() -> None:
    found = month(daily([10] * 9, CPU, MACHINES, first=FIRST), None)
    assert found.so_far is None
    assert (found.outlook.to_date.value, found.outlook.to_date.missing) == (80, 2), "yesterday, and today so far"


def test_without_a_bill_computes_are_estimated_alone() -> None:
    about = account()
    machine = cluster(span(-24 * 10, 12, 1.0), compute_id=CPU)
    found = month_of(about, bill_of(about, [], [CPU], TODAY), [], [machine], PRICES, NOW)
    assert (found.bill.asked, found.bill.covers, found.bill.beside) == (None, None, None)
    assert found.outlook.to_date.value == estimate([machine], PRICES, at(-24 * 9), at(12)).total.value


def test_currencies_are_told_apart_and_list_prices_do_not_estimate_euros() -> None:
    charges = [*daily([10] * 9, CPU, MACHINES, first=FIRST, currency="EUR"), charge(3, STORE, "Storage", day=FIRST, currency="CHF")]
    found = month(charges, [cluster(span(-24, 12, 1.0), compute_id=CPU)], budgets=[])
    assert (found.outlook.unit, found.so_far) == ("EUR", None)
    assert found.bill.others.amounts == {}, "the store is not the workspace's alone"
    shared = month(charges, None)
    assert (shared.outlook.unit, shared.bill.others.amounts) == ("EUR", {"CHF": 3})
    assert shared.outlook.to_date.value == 80


def test_a_budget_in_another_currency_than_the_bills_is_the_one_that_is_told() -> None:
    charges = daily([10] * 9, CPU, MACHINES, first=FIRST, currency="EUR")
    found = month(charges, None, budgets=[msgspec.structs.replace(ON_GROUP, currency="USD", spent=Decimal(5))])
    assert found.outlook.unit == "USD" and found.bill.others.amounts == {"EUR": 90}


@pytest.mark.parametrize("charges", [[], [charge(3, CPU, MACHINES, day=TODAY)]])
def test_a_new_subscription_is_known_to_have_cost_nothing(charges: list[Charge]) -> None:
    found = month(charges, None)
    assert found.outlook.days[0].basis is Basis.BILLED and found.outlook.to_date.value == 0


# Its budget


def course(grain: str, amount: int, **fields: Any) -> Any:
    days = {FIRST - timedelta(days=back): Figure(Decimal(10), "USD", "bill", Confidence.BILLED) for back in range(-8, 20)}
    seen = outlook(days, {TODAY: Figure(Decimal(5), "USD", "s", Confidence.ESTIMATED)}, (date(2026, 10, 13), date(2026, 11, 9)), NOW)
    return course_of(budget("b", GROUP, grain=grain, amount=Decimal(amount), **fields), seen, TODAY)


def test_a_budget_of_the_month_is_told_by_the_outlook() -> None:
    found = course("Monthly", 120)
    assert (found.words, found.monthly, found.spent.value, found.forecast.value) == ("Nov", True, 95, 300)
    assert found.passing.day == date(2026, 11, 13) and found.pace == 4


@pytest.mark.parametrize(
    ("grain", "words", "days_left"), [("Quarterly", "Q4 2026", 53), ("Annually", "2026", 53), ("BillingQuarter", "Q4 2026", 53)]
)
def test_a_longer_budget_is_told_by_what_azure_worked_out_and_the_days_from_yesterday_on(grain: str, words: str, days_left: int) -> None:
    found = course(grain, 1000, spent=Decimal(900), forecast=Decimal(1500))
    assert (found.words, found.monthly, found.spent.value, found.used) == (words, False, 900, Decimal("0.9"))
    assert found.forecast.value == 900 + 10 * days_left and found.azure.value == 1500
    assert found.passing.day == date(2026, 11, 19), "ten more days of 10 reach 1000, the eleventh passes it"
    later = course(grain, 1000, spent=Decimal(700))
    assert later.passing.day == date(2026, 12, 9), "beyond the month days go on by the week"


def test_what_is_not_known_of_a_budget_is_not_told() -> None:
    assert course("Quarterly", 1000).spent.value is None and course("Quarterly", 1000).used is None
    assert course("Weekly", 1000) is None and course("Monthly", 1000, currency="EUR") is None
    over = course("Annually", 100, spent=Decimal(101))
    assert over.used > 1 and over.passing is None


def test_machines_of_a_workspace_whose_computes_are_billed_by_themselves_are_of_its_deployments() -> None:
    """Nothing estimates them, so that they belong to what days are taken to cost beside the computes."""
    own = daily([10] * 8, CPU, MACHINES, first=FIRST)
    served = daily([4] * 8, NLP.id, MACHINES, first=FIRST)
    beside = bill_of(account(), [bill([*own, *served])], [CPU], TODAY).beside
    assert beside == 4
    assert bill_of(account(), [bill(served)], [CPU], TODAY).beside == 0, "there they are the computes' own, as far as is known"
