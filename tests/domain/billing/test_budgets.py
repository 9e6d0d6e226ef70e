"""Budgets: whose one is, how far it is used up, and everything that Azure refuses of one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from console.domain.billing.budget_choice import Choice, Named, choices, in_force, state_of
from console.domain.billing.budget_rules import email_fault, flaws, latest_start, name_fault, period_start
from console.domain.billing.budgets import Budget, BudgetFilter, Notification
from tests.domain.billing.bills import NLP, ROBOT, SUBSCRIPTION, VISION, ref

TODAY = date(2026, 8, 20)
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-ml"
OTHER = ref("research", "rg-other")
REFS = (NLP.ref, VISION.ref, ROBOT.ref, OTHER)
ACTION_GROUP = f"{GROUP}/providers/microsoft.insights/actionGroups/oncall"


def told(threshold: str, kind: str = "Actual", **fields: Any) -> Notification:
    given = {"emails": ("ada@contoso.com",), "name": f"{kind}_{threshold}"} | fields
    return Notification(threshold=Decimal(threshold), kind=kind, **given)


def budget(name: str = "b", scope: str = GROUP, **fields: Any) -> Budget:
    given = {"amount": Decimal(1000), "start": date(2026, 8, 1), "notifications": (told("80"),)} | fields
    return Budget(id=f"{scope}/providers/Microsoft.CostManagement/budgets/{name}", name=name, scope=scope, **given)


def named(*ids: str) -> BudgetFilter:
    return BudgetFilter("ResourceId", ids)


def in_group(*names: str) -> BudgetFilter:
    return BudgetFilter("ResourceGroupName", names)


ON_GROUP = budget("group")
ON_NLP = budget("nlp", filters=(named(NLP.id.lower()),), filter_raw=b"{...}")
ON_TWO = budget("two", SUBSCRIPTION, filters=(named(NLP.id, VISION.id), in_group("RG-ML")))
BY_NAME = budget("by-name", SUBSCRIPTION, filters=(in_group("RG-ML"),))
ABOVE = budget("above", "/providers/Microsoft.Management/managementGroups/contoso", filters=(in_group("rg-ml", "rg-other"),))


@pytest.mark.parametrize(
    ("budgets", "workspace", "chosen", "shared"),
    [
        ([], NLP.ref, None, 0),
        ([ON_GROUP, ON_NLP], NLP.ref, "nlp", 1),
        ([ON_GROUP, ON_NLP], VISION.ref, "group", 3),
        ([ON_GROUP, ON_TWO], VISION.ref, "two", 2),
        ([ON_TWO, ON_NLP], NLP.ref, "nlp", 1),
        ([BY_NAME], ROBOT.ref, "by-name", 3),
        ([BY_NAME], OTHER, None, 0),
        ([ABOVE], OTHER, "above", 4),
        ([ABOVE, ON_GROUP], NLP.ref, "group", 3),
        ([budget("whole", SUBSCRIPTION)], NLP.ref, None, 0),
        ([budget(scope=f"{SUBSCRIPTION}/resourceGroups/rg-other", filters=(named(NLP.id),))], NLP.ref, None, 0),
        ([budget(filters=(named(f"{NLP.id}/computes/a100"),))], NLP.ref, None, 0),
        ([budget(filters=(BudgetFilter("MeterCategory", ("Storage",)),))], NLP.ref, None, 0),
        ([budget(filters=(BudgetFilter("ResourceId", (NLP.id,), tag=True),))], NLP.ref, None, 0),
        ([budget(filters=(named(NLP.id), BudgetFilter("MeterCategory", ("Storage",))))], NLP.ref, None, 0),
        ([budget(filter_raw=b'{"not": {}}')], NLP.ref, None, 0),
        ([budget(filter_raw=b"null")], NLP.ref, "b", 3),
        ([budget("high", amount=Decimal(9)), budget("low", amount=Decimal(8))], NLP.ref, "low", 3),
        ([budget(end=date(2026, 8, 19))], NLP.ref, None, 0),
        ([budget(end=TODAY)], NLP.ref, "b", 3),
        ([budget(start=date(2026, 9, 1))], NLP.ref, None, 0),
        ([budget(fault="unreadable")], NLP.ref, None, 0),
        ([budget(category="ReservationUtilization")], NLP.ref, None, 0),
    ],
)
def test_a_workspaces_budget_is_the_one_that_names_it_else_its_groups(
    budgets: list[Budget], workspace: Any, chosen: str | None, shared: int
) -> None:
    found = choices(budgets, (*REFS, workspace), TODAY)[workspace]
    assert (found.budget.name if found.budget is not None else None, found.shared) == (chosen, shared)


def test_every_workspace_gets_a_choice() -> None:
    found = choices([ON_NLP, ON_GROUP], REFS, TODAY)
    assert found[NLP.ref] == Choice(ON_NLP, Named.WORKSPACE, 1)
    assert found[ROBOT.ref] == Choice(ON_GROUP, Named.GROUP, 3) and found[OTHER] == Choice()
    assert in_force(ON_GROUP, TODAY)


def test_how_far_a_budget_is_used_up() -> None:
    thresholds = (told("80"), told("50"), told("100"), told("100", "Forecasted"), told("95", enabled=False))
    state = state_of(budget(spent=Decimal(920), forecast=Decimal(1230), notifications=thresholds))
    assert (state.spent, state.forecast, state.over, state.will_be_over, state.pressing) == (92, 123, False, True, True)
    assert state.next == thresholds[2] and state.passed == (thresholds[0], thresholds[1])
    newer = state_of(budget(spent=Decimal(1), notifications=thresholds), spent=Decimal(1001))
    assert (newer.over, newer.next, newer.will_be_over) == (True, None, False)
    unknown = state_of(budget(notifications=thresholds))
    assert (unknown.spent, unknown.next, unknown.over, unknown.pressing) == (None, None, False, False)
    assert state_of(budget(spent=Decimal(800))).passed and not state_of(budget(spent=Decimal(799))).passed
    above = (told("80", operator="GreaterThan"),)
    assert not state_of(budget(spent=Decimal(800), notifications=above)).passed
    assert state_of(budget(spent=Decimal(5), amount=None)).spent is None


FINE = budget(
    end=date(2027, 8, 1),
    filters=(named(NLP.id),),
    notifications=(told("50.25"), told("1000", "Forecasted", emails=(), groups=(ACTION_GROUP,)), told("0", operator="GreaterThan")),
)


def test_a_budget_that_azure_takes_has_no_flaw() -> None:
    assert flaws(FINE, TODAY) == ()
    above = "/providers/Microsoft.Management/managementGroups/contoso"
    assert flaws(msgspec.structs.replace(FINE, scope=above, notifications=(told("50"),)), TODAY) == ()


@pytest.mark.parametrize(
    ("changed", "field", "word"),
    [
        ({"name": ""}, "name", "needs a name"),
        ({"name": "has blanks"}, "name", "letters"),
        ({"name": "ü"}, "name", "letters"),
        ({"name": "n\n"}, "name", "letters"),
        ({"name": "n" * 64}, "name", "63"),
        ({"amount": None}, "amount", "needs an amount"),
        ({"amount": Decimal(0)}, "amount", "more than 0"),
        ({"amount": Decimal(-5)}, "amount", "more than 0"),
        ({"amount": Decimal("NaN")}, "amount", "more than 0"),
        ({"grain": "Weekly"}, "grain", "Quarterly"),
        ({"start": None}, "start", "first of a month"),
        ({"start": date(2026, 8, 2)}, "start", "first of a month"),
        ({"start": date(2017, 5, 1), "grain": "Annually"}, "start", "2017-06-01"),
        ({"start": date(2026, 7, 1)}, "start", "2026-08-01"),
        ({"start": date(2026, 6, 1), "grain": "Quarterly"}, "start", "2026-07-01"),
        ({"start": date(2027, 9, 1), "end": None}, "start", "2027-08-01"),
        ({"end": date(2026, 8, 1)}, "end", "ends after"),
        ({"filters": (BudgetFilter("ResourceId", ()),)}, "filters[0]", "at least one value"),
        ({"filters": (named("x"), BudgetFilter("", ("x",)))}, "filters[1]", "needs the name"),
        ({"notifications": tuple(told(str(each)) for each in range(6))}, "notifications", "at most 5"),
        ({"notifications": (told("50"), told("50"))}, "notifications[1].name", "name of its own"),
        ({"notifications": (told("50", name=""),)}, "notifications[0].name", "name of its own"),
        ({"notifications": (told("-1"),)}, "notifications[0].threshold", "from 0 to 1000"),
        ({"notifications": (told("1000.01"),)}, "notifications[0].threshold", "from 0 to 1000"),
        ({"notifications": (told("50.255"),)}, "notifications[0].threshold", "2 decimals"),
        ({"notifications": (told("50", "Both"),)}, "notifications[0].kind", "Forecasted"),
        ({"notifications": (told("50", operator="EqualTo"),)}, "notifications[0].operator", "GreaterThan"),
        ({"notifications": (told("50", locale="xx-yy"),)}, "notifications[0].locale", "xx-yy"),
        ({"notifications": (told("50", emails=("ada",)),)}, "notifications[0].emails", "'ada'"),
        ({"notifications": (told("50", emails=("a@contoso.com",) * 51),)}, "notifications[0].emails", "at most 50"),
        ({"notifications": (told("50", emails=()),)}, "notifications[0].emails", "at least one"),
        ({"notifications": (told("50", emails=(), roles=("Owner",)),)}, "notifications[0].emails", "at least one"),
        ({"notifications": (told("50", groups=("oncall",)),)}, "notifications[0].groups", "whole ARM id"),
        ({"category": "ReservationUtilization"}, "category", "other rules"),
    ],
)
def test_what_azure_refuses_is_told_at_its_field(changed: dict[str, Any], field: str, word: str) -> None:
    found = flaws(msgspec.structs.replace(FINE, **changed), TODAY)
    assert [each.field for each in found] == [field] and word in found[0].sentence


@pytest.mark.parametrize(
    ("grain", "start"),
    [("Annually", date(2026, 1, 1)), ("Quarterly", date(2026, 7, 1)), ("Monthly", date(2026, 8, 1)), ("BillingAnnual", date(2026, 1, 1))],
)
def test_a_past_start_is_within_the_period(grain: str, start: date) -> None:
    assert period_start(grain, TODAY) == start
    assert flaws(budget(grain=grain, start=start), TODAY) == ()
    assert latest_start(TODAY) == date(2027, 8, 1) and flaws(budget(grain=grain, start=date(2027, 8, 1)), TODAY) == ()


def test_a_start_that_stays_as_it_was_is_not_judged_anew() -> None:
    old = budget(start=date(2025, 3, 1))
    assert flaws(old, TODAY) and flaws(old, TODAY, before=old) == ()
    assert flaws(old, TODAY, before=budget(start=date(2025, 4, 1))), "a start that is moved is"


def test_above_subscriptions_only_mail_is_told() -> None:
    above = "/providers/Microsoft.Management/managementGroups/contoso"
    found = flaws(budget(scope=above, notifications=(told("50", emails=(), groups=(ACTION_GROUP,), roles=("Owner",)),)), TODAY)
    assert [each.field.rpartition(".")[2] for each in found] == ["emails", "roles", "groups"]


def test_names_and_addresses() -> None:
    assert name_fault("team_A-1") is None and name_fault("a" * 63) is None
    assert email_fault("ada.l+ml@eu.contoso.co.uk") is None
    for wrong in ("", "a", "a@b", "a b@contoso.com", "a@@contoso.com", "a@contoso..com", "a..b@contoso.com", "a@contoso.com,b@contoso.com"):
        assert email_fault(wrong)
